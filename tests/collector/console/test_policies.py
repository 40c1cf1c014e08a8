"""The policy of an exam session on the pages: at the seat, and beside the exam session when one was refused."""

from dataclasses import replace

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jiankao_collector.console.policies import PolicyShown, policy_of
from jiankao_proto.envelope import POLICY_TYPE, key_id, seal
from jiankao_proto.ids import ExamSessionId
from jiankao_proto.records import ExamSessionOpened
from tests.support.console_server import ConsoleServer
from tests.support.pages import text_of
from tests.support.policies import FULL, NETWORK
from tests.support.scripted_live import seat

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
SESSION = ExamSessionId("es-1")
OPENED = ExamSessionOpened(SESSION, "morning", ("A",), FULL.encode(), "chief")


def test_who_signed_it_and_what_is_accommodated_is_shown() -> None:
    public = KEY.public_key().public_bytes_raw()
    signed = replace(
        OPENED,
        policy_envelope=seal(POLICY_TYPE, OPENED.policy_toml, KEY).data,
        policy_public_key=public,
    )
    shown = policy_of(signed, seat("12"))
    assert shown is not None
    assert (shown.version, shown.title, shown.key_id) == (3, "Room 101, theory", key_id(public))
    assert [a.program for a in shown.accommodations] == [
        "osk.exe (Microsoft Windows)",
        "onboard (/usr/bin/python3.11)",
    ]
    other = policy_of(OPENED, seat("13"))
    assert other is not None
    assert (other.key_id, other.accommodations) == ("", ())


@pytest.mark.parametrize(
    ("opened", "shown"),
    [
        (None, None),
        (replace(OPENED, policy_toml=b""), PolicyShown("")),
        (replace(OPENED, policy_toml=b"deny = 1"), PolicyShown("")),
    ],
)
def test_no_policy_is_said(opened: ExamSessionOpened | None, shown: PolicyShown | None) -> None:
    assert policy_of(opened, seat("12")) == shown


def test_the_pages_say_it(console: ConsoleServer, proctor: httpx.Client) -> None:
    console.live.put(replace(seat("12"), exam_session_id=SESSION))
    console.live.open_exam_session("morning", console.now_us(), FULL.encode())
    console.live.refusals["es-1"] = "new.toml, line 3, column 1: version goes back"
    page = text_of(proctor.get("/seat", params={"room": "A", "seat": "12"}))
    assert "Room 101, theory" in page
    assert "version 3" in page
    assert "unsigned" in page
    assert "on-screen keyboard: osk.exe (Microsoft Windows) – approved" in page
    assert "A policy was refused, the former one stays in force: new.toml, line 3, column 1" in page
    room = text_of(proctor.get("/"))
    assert "new.toml, line 3, column 1" in room


def test_a_policy_without_a_title_is_shown_by_its_digest(
    console: ConsoleServer, proctor: httpx.Client
) -> None:
    console.live.put(replace(seat("12"), exam_session_id=SESSION))
    console.live.open_exam_session("morning", console.now_us(), NETWORK.encode())
    page = text_of(proctor.get("/seat", params={"room": "A", "seat": "12"}))
    assert "unsigned" in page
    assert "version 0" not in page
