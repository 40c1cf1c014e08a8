"""The devices /sys knows. Only device descriptions are read, never a serial number."""

import os
from collections.abc import Mapping
from pathlib import Path

from jiankao_agent.platform.linux.device_properties import CLASS_FOLDERS, device_of, product_of
from jiankao_agent.platform.linux.proc_files import read
from jiankao_agent.platform.linux.uevents import parse_uevent_file
from jiankao_proto.observations import Device

_LIMIT = 4096
_NAME_FILES = ("name", "product", "id")
"""Of an input or video device, of a USB device, of a sound card."""


class SysDevices:
    """A /sys, by default the system's."""

    def __init__(self, root: Path = Path("/sys")) -> None:
        """Take the folder where /sys is."""
        # Text: it is looked at again and again, and each part of a new Path is interned anew.
        self._root = str(root)

    def read(self) -> dict[str, Device]:
        """Return every device by path. Raises OSError when /sys cannot be read; a device gone meanwhile is left out."""
        _names(f"{self._root}/class")  # a missing /sys must not look like a machine without devices
        root = os.path.realpath(self._root)
        found: dict[str, Device] = {}
        for folder in CLASS_FOLDERS:
            try:
                entries = sorted(_names(f"{self._root}/{folder}"))
            except FileNotFoundError:
                continue  # a machine without such devices has no such folder
            subsystem = folder.removesuffix("/devices").rpartition("/")[2]
            for entry in entries:
                target = os.path.realpath(f"{self._root}/{folder}/{entry}")
                path = "/" + os.path.relpath(target, root)
                device = self._known(path, subsystem)
                if device is not None:
                    found[device.path] = device
        return found

    def describe(self, path: str, subsystem: str, properties: Mapping[str, str]) -> Device | None:
        """Return a device the kernel told of; what /sys no longer says about it stays empty."""
        device = device_of(path, subsystem, properties)
        if device is None:
            return None
        return device_of(
            path,
            subsystem,
            properties,
            name=self._name(path),
            ids=(0, 0) if device.vendor_id else self._ids(path),
        )

    def _known(self, path: str, subsystem: str) -> Device | None:
        try:
            properties = parse_uevent_file(read(self._file(path, "uevent"), _LIMIT))
        except OSError:
            return None  # gone since its folder was listed
        return self.describe(path, subsystem, properties)

    def _name(self, path: str) -> str:
        for file in _NAME_FILES:
            if name := self._text(path, file):
                maker = self._text(path, "manufacturer") if file == "product" else ""
                return name if not maker or name.startswith(maker) else f"{maker} {name}"
        maker, model = self._text(path, "device/vendor"), self._text(path, "device/model")
        readable = not maker.startswith("0x")  # PCI devices have numbers there
        return " ".join(filter(None, (maker, model))) if readable else ""

    def _ids(self, path: str) -> tuple[int, int]:
        """Return the ids of the nearest USB device above; (0, 0) when there is none."""
        while (path := path.rpartition("/")[0]) not in {"", "/devices"}:
            vendor = self._text(path, "idVendor")
            if vendor:
                return product_of(f"{vendor}/{self._text(path, 'idProduct')}", first=0) or (0, 0)
        return (0, 0)

    def _text(self, path: str, file: str) -> str:
        try:
            data = read(self._file(path, file), _LIMIT)
        except OSError:
            return ""  # most devices have few of these files
        return " ".join(data.decode("utf-8", "replace").split())

    def _file(self, path: str, name: str) -> str:
        return f"{self._root}{path}/{name}"


def _names(folder: str) -> list[str]:
    return os.listdir(folder)  # noqa: PTH208 - see __init__
