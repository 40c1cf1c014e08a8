"""meerut-2024: ten seconds of control from the exam server's own address. Pure."""

from collections.abc import Iterator

from jiankao_collector.demo.address_plan import EXAM_SERVER
from jiankao_collector.demo.scenes.hand import STEADY, answers, injected
from jiankao_collector.demo.scenes.programs import (
    closing,
    ending,
    inbound,
    listener,
    process,
    unlistening,
)
from jiankao_collector.demo.scenes.windows_seat import seat
from jiankao_collector.demo.steps import Happens, Scene, Setting, Step
from jiankao_collector.detectors.base import AlertKind
from jiankao_proto.observations import ProcessStarted

_ANYDESK_PORT = 7070
_CONTROL_S = 10
_FOLDER = r"C:\ProgramData\AnyDesk"


def _script(setting: Setting) -> Iterator[Step]:
    onset_s = setting.onset_s
    return seat(
        setting,
        answers(setting.random, STEADY, begin_s=5, end_s=onset_s),
        _ten_seconds(setting),
        answers(setting.random, STEADY, begin_s=onset_s + _CONTROL_S + 5),
    )


def _ten_seconds(setting: Setting) -> Iterator[Step]:
    random, at_s = setting.random, setting.onset_s
    tool = process(random, "AnyDesk.exe", _FOLDER, started_s=at_s)
    in_use = process(random, "AnyDesk.exe", _FOLDER, started_s=at_s + 1, arguments="--backend")
    listens = listener(tool, _ANYDESK_PORT)
    session = inbound(setting, listens, EXAM_SERVER.address)
    yield Step(at_s, Happens((ProcessStarted(tool), listens), urgent=True))
    yield Step(at_s + 1, Happens((ProcessStarted(in_use), session), urgent=True))
    for second in range(2, _CONTROL_S):
        yield injected(random, at_s + second)
    at_s += 1 + _CONTROL_S
    yield Step(at_s, Happens((closing(session), ending(in_use)), urgent=True))
    yield Step(at_s + 1, Happens((unlistening(listens), ending(tool))))


SCENE = Scene(
    "meerut-2024",
    "密拉特2024:从考试服务器地址发起的十秒控制",
    "Meerut 2024: ten seconds of control from the exam server's own address",
    _script,
    frozenset({AlertKind.REMOTE_CONTROL, AlertKind.INJECTED_INPUT}),
)
