"""An event as a Sigma rule sees it: a log source and named values.

Names are those of the Sigma taxonomy, which for Windows are Sysmon's and the event log's own (`Image`, `CommandLine`,
`DestinationIp`, `LogonType`). They are looked up without regard to case.
Source: https://github.com/SigmaHQ/sigma-specification/blob/main/specification/sigma-appendix-taxonomy.md
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

Value = str | int | float | bool | None
"""What a field holds. Numbers that come as text (`"3389"`) compare like numbers; None is a field without a value."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event.

    `category`: process_creation, process_termination, network_connection, dns_query, file_event, file_delete,
    image_load, driver_load, registry_add, registry_delete, registry_set, …; empty for an event of a channel only.
    `product`: windows, linux or macos. `service`: the channel as Sigma names it: security, system, sysmon,
    terminalservices-localsessionmanager, …; empty when there is none.
    A rule is asked about an event when every part of its log source that it names is this event's (a rule of category
    registry_event is asked about all three registry categories), so an event may carry both category and service.
    `event_id`: what rules call `EventID`, 0 when there is none; it need not be among `fields`.
    """

    category: str = ""
    product: str = "windows"
    service: str = ""
    event_id: int = 0
    fields: Mapping[str, Value] = field(default_factory=dict)
