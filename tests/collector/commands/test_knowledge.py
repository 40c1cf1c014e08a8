"""The catalogue's linter: what it says, and that it refuses."""

from pathlib import Path

from tests.support.commands import Command

GOOD = """[[tool]]
id = "new-tool"
name_zh = "新工具"
name_en = "New Tool"
kind = "tunnel"
windows = ["newtool.exe"]
source = "the maker's page"
"""


def test_what_ships_is_sound(command: Command) -> None:
    done = command("knowledge", "check")
    assert (done.code, done.err) == (0, "")
    assert "remote_control: " in done.out


def test_a_new_file_is_checked_together_with_what_ships(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD, encoding="utf-8")
    assert command("knowledge", "check", str(file)).code == 0
    file.write_text(GOOD.replace("newtool.exe", "todesk.exe"), encoding="utf-8")
    done = command("knowledge", "check", str(file))
    assert done.code == 1
    # Files are read in the order of their names, so that the later of the two is the one that is told of.
    assert "'todesk.exe' stands in entry 'new-tool' already" in done.err


def test_generic_names_patterns_and_foreign_signers_are_one_line_each(
    command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "mine.toml"
    bad = GOOD.replace('"newtool.exe"', '"agent.exe"') + (
        'domains = ["todesk*.com"]\nsigners = ["Microsoft Corporation"]\n'
    )
    file.write_text(bad, encoding="utf-8")
    done = command("knowledge", "check", str(file))
    assert done.code == 1
    assert done.out == ""
    lines = done.err.splitlines()
    assert sorted(line.partition(" ")[0] for line in lines[:3]) == [
        "mine.toml:6:",
        "mine.toml:8:",
        "mine.toml:9:",
    ]
    assert all(" | " in line for line in lines)
    assert "过于通用" in lines[0]
    assert "too generic" in lines[0]
    assert lines[3].endswith(
        "3 mistake(s); nothing of this catalogue would be used | 3 处错误；整个目录都不会被采用"
    )


def test_a_file_that_cannot_be_read_is_one_line(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(b"\xff\xfe")
    for path, said in ((file, "not UTF-8 text"), (tmp_path / "none.toml", "No such file")):
        done = command("knowledge", "check", str(path))
        assert done.code == 1
        assert said in done.err
        assert len(done.err.splitlines()) == 1
