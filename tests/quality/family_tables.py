"""The tables about families of findings, and about plays that do not follow their script, from results."""

from collections import Counter
from collections.abc import Sequence

from jiankao_collector.detectors.base import Family
from tests.quality.attacks import Play, by_scene
from tests.quality.honest import HonestRoom
from tests.quality.results import ASKED_S
from tests.quality.tables import bold, is_in_time, rate, seconds, share, table
from tests.quality.varied import SHARES


def recall(plays: Sequence[Play], varied: Sequence[Play]) -> list[str]:
    """Return in how many of the plays that must show in a family it was a reason of an alert, and after how long."""
    rows = []
    for family in sorted({family for p in plays for family in p.must_show}):
        scenes = {p.scene for p in plays if family in p.must_show}
        cells = [f"`{family}`", str(len(scenes))]
        for of in (plays, varied):
            its = [p for p in of if family in p.must_show]
            told = [max(0.0, p.family_s[family] - p.sign_s) for p in its if family in p.family_s]
            cells += [bold(share(len(told), len(its)), missed=len(told) < len(its)), seconds(told)]
        found = sum(family in p.found for p in varied if family in p.must_show)
        rows.append((*cells, str(found)))
    head = (
        "Family",
        "Scenes",
        "As scripted",
        "s (median, longest)",
        "Varied",
        "s (median, longest)",
        "Varied: any finding",
    )
    return table(head, rows)


def unseen(plays: Sequence[Play]) -> list[str]:
    """Return which scenes missed which family, and how often."""
    missed = Counter((p.scene, family) for p in plays for family in p.must_show - p.family_s.keys())
    return [
        f"- `{scene}`: `{family}` in {count} of {sum(p.scene == scene for p in plays)}"
        for (scene, family), count in sorted(missed.items())
    ] or ["None in this run."]


def varied_scenes(plays: Sequence[Play]) -> list[str]:
    """Return the table of varied plays by scene."""
    return table(
        ("Scene", *_HEAD), [(f"`{name}`", *_row(its)) for name, its in by_scene(plays).items()]
    )


def by_trait(plays: Sequence[Play]) -> list[str]:
    """Return the table of varied plays by what they drew; a play counts in every row that holds for it."""
    groups = {"late and with gaps, nothing else": [p for p in plays if not p.traits]}
    groups |= {trait: [p for p in plays if trait in (p.traits or ())] for trait in SHARES}
    groups["renamed, no version details"] = [
        p for p in plays if {"renamed", "no version details"} <= (p.traits or frozenset())
    ]
    groups["all"] = list(plays)
    return table(("Plays", *_HEAD), [(name, *_row(its)) for name, its in groups.items()])


_HEAD = (
    "All expected kinds told",
    "Any of them",
    f"First within {ASKED_S:g} s",
    "First alert, s (median, longest)",
)


def _row(its: Sequence[Play]) -> tuple[str, ...]:
    counts = (
        sum(p.caught for p in its),
        sum(p.delay_s is not None for p in its),
        sum(map(is_in_time, its)),
    )
    return (
        *(bold(share(n, len(its)), missed=n < len(its)) for n in counts),
        seconds([p.delay_s for p in its if p.delay_s is not None]),
    )


def false_by_family(rooms: Sequence[HonestRoom]) -> list[str]:
    """Return false alerts per candidate-hour by the families under them; one alert can count in several."""
    hours = sum(sum(room.hours.values()) for room in rooms)
    counts = Counter(family for room in rooms for a in room.alerts for family in a.families)
    return table(
        ("Family", "False alerts with such a reason", "Per candidate-hour"),
        [(f"`{f.value}`", str(counts[f.value]), rate(counts[f.value], hours)) for f in Family],
    )
