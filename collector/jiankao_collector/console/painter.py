"""From how things stand to pieces of HTML with an id each: what a page shows, and what a stream sends when it changes.

Pages and streams use the same pieces, so a page that was just loaded and one that has listened for two hours show the
same. Pieces are painted again only when what they show has changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil

from markupsafe import Markup

from jiankao_collector.console.policies import policy_of
from jiankao_collector.console.rendering import Renderer, element_id
from jiankao_collector.console.seating import WIDEST_ROW, natural_order, rows
from jiankao_collector.console.standing import AlertShown, Standing
from jiankao_collector.console.wording import Words
from jiankao_collector.scoring.seats import SeatState, SeatView
from jiankao_proto.records import Severity

MOST_OPEN = 60
"""Unacknowledged alerts in the list; the seats' badges tell of the others."""
MOST_SEEN = 30
"""Acknowledged alerts in the list."""
MOST_FINDINGS = 40


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of HTML. It has changed when its `shows` has: that is what it was painted from, and nothing else."""

    shows: object
    html: Markup


@dataclass(frozen=True, slots=True)
class Picture:
    """All pieces of a page: single ones by id, and the ordered entries of its lists."""

    pieces: dict[str, Piece] = field(default_factory=dict)
    lists: dict[str, dict[str, Piece]] = field(default_factory=dict)
    open_alerts: int = 0
    layout: str = ""
    """Names the seat map's arrangement; equal when the same seats stand in the same places."""


class Painter:
    """Paints pictures in one language."""

    def __init__(self, renderer: Renderer, words: Words) -> None:
        self._renderer = renderer
        self._words = words
        self._painted: dict[str, Piece] = {}

    def room(self, standing: Standing) -> Picture:
        """Paint the seat map, the alert lists and the lines above them."""
        before, self._painted = self._painted, {}
        badges = standing.badges()
        tiles = {
            seat_id(s): self._tile(before, s, badges[s.room, s.seat], standing)
            for s in standing.seats
        }
        unacknowledged, acknowledged = standing.unacknowledged(), standing.acknowledged()
        pieces = {
            "exam-session": self._exam_sessions(before, standing),
            "judging": self._judging(before, standing),
            "summary": self._summary(before, standing),
            "alerts-count": self._piece(
                before,
                "alerts-count",
                "alerts_count.html",
                len(unacknowledged),
                standing,
                unacknowledged=len(unacknowledged),
                hidden=max(0, len(unacknowledged) - MOST_OPEN),
            ),
            "alerts-seen-count": self._piece(
                before,
                "alerts-seen-count",
                "alerts_seen_count.html",
                len(acknowledged),
                standing,
                acknowledged=len(acknowledged),
            ),
            "map": self._map(before, standing, tiles),
        }
        return Picture(
            pieces | tiles,
            {
                "alerts-open": self._entries(before, unacknowledged[:MOST_OPEN], standing),
                "alerts-seen": self._entries(before, acknowledged[:MOST_SEEN], standing),
            },
            len(unacknowledged),
            element_id("layout", repr(pieces["map"].shows)),
        )

    def seat(self, standing: Standing, seat: SeatView) -> Picture:
        """Paint one seat's page, except its timeline."""
        before, self._painted = self._painted, {}
        alerts = standing.alerts_of(seat)[: MOST_OPEN + MOST_SEEN]
        policy = policy_of(standing.exam_session_of(seat), seat)
        pieces = {
            "exam-session": self._exam_sessions(before, standing),
            "judging": self._judging(before, standing),
            "seat-head": self._piece(
                *(before, "seat-head", "seat_head.html", (seat, policy), standing),
                seat=seat,
                policy=policy,
            ),
            "seat-findings": self._piece(
                before,
                "seat-findings",
                "seat_findings.html",
                (seat.score, seat.findings),
                standing,
                seat=seat,
                findings=sorted(seat.findings, key=lambda f: (-f.points, -f.last_us))[
                    :MOST_FINDINGS
                ],
            ),
            "seat-sensors": self._piece(
                before,
                "seat-sensors",
                "seat_sensors.html",
                seat.sensors,
                standing,
                sensors=seat.sensors,
            ),
            "seat-no-alerts": self._piece(
                before,
                "seat-no-alerts",
                "seat_no_alerts.html",
                bool(alerts),
                standing,
                none=not alerts,
            ),
        }
        return Picture(
            pieces,
            {"seat-alerts": self._entries(before, alerts, standing, unfolded=True)},
            len(standing.unacknowledged()),
        )

    def _tile(
        self, before: dict[str, Piece], seat: SeatView, badge: int, standing: Standing
    ) -> Piece:
        # A tile says nothing of the last word heard while all is well: it must not change every second.
        shows = (
            *(seat.room, seat.seat, seat.hostname, seat.candidate, seat.state, seat.score),
            *(seat.simulated, badge, seat.last_seen_us if seat.state is SeatState.SILENT else 0),
            seat.judged,
        )
        return self._piece(
            before, seat_id(seat), "tile.html", shows, standing, seat=seat, badge=badge
        )

    def _map(self, before: dict[str, Piece], standing: Standing, tiles: dict[str, Piece]) -> Piece:
        # Two workstations may claim one place; then both are shown, so that neither hides behind the other.
        by_room: dict[str, dict[str, list[SeatView]]] = {}
        for seat in standing.seats:
            by_room.setdefault(seat.room, {}).setdefault(seat.seat, []).append(seat)
        rooms = [
            (
                room,
                [
                    (row.label, [s for name in row.seats for s in seats[name]])
                    for row in rows(seats)
                ],
            )
            for room, seats in sorted(by_room.items(), key=lambda item: natural_order(item[0]))
        ]
        columns = {
            room: min(WIDEST_ROW, max(len(seats) for _, seats in lines)) for room, lines in rooms
        }
        shows = tuple(
            (room, tuple((label, tuple(seat_id(s) for s in seats)) for label, seats in lines))
            for room, lines in rooms
        )
        html = {key: piece.html for key, piece in tiles.items()}
        known = before.get("map")
        if known and known.shows == shows:
            # The map's own HTML holds tiles of an earlier moment, but it is only ever sent beside the tiles of now.
            self._painted["map"] = known
            return known
        return self._piece(
            before,
            "map",
            "map.html",
            shows,
            standing,
            columns=columns,
            rooms=rooms,
            tiles=html,
            seat_id=seat_id,
        )

    def _exam_sessions(self, before: dict[str, Piece], standing: Standing) -> Piece:
        opened = tuple(standing.exam_sessions)
        refusals = dict(standing.policy_refusals)
        return self._piece(
            *(before, "exam-session", "exam_session.html"),
            (opened, tuple(refusals.items())),
            standing,
            exam_sessions=opened,
            refusals=refusals,
        )

    def _judging(self, before: dict[str, Piece], standing: Standing) -> Piece:
        again = standing.judging_again
        left_s = None if again is None or again.left_s is None else ceil(again.left_s)
        shows = (again.percent, left_s) if again else None
        return self._piece(
            before, "judging", "judging.html", shows, standing, again=again, left_s=left_s
        )

    def _summary(self, before: dict[str, Piece], standing: Standing) -> Piece:
        states = tuple(standing.states())
        return self._piece(
            before,
            "summary",
            "summary.html",
            states,
            standing,
            states=states,
            seats=len(standing.seats),
        )

    def _entries(
        self,
        before: dict[str, Piece],
        alerts: Iterable[AlertShown],
        standing: Standing,
        *,
        unfolded: bool = False,
    ) -> dict[str, Piece]:
        return {
            key: self._piece(
                before,
                key,
                "alert.html",
                shown,
                standing,
                shown=shown,
                alert=shown.alert,
                severity=Severity(shown.alert.severity),
                findings=sorted(shown.alert.findings, key=lambda f: (-f.points, -f.last_us))[
                    :MOST_FINDINGS
                ],
                unfolded=unfolded,
            )
            for shown in alerts
            for key in (element_id("alert", shown.alert.alert_id.value),)
        }

    def _piece(
        self,
        before: dict[str, Piece],
        key: str,
        template: str,
        shows: object,
        standing: Standing,
        **values: object,
    ) -> Piece:
        known = before.get(key)
        if known is None or known.shows != shows:
            html = self._renderer.render(
                template, self._words, key=key, now_us=standing.now_us, **values
            )
            known = Piece(shows, Markup(html))  # noqa: S704 - what the autoescaping templates made
        self._painted[key] = known
        return known


def seat_id(seat: SeatView) -> str:
    """Return the HTML id of a seat's tile."""
    return element_id("seat", seat.room, seat.seat, str(seat.workstation_id or ""))
