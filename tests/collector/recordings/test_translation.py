"""Event by event: what each says as an observation, and which look like something and are nothing."""

from typing import Any

import pytest

from jiankao_collector.recordings.shapes import parse_event
from jiankao_collector.recordings.translation import Translation
from jiankao_proto.observations import (
    Change,
    ConnectionOpened,
    DeviceAttached,
    DeviceClass,
    Direction,
    Endpoint,
    Fact,
    NameResolved,
    ProcessEnded,
    ProcessRef,
    ProcessStarted,
    ServiceChanged,
    ServiceKind,
    SessionEnded,
    SessionStarted,
    Transport,
    WatchedFileChanged,
)
from tests.support.recorded import RDP_CHANNEL, connected, security, started, sysmon, system

TOOL = r"C:\Program Files (x86)\AnyDesk\AnyDesk.exe"
RUN = r"HKU\S-1-5-21-1\Software\Microsoft\Windows\CurrentVersion\Run"


def told(*events: dict[str, Any]) -> list[Fact]:
    """Return everything that events say, explorer's own start left out."""
    translation = Translation()
    facts = [f for event in events for f in translation.facts(parse_event(event)) or ()]
    return [f for f in facts if not (isinstance(f, ProcessStarted) and f.process.pid == 3000)]


def test_a_start_by_sysmon_says_all_that_is_known() -> None:
    (fact,) = told(
        started(
            r"C:\Users\c\Downloads\helper.exe",
            OriginalFileName="AnyDesk.exe",
            Company="AnyDesk Software GmbH",
            Product="AnyDesk",
            Description="-",
            Hashes="MD5=00,SHA256=" + "AB" * 32,
            TerminalSessionId="2",
            CommandLine=r'"C:\Users\c\Downloads\helper.exe" --password geheim7 "two words"',
        )
    )
    assert isinstance(fact, ProcessStarted)
    assert not fact.baseline
    it = fact.process
    assert (it.pid, it.name, it.original_name, it.company, it.product, it.description) == (
        4100,
        "helper.exe",
        "AnyDesk.exe",
        "AnyDesk Software GmbH",
        "AnyDesk",
        "",
    )
    assert it.executable_sha256 == b"\xab" * 32
    assert (it.parent_pid, it.parent_name, it.user, it.session) == (
        3000,
        "explorer.exe",
        r"EXAM\candidate",
        "2",
    )
    assert "geheim7" not in it.command_line_masked
    assert "--password ***" in it.command_line_masked


def test_a_start_told_by_both_logs_is_one_process() -> None:
    by_security = security(
        4688, 1, NewProcessId="0x1004", NewProcessName=TOOL, ProcessId="0xbb8", SubjectUserName="c"
    )
    first, second = told(by_security, started(TOOL, 1.4))
    assert isinstance(first, ProcessStarted)
    assert isinstance(second, ProcessStarted)
    assert first.process.pid == second.process.pid == 0x1004
    assert first.process.started_at_us == second.process.started_at_us
    again = told(started(TOOL, 1), started(TOOL, 2))
    assert len({f.process.started_at_us for f in again if isinstance(f, ProcessStarted)}) == 2


def test_an_end_belongs_to_the_start_that_was_told() -> None:
    start, end = told(started(TOOL, 1), sysmon(5, 9, ProcessId="4100", Image=TOOL))
    assert isinstance(start, ProcessStarted)
    assert end == ProcessEnded(4100, start.process.started_at_us, "AnyDesk.exe")


def test_whoever_does_something_runs() -> None:
    """A tool that ran before the recording began is told of by its first connection."""
    process, connection = told(connected(TOOL, "203.0.113.9:443"))
    assert isinstance(process, ProcessStarted)
    assert process.baseline
    assert process.process.name == "AnyDesk.exe"
    assert isinstance(connection, ConnectionOpened)
    assert len(told(connected(TOOL, "203.0.113.9:443"), connected(TOOL, "203.0.113.9:80"))) == 3


def test_a_number_used_anew_means_that_its_former_owner_ended() -> None:
    browser = r"C:\Program Files\Browser\browser.exe"
    start, ended, other, _ = told(started(TOOL, 1), connected(browser, "203.0.113.9:443", 60))
    assert isinstance(start, ProcessStarted)
    assert ended == ProcessEnded(4100, start.process.started_at_us, "AnyDesk.exe")
    assert isinstance(other, ProcessStarted)
    assert other.process.name == "browser.exe"


@pytest.mark.parametrize(
    ("event", "local", "remote", "direction"),
    [
        (
            connected("System", "203.0.113.9:443", pid=4),
            Endpoint("10.1.0.7", 50123),
            Endpoint("203.0.113.9", 443),
            Direction.OUTBOUND,
        ),
        (
            connected("System", "10.1.0.66:49000", pid=4, near="10.1.0.7:3389", inbound=True),
            Endpoint("10.1.0.7", 3389),
            Endpoint("10.1.0.66", 49000),
            Direction.INBOUND,
        ),
        (
            connected(
                "System", "10.1.0.1:53", pid=4, near="10.1.0.7:50123", inbound=True, Protocol="udp"
            ),
            Endpoint("10.1.0.7", 50123),
            Endpoint("10.1.0.1", 53),
            Direction.UNSPECIFIED,
        ),
        (
            connected(
                "System", "0:0:0:0:0:ffff:a01:42:49000", pid=4, near="::1:3389", inbound=True
            ),
            Endpoint("::1", 3389),
            Endpoint("10.1.0.66", 49000),
            Direction.INBOUND,
        ),
    ],
)
def test_the_side_that_began_tells_which_side_is_ours(
    event: dict[str, Any], local: Endpoint, remote: Endpoint, direction: Direction
) -> None:
    (fact,) = told(event)
    assert isinstance(fact, ConnectionOpened)
    assert (fact.local, fact.remote, fact.direction) == (local, remote, direction)
    assert fact.transport in {Transport.TCP, Transport.UDP}
    assert fact.process == ProcessRef(4, "System", "System")


def test_names_asked_for() -> None:
    event = sysmon(
        22,
        ProcessId="4",
        Image="System",
        QueryName="relay.example",
        QueryResults="type:  5 x.example;::ffff:203.0.113.9;2001:db8::1;",
    )
    (fact,) = told(event)
    assert isinstance(fact, NameResolved)
    assert (fact.name, fact.addresses) == ("relay.example", ("203.0.113.9", "2001:db8::1"))


# ---- logons ----


def logon(kind: str, far: str, seconds: float = 0, number: str = "0x99") -> dict[str, Any]:
    return security(
        4624, seconds, LogonType=kind, IpAddress=far, TargetUserName="c", TargetLogonId=number
    )


@pytest.mark.parametrize(
    ("event", "remote"),
    [
        (logon("10", "203.0.113.9"), True),
        (logon("12", "203.0.113.9"), True),
        (logon("7", "203.0.113.9"), True),
        (logon("10", "127.0.0.1"), True),  # the last step of a tunnel
        (logon("7", "-"), False),
        (logon("7", "127.0.0.1"), False),
        (logon("7", "::1"), False),
        (logon("3", "203.0.113.9"), False),
        (logon("2", "127.0.0.1"), False),
        (logon("5", "-"), False),
        (logon("11", "-"), False),
        (security(4778, SessionName="RDP-Tcp#5", ClientAddress="203.0.113.9", LogonID="0x9"), True),
        (security(4778, SessionName="Console", ClientAddress="LOCAL", LogonID="0x9"), False),
    ],
)
def test_which_logons_are_remote_desktops(event: dict[str, Any], *, remote: bool) -> None:
    assert [isinstance(fact, SessionStarted) for fact in told(event)] == [True] * remote


def test_a_disconnected_session_ends_with_every_logon_of_it() -> None:
    facts = told(
        logon("10", "203.0.113.9", 1, "0x98"),
        logon("10", "203.0.113.9", 1, "0x99"),
        security(
            4779,
            9,
            SessionName="RDP-Tcp#5",
            ClientAddress="203.0.113.9",
            LogonID="0x99",
            AccountName="c",
        ),
    )
    assert [type(f) for f in facts] == [SessionStarted, SessionStarted, SessionEnded, SessionEnded]


def test_the_remote_desktop_service_itself_tells_who_came_through() -> None:
    flat = {**system(1149), "Channel": RDP_CHANNEL, "SourceName": ""}
    (fact,) = told({**flat, "UserData": {"EventXML": {"Param1": "c", "Param3": "203.0.113.9"}}})
    assert isinstance(fact, SessionStarted)
    assert (fact.user, fact.remote_host) == ("c", "203.0.113.9")


# ---- what was put onto the computer ----


@pytest.mark.parametrize(
    "event",
    [
        sysmon(13, EventType="SetValue", TargetObject=RUN + r"\Helper", Details=TOOL),
        sysmon(12, EventType="DeleteValue", TargetObject=RUN + r"\Helper"),
        sysmon(
            13,
            TargetObject=r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon\Shell",
            Details="explorer.exe, helper.exe",
        ),
        sysmon(
            11,
            TargetFilename=r"C:\Users\c\AppData\Roaming\Microsoft\Windows\Start Menu\Programs\Startup\x.lnk",
        ),
        sysmon(11, TargetFilename=r"C:\Windows\System32\Tasks\Helper"),
    ],
)
def test_what_starts_by_itself(event: dict[str, Any]) -> None:
    (fact,) = told(event)
    assert isinstance(fact, WatchedFileChanged)
    assert fact.group == "autostart"


@pytest.mark.parametrize(
    "event",
    [
        sysmon(
            13, TargetObject=r"HKLM\System\CurrentControlSet\Services\W32Time\Start", Details="2"
        ),
        sysmon(12, EventType="CreateKey", TargetObject=RUN),
        sysmon(
            13,
            TargetObject=r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon\Shell",
            Details="explorer.exe",
        ),
        sysmon(
            11, TargetFilename=r"C:\Windows\System32\Tasks\Microsoft\Windows\UpdateOrchestrator\x"
        ),
        sysmon(
            11,
            TargetFilename=r"C:\Users\c\AppData\Roaming\Microsoft\Windows\Start Menu\Programs\Startup\desktop.ini",
        ),
        sysmon(11, TargetFilename=r"C:\Users\c\Documents\answers.docx"),
        security(
            6416, ClassName="PrintQueue", DeviceId=r"SWD\PRINTENUM\{x}", DeviceDescription="Fax"
        ),
        security(
            6416, ClassName="DiskDrive", DeviceId=r"SCSI\Disk&Ven_NVMe\5&1", DeviceDescription="x"
        ),
        security(6416, ClassName="Keyboard", DeviceId=r"ACPI\MSFT0001\4&1", DeviceDescription="x"),
    ],
)
def test_what_means_nothing_in_an_exam_room(event: dict[str, Any]) -> None:
    assert told(event) == []


@pytest.mark.parametrize(
    ("event", "kind", "enabled", "running"),
    [
        (
            system(
                7045,
                ServiceName="AnyDesk",
                ImagePath=TOOL,
                StartType="auto start",
                ServiceType="user mode service",
            ),
            ServiceKind.SYSTEM,
            True,
            False,
        ),
        (
            system(
                7045,
                ServiceName="vhid",
                ImagePath=r"C:\x\vhid.sys",
                StartType="按需启动",
                ServiceType="内核模式驱动程序",
            ),
            ServiceKind.DRIVER,
            False,
            False,
        ),
        (sysmon(6, ImageLoaded=r"C:\x\vhid.sys"), ServiceKind.DRIVER, False, True),
        (
            sysmon(
                13,
                TargetObject=r"HKLM\System\CurrentControlSet\Services\AnyDesk\ImagePath",
                Details=TOOL,
            ),
            ServiceKind.SYSTEM,
            False,
            False,
        ),
    ],
)
def test_services_and_drivers(
    event: dict[str, Any], kind: ServiceKind, *, enabled: bool, running: bool
) -> None:
    (fact,) = told(event)
    assert isinstance(fact, ServiceChanged)
    assert fact.change in {Change.ADDED, Change.MODIFIED}
    assert (fact.kind, fact.enabled, fact.running) == (kind, enabled, running)
    assert fact.name in {"AnyDesk", "vhid", "vhid.sys"}
    assert fact.image_path


@pytest.mark.parametrize(
    ("name", "path", "kind", "virtual"),
    [
        ("Keyboard", r"HID\VID_046D&amp;PID_C31C&amp;MI_00\7&amp;1", DeviceClass.KEYBOARD, False),
        ("Mouse", r"TERMINPUT_BUS\UMB\2&1", DeviceClass.POINTER, True),
        ("DiskDrive", r"USBSTOR\Disk&Ven_X\1", DeviceClass.STORAGE, False),
        ("Net", r"USB\VID_12D1&PID_14DB\1", DeviceClass.NETWORK, False),
    ],
)
def test_devices(name: str, path: str, kind: DeviceClass, *, virtual: bool) -> None:
    (fact,) = told(security(6416, ClassName=name, DeviceId=path, DeviceDescription="A thing"))
    assert isinstance(fact, DeviceAttached)
    assert (fact.device.device_class, fact.device.virtual) == (kind, virtual)
    assert fact.device.vendor_id == (int(path.split("VID_")[1][:4], 16) if "VID_" in path else 0)


def test_a_number_means_nothing_without_its_log() -> None:
    """Hyper-V's network driver has an event 3 in System, the kernel an event 1: neither is Sysmon's."""
    translation = Translation()
    for event in (
        system(3, provider="Microsoft-Windows-Hyper-V-Netvsc", MiniportName="x"),
        system(7045, provider="Somebody Else", ServiceName="x", ImagePath="y"),
        {**system(1), "Channel": "Microsoft-Windows-Kernel-IO/Operational"},
        sysmon(8),
    ):
        assert translation.facts(parse_event(event)) is None
