"""A ruling is a record with a reason, by one person on one alert, and never by a slip."""

from dataclasses import replace

import httpx
import pytest

from jiankao_collector.console.wording import CATALOGUE
from jiankao_collector.rulings import ABOUT_RULINGS
from jiankao_proto.records import AlertRuled, Ruling
from tests.support.console_server import ConsoleServer
from tests.support.full_room import INJECTED, REMOTE
from tests.support.pages import form_token, tags_of, text_of
from tests.support.scripted_live import alert

PAGE = "/ruling?alert=alert-0001"
REASON = "网线松动，已到座位看过"


def rule(
    client: httpx.Client, ruling: str = "2", reason: str = REASON, **fields: str
) -> httpx.Response:
    given = {"alert": "alert-0001", "revision": "1", "ruling": ruling, "reason": reason}
    token = {"form_token": form_token(client)}
    return client.post("/ruling", data=given | token | fields)


def as_user(console: ConsoleServer, client: httpx.Client, name: str) -> httpx.Client:
    client.cookies.clear()
    client.cookies.update(console.web_session(name))
    return client


def test_two_people_rule_alike(console: ConsoleServer, proctor: httpx.Client) -> None:
    console.live.raise_alert(alert(1, "01", REMOTE))
    assert "Nobody has ruled" in text_of(proctor.get(PAGE))
    done = rule(proctor, reason=f"  {REASON} <b> ")
    assert (done.status_code, done.headers["location"]) == (303, PAGE)
    body = console.records()[-1].body
    assert isinstance(body, AlertRuled)
    assert (body.alert_id.value, body.revision, body.ruling, body.user, body.reason) == (
        *("alert-0001", 1, Ruling.UNFOUNDED, "li.na"),
        f"{REASON} <b>",
    )
    text = text_of(proctor.get(PAGE))
    assert "Unfounded: by one person only and not in force" in text
    assert f"{REASON} <b>" in text
    assert "You have ruled already" in text
    assert "Unfounded · one person" in text_of(proctor.get("/"))
    other = as_user(console, proctor, "wang.wei")
    assert "You have ruled already" not in text_of(other.get(PAGE))
    rule(other)
    assert "two people ruled alike; it is in force" in text_of(other.get(PAGE))
    text = text_of(other.get("/"))
    assert "Ruled: Unfounded" in text
    assert "1 unacknowledged" in text, "a ruling hides nothing"


def test_two_people_differ_and_something_new_comes(
    console: ConsoleServer, proctor: httpx.Client
) -> None:
    console.live.raise_alert(alert(1, "01", REMOTE))
    rule(proctor)
    rule(as_user(console, proctor, "wang.wei"), "1")
    assert "Disputed" in text_of(proctor.get(PAGE))
    assert "Ruling disputed" in text_of(proctor.get("/"))
    worse = replace(INJECTED, kind="injected_input")
    console.live.raise_alert(alert(1, "01", REMOTE, worse, revision=2))
    text = text_of(proctor.get(PAGE))
    assert "Ruled before something new came" in text
    assert "Rule again" in text_of(proctor.get("/"))


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({"ruling": ""}, 400, "error.ruling_choice"),
        ({"ruling": "0"}, 400, "error.ruling_choice"),
        ({"ruling": "4"}, 400, "error.ruling_choice"),
        ({"ruling": "２"}, 400, "error.ruling_choice"),
        ({"reason": ""}, 400, "error.ruling_reason"),
        ({"reason": "  看 过 "}, 400, "error.ruling_reason"),
        ({"reason": "长" * 501}, 400, "error.ruling_reason"),
        ({"revision": ""}, 409, "error.ruling_outdated"),
        ({"revision": "-1"}, 409, "error.ruling_outdated"),
        ({"revision": "9" * 5000}, 409, "error.ruling_outdated"),
    ],
)
def test_a_slip_records_nothing_and_keeps_what_was_typed(
    console: ConsoleServer, proctor: httpx.Client, fields: dict[str, str], status: int, error: str
) -> None:
    console.live.raise_alert(alert(1, "01", REMOTE))
    before = len(console.records())
    answer = rule(proctor, **fields)
    assert answer.status_code == status
    said = CATALOGUE[error][1].format(least=4, most=500)
    assert said in text_of(answer)
    assert fields.get("reason", REASON).strip() in text_of(answer)
    assert len(console.records()) == before


def test_what_came_meanwhile_is_shown_before_one_rules(
    console: ConsoleServer, proctor: httpx.Client
) -> None:
    console.live.raise_alert(alert(1, "01", REMOTE))
    worse = replace(INJECTED, kind="injected_input")
    console.live.raise_alert(alert(1, "01", REMOTE, worse, revision=2))
    answer = rule(proctor, revision="1")
    assert answer.status_code == 409
    assert INJECTED.reason_en in text_of(answer)
    assert REASON in text_of(answer)
    checked = [a for t, a in tags_of(answer) if t == "input" and "checked" in a]
    assert [a["value"] for a in checked] == ["2"]
    console.live.raise_alert(alert(1, "01", REMOTE, worse, revision=3))
    assert rule(proctor, revision="2").status_code == 303, "what merely goes on is no news"


def test_nothing_is_chosen_beforehand(console: ConsoleServer, proctor: httpx.Client) -> None:
    console.live.raise_alert(alert(1, "01", REMOTE))
    inputs = [a for t, a in tags_of(proctor.get(PAGE)) if t == "input" and a["type"] == "radio"]
    assert [(a["value"], "checked" in a, "required" in a) for a in inputs] == [
        (value, False, True) for value in "123"
    ]


def test_an_auditor_sees_who_ruled_and_does_not_rule(
    console: ConsoleServer, proctor: httpx.Client
) -> None:
    console.live.raise_alert(alert(1, "01", REMOTE))
    rule(proctor)
    auditor = as_user(console, proctor, "auditor")
    page = auditor.get(PAGE)
    assert REASON in text_of(page)
    assert "auditor looks" in text_of(page)
    assert [a for t, a in tags_of(page) if t == "textarea"] == []
    before = len(console.records())
    assert rule(auditor).status_code == 403
    assert len(console.records()) == before


def test_an_alert_about_oneself_is_for_another_person(
    console: ConsoleServer, proctor: httpx.Client
) -> None:
    about = alert(1, "", replace(REMOTE, subject="li.na"), kind=ABOUT_RULINGS)
    console.live.raise_alert(replace(about, workstation_id=None))
    before = len(console.records())
    assert "about your own rulings" in text_of(proctor.get(PAGE))
    assert rule(proctor).status_code == 403
    fields = {"alert": "alert-0001", "form_token": form_token(proctor)}
    refused = proctor.post("/acknowledge", data=fields)
    assert refused.status_code == 403
    assert "another person has to deal with it" in text_of(refused)
    assert len(console.records()) == before
    assert rule(as_user(console, proctor, "wang.wei")).status_code == 303


def test_guards(console: ConsoleServer, proctor: httpx.Client, stranger: httpx.Client) -> None:
    console.live.raise_alert(alert(1, "01", REMOTE))
    before = len(console.records())
    assert rule(proctor, form_token="0" * 64).status_code == 403
    assert proctor.post("/ruling", headers={"Origin": "http://elsewhere"}).status_code == 403
    assert rule(proctor, alert="nothing").status_code == 404
    token = form_token(proctor)
    console.disk_full = True
    fields = {"alert": "alert-0001", "revision": "1", "ruling": "2", "reason": REASON}
    assert proctor.post("/ruling", data=fields | {"form_token": token}).status_code == 503
    console.disk_full = False
    stranger.cookies.clear()
    assert stranger.get(PAGE).status_code == 303
    assert stranger.post("/ruling", data=fields).status_code == 303
    assert len(console.records()) == before


def test_the_longest_reason_fits_into_a_form(console: ConsoleServer, proctor: httpx.Client) -> None:
    console.live.raise_alert(alert(1, "01", REMOTE))
    assert rule(proctor, reason="𠮷" * 500).status_code == 303
