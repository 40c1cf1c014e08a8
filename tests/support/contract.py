"""Every pair of a dataclass and the message it mirrors."""

import re
from dataclasses import is_dataclass
from typing import get_args

from google.protobuf.descriptor import Descriptor

from jiankao_proto import batch, messages, observations, records
from jiankao_proto.observations import Fact, Observation, UnknownFact
from jiankao_proto.records import Record, RecordBody, UnknownBody
from jiankao_proto.v1 import evidence_pb2, telemetry_pb2, transport_pb2

FACTS: tuple[type, ...] = tuple(c for c in get_args(Fact) if c is not UnknownFact)
BODIES: tuple[type, ...] = tuple(c for c in get_args(RecordBody) if c is not UnknownBody)

RESERVED = {"checkpoint", "tombstone"}
"""Record kinds whose types come with the code that writes them."""

_WITHOUT_A_MESSAGE = {UnknownFact, UnknownBody}
_HELD_BY_THE_CODEC = {Observation, Record, batch.Batch}
"""Classes the codec takes apart itself, because of their oneof or repeated part."""


def snake(name: str) -> str:
    """Return a class's name as its field is named."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def number_of(cls: type) -> int:
    """Return the number of the field that holds a fact in an observation, or a body in a record."""
    holder = telemetry_pb2.Observation if cls in FACTS else evidence_pb2.Record
    return holder.DESCRIPTOR.fields_by_name[snake(cls.__name__)].number


def pairs() -> list[tuple[type, Descriptor]]:
    """Return every dataclass of the contract that is mapped field by field, with its message."""
    places = (
        (observations, telemetry_pb2),
        (batch, telemetry_pb2),
        (records, evidence_pb2),
        (messages, transport_pb2),
    )
    found = []
    for module, stubs in places:
        for name, cls in vars(module).items():
            ours = is_dataclass(cls) and isinstance(cls, type) and cls.__module__ == module.__name__
            if ours and cls not in _WITHOUT_A_MESSAGE | _HELD_BY_THE_CODEC:
                found.append((cls, stubs.DESCRIPTOR.message_types_by_name[name]))
    return found
