"""A hand on a mouse and a keyboard, as one-second input windows; and somebody else's. Pure.

Ranges are those of people at work: reports every 8 ms (a 125 Hz mouse), clicks held for about 0.1
to 0.25 s, keys for about 0.06 to 0.14 s with 0.12 to 0.4 s between them, ways that curve. What a
relay injects comes in bunches.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from jiankao_collector.demo.steps import SECOND_US, Happens, Step
from jiankao_proto.observations import InjectedInput, InjectionMethod, InputSource, InputWindow

_LOCAL_MOUSE = "HID-compliant mouse"
_LOCAL_KEYBOARD = "HID Keyboard Device"
_SCROLLING_SHARE = 0.3
_NEXT_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Temperament:
    """How somebody answers questions.

    `reading_s`: shortest and longest pause before an answer. `writing`: share of the questions
    answered in words. `fidgeting`: share of the seconds of a pause in which the mouse wanders.
    `dozing_s`: a pause of that length before the first answer.
    """

    reading_s: tuple[float, float]
    writing: float = 0.15
    fidgeting: float = 0.15
    dozing_s: float = 0.0


STEADY = Temperament(reading_s=(6, 25))
VERY_FAST = Temperament(reading_s=(1.5, 4), writing=0.3, fidgeting=0.3)
DOES_NOTHING_FOR_MINUTES = Temperament(reading_s=(20, 70), fidgeting=0.02, dozing_s=240)
PONDERS = Temperament(reading_s=(15, 60), writing=0.3, fidgeting=0.3)


def answers(
    random: Random, temperament: Temperament, begin_s: float, end_s: float = float("inf")
) -> Iterator[Step]:
    """Yield the input of a candidate who reads, decides, clicks or writes, until `end_s`."""
    at_s = begin_s + temperament.dozing_s + random.uniform(0, temperament.reading_s[1])
    while at_s < end_s:
        pause_s = random.uniform(*temperament.reading_s)
        yield from _reading(random, temperament.fidgeting, at_s, min(at_s + pause_s, end_s))
        at_s += pause_s
        for window in _answer(random, temperament.writing):
            if at_s < end_s:
                yield Step(at_s, Happens((window,)))
            at_s += 1


def moving(random: Random) -> InputWindow:
    """Return one second of a person moving the mouse."""
    path_px = random.uniform(90, 1400)
    return InputWindow(
        InputSource.LOCAL_DEVICE,
        _LOCAL_MOUSE,
        SECOND_US,
        motion_events=random.randint(20, 115),
        path_px=path_px,
        net_px=path_px * random.uniform(0.25, 0.95),
        peak_speed_px_per_s=path_px * random.uniform(1.8, 4.5),
        direction_changes=random.randint(0, 5),
        motion_intervals_within_1ms=random.randint(0, 2),
        motion_interval_median_us=random.randint(7_600, 8_600),
    )


def clicking(random: Random) -> InputWindow:
    """Return one second in which a person aims and clicks once."""
    held_us = random.randint(95_000, 250_000)
    return replace(
        moving(random),
        button_presses=1,
        button_hold_median_us=held_us,
        button_hold_min_us=held_us,
    )


def typing(random: Random) -> InputWindow:
    """Return one second of a person typing."""
    held_us = random.randint(60_000, 140_000)
    return InputWindow(
        InputSource.LOCAL_DEVICE,
        _LOCAL_KEYBOARD,
        SECOND_US,
        key_presses=random.randint(2, 7),
        key_hold_median_us=held_us,
        key_hold_min_us=int(held_us * random.uniform(0.6, 0.95)),
        key_interval_median_us=random.randint(120_000, 400_000),
    )


def scrolling(random: Random) -> InputWindow:
    """Return one second of a person turning the wheel."""
    return InputWindow(
        InputSource.LOCAL_DEVICE, _LOCAL_MOUSE, SECOND_US, scroll_steps=random.randint(1, 6)
    )


def injected(random: Random, at_s: float, *, motion: bool = True, keys: int = 0) -> Step:
    """Return one second of somebody else's hand, flagged as injected by the Windows hooks.

    One click; `keys` presses; the pointer moves as well unless `motion` is off.
    """
    begin_us = int(at_s * SECOND_US)
    motion_events = random.randint(15, 60) if motion else 0
    path_px = random.uniform(200, 1500) if motion else 0.0
    held_us = random.randint(15_000, 60_000)
    flagged = InjectedInput(
        InjectionMethod.HOOK_FLAG,
        motion_events=motion_events,
        button_events=2,
        key_events=2 * keys,
        first_wall_clock_us=begin_us - random.randint(300_000, 900_000),
        last_wall_clock_us=begin_us,
    )
    window = InputWindow(
        InputSource.INJECTED,
        duration_us=SECOND_US,
        motion_events=motion_events,
        path_px=path_px,
        net_px=path_px * random.uniform(0.9, 1.0),
        peak_speed_px_per_s=path_px * random.uniform(3, 8),
        motion_intervals_within_1ms=motion_events // 2,
        motion_interval_median_us=random.randint(200, 1_500) if motion else 0,
        button_presses=1,
        button_hold_median_us=held_us,
        button_hold_min_us=held_us,
        key_presses=keys,
        key_hold_median_us=held_us if keys else 0,
        key_hold_min_us=held_us if keys else 0,
        key_interval_median_us=random.randint(60_000, 200_000) if keys else 0,
    )
    return Step(at_s, Happens((flagged, window), urgent=True))


def _reading(random: Random, fidgeting: float, begin_s: float, end_s: float) -> Iterator[Step]:
    at_s = begin_s
    while at_s < end_s:
        if random.random() < fidgeting:
            window = scrolling(random) if random.random() < _SCROLLING_SHARE else moving(random)
            yield Step(at_s, Happens((window,)))
        at_s += 1


def _answer(random: Random, writing: float) -> Iterator[InputWindow]:
    yield moving(random)
    yield clicking(random)
    if random.random() < writing:
        for _ in range(random.randint(3, 20)):
            yield typing(random)
    if random.random() < _NEXT_SHARE:
        yield clicking(random)
