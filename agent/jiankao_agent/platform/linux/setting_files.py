"""Settings of the network that are files: name servers, proxies, a connection that NetworkManager shares.

A file is read again when its inode, size or time of change differ: looking costs a few system calls a turn.

Sources: resolv.conf(5); systemd-resolved.service(8), whose /run/systemd/resolve/resolv.conf names the servers behind
its stub; pam_env(8) for /etc/environment; the keys below org.gnome.system.proxy, which the desktops of UOS and Kylin
use too; nm-dnsmasq-manager.c of NetworkManager, which keeps the number of its dnsmasq in /run/nm-dnsmasq-INTERFACE.pid.
"""

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from jiankao_agent.platform.linux.dconf_database import read_database
from jiankao_agent.platform.linux.session_homes import session_homes
from jiankao_proto.errors import MalformedError

_LARGEST = 4 << 20
_LONGEST = 200
_MOST = 32
_HOMES_EVERY_S = 5.0
_SHARED_EVERY_S = 5.0
"""How often the folder is listed whatever its time of change says, which has the grain of the kernel's clock."""
_SHARED = re.compile(r"nm-dnsmasq-([^/]{1,15})\.pid")
_VARIABLE = re.compile(
    r"\s*(?:export\s+)?(?P<name>(?:https?|ftp|all)_proxy)\s*=\s*(?P<quote>[\"']?)(?P<value>.*?)(?P=quote)\s*",
    re.IGNORECASE,
)
_PROXY_FOLDER = "/system/proxy/"


class Setting(NamedTuple):
    """One setting, as NetworkSettingChanged has it."""

    kind: str
    name: str
    value: str


_Place = tuple[Path, Callable[[bytes], list[Setting]]]


@dataclass(slots=True)
class _Read:
    stamp: tuple[int, ...]
    settings: frozenset[Setting]


class SettingFiles:
    """What the files say now."""

    def __init__(
        self, root: Path = Path("/"), homes: Callable[[], tuple[Path, ...]] | None = None
    ) -> None:
        """Look below `root`; `homes` are of those who have a session."""
        self._root = root
        self._homes = homes or (lambda: session_homes(root))
        self._read: dict[Path, _Read] = {}
        self._asked_s = -_HOMES_EVERY_S
        self._known_homes: tuple[Path, ...] = ()
        self._databases: tuple[Path, ...] = ()
        self._run = str(root / "run")
        self._run_stamp = -1
        self._listed_s = 0.0
        self._hotspots: frozenset[Setting] = frozenset()
        self._system: tuple[_Place, ...] = (
            (root / "etc/resolv.conf", name_servers),
            (root / "run/systemd/resolve/resolv.conf", name_servers),
            (root / "etc/environment", environment_proxies),
        )

    def read(self) -> frozenset[Setting]:
        """Return every setting found. What is not there or makes no sense sets nothing."""
        now = time.monotonic()
        if now - self._asked_s >= _HOMES_EVERY_S:
            self._asked_s = now
            if (homes := self._homes()) != self._known_homes:
                self._known_homes = homes
                self._databases = tuple(home / ".config/dconf/user" for home in homes)
        users = ((path, desktop_proxies) for path in self._databases)
        settings = {s for path, parse in (*self._system, *users) for s in self._of(path, parse)}
        return self._shared(now) | settings

    def _of(self, path: Path, parse: Callable[[bytes], list[Setting]]) -> frozenset[Setting]:
        try:
            seen = os.stat(path)  # noqa: PTH116 - again and again; Path.stat costs twice as much
            stamp = (seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
            known = self._read.get(path)
            if known is not None and known.stamp == stamp:
                return known.settings
            with path.open("rb") as file:
                data = file.read(_LARGEST)
        except OSError:
            self._read.pop(path, None)
            return frozenset()
        try:
            settings = frozenset(parse(data)[:_MOST])
        except MalformedError:
            settings = frozenset()  # not what it is called; the next change of it is read again
        self._read[path] = _Read(stamp, settings)
        return settings

    def _shared(self, now: float) -> frozenset[Setting]:
        try:
            stamp = os.stat(self._run).st_mtime_ns  # noqa: PTH116 - as above
            if stamp == self._run_stamp and now - self._listed_s < _SHARED_EVERY_S:
                return self._hotspots
            self._run_stamp, self._listed_s = stamp, now
            names = os.listdir(self._run)  # noqa: PTH208 - as above
        except OSError:
            self._run_stamp = -1
            return frozenset()
        found = (match for name in sorted(names) if (match := _SHARED.fullmatch(name)))
        self._hotspots = frozenset(
            Setting("hotspot", match[1], "on")
            for match, _ in zip(found, range(_MOST), strict=False)
        )
        return self._hotspots


def name_servers(data: bytes) -> list[Setting]:
    """Return the name servers of a resolv.conf."""
    found: list[Setting] = []
    for line in data.decode("utf-8", "replace").splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            address, _, _ = words[1].partition("%")
            try:
                found.append(Setting("dns_server", "", str(ip_address(address))))
            except ValueError:
                continue  # the resolver leaves such a line out, too
    return found


def environment_proxies(data: bytes) -> list[Setting]:
    """Return the proxies that /etc/environment sets for every session."""
    found: list[Setting] = []
    for line in data.decode("utf-8", "replace").splitlines():
        match = _VARIABLE.fullmatch(line)
        if match and (value := without_credentials(match["value"])):
            found.append(Setting("proxy", match["name"].lower().removesuffix("_proxy"), value))
    return found


def desktop_proxies(data: bytes) -> list[Setting]:
    """Return the proxies of a user's desktop out of his dconf database. Raises MalformedError."""
    values = read_database(data, _PROXY_FOLDER)
    mode = values.get(_PROXY_FOLDER + "mode")
    if mode == "auto":
        url = without_credentials(str(values.get(_PROXY_FOLDER + "autoconfig-url", "")))
        return [Setting("proxy", "pac", url or "(WPAD)")]
    if mode != "manual":
        return []
    found: list[Setting] = []
    for kind in ("http", "https", "ftp", "socks"):
        host = str(values.get(f"{_PROXY_FOLDER}{kind}/host", ""))
        port = values.get(f"{_PROXY_FOLDER}{kind}/port", 0)
        if host and (value := without_credentials(f"{host}:{port}")):
            found.append(Setting("proxy", kind, value))
    return found


def without_credentials(text: str) -> str:
    """Return `host:port` of a proxy's URL, or a script's URL without user, password and query; empty for none."""
    text = "".join(c for c in text.strip() if c.isprintable())
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    at = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    script = parts.scheme in {"http", "https", "file"} and len(parts.path) > 1
    return (f"{parts.scheme}://{at}{parts.path}" if script else at)[:_LONGEST]
