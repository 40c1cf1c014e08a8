"""jiankao-collector policy."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from jiankao_collector.config import write_private
from jiankao_collector.errors import ConfigurationError
from jiankao_collector.knowledge.catalogue import load
from jiankao_collector.knowledge.permission import check_with
from jiankao_collector.knowledge.policy import Policy, PolicyError, placed, read
from jiankao_collector.policy_admission import short_digest, text_of
from jiankao_proto.envelope import POLICY_TYPE, key_id, open_envelope, seal
from jiankao_proto.errors import IntegrityError, MalformedError

_LARGEST_FILE = 128 * 1024


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    parser = subparsers.add_parser(
        "policy",
        help="make, sign and check policies of exam sessions",
        description="A policy says what is allowed in an exam session, and for whom; docs/policy.md has every key. "
        "One with a mistake is refused whole.",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    keygen = actions.add_parser(
        "keygen", help="make a key that signs policies; keep it away from the collector"
    )
    keygen.add_argument("file", type=Path, metavar="KEY", help="the private key's new file")
    sign = actions.add_parser("sign", help="sign a policy that a person has read")
    sign.add_argument("file", type=Path, metavar="FILE", help="the policy, a TOML file")
    sign.add_argument("--key", type=Path, required=True, metavar="KEY", help="the private key")
    sign.add_argument("--out", type=Path, metavar="FILE", help="default: FILE.signed")
    check = actions.add_parser("check", help="say what is wrong with a policy, or what it holds")
    check.add_argument("file", type=Path, metavar="FILE", help="a TOML file, or a signed one")
    check.add_argument("--public-key", metavar="HEX", help="who must have signed it")


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    actions: dict[str, Callable[[argparse.Namespace], int]] = {
        "keygen": _keygen,
        "sign": _sign,
        "check": _check,
    }
    return actions[arguments.action](arguments)


def _keygen(arguments: argparse.Namespace) -> int:
    path: Path = arguments.file
    if path.exists():
        raise ConfigurationError(f"{path}: is there already; nothing was overwritten")
    key = Ed25519PrivateKey.generate()
    write_private(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key().public_bytes_raw()
    print(
        f"{path}: the private key {key_id(public)}; keep it where policies are signed, not on the collector.\n"
        "Add to collector.toml in the collector's data folder, before workstations are enrolled:\n\n"
        f'[[policy_key]]\nname = "who signs"\npublic_key = "{public.hex()}"'
    )
    return 0


def _sign(arguments: argparse.Namespace) -> int:
    path: Path = arguments.file
    toml, envelope = text_of(read_file(path))
    if envelope:
        raise ConfigurationError(f"{path}: is signed already; sign the TOML file it was made from")
    policy = read(toml, str(path))
    _, mistakes = check_with(load(), toml.decode(), str(path))
    if mistakes:
        raise PolicyError(mistakes)
    if not policy.title.version:
        raise ConfigurationError(
            f"{path}: has no [policy] table; a signed policy needs version, title and author"
        )
    key = _private_key(arguments.key)
    out: Path = arguments.out or path.with_name(f"{path.name}.signed")
    try:
        out.write_bytes(seal(POLICY_TYPE, toml, key).data)
    except OSError as error:
        raise ConfigurationError(f"{out}: cannot be written ({error.strerror})") from error
    public = key.public_key().public_bytes_raw()
    print(f"{out}: {_holds(policy, toml)}, signed by key {key_id(public)}")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    path: Path = arguments.file
    toml, envelope = text_of(read_file(path))
    if arguments.public_key is not None:
        _check_signature(path, envelope, arguments.public_key)
    try:
        policy = read(toml, str(path))
        mistakes = tuple(check_with(load(), toml.decode(), str(path))[1])
    except PolicyError as error:
        policy, mistakes = Policy(), error.mistakes
    for mistake in mistakes:
        print(f"{placed(mistake, mistake.zh)} | {mistake.en}", file=sys.stderr)
    if mistakes:
        raise ConfigurationError(
            f"{path}: {len(mistakes)} mistake(s); nothing of this policy would be used"
            f" | {len(mistakes)} 处错误；整个策略都不会被采用"
        )
    said = "unsigned"
    if envelope:
        by = arguments.public_key
        said = (
            f"signed by key {key_id(bytes.fromhex(by))}"
            if by
            else "signed; by whom was not checked (--public-key)"
        )
    print(f"{path}: {_holds(policy, toml)}, {said}")
    return 0


def _check_signature(path: Path, envelope: bytes, public_key: str) -> None:
    if not envelope:
        raise ConfigurationError(f"{path}: is not signed")
    try:
        open_envelope(envelope, POLICY_TYPE, bytes.fromhex(public_key))
    except (ValueError, MalformedError, IntegrityError) as error:
        raise ConfigurationError(f"{path}: {error}") from error


def _holds(policy: Policy, toml: bytes) -> str:
    parts = (
        (len(policy.entries), "network"),
        (len(policy.programs), "program"),
        (len(policy.classroom), "classroom"),
        (len(policy.accommodations), "accommodation"),
        (len(policy.interfaces) + len(policy.forbidden), "forbidden"),
    )
    held = ", ".join(f"{number} {name}" for number, name in parts if number) or "no entries"
    version = f"version {policy.title.version}" if policy.title.version else "no version"
    return f"{version}, {held}, digest {short_digest(toml)}"


def _private_key(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, TypeError) as error:
        raise ConfigurationError(
            f"{path}: no private key; make one with: jiankao-collector policy keygen"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(f"{path}: a policy is signed with an Ed25519 key")
    return key


def read_file(path: Path) -> bytes:
    """Read a policy's file, signed or not. Raises ConfigurationError."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror})") from error
    if len(data) > _LARGEST_FILE:
        raise ConfigurationError(f"{path}: larger than {_LARGEST_FILE} bytes; no policy is")
    return data
