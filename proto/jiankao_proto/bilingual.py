"""Sentences of a workstation, in both languages of the product.

What is wrong with a sensor, and what to do about it, travel as one text each. It holds the Chinese and the English
sentence, so that whoever reads a record can read it; `in_language` takes one of them out where the reader's language
is known.
"""

_BETWEEN = " | "


def say(chinese: str, english: str) -> str:
    """Return one text that holds both sentences."""
    return f"{chinese.replace(_BETWEEN, ' / ')}{_BETWEEN}{english.replace(_BETWEEN, ' / ')}"


def in_language(text: str, language: str) -> str:
    """Return the sentence in `language` ("zh" or "en"); a text of one language is returned as it is."""
    chinese, between, english = text.partition(_BETWEEN)
    if not between:
        return text
    return english if language.startswith("en") else chinese
