"""Requests, contacts and contracts in sentences, English and French."""

from typing import Final

from openleo.ledger.entries import Commitment, seconds_of
from openleo.service.governance.asked import Answer, Contract, Request
from openleo.service.governance.record import Asked
from openleo.service.governance.telling.words import pick, said_by
from openleo.service.reasons import Language

MOST_LINES: Final = 20
"""Lines of a text that are told."""
LONGEST_LINE: Final = 1000
"""Characters of one."""

HOW: Final = {
    "request": ("", ""),
    "legal order": ("by legal order", "par ordre légal"),
    "pressure": ("by putting pressure on the operator", "en exerçant une pression"),
    "threat": ("with a threat", "en proférant une menace"),
    "contact": ("by mere contact", "par simple contact"),
}
_WHERE: Final = {"public": ("in public", "en public"), "private": ("in private", "en privé")}
_ASKS: Final = {
    "on": ("that service be switched on", "que le service soit activé"),
    "off": ("that service be switched off, or stay off", "que le service soit coupé, ou le reste"),
    "raise": ("that a limit be raised", "qu'une limite soit relevée"),
    "lower": ("that a limit be lowered", "qu'une limite soit abaissée"),
    "none": ("for nothing", "rien"),
}
_KIND: Final = {
    "contract": ("a contract", "un contrat"),
    "sponsor": ("an agreement of a sponsor", "un accord de parrainage"),
}
_ANSWER: Final = {
    "granted": ("granted", "acceptée"),
    "refused": ("refused", "refusée"),
    "in part": ("granted in part", "acceptée en partie"),
    "none yet": ("not answered yet", "sans réponse à ce jour"),
}


def request_lines(
    request: Request, index: int, language: Language = "en", words: str = "", kept: Commitment | None = None
) -> list[str]:
    """Who asked for what, for whom, through whom, how, in public or not.

    words: what was said, where that is known. kept: the commitment that kept it back before.
    """
    fr = language == "fr"
    how, where = HOW[request.how][fr], _WHERE[request.where_made][fr]
    how = f"{how}, " if how else ""
    regions = ", ".join(request.regions)
    entry = f"Entrée {index}" if fr else f"Entry {index}"
    if request.kind == "contact" or request.asks == "none":
        said = (
            f"{request.who} a pris contact le {request.asked_at}, {where}, sans rien demander"
            if fr
            else f"{request.who} made contact at {request.asked_at}, {where}, and asked for nothing"
        )
    else:
        said = (
            f"{request.who} a demandé le {request.asked_at}, {how}{where}, {_ASKS[request.asks][1]}"
            if fr
            else f"{request.who} asked at {request.asked_at}, {how}{where}, {_ASKS[request.asks][0]}"
        )
    if regions:
        said += f"{' ; lieu : ' if fr else '; where: '}{regions}"
    lines = [f"{entry}{' : ' if fr else ': '}{said}."]
    for text, en, french in (
        (request.on_behalf_of, "On behalf of", "Au nom de"),
        (request.for_whose_benefit, "For the benefit of", "Au bénéfice de"),
        (request.relayed_by, "Relayed by", "Transmise par"),
    ):
        if text:
            lines.append(f"{pick(language, f'{en}: ', f'{french} : ')}{said_by(text)}")
    if request.text is not None:
        lines.append(
            f"{pick(language, 'What was said: ', 'Ce qui a été dit : ')}object/{request.text.object}"
        )
    lines += quoted(words, language)
    if request.commitment >= 0:
        said = pick(
            language,
            f"It was kept back since entry {request.commitment}; its text is what that entry committed to.",
            f"Elle était gardée depuis l'entrée {request.commitment} ; son texte est ce à quoi celle-ci "
            "s'engageait.",
        )
        if kept is not None:
            late = seconds_of(request.time) > seconds_of(kept.reveal_by)
            when, due = request.time, kept.reveal_by
            said += pick(
                language,
                f" It was to be shown by {due}, and was shown {when}{', too late' * late}.",
                f" Elle devait être montrée avant le {due}, et l'a été le {when}{', trop tard' * late}.",
            )
        lines.append(said)
    return lines


def quoted(words: str, language: Language = "en") -> list[str]:
    """What somebody wrote, line by line behind a mark; of a long text the beginning."""
    lines = words.strip().splitlines()
    found = [f"  > {line[:LONGEST_LINE]}{'...' * (len(line) > LONGEST_LINE)}" for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES or any(len(line) > LONGEST_LINE for line in lines[:MOST_LINES]):
        found.append(
            pick(language, "  (more of it stands beside the log)", "  (la suite est à côté du journal)")
        )
    return found


def answer_line(answer: Answer, index: int, language: Language = "en") -> str:
    """What was answered, by whom, why, and which change followed."""
    fr = language == "fr"
    said = _ANSWER[answer.answer][fr]
    by = ", ".join(answer.by)
    by = (f" par {by}" if fr else f" by {by}") if by else ""
    head = f"Réponse (entrée {index}, {answer.time}) : {said}{by}." if fr else (
        f"Answer (entry {index}, {answer.time}): {said}{by}."
    )  # fmt: skip
    if answer.reason:
        head += f" {pick(language, 'Reason: ', 'Motif : ')}{said_by(answer.reason)}"
    if answer.change:
        named = answer.change[:12]
        head += pick(
            language, f" The change that followed: {named}.", f" Le changement qui a suivi : {named}."
        )  # fmt: skip
    return head


def asked_lines(
    asked: Asked, language: Language = "en", words: str = "", kept: Commitment | None = None, seen: str = ""
) -> list[str]:
    """A request with its answers and the changes that followed.

    words, kept: as `request_lines` takes them. seen: a sentence on when witnesses saw the request.
    """
    lines = request_lines(asked.request, asked.index, language, words, kept)
    lines += [seen] if seen else []
    lines += [answer_line(answer, index, language) for index, answer in asked.answers]
    if not asked.answers and asked.request.kind == "request":
        lines.append(
            pick(language, "No answer stands in the log.", "Aucune réponse ne figure dans le journal.")
        )
    if asked.changes:
        entries = ", ".join(map(str, asked.changes))
        if len(asked.changes) == 1:
            en = f"The change of entry {entries} says that it follows it, or an answer says so."
            fr = f"Le changement de l'entrée {entries} dit y faire suite, ou une réponse le dit."
        else:
            en = f"The changes of entries {entries} say that they follow it, or an answer says so."
            fr = f"Les changements des entrées {entries} disent y faire suite, ou une réponse le dit."
        lines.append(pick(language, en, fr))
    return lines


def contract_lines(
    contract: Contract, index: int, kept: tuple[Commitment, bool] | None = None, language: Language = "en",
    words: str = "",
) -> list[str]:  # fmt: skip
    """A contract, or a sponsor's agreement: between whom, about what, and where its text is.

    kept: the commitment to its text, and whether its date has passed, where that is kept back still. words:
    its text, where it is known.
    """
    fr = language == "fr"
    entry = f"Entrée {index}, {contract.time}" if fr else f"Entry {index}, {contract.time}"
    kind = _KIND[contract.kind][fr]
    between = ", ".join(contract.parties)
    if between:
        kind += f" entre {between}" if fr else f" between {between}"
    lines = [f"{entry}{' : ' if fr else ': '}{kind}{' : ' if fr else ': '}{said_by(contract.about)}"]
    for said, en, french in (
        (contract.begins, "Good from", "Valable à partir du"),
        (contract.ends, "Good until", "Valable jusqu'au"),
        (", ".join(contract.regions), "Where:", "Lieu :"),
    ):  # fmt: skip
        if said:
            lines.append(f"{pick(language, en, french)} {said_by(said)}")
    if contract.text is not None:
        lines.append(
            f"{pick(language, 'Its text', 'Son texte')}{' : ' if fr else ': '}object/{contract.text.object}"
        )
    elif kept is not None:
        lines.append(kept_back_line(contract.commitment, *kept, language))
    elif contract.commitment >= 0:
        lines.append(
            pick(
                language,
                f"Its text is what entry {contract.commitment} committed to.",
                f"Son texte est ce à quoi l'entrée {contract.commitment} s'engageait.",
            )
        )
    else:
        lines.append(pick(language, "Its text is not given.", "Son texte n'est pas donné."))
    return [*lines, *quoted(words, language)]


def kept_back_line(index: int, kept: Commitment, late: bool, language: Language = "en") -> str:
    """What is kept back until when, and whether that time has passed."""
    about = said_by(kept.about)
    if late:
        return pick(
            language,
            f"Overdue: entry {index} promised to show by {kept.reveal_by}, and no entry does: {about}",
            f"En retard : l'entrée {index} promettait de montrer avant le {kept.reveal_by}, et rien ne le "
            f"fait : {about}",
        )
    return pick(
        language,
        f"Entry {index} keeps something back until {kept.reveal_by}: {about}",
        f"L'entrée {index} garde quelque chose jusqu'au {kept.reveal_by} : {about}",
    )


def nothing_asked(language: Language = "en") -> str:
    """What is said where no request stands in a log."""
    return pick(language, "No request stands in this log.", "Aucune demande ne figure dans ce journal.")
