"""Any entry of a log in sentences, English and French, and the entries that it goes with."""

from typing import Final, assert_never

from openleo.ledger.entries import Commitment, Entry, Keys, Reveal, Text, Unknown, Withdrawal
from openleo.ledger.errors import Malformed
from openleo.ledger.words import entry_words, key_words, quorum_words
from openleo.service.governance import seen
from openleo.service.governance.approvals import signed
from openleo.service.governance.entries import (
    Act,
    Answer,
    Change,
    Contract,
    Day,
    Grounds,
    Proceed,
    Receipt,
    ReportAnswer,
    ReportClaim,
    Request,
    Withdrawn,
    read,
)
from openleo.service.governance.record import Placed, Record
from openleo.service.governance.regional import base_of
from openleo.service.governance.telling.asked import answer_line, asked_lines, contract_lines, request_lines
from openleo.service.governance.telling.change import change_lines, change_title, grounds_lines
from openleo.service.governance.telling.reported import report_answer_line, report_line
from openleo.service.governance.telling.state import Sightings, placed_lines, refusal_line, withdrawn_line
from openleo.service.governance.telling.words import pick, said_by
from openleo.service.reasons import Language

_NAMES: Final = {
    "rules-change": ("a change of rules", "un changement de règles"),
    "rules-grounds": ("further grounds", "des motifs donnés plus tard"),
    "rules-withdrawn": ("a change taken back", "un changement retiré"),
    "rules-proceed": ("the next stage of a change", "l'étape suivante d'un changement"),
    "party-receipt": ("the receipt of a party", "l'accusé de réception d'un tiers"),
    "request": ("a request or a contact", "une demande ou un contact"),
    "request-answer": ("an answer to a request", "une réponse à une demande"),
    "contract": ("a contract, or a sponsor's agreement", "un contrat, ou un accord de parrainage"),
    "report-claim": ("a claim of a report", "une affirmation d'un article"),
    "report-answer": ("an answer to a claim of a report", "une réponse à une affirmation d'un article"),
    "decisions-day": ("the decisions of a day", "les décisions d'une journée"),
    seen.TYPE: ("a checkpoint that witnesses saw", "un point de contrôle vu par des témoins"),
    "keys": ("the keys of the log", "les clés du journal"),
    "note": ("a text", "un texte"),
    "commitment": ("something kept back until a date", "quelque chose de gardé jusqu'à une date"),
    "reveal": ("something shown that was kept back", "quelque chose de montré qui était gardé"),
    "withdrawal": ("a text taken away", "un texte retiré"),
}


def name_of(entry: Entry | None, language: Language = "en") -> str:
    """What kind of entry it is, in a few words; None is for bytes that are no entry."""
    if entry is None:
        return pick(language, "bytes that are no entry", "des octets qui ne sont pas une entrée")
    known = _NAMES.get(entry.type)
    if known is None or entry.version != 1:
        return pick(
            language,
            "an entry that this program does not know",
            "une entrée que ce programme ne connaît pas",
        )
    return pick(language, *known)


def act_in(raw: bytes) -> Act | None:
    """The entry of governance that some bytes are; None where they are none that this program reads."""
    try:
        return read(raw)
    except Malformed:
        return None


def entry_lines(
    entry: Entry | None, raw: bytes, index: int, record: Record | None, sightings: Sightings, now_s: float,
    language: Language = "en",
) -> list[str]:  # fmt: skip
    """All that an entry says, and what became of it.

    entry: as the ledger reads its bytes, None where they are no entry. record: what the log says of rules,
    None before it was read. sightings: which witnesses saw the entry first. now_s: POSIX seconds.
    """
    act = act_in(raw)
    if act is None:
        lines = _of_ledger(entry, raw, index, language)
    else:
        lines = _of_act(act, index, record, sightings, now_s, language)
    if record is None or any(each == index for each, _ in record.unseen):
        return [*lines, _not_yet(language)] if act is not None else lines
    if not isinstance(act, Change):
        lines += [refusal_line(each, language) for each in record.refused if each.index == index]
    return lines


def head_line(
    entry: Entry | None, raw: bytes, index: int, record: Record | None, language: Language = "en"
) -> str:
    """What an entry is, in one sentence: the first of `entry_lines`, without looking at what became of it."""
    act = act_in(raw)
    if isinstance(act, Change):
        return change_title(act, index, language)
    if isinstance(act, Request):
        return request_lines(act, index, language)[0]
    return entry_lines(entry, raw, index, record, (), 0.0, language)[0]


def links_of(entry: Entry | None, raw: bytes, index: int, record: Record | None) -> list[tuple[int, str]]:
    """The entries that an entry names, and those that name it: index and what it is to this one."""
    found: list[tuple[int, str]] = []
    act = act_in(raw)
    changes = record.changes if record is not None else ()
    asked = record.requests if record is not None else ()

    def of(name: str) -> None:
        placed = record.change(name) if record is not None and name else None
        if placed is not None:
            found.append((placed.index, "change"))

    match act:
        case Change():
            found += [(each.index, "base") for each in changes if act.base and each.change.digest == act.base]
            found += [(act.request, "request")] if act.request >= 0 else []
            for each in changes:
                if each.index == index:
                    found += [(at, "grounds") for at, _ in each.grounds]
                    found += [(opened.index, "proceed") for opened in each.opened]
                    found += [(each.withdrawn, "withdrawn")] if each.withdrawn >= 0 else []
            found += [(each.index, "request") for each in asked if index in each.changes]
        case Grounds() | Withdrawn() | Proceed() | Receipt():
            of(act.change)
        case Answer():
            found.append((act.request, "request"))
            of(act.change)
        case Request():
            found += [(act.commitment, "commitment")] if act.commitment >= 0 else []
            for one in asked:
                if one.index == index:
                    found += [(at, "answer") for at, _ in one.answers]
                    found += [(at, "change") for at in one.changes]
        case Contract():
            found += [(act.commitment, "commitment")] if act.commitment >= 0 else []
        case ReportAnswer():
            found.append((act.claim, "claim"))
        case ReportClaim():
            for told in record.reports if record is not None else ():
                if told.index == index:
                    found += [(at, "answer") for at, _ in told.answers]
                elif told.claim.claim == act.claim:
                    found.append((told.index, "claim"))
        case None if isinstance(entry, Reveal):
            found.append((entry.commitment, "commitment"))
        case None if isinstance(entry, Commitment):
            found += [(each.index, "request") for each in asked if each.request.commitment == index]
            contracts = record.contracts if record is not None else ()
            found += [(at, "contract") for at, each in contracts if each.commitment == index]
        case _:
            pass
    return sorted({pair for pair in found if pair[0] != index})


LINKS: Final = {
    "answer": ("answered by", "réponse"),
    "base": ("made for the rules of", "fait pour les règles de"),
    "change": ("the change", "le changement"),
    "claim": ("the claim", "l'affirmation"),
    "commitment": ("kept back since", "gardé depuis"),
    "contract": ("the contract", "le contrat"),
    "grounds": ("further grounds", "motifs donnés plus tard"),
    "proceed": ("the next stage", "étape suivante"),
    "request": ("the request", "la demande"),
    "withdrawn": ("withdrawn by", "retiré par"),
}
"""What an entry may be to another, in English and French."""


def _of_act(
    act: Act, index: int, record: Record | None, sightings: Sightings, now_s: float, language: Language
) -> list[str]:
    placed = record.change(getattr(act, "change", "")) if record is not None else None
    of = f" ({pick(language, 'entry', 'entrée')} {placed.index})" if placed is not None else ""
    match act:
        case Change():
            here = next((each for each in record.changes if each.index == index), None) if record else None
            if record is not None and here is not None:
                return placed_lines(here, record, sightings, now_s, language)
            base = base_of(Placed(index, act, int(now_s)), record) if record is not None else None
            before = base.rules if base is not None else None
            looked_at = signed(act, before.file, int(now_s)) if before is not None else None
            return change_lines(act, index, looked_at, language, before=before)
        case Grounds():
            said = pick(
                language,
                f"Entry {index}, {act.time}: further grounds for the change {act.change[:12]}{of}.",
                f"Entrée {index}, {act.time} : autres motifs du changement {act.change[:12]}{of}.",
            )
            return [said, *grounds_lines(act, language)]
        case Withdrawn():
            said = pick(
                language,
                f"The change {act.change[:12]}{of} is taken back.",
                f"Le changement {act.change[:12]}{of} est retiré.",
            )
            return [said, withdrawn_line(act, index, language)]
        case Proceed():
            return [
                pick(
                    language,
                    f"Entry {index}, {act.time}: {act.by} lets stage {act.stage + 1} of the change "
                    f"{act.change[:12]}{of} begin.",
                    f"Entrée {index}, {act.time} : {act.by} laisse commencer l'étape {act.stage + 1} du "
                    f"changement {act.change[:12]}{of}.",
                )
            ]
        case Receipt():
            return [
                pick(
                    language,
                    f"Entry {index}, {act.time}: {act.party} says that it has been told of the change "
                    f"{act.change[:12]}{of}. That is no consent, and needs none.",
                    f"Entrée {index}, {act.time} : {act.party} dit avoir été informé du changement "
                    f"{act.change[:12]}{of}. Ce n'est pas un accord, et il n'en faut pas.",
                )
            ]
        case Request():
            known = next((each for each in record.requests if each.index == index), None) if record else None
            return asked_lines(known, language) if known else request_lines(act, index, language)
        case Answer():
            return [answer_line(act, index, language)]
        case Contract():
            lines = contract_lines(act, index, None, language)
            if act.commitment >= 0:  # whether it was shown stands elsewhere in the log
                lines[-1] = pick(
                    language,
                    f"Its text is what entry {act.commitment} keeps back until a date.",
                    f"Son texte est ce que l'entrée {act.commitment} garde jusqu'à une date.",
                )
            return lines
        case Day():
            return _day_lines(act, index, language)
        case ReportClaim():
            return [report_line(act, index, language)]
        case ReportAnswer():
            return [report_answer_line(act, index, language)]
        case _:
            assert_never(act)


def _day_lines(act: Day, index: int, language: Language) -> list[str]:
    lines = [
        pick(
            language,
            f"Entry {index}, {act.time}: {act.count} decisions about terminals were recorded on {act.day}. "
            f"Their root is {act.root}: whoever holds the receipt of one can show that it is among them.",
            f"Entrée {index}, {act.time} : {act.count} décisions sur des terminaux ont été inscrites le "
            f"{act.day}. Leur racine est {act.root} : le titulaire d'un reçu peut montrer que la sienne en "
            "fait partie.",
        )
    ]
    if act.signature is None:
        lines.append(pick(language, "No recorder signed it.", "Aucun greffier ne l'a signée."))
    if act.figures:
        lines.append(
            pick(
                language,
                "Terminals, each once for each region and outcome; in regions that overlap they count "
                "twice, and counts under 10 are left out:",
                "Terminaux, chacun une fois par région et par résultat ; dans les régions qui se recouvrent "
                "ils comptent deux fois, et les nombres inférieurs à 10 sont omis :",
            )
        )
    for region, counts in act.figures.items():
        where = region or pick(language, "elsewhere", "ailleurs")
        said = ", ".join(f"{name} {count}" for name, count in counts.items())
        lines.append(f"  {where}{pick(language, ': ', ' : ')}{said}")
    return lines


def _of_ledger(entry: Entry | None, raw: bytes, index: int, language: Language) -> list[str]:
    """An entry that is none of governance; what it says itself stays in its own words."""
    head = pick(language, f"Entry {index}", f"Entrée {index}")
    colon = pick(language, ": ", " : ")
    match entry:
        case None:
            said = f"{name_of(entry, language)} ({len(raw)})"
        case Keys():
            keys = ", ".join(map(key_words, entry.verifiers))
            asked = quorum_words(entry.policy_parsed)
            said = pick(
                language,
                f"from here on {keys} signs the log; witnesses asked for: {asked}. Why: "
                f"{said_by(entry.reason)}",
                f"à partir d'ici {keys} signe le journal ; témoins demandés : {asked}. Motif : "
                f"{said_by(entry.reason)}",
            )
        case Commitment():
            said = pick(
                language,
                f"something is kept back until {entry.reveal_by}: {said_by(entry.about)}",
                f"quelque chose est gardé jusqu'au {entry.reveal_by} : {said_by(entry.about)}",
            )
        case Reveal():
            said = pick(
                language,
                f"what entry {entry.commitment} kept back is shown.",
                f"ce que l'entrée {entry.commitment} gardait est montré.",
            )
        case Text():
            said = f"{pick(language, 'a text', 'un texte')}{colon}{said_by(entry.title or '-')}"
        case Withdrawal():
            said = pick(
                language,
                f"the text {entry.withdraws[:12]} beside the log is taken away. Why: {said_by(entry.reason)}",
                f"le texte {entry.withdraws[:12]} à côté du journal est retiré. Motif : "
                f"{said_by(entry.reason)}",
            )
        case Unknown() if seen.note_in(entry) is not None:
            said = pick(
                language,
                "the checkpoint under which the entry before it was published first, with the signatures and "
                "times of its witnesses.",
                "le point de contrôle sous lequel l'entrée précédente a été publiée d'abord, avec les "
                "signatures et les heures de ses témoins.",
            )
        case Unknown():
            said = f"{name_of(entry, language)}{colon}{entry_words(entry, raw)}"
        case _:
            assert_never(entry)
    time = f", {entry.time}" if entry is not None else ""
    return [f"{head}{time}{colon}{said}"]


def _not_yet(language: Language) -> str:
    return pick(
        language,
        "It does not count yet: the log does not show yet when witnesses saw it.",
        "Elle ne compte pas encore : le journal ne montre pas encore quand des témoins l'ont vue.",
    )
