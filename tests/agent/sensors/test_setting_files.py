"""Name servers, proxies and hotspots as files hold them; databases of dconf as GVDB lays them out; garbage."""

import contextlib
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent.platform.linux import setting_files
from jiankao_agent.platform.linux.dconf_database import read_database
from jiankao_agent.platform.linux.setting_files import (
    SettingFiles,
    desktop_proxies,
    environment_proxies,
    name_servers,
    without_credentials,
)
from jiankao_proto.errors import MalformedError

ROOT = 0xFFFFFFFF


def database(values: dict[str, str | int]) -> bytes:
    """Return a database with every key below /, each in two parts: its folder and its name."""
    names = ["/", *values]
    count = len(names)
    items, body = b"", b""
    begin = 24 + 8 + 24 * count
    for number, name in enumerate(names):
        part = name.removeprefix("/").encode() if number else b"/"
        key_at = begin + len(body)
        body += part
        body += bytes(-len(body) % 8)
        value_at = begin + len(body)
        value = values.get(name, "")
        if number:
            body += (
                struct.pack("=i", value) + b"\0i"
                if isinstance(value, int)
                else value.encode() + b"\0\0s"
            )
        items += struct.pack(
            "=IIIHcxII",
            *(0, ROOT if not number else 0, key_at, len(part), b"v" if number else b"L"),
            *(value_at, begin + len(body)),
        )
    head = b"GVariant" + struct.pack("=IIII", 0, 0, 24, 24 + 8 + 24 * count)
    return head + struct.pack("=II", 0, 0) + items + body


MANUAL: dict[str, str | int] = {
    "/system/proxy/mode": "manual",
    "/system/proxy/http/host": "10.1.1.1",
    "/system/proxy/http/port": 3128,
    "/system/proxy/socks/host": "user:word@10.1.1.2",
    "/system/proxy/socks/port": 1080,
    "/org/gnome/other": "no",
}


def test_a_desktop_proxy_set_by_hand() -> None:
    assert read_database(database(MANUAL), "/org/") == {"/org/gnome/other": "no"}
    assert desktop_proxies(database(MANUAL)) == [
        ("proxy", "http", "10.1.1.1:3128"),
        ("proxy", "socks", "10.1.1.2:1080"),
    ]
    assert desktop_proxies(database(MANUAL | {"/system/proxy/mode": "none"})) == []
    assert desktop_proxies(database({"/org/gnome/other": "no"})) == []


def test_a_desktop_proxy_by_script() -> None:
    script = {
        "/system/proxy/mode": "auto",
        "/system/proxy/autoconfig-url": "http://u:p@h/a.pac?t=1",
    }
    assert desktop_proxies(database({**script})) == [("proxy", "pac", "http://h/a.pac")]
    assert desktop_proxies(database({"/system/proxy/mode": "auto"})) == [("proxy", "pac", "(WPAD)")]


def test_name_servers() -> None:
    text = (
        b"# no\nnameserver 10.0.0.53\nnameserver\nnameserver fe80::1%eth0\nnameserver dns.example\n"
    )
    assert name_servers(text) == [("dns_server", "", "10.0.0.53"), ("dns_server", "", "fe80::1")]


def test_proxies_of_the_environment() -> None:
    text = b"PATH=/bin\nHTTP_PROXY=\"http://10.1.1.1:3128\"\nexport all_proxy='socks5://h:1'\nno_proxy=x\n"
    assert environment_proxies(text) == [
        ("proxy", "http", "10.1.1.1:3128"),
        ("proxy", "all", "h:1"),
    ]
    assert environment_proxies(b"http_proxy=\nhttps_proxy=http://[::1\n") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://user:word@h:8080/", "h:8080"),
        ("user:word@h:8080", "h:8080"),
        ("socks5://[fd00::1]:1080", "[fd00::1]:1080"),
        ("https://u:p@h/proxy.pac?key=secret#x", "https://h/proxy.pac"),
        ("http://h:99999", ""),
        ("", ""),
    ],
)
def test_no_password_is_told(text: str, expected: str) -> None:
    assert without_credentials(text) == expected


def test_a_users_database_is_read_again_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setting_files, "_HOMES_EVERY_S", 0.0)
    user = tmp_path / "home/.config/dconf/user"
    user.parent.mkdir(parents=True)
    files = SettingFiles(tmp_path, lambda: (tmp_path / "home",))
    assert files.read() == frozenset()
    user.write_bytes(database(MANUAL))
    assert ("proxy", "http", "10.1.1.1:3128") in files.read()
    user.write_bytes(b"not a database")
    assert files.read() == frozenset()
    user.unlink()
    assert files.read() == frozenset()


@given(st.binary(max_size=300))
def test_garbage(data: bytes) -> None:
    good = database(MANUAL)
    assert all(s.value.isprintable() for s in [*name_servers(data), *environment_proxies(data)])
    without_credentials(data.decode("utf-8", "replace"))
    parse: Callable[[bytes], object]
    for parse in (desktop_proxies, lambda d: read_database(d, "")):
        for garbage in (data, b"GVariant" + data, good[:24] + data, good[: len(data)] + data):
            with contextlib.suppress(MalformedError):
                parse(garbage)
