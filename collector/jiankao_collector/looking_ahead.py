"""Looking ahead in the log while judging is still behind: what records tell unjudged, and where the end is."""

from collections.abc import Callable

from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_collector.last_known import LastKnown
from jiankao_proto.codec import RECORD_KINDS, kind_name, read_batch, read_envelope, read_record
from jiankao_proto.errors import MalformedError
from jiankao_proto.records import ClockTick, EnvelopeAdmitted, EnvelopeRejected, Record

_BULK = {kind_name(body) for body in (EnvelopeAdmitted, EnvelopeRejected, ClockTick)}
_TOLD = tuple(kind for kind in RECORD_KINDS if kind not in _BULK)


class LookingAhead:
    """Notes every record once, in order, by whomever it is read first; `note` is told each."""

    def __init__(self, reader: EvidenceLogReader, note: Callable[[Record], None]) -> None:
        self._reader, self._note = reader, note
        self.last_known = LastKnown()
        self.noted = 0
        """The number of the first record that is not noted yet."""
        self.end = 0
        """The number the next record would have had when the end was looked at last."""

    def note(self, record: Record) -> None:
        """Note a record, unless it was."""
        if record.number >= self.noted:
            self.noted = record.number + 1
            self.last_known.see(record)
            self._note(record)

    def look(self) -> None:
        """Note what was recorded up to now. Raises EvidenceLogError."""
        last = self._reader.last()
        self.end = last.number + 1 if last else 0
        for record in self._reader.of_kinds(_TOLD, self.noted):
            self.note(record)
        self.noted = max(self.noted, self.end)

    def hear(self, since: int) -> None:
        """Note when each workstation was heard last since record `since`, and what its sensors said."""
        for workstation in self.last_known.roster.workstations():
            row = self._reader.last_envelope(workstation)
            if row is None or row.number < since:
                continue
            try:
                record = read_record(row.content)
                body = record.body
                if isinstance(body, EnvelopeAdmitted):
                    header = read_batch(read_envelope(body.envelope)[1]).header
                    self.last_known.hear(workstation, record.recorded_at_us, header.sensors)
            except MalformedError:
                continue  # whoever judges it will tell
