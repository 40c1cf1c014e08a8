"""A collector killed in mid-exam: it serves at once, judges again meanwhile, and tells nothing twice.

The collector is a process of its own, killed as a pulled plug does; seats speak the real protocol.
"""

import asyncio
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from jiankao_collector.assessment import Assessment, load_rules
from jiankao_collector.audit.replay import Comparison, Outcome, replay
from jiankao_collector.config import DataFolder
from jiankao_collector.console.access import Access
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_collector.founding import FIRST_USER
from jiankao_collector.rule_folder import rules_path
from jiankao_proto.records import AlertChanged, EnvelopeAdmitted, RuleSetInForce
from tests.support.collector import founded, problem_of
from tests.support.collector_process import CollectorProcess, serving_process
from tests.support.judged import EXAM
from tests.support.pages import tags_of, text_of
from tests.support.recorded_exam import RecordedExam, record_exam
from tests.support.stream_client import Client

SEATS, PLAYED_S, OWED_S = 10, 1200.0, 55.0
UP_TO_DATE = "judging is up to date: "


@dataclass
class Log:
    """What a data folder holds."""

    folder: DataFolder

    def alerts(self) -> list[AlertChanged]:
        """Return every recorded revision of every alert, oldest first."""
        with closing(EvidenceLogReader(self.folder.evidence_log)) as reader:
            bodies = [record.body for record in reader.of_kinds(("alert_changed",))]
        return [body for body in bodies if isinstance(body, AlertChanged)]

    def compared(self) -> Comparison:
        """Judge the log again, as an auditor does."""
        rules = load_rules()
        with closing(EvidenceLogReader(self.folder.evidence_log)) as reader:
            return replay(reader.records(), rules.digest, lambda: Assessment(rules))

    def count(self, kind: str) -> int:
        """Return how many records of a kind there are."""
        with closing(EvidenceLogReader(self.folder.evidence_log)) as reader:
            return sum(1 for _ in reader.of_kinds((kind,)))


@pytest.fixture(scope="module")
def exam(tmp_path_factory: pytest.TempPathFactory) -> RecordedExam:
    folder = founded(tmp_path_factory.mktemp("exam") / "data")
    return asyncio.run(record_exam(folder, SEATS, PLAYED_S, attack_every=5, owed_s=OWED_S))


@pytest.fixture
def folder(exam: RecordedExam, tmp_path: Path) -> DataFolder:
    """The exam as the collector left it when it was killed."""
    return DataFolder(Path(shutil.copytree(exam.folder.root, tmp_path / "data")))


@contextmanager
def proctor(folder: DataFolder, collector: CollectorProcess) -> Iterator[httpx.Client]:
    """Be at the console as a user who reads English and logged in before the collector was killed."""
    with closing(Access(folder.access)) as access:
        token = access.start_web_session(FIRST_USER, time.time_ns() // 1000)
    headers = {"Accept-Language": "en", "Accept": "text/html"}
    with httpx.Client(base_url=collector.console, headers=headers, timeout=60) as client:
        client.cookies["jiankao"] = token
        yield client


def is_judging_again(page: httpx.Response) -> bool:
    return any(tag == "progress" for tag, _ in tags_of(page))


def told(page: httpx.Response) -> set[str]:
    """Return the ids of the alerts a page tells of."""
    return {attributes.get("data-acknowledge", "") for _, attributes in tags_of(page)} - {""}


def tiles(page: httpx.Response) -> list[str]:
    """Return the classes of every tile on the seat map."""
    return [a["class"] for tag, a in tags_of(page) if tag == "a" and "tile" in a.get("class", "")]


def back_at(collector: CollectorProcess, seat: Client) -> Client:
    """Return a workstation as it comes back: its chain stands where it stood."""
    client = Client(seat.identity, collector.telemetry_at)
    client.sealer.head = seat.sealer.head
    return client


async def test_it_serves_before_it_has_judged_and_after_a_second_kill_tells_all_once(
    exam: RecordedExam, folder: DataFolder
) -> None:
    log = Log(folder)
    recorded = log.alerts()
    assert 0 < len(recorded) < len(exam.alerts)
    with serving_process(folder) as collector, proctor(folder, collector) as browser:
        page = browser.get("/")
        assert is_judging_again(page)
        assert "Judging again what was recorded" in text_of(page)
        assert told(page) == {alert.alert_id.value for alert in recorded}
        assert len(tiles(page)) == SEATS
        assert all("tile--unjudged" in classes for classes in tiles(page))
        seat = back_at(collector, exam.clients["1"])
        async with seat.stream() as stream:
            await stream.send(*seat.seal(3))
            await stream.acknowledged(seat.sealer.head.next_sequence)
            assert (await stream.policy()).exam_session_id == EXAM.value
            assert is_judging_again(browser.get("/")), "acknowledged before all was judged"
            collector.kill()
    interrupted = log.compared()
    assert (interrupted.outcome, interrupted.difference) == (Outcome.EQUAL, None)

    with serving_process(folder) as collector:
        again = back_at(collector, seat)
        async with again.stream() as stream:
            await stream.send(*again.seal())
            await stream.acknowledged(again.sealer.head.next_sequence)
        collector.says(UP_TO_DATE)
        with proctor(folder, collector) as browser:
            page = browser.get("/")
            assert not is_judging_again(page)
            assert {alert.alert_id.value for alert in exam.alerts} <= told(page)
            assert not any("tile--unjudged" in classes for classes in tiles(page))
        assert collector.stop() == (0, "")

    alerts = log.alerts()
    assert alerts[: len(exam.alerts)] == list(exam.alerts), "as without any restart"
    revisions = [(alert.alert_id, alert.revision) for alert in alerts]
    assert len(set(revisions)) == len(revisions)
    compared = log.compared()
    assert (compared.outcome, compared.not_yet_recorded) == (Outcome.EQUAL, 0)
    assert compared.compared == len(alerts)
    assert log.count("rule_set_in_force") == 1
    assert problem_of(folder.root) is None


async def test_stopping_does_not_wait_for_judging_again(
    exam: RecordedExam, folder: DataFolder
) -> None:
    log = Log(folder)
    before = log.alerts()
    with serving_process(folder) as collector:
        assert collector.stop() == (0, "")
    assert log.alerts() == before, "what is owed stays owed"
    with serving_process(folder) as collector:
        collector.says(UP_TO_DATE)
        assert collector.stop() == (0, "")
    assert log.alerts()[: len(exam.alerts)] == list(exam.alerts)


def test_other_rules_begin_anew_and_judge_nothing_again(folder: DataFolder) -> None:
    """As before: what other rules told is theirs, and a new part of the log begins where the collector starts."""
    rules = rules_path(folder.root)
    rules.mkdir(parents=True, mode=0o700)
    (rules / "own.yml").write_text(RULE)
    with serving_process(folder) as collector:
        said = collector.says(UP_TO_DATE)
        with proctor(folder, collector) as browser:
            page = browser.get("/")
            assert (told(page), is_judging_again(page)) == (set(), False)
        assert collector.stop() == (0, "")
    assert int(said.removeprefix(UP_TO_DATE).split()[0]) < SEATS, "only what came after them"
    log = Log(folder)
    with closing(EvidenceLogReader(folder.evidence_log)) as reader:
        bodies = [record.body for record in reader.of_kinds(("rule_set_in_force",))]
    versions = [body.version for body in bodies if isinstance(body, RuleSetInForce)]
    assert len(versions) == 2
    assert versions[1].endswith("+ 1 sigma")
    assert log.compared().outcome is Outcome.DIFFERENT_RULES


def test_a_log_altered_in_the_middle_is_not_served_for_long(folder: DataFolder) -> None:
    """Intake may begin, but a collector that cannot judge what it holds ends with a clear line."""
    with closing(EvidenceLogReader(folder.evidence_log)) as reader:
        numbers = [r.number for r in reader.records() if isinstance(r.body, EnvelopeAdmitted)]
    middle = numbers[len(numbers) // 2]
    alter(folder, middle)
    with serving_process(folder) as collector:
        _, complaint = collector.process.communicate(timeout=60)
        assert collector.process.returncode == 1
    assert f"record {middle}: cannot be read" in complaint
    assert "jiankao-audit verify" in complaint
    assert complaint.count("\n") == 1


RULE = """\
title: A program nobody has
id: 6e5f6bb4-7a2c-4b51-9a4e-1b7f0c7b6a11
logsource:
    category: process_creation
    product: windows
detection:
    selection:
        Image|endswith: '\\\\nobody-has-this.exe'
    condition: selection
level: high
"""


def alter(folder: DataFolder, number: int) -> None:
    """Make a record unreadable, as somebody at the file could."""
    with closing(sqlite3.connect(folder.evidence_log)) as connection, connection:
        connection.execute("UPDATE records SET content = x'ff' WHERE number = ?", (number,))
