"""Scores: points once, families capped, every point explained."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from jiankao_collector.detectors.base import Family
from jiankao_collector.scoring.risk import CAPS, HIGHEST, risk


@dataclass(frozen=True)
class Points:
    """The least that can be scored."""

    family: Family
    points: int


def test_a_family_is_capped_and_the_strongest_counts_first() -> None:
    found = risk(
        [Points(Family.SOFTWARE, 20), Points(Family.SOFTWARE, 60), Points(Family.INPUT, 10)]
    )
    assert (found.score, found.contributions) == (80, (10, 60, 10))


def test_nothing_found_is_no_risk() -> None:
    assert (risk([]).score, risk([]).contributions) == (0, ())


def test_every_family_has_a_cap() -> None:
    assert set(CAPS) == set(Family)


@given(st.lists(st.builds(Points, st.sampled_from(Family), st.integers(0, 100)), max_size=30))
def test_contributions_explain_the_whole_score(findings: list[Points]) -> None:
    found = risk(findings)
    assert sum(found.contributions) == found.score <= HIGHEST
    assert all(
        0 <= added <= f.points for added, f in zip(found.contributions, findings, strict=True)
    )
    for family in Family:
        added = sum(
            c for c, f in zip(found.contributions, findings, strict=True) if f.family is family
        )
        assert added <= CAPS[family]
    assert found.score >= max((min(f.points, CAPS[f.family]) for f in findings), default=0)
