"""Recorded background of real Windows computers: what is found there must be there.

The recordings are no part of the project. JIANKAO_REFERENCE_DATA names the folder that holds
telemetry_dev/windows_lab_events.jsonl.xz, events of lab computers out of the OTRF Security-Datasets.
"""

import json
import os
from pathlib import Path

import pytest

from jiankao_collector.audit.__main__ import INTACT, main

FOLDER = os.environ.get("JIANKAO_REFERENCE_DATA", "")
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
