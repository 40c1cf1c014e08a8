"""Whether every tool is named by a finding from any single one of its facts, and ordinary software by none."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jiankao_collector.knowledge.catalogue import Catalogue, load
from jiankao_collector.knowledge.tool import Tool
from tests.collector.knowledge.reference_names import NOT_DISTINCTIVE, PROTOCOL
from tests.collector.knowledge.test_ordinary_software import executables, hosts
from tests.quality.intervals import of_share
from tests.quality.reference_facts import MAC, chinese, lolrmm
from tests.quality.single_facts import (
    SingleFact,
    asked,
    connection,
    facts_of,
    judge,
    program,
    service,
)

WITH_SYSTEM = "comes with Windows: having it or using it is no finding"
NO_MAC = "of macOS, which the agent does not watch"
_LISTED = 60
_HEAD = """\
Each single fact of a tool (a file name, the name inside the file, its product, signer, folder, service, driver, unit,
host or listening port) as one observation at an ordinary seat of its own, through the whole judgement. Named: a finding
of that seat says the tool's name, in both languages.
"""


@dataclass(slots=True)
class Figures:
    """Of one list. `by_kind`: how many facts of a kind were named, and how many tried.

    `missed`: facts that no finding names, as (tool, kind, fact); `excepted`: those that are no distinctive fact, with
    the reason; they are not among the tried. `tools`: how many were tried, and of how many every fact is named.
    """

    title: str
    by_kind: dict[str, tuple[int, int]] = field(default_factory=dict)
    missed: list[tuple[str, str, str]] = field(default_factory=list)
    excepted: list[tuple[str, str, str, str]] = field(default_factory=list)
    tools: int = 0
    whole: int = 0
    without: list[str] = field(default_factory=list)
    """Tools none of whose facts is distinctive."""

    @property
    def named(self) -> int:
        """Return how many facts were named."""
        return sum(named for named, _ in self.by_kind.values())

    @property
    def tried(self) -> int:
        """Return how many facts were tried."""
        return sum(tried for _, tried in self.by_kind.values())


def own(every: int = 1) -> Figures:
    """Judge the facts of our own catalogue; `every`: one of so many facts of each tool, its first one always."""
    catalogue = load()
    told = (
        (t.id, [f for i, f in enumerate(facts_of(t)) if i % every == 0]) for t in catalogue.tools
    )
    return _figures("The catalogue", catalogue, told, listed=False)


def reference(folder: Path) -> tuple[Figures, ...]:
    """Judge the facts of the reference lists in a folder."""
    catalogue = load()
    return (
        _figures("LOLRMM", catalogue, lolrmm(folder)),
        _figures("Tools of the Chinese market, grades A and B", catalogue, chinese(folder)),
    )


def ordinary(every: int = 1) -> dict[str, tuple[int, list[str]]]:
    """Judge ordinary names in the same ways; return, for each way, how many were tried and which were found."""
    facts = list(_ordinary())[::every]
    found: dict[str, tuple[int, list[str]]] = {}
    for judged in judge(facts):
        tried, those = found.get(judged.fact.kind, (0, []))
        said = [f"{judged.fact.text}: {finding.reason_en}" for finding in judged.findings]
        found[judged.fact.kind] = (tried + 1, [*those, *said])
    return found


def _ordinary() -> Iterator[SingleFact]:
    for name in executables():
        yield SingleFact("", "program started", name, program(name, original_name=name))
        image = f'"C:\\x9\\{name}" -k'
        yield SingleFact(
            "", "service started", name, service(name.removesuffix(".exe"), image_path=image)
        )
    for host in hosts():
        yield SingleFact("", "host connected to", host, connection(host))
        yield SingleFact("", "host asked for", host, asked(host))


def _figures(
    title: str,
    catalogue: Catalogue,
    told: Iterable[tuple[str, list[SingleFact]]],
    *,
    listed: bool = True,
) -> Figures:
    figures = Figures(title)
    facts: list[SingleFact] = []
    by_tool: dict[str, list[SingleFact]] = {}
    for name, its in told:
        distinctive = []
        for fact in its:
            why = _why_not(catalogue, fact, listed=listed)
            if why:
                figures.excepted.append((name, fact.kind, fact.text, why))
            else:
                distinctive.append(fact)
        by_tool.setdefault(name, []).extend(distinctive)
        facts += distinctive
    names = {id(fact): name for name, its in by_tool.items() for fact in its}
    good: dict[str, bool] = {name: True for name, its in by_tool.items() if its}
    for judged in judge(facts):
        fact = judged.fact
        named = judged.names(_tools(catalogue, fact.tool))
        before, tried = figures.by_kind.get(fact.kind, (0, 0))
        figures.by_kind[fact.kind] = (before + named, tried + 1)
        if not named:
            figures.missed.append((names[id(fact)], fact.kind, fact.text))
            good[names[id(fact)]] = False
    figures.tools, figures.whole = len(good), sum(good.values())
    figures.without = [name for name, its in by_tool.items() if not its]
    return figures


def _tools(catalogue: Catalogue, entry: str) -> list[Tool]:
    return [tool for tool in catalogue.tools if entry in {tool.id, f"vendor {tool.vendor}"}]


def _why_not(catalogue: Catalogue, fact: SingleFact, *, listed: bool) -> str:
    """Return why a fact is not one by which its tool could be named; empty when it is.

    `listed`: it stands in a list that is not ours, which may name what is nobody's own.
    """
    if any(tool.with_system for tool in _tools(catalogue, fact.tool)):
        return WITH_SYSTEM
    if fact.kind == MAC:
        return NO_MAC
    if listed:
        return NOT_DISTINCTIVE.get(fact.text, "")
    port = int(fact.text) if fact.kind == "listening port" else 0
    return PROTOCOL if port and port not in catalogue.by_listening_port else ""


@dataclass(frozen=True, slots=True)
class ByTool:
    """Everything of the section. `every`: one of so many facts was tried; `referred`: with the reference lists."""

    figures: tuple[Figures, ...]
    ordinary: dict[str, tuple[int, list[str]]]
    every: int
    referred: bool


def measure(folder: Path | None, every: int = 1) -> ByTool:
    """Judge everything; `folder`: of the reference lists."""
    lists = reference(folder) if folder else ()
    return ByTool((own(every), *lists), ordinary(every), every, folder is not None)


def section(its_figures: ByTool) -> list[str]:
    """Return the lines of the page's section "By tool"."""
    figures = its_figures.figures
    lines = [_HEAD]
    if its_figures.every > 1:
        lines += [f"One of {its_figures.every} facts was tried in this run.", ""]
    lines += [
        "| List | Tools | Every fact of them named | Single facts named |",
        "|---|---|---|---|",
    ]
    for its in figures:
        low, high = of_share(its.named, its.tried)
        lines.append(
            f"| {its.title} | {its.tools} | {its.whole} | {its.named} of {its.tried}"
            f" ({100 * low:.1f}–{100 * high:.1f} %) |"
        )
    lines += ["", "| List | Kind of fact | Named | No distinctive fact |", "|---|---|---|---|"]
    for its in figures:
        kinds = [*its.by_kind, *(k for _, k, _, _ in its.excepted)]
        for kind in dict.fromkeys(kinds):
            named, tried = its.by_kind.get(kind, (0, 0))
            left = sum(k == kind for _, k, _, _ in its.excepted)
            share = f"{named} of {tried}" if tried else "–"
            share = f"**{share}**" if named < tried else share
            lines.append(f"| {its.title} | {kind} | {share} | {left or '–'} |")
    without = [f"{name} ({its.title})" for its in figures for name in its.without]
    lines += ["", f"Without any distinctive fact: {', '.join(without) or 'none'}."]
    lines += ["", "Not named:", "", *_missed(figures)]
    lines += ["", "Facts that are nobody's own, by reason:", "", *_excepted(figures)]
    lines += ["", "The same observations with ordinary names:", ""]
    lines += ["| Kind | Tried | Found |", "|---|---|---|"]
    lines += [
        f"| {kind} | {tried} | {len(those)} |"
        for kind, (tried, those) in its_figures.ordinary.items()
    ]
    lines += [f"- {said}" for _, those in its_figures.ordinary.values() for said in those[:_LISTED]]
    if not its_figures.referred:
        lines += [
            "",
            "The reference lists were not judged in this run: JIANKAO_REFERENCE_DATA is not set.",
        ]
    return lines


def _missed(figures: Sequence[Figures]) -> list[str]:
    missed = [
        f"- {f.title}: {tool}, {kind} `{text}`" for f in figures for tool, kind, text in f.missed
    ]
    more = [f"- and {len(missed) - _LISTED} more"] if len(missed) > _LISTED else []
    return [*missed[:_LISTED], *more] or ["None in this run."]


def _excepted(figures: Sequence[Figures]) -> list[str]:
    reasons: dict[str, dict[str, None]] = {}
    for its in figures:
        for _, _, text, why in its.excepted:
            reasons.setdefault(why, {})[text] = None
    return [
        f"- {why}: {len(texts)}"
        + (f" ({', '.join(f'`{text}`' for text in texts)})" if len(texts) <= 12 else "")
        for why, texts in reasons.items()
    ] or ["None."]
