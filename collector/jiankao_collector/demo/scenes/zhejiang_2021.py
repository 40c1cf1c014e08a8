"""zhejiang-2021: driven by a remote-control program; one far end at several seats. Pure."""

from collections.abc import Iterator

from jiankao_collector.demo.address_plan import RELAY
from jiankao_collector.demo.scenes.hand import STEADY, answers, injected
from jiankao_collector.demo.scenes.programs import closing, ending, outbound, process
from jiankao_collector.demo.scenes.windows_seat import seat
from jiankao_collector.demo.steps import Happens, Scene, Setting, Step
from jiankao_collector.detectors.base import AlertKind
from jiankao_proto.observations import ProcessStarted

_DRIVEN_S = 90
_FOLDER = r"C:\Users\Public\Downloads\ToDesk"


def _script(setting: Setting) -> Iterator[Step]:
    onset_s = setting.onset_s
    return seat(
        setting,
        answers(setting.random, STEADY, begin_s=5, end_s=onset_s),
        _driven_from_outside(setting),
        answers(setting.random, STEADY, begin_s=onset_s + _DRIVEN_S + 15),
    )


def _driven_from_outside(setting: Setting) -> Iterator[Step]:
    random, at_s = setting.random, setting.onset_s
    tool = process(random, "ToDesk.exe", _FOLDER, started_s=at_s)
    in_use = process(random, "ToDesk_Session.exe", _FOLDER, started_s=at_s + 2)
    session = outbound(setting, in_use, RELAY)
    yield Step(at_s, Happens((ProcessStarted(tool),), urgent=True))
    yield Step(at_s + 2, Happens((ProcessStarted(in_use), session), urgent=True))
    end_s = at_s + 2 + _DRIVEN_S
    at_s += 5
    while at_s < end_s:
        for _ in range(random.randint(3, 6)):
            yield injected(random, at_s)
            at_s += 1
        at_s += random.uniform(1, 6)
    yield Step(at_s, Happens((closing(session), ending(in_use))))
    yield Step(at_s + 1, Happens((ending(tool),)))


SCENE = Scene(
    "zhejiang-2021",
    "浙江2021:远程控制软件代答，多座位同一对端",
    "Zhejiang 2021: driven by a remote-control program, one far end at several seats",
    _script,
    frozenset({AlertKind.REMOTE_CONTROL, AlertKind.INJECTED_INPUT}),
)
