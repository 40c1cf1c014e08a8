"""The guide for a room, executed: both languages give the same commands, and they work in the order given.

Blocks marked `sh run` are run for real, one after the other, against a data folder of their own. What needs root,
another user or a second machine is put in its place here: `runuser` is left out, the folders are temporary, and the
collector is started as its unit would start it, but on free ports. Blocks marked `sh check` (packages, firewall,
systemd) are parsed by the shell and not run; the units they install have a test of their own.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from jiankao_collector.evidence_log.reader import EvidenceLogReader
from tests.support.source_tree import ROOT
from tests.support.xserver import XServer, needs, xvfb

GUIDE, CHINESE_GUIDE = ROOT / "docs" / "deploy.md", ROOT / "docs" / "deploy.zh-CN.md"
PROGRAMS = Path(sys.executable).parent
READY_WITHIN_S = 30.0


@dataclass(frozen=True)
class Block:
    """A fenced block: how it is marked, and its commands."""

    marks: tuple[str, ...]
    commands: str


def blocks(guide: Path) -> list[Block]:
    text = guide.read_text(encoding="utf-8")
    found = re.findall(r"^```(.*?)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [Block(tuple(marks.split()), commands) for marks, commands in found]


@pytest.mark.parametrize("guide", [GUIDE, CHINESE_GUIDE], ids=lambda p: p.name)
def test_every_block_says_what_it_is_and_is_shell(guide: Path) -> None:
    for block in blocks(guide):
        assert block.marks[:2] in {("sh", "run"), ("sh", "check")}, block
        done = subprocess.run(
            ["bash", "-n"], input=block.commands, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), block.commands


def test_both_languages_give_the_same_commands() -> None:
    assert blocks(GUIDE) == blocks(CHINESE_GUIDE)


def test_the_collector_is_started_as_the_guide_installs_it() -> None:
    """The stand-in below runs what the unit runs, so it must be the unit the guide copies."""
    (start,) = [b.commands for b in blocks(GUIDE) if "start-the-collector" in b.marks]
    assert "deploy/systemd/jiankao-collector.service" in start
    unit = (ROOT / "deploy" / "systemd" / "jiankao-collector.service").read_text(encoding="utf-8")
    assert "jiankao-collector serve --data /var/lib/jiankao\n" in unit


@dataclass(frozen=True)
class Room:
    """Where the guide's folders are in this test, and its one workstation's desktop."""

    folder: Path
    desktop: XServer

    @property
    def data(self) -> Path:
        return self.folder / "var/lib/jiankao"

    def here(self, commands: str, ports: dict[str, str]) -> str:
        """The same commands for this machine."""
        moved = re.sub(r"(?<![\w.])/(var|etc)/", rf"{self.folder}/\1/", commands)
        moved = moved.replace("runuser -u jiankao -- ", "")
        if ports:
            moved = moved.replace(
                "--collector 10.0.0.5",
                f"--collector 127.0.0.1 --telemetry-port {ports['telemetry']}"
                f" --enrolment-port {ports['enrolment']}",
            )
        return moved

    def run(self, commands: str, ports: dict[str, str], typed: str = "") -> None:
        """Run a block as a person would paste it."""
        environment = self.desktop.environment()
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.here(commands, ports)],
            input=typed,
            env={**environment, "PATH": f"{PROGRAMS}:{environment['PATH']}"},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    needs("Xvfb", "sqlite3", "openssl")
    for folder in ("var/lib/jiankao", "var/backups/jiankao", "etc/jiankao"):
        (tmp_path / folder).mkdir(parents=True, mode=0o700)
    # A desktop has clients all the time; a bare server without any would reset itself between two looks.
    with xvfb() as desktop:
        yield Room(tmp_path, desktop)


@contextmanager
def collector(room: Room) -> Iterator[dict[str, str]]:
    """The collector at work on free ports; gives the ports by name."""
    free = [part for n in ("grpc", "enrolment", "console") for part in (f"--{n}", "127.0.0.1:0")]
    with subprocess.Popen(
        [PROGRAMS / "jiankao-collector", "serve", "--data", room.data, *free],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as started:
        try:
            assert started.stdout is not None
            said = started.stdout.readline()
            ports = dict(re.findall(r"(telemetry|enrolment) \S+?:(\d+)", said))
            assert set(ports) == {"telemetry", "enrolment"}, said
            yield ports
        finally:
            started.terminate()
            assert started.wait(READY_WITHIN_S) == 0


def kinds(data: Path) -> list[str]:
    reader = EvidenceLogReader(data / "evidence.sqlite")
    try:
        return [row.kind for row in reader.rows()]
    finally:
        reader.close()


def test_the_guide_works_as_written(room: Room) -> None:
    """From an empty folder to a verified backup; the collector runs from where the guide starts it."""
    todo = blocks(GUIDE)
    start = next(i for i, block in enumerate(todo) if "start-the-collector" in block.marks)
    for block in todo[:start]:
        if "run" in block.marks:
            room.run(block.commands, {})
    with collector(room) as ports:
        for block in todo[start:]:
            if "run" not in block.marks:
                continue
            typed = ""
            if "on-a-workstation" in block.marks:
                tickets = (room.folder / "etc/jiankao/tickets.tsv").read_text(encoding="utf-8")
                issued = [line.split("\t") for line in tickets.splitlines()]
                assert [(r, s) for r, s, _ in issued] == [("A", f"{n:02}") for n in range(1, 41)]
                typed = f"{issued[0][2]}\n"
            room.run(block.commands, ports, typed)

    assert (room.folder / "var/lib/jiankao-agent/enrolment.json").exists()
    recorded = kinds(room.data)
    assert recorded.count("ticket_issued") == 40
    for once in (
        "workstation_enrolled",
        "roster_changed",
        "exam_session_opened",
        "exam_session_closed",
    ):
        assert recorded.count(once) == 1, once
    backup = room.folder / "var/backups/jiankao"
    whole = {"evidence.sqlite", "access.sqlite", "tickets.sqlite", "keys", "collector.toml"}
    assert whole <= {p.name for p in backup.iterdir()}
    copied = kinds(backup)
    assert copied == recorded[: len(copied)]
    assert "exam_session_closed" in copied
