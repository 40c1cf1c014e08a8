"""Waking: the right ones, in a fixed order, whatever was set before."""

from hypothesis import given
from hypothesis import strategies as st

from jiankao_collector.scoring.alarms import Alarms


def test_nobody_wants_to_be_woken() -> None:
    alarms = Alarms[str]()
    assert alarms.next_us() is None
    assert alarms.due(10**9) == []


def test_who_is_due_stays_due_until_told_otherwise_and_comes_in_the_first_order() -> None:
    alarms = Alarms[str]()
    for key, at_us in (("b", 30), ("a", 20), ("c", 50)):
        alarms.set(key, at_us)
    assert alarms.next_us() == 20
    assert alarms.due(30) == ["b", "a"]
    assert alarms.due(30) == ["b", "a"]
    alarms.set("b", None)
    alarms.set("a", 90)
    assert alarms.due(60) == ["c"]


@given(st.lists(st.tuples(st.integers(0, 9), st.none() | st.integers(0, 20)), max_size=400))
def test_it_is_what_a_plain_table_would_say(steps: list[tuple[int, int | None]]) -> None:
    alarms, table = Alarms[int](), dict[int, int | None]()
    for key, at_us in steps:
        alarms.set(key, at_us)
        table[key] = at_us
        times = [at for at in table.values() if at is not None]
        assert alarms.next_us() == min(times, default=None)
        for now_us in (0, 7, 20):
            assert alarms.due(now_us) == [
                k for k, at in table.items() if at is not None and at <= now_us
            ]
