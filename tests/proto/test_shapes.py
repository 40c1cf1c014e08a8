"""Dataclasses and messages have the same fields, of the same types; enums the same values."""

from dataclasses import fields
from enum import IntEnum
from types import ModuleType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from jiankao_proto import observations, records
from jiankao_proto.ids import Identifier
from jiankao_proto.mapping import from_message, has_unread, to_message
from jiankao_proto.observations import Observation
from jiankao_proto.records import Record
from jiankao_proto.v1 import evidence_pb2, telemetry_pb2, transport_pb2
from tests.support.contract import BODIES, FACTS, RESERVED, pairs, snake
from tests.support.samples import sample

PAIRS = pairs()


CARRIERS: dict[type, set[int]] = {
    bool: {FieldDescriptor.TYPE_BOOL},
    float: {FieldDescriptor.TYPE_DOUBLE},
    bytes: {FieldDescriptor.TYPE_BYTES},
    str: {FieldDescriptor.TYPE_STRING},
    int: {FieldDescriptor.TYPE_UINT32, FieldDescriptor.TYPE_UINT64, FieldDescriptor.TYPE_INT64},
}


def wire_types(hint: type) -> set[int]:
    """Return the types of field that can carry a Python type."""
    if issubclass(hint, IntEnum):
        return {FieldDescriptor.TYPE_ENUM, FieldDescriptor.TYPE_UINT32}
    if issubclass(hint, Identifier):
        return CARRIERS[str]
    return CARRIERS.get(hint, {FieldDescriptor.TYPE_MESSAGE})


@pytest.mark.parametrize(
    ("cls", "message"), PAIRS, ids=lambda it: it.__name__ if isinstance(it, type) else ""
)
def test_fields_agree(cls: type, message: Descriptor) -> None:
    ours = [f.name for f in fields(cls)]
    assert ours == [f.name for f in sorted(message.fields, key=lambda f: f.number)]
    hints = get_type_hints(cls)
    for field in message.fields:
        hint = hints[field.name]
        assert field.is_repeated == (get_origin(hint) is tuple), field.name
        if get_args(hint):
            hint = get_args(hint)[0]
        assert field.type in wire_types(hint), field.name
        if field.message_type is not None:
            assert field.message_type.name == hint.__name__


@pytest.mark.parametrize(
    ("cls", "message"), PAIRS, ids=lambda it: it.__name__ if isinstance(it, type) else ""
)
def test_a_full_example_comes_back_equal(cls: type, message: Descriptor) -> None:
    """Every field at once, each with a value of its own."""
    example: Any = sample(cls)
    module = {"telemetry": telemetry_pb2, "evidence": evidence_pb2, "transport": transport_pb2}[
        message.full_name.split(".")[1]
    ]
    written = getattr(module, message.name)()
    to_message(example, written)
    assert from_message(cls, type(written).FromString(written.SerializeToString())) == example
    assert not has_unread(written)
    assert len(written.ListFields()) == len(message.fields)


def test_the_codec_takes_apart_what_is_left() -> None:
    assert [f.name for f in fields(Observation)] == [
        "wall_clock_us",
        "monotonic_us",
        "fact",
        "unread",
    ]
    assert [f.name for f in fields(Record)] == [
        "number",
        "previous_digest",
        "recorded_at_us",
        "body",
    ]


def test_every_kind_has_its_class() -> None:
    facts = {f.name for f in telemetry_pb2.Observation.DESCRIPTOR.oneofs_by_name["fact"].fields}
    bodies = {f.name for f in evidence_pb2.Record.DESCRIPTOR.oneofs_by_name["body"].fields}
    assert {snake(c.__name__) for c in FACTS} == facts
    assert {snake(c.__name__) for c in BODIES} == bodies - RESERVED


@pytest.mark.parametrize(
    ("cls", "module"),
    [
        (cls, stubs)
        for ours, stubs in ((observations, telemetry_pb2), (records, transport_pb2))
        for cls in vars(ours).values()
        if isinstance(cls, type)
        and issubclass(cls, IntEnum)
        and cls.__module__ == ours.__name__
        and cls not in {records.Severity, records.Ruling}
    ],
)
def test_enums_agree(cls: type[IntEnum], module: ModuleType) -> None:
    theirs = module.DESCRIPTOR.enum_types_by_name[cls.__name__]
    prefix = snake(cls.__name__).upper() + "_"
    assert {m.name: m.value for m in cls} == {
        v.name.removeprefix(prefix): v.number for v in theirs.values
    }


def test_rulings_are_those_the_schema_writes_down() -> None:
    """AlertRuled.ruling is a number with its meaning in a comment."""
    assert [m.name for m in sorted(records.Ruling)] == [
        "UNSPECIFIED",
        "CONFIRMED",
        "UNFOUNDED",
        "UNDETERMINED",
    ]


def test_severities_are_those_the_schema_writes_down() -> None:
    """AlertChanged.severity is a number with its meaning in a comment."""
    assert [m.name for m in sorted(records.Severity)] == [
        "UNSPECIFIED",
        "NOTICE",
        "WARNING",
        "CRITICAL",
    ]
