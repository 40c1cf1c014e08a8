"""Which start of the operating system this is."""

from pathlib import Path

from jiankao_proto.ids import BootId

_KERNEL_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boot_id() -> BootId:
    """Return an identifier that changes with every start of the operating system.

    Linux gives a random one (proc(5)). Elsewhere the time of the start stands in. That also changes
    when somebody sets the clock: a start too many is reported then, never one too few.
    """
    try:
        return BootId(_KERNEL_BOOT_ID.read_text(encoding="ascii").strip())
    except OSError:
        import psutil  # noqa: PLC0415 - Linux, which does not come here, is spared its memory

        return BootId(f"started-{int(psutil.boot_time())}")
