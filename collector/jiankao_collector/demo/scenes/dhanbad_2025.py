"""dhanbad-2025: the candidate keeps moving the mouse, the clicks come from elsewhere. Pure."""

from collections.abc import Iterator

from jiankao_collector.demo.address_plan import SOLVER
from jiankao_collector.demo.scenes.hand import STEADY, answers, injected, moving
from jiankao_collector.demo.scenes.programs import outbound, process
from jiankao_collector.demo.scenes.windows_seat import seat
from jiankao_collector.demo.steps import Happens, Scene, Setting, Step
from jiankao_collector.detectors.base import AlertKind
from jiankao_proto.observations import ProcessStarted

_MOVING_SHARE = 0.85


def _script(setting: Setting) -> Iterator[Step]:
    return seat(
        setting,
        answers(setting.random, STEADY, begin_s=5, end_s=setting.onset_s),
        _keeps_moving(setting),
        _answered_from_outside(setting),
    )


def _keeps_moving(setting: Setting) -> Iterator[Step]:
    at_s = setting.onset_s + 1
    while True:
        if setting.random.random() < _MOVING_SHARE:
            yield Step(at_s, Happens((moving(setting.random),)))
        at_s += 1


def _answered_from_outside(setting: Setting) -> Iterator[Step]:
    random, at_s = setting.random, setting.onset_s
    renamed = process(random, "WinRuntimeHost.exe", r"C:\ProgramData\Runtime", started_s=at_s)
    session = outbound(setting, renamed, SOLVER)
    yield Step(at_s, Happens((ProcessStarted(renamed), session), urgent=True))
    at_s += 4
    while True:
        for _ in range(random.randint(2, 4)):
            yield injected(random, at_s, motion=False, keys=random.randint(0, 4))
            at_s += 1
        at_s += random.uniform(6, 14)


SCENE = Scene(
    "dhanbad-2025",
    "丹巴德2025:考生不停晃动鼠标，点击却来自别处",
    "Dhanbad 2025: the candidate keeps moving the mouse, the clicks come from elsewhere",
    _script,
    frozenset({AlertKind.INJECTED_INPUT}),
)
