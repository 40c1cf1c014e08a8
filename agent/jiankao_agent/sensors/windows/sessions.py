"""Who is logged on to this workstation, and from where: what the terminal services and this session itself know."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.windows import standing, terminal_services
from jiankao_agent.platform.windows.terminal_session import TerminalSession
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.logons import changes
from jiankao_agent.sensors.windows.terminal_logons import terminal_logons
from jiankao_proto.bilingual import say
from jiankao_proto.observations import Health, SessionStarted

TURN_S = 0.5


@dataclass(frozen=True, slots=True)
class SessionSources:
    """What the sensor asks; each may raise OSError. A test puts its own answers here."""

    sessions: Callable[[], list[TerminalSession]] = terminal_services.read_sessions
    own_session: Callable[[], int] = standing.own_session
    remote: Callable[[], bool] = standing.is_remote_session
    controlled: Callable[[], bool] = standing.is_remotely_controlled

    def logons(self) -> dict[str, SessionStarted]:
        """Return the logons there are. Raises OSError."""
        return terminal_logons(
            self.sessions(),
            own_session=self.own_session(),
            remote=self.remote(),
            controlled=self.controlled(),
        )


class SessionsSensor:
    """Logons."""

    name = "sessions"

    def __init__(self, sources: SessionSources | None = None) -> None:
        """Ask `sources`, by default Windows."""
        self._sources = sources or SessionSources()

    def probe(self) -> Condition:
        """Tell whether the terminal services answer."""
        try:
            self._sources.logons()
        except OSError as error:
            return Condition(
                Health.UNAVAILABLE,
                say(f"无法读取登录信息：{error}", f"logons cannot be read: {error}"),
                say(
                    "请启动 Windows 服务“Remote Desktop Services”（TermService）",
                    'start the Windows service "Remote Desktop Services" (TermService)',
                ),
            )
        return OK

    def run(self, context: SensorContext) -> None:
        """Watch until told to stop. Raises SensorError when the terminal services do not answer."""
        condition = self.probe()
        if condition.health is Health.UNAVAILABLE:
            raise SensorError(condition.reason)
        context.report(condition)
        known: dict[str, SessionStarted] = {}
        first = True
        try:
            while True:
                if context.baseline_wanted() and not first:
                    for session in known.values():
                        context.emit(replace(session, baseline=True))
                now = self._sources.logons()
                for fact in changes(known, now):
                    if isinstance(fact, SessionStarted):
                        context.emit(replace(fact, baseline=first), urgent=not first)
                    else:
                        context.emit(fact)
                known, first = now, False
                if context.stopping.wait(TURN_S):
                    return
        except OSError as error:
            raise SensorError(
                f"sessions: logons cannot be read any more ({error}); is TermService running?"
            ) from error
