"""What programs ask of an X display: to inject input, to move the pointer, to read the screen; and who asks.

Two connections: RECORD answers without end on the one it was switched on by, so questions go over another.
"""

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.linux import process_look, x11_record, x11_resource, x11_wire
from jiankao_agent.platform.linux.x11_connection import X11Connection
from jiankao_agent.platform.linux.x11_record import Category, Told, Wanted
from jiankao_agent.platform.linux.x_displays import XDisplay
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import ProcessRef

_XTEST, _SHM = b"XTEST", b"MIT-SHM"
_SEND_EVENT, _WARP_POINTER, _GET_IMAGE = 25, 41, 73
_FAKE_INPUT, _SHM_GET_IMAGE, _XI_WARP_POINTER = 2, 4, 41
_DRAIN_S = 0.0005
_LOOK_UPS_A_TURN = 32
_MANAGER_S, _NO_MANAGER_S = 1.0, 0.02
"""How long an answer about the window manager holds; one that starts sends events right after it puts up its sign."""


class NoRecordError(SensorError):
    """The server has no RECORD extension."""


class RequestKind(Enum):
    """What was asked for."""

    FAKE_INPUT = "fake input"
    POINTER_WARP = "pointer warp"
    SENT_EVENT = "sent event"
    SCREEN_READ = "screen read"


@dataclass(eq=False, slots=True)
class XClient:
    """One connection to the display, from beginning to end: the server gives its number to another afterwards."""

    number: int
    process: ProcessRef = field(default_factory=ProcessRef)
    """Pid 0 while it is not known."""
    window_manager: bool = False
    asked: bool = False


class DesktopRequests:
    """The requests of one display's clients. Raises SensorError when it is gone, NoRecordError when it cannot tell."""

    def __init__(self, display: XDisplay, environment: Mapping[str, str]) -> None:
        """Connect, and return when recording has begun."""
        self.display = display
        self._questions = X11Connection(display, environment)
        try:
            self._records = X11Connection(display, environment)
        except SensorError:
            self._questions.close()
            raise
        self._clients: dict[int, XClient] = {}
        self._told: deque[Told] = deque()
        self._look_ups = 0
        self._manager_number = 0
        self._manager_asked_s = -_MANAGER_S
        try:
            self._start()
        except MalformedError as error:
            self.close()
            raise self._nonsense(error) from error
        except SensorError:
            self.close()
            raise

    def _start(self) -> None:
        record = self._opcode(x11_record.EXTENSION)
        name = self._questions.display.name
        if not record:
            raise NoRecordError(
                f"X display {name} has no RECORD extension; start the X server without switching it off"
            )
        self._resource = self._opcode(x11_resource.EXTENSION)
        if self._resource:
            version = self._questions.ask(x11_resource.query_version(self._resource))
            if x11_wire.read_version(version) < x11_resource.VERSION:
                self._resource = 0
        setup = self._questions.setup
        self.width_px, self.height_px, self._root = setup.width_px, setup.height_px, setup.root
        wanted = self._wanted()
        self._drawable_of = frozenset(want.opcode for want in wanted if want.drawable)
        context = setup.first_resource
        self._questions.send(x11_record.create_context(record, context, wanted))
        self._questions.ask(x11_wire.ask_focus())
        self._records.send(x11_record.enable_context(record, context))
        for _ in range(6):
            self._receive(0.5)
            if any(told.category is Category.BEGIN for told in self._told):
                return
        raise SensorError(f"X display {name} does not begin to record; restart the desktop")

    def _wanted(self) -> tuple[Wanted, ...]:
        self._kinds = {
            _SEND_EVENT: RequestKind.SENT_EVENT,
            _WARP_POINTER: RequestKind.POINTER_WARP,
            _GET_IMAGE: RequestKind.SCREEN_READ,
        }
        wanted = [
            Wanted(_SEND_EVENT),
            Wanted(_WARP_POINTER),
            Wanted(_GET_IMAGE, drawable=True),
        ]
        for extension, minor, kind in (
            (_XTEST, _FAKE_INPUT, RequestKind.FAKE_INPUT),
            (x11_wire.XINPUT_EXTENSION, _XI_WARP_POINTER, RequestKind.POINTER_WARP),
            (_SHM, _SHM_GET_IMAGE, RequestKind.SCREEN_READ),
        ):
            if opcode := self._opcode(extension):
                self._kinds[opcode] = kind
                read = kind is RequestKind.SCREEN_READ
                wanted.append(Wanted(opcode, minor, extension=True, drawable=read))
        return tuple(wanted)

    def _opcode(self, extension: bytes) -> int:
        return x11_wire.read_extension(self._questions.ask(x11_wire.query_extension(extension)))

    def read(self, timeout_s: float) -> list[tuple[RequestKind, XClient]]:
        """Return the requests that have been made, waiting at most `timeout_s` for the first."""
        found: list[tuple[RequestKind, XClient]] = []
        self._look_ups = 0
        try:
            self._receive(0 if self._told else timeout_s)
            while self._told:
                found += self._take(self._told.popleft())
        except MalformedError as error:
            raise self._nonsense(error) from error
        return found

    def fileno(self) -> int:
        """Return the descriptor to wait for requests by; `pending` ones have come already."""
        return self._records.fileno()

    @property
    def pending(self) -> bool:
        """Whether something came that was not taken yet."""
        return bool(self._told)

    def check(self) -> None:
        """Ask the server for a sign of life. Raises SensorError when none comes."""
        self._questions.ask(x11_wire.ask_focus())

    def close(self) -> None:
        """Close both connections, which ends the recording."""
        self._records.close()
        self._questions.close()

    def _receive(self, timeout_s: float) -> None:
        for packet in self._records.answers(timeout_s):
            self._told.append(x11_record.read(packet, self._drawable_of))

    def _take(self, told: Told) -> list[tuple[RequestKind, XClient]]:
        if told.category is Category.CLIENT_DIED:
            self._clients.pop(told.client, None)
            return []
        if told.category is Category.CLIENT_STARTED:
            # Asked for at once: a program that does one thing and ends is mostly still there.
            client = self._clients[told.client] = XClient(told.client)
            self._name(client)
            return []
        if told.category is not Category.REQUESTS:
            return []
        kinds = [
            kind
            for opcode, drawable in told.requests
            if (kind := self._kinds.get(opcode))
            and (kind is not RequestKind.SCREEN_READ or drawable == self._root)
        ]
        if not kinds:
            return []
        client = self._clients.setdefault(told.client, XClient(told.client))
        if not client.asked:
            self._name(client)
        if RequestKind.SENT_EVENT in kinds and not client.window_manager:
            client.window_manager = client.number == self._manager()
        return [(kind, client) for kind in kinds]

    def _name(self, client: XClient) -> None:
        if not self._resource or self._look_ups >= _LOOK_UPS_A_TURN:
            return  # asked for again with its first request
        self._look_ups += 1
        reply = self._questions.ask(x11_resource.query_process(self._resource, client.number))
        pid = x11_resource.read_process(reply)
        seen = process_look.glance(pid) if pid else None
        # When it ended meanwhile, its number may be another's already, and the answer about that one. The server tells
        # of an end before it answers questions that come later.
        self._receive(_DRAIN_S)
        client.asked = True
        if any(
            told.client == client.number and told.category is not Category.REQUESTS
            for told in self._told
        ):
            return
        if seen is not None:
            client.process = ProcessRef(pid, seen.name, seen.executable)

    def _manager(self) -> int:
        """Return the number of the window manager, which sends events all day long; 0 when there is none."""
        now = time.monotonic()
        if now - self._manager_asked_s >= (_MANAGER_S if self._manager_number else _NO_MANAGER_S):
            self._manager_asked_s = now
            sign = x11_resource.read_atom(self._questions.ask(x11_resource.intern_manager_sign()))
            window = 0
            if sign:
                request = x11_resource.get_manager_window(self._root, sign)
                window = x11_resource.read_window(self._questions.ask(request))
            self._manager_number = window & ~self._questions.setup.resource_bits
        return self._manager_number

    def _nonsense(self, error: MalformedError) -> SensorError:
        return SensorError(
            f"X display {self._questions.display.name}: {error}; restart the desktop"
        )
