"""Judges public recordings that lie in a folder of the reader's own."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from jiankao_collector.assessment import Rules
from jiankao_collector.recordings.assessing import Progress, assess

FOLDER = "telemetry_dev"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of one recording. `kinds`: alerts of each kind; `findings`: what stands under them."""

    name: str
    format: str
    records: int
    unusable: int
    computers: int
    alerts: int
    kinds: dict[str, int]
    findings: dict[str, int]


def judge_folder(folder: Path, rules: Rules) -> list[Recorded]:
    """Judge every recording of a reference folder. Raises ConfigurationError when one cannot be read."""
    return [judge(path, rules) for path in sorted((folder / FOLDER).glob("*.jsonl*"))]


def judge(path: Path, rules: Rules) -> Recorded:
    """Judge one recording."""
    silent = Progress(lambda _: None, lambda records, _: records)
    done = assess(path, None, rules, b"", silent)
    return Recorded(
        path.name,
        done.format.value,
        done.records,
        done.bad.count,
        len(done.judge.computers),
        len(done.alerts),
        dict(Counter(a.kind for a in done.alerts)),
        dict(Counter(f"{f.detector}/{f.kind}" for a in done.alerts for f in a.findings)),
    )
