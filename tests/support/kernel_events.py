"""Whether the kernel tells of processes here."""

import pytest

from jiankao_agent.platform.linux.proc_connector import NoProcConnectorError, ProcConnector


def proc_connector_or_skip() -> ProcConnector:
    """Return a subscription, to be closed by whoever asked; skip the test where there is none."""
    try:
        return ProcConnector()
    except NoProcConnectorError as error:
        pytest.skip(str(error))
