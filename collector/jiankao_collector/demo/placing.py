"""Puts the times inside a scene's facts on the wall clock. Pure."""

from collections.abc import Callable
from dataclasses import replace

from jiankao_proto.observations import Fact, InjectedInput, ProcessEnded, ProcessStarted


def place(fact: Fact, wall_clock_us: Callable[[int], int]) -> Fact:
    """Return the fact with its scene times turned into wall clock times by `wall_clock_us`."""
    match fact:
        case ProcessStarted(process=process):
            began = wall_clock_us(process.started_at_us)
            return replace(fact, process=replace(process, started_at_us=began))
        case ProcessEnded(started_at_us=began):
            return replace(fact, started_at_us=wall_clock_us(began))
        case InjectedInput(first_wall_clock_us=first, last_wall_clock_us=last):
            return replace(
                fact,
                first_wall_clock_us=wall_clock_us(first),
                last_wall_clock_us=wall_clock_us(last),
            )
        case _:
            return fact
