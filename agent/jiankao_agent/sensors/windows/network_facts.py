"""What to tell of adapters, routes, name servers, proxies and hotspots. Pure."""

import re
from collections.abc import Iterable, Iterator
from ipaddress import ip_address

from jiankao_agent.platform.windows.adapter_seen import AdapterSeen
from jiankao_agent.platform.windows.network_answers import RouteSeen
from jiankao_agent.platform.windows.proxy_seen import ProxySeen
from jiankao_agent.sensors.windows.adapter_kinds import HOTSPOT, is_there, kind_of
from jiankao_proto.observations import Change, NetworkInterfaceChanged, NetworkSettingChanged

MOST_SETTINGS = 256
"""Settings that are told of; a router has more routes, an exam workstation a handful."""
_SHARING_ADDRESS = "192.168.137.1"
"""What Windows's connection sharing gives the side it shares to, unless somebody changed it."""
_NO_NAME_SERVERS = frozenset(f"fec0:0:0:ffff::{n}" for n in (1, 2, 3))
"""What Windows lists where there is none (site-local addresses that nobody uses)."""
_CREDENTIALS = re.compile(r"^((?:[a-z][a-z0-9+.-]*:)?//)?[^/?#]*@", re.IGNORECASE)
_SECRET_PART = re.compile(r"[?#].*", re.DOTALL)

SettingKey = tuple[str, str, str]


def interfaces_told(adapters: Iterable[AdapterSeen]) -> dict[str, NetworkInterfaceChanged]:
    """Return the interfaces, by the adapter's identity and the name it has now, as baselines."""
    found = {}
    for adapter in adapters:
        kind = kind_of(adapter)
        if is_there(adapter, kind):
            found[f"{adapter.identity} {adapter.name}"] = NetworkInterfaceChanged(
                change=Change.BASELINE,
                interface=adapter.name,
                kind=kind,
                addresses=tuple(sorted(adapter.addresses)),
                up=adapter.up,
            )
    return found


def settings_told(
    adapters: Iterable[AdapterSeen], routes: Iterable[RouteSeen], proxies: Iterable[ProxySeen]
) -> dict[SettingKey, NetworkSettingChanged]:
    """Return the settings that decide where traffic goes, as baselines. One that changes goes, and another comes."""
    listed = list(adapters)
    names = {adapter.luid: adapter.name for adapter in listed}
    found: set[SettingKey] = set()
    for route in routes:
        interface = names.get(route.interface, "")
        found.add(("route", route.destination, f"{route.gateway} dev {interface}".strip()))
    for adapter in listed:
        if adapter.up:
            found.update(_of_adapter(adapter))
    for proxy in proxies:
        found.update(("proxy", name, value) for name, value in proxies_of(proxy))
    return {
        key: NetworkSettingChanged(Change.BASELINE, *key) for key in sorted(found)[:MOST_SETTINGS]
    }


def _of_adapter(adapter: AdapterSeen) -> Iterator[SettingKey]:
    for server in adapter.name_servers:
        if server not in _NO_NAME_SERVERS:
            yield "dns_server", adapter.name, server
    own = [ip_address(address) for address in adapter.addresses]
    serves = kind_of(adapter) == HOTSPOT and any(
        address.version == 4 and not address.is_link_local  # noqa: PLR2004 - IPv4
        for address in own
    )
    if serves or _SHARING_ADDRESS in adapter.addresses:
        yield "hotspot", adapter.name, "on"


def proxies_of(proxy: ProxySeen) -> Iterator[tuple[str, str]]:
    """Yield (protocol, host:port) and ("pac", address) of settings, without credentials or queries."""
    if proxy.script.strip():
        yield "pac", _bare(proxy.script)
    if not proxy.enabled:
        return
    for part in re.split(r"[;\s]+", proxy.servers):
        name, _, value = part.rpartition("=")
        if value:
            yield name.lower() or "all", _bare(value)


def _bare(address: str) -> str:
    printable = "".join(c for c in address.strip() if c.isprintable())
    return _SECRET_PART.sub("", _CREDENTIALS.sub(lambda m: m[1] or "", printable))
