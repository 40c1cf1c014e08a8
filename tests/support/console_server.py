"""The console behind a real uvicorn on loopback, with a real evidence log and a scripted live side."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn

from jiankao_collector.console.access import Access
from jiankao_collector.console.app import (
    UVICORN_SETTINGS,
    ConsoleContext,
    close_streams,
    create_app,
)
from jiankao_collector.errors import EvidenceLogError
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_collector.evidence_log.writer import Appended, EvidenceLogWriter
from jiankao_proto.records import AlertAcknowledged, AlertRuled, Record, RecordBody
from tests.support.scripted_live import ScriptedLive

DEADLINE_SECONDS = 20
PASSWORD = "correct horse 4711"


@cache
def _users() -> bytes:
    """Make the users' file once: hashing passwords is slow by design."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "access.sqlite"
        access = Access(path)
        for name, role in (("li.na", "proctor"), ("wang.wei", "chief"), ("auditor", "auditor")):
            access.add_user(name, PASSWORD, role)
        access.close()
        return path.read_bytes()


class ConsoleServer:
    """Owns the data folder's files and, between start and stop, a server thread."""

    def __init__(self, folder: Path, *, heartbeat_seconds: float = 0.4) -> None:
        self.live = ScriptedLive()
        (folder / "access.sqlite").write_bytes(_users())
        self.access = Access(folder / "access.sqlite")
        self._writer = EvidenceLogWriter(folder / "evidence.sqlite", create=True)
        self._reader = EvidenceLogReader(folder / "evidence.sqlite")
        self._heartbeat_seconds = heartbeat_seconds
        self._port = 0
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.clock_ahead_us = 0
        self.disk_full = False
        self.secure_cookies = False
        self.rules_complaint = ""

    @property
    def url(self) -> str:
        """Where browsers go."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def streams(self) -> int:
        """How many event streams are open."""
        return int(self._app.state.feed.streams)

    def now_us(self) -> int:
        """The collector's clock, which a test may put ahead."""
        return time.time_ns() // 1000 + self.clock_ahead_us

    def web_session(self, user: str = "li.na") -> dict[str, str]:
        """Return the cookie of a user who has logged in already."""
        return {"jiankao": self.access.start_web_session(user, self.now_us())}

    def records(self) -> list[Record]:
        """Every record of the evidence log."""
        return list(self._reader.records())

    def append(self, *bodies: RecordBody) -> list[Appended]:
        """Append to the evidence log."""
        return self._writer.append(bodies, self.now_us())

    def start(self) -> None:
        """Serve, on the same port as before when it was started before."""
        self._app = create_app(
            ConsoleContext(
                live=self.live,
                access=self.access,
                record=self._record,
                timeline=self._reader.of_workstation,
                clock=self.now_us,
                secure_cookies=self.secure_cookies,
                heartbeat_seconds=self._heartbeat_seconds,
                rules_complaint=self.rules_complaint,
            )
        )
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self._port))
        self._port = listening.getsockname()[1]
        self._server = uvicorn.Server(
            uvicorn.Config(self._app, log_config=None, **UVICORN_SETTINGS)
        )
        self._thread = threading.Thread(
            target=self._run, args=(self._server, listening), name="console"
        )
        self._thread.start()
        wait_until(lambda: self._server is not None and self._server.started)

    def stop(self) -> None:
        """Stop as the collector does: streams first."""
        if self._server is None or self._thread is None or self._loop is None:
            return
        self._loop.call_soon_threadsafe(close_streams, self._app)
        self._server.should_exit = True
        self._join()

    def die(self) -> None:
        """Drop every connection without a word."""
        assert self._server is not None
        self._server.force_exit = True
        self._server.should_exit = True
        self._join()

    def freeze(self, until: threading.Event) -> None:
        """Say nothing more, with every connection still open, until told."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(until.wait, DEADLINE_SECONDS)

    def close(self) -> None:
        """Stop, and close the files."""
        self.stop()
        self._reader.close()
        self._writer.close()
        self.access.close()

    def _run(self, server: uvicorn.Server, listening: socket.socket) -> None:
        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            await server.serve([listening])

        asyncio.run(serve())

    def _join(self) -> None:
        assert self._thread is not None
        self._thread.join(DEADLINE_SECONDS)
        assert not self._thread.is_alive(), "the console's server did not stop"
        self._server = self._thread = self._loop = None

    async def _record(self, body: RecordBody) -> Appended:
        if self.disk_full:
            raise EvidenceLogError(
                "evidence.sqlite: nothing was stored (database or disk is full); free space"
            )
        (appended,) = self.append(body)
        if isinstance(body, AlertAcknowledged):
            self.live.acknowledge(body, appended.record.recorded_at_us)
        elif isinstance(body, AlertRuled):
            self.live.rule(appended.record)
        return appended


def wait_until(true: Callable[[], bool]) -> None:
    """Wait until something holds; fail when it does not in time."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
