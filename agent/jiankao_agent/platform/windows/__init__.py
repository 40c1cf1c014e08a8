"""Windows, through psutil, pynput and ctypes."""
