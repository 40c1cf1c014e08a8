"""Real X servers for tests, with what runs on them: a window manager, x11vnc, a VNC client.

Everything waits for readiness by an event or a connection, takes free displays and ports, and stops what it started.
"""

import contextlib
import os
import selectors
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from Xlib import X, Xatom
from Xlib.display import Display

DEADLINE_S = 20.0


@dataclass(frozen=True)
class XServer:
    """One running X server."""

    display: str
    """As in DISPLAY: ":3"."""
    process: subprocess.Popen[bytes]

    def environment(self) -> dict[str, str]:
        """Return the tests' environment with this display in it."""
        return environment(self.display)

    def run(self, *command: str | Path) -> str:
        """Run a program on this display to its end; return what it printed. Raises CalledProcessError."""
        return subprocess.run(
            [str(word) for word in command],
            env=self.environment(),
            check=True,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
        ).stdout


def environment(display: str) -> dict[str, str]:
    """Return the tests' environment with `display` and no cookie of another one."""
    kept = {
        k: v
        for k, v in os.environ.items()
        if k not in {"XAUTHORITY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE"}
    }
    return {**kept, "DISPLAY": display}


def needs(*programs: str) -> None:
    """Skip the test where programs are missing, naming them."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        pytest.skip(f"not installed here: {', '.join(missing)}")


@contextlib.contextmanager
def stopped_after(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """End a process at the end of the block, by force when asking does not help."""
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(DEADLINE_S / 4)
            except subprocess.TimeoutExpired:
                process.kill()
        process.wait()


@contextlib.contextmanager
def xvfb(*arguments: str, width_px: int = 1024, height_px: int = 768) -> Iterator[XServer]:
    """Run Xvfb on a free display; `arguments` are added to its own."""
    needs("Xvfb")
    told, tells = os.pipe()
    screen = f"{width_px}x{height_px}x24"
    try:
        process = subprocess.Popen(
            [
                "Xvfb",
                "-displayfd",
                str(tells),
                "-screen",
                "0",
                screen,
                "-nolisten",
                "tcp",
                # Without it the server begins anew when its last client leaves, and turns away whoever comes meanwhile.
                "-noreset",
                *arguments,
            ],
            pass_fds=(tells,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    finally:
        os.close(tells)
    with stopped_after(process):
        try:
            # Xvfb writes its number when it is ready for clients.
            number = _line(told, process)
        finally:
            os.close(told)
        yield XServer(f":{number}", process)


def _line(descriptor: int, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + DEADLINE_S
    data = b""
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while not data.endswith(b"\n"):
            left = deadline - time.monotonic()
            assert left > 0, f"{process.args!r} said nothing in {DEADLINE_S} s"
            if selector.select(left):
                part = os.read(descriptor, 64)
                assert part, f"{process.args!r} ended with {process.wait()}"
                data += part
    return data.decode().strip()


@contextlib.contextmanager
def openbox(server: XServer) -> Iterator[subprocess.Popen[bytes]]:
    """Run the window manager openbox, ready when the root window names it."""
    needs("openbox")
    with contextlib.closing(Display(server.display)) as display:
        root = display.screen().root
        root.change_attributes(event_mask=X.PropertyChangeMask)
        sign = display.intern_atom("_NET_SUPPORTING_WM_CHECK")
        display.sync()
        with _started(server.environment(), "openbox", "--sm-disable") as process:
            deadline = time.monotonic() + DEADLINE_S
            while root.get_full_property(sign, Xatom.WINDOW) is None:
                assert process.poll() is None, f"openbox ended with {process.returncode}"
                assert time.monotonic() < deadline, "openbox did not announce itself"
                _wait_readable(display.fileno(), 0.2)
                while display.pending_events():
                    display.next_event()
            yield process


def _wait_readable(descriptor: int, seconds: float) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        selector.select(seconds)


@dataclass(frozen=True)
class VncServer:
    """A running x11vnc."""

    port: int
    process: subprocess.Popen[bytes]

    def client(self, *actions: str) -> None:
        """Let a real VNC client do `actions` (vncdo's words: move 100 100, click 1, type hello) and leave."""
        subprocess.run(
            [vncdo(), "-s", f"127.0.0.1::{self.port}", *actions],
            check=True,
            capture_output=True,
            timeout=DEADLINE_S,
        )


def vncdo() -> str:
    """Return the VNC client's command, which is installed beside this Python."""
    return str(Path(sys.executable).parent / "vncdo")


@contextlib.contextmanager
def x11vnc(server: XServer, program: str | Path = "x11vnc", *arguments: str) -> Iterator[VncServer]:
    """Run x11vnc on a free port of loopback, ready when it takes connections."""
    needs("x11vnc")
    port = free_port()
    words = (
        "-rfbport",
        str(port),
        "-localhost",
        "-forever",
        "-shared",
        "-nopw",
        "-quiet",
        *arguments,
    )
    with _started(
        server.environment(), str(program), "-display", server.display, *words
    ) as process:
        wait_for_port(port, process)
        yield VncServer(port, process)


@contextlib.contextmanager
def _started(of: Mapping[str, str], *command: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command,
        env=of,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with stopped_after(process):
        yield process


def free_port() -> int:
    """Return a TCP port of loopback that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when something takes connections on a port of loopback; fail when `process` ends before."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), DEADLINE_S).close()
        except ConnectionRefusedError:
            assert process.poll() is None, f"{process.args!r} ended with {process.returncode}"
            assert time.monotonic() < deadline, f"{process.args!r} does not listen on {port}"
            time.sleep(0.02)
        else:
            return
