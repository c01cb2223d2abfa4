"""What an audit of a log found, in sentences: the ledger's own English, or French."""

import re
from typing import Final

from openleo.ledger.encoding import to_base64
from openleo.ledger.entries import time_of
from openleo.ledger.errors import Refused
from openleo.ledger.note import COSIGNATURE
from openleo.ledger.report import Report
from openleo.service.governance.telling.words import counted, said_by
from openleo.service.reasons import Language

_WORDS: Final = (
    (
        r"Its keys are taken by the log's own word, entry (\d+): .*",
        r"Ses clés sont prises sur la parole du journal, entrée \1 : seule une politique dit si ce sont "
        "celles du journal voulu.",
    ),
    (r"Signed by (.*), which the policy knows\.", r"Signé par \1, que la politique connaît."),
)
"""On whose word a log's keys were taken, as the audit says it, and in French."""


def report_lines(report: Report, language: Language = "en") -> list[str]:
    """The verdict first, then what was read; what does not hold, and why, stays in English."""
    if language == "fr":
        return _french(report)
    sentences, verdict = report.sentences(), 1 + len(report.problems)
    return [*sentences[-verdict:], *sentences[:-verdict]]


def _french(report: Report) -> list[str]:
    if report.checkpoint is None:
        verdict = f"{report.source} : il n'y a pas de point de contrôle lisible."
    elif report.ok:
        verdict = "Chaque tuile, entrée et objet a été lu et recalculé, et tout est juste."
    else:
        count = counted("fr", len(report.problems), "", "", "problème", "problèmes")
        verdict = f"Cela n'est pas juste. {count} :"
    lines = [verdict, *map(str, report.problems)]
    if report.checkpoint is None:
        return lines
    entries = counted("fr", report.checkpoint.size, "", "", "entrée", "entrées")
    root = to_base64(report.checkpoint.root)
    lines.append(f"Le journal {report.checkpoint.origin} a {entries} ; sa racine est {root}.")
    if report.word:
        lines.append(_word(report.word))
    lines += [
        f"Cosigné par {held.by.name}, {_time(held.time)}."
        for held in report.held
        if held.by.kind == COSIGNATURE and held.time is not None
    ]
    if report.counts:
        lines.append(f"Entrées : {', '.join(f'{count} {kind}' for kind, count in report.counts.items())}.")
    if report.unreadable_count:
        kept = counted("fr", report.unreadable_count, "", "", "entrée n'est", "entrées ne sont")
        lines.append(f"{kept} pas du JSON canonique avec type, version et heure : non comprises.")
    if report.objects or report.withdrawn:
        named = counted("fr", report.objects, "", "", "nommé et présent", "nommés et présents")
        gone = counted("fr", len(report.withdrawn), "", "", "retiré", "retirés")
        lines.append(f"Objets : {named}, {gone}.")
    for taken in report.withdrawn:
        state = "Il n'est plus là." if taken.gone else "Il est encore là."
        why = said_by(taken.reason)
        lines.append(f"L'entrée {taken.index} retire l'objet {taken.object} : {why} {state}")
    for each in report.keys:
        if not each.refused:
            keys, why = ", ".join(each.entry.log), said_by(each.entry.reason)
            lines.append(f"Clés, entrée {each.index}, {each.entry.time} : {keys} : {why}")
    return lines


def _time(seconds: int) -> str:
    try:
        return time_of(seconds)
    except Refused:  # a cosignature may state any time, and one in the future does not count
        return f"{seconds} s après 1970"


def _word(said: str) -> str:
    for english, french in _WORDS:
        if re.fullmatch(english, said):
            return re.sub(english, french, said)
    return said
