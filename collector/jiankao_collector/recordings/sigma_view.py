"""A Windows event with all its fields as a Sigma rule sees it: its log source, and names as Sigma's taxonomy has them.

An observation keeps what our own detectors need; rules of the community may ask for any field of the event itself.
Source: https://github.com/SigmaHQ/sigma-specification/blob/main/specification/sigma-appendix-taxonomy.md
"""

from jiankao_collector.recordings.windows_event import SECURITY, SYSMON, WindowsEvent
from jiankao_collector.sigma.events import Event, Value

_POWERSHELL, _POWERSHELL_CLASSIC = "powershell", "powershell-classic"
_CATEGORIES = {
    (SYSMON, 1): "process_creation",
    (SYSMON, 2): "file_change",
    (SYSMON, 3): "network_connection",
    (SYSMON, 4): "sysmon_status",
    (SYSMON, 5): "process_termination",
    (SYSMON, 6): "driver_load",
    (SYSMON, 7): "image_load",
    (SYSMON, 8): "create_remote_thread",
    (SYSMON, 9): "raw_access_thread",
    (SYSMON, 10): "process_access",
    (SYSMON, 11): "file_event",
    (SYSMON, 12): "registry_add",
    (SYSMON, 13): "registry_set",
    (SYSMON, 14): "registry_rename",
    (SYSMON, 15): "create_stream_hash",
    (SYSMON, 16): "sysmon_status",
    (SYSMON, 17): "pipe_created",
    (SYSMON, 18): "pipe_created",
    (SYSMON, 19): "wmi_event",
    (SYSMON, 20): "wmi_event",
    (SYSMON, 21): "wmi_event",
    (SYSMON, 22): "dns_query",
    (SYSMON, 23): "file_delete",
    (SYSMON, 24): "clipboard_capture",
    (SYSMON, 25): "process_tampering",
    (SYSMON, 26): "file_delete",
    (SYSMON, 27): "file_block_executable",
    (SYSMON, 28): "file_block_shredding",
    (SYSMON, 29): "file_executable_detected",
    (SYSMON, 255): "sysmon_error",
    (SECURITY, 4688): "process_creation",
    (_POWERSHELL, 4103): "ps_module",
    (_POWERSHELL, 4104): "ps_script",
    (_POWERSHELL_CLASSIC, 400): "ps_classic_start",
    (_POWERSHELL_CLASSIC, 600): "ps_classic_provider_start",
    (_POWERSHELL_CLASSIC, 800): "ps_classic_script",
}
_MICROSOFT = "microsoft-windows-"
_SERVICES = {
    "windows powershell": _POWERSHELL_CLASSIC,
    "powershellcore/operational": _POWERSHELL,
    "dns server": "dns-server",
    "openssh/operational": "openssh",
    "msexchange management": "msexchange-management",
    "microsoft-servicebus-client/operational": "servicebus-client",
    "microsoft-servicebus-client/admin": "servicebus-client",
    "microsoft-iis-configuration/operational": "iis-configuration",
} | {
    _MICROSOFT + channel: service
    for channel, service in (
        ("powershell/operational", _POWERSHELL),
        ("taskscheduler/operational", "taskscheduler"),
        ("wmi-activity/operational", "wmi"),
        ("dns client events/operational", "dns-client"),
        ("dns-client/operational", "dns-client"),
        ("dns-server/audit", "dns-server-audit"),
        ("dns-server/analytical", "dns-server-analytic"),
        ("driverframeworks-usermode/operational", "driver-framework"),
        ("ntlm/operational", "ntlm"),
        ("dhcp-server/operational", "dhcp"),
        ("applocker/msi and script", "applocker"),
        ("applocker/exe and dll", "applocker"),
        ("applocker/packaged app-deployment", "applocker"),
        ("applocker/packaged app-execution", "applocker"),
        ("printservice/admin", "printservice-admin"),
        ("printservice/operational", "printservice-operational"),
        ("codeintegrity/operational", "codeintegrity-operational"),
        ("smbclient/security", "smbclient-security"),
        ("windows firewall with advanced security/firewall", "firewall-as"),
        ("bits-client/operational", "bits-client"),
        ("windows defender/operational", "windefend"),
        (
            "terminalservices-localsessionmanager/operational",
            "terminalservices-localsessionmanager",
        ),
        ("ldap-client/debug", "ldap"),
        ("security-mitigations/kernel mode", "security-mitigations"),
        ("security-mitigations/user mode", "security-mitigations"),
        ("diagnosis-scripted/operational", "diagnosis-scripted"),
        ("shell-core/operational", "shell-core"),
        ("bitlocker/bitlocker management", "bitlocker"),
        ("vhdmp/operational", "vhdmp"),
        ("appxdeploymentserver/operational", "appxdeployment-server"),
        ("lsa/operational", "lsa-server"),
        ("appxpackaging/operational", "appxpackaging-om"),
        ("appmodel-runtime/admin", "appmodel-runtime"),
        ("capi2/operational", "capi2"),
        (
            "certificateservicesclient-lifecycle-system/operational",
            "certificateservicesclient-lifecycle-system",
        ),
        ("application-experience/program-telemetry", "application-experience"),
        ("application-experience/program-compatibility-assistant", "application-experience"),
        ("hyper-v-worker", "hyper-v-worker"),
        ("kernel-event-tracing", "kernel-event-tracing"),
        ("kernel-shimengine/operational", "kernel-shimengine"),
        ("kernel-shimengine/diagnostic", "kernel-shimengine"),
        ("ntfs/operational", "ntfs"),
        ("sense/operational", "sense"),
    )
}
"""What Sigma calls a channel; the others keep their own name."""
_OF_4688 = {
    "NewProcessName": "Image",
    "ParentProcessName": "ParentImage",
    "NewProcessId": "ProcessId",
    "ProcessId": "ParentProcessId",
    "SubjectUserName": "User",
}
"""Rules on processes name fields as Sysmon does; the Security log's own names stay beside them where both can."""


def sigma_view(event: WindowsEvent) -> Event:
    """Return an event as rules see it; `category` is empty for one that is only of a channel."""
    service = _SERVICES.get(event.service, event.service)
    category = _CATEGORIES.get((service, event.event_id), "")
    if category == "registry_add" and "delete" in event.text("EventType", "Message").casefold():
        category = "registry_delete"
    fields: dict[str, Value] = {"Provider_Name": event.provider, "Computer": event.computer}
    fields |= event.fields
    if (service, event.event_id) == (SECURITY, 4688):
        fields |= {new: event.fields[old] for old, new in _OF_4688.items() if old in event.fields}
    return Event(category, "windows", service, event.event_id, fields)
