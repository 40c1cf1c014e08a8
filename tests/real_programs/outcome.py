"""What the evidence log says of a run: which findings, at which seat, how long after what."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_proto.records import AlertChanged
from tests.real_programs.scene import Scene
from tests.support.exam_room import Collector

FOLDER = Path(__file__).parents[2] / "output" / "real-programs"
COUNTED = ("remote_control", "injected_input")
"""The kinds of alert that tell a proctor of remote control; a sensor in trouble is not one."""
WITHIN_S = 8
_QUIET_S = 2


@dataclass(frozen=True)
class FindingSeen:
    """One finding under an alert, and when the alert first said so, in milliseconds."""

    alert: str
    kind: str
    reason_en: str
    after_start_ms: int
    after_connection_ms: int


@dataclass(frozen=True)
class Outcome:
    """One run. `alert_ms`: from the program's start to the first alert; None when there was none."""

    program: str
    variant: str
    alert_ms: int | None
    findings: tuple[FindingSeen, ...]
    elsewhere: tuple[str, ...]
    """Seats that nobody drove and that had an alert all the same."""
    known_miss: str = ""

    def keep(self) -> None:
        """Write it where the report reads it."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        name = f"{self.program} {self.variant}".replace("/", "-").replace(" ", "_")
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def watch(scene: Scene, program: str, variant: str, known_miss: str) -> Outcome:
    """Wait until the alerts have come and are quiet, or for some seconds in vain."""
    deadline = time.monotonic() + WITHIN_S
    seen, changed = _alerts(scene.room.collector), time.monotonic()
    while time.monotonic() < deadline:
        now = _alerts(scene.room.collector)
        if len(now) != len(seen):
            seen, changed = now, time.monotonic()
        here = any(a.seat == scene.seat.name and a.kind in COUNTED for _, a in seen)
        if here and time.monotonic() - changed > _QUIET_S:
            break
        time.sleep(0.1)
    return _outcome(scene, seen, program, variant, known_miss)


def _outcome(
    scene: Scene,
    alerts: list[tuple[int, AlertChanged]],
    program: str,
    variant: str,
    known_miss: str,
) -> Outcome:
    found: dict[tuple[str, str, str], FindingSeen] = {}
    first_us: int | None = None
    for recorded_us, alert in alerts:
        if alert.seat != scene.seat.name or alert.kind not in COUNTED:
            continue
        first_us = first_us or recorded_us
        for finding in alert.findings:
            found.setdefault(
                (alert.kind, finding.kind, finding.subject),
                FindingSeen(
                    alert.kind,
                    finding.kind,
                    finding.reason_en,
                    (recorded_us - scene.started_us) // 1000,
                    (recorded_us - scene.connected_us) // 1000,
                ),
            )
    others = sorted({a.seat for _, a in alerts if a.seat != scene.seat.name})
    return Outcome(
        program,
        variant,
        None if first_us is None else (first_us - scene.started_us) // 1000,
        tuple(found.values()),
        tuple(others),
        known_miss,
    )


def _alerts(collector: Collector) -> list[tuple[int, AlertChanged]]:
    """Return every revision of every alert with the time it was committed."""
    reader = EvidenceLogReader(collector.data / "evidence.sqlite")
    try:
        return [
            (record.recorded_at_us, record.body)
            for record in reader.of_kinds(("alert_changed",))
            if isinstance(record.body, AlertChanged)
        ]
    finally:
        reader.close()
