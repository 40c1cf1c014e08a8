"""neetpg-2016: supervisors change the exam software and open the internet, then let somebody in. Pure."""

from collections.abc import Iterator

from jiankao_collector.demo.address_plan import SOLVER
from jiankao_collector.demo.scenes.hand import STEADY, answers, injected
from jiankao_collector.demo.scenes.programs import outbound, process
from jiankao_collector.demo.scenes.windows_seat import seat
from jiankao_collector.demo.steps import Happens, Scene, Setting, Step
from jiankao_collector.detectors.base import AlertKind
from jiankao_proto.observations import (
    Change,
    NetworkSettingChanged,
    ProcessStarted,
    WatchedFileChanged,
)

_EXAM = r"C:\Program Files\ExamBrowser\ExamBrowser.exe"
_HELPER_S = 20


def _script(setting: Setting) -> Iterator[Step]:
    return seat(setting, answers(setting.random, STEADY, begin_s=5), _opened_up(setting))


def _opened_up(setting: Setting) -> Iterator[Step]:
    random, at_s = setting.random, setting.onset_s
    changed = WatchedFileChanged(Change.MODIFIED, _EXAM, "exam-application", b"\x01" * 32)
    yield Step(at_s, Happens((changed,), urgent=True))
    for later_s, setting_changed in (
        (2, NetworkSettingChanged(Change.ADDED, "route", "0.0.0.0/0", "10.20.0.254 dev 以太网")),
        (3, NetworkSettingChanged(Change.MODIFIED, "dns_server", "以太网", "203.0.113.53")),
        (4, NetworkSettingChanged(Change.ADDED, "proxy", "http", "203.0.113.8:3128")),
    ):
        yield Step(at_s + later_s, Happens((setting_changed,), urgent=True))
    at_s += _HELPER_S
    tool = process(random, "AnyDesk.exe", r"C:\ProgramData\AnyDesk", started_s=at_s)
    session = outbound(setting, tool, SOLVER)
    yield Step(at_s, Happens((ProcessStarted(tool), session), urgent=True))
    while True:
        at_s += random.uniform(1, 8)
        yield injected(random, at_s)


SCENE = Scene(
    "neetpg-2016",
    "医学入学考2016:改动考试软件、开通外网，再让人远程进入",
    "NEET-PG 2016: the exam software changed, the internet opened, then somebody let in",
    _script,
    frozenset(
        {
            AlertKind.INTEGRITY,
            AlertKind.NETWORK,
            AlertKind.REMOTE_CONTROL,
            AlertKind.INJECTED_INPUT,
        }
    ),
)
