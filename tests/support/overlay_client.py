"""A program with one window over the others, as `python -m tests.support.overlay_client WIDTH HEIGHT WORD…`.

Words: `unmanaged` (past the window manager), `through` (the mouse goes through it). It says "ready" once it is shown.
"""

import sys

from Xlib import X
from Xlib.display import Display
from Xlib.ext import shape


def main(width: int, height: int, words: list[str]) -> None:
    """Show the window until standard input ends."""
    display = Display()
    root = display.screen().root
    window = root.create_window(
        *(60, 60, width, height, 0, X.CopyFromParent),
        override_redirect="unmanaged" in words,
        background_pixel=0xFFFFFF,
        event_mask=X.StructureNotifyMask,
    )
    window.set_wm_normal_hints(flags=1 << 0 | 1 << 1, min_width=width, min_height=height)
    if "through" in words:
        window.shape_rectangles(shape.SO.Set, shape.SK.Input, 0, 0, 0, [])
    window.map()
    window.configure(stack_mode=X.Above)
    while display.next_event().type != X.MapNotify:
        pass
    window.configure(stack_mode=X.Above)
    display.sync()
    print("ready", flush=True)  # noqa: T201 - it is what the test waits for
    sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
