"""What a cheat's script looks like: it moves, clicks and types with pynput."""

import time

from pynput.keyboard import Controller as Keyboard
from pynput.mouse import Button
from pynput.mouse import Controller as Mouse


def main() -> None:
    """Do it for two seconds."""
    mouse, keyboard = Mouse(), Keyboard()
    for turn in range(20):
        mouse.position = (100 + 20 * turn, 200 + 10 * turn)
        mouse.click(Button.left)
        keyboard.tap("a")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
