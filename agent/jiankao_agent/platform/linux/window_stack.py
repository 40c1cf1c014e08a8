"""Which windows lie over the one the candidate works in, and whose they are.

The server tells what happens to the windows of the desktop; how they are stacked is asked for after something did, once
a second at most.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.linux import process_look, x11_resource, x11_windows, x11_wire
from jiankao_agent.platform.linux.x11_connection import X11Connection
from jiankao_agent.platform.linux.x11_randr import Area
from jiankao_agent.platform.linux.x11_windows import Happening, ShapeKind, WindowEvent
from jiankao_agent.platform.linux.x_displays import XDisplay
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import ProcessRef

SURVEY_S = 1.0
_REGIONS_A_SURVEY = 64
_DEEPEST = 8
_INSIDE_A_FRAME = 16


@dataclass(frozen=True, slots=True)
class Top:
    """A shown window of the desktop. `owner` is the number of a client; regions are in pixels of the desktop.

    `unmanaged`: it goes past the window manager, and is none of the manager's own.
    """

    window: int
    owner: int
    unmanaged: bool
    visible: tuple[Area, ...]
    touchable: tuple[Area, ...]
    """Where it takes the mouse."""


@dataclass(frozen=True, slots=True)
class Survey:
    """The windows above the one the candidate works in, lowest first; `below` is None when there is none such."""

    below: Area | None
    owner: int
    above: tuple[Top, ...]


_NOTHING = Survey(None, 0, ())


@dataclass(slots=True)
class _Known:
    """A window of the desktop. `regions` is None while they have to be asked for, `pixels` until it is known."""

    area: Area
    override_redirect: bool
    shown: bool = False
    pixels: bool | None = None
    regions: tuple[tuple[Area, ...], tuple[Area, ...]] | None = None


class WindowStack:
    """One connection. Every method raises SensorError when the server is gone, stuck or talks nonsense."""

    def __init__(self, display: XDisplay, environment: Mapping[str, str]) -> None:
        """Connect, and take in how the windows stand. Without the extension SHAPE, no window lets the mouse through."""
        self._connection = X11Connection(display, environment, errors_are_answers=True)
        self._ask = self._connection.ask
        self._root = self._connection.setup.root
        self._known: dict[int, _Known] = {}
        self._changed = True
        self.heard = False
        """Whether the last turn had something to take in."""
        self._surveyed_s = -SURVEY_S
        try:
            self._start()
        except MalformedError as error:
            self._connection.close()
            raise self._nonsense(error) from error
        except SensorError:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def fileno(self) -> int:
        """Return the descriptor to wait by for something to happen to windows."""
        return self._connection.fileno()

    @property
    def pending(self) -> bool:
        """Whether a turn has something to do although nothing more happens."""
        return self._changed or self._connection.pending

    def turn(self) -> Survey | None:
        """Take in what happened; return how the windows stand when that is news."""
        try:
            packets = self._connection.events(0)
            self.heard = bool(packets)
            for packet in packets:
                event = x11_windows.read_event(packet, self._first_shape_event)
                if event is not None:
                    self._hear(event)
            now = time.monotonic()
            if not self._changed or now - self._surveyed_s < SURVEY_S:
                return None
            self._changed, self._surveyed_s = False, now
            return self._survey()
        except MalformedError as error:
            raise self._nonsense(error) from error

    def process(self, owner: int) -> ProcessRef:
        """Return the process of a client; pid 0 when it cannot be told."""
        if not self._resource:
            return ProcessRef()
        try:
            reply = self._ask(x11_resource.query_process(self._resource, owner))
            pid = 0 if reply[0] == x11_wire.ERROR else x11_resource.read_process(reply)
        except MalformedError as error:
            raise self._nonsense(error) from error
        seen = process_look.glance(pid) if pid else None
        return ProcessRef(pid, seen.name, seen.executable) if seen else ProcessRef()

    def _start(self) -> None:
        shape = self._ask(x11_wire.query_extension(x11_windows.SHAPE))
        self._shape, self._first_shape_event = x11_wire.read_extension(shape), -1
        if self._shape:
            version = self._ask(x11_windows.shape_version(self._shape))
            if x11_wire.read_version(version) < x11_windows.SHAPE_VERSION:
                self._shape = 0
            else:
                self._first_shape_event = shape[11]
        self._resource = x11_wire.read_extension(
            self._ask(x11_wire.query_extension(x11_resource.EXTENSION))
        )
        if self._resource:
            version = self._ask(x11_resource.query_version(self._resource))
            if x11_wire.read_version(version) < x11_resource.VERSION:
                self._resource = 0
        self._active_name, self._type_name, self._desktop_type, self._manager_sign = (
            x11_windows.read_atom(self._ask(x11_windows.intern(name)))
            for name in (
                x11_windows.ACTIVE_WINDOW,
                x11_windows.WINDOW_TYPE,
                x11_windows.DESKTOP_TYPE,
                x11_resource.MANAGER_SIGN,
            )
        )
        # Changes are asked for before the windows, so that none falls between.
        self._connection.send(x11_windows.watch_windows(self._root))
        _, windows = x11_windows.read_tree(self._ask(x11_windows.ask_tree(self._root)))
        for window in windows:
            self._look(window)

    def _look(self, window: int) -> None:
        """Take in a window of which nothing was told."""
        standing = x11_windows.read_standing(self._ask(x11_windows.ask_standing(window)))
        area = x11_windows.read_area(self._ask(x11_windows.ask_area(window)))
        if standing is None or area is None or len(self._known) >= x11_windows.MOST_WINDOWS:
            return
        self._known[window] = _Known(area, standing.override_redirect, standing.shown)
        if standing.shown:
            self._watch_shape(window)

    def _watch_shape(self, window: int) -> None:
        if self._shape:
            self._connection.send(x11_windows.watch_shape(self._shape, window))

    def _hear(self, event: WindowEvent) -> None:
        window, happening = event.window, event.happening
        known = self._known.get(window)
        if happening is Happening.PROPERTY:
            self._changed |= event.property == self._active_name
        elif happening is Happening.CREATED:
            if event.area and len(self._known) < x11_windows.MOST_WINDOWS:
                self._known[window] = _Known(event.area, event.override_redirect)
        elif happening is Happening.REPARENTED and event.parent == self._root:
            self._look(window)
            self._changed = True
        elif happening in {Happening.DESTROYED, Happening.REPARENTED}:
            self._known.pop(window, None)
            self._changed = True
        elif known is not None:
            self._changed |= known.shown
            self._change(known, event)
            self._changed |= known.shown

    def _change(self, known: _Known, event: WindowEvent) -> None:
        if event.happening is Happening.MAPPED:
            known.shown, known.override_redirect = True, event.override_redirect
            known.regions = None
            self._watch_shape(event.window)
        elif event.happening is Happening.UNMAPPED:
            known.shown = False
        elif event.happening is Happening.SHAPED:
            known.regions = None
        elif event.happening is Happening.CONFIGURED and event.area:
            if (known.area.width, known.area.height) != (event.area.width, event.area.height):
                known.regions = None
            known.area, known.override_redirect = event.area, event.override_redirect

    def _survey(self) -> Survey:
        _, order = x11_windows.read_tree(self._ask(x11_windows.ask_tree(self._root)))
        active, top = self._worked_in()
        below = self._known.get(top)
        if below is None or not below.shown or top not in order:
            return _NOTHING
        manager = self._manager()
        left = _REGIONS_A_SURVEY
        above: list[Top] = []
        for window in order[order.index(top) + 1 :]:
            known = self._known.get(window)
            if known is None or not known.shown or not known.area.shares_with(below.area):
                continue
            if known.regions is None:
                if not left:
                    self._changed = True  # the others' turn comes with the next survey
                    continue
                left -= 1
                known.regions = self._regions(window, known)
            if (seen := self._top(window, known, manager)) is not None:
                above.append(seen)
        return Survey(below.area, self._owner(active), tuple(above))

    def _top(self, window: int, known: _Known, manager: int) -> Top | None:
        """Return what there is to judge of a window, None when it is the server's or the manager's own."""
        owner = self._owner(window)
        if not owner or known.regions is None:
            return None  # the server's own: a compositor draws on such a one
        if known.pixels is None:
            standing = x11_windows.read_standing(self._ask(x11_windows.ask_standing(window)))
            known.pixels = standing is not None and standing.shown
        if not known.pixels:
            return None
        visible, touchable = (
            tuple(_moved(part, known.area) for part in region) for region in known.regions
        )
        own = owner == manager
        if own and (inner := self._framed(window, manager)):
            owner, own = inner, False
            return Top(window, owner, False, visible, touchable)  # noqa: FBT003 - see the field
        return None if own else Top(window, owner, known.override_redirect, visible, touchable)

    def _framed(self, window: int, manager: int) -> int:
        """Return whose window the manager has put into a frame of its own, 0 when it is empty."""
        waiting, asked = [window], 0
        while waiting and asked < _INSIDE_A_FRAME:
            asked += 1
            _, children = x11_windows.read_tree(self._ask(x11_windows.ask_tree(waiting.pop(0))))
            for child in children:
                if self._owner(child) not in {manager, 0}:
                    return self._owner(child)
            waiting += children[:_INSIDE_A_FRAME]
        return 0

    def _regions(self, window: int, known: _Known) -> tuple[tuple[Area, ...], tuple[Area, ...]]:
        whole = (Area(0, 0, known.area.width, known.area.height),)
        if not self._shape:
            return whole, whole
        visible, touchable = (
            x11_windows.read_region(self._ask(x11_windows.ask_region(self._shape, window, kind)))
            for kind in (ShapeKind.BOUNDING, ShapeKind.INPUT)
        )
        return visible, touchable

    def _worked_in(self) -> tuple[int, int]:
        """Return the window the candidate works in and the window of the desktop that holds it; 0 for none."""
        active = self._number(self._root, self._active_name)
        if active:
            if self._number(active, self._type_name) == self._desktop_type:
                return 0, 0
            return active, self._holder(active)
        # Without a window manager that tells: what has the keyboard, else the largest there is.
        focus = x11_windows.read_focus(self._ask(x11_wire.ask_focus()))
        if (top := self._holder(focus)) in self._known:
            return focus, top
        largest = max(
            (
                (known.area.width * known.area.height, window)
                for window, known in self._known.items()
                if known.shown and not known.override_redirect
            ),
            default=(0, 0),
        )[1]
        return largest, largest

    def _holder(self, window: int) -> int:
        for _ in range(_DEEPEST):
            if window in self._known or window <= 1:
                return window
            window, _ = x11_windows.read_tree(self._ask(x11_windows.ask_tree(window)))
        return 0

    def _manager(self) -> int:
        window = self._number(self._root, self._manager_sign)
        return self._owner(window)

    def _number(self, window: int, name: int) -> int:
        return x11_windows.read_number(self._ask(x11_windows.ask_number(window, name)))

    def _owner(self, window: int) -> int:
        """Return the client a window belongs to, by the first of its numbers; 0 is the server."""
        return window & ~self._connection.setup.resource_bits

    def _nonsense(self, error: MalformedError) -> SensorError:
        return SensorError(
            f"X display {self._connection.display.name}: {error}; restart the desktop"
        )


def _moved(part: Area, window: Area) -> Area:
    return Area(part.x + window.x, part.y + window.y, part.width, part.height)
