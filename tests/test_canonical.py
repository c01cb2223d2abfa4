"""Canonical JSON against RFC 8785, and against another implementation of it on random values."""

import json
import math
import struct
from decimal import Decimal
from enum import IntEnum
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from openleo.ledger.canonical import canonical, parse_canonical
from openleo.ledger.errors import Malformed, Refused

RFC_INPUT = rb"""{
  "numbers": [333333333.33333329, 1E30, 4.50,
              2e-3, 0.000000000000000000000000001],
  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
  "literals": [null, true, false]
}"""
"""RFC 8785, section 3.2.2."""

RFC_OUTPUT = bytes.fromhex(
    "7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a5b333333"
    "3333333333332e333333333333332c31652b33302c342e352c302e3030322c31652d32375d2c22737472696e"
    "67223a22e282ac245c75303030665c6e4127425c225c5c5c5c5c222f227d"
)
"""RFC 8785, section 3.2.4."""

RFC_NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}
"""RFC 8785, appendix B: the bits of a double, and its JSON."""

# Text of all planes, with much of what is escaped, sorted otherwise in UTF-16, or not a character at all.
texts = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]), st.sampled_from('"\\\b\f\n\r\t\0\x1f\x7f\ue000\uffff😀')
    )
)
numbers = st.one_of(st.integers(-(2**53) + 1, 2**53 - 1), st.floats(allow_nan=False, allow_infinity=False))
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)


def double(bits: str) -> float:
    (value,) = struct.unpack(">d", bytes.fromhex(bits))
    return float(value)


def test_the_example_of_the_rfc_comes_out_in_its_bytes() -> None:
    assert canonical(json.loads(RFC_INPUT)) == RFC_OUTPUT
    assert parse_canonical(RFC_OUTPUT) == json.loads(RFC_INPUT)


def test_keys_are_sorted_as_in_the_example_of_the_rfc() -> None:
    # Section 3.2.3: by UTF-16 code units, so that U+1F600 (D83D DE00) comes before U+FB33.
    names = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    raw = canonical(names)
    assert list(json.loads(raw).values()) == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]
    assert parse_canonical(raw) == names


def test_keys_in_the_order_of_code_points_are_refused() -> None:
    by_code_point = '{"\ufb33":1,"\U0001f600":2}'.encode()
    with pytest.raises(Malformed, match="from character 2"):
        parse_canonical(by_code_point)
    assert parse_canonical('{"\U0001f600":2,"\ufb33":1}'.encode()) == {"\U0001f600": 2, "\ufb33": 1}


@pytest.mark.parametrize(("bits", "text"), RFC_NUMBERS.items())
def test_a_double_is_written_as_in_the_table_of_the_rfc(bits: str, text: str) -> None:
    assert canonical(double(bits)) == text.encode()
    assert parse_canonical(text.encode()) == double(bits)


@pytest.mark.parametrize("bits", ["7fffffffffffffff", "7ff0000000000000", "fff0000000000000"])
def test_what_is_no_number_in_the_table_of_the_rfc_is_refused(bits: str) -> None:
    with pytest.raises(Refused, match="NaN"):
        canonical([double(bits)])


def test_control_characters_are_escaped_as_the_rfc_says_and_nothing_else() -> None:
    # Section 3.2.2.2.
    short = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r"}
    for code in range(0x20):
        written = f'"{short.get(code, f"{chr(92)}u{code:04x}")}"'.encode()
        assert canonical(chr(code)) == written
        assert parse_canonical(written) == chr(code)
    for letter in "/\x7f\x80\u2028\ufeff\ufffe\U0010ffff":
        assert canonical(letter) == f'"{letter}"'.encode()


@given(values)
def test_another_implementation_writes_the_same_bytes(value: Any) -> None:
    raw = canonical(value)
    assert raw == rfc8785.dumps(value)
    assert parse_canonical(raw) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_comes_back_as_it_was(value: float) -> None:
    raw = canonical(value)
    assert raw == rfc8785.dumps(value)
    read = parse_canonical(raw)
    assert read == value
    assert isinstance(read, int) == (value.is_integer() and abs(value) < 2**53)


@given(values, st.booleans(), st.booleans(), st.sampled_from([(",", ":"), (", ", ":"), (",", ": ")]))
def test_any_other_spelling_of_a_value_is_refused(
    value: Any, ascii_only: bool, in_order: bool, separators: tuple[str, str]
) -> None:
    spelled = json.dumps(value, ensure_ascii=ascii_only, sort_keys=in_order, separators=separators).encode()
    if spelled == rfc8785.dumps(value):
        assert parse_canonical(spelled) == value
    else:
        with pytest.raises(Malformed):
            parse_canonical(spelled)


PIECES = [
    b"", b" ", b"\n", b"0", b"1", b"-", b"-0", b".0", b"e1", b"E+1", b"1e400", b"NaN", b"Infinity", b",",
    b":", b"[", b"]", b"{", b"}", b'"', b"\\", b"\\u0041", b"\\ud800", b"\\ud83d\\ude00", b"\xff",
    b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xc0\xaf", b'"a":1,', b"null", b"9007199254740993",
    b"/", b"\x00", b"\x7f",
]  # fmt: skip


@given(values, st.data())
def test_whatever_is_accepted_is_what_another_implementation_writes_again(value: Any, data: Any) -> None:
    raw = canonical(value)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw)))
        cut = data.draw(st.integers(0, 2))
        raw = raw[:at] + data.draw(st.sampled_from(PIECES)) + raw[at + cut :]
    try:
        read = parse_canonical(raw)
    except Malformed:
        return
    assert rfc8785.dumps(read) == raw
    assert canonical(read) == raw


@given(
    st.one_of(st.binary(max_size=200), st.text('[]{}":,0123456789.eE+-\\ntrfaulse \U0001f600', max_size=60))
)
@example(b"")
def test_bytes_of_any_kind_are_malformed_or_canonical(raw: bytes | str) -> None:
    raw = raw.encode() if isinstance(raw, str) else raw
    try:
        read = parse_canonical(raw)
    except Malformed:
        return
    assert rfc8785.dumps(read) == raw


@pytest.mark.parametrize(
    "raw",
    [
        b"", b" 1", b"1 ", b"1\n", b"\xef\xbb\xbf1", b"[1, 2]", b'{"a" :1}', b'{"b":1,"a":2}',
        b'{"a":1,"a":1}', b'{"a":1,"a":2}', b'{"a":1,"\\u0061":1}', b"1.0", b"1.50", b"-0", b"-0.0", b"1e2",
        b"1E+30", b"1e30", b"1e+21 ", b"1.0e+21", b"1e-05", b"0.0000001", b"1e+16", b"01", b"+1", b".5",
        b"5.", b"0x10", b"1_0", b"9007199254740993", b"-9007199254740993", b"1e400", b"-1e400", b"1e-400",
        b"NaN", b"Infinity", b"-Infinity", b"nan", b"True", b"nul", b'"\\u20ac"', b'"\\/"', b'"\\u000A"',
        b'"\\u000a"', b'"\\u000F"', b'"\n"', b'"\x00"', b'"\\ud800"', b'"\\udc00\\ud800"',
        b'"\\ud83d\\ude00"', b'"\xed\xa0\x80"', b'"\xff"', b'"a', b"'a'", b'"\\', b'"\\u12', b"[1,]",
        b"[,1]", b'{"a":1,}', b"{1:2}", b"[", b"]", b"[1]]", b"{}{}", b"// x\n1",
        b"0.1000000000000000055511151231257827", "\uff11".encode(), '"\u20ac"'.encode("utf-16"),
    ],
)  # fmt: skip
def test_what_is_not_canonical_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed, match="JSON: "):
        parse_canonical(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 10**6,
        b"[" * 10**6 + b"]" * 10**6,
        b'{"a":' * 10**5 + b"1" + b"}" * 10**5,
        b"[{}," * 10**5,
        b"[" * 40 + b'"' + b'\\"' * 10**5,
        b"1" * 10**5,
        b"-" + b"9" * 10**6,
        b"0." + b"1" * 10**6,
        b"1e" + b"9" * 10**6,
        b"[" + b"9" * 5000 + b"]",
    ],
    ids=[
        "open",
        "deep",
        "deep objects",
        "wide",
        "quotes",
        "digits",
        "negative",
        "fraction",
        "power",
        "inside",
    ],
)
def test_what_is_too_deep_or_too_large_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed, match="JSON: "):
        parse_canonical(raw)


def test_what_follows_a_value_is_named_by_its_place() -> None:
    with pytest.raises(Malformed, match="character 2: something follows"):
        parse_canonical(b"{}{}")


def test_32_levels_can_be_read_and_written_and_33_cannot() -> None:
    raw = b"[" * 32 + b"]" * 32
    value = parse_canonical(raw)
    assert canonical(value) == raw
    with pytest.raises(Refused, match="deeper than 32"):
        canonical({"a": value})
    with pytest.raises(Malformed, match="deeper than 32"):
        parse_canonical(b'{"a":' + raw + b"}")


def test_brackets_within_strings_and_side_by_side_are_not_depth() -> None:
    value = {"a": "[" * 100 + '{"' * 50, "b": [[]] * 100}
    assert parse_canonical(canonical(value)) == value


class Colour(IntEnum):
    RED = 1


@pytest.mark.parametrize(
    "value",
    [
        2**53, -(2**53), 10**400, math.nan, math.inf, b"a", {1}, {1: 2}, {None: 1}, {b"a": 1}, object(),
        Decimal(1), Colour.RED, {"a": [1, {"b": 2 + 3j}]}, "\ud800", {"\udfff": 1}, "\ud83d\ude00",
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(Refused, match=r"allowed|JSON has no|write it as a string"):
        canonical(value)


def test_a_value_that_contains_itself_is_refused() -> None:
    value: list[object] = []
    value.append(value)
    with pytest.raises(Refused, match="nested"):
        canonical(value)


def test_a_tuple_is_written_as_an_array() -> None:
    assert canonical((1, (2, "a"))) == b'[1,[2,"a"]]'
