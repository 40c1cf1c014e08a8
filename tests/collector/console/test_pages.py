"""The console over HTTP: who gets in, what is refused and in which words, what is recorded."""

import json
from dataclasses import replace

import httpx
import pytest

from jiankao_collector.console.access import WEB_SESSION_US
from jiankao_collector.console.protection import LARGEST_FORM, local_path
from jiankao_collector.console.throttle import FIRST_WAIT_US, PAIR_TRIES
from jiankao_collector.scoring.seats import SeatState
from jiankao_proto.records import AlertAcknowledged, OperatorAction
from tests.support.console_server import PASSWORD, ConsoleServer
from tests.support.full_room import INJECTED, REMOTE, fill
from tests.support.pages import form_token, tags_of, text_of
from tests.support.scripted_live import alert, finding, seat, workstation


def actions(console: ConsoleServer) -> list[tuple[str, str]]:
    return [
        (r.body.user, r.body.action)
        for r in console.records()
        if isinstance(r.body, OperatorAction)
    ]


def log_in(client: httpx.Client, password: str, name: str = "li.na") -> httpx.Response:
    return client.post("/login", data={"name": name, "password": password})


# ---- in and out ----


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


# ---- guards ----


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(stranger: httpx.Client) -> None:
    cookie = log_in(stranger, PASSWORD).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_over_tls_the_cookie_travels_over_tls_only_and_to_this_host_only(
    console: ConsoleServer, stranger: httpx.Client
) -> None:
    console.stop()
    console.secure_cookies = True
    console.start()
    cookie = log_in(stranger, PASSWORD).headers["set-cookie"]
    assert cookie.startswith("__Host-jiankao=")
    assert "; Secure" in cookie
    assert "Path=/;" in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize("path", ["/login", "/", "/nothing-here", "/static/console.js", "/stream"])
def test_every_answer_carries_the_security_headers(stranger: httpx.Client, path: str) -> None:
    headers = stranger.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static/") else "no-store")
    assert "server" not in headers


def test_no_page_has_inline_script_or_style_or_anything_from_elsewhere(
    console: ConsoleServer, proctor: httpx.Client
) -> None:
    fill(console.live, console.now_us())
    for path in ("/", "/login", "/seat?room=三楼 301&seat=07"):
        for tag, attributes in tags_of(proctor.get(path)):
            assert tag != "style"
            assert tag != "script" or attributes["src"].startswith("/static/")
            assert not [a for a in attributes if a == "style" or a.startswith("on")]
            links = [attributes[a] for a in ("src", "href", "action") if a in attributes]
            assert all(link.startswith(("/", "#")) and not link.startswith("//") for link in links)


POSTS = ("/logout", "/acknowledge", "/language")


@pytest.mark.parametrize("path", POSTS)
def test_a_form_without_its_token_is_refused(
    console: ConsoleServer, proctor: httpx.Client, path: str
) -> None:
    console.live.raise_alert(alert(1, "01", REMOTE))
    for token in ({}, {"form_token": "0" * 64}):
        answer = proctor.post(path, data={"alert": "alert-0001", "language": "en", **token})
        assert answer.status_code == 403
        assert "did not come from a page you opened" in text_of(answer)
    assert actions(console) == []


@pytest.mark.parametrize("path", [*POSTS, "/login"])
@pytest.mark.parametrize(
    "header", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_what_another_site_sends_is_refused(
    proctor: httpx.Client, path: str, header: dict[str, str]
) -> None:
    fields = {
        "form_token": form_token(proctor),
        "language": "en",
        "name": "li.na",
        "password": PASSWORD,
    }
    assert proctor.post(path, data=fields, headers=header).status_code == 403
    assert proctor.get("/alive").status_code == 204


def test_an_oversized_form_is_refused_in_plain_words(proctor: httpx.Client) -> None:
    answer = proctor.post("/acknowledge", content=b"note=" + b"x" * LARGEST_FORM)
    assert answer.status_code == 413
    assert "too long" in text_of(answer)


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"just words", b"&".join(b"a%d=1" % i for i in range(50))]
)
def test_a_form_that_is_none_is_refused_in_plain_words(proctor: httpx.Client, body: bytes) -> None:
    answer = proctor.post("/acknowledge", content=body)
    assert answer.status_code == 400
    assert "could not be read" in text_of(answer)


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/seat?room=A&seat=99", 404, "There is no such seat: A 99"),
        ("GET", "/seat", 404, "There is no such seat"),
        ("GET", "/acknowledge?alert=none", 404, "There is no such alert: none"),
        ("GET", "/acknowledge?alert=%00%3Cb%3E", 404, "There is no such alert"),
        ("GET", "/wp-admin", 404, "There is no such page"),
        ("PUT", "/login", 405, "not supported here"),
        ("GET", "/static/../app.py", 404, "There is no such page"),
    ],
)
def test_what_is_not_there_is_said_in_plain_words(
    proctor: httpx.Client, method: str, path: str, status: int, words: str
) -> None:
    answer = proctor.request(method, path)
    assert answer.status_code == status
    assert words in text_of(answer)


# ---- what is shown ----


def test_the_room_shows_its_seats_before_any_script_runs(
    console: ConsoleServer, proctor: httpx.Client
) -> None:
    fill(console.live, console.now_us(), simulated=True)
    answer = proctor.get("/")
    text = text_of(answer)
    assert sum(a.get("class", "").startswith("tile ") for _, a in tags_of(answer)) == 60
    assert "特种作业操作证理论考试 2026-11 第 3 场" in text
    assert "3 unacknowledged" in text
    assert "53 Watched" in text
    assert text.count("SIM ") >= 60
    assert REMOTE.reason_en in text
    assert REMOTE.reason_zh not in text


def test_an_alert_that_grows_stays_one_entry(console: ConsoleServer, proctor: httpx.Client) -> None:
    console.live.put(seat("01", SeatState.ALERT))
    for revision in (1, 2, 3):
        console.live.raise_alert(alert(1, "01", REMOTE, INJECTED, revision=revision))
    answer = proctor.get("/")
    assert sum(a.get("class", "").startswith("entry ") for _, a in tags_of(answer)) == 1
    assert "rests on 43 records" in text_of(answer)


def test_a_seat_is_explained(console: ConsoleServer, proctor: httpx.Client) -> None:
    fill(console.live, console.now_us())
    text = text_of(proctor.get("/seat", params={"room": "三楼 301", "seat": "07"}))
    assert "+60" in text
    assert INJECTED.reason_en in text
    assert "records 1209, 1213, 1218" in text
    assert "Mouse and keyboard Works" in text
    blind = text_of(proctor.get("/seat", params={"room": "三楼 301", "seat": "31"}))
    assert "Mouse and keyboard Cannot see" in blind
    assert "no alert does not mean that all is well" in blind


def test_two_workstations_in_one_place_are_both_shown(
    console: ConsoleServer, proctor: httpx.Client
) -> None:
    """Neither may hide behind the other, and the urgent one is what its seat's page shows."""
    calm = seat("01")
    other = replace(seat("01", SeatState.ALERT), workstation_id=workstation("A", "another"))
    console.live.put(calm)
    console.live.put_beside(other)
    tiles = [a for _, a in tags_of(proctor.get("/")) if a.get("class", "").startswith("tile ")]
    assert [t["class"] for t in tiles] == ["tile tile--watched", "tile tile--alert"]
    assert len({t["id"] for t in tiles}) == 2
    for tile, word in zip(tiles, ("Watched", "Alert"), strict=True):
        assert f"— {word}" in text_of(proctor.get(tile["href"]))
    assert "— Alert" in text_of(proctor.get("/seat?room=A&seat=01"))


def test_no_exam_session_is_said(proctor: httpx.Client) -> None:
    assert "No exam session open" in text_of(proctor.get("/"))


def test_what_it_cannot_see_and_does_not_collect_is_said(proctor: httpx.Client) -> None:
    text = text_of(proctor.get("/"))
    assert "HDMI splitter" in text
    assert "No keys, typed text" in text


def test_the_language_is_chosen_and_stays(console: ConsoleServer, proctor: httpx.Client) -> None:
    assert 'lang="en"' in proctor.get("/").text
    fields = {"language": "zh-CN", "back": "/?x=1", "form_token": form_token(proctor)}
    answer = proctor.post("/language", data=fields)
    assert answer.headers["location"] == "/?x=1"
    assert 'lang="zh-CN"' in proctor.get("/").text
    user = next(u for u in console.access.list_users() if u.name == "li.na")
    assert user.language == "zh-CN"


HOSTILE = (
    "<script>alert('x')</script>\"'><img src=x onerror=alert(1)>\u202egpj.exe 远控\u2028{{ 7*7 }}"
)


def test_a_hostile_name_is_text_and_nothing_else(
    console: ConsoleServer, proctor: httpx.Client
) -> None:
    """A program's, host's or candidate's name can hold anything its owner likes."""
    found = finding(HOSTILE, HOSTILE, subject=HOSTILE)
    console.live.put(
        seat(
            HOSTILE,
            SeatState.ALERT,
            room=HOSTILE,
            hostname=HOSTILE,
            candidate=HOSTILE,
            findings=(found,),
        )
    )
    console.live.raise_alert(alert(1, HOSTILE, found, room=HOSTILE, kind=HOSTILE))
    console.live.open_exam_session(HOSTILE, console.now_us())
    for answer in (
        proctor.get("/"),
        proctor.get("/seat", params={"room": HOSTILE, "seat": HOSTILE}),
    ):
        assert answer.status_code == 200
        assert "\u202e" not in answer.text
        assert "\u2028" not in answer.text
        assert "⟨U+202E⟩gpj.exe 远控⟨U+2028⟩{{ 7*7 }}" in text_of(answer)
        assert all(
            a.get("src", "").startswith("/static/") for tag, a in tags_of(answer) if tag == "script"
        )
        assert not [tag for tag, a in tags_of(answer) if tag == "img" or "onerror" in a]


# ---- acknowledging ----


def test_an_acknowledgement_is_a_record_with_its_note(
    console: ConsoleServer, proctor: httpx.Client
) -> None:
    console.live.raise_alert(alert(1, "01", REMOTE))
    fields = {
        "alert": "alert-0001",
        "note": " 已到座位查看 <b> ",
        "form_token": form_token(proctor),
    }
    assert proctor.post("/acknowledge", data=fields).status_code == 303
    body = console.records()[-1].body
    assert isinstance(body, AlertAcknowledged)
    assert (body.alert_id.value, body.user, body.note) == (
        "alert-0001",
        "li.na",
        "已到座位查看 <b>",
    )
    text = text_of(proctor.get("/"))
    assert "acknowledged by li.na" in text
    assert "已到座位查看 <b>" in text
    assert "Acknowledged (1)" in text


def test_the_pages_script_is_answered_in_json(
    console: ConsoleServer, proctor: httpx.Client
) -> None:
    console.live.raise_alert(alert(1, "01", REMOTE))
    headers = {"Accept": "application/json", "X-Form-Token": form_token(proctor)}
    done = proctor.post("/acknowledge", data={"alert": "alert-0001"}, headers=headers)
    assert done.json() == {"record": console.records()[-1].number}
    missing = proctor.post("/acknowledge", data={"alert": "none"}, headers=headers)
    assert missing.status_code == 404
    assert missing.json() == {"error": "There is no such alert: none"}


def test_a_note_has_a_limit(console: ConsoleServer, proctor: httpx.Client) -> None:
    console.live.raise_alert(alert(1, "01", REMOTE))
    fields = {"alert": "alert-0001", "note": "长" * 501, "form_token": form_token(proctor)}
    answer = proctor.post("/acknowledge", data=fields)
    assert answer.status_code == 400
    assert "at most 500 characters" in text_of(answer)


def test_the_longest_note_fits_into_a_form(console: ConsoleServer, proctor: httpx.Client) -> None:
    console.live.raise_alert(alert(1, "01", REMOTE))
    fields = {"alert": "alert-0001", "note": "𠮷" * 500, "form_token": form_token(proctor)}
    assert proctor.post("/acknowledge", data=fields).status_code == 303


def test_an_auditor_looks_and_does_not_act(console: ConsoleServer, stranger: httpx.Client) -> None:
    log_in(stranger, PASSWORD, "auditor")
    console.live.raise_alert(alert(1, "01", REMOTE))
    fields = {"alert": "alert-0001", "form_token": form_token(stranger)}
    answer = stranger.post("/acknowledge", data=fields)
    assert answer.status_code == 403
    assert "auditor looks" in text_of(answer)


def test_an_acknowledgement_that_cannot_be_recorded_did_not_happen(
    console: ConsoleServer, proctor: httpx.Client
) -> None:
    console.live.raise_alert(alert(1, "01", REMOTE))
    token = form_token(proctor)
    console.disk_full = True
    answer = proctor.post(
        "/acknowledge",
        data={"alert": "alert-0001", "form_token": token},
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 503
    assert "evidence log cannot be written" in json.loads(answer.text)["error"]
    assert console.live.acknowledgements() == {}
