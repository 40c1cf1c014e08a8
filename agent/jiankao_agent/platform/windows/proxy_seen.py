"""One set of proxy settings as Windows keeps it. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProxySeen:
    """`servers`: "host:port" for everything, or "http=host:port;https=host:port;socks=host:port"."""

    enabled: bool = False
    servers: str = ""
    script: str = ""
    """The address of a script that chooses proxies; it counts whether or not `enabled`."""
