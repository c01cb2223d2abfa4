"""The few exceptions that OpenLEO raises on purpose, each with its exit code on the command line."""


class OpenLEOError(Exception):
    """Anything that OpenLEO refuses or cannot do; its text is meant for the person at the keyboard."""

    exit_code = 1


class InputError(OpenLEOError, ValueError):
    """Something given by the user is wrong: the text names file, line or key, value and what is allowed."""

    exit_code = 2


class DataMissing(OpenLEOError):
    """Data that a command needs is not there, or is too old to be used; the text says how to get it."""

    exit_code = 4
