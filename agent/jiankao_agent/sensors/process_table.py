"""The processes that are known to run, and what is told when one begins, turns into another program, or ends."""

import time
from collections.abc import KeysView
from dataclasses import dataclass

from jiankao_agent.platform.linux import proc_files
from jiankao_agent.platform.linux.executable_digests import ExecutableDigests
from jiankao_agent.platform.linux.process_look import (
    Glance,
    ProcessLook,
    glance,
    peek,
    read_arguments,
    remains,
)
from jiankao_agent.sensors.base import SensorContext
from jiankao_proto.masking import mask_command_line
from jiankao_proto.observations import ProcessEnded, ProcessStarted


@dataclass(slots=True)
class Known:
    """One process as it was seen last."""

    glance: Glance
    peeked: bytes
    arguments_hash: int
    """Of the command line: enough to notice that it changed, and no secret is kept for it."""
    met_ns: int
    """When it was met (CLOCK_MONOTONIC); 0 when it ran already at the start."""


class ProcessTable:
    """Tells each start and each end once. Two starts of one (pid, started_at_us) are an exec."""

    def __init__(
        self, context: SensorContext, look: ProcessLook, digests: ExecutableDigests
    ) -> None:
        self._context = context
        self._look = look
        self._digests = digests
        self._known: dict[int, Known] = {}

    def pids(self) -> KeysView[int]:
        """Return the processes that are known now."""
        return self._known.keys()

    def items(self) -> list[tuple[int, Known]]:
        """Return a copy of what is known, to walk over while it changes."""
        return list(self._known.items())

    def tell_all(self) -> None:
        """Tell everything that is known once more, as baseline."""
        for known in list(self._known.values()):
            self._tell_started(known.glance, baseline=True)

    def compare(self, pids: set[int], *, baseline: bool = False) -> None:
        """Meet what is new in a list of all processes, part with what is not in it."""
        for pid in self._known.keys() - pids:
            self.end(pid)
        # Ascending, so that a parent is known before its children.
        for pid in sorted(pids - self._known.keys()):
            self.meet(pid, baseline=baseline)

    def meet(self, pid: int, *, baseline: bool = False) -> None:
        """Tell of a process that is not known yet, unless it is gone."""
        # Peeked at before the glance: an exec between the two shows at the next peek, not never.
        peeked = peek(pid)
        if seen := glance(pid):
            self._add(seen, peeked, baseline=baseline)

    def look_at(self, pid: int) -> None:
        """Look whether a known process is gone, is another one by now, or runs another program."""
        known = self._known[pid]
        peeked = peek(pid)
        seen = glance(pid)
        if seen is None:
            self.end(pid)
        elif seen.start_ticks != known.glance.start_ticks:
            self.end(pid)
            self._add(seen, peeked, baseline=False)
        elif _runs_another_program(known, seen):
            self._add(seen, peeked, baseline=False)
        else:
            known.glance, known.peeked = seen, peeked

    def executed(self, pid: int, parent_pid: int, began_ns: int) -> None:
        """Tell of the program that a process runs since a moment ago, also when it has ended meanwhile.

        `parent_pid` (0: not known) and `began_ns` (CLOCK_MONOTONIC) stand in when nothing can be read any more.
        """
        known = self._known.get(pid)
        peeked = peek(pid)
        if (seen := glance(pid)) is None:
            self._add(self._what_is_left(pid, parent_pid, began_ns), b"", baseline=False)
        elif known is None:
            self._add(seen, peeked, baseline=False)
        elif seen.start_ticks != known.glance.start_ticks:
            self.end(pid)
            self._add(seen, peeked, baseline=False)
        elif (
            seen.executable != known.glance.executable
            or seen.command != known.glance.command
            or hash(read_arguments(pid)) != known.arguments_hash
        ):
            self._add(seen, peeked, baseline=False)
        # Else it was met since and told as what it is now: the second of two execs in a row tells nothing new.

    def end(self, pid: int) -> None:
        """Part with a process; one that is not known is nothing."""
        if (known := self._known.pop(pid, None)) and not known.glance.kernel_thread:
            gone = known.glance
            started = self._look.started_at_us(gone.start_ticks)
            self._context.emit(ProcessEnded(pid, started, gone.name))

    def _what_is_left(self, pid: int, parent_pid: int, began_ns: int) -> Glance:
        if known := self._known.get(pid):
            parent_pid, began_ticks = known.glance.parent_pid, known.glance.start_ticks
        else:
            began_ticks = self._look.start_ticks(began_ns)
        if stat := remains(pid):
            return Glance(pid, stat.start_ticks, stat.parent_pid, False, stat.command, "")  # noqa: FBT003 - a thread does not exec
        return Glance(pid, began_ticks, parent_pid, False, "", "")  # noqa: FBT003 - the same

    def _add(self, seen: Glance, peeked: bytes, *, baseline: bool) -> None:
        arguments = () if seen.kernel_thread else read_arguments(seen.pid)
        met_ns = 0 if baseline else time.monotonic_ns()
        self._known[seen.pid] = Known(seen, peeked, hash(arguments), met_ns)
        self._tell_started(seen, baseline=baseline)

    def _tell_started(self, seen: Glance, *, baseline: bool) -> None:
        if seen.kernel_thread:
            return
        process = self._look.describe(
            seen,
            parent_name=self._name_of(seen.parent_pid),
            mask=mask_command_line,
            sha256=self._digests.of_process(seen.pid, seen.executable),
        )
        self._context.emit(ProcessStarted(process, baseline=baseline), urgent=not baseline)

    def _name_of(self, pid: int) -> str:
        if known := self._known.get(pid):
            return known.glance.name
        # A shell's copy of itself that only starts a program is too short to be met.
        seen = glance(pid) if pid else None
        return seen.name if seen else ""


def _runs_another_program(known: Known, seen: Glance) -> bool:
    if seen.executable != known.glance.executable:
        # A file deleted or replaced under a running process is the same program.
        old, new = known.glance.executable, seen.executable
        return new.removesuffix(" (deleted)") != old.removesuffix(" (deleted)")
    # Programs may rename themselves; a script that replaces a script in the same interpreter also has
    # another command line.
    return seen.command != known.glance.command and (
        hash(read_arguments(seen.pid)) != known.arguments_hash
    )


def looks_different(pid: int, known: Known, *, thoroughly: bool) -> bool:
    """Tell whether a process is worth a glance; thoroughly sees another script in the same interpreter, too."""
    if thoroughly:
        return peek(pid) != known.peeked
    return proc_files.read_executable(pid) != known.glance.executable
