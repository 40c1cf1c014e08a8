"""From any single fact of a tool a finding names it; from ordinary names none comes."""

import os
from pathlib import Path

import pytest

from jiankao_collector.knowledge.catalogue import load
from jiankao_collector.knowledge.tool import ToolKind
from jiankao_proto.observations import Change
from tests.quality import by_tool
from tests.quality.single_facts import SingleFact, facts_of, judge, program, service

FOLDER = os.environ.get("JIANKAO_REFERENCE_DATA", "")
EVERY = 5
"""Of each tool's facts so many are left to `make quality`, which tries all."""


def test_every_tool_of_the_catalogue_is_named_from_a_single_fact() -> None:
    its = by_tool.own(EVERY)
    assert its.missed == []
    assert its.whole == its.tools
    assert its.without == ["windows-accessibility"]
    assert its.tools + len(its.without) == len(load().tools)
    assert its.tried > its.tools


def test_ordinary_names_lead_to_no_finding_in_any_of_these_ways() -> None:
    found = by_tool.ordinary(EVERY)
    assert {kind: those for kind, (_, those) in found.items() if those} == {}
    assert sum(tried for tried, _ in found.values()) > 1_500


@pytest.mark.skipif(not FOLDER, reason="JIANKAO_REFERENCE_DATA does not name the reference lists")
def test_every_tool_of_the_reference_lists_is_named_from_every_distinctive_fact() -> None:
    lolrmm, chinese = by_tool.reference(Path(FOLDER))
    assert lolrmm.missed == chinese.missed == []
    assert lolrmm.without == ["KiTTY", "PuTTY Tray"]
    assert (lolrmm.tools > 270, chinese.tools, chinese.without) == (True, 15, [])


def test_assistive_technology_is_named_and_never_counts() -> None:
    tools = [tool for tool in load().tools if tool.kind is ToolKind.ASSISTIVE]
    facts = [fact for tool in tools for fact in facts_of(tool)]
    for judged in judge(facts):
        assert [f.points for f in judged.findings] in ([], [0]), judged
        said = [f.reason_en for f in judged.findings if f.detector == "known_software"]
        assert all("counts nothing" in sentence for sentence in said), judged


def test_a_service_that_was_installed_and_rests_is_named() -> None:
    """What a log of installed services tells of one that starts on demand: its program only."""
    fact = service("x9", image_path=r"C:\x9\todesk_service.exe -k", running=False)
    fact = type(fact)(Change.ADDED, fact.kind, fact.name, image_path=fact.image_path)
    (judged,) = judge([SingleFact("todesk", "service's program", "", fact)])
    assert [(f.kind, f.points) for f in judged.findings] == [("service_installed", 8)]


@pytest.mark.parametrize(
    ("name", "second"),
    [
        ("cloudflared.exe", {"command_line": "cloudflared.exe tunnel run x"}),
        ("duplicati.server.exe", {"company": "Duplicati Inc."}),
        ("kitty.exe", {"company": "Simon Tatham"}),
        ("psexecsvc.exe", {"company": "Sysinternals - www.sysinternals.com"}),
        ("puttytray.exe", {"signer": "Christopher West"}),
        ("securecrt.exe", {"company": "VanDyke Software, Inc."}),
    ],
)
def test_a_generic_name_needs_a_second_fact(name: str, second: dict[str, str]) -> None:
    alone, both = judge(
        [
            SingleFact("", "name", name, program(name)),
            SingleFact("", "both", name, program(name, **second)),
        ]
    )
    assert alone.findings == ()
    assert [f.detector for f in both.findings] == ["known_software"]
