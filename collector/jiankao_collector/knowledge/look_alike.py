"""Names that are made to be taken for another: the fake "government" sites of certificate gangs.

A name is compared with every name the policy allows, by what was registered: everything below an allowed registered
domain is the owner's own, whatever it is called. The shortest names are compared by their letters' looks only: between
two letters of `gz` and `gd` lies another province, no forger.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from jiankao_collector.knowledge.host_names import HostName, host_name

_ONE_EDIT_FROM, _TWO_EDITS_FROM = 5, 9
"""Letters of a label from which one, or two, slips of the pen are too near to be chance."""
_RUN_TOGETHER_FROM = 8
_LONGEST_COMPARED = 40

_LOOKS = str.maketrans(
    # Unicode Technical Standard 39, confusables.txt: single characters that are drawn like a small Latin letter or a
    # digit. i counts as l here: in the typefaces of address bars I and l are one stroke.
    # https://www.unicode.org/Public/security/latest/confusables.txt
    "аеорсхуіјѕһԁԛԝпгьԍοανριυηγսոօհցզյıɡɑɩʋƅ01i|",
    "aeopcxyljshdqwnrbgoavplunyunohgqjlgalubolll",
)
_TWO_AS_ONE = (("rn", "m"), ("vv", "w"))

_DELIVERY = frozenset(
    # Content delivery networks that put a customer's whole name in front of their own.
    [
        "edgekey.net",
        "edgesuite.net",
        "akamaized.net",
        "akamai.net",
        "cloudflare.net",
        "dnsv1.com",
        "cdntip.com",
        "kunlunsl.com",
        "kunlunca.com",
        "kunlunaq.com",
        "kunlunar.com",
        "kunlunpi.com",
        "alikunlun.com",
        "wscdns.com",
        "wsdvs.com",
        "lxdns.com",
        "cdn20.com",
        "trafficmanager.net",
        "azureedge.net",
        "qiniudns.com",
        "bdydns.com",
    ]
)


class Likeness(StrEnum):
    """In what a name is like another."""

    LOOKS = "looks"  # letters that are drawn alike, of this or another alphabet
    MISSPELT = "misspelt"  # a letter or two more, less, other or swapped
    SUFFIX = "suffix"  # the same name, registered elsewhere
    EMBEDDED = "embedded"  # the whole name stands inside of another one


@dataclass(frozen=True, slots=True)
class LookAlike:
    """A name that is like an allowed one."""

    name: str
    allowed: str
    likeness: Likeness


def look_alike(text: str, allowed: Iterable[str]) -> LookAlike | None:
    """Return what a host's name imitates among allowed names; None when nothing, or when it is one of them."""
    name = host_name(text)
    if name is None or len(name.label) > _LONGEST_COMPARED:
        return None
    genuine = [host for host in map(host_name, allowed) if host is not None]
    if any(host.registered == name.registered for host in genuine):
        return None
    for host in genuine:
        likeness = _likeness(name, host)
        if likeness is not None:
            return LookAlike(name.text, host.text, likeness)
    return None


def _likeness(name: HostName, genuine: HostName) -> Likeness | None:
    if name.label == genuine.label:
        return Likeness.SUFFIX
    if f".{genuine.registered}." in f".{name.text}":
        return None if name.registered in _DELIVERY else Likeness.EMBEDDED
    ours, theirs = skeleton(genuine.label), skeleton(name.label)
    if ours == theirs:
        return Likeness.LOOKS
    most = _edits_allowed(genuine, name)
    if most and _distance(ours, theirs, most) <= most and not _numbered(ours, theirs):
        return Likeness.MISSPELT
    return Likeness.EMBEDDED if _runs_through(name, genuine) else None


def skeleton(label: str) -> str:
    """Return what a label looks like: two labels with one skeleton are hard to tell apart (TS 39, section 4)."""
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", label).casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c)).translate(_LOOKS)
    for two, one in _TWO_AS_ONE:
        plain = plain.replace(two, one)
    return plain


def _edits_allowed(genuine: HostName, name: HostName) -> int:
    size = min(len(genuine.label), len(name.label))
    if size < _ONE_EDIT_FROM:
        return 0
    return 2 if size >= _TWO_EDITS_FROM and genuine.suffix == name.suffix else 1


def _numbered(one: str, other: str) -> bool:
    """Tell whether two labels differ in a number only, as an organisation's own servers do."""
    return one.rstrip("0123456789ol") == other.rstrip("0123456789ol") and one[-1:] != other[-1:]


def _runs_through(name: HostName, genuine: HostName) -> bool:
    """Tell whether the whole name stands in another one with its dots left out or written as dashes."""
    run = _joined(genuine.registered)
    return len(run) >= _RUN_TOGETHER_FROM and run in _joined(name.text)


def _joined(text: str) -> str:
    return text.replace(".", "").replace("-", "")


def _distance(one: str, other: str, most: int) -> int:
    """Return how many letters were put in, left out, exchanged or swapped with a neighbour; beyond `most` any number.

    The optimal string alignment distance (Damerau-Levenshtein without editing a swapped pair again).
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row, older = row, [i], before
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        before = last
    return row[-1]
