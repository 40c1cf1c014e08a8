"""jiankao-collector answers."""

import argparse
import csv
import datetime as dt
import os
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from jiankao_collector.commands.base import append, folder_of, label, new_parser, operator
from jiankao_collector.config import DataFolder
from jiankao_collector.errors import ConfigurationError
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_proto.ids import ExamSessionId
from jiankao_proto.records import AnswersRecorded, AnswerTime, ExamSessionOpened

COLUMNS = ("room", "seat", "answered_at")
QUESTION = "question"
"""The column a feed may have besides."""
MOST_OF_A_FILE = 1_000_000
OF_A_RECORD = 1000
"""Answers in one record of the evidence log."""
_AT_ONCE = 1 << 16
_LONGEST_LINE = 4096
_FEED = "standard input"


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    parser = new_parser(
        subparsers,
        "answers",
        "record when the exam server took down answers, to be compared with the hands at the seats",
        "CSV (UTF-8) with the columns room, seat, answered_at (ISO 8601 with its zone, or seconds since 1970, by the "
        "exam server's clock, which may be some seconds off), and, if you like, question: its number or name, the same "
        "for every candidate. Never what is asked, never what was answered. "
        "A file is taken whole or not at all; `-` follows standard input while the exam runs.",
    )
    parser.add_argument("file", metavar="FILE", help="the CSV file, or - for a live feed")
    parser.add_argument(
        "--exam-session", metavar="ID", help="which one; the one opened last when left out"
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    folder = folder_of(arguments)
    session = _exam_session(folder, arguments.exam_session)
    if arguments.file == "-":
        total = 0
        for some in _live(sys.stdin.fileno()):
            append(folder, [AnswersRecorded(session, operator(), tuple(some))])
            total += len(some)
        print(f"answers: {total} recorded for {session}")
        return 0
    answers = read_answers(Path(arguments.file))
    append(
        folder,
        [
            AnswersRecorded(session, operator(), answers[at : at + OF_A_RECORD])
            for at in range(0, len(answers), OF_A_RECORD)
        ],
    )
    print(f"answers: {len(answers)} recorded for {session}")
    return 0


def read_answers(path: Path) -> tuple[AnswerTime, ...]:
    """Read a file of answer times. Raises ConfigurationError naming the line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            answers = tuple(_answers(file, str(path)))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(f"{path}: cannot be read as CSV in UTF-8 ({error})") from error
    if not answers:
        raise ConfigurationError(f"{path}: holds no answers below its first line")
    return answers


def _answers(lines: Iterable[str], name: str) -> Iterator[AnswerTime]:
    reader = csv.reader(lines)
    columns = _columns(next(reader, []), name)
    for count, row in enumerate(reader):
        if count == MOST_OF_A_FILE:
            raise ConfigurationError(f"{name}: more than {MOST_OF_A_FILE} answers")
        yield _answer(row, columns, f"{name}: line {reader.line_num}")


def _columns(row: list[str], name: str) -> int:
    """Return how many columns there are, by the first line. Raises ConfigurationError."""
    if tuple(row) not in {COLUMNS, (*COLUMNS, QUESTION)}:
        raise ConfigurationError(
            f"{name}: line 1: the columns are {','.join(COLUMNS)}, and {QUESTION} if you like"
        )
    return len(row)


def _answer(row: list[str], columns: int, where: str) -> AnswerTime:
    if len(row) != columns:
        raise ConfigurationError(f"{where}: {len(row)} fields; there are {columns}")
    room, seat, at, *more = (field.strip() for field in row)
    question = more[0] if more else ""
    try:
        return AnswerTime(
            label(room, "room"),
            label(seat, "seat"),
            _microseconds(at),
            label(question, "question") if question else "",
        )
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: {error}") from error


def _microseconds(text: str) -> int:
    """Read a time. Raises ConfigurationError."""
    try:
        if text.replace(".", "", 1).isascii() and text.replace(".", "", 1).isdigit():
            moment = dt.datetime.fromtimestamp(float(text), dt.UTC)
        else:
            moment = dt.datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ConfigurationError(
            f"{text!r} is no time with its zone; write 2026-11-22T09:00:00.250+08:00, or seconds since 1970"
        )
    since = moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    if since < dt.timedelta(0):
        raise ConfigurationError(f"{text!r} is before 1970")
    return since // dt.timedelta(microseconds=1)


def _live(descriptor: int) -> Iterator[list[AnswerTime]]:
    """Yield the answers of a feed as they come. Raises ConfigurationError at the first line that cannot be read.

    What came before that line has been yielded by then.
    """
    texts = _lines(descriptor)
    header = next(texts, [""])
    columns = _columns(header[0].split(",") if header else [], _FEED)
    number = 1
    for lines in chain([header[1:]], texts):
        answers: list[AnswerTime] = []
        for line in lines:
            number += 1
            try:
                answers.append(_answer(_fields(line), columns, f"{_FEED}: line {number}"))
            except ConfigurationError:
                if answers:
                    yield answers
                raise
        for at in range(0, len(answers), OF_A_RECORD):
            yield answers[at : at + OF_A_RECORD]


def _fields(line: str) -> list[str]:
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return []  # a carriage return within the line: no answer


def _lines(descriptor: int) -> Iterator[list[str]]:
    """Yield the whole lines that arrive together."""
    pending = b""
    while chunk := os.read(descriptor, _AT_ONCE):
        *whole, pending = (pending + chunk).split(b"\n")
        if len(pending) > _LONGEST_LINE:
            raise ConfigurationError(f"{_FEED}: a line longer than {_LONGEST_LINE} bytes")
        if whole:
            yield [_text(line) for line in whole]
    if pending:
        yield [_text(pending)]


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8-sig").rstrip("\r")
    except UnicodeDecodeError:
        raise ConfigurationError(f"{_FEED}: {line[:40]!r} is not UTF-8") from None


def _exam_session(folder: DataFolder, wanted: str | None) -> ExamSessionId:
    reader = EvidenceLogReader(folder.evidence_log)
    try:
        known = [
            record.body.exam_session_id
            for record in reader.of_kinds(("exam_session_opened",))
            if isinstance(record.body, ExamSessionOpened)
        ]
    finally:
        reader.close()
    if wanted is None and known:
        return known[-1]
    for session in known:
        if session.value == wanted:
            return session
    raise ConfigurationError(
        f"{wanted}: no such exam session" if wanted else "no exam session was ever opened"
    )
