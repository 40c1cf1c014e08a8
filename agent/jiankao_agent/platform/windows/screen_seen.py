"""One screen as Windows tells of it. Pure."""

from dataclasses import dataclass
from enum import IntEnum


class Technology(IntEnum):
    """DISPLAYCONFIG_VIDEO_OUTPUT_TECHNOLOGY of wingdi.h: what the picture leaves by."""

    HD15 = 0
    DVI = 4
    HDMI = 5
    LVDS = 6
    DISPLAYPORT_EXTERNAL = 10
    DISPLAYPORT_EMBEDDED = 11
    MIRACAST = 15
    INDIRECT_WIRED = 16
    INDIRECT_VIRTUAL = 17
    INTERNAL = 0x80000000
    UNKNOWN = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class ScreenSeen:
    """Texts are empty and sizes 0 where Windows says nothing."""

    output: str
    picture: str
    """Names the picture it shows: two screens of one picture are clones. Empty when that is not known."""
    width: int = 0
    height: int = 0
    technology: int = Technology.UNKNOWN
    adapter: str = ""
    """The path or id of the adapter's device; its first part is the bus."""
    vendor: str = ""
    name: str = ""
    mirror_driver: bool = False
    """No screen, but a driver that gets everything that is drawn."""
