"""What was put onto a computer: files and registry values that start by themselves, services, drivers, devices.

Sysmon 6 and 11 to 14, System 7045, Security 4697 and 6416. Most files and registry values mean nothing here.
"""

import html
import re

from jiankao_collector.knowledge.catalogue import base_name
from jiankao_collector.recordings.windows_event import WindowsEvent
from jiankao_proto.observations import (
    Change,
    Device,
    DeviceAttached,
    DeviceClass,
    Fact,
    ServiceChanged,
    ServiceKind,
    WatchedFileChanged,
)

AUTOSTART = "autostart"
_STARTUP_FILE = re.compile(
    r"\\start menu\\programs\\startup\\(?!desktop\.ini$)[^\\]+$"
    r"|^[a-z]:\\windows\\(?:system32|syswow64)\\tasks\\(?!microsoft\\)[^\\].*$"
)
_RUN_KEY = re.compile(
    r"\\software\\(?:wow6432node\\)?microsoft\\windows\\currentversion\\(?:policies\\explorer\\)?run(?:once(?:ex)?)?"
    r"\\.+$"
    r"|\\microsoft\\windows nt\\currentversion\\winlogon\\(?:shell|userinit)$"
    r"|\\microsoft\\windows nt\\currentversion\\windows\\appinit_dlls$"
    r"|\\microsoft\\windows nt\\currentversion\\image file execution options\\[^\\]+\\debugger$"
)
_AS_DELIVERED = {
    "",
    "(empty)",
    "explorer.exe",
    r"c:\windows\system32\userinit.exe",
    r"c:\windows\system32\userinit.exe,",
}
_SERVICE_KEY = re.compile(
    r"\\system\\(?:currentcontrolset|controlset\d+)\\services\\([^\\]+)\\imagepath$", re.IGNORECASE
)
_BY_ITSELF = {
    "auto start",
    "boot start",
    "system start",
    "自动启动",
    "引导启动",
    "系统启动",
    "0",
    "1",
    "2",
}
_DRIVER = re.compile(r"driver|驱动|^0x[128]$", re.IGNORECASE)
_CLASSES = {
    "keyboard": DeviceClass.KEYBOARD,
    "mouse": DeviceClass.POINTER,
    "diskdrive": DeviceClass.STORAGE,
    "wpd": DeviceClass.STORAGE,
    "net": DeviceClass.NETWORK,
    "display": DeviceClass.VIDEO,
    "image": DeviceClass.VIDEO,
    "camera": DeviceClass.VIDEO,
}
_IDS = re.compile(r"VID_([0-9A-F]{4})&PID_([0-9A-F]{4})", re.IGNORECASE)
_MADE_BY_PROGRAMS = ("ROOT\\", "SWD\\", "UMB\\", "TERMINPUT_BUS\\")
_PLUGGED = ("USB\\", "HID\\", "USBSTOR\\", "SCSI\\", "BTHENUM\\", "BTHLE\\")


def file_created(event: WindowsEvent) -> tuple[Fact, ...]:
    """Read Sysmon's event 11: a file that will be started when somebody logs on, or by the task scheduler."""
    path = event.text("TargetFilename")
    if not _STARTUP_FILE.search(path.casefold()):
        return ()
    return (WatchedFileChanged(Change.ADDED, path, AUTOSTART),)


def value_set(event: WindowsEvent) -> tuple[Fact, ...]:
    """Read Sysmon's event 13 (and 14): a registry value that starts something, or says what a service runs."""
    key, details = event.text("TargetObject", "NewName"), event.text("Details")
    service = _SERVICE_KEY.search(key)
    if service is not None and details:
        kind = ServiceKind.DRIVER if details.casefold().endswith(".sys") else ServiceKind.SYSTEM
        return (ServiceChanged(Change.MODIFIED, kind, service[1], image_path=details),)
    if not _RUN_KEY.search(key.casefold()) or details.casefold() in _AS_DELIVERED:
        return ()
    return (WatchedFileChanged(Change.MODIFIED, key, AUTOSTART),)


def key_changed(event: WindowsEvent) -> tuple[Fact, ...]:
    """Read Sysmon's event 12: only a value that was deleted says something."""
    key = event.text("TargetObject")
    kind = event.text("EventType", "Message").casefold()
    if "delete" not in kind or not _RUN_KEY.search(key.casefold()):
        return ()
    return (WatchedFileChanged(Change.REMOVED, key, AUTOSTART),)


def service_installed(event: WindowsEvent) -> tuple[Fact, ...]:
    """Read System's event 7045 or the Security log's 4697."""
    name = event.text("ServiceName")
    image = event.text("ImagePath", "ServiceFileName")
    if not name:
        return ()
    driver = _DRIVER.search(event.text("ServiceType")) or image.casefold().endswith(".sys")
    return (
        ServiceChanged(
            Change.ADDED,
            ServiceKind.DRIVER if driver else ServiceKind.SYSTEM,
            name[:255],
            enabled=event.text("StartType", "ServiceStartType").casefold() in _BY_ITSELF,
            image_path=image,
        ),
    )


def driver_loaded(event: WindowsEvent) -> tuple[Fact, ...]:
    """Read Sysmon's event 6."""
    image = event.text("ImageLoaded")
    if not image:
        return ()
    name = base_name(image)
    return (
        ServiceChanged(
            Change.ADDED, ServiceKind.DRIVER, name[:255], running=True, image_path=image
        ),
    )


def device_recognised(event: WindowsEvent) -> tuple[Fact, ...]:
    """Read 6416. Windows tells of a mouse as several devices; only the one that points is passed on."""
    kind = _CLASSES.get(event.text("ClassName").casefold())
    path = html.unescape(event.text("DeviceId"))
    if kind is None or not path:
        return ()
    upper = path.upper()
    if kind is DeviceClass.STORAGE and not upper.startswith(
        ("USBSTOR\\", "SWD\\WPDBUSENUM", "USB\\")
    ):
        return ()  # the disks a computer is built with are recognised at every start too
    if not upper.startswith((*_PLUGGED, *_MADE_BY_PROGRAMS)):
        return ()
    ids = _IDS.search(path)
    device = Device(
        path=path,
        device_class=kind,
        name=event.text("DeviceDescription"),
        vendor_id=int(ids[1], 16) if ids else 0,
        product_id=int(ids[2], 16) if ids else 0,
        virtual=upper.startswith(_MADE_BY_PROGRAMS) and kind is not DeviceClass.STORAGE,
    )
    return (DeviceAttached(device),)
