"""Reasons: stable numbers, each with a text, what it allows at most, and where to appeal; never reused."""

from enum import IntEnum


class Reason(IntEnum):
    """Why a terminal gets less than service; numbers stay for ever and are below 64."""

    NONE = 0
    NO_ACCOUNT = 1
    ACCOUNT_SUSPENDED = 2
    UNKNOWN_TERMINAL = 3
    BAD_SIGNATURE = 4
    REPLAY = 5
    CLONE = 6
    IMPOSSIBLE_TRAVEL = 7
    CLOCK = 8
    VERSION = 9
    UNLICENSED = 10
    PROHIBITED = 11
    SERVICE_OFF = 12
    NOT_ON_LIST = 13
    AT_SEA = 14
    TOO_FAR_FROM_ADDRESS = 15
    ROAMING_TOO_LONG = 16
    COUNTRY_OF_SALE = 17
    TOO_FAST = 18
    TOO_HIGH = 19
    MOTION_CLASS = 20
    USAGE_CLASS = 21
    OVER_QUOTA = 22
    UNPAID = 23
    UNKNOWN_LOCATION = 24
    LOCATION_REFUTED = 25
    CELL_FULL = 26
    NO_COVERAGE = 27
    TERMINAL_SUSPENDED = 28
    TERMINAL_LOST_OR_STOLEN = 29
    TERMINAL_RETIRED = 30
    EMERGENCY_ONLY_HERE = 31
    USE_PROHIBITED = 32
    LICENCE_PENDING = 33
    UNCERTAIN_LOCATION = 34
    NO_RULES = 35
    LATE = 36
