"""Canonical JSON: one spelling for each value, so that a hash of it means something (RFC 8785)."""

import json
import math
import re
from typing import Any, Final

from openleo.ledger.errors import Malformed, Refused

DEEPEST: Final = 32
"""Arrays and objects within each other, at most. The limit is ours."""
LARGEST_INTEGER: Final = 2**53 - 1
"""Beyond it, either way, not every integer is an IEEE 754 double (RFC 7493, section 2.2)."""

_LONGEST_NUMBER: Final = 25
"""A minus, `0.`, five zeroes and 17 digits: no double is written longer."""

_ENCODER = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)
# The closing quote is optional, or an open string would be tried again from each quote in it.
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{}\]]', re.DOTALL)
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


def canonical(value: object) -> bytes:
    """The canonical JSON of a value, in UTF-8.

    value: None, bool, int, float, str, and lists, tuples and dicts of these; a tuple is written as an array.
    Raises Refused for any other type, keys that are not str, NaN and infinities, integers beyond 2^53 - 1
    either way, lone surrogates, and more than 32 arrays and objects within each other.
    """
    try:
        return _text(value, 0).encode()
    except UnicodeEncodeError as error:
        raise Refused(
            f"text: lone surrogate U+{ord(error.object[error.start]):04X}; Unicode text is allowed"
        ) from None


def _text(value: Any, depth: int) -> str:
    kind = type(value)
    if kind is str:
        return _ENCODER.encode(value)
    if kind is int:
        if -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
            return str(value)
        raise Refused("integer: beyond 2^53 - 1 either way; write it as a string, in decimal")
    if kind is float:
        return _number(value)
    if value is None or kind is bool:
        return "null" if value is None else "true" if value else "false"
    if not isinstance(value, list | tuple | dict):
        raise Refused(f"value: of type {kind.__name__}; None, bool, int, float, str, list, dict are allowed")
    if depth == DEEPEST:
        raise Refused(f"value: nested deeper than {DEEPEST} arrays and objects")
    if isinstance(value, dict):
        return (
            "{"
            + ",".join([f"{_ENCODER.encode(k)}:{_text(value[k], depth + 1)}" for k in _sorted(value)])
            + "}"
        )
    return "[" + ",".join([_text(each, depth + 1) for each in value]) + "]"


def _sorted(members: dict[Any, Any]) -> list[str]:
    """The keys by their UTF-16 code units (RFC 8785, 3.2.3), which is not the order of code points."""
    for key in members:
        if type(key) is not str:
            raise Refused(f"key: of type {type(key).__name__}; a string is allowed")
    if all(map(str.isascii, members)):
        return sorted(members)
    return sorted(members, key=lambda key: key.encode("utf-16-be", "surrogatepass"))


def _number(value: float) -> str:
    """A double as ECMAScript writes it (ECMA-262, Number::toString); Python's digits are the same."""
    if not math.isfinite(value):
        raise Refused(f"number: {value}; JSON has no NaN and no infinities")
    if value == 0:
        return "0"
    text = repr(value)
    mantissa, e, power = text.partition("e")
    if not e:
        return text.removesuffix(".0")
    exponent = int(power)
    sign, digits = "-" * (value < 0), mantissa.replace(".", "").lstrip("-")
    if 0 < exponent < 21:
        return sign + digits.ljust(exponent + 1, "0")
    if -7 < exponent < 0:
        return sign + "0." + digits.rjust(len(digits) - exponent - 1, "0")
    return f"{mantissa}e{exponent:+d}"


def parse_canonical(raw: bytes) -> Any:
    """The value of canonical JSON; integers up to 2^53 - 1 come as int, all other numbers as float.

    Raises Malformed, with the place, where it is not JSON, or not its one canonical spelling: `canonical` of
    the value gives the same bytes again.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"JSON: byte {error.start} is not UTF-8") from None
    # Looked at before parsing: a parser that recurses must not meet what is too deep for it.
    if text.count("{") + text.count("[") > DEEPEST and _depth(text) > DEEPEST:
        raise Malformed(f"JSON: nested deeper than {DEEPEST} arrays and objects")
    try:
        value, end = _DECODER.raw_decode(text)
    except json.JSONDecodeError as error:
        raise Malformed(f"JSON: character {error.pos}: {error.msg}") from None
    if end != len(text):
        raise Malformed(f"JSON: character {end}: something follows the value; nothing is allowed")
    # The encoder in C is right but for the order of keys beyond U+FFFF and some spellings of floats, and
    # each number was compared with its spelling when it was read: so whatever equals it here is canonical.
    if _ENCODER.encode(value) == text and (text.isascii() or not _ASTRAL.search(text)):
        return value
    try:
        expected = canonical(value).decode()
    except Refused as error:
        raise Malformed(f"JSON: {error}") from None
    if expected != text:
        both = zip(expected, text, strict=False)
        at = next((at for at, (a, b) in enumerate(both) if a != b), min(len(expected), len(text)))
        raise Malformed(
            f"JSON: not canonical (RFC 8785): from character {at} it is {text[at : at + 20]!r}, "
            f"where {expected[at : at + 20]!r} is expected"
        )
    return value


def _depth(text: str) -> int:
    depth = deepest = 0
    for match in _BRACKETS.finditer(text):
        if match[0] in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif match[0] in "]}":
            depth -= 1
    return deepest


def _parse_int(text: str) -> int | float:
    if len(text) < 16:  # below 10^15: none of them is too large
        return int(text)
    if len(text) < 18 and abs(int(text)) <= LARGEST_INTEGER:
        return int(text)
    return _parse_float(text)


def _parse_float(text: str) -> float:
    value = float(text) if len(text) <= _LONGEST_NUMBER else math.inf
    if not math.isfinite(value) or _number(value) != text:
        raise Malformed(f"JSON: number {text[:40]!r}: not as RFC 8785 writes a double")
    return value


def _parse_constant(text: str) -> None:
    raise Malformed(f"JSON: {text}; JSON has no NaN and no infinities")


_DECODER = json.JSONDecoder(
    parse_int=_parse_int, parse_float=_parse_float, parse_constant=_parse_constant, strict=True
)
