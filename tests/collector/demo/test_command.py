"""python -m jiankao_collector.demo: what it says, and how it ends."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from jiankao_collector.demo.__main__ import main
from jiankao_collector.demo.scenes.catalogue import SCENES
from jiankao_proto.codec import read_batch, read_envelope
from jiankao_proto.observations import AgentLifecycle, LifecycleStage
from jiankao_proto.records import EnvelopeAdmitted
from tests.support.room import RoomCollector, room_collector, until

NOWHERE = ["--telemetry", "127.0.0.1:1", "--enrolment", "127.0.0.1:1"]


async def test_a_room_says_who_plays_what_and_ends_with_a_goodbye(tmp_path: Path) -> None:
    async with room_collector(tmp_path / "data") as collector:
        where = collector.running.listening
        tickets = tmp_path / "tickets"
        lines = [f"{a.room}\t{a.seat}\t{a.ticket}\n" for a in await collector.admit(["01", "02"])]
        tickets.write_text("".join(lines))
        room = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "jiankao_collector.demo", "--tickets-file", str(tickets)),
            *("--telemetry", str(where.telemetry), "--enrolment", str(where.enrolment)),
            *("--scene", "dhanbad-2025"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            await until("both seats", lambda: len(collector.bodies("envelope_admitted")) >= 2, 30)
            await until("both streams", lambda: len(collector.bodies("stream_opened")) == 2)
        finally:
            room.send_signal(signal.SIGTERM)
            said, complained = await room.communicate()
        assert room.returncode == 0
        assert complained == b""
        first, second = said.decode().splitlines()[:2]
        assert first.startswith("demo 01")
        assert "dhanbad-2025" in first + second
        assert "honest" in first + second
        await until("both goodbyes", lambda: len(collector.bodies("stream_closed")) == 2)
        assert _goodbyes(collector) == 2


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([*NOWHERE, "--tickets-file", "/none"], "/none: the tickets cannot be read: "),
        (["--telemetry", "x", "--enrolment", "y", "--tickets-file", "z"], "'x' is not HOST:PORT"),
    ],
)
def test_wrong_arguments_are_one_line(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    said = capsys.readouterr().err
    assert said.startswith("jiankao-collector demo: ")
    assert complaint in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "holds no ticket; one line a seat is needed"),
        ("a\tb\tc\n\nonly two\tcolumns\n", "line 3: expected room, seat and ticket with tabs"),
        ("a\t\tc\n", "line 1: expected room, seat and ticket with tabs"),
    ],
)
def test_a_tickets_file_that_is_none_is_named_with_its_line(
    text: str, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tickets = tmp_path / "tickets"
    tickets.write_text(text)
    assert main([*NOWHERE, "--tickets-file", str(tickets)]) == 1
    assert complaint in capsys.readouterr().err


def test_an_unknown_scene_is_refused_before_anything_is_sent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tickets = tmp_path / "tickets"
    tickets.write_text("demo\t01\tticket\n")
    assert main([*NOWHERE, "--tickets-file", str(tickets), "--scene", "berlin"]) == 1
    assert "there is no scene 'berlin'; choose among: honest," in capsys.readouterr().err


def test_the_help_names_every_scene(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    said = "".join(capsys.readouterr().out.split())
    assert all(s.id in said for s in SCENES)


def _goodbyes(collector: RoomCollector) -> int:
    bodies = collector.bodies("envelope_admitted")
    batches = [
        read_batch(read_envelope(b.envelope)[1]) for b in bodies if isinstance(b, EnvelopeAdmitted)
    ]
    goodbye = AgentLifecycle(LifecycleStage.STOPPING)
    return sum(o.fact == goodbye for batch in batches for o in batch.observations)
