"""The screens: QueryDisplayConfig, EnumDisplayDevicesW, EnumDisplaySettingsW (Microsoft Learn, winuser.h, wingdi.h)."""

import ctypes
from ctypes import wintypes
from typing import ClassVar

from jiankao_agent.platform.edid import parse_edid
from jiankao_agent.platform.windows import registry
from jiankao_agent.platform.windows.display_answers import (
    ADAPTER_NAME,
    MODE_BYTES,
    PATH_BYTES,
    TARGET_NAME,
    DisplayPath,
    enumerated_at,
    question,
    read_name,
    read_paths,
    read_target_name,
    vendor_in,
)
from jiankao_agent.platform.windows.libraries import load
from jiankao_agent.platform.windows.screen_seen import ScreenSeen, Technology

MOST_ADAPTERS = 64
_ACTIVE_PATHS = 2
_INSUFFICIENT_BUFFER = 122
_TRIES = 4
_ATTACHED, _MIRRORING = 0x1, 0x8
_INTERFACE_NAME = 1
_CURRENT = 0xFFFFFFFF
_WORDS = {
    Technology.HD15: "VGA",
    Technology.DVI: "DVI",
    Technology.HDMI: "HDMI",
    Technology.LVDS: "LVDS",
    Technology.DISPLAYPORT_EXTERNAL: "DP",
    Technology.DISPLAYPORT_EMBEDDED: "eDP",
    Technology.MIRACAST: "Miracast",
    Technology.INDIRECT_WIRED: "Indirect",
    Technology.INDIRECT_VIRTUAL: "Virtual",
    Technology.INTERNAL: "Internal",
}


class _Device(ctypes.Structure):
    """DISPLAY_DEVICEW."""

    _fields_: ClassVar = [
        ("cb", wintypes.DWORD),
        ("DeviceName", ctypes.c_wchar * 32),
        ("DeviceString", ctypes.c_wchar * 128),
        ("StateFlags", wintypes.DWORD),
        ("DeviceID", ctypes.c_wchar * 128),
        ("DeviceKey", ctypes.c_wchar * 128),
    ]


class _Mode(ctypes.Structure):
    """DEVMODEW; what is not named here is padding."""

    _fields_: ClassVar = [
        ("dmDeviceName", ctypes.c_wchar * 32),
        ("dmSpecVersion", wintypes.WORD),
        ("dmDriverVersion", wintypes.WORD),
        ("dmSize", wintypes.WORD),
        ("dmDriverExtra", wintypes.WORD),
        ("_before", ctypes.c_ubyte * 100),
        ("dmPelsWidth", wintypes.DWORD),
        ("dmPelsHeight", wintypes.DWORD),
        ("_after", ctypes.c_ubyte * 40),
    ]


_user32 = load("user32")
_user32.EnumDisplayDevicesW.argtypes = (
    wintypes.LPCWSTR,
    wintypes.DWORD,
    ctypes.POINTER(_Device),
    wintypes.DWORD,
)
_user32.EnumDisplayDevicesW.restype = wintypes.BOOL
_user32.EnumDisplaySettingsW.argtypes = (
    wintypes.LPCWSTR,
    wintypes.DWORD,
    ctypes.POINTER(_Mode),
)
_user32.EnumDisplaySettingsW.restype = wintypes.BOOL
for _function in (
    _user32.GetDisplayConfigBufferSizes,
    _user32.QueryDisplayConfig,
    _user32.DisplayConfigGetDeviceInfo,
):
    _function.restype = ctypes.c_long

Glance = tuple[object, ...]


def glance() -> Glance:
    """Return something that is another when screens have come, gone or changed. Cheap. Raises OSError."""
    adapters = tuple((a.DeviceName, a.DeviceID, a.StateFlags) for a in _adapters())
    try:
        return adapters, *query_paths()
    except OSError:
        return adapters, tuple(_size(name) for name, _, _ in adapters)


def query_paths() -> tuple[bytes, bytes]:
    """Return the active paths and their modes. Raises OSError where only a session at the screen may know."""
    paths, modes = wintypes.UINT(), wintypes.UINT()
    code = 0
    for _ in range(_TRIES):  # screens may come between the two calls
        code = _user32.GetDisplayConfigBufferSizes(
            _ACTIVE_PATHS, ctypes.byref(paths), ctypes.byref(modes)
        )
        if code:
            break
        path_bytes = ctypes.create_string_buffer(PATH_BYTES * paths.value)
        mode_bytes = ctypes.create_string_buffer(MODE_BYTES * modes.value)
        code = _user32.QueryDisplayConfig(
            _ACTIVE_PATHS,
            ctypes.byref(paths),
            path_bytes,
            ctypes.byref(modes),
            mode_bytes,
            None,
        )
        if not code:
            ends = PATH_BYTES * paths.value, MODE_BYTES * modes.value
            return path_bytes.raw[: ends[0]], mode_bytes.raw[: ends[1]]
        if code != _INSUFFICIENT_BUFFER:
            break
    raise OSError(code, "QueryDisplayConfig refuses")


def screens_of_paths(paths: bytes, modes: bytes) -> list[ScreenSeen]:
    """Return the screens on active paths. Raises MalformedError."""
    found: dict[str, ScreenSeen] = {}
    for path in read_paths(paths, modes):
        screen = _screen(path)
        found[screen.output] = screen
    return list(found.values())


def screens_of_adapters() -> list[ScreenSeen]:
    """Return what the older call tells: every picture's adapter and its first screen, but not which are clones."""
    return [
        _adapter_screen(adapter)
        for adapter in _adapters()
        if adapter.StateFlags & _ATTACHED and not adapter.StateFlags & _MIRRORING
    ]


def mirror_drivers() -> list[ScreenSeen]:
    """Return the drivers that get everything that is drawn."""
    both = _ATTACHED | _MIRRORING
    return [
        ScreenSeen(
            output=_short(adapter.DeviceName),
            picture="",
            adapter=adapter.DeviceID,
            name=adapter.DeviceString,
            mirror_driver=True,
        )
        for adapter in _adapters()
        if adapter.StateFlags & both == both
    ]


def _screen(path: DisplayPath) -> ScreenSeen:
    target = read_target_name(_ask(TARGET_NAME, path.target))
    vendor, name = _maker(target.device_path)
    word = next((w for t, w in _WORDS.items() if t == path.technology), "Display")
    return ScreenSeen(
        output=f"{word}-{path.target[1]}",
        picture=f"{path.source[0].hex()}-{path.source[1]}",
        width=path.width,
        height=path.height,
        technology=path.technology,
        adapter=read_name(ADAPTER_NAME, _ask(ADAPTER_NAME, path.target)),
        vendor=vendor,
        name=name or target.name,
    )


def _adapter_screen(adapter: _Device) -> ScreenSeen:
    monitor = _Device(cb=ctypes.sizeof(_Device))
    path = ""
    if _user32.EnumDisplayDevicesW(adapter.DeviceName, 0, ctypes.byref(monitor), _INTERFACE_NAME):
        path = monitor.DeviceID
    vendor, name = _maker(path)
    width, height = _size(adapter.DeviceName)
    return ScreenSeen(
        output=_short(adapter.DeviceName),
        picture="",
        width=width,
        height=height,
        adapter=adapter.DeviceID,
        vendor=vendor,
        name=name,
    )


def _maker(device_path: str) -> tuple[str, str]:
    """Return a monitor's maker and name, out of its EDID where the registry has that."""
    place = enumerated_at(device_path)
    data: registry.Value = None
    if place:
        try:
            data = registry.value(
                registry.Root.LOCAL_MACHINE,
                rf"SYSTEM\CurrentControlSet\Enum\{place}\Device Parameters",
                "EDID",
            )
        except OSError:
            data = None  # closed to us: its path still names the maker
    edid = parse_edid(data) if isinstance(data, bytes) else None
    return (edid.vendor, edid.name) if edid else (vendor_in(device_path), "")


def _ask(kind: int, which: tuple[bytes, int]) -> bytes:
    """Return an answer; one without names where Windows has none."""
    data = ctypes.create_string_buffer(question(kind, which), len(question(kind, which)))
    if _user32.DisplayConfigGetDeviceInfo(data):
        return question(kind, which)
    return data.raw


def _adapters() -> list[_Device]:
    found = []
    for index in range(MOST_ADAPTERS):
        adapter = _Device(cb=ctypes.sizeof(_Device))
        if not _user32.EnumDisplayDevicesW(None, index, ctypes.byref(adapter), 0):
            break
        found.append(adapter)
    return found


def _size(name: str) -> tuple[int, int]:
    mode = _Mode(dmSize=ctypes.sizeof(_Mode))
    if not _user32.EnumDisplaySettingsW(name, _CURRENT, ctypes.byref(mode)):
        return 0, 0
    return int(mode.dmPelsWidth), int(mode.dmPelsHeight)


def _short(name: str) -> str:
    return name.removeprefix("\\\\.\\")
