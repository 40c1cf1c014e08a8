"""Our observations as the events that Sigma rules ask about.

Only what was observed is told: a field nobody looked at is not there, so a rule that needs it does not match.
Names: https://github.com/SigmaHQ/sigma-specification/blob/main/specification/sigma-appendix-taxonomy.md
"""

from jiankao_collector.sigma.events import Event, Value
from jiankao_collector.sigma.rules import Source
from jiankao_proto.observations import (
    Change,
    ConnectionOpened,
    Device,
    DeviceAttached,
    Direction,
    Fact,
    NameResolved,
    Process,
    ProcessRef,
    ProcessStarted,
    ServiceChanged,
    ServiceKind,
    SessionKind,
    SessionStarted,
    Transport,
    WatchedFileChanged,
)

_FILE_EVENTS = {
    Change.ADDED: "file_event",
    Change.MODIFIED: "file_change",
    Change.REMOVED: "file_delete",
}
_LOGON_TYPES = {SessionKind.RDP: 10, SessionKind.SHADOW: 10}
"""How Windows numbers logons at the screen from elsewhere; those at the keyboard no rule asks for.
https://learn.microsoft.com/windows/security/threat-protection/auditing/event-4624"""


_ON_BOTH = ("process_creation", "network_connection", "dns_query", *_FILE_EVENTS.values())
OBSERVED = (
    *(Source(category, product) for category in _ON_BOTH for product in ("windows", "linux")),
    Source(product="windows", service="system"),
    Source(product="windows", service="security"),
)
"""The log sources that observations stand for."""


def event_of(fact: Fact) -> Event | None:  # noqa: PLR0911 - one line a kind of fact
    """Return the event an observation is, None when rules know nothing of the kind."""
    match fact:
        case ProcessStarted(process=process):
            return _process(process)
        case ConnectionOpened():
            return _connection(fact)
        case NameResolved():
            return _resolved(fact)
        case WatchedFileChanged(change=change, path=path) if change in _FILE_EVENTS:
            fields: dict[str, Value] = {"TargetFilename": path}
            return Event(_FILE_EVENTS[change], _product(path), fields=fields)
        case ServiceChanged(change=Change.ADDED):
            return _service(fact)
        case SessionStarted():
            return _session(fact)
        case DeviceAttached(device=device):
            return _device(device)
        case _:
            return None


def _process(process: Process) -> Event:
    image = process.executable or process.name
    said = {
        "Image": image,
        "OriginalFileName": process.original_name,
        "CommandLine": process.command_line_masked,
        "ParentImage": process.parent_name,
        "User": process.user,
        "Company": process.company,
        "Description": process.description,
        "Product": process.product,
        "Signature": process.signer,
        "Hashes": f"SHA256={process.executable_sha256.hex().upper()}"
        if process.executable_sha256
        else "",
    }
    fields: dict[str, Value] = {name: value for name, value in said.items() if value}
    fields |= {"ProcessId": process.pid, "ParentProcessId": process.parent_pid}
    # Rules ask for `\name.exe`; of a parent only the name is known, which a folder it may have does not change.
    for name, bare in (("Image", process.name), ("ParentImage", process.parent_name)):
        if bare and fields.get(name) == bare and "\\" not in bare and "/" not in bare:
            fields[name] = f"{_separator(image)}{bare}"
    return Event("process_creation", _product(image), fields=fields)


def _connection(fact: ConnectionOpened) -> Event:
    outbound = fact.direction is Direction.OUTBOUND
    source, destination = (fact.local, fact.remote) if outbound else (fact.remote, fact.local)
    fields: dict[str, Value] = {
        **_owner(fact.process),
        "Initiated": "true" if outbound else "false",
        "Protocol": "udp" if fact.transport is Transport.UDP else "tcp",
        "SourceIp": source.address,
        "SourcePort": source.port,
        "DestinationIp": destination.address,
        "DestinationPort": destination.port,
    }
    if fact.remote_name:
        fields["DestinationHostname" if outbound else "SourceHostname"] = fact.remote_name
    return Event("network_connection", _product(fact.process.executable), fields=fields)


def _resolved(fact: NameResolved) -> Event:
    fields: dict[str, Value] = {**_owner(fact.process), "QueryName": fact.name}
    if fact.addresses:
        fields["QueryResults"] = "".join(f"{address};" for address in fact.addresses)
    return Event("dns_query", _product(fact.process.executable), fields=fields)


def _service(fact: ServiceChanged) -> Event | None:
    """Return Windows' own record of a service or driver that was installed; others tell of no such thing."""
    if fact.kind not in {ServiceKind.SYSTEM, ServiceKind.DRIVER} or not fact.image_path:
        return None
    fields: dict[str, Value] = {
        "Provider_Name": "Service Control Manager",
        "ServiceName": fact.name,
        "ImagePath": fact.image_path,
        "ServiceFileName": fact.image_path,
        "ServiceType": "kernel mode driver"
        if fact.kind is ServiceKind.DRIVER
        else "user mode service",
        "StartType": "auto start" if fact.enabled else "demand start",
    }
    return Event("", "windows", "system", 7045, fields)


def _session(fact: SessionStarted) -> Event | None:
    logon_type = _LOGON_TYPES.get(fact.kind)
    if logon_type is None:
        return None
    fields: dict[str, Value] = {"LogonType": logon_type, "TargetUserName": fact.user}
    fields["IpAddress"] = fact.remote_host or "-"
    return Event("", "windows", "security", 4624, fields)


def _device(device: Device) -> Event | None:
    if "\\" not in device.path:
        return None
    fields: dict[str, Value] = {"DeviceId": device.path, "DeviceDescription": device.name}
    return Event("", "windows", "security", 6416, fields)


def _owner(process: ProcessRef) -> dict[str, Value]:
    image = process.executable or process.name
    if not image:
        return {}
    if "\\" not in image and "/" not in image:
        image = f"{_separator(image)}{image}"
    return {"Image": image, "ProcessId": process.pid}


def _separator(path: str) -> str:
    return "\\" if _product(path) == "windows" else "/"


def _product(path: str) -> str:
    """Return the system a path is of: those of Windows have a backslash or end as its programs do."""
    windows = "\\" in path or path.casefold().endswith((".exe", ".com", ".scr"))
    return "windows" if windows and not path.startswith("/") else "linux"
