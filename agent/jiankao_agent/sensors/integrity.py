"""The agent itself: what it runs in, who takes hold of it, and whether its own files stay as they are.

A debugger is looked for at every turn; files are digested again only when one of them was touched. Jumps of the clock
are told by the supervisor, which compares both clocks anyway; a restart of the system stands in every header.
"""

from jiankao_agent.binaries import look_at_own_files
from jiankao_agent.platform.linux.surroundings import (
    Surroundings,
    TracerWatch,
    tracer_of_this_process,
)
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.self_watch import SelfWatch
from jiankao_agent.sensors.turns import take_turns
from jiankao_proto.bilingual import say
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import EnvironmentSeen, Health

TURN_S = 2.0
FILES_EVERY_S = 30.0
"""The files sensor is told of a change at once; this look takes nobody's word for it."""
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
            look_at_own_files()
        except (OSError, MalformedError) as error:
            return Condition(
                Health.UNAVAILABLE,
                say(f"无法检查采集程序自身：{error}", f"the agent cannot look at itself: {error}"),
                _REMEDY,
            )
        return OK

    def run(self, context: SensorContext) -> None:
        """Watch until told to stop. Raises SensorError when the agent cannot look at itself."""
        take_turns(
            context,
            self.probe(),
            _begin,
            TURN_S,
            lost="integrity: the agent cannot look at itself any more",
            ask="is /proc mounted?",
        )


def _begin(context: SensorContext) -> SelfWatch:
    around = Surroundings()
    seen = EnvironmentSeen(virtual_machine=around.virtual_machine(), container=around.container())
    return SelfWatch(context, seen, TracerWatch().look, files_every_s=FILES_EVERY_S)
