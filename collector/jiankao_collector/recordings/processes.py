"""Processes as a recording tells of them: Sysmon 1 and 5, Security 4688 and 4689.

Where both logs were recorded, each process is told of twice. Both are passed on under one start time, so that the
second is the same process: one of them may know more (the name inside the executable) than the other.

A recording rarely begins with the computer. A process that does something (connects, writes, starts another) and whose
start was not told of was running before: it is passed on as such, or a tool that never starts anew would go unseen.
"""

import re
from dataclasses import dataclass, replace

from jiankao_collector.knowledge.catalogue import base_name
from jiankao_collector.recordings.command_lines import masked
from jiankao_collector.recordings.windows_event import SYSMON, WindowsEvent
from jiankao_proto.observations import Fact, Process, ProcessEnded, ProcessRef, ProcessStarted

SAME_US = 5_000_000
"""Both logs tell of one start within this time."""
_KEPT = 16_384
_SHA256 = re.compile(r"SHA256=([0-9A-Fa-f]{64})")
_SPECIAL = {0: "System Idle Process", 4: "System"}


@dataclass(slots=True)
class _Known:
    started_us: int
    name: str
    told_by: str


class Processes:
    """The processes of one computer, by number, as far as the recording told of their start."""

    def __init__(self) -> None:
        self._known: dict[int, _Known] = {}

    def started_by_sysmon(self, event: WindowsEvent) -> tuple[Fact, ...]:
        """Read Sysmon's event 1."""
        hashes = _SHA256.search(event.text("Hashes", "Hash"))
        image = event.text("Image")
        return self._started(
            event,
            Process(
                pid=event.number("ProcessId"),
                started_at_us=event.at_us,
                name=base_name(image),
                executable=image,
                parent_pid=event.number("ParentProcessId"),
                parent_name=base_name(event.text("ParentImage")),
                user=event.text("User"),
                session=event.text("TerminalSessionId"),
                command_line_masked=masked(event.text("CommandLine")),
                executable_sha256=bytes.fromhex(hashes[1]) if hashes else b"",
                original_name=event.text("OriginalFileName"),
                company=event.text("Company"),
                description=event.text("Description"),
                product=event.text("Product"),
            ),
        )

    def started_by_security(self, event: WindowsEvent) -> tuple[Fact, ...]:
        """Read the Security log's event 4688."""
        image = event.text("NewProcessName")
        return self._started(
            event,
            Process(
                pid=event.number("NewProcessId"),
                started_at_us=event.at_us,
                name=base_name(image),
                executable=image,
                parent_pid=event.number("ProcessId"),
                parent_name=base_name(event.text("ParentProcessName")),
                user=event.text("TargetUserName", "SubjectUserName"),
                command_line_masked=masked(event.text("CommandLine")),
            ),
        )

    def ended(self, event: WindowsEvent) -> tuple[Fact, ...]:
        """Read Sysmon's event 5 or the Security log's 4689."""
        pid = event.number("ProcessId")
        before = self.running(event, pid, event.text("Image", "ProcessName"))
        known = self._known.pop(pid, None)
        if known is None:
            return ()
        return (*before, ProcessEnded(pid, known.started_us, known.name))

    def owner(self, event: WindowsEvent) -> ProcessRef:
        """Return whose doing an event is."""
        pid, image = event.number("ProcessId"), event.text("Image")
        return ProcessRef(pid, base_name(image) if image else _SPECIAL.get(pid, ""), image)

    def running(
        self, event: WindowsEvent, pid: int, image: str, command_line: str = ""
    ) -> tuple[Fact, ...]:
        """Return what follows from a process being seen at work: it runs, and its number's former owner ended."""
        name = base_name(image)
        if not name or pid in _SPECIAL or "\\" not in image:
            return ()
        known = self._known.get(pid)
        if known is not None and known.name.casefold() == name.casefold():
            return ()
        ended: tuple[Fact, ...] = ()
        if known is not None:
            ended = (ProcessEnded(pid, known.started_us, known.name),)
        self._remember(pid, _Known(event.at_us, name, ""))
        process = Process(pid, event.at_us, name, image, command_line_masked=masked(command_line))
        return (*ended, ProcessStarted(process, baseline=True))

    def _started(self, event: WindowsEvent, process: Process) -> tuple[Fact, ...]:
        if not process.name:
            return ()
        teller = SYSMON if event.service == SYSMON else "security"
        known = self._known.get(process.pid)
        again = (
            known is not None
            and known.told_by != teller
            and known.name.casefold() == process.name.casefold()
            and abs(process.started_at_us - known.started_us) <= SAME_US
        )
        if known is not None and again:
            return (ProcessStarted(replace(process, started_at_us=known.started_us)),)
        parent = self.running(
            event,
            process.parent_pid,
            event.text("ParentImage", "ParentProcessName"),
            event.text("ParentCommandLine"),
        )
        self._remember(process.pid, _Known(process.started_at_us, process.name, teller))
        return (*parent, ProcessStarted(process))

    def _remember(self, pid: int, process: _Known) -> None:
        self._known.pop(pid, None)
        self._known[pid] = process
        if len(self._known) > _KEPT:
            del self._known[next(iter(self._known))]
