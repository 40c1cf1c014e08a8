"""The registry, read only. A key that is not there has no values and no keys below it."""

import sys
from enum import IntEnum

Value = str | int | bytes | list[str] | None


class Root(IntEnum):
    """HKEY_… numbers of winreg.h."""

    CURRENT_USER = 0x80000001
    LOCAL_MACHINE = 0x80000002
    USERS = 0x80000003


if sys.platform == "win32":
    import winreg

    def value(root: Root, path: str, name: str) -> Value:
        """Return a value, None when there is none. Raises OSError when it may not be read."""
        try:
            with winreg.OpenKey(root, path) as key:
                found: Value = winreg.QueryValueEx(key, name)[0]
        except FileNotFoundError:
            return None
        return found

    def keys(root: Root, path: str) -> list[str]:
        """Return the names of the keys below one. Raises OSError when they may not be read."""
        try:
            with winreg.OpenKey(root, path) as key:
                return [winreg.EnumKey(key, n) for n in range(winreg.QueryInfoKey(key)[0])]
        except FileNotFoundError:
            return []

else:

    def value(root: Root, path: str, name: str) -> Value:
        """Raise OSError: there is no registry."""
        raise OSError(f"{root.name}\\{path}\\{name}: there is no registry on this system")

    def keys(root: Root, path: str) -> list[str]:
        """Raise OSError: there is no registry."""
        raise OSError(f"{root.name}\\{path}: there is no registry on this system")


def text(root: Root, path: str, name: str) -> str:
    """Return a value that is a text; empty when it is none. Raises OSError."""
    found = value(root, path, name)
    return found if isinstance(found, str) else ""


def number(root: Root, path: str, name: str) -> int:
    """Return a value that is a number; 0 when it is none. Raises OSError."""
    found = value(root, path, name)
    return found if isinstance(found, int) else 0
