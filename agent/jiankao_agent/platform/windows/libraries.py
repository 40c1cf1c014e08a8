"""Loading Windows's own libraries, in one place: elsewhere there are none, and loading is an OSError."""

import ctypes
import sys

if sys.platform == "win32":

    def load(name: str) -> ctypes.CDLL:
        """Load a library of the system. Raises OSError."""
        return ctypes.WinDLL(name, use_last_error=True)

    def last_error() -> OSError:
        """Return why the last call of such a library failed."""
        return ctypes.WinError(ctypes.get_last_error())

else:

    def load(name: str) -> ctypes.CDLL:
        """Raise OSError: there is no such library."""
        raise OSError(f"{name} is a library of Windows, which this is not")

    def last_error() -> OSError:
        """Return that this is not Windows."""
        return OSError("this is not Windows")
