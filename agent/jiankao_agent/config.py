"""Where the agent keeps what it is, and what its enrolment says."""

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from jiankao_agent.durable_files import write_file
from jiankao_agent.errors import ConfigurationError
from jiankao_proto.errors import MalformedError
from jiankao_proto.ids import DIGEST_SIZE, WorkstationId

VERSION = "0.1.0"
"""The distribution's, which a test compares: to ask importlib.metadata costs 3 MiB for as long as the agent runs."""
MAX_PORT = 65535
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class StateFolder:
    """The files of one enrolment. `enrolment.json` is written last: without it there is none."""

    path: Path

    @property
    def identity_key(self) -> Path:
        """The Ed25519 key that signs batches."""
        return self.path / "identity.key"

    @property
    def tls_key(self) -> Path:
        """The ECDSA P-256 key of the mutual TLS connection."""
        return self.path / "tls.key"

    @property
    def certificate(self) -> Path:
        """The collector's certificate for the TLS key, PEM."""
        return self.path / "certificate.pem"

    @property
    def authority(self) -> Path:
        """The collector's certificate authority, PEM: the only one that is trusted."""
        return self.path / "ca.pem"

    @property
    def enrolment(self) -> Path:
        """Who this workstation is, and where its collector is."""
        return self.path / "enrolment.json"

    @property
    def policy_keys(self) -> Path:
        """Whose policies hold here, when the enrolment named nobody: the first keys the collector named later."""
        return self.path / "policy-keys.json"

    @property
    def spool(self) -> Path:
        """The folder of sealed batches."""
        return self.path / "spool"

    @property
    def lock(self) -> Path:
        """Held by the one process that uses the folder."""
        return self.path / "lock"


def default_state_folder() -> Path:
    """Return the state folder used when none is named."""
    if sys.platform == "win32":
        return Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData")) / "jiankao-agent"
    else:  # noqa: RET505 - a platform switch, which the type checker reads as one
        if os.geteuid() == 0:
            return Path("/var/lib/jiankao-agent")
        state_home = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
        return Path(state_home) / "jiankao-agent"


@dataclass(frozen=True, slots=True)
class Address:
    """A host name or IP address and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the collector answered at enrolment."""

    workstation_id: WorkstationId
    telemetry: Address
    collector_public_key: bytes
    chain_genesis: bytes
    room: str
    seat: str
    enrolled_at_us: int
    policy_public_keys: tuple[bytes, ...] = ()
    """Whose policies hold here, by the enrolment or pinned later; none: signatures are not asked for."""


def save_enrolment(path: Path, enrolment: Enrolment) -> None:
    """Write enrolment.json. Raises OSError."""
    content = {
        "format": _FORMAT,
        "workstation_id": str(enrolment.workstation_id),
        "telemetry": asdict(enrolment.telemetry),
        "collector_public_key": enrolment.collector_public_key.hex(),
        "chain_genesis": enrolment.chain_genesis.hex(),
        "room": enrolment.room,
        "seat": enrolment.seat,
        "enrolled_at_us": enrolment.enrolled_at_us,
        "policy_public_keys": [key.hex() for key in enrolment.policy_public_keys],
    }
    write_file(path, (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode())


def load_enrolment(state: StateFolder) -> Enrolment:
    """Read enrolment.json. Raises ConfigurationError: not enrolled, not readable, or damaged."""
    try:
        content = json.loads(state.enrolment.read_text(encoding="utf-8"))
        enrolment = _enrolment(content)
    except FileNotFoundError:
        raise ConfigurationError(
            f"{state.path}: this computer is not enrolled; run jiankao-agent enrol first"
        ) from None
    except OSError as error:
        raise ConfigurationError(
            f"{state.enrolment}: cannot be read ({error.strerror}); run as the folder's owner"
        ) from error
    except (ValueError, KeyError, TypeError, MalformedError) as error:
        raise ConfigurationError(
            f"{state.enrolment}: damaged ({_one_line(error)}); "
            "enrol again with a new ticket and --again"
        ) from error
    if enrolment.policy_public_keys:
        return enrolment
    return replace(enrolment, policy_public_keys=_pinned_keys(state.policy_keys))


def pin_policy_keys(state: StateFolder, keys: Iterable[bytes]) -> None:
    """Keep whose policies hold here from now on. Raises OSError."""
    content = {"format": _FORMAT, "policy_public_keys": [key.hex() for key in keys]}
    write_file(state.policy_keys, (json.dumps(content, indent=2) + "\n").encode())


def _pinned_keys(path: Path) -> tuple[bytes, ...]:
    try:
        return _keys(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be read ({error.strerror}); run as the folder's owner"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"{path}: damaged ({_one_line(error)}); enrol again with a new ticket and --again"
        ) from error


def _keys(content: Any) -> tuple[bytes, ...]:  # noqa: ANN401 - parsed JSON can be anything
    keys = tuple(map(bytes.fromhex, content["policy_public_keys"]))
    if content["format"] != _FORMAT or not keys or any(len(key) != DIGEST_SIZE for key in keys):
        raise ValueError("it names no keys of 32 bytes")
    return keys


def _enrolment(content: Any) -> Enrolment:  # noqa: ANN401 - parsed JSON can be anything
    if content["format"] != _FORMAT:
        raise ValueError(f"format {content['format']!r}, this version reads {_FORMAT}")
    genesis = bytes.fromhex(content["chain_genesis"])
    host, port = content["telemetry"]["host"], content["telemetry"]["port"]
    if len(genesis) != DIGEST_SIZE:
        raise ValueError("the chain's genesis is not 32 bytes")
    if not isinstance(host, str) or not isinstance(port, int) or not 0 < port <= MAX_PORT:
        raise ValueError("the collector's address is not one")
    return Enrolment(
        workstation_id=WorkstationId(content["workstation_id"]),
        telemetry=Address(host, port),
        collector_public_key=bytes.fromhex(content["collector_public_key"]),
        chain_genesis=genesis,
        room=str(content["room"]),
        seat=str(content["seat"]),
        enrolled_at_us=int(content["enrolled_at_us"]),
        # Folders of enrolments before policies were signed have none.
        policy_public_keys=tuple(map(bytes.fromhex, content.get("policy_public_keys", ()))),
    )


def _one_line(error: Exception) -> str:
    missing = f"{error} is missing" if isinstance(error, KeyError) else str(error)
    return " ".join(missing.split())[:200]
