"""The root of every error jiankao raises, and the two branches the contract itself needs."""


class JiankaoError(Exception):
    """Root. `str(error)` is one line that says what is wrong, where, and what to do."""


class MalformedError(JiankaoError):
    """Bytes or text from outside are not what they claim to be."""


class IntegrityError(JiankaoError):
    """Bytes are well formed, but a signature, digest or chain does not hold."""
