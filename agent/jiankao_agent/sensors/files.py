"""Files that nobody has business changing during an exam.

The exam application, the agent's own, what starts by itself, and programs that arrive on removable media.
What a program writes beside itself (answers, logs) is not looked at: of the exam application and of removable media
only what runs counts.
"""

from collections.abc import Callable
from pathlib import Path

from jiankao_agent.binaries import own_folders
from jiankao_agent.config import default_state_folder
from jiankao_agent.errors import ConfigurationError, SensorError
from jiankao_agent.platform.linux.mounts import MountWatch
from jiankao_agent.platform.linux.session_homes import session_homes
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.file_turns import try_observer, unsettled, watch_files
from jiankao_agent.sensors.watched_places import Place, load_settings, places
from jiankao_proto.bilingual import say
from jiankao_proto.observations import Health


class FilesSensor:
    """Watched files."""

    name = "files"

    def __init__(
        self, state: Path | None = None, all_places: Callable[[], tuple[Place, ...]] | None = None
    ) -> None:
        """Take the agent's folder; `all_places` gives other places, in tests."""
        self._state = default_state_folder() if state is None else state
        self._all_places = all_places

    def probe(self) -> Condition:
        """Tell whether the settings can be read and files can be watched."""
        try:
            load_settings(self._state)
        except ConfigurationError as error:
            return unsettled(error)
        try:
            with MountWatch() as mounts:
                mounts.read()
            try_observer()
        except (OSError, RuntimeError) as error:
            return Condition(
                Health.UNAVAILABLE,
                say(f"无法监视文件：{error}", f"files cannot be watched: {error}"),
                say(
                    "请提高 fs.inotify.max_user_instances，并确认 /proc 已挂载",
                    "raise fs.inotify.max_user_instances, and mount /proc",
                ),
            )
        return OK

    def run(self, context: SensorContext) -> None:
        """Watch until told to stop. Raises SensorError when files cannot be watched at all."""
        condition = self.probe()
        if condition.health is Health.UNAVAILABLE:
            raise SensorError(condition.reason)
        with MountWatch() as mounts:
            watch_files(context, mounts, self._places)

    def _places(self) -> tuple[tuple[Place, ...], Condition]:
        if self._all_places is not None:
            return self._all_places(), OK
        condition = OK
        applications: tuple[Path, ...] = ()
        try:
            applications = load_settings(self._state)
        except ConfigurationError as error:
            condition = unsettled(error)
        return places(self._state, own_folders(), applications, session_homes()), condition
