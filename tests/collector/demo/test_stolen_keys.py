"""Scenes in which a seat's stream is not what it seems, against a real collector: each gives its alerts and signs."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from jiankao_collector.audit.__main__ import main as audit
from jiankao_collector.demo.cast import Part
from jiankao_collector.demo.room import Room
from jiankao_collector.demo.scenes.catalogue import scene
from tests.support.room import RoomCollector, room_collector, until

SIGNS = {
    "honest": frozenset[str](),
    "copied-key": frozenset({"two_computers", "other_address", "boots_overlap"}),
    "copied-key-moved": frozenset({"boots_overlap", "other_address"}),
    "replayed-day": frozenset({"old_batch_again", "workstation_silent"}),
    "replayed-day-resigned": frozenset({"hand_again", "own_stream_unseen"}),
}


@asynccontextmanager
async def playing(
    folder: Path, scenes: Mapping[str, str], pace: float, onset_s: float
) -> AsyncIterator[RoomCollector]:
    """Play a scene at each seat while the block runs."""
    async with room_collector(folder) as collector:
        await collector.open_exam_session()
        admittances = await collector.admit(scenes)
        where = collector.running.listening
        troubles: list[str] = []
        room = Room(where.telemetry, where.enrolment, troubles.append, pace=pace)
        stopping = asyncio.Event()
        parts = [Part(scene(name), arrives_s=0, onset_s=onset_s) for name in scenes.values()]
        running = asyncio.create_task(room.run(admittances, parts, stopping))
        try:
            yield collector
        finally:
            stopping.set()
            await running
        assert not troubles


def found(collector: RoomCollector, seat: str) -> set[str]:
    return {f.kind for a in collector.alerts() if a.seat == seat for f in a.findings}


async def test_keys_used_elsewhere_and_days_played_again(tmp_path: Path) -> None:
    seats = {f"{number:02d}": name for number, name in enumerate(SIGNS, start=1)}
    async with playing(tmp_path / "data", seats, pace=4, onset_s=12) as collector:

        def missing() -> dict[str, set[str]]:
            wanted = {
                seat: {*SIGNS[name], *(k.value for k in scene(name).alerts)}
                for seat, name in seats.items()
            }
            return {
                seat: lacks
                for seat, all_of in wanted.items()
                if (lacks := all_of - found(collector, seat) - collector.alert_kinds(seat))
            }

        try:
            await until("every sign", lambda: not missing(), within_s=40)
        except AssertionError as late:
            raise AssertionError(f"{late}: {missing()}") from None
        assert collector.alert_kinds("01") == set()
    assert audit(["replay", str(tmp_path / "data")]) == 0, "a replay tells the same"


async def test_what_was_done_behind_a_pulled_cable_is_told_when_it_arrives(tmp_path: Path) -> None:
    """Twelve seconds for four minutes. Seat 01 loses the collector, seat 02 finds it over the phone."""
    seats = {"01": "phone-tether", "02": "phone-tether-online"}
    async with playing(tmp_path / "data", seats, pace=20, onset_s=60) as collector:
        await until("the silence", lambda: collector.alert_kinds("01") == {"silence"}, 15)
        await until(
            "the other address",
            lambda: {"other_address", "new_tether"} <= found(collector, "02"),
            15,
        )
        expected = scene("phone-tether").alerts
        await until("the rest", lambda: collector.alert_kinds("01") >= expected, 30)
        assert {a.kind: a.over for a in collector.alerts() if a.seat == "01"}["silence"]
        assert collector.alert_kinds("02") >= expected - {"silence"}
        assert "other_address" not in found(collector, "01")
