"""The session at the screen, as Windows lets a service reach it."""

import secrets
import sys
import time
from collections.abc import Callable
from typing import Protocol

from jiankao_agent.platform.windows import accounts, pipes, session_processes, standing
from jiankao_agent.platform.windows.pipes import Pipe
from jiankao_agent.session_helper.messages import LARGEST_MESSAGE
from jiankao_proto.bilingual import say

_WRITTEN_WITHIN_S = 2.0
_WHY_WITHIN_S = 1.0


class _Process(Protocol):
    @property
    def pid(self) -> int: ...
    def wait(self, timeout_s: float) -> int | None: ...
    def kill(self) -> None: ...
    def close(self) -> None: ...


class WindowsHelper:
    """A helper in a process of its own, at the far end of a pipe."""

    def __init__(self, pipe: Pipe, process: _Process) -> None:
        """Take over both."""
        self._pipe, self._process = pipe, process

    def connect(self, within_s: float) -> None:
        """Wait for it. Whoever else opens the pipe is refused, and with it the pipe: it has one instance."""
        until = time.monotonic() + within_s
        while True:
            try:
                opened_by = self._pipe.accept(0.5)
                break
            except TimeoutError:
                if self._process.wait(0) is not None:
                    raise OSError("it ended before it connected") from None
                if time.monotonic() >= until:
                    raise
        if opened_by != self._process.pid:
            raise OSError(f"another process ({opened_by}) opened its pipe")

    def read(self, timeout_s: float) -> bytes | None:
        """Return its next message."""
        return self._pipe.read(timeout_s)

    def write(self, message: bytes) -> None:
        """Send it a message."""
        self._pipe.write(message, _WRITTEN_WITHIN_S)

    def end(self) -> None:
        """End it."""
        self._process.kill()

    def last_words(self) -> str:
        """Return its exit code."""
        code = self._process.wait(_WHY_WITHIN_S)
        if code is None:
            return ""
        return say(f"它的进程已结束（退出码 {code}）", f"its process ended (exit code {code})")

    def close(self) -> None:
        """Let pipe and process go."""
        self._pipe.close()
        self._process.close()


class WindowsDesk:
    """The session at this computer's screen."""

    def session(self) -> int | None:
        """Ask Windows."""
        return accounts.session_at_screen()

    def start(self, session: int) -> WindowsHelper:
        """Start a helper as the session's user; where we run in that session ourselves, as ourselves."""
        name = f"jiankao-{secrets.token_hex(16)}"
        arguments = [sys.executable, "-P", "-m", "jiankao_agent.session_helper", name]
        own = accounts.own_account()
        if session == standing.own_session():
            pipe = pipes.create(name, (own,), LARGEST_MESSAGE)
            return _guarded(pipe, lambda: session_processes.start_here(arguments))
        with accounts.token_of_session(session) as token:
            pipe = pipes.create(name, (own, accounts.account_of(token)), LARGEST_MESSAGE)
            return _guarded(pipe, lambda: session_processes.start_as(token, arguments))


def _guarded(pipe: Pipe, start: Callable[[], _Process]) -> WindowsHelper:
    try:
        return WindowsHelper(pipe, start())
    except OSError:
        pipe.close()
        raise
