"""Claims of reports and answers to them in sentences, English and French; their words are not in a log."""

from typing import Final

from openleo.service.governance.record import Reported
from openleo.service.governance.telling.words import pick
from openleo.service.reasons import Language
from openleo.service.reports.entries import ReportAnswer, ReportClaim

_ANSWER: Final = {
    "confirms": ("confirms it", "le confirme"),
    "confirms in part": ("confirms it in part", "le confirme en partie"),
    "denies": ("denies it", "le dément"),
    "no comment": ("does not comment on it", "ne fait pas de commentaire"),
    "silent since": ("has not answered", "n'a pas répondu"),
}
_SILENT: Final = "silent since"


def report_line(claim: ReportClaim, index: int, language: Language = "en") -> str:
    """That a claim was reviewed, and whether the operator was asked to answer."""
    said = pick(
        language,
        f"Entry {index}, {claim.time}: a claim of a report was reviewed by a second person; its words stand "
        f"in a register of reports, and {claim.claim[:12]} is their salted hash.",
        f"Entrée {index}, {claim.time} : une affirmation d'un article a été relue par une deuxième personne "
        f"; ses mots figurent dans un registre d'articles, et {claim.claim[:12]} est leur empreinte salée.",
    )
    if not claim.asked:
        return said + pick(
            language, " The operator was not asked yet.", " L'opérateur n'a pas encore été interrogé."
        )
    return said + pick(
        language,
        f" The operator was asked on {claim.asked} to answer.",
        f" L'opérateur a été invité à répondre le {claim.asked}.",
    )


def report_answer_line(answer: ReportAnswer, index: int, language: Language = "en") -> str:
    """Who answered to a claim, when and how."""
    fr = language == "fr"
    since = answer.kind == _SILENT
    when = ""
    if answer.when:
        when = f" {('depuis le' if since else 'le') if fr else ('since' if since else 'on')} {answer.when}"
    said = _ANSWER[answer.kind][fr]
    words = ""
    if answer.words:
        words = pick(
            language,
            f" The salted hash of the words is {answer.words[:12]}.",
            f" L'empreinte salée des mots est {answer.words[:12]}.",
        )
    return pick(
        language,
        f"Entry {index}, {answer.time}: {answer.by}, on the claim of entry {answer.claim}, "
        f"{said}{when}.{words}",
        f"Entrée {index}, {answer.time} : {answer.by}, à propos de l'affirmation de l'entrée "
        f"{answer.claim}, {said}{when}.{words}",
    )


def reported_lines(reported: Reported, language: Language = "en") -> list[str]:
    """A claim with the answers to it."""
    answers = [report_answer_line(each, index, language) for index, each in reported.answers]
    return [report_line(reported.claim, reported.index, language), *answers]
