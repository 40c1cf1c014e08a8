"""Services: real folders and links as systemd lays them, a real process that holds a device."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent.platform.linux import systemd_units
from jiankao_agent.platform.linux.session_homes import session_homes
from jiankao_agent.platform.linux.systemd_units import SystemdUnits
from jiankao_agent.platform.linux.uinput_holders import holders, uses
from jiankao_agent.sensors import services
from jiankao_agent.sensors.services import ServicesSensor
from jiankao_proto.observations import Change, Health, ServiceChanged, ServiceKind
from tests.support.sensor_harness import running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at systemd")

WANTS = "etc/systemd/system/multi-user.target.wants"
GROUP = "sys/fs/cgroup/system.slice"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A system with one unit that starts by itself and runs."""
    for folder in (WANTS, f"{GROUP}/cron.service", "run/systemd/system", "usr/lib/systemd/system"):
        (tmp_path / folder).mkdir(parents=True)
    enable(tmp_path, "cron.service")
    return tmp_path


def enable(root: Path, name: str) -> None:
    unit = root / "usr/lib/systemd/system" / name
    unit.write_text("[Service]\nExecStart=/bin/true\n", encoding="utf-8")
    (root / WANTS / name).symlink_to(unit)


def test_enabled_started_stopped(root: Path) -> None:
    with running(ServicesSensor(root)) as harness:
        cron = harness.wait_for(ServiceChanged)
        assert cron == ServiceChanged(
            Change.BASELINE, ServiceKind.SYSTEM, "cron.service", enabled=True, running=True
        )
        assert cron not in harness.urgent
        group = root / GROUP / "system-vnc.slice" / "vncserver@:1.service"
        group.mkdir(parents=True)
        started = harness.wait_for(ServiceChanged, lambda s: s.change is Change.ADDED)
        assert started == ServiceChanged(
            Change.ADDED, ServiceKind.SYSTEM, "vncserver@:1.service", running=True
        )
        assert started in harness.urgent
        group.rmdir()
        harness.wait_for(ServiceChanged, lambda s: s.change is Change.REMOVED)
        harness.ask_baseline()
        harness.until(
            lambda: len([f for f in harness.facts if f == cron]) == 2 or None, "no second baseline"
        )


def test_the_older_hierarchy_and_users(root: Path) -> None:
    manager = root / "sys/fs/cgroup/systemd/user.slice/user-1000.slice/user@1000.service"
    (manager / "app.slice/sunshine.service").mkdir(parents=True)
    (root / "sys/fs/cgroup/systemd/system.slice/todeskd.service").mkdir(parents=True)
    home = root / "somebody"
    (home / ".config/systemd/user/default.target.wants").mkdir(parents=True)
    (home / ".config/systemd/user/default.target.wants/sunshine.service").symlink_to("/nowhere")
    units = SystemdUnits(root)
    system, users = units.running()
    assert system == {"cron.service", "todeskd.service"}
    assert users == {"sunshine.service"}
    assert units.enabled_for_users((home,)) == {"sunshine.service"}
    assert units.enabled_for_system() == {"cron.service"}
    assert units.present()


def test_without_systemd_there_are_no_units(tmp_path: Path) -> None:
    units = SystemdUnits(tmp_path)
    assert not units.present()
    assert (units.running(), units.enabled_for_system()) == (
        (frozenset(), frozenset()),
        frozenset(),
    )
    assert ServicesSensor(tmp_path).probe().health in {Health.OK, Health.DEGRADED}


def test_it_works_here() -> None:
    assert ServicesSensor().probe().health in {Health.OK, Health.DEGRADED}
    SystemdUnits().enabled_for_system()
    assert all(home.is_absolute() for home in session_homes())


def test_homes_of_those_with_a_session(tmp_path: Path) -> None:
    for name in (str(Path("/proc/self").stat().st_uid), "4294967294", "not-a-number"):
        (tmp_path / "run/user" / name).mkdir(parents=True)
    (home,) = session_homes(tmp_path)
    assert home.is_dir()
    assert session_homes(tmp_path / "absent") == ()


def test_more_units_than_anybody_has_are_cut(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(systemd_units, "MOST_UNITS", 3)
    for number in range(5):
        (root / GROUP / f"u{number}.service").mkdir()
    assert len(SystemdUnits(root).running()[0]) == 3


def test_who_holds_a_device(tmp_path: Path, root: Path) -> None:
    device = tmp_path / "uinput"
    device.touch()
    with running(ServicesSensor(root, str(device))) as harness:
        harness.wait_for(ServiceChanged)
        with subprocess.Popen(["sh", "-c", 'exec sleep 60 < "$0"', str(device)]) as process:
            try:
                harness.until(lambda: holders(str(device)) or None, "nobody holds the device")
                harness.ask_baseline()
                held = harness.wait_for(
                    ServiceChanged, lambda s: s.kind is ServiceKind.VIRTUAL_INPUT
                )
                assert process.pid in holders(str(device))
            finally:
                process.terminate()
        assert (held.process.pid, held.process.name) == (process.pid, "sleep")
        harness.ask_baseline()
        gone = harness.wait_for(
            ServiceChanged,
            lambda s: s.kind is ServiceKind.VIRTUAL_INPUT and s.change is Change.REMOVED,
        )
        assert gone.process == held.process


def test_a_device_that_is_not_open_is_not_looked_for_and_opening_it_is_noticed(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "TURN_S", 0.05)
    monkeypatch.setattr(
        services, "_HOLDERS_EVERY", 1_000_000
    )  # only the number of uses says when to look
    device, count = tmp_path / "uinput", root / "sys/module/uinput/refcnt"
    device.touch()
    count.parent.mkdir(parents=True)
    count.write_text("0\n", encoding="ascii")
    with (
        device.open("rb"),
        running(ServicesSensor(root, str(device))) as harness,
    ):
        harness.wait_for(ServiceChanged)
        harness.ask_baseline()
        harness.until(lambda: len(harness.facts) >= 2 or None, "no second baseline")
        harness.until(lambda: harness.stopping.waits or None, "its turn does not end")
        assert all(f.kind is ServiceKind.SYSTEM for f in harness.facts)  # type: ignore[union-attr] # all it tells
        count.write_text("1\n", encoding="ascii")
        held = harness.wait_for(ServiceChanged, lambda s: s.kind is ServiceKind.VIRTUAL_INPUT)
        assert (held.change, held.process.pid) == (Change.ADDED, os.getpid())
        assert held in harness.urgent
        count.write_text("0\n", encoding="ascii")
        harness.wait_for(ServiceChanged, lambda s: s.change is Change.REMOVED)


@pytest.mark.parametrize(
    ("content", "uses_told"), [(b"0\n", 0), (b"3\n", 3), (b"", None), (b"x\n", None), (None, None)]
)
def test_how_often_the_device_is_open(
    content: bytes | None, uses_told: int | None, tmp_path: Path
) -> None:
    if content is not None:
        file = tmp_path / "sys/module/uinput/refcnt"
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
    assert uses(tmp_path) == uses_told


@given(names=st.lists(st.binary(min_size=1, max_size=60), max_size=5))
def test_names_of_any_bytes_break_nothing(
    tmp_path_factory: pytest.TempPathFactory, names: list[bytes]
) -> None:
    root = tmp_path_factory.mktemp("root")
    group = root / GROUP
    group.mkdir(parents=True)
    for name in names:
        clean = name.replace(b"/", b"_").replace(b"\0", b"_")
        (group / os.fsdecode(clean + b".service")).mkdir(exist_ok=True)
    system, _ = SystemdUnits(root).running()
    assert all(told.encode() for told in system)
