"""The weights of findings, from weights.toml: read whole and strictly, or refused with file, line and reason.

Log-odds are kept in whole centibans (hundredths of a power of ten, tenths of a deciban), so that they add up exactly
and alike on every machine.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from importlib import resources

from jiankao_collector.errors import ConfigurationError
from jiankao_collector.knowledge import thresholds
from jiankao_collector.knowledge.catalogue_file import SourceFile
from jiankao_collector.knowledge.checked_table import Mistake, Place, Table
from jiankao_collector.knowledge.thresholds import Thresholds
from jiankao_collector.knowledge.toml_places import Places
from jiankao_collector.knowledge.weight_names import Weight

FILE = "weights.toml"
FAMILIES = ("software", "session", "network", "input", "hands", "device", "tamper", "ring")
CENTIBANS_PER_DECIBAN = 10
MOST_DECIBANS = 60
"""A million to one: nobody knows more about a single finding."""
_DOMAIN = b"jiankao.weights.v1\n"
_LONGEST_HALF_LIFE_S = 24 * 3600


class Basis(StrEnum):
    """What stands behind a weight, besides its authors' judgement."""

    SCENES = "scenes"  # it came up in scripted attacks and not in the honest hours beside them
    BOTH = "both"  # it came up in the honest hours as well
    JUDGEMENT = "judgement"  # no scene makes it


@dataclass(frozen=True, slots=True)
class Weighing:
    """How much a finding weighs, what stands behind it, and why."""

    centibans: int
    basis: Basis
    why: str


@dataclass(frozen=True, slots=True)
class Weights:
    """Everything in the file. `caps`: by family; `prior_centibans`: the log-odds of a seat with no finding."""

    version: str
    digest: bytes
    prior_centibans: int
    half_life_s: int
    thresholds: Thresholds
    caps: Mapping[str, int]
    of: Mapping[Weight, Weighing]


@cache
def load() -> Weights:
    """Read the weights that ship with the collector. Raises ConfigurationError."""
    return parse(shipped())


def shipped() -> SourceFile:
    """Return the file that ships with the collector."""
    file = resources.files("jiankao_collector.knowledge").joinpath(FILE)
    return SourceFile(FILE, file.read_text("utf-8"))


def parse(source: SourceFile) -> Weights:
    """Read the text of weights. Raises ConfigurationError with its first mistake, and how many more there are."""
    weights, mistakes = check(source)
    if weights is None:
        first = mistakes[0]
        more = f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
        raise ConfigurationError(f"{first.file}:{first.line}: {first.en}{more}")
    return weights


def check(source: SourceFile) -> tuple[Weights | None, list[Mistake]]:
    """Read the text of weights; return them, or None and everything that is wrong with them."""
    mistakes: list[Mistake] = []
    try:
        raw = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        return None, [not_toml(source, error)]
    lines = Places(source.text)
    top = Table(Place(source.name, lines, "", 1), raw, mistakes)
    top.only({"version", "prior", "decay", "thresholds", "cap", "weight"})
    version = top.text("version")
    reading = _Reading(source.name, lines, mistakes)
    prior = reading.table(top, "prior", ("decibans", "why"))
    decay = reading.table(top, "decay", ("half_life_s", "why"))
    limits = reading.table(top, "thresholds", (*thresholds.FIELDS, "why"))
    weights = Weights(
        version=version,
        digest=_digest(source),
        prior_centibans=_centibans(prior, -MOST_DECIBANS, 0),
        half_life_s=decay.number("half_life_s", 1, _LONGEST_HALF_LIFE_S),
        thresholds=thresholds.read(limits),
        caps=_caps(top, reading),
        of=_of(top, reading),
    )
    return (None, mistakes) if mistakes else (weights, [])


def not_toml(source: SourceFile, error: tomllib.TOMLDecodeError) -> Mistake:
    """Return what is wrong with a text that is no TOML, with its line."""
    at = re.search(r"at line (\d+)", str(error))
    line = int(at[1]) if at else source.text.count("\n") + 1
    why = re.sub(r" \(at .*\)$", "", str(error))
    return Mistake(source.name, line, f"不是合法的 TOML：{why}", f"not valid TOML: {why}")


@dataclass(frozen=True, slots=True)
class _Reading:
    """Where tables stand and mistakes go."""

    file: str
    lines: Places
    mistakes: list[Mistake]

    def table(self, top: Table, name: str, known: tuple[str, ...]) -> Table:
        """Read a table of its own, whose reason has to be there."""
        table = Table(Place(self.file, self.lines, name, 1), top.row(name), self.mistakes)
        table.only(known)
        table.text("why")
        return table

    def rows(self, top: Table, name: str, known: tuple[str, ...]) -> list[Table]:
        """Read the tables of one name, each with its reason."""
        tables = [
            Table(Place(self.file, self.lines, name, index), row, self.mistakes)
            for index, row in enumerate(top.rows(name), 1)
        ]
        for table in tables:
            table.only(known)
            table.text("why")
        return tables


def _caps(top: Table, reading: _Reading) -> dict[str, int]:
    caps: dict[str, int] = {}
    tables = reading.rows(top, "cap", ("family", "decibans", "why"))
    for table in tables:
        family = table.text("family")
        if family not in FAMILIES:
            table.wrong("family", f"没有这一类：{family!r}", f"no such family: {family!r}", family)
        elif family in caps:
            table.wrong("family", f"{family!r} 重复", f"{family!r} stands there twice", family)
        caps[family] = _centibans(table, 0, 2 * MOST_DECIBANS)
    for family in FAMILIES:
        if family not in caps and not any(t.failed for t in tables):
            top.wrong("cap", f"缺少 {family!r} 的上限", f"family {family!r} has no cap")
    return caps


def _of(top: Table, reading: _Reading) -> dict[Weight, Weighing]:
    found: dict[Weight, Weighing] = {}
    tables = reading.rows(top, "weight", ("of", "decibans", "basis", "why"))
    for table in tables:
        name = table.text("of")
        weighing = Weighing(_centibans(table, 0, MOST_DECIBANS), _basis(table), table.text("why"))
        if name not in _NAMES:
            table.wrong("of", f"没有这种疑点：{name!r}", f"no detector finds {name!r}", name)
        elif _NAMES[name] in found:
            table.wrong("of", f"{name!r} 重复", f"{name!r} stands there twice", name)
        else:
            found[_NAMES[name]] = weighing
    for weight in Weight:
        if weight not in found and not any(t.failed for t in tables):
            top.wrong("weight", f"缺少 {weight.value!r} 的权重", f"{weight.value!r} has no weight")
    return found


_NAMES = {weight.value: weight for weight in Weight}


def _basis(table: Table) -> Basis:
    text = table.text("basis")
    if text in set(Basis):
        return Basis(text)
    known = ", ".join(Basis)
    table.wrong("basis", f"须为其中之一：{known}", f"must be one of: {known}", text)
    return Basis.JUDGEMENT


def _centibans(table: Table, lowest: int, highest: int) -> int:
    return CENTIBANS_PER_DECIBAN * table.number("decibans", lowest, highest)


def _digest(source: SourceFile) -> bytes:
    return sha256(_DOMAIN + source.text.replace("\r\n", "\n").encode()).digest()
