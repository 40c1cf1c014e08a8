"""Names of hosts: whether a text is one, and which part of it somebody registered.

Who owns a name is decided where it was registered: `www.exam.example.gov.cn` belongs to whoever has `example.gov.cn`,
because names are handed out below `gov.cn`. Which suffixes hand out names is a fact of the Public Suffix List; here
stand those of more than one label that an exam centre of these countries meets. A suffix that is not among them reads
as its last label. Why a table of our own: docs/adr/0013. Facts: https://publicsuffix.org/list/ (its ICANN part).
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address

_LONGEST, _LONGEST_LABEL = 253, 63
_LABEL = re.compile(r"(?!-)[^\W_](?:[\w-]*[^\W_])?", re.UNICODE)

_BELOW = {
    "cn": "com net org gov edu ac mil ah bj cq fj gd gs gx gz ha hb he hi hk hl hn jl js jx ln mo nm nx qh sc sd sh sn "
    "sx tj tw xj xz yn zj",
    "in": "gov nic ac edu co net org res mil firm gen ind ernet",
    "hk": "com edu gov idv net org",
    "mo": "com edu gov net org",
    "tw": "com edu gov idv net org mil",
    "sg": "com edu gov net org",
    "my": "com edu gov net org mil",
    "id": "ac co go mil net or sch web",
    "th": "ac co go in mi net or",
    "vn": "com edu gov net org ac",
    "ph": "com edu gov net org",
    "jp": "ac ad co ed go gr lg ne or",
    "kr": "ac co go mil ne or re",
    "uk": "ac co gov ltd me net nhs org plc sch",
    "au": "com edu gov net org asn id",
    "nz": "ac co govt net org school",
    "za": "ac co gov net org",
    "ng": "com edu gov net org",
    "pk": "com edu gov net org",
    "bd": "com edu gov net org",
    "lk": "com edu gov net org",
    "np": "com edu gov net org",
    "br": "com edu gov net org",
    "mx": "com edu gob net org",
    "ar": "com edu gob net org",
    "tr": "com edu gov net org",
    "ua": "com edu gov net org",
    "il": "ac co gov net org",
    "eg": "com edu gov net org",
    "sa": "com edu gov net org",
}
_SUFFIXES = frozenset(
    f"{second}.{country}" for country, seconds in _BELOW.items() for second in seconds.split()
)


@dataclass(frozen=True, slots=True)
class HostName:
    """A name in small letters, `xn--` labels decoded. `label.suffix` is what was registered."""

    text: str
    label: str
    suffix: str

    @property
    def registered(self) -> str:
        """The registered domain."""
        return f"{self.label}.{self.suffix}"


@lru_cache(maxsize=4096)
def host_name(text: str) -> HostName | None:
    """Return a text as the name of a host on a network of names; None when it is none, or an address."""
    text = text.strip().removesuffix(".").casefold()
    labels = [_decoded(label) for label in re.split(r"[.\u3002\uff0e\uff61]", text)]
    if len(labels) < 2 or len(text) > _LONGEST:  # noqa: PLR2004 - a name of one label is of the local network
        return None
    if not all(len(label) <= _LONGEST_LABEL and _LABEL.fullmatch(label) for label in labels):
        return None
    if _is_address(text) or labels[-1] in {"arpa", "local", "internal", "localhost", "lan"}:
        return None
    size = 2 if ".".join(labels[-2:]) in _SUFFIXES else 1
    if len(labels) <= size:
        return None
    return HostName(".".join(labels), labels[-size - 1], ".".join(labels[-size:]))


def _decoded(label: str) -> str:
    """Return a label as people read it; one that pretends to be encoded and is not stays as it is."""
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode").casefold()
    except (UnicodeError, ValueError):
        return label


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
