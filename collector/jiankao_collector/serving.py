"""The collector at work: evidence log, live side, telemetry, enrolment and console, started and stopped together."""

import jiankao_collector.tls  # noqa: F401 - before grpc: it says which TLS versions gRPC may speak

# isort: split
import asyncio
import contextlib
import datetime as dt
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version

import grpc
import uvicorn
from starlette.applications import Starlette

from jiankao_collector.assessment import load_rules
from jiankao_collector.clock import CollectorClock
from jiankao_collector.config import Address, Addresses, DataFolder
from jiankao_collector.console.access import Access
from jiankao_collector.console.app import ConsoleContext, create_app
from jiankao_collector.enrolment.attempts import Attempts
from jiankao_collector.enrolment.certificates import Authority, load_authority
from jiankao_collector.enrolment.desk import EnrolmentDesk
from jiankao_collector.enrolment.keyring import Keyring
from jiankao_collector.enrolment.service import EnrolmentService
from jiankao_collector.enrolment.tickets import TicketOffice
from jiankao_collector.errors import AddressInUseError, EvidenceLogError
from jiankao_collector.evidence_log.journal import Journal
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_collector.folder_lock import lock_folder
from jiankao_collector.ingest.service import TelemetryService
from jiankao_collector.live import Live
from jiankao_proto.meeting import KEEPALIVE_MS, KEEPALIVE_TIMEOUT_MS, LARGEST_MESSAGE
from jiankao_proto.records import CollectorStarted, CollectorStopped
from jiankao_proto.v1 import transport_pb2_grpc

VERSION = version("jiankao")
_GRACE_S = 2.0

# Both ends keep idle streams alive by pinging; the server allows pings as often as the agent sends them (every 10 s),
# with or without data, so that nobody is disconnected for pinging too much.
_GRPC_OPTIONS = (
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", LARGEST_MESSAGE),
    ("grpc.keepalive_time_ms", KEEPALIVE_MS),
    ("grpc.keepalive_timeout_ms", KEEPALIVE_TIMEOUT_MS),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", KEEPALIVE_MS // 2),
    ("grpc.http2.max_ping_strikes", 0),
    ("grpc.max_concurrent_streams", 64),
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the collector can be reached, with the ports the system gave."""

    telemetry: Address
    enrolment: Address
    console: Address
    console_url: str


class _ConsoleServer(uvicorn.Server):
    """uvicorn without its signal handlers: whoever started the collector owns the signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


@dataclass(frozen=True, slots=True)
class Serving:
    """A running collector."""

    folder: DataFolder
    listening: Listening
    journal: Journal
    live: Live
    access: Access
    office: TicketOffice
    authority: Authority
    clock: CollectorClock


@contextlib.asynccontextmanager
async def serving(folder: DataFolder, addresses: Addresses) -> AsyncIterator[Serving]:
    """Open the folder and serve until the block is left.

    Raises a CollectorError with one clear line when something is in the way. What was opened is closed in the opposite
    order, so that the last thing to go is the log.
    """
    folder.require()
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(lock_folder(folder.root))
        reader = EvidenceLogReader(folder.evidence_log)
        stack.callback(reader.close)
        last = reader.last()
        clock = CollectorClock(last.recorded_at_us if last else 0)
        authority = load_authority(folder.keys, dt.datetime.now(dt.UTC))
        journal = Journal(folder.evidence_log, clock.now_us)
        stack.push_async_callback(journal.close)
        await journal.append(CollectorStarted(VERSION))
        stack.push_async_callback(_record_stop, journal)
        keyring = Keyring(reader.of_kinds(("workstation_enrolled",)))
        live = Live(folder.evidence_log, journal, load_rules(), clock.now_us)
        stack.push_async_callback(live.stop)
        await live.start()
        access = Access(folder.access)
        stack.callback(access.close)
        office = TicketOffice(folder.tickets)
        stack.callback(office.close)

        console_socket = _listen(addresses.console)
        stack.callback(console_socket.close)
        telemetry = TelemetryService(journal, reader, keyring, live.policy_of, clock.now_us)
        live.on_scope = telemetry.push_policies
        desk = EnrolmentDesk(authority, office, keyring, journal.append, clock.now_us)
        enrolment = EnrolmentService(desk, authority, Attempts(clock.now_us))
        pair = [(authority.server_key_pem, authority.server_certificate_pem)]
        mutual = grpc.ssl_server_credentials(
            pair, authority.certificate_pem, require_client_auth=True
        )

        console = Address(addresses.console.host, console_socket.getsockname()[1])
        secure = not console.is_loopback
        app = create_app(
            ConsoleContext(
                live=live,
                access=access,
                record=journal.append,
                timeline=reader.of_workstation,
                secure_cookies=secure,
                clock=clock.now_us,
            )
        )
        await _start_console(stack, app, console_socket, folder if secure else None)
        listening = Listening(
            await _start_grpc(
                stack,
                lambda server: transport_pb2_grpc.add_TelemetryServicer_to_server(
                    telemetry, server
                ),
                addresses.telemetry,
                mutual,
            ),
            await _start_grpc(
                stack,
                lambda server: transport_pb2_grpc.add_EnrolmentServicer_to_server(
                    enrolment, server
                ),
                addresses.enrolment,
                grpc.ssl_server_credentials(pair),
            ),
            console,
            f"{'https' if secure else 'http'}://{console}",
        )
        # First of all on the way down: from here on, streams that end are not the workstations' doing.
        stack.callback(telemetry.stopping)
        yield Serving(folder, listening, journal, live, access, office, authority, clock)


async def _record_stop(journal: Journal) -> None:
    try:
        await journal.append(CollectorStopped())
    except EvidenceLogError as error:
        _log.warning("the stop was not recorded: %s", error)


async def _start_grpc(
    stack: contextlib.AsyncExitStack,
    add: Callable[[grpc.aio.Server], None],
    address: Address,
    credentials: grpc.ServerCredentials,
) -> Address:
    server = grpc.aio.server(options=_GRPC_OPTIONS)
    add(server)
    try:
        port = server.add_secure_port(str(address), credentials)
    except RuntimeError as error:
        raise _taken(address) from error
    await server.start()
    stack.push_async_callback(server.stop, _GRACE_S)
    return Address(address.host, port)


async def _start_console(
    stack: contextlib.AsyncExitStack,
    app: Starlette,
    sock: socket.socket,
    keys_of: DataFolder | None,
) -> None:
    """Serve the console on `sock`; with TLS when `keys_of` is given."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        ssl_keyfile=keys_of.keys / "server.key" if keys_of else None,
        ssl_certfile=keys_of.keys / "server.pem" if keys_of else None,
    )
    server = _ConsoleServer(config)
    task = asyncio.create_task(server.serve([sock]))

    async def stop() -> None:
        server.should_exit = True
        await task

    stack.push_async_callback(stop)


def _listen(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address.host, address.port))
        sock.listen(128)
    except OSError as error:
        sock.close()
        raise _taken(address) from error
    return sock


def _taken(address: Address) -> AddressInUseError:
    return AddressInUseError(
        f"{address}: cannot listen there; another program has the port, or the address is not this machine's: "
        "stop that program or choose another address"
    )
