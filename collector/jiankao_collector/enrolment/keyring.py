"""Which workstation holds which key, as the evidence log's enrolment records say."""

from collections.abc import Iterable
from dataclasses import dataclass

from jiankao_proto.codec import record_digest, write_record
from jiankao_proto.ids import WorkstationId
from jiankao_proto.records import Record, WorkstationEnrolled


@dataclass(frozen=True, slots=True)
class Enrolled:
    """An enrolled workstation: its Ed25519 public key, and the digest its chain begins with."""

    workstation_id: WorkstationId
    identity_public_key: bytes
    genesis: bytes
    room: str
    seat: str


class Keyring:
    """Every enrolled workstation, found by its TLS certificate."""

    def __init__(self, enrolments: Iterable[Record]) -> None:
        self._by_certificate: dict[bytes, Enrolled] = {}
        self._by_seat: dict[tuple[str, str], list[str]] = {}
        for record in enrolments:
            self.add(record)

    def add(self, record: Record) -> None:
        """Take in an enrolment record; other records are ignored."""
        body = record.body
        if not isinstance(body, WorkstationEnrolled):
            return
        genesis = record_digest(write_record(record))
        self._by_certificate[body.certificate_sha256] = Enrolled(
            body.workstation_id, body.identity_public_key, genesis, body.room, body.seat
        )
        self._by_seat.setdefault((body.room, body.seat), []).append(body.workstation_id.value)

    def by_certificate(self, certificate_sha256: bytes) -> Enrolled | None:
        """Return the workstation a certificate (SHA-256 of its DER) was issued to."""
        return self._by_certificate.get(certificate_sha256)

    def of_seat(self, room: str, seat: str) -> tuple[str, ...]:
        """Return the ids enrolled for a seat so far, oldest first."""
        return tuple(self._by_seat.get((room, seat), ()))
