"""Services of remote-control tools: started is an alert, there before is a fact, the room's own is nothing."""

import pytest

from jiankao_proto.observations import Change, ProcessRef, ServiceChanged, ServiceKind
from jiankao_proto.records import Severity
from tests.support.judged import watched_seat


def unit(
    change: Change, name: str = "todeskd.service", *, enabled: bool = True, running: bool = False
) -> ServiceChanged:
    return ServiceChanged(change, ServiceKind.SYSTEM, name, enabled=enabled, running=running)


def holder(change: Change, name: str, pid: int = 9) -> ServiceChanged:
    process = ProcessRef(pid, name)
    return ServiceChanged(
        change, ServiceKind.VIRTUAL_INPUT, "/dev/uinput", running=True, process=process
    )


def test_a_service_that_starts_is_an_alert_and_over_when_it_stops() -> None:
    seat = watched_seat()
    seat.sends(2, unit(Change.BASELINE))
    assert seat.log.alerts() == {}
    seat.sends(3, unit(Change.MODIFIED, running=True))
    alert = seat.log.alerts()["remote_control"]
    assert alert.severity is Severity.WARNING
    assert {(f.reason_zh, f.reason_en) for f in alert.findings} >= {
        (
            "ToDesk 的系统服务（todeskd.service）已启动",
            "The service of ToDesk (todeskd.service) was started",
        )
    }
    seat.sends(4, unit(Change.MODIFIED, enabled=False))
    assert seat.log.alerts()["remote_control"].over


@pytest.mark.parametrize(
    ("name", "tool"),
    [
        ("tigervncserver@:1.service", "TigerVNC"),
        ("tigervncserver@.service", "TigerVNC"),
        ("runsunloginclient.service", "AweSun"),
        ("xpra.socket", "Xpra"),
    ],
)
def test_units_are_known_by_name_and_template(name: str, tool: str) -> None:
    seat = watched_seat()
    seat.sends(2, unit(Change.ADDED, name, running=True))
    ((_, reason),) = seat.log.reasons()
    assert tool.casefold() in reason.casefold()


@pytest.mark.parametrize(
    "name",
    ["ssh.service", "autodeskd.service", "todeskd.service.d", "cups.service", ""],
)
def test_other_services_are_nothing(name: str) -> None:
    seat = watched_seat()
    seat.sends(2, unit(Change.ADDED, name, running=True))
    assert seat.view.findings == ()


def test_one_that_ran_before_only_adds() -> None:
    seat = watched_seat()
    seat.sends(2, unit(Change.BASELINE, running=True))
    seat.sends(3, unit(Change.BASELINE, running=True))  # asked for again
    assert seat.log.alerts() == {}
    (finding,) = seat.view.findings
    assert finding.kind == "service_present"
    assert finding.count == 1


def test_one_that_only_would_start_never_becomes_an_alert() -> None:
    seat = watched_seat()
    seat.sends(2, unit(Change.BASELINE))
    seat.lives(5, 400)
    assert seat.log.alerts() == {}
    assert [f.kind for f in seat.view.findings] == ["service_enabled"]


def test_a_holder_of_the_virtual_input_device_adds() -> None:
    seat = watched_seat()
    seat.sends(2, holder(Change.ADDED, "ydotoold"))
    (finding,) = seat.view.findings
    assert finding.kind == "virtual_input_opened"
    assert finding.reason_en.startswith("Program ydotoold has opened the device")
    assert seat.log.alerts() == {}
    seat.sends(3, holder(Change.REMOVED, "ydotoold"))
    assert seat.view.state.value == "warning"
    seat.lives(8, 3600)
    assert seat.view.state.value == "watched"


def test_bluetooth_is_nothing() -> None:
    seat = watched_seat()
    seat.sends(2, holder(Change.BASELINE, "bluetoothd"))
    assert seat.view.findings == ()


def test_the_rooms_own_software_is_shown_with_its_innocent_reason_and_no_alert() -> None:
    seat = watched_seat()
    seat.sends(2, unit(Change.BASELINE, "veyon.service", running=True))
    seat.lives(5, 200)
    assert seat.log.said == []
    (finding,) = seat.view.findings
    assert (finding.subject, finding.points) == ("veyon", 4)
    assert "it may be the room's own" in finding.reason_en


def test_a_service_with_another_name_is_known_by_the_program_it_runs() -> None:
    seat = watched_seat()
    path = '"C:\\Windows\\Help\\AnyDesk.exe" --service'
    seat.sends(
        2,
        ServiceChanged(
            Change.ADDED, ServiceKind.SYSTEM, "HelpUpdate", running=True, image_path=path
        ),
    )
    ((_, reason),) = seat.log.reasons()
    assert reason == "The service of AnyDesk (HelpUpdate) was started"


def test_a_driver_is_called_one() -> None:
    seat = watched_seat()
    seat.sends(2, ServiceChanged(Change.ADDED, ServiceKind.DRIVER, "OrayVGC", running=True))
    assert seat.log.reasons() == [
        (
            "向日葵远程控制的驱动程序（OrayVGC）已启动",
            "The driver of AweSun (SunLogin, AweRay) (OrayVGC) was started",
        )
    ]
