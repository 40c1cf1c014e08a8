"""What the log already holds of one workstation's chain."""

from jiankao_collector.enrolment.keyring import Enrolled
from jiankao_collector.errors import AlteredEvidenceError
from jiankao_collector.evidence_log.reader import EvidenceLogReader, Row
from jiankao_proto.chain import ChainHead, genesis
from jiankao_proto.codec import read_record
from jiankao_proto.envelope import envelope_digest
from jiankao_proto.errors import MalformedError
from jiankao_proto.records import EnvelopeAdmitted


def committed_head(reader: EvidenceLogReader, enrolled: Enrolled) -> ChainHead:
    """Return where a workstation's chain stands in the log. Raises EvidenceLogError."""
    row = reader.last_envelope(enrolled.workstation_id)
    if row is None:
        return genesis(enrolled.genesis)
    admitted = _admitted(row)
    return ChainHead(admitted.sequence + 1, envelope_digest(admitted.envelope))


def committed_digest(reader: EvidenceLogReader, enrolled: Enrolled, sequence: int) -> bytes | None:
    """Return the digest of the envelope committed at a sequence, if there is one. Raises EvidenceLogError."""
    row = reader.envelope(enrolled.workstation_id, sequence)
    return None if row is None else envelope_digest(_admitted(row).envelope)


def _admitted(row: Row) -> EnvelopeAdmitted:
    try:
        body = read_record(row.content).body
    except MalformedError as error:
        raise AlteredEvidenceError(row.number, f"cannot be read: {error}") from error
    if not isinstance(body, EnvelopeAdmitted):
        raise AlteredEvidenceError(row.number, "its columns say it is an envelope, its content not")
    return body
