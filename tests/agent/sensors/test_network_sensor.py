"""The network sensor against real interfaces, in a network namespace of its own."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.linux.kernel_messages import KernelMessages, MessagesLostError
from jiankao_agent.platform.linux.setting_files import SettingFiles
from jiankao_agent.sensors import network
from jiankao_agent.sensors.network import NetworkSensor
from jiankao_proto.bilingual import in_language
from jiankao_proto.observations import (
    Change,
    Health,
    NetworkInterfaceChanged,
    NetworkSettingChanged,
)
from tests.support.hosts import why_not
from tests.support.network_spaces import InSpace, NetworkSpace, network_space
from tests.support.sensor_harness import SensorHarness, running

REASON = why_not()
needs_spaces = pytest.mark.skipif(bool(REASON), reason=REASON)


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at files often: what is tested is what is seen, not when."""
    monkeypatch.setattr(network, "LOOK_AT_FILES_S", 0.2)


@pytest.fixture
def space() -> Iterator[NetworkSpace]:
    with network_space() as made:
        made.ip("link", "set", "lo", "up")
        yield made


def wait(
    harness: SensorHarness, name: str, change: Change, *, up: bool | None = None, at: str = ""
) -> NetworkInterfaceChanged:
    return harness.wait_for(
        NetworkInterfaceChanged,
        lambda f: (
            (f.interface, f.change) == (name, change)
            and (up is None or f.up is up)
            and (not at or at in f.addresses)
        ),
    )


def test_this_machine_can_be_looked_at() -> None:
    assert NetworkSensor().probe().health is Health.OK
    with running(NetworkSensor()) as harness:
        assert wait(harness, "lo", Change.BASELINE).kind == "loopback"
        harness.wait_for_health(Health.OK)


@needs_spaces
def test_a_cable_an_address_and_the_end_of_both(space: NetworkSpace) -> None:
    with running(InSpace(NetworkSensor(), space)) as harness:
        lo = wait(harness, "lo", Change.BASELINE)
        assert lo.up
        assert lo not in harness.urgent
        space.ip("link", "add", "here", "type", "veth", "peer", "name", "there")
        assert wait(harness, "here", Change.ADDED).kind == "veth"
        space.ip("addr", "add", "10.9.0.1/24", "dev", "here")
        space.ip("link", "set", "here", "up")
        space.ip("link", "set", "there", "up")
        up = wait(harness, "here", Change.MODIFIED, up=True, at="10.9.0.1")
        assert up in harness.urgent
        space.ip("link", "set", "here", "down")
        space.ip("link", "set", "here", "name", "other")
        wait(harness, "here", Change.REMOVED)
        wait(harness, "other", Change.ADDED)
        space.ip("link", "del", "other")
        wait(harness, "other", Change.REMOVED)


@needs_spaces
@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("tuntap", "add", "dev", "x0", "mode", "tun"), "vpn"),
        (("tuntap", "add", "dev", "x0", "mode", "tap"), "tap"),
        (("link", "add", "x0", "type", "wireguard"), "vpn"),
        (("link", "add", "x0", "type", "bridge"), "bridge"),
        (("link", "add", "x0", "type", "dummy"), "dummy"),
    ],
    ids=["tun", "tap", "wireguard", "bridge", "dummy"],
)
def test_kinds_of_real_interfaces(space: NetworkSpace, words: tuple[str, ...], kind: str) -> None:
    with running(InSpace(NetworkSensor(), space)) as harness:
        wait(harness, "lo", Change.BASELINE)
        if space.may_ip(*words).returncode:
            pytest.skip(f"this kernel has no {words[-1]}")
        told = wait(harness, "x0", Change.ADDED)
        assert told.kind == kind
        assert told in harness.urgent


@needs_spaces
def test_one_that_is_there_for_a_moment_is_told(space: NetworkSpace) -> None:
    with running(InSpace(NetworkSensor(), space)) as harness:
        wait(harness, "lo", Change.BASELINE)
        for _ in range(5):
            space.ip("tuntap", "add", "dev", "tap9", "mode", "tap")
            space.ip("tuntap", "del", "dev", "tap9", "mode", "tap")
        harness.until(lambda: gone(harness) == 5 or None, "not every one was told")


def gone(harness: SensorHarness) -> int:
    return sum(
        isinstance(f, NetworkInterfaceChanged)
        and (f.interface, f.change) == ("tap9", Change.REMOVED)
        for f in harness.facts
    )


def settings(harness: SensorHarness, change: Change) -> set[tuple[str, str, str]]:
    return {
        (f.kind, f.name, f.value)
        for f in harness.facts
        if isinstance(f, NetworkSettingChanged) and f.change is change
    }


def wait_setting(harness: SensorHarness, change: Change, *setting: str) -> None:
    told = harness.wait_for(
        NetworkSettingChanged, lambda f: (f.change, f.kind, f.name, f.value) == (change, *setting)
    )
    assert (told in harness.urgent) is (change is not Change.BASELINE)


@needs_spaces
def test_routes_that_are_set_and_those_that_end_with_their_interface(
    space: NetworkSpace, tmp_path: Path
) -> None:
    space.ip("link", "add", "here", "type", "veth", "peer", "name", "there")
    space.ip("addr", "add", "10.9.0.1/24", "dev", "here")
    for name in ("here", "there"):
        space.ip("link", "set", name, "up")
    space.ip("route", "add", "default", "via", "10.9.0.254")
    sensor = NetworkSensor(files=SettingFiles(tmp_path))
    with running(InSpace(sensor, space)) as harness:
        default = ("route", "0.0.0.0/0", "10.9.0.254 dev here")
        wait_setting(harness, Change.BASELINE, *default)
        # What the kernel makes of an address by itself is not a setting.
        assert settings(harness, Change.BASELINE) == {default}
        space.ip("route", "add", "203.0.113.0/24", "via", "10.9.0.7", "dev", "here")
        through = ("route", "203.0.113.0/24", "10.9.0.7 dev here")
        wait_setting(harness, Change.ADDED, *through)
        space.ip("route", "del", "203.0.113.0/24")
        wait_setting(harness, Change.REMOVED, *through)
        space.ip("tuntap", "add", "dev", "vpn0", "mode", "tun")
        space.ip("link", "set", "vpn0", "up")
        space.ip("route", "add", "default", "dev", "vpn0", "table", "51820")
        wait_setting(harness, Change.ADDED, "route", "0.0.0.0/0", "dev vpn0")
        space.ip("-6", "addr", "add", "fd00::1/64", "dev", "here", "nodad")
        space.ip("-6", "route", "add", "default", "via", "fd00::2")
        wait_setting(harness, Change.ADDED, "route", "::/0", "fd00::2 dev here")
        # The kernel says that the interface went down, and not a word of its IPv4 routes.
        space.ip("link", "set", "here", "down")
        wait_setting(harness, Change.REMOVED, *default)


def test_name_servers_proxies_and_a_shared_connection_in_files(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "run").mkdir()
    resolver = tmp_path / "etc/resolv.conf"
    resolver.write_text("search exam\nnameserver 10.0.0.53\n")
    with running(NetworkSensor(files=SettingFiles(tmp_path))) as harness:
        wait_setting(harness, Change.BASELINE, "dns_server", "", "10.0.0.53")
        resolver.write_text("nameserver 8.8.8.8\n")
        wait_setting(harness, Change.ADDED, "dns_server", "", "8.8.8.8")
        wait_setting(harness, Change.REMOVED, "dns_server", "", "10.0.0.53")
        (tmp_path / "etc/environment").write_text("https_proxy=http://me:secret@10.1.1.1:3128/\n")
        wait_setting(harness, Change.ADDED, "proxy", "https", "10.1.1.1:3128")
        shared = tmp_path / "run/nm-dnsmasq-wlan0.pid"
        shared.write_text("77\n")
        wait_setting(harness, Change.ADDED, "hotspot", "wlan0", "on")
        shared.unlink()
        wait_setting(harness, Change.REMOVED, "hotspot", "wlan0", "on")
        harness.ask_baseline()
        wait_setting(harness, Change.BASELINE, "proxy", "https", "10.1.1.1:3128")
    assert "secret" not in repr(harness.facts)


@needs_spaces
def test_a_restart_hides_nothing_and_asking_tells_all_again(space: NetworkSpace) -> None:
    sensor = InSpace(NetworkSensor(), space)
    with running(sensor) as harness:
        wait(harness, "lo", Change.BASELINE)
        harness.ask_baseline()
        harness.until(
            lambda: [f for f in harness.facts if getattr(f, "interface", "") == "lo"][1:] or None,
            "it was not told again",
        )
    space.ip("tuntap", "add", "dev", "tap9", "mode", "tap")
    with running(sensor) as again:
        wait(again, "lo", Change.BASELINE)
        wait(again, "tap9", Change.ADDED)


@needs_spaces
def test_lost_messages_are_made_good(space: NetworkSpace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel says that its buffer ran over: everything is asked for anew."""
    real = KernelMessages.receive
    losing, made = threading.Event(), threading.Event()

    def receive(self: KernelMessages, timeout_s: float) -> list[bytes]:
        losing.set()
        if made.is_set():
            monkeypatch.undo()
            while real(self, 0.05):
                pass
            raise MessagesLostError(105, "lost")
        real(self, timeout_s)
        return []

    with running(InSpace(NetworkSensor(), space)) as harness:
        harness.wait_for_health(Health.OK)
        monkeypatch.setattr(KernelMessages, "receive", receive)
        assert losing.wait(10)
        space.ip("tuntap", "add", "dev", "tap9", "mode", "tap")
        assert [f for f in harness.facts if getattr(f, "interface", "") == "tap9"] == []
        made.set()
        wait(harness, "tap9", Change.ADDED)


def test_a_system_without_netlink_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(protocol: int, groups: int) -> KernelMessages:
        raise PermissionError(1, f"protocol {protocol} with groups {groups} is not for you")

    monkeypatch.setattr(network, "KernelMessages", refused)
    condition = NetworkSensor().probe()
    assert condition.health is Health.UNAVAILABLE
    assert "cannot be read" in in_language(condition.reason, "en")
    assert "AF_NETLINK" in in_language(condition.remedy, "zh")
    with running(NetworkSensor()) as harness:
        error = harness.wait_for_end()
        assert isinstance(error, SensorError)
        assert "run the agent as its systemd unit does" in str(error)
