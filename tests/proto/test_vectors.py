"""The golden bytes: made again byte for byte, and read back by the code that did not make them."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from jiankao_proto import chain
from jiankao_proto.codec import (
    read_batch,
    read_header,
    read_observation,
    read_record,
    record_digest,
)
from jiankao_proto.envelope import BATCH_TYPE, ENROLMENT_TYPE, envelope_digest, open_envelope
from jiankao_proto.records import WorkstationEnrolled
from tests.support.contract import BODIES, FACTS
from tests.vectors import make

MADE = make.files()


def vector(name: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads((make.FOLDER / name).read_text(encoding="utf-8"))


def test_the_folder_holds_these_vectors_and_no_others() -> None:
    assert {p.name for p in make.FOLDER.glob("*.json")} == set(MADE)


@pytest.mark.parametrize("name", MADE)
def test_a_vector_is_made_again_byte_for_byte(name: str) -> None:
    assert MADE[name] == (make.FOLDER / name).read_bytes(), (
        "evidence written before would read differently"
    )


def test_facts_read_back() -> None:
    vectors = vector("facts.json")
    assert [v["kind"] for v in vectors["observations"]] == [kind.__name__ for kind in FACTS]
    for it in vectors["observations"]:
        read = read_observation(bytes.fromhex(it["observation"]))
        assert make.plain(read.fact) == it["fact"]
        assert (read.wall_clock_us, read.unread) == (vectors["wall_clock_us"], b"")


def test_the_batch_reads_back_and_its_signature_holds() -> None:
    it = vector("batch.json")
    public = bytes.fromhex(vector("keys.json")["workstation"]["public"])
    Ed25519PublicKey.from_public_bytes(public).verify(
        bytes.fromhex(it["signature"]), bytes.fromhex(it["signed"])
    )
    payload = open_envelope(bytes.fromhex(it["envelope"]), BATCH_TYPE, public)
    assert payload.hex() == it["payload"]
    assert make.plain(read_batch(payload).header) == it["header"]


def test_records_read_back_and_are_bound() -> None:
    previous = bytes(32)
    vectors = vector("records.json")["records"]
    assert len(vectors) == len(BODIES)
    for number, it in enumerate(vectors):
        data = bytes.fromhex(it["record"])
        read = read_record(data)
        assert (read.number, read.previous_digest) == (number, previous)
        assert make.plain(read.body) == it["body"]
        previous = record_digest(data)
        assert previous.hex() == it["digest"]


def test_the_chain_follows() -> None:
    it = vector("chain.json")
    data = bytes.fromhex(it["enrolment_record"])
    enrolled = read_record(data).body
    assert isinstance(enrolled, WorkstationEnrolled)
    key = enrolled.identity_public_key
    open_envelope(enrolled.statement_envelope, ENROLMENT_TYPE, key)
    head = chain.genesis(record_digest(data))
    assert head.digest.hex() == it["genesis"]
    for link in it["links"]:
        sealed = bytes.fromhex(link["envelope"])
        header = read_header(open_envelope(sealed, BATCH_TYPE, key))
        head = chain.follow(head, header, envelope_digest(sealed), None)
    assert {"next_sequence": head.next_sequence, "digest": head.digest.hex()} == it["head"]
