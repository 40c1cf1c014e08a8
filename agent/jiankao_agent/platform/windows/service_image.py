r"""Which file a service starts, out of what the service manager keeps as its command. Pure.

Arguments are left out: they may hold secrets. Sources: CreateServiceW (Microsoft Learn) for quoting; a driver's path
may be one of the object manager (\??\, \SystemRoot\) or begin below the system's folder.
"""

import re

MAX_LENGTH = 1024
_PROGRAM = re.compile(r".*?\.(?:exe|sys|dll|com|bat|cmd)(?=[\s\"]|$)", re.IGNORECASE)
_PREFIXES = re.compile(r"\\SystemRoot(?=\\)|%SystemRoot%(?=\\)|%windir%(?=\\)", re.IGNORECASE)
_BELOW_SYSTEM = re.compile(r"system32\\|syswow64\\", re.IGNORECASE)


def image_path(command: str, system_root: str) -> str:
    r"""Return the file; `system_root` is this Windows's folder, such as C:\Windows. Empty when nothing is named."""
    text = "".join(c if c.isprintable() else " " for c in command).strip()
    if text.startswith('"'):
        path = text[1:].partition('"')[0]
    else:
        program = _PROGRAM.match(text)
        path = program[0] if program else text.partition(" ")[0]
    path = path.removeprefix("\\??\\")
    if found := _PREFIXES.match(path):
        path = system_root + path[found.end() :]
    elif _BELOW_SYSTEM.match(path):
        path = f"{system_root}\\{path}"
    return path.strip()[:MAX_LENGTH]
