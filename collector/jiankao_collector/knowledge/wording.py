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


def program(process: ProcessRef) -> str:
    """Return the name of a socket's owner, `?` when the system did not tell."""
    return shown(process.name) if process.name else "?"


def endpoint(end: Endpoint) -> str:
    """Return `address:port`, with brackets around an IPv6 address."""
    address = shown(end.address)
    return f"[{address}]:{end.port}" if ":" in address else f"{address}:{end.port}"
