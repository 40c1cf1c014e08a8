"""How names that a workstation reported are shown in a sentence.

A workstation is not trusted: a process may be called anything, line breaks, a thousand characters and marks that turn
the direction of writing among them.
"""

import unicodedata

from jiankao_proto.observations import Endpoint, ProcessRef

LONGEST = 60
"""Characters of a name in a sentence."""


def shown(text: str, longest: int = LONGEST) -> str:
    """Return a name fit for a sentence: one line, printable, not too long."""
    if len(text) <= longest and text.isascii() and text.isprintable():
        return text
    clean = "".join("\N{REPLACEMENT CHARACTER}" if _hidden(c) else c for c in text[: longest + 1])
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def spaced(text: str) -> str:
    """Return a name with the space that Chinese typesetting puts after Latin letters and digits."""
    return f"{text} " if text[-1:].isascii() else text


def address(text: str) -> str:
    """Return an address as people write it: IPv4 inside IPv6 as IPv4."""
    return shown(text.removeprefix("::ffff:") if "." in text else text)


def program(process: ProcessRef) -> str:
    """Return the name of a socket's owner, `?` when the system did not tell."""
    return shown(process.name) if process.name else "?"


def endpoint(end: Endpoint) -> str:
    """Return `address:port`, with brackets around an IPv6 address."""
    name = address(end.address)
    return f"[{name}]:{end.port}" if ":" in name else f"{name}:{end.port}"
