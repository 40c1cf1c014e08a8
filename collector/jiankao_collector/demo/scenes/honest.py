"""Honest candidates, each in another way: nobody may get an alert for any of them. Pure."""

from collections.abc import Callable, Iterator

from jiankao_collector.demo.scenes.hand import (
    DOES_NOTHING_FOR_MINUTES,
    PONDERS,
    STEADY,
    VERY_FAST,
    Temperament,
    answers,
)
from jiankao_collector.demo.scenes.windows_seat import seat
from jiankao_collector.demo.steps import Scene, Setting, Step


def _candidate(temperament: Temperament) -> Callable[[Setting], Iterator[Step]]:
    def script(setting: Setting) -> Iterator[Step]:
        return seat(setting, answers(setting.random, temperament, begin_s=5))

    return script


SCENES = (
    Scene(
        "honest",
        "诚实考生：平稳作答",
        "Honest candidate, working steadily",
        _candidate(STEADY),
    ),
    Scene(
        "honest-fast",
        "诚实考生：作答很快",
        "Honest candidate, very fast",
        _candidate(VERY_FAST),
    ),
    Scene(
        "honest-pondering",
        "诚实考生：思考久、书写多",
        "Honest candidate who thinks long and writes much",
        _candidate(PONDERS),
    ),
    Scene(
        "honest-idle",
        "诚实考生：几分钟没有动作",
        "Honest candidate who does nothing for minutes",
        _candidate(DOES_NOTHING_FOR_MINUTES),
    ),
)
