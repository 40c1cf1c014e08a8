"""jiankao-collector rules check: counts, and a line for everything refused."""

import signal
from pathlib import Path

import pytest

from jiankao_collector.audit.__main__ import main as audit
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_collector.rule_folder import rules_path
from jiankao_proto.records import RuleSetInForce
from tests.support.collector import founded
from tests.support.collector_process import serving_process
from tests.support.commands import Command

GOOD = """\
title: A rule
logsource: {category: process_creation}
detection:
  selection: {Image|endswith: '\\a.exe'}
  condition: selection
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.yml").write_text(GOOD)
    return tmp_path


def test_all_good(command: Command, folder: Path) -> None:
    (folder / "b.yml").write_text(GOOD.replace("process_creation", "webserver"))
    done = command("rules", "check", folder, "--language", "en")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "2 rules can be used, 0 refused (2 files)\n"
        "1 of them are about logs that workstations do not tell of; they judge recordings only\n"
    )


def test_some_bad(command: Command, folder: Path) -> None:
    (folder / "b.yml").write_text(GOOD.replace("endswith", "nearly"))
    (folder / "c.yml").write_text("[")
    done = command("rules", "check", folder, "--language", "zh")
    assert done.code == 1
    first, second = done.err.splitlines()
    assert first.startswith("b.yml: line 4: Unknown modifier")
    assert second.startswith("c.yml: line 2: not YAML")
    assert "1 条规则可用，2 处被拒绝（共 3 个文件）" in done.out


def test_no_folder_and_an_empty_one(command: Command, tmp_path: Path) -> None:
    assert "no folder of rules" in command("rules", "check", tmp_path / "none").failed()
    assert "holds no rule files" in command("rules", "check", tmp_path).failed()


def test_the_collector_starts_with_the_last_good_rules_and_says_so(tmp_path: Path) -> None:
    data = founded(tmp_path / "data")
    rules = rules_path(data.root)
    rules.mkdir(parents=True)
    (rules / "a.yml").write_text(GOOD)
    with serving_process(data) as collector:
        assert collector.stop(signal.SIGTERM) == (0, "")
    (rules / "a.yml").write_text(GOOD.replace("endswith", "nearly"))
    with serving_process(data) as collector:
        code, said = collector.stop(signal.SIGTERM)
    assert code == 0
    assert said.count("\n") == 1
    assert "a.yml: line 4: Unknown modifier 'nearly'; the last good rules (1) stay in force" in said
    reader = EvidenceLogReader(data.evidence_log)
    in_force = [r.body for r in reader.records() if isinstance(r.body, RuleSetInForce)]
    reader.close()
    assert all(body.version.endswith(" + 1 sigma") for body in in_force)
    assert len({body.digest for body in in_force}) == 1
    assert audit(["replay", str(data.root)]) == 0
