"""The scenes, without a collector: a seed plays the same again, and each shows its point."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile
from random import Random

import pytest

from jiankao_collector.demo import address_plan
from jiankao_collector.demo.scenes.catalogue import ATTACKS, HONEST, SCENES, scene
from jiankao_collector.demo.steps import (
    SECOND_US,
    AgentKilled,
    AgentStarts,
    DayBefore,
    Happens,
    PlugBack,
    PlugPulled,
    Scene,
    Setting,
    Step,
)
from jiankao_collector.errors import ConfigurationError
from jiankao_collector.knowledge.policy import parse
from jiankao_proto.observations import (
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    Fact,
    InjectedInput,
    InputSource,
    InputWindow,
    ListenerOpened,
    ProcessEnded,
    ProcessStarted,
)

ONSET_S = 30.0
PLAYED_S = 600.0
POLICY = parse(address_plan.POLICY_TOML)


def played(which: Scene, seed: int = 7) -> list[Step]:
    setting = Setting(Random(seed), address_plan.seat_address(12), ONSET_S)
    return list(takewhile(lambda step: step.at_s < PLAYED_S, which.script(setting)))


def facts(steps: list[Step]) -> Iterator[tuple[float, Fact]]:
    for step in steps:
        if isinstance(step.action, Happens):
            yield from ((step.at_s, fact) for fact in step.action.facts)


def injected(steps: list[Step]) -> list[float]:
    return [at_s for at_s, fact in facts(steps) if isinstance(fact, InjectedInput)]


def stranger_connections(steps: list[Step]) -> list[ConnectionOpened]:
    return [
        fact
        for _, fact in facts(steps)
        if isinstance(fact, ConnectionOpened) and not POLICY.allows(fact)
    ]


@pytest.fixture(params=SCENES, ids=lambda s: s.id)
def any_scene(request: pytest.FixtureRequest) -> Scene:
    assert isinstance(request.param, Scene)
    return request.param


def test_ids_and_titles_are_unique_and_complete() -> None:
    assert len({s.id for s in SCENES}) == len(SCENES)
    assert all(s.title_zh and s.title_en for s in SCENES)


def test_the_same_seed_plays_the_same_and_another_does_not(any_scene: Scene) -> None:
    assert played(any_scene, 3) == played(any_scene, 3)
    assert played(any_scene, 3) != played(any_scene, 4)


def test_steps_come_in_the_order_of_their_times(any_scene: Scene) -> None:
    times = [step.at_s for step in played(any_scene)]
    assert times == sorted(times)
    assert len(times) > 20


def test_the_agent_starts_once_the_machine_stands(any_scene: Scene) -> None:
    first, second = [s for s in played(any_scene)[:3] if not isinstance(s.action, DayBefore)][:2]
    assert isinstance(first.action, Happens)
    assert second.action == AgentStarts()
    assert second.at_s == 0


def test_what_ends_had_begun(any_scene: Scene) -> None:
    begun: set[object] = set()
    for _, fact in facts(played(any_scene)):
        match fact:
            case ProcessStarted(process=process):
                begun.add((process.pid, process.started_at_us))
            case ProcessEnded(pid=pid, started_at_us=at_us):
                assert (pid, at_us) in begun
            case ConnectionOpened():
                begun.add((fact.local, fact.remote))
            case ConnectionClosed():
                assert (fact.local, fact.remote) in begun
            case _:
                pass


def test_new_processes_start_when_the_scene_says_so(any_scene: Scene) -> None:
    for at_s, fact in facts(played(any_scene)):
        if isinstance(fact, ProcessStarted):
            started_s = fact.process.started_at_us / SECOND_US
            assert started_s < 0 if at_s == 0 else started_s == pytest.approx(at_s, abs=0.001)


@pytest.mark.parametrize("honest", HONEST, ids=lambda s: s.id)
@pytest.mark.parametrize("seed", range(5))
def test_honest_seats_show_nothing_odd(honest: Scene, seed: int) -> None:
    steps = played(honest, seed)
    assert not honest.alerts
    assert not injected(steps)
    assert not stranger_connections(steps)
    windows = [fact for _, fact in facts(steps) if isinstance(fact, InputWindow)]
    assert windows
    assert {w.source for w in windows} == {InputSource.LOCAL_DEVICE}
    assert all(w.key_presses <= 7 and w.button_presses <= 1 for w in windows)


def test_one_honest_candidate_does_nothing_for_minutes() -> None:
    first = min(
        at_s for at_s, fact in facts(played(scene("honest-idle"))) if isinstance(fact, InputWindow)
    )
    assert first > 200


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda s: s.id)
def test_an_attack_is_honest_until_its_onset(attack: Scene) -> None:
    assert attack.alerts
    before = [step for step in played(attack) if step.at_s < ONSET_S]
    assert not injected(before)
    assert not stranger_connections(before)
    assert all(isinstance(step.action, Happens | AgentStarts) for step in before)


def test_zhejiang_has_one_far_end_at_every_seat() -> None:
    seats = [stranger_connections(played(scene("zhejiang-2021"), seed)) for seed in (1, 2)]
    assert {c.remote for seat in seats for c in seat} == {address_plan.RELAY}
    assert injected(played(scene("zhejiang-2021")))


def test_at_dhanbad_the_mouse_moves_by_hand_and_the_clicks_come_from_elsewhere() -> None:
    after = [step for step in played(scene("dhanbad-2025")) if step.at_s > ONSET_S]
    windows = [fact for _, fact in facts(after) if isinstance(fact, InputWindow)]
    by_hand = [w for w in windows if w.source is InputSource.LOCAL_DEVICE]
    elsewhere = [w for w in windows if w.source is InputSource.INJECTED]
    assert sum(w.motion_events for w in by_hand) > 0
    assert sum(w.button_presses + w.key_presses for w in by_hand) == 0
    assert sum(w.motion_events for w in elsewhere) == 0
    assert sum(w.button_presses for w in elsewhere) > 10


def test_at_jaipur_the_session_comes_in_over_the_lan_and_nobody_else_moves() -> None:
    steps = played(scene("jaipur-2018"))
    (session,) = stranger_connections(steps)
    assert session.direction is Direction.INBOUND
    assert session.remote.address == address_plan.EXPERTS_ROOM
    listeners = [f.local.port for _, f in facts(steps) if isinstance(f, ListenerOpened)]
    assert session.local.port in listeners
    sources = {f.source for _, f in facts(steps) if isinstance(f, InputWindow)}
    assert sources == {InputSource.INJECTED}


def test_at_meerut_the_exam_server_itself_is_in_for_ten_seconds() -> None:
    steps = played(scene("meerut-2024"))
    (session,) = stranger_connections(steps)
    assert session.remote.address == address_plan.EXAM_SERVER.address
    (opened,) = (at_s for at_s, fact in facts(steps) if fact == session)
    (closed,) = (
        at_s
        for at_s, fact in facts(steps)
        if isinstance(fact, ConnectionClosed) and fact.local == session.local
    )
    assert closed - opened == 10
    assert opened < min(injected(steps)) <= max(injected(steps)) < closed


def test_at_shijiazhuang_somebody_only_looks() -> None:
    steps = played(scene("shijiazhuang"))
    assert [c.remote.address for c in stranger_connections(steps)] == [
        address_plan.STRANGER_ON_THE_LAN
    ]
    assert not injected(steps)


@pytest.mark.parametrize(
    ("scene_id", "actions"),
    [("pulled-plug", [PlugPulled, PlugBack]), ("killed-agent", [AgentKilled, AgentStarts])],
)
def test_what_goes_comes_back(scene_id: str, actions: list[type]) -> None:
    steps = [s for s in played(scene(scene_id)) if s.at_s > 0]
    assert [type(s.action) for s in steps if not isinstance(s.action, Happens)] == actions


def test_an_unknown_scene_is_named_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match="no scene 'berlin'; choose among: honest, "):
        scene("berlin")


def test_a_setting_can_be_moved_in_time() -> None:
    attack = scene("meerut-2024")
    setting = Setting(Random(1), "10.20.1.9", ONSET_S)
    late = attack.script(replace(setting, random=Random(1), onset_s=200.0))
    first = next(
        at_s
        for at_s, f in facts(list(takewhile(lambda s: s.at_s < 400, late)))
        if isinstance(f, InjectedInput)
    )
    assert first == 202
