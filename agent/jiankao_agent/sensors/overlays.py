"""When a window over another is news: it lies long and large over the one worked in. Pure; time is an input.

Two kinds. One that lets the mouse through shows something over the exam and takes nothing: few honest windows do that.
One that goes past the window manager (override-redirect) is what menus, tooltips, notifications and the candidate
windows of input methods are too: those are small or soon gone, so that it has to be larger and to stay longer.
A window that shows itself for a few seconds at a time is not told; it would be honest ones too.
"""

from collections.abc import Sequence

from jiankao_agent.platform.linux.window_stack import Survey, Top
from jiankao_agent.platform.linux.x11_randr import Area

SEEN_THROUGH_US = 4_000_000
SEEN_THROUGH_PX = 4_000
"""Pixels: a few words of an answer."""
UNMANAGED_US = 15_000_000
UNMANAGED_SHARE = 0.03
UNMANAGED_PX = 40_000
"""Of the window below, and at least. An input method's bar has some 8000 pixels, a row of its candidates 30 000."""
AGAIN_US = 30_000_000
_MOST_SPELLS = 256


class Overlays:
    """Follows the windows that lie over the one the candidate works in."""

    def __init__(self) -> None:
        """Start with none."""
        self._spells: dict[int, tuple[Top, int, int]] = {}
        """By window: as it is, since when it lies there, and how long it may."""
        self._told_us: dict[int, int] = {}
        """By owner."""

    def see(self, survey: Survey, now_us: int) -> None:
        """Take in how the windows stand."""
        spells: dict[int, tuple[Top, int, int]] = {}
        for top in survey.above:
            may_us = _patience_us(top, survey)
            if may_us is None or len(spells) >= _MOST_SPELLS:
                continue
            known = self._spells.get(top.window)
            spells[top.window] = (top, known[1] if known else now_us, may_us)
        self._spells = spells

    @property
    def watched(self) -> bool:
        """Whether one lies there that may be news before long."""
        return bool(self._spells)

    def due(self, now_us: int) -> list[Top]:
        """Return what is to be told now: of each owner its largest, again every half a minute."""
        standing: dict[int, Top] = {}
        for top, since_us, may_us in self._spells.values():
            if now_us - since_us < may_us:
                continue
            before = standing.get(top.owner)
            if before is None or size(top.visible) > size(before.visible):
                standing[top.owner] = top
        self._told_us = {o: at for o, at in self._told_us.items() if now_us - at < AGAIN_US}
        news = [top for owner, top in standing.items() if owner not in self._told_us]
        self._told_us |= {top.owner: now_us for top in news}
        return news


def _patience_us(top: Top, survey: Survey) -> int | None:
    """Return how long a window may lie there, None when it may for ever."""
    if survey.below is None or top.owner == survey.owner:
        return None
    covered = sum(shared(part, survey.below) for part in top.visible)
    if size(top.touchable) * 2 < size(top.visible) and covered >= SEEN_THROUGH_PX:
        return SEEN_THROUGH_US
    whole = survey.below.width * survey.below.height
    if top.unmanaged and covered >= max(whole * UNMANAGED_SHARE, UNMANAGED_PX):
        return UNMANAGED_US
    return None


def size(region: Sequence[Area]) -> int:
    """Return the pixels of a region whose parts do not overlap."""
    return sum(part.width * part.height for part in region)


def shared(one: Area, other: Area) -> int:
    """Return how many pixels two areas have in common."""
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return max(width, 0) * max(height, 0)


def frame(region: Sequence[Area]) -> tuple[int, int]:
    """Return width and height of the smallest area that holds a region."""
    if not region:
        return 0, 0
    return (
        max(part.x + part.width for part in region) - min(part.x for part in region),
        max(part.y + part.height for part in region) - min(part.y for part in region),
    )
