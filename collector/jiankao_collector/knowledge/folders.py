r"""Install folders, each anchored at a place that Windows or Linux gives a name to.

An entry is written `%programfiles%\vendor\tool`, `c:\tool`, `/opt/tool` or `~/.tool`; what lies in the folder or
below it matches, and the folder's own path does. A part of a path is compared as a whole; one `*` may stand for the
changing end of a part of at least eight letters (`screenconnect client (*)`).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Generic, TypeVar

T = TypeVar("T")
ANCHORS: Final = frozenset(
    {
        "%programfiles%",
        "%programdata%",
        "%appdata%",
        "%localappdata%",
        "%temp%",
        "%userprofile%",
        "%systemroot%",
        "~",
    }
)
_PLACE: Final = re.compile(
    r"[a-z]:"
    r"(?:\\(?:"
    r"(?P<programfiles>program files(?: \(x86\)| \(arm\))?)"
    r"|(?P<programdata>programdata)"
    r"|users\\[^\\]+(?:\\appdata\\(?:(?P<temp>local\\temp)|(?P<localappdata>local)|(?P<appdata>roaming))"
    r"|(?P<userprofile>))"
    r"|(?:windows|winnt)(?:(?P<temp_of_windows>\\temp)|(?P<systemroot>))"
    r")(?=\\|$))?"
)
_HOME: Final = re.compile(r"(?:~|/home/[^/]+|/root)(?=/|$)")
_TOO_WIDE: Final = frozenset(
    "//" + place
    for place in (
        "bin", "etc", "etc/systemd", "etc/systemd/system", "home", "lib", "lib/systemd", "lib/systemd/system", "opt",
        "root", "run", "sbin", "snap", "snap/bin", "srv", "tmp", "usr", "usr/bin", "usr/lib", "usr/libexec",
        "usr/local", "usr/local/bin", "usr/local/lib", "usr/local/sbin", "usr/local/share", "usr/sbin", "usr/share",
        "usr/share/applications", "var", "var/lib", "var/log", "var/tmp",
    )
)  # fmt: skip
"""Folders of Linux that are nobody's own, joined as their parts are (the first of which is the root itself)."""
_KEPT: Final = 4096
_FIXED: Final = 8
_MOST_PARTS: Final = 24
_SYNONYMS: Final = {
    "%programfiles(x86)%": "%programfiles%",
    "%programw6432%": "%programfiles%",
    "%allusersprofile%": "%programdata%",
    "%windir%": "%systemroot%",
    "%systemdrive%": "c:",
}


@lru_cache(maxsize=_KEPT)
def parts(path: str) -> tuple[str, ...]:
    r"""Return the anchored parts of a path that a workstation reported; empty when it is none.

    `C:\Program Files (x86)\X\y.exe` and `D:\Program Files\X\y.exe` give ("%programfiles%", "x", "y.exe").
    """
    text = path.strip().strip('"').casefold()
    text = text.removeprefix("\\\\?\\").removeprefix("\\??\\")
    text = (
        text.replace("\\systemroot\\", "c:\\windows\\", 1)
        if text[:12] == "\\systemroot\\"
        else text
    )
    home = _HOME.match(text)
    if home is not None:
        return ("~", *filter(None, text[home.end() :].split("/")[:_MOST_PARTS]))
    if text[:1] == "/":
        return ("/", *filter(None, text.split("/")[: _MOST_PARTS + 1]))
    text = text.replace("/", "\\")
    # An entry may say where a place is from another one: it is compared as what lies there.
    text = text.replace("%userprofile%\\appdata\\", "c:\\users\\x\\appdata\\", 1)
    if text[:1] == "%":
        anchor, _, rest = text.partition("\\")
        return (_SYNONYMS.get(anchor, anchor), *filter(None, rest.split("\\")))[:_MOST_PARTS]
    found = _PLACE.match(text)
    if found is None:
        return ()
    anchor = f"%{found.lastgroup}%" if found.lastgroup else "c:"
    anchor = "%temp%" if found.lastgroup == "temp_of_windows" else anchor
    return (anchor, *filter(None, text[found.end() :].split("\\")))[:_MOST_PARTS]


def mistake_in(folder: str) -> tuple[str, str] | None:
    """Return what is wrong with a folder as an entry writes it, in Chinese and English; None when nothing is."""
    said = parts(folder)
    place = folder.partition("\\")[0]
    anchored = folder[:1] in ("/", "~") or place in ANCHORS or place == "c:"
    if not said or not anchored:
        return (
            f"{folder!r} 没有锚定：开头须是 %programfiles% 之类的位置、c:\\ 或 /",
            f"{folder!r} is not anchored: it must begin with a place such as %programfiles%, with c:\\ or with /",
        )
    if len(said) == 1:
        return (
            f"{folder!r} 只有位置，没有文件夹名",
            f"{folder!r} names a place only, no folder in it",
        )
    if "/".join(said) in _TOO_WIDE:
        return (
            f"{folder!r} 里有许多别的程序",
            f"{folder!r} holds many other programs",
        )
    for part in said[1:]:
        fixed, star, rest = part.partition("*")
        if "?" in part or (star and (len(fixed) < _FIXED or "*" in rest)):
            return (
                f"{part!r}：* 只能代替一个名称的末尾，前面至少 {_FIXED} 个字符",
                f"{part!r}: one * may stand for the end of a name of at least {_FIXED} characters",
            )
    return None


@dataclass(slots=True)
class _Node(Generic[T]):
    """A part of a path: what is known of the folder that ends here, and the parts that may follow."""

    what: T | None = None
    exact: "dict[str, _Node[T]]" = field(default_factory=dict)
    starred: "dict[tuple[str, str], _Node[T]]" = field(default_factory=dict)

    def below(self, part: str) -> "_Node[T]":
        fixed, star, rest = part.partition("*")
        if star:
            return self.starred.setdefault((fixed, rest), _Node())
        return self.exact.setdefault(part, _Node())

    def matching(self, part: str) -> "Iterator[_Node[T]]":
        exact = self.exact.get(part)
        if exact is not None:
            yield exact
        for (fixed, rest), node in self.starred.items():
            long_enough = len(part) >= len(fixed) + len(rest)
            if long_enough and part.startswith(fixed) and part.endswith(rest):
                yield node


class FolderIndex(Generic[T]):
    """Looks a path up: one step a part, whatever the number of folders known."""

    def __init__(self, folders: Iterable[tuple[str, T]]) -> None:
        self._root: _Node[T] = _Node()
        for folder, what in folders:
            node = self._root
            for part in parts(folder):
                node = node.below(part)
            node.what = what

    def find(self, path: str) -> T | None:
        """Return what belongs to the deepest known folder that the path lies in, or is."""
        best: T | None = None
        nodes = [self._root]
        for part in parts(path):
            nodes = [below for node in nodes for below in node.matching(part)]
            for node in nodes:
                if node.what is not None:
                    best = node.what
            if not nodes:
                break
        return best
