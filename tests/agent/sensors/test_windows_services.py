"""What Windows says of services: commands as they are found on real computers, and garbage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent.platform.windows.service_image import image_path
from jiankao_agent.platform.windows.service_seen import ServiceSeen, ServiceSetting
from jiankao_agent.sensors.service_changes import ServiceChanges, ServiceState
from jiankao_proto.observations import Change, ServiceKind

ROOT = r"C:\Windows"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (r"C:\Windows\system32\svchost.exe -k netsvcs -p", r"C:\Windows\system32\svchost.exe"),
        (r'"C:\Program Files\ToDesk\ToDesk.exe" --runservice', r"C:\Program Files\ToDesk\ToDesk.exe"),
        (r"C:\Program Files\A B\c.exe -password x", r"C:\Program Files\A B\c.exe"),
        (r"\SystemRoot\System32\drivers\usbip2_ude.sys", r"C:\Windows\System32\drivers\usbip2_ude.sys"),
        (r"System32\DriverStore\FileRepository\a\b.sys", r"C:\Windows\System32\DriverStore\FileRepository\a\b.sys"),
        (r"\??\C:\tools\x.sys", r"C:\tools\x.sys"),
        (r"%SystemRoot%\System32\x.exe", r"C:\Windows\System32\x.exe"),
        (r"C:\tools\run.exe.exe /s", r"C:\tools\run.exe.exe"),
        (r"C:\tools\nameless -secret", r"C:\tools\nameless"),
        ("", ""),
    ],
)  # fmt: skip
def test_the_file_of_a_command_without_its_arguments(command: str, expected: str) -> None:
    assert image_path(command, ROOT) == expected


@given(st.text(max_size=300))
def test_the_file_of_garbage(command: str) -> None:
    path = image_path(command, ROOT)
    assert path.isprintable()
    assert "\0" not in path


@pytest.mark.parametrize(
    ("type_bits", "state", "expected"),
    [
        (0x10, 4, (True, False, False)),
        (0x1, 4, (True, True, False)),
        (0x2, 1, (False, True, False)),
        (0xE0, 4, (True, False, True)),
        (0x110, 2, (True, False, False)),
        (0x20, 3, (False, False, False)),
    ],
)
def test_what_a_service_is(type_bits: int, state: int, expected: tuple[bool, bool, bool]) -> None:
    seen = ServiceSeen("x", type_bits, state)
    assert (seen.running, seen.driver, seen.of_a_user) == expected


def test_what_starts_by_itself() -> None:
    started = [s for s in range(-1, 5) if ServiceSetting(s).enabled]
    assert started == [0, 1, 2]


def test_services_that_come_start_and_go() -> None:
    changes = ServiceChanges()
    key = (ServiceKind.DRIVER, "usbip2_ude")
    waits = ServiceState(enabled=True, running=False, image_path="a.sys")
    runs = ServiceState(enabled=True, running=True, image_path="a.sys")

    def told(*services: ServiceState, baseline: bool = False) -> list[tuple[Change, str, bool]]:
        now = dict.fromkeys([key], services[0]) if services else {}
        return [(f.change, f.image_path, u) for f, u in changes.look(now, baseline=baseline)]

    assert told(baseline=True) == []
    assert told(waits) == [(Change.ADDED, "a.sys", True)]
    assert told(waits) == []
    assert told(runs) == [(Change.MODIFIED, "a.sys", True)]
    assert told(waits) == [(Change.MODIFIED, "a.sys", False)]
    assert told(waits, baseline=True) == [(Change.BASELINE, "a.sys", False)]
    assert told() == [(Change.REMOVED, "", False)]
