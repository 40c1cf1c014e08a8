"""Services and drivers as the service manager lists them: those that are there, and one that is added and deleted."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import wintypes

from jiankao_agent.platform.windows.service_seen import ServiceSeen, ServiceSetting
from jiankao_agent.sensors.windows.services import ServiceSources, ServicesSensor
from jiankao_proto.observations import Change, Health, ServiceChanged, ServiceKind
from tests.support.sensor_harness import running

assert sys.platform == "win32"

NAME = "JiankaoTestService"
advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
for function in (advapi32.OpenSCManagerW, advapi32.CreateServiceW):
    function.restype = ctypes.c_void_p
advapi32.CreateServiceW.argtypes = (
    *(ctypes.c_void_p, wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD),
    *(wintypes.DWORD, wintypes.DWORD, wintypes.DWORD, wintypes.LPCWSTR),
    *((ctypes.c_void_p,) * 5),
)


@contextmanager
def made_service() -> Iterator[None]:
    """Add a service that would start with the computer; it is never started."""
    manager = advapi32.OpenSCManagerW(None, None, 0xF003F)
    command = r'"C:\tools\made up.exe" --password secret'
    made = advapi32.CreateServiceW(manager, NAME, NAME, 0xF01FF, 0x10, 2, 1, command, *(None,) * 5)
    assert made, ctypes.WinError(ctypes.get_last_error())
    try:
        yield
    finally:
        assert advapi32.DeleteService(ctypes.c_void_p(made))
        advapi32.CloseServiceHandle(ctypes.c_void_p(made))
        advapi32.CloseServiceHandle(ctypes.c_void_p(manager))


def test_a_service_comes_and_goes() -> None:
    with running(ServicesSensor()) as sensor:
        sensor.wait_for_health(Health.OK)
        first = [f for f in sensor.facts if isinstance(f, ServiceChanged)]
        with made_service():
            added = sensor.wait_for(ServiceChanged, lambda f: f.name == NAME)
        removed = sensor.wait_for(
            ServiceChanged, lambda f: (f.name, f.change) == (NAME, Change.REMOVED)
        )
    assert {f.change for f in first} == {Change.BASELINE}
    assert {f.kind for f in first} >= {ServiceKind.SYSTEM, ServiceKind.DRIVER}
    assert any(f.running and f.image_path for f in first)
    assert added == ServiceChanged(
        Change.ADDED, ServiceKind.SYSTEM, NAME, enabled=True, image_path=r"C:\tools\made up.exe"
    )
    assert added in sensor.urgent
    assert not removed.enabled


def test_another_file_for_a_service_is_told() -> None:
    """The setting of a service that goes on running is read again, in turn."""
    commands = iter([r"C:\a.exe"])

    def setting(_: str) -> ServiceSetting:
        return ServiceSetting(2, next(commands, r"C:\b.exe"))

    sources = ServiceSources(lambda: [ServiceSeen("x", 0x10, 4)], setting)
    with running(ServicesSensor(sources)) as sensor:
        changed = sensor.wait_for(ServiceChanged, lambda f: f.change is Change.MODIFIED)
    assert changed.image_path == r"C:\b.exe"


def test_a_manager_that_refuses_is_said() -> None:
    def refuse() -> list[ServiceSeen]:
        raise OSError("access is denied")

    sensor = ServicesSensor(ServiceSources(refuse))
    assert sensor.probe().health is Health.UNAVAILABLE
    with running(sensor) as harness:
        assert "access is denied" in str(harness.wait_for_end())
