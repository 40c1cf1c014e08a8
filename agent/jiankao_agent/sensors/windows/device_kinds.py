r"""From what the Plug and Play manager says of devices to what they are. Pure.

Sources: "System-Defined Device Setup Classes", "Standard USB Identifiers", "Device instance IDs" (Microsoft Learn).
An instance id may end in a device's serial number or Bluetooth address: both are replaced by a keyed digest.
"""

import hmac
import re
from collections.abc import Iterator, Mapping

from jiankao_agent.platform.windows.device_node import DeviceNode
from jiankao_proto.observations import Device, DeviceClass

_CLASSES = {
    "keyboard": DeviceClass.KEYBOARD,
    "mouse": DeviceClass.POINTER,
    "diskdrive": DeviceClass.STORAGE,
    "cdrom": DeviceClass.STORAGE,
    "net": DeviceClass.NETWORK,
    "camera": DeviceClass.VIDEO,
    "image": DeviceClass.VIDEO,
    "display": DeviceClass.VIDEO,
    "media": DeviceClass.AUDIO,
}
_PHONES_FILES, _INPUT_OF_ANY_KIND = "wpd", "hidclass"
_HARDWARE = frozenset({"ACPI", "PCI", "PCMCIA", "VMBUS"})
"""Buses that lead to hardware, or to what a virtual machine takes for it: every real device hangs on one."""
_SOFTWARE = frozenset({"ROOT", "SWD"})
"""Devices that programs and drivers made up."""
_TOP = "HTREE"
_HUBS = frozenset({"usbhub", "usbhub3"})
_HUB_CLASS = "USB\\CLASS_09"
_DEEPEST = 32

_USB_IDS = re.compile(r"VID_([0-9A-F]{4})&PID_([0-9A-F]{4})", re.IGNORECASE)
_BLUETOOTH_IDS = re.compile(
    r"VID&(?:[0-9A-F]{2}|[0-9A-F]{4})([0-9A-F]{4})_PID&([0-9A-F]{4})(?![0-9A-F])", re.IGNORECASE
)
_MADE_BY_WINDOWS = re.compile(r"[0-9A-F]{1,2}(?:&[0-9A-F]{1,8}){1,3}|[0-9]{4}", re.IGNORECASE)
"""What tells devices of one kind apart when they have no serial number: where they hang."""
_BLUETOOTH_ADDRESS = re.compile(r"_[0-9A-F]{12}(?=$|[\\&_])", re.IGNORECASE)


def devices_of(nodes: Mapping[str, DeviceNode], key: bytes) -> dict[str, Device]:
    """Return the devices of interest, by path. `key` is this workstation's own, for digests."""
    found = {}
    by_id = {node.instance_id.upper(): node for node in nodes.values()}
    for node in nodes.values():
        device = _device(node, by_id, key)
        if device is not None:
            found[device.path] = device
    return found


def _device(node: DeviceNode, nodes: Mapping[str, DeviceNode], key: bytes) -> Device | None:
    chain = list(_chain(node, nodes))
    virtual = _is_virtual(chain)
    kind = _class(node, virtual=virtual)
    if kind is None:
        return None
    ids = next((found for each in chain if (found := _ids(each))), (0, 0))
    path, serial = _without_serial(node.instance_id, key)
    return Device(
        path=path,
        device_class=kind,
        name=_name(chain) or path,
        vendor_id=ids[0],
        product_id=ids[1],
        serial_digest=serial if _bus(node) == "USB" else b"",
        virtual=virtual,
    )


def _class(node: DeviceNode, *, virtual: bool) -> DeviceClass | None:
    bus, setup_class = _bus(node), node.class_name.casefold()
    kind = _CLASSES.get(setup_class)
    if kind is DeviceClass.NETWORK and virtual:
        return None  # interfaces without hardware are the network sensor's
    if kind is not None:
        return kind
    if setup_class == _PHONES_FILES:
        # Volumes have such a face too; a phone's is on USB itself.
        return DeviceClass.STORAGE if bus == "USB" else None
    if setup_class == _INPUT_OF_ANY_KIND and virtual and bus != "HID":
        return DeviceClass.OTHER
    whole = bus == "USB" and "&MI_" not in node.instance_id.upper()
    return DeviceClass.OTHER if whole and not _is_hub(node) else None


def _is_hub(node: DeviceNode) -> bool:
    return (
        node.service.casefold() in _HUBS
        or "ROOT_HUB" in node.instance_id.upper()
        or any(i.upper().startswith(_HUB_CLASS) for i in node.compatible_ids)
    )


def _chain(node: DeviceNode, nodes: Mapping[str, DeviceNode]) -> Iterator[DeviceNode]:
    """Return a device and what it hangs on, as far as that is known."""
    here: DeviceNode | None = node
    for _ in range(_DEEPEST):
        if here is None:
            return
        yield here
        here = nodes.get(here.parent.upper())


def _is_virtual(chain: list[DeviceNode]) -> bool:
    buses = [_bus(node) for node in chain]
    if _HARDWARE & set(buses):
        return False
    last = chain[-1]
    whole = _TOP in buses or last.parent.upper().startswith(_TOP)
    return whole or bool(_SOFTWARE & {buses[0], buses[-1]})


def _bus(node: DeviceNode) -> str:
    return node.instance_id.partition("\\")[0].upper()


def _name(chain: list[DeviceNode]) -> str:
    """Return what a device calls itself; its functions are called what the whole device is."""
    for node in chain:
        if node.reported_name and "&MI_" not in node.instance_id.upper():
            return node.reported_name
        if _bus(node) not in {"HID", "USB", "USBSTOR"}:
            break
    return chain[0].name


def _ids(node: DeviceNode) -> tuple[int, int] | None:
    for text in (node.instance_id, *node.hardware_ids):
        found = _USB_IDS.search(text) or _BLUETOOTH_IDS.search(text)
        if found:
            return int(found[1], 16), int(found[2], 16)
    return None


def _without_serial(instance_id: str, key: bytes) -> tuple[str, bytes]:
    """Return a path that holds no serial number, and the serial number's digest if there was one."""
    head, _, which = instance_id.rpartition("\\")
    head = _BLUETOOTH_ADDRESS.sub(lambda m: f"_#{_digest(m[0], key).hex()[:12]}", head)
    if _MADE_BY_WINDOWS.fullmatch(which):
        return f"{head}\\{which}", b""
    digest = _digest(which, key)
    return f"{head}\\#{digest.hex()[:16]}", digest


def _digest(text: str, key: bytes) -> bytes:
    return hmac.digest(key, text.upper().encode("utf-8", "replace"), "sha256")[:16]
