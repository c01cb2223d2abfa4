"""Whom a verifier trusts: logs, witnesses, and how many of them must have seen a checkpoint.

C2SP tlog-policy has no version; this follows its text at commit 13027eee of the specifications' repository
(November 2026).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from openleo.ledger.checkpoint import Checkpoint, open_checkpoint
from openleo.ledger.encoding import shown
from openleo.ledger.errors import Malformed, Unverified
from openleo.ledger.note import COSIGNATURE, ED25519, Held, Verifier

LARGEST_POLICY: Final = 1 << 20
"""Bytes."""

NONE: Final = "none"
"""The quorum that asks for no witness."""


@dataclass(frozen=True)
class Group:
    """So many of these members, each a witness or a group defined before."""

    least: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """Which logs, which witnesses, which quorum.

    logs: keys by their order, whose names are origins. witnesses: keys by the policy's own names for them.
    urls: where one is given, by the name of a witness or the verifier key of a log.
    quorum: a witness, a group, or "none".
    """

    logs: tuple[Verifier, ...]
    witnesses: Mapping[str, Verifier]
    groups: Mapping[str, Group]
    quorum: str
    urls: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, raw: bytes) -> "Policy":
        """A policy from a file's bytes. Raises Malformed, naming the line and what is allowed."""
        if len(raw) > LARGEST_POLICY:
            raise Malformed(f"policy: {len(raw)} bytes; at most {LARGEST_POLICY} are allowed")
        stray = re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", raw)
        if stray:
            raise Malformed(f"policy: byte {stray.start()}: a control character other than tab and newline")
        reading = _Reading()
        # Names are opaque octets: whatever is not UTF-8 is kept apart, and no letter becomes another.
        for number, line in enumerate(raw.decode("utf-8", "surrogateescape").split("\n"), 1):
            words = [word for word in re.split("[ \t]+", line) if word]
            if words and not words[0].startswith("#"):
                try:
                    reading.line(*words)
                except Malformed as error:
                    raise Malformed(f"policy: line {number}: {error}") from None
        if reading.quorum is None:
            raise Malformed("policy: it has no quorum line; one is needed, such as: quorum none")
        return cls(
            tuple(reading.logs.values()), reading.witnesses, reading.groups, reading.quorum, reading.urls
        )

    @property
    def raw(self) -> bytes:
        """The policy as a file."""
        lines = [" ".join(("log", key.vkey, *self._url(key.vkey))) for key in self.logs]
        lines += [
            " ".join(("witness", name, key.vkey, *self._url(name))) for name, key in self.witnesses.items()
        ]
        for name, group in self.groups.items():
            lines.append(" ".join(("group", name, str(group.least), *group.members)))
        return "".join(f"{line}\n" for line in (*lines, f"quorum {self.quorum}")).encode(
            "utf-8", "surrogateescape"
        )

    def _url(self, of: str) -> tuple[str, ...]:
        return (self.urls[of],) if of in self.urls else ()

    @property
    def keys(self) -> tuple[Verifier, ...]:
        """The keys of all logs and witnesses."""
        return (*self.logs, *self.witnesses.values())

    def satisfied(self, cosigned: Iterable[Verifier]) -> bool:
        """Whether these witnesses are a quorum."""
        seen = {key.public for key in cosigned if key.kind == COSIGNATURE}
        holds = {name: key.public in seen for name, key in self.witnesses.items()}
        for name, group in self.groups.items():
            holds[name] = sum(holds[member] for member in group.members) >= group.least
        return self.quorum == NONE or holds[self.quorum]

    def open(
        self, raw: bytes, now: int | None = None, ahead_s: int = 300
    ) -> tuple[Checkpoint, tuple[Held, ...]]:
        """A checkpoint that this policy accepts, with the signatures of its keys.

        now: POSIX seconds; a cosignature more than `ahead_s` after it does not count. Without it, times are
        not looked at. Raises Malformed, and Unverified with the reason.
        """
        checkpoint, held = open_checkpoint(raw, self.keys)
        counted = [each for each in held if each.time is None or now is None or each.time <= now + ahead_s]
        if not self.satisfied(each.by for each in counted):
            names = ", ".join(each.by.name for each in counted if each.by.kind == COSIGNATURE) or "no witness"
            early = ", ".join(each.by.name for each in held if each not in counted)
            raise Unverified(
                f"the checkpoint of {checkpoint.origin} at size {checkpoint.size} was cosigned by {names}: "
                f"not the quorum {self.quorum!r} of the policy"
                + (f"; {early}: a time in the future does not count" if early else "")
            )
        return checkpoint, held


class _Reading:
    """The lines of a policy so far."""

    def __init__(self) -> None:
        self.logs: dict[str, Verifier] = {}
        self.witnesses: dict[str, Verifier] = {}
        self.groups: dict[str, Group] = {}
        self.urls: dict[str, str] = {}
        self.quorum: str | None = None
        self._members: set[str] = set()
        self._public: set[tuple[int, bytes]] = set()

    def line(self, keyword: str, *words: str) -> None:
        if keyword == "log" and len(words) in (1, 2):
            key = self._key(words[0], ED25519)
            self._new(key.vkey)
            self.logs[key.vkey] = key
            self.urls.update(zip([key.vkey], words[1:], strict=False))
        elif keyword == "witness" and len(words) in (2, 3):
            self._new(words[0])
            self.witnesses[words[0]] = self._key(words[1], COSIGNATURE)
            self.urls.update(zip([words[0]], words[2:], strict=False))
        elif keyword == "group" and len(words) >= 3:
            self._group(*words)
        elif keyword == "quorum" and len(words) == 1:
            if self.quorum is not None:
                raise Malformed("a second quorum; one is allowed")
            if words[0] != NONE:
                self._defined(words[0])
            self.quorum = words[0]
        else:
            raise Malformed(
                f"{shown(' '.join((keyword, *words)))}; log <vkey> [<url>], witness <name> <vkey> [<url>], "
                "group <name> <all|any|k> <name>..., quorum <name> are allowed"
            )

    def _group(self, name: str, least: str, *members: str) -> None:
        self._new(name)
        for member in members:
            self._defined(member)
            if member in self._members:
                raise Malformed(f"{shown(member)} is a member for the second time; once is allowed")
            self._members.add(member)
        needed = {"any": "1", "all": str(len(members))}.get(least, least)
        if not re.fullmatch(r"[1-9]\d{0,5}", needed, re.ASCII) or int(needed) > len(members):
            raise Malformed(f"threshold {shown(least)}; any, all, or 1 to {len(members)} are allowed")
        self.groups[name] = Group(int(needed), members)

    def _new(self, name: str) -> None:
        # The verifier keys of logs are names too: `urls` is found by either.
        if name == NONE or name in self.logs or name in self.witnesses or name in self.groups:
            raise Malformed(f"name {shown(name)} is taken")

    def _defined(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise Malformed(f"{shown(name)} is no witness or group of a line before")

    def _key(self, vkey: str, kind: int) -> Verifier:
        found = Verifier.parse(vkey)
        if found.kind != kind:
            raise Malformed(f"key {found.name}: type 0x{found.kind:02x}; 0x{kind:02x} is allowed here")
        if (kind, found.public) in self._public:
            raise Malformed(f"key {found.name}: the same public key stands in a line before")
        self._public.add((kind, found.public))
        return found
