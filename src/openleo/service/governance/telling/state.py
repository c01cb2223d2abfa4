"""What a log says of rules, in sentences, English and French: what became of changes, and what held when."""

from collections.abc import Sequence

from openleo.ledger.entries import time_of
from openleo.service.governance.approvals import signed
from openleo.service.governance.entries import Act, Change, Withdrawn
from openleo.service.governance.record import (
    FOREVER_S,
    Held,
    Placed,
    Record,
    Refusal,
    Rules,
    Signed,
    Told,
)
from openleo.service.governance.regional import base_of
from openleo.service.governance.telling.change import change_lines as change_lines
from openleo.service.governance.telling.change import change_title as change_title
from openleo.service.governance.telling.change import grounds_lines as grounds_lines
from openleo.service.governance.telling.change import whom
from openleo.service.governance.telling.words import pick, said_by
from openleo.service.reasons import Language

Sightings = Sequence[tuple[str, int]]
"""Witnesses, by the names of their keys, and when each signed (POSIX seconds)."""


def placed_lines(
    placed: Placed, record: Record, sightings: Sightings, now_s: float, language: Language = "en"
) -> list[str]:
    """A change in the log with all that followed it, and what became of it.

    record: of that log. sightings: of its entry. now_s: POSIX seconds.
    """
    base = base_of(placed, record)
    before = base.rules if base is not None else None
    looked_at = _looked_at(placed, before)
    lines = [
        *change_lines(placed.change, placed.index, looked_at, language, before, placed.rules),
        seen_line(sightings, placed.cosigned_s, language),
    ]
    for index, given in placed.grounds:
        lines += grounds_lines(given, language, index)
    waits = placed.change.kind != "emergency" and placed.state_at(now_s) == "waiting"
    lines += [told_line(each, now_s, language, waits) for each in placed.told]
    for each in placed.opened:
        at = time_of(each.from_s)
        lines.append(
            pick(
                language,
                f"{each.by} let stage {each.stage + 1} begin, from {at} on (entry {each.index}).",
                f"{each.by} a ouvert l'étape {each.stage + 1}, à partir du {at} (entrée {each.index}).",
            )
        )
    if placed.withdrawal is not None:
        lines.append(withdrawn_line(placed.withdrawal, placed.withdrawn, language))
    return [*lines, state_line(placed, record, now_s, language)]


def _looked_at(placed: Placed, before: Rules | None) -> Sequence[Signed] | None:
    """The approvals of a change as they were judged, or would have been had it not been refused before."""
    if placed.signed:
        return placed.signed
    charter = placed.charter or (before.file if before is not None else None)
    if charter is None and placed.change.kind == "first" and placed.rules is not None:
        charter = placed.rules.file
    return signed(placed.change, charter, placed.cosigned_s) if charter is not None else None


def withdrawn_line(act: Withdrawn, index: int, language: Language = "en") -> str:
    """Who took a change back, and why."""
    return pick(
        language,
        f"Withdrawn by {act.by}, {act.time} (entry {index}): {said_by(act.reason)}",
        f"Retiré par {act.by}, le {act.time} (entrée {index}) : {said_by(act.reason)}",
    )


def seen_line(sightings: Sightings, cosigned_s: int, language: Language = "en") -> str:
    """When each witness saw an entry first, and when it counts as seen; without witnesses, the log's word."""
    at = time_of(cosigned_s)
    if not sightings:
        return pick(
            language,
            f"No witness says when it was published; by the log's own word {at}.",
            f"Aucun témoin ne dit quand il a été publié ; selon le journal lui-même, le {at}.",
        )
    said = ", ".join(f"{name} {time_of(when)}" for name, when in sightings)
    return pick(
        language,
        f"Seen first by witnesses: {said}. It counts as seen from {at} on.",
        f"Vu en premier par les témoins : {said}. Il compte comme vu à partir du {at}.",
    )


def told_line(told: Told, now_s: float, language: Language = "en", waits: bool = True) -> str:
    """Whether a party has been told, and until when it was due.

    waits: whether the change is one that waits for those for whom the rules say so: no emergency does.
    """
    name, due = told.party.name, time_of(told.due_s)
    if told.received_s is not None:
        at = time_of(told.received_s)
        late = told.received_s > told.due_s
        return pick(
            language,
            f"{name} has been told: its receipt was seen {at}{f', after {due}, when it was due' * late}.",
            f"{name} a été informé : accusé vu le {at}{f', après le {due}, date prévue' * late}.",
        )
    more = ""
    if waits and told.party.waits:
        more = pick(language, " The change waits for it.", " Le changement l'attend.")
    if told.overdue_at(now_s):
        said = f"En retard : pas d'accusé de {name}, prévu le {due}."
        return pick(language, f"Overdue: no receipt of {name}, due {due}.", said) + more
    return (
        pick(
            language,
            f"No receipt of {name} yet, due {due}.",
            f"Pas encore d'accusé de {name}, prévu le {due}.",
        )
        + more
    )


def state_line(placed: Placed, record: Record, now_s: float, language: Language = "en") -> str:
    """What became of a change."""
    began = "" if placed.began_s is None else time_of(placed.began_s)
    ended = "" if placed.ended_s >= FOREVER_S else time_of(placed.ended_s)
    emergency, staged = placed.change.kind == "emergency", len(placed.change.stages) > 1
    match placed.state_at(now_s):
        case "refused":
            en, fr = "Refused, and never in force:", "Refusé, jamais en vigueur (motif en anglais) :"
            return f"{pick(language, en, fr)} {said_by(placed.refused)}"
        case "withdrawn" if placed.withdrawal is None:
            en, fr = _fallen(placed, record)
        case "withdrawn":
            en, fr = "Withdrawn: it was never in force.", "Retiré : il n'a jamais été en vigueur."
        case "waiting" if began and emergency:
            end = ended or placed.change.ends_at
            en = f"It begins at {began}, and ends by itself at {end}."
            fr = f"Elle commence le {began} et finit d'elle-même le {end}."
        case "waiting" if began:
            first, premiere = (", at first in stage 1", ", d'abord à l'étape 1") if staged else ("", "")
            en = f"It is to be in force from {began}{first}."
            fr = f"Il sera en vigueur à partir du {began}{premiere}."
        case "waiting" if emergency:
            en = "It will not begin, as far as is known: what it was made for does not hold then."
            fr = "Elle ne commencera pas, autant qu'on sache : ce pour quoi elle est faite ne vaudra pas."
        case "waiting":
            en, fr = _waiting(placed, record)
        case "in force":
            more, plus = _now(placed, record, now_s)
            en = f"In force since {began}{more}{f'; until {ended}' if ended else ''}."
            fr = f"En vigueur depuis le {began}{plus}{f' ; fin : {ended}' if ended else ''}."
        case "ended":
            more, plus = _never_whole(placed, record) if staged else ("", "")
            en, fr = f"It held from {began} until {ended}{more}.", f"En vigueur du {began} au {ended}{plus}."
    return pick(language, en, fr)


def _fallen(placed: Placed, record: Record) -> tuple[str, str]:
    """What is said of a change that fell with the one that it was made for."""
    first = next(
        (each.index for each in record.changes if each.withdrawn == placed.withdrawn and each.withdrawal), -1
    )
    return (
        f"Nobody withdrew it: it fell with the change of entry {first}, on which it stands, when entry "
        f"{placed.withdrawn} took that back. It was never in force.",
        f"Personne ne l'a retiré : il est tombé avec le changement de l'entrée {first}, sur lequel il "
        f"repose, quand l'entrée {placed.withdrawn} a retiré celui-ci. Il n'a jamais été en vigueur.",
    )


def _waiting(placed: Placed, record: Record) -> tuple[str, str]:
    """For what a change waits that is not known to begin."""
    missing = [each.party.name for each in placed.told if each.party.waits and each.received_s is None]
    if missing:
        names = ", ".join(missing)
        return (
            f"It waits for the receipt of {names}, and is not known to begin.",
            f"Il attend l'accusé de {names} ; on ne sait pas quand il commencera.",
        )
    base = base_of(placed, record)
    on = f"entry {base.index}" if base is not None else "an entry before it"
    sur = f"de l'entrée {base.index}" if base is not None else "d'avant"
    return (
        f"It waits for the change of {on}, on which it stands, and is not known to begin.",
        f"Il attend le changement {sur}, sur lequel il repose ; on ne sait pas quand il commencera.",
    )


def _now(placed: Placed, record: Record, now_s: float) -> tuple[str, str]:
    """In which stage a change in force is at a time, and which emergency lies over it; "" for neither."""
    held = record.holds_at(now_s)
    if held is None:
        return "", ""
    if held.index != placed.index:
        return (
            f"; now that of entry {held.index} lies over it, until {time_of(held.until_s)}",
            f" ; à présent celui de l'entrée {held.index} le recouvre, jusqu'au {time_of(held.until_s)}",
        )
    if held.stage < 0:
        return "", ""
    number, of = held.stage + 1, len(placed.change.stages)
    return (
        f", in stage {number} of {of}: {whom(placed.change, held.stage)}",
        f", à l'étape {number} de {of} : {whom(placed.change, held.stage, 'fr')}",
    )


def _never_whole(placed: Placed, record: Record) -> tuple[str, str]:
    """That a change in stages was replaced before its last one; "" where it held as a whole."""
    reached = [each.stage for each in record.terms if each.index == placed.index]
    if not reached or -1 in reached:
        return "", ""
    number, of = max(reached) + 1, len(placed.change.stages)
    return (
        f", and never went beyond stage {number} of {of}: {whom(placed.change, number - 1)}",
        f", sans jamais dépasser l'étape {number} de {of} : {whom(placed.change, number - 1, 'fr')}",
    )


def held_lines(record: Record, language: Language = "en") -> list[str]:
    """What held when, and by whose approval, what is known to come included."""
    if not record.terms:
        return holding_lines(None, record, language)
    lines = [
        pick(language, "What held when, and what is known to come:", "Ce qui valait quand, et ce qui vient :")
    ]
    for held in record.terms:
        placed = record.change(held.change.hash)
        by = f" {by_whom(placed, language)}" if placed else ""
        lines.append(f"  {held_line(held, language)}{by}")
    return lines


def held_line(held: Held, language: Language = "en") -> str:
    """What held from when until when, and by which entry."""
    fr = language == "fr"
    rules = f"{held.change.name} ({held.digest[:12]})"
    since = time_of(held.from_s)
    span = (
        (f"À partir du {since}" if fr else f"From {since} on")
        if held.until_s >= FOREVER_S
        else (
            f"Du {since} au {time_of(held.until_s)}" if fr else f"From {since} until {time_of(held.until_s)}"
        )
    )
    by = f"par l'entrée {held.index}" if fr else f"by entry {held.index}"
    said = f"{span}{' : ' if fr else ': '}{rules}, {by}"
    if held.change.kind == "emergency":
        said += " (urgence)" if fr else " (emergency)"
    if held.stage >= 0 and held.change.stages:
        number, of = held.stage + 1, len(held.change.stages)
        said += (
            f"{' ; étape' if fr else '; stage'} {number} {'de' if fr else 'of'} {of}{' : ' if fr else ': '}"
        )
        said += whom(held.change, held.stage, language)
        if held.before is not None:
            said += f", {held.before.name} ({held.before.digest[:12]})"
    return f"{said}."


def by_whom(placed: Placed, language: Language = "en") -> str:
    """By whose approval a change holds."""
    names = ", ".join(
        f"{each.approval.name} ({each.organisation})" for each in placed.signed if not each.why_not
    )
    if not names:
        return pick(language, "Approved by nobody.", "Approuvé par personne.")
    return pick(language, f"Approved by {names}.", f"Approuvé par {names}.")


def holding_lines(held: Held | None, record: Record, language: Language = "en") -> list[str]:
    """What holds, and by whose approval."""
    if held is None:
        return [
            pick(language, "No rules hold by this log.", "Aucune règle n'est en vigueur selon ce journal.")
        ]
    placed = record.change(held.change.hash)
    return [held_line(held, language), *([by_whom(placed, language)] if placed else [])]


def unseen_line(index: int, act: Act, language: Language = "en") -> str:
    """An entry that does not count yet, for the log does not say when witnesses saw it."""
    said = f" {change_title(act, index, language)}" if isinstance(act, Change) else ""
    return pick(
        language,
        f"Entry {index}, {act.type}, does not count yet: no entry behind it keeps when witnesses saw it."
        f"{said}",
        f"L'entrée {index}, {act.type}, ne compte pas encore : aucune entrée après elle ne garde quand des "
        f"témoins l'ont vue.{said}",
    )


def refusal_line(refusal: Refusal, language: Language = "en") -> str:
    """An entry that does not count, and why."""
    return pick(
        language,
        f"Entry {refusal.index}, {refusal.type}, does not count: {said_by(refusal.why)}",
        f"L'entrée {refusal.index}, {refusal.type}, ne compte pas (motif en anglais) : "
        f"{said_by(refusal.why)}",
    )


def overdue_lines(record: Record, now_s: float, language: Language = "en") -> list[str]:
    """The parties that were to be told of a change and have not answered in time, after an empty line."""
    found = record.overdue_at(now_s)
    lines = [] if not found else [""]
    for placed, told in found:
        waits = placed.change.kind != "emergency" and placed.state_at(now_s) == "waiting"
        entry = f"{pick(language, 'Entry', 'Entrée')} {placed.index}"
        lines.append(f"{entry}{pick(language, ': ', ' : ')}{told_line(told, now_s, language, waits)}")
    return lines
