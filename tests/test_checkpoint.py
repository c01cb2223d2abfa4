"""Checkpoints and cosignatures: the examples of others, a public log and its witnesses, strange bytes."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_fuzz import mutated, noise

from openleo.ledger.checkpoint import Checkpoint, open_checkpoint
from openleo.ledger.errors import Malformed, Unverified
from openleo.ledger.note import COSIGNATURE, Note, Signer, Verifier

# C2SP tlog-cosignature 1.0.1: a checkpoint with a cosignature. Neither key is published.
SPEC_COSIGNED = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
""".encode()  # noqa: E501

# C2SP tlog-witness 1.0.0, the checkpoint of its request: two keys of one name.
SPEC_TWO_KEYS = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
""".encode()  # noqa: E501

# A checkpoint of a public log (one for trials of Certificate Transparency, May 2026), signed by types
# 0x05 and 0x01, with two cosignatures; and the keys, which their owners publish.
PUBLIC = """\
arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
""".encode()  # noqa: E501
PUBLIC_LOG = Verifier.parse(
    "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
)
PUBLIC_WITNESSES = [
    Verifier.parse(
        "transparency.dev/DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM"
    ),
    Verifier.parse("witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv"),
]

LOG = Signer("log.example/tenerife", bytes(32))
WITNESS = Signer("witness.example/w1", bytes([1]) * 32, COSIGNATURE)
EMPTY = hashlib.sha256(b"").digest()
CHECKPOINT = Checkpoint(LOG.verifier.name, 70_000, hashlib.sha256(b"root").digest())
SIGNED = Note(CHECKPOINT.text, ()).signed_by(LOG)
SIGNED = SIGNED.with_signatures([WITNESS.sign(SIGNED.text, 1_793_000_000)])
ROOT = CHECKPOINT.text.split("\n")[2]


def test_the_examples_of_the_specifications_are_read_and_written_back() -> None:
    for raw in (SPEC_COSIGNED, SPEC_TWO_KEYS):
        note = Note.parse(raw)
        checkpoint = Checkpoint.parse(note.text)
        assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20_852_163)
        assert checkpoint.root.hex() == "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62"
        assert (checkpoint.text, note.raw) == (note.text, raw)
    # tlog-cosignature states the time that its example was cosigned.
    cosignature = Note.parse(SPEC_COSIGNED).signatures[1]
    assert (len(cosignature.signed), int.from_bytes(cosignature.signed[:8], "big")) == (72, 1_679_315_147)
    assert len({each.key_id for each in Note.parse(SPEC_TWO_KEYS).signatures}) == 2


def test_a_public_log_and_its_witnesses_are_believed() -> None:
    checkpoint, held = open_checkpoint(PUBLIC, [PUBLIC_LOG, *PUBLIC_WITNESSES])
    assert (checkpoint.origin, checkpoint.size) == (PUBLIC_LOG.name, 1_432_088_532)
    assert [(each.by, each.time) for each in held] == [
        (PUBLIC_LOG, None),
        *((each, 0x6A122120) for each in PUBLIC_WITNESSES),
    ]
    assert Note.parse(PUBLIC).raw == PUBLIC
    larger = PUBLIC.replace(b"1432088532", b"1432088533")
    for known in ([PUBLIC_LOG], [PUBLIC_LOG, *PUBLIC_WITNESSES]):
        with pytest.raises(Unverified, match="does not hold"):
            open_checkpoint(larger, known)


def test_a_witness_signs_its_time_and_the_whole_text() -> None:
    assert WITNESS.verifier.holds(
        f"cosignature/v1\ntime 1793000000\nlog.example/tenerife\n70000\n{ROOT}\n".encode(),
        SIGNED.signatures[1].signed[8:],
    )
    with_more = Note(f"{CHECKPOINT.text}extension\n", ()).signed_by(LOG)
    moved = with_more.with_signatures(SIGNED.signatures[1:])
    with pytest.raises(Unverified, match=r"witness.example/w1 does not hold"):
        moved.check([LOG.verifier, WITNESS.verifier])


def test_extension_lines_of_others_are_kept_and_signed() -> None:
    text = f"{CHECKPOINT.text}first extension\n— not a signature\n"
    checkpoint, _ = open_checkpoint(Note(text, ()).signed_by(LOG).raw, [LOG.verifier])
    assert checkpoint.extensions == ("first extension", "— not a signature")
    assert checkpoint.text == text
    assert CHECKPOINT.extensions == ()


def test_only_a_key_of_the_origin_speaks_for_a_log() -> None:
    elsewhere = Signer("log.example/elsewhere", bytes([2]) * 32)
    witness_of_the_name = Signer(LOG.verifier.name, bytes([3]) * 32, COSIGNATURE)
    note = SIGNED.signed_by(elsewhere)
    note = note.with_signatures([witness_of_the_name.sign(note.text, 1)])
    for known in ([WITNESS], [elsewhere], [witness_of_the_name], [WITNESS, elsewhere, witness_of_the_name]):
        with pytest.raises(Unverified, match=r"no known key of the log 'log.example/tenerife'"):
            open_checkpoint(note.raw, [each.verifier for each in known])
    _, held = open_checkpoint(note.raw, [LOG.verifier, elsewhere.verifier])
    assert [each.by.name for each in held] == ["log.example/tenerife", "log.example/elsewhere"]


def test_a_tree_of_no_entries_has_one_root() -> None:
    assert Checkpoint.parse(Checkpoint("a", 0, EMPTY).text).size == 0
    with pytest.raises(Malformed, match="of size 0 it is SHA-256 of nothing"):
        Checkpoint.parse(Checkpoint("a", 0, CHECKPOINT.root).text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "log.example/a\n",
        "log.example/a\n1\n",
        f"log.example/a\n1\n{ROOT}",
        f"\n1\n{ROOT}\n",
        f"log.example/a\n\n{ROOT}\n",
        f"log.example/a\n1\n{ROOT}\n\n",
        f"log.example/a\n1\n{ROOT}\nextension\n\nextension\n",
        *(
            f"log.example/a\n{size}\n{ROOT}\n"
            for size in (
                "01",
                "00",
                "-1",
                "+1",
                " 1",
                "1 ",
                "1.0",
                "0x1",
                "1_0",
                "١",
                "²",
                "9223372036854775808",
            )
        ),
        f"log.example/a\n{'9' * 4301}\n{ROOT}\n",
        *(
            f"log.example/a\n1\n{root}\n"
            for root in (
                ROOT[:-1],
                f"{ROOT}=",
                f" {ROOT}",
                f"{ROOT} ",
                ROOT[:-2] + chr(ord(ROOT[-2]) + 1) + "=",  # bits that no byte holds
                ROOT.replace("+", "-").replace("/", "_") if "+" in ROOT or "/" in ROOT else "_" + ROOT[1:],
                "AAAA",
                ROOT[:-1] + "A",
                CHECKPOINT.root.hex(),
            )
        ),
    ],
)
def test_what_is_no_checkpoint_to_the_letter_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="checkpoint"):
        Checkpoint.parse(text)


@pytest.mark.parametrize("size", [1, 2**63 - 1])
def test_sizes_have_63_bits(size: int) -> None:
    assert Checkpoint.parse(Checkpoint("a", size, CHECKPOINT.root).text).size == size


def test_no_changed_bit_is_believed() -> None:
    known = [LOG.verifier, WITNESS.verifier]
    raw = SIGNED.raw
    dash = len("— ".encode())
    ignored = 0
    for bit in range(8 * len(raw)):
        changed = bytearray(raw)
        changed[bit >> 3] ^= 1 << (bit & 7)
        try:
            checkpoint, held = open_checkpoint(bytes(changed), known)
        except Unverified:
            continue
        # The line became that of an unknown key, which says nothing; the log's own still holds.
        assert checkpoint == CHECKPOINT
        assert [each.by for each in held] == [LOG.verifier]
        assert (bit >> 3) >= raw.rindex("— ".encode()) + dash
        ignored += 1
    assert ignored < 8 * len("witness.example/w1 AAAAAA")


@given(
    st.text(max_size=200).map(str.encode)
    | noise(200)
    | mutated(CHECKPOINT.text.encode(), f"{CHECKPOINT.text}x\n".encode())
)
@settings(max_examples=500, deadline=None)
def test_any_text_is_refused_or_written_back_as_it_was(raw: bytes) -> None:
    text = raw.decode("utf-8", "surrogateescape")
    try:
        checkpoint = Checkpoint.parse(text)
    except Malformed:
        return
    assert checkpoint.text == text
    assert checkpoint.size >= 0
    assert len(checkpoint.root) == 32
    assert all((checkpoint.origin, *checkpoint.extensions))


@given(mutated(SIGNED.raw, PUBLIC))
@settings(max_examples=400, deadline=None)
def test_no_changed_checkpoint_is_believed(raw: bytes) -> None:
    try:
        checkpoint, _ = open_checkpoint(raw, [LOG.verifier, WITNESS.verifier, PUBLIC_LOG, *PUBLIC_WITNESSES])
    except Unverified:
        return
    assert checkpoint.text in (SIGNED.text, Note.parse(PUBLIC).text)
