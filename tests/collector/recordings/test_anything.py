"""Whatever stands in a recording, nothing crashes: it is used, or counted as unusable."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiankao_collector.errors import ConfigurationError
from jiankao_collector.recordings.assessing import Progress, assess
from jiankao_collector.recordings.formats import Format
from tests.support.judged import rules
from tests.support.recorded import SYSMON_CHANNEL, evtx_dump, winlogbeat

Shape = Callable[[dict[str, Any]], dict[str, Any]]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(
        [
            "0x10",
            "4100",
            "10",
            "203.0.113.9",
            "fe80::1%3",
            "tcp",
            "false",
            "-",
            "C:\\a\\AnyDesk.exe",
            "C:\\a\ud800.exe",
        ]
    ),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = st.dictionaries(
    st.sampled_from(
        [
            "ProcessId",
            "Image",
            "ParentImage",
            "ParentProcessId",
            "CommandLine",
            "Hashes",
            "User",
            "SourceIp",
            "SourcePort",
            "DestinationIp",
            "DestinationPort",
            "DestinationHostname",
            "Initiated",
            "Protocol",
            "QueryName",
            "QueryResults",
            "TargetObject",
            "Details",
            "EventType",
            "TargetFilename",
            "ServiceName",
            "ImagePath",
            "StartType",
            "ServiceType",
            "LogonType",
            "IpAddress",
            "TargetLogonId",
            "TargetUserName",
            "SessionName",
            "ClientAddress",
            "LogonID",
            "AccountName",
            "ClassName",
            "DeviceId",
            "DeviceDescription",
            "NewProcessName",
            "NewProcessId",
            "ImageLoaded",
            "Param1",
            "Param3",
        ]
    ),
    JSON,
    max_size=10,
)
NUMBERS = st.sampled_from(
    [1, 3, 5, 6, 11, 12, 13, 14, 22, 1149, 4624, 4634, 4688, 4697, 4778, 4779, 6416, 7045]
)
CHANNELS = st.sampled_from(
    [
        SYSMON_CHANNEL,
        "Security",
        "System",
        "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",
    ]
)
TIMES = st.integers(0, 59).map("2026-06-07T10:00:{:02}Z".format)


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    """An event of a number that is read, with anything in its fields."""
    flat = {
        **draw(FIELDS),
        "@timestamp": draw(TIMES),
        "Channel": draw(CHANNELS),
        "Hostname": draw(st.sampled_from(["a", "b", "座位 \u202e\n7", ""])),
        "EventID": draw(NUMBERS),
    }
    shapes: list[Shape] = [dict, evtx_dump, winlogbeat]
    shape: Shape = draw(st.sampled_from(shapes))
    return shape(flat)


@given(
    st.lists(st.one_of(events(), events(), JSON), min_size=1, max_size=12),
    st.sampled_from([None, *Format]),
)
@settings(max_examples=25, deadline=None)
def test_anything_is_used_or_counted(
    tmp_path_factory: pytest.TempPathFactory, values: list[object], asked: Format | None
) -> None:
    path = tmp_path_factory.mktemp("recording") / "x.jsonl"
    path.write_text("\n".join(map(json.dumps, values)), encoding="utf-8", errors="replace")
    progress = Progress(lambda _: None, lambda records, _: records)
    try:
        done = assess(path, asked, rules(), b"", progress)
    except ConfigurationError as error:
        told = str(error)
    else:
        assert done.records
        told = "".join(f.reason_zh + f.reason_en for a in done.alerts for f in a.findings)
    assert "\n" not in told
