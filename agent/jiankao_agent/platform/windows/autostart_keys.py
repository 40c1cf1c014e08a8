"""The registry's lists of what starts by itself, and the homes of this computer's users.

Pages: Run and RunOnce Registry Keys; RegQueryInfoKeyW, whose last-write time tells whether a list must be read again
(Microsoft Learn). The lists of other users are those whose registry is loaded: of everybody who is logged on.
"""

import hashlib
import sys
from collections.abc import Mapping
from pathlib import Path

MOST_USERS = 32
MOST_VALUES = 1000
_RUN = r"Microsoft\Windows\CurrentVersion"
_LISTS = tuple(
    rf"{root}\{_RUN}\{name}"
    for root in (r"SOFTWARE", r"SOFTWARE\WOW6432Node")
    for name in ("Run", "RunOnce", r"Policies\Explorer\Run")
)
_PROFILES = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"
_PERSONS = ("S-1-5-21-", "S-1-12-1-")
"""How the identifiers of people's accounts begin: of this computer or a domain, and of Azure."""

Values = Mapping[str, bytes]
"""What a list holds: the full name of each value and a digest of what it starts."""


def is_person(identifier: str) -> bool:
    """Tell whether a security identifier is an account of somebody, and not of a part of Windows."""
    return identifier.startswith(_PERSONS) and not identifier.endswith("_Classes")


def digest_of(data: object) -> bytes:
    """Return SHA-256 of a value; values of any type are told apart."""
    return hashlib.sha256(repr(data).encode("utf-8", "surrogatepass")).digest()


if sys.platform == "win32":
    import winreg

    class AutostartKeys:
        """Reads the lists, each only when it was written since."""

        def __init__(self) -> None:
            self._read: dict[str, tuple[int, dict[str, bytes]]] = {}

        def values(self) -> dict[str, bytes]:
            """Return every value of every list there is."""
            places = [(winreg.HKEY_LOCAL_MACHINE, "HKLM", name) for name in _LISTS]
            places += [
                (winreg.HKEY_USERS, "HKU", rf"{user}\{name}")
                for user in _users()
                for name in _LISTS
            ]
            found: dict[str, bytes] = {}
            read: dict[str, tuple[int, dict[str, bytes]]] = {}
            for root, root_name, name in places:
                full = rf"{root_name}\{name}"
                try:
                    with winreg.OpenKey(root, name, 0, _ACCESS) as key:
                        written = winreg.QueryInfoKey(key)[2]
                        known = self._read.get(full)
                        if known is None or known[0] != written:
                            known = (written, _values(key, full))
                except OSError:
                    continue  # there is no such list, or its user is logging off
                read[full] = known
                found |= known[1]
            self._read = read
            return found

    _ACCESS = winreg.KEY_READ | winreg.KEY_WOW64_64KEY

    def _values(key: winreg.HKEYType, full: str) -> dict[str, bytes]:
        found = {}
        for index in range(MOST_VALUES):
            try:
                name, data, _ = winreg.EnumValue(key, index)
            except OSError:
                break  # there are no more
            found[rf"{full}\{name}"] = digest_of(data)
        return found

    def _users() -> list[str]:
        return [name for name in _names(winreg.HKEY_USERS, "") if is_person(name)][:MOST_USERS]

    def _names(root: int, of: str) -> list[str]:
        found = []
        with winreg.OpenKey(root, of, 0, _ACCESS) as key:
            for index in range(MOST_VALUES):
                try:
                    found.append(winreg.EnumKey(key, index))
                except OSError:
                    break  # there are no more
        return found

    def homes() -> tuple[Path, ...]:
        """Return the home folder of everybody who has logged on to this computer once."""
        found = []
        try:
            for name in _names(winreg.HKEY_LOCAL_MACHINE, _PROFILES):
                if is_person(name):
                    with winreg.OpenKey(
                        winreg.HKEY_LOCAL_MACHINE, rf"{_PROFILES}\{name}", 0, _ACCESS
                    ) as key:
                        folder = winreg.QueryValueEx(key, "ProfileImagePath")[0]
                        found.append(Path(winreg.ExpandEnvironmentStrings(str(folder))))
        except OSError:
            pass  # without the list there is still the agent's own user
        return tuple(dict.fromkeys([*found, Path.home()]))[:MOST_USERS]

else:

    class AutostartKeys:
        """There is no registry here."""

        def values(self) -> dict[str, bytes]:
            """Return nothing."""
            return {}

    def homes() -> tuple[Path, ...]:
        """Return nobody's."""
        return ()
