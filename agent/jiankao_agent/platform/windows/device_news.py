"""Word of devices that come and go: CM_Register_Notification (Microsoft Learn, cfgmgr32.h; Windows 8 and newer)."""

import ctypes
import threading
from ctypes import wintypes
from typing import Any, ClassVar

from jiankao_agent.platform.windows.libraries import load

_ALL_DEVICES = 0x2  # CM_NOTIFY_FILTER_FLAG_ALL_DEVICE_INSTANCES
_OF_DEVICE_INSTANCES = 2  # CM_NOTIFY_FILTER_TYPE_DEVICEINSTANCE
_LONGEST_ID = 200


class _Filter(ctypes.Structure):
    """CM_NOTIFY_FILTER; of its union the largest part, which gives it its size."""

    _fields_: ClassVar = [
        ("cbSize", wintypes.DWORD),
        ("Flags", wintypes.DWORD),
        ("FilterType", ctypes.c_int),
        ("Reserved", wintypes.DWORD),
        ("InstanceId", ctypes.c_wchar * _LONGEST_ID),
    ]


_Callback = ctypes.CFUNCTYPE(  # of 64-bit Windows, which has one calling convention
    wintypes.DWORD,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_int,
    ctypes.c_void_p,
    wintypes.DWORD,
)


class DeviceNews:
    """Says when it is worth looking at the devices again."""

    def __init__(self) -> None:
        """Ask to be told. Raises OSError where Windows cannot tell."""
        self._library = load("cfgmgr32")
        self._stirred = threading.Event()
        self._handle = ctypes.c_void_p()
        try:
            register = self._library.CM_Register_Notification
        except AttributeError as error:
            raise OSError("this Windows has no CM_Register_Notification") from error
        register.argtypes = (
            ctypes.POINTER(_Filter),
            ctypes.c_void_p,
            _Callback,
            ctypes.POINTER(ctypes.c_void_p),
        )
        register.restype = wintypes.DWORD
        self._library.CM_Unregister_Notification.argtypes = (ctypes.c_void_p,)
        # Kept with the object: Windows calls it from threads of its own until it is told not to.
        self._callback: Any = _Callback(self._hear)
        wanted = _Filter(ctypes.sizeof(_Filter), _ALL_DEVICES, _OF_DEVICE_INSTANCES)
        refused = register(ctypes.byref(wanted), None, self._callback, ctypes.byref(self._handle))
        if refused:
            raise OSError(f"CM_Register_Notification refuses with code {refused}")

    def wait(self, timeout_s: float) -> bool:
        """Wait for a change; tell whether there was one since the last call."""
        if not self._stirred.wait(timeout_s):
            return False
        self._stirred.clear()
        return True

    def close(self) -> None:
        """Ask to be told no more."""
        self._library.CM_Unregister_Notification(self._handle)

    def _hear(self, *_: object) -> int:
        self._stirred.set()
        return 0
