"""What a network adapter is for: a cable, Wi-Fi, a phone that shares its network, a VPN, a hotspot. Pure."""

from jiankao_agent.platform.windows.adapter_seen import AdapterSeen, InterfaceType

TETHER, HOTSPOT = "tether", "hotspot"
_TRANSITION_TUNNELS = frozenset({11, 13, 14, 15})
"""TUNNEL_TYPE_… of ifdef.h: 6to4, ISATAP, Teredo, IP-HTTPS, which Windows starts of its own accord."""
_PHONE_SERVICES = frozenset(
    {"usb_rndis", "usb_rndisx", "usbrndis6", "usbncm", "netaapl", "netaapl64", "bthpan"}
)
"""Drivers of phones on USB or Bluetooth. Some USB network adapters use UsbNcm too.

Taken from drivers' installation files as people quote them, not from every Windows: component and description decide
as well, and docs/windows-checklist.md asks for a try with real phones.
"""
_PHONE_COMPONENTS = (
    "usb\\ms_comp_rndis",
    "usb\\class_e0&subclass_01&prot_03",
    "usb\\class_ef&subclass_04&prot_01",
)
_PHONE_DESCRIPTIONS = ("remote ndis", "apple mobile device ethernet")
_HOTSPOT_SERVICES = frozenset({"vwifimp"})
_HOTSPOT_DESCRIPTIONS = (
    "microsoft wi-fi direct virtual adapter",
    "microsoft hosted network virtual adapter",
)
_VPN_COMPONENTS = frozenset({"wintun", "wireguard", "ovpn-dco"})
_TAP_COMPONENTS = ("tap", "root\\tap")
_MADE_UP = ("ROOT\\", "SWD\\")
_BLUETOOTH = "bthpan"


def kind_of(adapter: AdapterSeen) -> str:
    """Return ethernet, wifi, tether, hotspot, vpn, tap, transition, loopback or other."""
    service, component = adapter.service.casefold(), adapter.component.casefold()
    description = adapter.description.casefold()
    if adapter.interface_type == InterfaceType.LOOPBACK:
        return "loopback"
    if (
        service in _PHONE_SERVICES
        or component.startswith(_PHONE_COMPONENTS)
        or description.startswith(_PHONE_DESCRIPTIONS)
        or adapter.interface_type in {InterfaceType.MOBILE, InterfaceType.MOBILE_CDMA}
    ):
        return TETHER
    if service in _HOTSPOT_SERVICES or description.startswith(_HOTSPOT_DESCRIPTIONS):
        return HOTSPOT
    if component.startswith(_TAP_COMPONENTS):
        return "tap"
    if component in _VPN_COMPONENTS:
        return "vpn"
    return _by_type(adapter)


def _by_type(adapter: AdapterSeen) -> str:
    match adapter.interface_type:
        case InterfaceType.TUNNEL:
            return "transition" if adapter.tunnel_type in _TRANSITION_TUNNELS else "vpn"
        case InterfaceType.PPP | InterfaceType.PROP_VIRTUAL:
            return "vpn"
        case InterfaceType.WIFI:
            return "wifi"
        case InterfaceType.ETHERNET:
            # Adapters of VPNs and virtual machines that nobody lists hang on no hardware.
            return "tap" if adapter.device.upper().startswith(_MADE_UP) else "ethernet"
        case _:
            return "other"


def is_there(adapter: AdapterSeen, kind: str) -> bool:
    """Tell whether an adapter counts: Windows keeps one for hotspots and Bluetooth phones that nobody uses."""
    waits = kind == HOTSPOT or adapter.service.casefold() == _BLUETOOTH
    return adapter.up or not waits
