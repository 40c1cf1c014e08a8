"""The collector at work: evidence log, live side, telemetry, enrolment and console, started and stopped together."""

import jiankao_collector.tls  # noqa: F401 - before grpc: it says which TLS versions gRPC may speak

# isort: split
import asyncio
import contextlib
import datetime as dt
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from importlib.metadata import version

import grpc
import uvicorn
from starlette.applications import Starlette

from jiankao_collector.assessment import load_rules
from jiankao_collector.clock import CollectorClock
from jiankao_collector.config import Address, Addresses, DataFolder
from jiankao_collector.console.access import Access
from jiankao_collector.console.app import (
    UVICORN_SETTINGS,
    ConsoleContext,
    close_streams,
    create_app,
)
from jiankao_collector.enrolment.attempts import Attempts
from jiankao_collector.enrolment.certificates import Authority, load_authority
from jiankao_collector.enrolment.desk import EnrolmentDesk
from jiankao_collector.enrolment.keyring import Keyring
from jiankao_collector.enrolment.service import EnrolmentService
from jiankao_collector.enrolment.tickets import TicketOffice
from jiankao_collector.errors import AddressInUseError, CollectorError, EvidenceLogError
from jiankao_collector.evidence_log.journal import Journal
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_collector.folder_lock import lock_folder, tell
from jiankao_collector.ingest.service import TelemetryService
from jiankao_collector.live import Live
from jiankao_collector.policy_keys import keys_of, read_policy_keys
from jiankao_collector.rule_folder import rules_in_force
from jiankao_proto.meeting import COLLECTOR_KEEPALIVE, LARGEST_MESSAGE
from jiankao_proto.records import CollectorStarted, CollectorStopped
from jiankao_proto.v1 import transport_pb2_grpc

VERSION = version("jiankao")
_GRACE_S = 2.0

# Pings end the stream of a cable that was pulled. However often a workstation pings, it is not turned away for it.
GRPC_OPTIONS = (
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", LARGEST_MESSAGE),
    *COLLECTOR_KEEPALIVE,
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
    parts: "dict[str, asyncio.Task[None]]"
    """What must go on as long as the collector does."""

    async def until(self, stop: asyncio.Event) -> None:
        """Return when `stop` is set.

        Raises CollectorError when a part ended by itself: a collector that looks alive and judges nothing would read as
        a quiet room. Workstations keep what they see until it is started again.
        """
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({stopped, *self.parts.values()}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
        for name, task in self.parts.items():
            if task.done():
                why = None if task.cancelled() else task.exception()
                if isinstance(why, CollectorError):
                    raise CollectorError(f"{name} ended: {why}")
                _log.error("%s ended", name, exc_info=why)
                raise CollectorError(
                    f"{name} ended by itself ({why!r}); nothing recorded is lost: start the collector again"
                )


@contextlib.asynccontextmanager
async def serving(folder: DataFolder, addresses: Addresses) -> AsyncIterator[Serving]:
    """Open the folder and serve until the block is left.

    Raises a CollectorError with one clear line when something is in the way. What was opened is closed in the opposite
    order, so that the last thing to go is the log.
    """
    folder.require()
    async with contextlib.AsyncExitStack() as stack:
        lock = stack.enter_context(lock_folder(folder.root))
        reader = EvidenceLogReader(folder.evidence_log)
        stack.callback(reader.close)
        last = reader.last()
        clock = CollectorClock(last.recorded_at_us if last else 0)
        authority = load_authority(folder.keys, dt.datetime.now(dt.UTC))
        tell(lock, str(clock.ahead_us))
        console_socket = _listen(addresses.console)
        stack.callback(console_socket.close)
        pair = [(authority.server_key_pem, authority.server_certificate_pem)]
        mutual = grpc.ssl_server_credentials(
            pair, authority.certificate_pem, require_client_auth=True
        )
        # Every address is taken before the first record is written: a start in vain leaves none.
        telemetry_server, telemetry_at = await _bind(stack, addresses.telemetry, mutual)
        enrolment_server, enrolment_at = await _bind(
            stack, addresses.enrolment, grpc.ssl_server_credentials(pair)
        )

        journal = Journal(folder.evidence_log, clock.now_us, clock.recorded)
        stack.push_async_callback(journal.close)
        await journal.append(CollectorStarted(VERSION))
        stack.push_async_callback(_record_stop, journal)
        keyring = Keyring(reader.of_kinds(("workstation_enrolled",)))
        sigma = rules_in_force(folder)
        if sigma.complaint:
            _log.warning("%s", sigma.complaint)
        live = Live(folder.evidence_log, journal, load_rules(sigma.rules), clock.now_us)
        stack.push_async_callback(live.stop)
        await live.start()
        live.on_record = lambda record: clock.recorded(record.recorded_at_us)
        access = Access(folder.access)
        stack.callback(access.close)
        office = TicketOffice(folder.tickets)
        stack.callback(office.close)

        telemetry = TelemetryService(journal, reader, keyring, live.policy_of, clock.now_us)
        live.on_scope = telemetry.push_policies
        policy_keys = read_policy_keys(folder)
        live.policy_keys = lambda room: tuple(k.public_key for k in keys_of(policy_keys, room))
        desk = EnrolmentDesk(
            authority,
            office,
            keyring,
            journal.append,
            clock.now_us,
            lambda: dt.datetime.now(dt.UTC),
        )
        enrolment = EnrolmentService(desk, authority, Attempts(clock.now_us), policy_keys)
        console = Address(addresses.console.host, console_socket.getsockname()[1])
        secure = not console.is_loopback
        app = create_app(
            ConsoleContext(
                live=live,
                access=access,
                record=journal.append,
                timeline=reader.of_workstation,
                secure_cookies=secure,
                rules_complaint=sigma.complaint,
                clock=clock.now_us,
            )
        )
        console_task = await _start_console(stack, app, console_socket, folder if secure else None)
        transport_pb2_grpc.add_TelemetryServicer_to_server(telemetry, telemetry_server)  # type: ignore[no-untyped-call] # generated
        transport_pb2_grpc.add_EnrolmentServicer_to_server(enrolment, enrolment_server)  # type: ignore[no-untyped-call] # generated
        for server in (telemetry_server, enrolment_server):
            await server.start()
            stack.push_async_callback(server.stop, _GRACE_S)
        stack.push_async_callback(telemetry.stop)  # the first thing on the way down
        # Served first, judged meanwhile: a collector that was started again in an exam loses no time.
        live.follow()
        yield Serving(
            folder,
            Listening(
                telemetry_at,
                enrolment_at,
                console,
                f"{'https' if secure else 'http'}://{console}",
            ),
            journal,
            live,
            access,
            office,
            authority,
            clock,
            {"judging": live.following, "the console": console_task},
        )


async def _record_stop(journal: Journal) -> None:
    try:
        await journal.append(CollectorStopped())
    except EvidenceLogError as error:
        _log.warning("the stop was not recorded: %s", error)


async def _bind(
    stack: contextlib.AsyncExitStack, address: Address, credentials: grpc.ServerCredentials
) -> tuple[grpc.aio.Server, Address]:
    """Return a server that has its address, but does not serve yet. Raises AddressInUseError."""
    server = grpc.aio.server(options=GRPC_OPTIONS)
    stack.push_async_callback(server.stop, None)
    try:
        port = server.add_secure_port(str(address), credentials)
    except RuntimeError as error:
        raise _taken(address) from error
    return server, Address(address.host, port)


async def _start_console(
    stack: contextlib.AsyncExitStack,
    app: Starlette,
    sock: socket.socket,
    keys_of: DataFolder | None,
) -> "asyncio.Task[None]":
    """Serve the console on `sock`, with TLS when `keys_of` is given; return what serves it."""
    config = uvicorn.Config(
        app,
        log_config=None,
        ssl_keyfile=keys_of.keys / "server.key" if keys_of else None,
        ssl_certfile=keys_of.keys / "server.pem" if keys_of else None,
        **UVICORN_SETTINGS,
    )
    server = _ConsoleServer(config)
    task = asyncio.create_task(server.serve([sock]))

    async def stop() -> None:
        close_streams(app)
        server.should_exit = True
        await asyncio.wait({task})

    stack.push_async_callback(stop)
    while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    if task.done():
        raise CollectorError(f"the console cannot be served: {task.exception()!r}")
    return task


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
