"""A Windows command line as one text, taken apart as Windows itself does.

Source: https://learn.microsoft.com/windows/win32/api/shellapi/nf-shellapi-commandlinetoargvw
"""

from jiankao_proto.masking import mask_command_line

_LONGEST = 8192
"""Characters that are looked at: twice what a masked line can hold."""


def masked(line: str) -> str:
    """Return a command line without its secrets, as our own workstations would have told it."""
    return mask_command_line(split(line[:_LONGEST]))


def split(line: str) -> list[str]:
    r"""Return the arguments: quotes hold blanks together, `\"` is a quote, other backslashes stand."""
    arguments: list[str] = []
    current, quoted, begun, backslashes = "", False, False, 0
    for character in line:
        if character == "\\":
            backslashes, begun = backslashes + 1, True
            continue
        if character == '"':
            current += "\\" * (backslashes // 2)
            if backslashes % 2:
                current += '"'
            else:
                quoted = not quoted
            backslashes, begun = 0, True
            continue
        current += "\\" * backslashes
        backslashes = 0
        if character in " \t" and not quoted:
            if begun:
                arguments.append(current)
            current, begun = "", False
        else:
            current, begun = current + character, True
    current += "\\" * backslashes
    return [*arguments, current] if begun else arguments
