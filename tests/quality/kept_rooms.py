"""Keeps honest rooms that were played in a file, a JSON line each, so that hours of play need not be played twice.

Rooms of other rules or other scenes are passed over. A crash leaves at most a broken last line,
which is passed over too. Who changes what a scene does, and not its id, removes the file.
"""

import json
from dataclasses import asdict
from pathlib import Path

from tests.quality.honest import FalseAlert, HonestRoom, scenes_of


class KeptRooms:
    """The rooms in a file, by number."""

    def __init__(self, path: Path, rules: str) -> None:
        self._path, self._rules = path, rules
        self._rooms: dict[int, HonestRoom] = {}
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            try:
                kept = json.loads(line)
            except json.JSONDecodeError:
                continue
            scenes = {scene.id for scene in scenes_of(kept["number"])}
            if kept["rules"] == rules and kept["hours"].keys() == scenes:
                alerts = tuple(
                    FalseAlert(
                        **{
                            **alert,
                            "findings": tuple(alert["findings"]),
                            "families": tuple(alert["families"]),
                        }
                    )
                    for alert in kept["alerts"]
                )
                self._rooms[kept["number"]] = HonestRoom(kept["hours"], alerts)

    def get(self, number: int) -> HonestRoom | None:
        """Return a room that was played."""
        return self._rooms.get(number)

    def keep(self, number: int, room: HonestRoom) -> None:
        """Append a room."""
        self._rooms[number] = room
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"number": number, "rules": self._rules, **asdict(room)}) + "\n")
