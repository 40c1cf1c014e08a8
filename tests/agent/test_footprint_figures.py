"""The texts have a place for each bench's figures, and the slope of a soak is the one that was drawn."""

import pytest

from tests.bench.agent_soak import slope
from tests.bench.footprint_figures import ROOT, filled

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
