"""Windows's own protection of secrets on this computer: CryptProtectData, CryptUnprotectData (dpapi.h).

Machine scope: enrolment is done by an administrator, the agent runs as somebody else. What is protected so can be read
by every process on this computer that can read the file, and on no other computer: the folder's access-control list is
the other half of the protection.
"""

import ctypes
import sys
from ctypes import wintypes
from typing import ClassVar

if sys.platform == "win32":
    _UI_FORBIDDEN, _LOCAL_MACHINE = 0x1, 0x4

    class _Blob(ctypes.Structure):
        _fields_: ClassVar = [("cbData", wintypes.DWORD), ("pbData", ctypes.c_void_p)]

    _crypt32 = ctypes.WinDLL("crypt32", use_last_error=True)
    _kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    for _call in (_crypt32.CryptProtectData, _crypt32.CryptUnprotectData):
        _call.argtypes = (
            ctypes.POINTER(_Blob),
            ctypes.c_void_p,
            ctypes.POINTER(_Blob),
            ctypes.c_void_p,
            ctypes.c_void_p,
            wintypes.DWORD,
            ctypes.POINTER(_Blob),
        )
        _call.restype = wintypes.BOOL
    _kernel32.LocalFree.argtypes = (ctypes.c_void_p,)
    _kernel32.LocalFree.restype = ctypes.c_void_p

    def protect(secret: bytes, purpose: bytes) -> bytes:
        """Return what only this computer can turn back, and only for the same purpose. Raises OSError."""
        return _convert(_crypt32.CryptProtectData, secret, purpose)

    def unprotect(protected: bytes, purpose: bytes) -> bytes:
        """Return the secret. Raises OSError: another computer's, another purpose's, or damaged."""
        return _convert(_crypt32.CryptUnprotectData, protected, purpose)

    def _convert(call: "ctypes._NamedFuncPointer", data: bytes, purpose: bytes) -> bytes:
        data_buffer, purpose_buffer = (
            ctypes.create_string_buffer(b, len(b)) for b in (data, purpose)
        )
        given = _Blob(len(data), ctypes.addressof(data_buffer))
        entropy = _Blob(len(purpose), ctypes.addressof(purpose_buffer))
        made = _Blob()
        flags = _UI_FORBIDDEN | _LOCAL_MACHINE
        if not call(given, None, entropy, None, None, flags, made):
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            return ctypes.string_at(made.pbData, made.cbData)
        finally:
            ctypes.memset(made.pbData, 0, made.cbData)
            _kernel32.LocalFree(made.pbData)
