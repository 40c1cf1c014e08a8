"""Whatever a workstation says, in whatever order: never an error, always the same, never a time to wake gone by."""

from dataclasses import fields, is_dataclass
from enum import IntEnum
from typing import Any, get_args, get_type_hints

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jiankao_collector.assessment import Assessment
from jiankao_proto.codec import write_record
from jiankao_proto.ids import AlertId, ExamSessionId
from jiankao_proto.observations import Fact, UnknownFact
from jiankao_proto.records import (
    AlertRuled,
    CollectorStarted,
    CollectorStopped,
    ExamSessionClosed,
    ExamSessionOpened,
    Record,
    RecordBody,
    RefusalReason,
    RosterChanged,
    RosterEntry,
    RuleSetInForce,
    Ruling,
)
from tests.support.judged import JudgedLog, rules

NAMES = st.sampled_from(
    ["x11vnc", "todesk.exe", "ToDesk_Session.exe", "StudentMain.exe", "notes", "", "a\n\u202eb"]
)
ADDRESSES = st.sampled_from(
    ["10.0.0.5", "10.1.0.9", "127.0.0.1", "::1", "fe80::1%eth0", "", "nonsense", "::ffff:10.0.0.5"]
)
PORTS = st.sampled_from([0, 22, 443, 3389, 5900, 7777, 50000, 65535])
POLICIES = st.sampled_from(
    [
        b"",
        b'[[allow]]\naddress = "10.0.0.5"\nport = 443\ndirection = "outbound"\nprogram = "*"\n',
        b"\xff",
        b"no = 1",
    ]
)


BY_NAME: dict[str, st.SearchStrategy[object]] = {
    "address": ADDRESSES,
    "remote_host": ADDRESSES,
    "port": PORTS,
    "jump_us": st.sampled_from([-(10**14), -7_200_000_000, 0, 1, 10**14]),
    "count": st.sampled_from([0, 2**60]),
}
BY_TYPE: dict[object, st.SearchStrategy[object]] = {
    bool: st.booleans(),
    str: NAMES,
    float: st.just(1.0),
    bytes: st.just(b""),
    int: st.sampled_from([0, 1, 2, 3]),
    tuple[str, ...]: st.just(()),
}


def values(name: str, hint: object) -> st.SearchStrategy[object]:
    """Return values of one field: few enough that they meet each other again, odd enough to hurt."""
    if isinstance(hint, type) and issubclass(hint, IntEnum):
        return st.sampled_from(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        return built(hint)
    return BY_NAME.get(name, BY_TYPE[hint])


def built(cls: type) -> st.SearchStrategy[object]:
    """Return a strategy for a fact or a part of one."""
    hints = get_type_hints(cls)
    assert is_dataclass(cls)
    return st.builds(cls, **{f.name: values(f.name, hints[f.name]) for f in fields(cls)})


FACTS = st.one_of([built(cls) for cls in get_args(Fact) if cls is not UnknownFact])
BODIES: st.SearchStrategy[RecordBody] = st.one_of(
    st.builds(
        ExamSessionOpened,
        st.just(ExamSessionId("e")),
        st.just("e"),
        st.just(("101",)),
        POLICIES,
        st.just("u"),
    ),
    st.builds(ExamSessionClosed, st.just(ExamSessionId("e")), st.just("u")),
    st.just(CollectorStarted("1")),
    st.just(CollectorStopped()),
    st.builds(RuleSetInForce, st.just("1"), st.sampled_from([b"a", b"b"])),
    st.builds(
        AlertRuled,
        st.sampled_from([AlertId(f"a{n}-0") for n in range(4, 24)]),
        st.integers(0, 3),
        st.sampled_from(Ruling),
        st.sampled_from(["li.na", "wang.wei", ""]),
        st.just("看过座位"),
    ),
    st.builds(RosterChanged, st.sampled_from([(), (RosterEntry("102", "7"),)]), st.just("u")),
)
STEPS = st.one_of(
    st.tuples(st.just("sends"), st.lists(FACTS, max_size=6)),
    st.tuples(st.just("refused"), st.sampled_from(RefusalReason)),
    st.tuples(
        st.sampled_from(["connects", "breaks", "replaced", "stopping", "tick", "boot", "enrol"]),
        st.none(),
    ),
    st.tuples(st.just("adds"), BODIES),
)
WAITS = st.sampled_from([0, 0.1, 1, 2, 5, 10, 30, 121])


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(WAITS, STEPS), max_size=40))
def test_anything_is_judged_alike_twice_and_never_an_error(
    steps: list[tuple[float, tuple[str, Any]]],
) -> None:
    log = JudgedLog()
    seat = log.seat()
    second = 0.0
    for wait, (what, detail) in steps:
        second += wait
        match what:
            case "sends":
                seat.sends(second, *detail)
            case "refused":
                seat.refused(second, detail)
            case "connects":
                seat.connects(second)
            case "breaks" | "replaced" | "stopping":
                seat.breaks(second, replaced=what == "replaced", stopping=what == "stopping")
            case "tick":
                log.tick(second)
            case "boot":
                seat.boot = "boot-2" if seat.boot == "boot-1" else "boot-1"
            case "enrol":
                log.seat("1", f"ws-{len(log.records)}")
            case _:
                log.add(second, detail)
        due = log.assessment.wakes_at()
        assert due is None or due > log.assessment.now_us
        assert len({v.workstation_id for v in log.assessment.seats()}) >= 1
    again = Assessment(rules())
    said = [alert for record in log.records for alert in again.see(record)]
    assert said == log.said
    assert again.seats() == log.assessment.seats()
    revisions: dict[AlertId, int] = {}
    for alert in said:
        assert alert.revision == revisions.get(alert.alert_id, 0) + 1
        revisions[alert.alert_id] = alert.revision
        write_record(Record(0, bytes(32), 0, alert))
