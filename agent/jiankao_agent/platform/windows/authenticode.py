"""Who signed a file, when Windows itself trusts that signature: inside the file, or in one of Windows's catalogues.

Pages: WinVerifyTrust, WINTRUST_DATA, WINTRUST_FILE_INFO, WINTRUST_CATALOG_INFO, WTHelperProvDataFromStateData,
WTHelperGetProvSignerFromChain, WTHelperGetProvCertFromChain, CertGetNameStringW, CryptCATAdminAcquireContext2,
CryptCATAdminCalcHashFromFileHandle2, CryptCATAdminEnumCatalogFromHash, CryptCATCatalogInfoFromContext (Microsoft
Learn). Nothing is fetched from the network: revocation is not asked about, as an exam room is offline.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import wintypes
from typing import ClassVar

from jiankao_agent.platform.windows import handles
from jiankao_agent.platform.windows.libraries import load

MAX_LENGTH = 256
_NO_WINDOW, _NO_REVOCATION = 2, 0
_OF_FILE, _OF_CATALOGUE = 1, 2
_VERIFY, _CLOSE = 1, 2
_REVOCATION_NONE, _CACHE_ONLY = 0x0010, 0x1000
_SIMPLE_NAME = 4
_DIGESTS = ("SHA256", None)
"""Of the files a catalogue names; None: the SHA-1 of old ones."""
_MOST_CATALOGUES = 8
_LONGEST_PATH = 260


class _Guid(ctypes.Structure):
    _fields_: ClassVar = [
        ("Data1", wintypes.DWORD),
        ("Data2", wintypes.WORD),
        ("Data3", wintypes.WORD),
        ("Data4", ctypes.c_ubyte * 8),
    ]


_GENERIC_VERIFY = _Guid(
    0x00AAC56B, 0xCD44, 0x11D0, (0x8C, 0xC2, 0x00, 0xC0, 0x4F, 0xC2, 0x95, 0xEE)
)


class _File(ctypes.Structure):
    _fields_: ClassVar = [
        ("cbStruct", wintypes.DWORD),
        ("pcwszFilePath", wintypes.LPCWSTR),
        ("hFile", wintypes.HANDLE),
        ("pgKnownSubject", ctypes.c_void_p),
    ]


class _Catalogue(ctypes.Structure):
    _fields_: ClassVar = [
        ("cbStruct", wintypes.DWORD),
        ("dwCatalogVersion", wintypes.DWORD),
        ("pcwszCatalogFilePath", wintypes.LPCWSTR),
        ("pcwszMemberTag", wintypes.LPCWSTR),
        ("pcwszMemberFilePath", wintypes.LPCWSTR),
        ("hMemberFile", wintypes.HANDLE),
        ("pbCalculatedFileHash", ctypes.c_void_p),
        ("cbCalculatedFileHash", wintypes.DWORD),
        ("pcCatalogContext", ctypes.c_void_p),
        ("hCatAdmin", wintypes.HANDLE),
    ]


class _Data(ctypes.Structure):
    _fields_: ClassVar = [
        ("cbStruct", wintypes.DWORD),
        ("pPolicyCallbackData", ctypes.c_void_p),
        ("pSIPClientData", ctypes.c_void_p),
        ("dwUIChoice", wintypes.DWORD),
        ("fdwRevocationChecks", wintypes.DWORD),
        ("dwUnionChoice", wintypes.DWORD),
        ("pInfo", ctypes.c_void_p),
        ("dwStateAction", wintypes.DWORD),
        ("hWVTStateData", wintypes.HANDLE),
        ("pwszURLReference", wintypes.LPWSTR),
        ("dwProvFlags", wintypes.DWORD),
        ("dwUIContext", wintypes.DWORD),
        ("pSignatureSettings", ctypes.c_void_p),
    ]


class _ProvidedCertificate(ctypes.Structure):
    """The beginning of CRYPT_PROVIDER_CERT, which goes on."""

    _fields_: ClassVar = [("cbStruct", wintypes.DWORD), ("pCert", ctypes.c_void_p)]


class _CatalogueFile(ctypes.Structure):
    _fields_: ClassVar = [
        ("cbStruct", wintypes.DWORD),
        ("wszCatalogFile", wintypes.WCHAR * _LONGEST_PATH),
    ]


_wintrust, _crypt32 = load("wintrust"), load("crypt32")
_wintrust.WinVerifyTrust.argtypes = (
    wintypes.HWND,
    ctypes.POINTER(_Guid),
    ctypes.POINTER(_Data),
)
_wintrust.WinVerifyTrust.restype = ctypes.c_long
_wintrust.WTHelperProvDataFromStateData.argtypes = (wintypes.HANDLE,)
_wintrust.WTHelperProvDataFromStateData.restype = ctypes.c_void_p
_wintrust.WTHelperGetProvSignerFromChain.argtypes = (
    ctypes.c_void_p,
    wintypes.DWORD,
    wintypes.BOOL,
    wintypes.DWORD,
)
_wintrust.WTHelperGetProvSignerFromChain.restype = ctypes.c_void_p
_wintrust.WTHelperGetProvCertFromChain.argtypes = (ctypes.c_void_p, wintypes.DWORD)
_wintrust.WTHelperGetProvCertFromChain.restype = ctypes.POINTER(_ProvidedCertificate)
_CATALOGUES = hasattr(_wintrust, "CryptCATAdminCalcHashFromFileHandle2")
"""Windows 8 and later; Wine has none."""
if _CATALOGUES:
    _wintrust.CryptCATAdminAcquireContext2.argtypes = (
        ctypes.POINTER(wintypes.HANDLE),
        ctypes.c_void_p,
        wintypes.LPCWSTR,
        ctypes.c_void_p,
        wintypes.DWORD,
    )
    _wintrust.CryptCATAdminCalcHashFromFileHandle2.argtypes = (
        wintypes.HANDLE,
        wintypes.HANDLE,
        ctypes.POINTER(wintypes.DWORD),
        ctypes.c_void_p,
        wintypes.DWORD,
    )
    _wintrust.CryptCATAdminEnumCatalogFromHash.argtypes = (
        wintypes.HANDLE,
        ctypes.c_void_p,
        wintypes.DWORD,
        wintypes.DWORD,
        ctypes.POINTER(wintypes.HANDLE),
    )
    _wintrust.CryptCATAdminEnumCatalogFromHash.restype = wintypes.HANDLE
    _wintrust.CryptCATCatalogInfoFromContext.argtypes = (
        wintypes.HANDLE,
        ctypes.POINTER(_CatalogueFile),
        wintypes.DWORD,
    )
    _wintrust.CryptCATAdminReleaseCatalogContext.argtypes = (
        wintypes.HANDLE,
        wintypes.HANDLE,
        wintypes.DWORD,
    )
    _wintrust.CryptCATAdminReleaseContext.argtypes = (wintypes.HANDLE, wintypes.DWORD)
_crypt32.CertGetNameStringW.argtypes = (
    ctypes.c_void_p,
    wintypes.DWORD,
    wintypes.DWORD,
    ctypes.c_void_p,
    wintypes.LPWSTR,
    wintypes.DWORD,
)


def signer_of(path: str) -> str:
    """Return the name of whoever signed a file; empty unless Windows trusts the signature. Takes its time."""
    file = _File(ctypes.sizeof(_File), path, None, None)
    return _verified(_OF_FILE, file) or (_signer_by_catalogue(path) if _CATALOGUES else "")


def one_line(name: str) -> str:
    """Return a certificate's name fit for a fact: printable, one line, not too long."""
    return "".join(c if c.isprintable() else " " for c in name[:MAX_LENGTH]).strip()


def _verified(choice: int, of: _File | _Catalogue) -> str:
    data = _Data(
        cbStruct=ctypes.sizeof(_Data),
        dwUIChoice=_NO_WINDOW,
        fdwRevocationChecks=_NO_REVOCATION,
        dwUnionChoice=choice,
        pInfo=ctypes.addressof(of),
        dwStateAction=_VERIFY,
        dwProvFlags=_REVOCATION_NONE | _CACHE_ONLY,
    )
    refused = _wintrust.WinVerifyTrust(
        handles.INVALID, ctypes.byref(_GENERIC_VERIFY), ctypes.byref(data)
    )
    try:
        return "" if refused else _name(data.hWVTStateData)
    finally:
        data.dwStateAction = _CLOSE
        _wintrust.WinVerifyTrust(handles.INVALID, ctypes.byref(_GENERIC_VERIFY), ctypes.byref(data))


def _name(state: int | None) -> str:
    provider = _wintrust.WTHelperProvDataFromStateData(state)
    signer = _wintrust.WTHelperGetProvSignerFromChain(provider, 0, 0, 0) if provider else None
    certificate = _wintrust.WTHelperGetProvCertFromChain(signer, 0) if signer else None
    if not certificate or not certificate.contents.pCert:
        return ""
    text = ctypes.create_unicode_buffer(MAX_LENGTH)
    _crypt32.CertGetNameStringW(certificate.contents.pCert, _SIMPLE_NAME, 0, None, text, MAX_LENGTH)
    return one_line(text.value)


def _signer_by_catalogue(path: str) -> str:
    """Most of what belongs to Windows is signed so: a signed list names the digest of the file."""
    try:
        handle = handles.open_existing(path, handles.READ, handles.SHARE_ALL)
    except OSError:
        return ""
    try:
        for algorithm in _DIGESTS:
            with _administration(algorithm) as admin:
                found = _look_up(admin, handle, path) if admin else ""
            if found:
                return found
    finally:
        handles.close(handle)
    return ""


@contextmanager
def _administration(algorithm: str | None) -> Iterator[int | None]:
    """Lend the catalogues; None where there are none."""
    admin = wintypes.HANDLE()
    if not _wintrust.CryptCATAdminAcquireContext2(ctypes.byref(admin), None, algorithm, None, 0):
        yield None
        return
    try:
        yield admin.value
    finally:
        _wintrust.CryptCATAdminReleaseContext(admin, 0)


def _look_up(admin: int, handle: int, path: str) -> str:
    digest, length = (ctypes.c_ubyte * 64)(), wintypes.DWORD(64)
    if not _wintrust.CryptCATAdminCalcHashFromFileHandle2(
        admin, handle, ctypes.byref(length), digest, 0
    ):
        return ""
    tag = bytes(digest[: length.value]).hex().upper()
    catalogue = wintypes.HANDLE()
    for _ in range(_MOST_CATALOGUES):
        # Each call lets go of the catalogue before; the last one found is let go of below.
        catalogue.value = _wintrust.CryptCATAdminEnumCatalogFromHash(
            admin, digest, length, 0, ctypes.byref(catalogue)
        )
        if not catalogue.value:
            return ""
        info = _CatalogueFile(ctypes.sizeof(_CatalogueFile))
        if _wintrust.CryptCATCatalogInfoFromContext(catalogue, ctypes.byref(info), 0):
            member = _Catalogue(
                cbStruct=ctypes.sizeof(_Catalogue),
                pcwszCatalogFilePath=info.wszCatalogFile,
                pcwszMemberTag=tag,
                pcwszMemberFilePath=path,
                hMemberFile=handle,
                pbCalculatedFileHash=ctypes.addressof(digest),
                cbCalculatedFileHash=length.value,
                hCatAdmin=admin,
            )
            if name := _verified(_OF_CATALOGUE, member):
                break
    else:
        name = ""
    _wintrust.CryptCATAdminReleaseCatalogContext(admin, catalogue, 0)
    return name
