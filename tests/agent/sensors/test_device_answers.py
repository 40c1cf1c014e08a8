"""What the kernel says of devices: recorded messages, a recorded /sys, and garbage."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent.platform.linux.device_properties import bits_of, device_of, product_of
from jiankao_agent.platform.linux.sys_devices import SysDevices
from jiankao_agent.platform.linux.uevents import parse_uevent, parse_uevent_file
from jiankao_proto.observations import Device, DeviceClass

USB = "/devices/pci0000:00/0000:00:14.0/usb1/1-2"
MOUSE_PATH = f"{USB}/1-2:1.1/0003:046D:C52B.0002/input/input7"
MOUSE = {
    "PRODUCT": "3/46d/c52b/111",
    "NAME": '"Logitech USB Receiver Mouse"',
    "EV": "17",
    "KEY": "ffff0000 0 0 0 0",
    "REL": "1943",
}
KEYBOARD = {
    "PRODUCT": "11/1/1/ab41",
    "NAME": '"AT Translated Set 2 keyboard"',
    "EV": "120013",
    "KEY": "402000000 3803078f800d001 feffffdfffefffff fffffffffffffffe",
}
POWER_BUTTON = {"PRODUCT": "19/0/1/0", "NAME": '"Power Button"', "KEY": "10000000000000 0"}
TABLET = {"NAME": '"QEMU USB Tablet"', "KEY": "70000 0 0 0 0", "ABS": "3"}


def message(head: str, **properties: str) -> bytes:
    return "\0".join((head, *(f"{k}={v}" for k, v in properties.items()), "")).encode()


def test_a_message_of_the_kernel() -> None:
    event = parse_uevent(message(f"add@{MOUSE_PATH}", ACTION="add", SUBSYSTEM="input", **MOUSE))
    assert event is not None
    assert (event.action, event.path, event.subsystem) == ("add", MOUSE_PATH, "input")
    device = device_of(event.path, event.subsystem, event.properties)
    assert device == Device(
        MOUSE_PATH, DeviceClass.POINTER, "Logitech USB Receiver Mouse", 0x046D, 0xC52B
    )


@pytest.mark.parametrize(
    "data",
    [b"", b"libudev\0\xfe\xed\xca\xfe", b"add@/module/usbhid\0ACTION=add\0", b"add", b"\xff@\xff"],
)
def test_what_is_not_about_a_device(data: bytes) -> None:
    assert parse_uevent(data) is None


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        (MOUSE, DeviceClass.POINTER),
        (TABLET, DeviceClass.POINTER),
        (KEYBOARD, DeviceClass.KEYBOARD),
        (POWER_BUTTON, DeviceClass.OTHER),
        ({}, DeviceClass.OTHER),
        ({"KEY": "nonsense"}, DeviceClass.OTHER),
    ],
)
def test_what_an_input_device_is_for(properties: dict[str, str], expected: DeviceClass) -> None:
    device = device_of("/devices/x/input/input3", "input", properties)
    assert device is not None
    assert device.device_class is expected


def test_a_device_made_by_a_program_is_virtual() -> None:
    device = device_of("/devices/virtual/input/input9", "input", KEYBOARD)
    assert device is not None
    assert device.virtual
    assert device.device_class is DeviceClass.KEYBOARD


@pytest.mark.parametrize(
    ("path", "subsystem", "properties", "expected"),
    [
        (f"{USB}/host3/block/sdb", "block", {"DEVTYPE": "disk"}, DeviceClass.STORAGE),
        (f"{USB}/host3/block/sdb/sdb1", "block", {"DEVTYPE": "partition"}, None),
        ("/devices/virtual/block/loop0", "block", {"DEVTYPE": "disk"}, None),
        (f"{USB}/net/usb0", "net", {}, DeviceClass.NETWORK),
        ("/devices/virtual/net/lo", "net", {}, None),
        (f"{USB}/video4linux/video0", "video4linux", {}, DeviceClass.VIDEO),
        ("/devices/virtual/video4linux/video9", "video4linux", {}, DeviceClass.VIDEO),
        ("/devices/x/drm/card0", "drm", {}, DeviceClass.VIDEO),
        ("/devices/x/drm/card0/card0-HDMI-A-1", "drm", {}, None),
        ("/devices/x/sound/card1", "sound", {}, DeviceClass.AUDIO),
        ("/devices/x/sound/card1/pcmC1D0p", "sound", {}, None),
        (USB, "usb", {"DEVTYPE": "usb_device", "TYPE": "0/0/0"}, DeviceClass.OTHER),
        (USB, "usb", {"DEVTYPE": "usb_device", "TYPE": "9/0/1"}, None),
        (f"{USB}/1-2:1.0", "usb", {"DEVTYPE": "usb_interface"}, None),
        (f"{MOUSE_PATH}/event7", "input", {}, None),
        ("/devices/x/tty/ttyS0", "tty", {}, None),
    ],
)
def test_which_devices_are_told(
    path: str, subsystem: str, properties: dict[str, str], expected: DeviceClass | None
) -> None:
    device = device_of(path, subsystem, properties)
    assert (device.device_class if device else None) is expected


def test_numbers_of_a_product() -> None:
    assert product_of("3/46d/c52b/111", first=1) == (0x46D, 0xC52B)
    assert product_of("3346/1009/623", first=0) == (0x3346, 0x1009)
    for nonsense in ("", "1", "x/y/z", "3/fffff/1", "-1/-1/-1"):
        assert product_of(nonsense, first=0) is None


def test_bits() -> None:
    assert bits_of("1 3") == {0, 1, 64}
    assert bits_of("") == frozenset()
    assert bits_of("1" * 100) == frozenset()


def plug(root: Path, path: str, folder: str, entry: str, **files: str) -> Path:
    """Make a device in a recorded /sys, with its entry in a class folder."""
    place = root / path.removeprefix("/")
    place.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (place / name).write_text(text)
    link = root / folder / entry
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(place)
    return place


def lines(properties: dict[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in properties.items())


def test_a_recorded_sys(tmp_path: Path) -> None:
    plug(tmp_path, MOUSE_PATH, "class/input", "input7", uevent=lines(MOUSE))
    plug(tmp_path, MOUSE_PATH + "/event7", "class/input", "event7", uevent="DEVNAME=input/event7\n")
    plug(
        tmp_path,
        USB,
        "bus/usb/devices",
        "1-2",
        uevent="DEVTYPE=usb_device\nPRODUCT=781/5581/100\nTYPE=0/0/0\n",
        manufacturer="SanDisk\n",
        product="Ultra\n",
        idVendor="0781\n",
        idProduct="5581\n",
        serial="4C530001230101112233\n",
    )
    disk = plug(
        tmp_path,
        f"{USB}/1-2:1.0/host3/block/sdb",
        "class/block",
        "sdb",
        uevent="DEVTYPE=disk\n",
    )
    (disk / "device").mkdir()
    (disk / "device" / "vendor").write_text("SanDisk \n")
    (disk / "device" / "model").write_text("Ultra           \n")
    plug(tmp_path, "/devices/x/gone", "class/net", "gone")
    found = SysDevices(tmp_path).read()
    assert {(d.name, d.device_class, d.vendor_id, d.product_id) for d in found.values()} == {
        ("Logitech USB Receiver Mouse", DeviceClass.POINTER, 0x046D, 0xC52B),
        ("SanDisk Ultra", DeviceClass.OTHER, 0x0781, 0x5581),
        ("SanDisk Ultra", DeviceClass.STORAGE, 0x0781, 0x5581),
    }
    assert "4C53" not in repr(found)
    assert all(device.serial_digest == b"" for device in found.values())


def test_no_sys_is_not_a_machine_without_devices(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        SysDevices(tmp_path / "nothing").read()


@given(st.binary())
def test_garbage_in_a_message(data: bytes) -> None:
    event = parse_uevent(b"add@/devices/x/input/input1\0SUBSYSTEM=input\0" + data)
    assert event is not None
    device_of(event.path, event.subsystem, event.properties)
    parse_uevent(data)
    parse_uevent_file(data)


@given(
    st.sampled_from(["input", "usb", "block", "net", "sound", "drm"]),
    st.dictionaries(
        st.sampled_from(["PRODUCT", "NAME", "KEY", "REL", "ABS", "DEVTYPE", "TYPE"]), st.text()
    ),
)
def test_garbage_in_properties(subsystem: str, properties: dict[str, str]) -> None:
    device = device_of("/devices/x/input4", subsystem, properties)
    assert device is None or (0 <= device.vendor_id <= 0xFFFF and 0 <= device.product_id <= 0xFFFF)
