"""Every text of the console, in Chinese and English: the one way to a text.

The texts themselves are in words_of_pages.py, words_of_records.py and words_of_rulings.py, one entry per text with both
languages side by side. `{n}` and the like are filled in; in English `{s}` is the plural ending that goes with `{n}`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from jiankao_collector.console.words_of_pages import WORDS_OF_PAGES
from jiankao_collector.console.words_of_records import WORDS_OF_RECORDS
from jiankao_collector.console.words_of_rulings import WORDS_OF_RULINGS
from jiankao_proto.bilingual import in_language

CATALOGUE: Mapping[str, tuple[str, str]] = MappingProxyType(
    WORDS_OF_PAGES | WORDS_OF_RECORDS | WORDS_OF_RULINGS
)
"""Key to (Chinese, English)."""


class Language(StrEnum):
    """A language of the console, by its tag in HTML and in HTTP."""

    CHINESE = "zh-CN"
    ENGLISH = "en"

    @property
    def other(self) -> "Language":
        """The language the switch in the header leads to."""
        return Language.ENGLISH if self is Language.CHINESE else Language.CHINESE


@dataclass(frozen=True, slots=True)
class Words:
    """The catalogue in one language. Call it with a key; a key that does not exist is a KeyError."""

    language: Language

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its values filled in."""
        text = CATALOGUE[key][0 if self.language is Language.CHINESE else 1]
        if not values:
            return text
        return text.format(s="" if values.get("n") == 1 else "s", **values)

    def name(self, group: str, value: str) -> str:
        """Return the word for a value of a group (a sensor, a kind), or the value itself when it is new to us."""
        key = f"{group}.{value.lower()}"
        return self(key) if key in CATALOGUE else value

    def either(self, chinese: str, english: str) -> str:
        """Pick between two texts that came with the data; the other one where one is missing."""
        return chinese or english if self.language is Language.CHINESE else english or chinese

    def said(self, text: str) -> str:
        """Pick our language out of what a workstation said in both."""
        return in_language(text, self.language)


def language_of(*wishes: str) -> Language:
    """Return the first wish that is one of our languages: a cookie, a user's choice. Chinese when none is."""
    for wish in wishes:
        if wish in tuple(Language):
            return Language(wish)
    return Language.CHINESE


def language_accepted(header: str) -> str:
    """Return the language an Accept-Language header (RFC 9110, 12.5.4) likes best, empty when none of ours.

    Any Chinese reads the Chinese pages and any English the English ones.
    """
    best, best_weight = "", 0.0
    for part in header[:1000].split(","):
        tag, _, parameters = part.strip().partition(";")
        weight = _weight(parameters)
        for prefix, language in (("zh", Language.CHINESE), ("en", Language.ENGLISH)):
            ours = tag.lower() == prefix or tag.lower().startswith(prefix + "-")
            if ours and weight > best_weight:
                best, best_weight = language.value, weight
    return best


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
