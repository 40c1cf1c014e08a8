"""Xorg with its dummy driver: a real X server with sixteen plugs and no screen, for tests that plug screens in.

A mode given to a plug connects it; the server notices when somebody asks (`xrandr`).
Needs root and xserver-xorg-video-dummy.
"""

import contextlib
import os
import selectors
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.xserver import DEADLINE_S, XServer, stopped_after

_DRIVERS = (
    "/usr/lib/xorg/modules/drivers/dummy_drv.so",
    "/usr/lib64/xorg/modules/drivers/dummy_drv.so",
)
_CONFIGURATION = """
Section "ServerFlags"
  Option "AutoAddDevices" "false"
EndSection
Section "Device"
  Identifier "card"
  Driver "dummy"
  VideoRam 256000
EndSection
Section "Screen"
  Identifier "screen"
  Device "card"
  DefaultDepth 24
EndSection
"""
MODE = ("small", "25", "640", "656", "752", "800", "480", "490", "492", "525")


def why_not() -> str:
    """Return why it cannot run here; empty when it can."""
    if getattr(os, "geteuid", os.getpid)() != 0:
        return "Xorg with the dummy driver needs root here"
    if shutil.which("Xorg") is None or not any(Path(path).exists() for path in _DRIVERS):
        return "the packages xserver-xorg-core and xserver-xorg-video-dummy are needed"
    return "" if shutil.which("xrandr") else "the package x11-xserver-utils is needed"


@contextlib.contextmanager
def xorg_dummy(folder: Path) -> Iterator[XServer]:
    """Run it on a free display, DUMMY0 connected; `folder` holds its configuration and log."""
    if reason := why_not():
        pytest.skip(reason)
    configuration = folder / "xorg.conf"
    configuration.write_text(_CONFIGURATION)
    told, tells = os.pipe()
    command = ["Xorg", "-displayfd", str(tells), "-config", str(configuration), "-noreset"]
    command += [
        "-nolisten",
        "tcp",
        "-logfile",
        str(folder / "xorg.log"),
        "-novtswitch",
        "-sharevts",
    ]
    try:
        process = subprocess.Popen(
            command,
            pass_fds=(tells,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    finally:
        os.close(tells)
    with stopped_after(process):
        try:
            number = _line(told)
        finally:
            os.close(told)
        if not number:
            pytest.skip(f"Xorg does not start here ({process.wait()})")
        server = XServer(f":{number}", process)
        server.run("xrandr", "--newmode", *MODE)
        yield server


def _line(descriptor: int) -> str:
    """Return the first line, or what came before the other end was closed."""
    deadline = time.monotonic() + DEADLINE_S
    data = b""
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while not data.endswith(b"\n"):
            left = deadline - time.monotonic()
            assert left > 0, "Xorg did not name its display"
            if selector.select(left):
                part = os.read(descriptor, 64)
                if not part:
                    break
                data += part
    return data.decode().strip()
