"""killed-agent: an administrator kills the agent; started again, it goes on. Pure."""

from collections.abc import Iterator

from jiankao_collector.demo.scenes.hand import STEADY, answers
from jiankao_collector.demo.scenes.windows_seat import seat
from jiankao_collector.demo.steps import AgentKilled, AgentStarts, Scene, Setting, Step
from jiankao_collector.detectors.base import AlertKind

_DEAD_S = 20


def _script(setting: Setting) -> Iterator[Step]:
    return seat(setting, answers(setting.random, STEADY, begin_s=5), _killed(setting))


def _killed(setting: Setting) -> Iterator[Step]:
    yield Step(setting.onset_s, AgentKilled())
    yield Step(setting.onset_s + _DEAD_S, AgentStarts())


SCENE = Scene(
    "killed-agent",
    "终止采集程序：连接骤断，重启后同一身份继续",
    "Killed agent: the stream breaks, and goes on with the same identity after a restart",
    _script,
    frozenset({AlertKind.SILENCE}),
)
