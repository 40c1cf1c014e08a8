"""Making a data folder: keys, evidence log, first user."""

import datetime as dt
import secrets
import time
from hashlib import sha256

from jiankao_collector.config import Addresses, DataFolder, write_addresses, write_private
from jiankao_collector.console.access import Access, Role
from jiankao_collector.console.passwords import first_run_password
from jiankao_collector.enrolment.certificates import create_authority, load_authority
from jiankao_collector.errors import ConfigurationError
from jiankao_collector.evidence_log.schema import FORMAT
from jiankao_collector.evidence_log.writer import EvidenceLogWriter
from jiankao_proto.records import LogOpened, OperatorAction

FIRST_USER = "chief"


def found(folder: DataFolder, addresses: Addresses) -> str:
    """Make the folder and return the first user's password. Raises ConfigurationError when it is one already.

    The evidence log is made last: a crash before that leaves a folder that can be founded again.
    """
    if folder.is_initialised:
        raise ConfigurationError(
            f"{folder.root}: is a collector's data folder already; nothing was changed"
        )
    folder.make()
    now = dt.datetime.now(dt.UTC)
    create_authority(folder.keys, now)
    authority = load_authority(folder.keys, now)
    write_addresses(folder, addresses)
    password = first_run_password()
    access = Access(folder.access)
    try:
        if FIRST_USER in (user.name for user in access.list_users()):
            access.set_password(FIRST_USER, password)
        else:
            access.add_user(FIRST_USER, password, Role.CHIEF)
    finally:
        access.close()
    write_private(folder.first_password, f"{password}\n".encode())
    opened = LogOpened(
        FORMAT,
        f"log-{secrets.token_hex(8)}",
        authority.collector_public_key,
        sha256(authority.certificate_der).digest(),
    )
    writer = EvidenceLogWriter(folder.evidence_log, create=True)
    try:
        writer.append(
            [opened, OperatorAction("os", "user-added", FIRST_USER)], time.time_ns() // 1000
        )
    finally:
        writer.close()
    return password
