"""A sensor that this platform does not have yet. It says so, so that nobody takes its silence for peace."""

from jiankao_agent.sensors.base import Condition, SensorContext
from jiankao_proto.bilingual import say
from jiankao_proto.observations import Health

_REMEDY = say(
    "Windows 版采集程序发布前，请在 Linux 考试机上使用",
    "use a Linux workstation until the Windows agent is there",
)


class AwaitedSensor:
    """Keeps a sensor's name, and its place on the console, until it exists."""

    def __init__(self, name: str) -> None:
        """Take the name of the sensor that will come."""
        self._name = name

    @property
    def name(self) -> str:
        """The awaited sensor's name."""
        return self._name

    def probe(self) -> Condition:
        """Say that it does not work here."""
        return Condition(
            Health.UNAVAILABLE,
            say(
                f"采集器 {self._name} 将随 Windows 版采集程序提供",
                f"the {self._name} sensor comes with the Windows agent",
            ),
            _REMEDY,
        )

    def run(self, context: SensorContext) -> None:
        """Say so, and wait to be stopped."""
        context.report(self.probe())
        while not context.stopping.wait(1.0):
            context.baseline_wanted()  # there is nothing to tell; being asked is the sign of life
