"""The live side of the console: server-sent events (WHATWG HTML, 9.2).

Every stream starts with a full picture and then says what has changed since what it sent last. Nothing is queued: a
stream that wakes late looks at how things stand now, so a slow reader costs nobody anything and is dropped when it
takes no bytes for a while. A beat is an event, not a comment, because a page cannot hear comments: a page that hears no
beat knows by itself that it is not live.
"""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive, Scope, Send

from jiankao_collector.console.painter import Picture
from jiankao_collector.console.standing import OpenExamSession, Standing
from jiankao_collector.judging_again import JudgingAgain
from jiankao_collector.rulings import Rulings
from jiankao_collector.scoring.seats import SeatView
from jiankao_proto.ids import AlertId
from jiankao_proto.records import AlertAcknowledged, AlertChanged

STREAMS_PER_USER = 4
"""Open pages of one user that are live. Browsers allow six connections to one host (HTTP/1.1), pages included."""
SHORTEST_PAUSE_SECONDS = 0.2
"""Between two updates of one stream: five a second at most."""
SEND_SECONDS = 10.0
"""A client that takes nothing for so long is dropped."""

_log = logging.getLogger(__name__)


class Live(Protocol):
    """What the console sees of the live side of the collector."""

    def seats(self) -> Sequence[SeatView]:
        """Return every seat as it stands."""

    def alerts(self) -> Sequence[AlertChanged]:
        """Return the latest revision of every alert, oldest first."""

    def acknowledgements(self) -> Mapping[AlertId, tuple[AlertAcknowledged, int]]:
        """Return the last acknowledgement of each alert that has one, and its record's time (microseconds)."""

    def exam_sessions(self) -> Sequence[OpenExamSession]:
        """Return the exam sessions that are open, and the time of the record that opened each."""

    def policy_refusals(self) -> Mapping[str, str]:
        """Return why a policy offered for an open exam session was not taken, by exam session."""

    def judging_again(self) -> JudgingAgain | None:
        """Return how far judging what was recorded before a restart has come; None when it has caught up."""

    def rulings(self) -> Rulings:
        """Return what people ruled on alerts; to be read only."""

    def changes(self) -> AsyncIterator[None]:
        """Yield whenever something changed, coalesced; ends or raises only when the live side does."""


@dataclass(eq=False, slots=True)
class Listener:
    """One open stream. `gone_because` is set when it has to end."""

    wake: asyncio.Event = field(default_factory=asyncio.Event)
    gone_because: str = ""

    def send_away(self, because: str) -> None:
        """End this stream, with a reason the page understands."""
        self.gone_because = self.gone_because or because
        self.wake.set()


class Feed:
    """Follows the live side and wakes the streams."""

    def __init__(self, live: Live, clock: Callable[[], int], heartbeat_seconds: float) -> None:
        self._live = live
        self._clock = clock
        self._heartbeat_seconds = heartbeat_seconds
        self._listeners: dict[str, list[Listener]] = defaultdict(list)
        self._ended_because = ""

    def standing(self) -> Standing:
        """Return how things stand now."""
        live = self._live
        return Standing(
            live.seats(),
            live.alerts(),
            live.acknowledgements(),
            live.exam_sessions(),
            self._clock(),
            live.policy_refusals(),
            live.judging_again(),
            live.rulings().standing(),
        )

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return len(self._everyone())

    async def follow(self) -> None:
        """Wake the streams at every change, for as long as the console runs.

        When the live side fails, every stream is told so: a console that no longer hears must not look calm.
        """
        try:
            async for _ in self._live.changes():
                for listener in self._everyone():
                    listener.wake.set()
            _log.error("the live side ended; the console no longer updates: restart the collector")
        except Exception:  # noqa: BLE001 - whatever it was: it is logged whole, and every page says so
            _log.exception(
                "the live side failed; the console no longer updates: restart the collector"
            )
        self._end("failed")

    def close(self) -> None:
        """End every stream: the collector stops. Pages then say that the connection is lost and try again."""
        self._end("closing")

    def listen(self, user: str) -> Listener:
        """Take in a stream. The user's oldest one is sent away when there are too many."""
        listener = Listener(gone_because=self._ended_because)
        mine = self._listeners[user]
        mine.append(listener)
        if len(mine) > STREAMS_PER_USER:
            mine.pop(0).send_away("replaced")
        return listener

    def leave(self, user: str, listener: Listener) -> None:
        """Forget a stream that has ended."""
        mine = self._listeners[user]
        if listener in mine:
            mine.remove(listener)
        if not mine:
            del self._listeners[user]

    async def events(
        self,
        user: str,
        *,
        layout: str,
        paint: Callable[[Standing], Awaitable[Picture]],
        still_welcome: Callable[[], bool],
    ) -> AsyncIterator[ServerSentEvent]:
        """Yield the events of one stream: `picture` (what changed), `beat`, and at last `gone` with the reason.

        `layout`: the id of the seat map the page already has. `still_welcome`: asked at every beat whether the web
        session still stands.
        """
        listener = self.listen(user)
        told = Told(layout)
        number = 0
        try:
            while not listener.gone_because:
                listener.wake.clear()
                standing = self.standing()
                changed = told.changes(await paint(standing))
                number += 1
                yield _event(
                    "picture" if changed else "beat", number, changed | {"now_us": standing.now_us}
                )
                await asyncio.sleep(SHORTEST_PAUSE_SECONDS)
                try:
                    async with asyncio.timeout(self._heartbeat_seconds):
                        await listener.wake.wait()
                except TimeoutError:
                    pass
                if not still_welcome():
                    listener.send_away("logged-out")
            yield _event("gone", number + 1, {"because": listener.gone_because})
        finally:
            self.leave(user, listener)

    def _everyone(self) -> list[Listener]:
        return [listener for mine in self._listeners.values() for listener in mine]

    def _end(self, because: str) -> None:
        self._ended_because = self._ended_because or because
        for listener in self._everyone():
            listener.send_away(because)


class Told:
    """What one page has been told, so that it is told only what is new."""

    def __init__(self, layout: str) -> None:
        self._layout = layout
        self._pieces: dict[str, object] = {}
        self._orders: dict[str, list[str]] = {}
        self._open_alerts = -1

    def changes(self, picture: Picture) -> dict[str, object]:
        """Return what the page needs to show `picture`, empty when it shows it already."""
        pieces = {
            key: piece.html
            for key, piece in picture.pieces.items()
            if not (key == "map" and picture.layout == self._layout)
            and self._is_new(key, piece.shows)
        }
        self._layout = picture.layout
        lists = {}
        for name, entries in picture.lists.items():
            fresh = {
                key: p.html for key, p in entries.items() if self._is_new(f"{name}/{key}", p.shows)
            }
            order = list(entries)
            if fresh or order != self._orders.get(name):
                lists[name] = {"order": order, "entries": fresh}
            for gone in set(self._orders.get(name, ())) - set(order):
                del self._pieces[f"{name}/{gone}"]
            self._orders[name] = order
        changed: dict[str, object] = {}
        if pieces or lists or picture.open_alerts != self._open_alerts:
            self._open_alerts = picture.open_alerts
            changed = {"pieces": pieces, "lists": lists, "open_alerts": picture.open_alerts}
        return changed

    def _is_new(self, key: str, shows: object) -> bool:
        if key in self._pieces and self._pieces[key] == shows:
            return False
        self._pieces[key] = shows
        return True


class EventStream(EventSourceResponse):
    """An event stream that drops a client which takes nothing, with one line in the program's log."""

    def __init__(self, events: AsyncIterator[ServerSentEvent], peer: str) -> None:
        # The beats are events of our own; the library's ping comments would only double them.
        super().__init__(events, ping=0, send_timeout=SEND_SECONDS)
        self._peer = peer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events until they end or the client is gone."""
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            _log.warning(
                "console page at %s takes no data for %g s; dropped", self._peer, SEND_SECONDS
            )


def _event(name: str, number: int, data: dict[str, object]) -> ServerSentEvent:
    return ServerSentEvent(json.dumps(data, ensure_ascii=False), event=name, id=str(number))
