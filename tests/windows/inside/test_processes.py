"""Starts and ends of real Windows processes."""

import hashlib
import subprocess
import sys

from jiankao_agent.platform.windows.version_information import (
    VersionInformation,
    read_version_information,
)
from jiankao_agent.sensors.windows.processes import ProcessesSensor
from jiankao_proto.observations import Health, ProcessEnded, ProcessStarted
from tests.support.remote_tool import StartTool
from tests.support.sensor_harness import running

SECRET = "swordfish"


def test_a_renamed_tool_is_told_with_the_name_inside_it(
    start_tool: StartTool, free_port: int
) -> None:
    with running(ProcessesSensor()) as sensor:
        sensor.wait_for_health(Health.OK)
        sensor.wait_for(ProcessStarted, lambda f: f.baseline)
        tool = start_tool("写字板.exe", free_port)
        told = sensor.wait_for(ProcessStarted, lambda f: f.process.pid == tool.pid)
        tool.end()
        ended = sensor.wait_for(ProcessEnded, lambda f: f.pid == tool.pid)

    process = told.process
    assert not told.baseline
    assert told in sensor.urgent
    assert process.name == "写字板.exe"
    assert process.executable == str(tool.executable)
    assert process.original_name == "ToDesk.exe"
    assert process.company == "Example of a remote-control maker"
    assert process.executable_sha256 == hashlib.sha256(tool.executable.read_bytes()).digest()
    assert process.parent_name.lower() == "python.exe"
    assert process.session
    assert str(free_port) in process.command_line_masked
    assert (ended.started_at_us, ended.name) == (process.started_at_us, process.name)


def test_a_password_on_a_command_line_is_masked() -> None:
    with running(ProcessesSensor()) as sensor:
        sensor.wait_for(ProcessStarted, lambda f: f.baseline)
        child = [sys.executable, "-c", "import sys; sys.stdin.read()", "--password", SECRET]
        with subprocess.Popen(child, stdin=subprocess.PIPE) as process:
            told = sensor.wait_for(ProcessStarted, lambda f: f.process.pid == process.pid)
    assert "--password ***" in told.process.command_line_masked
    assert SECRET not in repr(sensor.facts)


def test_everything_is_told_again_when_asked() -> None:
    with running(ProcessesSensor()) as sensor:
        sensor.wait_for(ProcessStarted, lambda f: f.baseline)
        first = len(sensor.facts)
        sensor.ask_baseline()
        sensor.until(lambda: len(sensor.facts) >= 2 * first or None, "no second baseline")
    assert all(isinstance(f, ProcessStarted) and f.baseline for f in sensor.facts[: 2 * first])


def test_an_executable_that_says_nothing_of_itself_is_no_error() -> None:
    assert read_version_information(r"C:\nothing\there.exe") == VersionInformation()
    assert read_version_information(__file__) == VersionInformation()
