"""Recorded background of real Windows computers: what is found there must be there.

The recordings are no part of the project. JIANKAO_REFERENCE_DATA names the folder that holds
telemetry_dev/windows_lab_events.jsonl.xz, events of lab computers out of the OTRF Security-Datasets, and sigma_rules/.
"""

import json
import os
from pathlib import Path

import pytest
import yaml

from jiankao_collector.assessment import load_rules
from jiankao_collector.audit.__main__ import INTACT, main
from jiankao_collector.recordings.assessing import Progress, assess
from jiankao_collector.rule_folder import rules_of
from jiankao_collector.sigma.rules import Source
from tests.support.lab_events import lab_events
from tests.support.naive_sigma import naive_match

FOLDER = os.environ.get("JIANKAO_REFERENCE_DATA", "")
STEP = int(os.environ.get("JIANKAO_REFERENCE_STEP", "40"))
PLACES = {"domain_controller_hostnames": ["DC*", "*\\.theshire.local"]}
REMOTE_DESKTOP = {"known_software", "remote_desktop", "remote_session"}


@pytest.mark.skipif(
    not FOLDER, reason="JIANKAO_REFERENCE_DATA does not name the folder of recordings"
)
def test_lab_computers_give_no_alert_but_of_the_remote_desktops_used_there(
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = Path(FOLDER) / "telemetry_dev" / "windows_lab_events.jsonl.xz"
    assert main(["assess", str(path), "--json"]) == INTACT
    found = json.loads(capsys.readouterr().out)
    assert found["records"] == 18_897
    assert found["bad_records"] == 0
    remote = [alert for alert in found["alerts"] if alert["kind"] == "remote_control"]
    assert {alert["computer"] for alert in remote} == {
        "workstation5.theshire.local",
        "workstation6.theshire.local",
    }
    for alert in remote:
        assert {finding["detector"] for finding in alert["findings"]} <= REMOTE_DESKTOP
        assert "rdpclip.exe" in json.dumps(alert)
    # One run key was set by the attack that was recorded, minutes before somebody came in over RDP.
    others = [alert for alert in found["alerts"] if alert not in remote]
    assert [(a["kind"], a["findings"][0]["kind"]) for a in others] == [
        ("integrity", "autostart_changed")
    ]


@pytest.mark.skipif(
    not FOLDER, reason="JIANKAO_REFERENCE_DATA does not name the folder of recordings"
)
def test_rules_match_what_a_plain_evaluator_matches_in_the_raw_records(tmp_path: Path) -> None:
    """The plain evaluator reads the file by itself: every record that matched, and every STEP-th of the others."""
    recording = Path(FOLDER) / "telemetry_dev" / "windows_lab_events.jsonl.xz"
    rules_folder = Path(FOLDER) / "sigma_rules"
    settings = "".join(f"{k} = {json.dumps(v)}\n" for k, v in PLACES.items())
    (tmp_path / "sigma.toml").write_text(f"[placeholders]\n{settings}")
    rules = load_rules(rules_of([rules_folder, tmp_path]))
    assert len(rules.sigma.rules) == 206
    progress = Progress(lambda _: None, lambda records, _: records)
    done = assess(recording, None, rules, b"", progress)
    lines: dict[int, set[str]] = {}
    for matched in done.judge.rule_matches:
        assert matched.count == len(matched.lines)
        for line in matched.lines:
            lines.setdefault(line, set()).add(matched.rule.file)
    loaded = {r.file: yaml.safe_load(Path(r.file).read_text("utf-8")) for r in rules.sigma.rules}
    for line, event in enumerate(lab_events(recording), 1):
        if line % STEP and line not in lines:
            continue
        source = Source(event.category, event.product, event.service)
        fields = {"EventID": event.event_id, **event.fields}
        plain = {
            rule.file
            for rule in rules.sigma.rules
            if rule.source.takes(source) and naive_match(loaded[rule.file], fields, PLACES)
        }
        assert plain == lines.get(line, set())
    # What they found there was there: somebody came in over RDP from a public address.
    assert {m.rule.title for m in done.judge.rule_matches} == {
        "External Remote SMB Logon from Public IP",
        "External Remote RDP Logon from Public IP",
    }
    found = [f for alert in done.alerts for f in alert.findings if f.detector == "sigma_rules"]
    assert {f.subject.rpartition(" ")[2] for f in found} == {"1.2.3.4"}
    assert {alert.kind for alert in done.alerts} == {"remote_control", "integrity"}
