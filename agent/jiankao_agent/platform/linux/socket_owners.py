"""Which process holds a socket: the search through /proc/PID/fd."""

import os
from collections.abc import Iterable

from jiankao_agent.platform.linux import proc_files

_SOCKET = "socket:["
_INIT = 1


def read_socket_inodes(pid: int) -> set[int]:
    """Return the inodes of the sockets a process holds; empty when it is gone or not ours to look into."""
    found: set[int] = set()
    folder = f"/proc/{pid}/fd"
    try:
        names = os.listdir(folder)  # noqa: PTH208 - thousands of names; no object for each
    except OSError:
        return found
    for name in names:
        try:
            target = os.readlink(f"{folder}/{name}")  # noqa: PTH115 - the same
        except OSError:
            continue  # closed meanwhile
        if target.startswith(_SOCKET):
            found.add(int(target[len(_SOCKET) : -1]))
    return found


class SocketOwners:
    """Finds owners. Processes that held a new socket lately are asked first, which is mostly enough."""

    def __init__(self) -> None:
        """Start with nobody known."""
        self._lately: dict[int, None] = {}

    def find(self, inodes: Iterable[int]) -> dict[int, int]:
        """Return the pid that holds each socket; what nobody visible holds is left out.

        Raises OSError when /proc is not mounted.
        """
        wanted = {inode for inode in inodes if inode}
        owners: dict[int, int] = {}
        if not wanted:
            return owners
        for pid in self._search_order():
            held = wanted & read_socket_inodes(pid)
            for inode in held:
                owners[inode] = pid
            if held:
                self._lately.pop(pid, None)
                self._lately[pid] = None
            wanted -= held
            if not wanted:
                break
        return owners

    def _search_order(self) -> list[int]:
        pids = proc_files.list_pids()
        for pid in self._lately.keys() - pids:
            del self._lately[pid]
        lately = list(reversed(self._lately))
        # The service manager holds copies of the sockets of services that it starts on demand: ask it last.
        # A new socket is mostly a new process's, and those have the highest numbers.
        rest = sorted(pids - self._lately.keys() - {_INIT}, reverse=True)
        return [*lately, *rest, _INIT]
