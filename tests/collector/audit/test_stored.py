"""Reading a log without changing it: running, killed, copied, on read-only media, and not ours."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from itertools import takewhile
from pathlib import Path
from tempfile import gettempdir

import pytest

from jiankao_collector.audit.__main__ import UNREADABLE, main
from jiankao_collector.audit.findings import Fault
from jiankao_collector.audit.rows import StoredRow
from jiankao_collector.audit.stored import StoredLog
from jiankao_collector.audit.verify import verify
from jiankao_collector.errors import EvidenceLogError
from jiankao_collector.evidence_log.schema import FILE_NAME
from jiankao_proto.records import ClockTick
from tests.support.damage import copy_of
from tests.support.logs import LogBuilder

NOBODY = 65534
"""A user who owns nothing: root ignores the permissions of files."""


def fingerprints(folder: Path, *, index: bool = True) -> dict[str, str]:
    """Return what lies in a folder, byte for byte; `index` False leaves out SQLite's shared index."""
    return {
        path.name: sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if index or not path.name.endswith("-shm")
    }


def records_in(data: Path) -> int:
    with StoredLog(data) as log:
        verdict = verify(log.rows())
    assert verdict.intact
    return verdict.records


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Path]:
    """A log whose newest records lie in the write-ahead file, held open by a writer."""
    data = tmp_path / "running"
    with LogBuilder(data) as log:
        for _ in range(5):
            log.admit(log.enrol(f"pc-{log.now_us}"))
        assert (data / (FILE_NAME + "-wal")).stat().st_size > 0
        yield data


def test_a_stopped_log_is_left_as_it_is(every_kind: Path) -> None:
    before = fingerprints(every_kind)
    assert records_in(every_kind) == 25
    assert fingerprints(every_kind) == before


def test_a_running_log(running: Path) -> None:
    before = fingerprints(running, index=False)
    assert records_in(running) == 16
    assert fingerprints(running, index=False) == before


def test_records_appended_while_it_is_read_do_not_disturb(tmp_path: Path) -> None:
    with LogBuilder(tmp_path) as log:
        log.append(ClockTick())
        with StoredLog(tmp_path) as stored:
            rows = stored.rows()
            first = next(rows)
            log.append(ClockTick())
            assert isinstance(first, StoredRow)
            assert [first.number, *(r.number for r in rows if isinstance(r, StoredRow))] == [0, 1]


@pytest.mark.parametrize("with_index", [True, False])
def test_a_copy_with_a_write_ahead_file(running: Path, tmp_path: Path, *, with_index: bool) -> None:
    copy = copy_of(running, tmp_path / "copy")
    if not with_index:
        (copy / (FILE_NAME + "-shm")).unlink()
    before = fingerprints(copy, index=False)
    assert records_in(copy) == 16
    assert fingerprints(copy, index=False) == before
    assert (copy / (FILE_NAME + "-shm")).exists() == with_index


CODE = """
import os, sys
from jiankao_collector.audit.__main__ import main
if os.geteuid() == 0:
    os.setgroups([]); os.setgid({nobody}); os.setuid({nobody})
sys.exit(main(["verify", sys.argv[1], "--json"]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are those of POSIX")
@pytest.mark.parametrize("kept", ["nothing", "-wal", "-wal -shm"])
def test_a_copy_on_read_only_media(
    running: Path, tmp_path_factory: pytest.TempPathFactory, kept: str
) -> None:
    """Folder and files that may not be written, with and without a write-ahead file."""
    copy = copy_of(running, tmp_path_factory.mktemp("media"))
    if kept == "nothing":
        with closing(sqlite3.connect(copy / FILE_NAME)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for file in copy.iterdir():
        if file.name.removeprefix(FILE_NAME) not in {"", *kept.split()}:
            file.unlink()
    before = fingerprints(copy)
    for file in copy.iterdir():
        file.chmod(0o444)
    copy.chmod(0o555)
    for parent in takewhile(lambda p: p != Path(gettempdir()), copy.parents):
        parent.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(nobody=NOBODY), str(copy)],
        capture_output=True,
        text=True,
        check=False,
    )
    copy.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert '"status":"intact"' in done.stdout
    assert '"records":16,' in done.stdout
    assert fingerprints(copy) == before


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are those of POSIX")
def test_a_folder_one_may_not_look_into(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir()
    for parent in takewhile(lambda p: p != Path(gettempdir()), [tmp_path, *tmp_path.parents]):
        parent.chmod(0o755)
    data = tmp_path / "closed" / "data"
    (tmp_path / "closed").chmod(0)
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(nobody=NOBODY), str(data)],
        capture_output=True,
        text=True,
        check=False,
    )
    (tmp_path / "closed").chmod(0o700)
    assert done.returncode == UNREADABLE
    assert f"{data}: may not be read (Permission denied)" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_collector_that_begins_to_write_is_noticed(every_kind: Path, tmp_path: Path) -> None:
    data = copy_of(every_kind, tmp_path)
    with StoredLog(data) as stored:
        rows = stored.rows()
        next(rows)
        with LogBuilder(data, opened=False) as log:
            log.append(ClockTick())
        with pytest.raises(EvidenceLogError, match="began to write while it was read"):
            list(rows)


def test_what_cannot_be_read_now_is_not_called_altered(every_kind: Path) -> None:
    """An error of the system says nothing about the evidence."""
    with StoredLog(every_kind) as stored:
        # SQLite itself gives up: interrupted.
        stored._connection.set_progress_handler(lambda: 1, 1)  # noqa: SLF001 - no other way in
        with pytest.raises(EvidenceLogError, match="cannot be read now"):
            list(stored.rows())


def test_a_file_cut_in_half_still_proves_its_beginning(tmp_path: Path) -> None:
    with LogBuilder(tmp_path) as log:
        one = log.enrol("one")
        for _ in range(60):
            log.admit(one)
    os.truncate(tmp_path / FILE_NAME, (tmp_path / FILE_NAME).stat().st_size * 2 // 3)
    with StoredLog(tmp_path) as stored:
        verdict = verify(stored.rows())
    assert verdict.problem is not None
    assert verdict.problem.fault in {Fault.UNREADABLE, Fault.MISSING}
    assert verdict.problem.record == verdict.records > 5
    assert verdict.workstations[0].envelopes == verdict.records - 3


def not_a_folder(folder: Path) -> str:
    return str(folder / "nowhere")


def empty_folder(folder: Path) -> str:
    return str(folder)


def text_file(folder: Path) -> str:
    (folder / FILE_NAME).write_text(
        "not a database, though it is long enough to be taken for one" * 9
    )
    return str(folder)


def empty_file(folder: Path) -> str:
    (folder / FILE_NAME).touch()
    return str(folder)


def another_database(folder: Path) -> str:
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        connection.execute("CREATE TABLE records (number INTEGER PRIMARY KEY)")
    return str(folder)


def another_format(folder: Path) -> str:
    with LogBuilder(folder):
        pass
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        connection.execute("PRAGMA user_version=2")
    return str(folder)


def without_its_table(folder: Path) -> str:
    with LogBuilder(folder):
        pass
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        connection.execute("DROP TABLE records")
    return str(folder)


def cut_short(folder: Path) -> str:
    with LogBuilder(folder):
        pass
    os.truncate(folder / FILE_NAME, 100)
    return str(folder)


@pytest.mark.parametrize(
    "make",
    [
        not_a_folder,
        empty_folder,
        text_file,
        empty_file,
        another_database,
        another_format,
        without_its_table,
        cut_short,
    ],
)
@pytest.mark.parametrize("command", ["verify", "alerts", "replay"])
def test_what_is_not_a_log_of_ours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make: object, command: str
) -> None:
    assert callable(make)
    data = make(tmp_path)
    assert main([command, data]) == UNREADABLE
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith(f"jiankao-audit: {data}")
    assert err.count("\n") == 1
