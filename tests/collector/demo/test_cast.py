"""Who plays what in a room, and when."""

import pytest

from jiankao_collector.demo.cast import ARRIVAL_S, FIRST_ONSET_S, LAST_ONSET_S, cast
from jiankao_collector.demo.scenes.catalogue import ATTACKS
from jiankao_collector.errors import ConfigurationError


def test_a_room_of_thirty_shows_every_scene_and_stays_mostly_honest() -> None:
    parts = cast(30)
    dishonest = [p for p in parts if p.scene.alerts]
    assert len(parts) == 30
    assert {p.scene.id for p in dishonest} == {s.id for s in ATTACKS}
    assert sum(p.scene.id == "zhejiang-2021" for p in parts) == 3
    assert len(dishonest) <= 10


def test_all_arrive_first_and_the_onsets_follow() -> None:
    parts = cast(30)
    onsets = [p.onset_s for p in parts if p.scene.alerts]
    assert max(p.arrives_s for p in parts) < ARRIVAL_S < FIRST_ONSET_S
    assert min(onsets) == FIRST_ONSET_S
    assert max(onsets) == LAST_ONSET_S
    assert len(set(onsets)) == len(onsets)


@pytest.mark.parametrize("seats", [1, 2, 3, 7, 12, 60, 250])
def test_any_number_of_seats_is_filled(seats: int) -> None:
    parts = cast(seats)
    assert len(parts) == seats
    assert any(p.scene.alerts for p in parts)


def test_chosen_scenes_are_played_and_no_others() -> None:
    parts = cast(6, ["dhanbad-2025", "pulled-plug"])
    assert sorted(p.scene.id for p in parts if p.scene.alerts) == ["dhanbad-2025", "pulled-plug"]
    assert len(parts) == 6


def test_a_scene_can_be_chosen_several_times() -> None:
    parts = cast(3, ["zhejiang-2021"] * 3)
    assert [p.scene.id for p in parts] == ["zhejiang-2021"] * 3


def test_more_scenes_than_seats_is_refused_in_one_line() -> None:
    with pytest.raises(ConfigurationError, match="2 scenes for 1 seats; take more seats"):
        cast(1, ["dhanbad-2025", "pulled-plug"])
