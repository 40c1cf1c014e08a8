"""What is written inside an executable about itself: its original file name, its maker, what it is.

A renamed program still carries them; a changed one may not, so their absence says nothing. Read by the system's own
version.dll (GetFileVersionInfoW, VerQueryValueW), which maps the file as data and runs nothing of it.
"""

import ctypes
from ctypes import wintypes
from dataclasses import dataclass

from jiankao_agent.platform.windows.libraries import load

MAX_LENGTH = 256
"""Characters that are kept of a text: an executable may hold a novel."""
_LANGUAGES = ("040904B0", "040904E4", "000004B0", "080404B0")
"""English in Unicode and Latin-1, neutral, Chinese: tried where the file does not name its languages."""

_version = load("version")
_version.GetFileVersionInfoSizeW.argtypes = (wintypes.LPCWSTR, ctypes.POINTER(wintypes.DWORD))
_version.GetFileVersionInfoSizeW.restype = wintypes.DWORD
_version.GetFileVersionInfoW.argtypes = (
    wintypes.LPCWSTR,
    wintypes.DWORD,
    wintypes.DWORD,
    ctypes.c_void_p,
)
_version.GetFileVersionInfoW.restype = wintypes.BOOL
_version.VerQueryValueW.argtypes = (
    ctypes.c_void_p,
    wintypes.LPCWSTR,
    ctypes.POINTER(ctypes.c_void_p),
    ctypes.POINTER(wintypes.UINT),
)
_version.VerQueryValueW.restype = wintypes.BOOL


@dataclass(frozen=True, slots=True)
class VersionInformation:
    """Texts are empty where the executable says nothing."""

    original_name: str = ""
    company: str = ""
    description: str = ""
    product: str = ""


def read_version_information(executable: str) -> VersionInformation:
    """Return what an executable says of itself; nothing when it cannot be read or has no such part."""
    ignored = wintypes.DWORD()
    size = _version.GetFileVersionInfoSizeW(executable, ctypes.byref(ignored))
    if not size:
        return VersionInformation()
    block = ctypes.create_string_buffer(size)
    if not _version.GetFileVersionInfoW(executable, 0, size, block):
        return VersionInformation()
    for language in (*_translations(block), *_LANGUAGES):
        found = VersionInformation(
            _text(block, language, "OriginalFilename"),
            _text(block, language, "CompanyName"),
            _text(block, language, "FileDescription"),
            _text(block, language, "ProductName"),
        )
        if found != VersionInformation():
            return found
    return VersionInformation()


def _query(block: "ctypes.Array[ctypes.c_char]", path: str) -> tuple[int, int]:
    """Return where a value lies and its length, (0, 0) when there is none."""
    value, length = ctypes.c_void_p(), wintypes.UINT()
    if not _version.VerQueryValueW(block, path, ctypes.byref(value), ctypes.byref(length)):
        return 0, 0
    return value.value or 0, length.value


def _translations(block: "ctypes.Array[ctypes.c_char]") -> list[str]:
    """Return the languages and character sets the file names, as VerQueryValue wants them."""
    where, length = _query(block, r"\VarFileInfo\Translation")
    if not where or length < 4:  # noqa: PLR2004 - two words of 16 bits
        return []
    language, characters = (ctypes.c_uint16 * 2).from_address(where)
    return [f"{language:04X}{characters:04X}"]


def _text(block: "ctypes.Array[ctypes.c_char]", language: str, name: str) -> str:
    where, length = _query(block, rf"\StringFileInfo\{language}\{name}")
    if not where or not length:
        return ""
    text = ctypes.wstring_at(where, min(length, MAX_LENGTH)).split("\0", 1)[0]
    return "".join(c if c.isprintable() else " " for c in text).strip()
