"""A recording as JSON values, one after the other: plain, gzip or xz; JSON lines, an array, or objects set over lines.

Nothing here trusts the file. A value that cannot be read is told of with its line and the reading goes on behind it; a
file that breaks off (a cut-off download, a damaged archive) gives what came before. Memory is bounded by MAX_VALUE.
"""

import codecs
import gzip
import io
import json
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

MAX_VALUE = 4 << 20
"""Bytes (characters, in an array) of the longest record that is read."""
MAX_DEPTH = 24
"""How deeply values may be nested in a record: evtx_dump needs five, Winlogbeat six."""
_CHUNK = 1 << 18
_GZIP, _XZ = b"\x1f\x8b", b"\xfd7zXZ\x00"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BETWEEN = re.compile(r"(?:[\s,\[\]\x1e\ufeff]|Record \d+(?=\s))*")
"""What stands between the values of an array, and before each one of evtx_dump's."""
_NEXT = re.compile(r"(?:\n\s*|\}\s*,\s*)(?=\{)")
_NEAR_END = 16

TOO_LONG = f"longer than {MAX_VALUE >> 20} MiB"
TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep"


@dataclass(frozen=True, slots=True)
class Value:
    """A JSON value and the line it begins on, counted from 1."""

    line: int
    value: object


@dataclass(frozen=True, slots=True)
class Bad:
    """Something on a line that is no usable record, and why."""

    line: int
    reason: str


def read_values(path: Path, advance: Callable[[int], object]) -> Iterator[Value | Bad]:
    """Yield the values of a file in its order; `advance` is told of bytes as they are read. Raises OSError."""
    with path.open("rb", buffering=0) as file:
        counted = io.BufferedReader(_Counted(file, advance), _CHUNK)
        at = _Place()
        try:
            yield from _values(_as_utf8(_unpacked(counted)), at)
        except (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile) as error:
            yield Bad(at.line, f"the file cannot be read any further: {error}")


class _Counted(io.RawIOBase):
    """A file that tells how much of it has been read."""

    def __init__(self, file: io.FileIO, advance: Callable[[int], object]) -> None:
        self._file, self._advance = file, advance

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed knows WriteableBuffer only
        count = self._file.readinto(buffer) or 0
        self._advance(count)
        return int(count)


def _unpacked(file: "io.BufferedReader[Any]") -> "io.BufferedReader[Any]":
    magic = file.peek(len(_XZ))
    if magic.startswith(_GZIP):
        return io.BufferedReader(gzip.GzipFile(fileobj=file), _CHUNK)
    if magic.startswith(_XZ):
        return io.BufferedReader(lzma.LZMAFile(file), _CHUNK)
    return file


def _as_utf8(file: "io.BufferedReader[Any]") -> BinaryIO:
    """Return a file as UTF-8: PowerShell writes UTF-16 with a mark."""
    start = file.peek(3)
    if start.startswith(_UTF16):
        return codecs.EncodedFile(file, "utf-8", "utf-16", "replace")
    if start.startswith(codecs.BOM_UTF8):
        file.read(3)
    return file


@dataclass(slots=True)
class _Place:
    line: int = 1


def _values(stream: BinaryIO, at: _Place) -> Iterator[Value | Bad]:
    start = stream.read(_CHUNK)
    text = start.lstrip()
    first = text.split(b"\n", 1)[0].strip()
    if text.startswith(b"[") or first == b"{" or re.match(rb"Record \d+$", first):
        yield from _running(start, stream, at)
    else:
        yield from _lines(start, stream, at)


def _lines(start: bytes, stream: BinaryIO, at: _Place) -> Iterator[Value | Bad]:
    """Read JSON lines."""
    rest, too_long = start, False
    while True:
        *whole, rest = rest.split(b"\n")
        for line in whole:
            if too_long or len(line) > MAX_VALUE:
                yield Bad(at.line, TOO_LONG)
            else:
                yield from _line(line, at.line)
            too_long = False
            at.line += 1
        if len(rest) > MAX_VALUE:
            rest, too_long = b"", True
        chunk = stream.read(_CHUNK)
        if not chunk:
            break
        rest = chunk if too_long and b"\n" not in chunk else rest + chunk
    if too_long:
        yield Bad(at.line, TOO_LONG)
    else:
        yield from _line(rest, at.line)


def _line(line: bytes, number: int) -> Iterator[Value | Bad]:
    if not line.strip():
        return
    try:
        value = json.loads(line.decode("utf-8"), parse_constant=_refuse)
    except UnicodeDecodeError:
        yield Bad(number, "not UTF-8")
    except RecursionError:
        yield Bad(number, TOO_DEEP)
    except ValueError as error:
        yield Bad(number, f"not JSON: {error}")
    else:
        yield from _checked(number, value)


def _running(start: bytes, stream: BinaryIO, at: _Place) -> Iterator[Value | Bad]:
    """Read values that follow each other, with or without an array around them."""
    decode = codecs.getincrementaldecoder("utf-8")("replace")
    decoder = json.JSONDecoder(parse_constant=_refuse)
    text, position, ended = decode.decode(start), 0, False
    while True:
        gap = _BETWEEN.match(text, position)
        if gap is not None:
            at.line += text.count("\n", position, gap.end())
            position = gap.end()
        wants_more = len(text) - position < _NEAR_END and not ended
        if not wants_more:
            if position == len(text):
                return
            try:
                value, end = decoder.raw_decode(text, position)
            except (ValueError, RecursionError) as error:
                wants_more = (
                    not ended and len(text) - position < MAX_VALUE and _may_go_on(error, len(text))
                )
                if not wants_more:
                    yield Bad(at.line, _why(error, ended=ended))
                    there = _NEXT.search(text, position + 1)
                    end = there.end() if there else len(text)
                    at.line += text.count("\n", position, end)
                    position = end
            else:
                yield from _checked(at.line, value)
                at.line += text.count("\n", position, end)
                position = end
        if wants_more:
            chunk = stream.read(_CHUNK)
            ended = not chunk
            text, position = text[position:] + decode.decode(chunk, final=ended), 0


def _may_go_on(error: Exception, length: int) -> bool:
    """Tell whether a value may merely be cut off by the end of what has been read."""
    if not isinstance(error, json.JSONDecodeError):
        return False
    return error.msg.startswith("Unterminated string") or error.pos >= length - _NEAR_END


def _why(error: Exception, *, ended: bool) -> str:
    if isinstance(error, RecursionError):
        return TOO_DEEP
    if isinstance(error, json.JSONDecodeError):
        return "the file ends within a record" if ended else f"not JSON: {error.msg}"
    return f"not JSON: {error}"


def _checked(line: int, value: object) -> Iterator[Value | Bad]:
    """Yield a value, or each one of a list, unless it is nested too deeply."""
    for item in value if isinstance(value, list) else (value,):
        yield Bad(line, TOO_DEEP) if _too_deep(item) else Value(line, item)


def _too_deep(value: object) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        inner: list[object] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(v for v in item.values() if isinstance(v, dict | list))
            elif isinstance(item, list):
                inner.extend(v for v in item if isinstance(v, dict | list))
        if not inner:
            return False
        level = inner
    return True


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
