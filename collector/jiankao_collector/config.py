"""Where the collector keeps things, and on which addresses it listens."""

import os
import tomllib
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from jiankao_collector.errors import ConfigurationError
from jiankao_proto.bilingual import say
from jiankao_proto.meeting import ENROLMENT_PORT, TELEMETRY_PORT

CONSOLE_PORT = 8443
_MAX_PORT = 65535
_FILE = "collector.toml"


@dataclass(frozen=True, slots=True)
class Address:
    """A host (name or IP) and a port; port 0 lets the system choose."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read HOST:PORT or [IPv6]:PORT. Raises ConfigurationError."""
        host, colon, port = text.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if not colon or not host or not port.isdecimal() or int(port) > _MAX_PORT:
            example = f"0.0.0.0:{TELEMETRY_PORT}"
            raise ConfigurationError(
                say(
                    f"{text!r} 不是“主机:端口”，例如 {example}",
                    f"{text!r} is not HOST:PORT, for example {example}",
                )
            )
        return cls(host, int(port))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Tell whether only this machine can reach the address."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the collector listens."""

    telemetry: Address
    enrolment: Address
    console: Address


DEFAULT_ADDRESSES = Addresses(
    Address("0.0.0.0", TELEMETRY_PORT),  # noqa: S104 - workstations are on other machines; every port has TLS
    Address("0.0.0.0", ENROLMENT_PORT),  # noqa: S104
    Address("0.0.0.0", CONSOLE_PORT),  # noqa: S104
)


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The collector's data folder: everything it knows is in here."""

    root: Path

    @property
    def evidence_log(self) -> Path:
        """The evidence log."""
        return self.root / "evidence.sqlite"

    @property
    def access(self) -> Path:
        """Users and their log-ins at the console."""
        return self.root / "access.sqlite"

    @property
    def tickets(self) -> Path:
        """Enrolment tickets, hashed."""
        return self.root / "tickets.sqlite"

    @property
    def keys(self) -> Path:
        """Private keys and certificates."""
        return self.root / "keys"

    @property
    def first_password(self) -> Path:
        """The first user's generated password, until it is changed."""
        return self.root / "first-password"

    @property
    def settings(self) -> Path:
        """The addresses, as TOML."""
        return self.root / _FILE

    @property
    def is_initialised(self) -> bool:
        """Tell whether `init` has been here."""
        return self.evidence_log.exists()

    def require(self) -> None:
        """Raise ConfigurationError unless the folder has been initialised."""
        try:
            there = self.is_initialised
        except OSError as error:
            raise ConfigurationError(
                f"{self.root}: cannot be read ({error.strerror}); run this as the user the data folder belongs to"
            ) from error
        if not there:
            raise ConfigurationError(
                f"{self.root}: not a collector's data folder; make one with: jiankao-collector init --data {self.root}"
            )

    def make(self) -> None:
        """Make the folder, readable by its owner only. Raises ConfigurationError."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.keys.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(f"{self.root}: cannot be made ({error.strerror})") from error


def read_addresses(folder: DataFolder) -> Addresses:
    """Read the addresses from the folder's collector.toml; what else may stand there is read elsewhere.

    Raises ConfigurationError.
    """
    try:
        settings = tomllib.loads(folder.settings.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return DEFAULT_ADDRESSES
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise unreadable(folder, error) from error
    _only_known(
        folder, settings, ("addresses", "policy_key", "thresholds", "rooms"), "设置项", "setting"
    )
    table = settings.get("addresses", {})
    if not isinstance(table, dict):
        raise wrong(folder, "addresses 须写成表：[addresses]", "addresses is a table: [addresses]")
    known = ("telemetry", "enrolment", "console")
    _only_known(folder, table, known, "地址", "address")
    try:
        read = {name: Address.parse(str(table[name])) for name in known if name in table}
    except ConfigurationError as error:
        raise ConfigurationError(f"{folder.settings}: {error}") from error
    return Addresses(
        read.get("telemetry", DEFAULT_ADDRESSES.telemetry),
        read.get("enrolment", DEFAULT_ADDRESSES.enrolment),
        read.get("console", DEFAULT_ADDRESSES.console),
    )


def unreadable(folder: DataFolder, error: Exception) -> ConfigurationError:
    """Return what to say of a collector.toml that cannot be read at all."""
    return wrong(folder, f"无法读取：{error}", f"cannot be read: {error}")


def wrong(folder: DataFolder, chinese: str, english: str) -> ConfigurationError:
    """Return what to say of something wrong in collector.toml: where, then what, in both languages."""
    return ConfigurationError(f"{folder.settings}: {say(chinese, english)}")


def _only_known(
    folder: DataFolder, table: dict[str, object], known: tuple[str, ...], zh: str, en: str
) -> None:
    unknown = sorted(set(table) - set(known))
    if unknown:
        names = ", ".join(known)
        raise wrong(
            folder,
            f"未知的{zh} {unknown[0]!r}；可用的有：{names}",
            f"unknown {en} {unknown[0]!r}; known: {names}",
        )


def write_addresses(folder: DataFolder, addresses: Addresses) -> None:
    """Write the folder's collector.toml."""
    text = (
        "# Where the collector listens; jiankao-collector serve --help says more.\n[addresses]\n"
        f'telemetry = "{addresses.telemetry}"\nenrolment = "{addresses.enrolment}"\nconsole = "{addresses.console}"\n'
    )
    write_private(folder.settings, text.encode())


def write_private(path: Path, data: bytes) -> None:
    """Write a file only its owner may read, whole or not at all: a crash leaves the old one or none."""
    temporary = path.with_name(f".{path.name}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
