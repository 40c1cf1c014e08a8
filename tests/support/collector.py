"""The collector's intake in this process: real gRPC servers with real TLS on loopback, a real evidence log on disk.

No live side and no console: the log holds what came in and nothing else.
"""

import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import grpc

from jiankao_collector.audit.stored import StoredLog
from jiankao_collector.audit.verify import verify
from jiankao_collector.clock import CollectorClock
from jiankao_collector.config import Address, Addresses, DataFolder
from jiankao_collector.enrolment.attempts import Attempts
from jiankao_collector.enrolment.certificates import Authority, load_authority
from jiankao_collector.enrolment.desk import EnrolmentDesk
from jiankao_collector.enrolment.keyring import Keyring
from jiankao_collector.enrolment.service import EnrolmentService
from jiankao_collector.enrolment.tickets import TicketOffice
from jiankao_collector.evidence_log.journal import Journal
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_collector.founding import found
from jiankao_collector.ingest.service import TelemetryService
from jiankao_collector.serving import GRPC_OPTIONS
from jiankao_proto.ids import WorkstationId
from jiankao_proto.messages import Policy
from jiankao_proto.records import Record, RecordBody
from jiankao_proto.ticket import fingerprint_of
from jiankao_proto.v1 import transport_pb2_grpc

ANY_PORT = Address("127.0.0.1", 0)
ANY_PORTS = Addresses(ANY_PORT, ANY_PORT, ANY_PORT)
HOUR_US = 3600 * 1_000_000


@dataclass
class Intake:
    """A running intake."""

    folder: DataFolder
    telemetry_at: Address
    enrolment_at: Address
    service: TelemetryService
    authority: Authority
    office: TicketOffice
    keyring: Keyring
    clock: CollectorClock
    policies: dict[WorkstationId, Policy] = field(default_factory=dict)

    def ticket(self, seat: str = "01", room: str = "101", life_us: int = HOUR_US) -> str:
        """Issue a ticket."""
        fingerprint = fingerprint_of(self.authority.certificate_der)
        until_us = self.clock.now_us() + life_us
        ((text, _),) = self.office.issue(fingerprint, room, [seat], until_us, "test")
        return text

    def records(self, *kinds: str) -> list[Record]:
        """Read the log on a connection of its own: what is there is committed."""
        reader = EvidenceLogReader(self.folder.evidence_log)
        try:
            return list(reader.of_kinds(kinds) if kinds else reader.records())
        finally:
            reader.close()

    def problem(self) -> object:
        """Verify the log as an auditor does; return what is wrong with it, None when it is whole."""
        return problem_of(self.folder.root)

    def bodies(self, kind: str) -> list[RecordBody]:
        """Return the bodies of the records of one kind."""
        return [record.body for record in self.records(kind)]


def problem_of(data: Path) -> object:
    """Verify the log in a data folder as an auditor does; return what is wrong with it, None when it is whole."""
    with StoredLog(data) as log:
        return verify(log.rows()).problem


def founded(root: Path) -> DataFolder:
    """Return a new data folder."""
    folder = DataFolder(root)
    found(folder, ANY_PORTS)
    return folder


@contextlib.asynccontextmanager
async def intake(folder: DataFolder) -> AsyncIterator[Intake]:
    """Serve telemetry and enrolment from a data folder."""
    async with contextlib.AsyncExitStack() as stack:
        reader = EvidenceLogReader(folder.evidence_log)
        stack.callback(reader.close)
        clock = CollectorClock()
        authority = load_authority(folder.keys, dt.datetime.now(dt.UTC))
        journal = Journal(folder.evidence_log, clock.now_us, clock.recorded)
        stack.push_async_callback(journal.close)
        keyring = Keyring(reader.of_kinds(("workstation_enrolled",)))
        office = TicketOffice(folder.tickets)
        stack.callback(office.close)
        policies: dict[WorkstationId, Policy] = {}
        service = TelemetryService(
            journal, reader, keyring, lambda who: policies.get(who, Policy()), clock.now_us
        )
        desk = EnrolmentDesk(
            authority,
            office,
            keyring,
            journal.append,
            clock.now_us,
            lambda: dt.datetime.now(dt.UTC),
        )
        enrolment = EnrolmentService(desk, authority, Attempts(clock.now_us))
        pair = [(authority.server_key_pem, authority.server_certificate_pem)]
        mutual = grpc.ssl_server_credentials(
            pair, authority.certificate_pem, require_client_auth=True
        )
        telemetry_server, telemetry_at = _bound(mutual)
        transport_pb2_grpc.add_TelemetryServicer_to_server(service, telemetry_server)  # type: ignore[no-untyped-call] # generated
        enrolment_server, enrolment_at = _bound(grpc.ssl_server_credentials(pair))
        transport_pb2_grpc.add_EnrolmentServicer_to_server(enrolment, enrolment_server)  # type: ignore[no-untyped-call] # generated
        for server in (telemetry_server, enrolment_server):
            await server.start()
            stack.push_async_callback(server.stop, 1.0)
        stack.push_async_callback(service.stop)
        yield Intake(
            folder, telemetry_at, enrolment_at, service, authority, office, keyring, clock, policies
        )


def _bound(credentials: grpc.ServerCredentials) -> tuple[grpc.aio.Server, Address]:
    server = grpc.aio.server(options=GRPC_OPTIONS)
    return server, Address("127.0.0.1", server.add_secure_port(str(ANY_PORT), credentials))
