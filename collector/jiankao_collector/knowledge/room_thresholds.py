"""The thresholds of rooms, as the collector's settings (collector.toml) name them.

    [thresholds]            # of every room that has none of its own
    alert = 40
    [rooms."A101"]
    warning = 10
    alert = 60
    alert_falls = 40        # left out: half of alert

Anything wrong is refused with file, line and reason. What is in force when an exam session opens is recorded with it.
"""

import tomllib
from collections.abc import Iterable

from jiankao_collector.errors import ConfigurationError
from jiankao_collector.knowledge import thresholds
from jiankao_collector.knowledge.catalogue_file import SourceFile
from jiankao_collector.knowledge.checked_table import Mistake, Place, Row, Table
from jiankao_collector.knowledge.thresholds import Thresholds
from jiankao_collector.knowledge.toml_places import Places
from jiankao_collector.knowledge.weights import not_toml
from jiankao_proto.bilingual import say
from jiankao_proto.records import RoomThresholds

SETTINGS = ("thresholds", "rooms")
"""The tables of collector.toml that are read here."""


def of_rooms(
    source: SourceFile, rooms: Iterable[str], usual: Thresholds
) -> tuple[RoomThresholds, ...]:
    """Return the thresholds of those rooms that do not have the usual ones. Raises ConfigurationError."""
    everywhere, by_room = parse(source, usual)
    found = ((room, by_room.get(room, everywhere)) for room in rooms)
    return tuple(
        RoomThresholds(room, t.warning, t.warning_falls, t.alert, t.alert_falls)
        for room, t in found
        if t != usual
    )


def parse(source: SourceFile, usual: Thresholds) -> tuple[Thresholds, dict[str, Thresholds]]:
    """Read every room's thresholds, and those of rooms that are not named. Raises ConfigurationError."""
    try:
        raw = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        raise _refusal(not_toml(source, error)) from error
    mistakes: list[Mistake] = []
    lines = Places(source.text)
    top = Table(Place(source.name, lines, "", 1), raw, mistakes)
    everywhere = usual
    if top.has("thresholds"):
        everywhere = _read(source, lines, "thresholds", top.row("thresholds"), usual, mistakes)
    by_room = {}
    for room, row in (top.row("rooms") if top.has("rooms") else {}).items():
        if not isinstance(row, dict):
            top.wrong("rooms", f"须写成 [rooms.{room!r}]", f"must be written as [rooms.{room!r}]")
            continue
        by_room[room] = _read(source, lines, f"rooms.{room}", row, everywhere, mistakes)
    if mistakes:
        raise _refusal(mistakes[0])
    return everywhere, by_room


def _read(  # noqa: PLR0917 - where, then what
    source: SourceFile,
    lines: Places,
    name: str,
    row: Row,
    otherwise: Thresholds,
    mistakes: list[Mistake],
) -> Thresholds:
    table = Table(Place(source.name, lines, name, 1), row, mistakes)
    table.only(thresholds.FIELDS)
    return thresholds.read(table, otherwise)


def _refusal(mistake: Mistake) -> ConfigurationError:
    return ConfigurationError(f"{mistake.file}:{mistake.line}: {say(mistake.zh, mistake.en)}")
