"""The shapes in which Windows events are exported to JSON, read into one.

Known: flat objects (NXLog, OTRF's Security-Datasets), `evtx_dump` (Event.System, Event.EventData with `#text` and
`#attributes`), Winlogbeat (winlog.event_data, nested or with dots, also inside an Elasticsearch hit's `_source`, and
the older event_data), Azure's WindowsEvent (EventData as a JSON text), and Get-WinEvent | ConvertTo-Json for Sysmon,
whose Message names the fields.

Which time counts: the one the event log gave the record. Sysmon's own UtcTime is asked last but one, because for
connections and name look-ups it can be hours off; EventTime (NXLog) has no zone.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import TypeGuard

from jiankao_collector.recordings.errors import UnusableRecordError
from jiankao_collector.recordings.times import parse_time
from jiankao_collector.recordings.windows_event import (
    SECURITY,
    SYSMON,
    SYSTEM,
    WindowsEvent,
    service_of,
)

_IDS = ("EventID", "EventId", "event_id", "Id", "EventCode")
_CHANNELS = ("Channel", "LogName", "log_name", "channel")
_PROVIDERS = (
    "SourceName",
    "ProviderName",
    "Provider_Name",
    "Provider",
    "source_name",
    "provider_name",
)
_COMPUTERS = ("Hostname", "Computer", "ComputerName", "computer_name", "MachineName", "host")
_TIMES = ("@timestamp", "TimeCreated", "TimeGenerated", "SystemTime", "UtcTime", "EventTime")
_DATA = ("EventData", "event_data", "UserData", "user_data")
_MESSAGE_LINE = re.compile(r"^([A-Z][A-Za-z]+): ?(.*?)\r?$", re.MULTILINE)

_PLAIN = (str, int, float)
"""A field that holds null has no value: it is not there."""

Raw = Mapping[str, object]


def is_windows_event(value: object) -> bool:
    """Tell whether a JSON value looks like a Windows event of any of the known shapes."""
    try:
        raw, _ = _taken_apart(value)
        _event_id(raw)
    except UnusableRecordError:
        return False
    return True


def parse_event(value: object, *, unnamed: str = "") -> WindowsEvent:
    """Return a JSON value as an event. `unnamed`: the log of an event that names none. Raises UnusableRecordError."""
    raw, fields = _taken_apart(value)
    event_id = _event_id(raw)
    provider = _name(raw, _PROVIDERS)
    service = service_of(_name(raw, _CHANNELS), provider)
    at_us = _time(raw, fields)
    return WindowsEvent(
        computer=_name(raw, _COMPUTERS).casefold(),
        at_us=at_us,
        service=service or _guessed(event_id, fields) or unnamed,
        provider=provider.casefold(),
        event_id=event_id,
        fields=fields,
    )


def _taken_apart(value: object) -> tuple[Raw, dict[str, str]]:
    """Return what tells of an event, and its own fields."""
    if not _is_object(value):
        raise UnusableRecordError("no JSON object")
    if _is_object(source := value.get("_source")):
        value = source
    if _is_object(event := value.get("Event")):
        return _from_xml(event)
    if _is_object(log := value.get("winlog")):
        return _from_winlogbeat(value, log)
    if "winlog.event_id" in value:
        return _from_dotted(value)
    fields = {
        name: item if isinstance(item, str) else _text(item)
        for name, item in value.items()
        if isinstance(item, _PLAIN)
    }
    for name in _DATA:
        fields.update(_data(value.get(name)))
    message = value.get("Message")
    if isinstance(message, str) and "Properties" in value:
        fields.update(_MESSAGE_LINE.findall(message[:65536]))
    return value, fields


def _from_xml(event: Raw) -> tuple[Raw, dict[str, str]]:
    """Read what was XML: an element is its text, or an object with `#text` and `#attributes`."""
    system = event.get("System")
    if not _is_object(system):
        raise UnusableRecordError("an Event without System")
    raw: dict[str, object] = {
        name: _content(system.get(name)) for name in ("EventID", "Channel", "Computer")
    }
    raw["SourceName"] = _attribute(system.get("Provider"), "Name")
    raw["TimeCreated"] = _attribute(system.get("TimeCreated"), "SystemTime")
    fields: dict[str, str] = {}
    for name in _DATA:
        fields.update(_data(event.get(name)))
    return raw, fields


def _from_winlogbeat(value: Raw, log: Raw) -> tuple[Raw, dict[str, str]]:
    raw = {**log, "@timestamp": value.get("@timestamp")}
    fields: dict[str, str] = {}
    for name in _DATA:
        fields.update(_data(log.get(name)))
    return raw, fields


def _from_dotted(value: Raw) -> tuple[Raw, dict[str, str]]:
    raw: dict[str, object] = {"@timestamp": value.get("@timestamp")}
    fields: dict[str, str] = {}
    for name, item in value.items():
        _, dot, rest = name.partition("winlog.")
        group, _, own = rest.partition(".")
        if dot and group in _DATA and _is_plain(item):
            fields[own] = _text(item)
        elif dot:
            raw[rest] = item
    return raw, fields


def _data(data: object) -> Iterator[tuple[str, str]]:
    """Yield an event's own fields: an object, the same as JSON text, or a list of named values."""
    if isinstance(data, str):
        data = _unfolded(data)
    if isinstance(data, list):
        for item in data:
            name = _attribute(item, "Name")
            if isinstance(name, str):
                yield name, _text(_content(item))
    elif _is_object(data):
        for name, item in data.items():
            if name == "#attributes":
                continue
            if (name == "Data" and isinstance(item, list)) or (
                name in {"EventXML", "EventData"} and _is_object(item)
            ):
                yield from _data(item)
            else:
                content = _content(item)
                if _is_plain(content):
                    yield name, _text(content)


def _unfolded(text: str) -> object:
    """Return an object that was written as a text inside another; nothing when it is none."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _content(item: object) -> object:
    return item.get("#text", item.get("value")) if _is_object(item) else item


def _attribute(item: object, name: str) -> object:
    if not _is_object(item):
        return item
    inner = item.get("#attributes")
    within = inner if _is_object(inner) else item
    return within.get(name, within.get(f"@{name}"))


def _event_id(raw: Raw) -> int:
    for name in _IDS:
        value = _content(raw.get(name))
        if isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value[:6])
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    raise UnusableRecordError("no event number (EventID)")


def _name(raw: Raw, names: tuple[str, ...]) -> str:
    for name in names:
        value = raw.get(name)
        if _is_object(value):
            value = value.get("name", value.get("Name"))
        if isinstance(value, str) and value.strip():
            return value.strip()[:255]
    return ""


def _time(raw: Raw, fields: Mapping[str, str]) -> int:
    for name in _TIMES:
        value = raw.get(name) or fields.get(name)
        if value:
            return parse_time(value)
    raise UnusableRecordError("no time (@timestamp, TimeCreated, UtcTime)")


def _guessed(event_id: int, fields: Mapping[str, str]) -> str:
    """Return the log of an event that does not name it, by fields that only one of them has."""
    if "ProcessGuid" in fields or "SourceProcessGuid" in fields or "ImageLoaded" in fields:
        return SYSMON
    if "NewProcessName" in fields or "TargetLogonId" in fields or "SubjectUserSid" in fields:
        return SECURITY
    return SYSTEM if "ServiceName" in fields and "ImagePath" in fields and event_id else ""


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _is_plain(value: object) -> bool:
    return isinstance(value, _PLAIN)


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)
