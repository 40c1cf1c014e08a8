"""A keyboard, a mouse or storage that was not there when the exam session opened, and boxes that share a seat.

What was plugged in before is never held against a seat, except a known IP-KVM. The same model in again (a mouse that a
proctor plugs in anew) is a notice.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from jiankao_collector.detectors.base import AlertKind, BatchSeen, Family, Finding, ScopeSeen, Seen
from jiankao_collector.detectors.open_findings import OpenFindings
from jiankao_collector.knowledge import ip_kvm
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import shown
from jiankao_proto.observations import Device, DeviceAttached, DeviceClass, DeviceRemoved
from jiankao_proto.records import Severity

NAME = "new_device"
DEVICES_KEPT = 1024
"""Devices that are followed at once; a seat that makes up more is told of already."""
_MODELS_KEPT = 4096

_INPUT = frozenset({DeviceClass.KEYBOARD, DeviceClass.POINTER})
_BLUETOOTH = "/uhid/0005:"
"""Bluetooth keyboards and mice are made by a program of the system too; the bus is in their path."""

_PLUGGED = {"new_input": Weight.NEW_INPUT, "new_storage": Weight.NEW_STORAGE}
_AGAIN = {"new_input": Weight.NEW_INPUT_AGAIN, "new_storage": Weight.NEW_STORAGE_AGAIN}

_Model = tuple[DeviceClass, int, int, str]


@dataclass(frozen=True, slots=True)
class _Verdict:
    kind: str
    severity: Severity
    weight: Weight
    alone: bool
    zh: str
    en: str


class NewDevice:
    """Follows the devices of one workstation."""

    def __init__(self) -> None:
        self._in_exam = False
        self._models: dict[_Model, None] = {}
        self._open: OpenFindings[str] = OpenFindings(DEVICES_KEPT)

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Look at the devices of a batch."""
        if isinstance(seen, ScopeSeen):
            self._in_exam = seen.opened
        elif isinstance(seen, BatchSeen):
            for observation in seen.batch.observations:
                fact = observation.fact
                if isinstance(fact, DeviceAttached):
                    yield from self._attached(seen, fact)
                elif isinstance(fact, DeviceRemoved):
                    yield from self._open.release(fact.device.path, seen)

    def wakes_at(self) -> None:
        """Never: devices are told of."""
        return

    def _attached(self, seen: BatchSeen, fact: DeviceAttached) -> Iterator[Finding]:
        device = fact.device
        if fact.baseline and device.path in self._open:
            return  # told of already, and told again by the agent because it was asked
        model = (device.device_class, device.vendor_id, device.product_id, device.name)
        fresh = self._in_exam and not fact.baseline
        verdict = _verdict(device, fresh=fresh, again=model in self._models)
        if not fresh and len(self._models) < _MODELS_KEPT:
            self._models[model] = None
        if verdict is None:
            return
        finding = Finding(
            detector=NAME,
            kind=verdict.kind,
            family=Family.DEVICE,
            alert=AlertKind.DEVICE,
            severity=verdict.severity,
            weight=verdict.weight,
            alone=verdict.alone,
            subject=_subject(device),
            reason_zh=verdict.zh,
            reason_en=verdict.en,
            at_us=seen.at_us,
            record_number=seen.record_number,
        )
        yield from self._open.hold(device.path, finding)
        yield finding


def _verdict(device: Device, *, fresh: bool, again: bool) -> _Verdict | None:
    box = ip_kvm.of_device(device)
    if box:
        return _ip_kvm(box, fresh=fresh)
    if not fresh:
        return None
    name = _named(device)
    if device.device_class in _INPUT:
        if device.virtual and _BLUETOOTH not in device.path:
            return _virtual_input(device, name)
        return _plugged("new_input", *_what(device), name, again=again)
    if device.device_class is DeviceClass.STORAGE:
        return _plugged(
            "new_storage",
            "存储设备（U 盘、手机等）",
            "storage (a stick, a phone)",
            name,
            again=again,
        )
    return None


def _ip_kvm(box: str, *, fresh: bool) -> _Verdict:
    zh = f"这台考试机接着远程控制盒（{box}），别处的人可以看到屏幕并操作键盘鼠标"
    en = f"A remote-control box ({box}) is plugged into this workstation: somebody elsewhere can see and drive it"
    if fresh:
        return _Verdict(
            "ip_kvm",
            Severity.CRITICAL,
            Weight.IP_KVM_FRESH,
            alone=True,
            zh=f"{zh}；考试开始后接入，请立即到座位查看主机的 USB 口与视频线",
            en=f"{en}; plugged in during the exam session: go and look at the computer's USB ports and video cable",
        )
    return _Verdict(
        "ip_kvm",
        Severity.WARNING,
        Weight.IP_KVM_BEFORE,
        alone=False,
        zh=f"{zh}；监测开始前已接入，也可能是机房的维护设备，请拔下后再考试",
        en=f"{en}; since before watching began, perhaps for the room's upkeep: unplug it for the exam",
    )


def _virtual_input(device: Device, name: str) -> _Verdict:
    zh, en = _what(device)
    return _Verdict(
        "virtual_input",
        Severity.WARNING,
        Weight.VIRTUAL_INPUT,
        alone=True,
        zh=f"考试中有程序造出一个虚拟的{zh}（{name}），可用来代替考生操作；请到座位查看。"
        f"改键、手写板等软件也会这样",
        en=f"During the exam session a program made a virtual {en} ({name}), which can act in the candidate's place; "
        f"go and look. Software that remaps keys or serves a tablet does this too",
    )


def _plugged(kind: str, zh: str, en: str, name: str, *, again: bool) -> _Verdict:
    if again:
        return _Verdict(
            kind,
            Severity.NOTICE,
            _AGAIN[kind],
            alone=False,
            zh=f"{zh}重新插入：{name}，型号与考前相同；多半是有人拔插了一次",
            en=f"The same model of {en} was plugged in again: {name}; most likely somebody pulled it out and back in",
        )
    return _Verdict(
        kind,
        Severity.WARNING,
        _PLUGGED[kind],
        alone=False,
        zh=f"考试中新接入{zh}：{name}；请到座位查看是谁插的。监考员更换鼠标键盘也会这样",
        en=f"New {en} plugged in during the exam session: {name}; go and see who did it. "
        f"A proctor who replaces a mouse does this too",
    )


def _what(device: Device) -> tuple[str, str]:
    return (
        ("键盘", "keyboard") if device.device_class is DeviceClass.KEYBOARD else ("鼠标", "mouse")
    )


def _named(device: Device) -> str:
    ids = f"{device.vendor_id:04x}:{device.product_id:04x}" if device.vendor_id else ""
    return " ".join(filter(None, (shown(device.name), ids)))


def _subject(device: Device) -> str:
    """Return what makes devices the same one: its ids, which every function of a USB device shares."""
    if device.vendor_id and not device.virtual:
        return f"{device.vendor_id:04x}:{device.product_id:04x}"
    return shown(device.name)
