"""Every single fact of a tool, as the observation in which a workstation would meet it, judged at a seat of its own.

One assessment judges them all: each fact at another seat, so that no fact helps another. A seat is ordinary: enrolled,
connected, in an exam session without a policy.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from jiankao_collector.knowledge.tool import Tool
from jiankao_proto.observations import (
    Change,
    ConnectionOpened,
    Direction,
    Endpoint,
    Fact,
    ListenerOpened,
    NameResolved,
    Process,
    ProcessRef,
    ProcessStarted,
    ServiceChanged,
    ServiceKind,
    Transport,
)
from jiankao_proto.records import FindingCited
from tests.support.judged import BEGAN_US, JudgedLog

PLAIN: Final = "a.exe"
"""A program's name that says nothing."""
SEATS_A_LOG: Final = 500
"""Seats of one assessment: enough to share its cost, few enough that the roster stays small."""
_PLACES: Final = {
    "~": "/root",
    "%programfiles%": r"C:\Program Files (x86)",
    "%programdata%": r"C:\ProgramData",
    "%appdata%": r"C:\Users\kaosheng\AppData\Roaming",
    "%localappdata%": r"C:\Users\kaosheng\AppData\Local",
    "%temp%": r"C:\Users\kaosheng\AppData\Local\Temp",
    "%userprofile%": r"C:\Users\kaosheng",
    "%systemroot%": r"C:\Windows",
}
_PROGRAM: Final = re.compile(r"\.[a-z0-9]{2,4}$")


@dataclass(frozen=True, slots=True)
class SingleFact:
    """One observation. `tool`: whose fact it is (an id, or what a list calls it), `kind` and `text`: which one."""

    tool: str
    kind: str
    text: str
    observed: Fact


@dataclass(frozen=True, slots=True)
class Judged:
    """A fact and what the seat's findings said to it."""

    fact: SingleFact
    findings: tuple[FindingCited, ...]

    def names(self, tools: Iterable[Tool]) -> bool:
        """Tell whether a finding says the name of one of these tools in both languages."""
        return any(
            tool.name_zh in finding.reason_zh and tool.name_en in finding.reason_en
            for tool in tools
            for finding in self.findings
        )


def judge(facts: Sequence[SingleFact]) -> Iterator[Judged]:
    """Let a seat of its own meet each fact, and return what is found there."""
    for first in range(0, len(facts), SEATS_A_LOG):
        some = facts[first : first + SEATS_A_LOG]
        log = JudgedLog()
        log.opens(0)
        seats = [log.seat(str(number)) for number in range(len(some))]
        for seat, fact in zip(seats, some, strict=True):
            seat.connects(1)
            seat.sends(1, fact.observed)
        views = {view.workstation_id: view.findings for view in log.assessment.seats()}
        for seat, fact in zip(seats, some, strict=True):
            yield Judged(fact, views[seat.workstation])


def facts_of(tool: Tool) -> Iterator[SingleFact]:
    """Return every fact of an entry of the catalogue, each alone."""
    for where, kind, observe in _WAYS:
        for value in getattr(tool, where):
            yield SingleFact(tool.id, kind, str(value), observe(value))
    for name in tool.shared_names:
        for company in tool.companies:
            fact = program(name, company=company)
            yield SingleFact(tool.id, "name with its maker", f"{name}, {company}", fact)
        for group in tool.shared_arguments:
            line = f"{name} {' '.join(group)}"
            fact = program(name, command_line=line)
            yield SingleFact(tool.id, "name with its arguments", line, fact)
            yield SingleFact(tool.id, "service's program", line, service_running(line))


def program(
    name: str = PLAIN,
    executable: str = "",
    *,
    original_name: str = "",
    company: str = "",
    product: str = "",
    signer: str = "",
    command_line: str = "",
) -> ProcessStarted:
    """Return a program that starts, in a folder that says nothing unless `executable` says where."""
    return ProcessStarted(
        Process(
            77,
            BEGAN_US,
            name,
            executable or f"C:\\x9\\{name}",
            original_name=original_name,
            company=company,
            product=product,
            signer=signer,
            command_line_masked=command_line,
        )
    )


def program_at(path: str) -> ProcessStarted:
    """Return a program that starts and whose file is this one."""
    return program(re.split(r"[\\/]", path)[-1], path)


def inside(folder: str) -> str:
    r"""Return the path of a program in a folder as an entry writes it; a path of a file is that of the program."""
    text = folder.replace("*", "x1")
    slash = "/" if text[:1] == "~" else "\\"
    place, _, rest = text.partition(slash)
    text = f"{_PLACES[place]}{slash}{rest}" if place in _PLACES else text
    if _PROGRAM.search(text) or "/bin/" in text:
        return text
    return f"{text}/a9" if text.startswith("/") else f"{text}\\{PLAIN}"


def service(
    name: str,
    change: Change = Change.ADDED,
    *,
    kind: ServiceKind = ServiceKind.SYSTEM,
    image_path: str = "",
    running: bool = True,
) -> ServiceChanged:
    """Return a service that starts by itself; `running`: it does so now."""
    return ServiceChanged(change, kind, name, running=running, enabled=True, image_path=image_path)


def connection(host: str) -> ConnectionOpened:
    """Return a connection of an unknown program to a host."""
    return ConnectionOpened(
        Transport.TCP,
        Endpoint("10.1.0.9", 50_123),
        Endpoint("198.51.100.9", 443),
        Direction.OUTBOUND,
        ProcessRef(78, PLAIN, f"C:\\x9\\{PLAIN}"),
        remote_name=host,
    )


def listener(port: int) -> ListenerOpened:
    """Return an unknown program that listens on a port."""
    return ListenerOpened(
        Transport.TCP, Endpoint("0.0.0.0", port), ProcessRef(79, PLAIN, f"C:\\x9\\{PLAIN}")
    )


def asked(host: str) -> NameResolved:
    """Return the address of a host being asked for."""
    return NameResolved(host, ("198.51.100.9",))


def service_running(command_line: str) -> ServiceChanged:
    """Return a service of a name that says nothing and whose program and arguments are these."""
    return service("x9", image_path=f"C:\\x9\\{command_line}")


_WAYS: Final[tuple[tuple[str, str, Callable[..., Fact]], ...]] = (
    ("windows", "Windows file name", program),
    ("windows", "service's program", lambda name: service("x9", image_path=f'"C:\\x9\\{name}" -k')),
    ("linux", "Linux file name", lambda name: program(name, f"/usr/bin/{name}")),
    ("original_names", "name inside the file", lambda name: program(original_name=name)),
    ("products", "product", lambda product: program(product=product)),
    ("signers", "signer", lambda signer: program(signer=signer)),
    ("folders", "folder", lambda folder: program_at(inside(folder))),
    ("services", "service started", service),
    ("services", "service present", lambda name: service(name, Change.BASELINE, running=False)),
    ("drivers", "driver", lambda name: service(name, kind=ServiceKind.DRIVER)),
    ("units", "systemd unit", lambda name: service(name.replace("@.", "@1."))),
    ("domains", "host connected to", lambda domain: connection(domain.replace("*", "a1"))),
    ("domains", "host asked for", lambda domain: asked(domain.replace("*", "a1"))),
    ("ports", "listening port", listener),
)
"""Where a fact stands in an entry, what the page calls it, and the observation that shows it."""
