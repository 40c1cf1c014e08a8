"""A finding is over with the last thing that shows it."""

from jiankao_collector.detectors.base import AlertKind, BatchSeen, Family, Finding
from jiankao_collector.detectors.open_findings import OpenFindings
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_proto.batch import Batch, BatchHeader
from jiankao_proto.ids import BootId, WorkstationId
from jiankao_proto.records import Severity

SEEN = BatchSeen(
    9, 99, Batch(BatchHeader(1, WorkstationId("w"), BootId("b"), None, 0, bytes(32), 1, 1), ())
)


def finding(subject: str, kind: str = "found") -> Finding:
    return Finding(
        "detector",
        kind,
        Family.DEVICE,
        AlertKind.DEVICE,
        Severity.NOTICE,
        Weight.TOOL_PORT,
        alone=False,
        subject=subject,
        reason_zh="",
        reason_en="",
        at_us=1,
        record_number=1,
    )


def test_it_is_over_with_the_last_one_that_shows_it() -> None:
    found: OpenFindings[int] = OpenFindings(8)
    assert found.hold(1, finding("a")) == found.hold(2, finding("a")) == []
    assert found.hold(3, finding("a", "another")) == []
    assert found.release(1, SEEN) == []
    assert 1 not in found
    assert found.shows(finding("a"))
    (over,) = found.release(2, SEEN)
    assert (over.kind, over.subject, over.ended, over.at_us, over.record_number) == (
        *("found", "a"),
        *(True, 99, 9),
    )
    assert not found.shows(finding("a"))
    assert found.release(2, SEEN) == found.release(7, SEEN) == []


def test_what_shows_something_else_now_shows_the_former_no_more() -> None:
    found: OpenFindings[int] = OpenFindings(8)
    found.hold(1, finding("a"))
    assert found.hold(1, finding("a")) == []
    (over,) = found.hold(1, finding("b"))
    assert (over.subject, over.ended) == ("a", True)
    assert found.get(1) == finding("b")
    found.hold(2, finding("b"))
    assert found.hold(2, finding("c")) == []  # the first one still shows it


def test_no_more_are_followed_than_there_is_room_for() -> None:
    found: OpenFindings[int] = OpenFindings(2)
    found.hold(1, finding("a"))
    room = found.full
    found.hold(2, finding("b"))
    assert (room, found.full) == (False, True)
    assert found.hold(3, finding("c")) == []
    assert 3 not in found
    assert not found.shows(finding("c"))
    (over,) = found.hold(2, finding("d"))  # known already: there is room
    assert over.subject == "b"
