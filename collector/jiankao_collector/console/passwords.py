"""Passwords: how they are kept, checked, judged and made."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from jiankao_collector.errors import ConfigurationError

SHORTEST = 10
"""Characters a password has at least."""
LONGEST = 256
"""Characters a password has at most: hashing work is bounded by what a log-in may send."""

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i l o u to misread
_GROUPS = (4, 4, 5)  # 13 letters of 5 bits: 65 bits

_hasher = PasswordHasher()  # argon2id with the library's RFC 9106 low-memory profile
_NOBODY = _hasher.hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    """Return what is stored of a password. Raises ConfigurationError when it is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ConfigurationError(
            f"password: {len(password)} characters; choose one of {SHORTEST} to {LONGEST}"
        )
    return _hasher.hash(password)


def password_fits(stored: str | None, password: str) -> bool:
    """Tell whether a password is the stored one; `stored` None (no such user) costs the same time.

    Takes tens of milliseconds and 64 MiB: call it in a worker thread, a few at a time.
    """
    try:
        fits = _hasher.verify(_NOBODY if stored is None else stored, password)
    except (VerificationError, InvalidHashError):
        return False
    return fits and stored is not None


def first_run_password() -> str:
    """Make a password that can be read from a screen and typed: 65 random bits, such as k7mq-2hdx-9vtae."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(n)) for n in _GROUPS)
