"""Other people's rules over other people's recordings: all compile, and the plain evaluator finds the same.

They are not ours to give away; JIANKAO_REFERENCE_DATA names a folder with sigma_rules/ and telemetry_dev/ in it.
"""

import os
from pathlib import Path

import pytest
import yaml

from jiankao_collector.sigma.compiling import Compiled, compile_files
from jiankao_collector.sigma.rules import Source
from tests.support.lab_events import lab_events
from tests.support.naive_sigma import naive_match

FOLDER = Path(os.environ.get("JIANKAO_REFERENCE_DATA", ""))
PLACES = {"domain_controller_hostnames": ["DC*", "*\\.theshire.local"]}
SETTINGS = "[placeholders]\n" + "".join(f"{k} = {v}\n" for k, v in PLACES.items())
STEP = int(os.environ.get("JIANKAO_REFERENCE_STEP", "40"))
"""Every so many-th event; 1 takes a minute or two."""

pytestmark = pytest.mark.skipif(
    not os.environ.get("JIANKAO_REFERENCE_DATA"),
    reason="JIANKAO_REFERENCE_DATA names no folder with sigma_rules/",
)


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    rules = sorted((FOLDER / "sigma_rules").rglob("*.yml"))
    return {str(p.relative_to(FOLDER)): p.read_text(encoding="utf-8") for p in rules}


@pytest.fixture(scope="module")
def compiled(texts: dict[str, str]) -> Compiled:
    files = [("sigma.toml", SETTINGS.encode()), *((n, t.encode()) for n, t in texts.items())]
    return compile_files(files)


def test_every_rule_compiles(texts: dict[str, str], compiled: Compiled) -> None:
    assert [str(error) for error in compiled.refused] == []
    assert len(compiled.rules.rules) == len(texts) > 0


def test_the_plain_evaluator_finds_the_same(texts: dict[str, str], compiled: Compiled) -> None:
    loaded = {name: yaml.safe_load(text) for name, text in texts.items()}
    seen = matched = 0
    for path in sorted((FOLDER / "telemetry_dev").glob("*.jsonl*")):
        for number, event in enumerate(lab_events(path)):
            found = {rule.file for rule in compiled.rules.matches(event)}
            if number % STEP and not found:
                continue
            source = Source(event.category, event.product, event.service)
            fields = {"EventID": event.event_id, **event.fields}
            plain = {
                rule.file
                for rule in compiled.rules.rules
                if rule.source.takes(source) and naive_match(loaded[rule.file], fields, PLACES)
            }
            assert found == plain
            seen += 1
            matched += len(found)
    assert seen > 0
    print(f"{seen} events compared, {matched} matches")  # noqa: T201 - figures for who runs it by hand
