"""Processes that wait a moment for their signer's name, so that a start is told once and whole. Pure; time is an input.

Checking a signature reads the whole file. A start waits for that for a fraction of a second; whoever takes longer is
told without, and once more (as there already) when the name has come.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from jiankao_proto.observations import Process

START_WAITS_S = 0.3
BASELINE_WAITS_S = 2.0
"""Everything that runs is asked about at once when the agent starts."""

Ask = Callable[[str], str | None]
"""Returns who signed an executable, empty for nobody to be trusted, None while that is being found out."""


@dataclass(frozen=True, slots=True)
class Telling:
    """A process to be told of now."""

    process: Process
    baseline: bool


@dataclass(slots=True)
class _Waiting:
    process: Process
    baseline: bool
    until_s: float
    told: bool = False


class SignerWait:
    """Holds what was met until its signer is known or its time is over."""

    def __init__(self, ask: Ask) -> None:
        """Take the question; it must answer at once."""
        self._ask = ask
        self._waiting: dict[int, _Waiting] = {}

    @property
    def holds(self) -> bool:
        """Tell whether something has yet to be told."""
        return any(not waiting.told for waiting in self._waiting.values())

    def is_held(self, pid: int) -> bool:
        """Tell whether this process has yet to be told."""
        waiting = self._waiting.get(pid)
        return waiting is not None and not waiting.told

    def meet(self, process: Process, now_s: float, *, baseline: bool) -> None:
        """Take in a process that was met; it comes out of `settle`, perhaps at once."""
        until_s = now_s + (BASELINE_WAITS_S if baseline else START_WAITS_S)
        self._waiting[process.pid] = _Waiting(process, baseline, until_s)

    def settle(self, now_s: float) -> list[Telling]:
        """Return what is to be told now."""
        found: list[Telling] = []
        for pid, waiting in list(self._waiting.items()):
            signer = self._ask(waiting.process.executable)
            if signer is None:
                if not waiting.told and now_s >= waiting.until_s:
                    waiting.told = True
                    found.append(Telling(waiting.process, waiting.baseline))
                continue
            del self._waiting[pid]
            if signer or not waiting.told:
                whole = replace(waiting.process, signer=signer)
                found.append(Telling(whole, waiting.baseline or waiting.told))
        return found

    def part(self, pid: int) -> list[Telling]:
        """Return what has to be told of a process before its end is."""
        waiting = self._waiting.pop(pid, None)
        if waiting is None or waiting.told:
            return []
        signer = self._ask(waiting.process.executable) or ""
        return [Telling(replace(waiting.process, signer=signer), waiting.baseline)]
