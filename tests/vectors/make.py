"""Golden bytes of the contract, for every implementation of it. `python -m tests.vectors.make` writes them anew.

Keys and values are fixed, so that the same code gives the same files byte for byte. A vector that changes means that
old evidence no longer reads the same: change one only together with the format's number.

- keys.json     the throw-away Ed25519 keys (RFC 8032 seeds) the others are signed with
- facts.json    one observation of every kind, every field set
- batch.json    a batch with every header field set, what is signed of it (DSSE), signature, envelope
- records.json  one record of every kind, each bound to the one before, with its digest
- chain.json    an enrolment and the three envelopes that follow it
"""

import json
from dataclasses import fields, is_dataclass, replace
from enum import IntEnum
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jiankao_proto import chain
from jiankao_proto.batch import FORMAT, Batch, BatchHeader
from jiankao_proto.codec import (
    read_envelope,
    record_digest,
    record_kind,
    write_batch,
    write_observation,
    write_record,
    write_statement,
)
from jiankao_proto.envelope import (
    BATCH_TYPE,
    ENROLMENT_TYPE,
    Sealed,
    key_id,
    pre_authentication_encoding,
    seal,
)
from jiankao_proto.ids import Identifier, WorkstationId
from jiankao_proto.messages import EnrolmentStatement
from jiankao_proto.observations import Fact, Heartbeat, Observation, ProcessStarted
from jiankao_proto.records import Record, WorkstationEnrolled
from tests.support.contract import BODIES, FACTS, number_of
from tests.support.samples import TIME_US, sample

FOLDER = Path(__file__).parent
WORKSTATION_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = WORKSTATION_KEY.public_key().public_bytes_raw()

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


def plain(value: object) -> Json:
    """Return a value of the contract as JSON: bytes as hex, enum values and identifiers by name."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, IntEnum):
        return value.name
    if isinstance(value, Identifier):
        return value.value
    if isinstance(value, tuple):
        return [plain(v) for v in value]
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    assert value is None or isinstance(value, str | int | float | bool)
    return value


def keys() -> Json:
    """The workstation's key."""
    return {
        "workstation": {
            "seed": WORKSTATION_KEY.private_bytes_raw().hex(),
            "public": PUBLIC.hex(),
            "key_id": key_id(PUBLIC),
        }
    }


def facts() -> Json:
    """One observation of every kind."""
    found: list[Json] = []
    for kind in FACTS:
        fact: Fact = sample(kind)
        data = write_observation(Observation(TIME_US, 5_000_000, fact))
        found.append(
            {
                "kind": kind.__name__,
                "field": number_of(kind),
                "fact": plain(fact),
                "observation": data.hex(),
            }
        )
    return {"wall_clock_us": TIME_US, "monotonic_us": 5_000_000, "observations": found}


def batch() -> Json:
    """A batch with every header field set, and two observations."""
    header = replace(sample(BatchHeader), format=FORMAT)
    observations = (
        Observation(TIME_US, 1, sample(ProcessStarted)),
        Observation(TIME_US + 1, 2, Heartbeat()),
    )
    payload = write_batch(Batch(header, observations))
    sealed = seal(BATCH_TYPE, payload, WORKSTATION_KEY)
    return {
        "header": plain(header),
        "payload": payload.hex(),
        "payload_type": BATCH_TYPE,
        "signed": pre_authentication_encoding(BATCH_TYPE, payload).hex(),
        **envelope(sealed),
    }


def envelope(sealed: Sealed) -> dict[str, Json]:
    """A sealed envelope, its signature and its digest."""
    _, _, signature = read_envelope(sealed.data)
    return {
        "signature": signature.hex(),
        "envelope": sealed.data.hex(),
        "envelope_sha256": sealed.digest.hex(),
    }


def records() -> Json:
    """One record of every kind, as a log holds them."""
    found: list[Json] = []
    previous = bytes(32)
    for number, kind in enumerate(BODIES):
        record = Record(number, previous, TIME_US + number, sample(kind))
        data = write_record(record)
        previous = record_digest(data)
        found.append(
            {
                "kind": record_kind(record),
                "field": number_of(kind),
                "body": plain(record.body),
                "record": data.hex(),
                "digest": previous.hex(),
            }
        )
    return {"recorded_at_us_of_record_0": TIME_US, "records": found}


def three_links() -> Json:
    """An enrolment record and the first three envelopes of its workstation."""
    statement = replace(sample(EnrolmentStatement), identity_public_key=PUBLIC)
    stated = seal(ENROLMENT_TYPE, write_statement(statement), WORKSTATION_KEY)
    workstation = WorkstationId("w-vector")
    enrolled = replace(
        sample(WorkstationEnrolled),
        workstation_id=workstation,
        statement_envelope=stated.data,
        identity_public_key=PUBLIC,
        ticket_digest=statement.ticket_digest,
        hostname=statement.hostname,
    )
    record = write_record(Record(1, bytes(32), TIME_US, enrolled))
    head = chain.genesis(record_digest(record))
    links: list[Json] = []
    for number in range(3):
        header = replace(
            sample(BatchHeader),
            format=FORMAT,
            workstation_id=workstation,
            sequence=head.next_sequence,
            previous_digest=head.digest,
            wall_clock_us=TIME_US + number,
        )
        payload = write_batch(
            Batch(header, (Observation(TIME_US + number, number, Heartbeat(number)),))
        )
        sealed = seal(BATCH_TYPE, payload, WORKSTATION_KEY)
        links.append({"sequence": number, "previous_digest": head.digest.hex(), **envelope(sealed)})
        head = chain.follow(head, header, sealed.digest, None)
    return {
        "statement": plain(statement),
        "statement_envelope": stated.data.hex(),
        "enrolment_record": record.hex(),
        "genesis": record_digest(record).hex(),
        "links": links,
        "head": {"next_sequence": head.next_sequence, "digest": head.digest.hex()},
    }


def files() -> dict[str, bytes]:
    """Return every vector file's name and content."""
    made = {
        "keys.json": keys(),
        "facts.json": facts(),
        "batch.json": batch(),
        "records.json": records(),
        "chain.json": three_links(),
    }
    return {
        name: (json.dumps(it, ensure_ascii=False, indent=1) + "\n").encode()
        for name, it in made.items()
    }


def main() -> None:
    """Write the files beside this module."""
    for name, content in files().items():
        (FOLDER / name).write_bytes(content)


if __name__ == "__main__":
    main()
