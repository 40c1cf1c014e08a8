"""blinded-sensor: the input sensor is cut off. Not seeing never reads as fine. Pure."""

from collections.abc import Iterator

from jiankao_collector.demo.scenes.hand import STEADY, answers
from jiankao_collector.demo.scenes.windows_seat import seat
from jiankao_collector.demo.steps import Scene, SensorTurns, Setting, Step
from jiankao_collector.detectors.base import AlertKind
from jiankao_proto.observations import Health

_BLIND_S = 60


def _script(setting: Setting) -> Iterator[Step]:
    onset_s = setting.onset_s
    return seat(
        setting,
        answers(setting.random, STEADY, begin_s=5, end_s=onset_s),
        _blinded(setting),
        answers(setting.random, STEADY, begin_s=onset_s + _BLIND_S),
    )


def _blinded(setting: Setting) -> Iterator[Step]:
    unavailable = SensorTurns(
        "input",
        Health.UNAVAILABLE,
        "the input hooks were removed by another program",
        "find out what runs at this seat; restart the agent",
    )
    yield Step(setting.onset_s, unavailable)
    yield Step(setting.onset_s + _BLIND_S, SensorTurns("input", Health.OK))


SCENE = Scene(
    "blinded-sensor",
    "输入采集失效：看不见不等于正常",
    "Blinded sensor: the input sensor is cut off for a while",
    _script,
    frozenset({AlertKind.SENSOR}),
)
