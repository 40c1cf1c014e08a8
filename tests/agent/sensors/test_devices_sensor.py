"""The devices sensor: a recorded /sys, the kernel's real messages, a made-up keyboard where there is uinput."""

import ctypes
import fcntl
import os
import struct
import sys
import threading
from pathlib import Path

import pytest

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.linux.kernel_messages import KOBJECT_UEVENT, KernelMessages
from jiankao_agent.platform.linux.sys_devices import SysDevices
from jiankao_agent.sensors import devices
from jiankao_agent.sensors.devices import DevicesSensor
from jiankao_proto.bilingual import in_language
from jiankao_proto.observations import DeviceAttached, DeviceClass, DeviceRemoved, Health
from tests.support.sensor_harness import SensorHarness, running

as_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0,
    reason="asking the kernel for a message needs root",
)


@pytest.fixture
def sys_folder(tmp_path: Path) -> Path:
    (tmp_path / "class").mkdir()
    return tmp_path


def disk(root: Path, name: str) -> None:
    place = root / "devices" / "pci0" / "block" / name
    place.mkdir(parents=True)
    (place / "uevent").write_text("DEVTYPE=disk\n")
    link = root / "class" / "block" / name
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(place)


def test_what_is_there_is_told_at_the_start_and_again_when_asked(sys_folder: Path) -> None:
    disk(sys_folder, "sda")
    with running(DevicesSensor(SysDevices(sys_folder))) as harness:
        harness.wait_for_health(Health.OK)
        told = harness.wait_for(DeviceAttached)
        assert (told.device.name, told.baseline) == ("sda", True)
        harness.ask_baseline()
        harness.until(lambda: harness.facts.count(told) > 1 or None, "it was not told again")
    assert harness.urgent == []


def test_without_messages_devices_are_compared(
    sys_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(protocol: int) -> KernelMessages:
        raise PermissionError(1, f"protocol {protocol} is not for you")

    monkeypatch.setattr(devices, "KernelMessages", refused)
    monkeypatch.setattr(devices, "LOOK_WITHOUT_MESSAGES_S", 0.01)
    disk(sys_folder, "sda")
    with running(DevicesSensor(SysDevices(sys_folder))) as harness:
        said = harness.wait_for_health(Health.DEGRADED)
        assert "compared every 2 s" in in_language(said.reason, "en")
        assert "systemd" in in_language(said.remedy, "zh")
        harness.wait_for(DeviceAttached)
        disk(sys_folder, "sdb")
        new = harness.wait_for(DeviceAttached, lambda f: f.device.name == "sdb")
        assert not new.baseline
        assert new in harness.urgent
        (sys_folder / "class" / "block" / "sda").unlink()
        assert harness.wait_for(DeviceRemoved).device.name == "sda"


def test_a_restart_hides_nothing(sys_folder: Path) -> None:
    """What came while the sensor was down is new, not part of a fresh baseline."""
    disk(sys_folder, "sda")
    sensor = DevicesSensor(SysDevices(sys_folder))
    with running(sensor) as harness:
        harness.wait_for(DeviceAttached)
    disk(sys_folder, "sdb")
    with running(sensor) as again:
        again.wait_for(DeviceAttached, lambda f: f.device.name == "sda" and f.baseline)
        again.wait_for(DeviceAttached, lambda f: f.device.name == "sdb" and not f.baseline)


@as_root
def test_a_real_message_of_the_kernel_is_heard(sys_folder: Path) -> None:
    """The kernel is asked to announce a device anew; the sensor looks at a /sys that does not have it yet."""
    real = next(iter(SysDevices().read().values()), None)
    if real is None or not devices._is_whole_machine():  # noqa: SLF001 - the sensor's own question
        pytest.skip("this machine has no device whose announcement can be asked for")
    with running(DevicesSensor(SysDevices(sys_folder))) as harness:
        harness.wait_for_health(Health.OK)
        Path(f"/sys{real.path}/uevent").write_text("change")
        told = harness.wait_for(DeviceAttached, lambda f: f.device.path == real.path)
        assert told.device.device_class is real.device_class
        assert not told.baseline
        assert told in harness.urgent


@as_root
def test_messages_of_programs_are_not_believed() -> None:
    """A program may send to the kernel's group; the sender shows."""
    ours, theirs = KernelMessages(KOBJECT_UEVENT), KernelMessages(KOBJECT_UEVENT, 0)
    try:
        forged = b"add@/devices/virtual/input/input99\0SUBSYSTEM=input\0"
        theirs._socket.sendto(forged, (0, 1))  # noqa: SLF001 - what a forger would do
        assert forged not in ours.receive(0.2)
    finally:
        ours.close()
        theirs.close()


def test_no_sys_says_so_and_what_to_do(tmp_path: Path) -> None:
    sensor = DevicesSensor(SysDevices(tmp_path / "none"))
    condition = sensor.probe()
    assert condition.health is Health.UNAVAILABLE
    assert "mount /sys" in in_language(condition.remedy, "en")
    assert "请挂载 /sys" in in_language(condition.remedy, "zh")
    harness = SensorHarness()
    thread = threading.Thread(target=harness.run, args=(sensor,))
    thread.start()
    error = harness.wait_for_end()
    thread.join()
    assert isinstance(error, SensorError)
    assert "is /sys mounted?" in str(error)


def test_this_machine_can_be_looked_at() -> None:
    assert DevicesSensor().probe().health in {Health.OK, Health.DEGRADED}


@pytest.mark.skipif(not os.access("/dev/uinput", os.W_OK), reason="no /dev/uinput here")
def test_a_keyboard_made_by_a_program_is_seen() -> None:
    """Linux/uinput.h: UI_SET_EVBIT, UI_SET_KEYBIT, UI_DEV_SETUP, UI_DEV_CREATE."""
    if sys.platform == "win32":
        pytest.skip("uinput is of Linux")
    else:
        with running(DevicesSensor()) as harness:
            harness.wait_for_health(Health.OK)
            descriptor = os.open("/dev/uinput", os.O_WRONLY | os.O_NONBLOCK)
            try:
                fcntl.ioctl(descriptor, 0x40045564, 1)
                for key in range(2, 58):
                    fcntl.ioctl(descriptor, 0x40045565, key)
                setup = struct.pack("=HHHH80sI", 3, 0x1234, 0x5678, 1, b"jiankao test keyboard", 0)
                fcntl.ioctl(descriptor, 0x405C5503, ctypes.create_string_buffer(setup, len(setup)))
                fcntl.ioctl(descriptor, 0x5501)
                told = harness.wait_for(
                    DeviceAttached, lambda f: f.device.name == "jiankao test keyboard"
                )
                assert told.device.virtual
                assert told.device.device_class is DeviceClass.KEYBOARD
            finally:
                os.close(descriptor)
            harness.wait_for(DeviceRemoved, lambda f: f.device == told.device)
