"""Which display the input sensor finds, how it gets in, and what it does when the display comes late, dies or hangs."""

import os
import struct
import subprocess
from pathlib import Path

import pytest

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.linux import x11_connection, x_displays
from jiankao_agent.platform.linux.x_displays import XDisplay
from jiankao_agent.sensors import input as input_module
from jiankao_agent.sensors.input import InputSensor
from jiankao_proto.bilingual import in_language
from jiankao_proto.observations import Health
from tests.support.sensor_harness import running
from tests.support.xserver import XServer, environment, needs, xvfb


@pytest.fixture(autouse=True)
def _programs() -> None:
    needs("Xvfb")


def test_a_display_that_dies_ends_the_sensor_with_one_clear_line() -> None:
    with xvfb() as server, running(InputSensor(server.environment())) as harness:
        harness.wait_for_health(Health.OK)
        server.process.kill()
        error = harness.wait_for_end()
    assert isinstance(error, SensorError)
    assert str(error).startswith(f"X display {server.display} is gone")
    assert "\n" not in str(error)


def test_a_display_that_hangs_is_not_taken_for_a_quiet_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(input_module, "_SIGN_OF_LIFE_US", 100_000)
    monkeypatch.setattr(x11_connection, "ANSWER_S", 0.5)
    with xvfb() as server, running(InputSensor(server.environment())) as harness:
        harness.wait_for_health(Health.OK)
        _signal(server, "STOP")
        try:
            error = harness.wait_for_end()
            assert "does not answer" in str(error)
            # Nor does a new look at it hang.
            assert InputSensor(server.environment()).probe().health is Health.UNAVAILABLE
        finally:
            _signal(server, "CONT")


def _signal(server: XServer, name: str) -> None:
    subprocess.run(["kill", f"-{name}", str(server.process.pid)], check=True)


def test_a_display_that_comes_later_is_picked_up() -> None:
    number = next(
        n for n in range(200, 300) if not Path(f"{x_displays.SOCKET_FOLDER}/X{n}").exists()
    )
    display = f":{number}"
    with running(InputSensor(environment(display))) as harness:
        missing = harness.wait_for_health(Health.UNAVAILABLE)
        assert display in missing.reason
        assert missing.remedy
        with subprocess.Popen(
            ["Xvfb", display, "-nolisten", "tcp", "-noreset"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as late:
            try:
                harness.wait_for_health(Health.OK)
                # A server that is still starting may turn it away once more, which is told with that reason.
                before = {c.health for c in harness.conditions[:-1]}
                assert before == {Health.UNAVAILABLE}
            finally:
                harness.stop()
                late.terminate()


def test_a_service_without_display_finds_the_one_that_is_there() -> None:
    bare = {k: v for k, v in environment("").items() if k not in {"DISPLAY", "HOME"}}
    with xvfb() as server:
        assert int(server.display[1:]) in [d.number for d in x_displays.candidates(bare)]
        assert InputSensor(bare).probe().health is Health.OK


def test_the_cookie_is_found_through_the_servers_command_line(tmp_path: Path) -> None:
    authority = tmp_path / "authority"
    secret = os.urandom(16)
    authority.write_bytes(_cookie_file(secret))
    number = next(
        n for n in range(300, 400) if not Path(f"{x_displays.SOCKET_FOLDER}/X{n}").exists()
    )
    bare = {"PATH": os.environ["PATH"], "DISPLAY": f":{number}"}
    with subprocess.Popen(
        ["Xvfb", f":{number}", "-auth", str(authority), "-nolisten", "tcp"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            with running(InputSensor(bare)) as harness:
                harness.wait_for_health(Health.OK)
            assert secret in x_displays.cookies(XDisplay(number), bare)
        finally:
            server.terminate()


def test_a_refused_cookie_is_one_clear_line(tmp_path: Path) -> None:
    authority = tmp_path / "authority"
    authority.write_bytes(_cookie_file(b"x" * 16))
    with xvfb("-auth", str(authority)) as server:
        assert InputSensor({"DISPLAY": server.display}).probe().health is Health.OK
        # The server reads a file again that has become newer; this one it does not.
        authority.write_bytes(_cookie_file(b"y" * 16))
        os.utime(authority, (0, 0))
        condition = InputSensor({"DISPLAY": server.display}).probe()
    assert condition.health is Health.UNAVAILABLE
    assert "refuses the agent" in in_language(condition.reason, "en")


def _cookie_file(secret: bytes) -> bytes:
    """Return an Xauthority file with one cookie that holds for every display and host."""
    parts = (b"", b"", b"MIT-MAGIC-COOKIE-1", secret)
    return struct.pack(">H", 65535) + b"".join(struct.pack(">H", len(p)) + p for p in parts)


def test_no_display_at_all_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(x_displays, "SOCKET_FOLDER", str(tmp_path))
    condition = InputSensor({}).probe()
    assert condition == input_module.NO_DISPLAY


def test_wayland_without_x_is_blind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(x_displays, "SOCKET_FOLDER", str(tmp_path))
    condition = InputSensor({"XDG_SESSION_TYPE": "wayland"}).probe()
    assert condition == input_module.WAYLAND_BLIND
