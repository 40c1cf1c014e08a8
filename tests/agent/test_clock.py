"""Clocks, boot id and the digest of the agent's own files."""

import struct
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent import clock
from jiankao_agent.binaries import binaries_digest
from jiankao_agent.boot import boot_id, started_at
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


def test_windows_says_when_it_started_whatever_the_clock_was_set_to_since() -> None:
    booted, now, hour = 134_000_000_000_000_000, 134_000_360_000_000_000, 36_000_000_000

    def told(bias: int) -> bytes:
        return struct.pack("<qqqIIQQ", booted + bias, now + bias, -8 * hour, 1, 0, bias, 0)

    assert started_at(told(0)) == started_at(told(hour)) == booted
    assert started_at(told(0)[:-1]) is None
    assert started_at(struct.pack("<qqqIIQQ", now, booted, 0, 0, 0, 0, 0)) is None


@given(st.binary(max_size=80))
def test_a_start_of_garbage_is_none_or_a_time(times: bytes) -> None:
    started = started_at(times)
    assert started is None or 0 < started < 2**63
