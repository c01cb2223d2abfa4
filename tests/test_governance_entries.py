"""Entries of governance: what each says, what is refused by name, and what approvers sign."""

import dataclasses
import hashlib
import json
import re
from typing import Any

import pytest
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from ledger_folders import a_log
from ledger_fuzz import mutated, noise

from openleo.ledger.entries import Commitment, Keys, Text, Unknown, Withdrawal, read_entry
from openleo.ledger.errors import Malformed, Refused
from openleo.ledger.objects import ObjectRef
from openleo.ledger.words import printable
from openleo.service.governance.entries import (
    Act,
    Answer,
    Approval,
    Change,
    Day,
    Grounds,
    Proceed,
    Receipt,
    Request,
    Stage,
    Touches,
    Withdrawn,
    read,
    signed,
    signed_text,
)
from openleo.service.governance.signing import approval_text, sign

ORIGIN = "log.example/isle"
TIME, LATER, LAST = "2026-11-21T17:00:00Z", "2026-11-22T17:00:00Z", "2026-11-23T17:00:00Z"
OLD, NEW, ID = "ab" * 32, "cd" * 32, "0f" * 16
PACK = ObjectRef("12" * 32, 4000, "application/json")
SEED = bytes(range(32))
KEY = Ed25519PrivateKey.from_private_bytes(SEED).public_key()

CHANGE = Change(
    log=ORIGIN,
    time=TIME,
    kind="ordinary",
    power="",
    base=OLD,
    digest=NEW,
    maps="ef" * 32,
    name="island",
    rules=PACK,
    requester="operator, service desk",
    reason="The licence of the north began.\nIt was published.",
    basis="",
    effective_at=LATER,
    ends_at="",
    stages=(),
    differs=("Region north: service was off, is on.",),
    touches=Touches(300, 280, 12, 0.75, 0, 300),
    request=4,
    approvals=(),
)
APPROVAL = Approval(
    "operator, legal", "approve", "", TIME, sign(SEED, approval_text(CHANGE.hash, "approve", TIME, ""))
)
BY_SHARE = (Stage(0.1, (), LATER), Stage(1.0, (), LAST))
BY_REGION = (Stage(0, ("north", "Île d'Or"), LATER), Stage(0, ("south",), LAST))
EMERGENCY = dataclasses.replace(CHANGE, kind="emergency", power="restrict", ends_at=LAST)
REQUEST = Request(
    time=TIME,
    id=ID,
    kind="request",
    who="ministry of the neighbour",
    on_behalf_of="",
    for_whose_benefit="its navy",
    relayed_by="an embassy",
    how="pressure",
    where_made="private",
    asked_at=TIME,
    asks="on",
    regions=("north",),
    text=PACK,
    commitment=7,
)
EVERY: list[Act] = [
    dataclasses.replace(CHANGE, approvals=(APPROVAL,), stages=BY_SHARE),
    dataclasses.replace(CHANGE, kind="first", base="", touches=None, request=-1, stages=()),
    dataclasses.replace(EMERGENCY, approvals=(APPROVAL, APPROVAL)),
    dataclasses.replace(CHANGE, stages=BY_REGION),
    Grounds(TIME, CHANGE.hash, "The court's order came.", "Order 7, section 2"),
    signed(Withdrawn(TIME, CHANGE.hash, "A wrong list of terminals.", "operator, legal", ""), SEED),
    signed(Proceed(TIME, CHANGE.hash, 1, "operator, legal", ""), SEED),
    signed(Receipt(TIME, CHANGE.hash, "regulator", ""), SEED),
    REQUEST,
    dataclasses.replace(REQUEST, kind="contact", asks="none", text=None, commitment=-1, how="contact"),
    Answer(TIME, 4, "granted", ("operator, legal", "operator, network"), "", CHANGE.hash),
    Day(ORIGIN, TIME, "2026-11-20", NEW, 12, {"north": {"served": 7, "no licence": 5}, "": {}}, None),
    signed(Day(ORIGIN, TIME, "2026-11-20", NEW, 0, {}, None), SEED),
]
EACH = pytest.mark.parametrize("act", EVERY, ids=lambda act: act.type)


def told(raw: bytes) -> Act | str | None:
    """What is read, or why it is malformed."""
    try:
        return read(raw)
    except Malformed as error:
        return str(error)


@EACH
def test_what_is_written_reads_back_as_it_was(act: Act) -> None:
    again = read(act.raw)
    assert again == act
    assert again is not None
    assert again.raw == act.raw
    assert hash(again) == hash(act)
    assert act.raw == rfc8785.dumps(json.loads(act.raw))  # another program's canonical JSON


@EACH
def test_the_ledger_keeps_each_and_finds_every_text_that_it_names(act: Act) -> None:
    entry = read_entry(act.raw)
    assert isinstance(entry, Unknown)
    assert (entry.type, entry.version, entry.time) == (act.type, 1, act.time)
    named = [value for value in vars(act).values() if isinstance(value, ObjectRef)]
    assert list(entry.objects) == named


def test_entries_of_the_ledger_itself_and_of_strangers_are_not_ours() -> None:
    log = a_log(1)
    keys = Keys(TIME, (log.verifier.vkey,), f"log {log.verifier.vkey}\nquorum none\n", "x").signed([log])
    for entry in (
        keys,
        Text(TIME, "", PACK),
        Commitment(TIME, OLD, LATER, "x"),
        Withdrawal(TIME, OLD, "x"),
    ):
        assert read(entry.raw) is None
    assert read(b'{"time":"2026-11-21T17:00:00Z","type":"weather","version":1}') is None


def test_another_version_of_ours_is_refused_and_not_passed_over() -> None:
    with pytest.raises(Malformed, match="rules-grounds: version 2"):
        read(Grounds(TIME, CHANGE.hash, "x", "").raw.replace(b'"version":1', b'"version":2'))


@EACH
def test_a_member_too_few_or_too_many_is_malformed_and_named(act: Act) -> None:
    value = json.loads(act.raw)
    for name in value.keys() - {"type", "version", "time"}:
        less = {key: each for key, each in value.items() if key != name}
        with pytest.raises(Malformed, match=f"^{act.type}: .*{name} is missing"):
            read(rfc8785.dumps(less))
    with pytest.raises(Malformed, match=f"^{act.type}: 'more' is not of it"):
        read(rfc8785.dumps(value | {"more": 1}))


@pytest.mark.parametrize("part", ["stages", "approvals", "touches"])
def test_a_member_of_a_part_is_named_with_its_place(part: str) -> None:
    value = json.loads(EVERY[0].raw)
    inner = value[part][0] if part != "touches" else value[part]
    name = sorted(inner)[-1]
    whole = inner | {"more": 1}
    for wrong, words in ((whole, "'more' is not of it"), (inner | {name: None}, f"{name}: '?None")):
        value[part] = [wrong] if part != "touches" else wrong
        with pytest.raises(Malformed, match=f"^rules-change: {part}: .*{words}"):
            read(rfc8785.dumps(value))


WRONG: list[Any] = [None, True, -2, 1.5, 10**15 + 0.5, "", " ", "x\ty", "a\u202eb", "y" * 5000, [], [1], {}]


@EACH
@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: repr(wrong)[:12])
def test_a_member_of_another_kind_is_malformed_and_named_or_allowed(act: Act, wrong: Any) -> None:
    value = json.loads(act.raw)
    for name in value.keys() - {"type", "version", "time"}:
        raw = rfc8785.dumps(value | {name: wrong})
        found = told(raw)
        if isinstance(found, str):
            assert re.match(f"{act.type}: .*({name}|stages|kind)", found)
        else:
            assert found is not None
            assert found.raw == raw


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"digest": "0F" * 32}, "digest: .*; 64 digits 0-9 and a-f"),
        ({"digest": OLD[:-1]}, "digest: .*; 64 digits"),
        ({"base": ""}, "base: '' with kind"),
        ({"kind": "first"}, "base: 'abab.*only the first has none"),
        ({"kind": "secret"}, 'kind: .secret.; one of "first", "ordinary", "emergency"'),
        ({"kind": "emergency"}, "power: '' with kind"),
        ({"power": "restrict"}, "power: 'restrict' with kind"),
        ({"ends_at": LAST}, "ends_at: .* with kind"),
        ({"effective_at": "2026-11-21T17:00:00+00:00"}, "effective_at: .*; a UTC time"),
        ({"effective_at": "2026-02-29T00:00:00Z"}, "effective_at: .*; a UTC time"),
        ({"requester": ""}, "requester: is empty"),
        ({"requester": "two\nlines"}, "requester: .*; one line"),
        ({"reason": " \n"}, "reason: is empty"),
        ({"reason": "rung\x07"}, "reason: .*; text without control characters"),
        ({"differs": ("x", "x")}, "differs.1.: 'x' stands twice"),
        ({"request": -2}, "request: -2; a whole number from -1 on"),
        ({"request": True}, "request: True"),
        ({"rules": "a pack"}, "rules: 'a pack'; ObjectRef"),
        ({"stages": (Stage(0.5, (), LATER),)}, "the last share is 0.5; 1 is needed"),
        ({"stages": (Stage(0.5, (), TIME), Stage(1, (), LAST))}, "stages.0.: at: .*effective_at"),
        ({"stages": (Stage(0.5, (), LATER), Stage(1, (), LATER))}, "stages.1.: at: .*; after"),
        ({"stages": (Stage(1, (), LATER), Stage(0.5, (), LAST))}, "stages.1.: share: 0.5; above 1"),
        ({"stages": (Stage(0.5, (), LATER), Stage(0, ("north",), LAST))}, "one of the two"),
    ],
)  # fmt: skip
def test_a_change_that_says_what_no_change_may_say_is_refused_by_name(
    changed: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refused, match=f"^rules-change: .*{words}"):
        dataclasses.replace(CHANGE, **changed)


def test_a_stage_of_150_percent_is_refused() -> None:
    with pytest.raises(Refused, match=r"stage: share: 1\.5; a number from 0 to 1 is allowed"):
        Stage(1.5, (), LATER)
    raw = EVERY[0].raw.replace(b'"share":0.1', b'"share":1.5')
    with pytest.raises(Malformed, match=r"rules-change: stages: stage: share: 1\.5"):
        read(raw)


@pytest.mark.parametrize(("share", "regions"), [(0, ()), (0.5, ("north",))])
def test_a_stage_is_a_share_or_regions(share: float, regions: tuple[str, ...]) -> None:
    with pytest.raises(Refused, match="a share above 0, or regions"):
        Stage(share, regions, LATER)


def test_an_emergency_ends_after_it_begins_and_has_no_stages() -> None:
    with pytest.raises(Refused, match=r"ends_at: .*; after effective_at"):
        dataclasses.replace(EMERGENCY, ends_at=EMERGENCY.effective_at)
    with pytest.raises(Refused, match="stages: given with kind"):
        dataclasses.replace(EMERGENCY, stages=BY_SHARE)


def test_a_contact_asks_for_nothing_and_a_request_for_something() -> None:
    with pytest.raises(Refused, match='asks: "on" with kind "contact"'):
        dataclasses.replace(REQUEST, kind="contact")
    with pytest.raises(Refused, match='asks: "none" with kind "request"'):
        dataclasses.replace(REQUEST, asks="none")


def test_a_request_that_was_committed_to_shows_its_text() -> None:
    with pytest.raises(Refused, match="text: is missing; entry 7 committed to one"):
        dataclasses.replace(REQUEST, text=None)


@pytest.mark.parametrize("day", ["2026-02-30", "2026-1-1", "20261121", "2026-11-21T00:00:00Z", 20261121])
def test_a_day_is_one_of_the_calendar(day: Any) -> None:
    with pytest.raises(Refused, match="decisions-day: day: "):
        Day(ORIGIN, TIME, day, NEW, 0, {}, None)


def test_figures_are_counts_by_region_and_word() -> None:
    for wrong in (
        [],
        {"north": 3},
        {"north": {"served": -1}},
        {"north": {"": 1}},
        {"north": {"served": 0.5}},
        {"north": {"object": 1, "size": 1, "media": 1}},
        {"object": {}, "size": {}, "media": {}},  # an audit would look for a text of that name
    ):
        with pytest.raises(Refused, match="decisions-day: figures: "):
            Day(ORIGIN, TIME, "2026-11-20", NEW, 0, wrong, None)  # type: ignore[arg-type]


def test_the_hash_of_a_change_is_sha256_over_its_canonical_json_without_approvals() -> None:
    approved = dataclasses.replace(CHANGE, approvals=(APPROVAL,))
    value = json.loads(approved.raw)
    del value["approvals"]
    assert approved.hash == CHANGE.hash == hashlib.sha256(rfc8785.dumps(value)).hexdigest()


@pytest.mark.parametrize("name", [each.name for each in dataclasses.fields(Change)][:-1])
def test_no_member_of_a_change_can_change_under_an_approval(name: str) -> None:
    other: dict[str, Any] = {
        "time": LATER, "kind": "emergency", "base": NEW, "digest": OLD, "maps": OLD, "effective_at": TIME,
        "rules": ObjectRef("34" * 32, 4000, "application/json"), "stages": BY_SHARE, "touches": None,
        "differs": (), "request": -1,
    }  # fmt: skip
    if name in ("kind", "power", "ends_at"):
        changed = EMERGENCY
    else:
        changed = dataclasses.replace(CHANGE, **{name: other.get(name, "otherwise")})
    assert APPROVAL.holds(CHANGE.hash, KEY.public_bytes_raw().hex())
    assert changed.hash != CHANGE.hash
    assert not APPROVAL.holds(changed.hash, KEY.public_bytes_raw().hex())


def test_an_approval_is_an_ed25519_signature_over_five_lines() -> None:
    interests = "Holds shares in a reseller."
    lines = [
        "openleo approval 1",
        CHANGE.hash,
        "recuse",
        TIME,
        hashlib.sha256(interests.encode()).hexdigest(),
    ]
    text = "".join(f"{line}\n" for line in lines).encode()
    made = sign(SEED, approval_text(CHANGE.hash, "recuse", TIME, interests))
    KEY.verify(bytes.fromhex(made), text)
    approval = Approval("operator, legal", "recuse", interests, TIME, made)
    mine = KEY.public_bytes_raw().hex()
    assert approval.holds(CHANGE.hash, mine)
    for name, value in (
        ("statement", "approve"),
        ("interests", ""),
        ("time", LATER),
        ("signature", "0" * 128),
    ):
        assert not dataclasses.replace(approval, **{name: value}).holds(CHANGE.hash, mine)
    other = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw().hex()
    assert not approval.holds(CHANGE.hash, other)


@pytest.mark.parametrize("at", [5, 6, 7, -1], ids=lambda at: EVERY[at].type)
def test_what_one_key_says_is_signed_over_all_else_that_the_entry_says(at: int) -> None:
    act = EVERY[at]
    assert isinstance(act, Withdrawn | Proceed | Receipt | Day)
    value = json.loads(act.raw)
    signature = bytes.fromhex(value.pop("signature"))
    KEY.verify(signature, rfc8785.dumps(value) + b"\n")
    assert signed_text(act).encode() == rfc8785.dumps(value) + b"\n"
    with pytest.raises(InvalidSignature):
        KEY.verify(signature, rfc8785.dumps(value | {"time": LATER}) + b"\n")


def test_what_needs_a_signature_is_no_entry_before_it_is_signed() -> None:
    with pytest.raises(Refused, match="party-receipt: signature: is missing"):
        _ = Receipt(TIME, CHANGE.hash, "regulator", "").raw


def test_an_entry_has_at_most_65535_bytes() -> None:
    long = tuple(f"{i}: {'x' * 4000}" for i in range(17))
    with pytest.raises(Refused, match=r"rules-change: \d+ bytes; at most 65535"):
        _ = dataclasses.replace(CHANGE, differs=long).raw


@given(mutated(*(act.raw for act in EVERY)) | noise())
def test_bytes_of_any_kind_are_refused_or_the_same_again(raw: bytes) -> None:
    found = told(raw)
    if isinstance(found, Act):
        assert found.raw == raw


values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(0, 2) | st.text(max_size=4)
    | st.sampled_from([TIME, OLD, ID, "approve", "north", "", "on"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(st.sampled_from(EVERY), st.data())
def test_json_with_members_changed_is_refused_or_the_same_again(act: Act, data: st.DataObject) -> None:
    value = json.loads(act.raw)
    for _ in range(data.draw(st.integers(1, 3))):
        held = value
        name = data.draw(st.sampled_from(sorted(held.keys() - {"type", "version"})))
        while isinstance(held[name], dict) and held[name] and data.draw(st.booleans()):
            held = held[name]
            name = data.draw(st.sampled_from(sorted(held)))
        held[name] = data.draw(values)
    raw = rfc8785.dumps(value)
    found = told(raw)
    if isinstance(found, str):
        assert printable(found) == found
        assert found.startswith((act.type, "object: "))
    elif found is not None:
        assert found.raw == raw
        assert read(found.raw) == found


def test_keys_of_approvers_are_plain_ed25519() -> None:
    """RFC 8032, 7.1, test 2: the seed, the key and the signature that stand there."""
    seed = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    expected = (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert sign(seed, "\x72") == expected
    key = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(expected), b"\x72")
