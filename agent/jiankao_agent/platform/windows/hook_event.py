"""One event as a low-level hook, or raw input, tells of it, without which key it was. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HookEvent:
    """`message` is the WM_… number, `flags` those of KBDLLHOOKSTRUCT or MSLLHOOKSTRUCT.

    `time_us` counts from an arbitrary start: the time the hook was called, because who injects input writes what time
    he likes into the event. `x`, `y` (pixels) are the pointer's; `repeated` says that the key was down already.
    """

    keyboard: bool
    message: int
    flags: int
    time_us: int
    x: int = 0
    y: int = 0
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class RawEvent:
    """One event of a keyboard as raw input tells of it: whether there was a keyboard."""

    from_device: bool
