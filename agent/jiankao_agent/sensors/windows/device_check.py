"""Notices keys that came from no device and that no hook called injected. Pure.

Raw input names the device of each event, and none for what a program made. That is a second witness beside the hooks'
flag: whoever keeps a hook from seeing injected keys still has them arrive without a device. Only keys are counted: a
precision touchpad, too, has no device handle (RAWINPUTHEADER, Microsoft Learn).
"""

_TURN_US = 1_000_000


class DeviceCheck:
    """Compares keys without a device with keys that the hooks called injected.

    The two witnesses tell at different moments, so what the hooks said in the second before still counts.
    """

    def __init__(self) -> None:
        """Start with nothing compared."""
        self._turn_us: int | None = None
        self._flagged = self._flagged_before = self._deviceless = 0

    def flagged(self) -> None:
        """Note a key that a hook called injected."""
        self._flagged += 1

    def deviceless(self) -> None:
        """Note a key that came from no device."""
        self._deviceless += 1

    def unexplained(self, now_us: int) -> int:
        """Return, once a second, how many keys came from no device and were not called injected."""
        if self._turn_us is not None and now_us - self._turn_us < _TURN_US:
            return 0
        self._turn_us = now_us
        found = self._deviceless - self._flagged - self._flagged_before
        self._flagged_before, self._flagged, self._deviceless = self._flagged, 0, 0
        return max(0, found)
