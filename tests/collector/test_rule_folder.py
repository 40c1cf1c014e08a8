"""The rules of a data folder: read whole or not at all, the last good ones stay in force, and everybody is told."""

from pathlib import Path

import pytest

from jiankao_collector.config import DataFolder
from jiankao_collector.errors import ConfigurationError
from jiankao_collector.rule_folder import (
    compile_whole,
    read_files,
    rules_in_force,
    rules_path,
    rules_to_replay,
)

GOOD = """\
title: {title}
logsource: {{category: process_creation}}
detection:
  selection: {{Image|endswith: '\\a.exe'}}
  condition: selection
"""
BAD = GOOD.replace("endswith", "nearly")


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    rules_path(tmp_path).mkdir(parents=True)
    return DataFolder(tmp_path)


def _write(folder: DataFolder, name: str, text: str) -> None:
    path = rules_path(folder.root) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.format(title=name), encoding="utf-8")


def _titles(folder: DataFolder) -> list[str]:
    return [rule.title for rule in rules_in_force(folder).rules.rules]


def test_no_folder_no_rules_no_complaint(tmp_path: Path) -> None:
    found = rules_in_force(DataFolder(tmp_path))
    assert (found.rules.rules, found.rules.digest, found.complaint) == ((), b"", "")
    assert list(tmp_path.iterdir()) == []


def test_rules_of_subfolders_in_order(folder: DataFolder) -> None:
    for name in ("b.yml", "sub/a.yaml", "a.yml", "notes.txt"):
        _write(folder, name, GOOD)
    assert _titles(folder) == ["a.yml", "b.yml", "sub/a.yaml"]


def test_one_bad_rule_and_the_last_good_ones_stay(folder: DataFolder) -> None:
    _write(folder, "a.yml", GOOD)
    good = rules_in_force(folder)
    _write(folder, "b.yml", BAD)
    _write(folder, "c.yml", BAD)
    for _ in range(2):  # the next start finds the same
        found = rules_in_force(folder)
        assert found.rules.digest == good.rules.digest
        assert [rule.title for rule in found.rules.rules] == ["a.yml"]
        assert found.complaint.startswith("b.yml: line 4: Unknown modifier 'nearly'")
        assert "1 more" in found.complaint
        assert "the last good rules (1) stay in force" in found.complaint
        assert "\n" not in found.complaint
    _write(folder, "b.yml", GOOD)
    _write(folder, "c.yml", GOOD)
    assert _titles(folder) == ["a.yml", "b.yml", "c.yml"]
    assert rules_in_force(folder).complaint == ""


def test_bad_from_the_start_and_nothing_is_in_force(folder: DataFolder) -> None:
    _write(folder, "a.yml", BAD)
    found = rules_in_force(folder)
    assert found.rules.rules == ()
    assert "the last good rules (0)" in found.complaint


def test_rules_taken_away_do_not_come_back(folder: DataFolder) -> None:
    _write(folder, "a.yml", GOOD)
    rules_in_force(folder)
    (rules_path(folder.root) / "a.yml").unlink()
    assert _titles(folder) == []
    _write(folder, "b.yml", BAD)
    assert _titles(folder) == []


def test_a_damaged_copy_is_no_rule(folder: DataFolder) -> None:
    _write(folder, "a.yml", BAD)
    for damage in ("{", "[]", '{"a.yml": 5}', '{"a.yml": "x"}'):
        (folder.root / "rules" / "sigma.last-good.json").write_text(damage, encoding="utf-8")
        assert _titles(folder) == []


def test_a_file_in_another_encoding_is_refused(folder: DataFolder) -> None:
    (rules_path(folder.root) / "a.yml").write_bytes(GOOD.format(title="考场").encode("gb18030"))
    assert "a.yml: not YAML in UTF-8" in rules_in_force(folder).complaint


def test_a_replay_judges_with_what_judged(folder: DataFolder) -> None:
    assert rules_to_replay(folder.root, None).rules == ()
    _write(folder, "a.yml", GOOD)
    live = rules_in_force(folder).rules
    _write(folder, "a.yml", BAD)
    assert rules_to_replay(folder.root, None).digest == live.digest
    with pytest.raises(ConfigurationError, match="Unknown modifier"):
        rules_to_replay(folder.root, rules_path(folder.root))


def test_settings_come_first(folder: DataFolder) -> None:
    _write(folder, "a.yml", GOOD.replace("endswith", "expand").replace("\\a.exe", "%x%"))
    (rules_path(folder.root) / "sigma.toml").write_text('[placeholders]\nx = ["b"]\n')
    files = read_files(rules_path(folder.root))
    assert [name for name, _ in files] == ["sigma.toml", "a.yml"]
    assert len(compile_whole(files).rules) == 1
