"""Whose client is it: the messages of the X11 extension X-Resource 1.2 and of the window manager's sign. Pure.

Sources: X Resource Extension (resproto), Extended Window Manager Hints 1.5 (_NET_SUPPORTING_WM_CHECK).
"""

import struct

from jiankao_proto.errors import MalformedError

EXTENSION = b"X-Resource"
VERSION = (1, 2)
_QUERY_VERSION, _QUERY_CLIENT_IDS = 0, 4
_LOCAL_PROCESS = 2
_INTERN_ATOM, _GET_PROPERTY = 16, 20
_WINDOW_TYPE = 33
MANAGER_SIGN = b"_NET_SUPPORTING_WM_CHECK"
_HEAD = 32
_MOST_PIDS = 64


def query_version(opcode: int) -> bytes:
    """Say which version this client speaks."""
    return struct.pack("=BBHBBxx", opcode, _QUERY_VERSION, 2, *VERSION)


def query_process(opcode: int, client: int) -> bytes:
    """Ask for the process of a client on this computer."""
    return struct.pack("=BBHIII", opcode, _QUERY_CLIENT_IDS, 4, 1, client, _LOCAL_PROCESS)


def read_process(reply: bytes) -> int:
    """Return the process number, 0 when the client is gone or on another computer. Raises MalformedError."""
    (count,) = _unpack("=I", reply, 8)
    place = _HEAD
    for _ in range(min(count, _MOST_PIDS)):
        mask, length = _unpack("=4xII", reply, place)
        if mask == _LOCAL_PROCESS and length:
            return _unpack("=I", reply, place + 12)[0]
        place += 12 + length
    return 0


def intern_manager_sign() -> bytes:
    """Ask for the number of the property by which a window manager shows itself, 0 while it has none."""
    return (
        struct.pack("=BBHHxx", _INTERN_ATOM, 1, 2 + len(MANAGER_SIGN) // 4, len(MANAGER_SIGN))
        + MANAGER_SIGN
    )


def read_atom(reply: bytes) -> int:
    """Return an atom. Raises MalformedError."""
    return _unpack("=I", reply, 8)[0]


def get_manager_window(root: int, sign: int) -> bytes:
    """Ask for the window manager's own window."""
    return struct.pack("=BBHIIIII", _GET_PROPERTY, 0, 6, root, sign, _WINDOW_TYPE, 0, 1)


def read_window(reply: bytes) -> int:
    """Return the window a property names, 0 when it is not there. Raises MalformedError."""
    bits, units = _unpack("=xB14xI", reply, 0)
    return _unpack("=I", reply, _HEAD)[0] if bits == 32 and units else 0  # noqa: PLR2004 - bits of a window


def _unpack(layout: str, data: bytes, place: int) -> tuple[int, ...]:
    try:
        return struct.unpack_from(layout, data, place)
    except struct.error:
        raise MalformedError(f"X server: an answer of {len(data)} bytes is cut short") from None
