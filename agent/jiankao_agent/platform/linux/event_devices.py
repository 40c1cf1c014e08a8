"""Whether the kernel's input devices have sent anything: /dev/input/event*, read beside the X server.

Of an event only its type is looked at, never which key or how far (struct input_event of linux/input.h: two longs of
time, type, code, value). Where the devices cannot be read there are none, and nothing is said of them.
"""

import os
import re
import struct
from pathlib import Path

_NO_WAIT: int = getattr(os, "O_NONBLOCK", 0)  # Windows has none
_EVENT = struct.Struct("@llHHi")
_TYPE_AT = struct.calcsize("@ll")
_BY_HAND = frozenset({1, 2, 3})
"""EV_KEY, EV_REL, EV_ABS; lamps and sounds (EV_LED, EV_SND) are what programs send to a device."""
_NODE = re.compile(r"event[0-9]{1,5}")
_MOST = 64
_CHUNK = _EVENT.size * 256
_CHUNKS = 8
_LONGEST_NAME = 256


class EventDevices:
    """The devices that can be read now, by the kernel's name for them, which is X's too."""

    def __init__(
        self, folder: Path = Path("/dev/input"), classes: Path = Path("/sys/class/input")
    ) -> None:
        """Open what is there; a machine without such devices, or an agent that may not read them, has none."""
        self._folder, self._classes = folder, classes
        self._open: dict[str, tuple[int, str]] = {}
        self.look_again()

    def look_again(self) -> None:
        """Open devices that have come."""
        try:
            nodes = [entry.name for entry in self._folder.iterdir()]
        except OSError:
            return
        for node in sorted(nodes):
            if node in self._open or not _NODE.fullmatch(node) or len(self._open) >= _MOST:
                continue
            try:
                name = (self._classes / node / "device" / "name").read_bytes()[:_LONGEST_NAME]
                descriptor = os.open(self._folder / node, os.O_RDONLY | _NO_WAIT)
            except OSError:
                continue  # gone again, or not for us
            self._open[node] = (descriptor, name.decode("utf-8", "replace").strip())

    def active(self) -> set[str]:
        """Return the names of the devices that have sent something since the last call; those gone are let go."""
        found: set[str] = set()
        for node, (descriptor, name) in list(self._open.items()):
            try:
                for _ in range(_CHUNKS):
                    data = os.read(descriptor, _CHUNK)
                    if by_hand(data):
                        found.add(name)
                    if len(data) < _CHUNK:
                        break
            except BlockingIOError:
                continue
            except OSError:
                os.close(descriptor)
                del self._open[node]
        return found

    def close(self) -> None:
        """Let all devices go."""
        for descriptor, _ in self._open.values():
            os.close(descriptor)
        self._open.clear()


def by_hand(data: bytes) -> bool:
    """Tell whether events hold one that a hand makes; what is cut short at the end is no event."""
    return any(
        struct.unpack_from("=H", data, place + _TYPE_AT)[0] in _BY_HAND
        for place in range(0, len(data) - _EVENT.size + 1, _EVENT.size)
    )
