"""From XInput's raw events to what the windows sum up: origin, microseconds, pixels. Pure."""

from jiankao_agent.platform.linux.x11_raw_events import RawEvent, RawKind
from jiankao_agent.platform.linux.x11_wire import XDevice
from jiankao_agent.sensors.input_window import InputEvent, InputKind, Origin
from jiankao_proto.observations import InputSource

_INJECTED_NAMES = (" XTEST pointer", " XTEST keyboard")
"""The server makes one such pair for every pointer it has, named after it ("Virtual core XTEST pointer"), and puts what
programs inject through XTEST there."""
_WHEEL = range(4, 8)
_CLOCK = 1 << 32
_KINDS = {
    RawKind.KEY_DOWN: InputKind.KEY_DOWN,
    RawKind.KEY_UP: InputKind.KEY_UP,
    RawKind.BUTTON_DOWN: InputKind.BUTTON_DOWN,
    RawKind.BUTTON_UP: InputKind.BUTTON_UP,
}


def origin_of(device: XDevice | None, number: int) -> Origin:
    """Tell whose input comes from a device; one that is gone already has its number for a name."""
    name = device.name if device else f"#{number}"
    injected = name.endswith(_INJECTED_NAMES)
    return Origin(InputSource.INJECTED if injected else InputSource.LOCAL_DEVICE, name)


class RawInputReading:
    """Follows the server's clock and the position of absolute devices."""

    def __init__(self, width_px: int, height_px: int) -> None:
        """Take the size of the screen, onto which absolute devices are laid."""
        self._size_px = (float(width_px), float(height_px))
        self._clock_ms: int | None = None
        self._positions: dict[tuple[int, int], float] = {}

    def read(self, raw: RawEvent, device: XDevice | None, origin: Origin) -> InputEvent | None:
        """Return the event, or None for one that says nothing of its own (a wheel's release, other axes)."""
        time_us = self._unwrapped_ms(raw.time_ms) * 1000
        if raw.kind is RawKind.MOTION:
            if raw.x is None and raw.y is None:
                return None  # a wheel's axis; its steps come as buttons too
            dx, dy = self._moved(raw, device, origin)
            return InputEvent(InputKind.MOTION, time_us, dx, dy)
        if raw.button in _WHEEL:
            return (
                InputEvent(InputKind.SCROLL, time_us) if raw.kind is RawKind.BUTTON_DOWN else None
            )
        return InputEvent(_KINDS[raw.kind], time_us)

    def _moved(self, raw: RawEvent, device: XDevice | None, origin: Origin) -> tuple[float, float]:
        if origin.source is InputSource.INJECTED:
            # XTEST takes positions and distances and does not say which one it was: no way is better than a false one.
            return 0.0, 0.0
        axes = dict(device.axes) if device else {}
        moved = [0.0, 0.0]
        for axis, value in enumerate((raw.x, raw.y)):
            if value is None:
                continue
            scale = axes.get(axis)
            if scale is None:
                moved[axis] = value
                continue
            span = scale.maximum - scale.minimum
            # An axis without a range counts in pixels.
            position = (value - scale.minimum) / span * self._size_px[axis] if span > 0 else value
            moved[axis] = position - self._positions.get((raw.source, axis), position)
            self._positions[raw.source, axis] = position
        return moved[0], moved[1]

    def _unwrapped_ms(self, time_ms: int) -> int:
        """Go on counting where the 32-bit clock starts again."""
        if self._clock_ms is None:
            self._clock_ms = time_ms
        step = (time_ms - self._clock_ms) % _CLOCK
        # Half the range back is a little late, not 49 days ahead.
        self._clock_ms += step if step < _CLOCK // 2 else step - _CLOCK
        return self._clock_ms
