"""Raw input of an X display through XInput 2.1, with the device each event came from."""

from collections.abc import Mapping

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.linux import x11_raw_events, x11_wire
from jiankao_agent.platform.linux.x11_connection import X11Connection
from jiankao_agent.platform.linux.x11_raw_events import RawEvent
from jiankao_agent.platform.linux.x11_wire import XDevice
from jiankao_agent.platform.linux.x_displays import XDisplay
from jiankao_proto.errors import MalformedError

_ALL_DEVICES, _ALL_MASTERS = 0, 1
_VERSION = (2, 1)
"""From 2.1 on raw events name their source device, and arrive also while a program holds the keyboard."""
_RAW = sum(1 << kind for kind in range(x11_raw_events.RAW_KEY_PRESS, x11_raw_events.RAW_MOTION + 1))


class NoXInputError(SensorError):
    """The server has no XInput of the version that is needed."""


class RawInput:
    """Raw events of one display. Raises SensorError when the display is gone, NoXInputError when it cannot tell."""

    def __init__(self, display: XDisplay, environment: Mapping[str, str]) -> None:
        """Connect, and return when the server has begun to send events."""
        self._connection = X11Connection(display, environment)
        try:
            self._start()
        except MalformedError as error:
            self._connection.close()
            raise SensorError(f"X display {display.name}: {error}; restart the desktop") from error
        except SensorError:
            self._connection.close()
            raise

    def _start(self) -> None:
        ask = self._connection.ask
        name = self._connection.display.name
        self.width_px, self.height_px = (
            self._connection.setup.width_px,
            self._connection.setup.height_px,
        )
        self._opcode = x11_wire.read_extension(
            ask(x11_wire.query_extension(x11_wire.XINPUT_EXTENSION))
        )
        if not self._opcode:
            raise NoXInputError(
                f"X display {name} has no XInput extension; use an X server that has it"
            )
        version = x11_wire.read_version(ask(x11_wire.xi_query_version(self._opcode, *_VERSION)))
        if version < _VERSION:
            raise NoXInputError(
                f"X display {name} speaks XInput {version[0]}.{version[1]}, 2.1 is needed; use a newer X server"
            )
        # Changes of devices are asked for before the devices, so that none falls between.
        self._connection.send(
            x11_wire.xi_select_events(
                self._opcode,
                self._connection.setup.root,
                ((_ALL_MASTERS, _RAW), (_ALL_DEVICES, 1 << x11_raw_events.HIERARCHY_CHANGED)),
            )
        )
        self._read_devices()

    def _read_devices(self) -> None:
        reply = self._connection.ask(x11_wire.xi_query_device(self._opcode, _ALL_DEVICES))
        self.devices: dict[int, XDevice] = x11_wire.read_devices(reply)

    def read(self, timeout_s: float) -> list[RawEvent]:
        """Return the raw events that have arrived, waiting at most `timeout_s`; devices are kept up to date."""
        events: list[RawEvent] = []
        try:
            for packet in self._connection.events(timeout_s):
                if packet[0] != x11_wire.GENERIC_EVENT:
                    continue
                kind = x11_raw_events.event_type(packet, self._opcode)
                if kind == x11_raw_events.HIERARCHY_CHANGED:
                    self._read_devices()
                elif kind:
                    events.append(x11_raw_events.read_raw_event(packet))
        except MalformedError as error:
            raise SensorError(
                f"X display {self._connection.display.name}: {error}; restart the desktop"
            ) from error
        return events

    def check(self) -> None:
        """Ask the server for a sign of life. Raises SensorError when none comes."""
        self._connection.ask(x11_wire.ask_focus())

    def fileno(self) -> int:
        """Return the descriptor to wait for events by; `pending` ones have come already."""
        return self._connection.fileno()

    @property
    def pending(self) -> bool:
        """Whether something came with an answer."""
        return self._connection.pending

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
