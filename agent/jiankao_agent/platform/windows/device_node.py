"""One device as the Plug and Play manager tells of it. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeviceNode:
    r"""Texts are empty where Windows says nothing.

    `instance_id` has three parts: its bus, what it is, which one it is: HID\VID_046D&PID_C52B&MI_00\7&1a2b3c4d&0&0000.
    """

    instance_id: str
    class_name: str = ""
    """The name of its setup class, English on every Windows: Keyboard, Mouse, DiskDrive, Net …"""
    hardware_ids: tuple[str, ...] = ()
    compatible_ids: tuple[str, ...] = ()
    service: str = ""
    """The driver's service."""
    name: str = ""
    """What the device manager calls it."""
    reported_name: str = ""
    """What the device calls itself."""
    parent: str = ""
    """The instance id of the device it hangs on."""
