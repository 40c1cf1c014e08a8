"""Our own observations as protobuf JSON, as docs/assess.md describes them.

An object is an Observation of telemetry.proto in protobuf's JSON mapping (names in lowerCamelCase or as in the file,
64-bit numbers as texts or numbers, bytes in base64), alone or as `observation` beside workstation, room and seat.
"""

from dataclasses import dataclass

from google.protobuf import json_format

from jiankao_collector.recordings.errors import UnusableRecordError
from jiankao_proto.codec import read_observation
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import Observation, UnknownFact
from jiankao_proto.v1 import telemetry_pb2

_AROUND = {"workstation", "room", "seat", "observation"}
_TIMES = {"wallClockUs", "wall_clock_us"}
_LONGEST = 255
_MOST_DEPTH = 16


@dataclass(frozen=True, slots=True)
class ObservationLine:
    """An observation and where it was made; the texts are empty when the line does not say."""

    workstation: str
    room: str
    seat: str
    observation: Observation


def is_observation(value: object) -> bool:
    """Tell whether a JSON value looks like one of our observations."""
    return isinstance(value, dict) and (
        isinstance(value.get("observation"), dict) or bool(_TIMES & value.keys())
    )


def parse_line(value: object) -> ObservationLine:
    """Read one line. Raises UnusableRecordError."""
    if not isinstance(value, dict):
        raise UnusableRecordError("no JSON object")
    around, inner = ({}, value) if "observation" not in value else (value, value["observation"])
    for name in around:
        if name not in _AROUND:
            raise UnusableRecordError(
                f"unknown name {name!r:.40}; beside the observation stand {', '.join(sorted(_AROUND))}"
            )
    texts = {}
    for name in ("workstation", "room", "seat"):
        text = around.get(name, "")
        if not isinstance(text, str) or len(text) > _LONGEST:
            raise UnusableRecordError(f"{name} is no text of at most {_LONGEST} characters")
        texts[name] = text
    return ObservationLine(**texts, observation=_observation(inner))


def _observation(value: object) -> Observation:
    if not isinstance(value, dict):
        raise UnusableRecordError("the observation is no JSON object")
    message = telemetry_pb2.Observation()
    try:
        json_format.ParseDict(value, message, max_recursion_depth=_MOST_DEPTH)
        observation = read_observation(message.SerializeToString(deterministic=True))
    except (json_format.ParseError, MalformedError, UnicodeError) as error:
        raise UnusableRecordError(f"no observation: {' '.join(str(error).split())[:200]}") from None
    if isinstance(observation.fact, UnknownFact):
        raise UnusableRecordError("no observation: it holds no fact")
    if not observation.wall_clock_us:
        raise UnusableRecordError("no time (wallClockUs)")
    return observation
