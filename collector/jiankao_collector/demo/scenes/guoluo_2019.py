"""guoluo-2019: everything was prepared on the computer before the exam, by the centre's own people. Pure."""

from collections.abc import Iterator

from jiankao_collector.demo.address_plan import RELAY
from jiankao_collector.demo.scenes.hand import STEADY, answers, injected
from jiankao_collector.demo.scenes.programs import outbound, process
from jiankao_collector.demo.scenes.windows_seat import seat
from jiankao_collector.demo.steps import Happens, Scene, Setting, Step
from jiankao_collector.detectors.base import AlertKind
from jiankao_proto.observations import (
    Change,
    ProcessStarted,
    ServiceChanged,
    ServiceKind,
    WatchedFileChanged,
)

_FOLDER = r"C:\Program Files\ToDesk"
_AUTOSTART = r"C:\ProgramData\Microsoft\Windows\Start Menu\Programs\StartUp\ToDesk.lnk"


def _script(setting: Setting) -> Iterator[Step]:
    return seat(setting, answers(setting.random, STEADY, begin_s=5), _prepared(setting))


def _prepared(setting: Setting) -> Iterator[Step]:
    random, at_s = setting.random, setting.onset_s
    tool = process(random, "ToDesk.exe", _FOLDER, started_s=-600)
    there = (
        ProcessStarted(tool, baseline=True),
        ServiceChanged(
            Change.BASELINE, ServiceKind.SYSTEM, "ToDesk_Service", enabled=True, running=True
        ),
        WatchedFileChanged(Change.BASELINE, _AUTOSTART, "autostart", bytes(32)),
    )
    yield Step(0.0, Happens(there))
    in_use = process(random, "ToDesk_Session.exe", _FOLDER, started_s=at_s)
    session = outbound(setting, in_use, RELAY)
    yield Step(at_s, Happens((ProcessStarted(in_use), session), urgent=True))
    at_s += 2
    while True:
        yield injected(random, at_s)
        at_s += random.uniform(1, 9)


SCENE = Scene(
    "guoluo-2019",
    "果洛2019:考前由考点人员预装的远程工具，考试中启用",
    "Guoluo 2019: a tool prepared by the centre's own people before the exam, used during it",
    _script,
    frozenset({AlertKind.REMOTE_CONTROL, AlertKind.INJECTED_INPUT}),
)
