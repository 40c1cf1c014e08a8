"""Proxy settings: those of every user who is logged on, and those of services (WinHttpGetDefaultProxyConfiguration)."""

import ctypes
from ctypes import wintypes
from typing import ClassVar

from jiankao_agent.platform.windows import registry
from jiankao_agent.platform.windows.libraries import load
from jiankao_agent.platform.windows.proxy_seen import ProxySeen

_SETTINGS = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
_PEOPLE = "S-1-5-21-"
_CLASSES = "_Classes"
_NAMED_PROXY = 3


class _Configuration(ctypes.Structure):
    """WINHTTP_PROXY_INFO."""

    _fields_: ClassVar = [
        ("dwAccessType", wintypes.DWORD),
        ("lpszProxy", ctypes.c_void_p),
        ("lpszProxyBypass", ctypes.c_void_p),
    ]


_winhttp = load("winhttp")
_winhttp.WinHttpGetDefaultProxyConfiguration.argtypes = (ctypes.POINTER(_Configuration),)
_winhttp.WinHttpGetDefaultProxyConfiguration.restype = wintypes.BOOL
_kernel32 = load("kernel32")
_kernel32.GlobalFree.argtypes = (ctypes.c_void_p,)
_kernel32.GlobalFree.restype = ctypes.c_void_p


def read_proxies() -> list[ProxySeen]:
    """Return the settings there are. Raises OSError."""
    places = [(registry.Root.LOCAL_MACHINE, _SETTINGS)]
    places += [
        (registry.Root.USERS, f"{user}\\{_SETTINGS}")
        for user in registry.keys(registry.Root.USERS, "")
        if user.upper().startswith(_PEOPLE) and not user.endswith(_CLASSES)
    ]
    found = []
    for place in places:
        try:
            found.append(
                ProxySeen(
                    enabled=bool(registry.number(*place, "ProxyEnable")),
                    servers=registry.text(*place, "ProxyServer"),
                    script=registry.text(*place, "AutoConfigURL"),
                )
            )
        except PermissionError:
            continue  # another user's, and the agent is no administrator
    return [*found, _of_services()]


def _of_services() -> ProxySeen:
    answer = _Configuration()
    if not _winhttp.WinHttpGetDefaultProxyConfiguration(ctypes.byref(answer)):
        return ProxySeen()
    try:
        servers = ctypes.wstring_at(answer.lpszProxy) if answer.lpszProxy else ""
        return ProxySeen(enabled=answer.dwAccessType == _NAMED_PROXY, servers=servers)
    finally:
        for text in (answer.lpszProxy, answer.lpszProxyBypass):
            if text:
                _kernel32.GlobalFree(text)
