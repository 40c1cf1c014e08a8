"""Making a data folder: keys, evidence log, first user.

The evidence log makes a folder a data folder, and it comes last, under its name only when it is whole: a crash at any
point before leaves a folder that can be founded again. Keys that are there already are kept, never made anew: a folder
that lost its log still holds the authority its workstations trust.
"""

import datetime as dt
import secrets
import time
from hashlib import sha256

from jiankao_collector.config import Addresses, DataFolder, write_addresses, write_private
from jiankao_collector.console.access import Access, Role
from jiankao_collector.console.passwords import first_run_password
from jiankao_collector.enrolment.certificates import (
    create_authority,
    has_authority,
    load_authority,
)
from jiankao_collector.errors import ConfigurationError
from jiankao_collector.evidence_log.schema import FORMAT
from jiankao_collector.evidence_log.writer import EvidenceLogWriter
from jiankao_collector.folder_lock import lock_folder
from jiankao_proto.records import LogOpened, OperatorAction

FIRST_USER = "chief"


def found(folder: DataFolder, addresses: Addresses, by: str = "os") -> str:
    """Make the folder and return the first user's password. `by`: who does it, for the record.

    Raises ConfigurationError when it is one already, cannot be written to, or somebody else is just making it.
    """
    _require_new(folder)
    folder.make()
    with lock_folder(folder.root):
        _require_new(folder)
        try:
            return _found(folder, addresses, by)
        except OSError as error:
            raise ConfigurationError(
                f"{error.filename or folder.root}: cannot be written ({error.strerror}); "
                "free space or choose another folder, then do it again"
            ) from error


def _require_new(folder: DataFolder) -> None:
    if folder.is_initialised:
        raise ConfigurationError(
            f"{folder.root}: is a collector's data folder already; nothing was changed"
        )


def _found(folder: DataFolder, addresses: Addresses, by: str) -> str:
    now = dt.datetime.now(dt.UTC)
    if not has_authority(folder.keys):
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
    unfinished = folder.evidence_log.with_name(f".{folder.evidence_log.name}.new")
    for left_over in folder.root.glob(f"{unfinished.name}*"):
        left_over.unlink()
    writer = EvidenceLogWriter(unfinished, create=True)
    try:
        writer.append(
            [opened, OperatorAction(by, "user-added", FIRST_USER)], time.time_ns() // 1000
        )
    finally:
        writer.close()  # the last connection: the write-ahead log goes into the file and is removed
    unfinished.rename(folder.evidence_log)
    return password
