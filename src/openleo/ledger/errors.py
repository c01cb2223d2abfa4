"""What the ledger refuses or cannot do: a few exceptions, each with its exit code on the command line."""


class LedgerError(Exception):
    """Anything that the ledger refuses or cannot do; its text is a sentence for the person who reads it."""

    exit_code = 1


class Refused(LedgerError, ValueError):
    """Something given is wrong: the text names the field, its value and what is allowed."""

    exit_code = 2


class Unverified(LedgerError):
    """A proof, a signature or a file does not hold: the text names the place and the reason."""

    exit_code = 3


class Malformed(Unverified, ValueError):
    """Bytes that claim a format and are not canonical in it: nothing of them is believed."""


class Unavailable(LedgerError):
    """A log, a witness or a file cannot be reached, or is not there."""

    exit_code = 4


class NotWritten(Unavailable):
    """Entries were not written: they are not in the log, unless they are handed over again."""


class Missing(Unavailable):
    """A file of a log is not there, though whoever was asked for it did answer."""


class TooLarge(Malformed, Unavailable):
    """A file holds more bytes than its format allows: no more than those were read."""


class Halted(LedgerError):
    """The log refuses to go on, for what it would sign could contradict what it signed before."""
