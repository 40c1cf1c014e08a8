"""What the live side really recorded, judged again by the program an auditor runs."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from jiankao_collector.assessment import load_rules
from jiankao_collector.audit.__main__ import ALTERED, INTACT, OTHER_RULES, main
from jiankao_collector.audit.reading import records
from jiankao_collector.audit.stored import StoredLog
from jiankao_collector.evidence_log.journal import Journal
from jiankao_collector.live import Live
from jiankao_proto.observations import InjectedInput, InjectionMethod, Process, ProcessStarted
from jiankao_proto.records import (
    AlertChanged,
    ExamSessionClosed,
    ExamSessionOpened,
    Record,
    RuleSetInForce,
)
from tests.support.audit_logs import MORNING
from tests.support.logs import START_US, LogBuilder, Workstation

TOOL = ProcessStarted(Process(4711, START_US, "x11vnc", "/usr/bin/x11vnc"))
INJECTED = InjectedInput(InjectionMethod.XTEST_DEVICE, motion_events=40, key_events=9)
WITHIN_S = 20


def everything(data: Path) -> list[Record]:
    with StoredLog(data) as log:
        return list(records(log.rows()))


def alerts_in(data: Path) -> list[AlertChanged]:
    return [record.body for record in everything(data) if isinstance(record.body, AlertChanged)]


@asynccontextmanager
async def watching(log: LogBuilder) -> AsyncIterator[Live]:
    """Run the live side over a log, with the log's own clock; it is stopped in an orderly way."""
    journal = Journal(log.path, lambda: log.now_us)
    running = Live(log.path, journal, load_rules(), lambda: log.now_us)
    await running.start()
    running.follow()
    await running.caught_up.wait()
    try:
        yield running
    finally:
        await running.stop()
        await journal.close()


async def until_alerts(running: Live, data: Path, at_least: int) -> None:
    """Wait until so many alert records are in the log, and the live side has caught up."""

    async def look() -> None:
        async for _ in running.changes():
            if len(alerts_in(data)) >= at_least:
                return

    await asyncio.wait_for(look(), WITHIN_S)


async def an_exam(data: Path) -> None:
    """Two seats; one is taken under remote control, in two bursts with a restart between them."""
    with LogBuilder(data) as log:
        one, two = log.enrol("one", seat="07"), log.enrol("two", seat="08")
        log.append(ExamSessionOpened(MORNING, "上午场", ("101",), b"", "chief"))
        for burst in (1, 2):
            async with watching(log) as running:
                before = len(alerts_in(data))
                for facts in ((TOOL,), (INJECTED,), (INJECTED, INJECTED)):
                    log.admit(one, *facts, exam_session=MORNING)
                    log.admit(two, exam_session=MORNING)
                    await until_alerts(running, data, before + 1 if burst == 1 else before)
        assert {a.workstation_id for a in alerts_in(data)} >= {one.id}


def replayed(data: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, object]]:
    code = main(["replay", str(data), "--json"])
    shown: dict[str, object] = json.loads(capsys.readouterr().out)
    return code, shown


async def test_an_exam_replays_equal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await an_exam(tmp_path)
    code, shown = replayed(tmp_path, capsys)
    assert (code, shown["status"], shown["difference"]) == (INTACT, "equal", None)
    assert shown["alerts_equal"] == len(alerts_in(tmp_path)) > 1
    assert shown["alerts_not_yet_recorded"] == 0
    assert main(["verify", str(tmp_path)]) == INTACT
    capsys.readouterr()
    assert main(["replay", str(tmp_path), "--language", "en"]) == INTACT
    assert capsys.readouterr().out.startswith(
        "EQUAL: replay gives exactly the alerts recorded live.\n"
    )


async def test_the_rules_are_in_force_once_while_an_exam_session_lasts(tmp_path: Path) -> None:
    """What the live side does after a restart is what replay assumes."""
    await an_exam(tmp_path)
    assert sum(isinstance(r.body, RuleSetInForce) for r in everything(tmp_path)) == 1
    with LogBuilder(tmp_path, opened=False) as log:
        log.now_us = everything(tmp_path)[-1].recorded_at_us + 1
        log.append(ExamSessionClosed(MORNING, "chief"))
        async with watching(log):
            pass
    assert sum(isinstance(r.body, RuleSetInForce) for r in everything(tmp_path)) == 2


async def test_a_new_beginning_between_exam_sessions_replays_equal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await an_exam(tmp_path)
    with LogBuilder(tmp_path, opened=False) as log:
        log.now_us = everything(tmp_path)[-1].recorded_at_us + 1
        log.append(ExamSessionClosed(MORNING, "chief"))
        async with watching(log) as running:
            three = log.enrol("three", seat="09")
            before = len(alerts_in(tmp_path))
            log.admit(three, TOOL, INJECTED)
            await until_alerts(running, tmp_path, before + 1)
    code, shown = replayed(tmp_path, capsys)
    assert (code, shown["status"]) == (INTACT, "equal")
    assert shown["alerts_equal"] == len(alerts_in(tmp_path))


async def test_a_collector_that_died_owes_alerts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with LogBuilder(tmp_path) as log:
        async with watching(log):
            pass
        log.admit(log.enrol("one"), TOOL, INJECTED)
    code, shown = replayed(tmp_path, capsys)
    assert (code, shown["status"], shown["alerts_equal"]) == (INTACT, "equal", 0)
    owed = shown["alerts_not_yet_recorded"]
    assert isinstance(owed, int)
    assert owed > 0


async def test_an_alert_nobody_can_have_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await an_exam(tmp_path)
    invented = alerts_in(tmp_path)[-1]
    with LogBuilder(tmp_path, opened=False) as log:
        log.now_us = everything(tmp_path)[-1].recorded_at_us + 1
        (bad,) = log.append(invented)
    code, shown = replayed(tmp_path, capsys)
    assert (code, shown["status"]) == (ALTERED, "different-alerts")
    difference = shown["difference"]
    assert isinstance(difference, dict)
    assert (difference["kind"], difference["record"]) == ("unexpected", bad.record.number)


async def test_a_log_judged_by_other_rules(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with LogBuilder(tmp_path) as log:
        log.append(RuleSetInForce("1999.1", bytes(32)))
        one: Workstation = log.enrol("one")
        log.admit(one, TOOL, INJECTED)
    code, shown = replayed(tmp_path, capsys)
    assert (code, shown["status"], shown["difference"]) == (OTHER_RULES, "different-rules", None)
    assert shown["other_rules"] == [{"record": 1, "version": "1999.1", "digest": "00" * 32}]
    assert main(["replay", str(tmp_path), "--language", "zh"]) == OTHER_RULES
    assert capsys.readouterr().out.startswith("规则不同：")
