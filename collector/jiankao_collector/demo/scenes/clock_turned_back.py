"""clock-turned-back: somebody sets the workstation's clock back by hours. Pure."""

from collections.abc import Iterator

from jiankao_collector.demo.scenes.hand import STEADY, answers
from jiankao_collector.demo.scenes.windows_seat import seat
from jiankao_collector.demo.steps import SECOND_US, Happens, Scene, Setting, Step
from jiankao_collector.detectors.base import AlertKind
from jiankao_proto.observations import ClockChanged

_BACK_S = 2 * 3600
_SETTLED_S = 60


def _script(setting: Setting) -> Iterator[Step]:
    return seat(setting, answers(setting.random, STEADY, begin_s=5), _turned_back(setting))


def _turned_back(setting: Setting) -> Iterator[Step]:
    at_s = setting.onset_s + _SETTLED_S
    yield Step(at_s, Happens((ClockChanged(-_BACK_S * SECOND_US),), urgent=True))


SCENE = Scene(
    "clock-turned-back",
    "拨回时钟：考试机时间被调回两小时",
    "Clock turned back: the workstation's time is set back by two hours",
    _script,
    frozenset({AlertKind.CHAIN}),
)
