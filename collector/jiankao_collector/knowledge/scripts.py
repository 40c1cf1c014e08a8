"""Which script an interpreter runs: such a program goes by its script's name, not by `python3.11`."""

import re

_INTERPRETER = re.compile(
    r"(?:pythonw?|perl|ruby|node|nodejs|bash|dash|sh)[0-9.]*(?:\.exe)?", re.IGNORECASE
)
_TEXT_FOLLOWS = frozenset({"-c", "-e", "-E"})
_MODULE_FOLLOWS = "-m"
_ENDING = re.compile(r"\.(?:py|pyw|pyz|pl|rb|js|sh)$", re.IGNORECASE)


def script_name(program: str, command_line: str) -> str:
    """Return the file name of the script that a command line names, without its ending; empty when there is none.

    A command line is one text: a path with blanks in it is not told apart, and then nothing is known by it.
    """
    if not _INTERPRETER.fullmatch(program):
        return ""
    words = iter(command_line.split()[1:])
    for word in words:
        if word in _TEXT_FOLLOWS:
            return ""
        if word == _MODULE_FOLLOWS:
            return next(words, "").partition(".")[0]
        if not word.startswith("-"):
            return _ENDING.sub("", re.split(r"[\\/]", word)[-1])
    return ""
