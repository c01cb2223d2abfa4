"""An entry of the register as people write it, checked before it becomes a row."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from openleo.errors import InputError
from openleo.service.records import Motion, TerminalState, Usage

LONGEST: Final = 200
"""Letters of a name at most: accounts, owners, dealers, whoever did something."""

_HARDWARE: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_CODE: Final = re.compile(r"[A-Z]{2}")
_GREATEST_US: Final = 4102444800_000000  # 2100-01-01


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A terminal as it enters the register; times are microseconds since 1970-01-01 UTC, 0 for none.

    use: what it is said to be used for, in words; declared_by: who said so. sold, home: country codes of
    the sale and of the service address. owner: who had it first. A sponsorship is not part of it: `pay`.
    """

    hardware: str
    key: bytes | None = None
    account: str = ""
    plan: str = ""
    motion: Motion = Motion.FIXED
    usage: Usage = Usage.CIVIL
    use: str = ""
    declared_by: str = ""
    sold: str = ""
    sold_us: int = 0
    dealer: str = ""
    owner: str = ""
    lists: tuple[str, ...] = ()
    home: str = ""
    home_lat_deg: float = math.nan
    home_lon_deg: float = math.nan
    state: TerminalState = TerminalState.ACTIVE
    quota_used_mb: float = 0.0

    def check(self, where: str = "terminal") -> None:
        """Raise InputError where a value is not allowed; `where` is the beginning of its text."""
        checked_hardware(self.hardware, f"{where}: hardware")
        if self.key is not None:
            checked_key(self.key, f"{where}: key")
        for name in ("account", "plan", "use", "declared_by", "dealer", "owner"):
            checked_name(getattr(self, name), f"{where}: {name}", empty=True)
        for each in self.lists:
            if ";" in checked_name(each, f"{where}: lists"):
                raise InputError(f"{where}: lists: {_short(each)} given; a name without ; is allowed")
        for name in ("sold", "home"):
            checked_country(getattr(self, name), f"{where}: {name}")
        if not 0 <= self.sold_us <= _GREATEST_US:
            raise InputError(f"{where}: sold_at: {self.sold_us} given; a time from 1970 to 2100 is allowed")
        for name, most in (("home_lat_deg", 90.0), ("home_lon_deg", 180.0)):
            value = getattr(self, name)
            if not (math.isnan(value) or abs(value) <= most):
                raise InputError(f"{where}: {name}: {value!r} given; -{most:g} to {most:g} is allowed")
        if math.isnan(self.home_lat_deg) != math.isnan(self.home_lon_deg):
            raise InputError(f"{where}: home_lat_deg, home_lon_deg: one of them is missing")
        if not 0.0 <= self.quota_used_mb < 1e12:
            raise InputError(f"{where}: quota_used_mb: {self.quota_used_mb!r} given; 0 or more is allowed")


def checked_hardware(value: str, where: str) -> str:
    """A hardware number, as it is. Raises InputError."""
    if not isinstance(value, str) or not _HARDWARE.fullmatch(value):
        raise InputError(f"{where}: {_short(value)} given; 1 to 64 of A-Z a-z 0-9 . _ - are allowed")
    return value


def checked_key(value: bytes, where: str) -> bytes:
    """An Ed25519 public key, as it is. Raises InputError."""
    if len(value) != 32 or not any(value):
        raise InputError(
            f"{where}: {len(value)} bytes given; the 32 bytes of an Ed25519 public key are allowed"
        )
    return value


def checked_name(value: str, where: str, *, empty: bool = False) -> str:
    """A name, as it is: printable, not too long. Raises InputError."""
    if (
        (not value and not empty)
        or len(value) > LONGEST
        or not (value.isprintable() and value == value.strip())
    ):
        least = 0 if empty else 1
        raise InputError(
            f"{where}: {_short(value)} given; {least} to {LONGEST} printable letters are allowed, "
            "no blank at either end"
        )
    return value


def checked_country(value: str, where: str) -> str:
    """A country code of two letters, or nothing. Raises InputError."""
    if value and not _CODE.fullmatch(value):
        raise InputError(
            f"{where}: {_short(value)} given; a code of two capital letters is allowed (ISO 3166-1)"
        )
    return value


def checked_hardware_numbers(values: Sequence[str], known: dict[str, int], where: str) -> None:
    """Raise InputError where a hardware number is given twice, or stands in the register already."""
    seen: set[str] = set()
    for value in values:
        if value in known:
            raise InputError(f"{where}: hardware: {value!r} is in the register already")
        if value in seen:
            raise InputError(f"{where}: hardware: {value!r} is given twice")
        seen.add(value)


def _short(value: object) -> str:
    words = repr(value)
    return words if len(words) <= 60 else f"{words[:57]}..."
