"""Adapters and settings of this computer through Windows's calls, and settings that a test changes."""

import sys
import winreg
from collections.abc import Iterator
from contextlib import contextmanager

from jiankao_agent.platform.windows.adapter_seen import AdapterSeen
from jiankao_agent.platform.windows.adapters import Adapters, read_route_table
from jiankao_agent.platform.windows.network_answers import RouteSeen
from jiankao_agent.platform.windows.proxies import read_proxies
from jiankao_agent.sensors.windows.network import NetworkSensor, NetworkSources
from jiankao_proto.observations import (
    Change,
    Health,
    NetworkInterfaceChanged,
    NetworkSettingChanged,
)
from tests.support.sensor_harness import running

assert sys.platform == "win32"

SETTINGS = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
SERVER = "http=user:secret@127.0.0.1:7890"


@contextmanager
def proxy() -> Iterator[None]:
    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, SETTINGS) as key:
        winreg.SetValueEx(key, "ProxyServer", 0, winreg.REG_SZ, SERVER)
        winreg.SetValueEx(key, "ProxyEnable", 0, winreg.REG_DWORD, 1)
        try:
            yield
        finally:
            winreg.SetValueEx(key, "ProxyEnable", 0, winreg.REG_DWORD, 0)
            winreg.DeleteValue(key, "ProxyServer")


def test_adapters_have_names_addresses_and_numbers_that_routes_use() -> None:
    adapters = Adapters()
    found = adapters.read()
    assert adapters.read() == found
    loopback = next(a for a in found if a.interface_type == 24)
    assert "127.0.0.1" in loopback.addresses
    assert all(a.name and a.identity and a.luid for a in found)
    assert {route.interface for route in read_route_table()} <= {a.luid for a in found}
    assert read_proxies()


def test_the_baseline_and_a_proxy_that_comes_and_goes() -> None:
    sensor = NetworkSensor()
    assert sensor.probe().health is Health.OK
    with running(sensor) as harness:
        harness.wait_for_health(Health.OK)
        loopback = harness.wait_for(NetworkInterfaceChanged, lambda f: f.kind == "loopback")
        with proxy():
            added = harness.wait_for(NetworkSettingChanged, lambda f: f.kind == "proxy")
        removed = harness.wait_for(
            NetworkSettingChanged, lambda f: (f.kind, f.change) == ("proxy", Change.REMOVED)
        )
    assert (loopback.change, loopback.up) == (Change.BASELINE, True)
    assert (added.change, added.name, added.value) == (Change.ADDED, "http", "127.0.0.1:7890")
    assert added in harness.urgent
    assert removed.value == added.value


def test_a_phone_that_shares_its_network() -> None:
    there: list[AdapterSeen] = []
    ways: list[RouteSeen] = []
    sources = NetworkSources(lambda: list(there), lambda: list(ways), list)
    with running(NetworkSensor(sources)) as harness:
        harness.wait_for_health(Health.OK)
        there.append(
            AdapterSeen("{2}", 7, "以太网 2", interface_type=6, up=True, service="usbrndis6")
        )
        ways.append(RouteSeen("0.0.0.0/0", "192.168.42.129", 7))
        phone = harness.wait_for(NetworkInterfaceChanged)
        way = harness.wait_for(NetworkSettingChanged)
        harness.ask_baseline()
        harness.wait_for(NetworkSettingChanged, lambda f: f.change is Change.BASELINE)
    assert (phone.change, phone.kind) == (Change.ADDED, "tether")
    assert way.value == "192.168.42.129 dev 以太网 2"


def test_a_table_that_cannot_be_read_is_said() -> None:
    def refuse() -> list[RouteSeen]:
        raise OSError(5, "GetIpForwardTable2 refuses")

    sensor = NetworkSensor(NetworkSources(list, refuse, list))
    assert "GetIpForwardTable2" in sensor.probe().reason
    with running(sensor) as harness:
        assert "GetIpForwardTable2" in str(harness.wait_for_end())
