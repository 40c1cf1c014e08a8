"""Which programs run: what started and what ended. A process shorter than a turn can be missed.

Windows has no exec: a process runs one program for its life, and (pid, started_at_us) names it. A start is held for a
fraction of a second until Windows has said whose signature it trusts; see `signer_wait`.
"""

import time
from collections.abc import Iterable
from contextlib import closing

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.windows import process_list
from jiankao_agent.platform.windows.process_list import Unreadable
from jiankao_agent.platform.windows.standing import is_administrator
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.windows.rights import NOT_ADMINISTRATOR
from jiankao_agent.sensors.windows.signer_wait import SignerWait, Telling
from jiankao_agent.sensors.windows.signers import Signers
from jiankao_proto.bilingual import say
from jiankao_proto.masking import mask_command_line
from jiankao_proto.observations import Health, Process, ProcessEnded, ProcessStarted

TURN_S = 0.25
_SETTLE_S = 0.05
_TURNS_A_ROUND = 8
"""Once a round every known pid is looked at for another process: Windows gives pids out again soon."""


class ProcessesSensor:
    """Starts and ends of processes."""

    name = "processes"

    def probe(self) -> Condition:
        """Tell whether processes can be listed, and with which rights."""
        try:
            process_list.list_pids()
        except Unreadable as error:
            return Condition(
                Health.UNAVAILABLE,
                say(f"无法列出进程：{error}", f"processes cannot be listed: {error}"),
                say("请以管理员身份运行采集程序", "run the agent as administrator"),
            )
        return OK if is_administrator() else NOT_ADMINISTRATOR

    def run(self, context: SensorContext) -> None:
        """Watch until told to stop. Raises SensorError when processes cannot be listed."""
        condition = self.probe()
        if condition.health is Health.UNAVAILABLE:
            raise SensorError(condition.reason)
        context.report(condition)
        try:
            with closing(Signers()) as signers:
                watch = _Watch(context, signers)
                while True:
                    watch.turn()
                    if watch.wait():
                        return
        except Unreadable as error:
            raise SensorError(
                f"processes: they cannot be listed any more ({error}); is the agent still administrator?"
            ) from error


class _Watch:
    def __init__(self, context: SensorContext, signers: Signers) -> None:
        self._context = context
        self._held = SignerWait(signers.ask)
        self._known: dict[int, Process] = {}
        self._turn = 0

    def turn(self) -> None:
        """Compare what runs with what ran. Raises what `list_pids` does."""
        self._turn += 1
        first = self._turn == 1
        if self._context.baseline_wanted():
            for process in self._known.values():
                if not self._held.is_held(process.pid):
                    self._context.emit(ProcessStarted(process, baseline=True))
        pids = process_list.list_pids()
        if self._turn % _TURNS_A_ROUND == 0:
            pids -= self._given_out_again(pids)
        for pid in self._known.keys() - pids:
            self._tell(self._held.part(pid))
            gone = self._known.pop(pid)
            self._context.emit(ProcessEnded(pid, gone.started_at_us, gone.name))
        # Ascending, for an order that is the same every time; a parent may come after its child here.
        for pid in sorted(pids - self._known.keys()):
            self._add(pid, baseline=first)
        self._tell(self._held.settle(time.monotonic()))

    def wait(self) -> bool:
        """Wait for the next turn, telling meanwhile what was held; tell whether to stop."""
        until_s = time.monotonic() + TURN_S
        while (now_s := time.monotonic()) < until_s:
            held = self._held.holds
            if self._context.stopping.wait(
                min(_SETTLE_S, until_s - now_s) if held else until_s - now_s
            ):
                return True
            if held:
                self._tell(self._held.settle(time.monotonic()))
        return self._context.stopping.is_set()

    def _given_out_again(self, pids: set[int]) -> set[int]:
        """Return the pids that are other processes by now: they end in this turn and start in the next."""
        again: set[int] = set()
        for pid in pids & self._known.keys():
            started_us = process_list.started_at_us(pid)
            if started_us is not None and started_us != self._known[pid].started_at_us:
                again.add(pid)
        return again

    def _add(self, pid: int, *, baseline: bool) -> None:
        process = process_list.describe(pid, parent_name=self._name_of, mask=mask_command_line)
        if process is not None:
            self._known[pid] = process
            self._held.meet(process, time.monotonic(), baseline=baseline)

    def _tell(self, tellings: Iterable[Telling]) -> None:
        for telling in tellings:
            process = telling.process
            self._known[process.pid] = process
            self._context.emit(
                ProcessStarted(process, baseline=telling.baseline), urgent=not telling.baseline
            )

    def _name_of(self, pid: int) -> str:
        known = self._known.get(pid)
        return known.name if known else process_list.refer(pid).name
