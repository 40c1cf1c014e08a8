"""The durable queue, on real files: crashes, full disks, damage."""

import errno
import os
import random
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiankao_agent.errors import SpoolError
from jiankao_agent.spool import Spool
from jiankao_agent.spool_format import FRAME_SIZE, frame, read_frames
from jiankao_proto.chain import ChainHead, genesis
from jiankao_proto.envelope import Sealed, envelope_digest

GENESIS = genesis(sha256(b"genesis").digest())
SMALL = 8 * 64
"""A limit at which a segment holds one or two of the batches below."""


def envelope(number: int, size: int = 40) -> Sealed:
    data = random.Random(number).randbytes(size)
    return Sealed(data, envelope_digest(data))


def filled(folder: Path, count: int, limit: int = 1 << 20) -> Spool:
    spool = Spool(folder, GENESIS, limit)
    for number in range(spool.head.next_sequence, count):
        spool.append(envelope(number))
    return spool


def append_until_refused(spool: Spool, size: int) -> None:
    for number in range(100):
        spool.append(envelope(number, size))


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.spool"))


def test_what_was_appended_is_read_back_after_reopening(tmp_path: Path) -> None:
    filled(tmp_path, 5).close()
    again = Spool(tmp_path, GENESIS)
    assert [again.read(n) for n in range(5)] == [envelope(n).data for n in range(5)]
    assert again.head == ChainHead(5, envelope(4).digest)
    assert again.waiting == 5
    assert again.torn_bytes == 0
    again.close()


def test_an_empty_spool_begins_at_the_genesis(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "new", GENESIS)
    assert spool.head == GENESIS
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    spool.close()


def test_acknowledged_segments_go_and_the_last_batch_stays(tmp_path: Path) -> None:
    spool = filled(tmp_path, 6, SMALL)
    assert len(segments(tmp_path)) >= 3
    spool.acknowledge(6)
    assert len(segments(tmp_path)) == 1
    assert spool.waiting == 0
    spool.close()
    again = Spool(tmp_path, GENESIS, SMALL)
    assert again.head == ChainHead(6, envelope(5).digest)
    assert again.acknowledged == 6
    assert again.first_kept <= 5
    with pytest.raises(SpoolError, match="batch 0 is not kept"):
        again.read(0)
    again.close()


def test_an_acknowledgement_of_the_past_or_future_changes_nothing(tmp_path: Path) -> None:
    spool = filled(tmp_path, 3)
    spool.acknowledge(2)
    spool.acknowledge(1)
    spool.acknowledge(99)
    assert spool.acknowledged == 2
    spool.close()


def test_a_full_spool_refuses_and_takes_again_after_an_acknowledgement(tmp_path: Path) -> None:
    spool = Spool(tmp_path, GENESIS, SMALL)
    with pytest.raises(SpoolError, match=r"full, \d+ batches wait.*restore the connection"):
        append_until_refused(spool, 40)
    refused = spool.head.next_sequence
    assert 5 <= refused < 10
    spool.acknowledge(refused)
    spool.append(envelope(refused))
    assert spool.read(refused) == envelope(refused).data
    spool.close()


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_a_crash_at_any_byte_costs_only_the_unfinished_batch(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    sizes = data.draw(st.lists(st.integers(0, 90), min_size=1, max_size=6))
    frames = [frame(n, envelope(n, size).data) for n, size in enumerate(sizes)]
    whole = b"".join(frames)
    cut = data.draw(st.integers(0, len(whole)))
    folder = tmp_path_factory.mktemp("spool")
    (folder / f"{0:020d}.spool").write_bytes(whole[:cut])
    survivors, end = 0, 0
    while survivors < len(frames) and end + len(frames[survivors]) <= cut:
        end += len(frames[survivors])
        survivors += 1
    spool = Spool(folder, GENESIS)
    assert spool.head.next_sequence == survivors
    assert spool.torn_bytes == cut - end
    spool.append(envelope(1000))
    spool.close()
    again = Spool(folder, GENESIS)
    assert again.torn_bytes == 0
    assert again.read(survivors) == envelope(1000).data
    again.close()


def test_every_damaged_byte_before_the_last_batch_is_named(tmp_path: Path) -> None:
    filled(tmp_path, 3).close()
    path = segments(tmp_path)[0]
    sound = path.read_bytes()
    size = FRAME_SIZE + 40
    for position in range(2 * size):
        damaged = bytearray(sound)
        damaged[position] ^= 0x40
        path.write_bytes(damaged)
        with pytest.raises(SpoolError, match=f"batch {position // size} at byte .* is damaged"):
            Spool(tmp_path, GENESIS)
    path.write_bytes(sound)
    Spool(tmp_path, GENESIS).close()


def test_damage_that_comes_later_is_named_when_it_is_read(tmp_path: Path) -> None:
    spool = filled(tmp_path, 3)
    path = segments(tmp_path)[0]
    damaged = bytearray(path.read_bytes())
    damaged[FRAME_SIZE + 40 + 25] ^= 1
    path.write_bytes(damaged)
    assert spool.read(0) == envelope(0).data
    with pytest.raises(SpoolError, match="batch 1 at byte 64 is damaged"):
        spool.read(1)
    spool.close()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    filled(tmp_path, 6, SMALL).close()
    segments(tmp_path)[1].unlink()
    with pytest.raises(SpoolError, match=r"batch \d is due; a file is missing.*enrol again"):
        Spool(tmp_path, GENESIS, SMALL)


def test_a_spool_that_was_put_back_is_refused(tmp_path: Path) -> None:
    spool = filled(tmp_path, 6, SMALL)
    spool.acknowledge(6)
    spool.close()
    for path in segments(tmp_path):
        path.unlink()
    with pytest.raises(SpoolError, match="6 batches were acknowledged, but only 0"):
        Spool(tmp_path, GENESIS, SMALL)


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "holiday.spool").write_bytes(b"x")
    with pytest.raises(SpoolError, match="not a file of the spool"):
        Spool(tmp_path, GENESIS)


def test_an_unreadable_note_of_acknowledgements_is_corrected_by_the_collector(
    tmp_path: Path,
) -> None:
    filled(tmp_path, 2).close()
    (tmp_path / "acknowledged").write_bytes(b"\xff\x00")
    spool = Spool(tmp_path, GENESIS)
    assert spool.waiting == 2
    spool.acknowledge(2)
    assert spool.waiting == 0
    spool.close()


_WRITER = """
import sys
from pathlib import Path
from tests.agent.test_spool import GENESIS, envelope
from jiankao_agent.spool import Spool
spool = Spool(Path(sys.argv[1]), GENESIS, 1 << 16)
while True:
    number = spool.head.next_sequence
    spool.append(envelope(number))
    print(number, flush=True)
    if number % 7 == 0:
        spool.acknowledge(number)
"""


def test_a_writer_killed_at_random_moments_loses_nothing_it_had_finished(tmp_path: Path) -> None:
    for turn in range(8):
        with subprocess.Popen(
            (sys.executable, "-c", _WRITER, str(tmp_path)), stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            for _ in range(random.Random(turn).randint(1, 60)):
                finished = int(writer.stdout.readline())
            writer.kill()
            rest = writer.stdout.read().split(b"\n")[:-1]
        finished = max([finished, *map(int, rest)])
        spool = Spool(tmp_path, GENESIS, 1 << 16)
        assert spool.head.next_sequence in (finished + 1, finished + 2)
        for number in range(spool.first_kept, spool.head.next_sequence):
            assert spool.read(number) == envelope(number).data
        spool.close()


_HITS_THE_LIMIT = """
import resource, sys
from pathlib import Path
from tests.agent.test_spool import GENESIS, envelope
from jiankao_agent.errors import SpoolError
from jiankao_agent.spool import Spool
spool = Spool(Path(sys.argv[1]), GENESIS)
resource.setrlimit(resource.RLIMIT_FSIZE, (150, resource.RLIM_INFINITY))
spool.append(envelope(0)), spool.append(envelope(1))
try:
    spool.append(envelope(2))
except SpoolError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
spool.append(envelope(2))
"""


def test_a_file_that_may_not_grow_is_cut_back_to_the_last_whole_batch(tmp_path: Path) -> None:
    done = subprocess.run(
        (sys.executable, "-c", _HITS_THE_LIMIT, str(tmp_path)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert os.strerror(errno.EFBIG) in done.stdout
    assert "raise the file size limit" in done.stdout
    assert done.stdout.count("\n") == 1
    path = segments(tmp_path)[0]
    assert [f.data for f in read_frames(path.read_bytes())] == [envelope(n).data for n in range(3)]
    assert path.stat().st_size == 3 * 64


def test_a_full_disk_is_said_and_costs_nothing_that_was_finished(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk))
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a file system cannot be mounted here")
    try:
        spool = Spool(disk / "spool", GENESIS)
        with pytest.raises(SpoolError, match=os.strerror(errno.ENOSPC) + ".*free disk space"):
            append_until_refused(spool, 3000)
        finished = spool.head.next_sequence
        assert finished > 10
        spool.close()
        again = Spool(disk / "spool", GENESIS)
        assert again.torn_bytes == 0
        assert again.head == ChainHead(finished, envelope(finished - 1, 3000).digest)
        again.close()
    finally:
        subprocess.run(("umount", str(disk)), check=True)
