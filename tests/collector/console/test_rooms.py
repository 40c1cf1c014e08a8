"""A user bound to rooms sees and acts on these and no other, at every address the console has."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from starlette.routing import Mount, Route

from jiankao_collector.console.access import Access
from jiankao_collector.console.app import ConsoleContext, create_app
from jiankao_collector.errors import ConfigurationError
from jiankao_proto.records import AlertAcknowledged, AlertRuled
from tests.support.console_server import PASSWORD, ConsoleServer
from tests.support.pages import form_token, text_of
from tests.support.scripted_live import SECOND, alert, finding, seat, workstation

OWN, OTHER = "A", "B"
FOREIGN = (
    *("candidate-of-b", "host-of-b", "reason-of-b", "room-of-b", "session-of-b", "refused-of-b"),
    *("alert-0002", workstation(OTHER, "77").value),
)
"""What must never come to somebody who is bound to the other room."""
TIMES = (1_800_000_000 * SECOND, 2_000_000_000 * SECOND)

Answer = httpx.Response


@pytest.fixture
def two_rooms(console: ConsoleServer) -> ConsoleServer:
    """Two rooms, each with a seat, an alert and an exam session; li.na is bound to the first."""
    live = console.live
    live.put(seat("01", room=OWN, candidate="candidate-of-a", hostname="host-of-a"))
    live.put(seat("77", room=OTHER, candidate="candidate-of-b", hostname="host-of-b"))
    for number, room, name in ((1, OWN, "01"), (2, OTHER, "77")):
        reason = f"reason-of-{room.lower()}"
        live.raise_alert(alert(number, name, finding(reason, reason), room=room))
    live.raise_alert(alert(3, "", finding("room-of-b", "room-of-b"), room=OTHER, kind="ring"))
    live.open_exam_session("session-of-a", TIMES[0], rooms=(OWN,))
    live.open_exam_session("session-of-b", TIMES[0], rooms=(OTHER,))
    live.open_exam_session("shared-session", TIMES[0], rooms=(OWN, OTHER))
    live.refusals["es-2"] = "refused-of-b"
    console.access.set_rooms("li.na", [OWN])
    return console


def post(client: httpx.Client, path: str, **fields: str) -> Answer:
    return client.post(path, data=fields | {"form_token": form_token(client)})


def streamed(client: httpx.Client, **query: str) -> Answer:
    """Return the first picture of a stream, as an answer like any other."""
    with client.stream("GET", "/stream", params=query) as answer:
        for line in answer.iter_lines():
            if line.startswith("data: "):
                return Answer(answer.status_code, text=line)
    raise AssertionError("the stream said nothing")


RULING = {"ruling": "1", "reason": "seen with my own eyes, nothing there", "revision": "9"}

OWN_SHOWN: dict[tuple[str, str], tuple[Callable[[httpx.Client], Answer], str]] = {
    ("GET", "/"): (lambda c: c.get("/"), "reason-of-a"),
    ("GET", "/seat"): (lambda c: c.get("/seat", params=_seat(OWN, "01")), "host-of-a"),
    ("GET", "/stream"): (streamed, "reason-of-a"),
    ("GET", "/acknowledge"): (lambda c: c.get("/acknowledge?alert=alert-0001"), "alert-0001"),
    ("GET", "/ruling"): (lambda c: c.get("/ruling?alert=alert-0001"), "reason-of-a"),
}
"""What shows something of a room: asked for one's own room, and what must be in the answer."""
REFUSED: dict[tuple[str, str], Callable[[httpx.Client], Answer]] = {
    ("GET", "/seat"): lambda c: c.get("/seat", params=_seat(OTHER, "77")),
    ("GET", "/acknowledge"): lambda c: c.get("/acknowledge?alert=alert-0002"),
    ("POST", "/acknowledge"): lambda c: post(c, "/acknowledge", alert="alert-0002", note="x"),
    ("GET", "/ruling"): lambda c: c.get("/ruling?alert=alert-0002"),
    ("POST", "/ruling"): lambda c: post(c, "/ruling", alert="alert-0002", **RULING),
}
"""What names something of a room: asked for another one's, it is as if that were not there."""
OF_NO_ROOM = {
    ("GET", "/alive"),
    *(("GET", "/login"), ("POST", "/login"), ("POST", "/logout"), ("POST", "/language")),
    ("GET", "/static"),
}
"""What is of no room at all."""


def _seat(room: str, name: str) -> dict[str, str]:
    return {"room": room, "seat": name, "workstation": workstation(room, name).value}


def foreign_in(answer: Answer) -> list[str]:
    return [word for word in FOREIGN if word in answer.text]


def test_every_address_of_the_console_is_looked_at_here(console: ConsoleServer) -> None:
    """A new page stands in one of the tables above, or this fails."""
    app = create_app(
        ConsoleContext(
            live=console.live,
            access=console.access,
            record=console._record,  # noqa: SLF001 - the same application, to be asked for its routes
            timeline=lambda _, __: [],
            clock=console.now_us,
            secure_cookies=False,
        )
    )
    known = {*OWN_SHOWN, *REFUSED, *OF_NO_ROOM}
    found: set[tuple[str, str]] = set()
    for route in app.routes:
        assert isinstance(route, Route | Mount)
        methods = (route.methods or set()) - {"HEAD"} if isinstance(route, Route) else {"GET"}
        found |= {(method, route.path) for method in methods}
    assert found == known


@pytest.mark.parametrize("where", OWN_SHOWN, ids=" ".join)
def test_one_s_own_room_is_shown_and_nothing_of_another(
    two_rooms: ConsoleServer, proctor: httpx.Client, where: tuple[str, str]
) -> None:
    ask, own = OWN_SHOWN[where]
    answer = ask(proctor)
    assert answer.status_code == 200
    assert own in answer.text
    assert foreign_in(answer) == []
    if where != ("GET", "/stream"):
        assert "li.na · only A" in text_of(answer)
    assert two_rooms.live.alerts()


@pytest.mark.parametrize("where", REFUSED, ids=" ".join)
def test_what_is_of_another_room_is_not_there(
    two_rooms: ConsoleServer, proctor: httpx.Client, where: tuple[str, str]
) -> None:
    answer = REFUSED[where](proctor)
    assert answer.status_code == 404
    assert [w for w in foreign_in(answer) if w != "alert-0002"] == []  # what was asked is repeated
    assert not [
        r for r in two_rooms.records() if isinstance(r.body, AlertAcknowledged | AlertRuled)
    ]


def test_the_stream_of_a_seat_elsewhere_says_nothing_of_it(
    two_rooms: ConsoleServer, proctor: httpx.Client
) -> None:
    assert two_rooms.live.seats()
    answer = streamed(proctor, **_seat(OTHER, "77"))
    assert foreign_in(answer) == []
    assert json.loads(answer.text.removeprefix("data: "))["open_alerts"] == 1


@pytest.mark.parametrize("user", ["wang.wei", "auditor"])
def test_who_is_bound_to_no_room_sees_all(
    two_rooms: ConsoleServer, stranger: httpx.Client, user: str
) -> None:
    stranger.cookies.update(two_rooms.web_session(user))
    text = stranger.get("/").text
    for word in ("reason-of-a", "session-of-a", *FOREIGN):
        assert word in text or word in stranger.get("/seat", params=_seat(OTHER, "77")).text, word


def test_one_acts_in_one_s_own_room(two_rooms: ConsoleServer, proctor: httpx.Client) -> None:
    assert post(proctor, "/acknowledge", alert="alert-0001", note="").status_code == 303
    assert isinstance(two_rooms.records()[-1].body, AlertAcknowledged)


def test_several_rooms_may_be_one_s_own(two_rooms: ConsoleServer, proctor: httpx.Client) -> None:
    two_rooms.live.put(seat("5", room="C", candidate="candidate-of-c"))
    two_rooms.access.set_rooms("li.na", [OTHER, "C"])
    text = proctor.get("/").text
    assert "candidate-of-b" in text
    assert "candidate-of-c" in text
    assert "candidate-of-a" not in text


@contextmanager
def pictures(client: httpx.Client) -> Iterator[Iterator[str]]:
    with client.stream("GET", "/stream") as answer:
        yield (line for line in answer.iter_lines() if line.startswith("data: "))


def test_an_open_page_follows_when_the_rooms_change(
    two_rooms: ConsoleServer, proctor: httpx.Client
) -> None:
    with pictures(proctor) as said:
        assert "candidate-of-a" in next(said)
        two_rooms.live.raise_alert(alert(7, "77", finding("news-of-b", "news-of-b"), room=OTHER))
        two_rooms.live.raise_alert(alert(8, "01", finding("news-of-a", "news-of-a"), room=OWN))
        heard = ""
        while "news-of-a" not in heard:
            heard += next(said)
        assert [word for word in (*FOREIGN, "news-of-b") if word in heard] == []
        two_rooms.access.set_rooms("li.na", [OTHER])
        while "news-of-b" not in heard:
            heard += next(said)
        two_rooms.live.raise_alert(alert(9, "01", finding("late-of-a", "late-of-a"), room=OWN))
        two_rooms.live.raise_alert(alert(10, "77", finding("late-of-b", "late-of-b"), room=OTHER))
        while "late-of-b" not in heard:
            heard += next(said)
        assert "late-of-a" not in heard


def test_rooms_are_kept_with_the_user(access: Access) -> None:
    access.add_user("li.na", PASSWORD, "proctor", ["102", "101", "101"])
    access.add_user("wang", PASSWORD, "chief")
    assert {u.name: u.rooms for u in access.list_users()} == {
        "li.na": frozenset({"101", "102"}),
        "wang": frozenset(),
    }
    token = access.start_web_session("li.na", 0)
    access.set_rooms("li.na", ["103"])
    user = access.user_of(token, 1)
    assert user is not None
    assert user.rooms == {"103"}
    access.set_rooms("li.na", [])
    assert access.list_users()[0].rooms == frozenset()
    with pytest.raises(ConfigurationError, match="there is none of that name"):
        access.set_rooms("nobody", ["1"])
    with pytest.raises(ConfigurationError, match="already there"):
        access.add_user("wang", PASSWORD, "chief", ["1"])
    assert access.list_users()[1].rooms == frozenset()


def test_a_list_of_users_of_an_earlier_version_binds_nobody(tmp_path: Path) -> None:
    path = tmp_path / "access.sqlite"
    opened = Access(path)
    opened.add_user("li.na", PASSWORD, "proctor")
    opened.close()
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE user_rooms")
    connection.close()
    again = Access(path)
    try:
        assert [u.rooms for u in again.list_users()] == [frozenset()]
        again.set_rooms("li.na", ["101"])
        assert [u.rooms for u in again.list_users()] == [frozenset({"101"})]
    finally:
        again.close()
