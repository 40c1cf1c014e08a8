"""Network adapters and routes: GetAdaptersAddresses, GetIpForwardTable2 (Microsoft Learn, iphlpapi.h, netioapi.h)."""

import ctypes
from collections.abc import Iterator
from ctypes import wintypes
from typing import Any, ClassVar

from jiankao_agent.platform.windows import registry
from jiankao_agent.platform.windows.adapter_seen import AdapterSeen
from jiankao_agent.platform.windows.libraries import load
from jiankao_agent.platform.windows.network_answers import (
    ROW_BYTES,
    ROWS_AT,
    RouteSeen,
    address_of,
    read_routes,
)

MOST_ADAPTERS = 256
MOST_OF_ONE = 64
MOST_ROUTES = 8192
_ANY_FAMILY = 0
_WITHOUT_ANYCAST_AND_MULTICAST = 0x2 | 0x4
_BUFFER_OVERFLOW, _NO_DATA = 111, 232
_TRIES = 4
_UP = 1
_CLASS = r"SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}"
_ENUM = r"SYSTEM\CurrentControlSet\Enum"


class _SocketAddress(ctypes.Structure):
    _fields_: ClassVar = [("lpSockaddr", ctypes.c_void_p), ("iSockaddrLength", ctypes.c_int)]


class _Address(ctypes.Structure):
    """The common head of IP_ADAPTER_UNICAST_ADDRESS and IP_ADAPTER_DNS_SERVER_ADDRESS."""


_Address._fields_ = [
    ("Length", wintypes.ULONG),
    ("Flags", wintypes.DWORD),
    ("Next", ctypes.POINTER(_Address)),
    ("Address", _SocketAddress),
]


class _Adapter(ctypes.Structure):
    """The head of IP_ADAPTER_ADDRESSES, as far as it is needed."""


_Adapter._fields_ = [
    ("Length", wintypes.ULONG),
    ("IfIndex", wintypes.DWORD),
    ("Next", ctypes.POINTER(_Adapter)),
    ("AdapterName", ctypes.c_char_p),
    ("FirstUnicastAddress", ctypes.POINTER(_Address)),
    ("FirstAnycastAddress", ctypes.c_void_p),
    ("FirstMulticastAddress", ctypes.c_void_p),
    ("FirstDnsServerAddress", ctypes.POINTER(_Address)),
    ("DnsSuffix", wintypes.LPWSTR),
    ("Description", wintypes.LPWSTR),
    ("FriendlyName", wintypes.LPWSTR),
    ("PhysicalAddress", ctypes.c_ubyte * 8),
    ("PhysicalAddressLength", wintypes.DWORD),
    ("Flags", wintypes.DWORD),
    ("Mtu", wintypes.DWORD),
    ("IfType", wintypes.DWORD),
    ("OperStatus", ctypes.c_int),
    ("Ipv6IfIndex", wintypes.DWORD),
    ("ZoneIndices", wintypes.DWORD * 16),
    ("FirstPrefix", ctypes.c_void_p),
    ("TransmitLinkSpeed", ctypes.c_uint64),
    ("ReceiveLinkSpeed", ctypes.c_uint64),
    ("FirstWinsServerAddress", ctypes.c_void_p),
    ("FirstGatewayAddress", ctypes.c_void_p),
    ("Ipv4Metric", wintypes.ULONG),
    ("Ipv6Metric", wintypes.ULONG),
    ("Luid", ctypes.c_uint64),
    ("Dhcpv4Server", _SocketAddress),
    ("CompartmentId", wintypes.DWORD),
    ("NetworkGuid", ctypes.c_ubyte * 16),
    ("ConnectionType", ctypes.c_int),
    ("TunnelType", ctypes.c_int),
]

_iphlpapi = load("iphlpapi")
_iphlpapi.GetAdaptersAddresses.argtypes = (
    wintypes.ULONG,
    wintypes.ULONG,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.POINTER(wintypes.ULONG),
)
_iphlpapi.GetAdaptersAddresses.restype = wintypes.ULONG
_iphlpapi.GetIpForwardTable2.argtypes = (wintypes.USHORT, ctypes.POINTER(ctypes.c_void_p))
_iphlpapi.GetIpForwardTable2.restype = wintypes.ULONG
_iphlpapi.FreeMibTable.argtypes = (ctypes.c_void_p,)
_iphlpapi.FreeMibTable.restype = None

Hardware = tuple[str, str, str]
"""Component, device and service of an adapter."""


class Adapters:
    """Reads the adapters; what they are made of is asked once for each."""

    def __init__(self) -> None:
        """Start without knowing any."""
        self._hardware: dict[str, Hardware] = {}

    def read(self) -> list[AdapterSeen]:
        """Return the adapters there are. Raises OSError."""
        answer = _ask()
        if answer is None:
            return []
        found = []
        adapter = _Adapter.from_buffer(answer)
        for _ in range(MOST_ADAPTERS):
            found.append(self._seen(adapter))
            if not adapter.Next:
                break
            adapter = adapter.Next.contents
        self._hardware = {
            each.identity: (each.component, each.device, each.service) for each in found
        }
        return found

    def _seen(self, adapter: Any) -> AdapterSeen:  # noqa: ANN401 - its fields are ctypes' own
        identity = (adapter.AdapterName or b"").decode("ascii", "replace")
        component, device, service = self._hardware.get(identity) or _made_of(identity)
        return AdapterSeen(
            identity=identity,
            luid=adapter.Luid,
            name=adapter.FriendlyName or "",
            description=adapter.Description or "",
            interface_type=adapter.IfType,
            tunnel_type=adapter.TunnelType,
            up=adapter.OperStatus == _UP,
            addresses=tuple(_addresses(adapter.FirstUnicastAddress)),
            name_servers=tuple(_addresses(adapter.FirstDnsServerAddress)),
            component=component,
            device=device,
            service=service,
        )


def read_route_table() -> list[RouteSeen]:
    """Return the routes somebody has set. Raises OSError, MalformedError."""
    table = ctypes.c_void_p()
    code = _iphlpapi.GetIpForwardTable2(_ANY_FAMILY, ctypes.byref(table))
    if code or not table.value:
        raise OSError(code, "GetIpForwardTable2 refuses")
    try:
        count = min(ctypes.c_uint32.from_address(table.value).value, MOST_ROUTES)
        return read_routes(ctypes.string_at(table.value + ROWS_AT, ROW_BYTES * count))
    finally:
        _iphlpapi.FreeMibTable(table)


def _ask() -> "ctypes.Array[ctypes.c_char] | None":
    size = wintypes.ULONG(1 << 15)
    code = 0
    for _ in range(_TRIES):
        answer = ctypes.create_string_buffer(size.value)
        code = _iphlpapi.GetAdaptersAddresses(
            _ANY_FAMILY, _WITHOUT_ANYCAST_AND_MULTICAST, None, answer, ctypes.byref(size)
        )
        if not code:
            return answer
        if code == _NO_DATA:
            return None
        if code != _BUFFER_OVERFLOW:
            break
    raise OSError(code, "GetAdaptersAddresses refuses")


def _addresses(first: Any) -> Iterator[str]:  # noqa: ANN401 - a pointer of ctypes, or none
    here = first
    for _ in range(MOST_OF_ONE):
        if not here:
            return
        lies = here.contents.Address
        if lies.lpSockaddr and lies.iSockaddrLength > 0:
            text = address_of(ctypes.string_at(lies.lpSockaddr, lies.iSockaddrLength))
            if text:
                yield text
        here = here.contents.Next


def _made_of(identity: str) -> Hardware:
    """Return what an adapter is made of; nothing where the registry does not say. Raises OSError."""
    local = registry.Root.LOCAL_MACHINE
    for key in registry.keys(local, _CLASS):
        path = f"{_CLASS}\\{key}"
        try:
            if registry.text(local, path, "NetCfgInstanceId").upper() != identity.upper():
                continue
            device = registry.text(local, path, "DeviceInstanceID")
            service = registry.text(local, f"{_ENUM}\\{device}", "Service") if device else ""
            return registry.text(local, path, "ComponentId"), device, service
        except PermissionError:
            continue  # "Properties" is closed even to administrators
    return "", "", ""
