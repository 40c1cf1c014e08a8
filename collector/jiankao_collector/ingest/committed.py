"""What the log already holds of one workstation's chain."""

from jiankao_collector.enrolment.keyring import Enrolled
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_proto.chain import ChainHead, genesis
from jiankao_proto.codec import read_record
from jiankao_proto.envelope import envelope_digest
from jiankao_proto.records import EnvelopeAdmitted


def committed_head(reader: EvidenceLogReader, enrolled: Enrolled) -> ChainHead:
    """Return where a workstation's chain stands in the log."""
    row = reader.last_envelope(enrolled.workstation_id)
    if row is None:
        return genesis(enrolled.genesis)
    body = read_record(row.content).body
    assert isinstance(body, EnvelopeAdmitted)
    return ChainHead(body.sequence + 1, envelope_digest(body.envelope))


def committed_digest(reader: EvidenceLogReader, enrolled: Enrolled, sequence: int) -> bytes | None:
    """Return the digest of the envelope committed at a sequence, if there is one."""
    row = reader.envelope(enrolled.workstation_id, sequence)
    if row is None:
        return None
    body = read_record(row.content).body
    assert isinstance(body, EnvelopeAdmitted)
    return envelope_digest(body.envelope)
