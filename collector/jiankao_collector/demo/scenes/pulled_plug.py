"""pulled-plug: the network cable comes out; what the agent sees meanwhile arrives later. Pure."""

from collections.abc import Iterator

from jiankao_collector.demo.scenes.hand import STEADY, answers
from jiankao_collector.demo.scenes.windows_seat import seat
from jiankao_collector.demo.steps import Happens, PlugBack, PlugPulled, Scene, Setting, Step
from jiankao_collector.detectors.base import AlertKind
from jiankao_proto.observations import Change, NetworkInterfaceChanged

_UNPLUGGED_S = 45


def _script(setting: Setting) -> Iterator[Step]:
    return seat(setting, answers(setting.random, STEADY, begin_s=5), _unplugged(setting))


def _unplugged(setting: Setting) -> Iterator[Step]:
    at_s = setting.onset_s
    yield Step(at_s, PlugPulled())
    yield Step(at_s + 1, _link(setting, up=False))
    at_s += _UNPLUGGED_S
    yield Step(at_s, PlugBack())
    yield Step(at_s + 1, _link(setting, up=True))


def _link(setting: Setting, *, up: bool) -> Happens:
    addresses = (setting.address,) if up else ()
    fact = NetworkInterfaceChanged(Change.MODIFIED, "以太网", "ethernet", addresses, up=up)
    return Happens((fact,), urgent=True)


SCENE = Scene(
    "pulled-plug",
    "拔网线：失联后接回，缓存的数据按顺序补传",
    "Pulled plug: silent for a while, then everything kept meanwhile arrives in order",
    _script,
    frozenset({AlertKind.SILENCE}),
)
