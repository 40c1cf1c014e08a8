"""Scores: log-odds once, families capped, every centiban explained."""

from math import log10

from hypothesis import given
from hypothesis import strategies as st

from jiankao_collector.detectors.base import Family
from jiankao_collector.knowledge.weights import FAMILIES, load
from jiankao_collector.scoring.risk import least_of, points, risk, score_of

WEIGHTS = load()
PRIOR = WEIGHTS.prior_centibans


def test_log_odds_add_up_to_a_probability_in_percent() -> None:
    """By hand: odds of 1 in 200, a hundred times as likely, then ten times: 1/3, and 5/6."""
    found = risk([(Family.SOFTWARE, 200)], WEIGHTS)
    assert (found.centibans, found.score) == (PRIOR + 200, 33)
    found = risk([(Family.SOFTWARE, 200), (Family.INPUT, 100)], WEIGHTS)
    assert (found.centibans, found.score, found.contributions) == (PRIOR + 300, 83, (200, 100))


def test_a_family_is_capped_and_the_strongest_counts_first() -> None:
    cap = WEIGHTS.caps[Family.SOFTWARE]
    found = risk([(Family.SOFTWARE, 100), (Family.SOFTWARE, cap - 50), (Family.INPUT, 10)], WEIGHTS)
    assert found.contributions == (50, cap - 50, 10)


def test_nothing_found_is_no_risk() -> None:
    found = risk([], WEIGHTS)
    assert (found.score, found.centibans, found.contributions) == (0, PRIOR, ())


def test_every_family_has_a_cap() -> None:
    assert tuple(FAMILIES) == tuple(Family)
    assert set(WEIGHTS.caps) == set(Family)


def test_scores_are_the_same_on_every_machine() -> None:
    """The bounds are whole numbers, and no logarithm lies so near to one that the last bit could matter."""
    exact = [100 * log10((score - 0.5) / (100.5 - score)) for score in range(1, 101)]
    assert min(abs(x - round(x)) for x in exact) > 1e-6
    assert [score_of(least_of(score)) for score in range(1, 101)] == list(range(1, 101))
    assert [score_of(least_of(score) - 1) for score in range(1, 101)] == list(range(100))


def test_points_are_whole_decibans() -> None:
    assert [points(c) for c in (0, 4, 5, 10, 14, 15, 400)] == [0, 0, 1, 1, 1, 2, 40]


@given(st.lists(st.tuples(st.sampled_from(Family), st.integers(0, 600)), max_size=30))
def test_contributions_explain_the_whole_score(findings: list[tuple[Family, int]]) -> None:
    found = risk(findings, WEIGHTS)
    assert PRIOR + sum(found.contributions) == found.centibans
    assert all(
        0 <= added <= weight
        for added, (_, weight) in zip(found.contributions, findings, strict=True)
    )
    for family in Family:
        added = sum(
            c for c, (f, _) in zip(found.contributions, findings, strict=True) if f is family
        )
        weighed = sum(weight for f, weight in findings if f is family)
        assert added == min(weighed, WEIGHTS.caps[family])


@given(
    st.lists(st.tuples(st.sampled_from(Family), st.integers(0, 600)), max_size=30),
    st.sampled_from(Family),
    st.integers(0, 600),
)
def test_another_finding_never_lowers_a_score(
    findings: list[tuple[Family, int]], family: Family, weight: int
) -> None:
    assert (
        risk([*findings, (family, weight)], WEIGHTS).centibans >= risk(findings, WEIGHTS).centibans
    )
