"""A named pipe between two processes of this computer: whole messages, both ways, with time limits.

CreateNamedPipeW, ConnectNamedPipe, GetNamedPipeClientProcessId, GetOverlappedResultEx (Microsoft Learn). Everything is
overlapped: a read that waits would otherwise hold up a write on the same handle.
"""

import ctypes
from contextlib import suppress
from ctypes import wintypes
from typing import ClassVar

from jiankao_agent.platform.windows import handles
from jiankao_agent.platform.windows.libraries import error_of, last_code, last_error, load

_PREFIX = "\\\\.\\pipe\\"
_DUPLEX, _FIRST_INSTANCE, _OVERLAPPED = 0x3, 0x0008_0000, 0x4000_0000
_MESSAGES, _READ_MESSAGES, _REJECT_REMOTE = 0x4, 0x2, 0x8
_READ_WRITE = 0x0012_019B
"""What the far end may do: read, write, wait; not make another instance of the pipe (FILE_APPEND_DATA is left out)."""
_NO_IMPERSONATION = 0x0010_0000
"""SECURITY_SQOS_PRESENT with SECURITY_ANONYMOUS: the server learns nothing of who opens."""
_ALREADY_CONNECTED, _PENDING, _TOO_LONG = 535, 997, 234
_NOT_YET = (258, 996)
"""WAIT_TIMEOUT, ERROR_IO_INCOMPLETE."""
_REVISION = 1


class _Overlapped(ctypes.Structure):
    _fields_: ClassVar = [
        ("Internal", ctypes.c_void_p),
        ("InternalHigh", ctypes.c_void_p),
        ("Offset", wintypes.DWORD),
        ("OffsetHigh", wintypes.DWORD),
        ("hEvent", wintypes.HANDLE),
    ]


class _SecurityAttributes(ctypes.Structure):
    _fields_: ClassVar = [
        ("nLength", wintypes.DWORD),
        ("lpSecurityDescriptor", ctypes.c_void_p),
        ("bInheritHandle", wintypes.BOOL),
    ]


_kernel32, _advapi32 = load("kernel32"), load("advapi32")
_kernel32.CreateNamedPipeW.argtypes = (
    wintypes.LPCWSTR,
    *(wintypes.DWORD,) * 6,
    ctypes.POINTER(_SecurityAttributes),
)
_kernel32.CreateNamedPipeW.restype = wintypes.HANDLE
_kernel32.CreateEventW.argtypes = (
    *(ctypes.c_void_p, wintypes.BOOL, wintypes.BOOL, wintypes.LPCWSTR),
)
_kernel32.CreateEventW.restype = wintypes.HANDLE
_kernel32.LocalFree.argtypes = (ctypes.c_void_p,)
_kernel32.ConnectNamedPipe.argtypes = (wintypes.HANDLE, ctypes.POINTER(_Overlapped))
_kernel32.ConnectNamedPipe.restype = wintypes.BOOL
_kernel32.SetNamedPipeHandleState.argtypes = (
    *(wintypes.HANDLE, ctypes.POINTER(wintypes.DWORD), ctypes.c_void_p, ctypes.c_void_p),
)
_kernel32.GetNamedPipeClientProcessId.argtypes = (
    *(wintypes.HANDLE, ctypes.POINTER(wintypes.ULONG)),
)
for _transfer in (_kernel32.ReadFile, _kernel32.WriteFile):
    _transfer.argtypes = (
        *(wintypes.HANDLE, ctypes.c_void_p, wintypes.DWORD),
        *(ctypes.c_void_p, ctypes.POINTER(_Overlapped)),
    )
    _transfer.restype = wintypes.BOOL
_kernel32.GetOverlappedResultEx.argtypes = (
    *(wintypes.HANDLE, ctypes.POINTER(_Overlapped), ctypes.POINTER(wintypes.DWORD)),
    *(wintypes.DWORD, wintypes.BOOL),
)
_kernel32.GetOverlappedResultEx.restype = wintypes.BOOL
_kernel32.GetOverlappedResult.argtypes = (
    *(wintypes.HANDLE, ctypes.POINTER(_Overlapped), ctypes.POINTER(wintypes.DWORD), wintypes.BOOL),
)
_kernel32.CancelIoEx.argtypes = (wintypes.HANDLE, ctypes.POINTER(_Overlapped))
_advapi32.ConvertStringSecurityDescriptorToSecurityDescriptorW.argtypes = (
    *(wintypes.LPCWSTR, wintypes.DWORD, ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p),
)
_advapi32.ConvertStringSecurityDescriptorToSecurityDescriptorW.restype = wintypes.BOOL


class _Operation:
    """One overlapped call and its event."""

    def __init__(self) -> None:
        self.overlapped = _Overlapped()
        self.pending = False
        event = _kernel32.CreateEventW(None, 1, 0, None)
        if not event:
            raise last_error()
        self.overlapped.hEvent = event

    def begin(self, done: int, *, fine: tuple[int, ...] = ()) -> None:
        """Note how a call went. Raises OSError."""
        code = 0 if done else last_code()
        if code not in (0, _PENDING, *fine):
            raise error_of(code)
        self.pending = True

    def wait(self, handle: int, timeout_s: float) -> int | None:
        """Return how many bytes went over, None when the time is up. Raises OSError."""
        count = wintypes.DWORD()
        if _kernel32.GetOverlappedResultEx(
            handle, self.overlapped, ctypes.byref(count), round(timeout_s * 1000), 0
        ):
            self.pending = False
            return int(count.value)
        code = last_code()
        if code in _NOT_YET:
            return None
        self.pending = False
        raise error_of(code)

    def cancel(self, handle: int) -> None:
        """Wait until Windows no longer writes into our memory."""
        if self.pending:
            count = wintypes.DWORD()
            _kernel32.CancelIoEx(handle, self.overlapped)
            _kernel32.GetOverlappedResult(handle, self.overlapped, ctypes.byref(count), 1)
            self.pending = False

    def close(self) -> None:
        handles.close(self.overlapped.hEvent)


class Pipe:
    """One end. One thread may read while another writes; close it when neither does."""

    def __init__(self, handle: int, largest_message: int) -> None:
        """Take over an open handle."""
        self._handle = handle
        self._buffer = ctypes.create_string_buffer(largest_message)
        self._reading, self._writing = _Operation(), _Operation()

    def accept(self, timeout_s: float) -> int:
        """Wait for the far end; return its process's number. Raises OSError, TimeoutError."""
        operation = self._reading
        if _kernel32.ConnectNamedPipe(self._handle, operation.overlapped):
            raise OSError("a pipe that is opened twice")
        code = last_code()
        if code != _ALREADY_CONNECTED:
            operation.begin(0, fine=())
            if operation.wait(self._handle, timeout_s) is None:
                operation.cancel(self._handle)
                raise TimeoutError("nobody opened the pipe")
        pid = wintypes.ULONG()
        if not _kernel32.GetNamedPipeClientProcessId(self._handle, ctypes.byref(pid)):
            raise last_error()
        return int(pid.value)

    def read(self, timeout_s: float) -> bytes | None:
        """Return the next message, None when the time is up. Raises OSError: closed, or a message that is too long."""
        operation = self._reading
        if not operation.pending:
            done = _kernel32.ReadFile(
                self._handle, self._buffer, len(self._buffer), None, operation.overlapped
            )
            operation.begin(done)
        count = operation.wait(self._handle, timeout_s)
        return None if count is None else self._buffer.raw[:count]

    def write(self, message: bytes, timeout_s: float) -> None:
        """Send a message. Raises OSError, TimeoutError when the far end does not take it."""
        operation = self._writing
        done = _kernel32.WriteFile(self._handle, message, len(message), None, operation.overlapped)
        operation.begin(done)
        if operation.wait(self._handle, timeout_s) is None:
            operation.cancel(self._handle)
            raise TimeoutError("the far end of the pipe does not read")

    def close(self) -> None:
        """Let the pipe go."""
        for operation in (self._reading, self._writing):
            with suppress(OSError):
                operation.cancel(self._handle)
        handles.close(self._handle)
        for operation in (self._reading, self._writing):
            operation.close()


def create(name: str, accounts: tuple[str, ...], largest_message: int) -> Pipe:
    """Make a pipe that only these accounts (SIDs) may open, once, from this computer; the first may do everything.

    Raises OSError, also when somebody has a pipe of this name already.
    """
    owner, *others = accounts
    allowed = "".join(f"(A;;0x{_READ_WRITE:x};;;{sid})" for sid in others)
    descriptor = ctypes.c_void_p()
    if not _advapi32.ConvertStringSecurityDescriptorToSecurityDescriptorW(
        f"D:P(A;;GA;;;{owner}){allowed}", _REVISION, ctypes.byref(descriptor), None
    ):
        raise last_error()
    try:
        attributes = _SecurityAttributes(ctypes.sizeof(_SecurityAttributes), descriptor, 0)
        handle = _kernel32.CreateNamedPipeW(
            _PREFIX + name,
            _DUPLEX | _FIRST_INSTANCE | _OVERLAPPED,
            _MESSAGES | _READ_MESSAGES | _REJECT_REMOTE,
            *(1, largest_message, largest_message, 0),
            ctypes.byref(attributes),
        )
        if handle in (None, handles.INVALID):
            raise last_error()
        return Pipe(handle, largest_message)
    finally:
        _kernel32.LocalFree(descriptor)


def connect(name: str, largest_message: int) -> Pipe:
    """Open a pipe that another process made. Raises OSError."""
    flags = _OVERLAPPED | _NO_IMPERSONATION
    handle = handles.open_existing(_PREFIX + name, _READ_WRITE, 0, flags)
    mode = wintypes.DWORD(_READ_MESSAGES)
    if not _kernel32.SetNamedPipeHandleState(handle, ctypes.byref(mode), None, None):
        error = last_error()
        handles.close(handle)
        raise error
    return Pipe(handle, largest_message)
