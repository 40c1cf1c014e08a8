"""Whether a policy is taken for some rooms: whole, signed by whom the rooms trust, and not older than the last one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from jiankao_collector.errors import ConfigurationError
from jiankao_collector.knowledge.catalogue import load
from jiankao_collector.knowledge.permission import check_with
from jiankao_collector.knowledge.policy import Policy, PolicyError, read
from jiankao_collector.policy_keys import PolicyKey, keys_of
from jiankao_proto.codec import read_envelope
from jiankao_proto.envelope import POLICY_TYPE, key_id, open_envelope
from jiankao_proto.errors import IntegrityError, MalformedError
from jiankao_proto.records import ExamSessionOpened, PolicyChanged, Record


@dataclass(frozen=True, slots=True)
class Former:
    """The newest policy a room has had: its version, and the digest of its text."""

    version: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Admitted:
    """A policy that is taken. `envelope`, `public_key`: empty when nobody signed it."""

    policy: Policy
    toml: bytes
    envelope: bytes = b""
    public_key: bytes = b""

    @property
    def version(self) -> int:
        """What it calls itself; 0 when it does not."""
        return self.policy.title.version

    def said(self) -> str:
        """Return one line that says what is in force."""
        version = f"version {self.version}" if self.version else "no version"
        by = f"signed by key {key_id(self.public_key)}" if self.envelope else "unsigned"
        return f"policy {short_digest(self.toml)}, {version}, {by}"


def short_digest(toml: bytes) -> str:
    """Return the head of a policy's digest, as people compare it (`sha256sum FILE`)."""
    return sha256(toml).hexdigest()[:12]


def text_of(data: bytes) -> tuple[bytes, bytes]:
    """Return a policy file's text and, when it is a signed one, its envelope; signatures are not checked."""
    try:
        kind, payload, _ = read_envelope(data)
    except MalformedError:
        return data, b""
    return (payload, data) if kind == POLICY_TYPE else (data, b"")


def admit(
    data: bytes,
    file: str,
    rooms: Iterable[str],
    keys: tuple[PolicyKey, ...],
    former: Mapping[str, Former],
) -> Admitted:
    """Take a policy's file, signed or not, for some rooms.

    Raises ConfigurationError in one line: what is wrong with it, by whom it would have to be signed, or that a newer
    one has been in force.
    """
    toml, envelope = text_of(data)
    rooms = tuple(rooms)
    signer = _signer(envelope, file, rooms, keys) if envelope else None
    policy = read(toml, file)
    _, mistakes = check_with(load(), toml.decode(), file)
    if mistakes:
        raise PolicyError(mistakes)
    for room in rooms:
        if signer is None and keys_of(keys, room):
            names = ", ".join(key.name for key in keys_of(keys, room))
            raise ConfigurationError(
                f"{file}: not signed, and room {room} takes policies signed by {names} only; "
                "sign it: jiankao-collector policy sign"
            )
        _not_older(policy, toml, file, room, former.get(room))
    return Admitted(policy, toml, envelope, signer.public_key if signer else b"")


def _signer(
    envelope: bytes, file: str, rooms: tuple[str, ...], keys: tuple[PolicyKey, ...]
) -> PolicyKey:
    for key in keys:
        try:
            open_envelope(envelope, POLICY_TYPE, key.public_key)
        except (IntegrityError, MalformedError):
            continue
        for room in rooms:
            if not key.counts_in(room):
                raise ConfigurationError(
                    f"{file}: signed by {key.name}, whose key does not count in room {room}; "
                    "have it signed by one that does, or add the room to the key in collector.toml"
                )
        return key
    known = ", ".join(f"{key.name} ({key.key_id})" for key in keys) or "none"
    raise ConfigurationError(
        f"{file}: its signature holds under no trusted key; trusted in collector.toml: {known}. "
        "Was it altered after it was signed, or is its key not registered?"
    )


def _not_older(policy: Policy, toml: bytes, file: str, room: str, former: Former | None) -> None:
    if former is None or (former.version == 0 and policy.title.version == 0):
        return
    version = policy.title.version
    if version < former.version:
        raise ConfigurationError(
            f"{file}: version {version}, and room {room} has had version {former.version}; a version never goes "
            "back: raise the number and sign again"
        )
    if version == former.version and sha256(toml).digest() != former.digest:
        raise ConfigurationError(
            f"{file}: version {version} was in force in room {room} with another text; raise the number and sign again"
        )


def former_policies(records: Iterable[Record]) -> dict[str, Former]:
    """Return the newest policy of every room that had one; `records`: exam sessions opened and policies changed."""
    newest: dict[str, Former] = {}
    rooms: dict[str, tuple[str, ...]] = {}
    for record in records:
        body = record.body
        if not isinstance(body, ExamSessionOpened | PolicyChanged):
            continue
        if isinstance(body, ExamSessionOpened):
            rooms[body.exam_session_id.value] = body.rooms
        for room in rooms.get(body.exam_session_id.value, ()):
            known = newest.get(room)
            if body.policy_toml and (known is None or body.policy_version >= known.version):
                newest[room] = Former(body.policy_version, sha256(body.policy_toml).digest())
    return newest
