"""replayed-day: a clean recording of the day before stands for today, as it was or signed anew. Pure.

The agent is stopped, and within a second a program with its keys speaks in its place. Who signs anew may move the times
of the observations to today, or not take the trouble.
"""

from collections.abc import Iterator

from jiankao_collector.demo.address_plan import EXAM_SERVER
from jiankao_collector.demo.scenes.hand import STEADY, answers, clicking, moving, scrolling
from jiankao_collector.demo.scenes.programs import outbound, process
from jiankao_collector.demo.scenes.windows_seat import seat
from jiankao_collector.demo.steps import (
    DAY_S,
    AgentKilled,
    CopyRepeats,
    CopySays,
    DayBefore,
    ImpostorStarts,
    Scene,
    Setting,
    Step,
)
from jiankao_collector.detectors.base import AlertKind
from jiankao_proto.observations import Fact, ProcessStarted

_RECORDED_S = 200
_CAREFUL_SHARE = 0.5
_SYSTEM32 = r"C:\Windows\System32"


def _verbatim(setting: Setting) -> Iterator[Step]:
    return _with_a_day_before(setting, _recording(setting), _sent_again(setting))


def _signed_anew(setting: Setting) -> Iterator[Step]:
    recording = _recording(setting)
    return _with_a_day_before(setting, recording, _resigned(setting, recording))


def _with_a_day_before(
    setting: Setting, recording: tuple[tuple[Fact, ...], ...], replayed: Iterator[Step]
) -> Iterator[Step]:
    today = seat(
        setting, answers(setting.random, STEADY, begin_s=5, end_s=setting.onset_s), replayed
    )
    yield Step(0.0, DayBefore(recording))
    yield from today


def _recording(setting: Setting) -> tuple[tuple[Fact, ...], ...]:
    """Return a clean stretch of the day before, a second in each part: a hand at work, programs that come."""
    return tuple(tuple(_second(setting, n)) for n in range(_RECORDED_S))


def _second(setting: Setting, second: int) -> Iterator[Fact]:
    random = setting.random
    if second % 10 == 9:  # noqa: PLR2004 - every tenth second
        yield scrolling(random)
    else:
        yield clicking(random) if random.random() < 1 / 8 else moving(random)
    if second % 12 == 3:  # noqa: PLR2004 - every twelfth second
        worker = process(random, "SearchFilterHost.exe", _SYSTEM32, started_s=second - DAY_S)
        yield ProcessStarted(worker)
        yield outbound(setting, worker, EXAM_SERVER)


def _sent_again(setting: Setting) -> Iterator[Step]:
    yield Step(setting.onset_s, AgentKilled())
    yield Step(setting.onset_s + 1, ImpostorStarts())
    for second in range(_RECORDED_S // 4):
        yield Step(setting.onset_s + 1.5 + second, CopyRepeats(second, 1))


def _resigned(setting: Setting, recording: tuple[tuple[Fact, ...], ...]) -> Iterator[Step]:
    ago_s = 0.0 if setting.random.random() < _CAREFUL_SHARE else float(DAY_S)
    yield Step(setting.onset_s, AgentKilled())
    yield Step(setting.onset_s + 1, ImpostorStarts())
    for second, facts in enumerate(recording):
        yield Step(setting.onset_s + 1.5 + second, CopySays(facts, ago_s))


SCENES = (
    Scene(
        "replayed-day",
        "重放前一天：采集程序被停，有人把前一天的数据原样再发一遍",
        "Replayed day: the agent is stopped, and what it sent the day before is sent once more",
        _verbatim,
        frozenset({AlertKind.CHAIN, AlertKind.SILENCE}),
    ),
    Scene(
        "replayed-day-resigned",
        "重放前一天：采集程序被停，前一天的观测被重新签名后发送",
        "Replayed day: the agent is stopped, and the day before's observations are signed anew",
        _signed_anew,
        frozenset({AlertKind.CHAIN}),
    ),
)
