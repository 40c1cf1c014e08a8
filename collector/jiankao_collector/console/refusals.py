"""How the console says no: a status and a text of the catalogue."""

from jiankao_collector.errors import RefusedError


class RefusalError(RefusedError):
    """A request that is not done. `key` and `values` make the line that the person reads, in his or her language."""

    def __init__(self, status: int, key: str, **values: object) -> None:
        super().__init__(f"{key} (HTTP {status})")
        self.status = status
        self.key = key
        self.values = values
