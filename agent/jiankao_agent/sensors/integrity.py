"""The agent itself: what it runs in, who takes hold of it, and whether its own files stay as they are.

A debugger is looked for at every turn; files are digested again only when one of them was touched. Jumps of the clock
are told by the supervisor, which compares both clocks anyway; a restart of the system stands in every header.
"""

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.linux.surroundings import Surroundings, tracer_of_this_process
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.self_watch import SelfWatch, files_signature
from jiankao_proto.bilingual import say
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import EnvironmentSeen, Health

TURN_S = 1.0
_REMEDY = say(
    "请以 root 运行采集程序，确认 /proc 已挂载；必要时重新安装采集程序",
    "run the agent as root with /proc mounted; install the agent again if its files are damaged",
)


class IntegritySensor:
    """The agent's own state."""

    name = "integrity"

    def probe(self) -> Condition:
        """Tell whether the agent can look at itself."""
        try:
            tracer_of_this_process()
            files_signature()
        except (OSError, MalformedError) as error:
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
        around = Surroundings()
        seen = EnvironmentSeen(
            virtual_machine=around.virtual_machine(), container=around.container()
        )
        watch = SelfWatch(context, seen, tracer_of_this_process)
        try:
            while True:
                watch.turn()
                if context.stopping.wait(TURN_S):
                    return
        except (OSError, MalformedError) as error:
            raise SensorError(
                f"integrity: the agent cannot look at itself any more ({error}); is /proc mounted?"
            ) from error
