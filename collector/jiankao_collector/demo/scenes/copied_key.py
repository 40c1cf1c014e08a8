"""copied-key: one workstation's key is used on another computer, beside the seat's own agent or in its place. Pure."""

from collections.abc import Iterator

from jiankao_collector.demo.address_plan import COPYING_MACHINE
from jiankao_collector.demo.scenes.hand import STEADY, answers, clicking, moving
from jiankao_collector.demo.scenes.windows_seat import seat
from jiankao_collector.demo.steps import (
    Action,
    AgentKilled,
    CopySays,
    CopyStarts,
    CopyStops,
    Scene,
    Setting,
    Step,
)
from jiankao_collector.detectors.base import AlertKind

_BESIDE_S = 15
_UP_S = 5_400.0


def _beside(setting: Setting) -> Iterator[Step]:
    def copied() -> Iterator[Step]:
        onset_s = setting.onset_s
        yield Step(onset_s, _copy())
        for second in range(1, _BESIDE_S):
            yield Step(onset_s + second, _quiet_hand(setting))
        yield Step(onset_s + _BESIDE_S, CopyStops())

    return seat(setting, answers(setting.random, STEADY, begin_s=5), copied())


def _in_its_place(setting: Setting) -> Iterator[Step]:
    """The seat's agent is stopped, and what goes on in its name is another computer at rest."""

    def moved() -> Iterator[Step]:
        at_s = setting.onset_s
        yield Step(at_s, AgentKilled())
        at_s += 1
        yield Step(at_s, _copy())
        while True:
            at_s += setting.random.uniform(0.5, 4)
            yield Step(at_s, _quiet_hand(setting))

    return seat(setting, answers(setting.random, STEADY, begin_s=5), moved())


def _copy() -> Action:
    return CopyStarts(COPYING_MACHINE, _UP_S)


def _quiet_hand(setting: Setting) -> Action:
    random = setting.random
    return CopySays((clicking(random) if random.random() < 1 / 8 else moving(random),))


SCENES = (
    Scene(
        "copied-key",
        "密钥被复制：另一台电脑同时以这个座位的名义发送数据",
        "Copied key: another computer speaks in this seat's name beside it",
        _beside,
        frozenset({AlertKind.CHAIN, AlertKind.NETWORK, AlertKind.SILENCE}),
    ),
    Scene(
        "copied-key-moved",
        "密钥被复制：本机采集程序被停，另一台电脑立即接着发送",
        "Copied key: the agent is stopped, and another computer goes on in its place at once",
        _in_its_place,
        frozenset({AlertKind.CHAIN, AlertKind.NETWORK}),
    ),
)
