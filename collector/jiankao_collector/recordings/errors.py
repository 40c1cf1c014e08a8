"""What makes one record of a recording unusable; the rest of the recording is judged without it."""

from jiankao_collector.errors import CollectorError


class UnusableRecordError(CollectorError):
    """A record cannot be used. The message says why, in a few words."""
