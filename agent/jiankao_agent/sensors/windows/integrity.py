"""The agent itself: what it runs in, who takes hold of it, and whether its own files stay as they are.

Windows tells that a debugger is there, not which program it is. Jumps of the clock are told by the supervisor, which
compares both clocks anyway; a restart of the system stands in every header.
"""

from collections.abc import Callable
from dataclasses import dataclass

from jiankao_agent.binaries import look_at_own_files
from jiankao_agent.errors import SensorError
from jiankao_agent.platform.windows import surroundings
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.self_watch import SelfWatch
from jiankao_proto.bilingual import say
from jiankao_proto.observations import EnvironmentSeen, Health, ProcessRef

TURN_S = 1.0
THOROUGH_EVERY_S = 60.0
_REMEDY = say(
    "请以管理员身份运行采集程序；必要时重新安装采集程序",
    "run the agent as administrator; install it again if its files are damaged",
)


@dataclass(frozen=True, slots=True)
class Around:
    """What the sensor asks of Windows. A test puts its own answers here."""

    virtual_machine: Callable[[], str] = surroundings.virtual_machine
    sandbox: Callable[[], str] = surroundings.sandbox
    debugger: Callable[[], ProcessRef] = surroundings.debugger_of_this_process


class IntegritySensor:
    """The agent's own state."""

    name = "integrity"

    def __init__(
        self, around: Around | None = None, *, thorough_every_s: float = THOROUGH_EVERY_S
    ) -> None:
        """Look around with `around`; digest the files again after so many seconds whatever their times say."""
        self._around = around or Around()
        self._thorough_every_s = thorough_every_s

    def probe(self) -> Condition:
        """Tell whether the agent can look at itself."""
        try:
            self._around.debugger()
            look_at_own_files()
        except OSError as error:
            return Condition(
                Health.UNAVAILABLE,
                say(f"无法检查采集程序自身：{error}", f"the agent cannot look at itself: {error}"),
                _REMEDY,
            )
        return OK

    def run(self, context: SensorContext) -> None:
        """Watch until told to stop. Raises SensorError when the agent cannot look at itself."""
        condition = self.probe()
        if condition.health is Health.UNAVAILABLE:
            raise SensorError(condition.reason)
        context.report(condition)
        seen = EnvironmentSeen(
            virtual_machine=self._around.virtual_machine(), container=self._around.sandbox()
        )
        watch = SelfWatch(
            context, seen, self._around.debugger, thorough_every_s=self._thorough_every_s
        )
        try:
            while True:
                watch.turn()
                if context.stopping.wait(TURN_S):
                    return
        except OSError as error:
            raise SensorError(
                f"integrity: the agent cannot look at itself any more ({error}); start it again"
            ) from error
