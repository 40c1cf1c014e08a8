"""jiankao-collector exam-session."""

import argparse
import datetime as dt
import secrets
import sys
import time
from dataclasses import replace
from pathlib import Path

from jiankao_collector.commands.base import (
    append,
    append_decided,
    folder_of,
    label,
    new_parser,
    operator,
)
from jiankao_collector.commands.policy import read_file
from jiankao_collector.config import DataFolder
from jiankao_collector.errors import ConfigurationError
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_collector.knowledge import room_thresholds, weights
from jiankao_collector.knowledge.catalogue_file import SourceFile
from jiankao_collector.policy_admission import Admitted, admit, former_policies
from jiankao_collector.policy_keys import read_policy_keys
from jiankao_proto.ids import ExamSessionId
from jiankao_proto.records import (
    ExamSessionClosed,
    ExamSessionOpened,
    PolicyChanged,
    PolicyRefused,
    RoomThresholds,
)

_MOST_ROOMS = 200


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    parser = new_parser(
        subparsers,
        "exam-session",
        "open, close or list exam sessions, change the policy of one",
        "While one is open for a room, its seats are judged against the policy file, and its alerts belong to it.",
    )
    parser.add_argument("action", choices=("open", "policy", "close", "list"), help="what to do")
    parser.add_argument(
        "id",
        nargs="?",
        help="for close and policy: the exam session; may be left out when only one is open",
    )
    parser.add_argument("--name", help="for open: what it is called on the console")
    parser.add_argument(
        "--room", action="append", default=[], help="for open: a room; may be given several times"
    )
    parser.add_argument(
        "--policy",
        type=Path,
        metavar="FILE",
        help="for open and policy: the policy, signed (policy sign); a TOML file where no key is registered",
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    folder = folder_of(arguments)
    if arguments.action in {"open", "list"} and arguments.id is not None:
        raise ConfigurationError(
            f"exam-session {arguments.action} takes no id ({arguments.id!r}); open wants --room and --name"
        )
    if arguments.action == "open":
        rooms = tuple(dict.fromkeys(label(room, "room") for room in arguments.room))
        if not 0 < len(rooms) <= _MOST_ROOMS:
            raise ConfigurationError(f"exam-session open needs 1 to {_MOST_ROOMS} times --room")
        admitted = _admit(folder, arguments.policy, rooms) if arguments.policy else None
        print(open_exam_session(folder, arguments.name or "", rooms, admitted))
        if admitted is not None:
            print(admitted.said(), file=sys.stderr)
        return 0
    if arguments.action == "list":
        for opened, at_us in open_exam_sessions(folder).values():
            since = dt.datetime.fromtimestamp(at_us / 1e6, dt.UTC).isoformat(timespec="seconds")
            print(
                f"{opened.exam_session_id}\t{opened.name}\t{', '.join(opened.rooms)}\tsince {since}"
            )
        return 0
    if arguments.action == "policy":
        _change_policy(folder, _wanted(folder, arguments.id), arguments.policy)
        return 0
    closed: list[ExamSessionClosed] = []

    def close() -> list[ExamSessionClosed]:
        session = _wanted(folder, arguments.id).exam_session_id
        closed.append(ExamSessionClosed(session, operator()))
        return closed

    append_decided(folder, close)
    print(f"{closed[0].exam_session_id}: closed")
    return 0


def _wanted(folder: DataFolder, named: str | None) -> ExamSessionOpened:
    """Return the open exam session that was named, or the only one. Raises ConfigurationError."""
    sessions = open_exam_sessions(folder)
    wanted = named or (next(iter(sessions)) if len(sessions) == 1 else "")
    if wanted not in sessions:
        raise ConfigurationError(
            f"{wanted or 'which one?'}: no such open exam session; open are: {', '.join(sessions) or 'none'}"
        )
    return sessions[wanted][0]


def open_exam_session(
    folder: DataFolder, name: str, rooms: tuple[str, ...], policy: Admitted | None = None
) -> str:
    """Open an exam session and return its id. Raises ConfigurationError when one of the rooms has one open.

    Of two that open one for the same room at the same moment, one finds the other's.
    """
    stamp = dt.datetime.fromtimestamp(time.time(), dt.UTC).strftime("%Y%m%d-%H%M")
    session = ExamSessionId(f"es-{stamp}-{secrets.token_hex(2)}")
    title = label(name, "exam session") if name else session.value
    own = read_thresholds(folder, rooms)
    opened = ExamSessionOpened(session, title, rooms, b"", operator(), thresholds=own)
    if policy is not None:
        opened = replace(
            opened,
            policy_toml=policy.toml,
            policy_envelope=policy.envelope,
            policy_public_key=policy.public_key,
            policy_version=policy.version,
        )

    def unless_taken() -> list[ExamSessionOpened]:
        for other, _ in open_exam_sessions(folder).values():
            taken = sorted(set(other.rooms) & set(rooms))
            if taken:
                raise ConfigurationError(
                    f"room {taken[0]} has an open exam session, {other.exam_session_id}; close it first"
                )
        return [opened]

    append_decided(folder, unless_taken)
    return session.value


def _change_policy(folder: DataFolder, opened: ExamSessionOpened, path: Path | None) -> None:
    """Put another policy in force; one that is refused is recorded, so that the console shows it."""
    if path is None:
        raise ConfigurationError("exam-session policy needs --policy FILE")
    session = opened.exam_session_id
    admitted: list[Admitted] = []

    def change() -> list[PolicyChanged]:
        policy = _admit(folder, path, _wanted(folder, session.value).rooms)
        admitted.append(policy)
        return [
            PolicyChanged(
                session, policy.toml, operator(), policy.envelope, policy.public_key, policy.version
            )
        ]

    try:
        append_decided(folder, change)
    except ConfigurationError as error:
        append(folder, [PolicyRefused(session, str(error), operator())])
        raise ConfigurationError(f"{error}; the former policy stays in force") from error
    print(f"{session}: {admitted[0].said()}")


def _admit(folder: DataFolder, path: Path, rooms: tuple[str, ...]) -> Admitted:
    reader = EvidenceLogReader(folder.evidence_log)
    try:
        former = former_policies(reader.of_kinds(("exam_session_opened", "policy_changed")))
    finally:
        reader.close()
    return admit(read_file(path), str(path), rooms, read_policy_keys(folder), former)


def open_exam_sessions(folder: DataFolder) -> dict[str, tuple[ExamSessionOpened, int]]:
    """Return the open exam sessions by id, and when each was opened (microseconds)."""
    sessions: dict[str, tuple[ExamSessionOpened, int]] = {}
    reader = EvidenceLogReader(folder.evidence_log)
    try:
        for record in reader.of_kinds(("exam_session_opened", "exam_session_closed")):
            if isinstance(record.body, ExamSessionOpened):
                sessions[record.body.exam_session_id.value] = (record.body, record.recorded_at_us)
            elif isinstance(record.body, ExamSessionClosed):
                sessions.pop(record.body.exam_session_id.value, None)
    finally:
        reader.close()
    return sessions


def read_thresholds(folder: DataFolder, rooms: tuple[str, ...]) -> tuple[RoomThresholds, ...]:
    """Read the thresholds of those rooms that have their own in collector.toml. Raises ConfigurationError."""
    try:
        text = folder.settings.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{folder.settings}: cannot be read: {error}") from error
    source = SourceFile(str(folder.settings), text)
    return room_thresholds.of_rooms(source, rooms, weights.load().thresholds)
