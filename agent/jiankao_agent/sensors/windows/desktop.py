"""Windows that no honest exam needs: panes above the exam, windows that hide from capture, another desktop in front.

Of a window its size, its program and a keyed digest of its title are told, nothing else. The key is made anew at every
start and stays here: the digest tells one title from another, and cannot be looked up.
"""

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.windows import process_list, standing, window_list
from jiankao_agent.platform.windows.window_seen import DesktopSeen
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.windows.window_changes import Noticed, WindowChanges
from jiankao_proto.bilingual import say
from jiankao_proto.observations import Health, ProcessRef, WindowFinding

TURN_S = 0.5
SERVICES_SESSION = 0
_DIGEST_BYTES = 16

IN_SERVICES_SESSION = Condition(
    Health.UNAVAILABLE,
    say(
        "采集程序在服务会话（会话 0）中运行，看不到考生桌面上的窗口",
        "the agent runs in the session of services (0) and sees no windows of the candidate's desktop",
    ),
    say(
        "请在考生登录的会话中运行采集程序",
        "run the agent in the session in which the candidate is logged on",
    ),
)


@dataclass(frozen=True, slots=True)
class Windows:
    """What the sensor asks of Windows. A test puts its own answers here."""

    session: Callable[[], int] = standing.own_session
    look: Callable[[], DesktopSeen] = window_list.look
    title_of: Callable[[int], str] = window_list.title_of
    refer: Callable[[int], ProcessRef] = process_list.refer


class DesktopSensor:
    """Odd windows, and changes of the desktop in front."""

    name = "desktop"

    def __init__(self, windows: Windows | None = None) -> None:
        """Watch `windows`, by default those of this process's desktop."""
        self._windows = windows or Windows()

    def probe(self) -> Condition:
        """Tell whether this process can see the candidate's windows."""
        try:
            if self._windows.session() == SERVICES_SESSION:
                return IN_SERVICES_SESSION
            self._windows.look()
        except OSError as error:
            return Condition(
                Health.UNAVAILABLE,
                say(f"无法列出桌面上的窗口：{error}", f"the windows cannot be listed: {error}"),
                IN_SERVICES_SESSION.remedy,
            )
        return OK

    def run(self, context: SensorContext) -> None:
        """Watch until told to stop. Raises SensorError when windows cannot be listed."""
        condition = self.probe()
        context.report(condition)
        if condition is IN_SERVICES_SESSION:
            # Nothing changes a process's session: started again, it would find the same.
            while not context.stopping.wait(TURN_S):
                context.baseline_wanted()  # being asked is the sign of life
            return
        if condition.health is Health.UNAVAILABLE:
            raise SensorError(condition.reason)
        watch = _Watch(context, self._windows)
        try:
            while True:
                watch.turn()
                if context.stopping.wait(TURN_S):
                    return
        except OSError as error:
            raise SensorError(
                f"desktop: the windows cannot be listed any more ({error}); is the user still logged on?"
            ) from error


class _Watch:
    def __init__(self, context: SensorContext, windows: Windows) -> None:
        self._context = context
        self._windows = windows
        self._changes = WindowChanges()
        self._key = secrets.token_bytes(hashlib.blake2b.MAX_KEY_SIZE)

    def turn(self) -> None:
        """Look once. Raises OSError."""
        if self._context.baseline_wanted():
            self._changes.tell_again()
        for noticed in self._changes.look(self._windows.look(), time.monotonic_ns() // 1000):
            self._context.emit(self._fact(noticed), urgent=True)

    def _fact(self, noticed: Noticed) -> WindowFinding:
        window = noticed.window
        if window is None:
            return WindowFinding(noticed.kind, desktop=noticed.desktop)
        title = self._windows.title_of(window.handle).encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(title, digest_size=_DIGEST_BYTES, key=self._key).digest()
        return WindowFinding(
            noticed.kind,
            self._windows.refer(window.pid) if window.pid else ProcessRef(),
            digest if title else b"",
            window.rectangle.width_px,
            window.rectangle.height_px,
        )
