"""Who closes a day: roots that others put into the log, signed or not, and what a receipt proves then."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from digested import DAY, after, checked_in, figures, filled
from enforced_log import Governed, governed, public

from openleo.cli import openleo
from openleo.errors import InputError
from openleo.formats.toml import parse
from openleo.ledger.canonical import canonical
from openleo.ledger.errors import Refused, Unverified
from openleo.ledger.log import Log
from openleo.ledger.source import Folder
from openleo.service.governance.days import publish_days
from openleo.service.governance.digests import digest_days, receipt
from openleo.service.governance.draft import ApproverKey
from openleo.service.governance.entries import Day, read, signed
from openleo.service.governance.receipts import check_counts, verify_receipt
from openleo.service.governance.recorder import is_of
from openleo.service.governance.seen import seen
from openleo.service.rulefile import RuleFile
from openleo.service.store import Store
from openleo.service.store.digesting import digests
from openleo.service.store.digesting import entered as mark_entered

KEY = ApproverKey("days", b"d" * 32)
OTHER = ApproverKey("others", b"o" * 32)
NAMED = f'recorder = "{KEY.public}"'
DATE = "2026-07-01"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Governed]:
    with governed(tmp_path) as made:
        yield made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with five check-ins of one day, whose root is made."""
    with Store.open(str(tmp_path / "store.db")) as opened:
        filled(opened)
        checked_in(opened, DAY, range(5))
        digest_days(opened, after(DAY))
        yield opened


def named(log: Governed) -> None:
    """Rules hold in the log that name a recorder."""
    log.publish(in_s=10, more=NAMED)
    log.clock.pass_s(20)


def intruder(log: Governed, key: ApproverKey | None = None, root: str = "e" * 64) -> None:
    """Somebody who may write to the log enters a root of the day."""
    day = Day("log.example/rules", log.log.now(), DATE, root, 5, {}, None)
    log.append((signed(day, key.seed) if key else day).raw)


def closed(store: Store, log: Governed, key: ApproverKey | None) -> dict[int, int]:
    return publish_days(
        store, figures(store, DAY), log.log, after(DAY), seed=key.seed if key else None, recorder=KEY.public
    )


def days(log: Governed) -> list[Day]:
    found = (read(raw) for raw in log.log.tree().entries())
    return [each for each in found if isinstance(each, Day)]


def test_a_day_is_closed_with_the_key_that_the_rules_name_and_with_no_other(
    store: Store, log: Governed
) -> None:
    named(log)
    for key, said in ((None, "no key is given"), (OTHER, f"the key of {OTHER.public[:16]}")):
        with pytest.raises(Refused, match=said):
            closed(store, log, key)
    assert days(log) == []
    made = closed(store, log, KEY)
    (day,) = days(log)
    assert day.signature is not None
    assert [(index, each.day) for index, each in log.said.days] == [(made[DAY], DATE)]
    assert closed(store, log, KEY) == {}


@pytest.mark.parametrize("key", [None, OTHER], ids=["unsigned", "by another key"])
def test_a_root_that_somebody_else_put_there_first_does_not_stop_the_true_one(
    store: Store, log: Governed, key: ApproverKey | None
) -> None:
    named(log)
    intruder(log, key)
    made = closed(store, log, KEY)
    assert [index for index, _ in log.said.days] == [made[DAY]]
    (refused,) = log.said.refused
    assert refused.index < made[DAY]
    assert ("is missing" if key is None else "not that of the recorder") in refused.why
    found = verify_receipt(receipt(store, 0, Folder(log.public)), log.policy)
    check_counts(found, log.said)


def entered(store: Store, log: Log, key: ApproverKey | None = None) -> bytes:
    """The root of a store put into a log whatever stands there, and a receipt under it."""
    (digest,) = digests(store, DAY, DAY)
    origin = log.published.origin
    day = Day(origin, log.now(), DATE, digest.root.hex(), digest.count, {}, None)
    (index,) = log.append([(signed(day, key.seed) if key else day).raw])
    log.append([seen(log.checkpoint, log.now())])
    mark_entered(store, origin, {DAY: index}, index + 1)
    return receipt(store, 0, Folder(log.store.public))


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Store]:
    """Another book of the same day, in which all were refused."""
    with Store.open(str(tmp_path / "second.db")) as opened:
        filled(opened)
        checked_in(opened, DAY, range(5), refused=True)
        digest_days(opened, after(DAY))
        yield opened


def test_of_two_roots_that_are_signed_the_first_counts_and_a_receipt_of_the_second_is_told_so(
    store: Store, second: Store, log: Governed
) -> None:
    named(log)
    made = closed(store, log, KEY)
    raw = receipt(store, 0, Folder(log.public))
    check_counts(verify_receipt(raw, log.policy), log.said)
    found = verify_receipt(entered(second, log.log, KEY), log.policy)  # alone it is a root of that day
    with pytest.raises(Unverified, match=rf"entry {found.entry} does not count .*that of entry {made[DAY]}"):
        check_counts(found, log.said)


def test_a_root_that_no_witness_is_known_to_have_seen_does_not_count_yet(store: Store, log: Governed) -> None:
    named(log)
    (digest,) = digests(store, DAY, DAY)
    day = Day("log.example/rules", log.log.now(), DATE, digest.root.hex(), digest.count, {}, None)
    (index,) = log.log.append([signed(day, KEY.seed).raw])
    mark_entered(store, "log.example/rules", {DAY: index}, index + 1)
    found = verify_receipt(receipt(store, 0, Folder(log.public)), log.policy)
    with pytest.raises(Unverified, match="ask again later"):
        check_counts(found, log.said)
    log.log.append([seen(log.log.checkpoint, log.log.now())])
    check_counts(found, log.said)


def test_a_root_for_another_log_does_not_count(log: Governed) -> None:
    log.publish(in_s=10)
    log.clock.pass_s(20)
    day = Day("log.example/other", log.log.now(), DATE, "a" * 64, 5, {}, None)
    log.append(day.raw)
    assert log.said.days == ()
    (refused,) = log.said.refused
    assert "log.example/other" in refused.why


def test_without_a_recorder_in_the_rules_whoever_writes_first_closes_the_day(log: Governed) -> None:
    log.publish(in_s=10)
    log.clock.pass_s(20)
    intruder(log)
    assert [each.root for _, each in log.said.days] == ["e" * 64]


def run(*words: object, code: int = 0) -> str:
    """What a command says; whitespace is one space, for lines are as wide as the terminal."""
    found = CliRunner().invoke(openleo, ["receipt", *map(str, words)])
    assert found.exit_code == code, found.output + str(found.exception)
    return " ".join((found.stderr if code else found.stdout).split())


def test_nothing_is_published_without_the_key_that_the_rules_of_the_log_name(
    store: Store, tmp_path: Path
) -> None:
    with governed(tmp_path) as log:
        named(log)
        folder = log.log.store.folder
        before = log.log.published.size
    where = ("--store", store.url, "--log", folder)
    assert f"the rules name the recorder {KEY.public[:16]}" in run("publish", *where, code=2)
    OTHER.write(tmp_path / "others.key")
    said = run("publish", *where, "--recorder", tmp_path / "others.key", code=2)
    assert f"the key of {OTHER.public[:16]}... is given" in said
    with Log.open(folder) as opened:
        assert opened.published.size == before


def test_the_commands_sign_a_root_and_look_whether_it_is_the_one_that_counts(
    store: Store, second: Store, tmp_path: Path
) -> None:
    folder, policy, key = tmp_path / "days", tmp_path / "days" / "policy", tmp_path / "days.key"
    Log.create(folder, "log.example/days")
    KEY.write(key)
    run("publish", "--store", store.url, "--log", folder, "--recorder", key)
    run("make", 0, "-o", tmp_path / "first", "--store", store.url, "--log", folder)
    with Log.open(folder) as log:
        (tmp_path / "second").write_bytes(entered(second, log))
    day = read(canonical(json.loads((tmp_path / "first").read_bytes())["day"]))
    assert isinstance(day, Day)
    assert is_of(KEY.public, day)
    looked = ("--policy", policy, "--ledger", folder)
    assert "this file does not say: --ledger looks." in run("verify", tmp_path / "first", *looked[:2])
    assert "it is the root of that day that counts there" in run("verify", tmp_path / "first", *looked)
    for which, counts in ((looked[:2], None), (looked, True)):
        assert json.loads(run("verify", tmp_path / "first", *which, "--json"))["counts"] is counts
    assert "stands under a root of 2026-07-01" in run("verify", tmp_path / "second", *looked[:2])
    assert "does not count in log.example/days" in run("verify", tmp_path / "second", *looked, code=3)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("ab", "recorder: 'ab' given; 64 digits"),
        ("00" * 32, "recorder: 00"),
        (public("North"), "the key of 'North' given; one of its own"),
    ],
)
def test_a_recorder_is_a_key_of_its_own(value: str, said: str) -> None:
    text = (
        f'name = "r"\n[governance]\nrecorder = "{value}"\n[[approvers]]\nname = "North"\n'
        f'organisation = "N"\nkey = "{public("North")}"\n[[approvers]]\nname = "South"\norganisation = "S"\n'
        f'key = "{public("South")}"\n[elsewhere]\nlicence = "licensed"\n[[plans]]\nname = "p"\n'
    )
    with pytest.raises(InputError, match=said):
        parse(RuleFile, tomllib.loads(text), "rules: ")
