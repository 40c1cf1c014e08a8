"""Clocks, boot id and the digest of the agent's own files."""

from pathlib import Path

from jiankao_agent import clock
from jiankao_agent.binaries import binaries_digest
from jiankao_agent.boot import boot_id
from jiankao_agent.clock import ClockWatch, Now


def test_clocks_run_forward_and_count_from_the_start_of_the_system() -> None:
    first, second = clock.now(), clock.now()
    assert first.monotonic_us <= second.monotonic_us
    uptime_s = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    assert abs(second.monotonic_us / 1e6 - uptime_s) < 60


def test_a_step_of_the_wall_clock_is_told_once() -> None:
    watch = ClockWatch(Now(1_000_000_000, 0))
    assert watch.look(Now(1_001_000_000, 1_000_000)) is None
    assert watch.look(Now(1_000_000_000 - 3_600_000_000, 2_000_000)) == -3_602_000_000
    assert watch.look(Now(1_000_000_000 - 3_599_000_000, 3_000_000)) is None


def test_many_small_steps_add_up() -> None:
    watch = ClockWatch(Now(0, 0))
    jumps = [watch.look(Now(n * 1_900_000, n * 1_000_000)) for n in range(1, 6)]
    assert jumps == [None, None, 2_700_000, None, None]


def test_the_boot_id_is_that_of_the_running_system() -> None:
    assert boot_id() == boot_id()
    assert len(str(boot_id())) >= 8


def test_the_binaries_digest_is_stable() -> None:
    assert binaries_digest() == binaries_digest()
    assert len(binaries_digest()) == 32
