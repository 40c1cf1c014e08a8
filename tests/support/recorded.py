"""Recordings as others write them: Windows events in the shapes of several exporters, and files of them."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SYSMON_CHANNEL = "Microsoft-Windows-Sysmon/Operational"
RDP_CHANNEL = "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational"
COMPUTER = "Seat-07.exam.local"


def time_of(seconds: float) -> str:
    """Return a time of the recording, seconds after ten o'clock."""
    return f"2026-06-07T10:{int(seconds) // 60:02}:{seconds % 60:06.3f}Z"


def sysmon(
    number: int, seconds: float = 0, *, computer: str = COMPUTER, **fields: str
) -> dict[str, Any]:
    """Return one of Sysmon's events as a flat object."""
    return _flat(SYSMON_CHANNEL, number, seconds, computer, fields)


def security(
    number: int, seconds: float = 0, *, computer: str = COMPUTER, **fields: str
) -> dict[str, Any]:
    """Return an event of the Security log as a flat object."""
    return _flat("Security", number, seconds, computer, fields)


def system(
    number: int,
    seconds: float = 0,
    *,
    computer: str = COMPUTER,
    provider: str = "Service Control Manager",
    **fields: str,
) -> dict[str, Any]:
    """Return an event of the System log as a flat object."""
    return {"SourceName": provider, **_flat("System", number, seconds, computer, fields)}


def _flat(
    channel: str, number: int, seconds: float, computer: str, fields: dict[str, str]
) -> dict[str, Any]:
    return {
        "@timestamp": time_of(seconds),
        "Channel": channel,
        "Hostname": computer,
        "EventID": number,
        **fields,
    }


def started(
    image: str, seconds: float = 0, *, pid: int = 4100, computer: str = COMPUTER, **more: str
) -> dict[str, Any]:
    """Return Sysmon's event of a process that started."""
    fields = {
        "RuleName": "-",
        "UtcTime": time_of(seconds).replace("T", " ").rstrip("Z"),
        "ProcessGuid": "{69e8992a-d6e9-5f51-0c00-000000000400}",
        "ProcessId": str(pid),
        "Image": image,
        "CommandLine": f'"{image}"',
        "User": r"EXAM\candidate",
        "ParentProcessId": "3000",
        "ParentImage": r"C:\Windows\explorer.exe",
    }
    return sysmon(1, seconds, computer=computer, **{**fields, **more})


def connected(
    image: str,
    far: str,
    seconds: float = 0,
    *,
    near: str = "10.1.0.7:50123",
    pid: int = 4100,
    inbound: bool = False,
    computer: str = COMPUTER,
    **more: str,
) -> dict[str, Any]:
    """Return Sysmon's event of a connection; its source is the side that began it."""
    source, destination = (far, near) if inbound else (near, far)
    fields = {
        "ProcessId": str(pid),
        "Image": image,
        "Protocol": "tcp",
        "Initiated": "false" if inbound else "true",
        "SourceIp": source.rpartition(":")[0],
        "SourcePort": source.rpartition(":")[2],
        "SourceHostname": "-",
        "DestinationIp": destination.rpartition(":")[0],
        "DestinationPort": destination.rpartition(":")[2],
        "DestinationHostname": "-",
    }
    return sysmon(3, seconds, computer=computer, **{**fields, **more})


def evtx_dump(flat: dict[str, Any]) -> dict[str, Any]:
    """Return a flat event as evtx_dump writes it."""
    data = {k: v for k, v in flat.items() if k not in _AROUND}
    return {
        "Event": {
            "#attributes": {"xmlns": "http://schemas.microsoft.com/win/2004/08/events/event"},
            "System": {
                "Provider": {"#attributes": {"Name": flat.get("SourceName", "")}},
                "EventID": {"#attributes": {"Qualifiers": ""}, "#text": flat["EventID"]},
                "TimeCreated": {"#attributes": {"SystemTime": flat["@timestamp"]}},
                "Channel": flat["Channel"],
                "Computer": flat["Hostname"],
            },
            "EventData": data,
        }
    }


def winlogbeat(flat: dict[str, Any]) -> dict[str, Any]:
    """Return a flat event as Winlogbeat writes it."""
    data = {k: v for k, v in flat.items() if k not in _AROUND}
    return {
        "@timestamp": flat["@timestamp"],
        "host": {"name": flat["Hostname"]},
        "winlog": {
            "channel": flat["Channel"],
            "computer_name": flat["Hostname"],
            "event_id": str(flat["EventID"]),
            "provider_name": flat.get("SourceName", ""),
            "event_data": data,
        },
    }


_AROUND = {"@timestamp", "Channel", "Hostname", "EventID", "SourceName"}


def lines_of(values: Iterable[object]) -> str:
    """Return values as JSON lines."""
    return "".join(json.dumps(value) + "\n" for value in values)


def written(path: Path, values: Iterable[object]) -> Path:
    """Write values as JSON lines and return the file."""
    path.write_text(lines_of(values), encoding="utf-8")
    return path
