"""jaipur-2025: the seat is idle for long, then answers fast with a foreign hand, with one tool after another. Pure."""

from collections.abc import Iterator

from jiankao_collector.demo.address_plan import RELAY, SOLVER
from jiankao_collector.demo.scenes.hand import injected
from jiankao_collector.demo.scenes.programs import closing, ending, outbound, process
from jiankao_collector.demo.scenes.windows_seat import seat
from jiankao_collector.demo.steps import Happens, Scene, Setting, Step
from jiankao_collector.detectors.base import AlertKind
from jiankao_proto.observations import ProcessStarted

_TOOLS = (
    ("AnyDesk.exe", r"C:\ProgramData\AnyDesk", SOLVER),
    ("rustdesk.exe", r"C:\Program Files\RustDesk", RELAY),
)
_EACH_S = 120


def _script(setting: Setting) -> Iterator[Step]:
    return seat(setting, _one_tool_after_another(setting))


def _one_tool_after_another(setting: Setting) -> Iterator[Step]:
    """Nothing at all is done at the seat before the onset."""
    random, at_s = setting.random, setting.onset_s
    while True:
        for name, folder, far in _TOOLS:
            tool = process(random, name, folder, started_s=at_s)
            session = outbound(setting, tool, far)
            yield Step(at_s, Happens((ProcessStarted(tool), session), urgent=True))
            end_s = at_s + _EACH_S
            while at_s < end_s:
                at_s += random.uniform(1, 3)
                yield injected(random, at_s)
            at_s += 1
            yield Step(at_s, Happens((closing(session), ending(tool))))
            at_s += random.uniform(10, 30)


SCENE = Scene(
    "jaipur-2025",
    "斋浦尔2025:长时间无动作，随后由外人用多种工具快速作答",
    "Jaipur 2025: idle for long, then fast answers from outside with several tools",
    _script,
    frozenset({AlertKind.REMOTE_CONTROL, AlertKind.INJECTED_INPUT}),
)
