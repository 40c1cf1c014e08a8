"""phone-tether: the cable is out for four minutes while a solver works through a phone's network. Pure.

The agent loses the collector and keeps what it sees; it is delivered when the cable is back and the phone gone.
"""

from collections.abc import Iterator

from jiankao_collector.demo.address_plan import RELAY
from jiankao_collector.demo.scenes.hand import STEADY, answers, injected
from jiankao_collector.demo.scenes.programs import closing, ending, outbound, process
from jiankao_collector.demo.scenes.tether import back, plugged_in
from jiankao_collector.demo.scenes.windows_seat import seat
from jiankao_collector.demo.steps import Happens, PlugBack, PlugPulled, Scene, Setting, Step
from jiankao_collector.detectors.base import AlertKind
from jiankao_proto.observations import ProcessStarted

UNPLUGGED_S = 240
_TETHERED_S, _DRIVEN_FROM_S, _DRIVEN_TO_S = 8, 20, 215
_FOLDER = r"C:\Users\exam\AppData\Local\ToDesk"


def _script(setting: Setting) -> Iterator[Step]:
    onset_s = setting.onset_s
    return seat(
        setting,
        answers(setting.random, STEADY, begin_s=5, end_s=onset_s),
        _tethered(setting),
        answers(setting.random, STEADY, begin_s=onset_s + UNPLUGGED_S + 10),
    )


def _tethered(setting: Setting) -> Iterator[Step]:
    onset_s = setting.onset_s
    yield Step(onset_s, PlugPulled())
    phone = plugged_in(setting, onset_s + 1, onset_s + _TETHERED_S)
    yield from phone.steps
    yield from _driven(setting, phone.address, onset_s + _DRIVEN_FROM_S, onset_s + _DRIVEN_TO_S)
    yield from phone.taken_away(onset_s + _DRIVEN_TO_S + 10)
    yield Step(onset_s + UNPLUGGED_S, PlugBack())
    yield Step(onset_s + UNPLUGGED_S + 1, back(setting))


def _driven(setting: Setting, address: str, at_s: float, end_s: float) -> Iterator[Step]:
    random = setting.random
    through = Setting(random, address, setting.onset_s)
    tool = process(random, "ToDesk.exe", _FOLDER, started_s=at_s)
    in_use = process(random, "ToDesk_Session.exe", _FOLDER, started_s=at_s + 2)
    session = outbound(through, in_use, RELAY)
    yield Step(at_s, Happens((ProcessStarted(tool),), urgent=True))
    yield Step(at_s + 2, Happens((ProcessStarted(in_use), session), urgent=True))
    at_s += 5
    while at_s < end_s - 10:
        for _ in range(random.randint(3, 6)):
            yield injected(random, at_s)
            at_s += 1
        at_s += random.uniform(1, 6)
    yield Step(end_s, Happens((closing(session), ending(in_use))))
    yield Step(end_s + 1, Happens((ending(tool),)))


SCENE = Scene(
    "phone-tether",
    "拔网线四分钟：其间经手机共享网络远程代答，接回后缓存的数据补传",
    "Phone tether: the cable out for four minutes while a solver works through a phone; told when it is back",
    _script,
    frozenset(
        {
            AlertKind.SILENCE,
            AlertKind.NETWORK,
            AlertKind.REMOTE_CONTROL,
            AlertKind.INJECTED_INPUT,
        }
    ),
)
