"""An acknowledgement is a record with a note, or it did not happen."""

import json

import httpx

from jiankao_proto.records import AlertAcknowledged
from tests.support.console_server import PASSWORD, ConsoleServer
from tests.support.full_room import REMOTE
from tests.support.pages import form_token, text_of
from tests.support.scripted_live import alert


def log_in(client: httpx.Client, password: str, name: str = "li.na") -> httpx.Response:
    return client.post("/login", data={"name": name, "password": password})


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
