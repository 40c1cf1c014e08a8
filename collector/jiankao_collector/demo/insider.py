"""Somebody at the collector who writes rulings into the evidence log himself, past the console.

The log takes records from several processes (docs/adr/0004), so nothing in the collector needs to play along.
"""

import asyncio
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from jiankao_collector.demo.steps import RulesUnfounded
from jiankao_collector.detectors.base import AlertKind
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_collector.evidence_log.writer import EvidenceLogWriter
from jiankao_proto.ids import AlertId
from jiankao_proto.records import AlertChanged, AlertRuled, RecordBody, Ruling


class Insider:
    """Rules on the alerts of the evidence log at `path`. Raises EvidenceLogError when there is none."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def rule(self, action: RulesUnfounded) -> None:
        """Rule one more alert unfounded. Raises EvidenceLogError."""
        await asyncio.to_thread(self._rule, action)

    def _rule(self, action: RulesUnfounded) -> None:
        with closing(EvidenceLogReader(self._path)) as reader:
            bodies = [r.body for r in reader.of_kinds(("alert_changed", "alert_ruled"))]
        ruling = next_ruling(bodies, action)
        if ruling is not None:
            with closing(EvidenceLogWriter(self._path)) as writer:
                writer.append([ruling], time.time_ns() // 1000)


def next_ruling(told: Iterable[RecordBody], action: RulesUnfounded) -> AlertRuled | None:
    """Return what he rules next: on the oldest alert he has not ruled on. None when there is none.

    `told`: alerts and rulings, in the order of the log.
    """
    alerts: dict[AlertId, AlertChanged] = {}
    ruled: set[AlertId] = set()
    for body in told:
        if isinstance(body, AlertChanged) and body.kind != AlertKind.RULINGS:
            alerts[body.alert_id] = body
        elif isinstance(body, AlertRuled) and body.user == action.user:
            ruled.add(body.alert_id)
    for alert_id, alert in alerts.items():
        if alert_id not in ruled:
            return AlertRuled(
                alert_id, alert.revision, Ruling.UNFOUNDED, action.user, action.reason
            )
    return None
