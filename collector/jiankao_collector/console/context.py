"""What the console stands on, handed in by whoever starts it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from jiankao_collector.console.access import Access
from jiankao_collector.console.feed import Live
from jiankao_collector.evidence_log.writer import Appended
from jiankao_proto.ids import WorkstationId
from jiankao_proto.records import Record, RecordBody


@dataclass(frozen=True, slots=True)
class ConsoleContext:
    """Everything the console needs from outside.

    `record`: appends to the evidence log and returns once durable; raises EvidenceLogError.
    `timeline`: so many newest records of a workstation, oldest first; called in a worker thread, one call at a time;
    raises EvidenceLogError.
    `clock`: the collector's wall clock in microseconds since the epoch.
    `secure_cookies`: set when browsers reach the console over TLS.
    `rules_complaint`: why the room's own rules are not in force as they are written; every page says so.
    `heartbeat_seconds`: how often a stream says that it lives; a page that misses three beats calls itself not live.
    """

    live: Live
    access: Access
    record: Callable[[RecordBody], Awaitable[Appended]]
    timeline: Callable[[WorkstationId, int], list[Record]]
    clock: Callable[[], int]
    secure_cookies: bool
    heartbeat_seconds: float = 3.0
    rules_complaint: str = ""
