"""The devices that are present: SetupDiGetClassDevsW, SetupDiGetDevicePropertyW (Microsoft Learn, setupapi.h).

Nothing is opened, installed or changed.
"""

import ctypes
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ctypes import wintypes
from typing import ClassVar

from jiankao_agent.platform.windows.device_node import DeviceNode
from jiankao_agent.platform.windows.libraries import last_error, load
from jiankao_agent.platform.windows.wide_texts import wide_text, wide_texts

MOST_DEVICES = 4096
"""Devices that are looked at; a computer with more is not an exam computer."""
_PRESENT_OF_ALL_CLASSES = 0x2 | 0x4
_INVALID = ctypes.c_void_p(-1).value
_LONGEST_ID = 512
_BYTES = 4096

# SPDRP_… numbers of setupapi.h.
_DESCRIPTION, _HARDWARE_IDS, _COMPATIBLE_IDS, _SERVICE, _CLASS, _FRIENDLY_NAME = 0, 1, 2, 4, 7, 12


class _Guid(ctypes.Structure):
    _fields_: ClassVar = [
        ("Data1", wintypes.DWORD),
        ("Data2", wintypes.WORD),
        ("Data3", wintypes.WORD),
        ("Data4", ctypes.c_ubyte * 8),
    ]


class _Key(ctypes.Structure):
    _fields_: ClassVar = [("fmtid", _Guid), ("pid", wintypes.ULONG)]


class _Information(ctypes.Structure):
    _fields_: ClassVar = [
        ("cbSize", wintypes.DWORD),
        ("ClassGuid", _Guid),
        ("DevInst", wintypes.DWORD),
        ("Reserved", ctypes.c_void_p),
    ]


def _key(first: int, second: int, third: int, rest: str, number: int) -> _Key:
    eight = (ctypes.c_ubyte * 8)(*bytes.fromhex(rest))
    return _Key(_Guid(first, second, third, eight), number)


# DEVPKEY_Device_BusReportedDeviceDesc and DEVPKEY_Device_Parent of devpkey.h.
_REPORTED_NAME = _key(0x540B947E, 0x8B40, 0x45BC, "a8a26a0b894cbda2", 4)
_PARENT = _key(0x4340A6C5, 0x93FA, 0x4706, "972c7b648008a5a7", 8)

_setupapi = load("setupapi")
_setupapi.SetupDiGetClassDevsW.argtypes = (
    ctypes.c_void_p,
    wintypes.LPCWSTR,
    wintypes.HWND,
    wintypes.DWORD,
)
_setupapi.SetupDiGetClassDevsW.restype = ctypes.c_void_p
_setupapi.SetupDiEnumDeviceInfo.argtypes = (
    ctypes.c_void_p,
    wintypes.DWORD,
    ctypes.POINTER(_Information),
)
_setupapi.SetupDiEnumDeviceInfo.restype = wintypes.BOOL
_setupapi.SetupDiGetDeviceInstanceIdW.argtypes = (
    ctypes.c_void_p,
    ctypes.POINTER(_Information),
    wintypes.LPWSTR,
    wintypes.DWORD,
    ctypes.c_void_p,
)
_setupapi.SetupDiGetDeviceInstanceIdW.restype = wintypes.BOOL
_setupapi.SetupDiGetDeviceRegistryPropertyW.argtypes = (
    ctypes.c_void_p,
    ctypes.POINTER(_Information),
    wintypes.DWORD,
    ctypes.c_void_p,
    ctypes.c_void_p,
    wintypes.DWORD,
    ctypes.POINTER(wintypes.DWORD),
)
_setupapi.SetupDiGetDeviceRegistryPropertyW.restype = wintypes.BOOL
_setupapi.SetupDiGetDevicePropertyW.argtypes = (
    ctypes.c_void_p,
    ctypes.POINTER(_Information),
    ctypes.POINTER(_Key),
    ctypes.POINTER(wintypes.ULONG),
    ctypes.c_void_p,
    wintypes.DWORD,
    ctypes.POINTER(wintypes.DWORD),
    wintypes.DWORD,
)
_setupapi.SetupDiGetDevicePropertyW.restype = wintypes.BOOL
_setupapi.SetupDiDestroyDeviceInfoList.argtypes = (ctypes.c_void_p,)
_setupapi.SetupDiDestroyDeviceInfoList.restype = wintypes.BOOL


def read_devices(known: Mapping[str, DeviceNode]) -> dict[str, DeviceNode]:
    """Return the devices that are present, by instance id. Raises OSError.

    What is `known` is not asked about again, unless its class was still to come: a driver is found a moment later.
    """
    found: dict[str, DeviceNode] = {}
    with _list() as devices:
        information = _Information(cbSize=ctypes.sizeof(_Information))
        text = ctypes.create_unicode_buffer(_LONGEST_ID)
        for index in range(MOST_DEVICES):
            if not _setupapi.SetupDiEnumDeviceInfo(devices, index, ctypes.byref(information)):
                break
            if not _setupapi.SetupDiGetDeviceInstanceIdW(
                devices, ctypes.byref(information), text, _LONGEST_ID, None
            ):
                continue  # gone since the list was made
            before = known.get(text.value)
            node = before if before and before.class_name else None
            found[text.value] = node or _describe(devices, information, text.value)
    return found


@contextmanager
def _list() -> Iterator[int]:
    devices = _setupapi.SetupDiGetClassDevsW(None, None, None, _PRESENT_OF_ALL_CLASSES)
    if devices in {None, _INVALID}:
        raise last_error()
    try:
        yield devices
    finally:
        _setupapi.SetupDiDestroyDeviceInfoList(devices)


def _describe(devices: int, information: _Information, instance_id: str) -> DeviceNode:
    def registered(which: int) -> bytes:
        return _registered(devices, information, which)

    return DeviceNode(
        instance_id=instance_id,
        class_name=wide_text(registered(_CLASS)),
        hardware_ids=wide_texts(registered(_HARDWARE_IDS)),
        compatible_ids=wide_texts(registered(_COMPATIBLE_IDS)),
        service=wide_text(registered(_SERVICE)),
        name=wide_text(registered(_FRIENDLY_NAME)) or wide_text(registered(_DESCRIPTION)),
        reported_name=wide_text(_property(devices, information, _REPORTED_NAME)),
        parent=wide_text(_property(devices, information, _PARENT)),
    )


def _registered(devices: int, information: _Information, which: int) -> bytes:
    """Return a property; nothing when there is none, or it is longer than any we want."""
    data, length = ctypes.create_string_buffer(_BYTES), wintypes.DWORD()
    done = _setupapi.SetupDiGetDeviceRegistryPropertyW(
        devices, ctypes.byref(information), which, None, data, _BYTES, ctypes.byref(length)
    )
    return data.raw[: min(length.value, _BYTES)] if done else b""


def _property(devices: int, information: _Information, key: _Key) -> bytes:
    data, length, kind = ctypes.create_string_buffer(_BYTES), wintypes.DWORD(), wintypes.ULONG()
    done = _setupapi.SetupDiGetDevicePropertyW(
        devices,
        ctypes.byref(information),
        ctypes.byref(key),
        ctypes.byref(kind),
        data,
        _BYTES,
        ctypes.byref(length),
        0,
    )
    return data.raw[: min(length.value, _BYTES)] if done else b""
