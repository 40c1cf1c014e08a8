"""Files as values: every packing and layout, and what is wrong in them is told of and read past."""

import gzip
import json
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from jiankao_collector.recordings.source import (
    MAX_DEPTH,
    MAX_VALUE,
    TOO_DEEP,
    TOO_LONG,
    Bad,
    Value,
    read_values,
)

THREE = [{"EventID": n, "Text": 'a "quoted" 监考 [text] {of} braces\n'} for n in (1, 2, 3)]
LINES = "".join(json.dumps(v, ensure_ascii=False) + "\n" for v in THREE)
LAYOUTS = {
    "lines": LINES,
    "lines, the last without an end": LINES.rstrip(),
    "lines with blank ones and CRLF": LINES.replace("\n", "\r\n\r\n"),
    "array": json.dumps(THREE),
    "array over lines": json.dumps(THREE, indent=2, ensure_ascii=False),
    "objects over lines": "\n".join(json.dumps(v, indent=2) for v in THREE),
    "evtx_dump": "".join(f"Record {n}\n{json.dumps(v, indent=2)}\n" for n, v in enumerate(THREE)),
    "arrays on lines": json.dumps(THREE[:2]) + "\n" + json.dumps(THREE[2:]),
}


def read(path: Path) -> list[Value | Bad]:
    return list(read_values(path, lambda _: None))


def contents(path: Path) -> list[object]:
    found = read(path)
    assert [bad for bad in found if isinstance(bad, Bad)] == []
    return [value.value for value in found if isinstance(value, Value)]


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress], ids=["plain", "gzip", "xz"])
def test_every_layout_and_packing_reads_alike(
    tmp_path: Path, text: str, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "recording"
    path.write_bytes(pack(text.encode()))
    assert contents(path) == THREE


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marks_of_powershell_are_understood(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "recording"
    path.write_text(LAYOUTS["array over lines"], encoding=encoding)
    assert contents(path) == THREE


@pytest.mark.parametrize("layout", ["lines", "array over lines"])
def test_values_longer_than_a_piece_of_the_file_are_whole(tmp_path: Path, layout: str) -> None:
    long = [{"EventID": 1, "Text": "x" * 700_000}, {"EventID": 2}]
    path = tmp_path / "recording"
    path.write_text(
        json.dumps(long, indent=1) if "array" in layout else "\n".join(map(json.dumps, long))
    )
    assert contents(path) == long


def test_bad_lines_are_named_and_read_past(tmp_path: Path) -> None:
    path = tmp_path / "recording"
    deep = "[" * (MAX_DEPTH + 3) + "]" * (MAX_DEPTH + 3)
    lines = [
        b'{"n": 1}',
        b"not json",
        b'{"n": "\xff"}',
        b'{"n": ' + b"[" * 100_000,
        b'{"n": ' + deep.encode() + b"}",
        b'{"n": NaN}',
        b'{"n": "' + b"x" * (MAX_VALUE + 10) + b'"}',
        b'{"n": 2}',
        b'{"n": ',
    ]
    path.write_bytes(b"\n".join(lines))
    found = read(path)
    assert [(v.line, v.value) for v in found if isinstance(v, Value)] == [
        (1, {"n": 1}),
        (8, {"n": 2}),
    ]
    reasons = {bad.line: bad.reason for bad in found if isinstance(bad, Bad)}
    assert list(reasons) == [2, 3, 4, 5, 6, 7, 9]
    assert reasons[2].startswith("not JSON")
    assert reasons[3] == "not UTF-8"
    assert reasons[4] == reasons[5] == TOO_DEEP
    assert "NaN" in reasons[6]
    assert reasons[7] == TOO_LONG


def test_a_bad_value_in_an_array_costs_itself_only(tmp_path: Path) -> None:
    path = tmp_path / "recording"
    path.write_text('[\n{"n": 1},\n{"n": oops, "m": 2},\n{"n": 3}\n]\n')
    assert read(path) == [
        Value(2, {"n": 1}),
        Bad(3, "not JSON: Expecting value"),
        Value(4, {"n": 3}),
    ]


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_what_came_before_a_damaged_end_is_kept(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    many = "".join(
        json.dumps({"n": n, "Text": f"{n * 7919 % 10007:x}" * 40}) + "\n" for n in range(6_000)
    )
    whole = pack(many.encode())
    path = tmp_path / "recording"
    path.write_bytes(whole[: len(whole) * 3 // 4])
    found = read(path)
    assert len(found) > 1000
    assert isinstance(found[-1], Bad)
    assert "cannot be read any further" in found[-1].reason


def test_an_array_that_breaks_off_says_so(tmp_path: Path) -> None:
    path = tmp_path / "recording"
    path.write_text('[{"n": 1},\n{"n": "tw')
    assert read(path) == [Value(1, {"n": 1}), Bad(2, "the file ends within a record")]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"[]", b"[\n]"])
def test_an_empty_file_holds_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "recording"
    path.write_bytes(content)
    assert read(path) == []
