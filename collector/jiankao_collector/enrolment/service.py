"""The enrolment call: gRPC in front of the desk."""

import asyncio
import logging
from typing import TypeAlias

import grpc

from jiankao_collector.enrolment.attempts import Attempts
from jiankao_collector.enrolment.certificates import Authority
from jiankao_collector.enrolment.desk import EnrolmentDesk
from jiankao_collector.enrolment.tickets import TicketsUnusableError
from jiankao_collector.errors import EvidenceLogError, RefusedError, TicketError
from jiankao_collector.policy_keys import PolicyKey, keys_of
from jiankao_proto.v1 import transport_pb2, transport_pb2_grpc

DescribeContext: TypeAlias = (
    "grpc.aio.ServicerContext[transport_pb2.DescribeRequest, transport_pb2.DescribeResponse]"
)
EnrolContext: TypeAlias = (
    "grpc.aio.ServicerContext[transport_pb2.EnrolRequest, transport_pb2.EnrolResponse]"
)

_log = logging.getLogger(__name__)


class EnrolmentService(transport_pb2_grpc.EnrolmentServicer):
    """The servicer of jiankao.transport.v1.Enrolment."""

    def __init__(
        self,
        desk: EnrolmentDesk,
        authority: Authority,
        attempts: Attempts,
        policy_keys: tuple[PolicyKey, ...] = (),
    ) -> None:
        self._desk, self._authority, self._attempts = desk, authority, attempts
        self._policy_keys = policy_keys

    async def Describe(  # noqa: N802 - the name in the schema
        self,
        request: transport_pb2.DescribeRequest,  # noqa: ARG002 - it is empty
        context: DescribeContext,  # noqa: ARG002 - gRPC's signature
    ) -> transport_pb2.DescribeResponse:
        """Give the authority's certificate, which the workstation checks against its ticket."""
        return transport_pb2.DescribeResponse(ca_certificate_pem=self._authority.certificate_pem)

    async def Enrol(  # noqa: N802 - the name in the schema
        self, request: transport_pb2.EnrolRequest, context: EnrolContext
    ) -> transport_pb2.EnrolResponse:
        """Enrol a workstation, or say in one line why not."""
        peer = context.peer()
        if not self._attempts.allowed(peer):
            await context.abort(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                "too many refused tickets from this address; wait ten minutes",
            )
        try:
            try:
                accepted = self._desk.accept(request.ticket_secret, request.envelope)
            except (RefusedError, TicketError) as error:
                self._attempts.refused(peer)
                await self._desk.refuse(str(error), peer)
                await context.abort(grpc.StatusCode.PERMISSION_DENIED, str(error))
            # Once the ticket is claimed it goes on to the record, even when the caller has hung up.
            enrolment = await asyncio.shield(self._desk.enrol(accepted))
        except (EvidenceLogError, TicketsUnusableError) as error:
            _log.error("nobody can be enrolled: %s", error)
            await context.abort(
                grpc.StatusCode.UNAVAILABLE,
                "the collector cannot store anything now; the ticket still holds, try again later",
            )
        return transport_pb2.EnrolResponse(
            workstation_id=enrolment.workstation_id.value,
            certificate_pem=enrolment.certificate_pem,
            collector_public_key=self._authority.collector_public_key,
            chain_genesis=enrolment.genesis,
            room=enrolment.room,
            seat=enrolment.seat,
            policy_public_keys=[k.public_key for k in keys_of(self._policy_keys, enrolment.room)],
        )
