"""What is too large, too long, out of range or plain garbage: MalformedError, and never anything else."""

import math
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_proto.batch import FORMAT, Batch, BatchHeader
from jiankao_proto.codec import (
    MAX_OBSERVATIONS,
    read_batch,
    read_envelope,
    read_header,
    read_observation,
    read_record,
    read_statement,
    write_batch,
    write_envelope,
    write_observation,
    write_record,
    write_statement,
)
from jiankao_proto.envelope import BATCH_TYPE, open_envelope
from jiankao_proto.errors import IntegrityError, MalformedError
from jiankao_proto.ids import AlertId, BootId, ExamSessionId, WorkstationId
from jiankao_proto.mapping import MAX_ITEMS, MAX_TEXT, MAX_US
from jiankao_proto.messages import EnrolmentStatement
from jiankao_proto.observations import (
    ClockChanged,
    Heartbeat,
    InputSource,
    InputWindow,
    NetworkInterfaceChanged,
    Observation,
    Process,
    ProcessStarted,
)
from jiankao_proto.records import ClockTick, ExamSessionOpened, Record
from jiankao_proto.ticket import parse_ticket
from tests.support.contract import BODIES, FACTS, number_of
from tests.support.samples import sample
from tests.support.wire import field

HEADER = replace(sample(BatchHeader), format=FORMAT)
BEAT = Observation(7, 8, Heartbeat())
LONGEST = "长" * MAX_TEXT


def there_and_back(observation: Observation) -> Observation:
    return read_observation(write_observation(observation))


def texts_of(cls: type) -> list[str]:
    return [f.name for f in fields(cls) if f.type is str]


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind in FACTS for name in texts_of(kind)]
)
def test_a_text_may_be_long_but_not_longer(kind: type, name: str) -> None:
    longest: Any = replace(sample(kind), **{name: LONGEST})
    assert there_and_back(Observation(7, 8, longest)).fact == longest
    with pytest.raises(MalformedError, match="a text of 8193 characters"):
        there_and_back(Observation(7, 8, replace(sample(kind), **{name: LONGEST + "x"})))


def test_texts_inside_parts_and_lists_are_bounded_too() -> None:
    for fact in (
        ProcessStarted(Process(1, 1, LONGEST + "x")),
        replace(sample(NetworkInterfaceChanged), addresses=("::1", LONGEST + "x")),
    ):
        with pytest.raises(MalformedError, match="a text of 8193 characters"):
            there_and_back(Observation(7, 8, fact))


def test_observations_in_a_batch() -> None:
    most = Batch(HEADER, (BEAT,) * MAX_OBSERVATIONS)
    assert read_batch(write_batch(most)) == most
    with pytest.raises(MalformedError, match="4097 observations; at most 4096"):
        read_batch(write_batch(Batch(HEADER, (BEAT,) * (MAX_OBSERVATIONS + 1))))


def test_entries_of_a_list() -> None:
    fact = replace(sample(NetworkInterfaceChanged), addresses=("::1",) * (MAX_ITEMS + 1))
    with pytest.raises(MalformedError, match="a list of 20001 entries"):
        there_and_back(Observation(7, 8, fact))


BAD_IDS = ["", "a" * 65, "-a", ".a", "a b", "a/b", "..", "座位", "a\n", "a\x00"]


@pytest.mark.parametrize("bad", BAD_IDS)
def test_identifiers(bad: str) -> None:
    for cls in (WorkstationId, BootId, ExamSessionId, AlertId):
        with pytest.raises(MalformedError, match=f"{cls.__name__} is not a valid identifier"):
            cls(bad)
    header = read_header(write_batch(Batch(HEADER)))
    assert header == HEADER
    raw = write_batch(Batch(HEADER)).replace(
        HEADER.boot_id.value.encode(), b"!" * len(HEADER.boot_id.value)
    )
    with pytest.raises(MalformedError, match="BootId is not a valid identifier"):
        read_batch(raw)


def test_an_identifier_that_may_be_missing() -> None:
    without = replace(HEADER, exam_session_id=None)
    assert read_header(write_batch(Batch(without))).exam_session_id is None


@pytest.mark.parametrize("at_us", [-1, MAX_US + 1, 2**63 - 1, -(2**63)])
def test_times_no_clock_shows(at_us: int) -> None:
    wire = at_us % 2**64
    for data in (field(1, wire), field(2, wire), field(10, field(1, field(2, wire)))):
        with pytest.raises(MalformedError, match="which no clock shows"):
            read_observation(data)
    with pytest.raises(MalformedError, match="which no clock shows"):
        read_record(field(3, wire) + field(22, b""))
    with pytest.raises(MalformedError, match="which no clock shows"):
        write_observation(Observation(at_us, 0, Heartbeat()))
    with pytest.raises(MalformedError, match="which no clock shows"):
        write_record(Record(0, bytes(32), at_us, ClockTick()))


def test_only_a_clock_may_jump_backwards() -> None:
    assert there_and_back(Observation(7, 8, ClockChanged(-3_600_000_000))).fact == ClockChanged(
        -3_600_000_000
    )
    with pytest.raises(MalformedError, match="which no clock shows"):
        there_and_back(Observation(7, 8, ClockChanged(-(2**63))))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_none(value: float) -> None:
    with pytest.raises(MalformedError, match="where a number belongs"):
        there_and_back(Observation(7, 8, InputWindow(InputSource.INJECTED, path_px=value)))


@pytest.mark.parametrize(
    ("fact", "named"),
    [
        (Heartbeat(-1), "Heartbeat.spooled_batches cannot hold -1"),
        (Heartbeat(2**32), "Heartbeat.spooled_batches cannot hold 4294967296"),
        (ProcessStarted(Process(1, 1, "\ud800")), "Process.name cannot hold"),
        (replace(sample(NetworkInterfaceChanged), addresses=("\ud800",)), "addresses cannot hold"),
    ],
)
def test_what_does_not_fit_is_not_written(fact: Heartbeat | ProcessStarted, named: str) -> None:
    with pytest.raises(MalformedError, match=named) as raised:
        write_observation(Observation(7, 8, fact))
    assert len(str(raised.value)) < 200


def test_headers_that_are_not_right() -> None:
    for wrong, named in (
        (replace(HEADER, format=2), "format 2"),
        (replace(HEADER, previous_digest=bytes(31)), "previous digest is not 32 bytes"),
    ):
        for read in (read_batch, read_header):
            with pytest.raises(MalformedError, match=named):
                read(write_batch(Batch(wrong)))
    with pytest.raises(MalformedError, match="it has no header"):
        read_batch(b"")


def test_envelopes_that_are_not_right() -> None:
    good = write_envelope(BATCH_TYPE, b"payload", "hint", bytes(64))
    assert read_envelope(good) == (BATCH_TYPE, b"payload", bytes(64))
    for wrong, named in (
        (b"", "0 signatures"),
        (good + field(3, field(1, bytes(64))), "2 signatures"),
        (write_envelope(BATCH_TYPE, b"payload", "hint", bytes(63)), "a signature of 63 bytes"),
        (good[:-1], "bytes that are not one"),
    ):
        with pytest.raises(MalformedError, match=named):
            read_envelope(wrong)


# ---- garbage ----

READERS: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "batch": (
        read_batch,
        write_batch(Batch(HEADER, tuple(Observation(7, 8, sample(k)) for k in FACTS))),
    ),
    "header": (read_header, write_batch(Batch(HEADER, (BEAT,)))),
    "observation": (read_observation, write_observation(Observation(7, 8, sample(ProcessStarted)))),
    "envelope": (read_envelope, write_envelope(BATCH_TYPE, b"payload", "hint", bytes(64))),
    "statement": (read_statement, write_statement(sample(EnrolmentStatement))),
    "record": (read_record, write_record(Record(3, bytes(32), 7, sample(ExamSessionOpened)))),
}


def read_or_malformed(read: Callable[[bytes], object], data: bytes) -> None:
    try:
        found = read(data)
    except MalformedError as error:
        assert "\n" not in str(error)  # noqa: PT017 - any outcome but another exception is right
    else:
        hash(found)  # what is read is frozen through and through


@pytest.mark.parametrize("what", READERS)
@given(st.binary(max_size=400))
def test_garbage(what: str, data: bytes) -> None:
    read_or_malformed(READERS[what][0], data)


@pytest.mark.parametrize("what", READERS)
@given(st.data())
def test_damaged_bytes(what: str, data: st.DataObject) -> None:
    """Real bytes with a stretch replaced, cut out or put in: closer to the edges than pure noise."""
    read, good = READERS[what]
    at = data.draw(st.integers(0, len(good)))
    gone = data.draw(st.integers(0, 12))
    put = data.draw(st.binary(max_size=12))
    read_or_malformed(read, good[:at] + put + good[at + gone :])


@given(
    st.lists(
        st.tuples(st.integers(1, 40), st.one_of(st.integers(0, 2**64 - 1), st.binary(max_size=40)))
    )
)
def test_fields_of_any_number_and_value(parts: list[tuple[int, int | bytes]]) -> None:
    """Well-formed messages with any fields: numbers at their extremes, text that is no UTF-8."""
    data = b"".join(field(number, value) for number, value in parts)
    for read, _ in READERS.values():
        read_or_malformed(read, data)
        read_or_malformed(read, field(1, data))


@given(st.sampled_from(FACTS), st.data())
def test_facts_of_any_content(kind: type, data: st.DataObject) -> None:
    values = st.one_of(st.integers(0, 2**64 - 1), st.binary(max_size=20))
    parts = data.draw(st.lists(st.tuples(st.integers(1, 20), values), max_size=8))
    read_or_malformed(
        read_observation, field(number_of(kind), b"".join(field(n, value) for n, value in parts))
    )


@given(st.sampled_from(BODIES), st.data())
def test_bodies_of_any_content(kind: type, data: st.DataObject) -> None:
    values = st.one_of(st.integers(0, 2**64 - 1), st.binary(max_size=20))
    parts = data.draw(st.lists(st.tuples(st.integers(1, 14), values), max_size=8))
    read_or_malformed(
        read_record, field(number_of(kind), b"".join(field(n, value) for n, value in parts))
    )


@given(st.binary(max_size=200), st.binary(min_size=32, max_size=32))
def test_envelopes_and_keys_of_any_bytes(data: bytes, key: bytes) -> None:
    for envelope in (data, write_envelope(BATCH_TYPE, data, "hint", bytes(64))):
        with pytest.raises((MalformedError, IntegrityError)):
            open_envelope(envelope, BATCH_TYPE, key)


@given(
    st.one_of(st.text(), st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ-ilo ", min_size=30, max_size=45))
)
def test_tickets_of_any_text(text: str) -> None:
    try:
        parse_ticket(text)
    except MalformedError as error:
        assert "\n" not in str(error)  # noqa: PT017 - a text by chance right would be read
