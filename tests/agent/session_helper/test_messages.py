"""What a helper may say, and that nothing else passes: whoever sits at the seat may put words in its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent.session_helper.messages import (
    BYTES_AT_ONCE,
    BYTES_PER_S,
    LARGEST_MESSAGE,
    MESSAGES_AT_ONCE,
    MESSAGES_PER_S,
    Allowance,
    Kind,
    Message,
    read_message,
    write_fact,
)
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import (
    AgentLifecycle,
    ClockChanged,
    Fact,
    Health,
    Heartbeat,
    InjectedInput,
    InjectionMethod,
    InputSource,
    InputWindow,
    LifecycleStage,
    Observation,
    ObservationsDropped,
    Process,
    ProcessStarted,
    SensorStateChanged,
)

SENSORS = frozenset({"input", "desktop"})


def message_of(fact: Fact, *, urgent: bool = False) -> bytes:
    return write_fact(Observation(1, 2, fact), urgent=urgent)


@pytest.mark.parametrize(
    "fact",
    [
        InjectedInput(InjectionMethod.HOOK_FLAG, "keyboard", key_events=3),
        InputWindow(InputSource.LOCAL_DEVICE, "mouse", motion_events=1),
        SensorStateChanged("input", Health.DEGRADED, "why", "what to do"),
    ],
)
def test_facts_of_the_desktop_pass(fact: Fact) -> None:
    assert read_message(message_of(fact), SENSORS) == Message(Kind.FACT, fact)
    urgent = message_of(fact, urgent=True)
    assert read_message(urgent, SENSORS) == Message(Kind.URGENT_FACT, fact)


@pytest.mark.parametrize("kind", [Kind.LIFE, Kind.GOODBYE])
def test_signs_pass(kind: Kind) -> None:
    assert read_message(bytes((kind,)), SENSORS) == Message(kind)


@pytest.mark.parametrize(
    ("fact", "why"),
    [
        (AgentLifecycle(LifecycleStage.STOPPING), "may not tell a AgentLifecycle"),
        (Heartbeat(), "may not tell a Heartbeat"),
        (ClockChanged(5), "may not tell a ClockChanged"),
        (ObservationsDropped(1), "may not tell a ObservationsDropped"),
        (ProcessStarted(Process(1, 2, "a.exe")), "may not tell a ProcessStarted"),
        (SensorStateChanged("processes", Health.OK), "not its own"),
        (SensorStateChanged("helper", Health.OK), "not its own"),
    ],
)
def test_what_others_tell_does_not_pass(fact: Fact, why: str) -> None:
    with pytest.raises(MalformedError, match=why):
        read_message(message_of(fact), SENSORS)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"\x09",
        bytes((Kind.LIFE, 0)),
        bytes((Kind.GOODBYE, 1, 2)),
        bytes((Kind.FACT,)),
        bytes((Kind.FACT, 0xFF)),
        bytes((Kind.FACT,)) + b"\x0a" * LARGEST_MESSAGE,
        message_of(InputWindow(InputSource.INJECTED)) + b"\xf8\x7f\x01",
    ],
)
def test_what_is_no_message_does_not_pass(data: bytes) -> None:
    with pytest.raises(MalformedError):
        read_message(data, SENSORS)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_malformed(data: bytes) -> None:
    try:
        message = read_message(data, SENSORS)
    except MalformedError:
        return
    assert (message.fact is not None) == (message.kind in (Kind.FACT, Kind.URGENT_FACT))


def test_so_many_messages_and_no_more() -> None:
    allowance = Allowance(0)
    assert all(allowance.take(1, 0) for _ in range(MESSAGES_AT_ONCE))
    assert not allowance.take(1, 0)


def test_so_many_bytes_and_no_more() -> None:
    allowance = Allowance(0)
    taken = sum(allowance.take(LARGEST_MESSAGE, 0) for _ in range(100))
    assert taken == BYTES_AT_ONCE // LARGEST_MESSAGE


def test_a_steady_flow_passes_for_ever() -> None:
    allowance = Allowance(0)
    size = BYTES_PER_S // MESSAGES_PER_S
    step_us = 1_000_000 // MESSAGES_PER_S
    assert all(allowance.take(size, n * step_us) for n in range(10 * MESSAGES_AT_ONCE))
