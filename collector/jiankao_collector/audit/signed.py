"""What was signed, checked: steps 4.2, 4.3, 5.2, 5.3 and 7 of audit.verify. Pure."""

from jiankao_collector.audit.findings import BadRecordError, Fault
from jiankao_proto.batch import BatchHeader
from jiankao_proto.codec import read_batch, read_statement
from jiankao_proto.envelope import BATCH_TYPE, ENROLMENT_TYPE, POLICY_TYPE, open_envelope
from jiankao_proto.errors import IntegrityError, MalformedError
from jiankao_proto.records import (
    EnvelopeAdmitted,
    ExamSessionOpened,
    PolicyChanged,
    WorkstationEnrolled,
)


def check_statement(enrolled: WorkstationEnrolled) -> None:
    """Check the workstation's own signed statement. Raises BadRecordError."""
    try:
        payload = open_envelope(
            enrolled.statement_envelope, ENROLMENT_TYPE, enrolled.identity_public_key
        )  # 4.2
        statement = read_statement(payload)
    except (MalformedError, IntegrityError) as error:
        raise BadRecordError(4, Fault.ENROLMENT, str(error)) from error
    for name in ("identity_public_key", "ticket_digest", "hostname"):  # 4.3
        if getattr(statement, name) != getattr(enrolled, name):
            raise BadRecordError(
                4, Fault.ENROLMENT, f"record and signed statement differ in {name}"
            )


def signed_header(admitted: EnvelopeAdmitted, enrolled: WorkstationEnrolled) -> BatchHeader:
    """Return the header of an admitted envelope as the workstation signed it. Raises BadRecordError."""
    try:
        payload = open_envelope(admitted.envelope, BATCH_TYPE, enrolled.identity_public_key)  # 5.2
        header = read_batch(payload).header
    except (MalformedError, IntegrityError) as error:
        raise BadRecordError(5, Fault.ENVELOPE, str(error)) from error
    if (header.workstation_id, header.sequence) != (
        admitted.workstation_id,
        admitted.sequence,
    ):  # 5.3
        raise BadRecordError(
            5,
            Fault.ENVELOPE,
            f"it was signed as batch {header.sequence} of workstation {header.workstation_id}",
        )
    return header


def check_policy(body: ExamSessionOpened | PolicyChanged) -> None:
    """Check a policy that somebody signed. Raises BadRecordError."""
    if not body.policy_envelope:
        if body.policy_public_key:
            raise BadRecordError(7, Fault.POLICY, "it names a signer and holds no signature")
        return
    try:
        text = open_envelope(body.policy_envelope, POLICY_TYPE, body.policy_public_key)  # 7.1
    except (MalformedError, IntegrityError) as error:
        raise BadRecordError(7, Fault.POLICY, str(error)) from error
    if text != body.policy_toml:  # 7.2
        raise BadRecordError(7, Fault.POLICY, "the signed text is not the one in force")
