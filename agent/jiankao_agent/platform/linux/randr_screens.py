"""The screens of one X display, and word of every change of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.edid import Edid, parse_edid
from jiankao_agent.platform.linux import x11_randr, x11_wire
from jiankao_agent.platform.linux.x11_connection import X11Connection
from jiankao_agent.platform.linux.x11_randr import Area
from jiankao_agent.platform.linux.x_displays import XDisplay
from jiankao_proto.errors import MalformedError


@dataclass(frozen=True, slots=True)
class Screen:
    """A connected output. `area` is None while it shows nothing."""

    output: str
    area: Area | None
    edid: Edid | None


class NoRandrError(SensorError):
    """The X server has no RandR of our version."""


class RandrScreens:
    """One connection. Every method raises SensorError when the server is gone, stuck or talks nonsense."""

    def __init__(self, display: XDisplay, environment: Mapping[str, str]) -> None:
        """Connect, and ask to be told of changes. Raises NoRandrError when the server cannot."""
        self._connection = X11Connection(display, environment)
        self._name = display.name
        try:
            self._start()
        except MalformedError as error:
            self._connection.close()
            raise self._nonsense(error) from error
        except SensorError:
            self._connection.close()
            raise

    def fileno(self) -> int:
        """Return the descriptor to wait for changes by; `pending` ones have come already."""
        return self._connection.fileno()

    @property
    def pending(self) -> bool:
        """Whether something came with an answer."""
        return self._connection.pending

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def changed(self, timeout_s: float) -> bool:
        """Wait for a change, at most `timeout_s`; tell whether there was one."""
        events = self._connection.events(timeout_s)
        return any(x11_randr.is_change(packet, self._first_event) for packet in events)

    def check(self) -> None:
        """Ask the server for a sign of life."""
        self._connection.ask(x11_wire.ask_focus())

    def read(self) -> tuple[Screen, ...]:
        """Return the screens that are connected now."""
        try:
            return self._read()
        except MalformedError as error:
            raise self._nonsense(error) from error

    def _start(self) -> None:
        ask = self._connection.ask
        answer = ask(x11_wire.query_extension(x11_randr.EXTENSION))
        self._opcode = x11_wire.read_extension(answer)
        if not self._opcode:
            raise NoRandrError(f"X display {self._name} has no RandR; use an X server that has it")
        self._first_event = x11_randr.read_first_event(answer)
        version = x11_randr.read_version(ask(x11_randr.query_version(self._opcode)))
        if version < x11_randr.VERSION:
            raise NoRandrError(
                f"X display {self._name} speaks RandR {version[0]}.{version[1]}, 1.3 is needed; "
                f"use a newer X server"
            )
        root = self._connection.setup.root
        self._connection.send(x11_randr.select_changes(self._opcode, root))

    def _read(self) -> tuple[Screen, ...]:
        ask, opcode = self._connection.ask, self._opcode
        root = self._connection.setup.root
        stamp, outputs = x11_randr.read_resources(ask(x11_randr.ask_resources(opcode, root)))
        atom = x11_randr.read_atom(ask(x11_randr.intern_edid()))
        screens = []
        for number in outputs:
            output = x11_randr.read_output(ask(x11_randr.ask_output(opcode, number, stamp)))
            if not output.connected:
                continue
            area = edid = None
            if output.crtc:
                area = x11_randr.read_crtc(ask(x11_randr.ask_crtc(opcode, output.crtc, stamp)))
            if atom:
                edid = parse_edid(
                    x11_randr.read_property(ask(x11_randr.ask_property(opcode, number, atom)))
                )
            screens.append(Screen(output.name, area, edid))
        return tuple(screens)

    def _nonsense(self, error: MalformedError) -> SensorError:
        return SensorError(f"X display {self._name}: {error}; restart the desktop")
