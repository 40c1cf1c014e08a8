"""Services that appear, start, stop and go, out of looks at all of them. Pure; both systems use it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jiankao_proto.observations import Change, ServiceChanged, ServiceKind

ServiceKey = tuple[ServiceKind, str]


@dataclass(frozen=True, slots=True)
class ServiceState:
    """How a service is. One that neither starts by itself nor runs is not told of at all."""

    enabled: bool
    running: bool
    image_path: str = ""


class ServiceChanges:
    """Compares one look with the one before."""

    def __init__(self) -> None:
        """Start without knowing anything."""
        self._services: dict[ServiceKey, ServiceState] = {}

    def look(
        self, now: Mapping[ServiceKey, ServiceState], *, baseline: bool
    ) -> Iterator[tuple[ServiceChanged, bool]]:
        """Yield what to tell, and whether that is urgent. `baseline`: tell everything again."""
        for key, service in now.items():
            before = self._services.get(key)
            if baseline:
                yield _fact(Change.BASELINE, key, service), False
            elif before is None:
                yield _fact(Change.ADDED, key, service), True
            elif before != service:
                yield _fact(Change.MODIFIED, key, service), service.running and not before.running
        for key in self._services.keys() - now.keys():
            gone = ServiceState(enabled=False, running=False)
            yield _fact(Change.REMOVED, key, gone), False
        self._services = dict(now)


def _fact(change: Change, key: ServiceKey, service: ServiceState) -> ServiceChanged:
    return ServiceChanged(
        change,
        *key,
        enabled=service.enabled,
        running=service.running,
        image_path=service.image_path,
    )
