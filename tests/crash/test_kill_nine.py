"""kill -9, twenty times, at random moments while a seat is driven: nothing acknowledged is lost or doubled."""

import contextlib
import random
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_proto.records import EnvelopeAdmitted
from tests.support.exam_room import BIN, Collector, ExamRoom, Seat, exam_room, until
from tests.support.hosts import why_not

KILLS = 20


@contextlib.contextmanager
def driven(room: ExamRoom, seat: Seat) -> Iterator[None]:
    """Have a solver move the mouse and type at a seat all the time."""
    seat.start_vnc()
    again = f"{BIN}/vncdo -s {seat.host.address}::5900 move 100 100 type abc move 400 300 click 1 move 50 600"
    with room.solver.start("sh", "-c", f"while :; do {again}; done"):
        yield


def sequences(collector: Collector) -> list[int]:
    """Return the sequence of every admitted envelope, in the order of the log."""
    reader = EvidenceLogReader(collector.data / "evidence.sqlite")
    try:
        records = reader.of_kinds(("envelope_admitted",))
        return [r.body.sequence for r in records if isinstance(r.body, EnvelopeAdmitted)]
    finally:
        reader.close()


def streams(collector: Collector) -> int:
    """Return how many streams were opened so far."""
    reader = EvidenceLogReader(collector.data / "evidence.sqlite")
    try:
        return sum(1 for _ in reader.of_kinds(("stream_opened",)))
    finally:
        reader.close()


def grown(collector: Collector, before: int) -> bool:
    """Tell whether there are more envelopes than before."""
    return len(sequences(collector)) > before


def acknowledged(seat: Seat) -> int:
    """Return how many batches the agent was told are safe, as it noted on its own disk."""
    try:
        return int((seat.state / "spool" / "acknowledged").read_text().split()[0])
    except (FileNotFoundError, IndexError):
        return 0


def assert_whole(room: ExamRoom, safe: list[int]) -> None:
    seat, collector = next(iter(room.seats.values())), room.collector
    assert seat.agent is not None
    until("news after the last kill", lambda: len(sequences(collector)) > max(safe))
    assert seat.agent.stop() == 0
    stored = sequences(collector)
    assert stored == list(range(len(stored))), "every batch once, in order, no hole"
    assert len(stored) >= max(safe)
    verified = collector.audit("verify")
    assert verified.returncode == 0, verified.stdout
    replayed = collector.audit("replay")
    assert replayed.returncode == 0, replayed.stdout
    strange = [alert for alert in collector.alerts() if alert["kind"] == "chain"]
    assert strange == [], "an agent that comes back is one machine, and tells of now"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ExamRoom]:
    if reason := why_not():
        pytest.skip(reason)
    with exam_room(tmp_path, seats=("01",)) as made:
        yield made


def test_the_collector_is_killed_again_and_again(room: ExamRoom) -> None:
    chance, seat, safe = random.Random(1), room.seats["01"], [0]
    with driven(room, seat):
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.05, 1.0))  # the random moment is the point
            assert room.collector.program is not None
            with room.collector.program as killed:
                killed.kill()
            safe.append(acknowledged(seat))
            assert len(sequences(room.collector)) >= safe[-1]
            room.collector.start()
        assert_whole(room, safe)


def test_the_agent_is_killed_again_and_again(room: ExamRoom) -> None:
    chance, seat, safe = random.Random(2), room.seats["01"], [0]
    with driven(room, seat):
        for _ in range(KILLS):
            before = len(sequences(room.collector))
            until("the agent back", partial(grown, room.collector, before))
            time.sleep(chance.uniform(0.0, 0.8))  # the random moment is the point
            opened = streams(room.collector)
            assert seat.agent is not None
            with seat.agent as killed:
                killed.kill()
            safe.append(acknowledged(seat))
            seat.start_agent()
        # One that is asked to stop before it handles signals just ends; this is not what is looked at here.
        until("the last agent's stream", lambda: streams(room.collector) > opened)
        assert_whole(room, safe)
