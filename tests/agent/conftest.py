"""What the agent's tests share: a fake collector, an enrolled state folder, an agent process."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from jiankao_agent.config import StateFolder
from tests.support.fake_collector import FakeCollector

StartAgent = Callable[..., Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
async def collector() -> AsyncIterator[FakeCollector]:
    fake = FakeCollector()
    await fake.start()
    yield fake
    await fake.kill()


@pytest.fixture
async def state(collector: FakeCollector, tmp_path: Path) -> StateFolder:
    """Enrol through the agent's own command, as a separate process."""
    folder = tmp_path / "state"
    code, _, error = await command(
        "enrol",
        *("--collector", "127.0.0.1", "--ticket", collector.ticket, "--state", str(folder)),
        *("--telemetry-port", str(collector.telemetry_port)),
        *("--enrolment-port", str(collector.enrolment_port)),
    )
    assert code == 0, error
    return StateFolder(folder)


@pytest.fixture
async def start_agent(state: StateFolder) -> AsyncIterator[StartAgent]:
    """Start agent processes of a scene; what is left of them is killed afterwards."""
    started: list[asyncio.subprocess.Process] = []

    async def start(scene: str, limit: int = 1 << 20) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.support.scripted_agent", str(state.path), str(limit), scene),
            stderr=asyncio.subprocess.PIPE,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def command(*arguments: str, given: bytes = b"") -> tuple[int, str, str]:
    """Run `jiankao-agent`; return exit code, output and errors."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "jiankao_agent", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(given), 30)
    assert process.returncode is not None
    return process.returncode, output.decode(), errors.decode()
