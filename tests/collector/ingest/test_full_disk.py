"""A full disk: nothing acknowledged is lost, no chain gets a hole, and the collector goes on by itself afterwards."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jiankao_collector.demo.transport import StreamLostError
from jiankao_proto.records import EnvelopeAdmitted, RefusalReason
from tests.support.collector import Intake, founded, intake
from tests.support.stream_client import Client, enrolled


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of two megabytes."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield tmp_path
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def fill(disk: Path) -> Path:
    """Write a file until nothing more fits."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for piece in (64 * 1024, 512):
            try:
                while True:
                    file.write(bytes(piece))
            except OSError:
                continue
    return ballast


def stored(collector: Intake) -> list[bytes]:
    bodies = collector.bodies("envelope_admitted")
    return [b.envelope for b in bodies if isinstance(b, EnvelopeAdmitted)]


async def fill_under(disk: Path, client: Client, backlog: list[bytes]) -> tuple[Path, int]:
    """Fill the disk under an open stream; return the ballast and what had been acknowledged when it ended."""
    async with client.stream() as stream:
        await stream.send(*backlog[:100])
        await stream.acknowledged(100)
        ballast = fill(disk)
        with contextlib.suppress(StreamLostError):
            await stream.send(*backlog[100:])
        await (
            stream.ended()
        )  # gRPC tells a client that is just writing nothing of the reason; the refusal did
        (refusal, *_) = await stream.refusals()
        assert refusal.reason is RefusalReason.NOT_STORED
        assert "cannot store anything now" in refusal.detail
        return ballast, stream.committed


async def test_a_full_disk_loses_nothing_and_is_got_over_without_a_restart(
    small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with intake(founded(small_disk / "data")) as collector:
        client = await enrolled(collector)
        ticket = collector.ticket("02")
        backlog = client.seal(4000)
        ballast, committed = await fill_under(small_disk, client, backlog)
        assert 100 <= committed < len(backlog)
        assert stored(collector)[:committed] == backlog[:committed]
        with pytest.raises(StreamLostError, match="cannot store anything now"):
            async with client.stream():
                pass
        with pytest.raises(StreamLostError, match="cannot store anything now"):
            await enrolled(collector, ticket=ticket)

        ballast.unlink()
        async with client.stream() as stream:
            assert stream.welcomed_at >= committed
            upto = stream.welcomed_at + 100
            await stream.send(*backlog[stream.welcomed_at : upto])
            await stream.acknowledged(upto)
        assert stored(collector) == backlog[:upto]
        assert collector.problem() is None
        # Nor was the ticket burnt by a collector that could not write.
        assert (await enrolled(collector, ticket=ticket)).identity.seat == "02"
    assert "Traceback" not in caplog.text
