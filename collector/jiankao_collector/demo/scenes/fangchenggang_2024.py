"""fangchenggang-2024: a solver drives the seat; the candidate takes his hands away. Pure."""

from collections.abc import Iterator

from jiankao_collector.demo.address_plan import RELAY
from jiankao_collector.demo.scenes.hand import STEADY, answers, injected
from jiankao_collector.demo.scenes.programs import outbound, process
from jiankao_collector.demo.scenes.windows_seat import seat
from jiankao_collector.demo.steps import Happens, Scene, Setting, Step
from jiankao_collector.detectors.base import AlertKind
from jiankao_proto.observations import ProcessStarted

_FOLDER = r"C:\Program Files\Oray\SunLogin\SunloginClient"


def _script(setting: Setting) -> Iterator[Step]:
    return seat(
        setting,
        answers(setting.random, STEADY, begin_s=5, end_s=setting.onset_s),
        _hands_off(setting),
    )


def _hands_off(setting: Setting) -> Iterator[Step]:
    """From the onset on nothing local moves any more, and the answers go on."""
    random, at_s = setting.random, setting.onset_s
    tool = process(random, "SunloginClient.exe", _FOLDER, started_s=at_s)
    session = outbound(setting, tool, RELAY)
    yield Step(at_s, Happens((ProcessStarted(tool), session), urgent=True))
    at_s += 3
    while True:
        for _ in range(random.randint(2, 5)):
            yield injected(random, at_s)
            at_s += 1
        at_s += random.uniform(5, 18)


SCENE = Scene(
    "fangchenggang-2024",
    "防城港2024:远程代答，考生双手离开鼠标键盘",
    "Fangchenggang 2024: driven by a solver while the candidate's hands rest",
    _script,
    frozenset({AlertKind.REMOTE_CONTROL, AlertKind.INJECTED_INPUT}),
)
