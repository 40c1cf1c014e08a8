"""Marks of IP-KVM boxes: what is known, and what a file of them may not hold."""

import pytest

from jiankao_collector.errors import ConfigurationError
from jiankao_collector.knowledge import ip_kvm
from jiankao_proto.observations import Change, Device, DeviceClass, DisplayChanged

ROW = '[[hardware]]\nid = "x"\nname = "X"\nsource = "test"\n'


def device(vendor: int, product: int) -> Device:
    return Device("/x", DeviceClass.KEYBOARD, vendor_id=vendor, product_id=product)


def test_a_box_is_known_by_usb_numbers_or_by_its_screen() -> None:
    assert ip_kvm.of_device(device(0x3346, 0x1009)) == "NanoKVM"
    assert ip_kvm.of_device(device(0x1209, 0xEDA2)) == "PiKVM"
    screen = DisplayChanged(Change.ADDED, edid_vendor="LNX", edid_name="PiKVM V4 Plus")
    assert ip_kvm.of_display(screen) == "PiKVM"
    assert ip_kvm.of_device(device(0x1209, 0x0001)) == ""
    assert ip_kvm.of_display(DisplayChanged(Change.ADDED, edid_vendor="LNX", edid_name="Pi")) == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[", "not valid TOML"),
        ("other = 1", "must be written as [[hardware]]"),
        (ROW.replace('"test"', '""'), "hardware 1: id, name and source are needed"),
        (ROW + "colour = 1", "hardware 1: id, name and source are needed"),
        (ROW + "usb = [[1]]", "hardware 1, usb: [1] is no pair of numbers"),
        (ROW + "usb = [[1, 70000]]", "hardware 1, usb: [1, 70000] is no pair of numbers"),
        (ROW + 'edid = [["LNX", ""]]', "hardware 1, edid: ['LNX', ''] is no pair of texts"),
    ],
)
def test_a_mistake_is_one_line(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        ip_kvm.read(text)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)
