"""Watching processes by what the kernel tells: every exec at once, however short the program lives.

A fork alone is a copy of a program that was told already. It is met only when it lives on by itself; mostly it execs
or ends within milliseconds.
"""

import time
from dataclasses import dataclass

from jiankao_agent.platform.linux import proc_files
from jiankao_agent.platform.linux.proc_connector import (
    EventsLostError,
    Executed,
    Exited,
    Forked,
    ProcConnector,
    ProcEvent,
    Renamed,
)
from jiankao_agent.sensors.base import Condition, SensorContext
from jiankao_agent.sensors.process_table import ProcessTable
from jiankao_proto.bilingual import say
from jiankao_proto.observations import Health

_LIVES_ON_NS = 200_000_000
CROSS_CHECK_NS = 10_000_000_000
"""How often all of /proc is compared: what the events said should be all there is."""
SHOWN_NS = 10_000_000_000
"""How long lost events show as a condition, at least."""

EVENTS_LOST = Condition(
    Health.DEGRADED,
    say(
        "程序启动得太快太多，采集程序一时跟不上：只运行了一瞬间的程序可能没有看到",
        "programs started faster than they could be followed: one that ran only for a moment may not have been seen",
    ),
    say(
        "通常会自行恢复；若持续出现，请查看是哪个程序在不停地启动其他程序",
        "this mostly passes by itself; if it stays, look which program keeps starting others",
    ),
)


@dataclass(frozen=True, slots=True)
class _Copy:
    """A process that forked and has not run a program of its own."""

    parent_pid: int
    began_ns: int


class ProcessEvents:
    """Follows a subscription. `usual` is the condition while nothing is lost."""

    def __init__(
        self,
        context: SensorContext,
        table: ProcessTable,
        connector: ProcConnector,
        usual: Condition,
    ) -> None:
        self._context = context
        self._table = table
        self._connector = connector
        self._usual = usual
        self._copies: dict[int, _Copy] = {}
        self._cross_check_ns = 0
        self._usual_again_ns: int | None = None

    def watch(self) -> None:
        """Watch until told to stop. Raises OSError or MalformedError when the kernel's answers cannot be read."""
        self._context.baseline_wanted()  # the first is told below, after the subscription has begun
        self._table.compare(proc_files.list_pids(), baseline=True)
        self._cross_check_ns = time.monotonic_ns() + CROSS_CHECK_NS
        while not self._context.stopping.is_set():
            if self._context.baseline_wanted():
                self._table.tell_all()
            try:
                if not self._connector.pending:
                    self._context.stopping.wait_for(self._connector, timeout_s=self._patience_s())
                events = self._connector.read(0)
            except EventsLostError:
                self._look_at_everything()
            else:
                for event in events:
                    self._see(event)
            self._tidy(time.monotonic_ns())

    def _see(self, event: ProcEvent) -> None:
        match event:  # by keyword, for the reason that uplink names: this runs at every event
            case Executed(at_ns=at_ns, pid=pid):
                copy = self._copies.pop(pid, _Copy(0, at_ns))
                self._table.executed(pid, copy.parent_pid, copy.began_ns)
            case Forked(at_ns=at_ns, pid=pid, parent_pid=parent_pid):
                if pid in self._table.pids():
                    # Met before this was read, or a pid that was given out again.
                    self._table.look_at(pid)
                else:
                    self._copies[pid] = _Copy(parent_pid, at_ns)
            case Exited(pid=pid):
                self._copies.pop(pid, None)
                self._table.end(pid)
            case Renamed(pid=pid) if pid in self._table.pids():
                self._table.look_at(pid)
            case _:
                pass  # another subscriber's answer, a copy that renames itself

    def _tidy(self, now_ns: int) -> None:
        # In the order they began, so that the first one that is not due ends it.
        for pid, copy in list(self._copies.items()):
            if now_ns - copy.began_ns < _LIVES_ON_NS:
                break
            del self._copies[pid]
            self._table.meet(pid)
        if now_ns >= self._cross_check_ns:
            self._cross_check(now_ns)
        if self._usual_again_ns is not None and now_ns >= self._usual_again_ns:
            self._usual_again_ns = None
            self._context.report(self._usual)

    def _cross_check(self, now_ns: int) -> None:
        self._cross_check_ns = now_ns + CROSS_CHECK_NS
        pids = proc_files.list_pids()
        for pid in self._table.pids() - pids:
            self._table.end(pid)
        for pid in sorted(pids - self._table.pids() - self._copies.keys()):
            # Its events are on their way, mostly; met when they are not.
            self._copies[pid] = _Copy(0, now_ns)

    def _look_at_everything(self) -> None:
        """After events were lost: what runs now is found, what ended is parted with, and it is said."""
        self._context.report(EVENTS_LOST)
        self._copies.clear()
        for pid, known in self._table.items():
            if not known.glance.kernel_thread:
                self._table.look_at(pid)
        self._table.compare(proc_files.list_pids())
        now_ns = time.monotonic_ns()
        self._cross_check_ns = now_ns + CROSS_CHECK_NS
        self._usual_again_ns = now_ns + SHOWN_NS

    def _patience_s(self) -> float:
        """Return how long there is nothing to tidy."""
        due_ns = self._cross_check_ns
        if self._usual_again_ns is not None:
            due_ns = min(due_ns, self._usual_again_ns)
        if (first := next(iter(self._copies.values()), None)) is not None:
            due_ns = min(due_ns, first.began_ns + _LIVES_ON_NS)
        return max(0.001, (due_ns - time.monotonic_ns()) / 1e9)
