"""What is wrong on a command line is one line on standard error, a failure's exit code, and no harm."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from jiankao_collector.config import DataFolder
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_collector.evidence_log.writer import EvidenceLogWriter
from jiankao_collector.folder_lock import lock_folder
from jiankao_proto.records import ClockTick
from tests.support.commands import Command, Done

NOBODY = 65534
AGAIN = ("--grpc", "127.0.0.1:0", "--enrolment", "127.0.0.1:0", "--console", "127.0.0.1:0")
COMMANDS: dict[str, tuple[str, ...]] = {
    "serve": ("serve",),
    "ticket": ("ticket", "--room", "101"),
    "user": ("user", "list"),
    "roster": ("roster", "show"),
    "exam-session": ("exam-session", "list"),
    "answers": ("answers", "answers.csv"),
}


def records(folder: DataFolder) -> int:
    reader = EvidenceLogReader(folder.evidence_log)
    try:
        return reader.count()
    finally:
        reader.close()


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_folder_that_was_not_made(
    tmp_path: Path, command: Command, words: tuple[str, ...]
) -> None:
    said = command(*words, "--data", tmp_path / "none").failed()
    assert "make one with: jiankao-collector init --data" in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_log_that_is_not_ours(
    folder: DataFolder, command: Command, words: tuple[str, ...]
) -> None:
    for file in folder.root.glob("evidence.sqlite*"):
        file.unlink()
    folder.evidence_log.write_text("seat,candidate\n" * 500, encoding="utf-8")
    if words[0] == "user":
        words = ("user", "add", "lin", "--generate")
    assert "not an evidence log of ours" in command(*words, "--data", folder.root).failed()
    assert folder.evidence_log.read_text(encoding="utf-8") == "seat,candidate\n" * 500


def test_a_folder_twice(folder: DataFolder, command: Command) -> None:
    before = (folder.keys / "authority.key").read_bytes()
    assert "already" in command("init", "--data", folder.root).failed()
    assert (folder.keys / "authority.key").read_bytes() == before


def test_a_file_where_the_folder_should_be(tmp_path: Path, command: Command) -> None:
    (tmp_path / "data").write_text("a file", encoding="utf-8")
    for words in (("init",), ("up", *AGAIN), ("serve",)):
        assert "data" in command(*words, "--data", tmp_path / "data").failed()


def test_a_folder_somebody_else_serves(folder: DataFolder, command: Command) -> None:
    before = records(folder)
    with lock_folder(folder.root):
        for words in (("serve",), ("up", *AGAIN)):
            assert "another collector" in command(*words, "--data", folder.root).failed()
    assert records(folder) == before


@pytest.mark.parametrize("taken", ["--grpc", "--enrolment", "--console"])
def test_a_port_somebody_else_has(folder: DataFolder, command: Command, taken: str) -> None:
    before = records(folder)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        addresses = list(AGAIN)
        addresses[addresses.index(taken) + 1] = f"127.0.0.1:{port}"
        said = command("serve", *addresses, "--data", folder.root).failed()
    assert f"127.0.0.1:{port}: cannot listen there" in said
    assert records(folder) == before, "a start in vain leaves no record"


@pytest.mark.parametrize("address", ["here", "127.0.0.1", "127.0.0.1:70000", ":1", "127.0.0.1:x"])
def test_an_address_that_is_none(folder: DataFolder, command: Command, address: str) -> None:
    said = command("serve", "--grpc", address, "--data", folder.root).failed()
    assert "HOST:PORT" in said


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[addresses\n", "cannot be read"),
        ("[addresses]\ntelemetri = 'x:1'\n", "unknown address 'telemetri'"),
        ("[adresses]\n", "unknown setting 'adresses'"),
        ("addresses = 3\n", "is a table"),
        ("[addresses]\ntelemetry = 'nowhere'\n", "HOST:PORT"),
        ("\xff", "cannot be read"),
    ],
)
def test_settings_that_cannot_be_read(
    folder: DataFolder, command: Command, text: str, why: str
) -> None:
    folder.settings.write_bytes(text.encode("latin-1"))
    said = command("serve", "--data", folder.root).failed()
    assert why in said
    assert "collector.toml" in said


@pytest.mark.parametrize("name", ["authority.key", "authority.pem", "collector.key"])
@pytest.mark.parametrize("damage", ["missing", "garbage"])
def test_keys_that_are_gone(folder: DataFolder, command: Command, name: str, damage: str) -> None:
    if damage == "missing":
        (folder.keys / name).unlink()
    else:
        (folder.keys / name).write_bytes(b"no key")
    for words in (("serve", *AGAIN), ("ticket", "--room", "101")):
        said = command(*words, "--data", folder.root).failed()
        assert "restore" in said
        assert str(folder.keys) in said
    assert not list(folder.keys.glob(f"{name}.*"))


def test_keys_that_do_not_belong_together(
    folder: DataFolder, command: Command, tmp_path: Path
) -> None:
    command("init", "--data", tmp_path / "other")
    other = DataFolder(tmp_path / "other").keys / "authority.pem"
    (folder.keys / "authority.pem").write_bytes(other.read_bytes())
    assert (
        "do not belong together" in command("ticket", "--room", "1", "--data", folder.root).failed()
    )


@pytest.mark.parametrize("file", ["access.sqlite", "tickets.sqlite"])
def test_lists_that_are_not_ours(folder: DataFolder, command: Command, file: str) -> None:
    for path in folder.root.glob(f"{file}*"):
        path.unlink()
    (folder.root / file).write_text("not a database " * 500, encoding="utf-8")
    assert file in command("serve", *AGAIN, "--data", folder.root).failed()
    assert (folder.root / file).read_text(encoding="utf-8") == "not a database " * 500


def test_a_last_record_that_is_altered(folder: DataFolder, command: Command) -> None:
    writer = EvidenceLogWriter(folder.evidence_log)
    writer.append([ClockTick()], 1)
    writer._connection.execute(  # noqa: SLF001 - the knife
        "UPDATE records SET content = x'ffff' WHERE number = (SELECT max(number) FROM records)"
    )
    writer.close()
    said = command("serve", *AGAIN, "--data", folder.root).failed()
    assert "run jiankao-audit verify" in said


AS_NOBODY = f"""
import os, sys
from jiankao_collector.__main__ import main
os.setgroups([])
os.setresgid({NOBODY}, {NOBODY}, {NOBODY})
os.setresuid({NOBODY}, {NOBODY}, {NOBODY})
sys.exit(main(sys.argv[1:]))
"""


def as_nobody(*words: str | Path) -> Done:
    """Give a command as a user who owns nothing: root ignores the permissions of files."""
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can become somebody else"
)
def test_a_folder_one_may_not_touch(folder: DataFolder, tmp_path: Path) -> None:
    for above in (tmp_path, *tmp_path.parents):
        if not above.stat().st_mode & 0o001:
            above.chmod(0o711)
    words: tuple[str, ...]
    for words in (("serve",), ("user", "list"), ("up", *AGAIN)):
        assert str(folder.root) in as_nobody(*words, "--data", folder.root).failed()
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o755)
    assert str(locked) in as_nobody("init", "--data", locked / "data").failed()
    assert str(locked) in as_nobody("init", "--data", locked).failed()
    assert not list(locked.iterdir())
