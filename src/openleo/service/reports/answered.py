"""Whether whoever was asked about a claim has answered: neither silence nor what was said before is that."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from openleo.service.reports.claims import Answer, Claim
from openleo.service.reports.prose.aliases import same_name
from openleo.service.reports.prose.language import languages, table

SILENCE: Final = "silent since"


def words_for(operator: Iterable[str]) -> tuple[str, ...]:
    """Names of whoever was asked, and words for it in each language, as `is_asked` takes them."""
    words = [word for each in languages() for word in table(each, "compare").get("operator", ())]
    return tuple(each.casefold() for each in (*operator, *words))


def silent(claims: Sequence[Claim]) -> set[str]:
    """Who is noted as silent since the day on which the operator was asked: that is whom it was asked of."""
    return {
        answer.by
        for claim in claims
        for answer in claim.answers
        if answer.kind == SILENCE and answer.on is not None and answer.on == claim.asked
    }


def is_asked(by: str, asked_of: str, operator: Iterable[str], known: Mapping[str, str]) -> bool:
    """Whether a name may be that of whoever was asked: nobody is called silent for a spelling.

    operator: as `words_for` gives it. known: names that a person has confirmed, by their spellings.
    """
    names = (*operator, *([asked_of.casefold()] if asked_of else []))
    return any(each in by.casefold() for each in names) or bool(same_name(asked_of, by, known))


def is_answered(claim: Claim, operator: Iterable[str], known: Mapping[str, str]) -> bool:
    """Whether whoever was asked about a claim answered, to whomever, on the day of the question or later.

    What was said before it was asked is an answer to somebody else, and stands as such; one whose day nobody
    noted is taken for one that came after. operator, known: as `is_asked` takes them.
    """
    return any(
        answer.kind != SILENCE
        and not _before(answer, claim.asked)
        and is_asked(answer.by, claim.asked_of, operator, known)
        for answer in claim.answers
    )


def _before(answer: Answer, asked: date | None) -> bool:
    return asked is not None and answer.on is not None and answer.on < asked


def unanswered(claims: Sequence[Claim], known: Mapping[str, str]) -> tuple[Claim, ...]:
    """Claims that nobody has answered, and those about which somebody was asked who has not answered since.

    known: as `is_asked` takes it.
    """
    operator = words_for(silent(claims))
    return tuple(
        each
        for each in claims
        if all(answer.kind == SILENCE for answer in each.answers)
        or (each.asked is not None and not is_answered(each, operator, known))
    )
