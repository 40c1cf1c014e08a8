"""The enrolment desk over the real call: whom it enrols, whom it refuses, and what is left of it."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from jiankao_collector.demo.transport import EnrolmentDesk, StreamLostError, enrolment_desk
from jiankao_collector.enrolment.attempts import MOST_REFUSED, WITHIN_US
from jiankao_collector.enrolment.desk import LARGEST_STATEMENT
from jiankao_collector.errors import RefusedError
from jiankao_proto.codec import write_statement
from jiankao_proto.envelope import BATCH_TYPE, ENROLMENT_TYPE, seal
from jiankao_proto.errors import IntegrityError, MalformedError
from jiankao_proto.messages import EnrolmentStatement
from jiankao_proto.records import EnrolmentRefused, WorkstationEnrolled
from jiankao_proto.ticket import ALPHABET, format_ticket, parse_ticket, ticket_digest
from tests.support.collector import HOUR_US, Intake
from tests.support.stream_client import enrolled

KEY = Ed25519PrivateKey.generate()


def request_of(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def statement(ticket: str) -> EnrolmentStatement:
    return EnrolmentStatement(
        KEY.public_key().public_bytes_raw(),
        request_of(ec.generate_private_key(ec.SECP256R1())),
        ticket_digest(parse_ticket(ticket).secret),
        "pc-01",
        "Linux",
        "0.1.0",
        "boot-1",
        1,
    )


def sealed(said: EnrolmentStatement) -> bytes:
    return seal(ENROLMENT_TYPE, write_statement(said), KEY).data


@asynccontextmanager
async def desk_of(collector: Intake) -> AsyncIterator[EnrolmentDesk]:
    at = collector.enrolment_at
    pem = await asyncio.to_thread(ssl.get_server_certificate, (at.host, at.port))
    async with enrolment_desk(str(at), pem.encode()) as desk:
        yield desk


def enrolments(collector: Intake) -> list[WorkstationEnrolled]:
    bodies = collector.bodies("workstation_enrolled")
    return [b for b in bodies if isinstance(b, WorkstationEnrolled)]


def refusals(collector: Intake) -> list[EnrolmentRefused]:
    return [b for b in collector.bodies("enrolment_refused") if isinstance(b, EnrolmentRefused)]


async def test_a_right_ticket_enrols_and_the_workstation_can_stream(collector: Intake) -> None:
    client = await enrolled(collector, "07", "pc-07")
    (record,) = enrolments(collector)
    assert (record.room, record.seat, record.hostname) == ("101", "07", "pc-07")
    assert record.workstation_id == client.identity.workstation_id
    assert record.simulated
    async with client.stream() as stream:
        await stream.send(*client.seal(1))
        await stream.acknowledged(1)
    assert collector.problem() is None


async def test_a_ticket_without_a_seat_takes_the_computer_s_name(collector: Intake) -> None:
    client = await enrolled(collector, "", "pc-31")
    assert client.identity.seat == "pc-31"


async def test_a_mistyped_ticket_is_told_before_anything_is_sent(collector: Intake) -> None:
    ticket = collector.ticket()
    at = ALPHABET.index(ticket[0])
    with pytest.raises(MalformedError, match="mistyped"):
        await enrolled(collector, ticket=ALPHABET[at - 1] + ticket[1:])
    assert (await enrolled(collector, ticket=f"  {ticket.lower()}\r\n")).identity.seat == "01"


async def test_a_ticket_of_another_collector_is_not_sent(collector: Intake) -> None:
    with pytest.raises(IntegrityError, match="not the collector that issued the ticket"):
        await enrolled(collector, ticket=format_ticket(bytes(10), bytes(10)))
    assert not refusals(collector)


async def test_wrong_used_and_expired_tickets_are_refused_and_recorded(collector: Intake) -> None:
    good = collector.ticket()
    never_issued = format_ticket(bytes(10), parse_ticket(good).fingerprint)
    expired = collector.ticket("02", life_us=-1)
    await enrolled(collector, ticket=good)
    for ticket, why in (
        (never_issued, "issued no such ticket"),
        (good, "used already"),
        (expired, "expired"),
    ):
        with pytest.raises(RefusedError, match=why):
            await enrolled(collector, ticket=ticket)
        last = refusals(collector)[-1]
        assert why in last.reason
        assert "127.0.0.1" in last.peer
    assert len(enrolments(collector)) == 1
    assert collector.problem() is None


async def test_of_many_with_one_ticket_one_wins(collector: Intake) -> None:
    ticket = collector.ticket()
    outcomes = await asyncio.gather(
        *(enrolled(collector, hostname=f"pc-{n}", ticket=ticket) for n in range(8)),
        return_exceptions=True,
    )
    assert sum(not isinstance(o, BaseException) for o in outcomes) == 1
    assert all("used already" in str(o) for o in outcomes if isinstance(o, BaseException))
    assert (len(enrolments(collector)), len(refusals(collector))) == (1, 7)


def garbage(_: EnrolmentStatement) -> bytes:
    return b"\xff\x00 nothing \x7f"


def of_another_type(said: EnrolmentStatement) -> bytes:
    return seal(BATCH_TYPE, write_statement(said), KEY).data


def signed_by_another(said: EnrolmentStatement) -> bytes:
    return seal(ENROLMENT_TYPE, write_statement(said), Ed25519PrivateKey.generate()).data


def for_another_ticket(said: EnrolmentStatement) -> bytes:
    return sealed(replace(said, ticket_digest=bytes(32)))


def no_request(said: EnrolmentStatement) -> bytes:
    return sealed(replace(said, certificate_request_der=b"none"))


def request_for_rsa(said: EnrolmentStatement) -> bytes:
    return sealed(
        replace(said, certificate_request_der=request_of(rsa.generate_private_key(65537, 2048)))
    )


def request_altered(said: EnrolmentStatement) -> bytes:
    der = bytearray(said.certificate_request_der)
    der[-1] ^= 1
    return sealed(replace(said, certificate_request_der=bytes(der)))


def empty_key(said: EnrolmentStatement) -> bytes:
    return sealed(replace(said, identity_public_key=b""))


def no_name(said: EnrolmentStatement) -> bytes:
    return sealed(replace(said, hostname="pc\x07-01"))


def long_name(said: EnrolmentStatement) -> bytes:
    return sealed(replace(said, hostname="p" * 65))


def large(said: EnrolmentStatement) -> bytes:
    return sealed(replace(said, certificate_request_der=bytes(LARGEST_STATEMENT)))


@pytest.mark.parametrize(
    "make",
    [
        garbage,
        of_another_type,
        signed_by_another,
        for_another_ticket,
        no_request,
        request_for_rsa,
        request_altered,
        empty_key,
        no_name,
        long_name,
        large,
    ],
    ids=lambda make: make.__name__,
)
async def test_a_bad_statement_is_refused_and_does_not_burn_the_ticket(
    collector: Intake, make: Callable[[EnrolmentStatement], bytes]
) -> None:
    ticket = collector.ticket()
    async with desk_of(collector) as desk:
        with pytest.raises(RefusedError) as caught:
            await desk.enrol(parse_ticket(ticket).secret, make(statement(ticket)))
        assert "\n" not in str(caught.value)
        (record,) = refusals(collector)
        assert record.reason in str(caught.value)
        issued = await desk.enrol(parse_ticket(ticket).secret, sealed(statement(ticket)))
    assert issued.seat == "01"
    assert collector.problem() is None


async def test_guessing_tickets_is_stopped_however_many_guess_at_once(collector: Intake) -> None:
    ticket = collector.ticket()
    envelope = sealed(statement(ticket))
    async with desk_of(collector) as desk:
        outcomes = await asyncio.gather(
            *(desk.enrol(f"GUESS{n}", envelope) for n in range(40)), return_exceptions=True
        )
        refused = [o for o in outcomes if isinstance(o, RefusedError)]
        stopped = [o for o in outcomes if isinstance(o, StreamLostError)]
        assert (len(refused), len(stopped)) == (MOST_REFUSED, 40 - MOST_REFUSED)
        assert all("wait ten minutes" in str(o) for o in stopped)
        assert len(refusals(collector)) == MOST_REFUSED
        collector.clock.recorded(collector.clock.now_us() + WITHIN_US + 1)
        with pytest.raises(RefusedError, match="signed for another ticket"):
            await desk.enrol("GUESS", envelope)


async def test_a_seat_enrolled_again_gets_a_new_identity_that_supersedes_the_old(
    collector: Intake,
) -> None:
    first, second = await enrolled(collector, "01"), await enrolled(collector, "01")
    elsewhere = await enrolled(collector, "02")
    assert first.identity.workstation_id != second.identity.workstation_id
    assert [record.supersedes for record in enrolments(collector)] == [
        (),
        (first.identity.workstation_id.value,),
        (),
    ]
    assert elsewhere.identity.seat == "02"


async def test_secrets_are_nowhere(collector: Intake, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    used, unused = collector.ticket("01"), collector.ticket("02")
    await enrolled(collector, ticket=used)
    with pytest.raises(RefusedError):
        await enrolled(collector, ticket=used)
    for ticket in (used, unused):
        secret = parse_ticket(ticket).secret
        for path in everything(collector.folder.root):
            data = path.read_bytes()
            assert secret.encode() not in data, path
            assert ticket.encode() not in data, path
        assert secret not in caplog.text
        assert secret not in repr(parse_ticket(ticket))


def everything(folder: Path) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return files


async def test_every_file_is_its_owner_s_alone(collector: Intake) -> None:
    client = await enrolled(collector)
    async with client.stream() as stream:
        await stream.send(*client.seal(1))
        await stream.acknowledged(1)
    names = {path.name for path in everything(collector.folder.root)}
    assert {"evidence.sqlite-wal", "tickets.sqlite-wal", "authority.key", "server.key"} <= names
    for path in everything(collector.folder.root):
        assert path.stat().st_mode & 0o077 == 0, path
    assert collector.folder.root.stat().st_mode & 0o077 == 0
    assert collector.folder.keys.stat().st_mode & 0o077 == 0


async def test_a_ticket_lives_no_longer_than_it_should(collector: Intake) -> None:
    ticket = collector.ticket(life_us=HOUR_US)
    collector.clock.recorded(collector.clock.now_us() + HOUR_US)
    with pytest.raises(RefusedError, match="expired"):
        await enrolled(collector, ticket=ticket)
