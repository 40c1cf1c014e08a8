"""Recorded Windows events (JSON, one a line, perhaps xz) as the events rules see: only what the checks need."""

import json
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jiankao_collector.sigma.events import Event, Value

_SYSMON = {
    1: "process_creation",
    3: "network_connection",
    5: "process_termination",
    6: "driver_load",
    7: "image_load",
    11: "file_event",
    12: "registry_add",
    13: "registry_set",
    14: "registry_rename",
    22: "dns_query",
}
_CHANNELS = {
    "microsoft-windows-sysmon/operational": "sysmon",
    "security": "security",
    "system": "system",
    "microsoft-windows-terminalservices-localsessionmanager/operational": (
        "terminalservices-localsessionmanager"
    ),
}
_OF_4688 = {"NewProcessName": "Image", "ParentProcessName": "ParentImage"}


def lab_events(path: Path) -> Iterator[Event]:
    """Yield the events of a recording."""
    opener = lzma.open if path.suffix == ".xz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield lab_event(json.loads(line))


def lab_event(record: dict[str, Any]) -> Event:
    """Return the event a record tells of."""
    service = _CHANNELS.get(str(record.get("Channel", "")).casefold(), "")
    number = int(record["EventID"])
    category = ""
    fields = {name: _value(value) for name, value in record.items()}
    if service == "sysmon":
        category = _SYSMON.get(number, "")
        if number == 12 and str(record.get("EventType", "")).startswith("Delete"):
            category = "registry_delete"
    elif service == "security" and number == 4688:
        category = "process_creation"
        fields |= {new: fields[old] for old, new in _OF_4688.items() if old in fields}
    return Event(category, "windows", service, number, fields)


def _value(value: object) -> Value:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return json.dumps(value, ensure_ascii=False)
