"""Governance in sentences, English and French: who asked, who approved, on what grounds, what held when."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from openleo.ledger.entries import time_of
from openleo.service.governance.entries import Change, Grounds, Stage, Touches, Withdrawn
from openleo.service.governance.record import FOREVER_S, Held, Placed, Record, Refusal, Signed, Told
from openleo.service.governance.signing import Approval
from openleo.service.governance.telling_asked import asked_lines, indented, kept_back_line, pick, said_by
from openleo.service.reasons import Language

if TYPE_CHECKING:
    from openleo.service.governance.account import Account

Sightings = Sequence[tuple[str, int]]
"""Witnesses, by the names of their keys, and when each signed (POSIX seconds)."""

_POWER: Final = {
    "restrict": ("to restrict service", "pour restreindre le service"),
    "restore": ("to restore service", "pour rétablir le service"),
}


def change_title(change: Change, index: int, language: Language = "en") -> str:
    """Who asked for which rules, from when on; index: of its entry, -1 for a draft."""
    fr = language == "fr"
    entry = (f"Entrée {index}" if fr else f"Entry {index}") if index >= 0 else ("Projet" if fr else "Draft")
    rules = f"{change.name} ({change.digest[:12]})"
    if change.kind == "first":
        said = (
            f"premières règles, {rules}, demandées par {change.requester}, en vigueur à partir du"
            if fr
            else f"the first rules, {rules}, asked for by {change.requester}, in force from"
        )
    elif change.kind == "emergency":
        power = _POWER[change.power][fr]
        said = (
            f"urgence, {power} : {change.requester} demande les règles {rules}, en vigueur à partir du"
            if fr
            else f"an emergency, {power}: {change.requester} asked for the rules {rules}, in force from"
        )
    else:
        said = (
            f"{change.requester} demande de nouvelles règles, {rules}, en vigueur à partir du"
            if fr
            else f"{change.requester} asked for new rules, {rules}, in force from"
        )
    end = ""
    if change.ends_at:
        end = f" jusqu'au {change.ends_at} au plus tard" if fr else f" until {change.ends_at} at the latest"
    return f"{entry}, {change.time}{' : ' if fr else ': '}{said} {change.effective_at}{end}."


def grounds_lines(given: Change | Grounds, language: Language = "en") -> list[str]:
    """The reason and the legal basis, as they were given."""
    fr = language == "fr"
    later = isinstance(given, Grounds)
    head = pick(language, "Grounds given later", "Motif donné plus tard") if later else (
        pick(language, "Reason", "Motif")
    )  # fmt: skip
    when = f" ({given.time})" if later else ""
    lines = [f"{head}{when}{' : ' if fr else ': '}{said_by(given.reason)}"]
    if given.basis:
        lines.append(f"{'Base légale : ' if fr else 'Legal basis: '}{said_by(given.basis)}")
    elif not later:
        lines.append(pick(language, "No legal basis is given.", "Aucune base légale n'est donnée."))
    return lines


def difference_lines(change: Change, language: Language = "en") -> list[str]:
    """What differs from the rules before, as the entry says it, in its own English."""
    if change.kind == "first":
        return [pick(language, "There were no rules before.", "Il n'y avait pas de règles avant.")]
    if not change.differs:
        return [pick(language, "It does not say what differs.", "Il ne dit pas ce qui diffère.")]
    head = pick(language, "What differs:", "Ce qui diffère (en anglais, comme inscrit) :")
    return [head, *(f"  - {said_by(each)}" for each in change.differs)]


def touches_line(touches: Touches | None, language: Language = "en") -> str:
    """Whom the dry run found to be touched."""
    if touches is None:
        return pick(
            language, "No dry run says whom it touches.", "Aucun essai à blanc ne dit qui est touché."
        )
    fr = language == "fr"
    rate = "" if touches.gbps is None else f", {touches.gbps:g} Gbit/s"
    words = (("terminal", "terminaux"), ("compte", "comptes"), ("cellule", "cellules")) if fr else (
        ("terminal", "terminals"), ("account", "accounts"), ("cell", "cells")
    )  # fmt: skip
    numbers = (touches.terminals, touches.accounts, touches.cells)
    counts = ", ".join(
        f"{n} {one if n == 1 else more}" for n, (one, more) in zip(numbers, words, strict=True)
    )
    return pick(
        language,
        f"Dry run: {counts}{rate}; {touches.loses} would lose service, {touches.gains} would gain it.",
        f"Essai à blanc : {counts}{rate} ; {touches.loses} perdraient le service, "
        f"{touches.gains} le gagneraient.",
    )


def stage_words(stage: Stage, language: Language = "en") -> str:
    """For whom a stage holds, from when on."""
    fr = language == "fr"
    whom = ", ".join(stage.regions) or (
        f"{100.0 * stage.share:g} % {'des terminaux' if fr else 'of the terminals'}"
    )
    return f"{whom} {'à partir du' if fr else 'from'} {stage.at}"


def stage_lines(change: Change, language: Language = "en") -> list[str]:
    """The stages of a change, if it has any."""
    if not change.stages:
        return []
    head = pick(language, "In stages: ", "Par étapes : ")
    return [f"{head}{'; '.join(stage_words(each, language) for each in change.stages)}."]


def approval_line(
    approval: Approval, organisation: str = "", why_not: str = "", language: Language = "en"
) -> str:
    """What one approver said, for which organisation, when, what was declared, and why it does not count."""
    fr = language == "fr"
    who = f"{approval.name} ({organisation})" if organisation else approval.name
    match approval.statement:
        case "approve":
            said = f"Approuvé par {who}, {approval.time}." if fr else f"Approved by {who}, {approval.time}."
            if why_not:
                said += f" {'Cela ne compte pas : ' if fr else 'It does not count: '}{said_by(why_not)}"
        case "recuse":
            said = (
                f"{who} s'est récusé, {approval.time} : cela ne compte pas."
                if fr
                else f"{who} stood aside, {approval.time}: it does not count."
            )
        case "duress":
            said = (
                f"{who} dit avoir signé sous la contrainte, {approval.time} : cela ne compte pas."
                if fr
                else f"{who} says that it was signed under duress, {approval.time}: it does not count."
            )
    if approval.interests:
        head = " Intérêts déclarés : " if fr else " Interests declared: "
        said += head + said_by(approval.interests)
    return said


def change_lines(
    change: Change, index: int, signed: Sequence[Signed] | Mapping[str, str], language: Language = "en"
) -> list[str]:
    """All that the entry of a change says.

    index: of the entry, -1 for a draft. signed: its approvals as they were judged; for a draft, where nobody
    has judged them yet, the organisations of approvers by name.
    """
    lines = [
        change_title(change, index, language),
        *grounds_lines(change, language),
        *difference_lines(change, language),
        touches_line(change.touches, language),
        *stage_lines(change, language),
    ]
    if change.request >= 0:
        lines.append(
            pick(
                language,
                f"It follows the request of entry {change.request}.",
                f"Il fait suite à la demande de l'entrée {change.request}.",
            )
        )
    if isinstance(signed, Mapping):
        said = [approval_line(a, signed.get(a.name, ""), "", language) for a in change.approvals]
    else:
        said = [approval_line(s.approval, s.organisation, s.why_not, language) for s in signed]
        if not signed:  # it was refused before anybody looked at them
            said = [approval_line(a, "", "", language) for a in change.approvals]
    return [*lines, *(said or [pick(language, "Nobody has approved it.", "Personne ne l'a approuvé.")])]


def withdrawn_line(act: Withdrawn, index: int, language: Language = "en") -> str:
    """Who took a change back, and why."""
    return pick(
        language,
        f"Withdrawn by {act.by}, {act.time} (entry {index}): {said_by(act.reason)}",
        f"Retiré par {act.by}, {act.time} (entrée {index}) : {said_by(act.reason)}",
    )


def seen_line(sightings: Sightings, cosigned_s: int, language: Language = "en") -> str:
    """When each witness saw an entry first; without witnesses, that only the log's own word is there."""
    if not sightings:
        at = time_of(cosigned_s)
        return pick(
            language,
            f"Seen by no witness; by the log's own word at {at}.",
            f"Vu par aucun témoin ; selon le journal lui-même le {at}.",
        )
    said = ", ".join(f"{name} {time_of(at)}" for name, at in sightings)
    return f"{pick(language, 'Seen first by witnesses: ', 'Vu en premier par les témoins : ')}{said}."


def told_line(told: Told, now_s: float, language: Language = "en") -> str:
    """Whether a party has been told, and until when it was due."""
    name, due = told.party.name, time_of(told.due_s)
    if told.received_s is not None:
        at = time_of(told.received_s)
        late = told.received_s > told.due_s
        return pick(
            language,
            f"{name} has been told: its receipt was seen {at}{f', after {due}, when it was due' * late}.",
            f"{name} a été informé : accusé vu le {at}{f', après le {due}, date prévue' * late}.",
        )
    waits = (
        pick(language, " The change waits for it.", " Le changement l'attend.") if told.party.waits else ""
    )
    if told.overdue_at(now_s):
        said = f"En retard : pas d'accusé de {name}, prévu le {due}."
        return pick(language, f"Overdue: no receipt of {name}, due {due}.", said) + waits
    return (
        pick(
            language,
            f"No receipt of {name} yet, due {due}.",
            f"Pas encore d'accusé de {name}, prévu le {due}.",
        )
        + waits
    )


def state_line(placed: Placed, now_s: float, language: Language = "en") -> str:
    """What became of a change."""
    fr = language == "fr"
    began = "" if placed.began_s is None else time_of(placed.began_s)
    ended = "" if placed.ended_s >= FOREVER_S else time_of(placed.ended_s)
    match placed.state_at(now_s):
        case "refused":
            return f"{'Refusé : ' if fr else 'Refused: '}{said_by(placed.refused)}"
        case "withdrawn":
            return "Retiré : il n'est pas en vigueur." if fr else "Withdrawn: it is not in force."
        case "waiting" if began:
            return (
                f"En attente : en vigueur à partir du {began}." if fr else f"It waits: in force from {began}."
            )
        case "waiting":
            return (
                "En attente d'un accusé de réception."
                if fr
                else "It waits for a receipt, and is not known to begin."
            )
        case "in force":
            end = (f" ; jusqu'au {ended}" if fr else f"; until {ended}") if ended else ""
            return f"En vigueur depuis le {began}{end}." if fr else f"In force since {began}{end}."
        case "ended":
            return f"En vigueur du {began} au {ended}." if fr else f"It held from {began} until {ended}."


def placed_lines(placed: Placed, sightings: Sightings, now_s: float, language: Language = "en") -> list[str]:
    """A change in the log with all that followed it, and what became of it."""
    lines = [
        *change_lines(placed.change, placed.index, placed.signed, language),
        seen_line(sightings, placed.cosigned_s, language),
    ]
    for _, given in placed.grounds:
        lines += grounds_lines(given, language)
    lines += [told_line(each, now_s, language) for each in placed.told]
    for each in placed.opened:
        at = time_of(each.from_s)
        lines.append(
            pick(
                language,
                f"Stage {each.stage + 1} may begin from {at} (entry {each.index}).",
                f"L'étape {each.stage + 1} peut commencer à partir du {at} (entrée {each.index}).",
            )
        )
    if placed.withdrawal is not None:
        lines.append(withdrawn_line(placed.withdrawal, placed.withdrawn, language))
    return [*lines, state_line(placed, now_s, language)]


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
        whom = stage_words(held.change.stages[held.stage], language)
        said += f"{' ; étape' if fr else '; stage'} {held.stage + 1}{' : ' if fr else ': '}{whom}"
    return f"{said}."


def by_whom(placed: Placed, language: Language = "en") -> str:
    """By whose approval a change holds."""
    counted = [f"{each.approval.name} ({each.organisation})" for each in placed.signed if not each.why_not]
    names = ", ".join(counted) or pick(language, "nobody", "personne")
    return pick(language, f"Approved by {names}.", f"Approuvé par {names}.")


def holding_lines(held: Held | None, record: Record, language: Language = "en") -> list[str]:
    """What holds, and by whose approval."""
    if held is None:
        return [
            pick(language, "No rules hold by this log.", "Aucune règle n'est en vigueur selon ce journal.")
        ]
    placed = record.change(held.change.id)
    return [held_line(held, language), *([by_whom(placed, language)] if placed else [])]


def region_title(name: str, language: Language = "en") -> str:
    """The head of what held in a region."""
    return pick(
        language, f"Region {name}, what the rules said of it:", f"Région {name}, ce qu'en disent les règles :"
    )


def region_line(held: Held, says: str, language: Language = "en") -> str:
    """What a term says of one region, in the words of its rule file."""
    words = says or pick(language, "nothing", "rien")
    return f"  {held_line(held, language)} {pick(language, 'It says: ', 'Elles disent : ')}{said_by(words)}"


def story(account: "Account", now_s: float, language: Language = "en") -> list[str]:
    """All that a log says of rules: what held when and by whose approval, each change, each request."""
    record = account.record
    if account.wrong:
        return [said_by(account.wrong)]
    lines = [
        pick(
            language,
            f"Rules: {len(record.changes)} changes, {len(record.requests)} requests; {record.counted} "
            f"entries count, {len(record.refused)} do not.",
            f"Règles : {len(record.changes)} changements, {len(record.requests)} demandes, {record.counted} "
            f"entrées qui comptent, {len(record.refused)} qui ne comptent pas.",
        )
    ]
    for held in record.terms:
        placed = record.change(held.change.id)
        by = f" {by_whom(placed, language)}" if placed else ""
        lines.append(held_line(held, language) + by)
    if not record.terms:
        lines += holding_lines(None, record, language)
    told = [
        (each.index, placed_lines(each, account.sightings(each.index), now_s, language))
        for each in record.changes
    ]
    told += [(each.index, asked_lines(each, language)) for each in record.requests]
    placed_at = {each.index for each in record.changes}
    told += [
        (each.index, [refusal_line(each, language)]) for each in record.refused if each.index not in placed_at
    ]
    told += [
        (index, [kept_back_line(index, each, late, language)])
        for index, each, late in account.kept_back(int(now_s))
    ]
    for _, each_lines in sorted(told, key=lambda pair: pair[0]):
        lines += ["", *indented(each_lines)]
    overdue = record.overdue_at(now_s)
    if overdue:
        lines.append("")
    for placed, each_told in overdue:
        lines.append(
            f"{pick(language, 'Entry', 'Entrée')} {placed.index}: {told_line(each_told, now_s, language)}"
        )
    return lines


def refusal_line(refusal: Refusal, language: Language = "en") -> str:
    """An entry that does not count, and why."""
    return pick(
        language,
        f"Entry {refusal.index}, {refusal.type}, does not count: {said_by(refusal.why)}",
        f"L'entrée {refusal.index}, {refusal.type}, ne compte pas : {said_by(refusal.why)}",
    )
