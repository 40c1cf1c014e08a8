"""Alerts ruled unfounded faster than anybody can look: found for the room, for others to see.

The case is an insider who clears a room with a row of rulings. What is found is about the person who ruled, not about a
candidate, and that person's own ruling on it counts for nothing. Pure; what it remembers is bounded.
"""

from collections import OrderedDict
from collections.abc import Mapping

from jiankao_collector.detectors.base import AlertKind, Family, Finding
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import shown, spaced
from jiankao_collector.scoring.rings import Found
from jiankao_proto.ids import AlertId
from jiankao_proto.records import AlertChanged, AlertRuled, Ruling, Severity

NAME = "hasty_rulings"
WITHIN_US = 60_000_000
MANY = 5
"""Alerts one person rules unfounded within a minute, twelve seconds each, of any rooms."""
EVERY = 3
"""The same where they are all the alerts their room has: twenty seconds each, and nothing is left to look at."""
PEOPLE_KEPT = 256
ALERTS_KEPT = 256
"""Of one person within a minute; of more, the oldest are forgotten."""

_EVERY_ZH, _EVERY_EN = "（本考场的全部告警）", ", every one this room has"
_ZH = (
    "{person}在 {seconds} 秒内把 {n} 条告警认定为不属实{every}，来不及逐条查看；同一原因（如交换机断电）造成的多条告警"
    "也会这样认定。请另一人查看这些告警，此人对本告警的认定不算数"
)
_EN = (
    "{person} ruled {n} alerts unfounded within {seconds} s{every}: nobody can have looked at each; one cause of many "
    "alerts, such as a switch without power, is ruled on like this too. Another person should look at them; what "
    "{person} rules on this alert does not count"
)


class HastyRulings:
    """Follows how fast people rule alerts unfounded."""

    def __init__(self) -> None:
        self._recent: OrderedDict[str, OrderedDict[AlertId, int]] = OrderedDict()

    def take(
        self, ruled: AlertRuled, alerts: Mapping[AlertId, AlertChanged], at_us: int, number: int
    ) -> Found:
        """Take in a ruling, record `number`, and say what is found of the rooms concerned.

        `alerts`: the latest revision of each that was told; a ruling on any other says nothing.
        """
        found = Found()
        alert = alerts.get(ruled.alert_id)
        if alert is None or ruled.ruling is not Ruling.UNFOUNDED or alert.kind == AlertKind.RULINGS:
            return found
        recent = self._of(ruled.user, at_us)
        recent[ruled.alert_id] = at_us
        recent.move_to_end(ruled.alert_id)
        if len(recent) > ALERTS_KEPT:
            recent.popitem(last=False)
        every = _is_every(alert, recent, alerts)
        if len(recent) >= MANY:
            rooms = sorted({alerts[alert_id].room for alert_id in recent})
        else:
            rooms = [alert.room] if every else []
        for room in rooms:
            whole = every and room == alert.room
            found.at_rooms.append((room, _finding(ruled.user, recent, at_us, number, every=whole)))
        return found

    def _of(self, user: str, at_us: int) -> OrderedDict[AlertId, int]:
        """Return what a person ruled unfounded within the last minute, the oldest first."""
        recent = self._recent.setdefault(user, OrderedDict())
        self._recent.move_to_end(user)
        if len(self._recent) > PEOPLE_KEPT:
            self._recent.popitem(last=False)
        while recent and at_us - next(iter(recent.values())) > WITHIN_US:
            recent.popitem(last=False)
        return recent


def _is_every(
    alert: AlertChanged, recent: Mapping[AlertId, int], alerts: Mapping[AlertId, AlertChanged]
) -> bool:
    """Tell whether all alerts of a room and exam session were ruled on, and there were enough of them."""
    if len(recent) < EVERY:
        return False
    here = [
        it.alert_id
        for it in alerts.values()
        if (it.room, it.exam_session_id) == (alert.room, alert.exam_session_id)
        and it.kind != AlertKind.RULINGS
    ]
    return len(here) >= EVERY and all(alert_id in recent for alert_id in here)


def _finding(
    user: str, recent: Mapping[AlertId, int], at_us: int, number: int, *, every: bool
) -> Finding:
    person = shown(user)
    seconds = max(1, -(-(at_us - next(iter(recent.values()))) // 1_000_000))
    values = {"n": len(recent), "seconds": seconds}
    return Finding(
        detector=NAME,
        kind=NAME,
        family=Family.TAMPER,
        alert=AlertKind.RULINGS,
        severity=Severity.WARNING,
        weight=Weight.HASTY_RULINGS,
        alone=True,
        subject=user,
        reason_zh=_ZH.format(person=spaced(person), every=_EVERY_ZH if every else "", **values),
        reason_en=_EN.format(person=person, every=_EVERY_EN if every else "", **values),
        at_us=at_us,
        record_number=number,
    )
