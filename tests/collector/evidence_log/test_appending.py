"""Appending: durable when it returns, whole after any crash, in one chain whoever appends."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from jiankao_collector.errors import AlteredEvidenceError, EvidenceLogError
from jiankao_collector.evidence_log.journal import Journal
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_collector.evidence_log.writer import EvidenceLogWriter
from jiankao_proto.codec import record_digest, write_record
from jiankao_proto.errors import MalformedError
from jiankao_proto.mapping import MAX_TEXT
from jiankao_proto.records import ClockTick, OperatorAction, Record

APPENDER = """
import sys
from pathlib import Path
from jiankao_collector.evidence_log.writer import EvidenceLogWriter
from jiankao_proto.records import OperatorAction

writer = EvidenceLogWriter(Path(sys.argv[1]))
for number in range(int(sys.argv[3])):
    bodies = [OperatorAction(sys.argv[2], f"{number}.{part}") for part in range(3)]
    last = writer.append(bodies, 1_790_000_000_000_000)[-1].record.number
    print(number, last, flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "evidence.sqlite"
    EvidenceLogWriter(path, create=True).close()
    return path


def appender(path: Path, name: str, count: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", APPENDER, str(path), name, str(count)],
        stdout=subprocess.PIPE,
        text=True,
    )


def whole(path: Path) -> list[Record]:
    """Return the records of a log that holds together; fail when it does not."""
    previous, records = bytes(32), []
    with closing(EvidenceLogReader(path)) as reader:
        for number, record in enumerate(reader.records()):
            assert (record.number, record.previous_digest) == (number, previous)
            previous = record_digest(write_record(record))
            records.append(record)
    times = [record.recorded_at_us for record in records]
    assert times == sorted(times)
    return records


def actions(records: list[Record], who: str) -> Iterator[str]:
    for record in records:
        if isinstance(record.body, OperatorAction) and record.body.user == who:
            yield record.body.action


def test_two_processes_at_once_leave_one_chain(path: Path) -> None:
    processes = [appender(path, name, 60) for name in ("a", "b")]
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    records = whole(path)
    wanted = [f"{number}.{part}" for number in range(60) for part in range(3)]
    assert list(actions(records, "a")) == list(actions(records, "b")) == wanted
    assert len(records) == 2 * len(wanted)


def test_what_was_appended_is_there_once_after_kill_nine(path: Path) -> None:
    for crash in range(20):
        process = appender(path, f"crash-{crash}", 10_000)
        assert process.stdout is not None
        with process.stdout as said:
            done = [said.readline() for _ in range(1 + crash)]
            process.kill()
            done += said.readlines()
        assert process.wait(timeout=20) != 0, "it was still appending when it was killed"
        returned = len([line for line in done if line.endswith("\n")])
        assert returned > crash
        found = list(actions(whole(path), f"crash-{crash}"))
        # Groups are stored whole or not at all; the last may be stored without its caller having heard of it.
        assert len(found) % 3 == 0
        assert returned * 3 <= len(found) <= (returned + 1) * 3
        assert found == [f"{n // 3}.{n % 3}" for n in range(len(found))]


def test_a_clock_that_is_turned_back_does_not_turn_the_log_s_time_back(path: Path) -> None:
    with closing(EvidenceLogWriter(path)) as writer:
        for now_us in (1000, 5000, 200, 5001):
            writer.append([ClockTick()], now_us)
    assert [r.recorded_at_us for r in whole(path)] == [1000, 5000, 5000, 5001]


def test_what_could_not_be_read_back_is_not_stored(path: Path) -> None:
    good, bad = OperatorAction("chief", "looked"), OperatorAction("chief", "x" * (MAX_TEXT + 1))
    with closing(EvidenceLogWriter(path)) as writer:
        for bodies in ([bad], [good, bad], [bad, good]):
            with pytest.raises(MalformedError):
                writer.append(bodies, 1)
        writer.append([good], 1)
    assert [record.body for record in whole(path)] == [good]


def test_nothing_follows_a_last_record_that_is_altered(path: Path) -> None:
    with closing(EvidenceLogWriter(path)) as writer:
        writer.append([ClockTick()], 1)
        with closing(sqlite3.connect(path)) as knife, knife:
            knife.execute("UPDATE records SET content = x'ffff'")
        with pytest.raises(AlteredEvidenceError, match=r"record 0: .*jiankao-audit verify"):
            writer.append([ClockTick()], 2)
    with closing(EvidenceLogReader(path)) as reader:
        with pytest.raises(AlteredEvidenceError, match="record 0"):
            reader.last()
        with pytest.raises(AlteredEvidenceError, match="record 0"):
            list(reader.records())


async def test_a_journal_keeps_the_order_of_its_callers(path: Path) -> None:
    journal = Journal(path, lambda: 7)
    bodies = [OperatorAction("chief", str(n)) for n in range(1500)]
    appended = await asyncio.gather(*(journal.append(body) for body in bodies))
    await journal.close()
    assert [a.record.body for a in appended] == bodies
    assert [record.body for record in whole(path)] == bodies


async def test_one_impossible_record_harms_no_other(path: Path) -> None:
    journal = Journal(path, lambda: 7)
    bodies = [OperatorAction("chief", "x" * (MAX_TEXT + 1) if n == 5 else str(n)) for n in range(9)]
    outcomes = await asyncio.gather(*map(journal.append, bodies), return_exceptions=True)
    await journal.close()
    assert [n for n, o in enumerate(outcomes) if isinstance(o, MalformedError)] == [5]
    del bodies[5]
    assert [record.body for record in whole(path)] == bodies


async def test_when_a_group_fails_everything_behind_it_fails_too(path: Path) -> None:
    journal = Journal(path, lambda: 7, wait_s=0.1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        first = [journal.submit(OperatorAction("chief", f"first {n}")) for n in range(3)]
        await asyncio.sleep(0)  # the first group is under way; the second waits behind it
        second = [journal.submit(OperatorAction("chief", f"second {n}")) for n in range(3)]
        outcomes = await asyncio.gather(*first, *second, return_exceptions=True)
        other.execute("ROLLBACK")
    assert all(isinstance(o, EvidenceLogError) for o in outcomes)
    await journal.append(OperatorAction("chief", "third"))
    await journal.close()
    assert [record.body for record in whole(path)] == [OperatorAction("chief", "third")]


async def test_a_caller_who_gives_up_disturbs_nobody(path: Path) -> None:
    journal = Journal(path, lambda: 7)
    impatient = asyncio.create_task(journal.append(OperatorAction("chief", "one")))
    await asyncio.sleep(0)
    impatient.cancel()
    await journal.append(OperatorAction("chief", "two"))
    await journal.close()
    assert len(whole(path)) == 2


async def test_the_clock_is_told_of_a_time_that_is_ahead(path: Path) -> None:
    with closing(EvidenceLogWriter(path)) as writer:
        writer.append([ClockTick()], 900)
    heard: list[int] = []
    journal = Journal(path, lambda: 7, heard.append)
    await journal.append(ClockTick())
    await journal.close()
    assert heard == [900]
