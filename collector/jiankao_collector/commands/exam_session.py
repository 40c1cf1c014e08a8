"""jiankao-collector exam-session."""

import argparse
import datetime as dt
import secrets
import time
from pathlib import Path

from jiankao_collector.commands.base import append, folder_of, label, new_parser, operator
from jiankao_collector.config import DataFolder
from jiankao_collector.errors import ConfigurationError
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_collector.knowledge import room_thresholds, weights
from jiankao_collector.knowledge.catalogue_file import SourceFile
from jiankao_collector.knowledge.policy import parse
from jiankao_proto.ids import ExamSessionId
from jiankao_proto.records import ExamSessionClosed, ExamSessionOpened, RoomThresholds

_MOST_ROOMS = 200
_LARGEST_POLICY = 64 * 1024


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    parser = new_parser(
        subparsers,
        "exam-session",
        "open, close or list exam sessions",
        "While one is open for a room, its seats are judged against the policy file, and its alerts belong to it.",
    )
    parser.add_argument("action", choices=("open", "close", "list"), help="what to do")
    parser.add_argument(
        "id", nargs="?", help="for close: the exam session; may be left out when only one is open"
    )
    parser.add_argument("--name", help="for open: what it is called on the console")
    parser.add_argument(
        "--room", action="append", default=[], help="for open: a room; may be given several times"
    )
    parser.add_argument(
        "--policy", type=Path, metavar="FILE", help="for open: the network policy, a TOML file"
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    folder = folder_of(arguments)
    if arguments.action != "close" and arguments.id is not None:
        raise ConfigurationError(
            f"exam-session {arguments.action} takes no id ({arguments.id!r}); open wants --room and --name"
        )
    if arguments.action == "open":
        rooms = tuple(dict.fromkeys(label(room, "room") for room in arguments.room))
        if not 0 < len(rooms) <= _MOST_ROOMS:
            raise ConfigurationError(f"exam-session open needs 1 to {_MOST_ROOMS} times --room")
        policy = _read_policy(arguments.policy) if arguments.policy else b""
        print(open_exam_session(folder, arguments.name or "", rooms, policy))
        return 0
    sessions = open_exam_sessions(folder)
    if arguments.action == "list":
        for opened, at_us in sessions.values():
            since = dt.datetime.fromtimestamp(at_us / 1e6, dt.UTC).isoformat(timespec="seconds")
            print(
                f"{opened.exam_session_id}\t{opened.name}\t{', '.join(opened.rooms)}\tsince {since}"
            )
        return 0
    wanted = arguments.id or (next(iter(sessions)) if len(sessions) == 1 else "")
    if wanted not in sessions:
        raise ConfigurationError(
            f"{wanted or 'which one?'}: no such open exam session; open are: {', '.join(sessions) or 'none'}"
        )
    append(folder, [ExamSessionClosed(ExamSessionId(wanted), operator())])
    print(f"{wanted}: closed")
    return 0


def open_exam_session(
    folder: DataFolder, name: str, rooms: tuple[str, ...], policy: bytes = b""
) -> str:
    """Open an exam session and return its id. Raises ConfigurationError when one of the rooms has one open."""
    for opened, _ in open_exam_sessions(folder).values():
        taken = sorted(set(opened.rooms) & set(rooms))
        if taken:
            raise ConfigurationError(
                f"room {taken[0]} has an open exam session, {opened.exam_session_id}; close it first"
            )
    stamp = dt.datetime.fromtimestamp(time.time(), dt.UTC).strftime("%Y%m%d-%H%M")
    session = ExamSessionId(f"es-{stamp}-{secrets.token_hex(2)}")
    title = label(name, "exam session") if name else session.value
    own = read_thresholds(folder, rooms)
    append(folder, [ExamSessionOpened(session, title, rooms, policy, operator(), own)])
    return session.value


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


def _read_policy(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror})") from error
    if len(data) > _LARGEST_POLICY:
        raise ConfigurationError(
            f"{path}: {len(data)} bytes; a policy has at most {_LARGEST_POLICY}"
        )
    try:
        parse(data.decode(), str(path))
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8 text (byte {error.start})") from None
    return data
