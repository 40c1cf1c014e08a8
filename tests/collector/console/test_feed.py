"""The event stream: a full picture first, then what changed, beats in between, and a reason at the end."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from jiankao_collector.console import feed
from jiankao_collector.console.feed import STREAMS_PER_USER, Told
from jiankao_collector.console.painter import MOST_OPEN, MOST_SEEN, Painter
from jiankao_collector.console.rendering import Renderer
from jiankao_collector.console.standing import Standing
from jiankao_collector.console.wording import Language, Words
from jiankao_collector.scoring.seats import SeatState
from jiankao_proto.records import AlertAcknowledged, Severity
from tests.support.console_server import ConsoleServer, wait_until
from tests.support.full_room import REMOTE, fill
from tests.support.pages import tags_of
from tests.support.scripted_live import SECOND, ScriptedLive, alert, finding, seat

Event = tuple[str, dict[str, Any]]


@contextmanager
def stream(client: httpx.Client, **query: str) -> Iterator[Iterator[Event]]:
    """Open a stream and read its events."""
    with client.stream("GET", "/stream", params=query) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield _events(answer)


LATER = 2_000_000_000 * SECOND
"""After everything that was found."""


def _events(answer: httpx.Response) -> Iterator[Event]:
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            assert fields["id"].isdecimal()
            yield fields["event"], json.loads(fields["data"])
            fields = {}


def next_named(events: Iterator[Event], name: str) -> dict[str, Any]:
    return next(data for event, data in events if event == name)


def standing(live: ScriptedLive, now_us: int = 0) -> Standing:
    return Standing(
        live.seats(), live.alerts(), live.acknowledgements(), live.exam_sessions(), now_us
    )


def test_everything_first_then_only_what_changed(
    console: ConsoleServer, proctor: httpx.Client
) -> None:
    fill(console.live, console.now_us())
    with stream(proctor) as events:
        first = next_named(events, "picture")
        assert len(first["pieces"]) == 60 + 6
        console.live.put(seat("05", SeatState.DEGRADED, room="三楼 301"))
        changed = next_named(events, "picture")
        assert sum("tile--degraded" in html for html in changed["pieces"].values()) == 1
        assert set(changed["pieces"]) - {"summary"} == {
            key for key in changed["pieces"] if key.startswith("seat-")
        }
        assert len(changed["pieces"]) == 2
        assert changed["lists"] == {}


def test_a_quiet_room_beats(proctor: httpx.Client) -> None:
    with stream(proctor) as events:
        names = [next(events)[0] for _ in range(3)]
    assert names == ["picture", "beat", "beat"]


def test_a_map_the_page_has_is_not_sent_again(
    console: ConsoleServer, proctor: httpx.Client
) -> None:
    fill(console.live, console.now_us())
    (address,) = (a["data-stream"] for _, a in tags_of(proctor.get("/")) if "data-stream" in a)
    with stream(proctor, **dict(httpx.URL(address).params)) as events:
        assert "map" not in next_named(events, "picture")["pieces"]
        console.live.put(seat("61", room="三楼 301"))
        assert "map" in next_named(events, "picture")["pieces"]


def test_the_oldest_of_too_many_streams_is_sent_away(proctor: httpx.Client) -> None:
    with stream(proctor) as oldest:
        next(oldest)
        others = [proctor.stream("GET", "/stream") for _ in range(STREAMS_PER_USER)]
        for other in others:
            other.__enter__()
        assert next_named(oldest, "gone") == {"because": "replaced"}
        for other in others:
            other.__exit__(None, None, None)


def test_a_stream_ends_with_its_web_session(console: ConsoleServer, proctor: httpx.Client) -> None:
    with stream(proctor) as events:
        next(events)
        console.access.end_web_session(proctor.cookies["jiankao"])
        assert next_named(events, "gone") == {"because": "logged-out"}


def test_a_live_side_that_fails_is_told_to_every_page_old_and_new(
    console: ConsoleServer, proctor: httpx.Client
) -> None:
    with stream(proctor) as events:
        next(events)
        console.live.fail()
        assert next_named(events, "gone") == {"because": "failed"}
    with stream(proctor) as events:
        assert next(events) == ("gone", {"because": "failed"})


def test_stopping_ends_the_streams_with_a_reason(
    console: ConsoleServer, proctor: httpx.Client
) -> None:
    with stream(proctor) as events:
        next(events)
        console.stop()
        assert next_named(events, "gone") == {"because": "closing"}


def test_a_seats_stream_tells_of_that_seat_and_counts_the_others(
    console: ConsoleServer, proctor: httpx.Client
) -> None:
    console.live.put(seat("01"), seat("02"))
    with stream(proctor, room="A", seat="01") as events:
        assert "seat-head" in next_named(events, "picture")["pieces"]
        console.live.raise_alert(alert(1, "02", REMOTE))
        elsewhere = next_named(events, "picture")
        assert (elsewhere["pieces"], elsewhere["lists"], elsewhere["open_alerts"]) == ({}, {}, 1)


def test_a_client_that_takes_nothing_is_dropped_and_holds_nobody_up(
    console: ConsoleServer, proctor: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "SEND_SECONDS", 0.5)
    monkeypatch.setattr(feed, "SHORTEST_PAUSE_SECONDS", 0.01)
    with socket.socket() as deaf, stream(proctor) as events:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", proctor.base_url.port))
        cookie = proctor.cookies["jiankao"]
        deaf.sendall(
            f"GET /stream HTTP/1.1\r\nHost: x\r\nCookie: jiankao={cookie}\r\n\r\n".encode()
        )
        wait_until(lambda: console.streams == 2)
        for number in range(10_000):
            console.live.put(*(seat(f"{i}", hostname=f"{number}-{'x' * 3900}") for i in range(60)))
            next_named(events, "picture")
            if console.streams == 1:
                break
        assert console.streams == 1
        console.live.put(seat("still here"))
        assert next_named(events, "picture")


@pytest.mark.parametrize("language", Language)
def test_lists_on_a_page_are_bounded(language: Language) -> None:
    live = ScriptedLive()
    live.raise_alert(*(alert(i, "01", REMOTE) for i in range(500)))
    for each in live.alerts()[:200]:
        live.acknowledge(AlertAcknowledged(each.alert_id, "li.na", ""), LATER)
    picture = Painter(Renderer(), Words(language)).room(standing(live))
    assert len(picture.lists["alerts-open"]) == MOST_OPEN
    assert len(picture.lists["alerts-seen"]) == MOST_SEEN
    assert str(300 - MOST_OPEN) in picture.pieces["alerts-count"].html


def test_what_a_page_was_told_does_not_grow() -> None:
    live, painter, told = ScriptedLive(), Painter(Renderer(), Words(Language.ENGLISH)), Told("")
    live.put(seat("01"))
    for i in range(300):
        live.raise_alert(alert(i, "01", REMOTE, first_us=i * SECOND))
        told.changes(painter.room(standing(live)))
    assert len(told._pieces) <= 7 + MOST_OPEN  # noqa: SLF001 - the bound is the point


def test_time_passing_changes_nothing_on_a_calm_page() -> None:
    live, painter, told = ScriptedLive(), Painter(Renderer(), Words(Language.CHINESE)), Told("")
    live.put(seat("01", last_seen_us=SECOND))
    live.raise_alert(alert(1, "01", REMOTE))
    assert told.changes(painter.room(standing(live)))
    live.put(seat("01", last_seen_us=9 * SECOND))
    assert told.changes(painter.room(standing(live, 9 * SECOND))) == {}


def test_the_most_severe_alert_is_first_then_the_newest() -> None:
    live = ScriptedLive()
    live.raise_alert(
        alert(1, "01", REMOTE, severity=Severity.WARNING, first_us=9 * SECOND),
        alert(2, "02", REMOTE, first_us=SECOND),
        alert(3, "03", REMOTE, first_us=2 * SECOND),
        alert(4, "04", REMOTE, first_us=3 * SECOND, last_us=LATER + SECOND),
    )
    live.acknowledge(AlertAcknowledged(live.alerts()[3].alert_id, "li.na", ""), LATER)
    shown = standing(live)
    assert [s.alert.seat for s in shown.unacknowledged()] == ["03", "02", "01"]
    (seen,) = shown.acknowledged()
    assert seen.has_grown


def test_an_alert_comes_back_when_something_new_is_found_after_it_was_seen() -> None:
    """Seen as "a tool is running", it must not stay put aside when the tool is being used."""
    live, seen_at = ScriptedLive(), 1_800_000_010 * SECOND
    running = finding("正在运行", "is running", points=40, at_us=seen_at - SECOND)
    live.raise_alert(alert(1, "01", running, severity=Severity.WARNING))
    live.acknowledge(AlertAcknowledged(live.alerts()[0].alert_id, "li.na", ""), seen_at)
    assert standing(live).unacknowledged() == []
    used = finding("正在被使用", "is being used", points=60, at_us=seen_at + SECOND)
    live.raise_alert(alert(1, "01", running, used, revision=2))
    shown = standing(live)
    (again,) = shown.unacknowledged()
    assert (again.alert.revision, shown.badges()[("A", "01")], shown.acknowledged()) == (2, 1, [])
