"""One top-level window as Windows tells of it, and what its styles say. Pure."""

from dataclasses import dataclass

_TOPMOST, _TRANSPARENT, _LAYERED = 0x0008, 0x0020, 0x0008_0000
"""WS_EX_TOPMOST, WS_EX_TRANSPARENT, WS_EX_LAYERED of winuser.h (Microsoft Learn: Extended Window Styles)."""
AFFINITY_NONE = 0


@dataclass(frozen=True, slots=True)
class Rectangle:
    """In pixels of the desktop; `right` and `bottom` are just outside."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0

    @property
    def width_px(self) -> int:
        """Its width, 0 when it is turned inside out."""
        return max(0, self.right - self.left)

    @property
    def height_px(self) -> int:
        """Its height, 0 when it is turned inside out."""
        return max(0, self.bottom - self.top)

    def common(self, other: "Rectangle") -> "Rectangle":
        """Return what lies in both."""
        return Rectangle(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )


@dataclass(frozen=True, slots=True)
class WindowSeen:
    """A window at one moment. Of one that is not shown only `handle` and `pid` are told.

    `affinity`: WDA_… of SetWindowDisplayAffinity, 0 when it may be captured. `opaque`: how much of it can be seen,
    0..255. `cloaked`: shown, but not drawn (another virtual desktop, a suspended app).
    """

    handle: int
    pid: int
    shown: bool = False
    extended_style: int = 0
    affinity: int = AFFINITY_NONE
    rectangle: Rectangle = Rectangle()
    opaque: int = 255
    cloaked: bool = False

    @property
    def is_pane(self) -> bool:
        """Tell whether it lies above all others and lets the mouse through: it can only be looked at."""
        wanted = _TOPMOST | _TRANSPARENT | _LAYERED
        return (
            self.shown
            and not self.cloaked
            and self.opaque > 0
            and self.extended_style & wanted == wanted
        )


@dataclass(frozen=True, slots=True)
class DesktopSeen:
    """The desktop that gets the input. `name` is empty and `windows` None when it is closed to the agent."""

    name: str
    windows: tuple[WindowSeen, ...] | None
    foreground: int = 0
    """The handle of the window in front; 0 when there is none, or on a desktop that is not the agent's own."""
