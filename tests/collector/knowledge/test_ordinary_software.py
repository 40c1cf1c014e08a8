"""Ordinary software leads to no finding: the list beside this module, through the real judgement."""

from functools import cache
from pathlib import Path

from jiankao_collector.knowledge.catalogue import load
from jiankao_proto.observations import (
    Change,
    ConnectionOpened,
    Direction,
    NameResolved,
    Process,
    ProcessRef,
    ProcessStarted,
    ServiceChanged,
    ServiceKind,
    Transport,
)
from tests.support.judged import at, us, watched_seat

LIST = Path(__file__).with_name("ordinary_software.txt")
AS_MANY = 3_000
BATCH = 500


@cache
def names() -> tuple[str, ...]:
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return tuple(name for line in lines if not line.startswith("#") for name in line.split())


def executables() -> list[str]:
    return [name for name in names() if name.endswith(".exe")]


def hosts() -> list[str]:
    return [name for name in names() if not name.endswith(".exe")]


def test_the_list_is_long_and_holds_what_was_once_taken_for_a_tool() -> None:
    assert len(names()) == len(set(names())) >= AS_MANY
    assert {"autodesk.exe", "searchprotocolhost.exe", "trustedinstaller.exe", "sysdiag.exe"} <= set(
        executables()
    )
    assert len(hosts()) >= AS_MANY // 5


def test_no_program_of_it_is_found() -> None:
    seat = watched_seat()
    numbered = [*enumerate(executables(), 10)]
    for second, first in enumerate(range(0, len(numbered), BATCH), 2):
        folder = r"C:\Windows\System32"
        started = (
            Process(pid, us(second), name, rf"{folder}\{name}", original_name=name)
            for pid, name in numbered[first : first + BATCH]
        )
        seat.sends(second, *map(ProcessStarted, started))
    assert [(f.subject, f.reason_en) for f in seat.view.findings] == []


def test_no_host_of_it_is_found() -> None:
    seat = watched_seat()
    browser = ProcessRef(7, "browser.exe")
    tcp, out = Transport.TCP, Direction.OUTBOUND
    for second, host in enumerate(hosts(), 2):
        local, remote = at(f"10.1.0.9:{10_000 + second}"), at("198.51.100.9:443")
        opened = ConnectionOpened(tcp, local, remote, out, browser, remote_name=host)
        seat.sends(second, NameResolved(host), opened)
    found = [f for f in seat.view.findings if f.detector == "known_host"]
    assert [(f.subject, f.reason_en) for f in found] == []


def test_a_service_that_runs_one_of_its_programs_is_not_found() -> None:
    catalogue = load()
    found = {}
    for name in executables():
        stem = name.removesuffix(".exe")
        fact = ServiceChanged(
            Change.ADDED, ServiceKind.SYSTEM, stem, image_path=f'"C:\\x\\{name}" -k'
        )
        match = catalogue.find_service(fact)
        if match is not None and match.tool.kind != "assistive":
            found[name] = match.name_en
    assert found == {}
