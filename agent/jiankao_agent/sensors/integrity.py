"""The agent itself: what it runs in, who takes hold of it, and whether its own files stay as they are.

A debugger is looked for at every turn; files are digested again only when one of them was touched. Jumps of the clock
are told by the supervisor, which compares both clocks anyway; a restart of the system stands in every header.
"""

import time
from dataclasses import replace

from jiankao_agent.binaries import FilesLook, binaries_digest, look_at_own_files
from jiankao_agent.platform.linux.surroundings import Surroundings, tracer_of_this_process
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.turns import take_turns
from jiankao_proto.bilingual import say
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import EnvironmentSeen, Health

TURN_S = 1.0
_FILES_EVERY_S = 3.0
_REMEDY = say(
    "请以 root 运行采集程序，确认 /proc 已挂载；必要时重新安装采集程序",
    "run the agent as root with /proc mounted; install the agent again if its files are damaged",
)


class IntegritySensor:
    """The agent's own state."""

    name = "integrity"

    def probe(self) -> Condition:
        """Tell whether the agent can look at itself."""
        try:
            tracer_of_this_process()
            look_at_own_files()
        except (OSError, MalformedError) as error:
            return Condition(
                Health.UNAVAILABLE,
                say(f"无法检查采集程序自身：{error}", f"the agent cannot look at itself: {error}"),
                _REMEDY,
            )
        return OK

    def run(self, context: SensorContext) -> None:
        """Watch until told to stop. Raises SensorError when the agent cannot look at itself."""
        take_turns(
            context,
            self.probe(),
            _Watch,
            TURN_S,
            lost="integrity: the agent cannot look at itself any more",
            ask="is /proc mounted?",
        )


class _Watch:
    def __init__(self, context: SensorContext) -> None:
        self._context = context
        around = Surroundings()
        self._seen = EnvironmentSeen(
            virtual_machine=around.virtual_machine(), container=around.container()
        )
        self._told: EnvironmentSeen | None = None
        self._files: FilesLook = frozenset()
        self._files_at = 0.0

    def turn(self) -> None:
        """Look once. Raises OSError or MalformedError."""
        self._seen = replace(
            self._seen, debugger=tracer_of_this_process(), binaries_digest=self._digest()
        )
        if self._context.baseline_wanted():
            self._context.emit(replace(self._seen, baseline=True))
        elif self._seen != self._told:
            self._context.emit(self._seen, urgent=True)
        self._told = self._seen

    def _digest(self) -> bytes:
        """Return the digest of our files on the disk; empty while one of them is missing or unreadable."""
        now = time.monotonic()
        if self._files and now - self._files_at < _FILES_EVERY_S:
            return self._seen.binaries_digest
        self._files_at = now
        try:
            files = look_at_own_files()
            if files == self._files:
                return self._seen.binaries_digest
            digest = binaries_digest()
        except OSError:
            # In the middle of a replacement: looked at again at the next turn, and told when it is done.
            self._files = frozenset()
            return self._seen.binaries_digest
        self._files = files
        return digest
