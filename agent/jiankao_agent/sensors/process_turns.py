"""Watching processes by looking at /proc four times a second: where the kernel does not tell by itself.

A turn costs a few microseconds while nothing starts, because the kernel tells the pid it gave out last. A process
shorter than a turn can be missed.
"""

import time

from jiankao_agent.platform.linux import proc_files
from jiankao_agent.sensors.base import SensorContext
from jiankao_agent.sensors.process_table import Known, ProcessTable, looks_different

TURN_S = 0.25
_TURNS_A_ROUND = 4
"""Once a round every process is looked at for another executable."""
_TURNS_A_THOROUGH_ROUND = 16
"""Once in so many turns also for another script in the same interpreter; young ones, which exec most, at every turn."""
_YOUNG_NS = 5_000_000_000


class ProcessTurns:
    """Compares what runs with what ran."""

    def __init__(self, context: SensorContext, table: ProcessTable) -> None:
        self._context = context
        self._table = table
        self._last_pid = -1
        self._turn = 0

    def watch(self) -> None:
        """Watch until told to stop. Raises OSError or MalformedError when /proc is gone."""
        while True:
            self._take_turn()
            if self._context.stopping.wait(TURN_S):
                return

    def _take_turn(self) -> None:
        self._turn += 1
        if self._context.baseline_wanted():
            # Known ones are told again; a start or an end since the last turn is told as such below.
            self._table.tell_all()
        last_pid = proc_files.parse_last_pid(proc_files.read("/proc/loadavg", 256))
        if last_pid != self._last_pid or self._turn % _TURNS_A_ROUND == 0:
            self._last_pid = last_pid
            self._table.compare(proc_files.list_pids(), baseline=self._turn == 1)
        self._look_for_execs()

    def _look_for_execs(self) -> None:
        now_ns = time.monotonic_ns()
        for pid, known in self._table.items():
            if not known.glance.kernel_thread and self._looks_different(pid, known, now_ns):
                self._table.look_at(pid)

    def _looks_different(self, pid: int, known: Known, now_ns: int) -> bool:
        """Tell whether a process is worth a glance, at the price that its turn allows."""
        turn = self._turn - pid
        if now_ns - known.met_ns < _YOUNG_NS or turn % _TURNS_A_THOROUGH_ROUND == 0:
            return looks_different(pid, known, thoroughly=True)
        return turn % _TURNS_A_ROUND == 0 and looks_different(pid, known, thoroughly=False)
