"""What the keeper of the helper needs of the system: who is at the screen, and a helper there."""

from typing import Protocol


class HelperAtWork(Protocol):
    """A helper that was started. One thread calls `connect` and `read`, any the rest."""

    def connect(self, within_s: float) -> None:
        """Wait until it is there. Raises OSError (TimeoutError is one) when it does not come."""

    def read(self, timeout_s: float) -> bytes | None:
        """Return its next message, None when the time is up. Raises OSError when it is gone."""

    def write(self, message: bytes) -> None:
        """Send it a message. Raises OSError."""

    def end(self) -> None:
        """End it, whatever it does."""

    def last_words(self) -> str:
        """Return how it ended, in both languages; nothing when it runs. Call it when `connect` or `read` failed."""

    def close(self) -> None:
        """Let everything go; nothing may be called after it."""


class Desk(Protocol):
    """The session at the screen."""

    def session(self) -> int | None:
        """Return its number if somebody is logged on there. Raises OSError."""

    def start(self, session: int) -> HelperAtWork:
        """Start a helper in it. Raises OSError."""
