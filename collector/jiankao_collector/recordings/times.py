"""Times as recordings write them, as microseconds since the epoch. A time without a zone is UTC, as Sysmon's are."""

import re
from datetime import UTC, datetime, timedelta
from math import inf

from jiankao_collector.recordings.errors import UnusableRecordError

_ISO = re.compile(
    r"\s*(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\s*(Z|UTC|[+-]\d\d:?\d\d)?\s*"
)
_DATE = re.compile(r"\\?/Date\((-?\d{1,17})(?:[+-]\d{4})?\)\\?/")
"""How PowerShell and .NET write a time in JSON: milliseconds since the epoch."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_US = 253_402_300_799_999_999
_INFINITE = (inf, -inf)
_SECONDS_BELOW, _MILLISECONDS_BELOW = 10**11, 10**14


def parse_time(value: object) -> int:
    """Return a time: ISO 8601, /Date(ms)/, or a number of seconds, milliseconds or microseconds since the epoch.

    Raises UnusableRecordError.
    """
    if isinstance(value, dict):
        value = value.get("value", value.get("#text", value.get("DateTime")))
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    # JSON's 1e400 is read as infinity.
    if isinstance(value, int | float) and not isinstance(value, bool) and value not in _INFINITE:
        return _checked(_number(value), value)
    if isinstance(value, str):
        if found := _ISO.fullmatch(value):
            return _checked(_iso(found, value), value)
        if found := _DATE.fullmatch(value):
            return _checked(int(found[1]) * 1000, value)
    raise UnusableRecordError(f"{value!r:.60} is no time")


def _number(value: float) -> int:
    size = abs(value)
    if size < _SECONDS_BELOW:
        return round(value * 1_000_000)
    return round(value * 1000) if size < _MILLISECONDS_BELOW else round(value)


def _iso(found: re.Match[str], value: object) -> int:
    year, month, day, hour, minute, second = (int(found[n]) for n in range(1, 7))
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise UnusableRecordError(f"{value!r:.60} is no time") from None
    us = (moment - _EPOCH) // timedelta(microseconds=1) + int((found[7] or "0").ljust(6, "0")[:6])
    zone = found[8]
    if zone and zone[0] in "+-":
        minutes = int(zone[1:3]) * 60 + int(zone[-2:])
        us -= (minutes if zone[0] == "+" else -minutes) * 60_000_000
    return us


def _checked(us: int, value: object) -> int:
    if not 0 < us <= _MOST_US:
        raise UnusableRecordError(f"{value!r:.60} is no time that a recording can be of")
    return us
