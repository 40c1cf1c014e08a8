"""`jiankao-collector up`, what `make run` starts: one command, and this machine is watched."""

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil

from jiankao_collector.evidence_log.reader import EvidenceLogReader
from tests.support.exam_room import BIN, until
from tests.support.xserver import XServer, openbox, x11vnc, xvfb

UP = ("up", "--json", "--grpc", "127.0.0.1:0", "--console", "127.0.0.1:0")


@contextlib.contextmanager
def up(data: Path, display: str) -> Iterator[dict[str, Any]]:
    """Have everything running and end it as Ctrl-C would."""
    process = subprocess.Popen(
        [BIN / "jiankao-collector", *UP, "--data", data],
        env={**os.environ, "DISPLAY": display},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


def envelopes(data: Path) -> int:
    reader = EvidenceLogReader(data / "evidence.sqlite")
    try:
        return sum(1 for _ in reader.of_kinds(("envelope_admitted",)))
    finally:
        reader.close()


def audit(verb: str, data: Path) -> str:
    done = subprocess.run(
        [BIN / "jiankao-audit", verb, data, "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def more_than(data: Path, count: int) -> bool:
    return envelopes(data) > count


def shown(console: httpx.Client, text: str) -> bool:
    return text in console.get("/").text


def test_one_command_watches_this_machine_and_may_be_given_again(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with xvfb() as server, openbox(server):
        with up(data, server.display) as ready:
            assert Path(ready["data"]) == data.resolve()
            assert all(psutil.pid_exists(pid) for pid in ready["pids"].values())
            until("the first envelope", lambda: more_than(data, 0))
            a_tool_started_here_is_on_the_console(ready, server)
        assert not any(psutil.pid_exists(pid) for pid in ready["pids"].values())
        before = envelopes(data)
        # Other ports this time: the agent finds the collector where it is now, with the identity it has.
        with up(data, server.display) as again:
            assert again["grpc"] != ready["grpc"]
            assert again["password"] == ready["password"]
            until("more envelopes", lambda: more_than(data, before))
    verified = json.loads(audit("verify", data))
    assert len(verified["workstations"]) == 1
    audit("replay", data)


def a_tool_started_here_is_on_the_console(ready: dict[str, Any], server: XServer) -> None:
    with httpx.Client(base_url=ready["console"], follow_redirects=True) as console:
        origin = {"Origin": ready["console"]}
        answer = console.post(
            "/login", data={"name": ready["user"], "password": ready["password"]}, headers=origin
        )
        assert answer.status_code == 200, answer.text
        assert not shown(console, "x11vnc")
        with x11vnc(server):
            until("the alert on the page", lambda: shown(console, "x11vnc"))
