"""A seat's network cable is pulled: for good, it is an alert within seconds; for a blip, or a stall, it is none."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.exam_room import ExamRoom, exam_room, until
from tests.support.hosts import why_not

BLIP_S = 1.0
STALL_S = 2.0
AFTERWARDS_S = 5.0
"""As long as it takes at most until a pulled cable is told: what was not told by then is not told."""


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ExamRoom]:
    if reason := why_not():
        pytest.skip(reason)
    with exam_room(tmp_path, seats=("01",)) as made:
        yield made


def now_us() -> int:
    return time.time_ns() // 1000


def test_a_pulled_cable_is_told_and_a_blip_or_a_stall_is_not(
    room: ExamRoom, capsys: pytest.CaptureFixture[str]
) -> None:
    seat, collector = room.seats["01"], room.collector
    since_us = now_us()
    assert seat.agent is not None

    room.switch.pull(seat.host)
    time.sleep(BLIP_S)
    room.switch.put_back(seat.host)
    time.sleep(AFTERWARDS_S)
    seat.agent.freeze(STALL_S)
    time.sleep(AFTERWARDS_S)
    assert collector.silences(since_us) == []

    pulled_us = now_us()
    room.switch.pull(seat.host)
    told_us, alert = until("the alert", lambda: next(iter(collector.silences(pulled_us)), None), 30)
    ended_us = collector.records("stream_closed", pulled_us)[0].recorded_at_us
    assert [finding.kind for finding in alert.findings] == ["stream_broken"]
    with capsys.disabled():
        print(  # noqa: T201 - the figure is part of what this test is for
            f"\ncable pulled: the stream ended {(ended_us - pulled_us) / 1e6:.2f} s, "
            f"the alert came {(told_us - pulled_us) / 1e6:.2f} s after"
        )

    room.switch.put_back(seat.host)
    until(
        "the seat's return", lambda: any(body.over for _, body in collector.silences(told_us)), 60
    )
