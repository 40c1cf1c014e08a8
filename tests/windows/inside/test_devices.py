"""Devices as the Plug and Play manager lists them. Wine takes an entry of the registry for a device."""

import sys
import threading
import winreg
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import pytest

from jiankao_agent.platform.windows.device_node import DeviceNode
from jiankao_agent.platform.windows.device_tree import read_devices
from jiankao_agent.sensors.windows import devices
from jiankao_agent.sensors.windows.devices import DeviceSources, DevicesSensor
from jiankao_proto.observations import DeviceAttached, DeviceClass, DeviceRemoved, Health
from tests.support.sensor_harness import running

assert sys.platform == "win32"

KEYBOARDS = "{4d36e96b-e325-11ce-bfc1-08002be10318}"
BUS = r"SYSTEM\CurrentControlSet\Enum\ROOT\JIANKAO_TEST"


@contextmanager
def made_keyboard() -> Iterator[None]:
    with winreg.CreateKey(winreg.HKEY_LOCAL_MACHINE, rf"{BUS}\0000") as key:
        winreg.SetValueEx(key, "ClassGUID", 0, winreg.REG_SZ, KEYBOARDS)
        winreg.SetValueEx(key, "Class", 0, winreg.REG_SZ, "Keyboard")
        winreg.SetValueEx(key, "DeviceDesc", 0, winreg.REG_SZ, "测试键盘")
        winreg.SetValueEx(
            key, "HardwareId", 0, winreg.REG_MULTI_SZ, [r"ROOT\VID_FEED&PID_0001", "x"]
        )
    try:
        yield
    finally:
        for path in (rf"{BUS}\0000", BUS):
            winreg.DeleteKey(winreg.HKEY_LOCAL_MACHINE, path)


def test_the_devices_of_this_computer_have_classes_and_ids() -> None:
    found = read_devices({})
    assert any(node.class_name == "Display" for node in found.values())
    assert any(node.hardware_ids for node in found.values())
    again = read_devices(found)
    assert all(again[path] is node for path, node in found.items() if node.class_name)


def test_a_made_up_keyboard_comes_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "LOOK_WITHOUT_NEWS_S", 0.0)  # Wine cannot tell of new devices
    with running(DevicesSensor()) as sensor:
        sensor.wait_for_health(Health.OK)
        with made_keyboard():
            attached = sensor.wait_for(DeviceAttached, lambda f: "JIANKAO" in f.device.path.upper())
            sensor.ask_baseline()
            sensor.wait_for(DeviceAttached, lambda f: f == replace(attached, baseline=True))
        removed = sensor.wait_for(DeviceRemoved)
    assert attached.device.device_class is DeviceClass.KEYBOARD
    assert attached.device.name == "测试键盘"
    assert (attached.device.vendor_id, attached.device.product_id) == (0xFEED, 0x0001)
    assert attached.device.virtual
    assert attached in sensor.urgent
    assert removed.device == attached.device


class Told:
    """News that a test makes."""

    def __init__(self) -> None:
        self.stirred = threading.Event()
        self.closed = False

    def wait(self, timeout_s: float) -> bool:
        found = self.stirred.wait(timeout_s)
        self.stirred.clear()
        return found

    def close(self) -> None:
        self.closed = True


def test_word_of_a_change_is_followed_by_a_look() -> None:
    told, there = Told(), {"a": DeviceNode(r"ROOT\A\0000", "Mouse")}

    def read(_: Mapping[str, DeviceNode]) -> dict[str, DeviceNode]:
        return dict(there)

    with running(DevicesSensor(DeviceSources(read, lambda: told))) as sensor:
        assert sensor.wait_for(DeviceAttached).baseline
        there["b"] = DeviceNode(r"ROOT\B\0000", "Keyboard")
        told.stirred.set()
        new = sensor.wait_for(DeviceAttached, lambda f: not f.baseline)
    assert new.device.path == r"ROOT\B\0000"
    assert told.closed


def test_a_list_that_cannot_be_read_is_said() -> None:
    def refuse(_: Mapping[str, DeviceNode]) -> dict[str, DeviceNode]:
        raise OSError("access is denied")

    sensor = DevicesSensor(DeviceSources(refuse, Told))
    assert sensor.probe().health is Health.UNAVAILABLE
    assert "access is denied" in sensor.probe().reason
    with running(sensor) as harness:
        assert "access is denied" in str(harness.wait_for_end())
