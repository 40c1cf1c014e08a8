"""What can go wrong on a workstation. Every message is one line: what, where, what to do."""

from jiankao_proto.errors import JiankaoError


class AgentError(JiankaoError):
    """Root of the agent's own errors."""


class ConfigurationError(AgentError):
    """The agent's folder, settings or command line are not usable as they are."""


class EnrolmentError(AgentError):
    """The first contact failed; nothing was stored."""


class SensorError(AgentError):
    """A sensor cannot go on. The supervisor reports it and starts it again."""


class SpoolError(AgentError):
    """The durable queue cannot take or give a batch."""
