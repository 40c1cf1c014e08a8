"""Which files count, what the settings may say, and parsers that garbage does not break."""

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent.errors import ConfigurationError
from jiankao_agent.platform.file_look import is_program, look
from jiankao_agent.sensors.file_changes import LONGEST_S, MOST_A_MINUTE, Budget, Settling
from jiankao_agent.sensors.watched_places import (
    AGENT,
    AUTOSTART,
    Place,
    load_settings,
    parse_settings,
    places,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="folders of Linux")

MEDIA, MNT = "/media", "/mnt"


def test_settings_name_the_exam_applications_folders() -> None:
    assert parse_settings("") == ()
    assert parse_settings('exam_application = ["/opt/exam", "/opt/exam/", "/srv/x"]') == (
        Path("/opt/exam"),
        Path("/srv/x"),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("exam_application = ", "watch.toml: not valid TOML: "),
        ('exam = ["/opt/exam"]', "watch.toml: field 'exam': no such field"),
        ("exam_application = '/opt/x'", "a list of at most 16 folders is needed"),
        (f"exam_application = {['/x'] * 17}", "a list of at most 16 folders is needed"),
        ("exam_application = [7]", "'7' is not the full path of a folder"),
        ("exam_application = ['opt/x']", "'opt/x' is not the full path of a folder"),
        ("exam_application = ['/']", "'/' is no folder of one application"),
        ("exam_application = ['/opt/../']", "'/opt/../' is no folder of one application"),
    ],
)
def test_settings_that_are_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_settings(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_settings_are_read_from_the_agents_folder(tmp_path: Path) -> None:
    assert load_settings(tmp_path) == ()
    (tmp_path / "watch.toml").write_bytes(b"exam_application = ['\xff']")
    with pytest.raises(ConfigurationError, match="write it as UTF-8"):
        load_settings(tmp_path)


def test_what_is_watched() -> None:
    found = places(Path("/s"), [Path("/p")], [Path("/exam")], [Path("/h")])
    assert {p.group for p in found} == {AGENT, "exam-application", AUTOSTART}
    assert Path("/h/.config/autostart") in {p.path for p in found}
    (etc,) = (p for p in found if p.path == Path("/etc"))
    assert etc.takes("/etc/crontab")
    assert not etc.takes("/etc/hosts")
    (state,) = (p for p in found if p.path == Path("/s"))
    assert state.takes("/s/ca.pem")
    assert not state.takes("/s/lock")
    (package,) = (p for p in found if p.path == Path("/p"))
    assert package.takes("/p/clock.py")
    assert not package.takes("/p/__pycache__/clock.cpython-311.pyc")


@pytest.mark.parametrize("name", ["a~", ".a.swp", ".#a", "a.dpkg-new"])
def test_what_editors_leave_does_not_count(name: str) -> None:
    assert not Place(Path("/x"), AUTOSTART).takes(f"/x/{name}")


def test_what_runs() -> None:
    assert is_program("exam", b"\x7fELF")
    assert is_program("x", b"MZ\x90")
    assert is_program("x", b"#!/b")
    assert is_program("X.EXE", b"")
    assert not is_program("answers.txt", b"1. A")


def test_a_look_is_bounded_and_follows_nothing(tmp_path: Path) -> None:
    large, link, pipe = tmp_path / "large", tmp_path / "link", tmp_path / "pipe"
    large.write_bytes(b"x" * 100)
    link.symlink_to("/etc/passwd")
    subprocess.run(["mkfifo", pipe], check=True)
    assert (seen := look(str(large), 99)) is not None
    assert (seen.size, seen.sha256) == (100, b"")
    assert (target := look(str(link))) is not None
    link.unlink()
    link.symlink_to("/etc/shadow")
    assert (other := look(str(link))) is not None
    assert other.sha256 != target.sha256
    assert look(str(pipe)) is None
    assert look(str(tmp_path)) is None
    assert look(str(tmp_path / "absent")) is None


def test_a_path_settles_and_one_that_never_rests_is_looked_at_too() -> None:
    settling = Settling()
    settling.touch("/a", 10.0)
    settling.touch("/a", 10.2)
    assert settling.settled(10.4) == []
    assert settling.settled(10.5) == ["/a"]
    assert len(settling) == 0
    for step in range(11):
        settling.touch("/b", 20 + step / 5)
    assert settling.settled(20 + LONGEST_S) == ["/b"]


def test_the_budget_of_a_minute() -> None:
    budget = Budget()
    assert [budget.allows("x", 100) for _ in range(MOST_A_MINUTE + 1)][-2:] == [True, False]
    assert budget.allows("y", 100)
    assert budget.exceeded == {"x"}
    budget.look(160)
    assert budget.exceeded == {"x"}
    assert budget.allows("x", 160)
    budget.look(220)
    assert budget.exceeded == frozenset()


@given(st.text(max_size=200))
def test_garbage_in_the_settings_is_one_line(text: str) -> None:
    with contextlib.suppress(ConfigurationError):
        assert len(parse_settings(text)) <= 16
    with contextlib.suppress(ConfigurationError):
        parse_settings(f"exam_application = [{text!r}]")


@given(st.binary(max_size=400))
def test_garbage_in_the_list_of_mounts(data: bytes) -> None:
    from jiankao_agent.platform.linux import mounts  # noqa: PLC0415 - a module of Linux

    line = (
        b"36 35 98:0 / "
        + MEDIA.encode()
        + b"/u/KEY\\040A rw,noatime shared:1 - vfat /dev/sdb1 rw\n"
    )
    read = mounts.parse_mountinfo(line + data)
    assert read[0] == mounts.Mount(36, f"{MEDIA}/u/KEY A", "vfat")
    assert mounts.removable(read)[0] == read[0]
    mounts.parse_mountinfo(data + line)


@pytest.mark.parametrize(
    ("point", "kind", "counts"),
    [
        (f"{MEDIA}/u/KEY", "vfat", True),
        ("/run/media/u/KEY", "exfat", True),
        (MNT, "ext4", True),
        (f"{MNT}/stick", "ntfs3", True),
        (MEDIA, "ext4", False),
        (f"{MNT}/share", "nfs4", False),
        ("/home", "ext4", False),
        ("/mnt2", "ext4", False),
    ],
)
def test_which_mounts_are_removable_media(point: str, kind: str, *, counts: bool) -> None:
    from jiankao_agent.platform.linux.mounts import Mount, removable  # noqa: PLC0415 - of Linux

    assert bool(removable((Mount(1, point, kind),))) is counts
