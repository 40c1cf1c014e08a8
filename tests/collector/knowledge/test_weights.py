"""The weights: whole, each with its reason, every one used; anything wrong is refused with file, line and reason."""

import ast
import re

import pytest

from jiankao_collector.assessment import load_rules
from jiankao_collector.errors import ConfigurationError
from jiankao_collector.knowledge.catalogue_file import SourceFile
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.weights import check, load, parse, shipped
from tests.support.source_tree import ROOT

COLLECTOR = ROOT / "collector" / "jiankao_collector"
TEXT = shipped().text


def test_every_finding_has_a_weight_with_a_reason() -> None:
    weights = load()
    assert set(weights.of) == set(Weight)
    assert all(len(w.why) > 15 for w in weights.of.values())


def test_every_weight_is_used_and_by_its_own_detector_only() -> None:
    """A weight's name begins with the detector's: the module that says NAME = that name, and only it, uses it."""
    named_in: dict[str, set[str]] = {weight.name: set() for weight in Weight}
    module_of: dict[str, str] = {}
    for folder in ("detectors", "scoring", "knowledge"):
        for path in sorted((COLLECTOR / folder).glob("*.py")):
            tree = ast.parse(path.read_text("utf-8"))
            for node in ast.walk(tree):
                if (
                    isinstance(node, ast.Attribute)
                    and isinstance(node.value, ast.Name)
                    and node.value.id == "Weight"
                ):
                    named_in[node.attr].add(path.stem)
                elif (
                    isinstance(node, ast.Assign)
                    and isinstance(node.targets[0], ast.Name)
                    and node.targets[0].id == "NAME"
                    and isinstance(node.value, ast.Constant)
                ):
                    module_of[str(node.value.value)] = path.stem
    speaks_for = {"kinds": "known_software", "ring_words": "rings", "shared_programs": "rings"}
    for weight in Weight:
        modules = {speaks_for.get(module, module) for module in named_in[weight.name]}
        assert modules == {module_of[weight.split(".")[0]]}, weight


def test_no_detector_holds_a_number_of_points() -> None:
    for folder in ("detectors", "scoring"):
        for path in (COLLECTOR / folder).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.keyword) and node.arg in {"points", "weight"}:
                    assert not isinstance(node.value, ast.Constant), path


def test_the_stronger_grade_of_a_kind_weighs_more() -> None:
    of = load().of
    for stronger, weaker in (
        (Weight.TOOL_SESSION, Weight.TOOL_STARTED_DRIVING),
        (Weight.TOOL_STARTED_DRIVING, Weight.TOOL_PRESENT_DRIVING),
        (Weight.TOOL_STARTED_OTHER, Weight.TOOL_STARTED_LIGHT),
        (Weight.IP_KVM_FRESH, Weight.IP_KVM_BEFORE),
        (Weight.NEW_INPUT, Weight.NEW_INPUT_AGAIN),
        (Weight.CONNECTED_LOOK_ALIKE_LOOKS, Weight.LOOK_ALIKE_LOOKS),
        (Weight.SIGMA_CRITICAL, Weight.SIGMA_HIGH),
    ):
        assert of[stronger].centibans > of[weaker].centibans


def test_the_weights_are_part_of_the_rules() -> None:
    other = parse(SourceFile("weights.toml", TEXT.replace("decibans = 24", "decibans = 23", 1)))
    assert other.digest != load().digest
    assert parse(SourceFile("weights.toml", TEXT.replace("\n", "\r\n"))).digest == load().digest
    assert load_rules().weights.digest == load().digest


def changed(old: str, new: str) -> tuple[str, int]:
    """Return the shipped text with one thing changed, and the line of the change."""
    assert TEXT.count(old) >= 1, old
    text = TEXT.replace(old, new, 1)
    return text, TEXT[: TEXT.index(old)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("decibans = -23", "decibans = 3", r"prior.*whole number from -60 to 0 is needed, not 3"),
        ("decibans = -23", "decibans = -23.5", r"not -23\.5"),
        ("decibans = -23", "decibans = true", r"not True"),
        ("half_life_s = 900", "half_life_s = 0", r"from 1 to 86400"),
        ("half_life_s = 900", "half_live_s = 900", r"half_live_s: no such field"),
        ("warning = 4", "warning = 31", r"must not be above alert \(30\)"),
        ("alert_falls = 15", "alert_falls = 30", r"must be below alert \(30\)"),
        ("alert = 30", "alert = 100", r"from 1 to 99"),
        ('family = "hands"', 'family = "hand"', r"no such family: 'hand'"),
        ('family = "hands"', 'family = "input"', r"'input' stands there twice"),
        (
            'of = "hands.answers_without_hand"',
            'of = "hands.answers"',
            r"no detector finds 'hands\.answers'",
        ),
        (
            'of = "integrity.binaries_differ"',
            'of = "integrity.binaries_changed"',
            r"'integrity\.binaries_changed' stands there twice",
        ),
        ("decibans = 35", "decibans = 61", r"from 0 to 60 is needed, not 61"),
        ("decibans = 35", "decibans = -1", r"from 0 to 60 is needed, not -1"),
        ('why = "A forgotten stick."', 'why = ""', r"why: a text is needed"),
        ('why = "A forgotten stick."', "", r"why: a text is needed"),
        ("[decay]", "[decays]", r"no such field|must be written as \[decay\]"),
        ('version = "2026.11"', "", r"version: a text is needed"),
        ("half_life_s = 900", "half_life_s = ", r"not valid TOML"),
    ],
)
def test_a_mistake_is_refused_with_its_line(old: str, new: str, says: str) -> None:
    text, line = changed(old, new)
    with pytest.raises(ConfigurationError, match=says) as refused:
        parse(SourceFile("weights.toml", text))
    said = re.match(r"weights\.toml:(\d+): ", str(refused.value))
    assert said is not None
    if new and not new.startswith("["):
        assert abs(int(said[1]) - line) <= 3, str(refused.value)


@pytest.mark.parametrize("basis", ["", "measured"])
def test_a_weight_cannot_claim_more_than_there_is(basis: str) -> None:
    text = re.sub(r'basis = "\w+"', f'basis = "{basis}"', TEXT, count=1)
    _, mistakes = check(SourceFile("weights.toml", text))
    assert any("basis" in m.en and "basis" in m.zh for m in mistakes)


def test_a_missing_weight_is_named() -> None:
    text = re.sub(r'\[\[weight\]\]\nof = "watched_files.medium_present"\n(.+\n){3}', "", TEXT)
    _, mistakes = check(SourceFile("weights.toml", text))
    assert [m.en for m in mistakes] == ["weight: 'watched_files.medium_present' has no weight"]
