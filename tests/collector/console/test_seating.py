"""Rows of a room, read from the seats' names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_collector.console.seating import WIDEST_ROW, natural_order, rows


def arrange(*names: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(row.label, row.seats) for row in rows(names)]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), []),
        (("B02", "A10", "A2", "B1"), [("A", ("A2", "A10")), ("B", ("B1", "B02"))]),
        (("2-01", "1-02", "1-01"), [("1", ("1-01", "1-02")), ("2", ("2-01",))]),
        (("10", "9", "8"), [("", ("8", "9", "10"))]),
        (("S1", "S2"), [("", ("S1", "S2"))]),
        (("门口", "A1", "B1"), [("", ("A1", "B1", "门口"))]),
    ],
)
def test_rows(names: tuple[str, ...], expected: list[tuple[str, tuple[str, ...]]]) -> None:
    assert arrange(*names) == expected


def test_numbered_seats_stand_in_rows_as_wide_as_the_room() -> None:
    assert [len(r.seats) for r in rows(str(i) for i in range(1, 61))] == [10] * 6
    assert [len(r.seats) for r in rows(str(i) for i in range(1, 31))] == [8, 8, 8, 6]


@given(st.sets(st.text(max_size=12)))
def test_every_seat_is_there_once_and_no_row_is_too_wide(names: set[str]) -> None:
    arranged = rows(names)
    assert sorted(s for row in arranged for s in row.seats) == sorted(names)
    assert all(0 < len(row.seats) <= WIDEST_ROW for row in arranged)


def test_numbers_of_any_length_can_be_sorted() -> None:
    assert natural_order("9" * 10_000) > natural_order("8")
