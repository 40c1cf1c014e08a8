"""Somebody at the collector who rules every alert unfounded: played against a real collector, told within seconds."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from jiankao_collector.demo.__main__ import insider_of
from jiankao_collector.demo.cast import Part
from jiankao_collector.demo.insider import Insider, next_ruling
from jiankao_collector.demo.room import Room
from jiankao_collector.demo.scenes.catalogue import scene
from jiankao_collector.demo.scenes.rulings_unfounded import INSIDER
from jiankao_collector.demo.steps import RulesUnfounded
from jiankao_collector.detectors.base import AlertKind
from jiankao_collector.errors import ConfigurationError
from jiankao_collector.rulings import ABOUT_RULINGS
from jiankao_proto.ids import AlertId
from jiankao_proto.records import AlertChanged, AlertRuled, Ruling
from tests.support.audit_logs import alert
from tests.support.room import room_collector, until

SCENE = scene("rulings-unfounded")
ACTION = RulesUnfounded(INSIDER, "误报，网络波动")
TOLD_WITHIN_US = 5_000_000


async def test_the_room_is_told_who_cleared_it(tmp_path: Path) -> None:
    async with room_collector(tmp_path / "data") as collector:
        await collector.open_exam_session()
        admittances = await collector.admit(["01"])
        where = collector.running.listening
        troubles: list[str] = []
        insider = Insider(collector.running.folder.evidence_log)
        room = Room(where.telemetry, where.enrolment, troubles.append, pace=4, insider=insider)
        stopping = asyncio.Event()
        part = Part(SCENE, arrives_s=0, onset_s=14)
        running = asyncio.create_task(room.run(admittances, [part], stopping))
        live = collector.running.live
        try:
            await until(
                "the room's alert",
                lambda: any(a.kind == AlertKind.RULINGS for a in live.alerts()),
                within_s=40,
            )
        finally:
            stopping.set()
            await running
        assert not troubles
        (about,) = (a for a in live.alerts() if a.kind == AlertKind.RULINGS)
        assert (about.room, about.seat, about.workstation_id) == ("demo", "", None)
        (finding,) = about.findings
        assert finding.subject == INSIDER
        ruled = collector.records("alert_ruled")
        (straw,) = (r for r in ruled if r.number == finding.record_numbers[0])
        told = next(
            r
            for r in collector.records("alert_changed")
            if isinstance(r.body, AlertChanged) and r.body.alert_id == about.alert_id
        )
        assert told.recorded_at_us - straw.recorded_at_us <= TOLD_WITHIN_US
        cleared = {r.body.alert_id for r in ruled if isinstance(r.body, AlertRuled)}
        assert cleared <= {a.alert_id for a in live.alerts()}, "no alert is gone"
        standing = live.rulings().standing()
        assert all(standing[alert_id].by_one_person for alert_id in cleared)


def test_he_takes_the_oldest_alert_he_has_not_ruled_on() -> None:
    first = alert("w-one", 2, 60)
    other = AlertRuled(AlertId("a-1"), 1, Ruling.UNFOUNDED, "somebody else", "看过座位")
    ruling = next_ruling([first, other], ACTION)
    assert ruling == AlertRuled(AlertId("a-1"), 2, Ruling.UNFOUNDED, INSIDER, ACTION.reason)
    assert next_ruling([first, ruling], ACTION) is None


def test_he_leaves_the_alert_about_himself() -> None:
    about = replace(alert("w-one", 1, 60), kind=ABOUT_RULINGS)
    assert next_ruling([about], ACTION) is None


def test_without_a_log_he_is_refused_in_one_line() -> None:
    parts = [Part(SCENE, 0, 0)]
    with pytest.raises(ConfigurationError, match=r"rulings-unfounded.*--evidence-log"):
        insider_of(parts, None)
    assert insider_of([Part(scene("honest"), 0, 0)], None) is None
    assert insider_of(parts, Path("evidence.sqlite")) is not None
