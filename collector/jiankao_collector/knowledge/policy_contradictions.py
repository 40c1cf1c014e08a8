"""What of a policy speaks against itself: each is refused where the later entry stands, naming the earlier one."""

from collections.abc import Iterator

from jiankao_collector.knowledge.policy_entries import Accommodation, Allowed, Identity
from jiankao_collector.knowledge.policy_reading import Entries

_ANY = "*"


def note_contradictions(entries: Entries) -> None:
    """Look at all entries together; what is wrong goes to their file's mistakes.

    Files of [[allow]] entries alone were taken before contradictions were looked for, and stand in logs: they stay so.
    """
    if entries.titled:
        _network(entries)
    _identities(entries)
    _accommodations(entries)
    _forbidden(entries)


def _network(entries: Entries) -> None:
    seen: dict[tuple[object, ...], list[Allowed]] = {}
    for entry in entries.allowed:
        others = seen.setdefault((entry.host, entry.port, entry.direction), [])
        for other in others:
            if entry.program == other.program:
                _wrong(
                    *(entries, entry.line, "", f"与第 {other.line} 行的条目相同；请删去一条"),
                    f"the entry of line {other.line} says the same; leave one of them out",
                )
            elif _ANY in {entry.program, other.program}:
                _wrong(
                    *(entries, entry.line, "program"),
                    f"与第 {other.line} 行矛盾：一条允许任何程序，另一条只允许一个；请只留想要的那条",
                    f"the entry of line {other.line} says otherwise: one of them allows any program, the other one "
                    "only; keep the one that is meant",
                )
        others.append(entry)


def _identities(entries: Entries) -> None:
    """No program stands in two entries that give it different rights."""
    seen: dict[Identity, int] = {}
    for identity, line in _given(entries):
        if identity in seen:
            _wrong(
                *(entries, line, ""),
                f"第 {seen[identity]} 行已写了同一程序；每个程序只写一条",
                f"line {seen[identity]} has the same program already; a program has one entry",
            )
        seen.setdefault(identity, line)
    tools: dict[str, int] = {}
    for entry in entries.classroom:
        if entry.tool and tools.setdefault(entry.tool, entry.line) != entry.line:
            _wrong(
                *(entries, entry.line, "tool", f"第 {tools[entry.tool]} 行已有同一软件"),
                f"line {tools[entry.tool]} has the same tool already",
            )
    for accommodation in entries.accommodations:
        everywhere = seen.get(accommodation.identity)
        if everywhere is not None:
            _wrong(
                *(entries, accommodation.line, ""),
                f"第 {everywhere} 行已在所有座位允许同一程序，与只给部分座位矛盾；请只留一条",
                f"line {everywhere} allows the same program at every seat, which says otherwise; keep one of them",
            )


def _given(entries: Entries) -> Iterator[tuple[Identity, int]]:
    for program in entries.programs:
        if _is_known(program.identity):
            yield program.identity, program.line
    for classroom in entries.classroom:
        if classroom.identity is not None and _is_known(classroom.identity):
            yield classroom.identity, classroom.line


def _accommodations(entries: Entries) -> None:
    for place, entry in enumerate(entries.accommodations):
        for other in entries.accommodations[:place]:
            both = _shared(entry, other)
            if (entry.aid, entry.identity) == (other.aid, other.identity) and both:
                key = "seats" if both in entry.seats else "candidates"
                _wrong(
                    *(entries, entry.line, key),
                    f"第 {other.line} 行已为 {both} 写了同一照顾措施；请删去一处",
                    f"line {other.line} gives {both} the same accommodation already; leave one of them out",
                )


def _shared(one: Accommodation, other: Accommodation) -> str:
    return min((one.seats & other.seats) | (one.candidates & other.candidates), default="")


def _forbidden(entries: Entries) -> None:
    allowed = [*_given(entries), *((a.identity, a.line) for a in entries.accommodations)]
    before: dict[Identity, int] = {}
    for entry in entries.forbidden:
        if before.setdefault(entry.identity, entry.line) != entry.line:
            first = before[entry.identity]
            _wrong(
                *(entries, entry.line, "", f"第 {first} 行已禁止同一程序"),
                f"line {first} forbids the same program already",
            )
        for identity, line in allowed:
            if _is_known(identity) and _meets(entry.identity, identity):
                _wrong(
                    *(entries, entry.line, ""),
                    f"与第 {line} 行矛盾：那里允许同一程序；请删去一条",
                    f"line {line} allows the same program; leave one of them out",
                )


def _meets(forbidden: Identity, allowed: Identity) -> bool:
    """Tell whether a program may be both."""
    by = (forbidden.signer, forbidden.sha256, forbidden.path)
    if not any(by):
        return forbidden.name in {allowed.name, allowed.path.rpartition("/")[2].casefold()}
    same = by == (allowed.signer, allowed.sha256, allowed.path)
    return same and (not forbidden.name or not allowed.name or forbidden.name == allowed.name)


def _is_known(identity: Identity) -> bool:
    return bool(identity.signer or identity.sha256 or identity.path)


def _wrong(entries: Entries, line: int, key: str, zh: str, en: str) -> None:
    entries.tables[line].wrong(key, zh, en)
