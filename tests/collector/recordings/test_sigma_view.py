"""Events as Sigma rules ask for them."""

from typing import Any

import pytest

from jiankao_collector.recordings.shapes import parse_event
from jiankao_collector.recordings.sigma_view import sigma_view
from tests.support.recorded import security, started, sysmon, system


@pytest.mark.parametrize(
    ("event", "category", "service"),
    [
        (started(r"C:\x.exe"), "process_creation", "sysmon"),
        (security(4688, NewProcessName=r"C:\x.exe"), "process_creation", "security"),
        (sysmon(12, EventType="CreateKey"), "registry_add", "sysmon"),
        (sysmon(12, EventType="DeleteValue"), "registry_delete", "sysmon"),
        (sysmon(13, EventType="SetValue"), "registry_set", "sysmon"),
        (sysmon(22), "dns_query", "sysmon"),
        (system(7045), "", "system"),
        (security(4624), "", "security"),
    ],
)
def test_the_log_source(event: dict[str, Any], category: str, service: str) -> None:
    view = sigma_view(parse_event(event))
    assert (view.category, view.product, view.service, view.event_id) == (
        category,
        "windows",
        service,
        event["EventID"],
    )


def test_a_start_told_by_the_security_log_has_the_names_rules_use() -> None:
    event = security(
        4688,
        NewProcessName=r"C:\x.exe",
        NewProcessId="0x10",
        ProcessId="0x20",
        ParentProcessName=r"C:\y.exe",
        CommandLine="x.exe --secret",
        Extra="kept",
    )
    fields = sigma_view(parse_event(event)).fields
    assert (fields["Image"], fields["ParentImage"]) == (r"C:\x.exe", r"C:\y.exe")
    assert (fields["ProcessId"], fields["ParentProcessId"]) == ("0x10", "0x20")
    assert (fields["NewProcessName"], fields["Extra"]) == (r"C:\x.exe", "kept")
