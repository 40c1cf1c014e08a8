"""What the pages show before any script runs, and what they show of hostile names."""

from dataclasses import replace

import httpx

from jiankao_collector.scoring.seats import SeatState
from tests.support.console_server import ConsoleServer
from tests.support.full_room import INJECTED, REMOTE, fill
from tests.support.pages import form_token, tags_of, text_of
from tests.support.scripted_live import alert, finding, seat, workstation


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


def test_an_alert_of_the_whole_room_points_at_no_seat(
    console: ConsoleServer, proctor: httpx.Client
) -> None:
    """Nor does it stand on the page of a seat that has no workstation."""
    console.live.put(seat("01", SeatState.ALERT))
    console.live.put(replace(seat("02", SeatState.NEVER_ARRIVED), workstation_id=None))
    of_room = replace(alert(1, "", REMOTE), kind="ring", workstation_id=None)
    console.live.raise_alert(of_room)
    page = proctor.get("/")
    assert f"{of_room.room} · whole room" in text_of(page)
    assert "Ring across seats" in text_of(page)
    assert not [a for _, a in tags_of(page) if a.get("class") == "entry__seat" and "href" in a]
    empty = proctor.get("/seat", params={"room": of_room.room, "seat": "02"})
    assert REMOTE.reason_en not in text_of(empty)
    confirm = proctor.get("/acknowledge", params={"alert": of_room.alert_id.value})
    assert "whole room" in text_of(confirm)


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
