"""`jiankao-audit` as a program: help, exit codes, languages, and output that somebody cuts off."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from jiankao_collector.audit.__main__ import ALTERED, INTACT, main
from jiankao_collector.audit.findings import Fault
from jiankao_collector.audit.wording import FAULTS, TAIL_NOTE, Language, preferred_language
from tests.support.damage import copy_of, run_sql

PROGRAM = Path(sys.executable).with_name("jiankao-audit")


def run(*arguments: str, locale: str = "C.UTF-8") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={"LC_ALL": locale, "COLUMNS": "100"},
    )


def test_help_is_complete() -> None:
    whole = run("--help")
    assert whole.returncode == 0
    assert not whole.stderr
    for word in ("verify", "alerts", "replay", "exit codes:", "read-only media"):
        assert word in whole.stdout
    for command in ("verify", "alerts", "replay"):
        shown = run(command, "--help")
        assert shown.returncode == 0
        for word in (
            "DATA",
            "--json",
            "--language {zh,en}",
            "exit codes:",
            "  0 ",
            "  1 ",
            "  2 ",
            "  3 ",
        ):
            assert word in shown.stdout, (command, word)
    assert "--noted RECORD:DIGEST" in run("verify", "--help").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("verify",),
        ("check", "x"),
        ("verify", "x", "--language", "fr"),
        ("verify", "x", "--noted", "7"),
        ("verify", "x", "--noted", "7:abcd"),
        ("verify", "x", "--noted", f"-1:{'00' * 32}"),
        ("alerts", "x", "--noted", f"1:{'00' * 32}"),
    ],
)
def test_a_wrong_command_line(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    out, err = capsys.readouterr()
    assert stopped.value.code == 2
    assert not out
    assert "error: " in err.splitlines()[-1]


def test_verify_says_intact_and_how_to_notice_a_cut_tail(every_kind: Path) -> None:
    done = run("verify", str(every_kind))
    assert done.returncode == 0
    assert not done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "INTACT: every record, signature and chain holds."
    assert lines[-1] == TAIL_NOTE[Language.EN]
    head = next(line for line in lines if line.startswith("Head: record 24, digest "))
    noted = f"24:{head.split()[-1]}"
    assert run("verify", str(every_kind), "--noted", noted).returncode == 0


def test_a_cut_tail_is_noticed_with_the_noted_head(
    every_kind: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(every_kind), "--json"]) == INTACT
    head = json.loads(capsys.readouterr().out)["head"]
    data = copy_of(every_kind, tmp_path)
    run_sql(data, "DELETE FROM records WHERE number = 24")
    assert main(["verify", str(data)]) == INTACT
    assert main(["verify", str(data), "--noted", f"{head['record']}:{head['digest']}"]) == ALTERED


def test_verify_names_the_first_bad_record_in_both_languages(
    every_kind: Path, tmp_path: Path
) -> None:
    data = copy_of(every_kind, tmp_path)
    run_sql(data, "UPDATE records SET digest = zeroblob(32) WHERE number = 12")
    english, chinese = run("verify", str(data)), run("verify", str(data), locale="zh_CN.UTF-8")
    assert english.returncode == chinese.returncode == 1
    assert english.stdout.startswith("ALTERED OR INCOMPLETE: the first bad record is record 12.\n")
    assert "records 0–11, complete and in order" in english.stdout
    assert "2 more from there on (sequences 1–2) hold by their own signature" in english.stdout
    assert chinese.stdout.startswith("被改动或不完整：第一条有问题的是记录 12。\n")
    assert "记录 0–11 完整、次序不变" in chinese.stdout


def test_verify_json(every_kind: Path, tmp_path: Path) -> None:
    data = copy_of(every_kind, tmp_path)
    intact = json.loads(run("verify", str(data), "--json").stdout)
    assert intact["status"] == "intact"
    assert intact["records"] == 25
    assert intact["problem"] is None
    run_sql(data, "DELETE FROM records WHERE number = 12")
    altered = json.loads(run("verify", str(data), "--json").stdout)
    assert altered["status"] == "altered"
    assert altered["records"] == 12
    problem = altered["problem"]
    assert (problem["record"], problem["step"], problem["fault"]) == (12, 2, "missing")
    assert problem["what"]["zh"] == "这一号记录缺失"
    assert problem["rows_after"] == 12
    assert altered["workstations"][0] == {
        "workstation": "w-one",
        "room": "101",
        "seat": "07",
        "envelopes": 1,
        "signed_after": {
            "envelopes": 1,
            "first_sequence": 2,
            "last_sequence": 2,
            "key_proven": True,
        },
    }


def test_output_that_is_cut_off_is_no_trace(every_kind: Path) -> None:
    """`jiankao-audit alerts | head -0`: no traceback."""
    with subprocess.Popen(
        [PROGRAM, "alerts", str(every_kind), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.close()
        assert program.stderr.read() == b""


def test_every_fault_is_worded_in_both_languages() -> None:
    assert set(FAULTS) == set(Fault)
    for wording in (*FAULTS.values(), TAIL_NOTE):
        assert set(wording) == set(Language)
        assert all(wording.values())


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, Language.ZH),
        ({"LANG": "zh_TW.UTF-8", "LC_ALL": ""}, Language.ZH),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, Language.EN),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "de_DE.UTF-8"}, Language.EN),
        ({"LANG": "C"}, Language.EN),
    ],
)
def test_the_language_is_that_of_the_locale(
    environment: dict[str, str], language: Language
) -> None:
    assert preferred_language(environment) is language
