"""Names of rooms, seats and exam sessions: what an operator types and a screen shows."""

MAX_LABEL = 64
"""Characters of one name."""


def is_label(text: str) -> bool:
    """Tell whether a text can be such a name: short, printable, no space at its ends."""
    return 0 < len(text) <= MAX_LABEL and text.isprintable() and text == text.strip()
