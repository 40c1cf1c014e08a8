"""The texts have a place for each bench's figures, and the slope of a soak is the one that was drawn."""

import random

import pytest

from tests.bench.agent_soak import memory_of
from tests.bench.footprint_figures import ROOT, filled
from tests.support.trend import slope

_TEXTS = ("README.md", "README.zh-CN.md", "docs/footprint.md")


@pytest.mark.parametrize("name", _TEXTS)
@pytest.mark.parametrize("bench", ["agent_footprint", "detection_latency", "agent_soak"])
def test_a_text_takes_figures_again_and_again(name: str, bench: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    once = filled(text, bench, "| 1 |")
    assert once.count("| 1 |") == 1
    assert filled(once, bench, "| 2 |") == filled(text, bench, "| 2 |")


def test_a_text_without_the_place_is_named() -> None:
    with pytest.raises(ValueError, match="agent_soak"):
        filled("nothing", "agent_soak", "x")


def test_the_slope_is_found_in_spite_of_a_leap() -> None:
    noise = (0.0, 0.2, -0.1, 0.1, -0.2)
    level = [(x / 10, 50 + noise[x % 5]) for x in range(60)]
    rising = [(x, y + 3 * x + (40 if x == 2.0 else 0)) for x, y in level]
    assert slope(level)["within_noise"]
    found = slope(rising)
    assert found["estimate"] == pytest.approx(3, abs=0.1)
    assert not found["within_noise"]


def test_readings_that_are_alike_are_not_taken_for_growth() -> None:
    """Memory that wanders about its place: without regard to that, half of such runs would count as growth."""
    sound = 0
    for seed in range(40):
        draw, away, points = random.Random(seed), 0.0, []
        for minute in range(90):
            away = 0.7 * away + draw.gauss(0, 1)
            points.append((minute / 60, 50 + away))
        sound += bool(slope(points)["within_noise"])
    assert sound >= 32


def test_a_mapping_counts_as_what_it_is() -> None:
    assert memory_of(_SMAPS) == {"heap": 2.0, "mapped": 1.5, "changed": 0.25, "files": 0.75}
    with pytest.raises(ValueError, match="no mappings"):
        memory_of("")


_SMAPS = """\
00400000-00500000 r-xp 00000000 fe:01 11                         /usr/lib/lib x.so.1
Rss:                1024 kB
Anonymous:           256 kB
VmFlags: rd ex mr mw me
01000000-01300000 rw-p 00000000 00:00 0                          [heap]
Rss:                2048 kB
Anonymous:          2048 kB
7f0000000000-7f0000100000 rw-p 00000000 00:00 0
Rss:                1024 kB
Anonymous:          1024 kB
7ff000000000-7ff000100000 rw-p 00000000 00:00 0                  [stack]
Rss:                 512 kB
Anonymous:           512 kB
"""
