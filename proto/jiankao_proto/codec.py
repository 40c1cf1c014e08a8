"""The only place where bytes become domain objects and back.

Reading is parsing: what comes out is typed, bounded and complete, or MalformedError is raised. Signed bytes are never
made again from what was read; writing is for what is new.
"""

import re
from hashlib import sha256
from typing import TypeVar

from google.protobuf.message import DecodeError, Message

from jiankao_proto import observations, records
from jiankao_proto.batch import FORMAT, Batch, BatchHeader
from jiankao_proto.errors import MalformedError
from jiankao_proto.ids import DIGEST_SIZE
from jiankao_proto.mapping import (
    UnknownNumberError,
    from_known_message,
    from_message,
    has_unread,
    read_microseconds,
    to_message,
)
from jiankao_proto.messages import EnrolmentStatement
from jiankao_proto.observations import Fact, Observation, UnknownFact
from jiankao_proto.records import Record, UnknownBody
from jiankao_proto.v1 import envelope_pb2, evidence_pb2, telemetry_pb2, transport_pb2

MAX_ENVELOPE = 1 << 20
"""Bytes of the largest envelope a collector admits."""
MAX_OBSERVATIONS = 4096
"""Observations in one batch."""

_RECORD_DOMAIN = b"jiankao.record.v1\n"
_SIGNATURE_SIZE = 64

M = TypeVar("M", bound=Message)


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _classes(module: object, oneof_of: type[Message], oneof: str) -> dict[str, type]:
    """Map the field names of a oneof to the dataclasses of the same name, leaving out those that have none."""
    wanted = [f.name for f in oneof_of.DESCRIPTOR.oneofs_by_name[oneof].fields]
    known = {_snake(n): c for n, c in vars(module).items() if isinstance(c, type)}
    return {name: known[name] for name in wanted if name in known}


_FACTS = _classes(observations, telemetry_pb2.Observation, "fact")
_FACT_FIELDS = {cls: name for name, cls in _FACTS.items()}
_BODIES = _classes(records, evidence_pb2.Record, "body")
_BODY_FIELDS = {cls: name for name, cls in _BODIES.items()}
RECORD_KINDS = tuple(_BODIES)
"""Every kind of record, by the name of its field: what `record_kind` returns."""


def _parse(cls: type[M], data: bytes, what: str) -> M:
    try:
        return cls.FromString(data)
    except DecodeError:
        raise MalformedError(f"{what}: {len(data)} bytes that are not one") from None


# ---- batches ----


def write_batch(batch: Batch) -> bytes:
    """Serialise a batch, once, for signing."""
    message = telemetry_pb2.Batch()
    to_message(batch.header, message.header)
    for observation in batch.observations:
        message.observations.append(_observation_message(observation))
    return message.SerializeToString(deterministic=True)


def read_header(data: bytes) -> BatchHeader:
    """Parse only the header of a batch envelope's payload. Raises MalformedError."""
    return _header(_parse(telemetry_pb2.Batch, data, "batch"))


def read_batch(data: bytes) -> Batch:
    """Parse the payload of a batch envelope. Raises MalformedError."""
    message = _parse(telemetry_pb2.Batch, data, "batch")
    header = _header(message)
    if len(message.observations) > MAX_OBSERVATIONS:
        raise MalformedError(
            f"batch: {len(message.observations)} observations; at most {MAX_OBSERVATIONS} are allowed"
        )
    size = message.ByteSize()
    message.DiscardUnknownFields()
    if message.ByteSize() == size:
        return Batch(header, tuple(map(_read_known_observation, message.observations)))
    message = _parse(telemetry_pb2.Batch, data, "batch")
    return Batch(header, tuple(map(_read_observation, message.observations)))


def _header(message: telemetry_pb2.Batch) -> BatchHeader:
    if not message.HasField("header"):
        raise MalformedError("batch: it has no header")
    header = from_message(BatchHeader, message.header)
    if header.format != FORMAT:
        raise MalformedError(f"batch: format {header.format}; this version reads format {FORMAT}")
    if len(header.previous_digest) != DIGEST_SIZE:
        raise MalformedError("batch: its previous digest is not 32 bytes")
    return header


def write_observation(observation: Observation) -> bytes:
    """Serialise one observation; one that was read gives back the fields nobody here knew."""
    return _observation_message(observation).SerializeToString(deterministic=True)


def read_observation(data: bytes) -> Observation:
    """Parse one observation. Raises MalformedError."""
    return _read_observation(_parse(telemetry_pb2.Observation, data, "observation"))


def _observation_message(observation: Observation) -> telemetry_pb2.Observation:
    if observation.unread:
        return _parse(telemetry_pb2.Observation, observation.unread, "observation")
    message = telemetry_pb2.Observation(
        wall_clock_us=read_microseconds(observation.wall_clock_us),
        monotonic_us=read_microseconds(observation.monotonic_us),
    )
    name = _FACT_FIELDS.get(type(observation.fact))
    if name is None:
        raise MalformedError(
            "observation: a fact of unknown kind can only be written as it was read"
        )
    part = getattr(message, name)
    part.SetInParent()
    to_message(observation.fact, part)
    return message


def _read_observation(message: telemetry_pb2.Observation) -> Observation:
    name = message.WhichOneof("fact")
    unread = message.SerializeToString() if name is None or has_unread(message) else b""
    fact = UnknownFact() if name is None else from_message(_FACTS[name], getattr(message, name))
    wall_clock_us = read_microseconds(message.wall_clock_us)
    return Observation(wall_clock_us, read_microseconds(message.monotonic_us), fact, unread)


def _read_known_observation(message: telemetry_pb2.Observation) -> Observation:
    """Read one that carries no unknown fields: then only an enum's number can be unknown, which shows on the way."""
    name = message.WhichOneof("fact")
    if name is None:
        return _read_observation(message)
    try:
        fact: Fact = from_known_message(_FACTS[name], getattr(message, name))
    except UnknownNumberError:
        return _read_observation(message)
    wall_clock_us = read_microseconds(message.wall_clock_us)
    return Observation(wall_clock_us, read_microseconds(message.monotonic_us), fact)


# ---- envelopes ----


def write_envelope(payload_type: str, payload: bytes, key_id: str, signature: bytes) -> bytes:
    """Serialise a DSSE envelope with one signature."""
    message = envelope_pb2.Envelope(payload=payload, payload_type=payload_type)
    message.signatures.add(sig=signature, keyid=key_id)
    return message.SerializeToString(deterministic=True)


def read_envelope(data: bytes) -> tuple[str, bytes, bytes]:
    """Return payload type, payload and the one signature, unchecked. Raises MalformedError."""
    message = _parse(envelope_pb2.Envelope, data, "envelope")
    if len(message.signatures) != 1:
        raise MalformedError(f"envelope: {len(message.signatures)} signatures, expected one")
    signature = message.signatures[0].sig
    if len(signature) != _SIGNATURE_SIZE:
        raise MalformedError(f"envelope: a signature of {len(signature)} bytes, expected 64")
    return message.payload_type, message.payload, signature


# ---- enrolment statements ----


def write_statement(statement: EnrolmentStatement) -> bytes:
    """Serialise an enrolment statement, once, for signing."""
    message = transport_pb2.EnrolmentStatement()
    to_message(statement, message)
    return message.SerializeToString(deterministic=True)


def read_statement(data: bytes) -> EnrolmentStatement:
    """Parse an enrolment statement. Raises MalformedError."""
    return from_message(
        EnrolmentStatement, _parse(transport_pb2.EnrolmentStatement, data, "enrolment statement")
    )


# ---- records ----


def write_record(record: Record) -> bytes:
    """Serialise a record, once, for the log. Raises MalformedError when it does not fit."""
    message = evidence_pb2.Record(
        number=record.number,
        previous_digest=record.previous_digest,
        recorded_at_us=read_microseconds(record.recorded_at_us),
    )
    kind = record_kind(record)
    if kind not in _BODIES:
        raise MalformedError("record: a kind unknown here cannot be written, only kept as it is")
    part = getattr(message, kind)
    part.SetInParent()
    to_message(record.body, part)
    return message.SerializeToString(deterministic=True)


def read_record(data: bytes) -> Record:
    """Parse a record's bytes. Raises MalformedError."""
    message = _parse(evidence_pb2.Record, data, "record")
    name = message.WhichOneof("body")
    body = (
        UnknownBody()
        if name not in _BODIES
        else from_message(_BODIES[name], getattr(message, name))
    )
    recorded_at_us = read_microseconds(message.recorded_at_us)
    return Record(message.number, message.previous_digest, recorded_at_us, body)


def record_digest(data: bytes) -> bytes:
    """Return the digest of a record's bytes, to which the next record is bound."""
    return sha256(_RECORD_DOMAIN + data).digest()


def record_kind(record: Record) -> str:
    """Return the name of a record's kind: one of RECORD_KINDS, or `unknown`."""
    return kind_name(type(record.body))


def kind_name(body: type) -> str:
    """Return the name of the kind of record that a type of body makes, or `unknown`."""
    return _BODY_FIELDS.get(body, "unknown")
