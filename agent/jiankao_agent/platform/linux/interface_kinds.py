"""What a network interface is for: a cable, Wi-Fi, a phone that shares its network, a VPN."""

from pathlib import Path

from jiankao_agent.platform.linux.route_messages import LinkSeen

_ETHERNET, _LOOPBACK, _NONE, _PPP = 1, 772, 65534, 512
_TUNNELS = frozenset(
    {
        "wireguard",
        "ipip",
        "sit",
        "gre",
        "gretap",
        "ip6gre",
        "ip6tnl",
        "vti",
        "vti6",
        "xfrm",
        "l2tp",
        "ppp",
    }
)
_PHONES = frozenset(
    {
        "cdc_ether",
        "cdc_eem",
        "cdc_ncm",
        "cdc_mbim",
        "huawei_cdc_ncm",
        "ipheth",
        "qmi_wwan",
        "rndis_host",
        "rndis_wlan",
        "sierra_net",
    }
)
"""Drivers of phones and mobile modems on USB (drivers/net/usb). Some USB network adapters use them too."""


class InterfaceKinds:
    """Tells kinds, with the help of /sys where it has a say."""

    def __init__(self, root: Path = Path("/sys")) -> None:
        """Take the folder where /sys is."""
        self._folder = root / "class" / "net"

    def kind(self, link: LinkSeen) -> str:
        """Return ethernet, wifi, tether, vpn, tap, loopback, or the kernel's own word (bridge, veth …), or other."""
        if link.hardware == _LOOPBACK:
            return "loopback"
        if link.driver_kind == "tun":
            return "tap" if link.hardware == _ETHERNET else "vpn"
        if link.driver_kind and link.driver_kind not in _TUNNELS:
            return link.driver_kind
        return self._of_hardware(link)

    def _of_hardware(self, link: LinkSeen) -> str:
        if self._driver(link.name) in _PHONES or "DEVTYPE=bluetooth" in self._uevent(link.name):
            return "tether"
        if link.driver_kind in _TUNNELS or link.hardware in {_PPP, _NONE}:
            return "vpn"
        if self._has(link.name, "phy80211"):
            return "wifi"
        return "ethernet" if link.hardware == _ETHERNET else "other"

    def _driver(self, name: str) -> str:
        try:
            return (self._folder / name / "device" / "driver").readlink().name
        except OSError:
            return ""  # made up by software, or of another network namespace

    def _uevent(self, name: str) -> list[str]:
        try:
            return (self._folder / name / "uevent").read_text("utf-8", "replace").split()
        except OSError:
            return []

    def _has(self, name: str, entry: str) -> bool:
        return (self._folder / name / entry).exists()
