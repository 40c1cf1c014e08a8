"""The acknowledgement machine: whole transcripts of events and commands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent.delivery import (
    BLOCKED_DELAY_US,
    LONGEST_DELAY_US,
    LONGEST_HOLD_OFF_US,
    WINDOW,
    Command,
    ConnectAt,
    Delivery,
    Forget,
    HangUp,
    Send,
    State,
    Trouble,
    TroubleOver,
    WakeAt,
)
from jiankao_proto.records import RefusalReason

LATER = [RefusalReason.NOT_STORED, RefusalReason.TOO_MANY, RefusalReason.OUT_OF_ORDER]
FOR_GOOD = [r for r in RefusalReason if r not in (*LATER, RefusalReason.DUPLICATE)]


def sends(first: int, after: int) -> tuple[Command, ...]:
    return tuple(Send(n) for n in range(first, after))


def flowing(committed: int, spooled: int) -> Delivery:
    machine = Delivery(spooled)
    machine.started(0)
    machine.connecting()
    machine.connected(committed, 0, 0)
    return machine


def test_an_ordinary_life() -> None:
    machine = Delivery(3)
    assert machine.started(10) == (ConnectAt(10),)
    assert machine.spooled(4) == ()
    assert machine.connecting() == ()
    assert machine.spooled(5) == ()
    assert machine.connected(2, 0, 20) == (Forget(2), *sends(2, 5))
    assert machine.spooled(6) == (Send(5),)
    assert machine.acknowledged(4, 30) == (Forget(4),)
    assert machine.acknowledged(4, 40) == ()
    assert machine.acknowledged(6, 50) == (Forget(6),)
    assert machine.spooled(7) == (Send(6),)


def test_no_more_than_a_window_is_under_way() -> None:
    machine = Delivery(1000)
    assert machine.connected(0, 0, 0) == (Forget(0), *sends(0, WINDOW))
    assert machine.spooled(1001) == ()
    assert machine.acknowledged(10, 0) == (Forget(10), *sends(WINDOW, WINDOW + 10))


def test_after_a_break_it_goes_on_where_the_collector_says() -> None:
    machine = flowing(0, 8)
    machine.acknowledged(3, 0)
    assert machine.disconnected(1_000_000, 0.0) == (ConnectAt(1_100_000),)
    assert machine.spooled(9) == ()
    machine.connecting()
    assert machine.connected(5, 3, 2_000_000) == (Forget(5), *sends(5, 9))


def test_delays_double_up_to_a_limit_and_begin_anew_after_progress() -> None:
    machine = Delivery(1)
    delays = []
    for _ in range(9):
        (command,) = machine.disconnected(0, 1.0)
        assert isinstance(command, ConnectAt)
        delays.append(command.at_us)
    assert delays[:4] == [200_000, 400_000, 800_000, 1_600_000]
    assert delays[-2:] == [LONGEST_DELAY_US, LONGEST_DELAY_US]
    machine.connecting()
    machine.connected(0, 0, 0)
    assert machine.disconnected(0, 1.0) == (ConnectAt(LONGEST_DELAY_US),), "Welcome is no progress"
    machine.connected(0, 0, 0)
    machine.acknowledged(1, 0)
    assert machine.disconnected(0, 1.0) == (ConnectAt(200_000),)


@given(st.floats(0, 1, exclude_max=True), st.integers(0, 40))
def test_jitter_spreads_over_half_of_every_delay(jitter: float, failures: int) -> None:
    machine = Delivery(0)
    for _ in range(failures):
        machine.disconnected(0, 0)
    (command,) = machine.disconnected(0, jitter)
    assert isinstance(command, ConnectAt)
    whole = min(200_000 << min(failures, 16), LONGEST_DELAY_US)
    assert whole // 2 <= command.at_us <= whole


def test_after_any_time_alone_the_next_attempt_is_seconds_away() -> None:
    machine = Delivery(0)
    for _ in range(1000):
        (command,) = machine.disconnected(0, 0.999)
        assert isinstance(command, ConnectAt)
        assert command.at_us <= 5_000_000


@pytest.mark.parametrize("reason", LATER)
def test_a_collector_that_cannot_take_it_now_is_asked_later(reason: RefusalReason) -> None:
    machine = flowing(0, 4)
    assert machine.refused(reason, "disk full", 1, 0, 0.0) == (Forget(1), WakeAt(100_000))
    assert machine.state is State.PAUSED
    # What was under way already is refused too, and answered with silence.
    assert machine.refused(RefusalReason.OUT_OF_ORDER, "", 1, 10, 0.0) == ()
    assert machine.refused(RefusalReason.OUT_OF_ORDER, "", 1, 20, 0.0) == ()
    assert machine.spooled(5) == ()
    # One batch asks whether it is over; then everything flows again.
    assert machine.woken() == (Send(1),)
    assert machine.refused(reason, "disk full", 1, 200_000, 0.0) == (WakeAt(400_000),)
    assert machine.woken() == (Send(1),)
    assert machine.acknowledged(2, 500_000) == (Forget(2), *sends(2, 5))


def test_an_acknowledgement_during_a_pause_is_not_sent_again() -> None:
    machine = flowing(0, 4)
    machine.refused(RefusalReason.TOO_MANY, "", 0, 0, 0.0)
    assert machine.acknowledged(2, 0) == (Forget(2),)
    assert machine.woken() == (Send(2),)


def test_a_duplicate_is_an_acknowledgement() -> None:
    machine = flowing(0, 3)
    assert machine.refused(RefusalReason.DUPLICATE, "", 2, 0, 0.0) == (Forget(2),)
    assert machine.state is State.FLOWING


@pytest.mark.parametrize("reason", FOR_GOOD)
def test_what_no_repetition_mends_stops_sending_and_is_shown(reason: RefusalReason) -> None:
    machine = flowing(0, 3)
    trouble, wake = machine.refused(reason, "what the collector said", 0, 1_000, 0.0)
    assert isinstance(trouble, Trouble)
    assert "what the collector said" in trouble.reason
    assert trouble.remedy
    assert wake == WakeAt(1_000 + BLOCKED_DELAY_US)
    assert machine.refused(reason, "", 0, 2_000, 0.0) == ()
    assert machine.spooled(4) == ()
    # A minute later the connection is begun anew, and one batch asks.
    assert machine.woken() == (HangUp(),)
    assert machine.disconnected(2_000, 0.0) == (ConnectAt(102_000),)
    machine.connecting()
    assert machine.connected(0, 0, 3_000) == (Forget(0), Send(0))
    assert machine.acknowledged(1, 4_000) == (Forget(1), TroubleOver(), *sends(1, 4))


def test_a_break_while_blocked_is_followed_slowly() -> None:
    machine = flowing(0, 3)
    machine.refused(RefusalReason.FORK, "", 0, 0, 0.0)
    assert machine.disconnected(0, 0.0) == (ConnectAt(BLOCKED_DELAY_US // 2),)


def test_a_spool_that_was_put_back_is_noticed_at_welcome() -> None:
    machine = Delivery(3)
    trouble, wake = machine.connected(5, 0, 0)
    assert isinstance(trouble, Trouble)
    assert "holds 5 batches of this workstation, the spool here only 3" in trouble.reason
    assert wake == WakeAt(BLOCKED_DELAY_US)
    assert machine.spooled(4) == ()


def test_a_key_in_use_elsewhere_is_noticed_at_an_acknowledgement() -> None:
    machine = flowing(0, 3)
    trouble, _ = machine.acknowledged(4, 0)
    assert isinstance(trouble, Trouble)
    assert "another agent uses this key" in trouble.reason


def test_a_collector_that_was_put_back_gets_what_is_still_here() -> None:
    machine = Delivery(9)
    assert machine.connected(4, 4, 0) == (Forget(4), *sends(4, 9))
    machine = Delivery(9)
    trouble, _ = machine.connected(3, 4, 0)
    assert isinstance(trouble, Trouble)
    assert "asks for batch 3" in trouble.reason


def test_an_unknown_workstation_tries_again_slowly() -> None:
    machine = Delivery(1)
    machine.connecting()
    trouble, _ = machine.turned_away("no such workstation", 0)
    assert isinstance(trouble, Trouble)
    assert "no such workstation" in trouble.reason
    assert machine.disconnected(0, 0.0) == (ConnectAt(BLOCKED_DELAY_US // 2),)


def test_a_batch_too_large_for_the_collector_is_said_and_not_sent_at_every_turn() -> None:
    machine = flowing(0, 1)
    trouble, _ = machine.too_large("Received message larger than max (3 vs. 2)", 0)
    assert isinstance(trouble, Trouble)
    assert "larger than the collector takes" in trouble.reason
    assert "(3 vs. 2)" in trouble.reason
    assert machine.disconnected(0, 0.0) == (ConnectAt(BLOCKED_DELAY_US // 2),)


def test_a_collector_that_wants_to_be_left_alone_is_left_alone_but_not_for_good() -> None:
    machine = Delivery(1)
    machine.connecting()
    machine.held_off(40_000_000, 1_000_000)
    assert machine.disconnected(1_000_000, 0.0) == (ConnectAt(41_000_000),)
    machine.connecting()
    machine.held_off(0, 41_000_000)
    (soon,) = machine.disconnected(41_000_000, 0.0)
    assert isinstance(soon, ConnectAt)
    assert soon.at_us < 42_000_000
    machine.held_off(1 << 60, 0)
    assert machine.disconnected(0, 0.0) == (ConnectAt(LONGEST_HOLD_OFF_US),)


@given(st.lists(st.sampled_from(["spool", "ack", "later", "wake", "break"]), max_size=80))
def test_nothing_is_skipped_whatever_happens(events: list[str]) -> None:
    """A collector that commits in order gets every batch, and never one ahead of its turn."""
    machine, spooled, committed = Delivery(0), 0, 0
    under_way: list[int] = []

    def obey(commands: tuple[Command, ...]) -> None:
        under_way.extend(c.sequence for c in commands if isinstance(c, Send))
        assert all(c.committed_count <= committed for c in commands if isinstance(c, Forget))

    obey(machine.connected(0, 0, 0))
    for event in [*events, "break", *["wake", "ack"] * (2 * len(events) + 2)]:
        match event:
            case "spool":
                spooled += 1
                obey(machine.spooled(spooled))
            case "ack" if under_way:
                assert under_way[0] <= committed, "a batch came ahead of its turn"
                committed = max(committed, under_way.pop(0) + 1)
                obey(machine.acknowledged(committed, 0))
            case "later" if under_way:
                under_way.clear()
                obey(machine.refused(RefusalReason.NOT_STORED, "", committed, 0, 0.5))
            case "wake":
                obey(machine.woken())
            case "break":
                under_way.clear()
                machine.disconnected(0, 0.5)
                machine.connecting()
                obey(machine.connected(committed, 0, 0))
    assert committed == spooled
