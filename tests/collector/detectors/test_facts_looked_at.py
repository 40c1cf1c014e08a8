"""What the catalogue says a detector looks at is what it looks at: leaving the rest out changes nothing."""

import ast
import inspect
import sys
from dataclasses import replace

import pytest

from jiankao_collector import assessment
from jiankao_collector.demo import address_plan
from jiankao_collector.demo.scenes.catalogue import SCENES
from jiankao_collector.demo.steps import Scene
from jiankao_collector.detectors import catalogue
from jiankao_collector.detectors.catalogue import DETECTORS, Entry
from jiankao_proto.observations import Fact
from tests.support.judged import rules
from tests.support.played import judged

FACTS = {kind.__name__ for kind in Fact.__args__}


def _name(entry: Entry) -> str:
    return entry.make.__name__  # several are lambdas, which pytest numbers


def asked_for(module: str) -> set[str]:
    """Return the kinds of facts a module's code asks something to be of, by `isinstance` or by `case`."""
    asked: set[str] = set()
    for node in ast.walk(ast.parse(inspect.getsource(sys.modules[module]))):
        what: list[ast.expr] = []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            what = node.args[1:] if node.func.id == "isinstance" else []
        elif isinstance(node, ast.MatchClass):
            what = [node.cls]
        asked |= {n.id for each in what for n in ast.walk(each) if isinstance(n, ast.Name)}
    return asked & FACTS


@pytest.mark.parametrize("entry", [e for e in DETECTORS if e.facts is not None], ids=_name)
def test_a_detector_is_shown_what_its_code_asks_for(entry: Entry) -> None:
    module = type(entry.make(rules().catalogue)).__module__
    assert entry.facts is not None
    assert {kind.__name__ for kind in entry.facts} == asked_for(module)
    assert ".header" not in inspect.getsource(sys.modules[module])


@pytest.mark.parametrize("scene", SCENES, ids=lambda s: s.id)
def test_showing_every_batch_to_every_detector_finds_the_same(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = judged(scene, 5, address_plan.POLICY_TOML).log
    everything = tuple(replace(entry, facts=None) for entry in DETECTORS)
    monkeypatch.setattr(catalogue, "DETECTORS", everything)
    again = assessment.Assessment(rules())
    said = [alert for record in chosen.records for alert in again.see(record)]
    assert said == chosen.said
