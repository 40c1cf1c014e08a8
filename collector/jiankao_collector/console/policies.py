"""The policy of a seat's exam session, as its page shows it. Pure."""

from dataclasses import dataclass
from hashlib import sha256

from jiankao_collector.knowledge.policy import in_force
from jiankao_collector.scoring.seats import SeatView
from jiankao_proto.envelope import key_id
from jiankao_proto.records import ExamSessionOpened

_SHORT_DIGEST = 12


@dataclass(frozen=True, slots=True)
class AccommodationShown:
    """What is accommodated at the seat: the kind of aid, by which program, and why."""

    aid: str
    program: str
    reason: str


@dataclass(frozen=True, slots=True)
class PolicyShown:
    """`digest`: its head, empty when there is no policy. `key_id`: empty when nobody signed it."""

    digest: str
    version: int = 0
    title: str = ""
    key_id: str = ""
    accommodations: tuple[AccommodationShown, ...] = ()


def policy_of(opened: ExamSessionOpened | None, seat: SeatView) -> PolicyShown | None:
    """Return the policy that holds at a seat; None when no exam session is open there."""
    if opened is None:
        return None
    policy = in_force(opened.policy_toml)
    if policy is None:
        return PolicyShown("")
    accommodations = policy.accommodations_at(seat.room, seat.seat, seat.candidate)
    return PolicyShown(
        sha256(opened.policy_toml).hexdigest()[:_SHORT_DIGEST],
        policy.title.version,
        policy.title.title,
        key_id(opened.policy_public_key) if opened.policy_envelope else "",
        tuple(AccommodationShown(a.aid.value, a.identity.said(), a.reason) for a in accommodations),
    )
