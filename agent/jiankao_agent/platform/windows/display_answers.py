"""What QueryDisplayConfig and DisplayConfigGetDeviceInfo answer (wingdi.h, Microsoft Learn): pure, from bytes."""

import re
import struct
from dataclasses import dataclass

from jiankao_agent.platform.windows.wide_texts import wide_text
from jiankao_proto.errors import MalformedError

PATH_BYTES, MODE_BYTES = 72, 64
SOURCE_NAME, TARGET_NAME, ADAPTER_NAME = 1, 2, 4
ANSWER_BYTES = {SOURCE_NAME: 84, TARGET_NAME: 420, ADAPTER_NAME: 276}
"""The kinds of answer and their sizes, a head of 20 bytes included."""
_HEAD = 20
_SOURCE_MODE = 1
_LARGEST = 65_535

_MONITOR_PATH = re.compile(
    r"\\\\\?\\DISPLAY#([A-Z0-9_]{1,40})#([A-Z0-9&_.]{1,80})#\{[0-9A-F-]{36}\}", re.IGNORECASE
)
_MODEL = re.compile(r"([A-Z]{3})[0-9A-F]{4}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DisplayPath:
    """A picture (`source`) and the screen that shows it (`target`), each an adapter's 8 bytes and a number."""

    source: tuple[bytes, int]
    target: tuple[bytes, int]
    technology: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class TargetName:
    """What a screen is called, and where it is below the Plug and Play manager."""

    name: str
    device_path: str


def read_paths(paths: bytes, modes: bytes) -> list[DisplayPath]:
    """Read the active paths and the sizes of their pictures. Raises MalformedError."""
    if len(paths) % PATH_BYTES or len(modes) % MODE_BYTES:
        raise MalformedError(f"display paths of {len(paths)} and modes of {len(modes)} bytes")
    found = []
    for place in range(0, len(paths), PATH_BYTES):
        source, source_id, mode = struct.unpack_from("<8sII", paths, place)
        target, target_id, _, technology = struct.unpack_from("<8sIII", paths, place + 20)
        width, height = _size(modes, mode)
        found.append(
            DisplayPath((source, source_id), (target, target_id), technology, width, height)
        )
    return found


def _size(modes: bytes, index: int) -> tuple[int, int]:
    if index >= len(modes) // MODE_BYTES:
        return 0, 0  # the number that says "none" among them
    place = index * MODE_BYTES
    kind, width, height = struct.unpack_from("<I12xII", modes, place)
    fits = kind == _SOURCE_MODE and width <= _LARGEST and height <= _LARGEST
    return (width, height) if fits else (0, 0)


def question(kind: int, which: tuple[bytes, int]) -> bytes:
    """Return the head of an answer that is asked for, with room for the rest."""
    size = ANSWER_BYTES[kind]
    return struct.pack("<II8sI", kind, size, *which) + bytes(size - _HEAD)


def read_target_name(data: bytes) -> TargetName:
    """Read a DISPLAYCONFIG_TARGET_DEVICE_NAME. Raises MalformedError."""
    _check(data, TARGET_NAME)
    return TargetName(wide_text(data[36:164]), wide_text(data[164:420]))


def read_name(kind: int, data: bytes) -> str:
    r"""Read the one name in an answer: a source's (\\.\DISPLAY1) or an adapter's path. Raises MalformedError."""
    _check(data, kind)
    return wide_text(data[_HEAD:])


def _check(data: bytes, kind: int) -> None:
    if len(data) != ANSWER_BYTES[kind]:
        raise MalformedError(f"a display answer of kind {kind} has {len(data)} bytes")


def enumerated_at(device_path: str) -> str:
    r"""Return where the registry keeps a monitor, below Enum: DISPLAY\DEL4098\5&1a2b3c&0&UID4352; empty for others."""
    found = _MONITOR_PATH.fullmatch(device_path)
    return f"DISPLAY\\{found[1]}\\{found[2]}" if found else ""


def vendor_in(device_path: str) -> str:
    """Return the three letters of the maker that Windows puts into a monitor's path; empty when there are none."""
    found = _MONITOR_PATH.fullmatch(device_path)
    model = _MODEL.fullmatch(found[1]) if found else None
    return model[1].upper() if model else ""
