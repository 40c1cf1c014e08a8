"""Private keys at rest.

Two keys, made on this workstation at enrolment, that never leave it: the Ed25519 identity key signs
batches, the ECDSA P-256 key is the client's in mutual TLS. Files are 0600 in a 0700 folder; a key that
others could have read is worth nothing, so such a folder or file is refused instead of repaired.
"""

import os
import stat
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from jiankao_agent.config import StateFolder
from jiankao_agent.durable_files import write_file
from jiankao_agent.errors import ConfigurationError

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_PURPOSE = b"jiankao-agent key"
"""Keeps what others protect on this computer from being taken for a key of ours."""


class Protection(Protocol):
    """How key bytes are wrapped before they touch the disk: the seam for DPAPI and a TPM."""

    def wrap(self, key: bytes) -> bytes:
        """Return what may be stored."""

    def unwrap(self, stored: bytes) -> bytes:
        """Return the key's bytes. Raises ConfigurationError when this machine cannot."""


class FilePermissions:
    """The protection of Linux: the key as it is, in a file that only its owner can read."""

    def wrap(self, key: bytes) -> bytes:
        """Return the key as it is."""
        return key

    def unwrap(self, stored: bytes) -> bytes:
        """Return the key as it is."""
        return stored


if sys.platform == "win32":
    from jiankao_agent import dpapi

    class MachineProtection:
        """The protection of Windows: DPAPI in machine scope. A copied file is worth nothing on another computer."""

        def wrap(self, key: bytes) -> bytes:
            """Return the key as only this computer can read it. Raises OSError."""
            return dpapi.protect(key, _PURPOSE)

        def unwrap(self, stored: bytes) -> bytes:
            """Return the key. Raises ConfigurationError when it is another computer's, or damaged."""
            try:
                return dpapi.unprotect(stored, _PURPOSE)
            except OSError:
                raise ConfigurationError(
                    f"the stored key cannot be read here (DPAPI: another computer's, or damaged); {_ENROL_AGAIN}"
                ) from None

    def default_protection() -> Protection:
        """Return how this system protects keys."""
        return MachineProtection()

else:

    def default_protection() -> Protection:
        """Return how this system protects keys."""
        return FilePermissions()


@dataclass(frozen=True, slots=True)
class Keys:
    """A workstation's two private keys. They stay out of every representation."""

    identity: Ed25519PrivateKey = field(repr=False)
    tls: EllipticCurvePrivateKey = field(repr=False)

    @property
    def tls_pem(self) -> bytes:
        """The TLS key in PKCS#8 PEM, as gRPC takes it."""
        return _pem(self.tls)


def make_keys() -> Keys:
    """Make both keys, in memory only."""
    return Keys(Ed25519PrivateKey.generate(), generate_private_key(SECP256R1()))


def save_keys(state: StateFolder, keys: Keys, protection: Protection) -> None:
    """Write both keys. Raises OSError, and ConfigurationError when others can read the folder."""
    check_private(state.path)
    write_file(state.identity_key, protection.wrap(_pem(keys.identity)))
    write_file(state.tls_key, protection.wrap(keys.tls_pem))


def load_keys(state: StateFolder, protection: Protection) -> Keys:
    """Read both keys. Raises ConfigurationError: missing, damaged, or readable by others."""
    check_private(state.path)
    identity = _load(state.identity_key, protection)
    tls = _load(state.tls_key, protection)
    if not isinstance(identity, Ed25519PrivateKey):
        raise ConfigurationError(f"{state.identity_key}: not an Ed25519 key; {_ENROL_AGAIN}")
    if not isinstance(tls, EllipticCurvePrivateKey):
        raise ConfigurationError(f"{state.tls_key}: not an elliptic-curve key; {_ENROL_AGAIN}")
    return Keys(identity, tls)


def check_private(path: Path) -> None:
    """Raise ConfigurationError when somebody else can get at a folder or file."""
    try:
        status = path.stat()
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}; {_ENROL_AGAIN}") from error
    if sys.platform != "win32":  # there the installer's access-control list guards the folder
        mode = "700" if stat.S_ISDIR(status.st_mode) else "600"
        if status.st_uid not in (os.geteuid(), 0):
            raise ConfigurationError(f"{path}: belongs to another user; run as the folder's owner")
        if status.st_mode & _OTHERS:
            raise ConfigurationError(
                f"{path}: others can get at it, so its keys prove nothing; "
                f"run chmod {mode} {path}, and enrol again if keys were in it"
            )


_ENROL_AGAIN = "enrol again with a new ticket and --again"


def _pem(key: Ed25519PrivateKey | EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _load(path: Path, protection: Protection) -> PrivateKeyTypes:
    check_private(path)
    try:
        return load_pem_private_key(protection.unwrap(path.read_bytes()), password=None)
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be read ({error.strerror}); run as the folder's owner"
        ) from error
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # What the library says of a broken key is not repeated: it could quote it.
        raise ConfigurationError(f"{path}: not a usable private key; {_ENROL_AGAIN}") from None
