"""What is to be said down one stream: the latest acknowledgement, refusals in order, the latest policy.

Acknowledgements coalesce: whatever was committed while one was being written is told by the next.
"""

import asyncio
from collections import deque

from jiankao_proto.messages import Policy
from jiankao_proto.records import RefusalReason
from jiankao_proto.v1 import transport_pb2

_MOST_REFUSALS = 256


class Answers:
    """The outgoing side of one stream."""

    def __init__(self, committed_count: int) -> None:
        self.committed_count = committed_count
        self._acknowledged = committed_count
        self._refusals: deque[tuple[RefusalReason, str]] = deque(maxlen=_MOST_REFUSALS)
        self._policy: Policy | None = None
        self._something = asyncio.Event()
        self._finished = False

    def committed(self, count: int) -> None:
        """Everything below `count` is durable."""
        self.committed_count = max(self.committed_count, count)
        self._something.set()

    def refuse(self, reason: RefusalReason, detail: str) -> None:
        """Tell that an envelope was refused."""
        self._refusals.append((reason, detail))
        self._something.set()

    def push(self, policy: Policy) -> None:
        """Tell the policy in force."""
        self._policy = policy
        self._something.set()

    def finish(self) -> None:
        """Nothing more will come: what is still to be said is the last."""
        self._finished = True
        self._something.set()

    async def next(self) -> list[transport_pb2.Downlink]:
        """Wait for something to say and return it; nothing when all is said."""
        while True:
            await self._something.wait()
            if not self._finished:
                self._something.clear()
            said = self._said()
            if said or self._finished:
                return said

    def _said(self) -> list[transport_pb2.Downlink]:
        said: list[transport_pb2.Downlink] = []
        if self._policy is not None:
            said.append(transport_pb2.Downlink(policy=_policy_message(self._policy)))
            self._policy = None
        while self._refusals:
            reason, detail = self._refusals.popleft()
            refusal = transport_pb2.Refusal(
                reason=f"REFUSAL_REASON_{reason.name}",
                detail=detail,
                committed_count=self.committed_count,
            )
            said.append(transport_pb2.Downlink(refusal=refusal))
        if self.committed_count > self._acknowledged:
            self._acknowledged = self.committed_count
            said.append(
                transport_pb2.Downlink(ack=transport_pb2.Ack(committed_count=self._acknowledged))
            )
        return said


def _policy_message(policy: Policy) -> transport_pb2.Policy:
    return transport_pb2.Policy(
        exam_session_id=policy.exam_session_id,
        policy_digest=policy.policy_digest,
        flush_interval_ms=policy.flush_interval_ms,
        quiet_interval_ms=policy.quiet_interval_ms,
        baseline_request=policy.baseline_request,
        policy_envelope=policy.policy_envelope,
        policy_toml=policy.policy_toml,
        policy_public_keys=policy.policy_public_keys,
    )
