"""Loading Windows's own libraries, in one place: elsewhere there are none, and loading is an OSError."""

import ctypes
import sys
from typing import Any

if sys.platform == "win32":

    def load(name: str) -> ctypes.CDLL:
        """Load a library of the system. Raises OSError."""
        return ctypes.WinDLL(name, use_last_error=True)

    def last_code() -> int:
        """Return the number of the error of the last call of such a library."""
        return ctypes.get_last_error()

    def last_error() -> OSError:
        """Return why the last call of such a library failed."""
        return ctypes.WinError(ctypes.get_last_error())

    def error_of(code: int) -> OSError:
        """Return the error that a number stands for."""
        return ctypes.WinError(code)

    def callback(result: Any, *arguments: Any) -> Any:  # noqa: ANN401 - ctypes's own types have no better name
        """Return the type of a function that such a library calls."""
        return ctypes.WINFUNCTYPE(result, *arguments)

else:

    def load(name: str) -> ctypes.CDLL:
        """Raise OSError: there is no such library."""
        raise OSError(f"{name} is a library of Windows, which this is not")

    def last_code() -> int:
        """Return nothing: there was no call."""
        return 0

    def last_error() -> OSError:
        """Return that this is not Windows."""
        return OSError("this is not Windows")

    def error_of(code: int) -> OSError:
        """Return an error of that number."""
        return OSError(code, "an error of Windows, which this is not")

    def callback(result: Any, *arguments: Any) -> Any:  # noqa: ANN401 - see above
        """Return the type of a function as this system calls it."""
        return ctypes.CFUNCTYPE(result, *arguments)
