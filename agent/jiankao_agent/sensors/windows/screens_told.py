"""What to tell of the screens Windows has. Pure."""

from collections.abc import Iterable

from jiankao_agent.platform.windows.screen_seen import ScreenSeen, Technology
from jiankao_proto.observations import Change, DisplayChanged

_SOFTWARE, _HARDWARE = frozenset({"ROOT", "SWD"}), frozenset({"PCI", "USB"})
_WINDOWS_OWN = frozenset({"BASICDISPLAY", "BASICRENDER"})
"""What Windows shows a picture with while the graphics card has no driver of its own: ROOT\\BASICDISPLAY."""


def screens_told(screens: Iterable[ScreenSeen]) -> dict[str, DisplayChanged]:
    """Return the screens by output, as baselines. Those that show one picture are mirrored."""
    listed = list(screens)
    return {
        screen.output: DisplayChanged(
            change=Change.BASELINE,
            output=screen.output,
            width_px=screen.width,
            height_px=screen.height,
            edid_vendor=screen.vendor,
            edid_name=screen.name,
            mirrored=screen.mirror_driver
            or any(
                other is not screen and screen.picture and other.picture == screen.picture
                for other in listed
            ),
            virtual=is_virtual(screen),
        )
        for screen in listed
    }


def is_virtual(screen: ScreenSeen) -> bool:
    r"""Tell whether software made a screen up, by its adapter (\\?\ROOT#DISPLAY#0000#{…}, ROOT\…, PCI\…).

    A virtual screen's driver may call its plug HDMI; what its adapter hangs on it cannot choose. A dock on USB is real.
    """
    bus, _, rest = screen.adapter.removeprefix("\\\\?\\").replace("#", "\\").upper().partition("\\")
    if screen.mirror_driver or screen.technology == Technology.INDIRECT_VIRTUAL:
        return True
    if bus in _SOFTWARE:
        return rest.partition("\\")[0] not in _WINDOWS_OWN
    return screen.technology == Technology.INDIRECT_WIRED and bus not in _HARDWARE
