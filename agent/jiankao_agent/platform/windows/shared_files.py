"""Opening a file to read it without being in anybody's way: with every way of sharing.

Python's own open keeps others from deleting and renaming the file meanwhile.
"""

import sys

if sys.platform == "win32":
    import msvcrt
    import os

    from jiankao_agent.platform.windows.handles import READ, SHARE_ALL, open_existing

    _OPEN_LINK_ITSELF, _SEQUENTIAL = 0x0020_0000, 0x0800_0000

    def open_shared(path: str) -> int:
        """Return a descriptor that reads a file. Raises OSError."""
        handle = open_existing(path, READ, SHARE_ALL, _OPEN_LINK_ITSELF | _SEQUENTIAL)
        return msvcrt.open_osfhandle(handle, os.O_RDONLY)
