"""Daily roots over check-ins and what they were answered, and receipts made under them.

A leaf is SHA-256(0x00, salt, record): the record is canonical JSON, the salt HMAC-SHA256 of the check-in's
number by a key of its day, 32 random bytes that stay in the store. So a root tells nothing of any record, and
a receipt nothing of any other.
"""

import hmac
import math
import secrets
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from openleo.errors import InputError
from openleo.ledger.canonical import canonical, parse_canonical
from openleo.ledger.client import proof_of
from openleo.ledger.encoding import HASH_SIZE
from openleo.ledger.errors import Unverified
from openleo.ledger.merkle import (
    CompactRange,
    Node,
    check_inclusion,
    inclusion_proof,
    leaf_hash,
    leaf_hashes,
    parents,
)
from openleo.ledger.source import Source
from openleo.service.figures import BETWEEN, MOST_DAYS, SETTLED_US
from openleo.service.governance.entries import Day, read
from openleo.service.governance.receipts import RECORD, SALT_SIZE, VERSION, Receipt
from openleo.service.reasons import Reason, reasons_of
from openleo.service.records import Outcome
from openleo.service.store import digesting
from openleo.service.store.digesting import CHUNK, Digest
from openleo.service.store.stored import DAY_US, first_day, zone_regions

if TYPE_CHECKING:
    from openleo.service.store import Store

_LEVELS: Final = CHUNK.bit_length() - 1
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def date_of(day: int) -> date:
    """A day of the store, counted since 1970-01-01 UTC, as a date."""
    return _EPOCH.date() + timedelta(days=day)


class Records:
    """Check-ins as the records that are digested; what rule sets and zones are called is looked up once."""

    def __init__(self, store: "Store") -> None:
        self._store = store
        self._rules: dict[int, str] = {}
        self._zones: dict[tuple[int, int], str] = {}

    def raw(self, row: Sequence[Any], hardware: str) -> bytes:
        """A stored check-in, a row of DIGESTED as Python's own values, as canonical JSON.

        What is not known, or was taken out, is null. Numbers that were stored in single precision have seven
        digits, whichever database they were in. Written member by member, in their order: 5 us, where the
        ledger's encoder, which takes any value, needs 18.
        """
        (
            number, sequence, time_us, received_us, lat_deg, lon_deg, accuracy_m, outcome, reason, reasons,
            rules, zone, valid_us, retry_us, retry_km, rate_mbps, satellite, size,
        ) = row  # fmt: skip
        return (
            f'{{"accuracy_m":{_single(accuracy_m)},"checkpoint":{size if size >= 0 else "null"},'
            f'"hardware":{_spelled(hardware)},'
            f'"lat_deg":{_number(lat_deg)},"lon_deg":{_number(lon_deg)},"number":{number},'
            f'"outcome":{_outcome(outcome)},"rate_mbps":{_single(rate_mbps)},"reason":{_reason(reason)},'
            f'"reasons":{_reasons(reasons)},"received":{_time(received_us)},'
            f'"regions":{self._regions(rules, zone)},"retry_after":{_time(retry_us)},'
            f'"retry_km":{_single(retry_km)},"rules":{self._digest(rules)},'
            f'"satellite":{satellite if satellite >= 0 else "null"},"sequence":{sequence},'
            f'"time":{_time(time_us)},"type":"{RECORD}","valid_until":{_time(valid_us)},'
            f'"version":{VERSION}}}'
        ).encode()

    def _digest(self, rules: int) -> str:
        if rules not in self._rules:
            self._rules[rules] = _spelled(digesting.rule_digests(self._store).get(rules, ""))
        return self._rules[rules]

    def _regions(self, rules: int, zone: int) -> str:
        if (rules, zone) not in self._zones:
            names = zone_regions(self._store, rules) if zone >= 0 else {}
            found = [name for name in names.get(zone, "").split(BETWEEN) if name]
            self._zones[rules, zone] = canonical(found).decode()
        return self._zones[rules, zone]


@lru_cache(maxsize=65_536)
def _spelled(words: str) -> str:
    return canonical(words).decode()


def _number(value: float) -> str:
    return canonical(value).decode() if math.isfinite(value) else "null"


@lru_cache(maxsize=65_536)
def _single(value: float) -> str:
    return _number(float(f"{value:.7g}"))


@cache
def _outcome(outcome: int) -> str:
    return _spelled(Outcome(outcome).name.lower())


@cache
def _reason(reason: int) -> str:
    return canonical({"number": reason, "word": Reason(reason).word}).decode()


@lru_cache(maxsize=4096)
def _reasons(bits: int) -> str:
    return f"[{','.join(_reason(int(each)) for each in reasons_of(bits % 2**64))}]"


def _time(us: int) -> str:
    second = _second(us // 1_000_000) if us else ""
    return f'"{second}.{us % 1_000_000:06}Z"' if second else "null"


@lru_cache(maxsize=65_536)
def _second(seconds: int) -> str:
    try:
        return (_EPOCH + timedelta(seconds=seconds)).isoformat()[:19]
    except OverflowError:
        return ""


def salt_of(key: bytes, number: int) -> bytes:
    """The salt of a check-in: HMAC-SHA256 of its number, 8 bytes, big-endian, by the key of its day."""
    return hmac.digest(key, number.to_bytes(8, "big"), "sha256")


# ------------------------------------------------------------------ making roots


def digest_days(store: "Store", now_us: int, stop: Callable[[], bool] = lambda: False) -> list[Digest]:
    """Make the root of each day that is over and has none, from the first check-in on, a year back at most.

    A day is over when its figures are: some minutes after its end. stop: asked between parts whether to leave
    the rest for another time. Returns those that were made.
    """
    began = first_day(store)
    over = (now_us - SETTLED_US) // DAY_US
    if began is None:
        return []
    first = max(began, over - MOST_DAYS)
    there = {each.day for each in digesting.digests(store, first, over)}
    made = []
    for day in range(first, over):
        if day not in there:
            digest = digest_day(store, day, stop)
            if digest is None:
                break
            made.append(digest)
    return made


def digest_day(store: "Store", day: int, stop: Callable[[], bool] = lambda: False) -> Digest | None:
    """Make the root over a day's check-ins (days since 1970-01-01 UTC), and keep it with key and leaves.

    Nothing of it holds before all of it is kept; another server may make it at the same time, and the first
    holds. None where `stop` said so.
    """
    records, tree = Records(store), CompactRange()
    key, run = secrets.token_bytes(SALT_SIZE), secrets.randbits(62)
    for chunk, (rows, hardware) in enumerate(digesting.checkins_of(store, day)):
        if stop():
            return None
        leaves = []
        for row, of in zip(rows.tolist(), hardware, strict=True):
            leaves.append(salt_of(key, row[0]) + records.raw(row, of))
        hashes = leaf_hashes(leaves)
        part = CompactRange()
        part.extend(hashes)
        digesting.keep_leaves(store, day, run, chunk, int(rows["number"][0]), part.root(), hashes)
        tree.extend(hashes)
    digest = Digest(day, run, key, tree.size, tree.root())
    return digest if digesting.keep_digest(store, digest) else digesting.digests(store, day, day)[0]


# ------------------------------------------------------------------ making receipts


def receipt(store: "Store", number: int, source: Source) -> bytes:
    """The receipt of a check-in. number: under which it is stored. source: the log with the root of its day.

    Raises InputError where there is no such check-in, its day has no root in the log yet, or positions of
    that day are gone, and what `proof_of` raises; Unverified where store and log do not say the same.
    """
    found = digesting.checkin(store, number)
    if found is None:
        raise InputError(f"check-in {number}: the store {store.url} has none of that number")
    row, hardware = found
    day = int(row["received_us"]) // DAY_US
    digest = next(iter(digesting.digests(store, day, day)), None)
    if digest is None:
        raise InputError(
            f"check-in {number}: {date_of(day)} has no root yet; it is made when that day is over"
        )
    if digest.key is None:
        raise InputError(
            f"check-in {number}: positions of {date_of(day)} are gone, and with them the key of that day: "
            "receipts had to be asked for before"
        )
    if digest.entry < 0:
        raise InputError(f"check-in {number}: the root of {date_of(day)} is in no log yet; ask again later")
    record, salt = Records(store).raw(row.tolist(), hardware), salt_of(digest.key, number)
    leaf = leaf_hash(salt + record)
    chunks = digesting.chunks(store, digest)
    chunk = max(bisect_right([first for first, _ in chunks], number) - 1, 0)
    node = _nodes(store, digest, [root for _, root in chunks])
    here = digesting.hashes(store, digest, chunk) if chunks else b""
    places = range(0, len(here), HASH_SIZE)
    at = next((k for k, place in enumerate(places) if here[place : place + HASH_SIZE] == leaf), -1)
    if at < 0:
        raise Unverified(
            f"check-in {number}: what the store says of it now is not under the root of {date_of(day)}: its "
            "position was taken out since, or it was stored or changed after that root was made"
        )
    index = chunk * CHUNK + at
    path = tuple(inclusion_proof(node, index, digest.count))
    try:
        check_inclusion(digest.root, digest.count, index, leaf, path)
    except Unverified as error:
        raise Unverified(f"{store.url}: the leaves of {date_of(day)} were changed: {error}") from error
    proof = proof_of(source, digest.entry)
    entry = proof.extra or b""
    said = read(entry)
    if not isinstance(said, Day) or (said.day, said.root) != (str(date_of(day)), digest.root.hex()):
        raise Unverified(
            f"entry {digest.entry} of {source} is not the root of {date_of(day)} that the store has"
        )
    return Receipt(
        parse_canonical(record), salt, index, digest.count, path, entry, replace(proof, extra=None)
    ).raw


def _nodes(store: "Store", digest: Digest, roots: list[bytes]) -> Node:
    """The subtrees of a day: those above chunks from their roots, those below from the chunk's leaves."""

    @cache
    def below(chunk: int, level: int) -> bytes:
        return parents(below(chunk, level - 1)) if level else digesting.hashes(store, digest, chunk)

    @cache
    def above(level: int) -> bytes:
        return parents(above(level - 1)) if level else b"".join(roots)

    def node(level: int, index: int) -> bytes:
        if level >= _LEVELS:
            row = above(level - _LEVELS)
        else:
            chunk, index = divmod(index, CHUNK >> level)
            row = below(chunk, level)
        return row[index * HASH_SIZE : (index + 1) * HASH_SIZE]

    return node
