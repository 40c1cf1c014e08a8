"""From templates to HTML, with nothing a candidate's machine says taken at its word.

Program names, host names and notes come from machines and people who may mean harm. Two guards stand in one place for
every template: Jinja's autoescape, and `visible`, which every value passes first.
"""

import unicodedata
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from jiankao_collector.console.wording import Words

_ALLOWED_CONTROLS = "\n\t"
_LONGEST_TEXT = 4000
_SECOND = 1_000_000


def visible(value: object) -> object:
    """Show what would otherwise hide or reorder text: U+202E in a program's name becomes ⟨U+202E⟩.

    Unicode categories Cc, Cf, Co, Cs and the line separators: right-to-left overrides (Unicode TR 36, section 2.5),
    zero-width characters, control characters. Text longer than any name or sentence is cut with a mark. Markup and
    numbers pass unchanged.
    """
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    if value.isprintable() and len(value) <= _LONGEST_TEXT:
        return value
    shown = "".join(c if _is_visible(c) else f"⟨U+{ord(c):04X}⟩" for c in value[:_LONGEST_TEXT])
    return shown + ("…" if len(value) > _LONGEST_TEXT else "")


def _is_visible(character: str) -> bool:
    return character in _ALLOWED_CONTROLS or unicodedata.category(character) not in (
        "Cc",
        "Cf",
        "Co",
        "Cs",
        "Zl",
        "Zp",
    )


def element_id(kind: str, *names: str) -> str:
    """Return the HTML id of a thing: stable, and safe whatever its names hold."""
    return f"{kind}-{sha256(chr(0).join(names).encode()).hexdigest()[:16]}"


def time_of_day(at_us: int) -> str:
    """Return hours, minutes and seconds in the collector's time zone."""
    return f"{_local(at_us):%H:%M:%S}"


def utc_offset_seconds(at_us: int) -> int:
    """Return how far the collector's time zone is ahead of UTC: every time on a page is the collector's."""
    offset = _local(at_us).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def timestamp(at_us: int) -> str:
    """Return the ISO 8601 form for a machine, with the collector's offset."""
    return _local(at_us).isoformat(timespec="seconds")


def since(words: Words, at_us: int, now_us: int) -> str:
    """Return how long ago something was, in words; the browser keeps it going."""
    seconds = max(0, now_us - at_us) // _SECOND
    if seconds < 60:  # noqa: PLR2004 - seconds in a minute
        return words("since.seconds", n=seconds)
    minutes = seconds // 60
    if minutes < 60:  # noqa: PLR2004 - minutes in an hour
        return words("since.minutes", n=minutes)
    return words("since.hours", h=minutes // 60, n=minutes % 60)


def _local(at_us: int) -> datetime:
    # A record's time may be anything a damaged log holds; the year 9999 must not crash a page.
    bounded = min(max(at_us // _SECOND, 0), 253_370_000_000)
    return datetime.fromtimestamp(bounded, UTC).astimezone()


class Renderer:
    """Renders the console's templates. `rules_complaint` stands on every page of who is logged in."""

    def __init__(self, rules_complaint: str = "") -> None:
        self._rules_complaint = rules_complaint

    def render(self, template: str, words: Words, **values: object) -> str:
        """Render a template; it finds the texts as `w` and everything else by its name."""
        values["rules_complaint"] = self._rules_complaint
        return _environment().get_template(template).render(w=words, **values)


@cache
def _environment() -> Environment:
    """Compile the templates once for the process: they are part of the program."""
    environment = Environment(
        loader=PackageLoader("jiankao_collector.console"),
        autoescape=True,
        finalize=visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(
        time_of_day=time_of_day,
        timestamp=timestamp,
        utc_offset_seconds=utc_offset_seconds,
        since=since,
        element_id=element_id,
    )
    return environment
