"""Messages the kernel sends by itself, through a netlink socket (netlink(7)). Only the kernel's own are believed."""

import errno
import select
import socket
import struct
import sys

_RECEIVE = 256 * 1024
_BUFFER = 1 << 20
"""Bytes the kernel keeps for us; a USB hub with everything behind it makes a few hundred messages at once."""
_NAMELESS_GROUP = (0, 0)
_DUMP = 0x301  # NLM_F_REQUEST | NLM_F_ROOT | NLM_F_MATCH

KOBJECT_UEVENT = 15
ROUTE = 0
_UEVENTS = 1


class MessagesLostError(OSError):
    """More came than the socket could hold: what is there has to be read anew."""


class KernelMessages:
    """One netlink socket. Every method raises OSError when the system does not let us."""

    def __init__(self, protocol: int, groups: int = _UEVENTS) -> None:
        """Open and listen; `groups` are bits."""
        self._socket = _netlink_socket(protocol)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            self._socket.bind((0, groups))
            self._socket.settimeout(0)
        except BaseException:
            self._socket.close()
            raise

    def fileno(self) -> int:
        """Return the socket's descriptor, to wait for messages by."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def ask_for_all(self, kind: int, sequence: int) -> None:
        """Ask rtnetlink for everything of a kind (an RTM_GET…); the answers come among the messages."""
        request = struct.pack("=IHHII", 20, kind, _DUMP, sequence, 0) + bytes(4)
        self._socket.sendto(request, _NAMELESS_GROUP)

    def receive(self, timeout_s: float) -> list[bytes]:
        """Return what has come, waiting at most `timeout_s` for the first. Raises MessagesLostError, OSError."""
        if timeout_s > 0:
            select.select([self._socket], [], [], timeout_s)
        messages: list[bytes] = []
        while len(messages) < 1000:  # noqa: PLR2004 - then let others have a turn
            try:
                data, sender = self._socket.recvfrom(_RECEIVE)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno == errno.ENOBUFS:
                    raise MessagesLostError(
                        error.errno, "messages of the kernel were lost"
                    ) from error
                raise
            if sender[0] == 0:  # a program could send the like
                messages.append(data)
        return messages


def _netlink_socket(protocol: int) -> socket.socket:
    if sys.platform == "win32":
        raise OSError(errno.EAFNOSUPPORT, "netlink is of Linux")
    else:  # noqa: RET506 - mypy reads a platform's branch only as an else
        return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
