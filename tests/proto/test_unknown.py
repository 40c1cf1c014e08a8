"""What a later version adds survives this one: fields, kinds and enum values it does not know."""

from dataclasses import replace
from typing import Any

import pytest

from jiankao_proto.batch import FORMAT, Batch, BatchHeader
from jiankao_proto.codec import (
    read_batch,
    read_observation,
    read_record,
    record_kind,
    write_batch,
    write_observation,
    write_record,
)
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import (
    Change,
    DisplayChanged,
    Heartbeat,
    InjectedInput,
    InjectionMethod,
    Observation,
    ProcessRef,
    ProcessStarted,
    UnknownFact,
)
from jiankao_proto.records import EnvelopeRejected, Record, RefusalReason, UnknownBody
from jiankao_proto.v1 import telemetry_pb2
from tests.support.contract import FACTS
from tests.support.samples import sample
from tests.support.wire import field, varint

EXTRA = field(999, b"from a later version") + field(1000, 77)
"""Two fields of numbers nobody uses yet: bytes and a number."""


def envelope_of(number: int, content: bytes) -> bytes:
    """Return an observation's bytes: both clocks, then a fact of kind `number`."""
    return field(1, 1_790_000_000_000_001) + field(2, 5) + field(number, content)


@pytest.mark.parametrize("kind", FACTS, ids=lambda c: c.__name__)
def test_an_extra_field_in_any_fact(kind: type) -> None:
    """Beside the fact, and inside it."""
    example: Any = sample(kind)
    plain = write_observation(Observation(7, 8, example))
    number = telemetry_pb2.Observation.FromString(plain).ListFields()[-1][0].number
    inside = telemetry_pb2.Observation.FromString(plain + field(number, EXTRA))
    for data in (plain + EXTRA, inside.SerializeToString()):
        read = read_observation(data)
        assert read.fact == example
        assert read.unread
        assert write_observation(read) == data
        assert write_batch_of(read).endswith(data)


def write_batch_of(observation: Observation) -> bytes:
    """Return the bytes of a batch whose only observation this is, written, read and written again."""
    batch = Batch(replace(sample(BatchHeader), format=FORMAT), (observation,))
    again = write_batch(read_batch(write_batch(batch)))
    assert again == write_batch(batch)
    return again


def test_an_extra_field_deep_inside() -> None:
    process = field(1, 4711) + field(3, b"x11vnc") + EXTRA
    data = envelope_of(10, field(1, process) + field(2, 1))
    read = read_observation(data)
    assert isinstance(read.fact, ProcessStarted)
    assert (read.fact.process.pid, read.fact.process.name, read.fact.baseline) == (
        4711,
        "x11vnc",
        True,
    )
    assert write_observation(read) == data


@pytest.mark.parametrize("number", [63, 99, 15000])
def test_a_fact_of_unknown_kind(number: int) -> None:
    data = envelope_of(number, b"\x0a\x03abc")
    read = read_observation(data)
    assert read.fact == UnknownFact()
    assert (read.wall_clock_us, read.monotonic_us) == (1_790_000_000_000_001, 5)
    assert write_observation(read) == data
    assert write_batch_of(read).endswith(data)


def test_no_fact_at_all() -> None:
    data = field(1, 9) + field(2, 5)
    assert read_observation(data).fact == UnknownFact()
    assert write_observation(read_observation(data)) == data


@pytest.mark.parametrize("value", [99, 200, -1, 2**31 - 1])
def test_an_enum_value_nobody_knows(value: int) -> None:
    """It reads as unspecified, never as something it is not, and is written back as it was."""
    data = envelope_of(17, field(1, value % 2**64) + field(5, 3))
    read = read_observation(data)
    assert read.fact == InjectedInput(
        InjectionMethod.UNSPECIFIED, key_events=3, process=ProcessRef()
    )
    assert write_observation(read) == data


def test_what_is_known_carries_nothing_along() -> None:
    read = read_observation(
        write_observation(Observation(7, 8, DisplayChanged(Change.ADDED, "HDMI-1")))
    )
    assert read.unread == b""


def test_a_new_observation_made_of_a_read_one_is_written_anew() -> None:
    read = read_observation(write_observation(Observation(7, 8, Heartbeat(3))) + EXTRA)
    assert read_observation(write_observation(Observation(9, 9, read.fact))) == Observation(
        9, 9, Heartbeat(3)
    )


def test_an_unknown_fact_without_its_bytes_cannot_be_written() -> None:
    with pytest.raises(MalformedError, match="only be written as it was read"):
        write_observation(Observation(7, 8, UnknownFact()))


def record_bytes(number: int, content: bytes) -> bytes:
    return (
        field(1, 4) + field(2, b"d" * 32) + field(3, 1_790_000_000_000_001) + field(number, content)
    )


@pytest.mark.parametrize("number", [29, 30, 97, 9999])
def test_a_record_of_unknown_kind(number: int) -> None:
    """Kept as bytes; it can be told apart and bound, and is never written by this version."""
    read = read_record(record_bytes(number, b""))
    assert read == Record(4, b"d" * 32, 1_790_000_000_000_001, UnknownBody())
    assert record_kind(read) == "unknown"
    with pytest.raises(MalformedError, match="only kept as it is"):
        write_record(read)


def test_a_refusal_for_a_reason_nobody_knows() -> None:
    read = read_record(record_bytes(16, field(2, 4_000_000_000) + EXTRA))
    assert isinstance(read.body, EnvelopeRejected)
    assert read.body.reason is RefusalReason.UNSPECIFIED
    assert read.body.workstation_id is None


def test_varints_are_written_as_protobuf_does() -> None:
    assert varint(300) == b"\xac\x02"
    assert field(1, 150) == b"\x08\x96\x01"
    assert field(2, b"testing") == b"\x12\x07testing"


def test_in_a_batch_only_the_observation_with_something_new_keeps_its_bytes() -> None:
    known = write_observation(Observation(7, 8, sample(InjectedInput)))
    strange = envelope_of(
        telemetry_pb2.Observation.DESCRIPTOR.fields_by_name["injected_input"].number,
        field(1, 9999) + field(2, b"a device"),
    )
    header = write_batch(Batch(replace(sample(BatchHeader), format=FORMAT), ()))
    for extra in (strange, known + EXTRA):
        content = b"".join(field(2, data) for data in (known, extra, known))
        read = read_batch(header + content).observations
        assert [o.unread for o in read] == [b"", extra, b""]
        assert read[0] == read[2] == read_observation(known)
    assert read_observation(strange).fact == InjectedInput(InjectionMethod.UNSPECIFIED, "a device")
