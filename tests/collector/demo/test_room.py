"""A room against a real collector: every seat gets the alerts its scene is about, and no honest seat any."""

import asyncio
from pathlib import Path

from jiankao_collector.demo.address_plan import permitting
from jiankao_collector.demo.cast import Part
from jiankao_collector.demo.room import Room
from jiankao_collector.demo.scenes.catalogue import SCENES, scene
from jiankao_collector.demo.steps import Scene
from jiankao_collector.detectors.base import AlertKind
from jiankao_proto.records import AlertChanged
from tests.support.room import RoomCollector, room_collector, until

APART = {"clock-turned-back", "phone-tether"}
"""A clock that was never let run for a minute has not settled: that scene is judged in scene time, without a pace. Four
minutes take long: that one is played faster, below."""
PLAYED = [s for s in SCENES if s.id not in APART and not s.entry]
AIDED = [s for s in SCENES if s.entry]
PACE = 4.0  # fast, and slow enough that the pulled plug is out for longer than a silence may last
ONSET_S = 12.0
"""Late enough that a room that enrols all at once is connected: a cable that was never in cannot be pulled."""
BESIDES = {AlertKind.POLICY}
"""What an attack may give as well, when its findings add up."""


async def test_every_scene_gives_its_alerts_and_honest_seats_give_none(tmp_path: Path) -> None:
    playing = {f"{number:02d}": which for number, which in enumerate(PLAYED, start=1)}
    async with room_collector(tmp_path / "data") as collector:
        await collector.open_exam_session()
        admittances = await collector.admit(playing)
        where = collector.running.listening
        troubles: list[str] = []
        room = Room(where.telemetry, where.enrolment, troubles.append, pace=PACE)
        parts = [Part(which, arrives_s=0, onset_s=ONSET_S) for which in playing.values()]
        stopping = asyncio.Event()
        running = asyncio.create_task(room.run(admittances, parts, stopping))
        try:
            try:
                await until("every alert", lambda: not _missing(collector, playing), within_s=60)
            except AssertionError as late:
                raise AssertionError(f"{late}: {_missing(collector, playing)}") from None
            await until("the backlog of the pulled plug", lambda: _caught_up(room), within_s=15)
            alerts = collector.alerts()
        finally:
            stopping.set()
            await running
        assert not troubles
        for seat, which in playing.items():
            kinds = {a.kind for a in alerts if a.seat == seat}
            assert kinds >= which.alerts, which.id
            assert kinds <= which.alerts | BESIDES if which.alerts else not kinds, which.id
        assert {"ToDesk"} == {
            name for name in ("ToDesk",) if name in _said(alerts, "zhejiang-2021")
        }
        assert room.progress().sealed == room.progress().acknowledged
        live = {(a.alert_id, a.kind) for a in collector.running.live.alerts()}
        assert {(a.alert_id, a.kind) for a in alerts} <= live


async def test_what_was_done_behind_a_pulled_cable_is_told_when_it_is_back(tmp_path: Path) -> None:
    """Twelve seconds for four minutes; the silence first, at 4 s, then all the rest at once."""
    async with room_collector(tmp_path / "data") as collector:
        await collector.open_exam_session()
        admittances = await collector.admit(["01"])
        where = collector.running.listening
        troubles: list[str] = []
        room = Room(where.telemetry, where.enrolment, troubles.append, pace=20)
        which = scene("phone-tether")
        stopping = asyncio.Event()
        parts = [Part(which, arrives_s=0, onset_s=60)]
        running = asyncio.create_task(room.run(admittances, parts, stopping))
        try:
            await until("the silence", lambda: collector.alert_kinds("01") == {"silence"}, 12)
            await until("the rest", lambda: collector.alert_kinds("01") >= which.alerts, 30)
            assert {a.kind: a.over for a in collector.alerts()}["silence"]
        finally:
            stopping.set()
            await running
        assert not troubles


async def test_an_aid_is_shown_as_permitted_where_it_is_and_told_where_it_is_not(
    tmp_path: Path,
) -> None:
    """The keyboards' entries are for other seats; the reader and the classroom program are permitted."""
    playing = {f"{number:02d}": which for number, which in enumerate(AIDED, start=1)}
    told = {seat for seat, which in playing.items() if "keyboard" in which.id}
    entries = [
        which.entry.format(seat="99" if seat in told else seat) for seat, which in playing.items()
    ]
    async with room_collector(tmp_path / "data") as collector:
        await collector.open_exam_session(permitting(*entries))
        admittances = await collector.admit(playing)
        where = collector.running.listening
        troubles: list[str] = []
        room = Room(where.telemetry, where.enrolment, troubles.append, pace=PACE)
        parts = [Part(which, arrives_s=0, onset_s=ONSET_S) for which in playing.values()]
        stopping = asyncio.Event()
        running = asyncio.create_task(room.run(admittances, parts, stopping))
        try:
            await until("the keyboards", lambda: {a.seat for a in collector.alerts()} >= told, 30)
            await until("the others", lambda: len(_permitted(collector)) == len(AIDED) - len(told))
            kinds = {(a.seat, a.kind) for a in collector.alerts()}
        finally:
            stopping.set()
            await running
    assert not troubles
    assert kinds == {(seat, k) for seat in told for k in ("injected_input", "remote_control")}


async def test_a_seat_that_is_refused_is_told_and_the_others_play_on(tmp_path: Path) -> None:
    async with room_collector(tmp_path / "data") as collector:
        (admittance,) = await collector.admit(["01"])
        where = collector.running.listening
        troubles: list[str] = []
        room = Room(where.telemetry, where.enrolment, troubles.append, pace=20)
        part = Part(scene("honest"), arrives_s=0, onset_s=25)
        stopping = asyncio.Event()
        twice = [admittance, admittance]
        running = asyncio.create_task(room.run(twice, [part, part], stopping))
        try:
            await until("one plays", lambda: room.progress().acknowledged > 3)
            await until("the other is told of", lambda: troubles)
        finally:
            stopping.set()
            await running
        (trouble,) = troubles
        assert trouble.startswith("demo 01: the collector refused to enrol: ")
        assert room.progress().sealed == room.progress().acknowledged


def _missing(
    collector: RoomCollector, playing: dict[str, Scene]
) -> list[tuple[str, set[AlertKind]]]:
    alerts = collector.alerts()
    there = {seat: {a.kind for a in alerts if a.seat == seat} for seat in playing}
    return [
        (which.id, set(which.alerts) - there[seat])
        for seat, which in playing.items()
        if not which.alerts <= there[seat]
    ]


def _permitted(collector: RoomCollector) -> set[str]:
    """Return the seats that show a screen read as permitted."""
    return {
        seat.seat
        for seat in collector.running.live.seats()
        if any(f.kind.endswith("_reads_screen") for f in seat.findings if f.detector == "permitted")
    }


def _caught_up(room: Room) -> bool:
    return all(
        w.delivery.stream is not None and len(w.delivery.spool) <= 1 for w in room.workstations
    )


def _said(alerts: tuple[AlertChanged, ...], scene_id: str) -> str:
    seat = f"{[s.id for s in PLAYED].index(scene_id) + 1:02d}"
    return " ".join(f.reason_en for a in alerts if a.seat == seat for f in a.findings)
