"""Objects beside the log: salted names that anyone can check with sha256sum, and files that may go."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openleo.ledger.errors import LedgerError, Malformed, Refused, Unverified
from openleo.ledger.objects import (
    HEAD_SIZE,
    LARGEST_OBJECT,
    ObjectRef,
    object_path,
    objects_in,
    open_object,
    seal,
)

SALT = bytes(range(32))
NAME = hashlib.sha256(SALT.hex().encode() + b"\nyes").hexdigest()
PLAIN = "text/plain; charset=utf-8"


def named(file: bytes) -> str:
    return hashlib.sha256(file).hexdigest()


@given(st.binary(max_size=300), st.binary(min_size=32, max_size=32))
def test_the_name_of_an_object_is_what_sha256sum_prints_for_its_file(content: bytes, salt: bytes) -> None:
    name, file = seal(content, salt)
    assert file == salt.hex().encode() + b"\n" + content
    assert name == named(file)
    assert open_object(name, file) == content


def test_one_short_text_has_another_name_each_time_so_that_it_cannot_be_guessed() -> None:
    names = {seal(b"yes")[0] for _ in range(20)}
    assert len(names) == 20
    assert named(b"yes") not in names


@given(st.binary(max_size=50), st.data())
def test_one_flipped_bit_anywhere_in_an_object_is_found(content: bytes, data: st.DataObject) -> None:
    name, file = seal(content, SALT)
    bit = data.draw(st.integers(0, len(file) * 8 - 1))
    flipped = bytearray(file)
    flipped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Unverified, match=f"object {name}: the file's SHA-256 is {named(bytes(flipped))}"):
        open_object(name, bytes(flipped))


@pytest.mark.parametrize(
    "file",
    [b"", b"yes", SALT.hex().encode(), SALT.hex().upper().encode() + b"\nyes", SALT + b"\nyes", b"\n" * 80],
    ids=["empty", "no salt", "no newline", "upper case", "binary salt", "no digits"],
)
def test_a_file_of_the_right_hash_without_a_salt_is_no_object(file: bytes) -> None:
    with pytest.raises(Malformed, match="salt of 64 hex digits"):
        open_object(named(file), file)


def test_the_largest_object_has_16_mib_and_one_byte_more_is_refused() -> None:
    content = bytes(LARGEST_OBJECT - HEAD_SIZE)
    name, file = seal(content, SALT)
    assert len(file) == 16 * 1024 * 1024
    assert open_object(name, file) == content
    with pytest.raises(Refused, match="16777152 bytes; at most 16777151"):
        seal(content + b"x", SALT)
    with pytest.raises(Malformed, match="at most 16777216"):
        open_object(name, file + b"x")


@pytest.mark.parametrize("salt", [b"", bytes(31), bytes(33)])
def test_a_salt_of_another_length_is_refused(salt: bytes) -> None:
    with pytest.raises(Refused, match="salt"):
        seal(b"yes", salt)


@pytest.mark.parametrize(
    "name", ["", "../key", NAME[:-1], NAME + "0", NAME.upper(), NAME + "\n", "٠" * 64, f"{NAME[:-2]}/."]
)
def test_what_is_no_name_leads_to_no_path(name: str) -> None:
    with pytest.raises(Refused, match="64 digits"):
        object_path(name)
    with pytest.raises(Refused, match="64 digits"):
        open_object(name, b"")


def test_an_object_stands_at_its_name() -> None:
    assert object_path(NAME) == f"object/{NAME}"


def test_references_are_found_wherever_they_stand_and_in_their_order() -> None:
    refs = [ObjectRef(named(bytes([i])), 65 + i, PLAIN) for i in range(4)]
    one, two, three, four = (each.value for each in refs)
    value = {"a": one, "b": [1, [two], {"c": {"d": three}}], "c": "object", "z": four}
    assert objects_in(value) == refs
    assert objects_in(one) == refs[:1]
    for nothing in (None, 1, "object", [], {}, {"object": NAME}, {**one, "more": 1}):
        assert objects_in(nothing) == []


def test_a_value_of_any_depth_is_searched() -> None:
    reference = ObjectRef(NAME, 68, PLAIN)
    value: object = reference.value
    for _ in range(100_000):
        value = [value]
    assert objects_in(value) == [reference]


@pytest.mark.parametrize(
    ("member", "wrong"),
    [
        *(("object", each) for each in (None, 1, "", NAME.upper(), NAME[1:], [NAME], {})),
        *(("size", each) for each in (None, True, "68", 68.0, 64, 0, -1, LARGEST_OBJECT + 1, 2**53, [])),
        *(("media", each) for each in (None, 1, "", "text", "text/", "/plain", "Text/plain", "text/plain;")),
        *(("media", each) for each in ("text/plain\n", "text/plain; x=\x1b", "text/" + "p" * 130, "text/ü")),
    ],
)
def test_a_reference_with_a_wrong_member_is_malformed_and_cannot_be_made(member: str, wrong: object) -> None:
    members: dict[str, object] = {"object": NAME, "size": 68, "media": PLAIN, member: wrong}
    with pytest.raises(Malformed, match=f"object(: {member})?"):
        objects_in({"in": [members]})
    with pytest.raises(Refused, match=f"object(: {member})?"):
        ObjectRef(**members)  # type: ignore[arg-type]


@given(st.text(max_size=70), st.binary(max_size=200))
def test_no_name_and_no_file_breaks_the_reader(name: str, file: bytes) -> None:
    with pytest.raises(LedgerError):
        open_object(name, file)
