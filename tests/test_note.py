"""Signed notes and their keys: examples of the specification and of Go, edge keys, strange bytes."""

import hashlib
import re
from collections.abc import Callable

import pytest
from ed25519_cases import (
    EDGE_CASES,
    IDENTITY,
    LOW_ORDER,
    NOT_CANONICAL,
    OFF_THE_CURVE,
    ORDER,
    RFC_8032,
    SIGN_OF_ZERO,
    P,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ledger_fuzz import mutated, noise

from openleo.ledger.errors import Malformed, Refused, Unverified
from openleo.ledger.note import COSIGNATURE, ED25519, Note, Signature, Signer, Verifier, signature_of
from openleo.ledger.policy import Policy

# C2SP signed-note 1.0.0, section "Verifier keys": the example key and the note that it signed.
SPEC_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = """\
This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
""".encode()

# The same specification, first example: its key is not published, and its text holds an empty line.
SPEC_POEM = """\
Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
""".encode()  # noqa: E501

# golang.org/x/mod/sumdb/note, the examples of its documentation: a private key, and two keys under one text.
GO_SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SECOND_VKEY = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
GO_LINES = """\
— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=
"""

ONE = Signer("log.example/tenerife", bytes(32))
OTHER = Signer("log.example/tenerife", bytes([1]) * 32)
TEXT = "first line\n\nlast line\n"
NOTE = Note(TEXT, ()).signed_by(ONE)

# Unicode's White_Space property.
SPACES = [
    *range(9, 14),
    0x20,
    0x85,
    0xA0,
    0x1680,
    *range(0x2000, 0x200B),
    0x2028,
    0x2029,
    0x202F,
    0x205F,
    0x3000,
]

names = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters="+"), min_size=1
)
seeds = st.binary(min_size=32, max_size=32)
kinds = st.sampled_from([ED25519, COSIGNATURE])


def test_the_example_of_the_specification_holds() -> None:
    note = Note.parse(SPEC_NOTE)
    (held,) = note.check([Verifier.parse(SPEC_VKEY)])
    assert (held.by.name, held.by.key_id.hex(), held.time) == ("example.com/foo", "530d903a", None)
    assert note.text == "This is an example message.\n"
    assert note.raw == SPEC_NOTE
    with pytest.raises(Unverified, match=r"example.com/foo does not hold"):
        Note.parse(SPEC_NOTE.replace(b"example message", b"example massage")).check(
            [Verifier.parse(SPEC_VKEY)]
        )


def test_the_text_ends_at_the_last_empty_line() -> None:
    poem = Note.parse(SPEC_POEM)
    assert poem.text == (
        "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n"
    )
    assert [(each.name, each.key_id.hex()) for each in poem.signatures] == [
        ("quasimodo.example/salvatore", "367ba04b")
    ]
    assert poem.raw == SPEC_POEM
    # A text that looks like a signed note itself, and one that ends in empty lines.
    nested = Note(NOTE.raw.decode(), ()).signed_by(OTHER)
    assert Note.parse(nested.raw) == nested
    trailing = Note("a\n\n\n", ()).signed_by(ONE)
    assert Note.parse(trailing.raw) == trailing


def test_we_sign_what_go_signs_and_read_its_keys() -> None:
    signer = Signer.parse(GO_SKEY + "\n")
    assert signer.skey == GO_SKEY
    assert signer.verifier.vkey == GO_VKEY
    note = Note(GO_TEXT, ()).signed_by(signer)
    assert note.raw.decode() == f"{GO_TEXT}\n{GO_LINES.splitlines(keepends=True)[0]}"
    both = Note.parse(f"{GO_TEXT}\n{GO_LINES}".encode())
    known = [Verifier.parse(GO_SECOND_VKEY), Verifier.parse(GO_VKEY)]
    assert [each.by.name for each in both.check(known)] == ["PeterNeumann", "EnochRoot"]
    assert [each.by.name for each in both.check(known[:1])] == ["EnochRoot"]


@given(name=names, seed=seeds, kind=kinds)
@settings(max_examples=60, deadline=None)
def test_keys_survive_being_written_and_read(name: str, seed: bytes, kind: int) -> None:
    signer = Signer(name, seed, kind)
    verifier = signer.verifier
    assert Signer.parse(signer.skey).skey == signer.skey
    assert Verifier.parse(verifier.vkey) == verifier
    expected = hashlib.sha256(name.encode() + b"\x0a" + bytes([kind]) + verifier.public).digest()[:4]
    assert verifier.key_id == expected
    assert verifier.vkey.split("+")[:2] == [name, expected.hex()]


def test_a_new_key_is_not_the_one_before() -> None:
    assert Signer.generate("log.example/a").skey != Signer.generate("log.example/a").skey


@pytest.mark.parametrize("kind", [1, 4])
def test_the_name_and_the_type_are_part_of_the_key_id(kind: int) -> None:
    same = bytes(range(32))
    ids = {
        Signer(name, same, each).verifier.key_id
        for name in ("log.example/a", "log.example/b")
        for each in (1, 4)
    }
    assert len(ids) == 4
    vkey = Signer("log.example/a", same, kind).verifier.vkey
    with pytest.raises(Malformed, match="id"):
        Verifier.parse(vkey.replace("log.example/a", "log.example/b"))


@pytest.mark.parametrize(("seed", "public", "message", "signed"), RFC_8032)
def test_the_vectors_of_rfc_8032_hold(seed: str, public: str, message: str, signed: str) -> None:
    signer = Signer("log.example/a", bytes.fromhex(seed))
    said, wanted = bytes.fromhex(message), bytes.fromhex(signed)
    assert signer.verifier.public.hex() == public
    assert signer.verifier.holds(said, wanted)
    assert not signer.verifier.holds(said + b"\x00", wanted)
    if said.isascii():
        assert signer.sign(said.decode()).signed == wanted


@pytest.mark.parametrize(
    ("public", "reason"),
    [
        *((each, "low order") for each in (*LOW_ORDER, *SIGN_OF_ZERO)),
        *((each, "not canonical") for each in NOT_CANONICAL),
        *((each, "no point of the curve") for each in OFF_THE_CURVE),
        ("01" * 31, "31 bytes"),
        ("01" * 33, "33 bytes"),
    ],
)
def test_a_public_key_that_signatures_cannot_rest_on_is_refused(public: str, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        Verifier("log.example/a", ED25519, bytes.fromhex(public))


@pytest.mark.parametrize(("message", "public", "signed", "answer"), EDGE_CASES)
def test_the_edge_cases_of_ed25519_have_one_answer(
    message: str, public: str, signed: str, answer: bool | None
) -> None:
    if answer is None:
        with pytest.raises(Malformed, match="low order"):
            Verifier("log.example/a", ED25519, bytes.fromhex(public))
    else:
        verifier = Verifier("log.example/a", ED25519, bytes.fromhex(public))
        assert verifier.holds(bytes.fromhex(message), bytes.fromhex(signed)) is answer


def _with_r(r: bytes) -> Signature:
    """A signature over TEXT by ONE whose R is an encoding of the identity: S is then k times its secret."""
    secret = int.from_bytes(hashlib.sha512(bytes(32)).digest()[:32], "little")
    secret = (secret & (2**254 - 8)) | 2**254
    k = int.from_bytes(hashlib.sha512(r + ONE.verifier.public + TEXT.encode()).digest(), "little")
    return Signature("", b"", r + (k * secret % ORDER).to_bytes(32, "little"))


def _with_s_plus(turns: int) -> Signature:
    """The valid signature, S moved up by multiples of the group's order: the equation still holds."""
    signed = ONE.sign(TEXT).signed
    s = int.from_bytes(signed[32:], "little") + turns * ORDER
    return Signature("", b"", signed[:32] + s.to_bytes(32, "little"))


@pytest.mark.parametrize(
    ("make", "holds"),
    [
        (lambda: ONE.sign(TEXT), True),
        (lambda: _with_r(IDENTITY), True),  # canonical, though nobody signs so
        (lambda: _with_r((P + 1).to_bytes(32, "little")), False),
        (lambda: _with_r((1 | 1 << 255).to_bytes(32, "little")), False),
        (lambda: _with_r((P + 1 | 1 << 255).to_bytes(32, "little")), False),
        *((lambda turns=turns: _with_s_plus(turns), False) for turns in range(1, 16)),
        (lambda: Signature("", b"", ONE.sign(TEXT).signed[:63]), False),
        (lambda: Signature("", b"", ONE.sign(TEXT).signed + b"\x00"), False),
        (lambda: Signature("", b"", b""), False),
    ],
)
def test_a_signature_has_one_form(make: Callable[[], Signature], holds: bool) -> None:
    signature = make()
    if holds:
        ONE.verifier.check(TEXT, signature)
    else:
        with pytest.raises(Unverified, match="does not hold"):
            ONE.verifier.check(TEXT, signature)


@pytest.mark.parametrize("number", [1, 16, 128])
def test_sixteen_signatures_and_more_are_accepted(number: int) -> None:
    signers = [Signer(f"log.example/{at}", bytes([at]) * 32) for at in range(number)]
    note = Note.parse(Note(TEXT, ()).signed_by(*signers).raw)
    assert len(note.check([each.verifier for each in signers])) == number


def test_too_many_signatures_and_too_large_a_note_are_refused() -> None:
    with pytest.raises(Malformed, match="129 signatures; at most 128"):
        Note.parse(Note(TEXT, NOTE.signatures * 129).raw)
    with pytest.raises(Malformed, match="at most 1048576 are allowed"):
        Note.parse(Note("a" * (1 << 20) + "\n", NOTE.signatures).raw)


@pytest.mark.parametrize("kind", [0x02, 0x05, 0x06, 0xFA, 0xFF])
@pytest.mark.parametrize("length", [1, 64, 2420])
def test_signatures_of_other_types_are_kept_byte_for_byte(kind: int, length: int) -> None:
    key_id = hashlib.sha256(b"log.example/tenerife\n" + bytes([kind]) + bytes(1312)).digest()[:4]
    strange = Signature("log.example/tenerife", key_id, bytes([kind]) * length)
    raw = Note(TEXT, (strange, *NOTE.signatures, strange)).raw
    note = Note.parse(raw)
    assert note.raw == raw
    assert [each.by for each in note.check([ONE.verifier])] == [ONE.verifier]
    assert note.signed_by(OTHER).raw.startswith(raw)


def test_unknown_keys_are_ignored_also_where_the_name_or_the_id_is_known() -> None:
    false = bytes(64)
    same_name = Signature(ONE.verifier.name, bytes(4), false)
    same_id = Signature("log.example/elsewhere", ONE.verifier.key_id, false)
    assert NOTE.with_signatures([same_name, same_id]).check([ONE.verifier]) == NOTE.check([ONE.verifier])
    for each in (same_name, same_id):
        with pytest.raises(Unverified, match=r"no signature of a known key: it was signed by 'log.example"):
            Note(TEXT, (each,)).check([ONE.verifier])


def test_a_known_key_that_fails_rejects_the_note() -> None:
    good, bad = OTHER.sign(TEXT), OTHER.sign(TEXT + "\n")
    known = [ONE.verifier, OTHER.verifier]
    assert len(NOTE.with_signatures([good]).check(known)) == 2
    for more in ([bad], [good, bad], [bad, good]):
        with pytest.raises(Unverified, match="does not hold"):
            NOTE.with_signatures(more).check(known)
    assert len(NOTE.with_signatures([bad]).check([ONE.verifier])) == 1


def test_a_note_is_never_believed_without_a_known_key() -> None:
    with pytest.raises(Unverified):
        NOTE.check([])
    with pytest.raises(Unverified):
        NOTE.check([OTHER.verifier])


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"text\n",
        b"text\n\n",
        NOTE.raw[:-1],
        NOTE.raw + b"\n",
        NOTE.raw + b"more\n",
        NOTE.raw.replace(b"\n\n", b"\n"),
        NOTE.raw.replace(b"\n\xe2", b"\n \n\xe2"),
        NOTE.raw.replace(b"first", b"fir\tst"),
        NOTE.raw.replace(b"first", b"fir\x00st"),
        NOTE.raw.replace(b"\n", b"\r\n"),
        NOTE.raw.replace(b"first", b"fir\xffst"),
        NOTE.raw.replace(b"first", b"fir\xc0\xafst"),
        NOTE.raw.replace(b"first", b"fir\xed\xa0\x80st"),
        NOTE.raw.replace("— ".encode(), b"-- "),
        NOTE.raw.replace("— ".encode(), "—".encode()),
        NOTE.raw.replace("— ".encode(), "— ".encode() + b" "),
        NOTE.raw.replace(b" log", " log\N{NO-BREAK SPACE}".encode()),
        NOTE.raw.replace(b" log", b" lo+g"),
        NOTE.raw[:-2] + b"\n",
        NOTE.raw[:-1] + b" \n",
        NOTE.raw[:-1] + b"=\n",
        re.sub(rb"tenerife .*", b"tenerife AAAAAA==", NOTE.raw),
        re.sub(rb"tenerife .*", b"tenerife AAAAAAB=", NOTE.raw),
        re.sub(rb"tenerife .*", b"tenerife AAAA_w==", NOTE.raw),
        re.sub(rb"tenerife .*", b"tenerife", NOTE.raw),
    ],
)
def test_what_is_no_note_to_the_letter_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed, match=r"note|line"):
        Note.parse(raw)


@pytest.mark.parametrize("space", SPACES)
def test_a_key_name_has_no_space_of_any_kind(space: int) -> None:
    with pytest.raises(Malformed, match="key name"):
        Signer(f"log{chr(space)}example", bytes(32))


@pytest.mark.parametrize("name", ["", "a+b", "+", "a\x00b", "a\x1fb", "a\ud800b"])
def test_a_key_name_is_not_empty_and_has_no_plus_and_no_control_character(name: str) -> None:
    with pytest.raises(Malformed, match="key name"):
        Signer(name, bytes(32))


@pytest.mark.parametrize("name", ["K", "a\u200bb", "\ufeff", "日本/ログ", "oid/1.3.6.1", "a@b:c%20"])
def test_any_other_key_name_is_accepted(name: str) -> None:
    note = Note(TEXT, ()).signed_by(Signer(name, bytes(32)))
    assert Note.parse(note.raw).check([Signer(name, bytes(32)).verifier])[0].by.name == name


def test_a_cosignature_states_its_time_and_a_log_states_none() -> None:
    witness = Signer("witness.example/w1", bytes(32), COSIGNATURE)
    signature = witness.sign(TEXT, 1_793_000_000)
    assert signature.signed[:8] == (1_793_000_000).to_bytes(8, "big")
    assert witness.verifier.check(TEXT, signature) == 1_793_000_000
    # Ed25519 over two lines and the text: a key of the same seed, as a log's, signs the same message.
    message = f"cosignature/v1\ntime 1793000000\n{TEXT}"
    assert Signer("log.example/a", bytes(32)).sign(message).signed == signature.signed[8:]
    for time in (-1, 2**63):
        with pytest.raises(Refused, match="0 to 2"):
            witness.sign(TEXT, time)
    with pytest.raises(Refused, match="a cosignature has one"):
        witness.sign(TEXT)
    with pytest.raises(Refused, match="a cosignature has one"):
        ONE.sign(TEXT, 1)


@pytest.mark.parametrize("time", [0, 1, 2**63 - 1])
def test_a_cosignature_with_another_time_does_not_hold(time: int) -> None:
    witness = Signer("witness.example/w1", bytes(32), COSIGNATURE)
    signed = witness.sign(TEXT, time).signed
    assert witness.verifier.check(TEXT, Signature("", b"", signed)) == time
    for moved in {max(time - 1, 0), min(time + 1, 2**63 - 1)} - {time}:
        with pytest.raises(Unverified, match="does not hold"):
            witness.verifier.check(TEXT, Signature("", b"", moved.to_bytes(8, "big") + signed[8:]))


@pytest.mark.parametrize(
    "signed", [b"", bytes(64), bytes(71), bytes(73), (2**63).to_bytes(8, "big") + bytes(64)]
)
def test_a_cosignature_of_another_shape_is_refused(signed: bytes) -> None:
    witness = Signer("witness.example/w1", bytes(32), COSIGNATURE)
    with pytest.raises(Malformed, match=r"cosignature of witness.example/w1"):
        witness.verifier.check(TEXT, Signature("", b"", signed))


SECRET = Signer("log.example/secret", hashlib.sha256(b"a secret seed").digest())


@pytest.mark.parametrize(
    ("read", "given"),
    [
        (Verifier.parse, SECRET.skey),
        (Verifier.parse, SECRET.skey + "+"),
        (Verifier.parse, SECRET.skey.replace("+", "-")),
        (Signer.parse, SECRET.skey[:-1]),
        (Signer.parse, SECRET.skey + "A"),
        (Signer.parse, SECRET.skey.replace("log.example/secret+", "")),
        (Signer.parse, SECRET.skey.replace("log.example", "log example")),
        (Signer.parse, SECRET.skey.replace("secret+", "secret+0")),
        (Signer.parse, " " + SECRET.skey),
        (Signer.parse, SECRET.verifier.vkey),
        (lambda text: Policy.parse(text.encode()), f"log {SECRET.skey}\nquorum none\n"),
        (lambda text: Policy.parse(text.encode()), f"{SECRET.skey}\n"),
        (lambda text: Policy.parse(text.encode()), f"quorum {SECRET.skey}\n"),
        (lambda text: Policy.parse(text.encode()), f"witness {SECRET.skey} {SECRET.skey}\n"),
        (lambda text: Note.parse(text.encode()), f"{SECRET.skey}\n"),
        (lambda text: Note.parse(text.encode()), f"text\n\n{SECRET.skey}\n"),
        (lambda text: Note.parse(text.encode()), f"text\n\n— {SECRET.skey} AAAA\n"),
        (signature_of, f"— log.example/a {SECRET.skey}"),
    ],
)
def test_no_error_shows_a_private_key(read: Callable[[str], object], given: str) -> None:
    with pytest.raises(Malformed) as caught:
        read(given)
    key = SECRET.skey.split("+", 4)[4]
    assert len(key) == 44
    assert not any(key[at : at + 6] in str(caught.value) for at in range(len(key) - 6))
    assert SECRET.skey[-44:] not in repr(SECRET)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "a+b",
        SPEC_VKEY[:-1],
        SPEC_VKEY + "=",
        SPEC_VKEY + "\n",
        " " + SPEC_VKEY,
        SPEC_VKEY.replace("530d903a", "530D903A"),
        SPEC_VKEY.replace("530d903a", "0530d903a"),
        SPEC_VKEY.replace("530d903a", "530d903b"),
        SPEC_VKEY.replace("example.com/foo", ""),
        "log.example/a+00000000+AQ==",
        # An ECDSA key (0x02) and a type that nobody has assigned.
        "log.example/a+aaaaaaaa+AjBZMBMGByqGSM49AgEGCCqGSM49AwEH",
        "example.com/foo+00000000+A+kyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ],
)
def test_a_verifier_key_has_one_form(vkey: str) -> None:
    with pytest.raises(Malformed, match="key"):
        Verifier.parse(vkey)


@given(noise() | mutated(NOTE.raw, SPEC_POEM, SPEC_NOTE))
@example(b"\n\n\xe2\x80\x94 a AAAAAAA=\n")
@settings(max_examples=600, deadline=None)
def test_any_bytes_are_refused_or_written_back_as_they_were(raw: bytes) -> None:
    try:
        note = Note.parse(raw)
    except Malformed:
        return
    assert note.raw == raw
    assert note.text.endswith("\n")
    try:
        note.check([ONE.verifier])
    except Unverified:
        return
    # Whatever was changed, the text that the key signed was not.
    assert note.text == TEXT


@given(st.text(max_size=100) | mutated(SPEC_VKEY.encode()).map(lambda raw: raw.decode("latin-1")))
@settings(max_examples=300, deadline=None)
def test_any_text_is_refused_as_a_key_or_written_back_as_it_was(text: str) -> None:
    for read in (Verifier.parse, Signer.parse):
        try:
            found = read(text)
        except Malformed:
            continue
        assert isinstance(found, Verifier)
        assert found.vkey == text
