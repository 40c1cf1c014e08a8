"""Varied plays: the same seed plays the same, what is told comes late and in order, and names are hidden throughout."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import takewhile
from random import Random

import pytest

from jiankao_collector.demo import address_plan
from jiankao_collector.demo.scenes.catalogue import SCENES, scene
from jiankao_collector.demo.steps import Happens, Scene, Setting, Step
from jiankao_proto.observations import (
    ConnectionOpened,
    Fact,
    InputWindow,
    ProcessRef,
    ProcessStarted,
)
from tests.quality.attacks import attack_scenes
from tests.quality.must_show import MUST_SHOW
from tests.quality.varied import LATEST_S, SHARES, STALL_S, Variation, draw, honest_names

PLAYED_S = 300.0
HIDDEN = Variation("5", frozenset(SHARES) - {"no owners of sockets"})


def steps(which: Scene) -> list[Step]:
    setting = Setting(Random(7), address_plan.seat_address(12), 30.0)
    return list(takewhile(lambda step: step.at_s < PLAYED_S, which.script(setting)))


def told(which: Scene) -> Iterator[tuple[float, Fact]]:
    for step in steps(which):
        if isinstance(step.action, Happens):
            yield from ((step.at_s, fact) for fact in step.action.facts)


def test_every_attack_says_in_which_families_it_must_show() -> None:
    assert MUST_SHOW.keys() == {which.id for which in attack_scenes()}


@pytest.mark.parametrize("which", SCENES, ids=lambda s: s.id)
def test_the_same_seed_varies_the_same_and_steps_stay_in_order(which: Scene) -> None:
    varied = steps(draw("3").of(which))
    assert varied == steps(draw("3").of(which))
    assert varied != steps(which)
    times = [step.at_s for step in varied]
    assert times == sorted(times)


def test_input_comes_late_and_in_its_order_and_a_little_of_it_never() -> None:
    which = scene("honest-fast")
    happened = [(at_s, f) for at_s, f in told(which) if isinstance(f, InputWindow)]
    came = [(at_s, f) for at_s, f in told(draw("3").of(which)) if isinstance(f, InputWindow)]
    assert 0.9 * len(happened) < len(came) < len(happened)
    when: dict[Fact, list[float]] = defaultdict(list)
    for at_s, fact in happened:
        when[fact].append(at_s)
    late = [at_s - when[fact].pop(0) for at_s, fact in came]
    assert min(late) >= 0
    assert LATEST_S[False] < max(late) <= 2 * (LATEST_S[False] + STALL_S)


def test_who_hides_is_named_nowhere() -> None:
    which = scene("zhejiang-2021")
    plain = [fact for _, fact in told(which)]
    assert any(isinstance(f, ProcessStarted) and f.process.name == "ToDesk.exe" for f in plain)
    hidden = [fact for _, fact in told(HIDDEN.of(which))]
    assert "ToDesk" not in repr(hidden)
    started = {f.process.pid: f.process.name for f in hidden if isinstance(f, ProcessStarted)}
    owners = {f.process.pid: f.process.name for f in hidden if isinstance(f, ConnectionOpened)}
    assert all(started.get(pid, name) == name for pid, name in owners.items())
    assert "ExamBrowser.exe" in honest_names() & set(started.values())


def test_a_seat_that_cannot_tell_owners_tells_none() -> None:
    blind = Variation("5", frozenset({"no owners of sockets"}))
    sockets = [f for _, f in told(blind.of(scene("honest"))) if isinstance(f, ConnectionOpened)]
    assert sockets
    assert {f.process for f in sockets} == {ProcessRef()}
