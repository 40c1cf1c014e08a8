"""The drives of Windows that come and go.

Pages: GetLogicalDrives, GetDriveTypeW, GetVolumeInformationW, SetThreadErrorMode, IOCTL_STORAGE_QUERY_PROPERTY with
STORAGE_DEVICE_DESCRIPTOR and STORAGE_BUS_TYPE (Microsoft Learn). A hard disk at USB calls itself fixed: its bus tells.
"""

import ctypes
import os
import time
from ctypes import wintypes
from string import ascii_uppercase

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.stop_signal import StopSignal
from jiankao_agent.platform.windows import handles
from jiankao_agent.platform.windows.drive_answers import (
    DISC,
    FIXED,
    REMOVABLE,
    Drive,
    DriveMedium,
    is_usb,
    media_of,
)
from jiankao_agent.platform.windows.libraries import load

_WAIT_S = 1.2
_LOOK_EVERY_S = 2.0
"""A card in a reader, a disc in a drive: the letter was there before."""
_NO_DIALOGS = 0x0001
_QUERY_PROPERTY = 0x002D_1400

_kernel32 = load("kernel32")
_kernel32.GetLogicalDrives.restype = wintypes.DWORD
_kernel32.GetDriveTypeW.argtypes = (wintypes.LPCWSTR,)
_kernel32.SetThreadErrorMode.argtypes = (wintypes.DWORD, ctypes.POINTER(wintypes.DWORD))
_kernel32.GetVolumeInformationW.argtypes = (
    wintypes.LPCWSTR,
    wintypes.LPWSTR,
    wintypes.DWORD,
    ctypes.POINTER(wintypes.DWORD),
    ctypes.POINTER(wintypes.DWORD),
    ctypes.POINTER(wintypes.DWORD),
    wintypes.LPWSTR,
    wintypes.DWORD,
)
_kernel32.DeviceIoControl.argtypes = (
    wintypes.HANDLE,
    wintypes.DWORD,
    ctypes.c_void_p,
    wintypes.DWORD,
    ctypes.c_void_p,
    wintypes.DWORD,
    ctypes.POINTER(wintypes.DWORD),
    ctypes.c_void_p,
)


class DriveWatch:
    """The drives, asked whenever a letter came or went, and every two seconds."""

    def __init__(self) -> None:
        self._letters: int | None = None
        self._looked_s = 0.0
        # A drive without a medium must not put a question on the candidate's screen.
        _kernel32.SetThreadErrorMode(_NO_DIALOGS, None)

    def wait(self, stopping: StopSignal, timeout_s: float) -> None:
        """Wait until it is time to ask, or as the signal's own wait does."""
        stopping.wait(min(timeout_s, _WAIT_S))

    def changed(self) -> bool:
        """Tell, without waiting, whether it is time to look."""
        letters, now_s = _kernel32.GetLogicalDrives(), time.monotonic()
        if letters == self._letters and now_s - self._looked_s < _LOOK_EVERY_S:
            return False
        self._letters, self._looked_s = letters, now_s
        return True

    def media(self) -> tuple[DriveMedium, ...]:
        """Return the media that come and go and are there now."""
        return media_of(read_drives(), os.environ.get("SystemDrive", "C:")[:1].upper())  # noqa: SIM112 - its name


def read_drives() -> list[Drive]:
    """Return the local drives. Raises SensorError when Windows tells of none."""
    letters = _kernel32.GetLogicalDrives()
    if not letters:
        raise SensorError("files: Windows lists no drives; restart the agent")
    found = []
    for place, letter in enumerate(ascii_uppercase):
        if letters >> place & 1:
            kind = _kernel32.GetDriveTypeW(f"{letter}:\\")
            if kind in {REMOVABLE, FIXED, DISC}:
                usb = kind == FIXED and is_usb(_descriptor(letter))
                found.append(Drive(letter, kind, _serial(letter), usb))
    return found


def _serial(letter: str) -> int | None:
    serial = wintypes.DWORD()
    done = _kernel32.GetVolumeInformationW(
        f"{letter}:\\", None, 0, ctypes.byref(serial), None, None, None, 0
    )
    return serial.value if done else None


def _descriptor(letter: str) -> bytes:
    """Ask a drive what it hangs on, without any right to its content; empty when it does not say."""
    try:
        handle = handles.open_existing(f"\\\\.\\{letter}:", 0, handles.SHARE_READ_WRITE)
    except OSError:
        return b""
    try:
        asked, answer, length = bytes(12), ctypes.create_string_buffer(1024), wintypes.DWORD()
        done = _kernel32.DeviceIoControl(
            handle, _QUERY_PROPERTY, asked, len(asked), answer, 1024, ctypes.byref(length), None
        )
        return answer.raw[: length.value] if done else b""
    finally:
        handles.close(handle)
