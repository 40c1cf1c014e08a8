"""What Windows says of devices: answers in the shape of real ones, and garbage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent.platform.windows.device_node import DeviceNode
from jiankao_agent.platform.windows.wide_texts import MAX_LENGTH, wide_text, wide_texts
from jiankao_agent.sensors.windows.device_kinds import devices_of
from jiankao_proto.observations import Device, DeviceClass

KEY = b"this workstation"
TOP = DeviceNode(r"HTREE\ROOT\0")
ACPI = DeviceNode(r"ACPI\PNP0A08\0", "System", parent=r"ACPI_HAL\PNP0C08\0")
PCI = DeviceNode(r"PCI\VEN_8086&DEV_A36D\3&11583659&0&A0", "USB", parent=ACPI.instance_id)
HUB = DeviceNode(r"USB\ROOT_HUB30\4&38f0b4a4&0&0", "USB", service="USBHUB3", parent=PCI.instance_id)
RECEIVER = DeviceNode(
    r"USB\VID_046D&PID_C52B\5&2d2d1e7&0&3",
    "USB",
    (r"USB\VID_046D&PID_C52B&REV_1201", r"USB\VID_046D&PID_C52B"),
    (r"USB\COMPOSITE",),
    "usbccgp",
    "USB Composite Device",
    "USB Receiver",
    HUB.instance_id,
)
FUNCTION = DeviceNode(
    r"USB\VID_046D&PID_C52B&MI_01\6&2a4bf8a3&0&0001", "HIDClass", parent=RECEIVER.instance_id
)
MOUSE = DeviceNode(
    r"HID\VID_046D&PID_C52B&MI_01&Col01\7&1a2b3c4d&0&0000",
    "Mouse",
    (r"HID\VID_046D&PID_C52B&REV_1201&MI_01&Col01",),
    name="HID-compliant mouse",
    parent=FUNCTION.instance_id,
)
STICK = DeviceNode(
    r"USB\VID_0781&PID_5567\4C530001230101112233", "USB", service="USBSTOR", parent=HUB.instance_id
)
DISK = DeviceNode(
    r"USBSTOR\DISK&VEN_SANDISK&PROD_CRUZER&REV_1.27\4C530001230101112233&0",
    "DiskDrive",
    name="SanDisk Cruzer USB Device",
    parent=STICK.instance_id,
)
PHONE = DeviceNode(r"USB\VID_18D1&PID_4EE1\8A9X0", "WPD", name="Pixel", parent=HUB.instance_id)
VOLUME = DeviceNode(r"SWD\WPDBUSENUM\_??_USBSTOR#DISK", "WPD", parent=TOP.instance_id)
MAKER = DeviceNode(r"ROOT\HIDCLASS\0000", "HIDClass", name="Virtual HID", parent=TOP.instance_id)
MADE_KEYBOARD = DeviceNode(
    r"HID\VID_FEED&PID_0001\1&2d595ca7&0&0000",
    "Keyboard",
    name="HID Keyboard Device",
    parent=MAKER.instance_id,
)
BUS_IN_SOFTWARE = DeviceNode(r"ROOT\USB\0000", "USB", parent=TOP.instance_id)
HUB_IN_SOFTWARE = DeviceNode(
    r"USB\ROOT_HUB\1&1&0", "USB", service="usbhub", parent=BUS_IN_SOFTWARE.instance_id
)
FAR_MOUSE = DeviceNode(
    r"USB\VID_046D&PID_C077\2&1&0&1", "Mouse", parent=HUB_IN_SOFTWARE.instance_id
)
SCREEN_ADAPTER = DeviceNode(r"ROOT\DISPLAY\0000", "Display", name="Idd", parent=TOP.instance_id)
MINIPORT = DeviceNode(r"SWD\MSRRAS\MS_NDISWANIP", "Net", parent=TOP.instance_id)
BLUETOOTH = DeviceNode(
    r"HID\{00001812-0000-1000-8000-00805F9B34FB}_DEV_VID&02046D_PID&B35B_REV&0001_E0C264112233&COL01"
    r"\8&1b2c3d4e&0&0000",
    "Keyboard",
    parent=PCI.instance_id,
)


def seen(*nodes: DeviceNode) -> dict[str, Device]:
    return {d.path: d for d in devices_of({n.instance_id: n for n in nodes}, KEY).values()}


def only(node: DeviceNode, *others: DeviceNode) -> Device:
    """Return what a device is taken for; nothing else of interest hangs on the others."""
    with_it, without = seen(node, *others), seen(*others)
    (path,) = with_it.keys() - without.keys()
    return with_it[path]


def test_a_receiver_and_the_mouse_behind_it() -> None:
    tree = (TOP, ACPI, PCI, HUB, RECEIVER, FUNCTION)
    assert list(seen(*tree)) == [RECEIVER.instance_id]
    assert seen(*tree)[RECEIVER.instance_id].device_class is DeviceClass.OTHER
    mouse = only(MOUSE, *tree)
    assert mouse == Device(MOUSE.instance_id, DeviceClass.POINTER, "USB Receiver", 0x046D, 0xC52B)


def test_a_stick_is_told_without_its_serial_number() -> None:
    devices = seen(TOP, ACPI, PCI, HUB, STICK, DISK)
    assert {d.device_class for d in devices.values()} == {DeviceClass.OTHER, DeviceClass.STORAGE}
    assert {(d.vendor_id, d.product_id) for d in devices.values()} == {(0x0781, 0x5567)}
    assert "4C530001230101112233" not in repr(devices)
    (stick,) = (d for d in devices.values() if d.device_class is DeviceClass.OTHER)
    assert stick.serial_digest
    assert not stick.virtual
    elsewhere = devices_of({STICK.instance_id: STICK}, b"another workstation")
    assert stick.path not in elsewhere


def test_the_same_device_has_the_same_path_after_a_restart() -> None:
    assert seen(STICK, HUB).keys() == seen(STICK, HUB).keys()


def test_a_phone_is_storage_and_a_volume_is_nothing_new() -> None:
    assert only(PHONE, HUB).device_class is DeviceClass.STORAGE
    assert seen(VOLUME, TOP) == {}


@pytest.mark.parametrize(
    ("node", "others", "device_class"),
    [
        (MADE_KEYBOARD, (MAKER,), DeviceClass.KEYBOARD),
        (MAKER, (), DeviceClass.OTHER),
        (FAR_MOUSE, (HUB_IN_SOFTWARE, BUS_IN_SOFTWARE), DeviceClass.POINTER),
        (SCREEN_ADAPTER, (), DeviceClass.VIDEO),
    ],
)
def test_what_software_makes_up(
    node: DeviceNode, others: tuple[DeviceNode, ...], device_class: DeviceClass
) -> None:
    device = only(node, TOP, *others)
    assert (device.device_class, device.virtual) == (device_class, True)


def test_where_windows_names_no_parent_only_the_bus_speaks() -> None:
    orphan = DeviceNode(r"WINEBUS\VID_845E&PID_0001\0&0000&0&0", "Mouse")
    assert not only(orphan).virtual
    assert only(DeviceNode(r"ROOT\RDP_MOU\0000", "Mouse")).virtual


def test_a_bluetooth_keyboard_has_ids_and_no_address() -> None:
    keyboard = only(BLUETOOTH, PCI, ACPI)
    assert (keyboard.vendor_id, keyboard.product_id) == (0x046D, 0xB35B)
    assert "E0C264112233" not in keyboard.path
    assert not keyboard.virtual


@pytest.mark.parametrize("node", [HUB, MINIPORT, FUNCTION, ACPI, TOP, PCI])
def test_what_is_of_no_interest(node: DeviceNode) -> None:
    assert seen(node) == {}


def test_devices_that_hang_on_each_other_end() -> None:
    a = DeviceNode(r"HID\A\0000", "Mouse", parent=r"HID\B\0000")
    b = DeviceNode(r"HID\B\0000", "Mouse", parent=r"HID\A\0000")
    assert len(seen(a, b)) == 2


def wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def test_texts() -> None:
    assert wide_text(wide("键盘\0rest")) == "键盘"
    assert wide_text(wide("\ta\nb")) == "a b"
    assert wide_texts(wide("one\0two\0\0three\0")) == ("one", "two")
    assert len(wide_text(wide("x" * 9999))) == MAX_LENGTH


@given(st.binary(max_size=200))
def test_texts_of_garbage(data: bytes) -> None:
    for text in (wide_text(data), *wide_texts(data)):
        assert text.isprintable()
        text.encode("utf-8")


TEXTS = st.text(max_size=40) | st.sampled_from(
    [
        r"USB\VID_046D&PID_C52B\5&1&0",
        "HTREE\\ROOT\\0",
        "Keyboard",
        "WPD",
        "Net",
        "USB\\",
        "\\",
        "HID\\\\",
    ]
)


@given(
    st.lists(
        st.builds(
            DeviceNode,
            TEXTS,
            TEXTS,
            st.lists(TEXTS, max_size=3).map(tuple),
            st.lists(TEXTS, max_size=3).map(tuple),
            TEXTS,
            TEXTS,
            TEXTS,
            TEXTS,
        ),
        max_size=6,
    )
)
def test_devices_of_garbage(nodes: list[DeviceNode]) -> None:
    for path, device in devices_of({n.instance_id: n for n in nodes}, KEY).items():
        assert path == device.path
        assert 0 <= device.vendor_id <= 0xFFFF
