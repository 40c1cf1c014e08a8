"""`jiankao-audit assess --rules`: Sigma rules ask about the recorded events themselves."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jiankao_collector.audit.__main__ import INTACT, UNREADABLE, main
from jiankao_collector.recordings.assessing import Progress, assess
from tests.support.recorded import connected, evtx_dump, security, started, sysmon, system, written

RULE = """\
title: {title}
id: {id}
author: A. Author
level: {level}
logsource: {source}
detection:
  selection: {selection}
  condition: selection
"""
IDS = "00000000-0000-4000-8000-{:012}"
POWERSHELL = "Microsoft-Windows-PowerShell/Operational"
LOCAL_SESSIONS = "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"

FIELDS = [
    (
        "{category: process_creation, product: windows}",
        "{OriginalFileName: tool.exe, Hashes|contains: IMPHASH=AB, ParentCommandLine: svc -k n, IntegrityLevel: High}",
        started(
            r"C:\x.exe",
            OriginalFileName="Tool.exe",
            Hashes="SHA256=00,IMPHASH=AB12",
            ParentCommandLine="svc -k n",
            IntegrityLevel="High",
        ),
    ),
    (
        "{category: process_creation, product: windows}",
        r"{Image|endswith: '\x.exe', ParentImage|endswith: '\y.exe', MandatoryLabel: S-1}",
        security(
            4688,
            NewProcessName=r"C:\x.exe",
            NewProcessId="0x10",
            ParentProcessName=r"C:\y.exe",
            MandatoryLabel="S-1",
        ),
    ),
    (
        "{category: network_connection, product: windows}",
        "{Initiated: 'true', DestinationHostname|endswith: .relay.example, SourceIsIpv6: 'false'}",
        connected(
            r"C:\x.exe",
            "203.0.113.9:443",
            DestinationHostname="a.relay.example",
            SourceIsIpv6="false",
        ),
    ),
    (
        "{category: dns_query, product: windows}",
        "{QueryName|endswith: .relay.example, QueryStatus: 0}",
        sysmon(22, ProcessId="9", Image=r"C:\x.exe", QueryName="a.relay.example", QueryStatus="0"),
    ),
    (
        "{category: file_event, product: windows}",
        r"{TargetFilename|endswith: '\x.lnk', CreationUtcTime|startswith: '2026'}",
        sysmon(11, Image=r"C:\x.exe", TargetFilename=r"C:\d\x.lnk", CreationUtcTime="2026-06-07"),
    ),
    (
        "{category: registry_set, product: windows}",
        r"{TargetObject|endswith: '\fDenyTSConnections', Details: 'DWORD (0x00000000)'}",
        sysmon(
            13,
            EventType="SetValue",
            Image=r"C:\x.exe",
            TargetObject=r"HKLM\System\fDenyTSConnections",
            Details="DWORD (0x00000000)",
        ),
    ),
    (
        "{category: registry_event, product: windows}",
        r"{EventType: DeleteValue, TargetObject|contains: '\Terminal Server\'}",
        sysmon(12, EventType="DeleteValue", TargetObject=r"HKLM\Terminal Server\x"),
    ),
    (
        "{category: driver_load, product: windows}",
        r"{ImageLoaded|endswith: '\mirror.sys', Signed: 'false'}",
        sysmon(6, ImageLoaded=r"C:\mirror.sys", Signed="false"),
    ),
    (
        "{category: image_load, product: windows}",
        r"{ImageLoaded|endswith: '\hook.dll', Image|endswith: '\x.exe'}",
        sysmon(7, Image=r"C:\x.exe", ImageLoaded=r"C:\hook.dll"),
    ),
    (
        "{product: windows, service: system}",
        "{Provider_Name: Service Control Manager, EventID: 7045, ServiceName: Remote, AccountName: LocalSystem}",
        system(7045, ServiceName="Remote", ImagePath=r"C:\r.exe", AccountName="LocalSystem"),
    ),
    (
        "{product: windows, service: security}",
        "{EventID: 4624, LogonType: 3, IpAddress|cidr: 203.0.113.0/24, TargetUserName: null}",
        security(4624, LogonType="3", IpAddress="203.0.113.7"),
    ),
    (
        "{product: windows, service: terminalservices-localsessionmanager}",
        "{EventID: 21, Address|cidr: 203.0.113.0/24}",
        {**sysmon(21, Address="203.0.113.7"), "Channel": LOCAL_SESSIONS},
    ),
    (
        "{category: ps_script, product: windows}",
        "{ScriptBlockText|contains: Enable-PSRemoting}",
        {**sysmon(4104, ScriptBlockText="Enable-PSRemoting -Force"), "Channel": POWERSHELL},
    ),
]


def _folder(path: Path, *rules: str) -> Path:
    path.mkdir(parents=True)
    for number, rule in enumerate(rules):
        (path / f"{number}.yml").write_text(rule, encoding="utf-8")
    return path


def _rule(source: str, selection: str, level: str = "high", number: int = 1) -> str:
    return RULE.format(
        title=f"Rule {number}",
        id=IDS.format(number),
        level=level,
        source=source,
        selection=selection,
    )


def _assessed(
    capsys: pytest.CaptureFixture[str],
    recording: Path,
    *folders: Path,
    options: tuple[str, ...] = (),
) -> dict[str, Any]:
    asked = [option for folder in folders for option in ("--rules", str(folder))]
    assert main(["assess", str(recording), "--json", *asked, *options]) == INTACT
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize("shape", [dict, evtx_dump])
@pytest.mark.parametrize(("source", "selection", "event"), FIELDS)
def test_rules_see_every_field_of_an_event(  # noqa: PLR0917 - two fixtures and what varies
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    source: str,
    selection: str,
    event: dict[str, Any],
    shape: Callable[[dict[str, Any]], dict[str, Any]],
) -> None:
    recording = written(
        tmp_path / "seat.jsonl", [shape(started(r"C:\Windows\quiet.exe", pid=7)), shape(event)]
    )
    found = _assessed(capsys, recording, _folder(tmp_path / "rules", _rule(source, selection)))
    (matched,) = found["rule_matches"]
    assert (matched["count"], matched["lines"]) == (1, [2])
    assert matched["rule"] == {
        "title": "Rule 1",
        "id": IDS.format(1),
        "author": "A. Author",
        "licence": "Detection Rule License 1.1",
        "level": "high",
        "file": "0.yml",
        "line": 1,
    }
    assert list(matched["computers"]) == ["seat-07.exam.local"]
    (kind,) = matched["events"]
    assert kind.endswith(f" {event['EventID']}")
    (finding,) = (f for f in found["below_alert"] if f["detector"] == "sigma_rules")
    assert finding["rule"] == matched["rule"]
    assert finding["lines"] == [2]


@pytest.mark.parametrize(
    ("seconds", "ends_told", "alerts"),
    [
        (90, True, []),  # ended before two minutes were over
        (240, True, ["remote_control"]),
        (None, True, ["remote_control"]),  # it runs on; others' ends are told
        (None, False, []),  # nobody had ends logged: how long it ran is not known
    ],
)
def test_a_grave_rule_makes_an_alert_of_a_program_that_lasts(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    seconds: int | None,
    ends_told: bool,
    alerts: list[str],
) -> None:
    events = [
        started(r"C:\sometool.exe", 10, pid=50),
        security(4688, 11, NewProcessName=r"C:\sometool.exe", NewProcessId="0x32"),
        connected(r"C:\Windows\quiet.exe", "10.1.0.2:53", 500, pid=7),
    ]
    if ends_told:
        events.append(sysmon(5, 5, ProcessId="9", Image=r"C:\Windows\other.exe"))
    if seconds is not None:
        events.append(sysmon(5, seconds, ProcessId="50", Image=r"C:\sometool.exe"))
    rule = _rule("{category: process_creation}", r"{Image|endswith: '\sometool.exe'}")
    recording = written(tmp_path / "seat.jsonl", events)
    found = _assessed(capsys, recording, _folder(tmp_path / "rules", rule))
    assert [alert["kind"] for alert in found["alerts"]] == alerts
    assert found["rule_matches"][0]["events"] == {"sysmon 1": 1, "security 4688": 1}
    for alert in found["alerts"]:
        (finding,) = alert["findings"]
        assert (finding["rule"]["title"], finding["lines"][0]) == ("Rule 1", 1)


def test_what_has_no_end_makes_no_alert(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = [
        _rule("{category: network_connection}", "{DestinationPort: 7070}", "critical"),
        _rule("{category: dns_query}", "{QueryName: relay.example}", "critical", 2),
    ]
    events = [
        sysmon(5, 1, ProcessId="9", Image=r"C:\Windows\other.exe"),
        connected(r"C:\x.exe", "203.0.113.9:7070", 10),
        sysmon(22, 11, ProcessId="4100", Image=r"C:\x.exe", QueryName="relay.example"),
        connected(r"C:\x.exe", "203.0.113.9:443", 900),
    ]
    recording = written(tmp_path / "seat.jsonl", events)
    found = _assessed(capsys, recording, _folder(tmp_path / "rules", *rules))
    assert found["alerts"] == []
    assert [m["rule"]["title"] for m in found["rule_matches"]] == ["Rule 1", "Rule 2"]


def test_our_own_observations_are_asked_about_as_they_are_live(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def line(at_us: int, **fact: object) -> dict[str, Any]:
        times = {"wallClockUs": str(1_780_826_400_000_000 + at_us), "monotonicUs": str(at_us)}
        return {"room": "101", "seat": "7", "workstation": "w", "observation": {**times, **fact}}

    process = {"pid": 50, "startedAtUs": "5", "name": "sometool.exe", "originalName": "T.exe"}
    recording = written(
        tmp_path / "seat.jsonl",
        [
            line(0, processStarted={"process": process}),
            line(300_000_000, processEnded={"pid": 50, "startedAtUs": "5", "name": "sometool.exe"}),
        ],
    )
    rule = _rule("{category: process_creation}", "{OriginalFileName: t.exe}")
    found = _assessed(capsys, recording, _folder(tmp_path / "rules", rule))
    (alert,) = found["alerts"]
    assert (alert["room"], alert["seat"], alert["over"]) == ("101", "7", True)
    (matched,) = found["rule_matches"]
    assert (matched["events"], matched["computers"]) == ({"ProcessStarted": 1}, {"w": 1})


def test_without_rules_nothing_is_different(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An event that rules may ask about and nobody else understands leaves no trace when none matches."""
    events = [started(r"C:\x.exe", 1), sysmon(7, 2, computer="other", ImageLoaded=r"C:\a.dll")]
    recording = written(tmp_path / "seat.jsonl", events)
    plain = _assessed(capsys, recording)
    rule = _rule("{category: image_load}", "{ImageLoaded: nothing}")
    ruled = _assessed(capsys, recording, _folder(tmp_path / "rules", rule))
    assert plain["rule_matches"] == ruled["rule_matches"] == []
    assert plain.pop("rules")["digest"] != ruled.pop("rules")["digest"]
    assert plain == ruled


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_text_names_rule_author_licence_level_and_events(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    rule = _rule("{category: process_creation}", r"{Image|endswith: '\sometool.exe'}", "critical")
    recording = written(tmp_path / "seat.jsonl", [started(r"C:\sometool.exe", 1)])
    folder = _folder(tmp_path / "rules", rule)
    assert (
        main(["assess", str(recording), "--rules", str(folder), "--language", language]) == INTACT
    )
    text = capsys.readouterr().out
    section = text[text.index({"en": "Sigma rules", "zh": "Sigma 规则"}[language]) :]
    level = {"en": "critical", "zh": "严重"}[language]
    for said in (
        "Rule 1",
        level,
        "A. Author",
        "Detection Rule License 1.1",
        IDS.format(1),
        "sysmon 1 ×1",
        "seat-07",
    ):
        assert said in section


BAD = _rule("{category: process_creation}", "{Image|nearly: x}")


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([_rule("{category: process_creation}", "{Image: x}"), BAD], ["1.yml", "line ", "nearly"]),
        ([], ["holds no rule files"]),
        (None, ["no folder of rules"]),
    ],
)
def test_a_folder_that_cannot_be_used_whole_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rules: list[str] | None, said: list[str]
) -> None:
    recording = written(tmp_path / "seat.jsonl", [started(r"C:\x.exe", 1)])
    folder = tmp_path / "rules" if rules is None else _folder(tmp_path / "rules", *rules)
    assert main(["assess", str(recording), "--json", "--rules", str(folder)]) == UNREADABLE
    out, err = capsys.readouterr()
    assert not out
    (line,) = err.splitlines()
    for part in (str(folder), *said):
        assert part in line


def test_several_folders_are_one_set_with_the_settings_of_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = _folder(
        tmp_path / "a", _rule("{category: process_creation}", "{Image|expand: '%tools%'}")
    )
    second = _folder(
        tmp_path / "b", _rule("{category: process_creation}", "{Product: Tool}", "low", 2)
    )
    settings = _folder(tmp_path / "c") / "sigma.toml"
    settings.write_text("licence = 'Ours'\n[placeholders]\ntools = ['*\\sometool.exe']\n")
    recording = written(tmp_path / "seat.jsonl", [started(r"C:\sometool.exe", 1, Product="Tool")])
    found = _assessed(capsys, recording, first, second, settings.parent)
    assert [(m["rule"]["file"], m["rule"]["licence"]) for m in found["rule_matches"]] == [
        (str(first / "0.yml"), "Ours"),
        (str(second / "0.yml"), "Ours"),
    ]
    (first / "sigma.toml").write_text(settings.read_text())
    asked = ["--rules", str(first), "--rules", str(settings.parent)]
    assert main(["assess", str(recording), *asked]) == UNREADABLE
    assert "sigma.toml stands in more than one" in capsys.readouterr().err


def test_the_same_rule_in_two_folders_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = _rule("{category: process_creation}", "{Product: Tool}")
    folders = [_folder(tmp_path / name, rule) for name in "ab"]
    recording = written(tmp_path / "seat.jsonl", [started(r"C:\x.exe", 1)])
    asked = [option for folder in folders for option in ("--rules", str(folder))]
    assert main(["assess", str(recording), *asked]) == UNREADABLE
    said = capsys.readouterr().err
    for part in (str(folders[1] / "0.yml"), "line 1", IDS.format(1), str(folders[0] / "0.yml")):
        assert part in said


def test_a_thousand_matches_stay_countable(tmp_path: Path) -> None:
    """Findings of a computer are folded together; the rules' own table is not."""
    from jiankao_collector.assessment import load_rules  # noqa: PLC0415 - only here
    from jiankao_collector.rule_folder import rules_of  # noqa: PLC0415 - only here

    rules = [
        _rule("{category: process_creation}", f"{{Product: Tool{n}}}", "medium", n)
        for n in range(40)
    ]
    events = [
        started(rf"C:\t{n}.exe", n / 100, pid=n + 10, Product=f"Tool{n % 40}") for n in range(1000)
    ]
    progress = Progress(lambda _: None, lambda records, _: records)
    done = assess(
        written(tmp_path / "seat.jsonl", events),
        None,
        load_rules(rules_of([_folder(tmp_path / "rules", *rules)])),
        b"",
        progress,
    )
    matched = list(done.judge.rule_matches)
    assert len(matched) == 40
    assert {(m.count, len(m.lines)) for m in matched} == {(25, 20)}
