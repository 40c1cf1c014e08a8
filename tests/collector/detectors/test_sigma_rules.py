"""The room's Sigma rules: what they match adds to the score, names its author, and is no alert at once."""

from functools import cache

from jiankao_collector.assessment import Assessment, load_rules
from jiankao_collector.detectors.base import BatchSeen
from jiankao_collector.detectors.sigma_rules import MOST_OPEN, SigmaRules
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.sigma.compiling import compile_files
from jiankao_collector.sigma.rules import RuleSet
from jiankao_proto.batch import Batch, BatchHeader
from jiankao_proto.ids import BootId, WorkstationId
from jiankao_proto.observations import (
    Change,
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    Fact,
    NameResolved,
    Observation,
    ProcessEnded,
    ProcessRef,
    ProcessStarted,
    ServiceChanged,
    ServiceKind,
    SessionKind,
    SessionStarted,
    Transport,
    WatchedFileChanged,
)
from jiankao_proto.records import Severity
from tests.support.judged import BEGAN_US, JudgedLog, Seat, at, process, us

RULES = {
    "program": """\
title: Somebody's Remote Tool
id: 0a1a2f6e-6d2f-4a53-8a40-9a8f4f6a1b10
author: A. Author, B. Author
level: high
tags: [attack.command-and-control, attack.t1219.002]
logsource: {category: process_creation}
detection:
  selection: [{Image|endswith: '\\sometool.exe'}, {OriginalFileName: SomeTool.exe}]
  condition: selection
""",
    "parent": """\
title: Shell From The Viewer
level: critical
logsource: {category: process_creation, product: windows}
detection:
  selection: {ParentImage|endswith: '\\viewer.exe', CommandLine|contains|windash: ' -remote'}
  condition: selection
""",
    "network": """\
title: To The Relay
level: medium
logsource: {category: network_connection}
detection:
  selection: {DestinationPort: 7070, Initiated: true}
  filter: {DestinationIp|cidr: 10.0.0.0/8}
  condition: selection and not filter
""",
    "relay_name": """\
title: Named Relay
level: low
logsource: {category: network_connection}
detection:
  selection: {DestinationHostname|endswith: .relay.example}
  condition: selection
""",
    "dns": """\
title: Asks For The Relay
logsource: {category: dns_query}
detection:
  selection: {QueryName|endswith: .relay.example}
  condition: selection
""",
    "grave_dns": """\
title: Asks For The Tunnel
level: high
logsource: {category: dns_query}
detection:
  selection: {QueryName: tunnel.example}
  condition: selection
""",
    "file": """\
title: Tool's Log Appears
logsource: {category: file_event}
detection:
  selection: {TargetFilename|endswith: '\\sometool.log'}
  condition: selection
""",
    "service": """\
title: Driver Installed
level: informational
logsource: {product: windows, service: system}
detection:
  selection: {EventID: 7045, ImagePath|contains: '\\Temp\\'}
  condition: selection
""",
    "logon": """\
title: Logon From Elsewhere
tags: [attack.t1021.001]
logsource: {product: windows, service: security}
detection:
  selection: {EventID: 4624, LogonType: 10}
  condition: selection
""",
}


@cache
def _rules() -> RuleSet:
    compiled = compile_files((f"{name}.yml", text.encode()) for name, text in RULES.items())
    assert compiled.refused == ()
    return compiled.rules


def _seat() -> Seat:
    log = JudgedLog(assessment=Assessment(load_rules(_rules())))
    seat = log.seat()
    log.opens(0)
    seat.connects(1)
    return seat


def _seen(*facts: Fact) -> BatchSeen:
    header = BatchHeader(1, WorkstationId("ws-1"), BootId("b"), None, 0, bytes(32), us(2), 0)
    return BatchSeen(7, us(2), Batch(header, tuple(Observation(us(2), 0, f) for f in facts)))


def _titles(*facts: Fact) -> list[str]:
    found = SigmaRules(_rules()).see(_seen(*facts))
    return [f.reason_en.split("“")[1].split("”")[0] for f in found]


TOOL = ProcessStarted(process("sometool.exe", 5, executable="C:\\Tools\\SomeTool.exe"))


def test_a_match_names_rule_author_and_licence_and_is_no_alert() -> None:
    seat = _seat()
    assert seat.sends(2, TOOL) == []
    (finding,) = seat.view.findings
    assert (finding.family, finding.kind, finding.points) == ("software", "sigma_rule", 20)
    for reason in (finding.reason_zh, finding.reason_en):
        assert "SomeTool.exe" in reason
        assert "Somebody's Remote Tool" in reason
        assert "A. Author, B. Author" in reason
        assert "Detection Rule License 1.1" in reason
        assert "0a1a2f6e-6d2f-4a53-8a40-9a8f4f6a1b10" in reason
    assert "规则作者：A. Author, B. Author" in finding.reason_zh


def test_one_finding_a_rule_and_subject() -> None:
    seat = _seat()
    seat.sends(2, TOOL)
    seat.sends(3, ProcessStarted(process("sometool.exe", 6, executable="D:\\SomeTool.exe")))
    assert len(seat.view.findings) == 1
    renamed = process("a.exe", 7, executable="D:\\a.exe", original_name="sometool.EXE")
    seat.sends(4, ProcessStarted(renamed))
    assert len(seat.view.findings) == 2


def test_a_match_is_over_with_the_last_process_that_matched() -> None:
    detector = SigmaRules(_rules())
    again = ProcessStarted(process("sometool.exe", 6, executable="D:\\SomeTool.exe"))
    (found,) = detector.see(_seen(TOOL, again))
    assert list(detector.see(_seen(ProcessEnded(5, BEGAN_US - 1, "sometool.exe")))) == []
    assert list(detector.see(_seen(ProcessEnded(6, BEGAN_US, "another process")))) == []
    (over,) = detector.see(_seen(ProcessEnded(6, BEGAN_US - 1, "sometool.exe")))
    assert (over.kind, over.subject, over.ended) == (found.kind, found.subject, True)
    (anew,) = detector.see(_seen(TOOL))
    assert not anew.ended


def test_a_name_that_only_ends_alike_does_not_match_a_rule_that_says_the_separator() -> None:
    assert _titles(ProcessStarted(process("x", executable="C:\\notsometool.exe"))) == []
    assert _titles(ProcessStarted(process("sometool.exe", executable=""))) == [
        "Somebody's Remote Tool"
    ]


def test_parents_and_masked_command_lines() -> None:
    child = process("sh.exe", executable="C:\\sh.exe", command_line_masked="sh.exe /remote ***")
    assert _titles(ProcessStarted(child)) == []
    from_viewer = type(child)(
        child.pid,
        child.started_at_us,
        child.name,
        executable=child.executable,
        parent_name="viewer.exe",
        command_line_masked=child.command_line_masked,
    )
    assert _titles(ProcessStarted(from_viewer)) == ["Shell From The Viewer"]


def _connection(remote: str, name: str = "", direction: Direction = Direction.OUTBOUND) -> Fact:
    return ConnectionOpened(
        Transport.TCP,
        at("10.1.0.9:40000"),
        at(remote),
        direction,
        ProcessRef(9, "x.exe"),
        remote_name=name,
    )


def test_connections() -> None:
    assert _titles(_connection("203.0.113.7:7070")) == ["To The Relay"]
    assert _titles(_connection("10.2.0.7:7070")) == []
    assert _titles(_connection("203.0.113.7:7070", direction=Direction.INBOUND)) == []
    assert _titles(_connection("203.0.113.7:443", "eu.relay.example")) == ["Named Relay"]
    gone = ConnectionClosed(
        Transport.TCP,
        at("10.1.0.9:40000"),
        at("203.0.113.7:7070"),
        Direction.OUTBOUND,
        ProcessRef(),
    )
    _, over = SigmaRules(_rules()).see(_seen(_connection("203.0.113.7:7070"), gone))
    assert over.ended


def test_what_a_seat_makes_up_is_followed_up_to_a_bound() -> None:
    detector = SigmaRules(_rules())
    made = [
        ProcessStarted(
            process("sometool.exe", n, executable=f"C:\\{n}\\{n}.exe", original_name="SomeTool.exe")
        )
        for n in range(MOST_OPEN + 10)
    ]
    assert len(list(detector.see(_seen(*made)))) == MOST_OPEN


def test_names_files_services_and_logons() -> None:
    assert _titles(NameResolved("a.relay.example")) == ["Asks For The Relay"]
    log = "C:\\Tools\\sometool.log"
    assert _titles(WatchedFileChanged(Change.ADDED, log)) == ["Tool's Log Appears"]
    assert _titles(WatchedFileChanged(Change.BASELINE, log)) == []
    driver = ServiceChanged(
        Change.ADDED, ServiceKind.DRIVER, "x", image_path="C:\\Windows\\Temp\\x.sys"
    )
    assert _titles(driver) == ["Driver Installed"]
    rdp = SessionStarted("3", SessionKind.RDP, "candidate", "203.0.113.7")
    assert _titles(rdp) == ["Logon From Elsewhere"]


def test_two_rules_of_one_family_are_no_alert_either() -> None:
    seat = _seat()
    seat.sends(2, TOOL)
    seat.sends(3, ProcessStarted(process("b.exe", 8, original_name="sometool.exe")))
    assert seat.log.said == []


def test_what_lasts_two_minutes_becomes_an_alert_and_what_has_no_end_does_not() -> None:
    seat = _seat()
    seat.sends(2, NameResolved("tunnel.example"))
    assert [(f.kind, f.points) for f in seat.view.findings] == [("sigma_rule", 20)]
    seat.lives(5, 135)
    assert seat.log.said == []
    seat.sends(140, TOOL)
    seat.lives(145, 265)
    (alert,) = seat.log.alerts().values()
    assert (alert.kind, alert.severity, alert.over) == ("remote_control", Severity.WARNING, False)


def test_rules_enter_version_and_digest() -> None:
    with_rules, without = load_rules(_rules()), load_rules()
    assert with_rules.digest != without.digest
    assert with_rules.version == f"{without.version} + {len(RULES)} sigma"
    assert load_rules(RuleSet()).digest == without.digest


def test_severity_follows_the_level_and_family_the_tags() -> None:
    logon = SessionStarted("3", SessionKind.RDP, "candidate", "203.0.113.7")
    found = list(SigmaRules(_rules()).see(_seen(TOOL, NameResolved("a.relay.example"), logon)))
    assert [(f.family.value, f.severity, f.weight, f.alone) for f in found] == [
        ("software", Severity.WARNING, Weight.SIGMA_HIGH, False),
        ("network", Severity.NOTICE, Weight.SIGMA_LOW, False),
        ("session", Severity.NOTICE, Weight.SIGMA_LOW, False),
    ]
