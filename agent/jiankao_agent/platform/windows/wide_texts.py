"""Texts as Windows hands them over: UTF-16, ended by a zero; several of them one after the other. Pure."""

MAX_LENGTH = 512
"""Characters that are kept of a text; a device may call itself a novel."""
MOST_TEXTS = 64


def wide_text(data: bytes) -> str:
    """Return the first text in `data`, printable; whatever is no Unicode is replaced."""
    text = data[: len(data) & ~1].decode("utf-16-le", "replace").split("\0", 1)[0][:MAX_LENGTH]
    return "".join(c if c.isprintable() else " " for c in text).strip()


def wide_texts(data: bytes) -> tuple[str, ...]:
    """Return the texts of a REG_MULTI_SZ; it ends with an empty one, or where the bytes end."""
    texts = data[: len(data) & ~1].decode("utf-16-le", "replace").split("\0")
    found = []
    for text in texts[:MOST_TEXTS]:
        if not text:
            break
        found.append("".join(c if c.isprintable() else " " for c in text[:MAX_LENGTH]).strip())
    return tuple(found)
