"""One look at a file that others may be changing meanwhile: what it is, and a digest of what is in it.

Links are not followed: a link's content is where it points.
"""

import os
import stat
import sys
from dataclasses import dataclass
from hashlib import sha256

if sys.platform == "win32":
    from jiankao_agent.platform.windows.shared_files import open_shared

LARGEST = 32 * 1024 * 1024
"""Bytes of the largest file that is digested."""
_CHUNK = 1024 * 1024
_HEAD = 4
_PROGRAM_HEADS = (b"\x7fELF", b"MZ", b"#!")
_PROGRAM_SUFFIXES = (
    ".appimage", ".asar", ".bat", ".cmd", ".com", ".deb", ".desktop", ".dll", ".exe", ".hta", ".jar", ".js", ".lnk",
    ".msi", ".pif", ".ps1", ".py", ".rpm", ".run", ".scr", ".sh", ".so", ".vbs", ".wsf",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """A file at one moment. `sha256` is empty when it is too large, not asked for, or changed while it was read.

    `changed_ns`: the last change of its inode on Linux, the last write on Windows, which a program can set back.
    """

    size: int
    changed_ns: int
    inode: int
    program: bool
    sha256: bytes


def is_program(name: str, head: bytes) -> bool:
    """Tell by its first bytes or its name whether a file is something that runs."""
    return head.startswith(_PROGRAM_HEADS) or name.casefold().endswith(_PROGRAM_SUFFIXES)


def look(path: str, digest_up_to: int = LARGEST) -> Look | None:
    """Return what a path is now; None when there is no file or link, or it cannot be read."""
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            target = os.fsencode(os.readlink(path))  # noqa: PTH115 - bytes are wanted
            program = is_program(path, b"")
            return _of(status, sha256(target).digest(), program=program)
        if stat.S_ISREG(status.st_mode):
            return _regular(path, digest_up_to)
    except OSError:
        return None  # gone, or not ours to read: for a watcher it is not there
    return None


def _regular(path: str, digest_up_to: int) -> Look:
    descriptor = _open(path)
    with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123 - a descriptor
        status = os.fstat(descriptor)
        head = file.read(_HEAD) or b""
        total = sha256(head)
        left = digest_up_to - len(head) if status.st_size <= digest_up_to else 0
        while left > 0 and (part := file.read(min(_CHUNK, left))):
            total.update(part)
            left -= len(part)
        whole = 0 <= status.st_size <= digest_up_to and file.tell() >= status.st_size
        return _of(status, total.digest() if whole else b"", program=is_program(path, head))


def _open(path: str) -> int:
    if sys.platform == "win32":
        return open_shared(path)
    else:  # noqa: RET505 - mypy reads a platform's branch only as an else
        # Neither a pipe nor a link that was put in its place since may hold us.
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)


def _of(status: os.stat_result, digest: bytes, *, program: bool) -> Look:
    changed_ns = status.st_mtime_ns if sys.platform == "win32" else status.st_ctime_ns
    return Look(status.st_size, changed_ns, status.st_ino, program, digest)
