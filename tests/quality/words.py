"""The page around the tables."""

from tests.quality import by_tool, family_tables, tables
from tests.quality.attacks import DRIVEN_TOGETHER, HONEST_BESIDE, LOST, PACES_S, by_scene
from tests.quality.intervals import of_rate
from tests.quality.results import ASKED_HOURS, ASKED_RATE, ASKED_S, Results

_HEAD = """\
# How well jiankao judges

Made by `make quality`; nothing but the words around the tables is written by hand. What misses its target is in bold.
Intervals hold the true figure 95 times of 100: Wilson's for shares, the exact Poisson one for rates. They speak of the
dice inside these scripts, not of cases nobody thought of: the plays of a scene differ in their seeds, and in what is
seen of them where they are varied, and the same people wrote scenes, variations and rules. Judge by recordings of your
own as well ([assess.md](assess.md)).
"""
_SCENES = """\
Scripts of the simulated room after public cases, judged in scene time by the rules that judge live, {plays} plays,
half with a network policy. Observations arrive here at once; a real agent sends what is urgent within milliseconds and
the rest within a second ([footprint.md](footprint.md)), which is not in these times. The sign is the first thing of the
attack that the agent reports at once or that is done to the agent itself; an alert from what was prepared before
counts as 0 s. "First" is the first alert of a kind that the scene must lead to.

A cable that is pulled ends the stream 1.5 to 2.5 s later, depending on when the collector asked last whether the seat
is there, and is told 2 s after that if the seat is not back ([0018](adr/0018-a-pulled-cable-is-asked-for.md); with a
real cable: `tests/end_to_end/test_pulled_cable.py`). What happened behind it (`phone-tether`) is told when it arrives:
at once when the cable is back, four minutes after it came out.
"""
_VARIED = """\
Each play above once more, not as its script says. In all of them what is urgent comes up to 0.3 s late, the rest up to
1.2 s, each sensor for itself, so that the order changes; one fact in fifty is held up by up to 2 s more, with what
comes after it; 3 % of new programs, 3 % of connections and 2 % of the seconds of input are never told. Half the plays
rename the programs that are not an ordinary seat's, and their folders. In 30 % no program's name for itself can be
read, in 30 % no signer, in 15 % no path, and in 25 % not whose a socket is. Time runs from when it happened, as above.
"""
_FAMILIES = """\
Which families a case must show in is written down from what was done there (`tests/quality/must_show.py`), not from
what is found. Counted is a family that gave a reason of an alert; the last column counts any finding of it, which the
seat's page shows as well.
"""
_AIDS = """\
What helps an honest candidate, or a teacher, looks like a stranger's hand or eye. An entry of the policy permits it for
the seats and the teacher's computer it names. Not permitted: the accommodation is another seat's, or the policy has no
classroom entry. Permitted seats are varied in what comes when only: where no signer or path can be read, no entry holds
and the aid is told.
"""
_LIMITS = """\
- A ring is told by findings that are enough for an alert alone. Where neither the injecting program nor the one
  that connects is known, an outgoing connection beside injected input is none: seats that share such a far end are told
  as a ring only when they begin together.
- A stick without programs only adds to the score: without a second family it is told after two minutes.
- Each scene of a room is played by a seat that behaves as its script does. Real rooms have programs no script has.
- The simulated agent has every sensor. Where a sensor cannot see, less is told, and that itself is told.
- A view-only session that no known name or port betrays is missed by agents without the screen-read sensor.
"""
_NO_RECORDINGS = """\
Not judged in this run. Set JIANKAO_REFERENCE_DATA to a folder whose `telemetry_dev` holds recordings (JSON lines, may
be packed with xz or gzip; Sysmon or Windows events, or our own observations) and run `make quality` again.
"""
_RECORDINGS = """\
Public recordings from lab computers **under attack**, without remote-desktop products for the most part: an alert here
may be right, so no rate of false alerts follows from it.
"""


def page(results: Results, picture: str) -> str:
    """Return the page; `picture` is the link to it."""
    hands = sum(p.honest_hours for p in results.answered)
    parts = [
        _HEAD,
        f"Rules: version {results.rules}.\n",
        "## In short\n",
        *_summary(results),
        "",
        "## Real programs\n",
        "From the last run of the matrix, [real-programs.md](real-programs.md): programs that were seen.\n",
        *tables.programs(results.programs),
        "",
        *(["## By tool\n", *by_tool.section(results.tools), ""] if results.tools else []),
        "## Attacks, at one seat\n",
        _SCENES.format(plays=len(results.plays)),
        *tables.scenes(results.plays),
        "",
        f"![Time from the first sign to the first alert, by scene]({picture})\n",
        "### By kind of alert\n",
        *tables.kinds(results.plays),
        "",
        "## The same attacks, varied\n",
        _VARIED,
        *family_tables.by_trait(results.varied),
        "",
        *family_tables.varied_scenes(results.varied),
        "",
        "## By family of findings\n",
        _FAMILIES,
        *family_tables.recall(results.plays, results.varied),
        "",
        "Families that a case must show in and that gave no reason, varied plays:\n",
        *family_tables.unseen(results.varied),
        "",
        "## Attacks, at several seats of a room\n",
        (
            f"{DRIVEN_TOGETHER} seats driven by one far end, {HONEST_BESIDE} honest ones beside; asked for is the"
            " room's own alert, timed from the second seat's sign. Each seat's own alerts come besides.\n"
        ),
        *tables.rings(results.rings),
        "",
        "## Answers against hands\n",
        (
            f"Ten minutes, six honest seats (one answers every {PACES_S[0][0]:g} to {PACES_S[0][1]:g} s, one every"
            f" {PACES_S[1][0]:g} to {PACES_S[1][1]:g}) and two that are answered for; {100 * LOST:g} % of the times"
            f" lost. It takes several answers to tell, so the {ASKED_S:g} s do not apply here. Honest seats: {hands:g}"
            " h.\n"
        ),
        *tables.answered(results.answered),
        "",
        "## Honest candidates\n",
        (
            f"{results.hours:.0f} simulated candidate-hours, an hour each, in rooms with one seat a scene, every"
            " second room with a network policy, every second pair of rooms varied as above."
            f" Asked for: at most {ASKED_RATE:g} false alerts per candidate-hour"
            f" over {ASKED_HOURS:,.0f} hours.\n"
        ),
        *tables.honest(results.rooms),
        "",
        "### Aids that a policy permits\n",
        _AIDS,
        *tables.aids(results.rooms, results.aids),
        "",
        "### False alerts\n",
        "By family; a whole room's alert is among them:\n",
        *family_tables.false_by_family(results.rooms),
        "",
        "Every alert at an honest seat:\n",
        *tables.false_alerts(results.rooms),
        "",
        "## Recordings of others\n",
        *(
            [_NO_RECORDINGS.rstrip()]
            if results.recorded is None
            else [_RECORDINGS, *tables.recorded(results.recorded)]
        ),
        "",
        "## What these figures do not say\n",
        _LIMITS,
    ]
    return "\n".join(parts)


def _summary(results: Results) -> list[str]:
    plays, rings = results.plays, results.rings
    late = [n for n, its in by_scene(plays).items() if not all(map(tables.is_in_time, its))]
    unseen = [n for n, its in by_scene(plays).items() if not all(p.caught for p in its)]
    alone = [n for n, its in by_scene(rings).items() if not all(p.caught for p in its)]
    alerts = sum(len(room.alerts) for room in results.rooms)
    high = of_rate(alerts, results.hours).high
    varied = results.varied
    return [
        f"- Attack plays with every expected kind of alert: {tables.share(sum(p.caught for p in plays), len(plays))}"
        + _missed(unseen),
        f"- First alert within {ASKED_S:g} s:"
        f" {tables.share(sum(map(tables.is_in_time, plays)), len(plays))}" + _missed(late),
        (
            "- The same, varied (late, with gaps, seen with less, renamed): every expected kind in"
            f" {tables.share(sum(p.caught for p in varied), len(varied))}, first within {ASKED_S:g} s in"
            f" {tables.share(sum(map(tables.is_in_time, varied)), len(varied))}."
        ),
        "- Rooms with several driven seats told as such:"
        f" {tables.share(sum(p.caught for p in rings), len(rings))}" + _missed(alone),
        f"- False alerts per honest candidate-hour: {alerts} in {results.hours:.0f} h, at most {high:.4f}"
        f" (asked for: {ASKED_RATE:g}"
        + (")." if high <= ASKED_RATE else "; **these hours do not show it**)."),
    ]


def _missed(names: list[str]) -> str:
    return f"; **missed at least once: {', '.join(names)}**." if names else "."
