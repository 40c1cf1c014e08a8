"""What the agent runs in on Windows: signs of a virtual machine, of a sandbox, of a debugger.

Pages: CheckRemoteDebuggerPresent, GetModuleHandleW (Microsoft Learn). The registry's copy of the SMBIOS tables lies in
HKLM, HARDWARE, DESCRIPTION, System. The processor's own sign of a hypervisor (CPUID) cannot be read from Python, and
would say little: Windows itself runs under one where its memory protection (VBS) is on.
"""

import ctypes
import getpass
import sys
from ctypes import wintypes

from jiankao_agent.platform.machine_names import LONGEST, machine_name
from jiankao_agent.platform.windows.libraries import last_error, load
from jiankao_proto.observations import ProcessRef

UNNAMED_DEBUGGER = ProcessRef(0, "debugger")
"""Windows tells that there is one, not which program it is."""
_SYSTEM = r"HARDWARE\DESCRIPTION\System"
_MACHINE_VALUES = (
    (rf"{_SYSTEM}\BIOS", "SystemManufacturer"),
    (rf"{_SYSTEM}\BIOS", "SystemProductName"),
    (rf"{_SYSTEM}\BIOS", "BaseBoardManufacturer"),
    (rf"{_SYSTEM}\BIOS", "BIOSVendor"),
    (_SYSTEM, "SystemBiosVersion"),
    (_SYSTEM, "VideoBiosVersion"),
)
_SANDBOX_MODULES = {"sbiedll": "Sandboxie", "cmdvrt64": "Comodo sandbox"}
_SANDBOX_USERS = {"wdagutilityaccount": "Windows Sandbox"}

_kernel32 = load("kernel32")
_ntdll = load("ntdll")
_kernel32.GetCurrentProcess.restype = wintypes.HANDLE
_kernel32.CheckRemoteDebuggerPresent.argtypes = (wintypes.HANDLE, ctypes.POINTER(wintypes.BOOL))
_kernel32.GetModuleHandleW.argtypes = (wintypes.LPCWSTR,)
_kernel32.GetModuleHandleW.restype = wintypes.HMODULE


def texts_of(value: object) -> list[str]:
    """Return the texts of a registry value, one or several; none when it is of another type."""
    if isinstance(value, str):
        return [value[:LONGEST]]
    if isinstance(value, list):
        return [text[:LONGEST] for text in value if isinstance(text, str)][:16]
    return []


def virtual_machine() -> str:
    """Return what the virtual machine calls itself; empty when there is no sign of one."""
    said: list[str] = []
    for key, name in _MACHINE_VALUES:
        # Manufacturer and product come first, and stand for themselves even when they are empty.
        said += texts_of(_registry(key, name)) or [""]
    return machine_name(said)


def sandbox() -> str:
    """Return the kind of sandbox or stand-in for Windows; empty when there is no sign of one."""
    if hasattr(_ntdll, "wine_get_version"):
        return "Wine"
    for module, name in _SANDBOX_MODULES.items():
        if _kernel32.GetModuleHandleW(f"{module}.dll"):
            return name
    try:
        user = getpass.getuser()
    except (OSError, ImportError):  # nobody: a service has no name to give
        return ""
    return _SANDBOX_USERS.get(user.casefold(), "")


def debugger_of_this_process() -> ProcessRef:
    """Return that a debugger has taken hold of this process; pid 0 and no name when none has. Raises OSError."""
    present = wintypes.BOOL()
    if not _kernel32.CheckRemoteDebuggerPresent(
        _kernel32.GetCurrentProcess(), ctypes.byref(present)
    ):
        raise last_error()
    return UNNAMED_DEBUGGER if present.value else ProcessRef()


if sys.platform == "win32":
    import winreg

    def _registry(key: str, name: str) -> object:
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as opened:
                return winreg.QueryValueEx(opened, name)[0]
        except OSError:
            return None  # a machine that does not say gives no sign

else:

    def _registry(key: str, name: str) -> object:
        del key, name
        return None
