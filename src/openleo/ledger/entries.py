"""Entries: what the log says, one canonical JSON object each, with a type, a version and a time."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Any, ClassVar, Final

from openleo.ledger.canonical import LARGEST_INTEGER, canonical, parse_canonical
from openleo.ledger.errors import Malformed, Refused, Unverified
from openleo.ledger.note import ED25519, Signer, Verifier, signature_of
from openleo.ledger.objects import MEMBERS, check_name
from openleo.ledger.objects import ObjectRef as ObjectRef
from openleo.ledger.objects import objects_in as objects_in
from openleo.ledger.policy import Policy
from openleo.ledger.tiles import LONGEST_ENTRY

LONGEST_WORDS: Final = 4096
"""Characters (Unicode code points) of a public text in an entry: about, title, reason."""
MOST_KEYS: Final = 16
"""Keys that a log may sign with at once."""

_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
# Controls but newline, line separators, and the marks that change the order in which a text is shown.
_HIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def seconds_of(time: str, what: str = "time") -> int:
    """POSIX seconds of a time as entries have it, `2026-11-21T17:00:00Z`; raises Refused for another form."""
    seconds = _seconds_of(time) if isinstance(time, str) else None
    if seconds is None:
        raise Refused(f"{what}: {str(time)[:40]!r}; a UTC time such as 2026-11-21T17:00:00Z is allowed")
    return seconds


@lru_cache(maxsize=4096)
def _seconds_of(time: str) -> int | None:
    if not _TIME.fullmatch(time):
        return None
    try:
        return int(datetime.fromisoformat(time).timestamp())
    except ValueError:
        return None


def time_of(seconds: float) -> str:
    """A time as entries have it, from POSIX seconds; raises Refused outside the years 1 to 9999."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()[:19] + "Z"
    except (ValueError, OverflowError, OSError):
        raise Refused(f"time: {seconds} s; the years 1 to 9999 are allowed") from None


@dataclass(frozen=True)
class Keys:
    """Which keys sign the log from this entry on, and under which policy it wants to be read.

    log: verifier keys, each of the log's origin. policy: a tlog-policy with the same log keys. reason: public
    words. signatures: note signature lines without newline, over the text to sign.
    """

    type: ClassVar[str] = "keys"
    version: ClassVar[int] = 1
    objects: ClassVar[tuple[ObjectRef, ...]] = ()

    time: str
    log: tuple[str, ...]
    policy: str
    reason: str
    signatures: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        seconds_of(self.time, "keys: time")
        _words("keys: reason", self.reason)
        _strings("keys: log", self.log)
        _strings("keys: signatures", self.signatures)
        if not isinstance(self.policy, str) or _HIDDEN.search(self.policy.replace("\t", " ")):
            raise Refused("keys: policy: text without control characters is allowed")
        try:
            keys, policy = self.verifiers, self.policy_parsed
            for at, line in enumerate(self.signatures):
                signature_of(line, f"signature {at}")
        except Malformed as error:
            raise Refused(f"keys: {error}") from None
        if not 1 <= len(keys) <= MOST_KEYS:
            raise Refused(f"keys: log: {len(keys)} keys; 1 to {MOST_KEYS} are allowed")
        for key in keys:
            if key.kind != ED25519 or key.name != keys[0].name:
                raise Refused(f"keys: log: {key.vkey}; Ed25519 keys of one origin are allowed")
        if len({key.public for key in keys}) != len(keys):
            raise Refused("keys: log: the same key stands there twice")
        if set(policy.logs) != set(keys):
            raise Refused("keys: policy: its log keys are not those of the entry")

    @cached_property
    def verifiers(self) -> tuple[Verifier, ...]:
        """The keys that sign the log from here on."""
        return tuple(map(Verifier.parse, self.log))

    @cached_property
    def policy_parsed(self) -> Policy:
        """The policy under which the log wants to be read from here on."""
        return Policy.parse(self.policy.encode())

    @property
    def signed_text(self) -> str:
        """What its signatures are over: the canonical JSON of the entry without them, and a newline."""
        return canonical({k: v for k, v in self.value.items() if k != "signatures"}).decode() + "\n"

    def signed(self, signers: Iterable[Signer]) -> "Keys":
        """The same entry with the signatures of these keys added, each in place of an earlier one of it."""
        new = [each.sign(self.signed_text) for each in signers]
        ids = {(each.name, each.key_id) for each in new}
        old = [line for line in self.signatures if _id_of(line) not in ids]
        return replace(self, signatures=(*old, *(each.line[:-1] for each in new)))

    def check(self, before: Sequence[Verifier]) -> None:
        """Check its signatures: one by each key in force before and by each key that it names, and no other.

        before: the keys of the Keys entry before; none for entry 0, which its own keys sign.
        Raises Unverified, naming the key.
        """
        needed: dict[tuple[str, bytes], Verifier] = {}
        for key in (*before, *self.verifiers):
            if key.name != self.verifiers[0].name:
                raise Unverified(f"keys: they are of {self.verifiers[0].name}; the log is {key.name}")
            # Ids have four bytes: a key can be made whose id is that of another, to sign in its place.
            if needed.setdefault((key.name, key.key_id), key) != key:
                raise Unverified(f"keys: {key.vkey}: another key has the same id")
        for at, line in enumerate(self.signatures):
            by = needed.pop(_id_of(line), None)
            if by is None:
                raise Unverified(f"keys: signature {at}: of no key in force, or the second of one")
            by.check(self.signed_text, signature_of(line))
        if needed:
            missing = ", ".join(key.vkey for key in needed.values())
            raise Unverified(f"keys: the signature of {missing} is missing")

    @property
    def value(self) -> dict[str, Any]:
        """The entry as a JSON value."""
        return _value(self, log=list(self.log), signatures=list(self.signatures))

    @property
    def raw(self) -> bytes:
        """The entry as bytes."""
        return _raw(self.value)


@dataclass(frozen=True)
class Commitment:
    """The name of an object that is still kept back, and when it will be shown.

    digest: SHA-256 of the object file, hex. reveal_by: a time. about: public words.
    """

    type: ClassVar[str] = "commitment"
    version: ClassVar[int] = 1
    objects: ClassVar[tuple[ObjectRef, ...]] = ()

    time: str
    digest: str
    reveal_by: str
    about: str

    def __post_init__(self) -> None:
        seconds_of(self.time, "commitment: time")
        check_name(self.digest, "commitment: digest")
        seconds_of(self.reveal_by, "commitment: reveal_by")
        _words("commitment: about", self.about)

    @property
    def value(self) -> dict[str, Any]:
        """The entry as a JSON value."""
        return _value(self)

    @property
    def raw(self) -> bytes:
        """The entry as bytes."""
        return _raw(self.value)


@dataclass(frozen=True)
class Reveal:
    """An object that a commitment had kept back, shown.

    commitment: the index of its entry, which must come before this one.
    """

    type: ClassVar[str] = "reveal"
    version: ClassVar[int] = 1

    time: str
    commitment: int
    text: ObjectRef

    def __post_init__(self) -> None:
        seconds_of(self.time, "reveal: time")
        if type(self.commitment) is not int or not 0 <= self.commitment <= LARGEST_INTEGER:
            raise Refused(
                f"reveal: commitment: {str(self.commitment)[:40]}; the index of an entry is allowed"
            )
        _reference("reveal: text", self.text)

    def check(self, commitment: "Commitment") -> None:
        """Check that it shows the object that was committed to; raises Unverified where it is another."""
        if self.text.object != commitment.digest:
            raise Unverified(
                f"reveal: text: object {self.text.object}; "
                f"the commitment of entry {self.commitment} is to {commitment.digest}"
            )

    @property
    def objects(self) -> tuple[ObjectRef, ...]:
        """The objects that it names."""
        return (self.text,)

    @property
    def value(self) -> dict[str, Any]:
        """The entry as a JSON value."""
        return _value(self, text=self.text.value)

    @property
    def raw(self) -> bytes:
        """The entry as bytes."""
        return _raw(self.value)


@dataclass(frozen=True)
class Text:
    """A text that stands beside the log, with a title, which may be empty, in it."""

    type: ClassVar[str] = "note"
    version: ClassVar[int] = 1

    time: str
    title: str
    text: ObjectRef

    def __post_init__(self) -> None:
        seconds_of(self.time, "note: time")
        _words("note: title", self.title)
        _reference("note: text", self.text)

    @property
    def objects(self) -> tuple[ObjectRef, ...]:
        """The objects that it names."""
        return (self.text,)

    @property
    def value(self) -> dict[str, Any]:
        """The entry as a JSON value."""
        return _value(self, text=self.text.value)

    @property
    def raw(self) -> bytes:
        """The entry as bytes."""
        return _raw(self.value)


@dataclass(frozen=True)
class Withdrawal:
    """An object that the log no longer holds, and why: its name stays, its content may go.

    withdraws: SHA-256 of the object file, hex. reason: public words.
    """

    type: ClassVar[str] = "withdrawal"
    version: ClassVar[int] = 1
    objects: ClassVar[tuple[ObjectRef, ...]] = ()

    time: str
    withdraws: str
    reason: str

    def __post_init__(self) -> None:
        seconds_of(self.time, "withdrawal: time")
        check_name(self.withdraws, "withdrawal: withdraws")
        _words("withdrawal: reason", self.reason)

    @property
    def value(self) -> dict[str, Any]:
        """The entry as a JSON value."""
        return _value(self)

    @property
    def raw(self) -> bytes:
        """The entry as bytes."""
        return _raw(self.value)


@dataclass(frozen=True)
class Unknown:
    """An entry of a type or version that is not ours to understand: kept as it is, and counted.

    raw: its bytes. value: the whole JSON object. objects: those that it names.
    """

    raw: bytes
    type: str
    version: int
    time: str
    value: dict[str, Any] = field(compare=False)
    objects: tuple[ObjectRef, ...] = ()


Entry = Keys | Commitment | Reveal | Text | Withdrawal | Unknown

_Known = type[Keys] | type[Commitment] | type[Reveal] | type[Text] | type[Withdrawal]
_KNOWN: Final[dict[tuple[str, int], _Known]] = {
    (kind.type, kind.version): kind for kind in (Keys, Commitment, Reveal, Text, Withdrawal)
}
_MEMBERS: Final = {
    kind: frozenset((*(each.name for each in fields(kind)), "type", "version")) for kind in _KNOWN.values()
}


def read_entry(raw: bytes) -> Entry:
    """An entry from its bytes; one of an unknown type or version comes as Unknown.

    Raises Malformed where it is longer than 65 535 bytes, not canonical JSON, or no JSON object with a type,
    a version and a time; where one of a known type and version has a member too few, too many or wrong; and
    where an object is named wrongly.
    """
    if len(raw) > LONGEST_ENTRY:
        raise Malformed(f"entry: {len(raw)} bytes; at most {LONGEST_ENTRY} are allowed")
    value = parse_canonical(raw)
    if type(value) is not dict:
        raise Malformed("entry: a JSON object with type, version and time is allowed")
    kind, version = value.get("type"), value.get("version")
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        raise Malformed(
            f"entry: type: {str(kind)[:80]!r}; 1 to 64 letters, digits, dots, slashes and dashes are allowed"
        )
    if type(version) is not int or version < 1:
        raise Malformed(f"{kind}: version: {str(version)[:40]}; an integer from 1 on is allowed")
    try:
        known = _KNOWN.get((kind, version))
        if known is not None:
            return _read_known(known, value)
        time: Any = value.get("time")
        seconds_of(time, f"{kind}: time")
        # A walk through the value costs as much as parsing it, and few entries name an object.
        objects = tuple(objects_in(value)) if b'"object":' in raw else ()
    except Refused as error:
        raise Malformed(str(error)) from None
    return Unknown(raw, kind, version, time, value, objects)


def _read_known(known: _Known, value: dict[str, Any]) -> Entry:
    members = _MEMBERS[known]
    if value.keys() != members:
        wrong = ", ".join(
            [f"{name} is missing" for name in sorted(members - value.keys())]
            + [f"{name[:40]!r} is not of it" for name in sorted(value.keys() - members)][:5]
        )
        raise Malformed(f"{known.type}: {wrong}; version {known.version} has {', '.join(sorted(members))}")
    given = {}
    for name, member in value.items():
        if isinstance(member, list):
            member = tuple(member)
        elif isinstance(member, dict):
            if member.keys() != MEMBERS:
                raise Malformed(f"{known.type}: {name}: no reference; object, size and media are allowed")
            member = ObjectRef(**member)
        if name not in ("type", "version"):
            given[name] = member
    return known(**given)


def _value(entry: Any, **written: Any) -> dict[str, Any]:
    """The JSON value of a known entry: its fields, some written otherwise than they are held."""
    plain = {each.name: getattr(entry, each.name) for each in fields(entry)}
    return {"type": entry.type, "version": entry.version, **plain, **written}


def _raw(value: dict[str, Any]) -> bytes:
    raw = canonical(value)
    if len(raw) > LONGEST_ENTRY:
        raise Refused(f"{value['type']}: {len(raw)} bytes; at most {LONGEST_ENTRY} are allowed")
    return raw


def _words(what: str, words: str) -> None:
    if not isinstance(words, str) or len(words) > LONGEST_WORDS:
        raise Refused(f"{what}: text of at most {LONGEST_WORDS} characters is allowed")
    hidden = _HIDDEN.search(words)
    if hidden:
        raise Refused(
            f"{what}: character {hidden.start()}, U+{ord(hidden[0]):04X}; text without control characters "
            "other than newline is allowed"
        )


def _strings(what: str, strings: tuple[str, ...]) -> None:
    if not isinstance(strings, tuple) or not all(isinstance(each, str) for each in strings):
        raise Refused(f"{what}: a list of strings is allowed")
    for each in strings:
        _words(what, each)


def _reference(what: str, text: ObjectRef) -> None:
    if not isinstance(text, ObjectRef):
        raise Refused(f"{what}: a reference with object, size and media is allowed")


def _id_of(line: str) -> tuple[str, bytes]:
    signature = signature_of(line)
    return signature.name, signature.key_id
