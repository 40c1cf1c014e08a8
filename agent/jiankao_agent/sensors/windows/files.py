"""Files that nobody has business changing during an exam, and the registry's lists of what starts by itself.

The exam application, the agent's own, what starts by itself, and programs that arrive on removable media. What a
program writes beside itself (answers, logs) is not looked at.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from jiankao_agent.binaries import own_folders
from jiankao_agent.config import default_state_folder
from jiankao_agent.errors import ConfigurationError, SensorError
from jiankao_agent.platform.windows.autostart_keys import AutostartKeys, homes
from jiankao_agent.platform.windows.drive_list import DriveWatch
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.file_changes import Budget
from jiankao_agent.sensors.file_events import Media
from jiankao_agent.sensors.file_turns import try_observer, unsettled, watch_files
from jiankao_agent.sensors.watched_places import AUTOSTART, Place, load_settings, own_places
from jiankao_agent.sensors.windows.autostart import AutostartLists, autostart_places
from jiankao_proto.bilingual import say
from jiankao_proto.observations import Change, Health

_LISTS_EVERY_S = 2.0


def _keys() -> Callable[[], dict[str, bytes]]:
    return AutostartKeys().values


@dataclass(frozen=True, slots=True)
class FileSources:
    """What the sensor asks of Windows. A test puts its own answers here."""

    media: Callable[[], Media] = DriveWatch
    lists: Callable[[], Callable[[], dict[str, bytes]]] = _keys
    places: Callable[[], tuple[Place, ...]] | None = None
    """Other places than this computer's."""


class FilesSensor:
    """Watched files."""

    name = "files"

    def __init__(self, state: Path | None = None, sources: FileSources | None = None) -> None:
        """Take the agent's folder, and where the answers come from."""
        self._state = default_state_folder() if state is None else state
        self._sources = sources or FileSources()

    def probe(self) -> Condition:
        """Tell whether the settings can be read and files can be watched."""
        try:
            load_settings(self._state)
        except ConfigurationError as error:
            return unsettled(error)
        try:
            self._sources.media().media()
            try_observer()
        except (OSError, RuntimeError, SensorError) as error:
            return Condition(
                Health.UNAVAILABLE,
                say(f"无法监视文件：{error}", f"files cannot be watched: {error}"),
                say("请以管理员身份运行采集程序", "run the agent as administrator"),
            )
        return OK

    def run(self, context: SensorContext) -> None:
        """Watch until told to stop. Raises SensorError when files cannot be watched at all."""
        condition = self.probe()
        if condition.health is Health.UNAVAILABLE:
            raise SensorError(condition.reason)
        again = False

        def wanted() -> bool:
            # The files and the lists each have to hear of it, and it is said only once.
            nonlocal again
            asked = context.baseline_wanted()
            again |= asked
            return asked

        lists = _Lists(context, self._sources.lists())

        def look_at_lists() -> None:
            nonlocal again
            lists.turn(again=again)
            again = False

        watch_files(
            replace(context, baseline_wanted=wanted),
            self._sources.media(),
            self._places,
            look_at_lists,
        )

    def _places(self) -> tuple[tuple[Place, ...], Condition]:
        if self._sources.places is not None:
            return self._sources.places(), OK
        condition = OK
        applications: tuple[Path, ...] = ()
        try:
            applications = load_settings(self._state)
        except ConfigurationError as error:
            condition = unsettled(error)
        autostart = autostart_places(
            Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData")),
            Path(os.environ.get("SYSTEMROOT", r"C:\Windows")),
            homes(),
        )
        return (*own_places(self._state, own_folders(), applications), *autostart), condition


class _Lists:
    """The registry's lists, looked at every two seconds."""

    def __init__(self, context: SensorContext, read: Callable[[], dict[str, bytes]]) -> None:
        self._context = context
        self._read = read
        self._lists = AutostartLists()
        self._budget = Budget()
        self._due_s = 0.0
        self._first = True

    def turn(self, *, again: bool) -> None:
        """Look when it is time; `again`: tell everything once more."""
        if again and not self._first:
            for fact in self._lists.baseline():
                self._context.emit(fact)
        now_s = time.monotonic()
        if now_s < self._due_s:
            return
        self._due_s = now_s + _LISTS_EVERY_S
        first, self._first = self._first, False
        for fact in self._lists.look(self._read()):
            if first or self._budget.allows(AUTOSTART, now_s):
                self._context.emit(fact, urgent=fact.change in {Change.ADDED, Change.MODIFIED})
