"""Being told that Windows ends this session: WM_QUERYENDSESSION, WM_ENDSESSION (Microsoft Learn)."""

from collections.abc import Callable

from jiankao_agent.platform.windows.message_thread import MessageThread

_QUERY_END, _END = 0x0011, 0x0016


class SessionEnd(MessageThread):
    """Calls somebody when the session ends; Windows waits for the call to return before it ends our process."""

    def __init__(self, ends: Callable[[], None]) -> None:
        """Listen. `ends` must be quick and not raise. Raises OSError."""

        def hear(message: int, first: int, _second: int) -> int | None:
            if message == _QUERY_END:
                return 1  # we do not stand in its way
            if message == _END and first:
                ends()
                return 0
            return None

        super().__init__("session-end", hear, top_level=True)
