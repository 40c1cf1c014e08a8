"""Thresholds of rooms: what is left out, and what is refused with file, line and reason."""

import pytest

from jiankao_collector.errors import ConfigurationError
from jiankao_collector.knowledge.catalogue_file import SourceFile
from jiankao_collector.knowledge.room_thresholds import of_rooms, parse
from jiankao_collector.knowledge.thresholds import Thresholds
from jiankao_proto.records import RoomThresholds

USUAL = Thresholds(4, 2, 30, 15)
GOOD = """# Where the collector listens.
[addresses]
telemetry = "0.0.0.0:1"

[thresholds]
alert = 40

[rooms."第一 机房"]
warning = 10
alert = 60
alert_falls = 50

[rooms.B-2]
"""


def source(text: str) -> SourceFile:
    return SourceFile("collector.toml", text)


def test_what_is_left_out_is_usual_or_half() -> None:
    everywhere, by_room = parse(source(GOOD), USUAL)
    assert everywhere == Thresholds(4, 2, 40, 20)
    assert by_room == {"第一 机房": Thresholds(10, 5, 60, 50), "B-2": everywhere}


def test_only_rooms_with_thresholds_of_their_own_are_told_of() -> None:
    assert of_rooms(source(GOOD), ("C",), USUAL) == (RoomThresholds("C", 4, 2, 40, 20),)
    assert of_rooms(source("[addresses]\n"), ("C",), USUAL) == ()
    only = '[rooms."C"]\nalert = 50\n'
    assert of_rooms(source(only), ("C", "D"), USUAL) == (RoomThresholds("C", 4, 2, 50, 25),)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("alert = 60", "alert = 100", r"collector\.toml:10: .*from 1 to 99 is needed, not 100"),
        ("alert = 60", 'alert = "60"', r":10: .*not '60'"),
        ("alert = 60", "alerts = 60", r":10: .*alerts: no such field"),
        ("alert = 60", "alert = 9", r":9: .*must not be above alert \(9\)"),
        ("alert_falls = 50", "alert_falls = 60", r":11: .*must be below alert \(60\)"),
        ("warning = 10", "warning = 0", r":9: .*from 1 to 99"),
        ("alert = 40", "alert = 3", r":5: .*must not be above alert \(3\)"),
        ("[thresholds]", "[[thresholds]]", r"must be written as \[thresholds\]"),
        ("alert = 40", "alert = ", r":6: .*not valid TOML"),
    ],
)
def test_a_mistake_is_refused_with_file_and_line(old: str, new: str, says: str) -> None:
    assert GOOD.count(old) == 1
    with pytest.raises(ConfigurationError, match=says):
        parse(source(GOOD.replace(old, new)), USUAL)
