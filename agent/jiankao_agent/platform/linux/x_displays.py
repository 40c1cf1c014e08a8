"""Which X displays this workstation has, and the cookies that let the agent in.

A service has no DISPLAY of its own: the display is found by its socket, the cookie through the X server's command line
or the environment of programs on that display.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jiankao_agent.platform.linux import proc_files
from jiankao_agent.platform.linux.logind import LogindSessions
from jiankao_agent.platform.linux.process_look import read_arguments
from jiankao_agent.platform.linux.x11_wire import read_cookies

SOCKET_FOLDER = "/tmp/.X11-unix"  # noqa: S108 - the place every X server uses
_DISPLAY = re.compile(r"(?P<host>[^:/]*):(?P<number>[0-9]{1,5})(?:\.[0-9]+)?")
_NUMBER = re.compile(r":[0-9]+")
_SERVER = re.compile(r"X")
"""X, Xorg, Xvfb, Xwayland, Xvnc, Xephyr …"""
_SOCKET = re.compile(r"X([0-9]{1,5})")
_XAUTHORITY_LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True)
class XDisplay:
    """A display of this workstation."""

    number: int

    @property
    def name(self) -> str:
        """As DISPLAY has it."""
        return f":{self.number}"


def parse_display(text: str) -> XDisplay | None:
    """Read a DISPLAY variable; None when it names no display of this workstation (a forwarded one, say)."""
    found = _DISPLAY.fullmatch(text.strip())
    if not found or found["host"] not in {"", "unix"}:
        return None
    return XDisplay(int(found["number"]))


def local_display_numbers() -> list[int]:
    """Return the numbers of the displays that have a socket here, lowest first. Some may be stale."""
    try:
        names = [path.name for path in Path(SOCKET_FOLDER).iterdir()]
    except OSError:
        return []
    return sorted(int(found[1]) for name in names if (found := _SOCKET.fullmatch(name)))


def candidates(environment: Mapping[str, str]) -> list[XDisplay]:
    """Return the displays worth trying: the one DISPLAY names, else all that are here."""
    if named := parse_display(environment.get("DISPLAY", "")):
        return [named]
    return [XDisplay(number) for number in local_display_numbers()]


def is_wayland(environment: Mapping[str, str]) -> bool:
    """Tell whether the desktop is Wayland's, so that X shows only part of the input."""
    if environment.get("WAYLAND_DISPLAY") or environment.get("XDG_SESSION_TYPE") == "wayland":
        return True
    try:
        sessions = LogindSessions().read()
    except OSError:
        return False
    return any(
        s.type == "wayland" and s.session_class == "user" and s.state != "closing" for s in sessions
    )


def cookies(display: XDisplay, environment: Mapping[str, str]) -> list[bytes]:
    """Return the cookies that may open a display, the likeliest first; the last is empty (access by user)."""
    found: dict[bytes, None] = {}
    for path in _authority_files(display, environment):
        try:
            entries, _ = read_cookies(proc_files.read(path, _XAUTHORITY_LIMIT))
        except OSError:
            continue  # another user's, or gone with its session
        for entry in entries:
            if entry.display in {"", str(display.number)}:
                found[entry.cookie] = None
    return [*found, b""]


def _authority_files(display: XDisplay, environment: Mapping[str, str]) -> list[str]:
    paths: dict[str, None] = {}
    if named := environment.get("XAUTHORITY"):
        paths[named] = None
    if home := environment.get("HOME"):
        paths[f"{home}/.Xauthority"] = None
    try:
        pids = proc_files.list_pids()
    except OSError:
        pids = set()
    for pid in sorted(pids):
        arguments = read_arguments(pid)
        if not arguments:
            continue  # a kernel thread
        if (path := _authority_of_server(arguments, display)) or (
            path := _authority_in_environment(pid, display)
        ):
            paths[path] = None
    return list(paths)


def _authority_of_server(arguments: tuple[str, ...], display: XDisplay) -> str:
    """Return the -auth file of an X server's command line that may be `display`'s, or the empty string.

    A server told to pick its number itself (-displayfd, as display managers do) names none.
    """
    if "-auth" not in arguments[:-1] or not _SERVER.match(proc_files.program_name(arguments[0])):
        return ""
    named = [word for word in arguments if _NUMBER.fullmatch(word)]
    if named and display.name not in named:
        return ""
    return arguments[arguments.index("-auth") + 1]


def _authority_in_environment(pid: int, display: XDisplay) -> str:
    """Return XAUTHORITY of a program that runs on `display`, or the empty string."""
    try:
        data = proc_files.read(f"/proc/{pid}/environ")
    except OSError:
        return ""
    variables = dict(
        part.partition("=")[::2]
        for part in data.decode("utf-8", "replace").split("\0")
        if "=" in part
    )
    if parse_display(variables.get("DISPLAY", "")) != display:
        return ""
    home = variables.get("HOME", "")
    return variables.get("XAUTHORITY", "") or (f"{home}/.Xauthority" if home else "")
