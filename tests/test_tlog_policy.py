"""Trust policies: the specification's example, quorums, and every way in which a line may be wrong."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_folders import a_log, a_witness
from ledger_fuzz import mutated, noise

from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.errors import Malformed, Unverified
from openleo.ledger.merkle import EMPTY_ROOT
from openleo.ledger.note import COSIGNATURE, Note, Signer
from openleo.ledger.policy import LARGEST_POLICY, Group, Policy

LOG = a_log()
X = [a_witness(f"witness.example/x{at}") for at in (1, 2, 3)]
Y = [a_witness(f"witness.example/y{at}") for at in (1, 2, 3)]

# The example of C2SP tlog-policy, whose keys are left out there.
EXAMPLE = f"""\
log {LOG.verifier.vkey}

witness X1 {X[0].verifier.vkey}
witness X2 {X[1].verifier.vkey}
witness X3 {X[2].verifier.vkey}
group X-witnesses 2 X1 X2 X3

witness Y1 {Y[0].verifier.vkey}
witness Y2 {Y[1].verifier.vkey}
witness Y3 {Y[2].verifier.vkey}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
""".encode()

NOW = 1_793_000_000
NOTE = Note(Checkpoint(LOG.verifier.name, 0, EMPTY_ROOT).text, ()).signed_by(LOG)


def cosigned(*witnesses: Signer, time: int = NOW) -> bytes:
    """The checkpoint of an empty log with these cosignatures."""
    return NOTE.with_signatures(each.sign(NOTE.text, time) for each in witnesses).raw


def policy(*lines: str) -> Policy:
    """A policy from its lines."""
    return Policy.parse("".join(f"{line}\n" for line in lines).encode())


def witness(signer: Signer, name: str) -> str:
    """The line of a witness."""
    return f"witness {name} {signer.verifier.vkey}"


def test_the_example_of_the_specification_asks_for_two_of_one_group_and_one_of_the_other() -> None:
    found = Policy.parse(EXAMPLE)
    assert found.logs == (LOG.verifier,)
    assert list(found.witnesses) == ["X1", "X2", "X3", "Y1", "Y2", "Y3"]
    assert found.groups["X-witnesses"] == Group(2, ("X1", "X2", "X3"))
    assert found.groups["Y-witnesses"] == Group(1, ("Y1", "Y2", "Y3"))
    assert found.groups["X-and-Y"] == Group(2, ("X-witnesses", "Y-witnesses"))
    for chosen in product([False, True], repeat=6):
        signed = [each for each, with_it in zip(X + Y, chosen, strict=True) if with_it]
        enough = sum(chosen[:3]) >= 2 and sum(chosen[3:]) >= 1
        assert found.satisfied(each.verifier for each in signed) is enough
        if enough:
            checkpoint, held = found.open(cosigned(*signed), now=NOW)
            assert checkpoint.origin == LOG.verifier.name
            assert len(held) == 1 + len(signed)
        else:
            with pytest.raises(Unverified, match="not the quorum 'X-and-Y' of the policy"):
                found.open(cosigned(*signed), now=NOW)


def test_a_policy_is_written_as_it_was_read() -> None:
    found = Policy.parse(EXAMPLE)
    assert Policy.parse(found.raw) == found
    with_urls = policy(
        f"log {LOG.verifier.vkey} https://log.example/tenerife",
        f"{witness(X[0], 'first')} https://witness.example/x1",
        witness(X[1], "second"),
        "group all 1 second first",
        "quorum all",
    )
    assert with_urls.urls == {
        LOG.verifier.vkey: "https://log.example/tenerife",
        "first": "https://witness.example/x1",
    }
    assert Policy.parse(with_urls.raw) == with_urls
    assert with_urls.keys == (LOG.verifier, X[0].verifier, X[1].verifier)


def test_spaces_comments_and_the_order_of_lines_mean_nothing() -> None:
    plain = policy(witness(X[0], "w"), f"log {LOG.verifier.vkey}", "quorum w")
    decorated = (
        f"# whom we trust \t\n\n\t \n  # in {'ü'}\n\t witness \t w \t {X[0].verifier.vkey} \t\n"
        f"quorum  w\n log\t{LOG.verifier.vkey}\n #end"
    )
    assert Policy.parse(decorated.encode()) == plain
    assert Policy.parse(decorated.encode().replace("ü".encode(), b"\xff\xfe")) == plain


def test_a_policy_without_witnesses_or_without_logs_is_one() -> None:
    alone = policy(f"log {LOG.verifier.vkey}", "quorum none")
    assert alone.open(NOTE.raw)[0].size == 0
    assert alone.satisfied([])
    with pytest.raises(Unverified):
        policy("quorum none").open(NOTE.raw)
    with pytest.raises(Unverified, match="no known key of the log"):
        policy(witness(X[0], "w"), "quorum w").open(cosigned(X[0]))


def test_any_of_the_logs_is_accepted_for_its_own_origin() -> None:
    other = a_log(2, "log.example/other")
    both = policy(f"log {LOG.verifier.vkey}", f"log {other.verifier.vkey}", "quorum none")
    assert both.open(NOTE.raw)[0].origin == LOG.verifier.name
    text = Checkpoint(other.verifier.name, 0, EMPTY_ROOT).text
    assert both.open(Note(text, ()).signed_by(other).raw)[0].origin == other.verifier.name
    with pytest.raises(Unverified, match="no known key of the log"):
        both.open(Note(text, ()).signed_by(LOG).raw)


def test_a_witness_alone_can_be_the_quorum() -> None:
    one = policy(f"log {LOG.verifier.vkey}", witness(X[0], "first"), witness(X[1], "second"), "quorum first")
    assert [each.by for each in one.open(cosigned(X[0]))[1]] == [LOG.verifier, X[0].verifier]
    with pytest.raises(Unverified, match=r"cosigned by witness.example/x2: not the quorum 'first'"):
        one.open(cosigned(X[1]))
    with pytest.raises(Unverified, match="cosigned by no witness"):
        one.open(cosigned())


def test_a_witness_that_signs_twice_counts_once() -> None:
    two = policy(
        f"log {LOG.verifier.vkey}", witness(X[0], "a"), witness(X[1], "b"), "group two 2 a b", "quorum two"
    )
    with pytest.raises(Unverified, match="not the quorum"):
        two.open(cosigned(X[0], X[0]))
    two.open(cosigned(X[0], X[0], X[1]))


def test_a_cosignature_that_fails_rejects_the_checkpoint_though_the_quorum_holds_without_it() -> None:
    one = policy(f"log {LOG.verifier.vkey}", witness(X[0], "a"), witness(X[1], "b"), "quorum a")
    lie = X[1].sign(NOTE.text + "more\n", NOW)
    with pytest.raises(Unverified, match=r"witness.example/x2 does not hold"):
        one.open(NOTE.with_signatures([X[0].sign(NOTE.text, NOW), lie]).raw)


def test_a_cosignature_from_the_future_does_not_count() -> None:
    found = policy(f"log {LOG.verifier.vkey}", witness(X[0], "w"), "quorum w")
    for time in (0, NOW, NOW + 300):
        assert found.open(cosigned(X[0], time=time), now=NOW)
    for time in (NOW + 301, 2**63 - 1):
        with pytest.raises(Unverified, match=r"witness.example/x1: a time in the future does not count"):
            found.open(cosigned(X[0], time=time), now=NOW)
        assert found.open(cosigned(X[0], time=time))


def test_the_key_of_a_log_is_no_witness() -> None:
    same_seed = Signer(LOG.verifier.name, bytes([1]) * 32, COSIGNATURE)
    found = policy(f"log {LOG.verifier.vkey}", witness(same_seed, "w"), "quorum w")
    assert same_seed.verifier.public == LOG.verifier.public
    with pytest.raises(Unverified, match="cosigned by no witness"):
        found.open(NOTE.raw)


def test_thirty_two_of_everything_and_more_are_accepted() -> None:
    logs = [a_log(at, f"log.example/{at}") for at in range(64)]
    witnesses = [a_witness(f"witness.example/{at}") for at in range(64)]
    lines = [f"log {each.verifier.vkey}" for each in logs]
    lines += [witness(each, f"w{at}") for at, each in enumerate(witnesses)]
    lines += [f"group g0 {'all'} w0", *(f"group g{at} all g{at - 1} w{at}" for at in range(1, 64))]
    nested = policy(*lines, "quorum g63")
    assert nested.satisfied(each.verifier for each in witnesses)
    assert not nested.satisfied(each.verifier for each in witnesses[1:])
    assert len(nested.logs) == len(nested.witnesses) == len(nested.groups) == 64


def test_names_are_octets_and_no_letter_is_another() -> None:
    kelvin = "\N{KELVIN SIGN}"
    both = policy(witness(X[0], "K"), witness(X[1], kelvin), witness(X[2], "k"), f"quorum {kelvin}")
    assert both.satisfied([X[1].verifier])
    assert not both.satisfied([X[0].verifier, X[2].verifier])
    # What is not UTF-8 is a name as well, and is written back as it was; so is a space that is not ASCII.
    raw = f"{witness(X[0], 'NAME')}\nquorum NAME\n".encode()
    for name in (b"\xff\xfe", b"\xe2\x84", "a\N{NO-BREAK SPACE}b".encode(), "é".encode(), "e\u0301".encode()):
        found = Policy.parse(raw.replace(b"NAME", name))
        assert found.raw == raw.replace(b"NAME", name)
        assert found.satisfied([X[0].verifier])


LOG_LINE = f"log {LOG.verifier.vkey}"
W = witness(X[0], "w")


@pytest.mark.parametrize(
    ("lines", "number", "reason"),
    [
        (["log"], 1, "are allowed"),
        ([f"{LOG_LINE} https://log.example more"], 1, "are allowed"),
        (["witness w"], 1, "are allowed"),
        ([f"{W} https://witness.example more"], 1, "are allowed"),
        ([W, "group g any"], 2, "are allowed"),
        ([W, "group g w"], 2, "are allowed"),
        ([W, "quorum"], 2, "are allowed"),
        ([W, "quorum w w"], 2, "are allowed"),
        (["Log x"], 1, "are allowed"),
        (["nonsense"], 1, "'nonsense'; log <vkey>"),
        (["quorum none # comment"], 1, "are allowed"),
        ([LOG_LINE, LOG_LINE], 2, "same public key"),
        ([LOG_LINE, f"log {a_log(1, 'log.example/other').verifier.vkey}"], 2, "same public key"),
        ([W, witness(X[0], "v")], 2, "same public key"),
        ([W, witness(X[1], "w")], 2, "'w' is taken"),
        ([witness(X[0], "none")], 1, "'none' is taken"),
        ([W, "group none any w"], 2, "'none' is taken"),
        ([W, "group w any w"], 2, "'w' is taken"),
        ([W, "group g any w", "group g any w"], 3, "'g' is taken"),
        ([W, "group g any w", witness(X[1], "g")], 3, "'g' is taken"),
        ([LOG_LINE, witness(X[0], LOG.verifier.vkey)], 2, "is taken"),
        ([witness(X[0], LOG.verifier.vkey), LOG_LINE], 2, "is taken"),
        ([W, "group g any v"], 2, "'v' is no witness or group of a line before"),
        ([W, "group g any g"], 2, "'g' is no witness or group of a line before"),
        ([W, "group g any none"], 2, "'none' is no witness"),
        (["group g any w", W], 1, "'w' is no witness"),
        ([W, "group g any w w"], 2, "'w' is a member for the second time"),
        ([W, "group g any w", "group h any w"], 3, "'w' is a member for the second time"),
        ([W, "group g any w", "group h any g w"], 3, "'w' is a member for the second time"),
        *(
            ([W, f"group g {least} w"], 2, "threshold")
            for least in ("0", "2", "-1", "+1", "01", "1.0", "All", "ANY", "one", "99999999999", "١")
        ),
        (["quorum w", W], 1, "'w' is no witness"),
        (["quorum none", "quorum none"], 2, "a second quorum"),
        ([f"log {X[0].verifier.vkey}"], 1, "type 0x04; 0x01 is allowed here"),
        ([f"witness w {LOG.verifier.vkey}"], 1, "type 0x01; 0x04 is allowed here"),
        ([f"log {LOG.verifier.vkey[:-1]}"], 1, "not base64"),
        (["log log.example/a"], 1, "name[+]id[+]key"),
        (["\N{NO-BREAK SPACE}quorum none"], 1, "are allowed"),
        (["# well", "", "nonsense"], 3, "are allowed"),
    ],
)
def test_a_wrong_line_is_named(lines: list[str], number: int, reason: str) -> None:
    with pytest.raises(Malformed, match=f"policy: line {number}: .*{reason}"):
        policy(*lines, *([] if any("quorum" in line for line in lines) else ["quorum none"]))


@pytest.mark.parametrize("byte", [*range(9), *range(11, 32), 127])
def test_control_characters_are_refused_also_in_comments(byte: int) -> None:
    with pytest.raises(Malformed, match="policy: byte 13: a control character"):
        Policy.parse(b"quorum none\n#" + bytes([byte]) + b"\n")


def test_a_quorum_is_never_left_out() -> None:
    for lines in ([], [LOG_LINE, W]):
        with pytest.raises(Malformed, match="no quorum line"):
            policy(*lines)
    with pytest.raises(Malformed, match=f"at most {LARGEST_POLICY}"):
        Policy.parse(b"#" * LARGEST_POLICY + b"\nquorum none\n")


@given(noise() | mutated(EXAMPLE, b"quorum none\n") | st.text(max_size=200).map(str.encode))
@settings(max_examples=400, deadline=None)
def test_any_bytes_are_refused_or_mean_what_is_written_back(raw: bytes) -> None:
    try:
        found = Policy.parse(raw)
    except Malformed:
        return
    assert Policy.parse(found.raw) == found
    assert Policy.parse(found.raw).raw == found.raw
    found.satisfied([])
