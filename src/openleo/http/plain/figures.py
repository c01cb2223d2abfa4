"""Numbers, rates, places and times as each language has them."""

from datetime import UTC, datetime
from math import isfinite
from typing import Final

from openleo.http.words import say
from openleo.service.reasons import Language

_RATES: Final = (("tbps", 1e12), ("gbps", 1e9), ("mbps", 1e6), ("kbps", 1e3))


def number(language: Language, value: float | None, digits: int = 1) -> str:
    """A number with so many digits behind the point; a dash where there is none."""
    if value is None or not isfinite(value):
        return say(language, "common.none")
    text = f"{round(value, digits) + 0.0:,.{digits}f}"  # never -0.0
    if language == "fr":
        text = text.replace(",", "\N{NARROW NO-BREAK SPACE}").replace(".", ",")
    return text


def unit(language: Language, value: float | None, name: str, digits: int = 1) -> str:
    """A number with its unit: km, ms, deg, by the messages of that name."""
    said = number(language, value, digits)
    return said if value is None else f"{said}\N{NO-BREAK SPACE}{say(language, f'common.unit.{name}')}"


def rate(language: Language, bps: float | None) -> str:
    """Bit/s as people say them, with three digits: 23.9 Mbit/s."""
    if bps is None or not isfinite(bps):
        return say(language, "common.none")
    name, least = next((each for each in _RATES if bps >= each[1]), ("bps", 1.0))
    value = bps / least
    digits = 0 if name == "bps" or value >= 100 else 1 if value >= 10 else 2
    return unit(language, value, name, digits)


def share(language: Language, part: float | None, digits: int = 1) -> str:
    """A share as a percentage."""
    if part is None or not isfinite(part):
        return say(language, "common.none")
    space = "\N{NARROW NO-BREAK SPACE}" if language == "fr" else ""
    return f"{number(language, 100.0 * part, digits)}{space}%"


def coordinates(language: Language, lat_deg: float, lon_deg: float, digits: int = 2) -> str:
    """Latitude and longitude with their sides: 1.28° S, 36.82° E."""
    south, west = ("south" if lat_deg < 0 else "north"), ("west" if lon_deg < 0 else "east")
    lat, lon = number(language, abs(lat_deg), digits), number(language, abs(lon_deg), digits)
    return f"{lat}° {say(language, f'common.{south}')}, {lon}° {say(language, f'common.{west}')}"


def moment(language: Language, time: str | datetime | None) -> str:
    """A date and time in UTC, which is said: 2026-05-30 12:00:12 UTC."""
    if time is None or time == "":
        return say(language, "common.none")
    at = datetime.fromisoformat(time) if isinstance(time, str) else time
    return f"{at.astimezone(UTC) if at.tzinfo else at:%Y-%m-%d %H:%M:%S} UTC"
