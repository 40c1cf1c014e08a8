"""First contact, through the command, with real servers: the right one and the wrong ones."""

import asyncio
import datetime as dt
import socket
import ssl
import sys
from pathlib import Path

import pytest

from jiankao_agent import identity
from jiankao_agent.config import StateFolder
from jiankao_proto.ticket import format_ticket
from tests.agent.conftest import command
from tests.support.fake_collector import FakeCollector, ThrowAwayAuthority


async def enrol(
    collector: FakeCollector, folder: Path, *more: str, ticket: str = "", given: bytes = b""
) -> tuple[int, str, str]:
    return await command(
        "enrol",
        *("--collector", "127.0.0.1", "--ticket", ticket or collector.ticket),
        *("--telemetry-port", str(collector.telemetry_port)),
        *("--enrolment-port", str(collector.enrolment_port)),
        *("--state", str(folder), *more),
        given=given,
    )


def nothing_was_stored(folder: Path) -> bool:
    return not folder.exists() or {p.name for p in folder.iterdir()} <= {"lock"}


async def refused(collector: FakeCollector, folder: Path, said: str, ticket: str = "") -> None:
    code, output, errors = await enrol(collector, folder, ticket=ticket)
    assert code == 1
    assert output == ""
    assert errors.startswith("jiankao-agent: ")
    assert errors.count("\n") == 1
    assert said in errors
    assert nothing_was_stored(folder)
    assert collector.secret.hex() not in errors
    assert (ticket or collector.ticket)[:19] not in errors


async def test_an_enrolment_stores_everything_a_run_needs(
    collector: FakeCollector, tmp_path: Path
) -> None:
    code, output, errors = await enrol(collector, tmp_path / "s")
    assert (code, errors) == (0, "")
    assert "enrolled as w-1, room 101, seat 7" in output
    who = identity.load(StateFolder(tmp_path / "s"))
    assert who.enrolment.telemetry.port == collector.telemetry_port
    assert who.enrolment.chain_genesis == collector.genesis
    assert who.keys.identity.public_key().public_bytes_raw() == collector.identity


async def test_the_ticket_may_come_from_standard_input(
    collector: FakeCollector, tmp_path: Path
) -> None:
    given = collector.ticket.lower().encode() + b"\n"
    code, _, errors = await enrol(collector, tmp_path / "s", ticket="-", given=given)
    assert (code, errors) == (0, "")


async def test_enrolling_again_needs_again(collector: FakeCollector, tmp_path: Path) -> None:
    await enrol(collector, tmp_path / "s")
    code, _, errors = await enrol(collector, tmp_path / "s")
    assert code == 1
    assert "enrolled already; --again" in errors
    assert collector.enrolments == 1
    code, output, _ = await enrol(collector, tmp_path / "s", "--again")
    assert code == 0
    assert "enrolled as w-2" in output
    (aside,) = (tmp_path / "s").glob("previous-*")
    assert str(identity.load(StateFolder(aside)).enrolment.workstation_id) == "w-1"


async def test_a_mistyped_ticket_never_leaves_this_computer(
    collector: FakeCollector, tmp_path: Path
) -> None:
    wrong = collector.ticket[:-1] + ("0" if collector.ticket[-1] != "0" else "1")
    await refused(collector, tmp_path / "s", "mistyped", ticket=wrong)
    assert collector.enrolments == 0


async def test_a_ticket_the_collector_does_not_know(
    collector: FakeCollector, tmp_path: Path
) -> None:
    foreign = format_ticket(b"another se", collector.authority.fingerprint)
    said = "refused the enrolment: this ticket is not known"
    await refused(collector, tmp_path / "s", said, ticket=foreign)


async def test_another_collector_does_not_get_the_ticket(
    collector: FakeCollector, tmp_path: Path
) -> None:
    foreign = format_ticket(collector.secret, ThrowAwayAuthority().fingerprint)
    said = "not the collector that issued the ticket (its fingerprint differs); the ticket was not"
    await refused(collector, tmp_path / "s", said, ticket=foreign)
    assert collector.enrolments == 0


async def test_one_that_only_shows_the_right_authority_does_not_get_the_ticket(
    collector: FakeCollector, tmp_path: Path
) -> None:
    """Somebody between the two can repeat the authority's certificate, but not be certified by it."""
    between = FakeCollector()
    between.described = collector.authority
    await between.start()
    try:
        said = "its certificate is not from the authority of the ticket"
        await refused(between, tmp_path / "s", said, ticket=collector.ticket)
        assert between.enrolments == 0
    finally:
        await between.kill()


@pytest.mark.parametrize(
    ("from_now", "said"),
    [(dt.timedelta(days=2), "is not valid before"), (dt.timedelta(days=-2), "expired")],
)
async def test_a_clock_that_is_off_is_named(
    tmp_path: Path, from_now: dt.timedelta, said: str
) -> None:
    collector = FakeCollector(from_now=from_now)
    await collector.start()
    try:
        await refused(collector, tmp_path / "s", said)
    finally:
        await collector.kill()


async def test_nobody_answers(collector: FakeCollector, tmp_path: Path) -> None:
    await collector.kill()
    await refused(collector, tmp_path / "s", "no collector answers there")


async def test_a_server_that_speaks_no_tls(collector: FakeCollector, tmp_path: Path) -> None:
    async def chat(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(chat, "127.0.0.1", 0)
    async with server:
        collector.enrolment_port = server.sockets[0].getsockname()[1]
        await refused(collector, tmp_path / "s", "does not speak TLS 1.3")


async def test_a_proxy_in_the_environment_is_not_used(
    collector: FakeCollector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "grpc_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    code, _, errors = await enrol(collector, tmp_path / "s")
    assert (code, errors) == (0, "")


def _only_tls_1_2(key: bytes, leaf: bytes, folder: Path) -> tuple[ssl.SSLContext, socket.socket]:
    (folder / "key").write_bytes(key)
    (folder / "leaf").write_bytes(leaf)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "leaf", folder / "key")
    context.set_alpn_protocols(["h2"])
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context, socket.create_server(("127.0.0.1", 0))


def _meet(context: ssl.SSLContext, listener: socket.socket) -> str:
    """Serve one handshake; return how it ended."""
    plain, _ = listener.accept()
    plain.settimeout(10)
    try:
        with context.wrap_socket(plain, server_side=True) as secured:
            return secured.version() or ""
    except (ssl.SSLError, ConnectionError) as error:
        return str(error)


async def test_a_server_that_speaks_tls_1_2_only_is_not_spoken_to(
    collector: FakeCollector, tmp_path: Path
) -> None:
    context, listener = _only_tls_1_2(*collector.authority.server(), tmp_path)
    with listener:
        collector.enrolment_port = listener.getsockname()[1]
        meeting = asyncio.to_thread(_meet, context, listener)
        _, ended = await asyncio.gather(
            refused(collector, tmp_path / "s", "does not speak TLS 1.3"), meeting
        )
    assert "UNSUPPORTED_PROTOCOL" in ended or "unsupported protocol" in ended


async def test_grpc_itself_does_not_speak_tls_1_2(
    collector: FakeCollector, state: StateFolder, tmp_path: Path
) -> None:
    """The stream of a running agent meets the right certificate, but no TLS 1.3."""
    context, listener = _only_tls_1_2(*collector.authority.server(), tmp_path)
    with listener:
        content = state.enrolment.read_text(encoding="utf-8")
        port = listener.getsockname()[1]
        state.enrolment.write_text(content.replace(str(collector.telemetry_port), str(port)))
        agent = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "jiankao_agent", "run", "--state", str(state.path)),
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            ended = await asyncio.to_thread(_meet, context, listener)
        finally:
            agent.kill()
            await agent.wait()
    assert "no shared cipher" in ended
