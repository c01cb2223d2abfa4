"""Claims that a person has confirmed: who tells them, how they were answered, who has reviewed them."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from openleo.service.reports.document import Interval
from openleo.service.reports.proposals import Mood

ClaimKind = Literal["asked", "decided", "contact", "sold", "used", "paid"]
Act = Literal["on", "off", "kept off", "never on", "limited", "other"]
AnswerKind = Literal["confirms", "confirms in part", "denies", "no comment", "silent since"]

CLAIM_KINDS: tuple[ClaimKind, ...] = get_args(ClaimKind)
ACTS: tuple[Act, ...] = get_args(Act)
ANSWER_KINDS: tuple[AnswerKind, ...] = get_args(AnswerKind)


@dataclass(frozen=True)
class Word:
    """On whose word something is told.

    who: as worded: an office, a body, or a role ("three officials"). named: whether a name or an office can
    be held to it. count: how many, 0 where it does not say. chain: through whom it came, the nearest first
    ("The Harbour Dispatch", "Agency N").
    """

    who: str = ""
    named: bool = False
    count: int = 0
    chain: tuple[str, ...] = ()


@dataclass(frozen=True)
class Telling:
    """One document that tells a claim: where in its text, in what mood, on whose word. by: who noted it.

    version: of the document, to whose text start and end belong; 0 for its last one when it is noted.
    """

    document: str
    start: int
    end: int
    mood: Mood
    word: Word = Word()
    by: str = ""
    version: int = 0


@dataclass(frozen=True)
class Answer:
    """What somebody who is concerned said to a claim.

    by: an office, a body, a role. what: what exactly is confirmed or denied, in the answer's own words;
    needed where it denies, or confirms in part. on: when; of "silent since", the day from which on.
    document, start, end: where it stands, "" and -1 for an answer that was given to the register itself.
    version: of that document, as of a telling.
    """

    claim: int
    kind: AnswerKind
    by: str
    what: str = ""
    on: date | None = None
    document: str = ""
    start: int = -1
    end: int = -1
    noted_by: str = ""
    version: int = 0


@dataclass(frozen=True)
class Claim:
    """That something happened, as documents tell it; nothing becomes one but by a person.

    number: its own in the register. where: a region's name in the rules, or a place in words. when: days,
    with the wording. by: who did it; behalf: on whose behalf; offices, bodies and roles. event: a word that
    the competing accounts of one event share, "" without any. tellings: the first is the one from which
    it was made. reviewed_by: a second person, "" while nobody has: until then it is private. asked: when the
    operator was asked to answer, None while nobody asked; asked_of: who that is, "" where nobody noted it.
    entry: of the log in which its salted hash stands, -1 without one.
    """

    number: int
    case: str
    kind: ClaimKind
    act: Act
    where: str
    when: Interval
    by: str
    behalf: str
    event: str
    tellings: tuple[Telling, ...]
    answers: tuple[Answer, ...] = ()
    noted_by: str = ""
    reviewed_by: str = ""
    asked: date | None = None
    entry: int = -1
    asked_of: str = ""
