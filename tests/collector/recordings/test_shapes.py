"""One event in the shape of every exporter reads as one event."""

import json
from typing import Any

import pytest

from jiankao_collector.recordings.errors import UnusableRecordError
from jiankao_collector.recordings.shapes import is_windows_event, parse_event
from jiankao_collector.recordings.times import parse_time
from tests.support.recorded import COMPUTER, SYSMON_CHANNEL, evtx_dump, sysmon, winlogbeat

TEN = 1_780_826_400_000_000  # 2026-06-07T10:00:00Z
FLAT = sysmon(22, ProcessId="77", QueryName="exam.example", QueryResults="10.0.0.5;")
DATA = {"ProcessId": "77", "QueryName": "exam.example", "QueryResults": "10.0.0.5;"}
AZURE = {
    "TimeGenerated": "2026-06-07T10:00:00Z",
    "Computer": COMPUTER,
    "Channel": SYSMON_CHANNEL,
    "EventID": 22,
    "EventData": json.dumps(DATA),
}
OLD_WINLOGBEAT = {
    "@timestamp": "2026-06-07T10:00:00.000Z",
    "computer_name": COMPUTER,
    "log_name": SYSMON_CHANNEL,
    "event_id": 22,
    "event_data": DATA,
}
GET_WINEVENT = {
    "Id": 22,
    "LogName": SYSMON_CHANNEL,
    "ProviderName": "Microsoft-Windows-Sysmon",
    "MachineName": COMPUTER,
    "TimeCreated": f"/Date({TEN // 1000})/",
    "Properties": [{"Value": "77"}],
    "Message": "Dns query:\r\nProcessId: 77\r\nQueryName: exam.example\r\nQueryResults: 10.0.0.5;\r\n",
}
XML_LIKE = evtx_dump(FLAT)
XML_LIKE["Event"]["EventData"] = {
    "Data": [{"#attributes": {"Name": name}, "#text": value} for name, value in DATA.items()]
}
DOTTED = {
    "@timestamp": ["2026-06-07T10:00:00.000Z"],
    "winlog.channel": SYSMON_CHANNEL,
    "winlog.computer_name": COMPUTER,
    "winlog.event_id": 22,
    **{f"winlog.event_data.{name}": value for name, value in DATA.items()},
}
SHAPES: dict[str, dict[str, Any]] = {
    "flat": FLAT,
    "evtx_dump": evtx_dump(FLAT),
    "evtx_dump, named data": XML_LIKE,
    "winlogbeat": winlogbeat(FLAT),
    "elasticsearch hit": {"_index": "x", "_source": winlogbeat(FLAT)},
    "dotted": DOTTED,
    "old winlogbeat": OLD_WINLOGBEAT,
    "azure": AZURE,
    "get-winevent": GET_WINEVENT,
}


@pytest.mark.parametrize("value", SHAPES.values(), ids=SHAPES)
def test_every_shape_reads_as_the_same_event(value: dict[str, Any]) -> None:
    assert is_windows_event(value)
    event = parse_event(value)
    assert (event.computer, event.at_us, event.service, event.event_id) == (
        COMPUTER.casefold(),
        TEN,
        "sysmon",
        22,
    )
    assert event.number("ProcessId") == 77
    assert event.text("QueryName") == "exam.example"
    assert event.text("QueryResults") == "10.0.0.5;"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (7, "no JSON object"),
        ({}, "no event number"),
        ({"EventID": "x"}, "no event number"),
        ({"EventID": True}, "no event number"),
        ({"EventID": 1}, "no time"),
        ({"EventID": 1, "UtcTime": "yesterday"}, "'yesterday' is no time"),
        ({"EventID": 1, "UtcTime": "2026-13-01 10:00:00"}, "is no time"),
        ({"EventID": 1, "@timestamp": json.loads("1e400")}, "inf is no time"),
        ({"EventID": 1, "@timestamp": json.loads("-1e400")}, "-inf is no time"),
        (
            {"EventID": 1, "@timestamp": "1601-01-01T00:00:00Z"},
            "no time that a recording can be of",
        ),
        ({"Event": {"EventData": {}}}, "an Event without System"),
    ],
)
def test_what_is_no_event_says_why(value: object, why: str) -> None:
    with pytest.raises(UnusableRecordError, match=why):
        parse_event(value)


@pytest.mark.parametrize(
    "value",
    [
        "2026-06-07T10:00:00Z",
        "2026-06-07 10:00:00",
        "2026-06-07 10:00:00.000",
        "2026-06-07T18:00:00.0000000+08:00",
        "2026-06-07T05:30:00-0430",
        TEN // 1_000_000,
        TEN // 1000,
        TEN,
        f"/Date({TEN // 1000})/",
        f"/Date({TEN // 1000}+0800)/",
        {"value": f"/Date({TEN // 1000})/", "DisplayHint": 2},
    ],
)
def test_times_of_every_kind(value: object) -> None:
    assert parse_time(value) == TEN


def test_the_log_of_an_event_that_names_none_is_told_by_its_fields() -> None:
    bare = {"EventID": 1, "UtcTime": "2026-06-07 10:00:00", "ProcessGuid": "{x}", "Image": "x"}
    assert parse_event(bare).service == "sysmon"
    assert parse_event({"EventID": 3, "UtcTime": "2026-06-07 10:00:00"}).service == ""
    assert (
        parse_event({"EventID": 3, "UtcTime": "2026-06-07 10:00:00"}, unnamed="sysmon").service
        == "sysmon"
    )
