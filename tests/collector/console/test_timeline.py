"""What happened at a workstation, in sentences with record numbers."""

from dataclasses import replace

import pytest

from jiankao_collector.console.timeline import MOST_LINES, Line, lines, sensor_reasons
from jiankao_collector.console.wording import Language, Words
from jiankao_proto import observations as seen
from jiankao_proto.batch import FORMAT, Batch, BatchHeader
from jiankao_proto.codec import write_batch, write_envelope
from jiankao_proto.ids import BootId, WorkstationId
from jiankao_proto.records import (
    CollectorStopped,
    EnvelopeAdmitted,
    EnvelopeRejected,
    Record,
    RecordBody,
    RefusalReason,
    StreamClosed,
    StreamOpened,
    WorkstationEnrolled,
)
from tests.support.full_room import REMOTE
from tests.support.scripted_live import alert

WS = WorkstationId("ws-1")
ENGLISH, CHINESE = Words(Language.ENGLISH), Words(Language.CHINESE)
PROGRAM = seen.ProcessRef(7, "x11vnc")
HERE, FAR = seen.Endpoint("10.0.0.5", 5900), seen.Endpoint("fe80::1", 40000)


def records(*bodies: RecordBody) -> list[Record]:
    return [Record(n, b"", n * 1_000_000, body) for n, body in enumerate(bodies)]


def batch(*facts: seen.Fact) -> EnvelopeAdmitted:
    header = BatchHeader(FORMAT, WS, BootId("b"), None, 0, bytes(32), 0, 0)
    payload = write_batch(Batch(header, tuple(seen.Observation(0, 0, fact) for fact in facts)))
    return EnvelopeAdmitted(WS, 0, write_envelope("t", payload, "k", bytes(64)))


def test_newest_first_with_the_numbers_and_routine_gathered() -> None:
    quiet = batch(
        seen.Heartbeat(), seen.InputWindow(seen.InputSource.LOCAL_DEVICE, motion_events=3)
    )
    told = lines(
        records(
            WorkstationEnrolled(WS, b"", b"", b"", b"", "A", "1", "pc-1"),
            StreamOpened(WS, "10.0.0.5", "0.1.0", "b", 0),
            quiet,
            quiet,
            quiet,
            batch(seen.Heartbeat(), seen.ProcessStarted(seen.Process(7, 0, "x11vnc"))),
            alert(1, "1", REMOTE),
            StreamClosed(WS, "reset by peer"),
        ),
        ENGLISH,
    )
    assert [(line.text, line.first, line.last) for line in told] == [
        ("Disconnected: reset by peer", 7, 7),
        ("Alert: Remote control (Critical)", 6, 6),
        ("Program started: x11vnc", 5, 5),
        ("Nothing special (3 envelopes)", 2, 4),
        ("Connected from 10.0.0.5, agent version 0.1.0", 1, 1),
        ("Enrolled, host name pc-1", 0, 0),
    ]


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (seen.ProcessEnded(7, 0, "x11vnc"), "Program ended: x11vnc"),
        (
            seen.ConnectionOpened(seen.Transport.TCP, HERE, FAR, seen.Direction.INBOUND, PROGRAM),
            "[fe80::1]:40000 connected in to x11vnc (port 5900 here)",
        ),
        (
            seen.ConnectionOpened(
                seen.Transport.TCP, HERE, FAR, seen.Direction.OUTBOUND, seen.ProcessRef()
            ),
            "an unknown program connected to [fe80::1]:40000",
        ),
        (
            seen.ConnectionOpened(
                seen.Transport.TCP, HERE, FAR, seen.Direction.UNSPECIFIED, PROGRAM
            ),
            "x11vnc and [fe80::1]:40000 are connected",
        ),
        (
            seen.ListenerOpened(seen.Transport.TCP, HERE, PROGRAM),
            "x11vnc accepts connections on port 5900",
        ),
        (
            seen.InjectedInput(seen.InjectionMethod.XTEST_DEVICE, "", 1, 2, 3, 4),
            "Injected input (XTEST device): motion 1, buttons 2, keys 3, scrolls 4",
        ),
        (
            seen.SessionStarted("2", seen.SessionKind.SSH, "ann", "10.0.0.9"),
            "SSH logon: ann 10.0.0.9",
        ),
        (seen.SessionEnded("2", seen.SessionKind.RDP, "ann"), "RDP logon ended: ann"),
        (seen.DisplayChanged(seen.Change.ADDED, "HDMI-2"), "Display HDMI-2 added"),
        (
            seen.DeviceAttached(seen.Device("/dev/x", seen.DeviceClass.STORAGE)),
            "Device attached: /dev/x",
        ),
        (
            seen.DeviceRemoved(seen.Device("/dev/x", seen.DeviceClass.STORAGE, "Stick")),
            "Device removed: Stick",
        ),
        (
            seen.NetworkInterfaceChanged(seen.Change.REMOVED, "eth0"),
            "Network interface eth0 removed",
        ),
        (
            seen.WindowFinding(seen.WindowFindingKind.OVERLAY, PROGRAM),
            "Odd window (overlay): x11vnc",
        ),
        (
            seen.WindowFinding(seen.WindowFindingKind.DESKTOP_SWITCH, desktop="Winlogon"),
            "Odd window (desktop switched): Winlogon",
        ),
        (
            seen.WatchedFileChanged(seen.Change.MODIFIED, "/etc/hosts"),
            "Watched file changed: /etc/hosts",
        ),
        (
            seen.ServiceChanged(
                seen.Change.MODIFIED, seen.ServiceKind.SYSTEM, "todeskd.service", running=True
            ),
            "Service todeskd.service changed (running)",
        ),
        (
            seen.ServiceChanged(
                seen.Change.ADDED,
                seen.ServiceKind.VIRTUAL_INPUT,
                "/dev/uinput",
                process=seen.ProcessRef(7, "ydotoold"),
            ),
            "ydotoold added: it holds the device that imitates keyboards and mice",
        ),
        (
            seen.EnvironmentSeen(debugger=seen.ProcessRef(9, "gdb")),
            "gdb has taken hold of the agent as a debugger does",
        ),
        (seen.EnvironmentSeen(), "The agent's surroundings or files changed"),
        (
            seen.NetworkSettingChanged(
                seen.Change.ADDED, "route", "0.0.0.0/0", "192.168.42.1 dev usb0"
            ),
            "Network setting added: Route 0.0.0.0/0 192.168.42.1 dev usb0",
        ),
        (seen.NameResolved("relay.example.net"), "Looked up relay.example.net"),
        (seen.ClockChanged(-7_200_000_000), "System clock jumped by -7200.0 s"),
        (
            seen.SensorStateChanged("input", seen.Health.UNAVAILABLE, "no display", "set DISPLAY"),
            "Sensor “Mouse and keyboard”: Cannot see. no display",
        ),
        (seen.AgentLifecycle(seen.LifecycleStage.STARTED, "0.1.0"), "Agent started. 0.1.0"),
        (seen.ObservationsDropped(1, 0, 0, "full"), "1 observation could not be kept: full"),
    ],
)
def test_a_fact_is_a_sentence_in_both_languages(fact: seen.Fact, said: str) -> None:
    assert [line.text for line in lines(records(batch(fact)), ENGLISH)] == [said]
    (chinese,) = lines(records(batch(fact)), CHINESE)
    assert chinese.text != said
    assert not chinese.routine


def test_what_was_there_before_watching_began_is_routine() -> None:
    (line,) = lines(
        records(batch(seen.ProcessStarted(seen.Process(1, 0, "init"), baseline=True))), ENGLISH
    )
    assert line.routine


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            StreamClosed(WS, "x", replaced=True),
            "Connection replaced by a newer one of the same workstation",
        ),
        (StreamClosed(WS, "x", collector_stopping=True), "Disconnected: the collector stopped"),
        (
            EnvelopeRejected(WS, RefusalReason.SIGNATURE, "key unknown", b"", 0, b"", ""),
            "Envelope refused: bad signature. key unknown",
        ),
        (EnvelopeAdmitted(WS, 0, b"garbage"), "An envelope that cannot be read"),
        (replace(alert(1, "1", REMOTE), revision=9, over=True), "Alert over: Remote control"),
    ],
)
def test_other_records(body: RecordBody, said: str) -> None:
    assert [line.text for line in lines(records(body), ENGLISH)] == [said]


def test_growing_alerts_and_records_of_the_collector_are_no_lines() -> None:
    assert lines(records(alert(1, "1", REMOTE, revision=2), CollectorStopped()), ENGLISH) == []


def test_the_same_thing_again_is_counted_and_the_page_is_bounded() -> None:
    opened = batch(seen.DisplayChanged(seen.Change.ADDED, "HDMI-2"))
    assert lines(records(opened, opened), ENGLISH) == [
        Line(1_000_000, 0, 1, "Display HDMI-2 added", times=2)
    ]
    many = [batch(seen.ProcessEnded(i, 0, f"p{i}")) for i in range(MOST_LINES + 50)]
    told = lines(records(*many), ENGLISH)
    assert len(told) == MOST_LINES
    assert told[0].text == f"Program ended: p{MOST_LINES + 49}"


def test_what_was_kept_while_cut_off_stands_where_it_happened() -> None:
    """Sealed at 3 and 4 s, arrived with what was sealed at 60 s; the silence of that time was told before."""
    told = lines(
        [
            Record(0, b"", 1_000_000, sealed(1, seen.ProcessEnded(1, 0, "before"))),
            Record(1, b"", 8_000_000, alert(1, "1", REMOTE)),
            Record(2, b"", 60_000_000, sealed(3, seen.ProcessEnded(2, 0, "meanwhile"))),
            Record(3, b"", 60_000_000, sealed(4, seen.Heartbeat())),
            Record(4, b"", 60_000_000, sealed(60, seen.ProcessEnded(3, 0, "after"))),
        ],
        ENGLISH,
    )
    assert [(line.text, line.at_us, line.arrived_us) for line in told] == [
        ("Program ended: after", 60_000_000, 0),
        ("Alert: Remote control (Critical)", 8_000_000, 0),
        ("Nothing special (1 envelope)", 4_000_000, 60_000_000),
        ("Program ended: meanwhile", 3_000_000, 60_000_000),
        ("Program ended: before", 1_000_000, 0),
    ]


def sealed(second: int, fact: seen.Fact) -> EnvelopeAdmitted:
    at_us = 1_000_000 * second
    header = BatchHeader(FORMAT, WS, BootId("b"), None, 0, bytes(32), at_us, at_us)
    payload = write_batch(Batch(header, (seen.Observation(at_us, at_us, fact),)))
    return EnvelopeAdmitted(WS, 0, write_envelope("t", payload, "k", bytes(64)))


def test_a_sensors_last_reason_is_known() -> None:
    broken = seen.SensorStateChanged("input", seen.Health.UNAVAILABLE, "no display", "set DISPLAY")
    fine = seen.SensorStateChanged("input", seen.Health.OK)
    assert sensor_reasons(records(batch(broken))) == {"input": ("no display", "set DISPLAY")}
    assert sensor_reasons(records(batch(broken), batch(fine))) == {"input": ("", "")}
