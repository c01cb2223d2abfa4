"""Entries of the log: what each type says, what is refused, and what is kept without being understood."""

import base64
import calendar
import dataclasses
import hashlib
import json
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from ledger_folders import a_log, a_witness

from openleo.ledger.canonical import canonical
from openleo.ledger.entries import (
    LONGEST_WORDS,
    Commitment,
    Entry,
    Keys,
    Reveal,
    Text,
    Unknown,
    Withdrawal,
    read_entry,
    seconds_of,
    time_of,
)
from openleo.ledger.errors import LedgerError, Malformed, Refused, Unverified
from openleo.ledger.note import Note, Signer
from openleo.ledger.objects import ObjectRef, seal

TIME = "2026-11-21T17:00:00Z"
LATER = "2027-11-21T17:00:00Z"
NAME, FILE = seal(b"The north of the island may be served.\n", bytes(range(32)))
REFERENCE = ObjectRef(NAME, len(FILE), "text/plain; charset=utf-8")
OLD, NEW, OTHER = a_log(1), a_log(2), a_log(3)


def keys_of(*signers: Signer, reason: str = "A new key.", policy: str | None = None) -> Keys:
    vkeys = tuple(each.verifier.vkey for each in signers)
    stated = "".join(f"log {vkey}\n" for vkey in vkeys) + "quorum none\n"
    return Keys(TIME, vkeys, stated if policy is None else policy, reason)


EVERY: list[Entry] = [
    keys_of(OLD).signed([OLD]),
    Commitment(TIME, NAME, LATER, "What may be served in the north."),
    Reveal(TIME, 17, REFERENCE),
    Text(TIME, "The north", REFERENCE),
    Withdrawal(TIME, NAME, "It named a person."),
]
KNOWN = pytest.mark.parametrize("entry", EVERY, ids=lambda entry: entry.type)

words = st.text(
    st.one_of(st.just("\n"), st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"])), max_size=80
)
times = st.integers(-62135596800, 253402300799)
names = st.binary(min_size=32, max_size=32).map(bytes.hex)
references = st.builds(
    ObjectRef, names, st.integers(65, 2**24), st.sampled_from(["text/plain", "image/png", "text/csv; a=b"])
)
entries = st.one_of(
    st.builds(Commitment, times.map(time_of), names, times.map(time_of), words),
    st.builds(Reveal, times.map(time_of), st.integers(0, 2**53 - 1), references),
    st.builds(Text, times.map(time_of), words, references),
    st.builds(Withdrawal, times.map(time_of), names, words),
    st.sampled_from(EVERY),
)
anything = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), st.floats(-1e9, 1e9), st.text()
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=5,
)


def changed(entry: Entry, **members: Any) -> bytes:
    """The same entry with other members; a member that is ... is left out."""
    value = {**json.loads(entry.raw), **members}
    return canonical({name: member for name, member in value.items() if member is not ...})


@given(entries)
def test_what_is_written_reads_back_as_it_was(entry: Entry) -> None:
    raw = entry.raw
    assert raw == rfc8785.dumps(json.loads(raw))
    assert read_entry(raw) == entry
    assert read_entry(raw).raw == raw


@KNOWN
def test_each_type_says_what_it_is(entry: Entry) -> None:
    value = json.loads(entry.raw)
    assert (value["type"], value["version"], value["time"]) == (entry.type, entry.version, TIME)
    assert list(entry.objects) == ([REFERENCE] if "text" in value else [])


@KNOWN
def test_a_member_too_few_or_too_many_is_malformed_and_named(entry: Entry) -> None:
    for name in json.loads(entry.raw):
        with pytest.raises(Malformed, match=name):
            read_entry(changed(entry, **{name: ...}))
    with pytest.raises(Malformed, match="'more' is not of it"):
        read_entry(changed(entry, more=1))


@KNOWN
@given(member=anything, data=st.data())
def test_a_member_of_any_other_kind_is_malformed_or_kept(entry: Entry, member: Any, data: Any) -> None:
    name = data.draw(st.sampled_from(sorted({*json.loads(entry.raw)} - {"version", "type"})))
    raw = changed(entry, **{name: member})
    try:
        assert read_entry(raw).raw == raw
    except Malformed:
        return
    # What is taken is text where text belongs, or an index.
    assert name in ("reason", "about", "title", "signatures", "commitment")


@given(entries, st.data())
def test_a_changed_byte_gives_another_entry_or_none(entry: Entry, data: Any) -> None:
    raw = bytearray(entry.raw)
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    try:
        found = read_entry(bytes(raw))
    except Malformed:
        return
    assert found != entry
    assert found.raw == bytes(raw) == rfc8785.dumps(json.loads(raw))


@given(st.one_of(st.binary(max_size=100), anything.map(canonical)))
def test_bytes_and_json_of_any_kind_are_malformed_or_entries(raw: bytes) -> None:
    try:
        assert read_entry(raw).raw == raw
    except Malformed:
        return


@pytest.mark.parametrize(
    "value",
    [
        {
            "type": "rule",
            "version": 1,
            "time": TIME,
            "lat": 1e-5,
            "of": ["a", {"b": None}],
            "\U0001f6f0": True,
        },
        {"type": "note", "version": 2, "time": TIME, "text": "in the entry itself, from version 2 on"},
        {"type": "example.org/a-b_c.D", "version": 2**53 - 1, "time": "0001-01-01T00:00:00Z"},
        {"type": "x" * 64, "version": 1, "time": TIME, "numbers": [9007199254740992.0, 0.5, -3]},
    ],
)
def test_an_unknown_type_or_version_is_kept_to_the_byte(value: dict[str, Any]) -> None:
    raw = rfc8785.dumps(value)
    found = read_entry(raw)
    assert isinstance(found, Unknown)
    assert (found.raw, found.type, found.version, found.time) == (
        raw,
        value["type"],
        value["version"],
        value["time"],
    )
    assert found.value == value
    assert found.objects == ()


def test_objects_are_found_in_entries_of_types_that_are_not_ours() -> None:
    other = ObjectRef(hashlib.sha256(b"").hexdigest(), 70, "image/png")
    value = {"type": "rule", "version": 3, "time": TIME, "why": [{"at": REFERENCE.value}], "map": other.value}
    assert read_entry(canonical(value)).objects == (other, REFERENCE)
    value["map"] = {**other.value, "size": 0}
    with pytest.raises(Malformed, match="object: size: 0"):
        read_entry(canonical(value))


@pytest.mark.parametrize(
    ("member", "wrong"),
    [
        *(
            ("type", each)
            for each in (..., None, 1, "", "a b", "a@1", "a\n", "é", "x" * 65, ["note"], {}, "-a")
        ),
        *(("version", each) for each in (..., None, "1", 0, -1, 1.5, True, 2.0**53, [1], {})),
        *(("time", each) for each in (..., None, 0, "", "2026-11-21", [{}], {"a": []}, TIME + " ")),
    ],
)
def test_every_entry_has_a_type_a_version_and_a_time(member: str, wrong: Any) -> None:
    value = {"type": "rule", "version": 1, "time": TIME, member: wrong}
    with pytest.raises(Malformed, match=member):
        read_entry(canonical({name: each for name, each in value.items() if each is not ...}))


@pytest.mark.parametrize("raw", [b"[]", b"1", b'"note"', b"null", b"true", b"{}", b""])
def test_what_is_no_json_object_is_no_entry(raw: bytes) -> None:
    with pytest.raises(Malformed):
        read_entry(raw)


def test_an_entry_has_at_most_65535_bytes() -> None:
    empty = canonical({"type": "rule", "version": 1, "time": TIME, "a": ""})
    longest = empty.replace(b'"a":""', b'"a":"' + b"x" * (65535 - len(empty)) + b'"')
    assert read_entry(longest).raw == longest
    with pytest.raises(Malformed, match="65536 bytes; at most 65535"):
        read_entry(longest.replace(b'"a":"', b'"a":"x'))
    policy = f"log {OLD.verifier.vkey}\nquorum none\n# " + "x" * 66_000
    with pytest.raises(Refused, match="at most 65535"):
        assert keys_of(OLD, policy=policy).raw


@pytest.mark.parametrize(
    "time",
    [
        "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-10T00:00:00Z", "2026-11-31T00:00:00Z",
        "2026-11-21T24:00:00Z", "2026-11-21T23:60:00Z", "2016-12-31T23:59:60Z", "0000-01-01T00:00:00Z",
        "2026-11-21T17:00:00", "2026-11-21T17:00:00+00:00", "2026-11-21T17:00:00.0Z", "2026-11-21 17:00:00Z",
        "2026-11-21T17:00Z", "2026-11-21t17:00:00Z", "2026-11-21T17:00:00z", "20261121T170000Z", " " + TIME,
        TIME + "\n", "12026-11-21T17:00:00Z", "-026-11-21T17:00:00Z", "2026-W47-6T17:00:00Z",
        "٢٠26-11-21T17:00:00Z",
    ],
)  # fmt: skip
def test_a_time_is_a_date_of_the_calendar_in_one_spelling(time: str) -> None:
    with pytest.raises(Malformed, match="such as 2026-11-21T17:00:00Z"):
        read_entry(changed(EVERY[3], time=time))
    with pytest.raises(Refused, match="reveal_by"):
        dataclasses.replace(EVERY[1], reveal_by=time)


@given(times)
def test_times_are_posix_seconds_in_the_calendar(seconds: int) -> None:
    time = time_of(seconds)
    assert seconds_of(time) == seconds
    year, month, day, hour, minute, second = (
        int(each) for each in time[:-1].replace("T", "-").replace(":", "-").split("-")
    )
    assert calendar.timegm((year, month, day, hour, minute, second)) == seconds


@pytest.mark.parametrize("seconds", [-62135596801, 253402300800, 1e20, float("nan"), float("inf")])
def test_a_year_beyond_four_digits_is_refused(seconds: float) -> None:
    with pytest.raises(Refused, match="years 1 to 9999"):
        time_of(seconds)


PUBLIC = [(EVERY[0], "reason"), (EVERY[1], "about"), (EVERY[3], "title"), (EVERY[4], "reason")]


@pytest.mark.parametrize(("entry", "member"), PUBLIC, ids=[member for _, member in PUBLIC])
def test_public_words_are_plain_text_of_some_length(entry: Entry, member: str) -> None:
    for words in ("", "two\nlines", "é\u0301 日本 العربية \U0001f6f0 \u200d", "x" * LONGEST_WORDS):
        assert getattr(read_entry(changed(entry, **{member: words})), member) == words
    for hidden in "\t\r\0\x1b\x7f\x85\u2028\u202e\u2066":
        with pytest.raises(Malformed, match=rf"{member}: character 4, U\+{ord(hidden):04X}"):
            read_entry(changed(entry, **{member: f"some{hidden}thing"}))
    with pytest.raises(Malformed, match=f"{member}: .*{LONGEST_WORDS}"):
        read_entry(changed(entry, **{member: "x" * (LONGEST_WORDS + 1)}))


def test_a_reveal_must_show_what_was_committed_to() -> None:
    name, file = seal(b"Something else.")
    commitment = Commitment(TIME, NAME, LATER, "")
    Reveal(LATER, 3, REFERENCE).check(commitment)
    with pytest.raises(Unverified, match=f"object {name}; the commitment of entry 3 is to {NAME}"):
        Reveal(LATER, 3, ObjectRef(name, len(file), "text/plain")).check(commitment)


@pytest.mark.parametrize("index", [-1, 2**53, 1.5, True, "1", None])
def test_a_reveal_names_its_commitment_by_index(index: Any) -> None:
    with pytest.raises(Refused, match="commitment"):
        Reveal(TIME, index, REFERENCE)


def signed_by_hand(entry: Keys, line: str, public: bytes) -> None:
    """Check a signature of the entry by the specification alone, as a reader does who has not our code."""
    value = json.loads(entry.raw)
    del value["signatures"]
    dash, name, encoded = line.split(" ")
    raw = base64.b64decode(encoded)
    assert dash == "\u2014"
    assert raw[:4] == hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]
    Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], rfc8785.dumps(value) + b"\n")


def test_keys_are_signed_over_the_entry_without_its_signatures_and_a_newline() -> None:
    entry = keys_of(OLD, NEW).signed([OLD, NEW])
    for line, signer in zip(entry.signatures, (OLD, NEW), strict=True):
        signed_by_hand(entry, line, signer.verifier.public)
    note = entry.signed_text + "\n" + "".join(f"{line}\n" for line in entry.signatures)
    assert len(Note.parse(note.encode()).check(entry.verifiers)) == 2


def test_the_first_keys_sign_for_themselves() -> None:
    keys_of(OLD).signed([OLD]).check(())
    keys_of(OLD, NEW).signed([NEW, OLD]).check(())
    with pytest.raises(Unverified, match="is missing"):
        keys_of(OLD).check(())


def test_a_rotation_is_signed_by_every_key_before_and_every_key_after() -> None:
    before = [OLD.verifier]
    overlap = keys_of(OLD, NEW)
    overlap.signed([OLD, NEW]).check(before)
    keys_of(NEW).signed([OLD, NEW]).check([OLD.verifier, NEW.verifier])
    keys_of(NEW).signed([OLD, NEW]).check(before)
    for signers, missing in (([OLD], NEW), ([NEW], OLD)):
        with pytest.raises(Unverified, match="is missing") as refusal:
            overlap.signed(signers).check(before)
        assert missing.verifier.vkey in str(refusal.value)
    with pytest.raises(Unverified, match="is missing"):
        keys_of(NEW).signed([NEW]).check([OLD.verifier, NEW.verifier])


def test_a_signature_too_many_is_refused() -> None:
    with pytest.raises(Unverified, match="signature 1: of no key in force"):
        keys_of(OLD).signed([OLD, OTHER]).check(())
    twice = keys_of(OLD).signed([OLD])
    twice = dataclasses.replace(twice, signatures=twice.signatures * 2)
    with pytest.raises(Unverified, match="signature 1: of no key in force, or the second of one"):
        twice.check(())


def test_signing_again_puts_a_signature_in_place_of_its_own() -> None:
    once = keys_of(OLD, NEW).signed([OLD, NEW])
    again = once.signed([OLD])
    assert sorted(again.signatures) == sorted(once.signatures)
    again.check([OLD.verifier])


@pytest.mark.parametrize("member", ["time", "reason", "policy", "log"])
def test_a_changed_member_breaks_the_signatures(member: str) -> None:
    entry = keys_of(OLD, NEW).signed([OLD, NEW])
    other = {
        "time": LATER,
        "reason": "Another reason.",
        "policy": entry.policy + "# more\n",
        "log": list(reversed(entry.log)),
    }
    found = read_entry(changed(entry, **{member: other[member]}))
    assert isinstance(found, Keys)
    with pytest.raises(Unverified, match="does not hold"):
        found.check([OLD.verifier])


def test_a_signature_of_another_length_does_not_hold() -> None:
    entry = keys_of(OLD).signed([OLD])
    dash, name, encoded = entry.signatures[0].split(" ")
    for raw in (base64.b64decode(encoded)[:-1], base64.b64decode(encoded) + b"\0"):
        cut = dataclasses.replace(entry, signatures=(f"{dash} {name} {base64.b64encode(raw).decode()}",))
        with pytest.raises(Unverified, match="does not hold"):
            cut.check(())


def test_the_keys_of_another_log_cannot_take_over() -> None:
    stranger = a_log(1, "log.example/elsewhere")
    with pytest.raises(Unverified, match=r"the log is log\.example/tenerife"):
        keys_of(stranger).signed([stranger, OLD]).check([OLD.verifier])


def test_a_key_with_the_id_of_another_cannot_sign_in_its_place() -> None:
    # An id has 32 bits. These two were found by counting up; finding one for a given id takes 2^32 tries.
    mine, forged = (Signer("log.example/town", n.to_bytes(32, "big")) for n in (602, 36140))
    assert mine.verifier.key_id == forged.verifier.key_id
    for entry in (keys_of(forged).signed([forged]), keys_of(mine, forged).signed([mine, forged])):
        with pytest.raises(Unverified, match="another key has the same id"):
            entry.check([mine.verifier])


def wrong_keys() -> dict[str, dict[str, Any]]:
    old, new = OLD.verifier.vkey, NEW.verifier.vkey
    witness = a_witness(OLD.verifier.name).verifier.vkey
    elsewhere = a_log(4, "log.example/elsewhere").verifier.vkey
    line = keys_of(OLD).signed([OLD]).signatures[0]
    return {
        "1 to 16": {"log": [], "policy": "quorum none\n"},
        "one origin": {"log": [old, elsewhere], "policy": f"log {old}\nlog {elsewhere}\nquorum none\n"},
        "Ed25519 keys": {"log": [witness], "policy": f"witness w {witness}\nquorum w\n"},
        "stands there twice": {"log": [old, old]},
        "its log keys are not": {"log": [new]},
        "verifier key": {"log": [old[:-4]]},
        "policy: line 2": {"policy": f"log {old}\nquorum nobody\n"},
        "control characters": {"policy": f"log {old}\nquorum none\n# \x1b[2J\n"},
        "log: a list of strings": {"log": [1]},
        "signatures: a list of strings": {"signatures": line},
        "signature 0": {"signatures": [line.replace("\u2014", "-")]},
        "signature 1": {"signatures": [line, line + "="]},
        "signatures: character": {"signatures": [line + "\t"]},
        "no reference": {"policy": {}},
    }


@pytest.mark.parametrize("reason", wrong_keys())
def test_keys_that_nobody_could_use_are_malformed(reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        read_entry(changed(EVERY[0], **wrong_keys()[reason]))


def test_seventeen_keys_are_too_many() -> None:
    signers = [a_log(number) for number in range(1, 18)]
    assert len(keys_of(*signers[:16]).verifiers) == 16
    with pytest.raises(Refused, match="17 keys; 1 to 16"):
        keys_of(*signers)


def test_a_policy_with_witnesses_comes_back_parsed() -> None:
    witness = a_witness().verifier
    policy = f"log {OLD.verifier.vkey}\twith comments\n"
    with pytest.raises(Refused, match="policy"):
        keys_of(OLD, policy=policy + "quorum\n")
    stated = (
        f"# ours\nlog\t{OLD.verifier.vkey}\nwitness w {witness.vkey} https://witness.example/\nquorum w\n"
    )
    entry = keys_of(OLD, policy=stated).signed([OLD])
    found = read_entry(entry.raw)
    assert isinstance(found, Keys)
    assert found.policy_parsed.witnesses == {"w": witness}
    assert found.policy_parsed.satisfied([witness])


def test_an_error_shows_no_more_than_a_line_of_what_was_wrong() -> None:
    long = "x" * 60_000
    for raw in (
        changed(EVERY[1], digest=long),
        changed(EVERY[1], time=long),
        changed(EVERY[3], text=long),
        changed(EVERY[0], log=[long]),
        changed(EVERY[0], signatures=[long]),
        changed(EVERY[0], **{long: 1}),
        canonical({"type": long, "version": 1, "time": TIME}),
        canonical({"type": "a", "version": long, "time": TIME}),
        b'{"a":' + long.encode() + b"}",
        b"1" * 60_000,
    ):
        with pytest.raises(LedgerError) as refusal:
            read_entry(raw)
        assert len(str(refusal.value)) < 400
