"""A Windows event with all its fields as a Sigma rule sees it: its log source, and names as Sigma's taxonomy has them.

An observation keeps what our own detectors need; rules of the community may ask for any field of the event itself.
Source: https://github.com/SigmaHQ/sigma-specification/blob/main/specification/sigma-appendix-taxonomy.md
"""

from collections.abc import Mapping
from dataclasses import dataclass

from jiankao_collector.recordings.windows_event import SECURITY, SYSMON, WindowsEvent

_CATEGORIES = {
    (SYSMON, 1): "process_creation",
    (SYSMON, 3): "network_connection",
    (SYSMON, 5): "process_termination",
    (SYSMON, 6): "driver_load",
    (SYSMON, 7): "image_load",
    (SYSMON, 8): "create_remote_thread",
    (SYSMON, 10): "process_access",
    (SYSMON, 11): "file_event",
    (SYSMON, 12): "registry_add",
    (SYSMON, 13): "registry_set",
    (SYSMON, 14): "registry_rename",
    (SYSMON, 17): "pipe_created",
    (SYSMON, 18): "pipe_created",
    (SYSMON, 22): "dns_query",
    (SYSMON, 23): "file_delete",
    (SYSMON, 26): "file_delete",
    (SECURITY, 4688): "process_creation",
}
_OF_4688 = {
    "NewProcessName": "Image",
    "ParentProcessName": "ParentImage",
    "NewProcessId": "ProcessId",
    "ProcessId": "ParentProcessId",
    "SubjectUserName": "User",
}
"""Rules on processes name fields as Sysmon does; the Security log's own names stay beside them where both can."""


@dataclass(frozen=True, slots=True)
class SigmaView:
    """An event for Sigma rules; the parts are those of the log source, `event_id` is what rules call EventID."""

    category: str
    product: str
    service: str
    event_id: int
    fields: Mapping[str, str]


def sigma_view(event: WindowsEvent) -> SigmaView:
    """Return an event as rules see it; `category` is empty for one that is only of a channel."""
    category = _CATEGORIES.get((event.service, event.event_id), "")
    fields = event.fields
    if category == "registry_add" and "delete" in event.text("EventType", "Message").casefold():
        category = "registry_delete"
    if (event.service, event.event_id) == (SECURITY, 4688):
        renamed = {new: fields[old] for old, new in _OF_4688.items() if old in fields}
        fields = {**fields, **renamed}
    return SigmaView(category, "windows", event.service, event.event_id, fields)
