"""All that a log says of rules as one story, in sentences, English and French."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from openleo.ledger.entries import Commitment
from openleo.service.governance.record import Asked, Placed, Record
from openleo.service.governance.telling.asked import asked_lines, contract_lines, kept_back_line
from openleo.service.governance.telling.reported import reported_lines
from openleo.service.governance.telling.state import (
    held_lines,
    overdue_lines,
    placed_lines,
    refusal_line,
    seen_line,
    unseen_line,
)
from openleo.service.governance.telling.words import counted, indented, pick, said_by
from openleo.service.reasons import Language
from openleo.service.regions import map_hash

if TYPE_CHECKING:
    from openleo.service.governance.account import Account

KeptBack = Sequence[tuple[int, Commitment, bool]]
"""Commitments that were not kept yet, as `Account.kept_back` has them."""


def story(account: "Account", now_s: float, language: Language = "en") -> list[str]:
    """What held when and by whose approval; then each change and each request, in the order of the log."""
    record = account.full
    if account.wrong:
        return [said_by(account.wrong)]
    lines = [
        _head(record, language),
        "",
        *held_lines(record, language),
    ]
    told = [(each.index, change_told(account, each, now_s, language)) for each in record.changes]
    told += [(each.index, asked_told(account, each, language)) for each in record.requests]
    told += [(each.index, reported_lines(each, language)) for each in record.reports]
    placed_at = {each.index for each in record.changes}
    told += [
        (each.index, [refusal_line(each, language)]) for each in record.refused if each.index not in placed_at
    ]
    told += [(index, [unseen_line(index, act, language)]) for index, act in record.unseen]
    kept_back = account.kept_back(int(now_s))
    told += contracts_told(account, kept_back, language)
    told += [
        (index, [kept_back_line(index, each, late, language)])
        for index, each, late in kept_otherwise(record, kept_back)
    ]
    if told:
        lines += ["", pick(language, "Entry by entry:", "Entrée par entrée :")]
    for _, each_lines in sorted(told, key=lambda pair: pair[0]):
        lines += ["", *indented(each_lines)]
    if record.days:
        lines += ["", _days_line(record, language)]
    return lines + overdue_lines(record, now_s, language)


def change_told(
    account: "Account", placed: Placed, now_s: float, language: Language = "en", *, concern: str = ""
) -> list[str]:
    """A change with who saw it; concern: a sentence that goes behind the first line."""
    sightings = account.sightings(placed.index)
    title, *lines = placed_lines(placed, account.full, sightings, now_s, language)
    if placed.index in account.doubts:
        doubt = said_by(account.doubts[placed.index])
        lines.append(
            pick(
                language,
                f"NO CONTROLLER ENFORCES IT: its rules are not those that it states: {doubt}",
                f"AUCUN CONTRÔLEUR NE L'APPLIQUE : ses règles ne sont pas celles qu'il annonce : {doubt}",
            )
        )
    elif not placed.refused and placed.change.maps != map_hash():
        lines.append(
            pick(
                language,
                "This program has other maps than those that it was laid out on: whether its rules are those "
                "that it states cannot be said here.",
                "Ce programme a d'autres cartes que celles sur lesquelles il a été établi : on ne peut dire "
                "ici si ses règles sont celles qu'il annonce.",
            )
        )
    return [title, *([concern] if concern else []), *lines]


def asked_told(account: "Account", asked: Asked, language: Language = "en") -> list[str]:
    """A request with what was said, whether what was kept back was shown in time, and who saw the entry."""
    kept = account.commitments.get(asked.request.commitment)
    seen = seen_line(account.sightings(asked.index), asked.cosigned_s, language)
    lines = asked_lines(asked, language, account.words.get(asked.index, ""), kept, seen)
    if otherwise := account.otherwise.get(asked.index):
        names = ", ".join(otherwise)
        lines.append(
            pick(
                language,
                f"WHAT WAS SEALED SAYS SOMETHING ELSE THAN THIS ENTRY, or nothing, of: {names}.",
                f"CE QUI ÉTAIT SCELLÉ DIT AUTRE CHOSE QUE CETTE ENTRÉE, ou rien, de : {names}.",
            )
        )
    return lines


def contracts_told(
    account: "Account", kept_back: KeptBack, language: Language = "en"
) -> list[tuple[int, list[str]]]:
    """Contracts with the indices of their entries."""
    kept = {index: (each, late) for index, each, late in kept_back}
    told = []
    for index, each in account.record.contracts:
        words = account.words.get(index, "")
        lines = contract_lines(each, index, kept.get(each.commitment), language, words)
        if each.commitment >= 0 and each.commitment not in kept and not words:
            lines.append(
                pick(
                    language,
                    "It is kept back no more: it was shown, or withdrawn with a reason.",
                    "Il n'est plus gardé : il a été montré, ou retiré avec un motif.",
                )
            )
        told.append((index, lines))
    return told


def kept_otherwise(record: Record, kept_back: KeptBack) -> list[tuple[int, Commitment, bool]]:
    """What is kept back and is not the text of a contract, which is told with it."""
    of_contracts = {each.commitment for _, each in record.contracts}
    return [each for each in kept_back if each[0] not in of_contracts]


def _head(record: Record, language: Language) -> str:
    changes = counted(language, len(record.changes), "change", "changes", "changement", "changements")
    requests = counted(language, len(record.requests), "request", "requests", "demande", "demandes")
    refused = len(record.refused)
    if language == "fr":
        entries = counted(language, record.counted, "", "", "entrée compte", "entrées comptent")
        none = "aucune n'est refusée" if not refused else counted(
            language, refused, "", "", "ne compte pas", "ne comptent pas"
        )  # fmt: skip
        return f"Règles : {changes}, {requests} ; {entries}, {none}."
    entries = counted(language, record.counted, "entry counts", "entries count", "", "")
    none = "none was refused" if not refused else counted(language, refused, "does not", "do not", "", "")
    return f"Rules: {changes}, {requests}; {entries}, {none}."


def _days_line(record: Record, language: Language) -> str:
    days = [day.day for _, day in record.days]
    decisions = sum(day.count for _, day in record.days)
    roots = counted(
        language, len(days), "daily root", "daily roots", "racine journalière", "racines journalières"
    )
    first, last = min(days), max(days)
    if first == last:
        return pick(
            language,
            f"{roots} over {decisions} decisions about terminals, of {first}.",
            f"{roots} sur {decisions} décisions concernant des terminaux, du {first}.",
        )
    return pick(
        language,
        f"{roots} over {decisions} decisions about terminals, from {first} to {last}.",
        f"{roots} sur {decisions} décisions concernant des terminaux, du {first} au {last}.",
    )
