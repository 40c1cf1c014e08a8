"""From what a hook tells to what the windows sum up: kind, origin, distance. Pure."""

from jiankao_agent.platform.windows.hook_event import HookEvent
from jiankao_agent.sensors.input_window import InputEvent, InputKind, Origin
from jiankao_proto.observations import InjectionMethod, InputSource

KEYBOARD, MOUSE = "keyboard", "mouse"
"""Windows does not tell a hook which device it was."""

# WM_… numbers of winuser.h.
_MOUSE = {
    0x0200: InputKind.MOTION,
    0x0201: InputKind.BUTTON_DOWN,
    0x0202: InputKind.BUTTON_UP,
    0x0204: InputKind.BUTTON_DOWN,
    0x0205: InputKind.BUTTON_UP,
    0x0207: InputKind.BUTTON_DOWN,
    0x0208: InputKind.BUTTON_UP,
    0x020A: InputKind.SCROLL,
    0x020B: InputKind.BUTTON_DOWN,
    0x020C: InputKind.BUTTON_UP,
    0x020E: InputKind.SCROLL,
}
_KEYS = {
    0x0100: InputKind.KEY_DOWN,
    0x0101: InputKind.KEY_UP,
    0x0104: InputKind.KEY_DOWN,
    0x0105: InputKind.KEY_UP,
}
_KEY_INJECTED, _MOUSE_INJECTED = 0x10, 0x01
_LOWER_INTEGRITY = 0x02
"""LLKHF_INJECTED, LLMHF_INJECTED; LLKHF_LOWER_IL_INJECTED and LLMHF_LOWER_IL_INJECTED are the same."""


def injection_of(event: HookEvent) -> InjectionMethod | None:
    """Tell how a program made an event; None when a device did."""
    if event.flags & _LOWER_INTEGRITY:
        return InjectionMethod.LOWER_INTEGRITY
    if event.flags & (_KEY_INJECTED if event.keyboard else _MOUSE_INJECTED):
        return InjectionMethod.HOOK_FLAG
    return None


def origin_of(event: HookEvent) -> Origin:
    """Tell whose input it is."""
    source = InputSource.LOCAL_DEVICE if injection_of(event) is None else InputSource.INJECTED
    return Origin(source, KEYBOARD if event.keyboard else MOUSE)


class HookReading:
    """Follows the pointer, which all sources share."""

    def __init__(self) -> None:
        """Start without a position."""
        self._position: tuple[int, int] | None = None

    def read(self, event: HookEvent) -> InputEvent | None:
        """Return the event; None for one that says nothing of its own (a held key's repeats, unknown messages)."""
        kind = (_KEYS if event.keyboard else _MOUSE).get(event.message)
        if kind is None or event.repeated:
            return None
        if kind is not InputKind.MOTION:
            return InputEvent(kind, event.time_us)
        before = self._position or (event.x, event.y)
        self._position = (event.x, event.y)
        return InputEvent(
            kind, event.time_us, float(event.x - before[0]), float(event.y - before[1])
        )
