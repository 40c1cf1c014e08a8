"""Who gets in, what failing costs, and that nobody enters or leaves unrecorded."""

import httpx
import pytest

from jiankao_collector.console.access import WEB_SESSION_US
from jiankao_collector.console.protection import local_path
from jiankao_collector.console.throttle import FIRST_WAIT_US, PAIR_TRIES
from jiankao_proto.records import OperatorAction
from tests.support.console_server import PASSWORD, ConsoleServer
from tests.support.pages import form_token, text_of


def actions(console: ConsoleServer) -> list[tuple[str, str]]:
    return [
        (r.body.user, r.body.action)
        for r in console.records()
        if isinstance(r.body, OperatorAction)
    ]


def log_in(client: httpx.Client, password: str, name: str = "li.na") -> httpx.Response:
    return client.post("/login", data={"name": name, "password": password})


@pytest.mark.parametrize("path", ["/", "/seat?room=A&seat=1", "/acknowledge?alert=a"])
def test_a_stranger_is_sent_to_the_log_in_page_and_comes_back(
    stranger: httpx.Client, path: str
) -> None:
    answer = stranger.get(path)
    assert answer.status_code == 303
    back = stranger.post(answer.headers["location"], data={"name": "li.na", "password": PASSWORD})
    assert back.status_code == 303
    shown = stranger.get(answer.headers["location"])
    assert shown.status_code == 303
    assert shown.headers["location"] == path


def test_a_stranger_gets_no_stream(stranger: httpx.Client) -> None:
    assert stranger.get("/stream").status_code == 401
    assert stranger.get("/alive").status_code == 401


def test_logging_in_and_out_is_recorded(console: ConsoleServer, stranger: httpx.Client) -> None:
    assert log_in(stranger, PASSWORD).status_code == 303
    assert stranger.get("/alive").status_code == 204
    answer = stranger.post("/logout", data={"form_token": form_token(stranger)})
    assert answer.status_code == 303
    assert stranger.get("/alive").status_code == 401
    assert actions(console) == [("li.na", "log-in"), ("li.na", "log-out")]


def test_a_log_out_holds_for_the_cookie_itself(proctor: httpx.Client) -> None:
    cookie = proctor.cookies["jiankao"]
    proctor.post("/logout", data={"form_token": form_token(proctor)})
    assert proctor.get("/alive", headers={"Cookie": f"jiankao={cookie}"}).status_code == 401


@pytest.mark.parametrize(("name", "known"), [("li.na", "li.na"), ("my secret password", "")])
def test_a_wrong_log_in_is_told_nothing_and_recorded_without_unknown_names(
    console: ConsoleServer, stranger: httpx.Client, name: str, known: str
) -> None:
    answer = log_in(stranger, "wrong password", name)
    assert answer.status_code == 401
    assert "Wrong user name or password" in text_of(answer)
    assert "jiankao" not in answer.cookies
    assert actions(console) == [(known, "log-in-refused")]


def test_after_too_many_failures_even_the_right_password_waits(
    console: ConsoleServer, stranger: httpx.Client
) -> None:
    for _ in range(PAIR_TRIES):
        assert log_in(stranger, "wrong password").status_code == 401
    blocked = [log_in(stranger, PASSWORD) for _ in range(3)]
    assert [b.status_code for b in blocked] == [429] * 3
    assert "Too many failed attempts. Wait" in text_of(blocked[0])
    assert 0 < int(blocked[0].headers["retry-after"]) <= FIRST_WAIT_US // 1_000_000 + 1
    assert actions(console) == [("li.na", "log-in-refused")] * PAIR_TRIES + [
        ("li.na", "log-in-blocked")
    ]
    console.clock_ahead_us = FIRST_WAIT_US
    assert log_in(stranger, PASSWORD).status_code == 303


def test_nobody_enters_unrecorded(console: ConsoleServer, stranger: httpx.Client) -> None:
    console.disk_full = True
    answer = log_in(stranger, PASSWORD)
    assert answer.status_code == 503
    assert "evidence log cannot be written" in text_of(answer)
    assert stranger.get("/alive").status_code == 401


def test_a_log_in_lasts_over_a_restart_and_ends_after_a_day(
    console: ConsoleServer, proctor: httpx.Client
) -> None:
    console.stop()
    console.start()
    assert proctor.get("/alive").status_code == 204
    console.clock_ahead_us = WEB_SESSION_US
    assert proctor.get("/alive").status_code == 401


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example", "/\\evil.example", "x", "/a\n"]
)
def test_the_way_back_leads_nowhere_else(stranger: httpx.Client, to: str) -> None:
    answer = stranger.post("/login", data={"name": "li.na", "password": PASSWORD, "next": to})
    assert answer.headers["location"] == "/"
    assert local_path(to) == "/"
