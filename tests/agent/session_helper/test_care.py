"""The helper's state machine: whole transcripts of what happens and what follows."""

import pytest

from jiankao_agent.session_helper.care import (
    ASLEEP_AFTER_US,
    CONNECTS_WITHIN_US,
    FALSE_GOODBYE,
    FIRST_PAUSE_US,
    LEAVES_WITHIN_US,
    LONGEST_PAUSE_US,
    NEVER_CAME,
    SILENT,
    SILENT_AFTER_US,
    SOUND_AFTER_US,
    Command,
    End,
    Ended,
    Event,
    Heard,
    HelperCare,
    Refused,
    Said,
    SessionSeen,
    Show,
    Standing,
    Start,
    Stopped,
    TellDeath,
    Woken,
)

NOBODY = Show(Standing.NOBODY)
STARTING = Show(Standing.STARTING)
WORKING = Show(Standing.WORKING)
STEP_US = 1_000_000


def died(reason: str) -> list[Command]:
    return [TellDeath(reason), Show(Standing.DEAD, reason)]


class Bench:
    """A machine and its clock; time passes in steps of a second, as the keeper asks."""

    def __init__(self) -> None:
        self.now_us = 1_000_000
        self.machine = HelperCare(self.now_us)

    def __call__(self, event: Event) -> list[Command]:
        return self.machine.handle(event, self.now_us)

    def wait(self, us: int, *, alive: int = 0) -> list[Command]:
        """Let time pass; helper `alive` says every second that it lives. Return what followed."""
        commands: list[Command] = []
        until = self.now_us + us
        while self.now_us < until:
            self.now_us = min(self.now_us + STEP_US, until)
            if alive:
                commands += self(Heard(alive, Said.LIVES))
            commands += self(Woken())
        return commands


def at_work(session: int = 1) -> Bench:
    """Return a bench whose helper 1 works."""
    bench = Bench()
    assert bench(SessionSeen(session)) == [STARTING, Start(1, session)]
    assert bench(Heard(1, Said.CONNECTED)) == [WORKING]
    return bench


def test_nobody_is_shown_once_and_a_logon_starts_a_helper() -> None:
    bench = Bench()
    assert bench(SessionSeen(None)) == [NOBODY]
    assert bench(SessionSeen(None)) == []
    assert bench.wait(3_600_000_000) == []
    assert bench(SessionSeen(2)) == [STARTING, Start(1, 2)]
    assert bench(SessionSeen(2)) == []


def test_one_that_lives_is_left_alone() -> None:
    assert at_work().wait(3_600_000_000, alive=1) == []


def test_a_death_is_told_at_once_and_it_is_started_again() -> None:
    bench = at_work()
    assert bench(Ended(1, "killed")) == died("killed")
    assert bench.wait(FIRST_PAUSE_US - 1) == []
    assert bench.wait(1) == [STARTING, Start(2, 1)]
    assert bench(Heard(2, Said.CONNECTED)) == [WORKING]


def test_pauses_grow_to_a_limit_and_begin_again_after_a_sound_time() -> None:
    bench, helper, pauses = at_work(), 1, list[int]()
    for _ in range(9):
        bench(Ended(helper, "killed"))
        pause_us = 0
        while not (commands := bench.wait(FIRST_PAUSE_US)):
            pause_us += FIRST_PAUSE_US
        helper += 1
        assert commands == [STARTING, Start(helper, 1)]
        pauses.append(pause_us + FIRST_PAUSE_US)
        bench(Heard(helper, Said.CONNECTED))
    assert pauses[:4] == [FIRST_PAUSE_US * 2**n for n in range(4)]
    assert pauses[-2:] == [LONGEST_PAUSE_US] * 2

    bench.wait(SOUND_AFTER_US, alive=helper)
    assert bench(Ended(helper, "killed")) == died("killed")
    assert bench.wait(FIRST_PAUSE_US) == [STARTING, Start(helper + 1, 1)]


@pytest.mark.parametrize("new", [2, None], ids=["fast-user-switch", "log-off"])
def test_a_session_that_is_left_ends_its_helper_without_a_death(new: int | None) -> None:
    bench = at_work()
    follows = [NOBODY] if new is None else [STARTING, Start(2, new)]
    assert bench(SessionSeen(new)) == [End(1), *follows]
    assert bench(Ended(1, "ended by us")) == []
    assert bench(Heard(1, Said.LIVES)) == []


@pytest.mark.parametrize("end_first", [True, False], ids=["ended-by-windows", "still-there"])
def test_a_goodbye_is_believed_when_the_session_ends(end_first: bool) -> None:
    bench = at_work()
    assert bench(Heard(1, Said.GOODBYE)) == []
    if end_first:
        assert bench(Ended(1, "ended by Windows")) == []
    assert bench.wait(LEAVES_WITHIN_US - 1) == []
    assert bench(SessionSeen(None)) == ([NOBODY] if end_first else [End(1), NOBODY])
    assert bench.wait(60_000_000) == []


@pytest.mark.parametrize("end_first", [True, False], ids=["ended", "still-there"])
def test_a_goodbye_that_was_not_one_is_a_death(end_first: bool) -> None:
    """Else whoever ends the helper need only make it say goodbye first."""
    bench = at_work()
    bench(Heard(1, Said.GOODBYE))
    if end_first:
        bench(Ended(1, "killed"))
    ended = [] if end_first else [End(1)]
    assert bench.wait(LEAVES_WITHIN_US, alive=1) == [*ended, *died(FALSE_GOODBYE)]
    assert bench.wait(FIRST_PAUSE_US) == [STARTING, Start(2, 1)]


def test_one_that_never_connects_is_ended_and_is_a_death() -> None:
    bench = Bench()
    bench(SessionSeen(1))
    assert bench.wait(CONNECTS_WITHIN_US - 1) == []
    assert bench.wait(1) == [End(1), *died(NEVER_CAME)]


def test_one_that_is_silent_is_ended_and_is_a_death() -> None:
    """A process can be suspended as well as ended."""
    bench = at_work()
    assert bench.wait(SILENT_AFTER_US - 1) == []
    assert bench.wait(1) == [End(1), *died(SILENT)]


def test_a_computer_that_slept_blames_nobody() -> None:
    bench = at_work()
    bench.now_us += 8 * 3_600_000_000
    assert bench(Woken()) == []
    assert bench.wait(ASLEEP_AFTER_US) == []
    assert bench(Heard(1, Said.LIVES)) == []
    assert bench.wait(SILENT_AFTER_US) == [End(1), *died(SILENT)]


def test_what_windows_refuses_is_tried_again_and_is_no_death() -> None:
    bench = Bench()
    bench(SessionSeen(1))
    assert bench(Refused(1, "access is denied")) == [Show(Standing.REFUSED, "access is denied")]
    assert bench.wait(FIRST_PAUSE_US) == [STARTING, Start(2, 1)]


def test_a_session_that_changes_while_a_start_is_waited_for_starts_there() -> None:
    bench = at_work()
    bench(Ended(1, "killed"))
    assert bench(SessionSeen(7)) == [STARTING, Start(2, 7)]
    assert bench.wait(FIRST_PAUSE_US, alive=2) == []


def test_an_end_of_the_agent_ends_the_helper_and_is_no_death() -> None:
    bench = at_work()
    assert bench(Stopped()) == [End(1)]
    assert bench(Ended(1, "ended by us")) == []
    assert bench(SessionSeen(2)) == []
    assert bench.wait(60_000_000) == []
