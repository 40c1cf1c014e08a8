"""Our own observations as lines of protobuf JSON: every kind that can be told goes there and back."""

import json
from typing import Any

import pytest
from google.protobuf import json_format

from jiankao_collector.recordings.errors import UnusableRecordError
from jiankao_collector.recordings.observation_lines import is_observation, parse_line
from jiankao_proto.codec import write_observation
from jiankao_proto.v1 import telemetry_pb2
from tests.support.source_tree import ROOT

VECTORS = json.loads((ROOT / "tests" / "vectors" / "facts.json").read_text(encoding="utf-8"))[
    "observations"
]
LINE: dict[str, Any] = {
    "wallClockUs": "1780826400000000",
    "monotonicUs": "5000000",
    "processStarted": {
        "process": {"pid": 7, "startedAtUs": "1780826400000000", "name": "anydesk.exe"}
    },
}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["kind"])
def test_every_kind_of_observation_goes_there_and_back(vector: dict[str, Any]) -> None:
    message = telemetry_pb2.Observation.FromString(bytes.fromhex(vector["observation"]))
    line = json.loads(json_format.MessageToJson(message))
    assert is_observation(line)
    assert write_observation(parse_line(line).observation) == bytes.fromhex(vector["observation"])


def test_a_line_says_where_and_what() -> None:
    told = parse_line({"workstation": "w-7", "room": "101", "seat": "7", "observation": LINE})
    assert (told.workstation, told.room, told.seat) == ("w-7", "101", "7")
    assert told.observation == parse_line(LINE).observation
    by_file_names = {
        "wall_clock_us": 1_780_826_400_000_000,
        "monotonic_us": 5_000_000,
        "process_started": {
            "process": {"pid": 7, "started_at_us": 1_780_826_400_000_000, "name": "anydesk.exe"}
        },
    }
    assert is_observation(by_file_names)
    assert parse_line(by_file_names).observation == told.observation


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ([], "no JSON object"),
        ({"observation": 7}, "the observation is no JSON object"),
        ({"observation": LINE, "sit": "7"}, "unknown name 'sit'"),
        ({"observation": LINE, "seat": 7}, "seat is no text"),
        ({"wallClockUs": "1"}, "it holds no fact"),
        ({**LINE, "wallClockUs": "0"}, "no time"),
        ({**LINE, "wallClockUs": "-5"}, "which no clock shows"),
        ({**LINE, "processEnded": {"pid": 1}}, "no observation: "),
        ({**LINE, "surprise": {}}, "surprise"),
        (
            {"wallClockUs": "1", "processStarted": {"process": {"name": "x" * 9000}}},
            "a text of 9000",
        ),
        ({"wallClockUs": "1", "processStarted": {"process": {"pid": -1}}}, "no observation: "),
    ],
)
def test_what_is_no_observation_says_why(value: object, why: str) -> None:
    with pytest.raises(UnusableRecordError, match=why):
        parse_line(value)
