"""The pages of whoever is logged in: the room, a seat, acknowledging an alert, and the stream that keeps them live."""

import asyncio
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from jiankao_collector.console.access import Role
from jiankao_collector.console.context import ConsoleContext
from jiankao_collector.console.feed import EventStream, Feed
from jiankao_collector.console.login import record
from jiankao_collector.console.painter import Painter, Picture, Piece
from jiankao_collector.console.protection import check_form_token, check_origin, read_form
from jiankao_collector.console.refusals import RefusalError
from jiankao_collector.console.rendering import Renderer
from jiankao_collector.console.standing import AlertShown, Standing
from jiankao_collector.console.timeline import lines, sensor_reasons
from jiankao_collector.console.visitors import Viewer, peer_of, viewer_of, words_for
from jiankao_collector.console.wording import Language, Words
from jiankao_collector.errors import EvidenceLogError
from jiankao_collector.rulings import about_whom
from jiankao_collector.scoring.seats import SeatState, SeatView
from jiankao_proto.errors import MalformedError
from jiankao_proto.ids import AlertId
from jiankao_proto.records import AlertAcknowledged, Record

LONGEST_NOTE = 500
"""Characters of a note."""
NEWEST_RECORDS = 600
"""Records a seat's timeline is made from: ten minutes of a talkative agent."""
TIMELINE_EVERY_US = 2_000_000
"""A stream reads the evidence log for its timeline no more often than this."""


class Stranger(Exception):  # noqa: N818 - not an error: the way to the log-in page
    """Nobody is logged in."""


class Pages:
    """What a user sees and does."""

    def __init__(self, console: ConsoleContext, renderer: Renderer, feed: Feed) -> None:
        self._console = console
        self._renderer = renderer
        self._feed = feed
        self._painters = {language: Painter(renderer, Words(language)) for language in Language}
        self._reading = asyncio.Lock()

    async def room(self, request: Request) -> Response:
        """GET /: the seat map and the alerts."""
        _, words = self.enter(request)
        picture = Painter(self._renderer, words).room(self._feed.standing())
        return self.page(request, "room.html", picture)

    async def seat(self, request: Request) -> Response:
        """GET /seat?room=&seat=: one seat, explained."""
        _, words = self.enter(request)
        standing = self._feed.standing()
        seat = self._seat(request, standing)
        picture = Painter(self._renderer, words).seat(standing, seat)
        picture.pieces.update(await self._from_the_log(seat, words))
        return self.page(request, "seat.html", picture, seat=seat)

    async def stream(self, request: Request) -> Response:
        """GET /stream: events for the room's page, or with room and seat for that seat's page."""
        viewer, words = self.enter(request)
        if "seat" in request.query_params:
            asked = _asked_seat(request)
            painter = Painter(self._renderer, words)
            read_us, from_the_log = 0, dict[str, Piece]()

            async def paint(standing: Standing) -> Picture:
                nonlocal read_us, from_the_log
                seat = standing.seat(*asked)
                if seat is None:
                    return Picture(open_alerts=len(standing.unacknowledged()))
                if not 0 <= standing.now_us - read_us < TIMELINE_EVERY_US:
                    read_us, from_the_log = standing.now_us, await self._from_the_log(seat, words)
                picture = painter.seat(standing, seat)
                picture.pieces.update(from_the_log)
                return picture

        else:
            shared = self._painters[words.language]

            async def paint(standing: Standing) -> Picture:
                return shared.room(standing)

        access, clock = self._console.access, self._console.clock
        events = self._feed.events(
            viewer.user.name,
            layout=request.query_params.get("layout", ""),
            paint=paint,
            still_welcome=lambda: access.user_of(viewer.token, clock()) is not None,
        )
        return EventStream(events, peer_of(request))

    async def alive(self, request: Request) -> Response:
        """GET /alive: whether the web session still stands, for a page that lost its stream."""
        return Response(status_code=204 if viewer_of(self._console, request) else 401)

    async def acknowledge_form(self, request: Request) -> Response:
        """GET /acknowledge?alert=: the form, for a browser that runs no script."""
        self.enter(request)
        shown = self.alert(request.query_params.get("alert", ""))
        return self.page(request, "acknowledge.html", None, shown=shown)

    async def acknowledge(self, request: Request) -> Response:
        """POST /acknowledge: a record in the evidence log, with a note."""
        check_origin(request)
        viewer, _ = self.enter(request)
        fields = await read_form(request)
        check_form_token(request, fields, viewer.form_token)
        if viewer.user.role is Role.AUDITOR:
            raise RefusalError(403, "error.role")
        shown = self.alert(fields.get("alert", ""))
        if viewer.user.name in about_whom(shown.alert):
            raise RefusalError(403, "error.about_you")
        note = fields.get("note", "").strip()
        if len(note) > LONGEST_NOTE:
            raise RefusalError(400, "error.note_too_long", n=LONGEST_NOTE)
        appended = await record(
            self._console, AlertAcknowledged(shown.alert.alert_id, viewer.user.name, note)
        )
        if wants_json(request):
            return JSONResponse({"record": appended.record.number})
        return RedirectResponse("/", status_code=303)

    def enter(self, request: Request) -> tuple[Viewer, Words]:
        """Return who is logged in, and the words of that person's language. Raises Stranger."""
        viewer = viewer_of(self._console, request)
        if viewer is None:
            raise Stranger
        return viewer, words_for(request, viewer)

    def _seat(self, request: Request, standing: Standing) -> SeatView:
        room, name, workstation = _asked_seat(request)
        seat = standing.seat(room, name, workstation)
        if seat is None:
            raise RefusalError(404, "error.no_seat", seat=f"{room} {name}".strip()[:200])
        return seat

    def alert(self, text: str) -> AlertShown:
        """Return an alert by the id a browser sent. Raises RefusalError when there is none."""
        try:
            alert_id = AlertId(text)
        except MalformedError:
            raise RefusalError(404, "error.no_alert", id=text[:64]) from None
        standing = self._feed.standing()
        for shown in (*standing.unacknowledged(), *standing.acknowledged()):
            if shown.alert.alert_id == alert_id:
                return shown
        raise RefusalError(404, "error.no_alert", id=text[:64])

    async def _from_the_log(self, seat: SeatView, words: Words) -> dict[str, Piece]:
        """Paint what only the evidence log can tell of a seat."""
        records: list[Record] = []
        failed = False
        if seat.workstation_id is not None:
            try:
                async with self._reading:
                    records = await asyncio.to_thread(
                        self._console.timeline, seat.workstation_id, NEWEST_RECORDS
                    )
            except EvidenceLogError:
                # Said on the page itself: the seat's state is still worth seeing.
                failed = True
        told, reasons = lines(records, words), sensor_reasons(records)
        return {
            "timeline": self._piece(
                "timeline.html", words, (told, failed), lines=told, failed=failed
            ),
            "sensor-reasons": self._piece("sensor_reasons.html", words, reasons, reasons=reasons),
        }

    def _piece(self, template: str, words: Words, shows: object, **values: object) -> Piece:
        html = self._renderer.render(template, words, **values)
        return Piece(shows, Markup(html))  # noqa: S704 - what the autoescaping templates made

    def page(
        self, request: Request, template: str, picture: Picture | None, **values: object
    ) -> HTMLResponse:
        """Return a whole page for whoever is logged in. Raises Stranger."""
        viewer, words = self.enter(request)
        query = f"?{urlencode(request.query_params.multi_items())}" if request.query_params else ""
        html = self._renderer.render(
            template,
            words,
            viewer=viewer,
            back=request.url.path + query,
            picture=picture,
            states=SeatState,
            now_us=self._console.clock(),
            heartbeat_seconds=self._console.heartbeat_seconds,
            longest_note=LONGEST_NOTE,
            may_acknowledge=viewer.user.role is not Role.AUDITOR,
            **values,
        )
        return HTMLResponse(html)


def _asked_seat(request: Request) -> tuple[str, str, str]:
    query = request.query_params
    return query.get("room", ""), query.get("seat", ""), query.get("workstation", "")


def wants_json(request: Request) -> bool:
    """Whether the page's script is asking, not a person following a link or sending a form."""
    return "application/json" in request.headers.get("accept", "")
