"""The tables of docs/detection-quality.md, from results."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from statistics import median

from jiankao_collector.demo.scenes.catalogue import SCENES
from tests.quality.attacks import AnsweredPlay, Play, by_scene
from tests.quality.honest import HonestRoom
from tests.quality.intervals import Interval, of_rate, of_share
from tests.quality.recorded import Recorded
from tests.quality.results import ASKED_S, Programs

_LISTED = 40


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table."""
    return ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"] + [
        "| " + " | ".join(row) + " |" for row in rows
    ]


def share(hits: int, tries: int) -> str:
    """Return a share with its interval."""
    low, high = of_share(hits, tries)
    return f"{hits} of {tries} ({100 * low:.1f}–{100 * high:.1f} %)"


def rate(events: int, hours: float) -> str:
    """Return a rate per hour with its interval."""
    found: Interval = of_rate(events, hours)
    return f"{events / hours:.4f} ({found.low:.4f}–{found.high:.4f})" if hours else "–"


def seconds(values: Sequence[float]) -> str:
    """Return the median and the longest of some times."""
    return f"{median(values):.1f}, {max(values):.1f}" if values else "–"


def is_in_time(play: Play) -> bool:
    """Tell whether an alert of an expected kind came within what is asked."""
    return play.delay_s is not None and play.delay_s <= ASKED_S


def scenes(plays: Sequence[Play]) -> list[str]:
    """Return the table of scenes; what misses its target is in bold."""
    titles = {scene.id: scene.title_en for scene in SCENES}
    rows = []
    for name, its in by_scene(plays).items():
        caught = sum(p.caught for p in its)
        in_time = sum(is_in_time(p) for p in its)
        said = sorted({family for p in its for family in p.families})
        rows.append(
            (
                titles.get(name, name),
                f"`{name}`" if name in titles else name,
                bold(share(caught, len(its)), missed=caught < len(its)),
                bold(share(in_time, len(its)), missed=in_time < len(its)),
                seconds([p.delay_s for p in its if p.delay_s is not None]),
                seconds([p.complete_s for p in its if p.complete_s is not None]),
                ", ".join(said) or "–",
            )
        )
    head = (
        "Scene",
        "Id",
        "All expected kinds told",
        f"First within {ASKED_S:g} s",
        "First alert, s (median, longest)",
        "All kinds, s (median, longest)",
        "Families under the alerts",
    )
    return table(head, rows)


def kinds(plays: Sequence[Play]) -> list[str]:
    """Return recall and time by kind of alert."""
    rows = []
    for kind in sorted({kind for p in plays for kind in p.expected}):
        its = [p for p in plays if kind in p.expected]
        times = [max(0.0, p.told_s[kind] - p.sign_s) for p in its if kind in p.told_s]
        rows.append((f"`{kind}`", share(len(times), len(its)), seconds(times)))
    return table(("Kind of alert", "Told", "After the sign, s (median, longest)"), rows)


def rings(plays: Sequence[Play]) -> list[str]:
    """Return the table of rooms in which several seats are driven."""
    rows = []
    for name, its in by_scene(plays).items():
        caught = sum(p.caught for p in its)
        times = [p.delay_s for p in its if p.delay_s is not None]
        late = any(not is_in_time(p) for p in its)
        rows.append(
            (
                name,
                bold(share(caught, len(its)), missed=caught < len(its)),
                bold(seconds(times), missed=late and bool(times)),
            )
        )
    return table(("Scene at four seats", "Room's alert", "s (median, longest)"), rows)


def answered(plays: Sequence[AnsweredPlay]) -> list[str]:
    """Return the table of answers against hands."""
    by_way: dict[tuple[float, bool], list[AnsweredPlay]] = defaultdict(list)
    for play in plays:
        by_way[play.skew_s, play.live].append(play)
    rows = []
    for (skew_s, live), its in by_way.items():
        told = [s for p in its for s in p.told_after_s]
        driven = sum(p.driven for p in its)
        hours = sum(p.honest_hours for p in its)
        rows.append(
            (
                f"{skew_s:+g} s",
                "as they come" if live else "after the exam",
                bold(share(len(told), driven), missed=len(told) < driven),
                seconds(told) if live else "–",
                bold(
                    f"{sum(p.accused for p in its)} in {hours:g} h",
                    missed=any(p.accused for p in its),
                ),
                str(sum(p.fast_accused for p in its)),
            )
        )
    head = (
        "Clocks differ by",
        "Answer times told",
        "Told",
        "s after the first answer",
        "Honest accused",
        "of them very fast",
    )
    return table(head, rows)


def honest(rooms: Sequence[HonestRoom]) -> list[str]:
    """Return hours and false alerts by scene; those of whole rooms have a line of their own."""
    titles = {scene.id: scene.title_en for scene in SCENES}
    hours: Counter[str] = Counter()
    for room in rooms:
        hours.update(room.hours)
    alerts = Counter(alert.scene for room in rooms for alert in room.alerts)
    rows = [
        (titles.get(name, name), f"{its:.0f}", str(alerts[name]), rate(alerts[name], its))
        for name, its in hours.items()
    ]
    total, every = sum(hours.values()), sum(alerts.values())
    if alerts[""]:
        rows.append(("The room as a whole", "", str(alerts[""]), ""))
    rows.append(("**All**", f"**{total:.0f}**", f"**{every}**", f"**{rate(every, total)}**"))
    return table(("Scene", "Hours", "Alerts", "Per candidate-hour"), rows)


def aids(rooms: Sequence[HonestRoom], elsewhere: Sequence[Play]) -> list[str]:
    """Return for each aid the false alerts where it is permitted, and how often it is told where it is not."""
    titles = {scene.id: scene.title_en for scene in SCENES}
    rows = []
    for name, its in by_scene(elsewhere).items():
        hours = sum(room.hours.get(name, 0.0) for room in rooms)
        alerts = sum(alert.scene == name for room in rooms for alert in room.alerts)
        told = sum(p.caught for p in its)
        rows.append(
            (
                titles.get(name, name),
                f"{hours:.0f}",
                bold(rate(alerts, hours), missed=bool(alerts)),
                bold(share(told, len(its)), missed=told < len(its)),
                seconds([p.delay_s for p in its if p.delay_s is not None]),
            )
        )
    head = (
        "Aid",
        "Permitted, hours",
        "False alerts an hour",
        "Not permitted at this seat: told",
        "First alert, s (median, longest)",
    )
    return table(head, rows)


def false_alerts(rooms: Sequence[HonestRoom]) -> list[str]:
    """Return the list of false alerts, the first of them at least."""
    alerts = [alert for room in rooms for alert in room.alerts]
    lines = [
        f"- `{a.kind}` in {a.scene or 'the room'}, seed {a.seed}, {'a' if a.policy else 'no'} policy:"
        f" {', '.join(sorted(set(a.findings)))}"
        for a in alerts[:_LISTED]
    ]
    if len(alerts) > _LISTED:
        lines.append(f"- and {len(alerts) - _LISTED} more")
    return lines or ["None in this run."]


def recorded(recordings: Sequence[Recorded]) -> list[str]:
    """Return the table of recordings."""
    rows = [
        (
            f"`{r.name}`",
            r.format,
            f"{r.records:,}",
            f"{r.unusable:,}",
            str(r.computers),
            str(r.alerts),
            _counted(r.kinds),
            _counted(r.findings),
        )
        for r in recordings
    ]
    head = (
        "File",
        "Of",
        "Records",
        "Unusable",
        "Computers",
        "Alerts",
        "Kinds",
        "Findings",
    )
    return table(head, rows)


def programs(found: Programs) -> list[str]:
    """Return the table of real programs."""
    rows = [
        (variant, bold(share(found.seen[variant], tried), missed=found.seen[variant] < tried))
        for variant, tried in found.tried.items()
    ]
    return table(("Program", "Seen"), rows)


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in sorted(counts.items())) or "–"


def bold(text: str, *, missed: bool) -> str:
    """Return a cell, in bold when it misses its target."""
    return f"**{text}**" if missed else text
