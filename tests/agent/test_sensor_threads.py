"""Threads of sensors: failing, ending, not answering, being asked and stopped."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from jiankao_agent.clock import monotonic_us
from jiankao_agent.conditions import Conditions
from jiankao_agent.platform.stop_signal import StopSignal
from jiankao_agent.sensor_threads import STUCK_AFTER_US, SensorThreads
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_proto.batch import SensorHealth
from jiankao_proto.observations import Fact, Health, ProcessEnded, SensorStateChanged


class Told:
    """Keeps what is emitted, and lets a test wait for it."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self._changed = threading.Condition()

    def emit(self, fact: Fact, *, urgent: bool = False) -> None:
        with self._changed:
            assert urgent or not isinstance(fact, SensorStateChanged)
            self.facts.append(fact)
            self._changed.notify_all()

    def wait(self, true: Callable[[list[Fact]], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: true(self.facts), 10), self.facts

    def states(self) -> list[tuple[Health, str]]:
        return [(f.health, f.reason) for f in self.facts if isinstance(f, SensorStateChanged)]


class Scripted:
    """A sensor that does what a test's function does."""

    name = "scripted"

    def __init__(self, does: Callable[[SensorContext], None]) -> None:
        self.run = does

    def probe(self) -> Condition:
        return OK


Start = Callable[[Callable[[SensorContext], None]], SensorThreads]


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def conditions(told: Told) -> Conditions:
    return Conditions(told.emit)


@pytest.fixture
def start(told: Told, conditions: Conditions) -> Iterator[Start]:
    started: list[SensorThreads] = []

    def begin(does: Callable[[SensorContext], None]) -> SensorThreads:
        threads = SensorThreads([Scripted(does)], told.emit, conditions)
        started.append(threads)
        threads.start()
        return threads

    yield begin
    for threads in started:
        assert threads.stop(10) == []


def test_a_sensor_starts_as_starting_and_becomes_what_it_says(
    told: Told, conditions: Conditions, start: Start
) -> None:
    go = threading.Event()

    def does(context: SensorContext) -> None:
        go.wait(10)
        context.report(OK)
        context.report(OK)
        context.stopping.wait()

    start(does)
    assert conditions.health() == (SensorHealth("scripted", Health.STARTING),)
    go.set()
    told.wait(lambda facts: len(facts) == 1)
    assert conditions.health() == (SensorHealth("scripted", Health.OK),)


def test_any_failure_is_shown_and_the_sensor_started_again(told: Told, start: Start) -> None:
    runs = 0

    def does(context: SensorContext) -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise ValueError("broken\nin two lines")
        context.report(OK)
        context.stopping.wait()

    start(does)
    told.wait(lambda facts: len(facts) == 2)
    assert told.states() == [
        (Health.UNAVAILABLE, "ValueError: broken in two lines"),
        (Health.OK, ""),
    ]


def test_even_a_sensor_that_exits_is_shown(told: Told, start: Start) -> None:
    def does(_: SensorContext) -> None:
        raise SystemExit(3)

    start(does)
    told.wait(lambda facts: len(facts) >= 1)
    assert told.states()[0] == (Health.UNAVAILABLE, "SystemExit: 3")


def test_a_sensor_that_just_ends_is_not_fine(told: Told, start: Start) -> None:
    start(lambda context: context.report(OK))
    told.wait(lambda facts: len(facts) >= 2)
    health, reason = told.states()[1]
    assert health is Health.UNAVAILABLE
    assert "ended by itself" in reason


def test_a_sensor_that_does_not_answer_is_unavailable_until_it_does(
    told: Told, conditions: Conditions, start: Start
) -> None:
    answer = threading.Event()

    def does(context: SensorContext) -> None:
        context.report(OK)
        answer.wait(10)
        context.baseline_wanted()
        context.stopping.wait()

    threads = start(does)
    told.wait(lambda facts: len(facts) == 1)
    threads.look(monotonic_us() + STUCK_AFTER_US - 5_000_000)
    assert conditions.health()[0].health is Health.OK
    later = monotonic_us() + STUCK_AFTER_US + 1
    threads.look(later)
    threads.look(later)
    assert len(told.facts) == 2
    assert "does not answer" in told.states()[1][1]
    assert conditions.health()[0].health is Health.UNAVAILABLE
    answer.set()
    told.wait(lambda facts: len(facts) == 3)
    assert conditions.health()[0].health is Health.OK


def test_a_sensor_that_waits_is_not_stuck_however_long_nothing_happens(
    told: Told, conditions: Conditions, start: Start
) -> None:
    waits: list[StopSignal] = []

    def does(context: SensorContext) -> None:
        context.report(OK)
        waits.append(context.stopping)
        context.stopping.wait()

    threads = start(does)
    told.wait(lambda facts: len(facts) == 1)
    deadline = time.monotonic() + 10
    while not waits or not waits[0].waits:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    for hour in range(1, 4):
        threads.look(monotonic_us() + hour * 3_600_000_000)
    assert conditions.health()[0].health is Health.OK
    assert len(told.facts) == 1


def test_a_sensor_that_waits_looks_up_when_a_baseline_is_wanted(told: Told, start: Start) -> None:
    def does(context: SensorContext) -> None:
        while not context.stopping.is_set():
            context.emit(ProcessEnded(int(context.baseline_wanted()), 0, "asked"))
            context.stopping.wait()

    threads = start(does)
    told.wait(lambda facts: len(facts) == 1)
    threads.want_baseline()
    told.wait(lambda facts: len(facts) == 2)
    assert [f.pid for f in told.facts if isinstance(f, ProcessEnded)] == [1, 1]


def test_a_baseline_is_wanted_at_first_and_after_each_request(told: Told, start: Start) -> None:
    turn = threading.Semaphore(0)

    def does(context: SensorContext) -> None:
        while not context.stopping.is_set():
            turn.acquire()
            context.emit(ProcessEnded(int(context.baseline_wanted()), 0, "asked"))

    threads = start(does)
    for number, request in enumerate([False, False, True, False], 1):
        if request:
            threads.want_baseline()
        turn.release()
        told.wait(lambda facts, count=number: len(facts) == count)  # type: ignore[misc]
    assert [f.pid for f in told.facts if isinstance(f, ProcessEnded)] == [1, 0, 1, 0]
    threads.stop(0)
    turn.release()


def test_one_that_does_not_stop_is_named(told: Told, conditions: Conditions) -> None:
    forever = threading.Event()

    def does(_: SensorContext) -> None:
        forever.wait(20)

    threads = SensorThreads([Scripted(does)], told.emit, conditions)
    threads.start()
    assert threads.stop(0.05) == ["scripted"]
    forever.set()
    assert threads.stop(10) == []
