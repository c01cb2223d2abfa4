"""What a change of rules says and does, in sentences, English and French.

Who asked for it, on what grounds, what differs, whom it touches, in which stages, who approved.

Nothing is told of a change because it says so of itself: what differs is computed from the rules beside the
log, and nobody is said to approve whose signature does not count.
"""

from collections.abc import Sequence
from typing import Final

from openleo.service.governance.differences import differences
from openleo.service.governance.entries import Change, Grounds, Touches
from openleo.service.governance.record import Rules, Signed
from openleo.service.governance.telling.words import counted, pick, said_by
from openleo.service.reasons import Language
from openleo.service.rulefile import RuleFile

MOST_OTHERS: Final = 20
"""Sentences of an entry about itself that are told where its rules do something else."""

_POWER: Final = {
    "restrict": ("to restrict service", "pour restreindre le service"),
    "restore": ("to restore service", "pour rétablir le service"),
}


def change_lines(
    change: Change, index: int, looked_at: Sequence[Signed] | None, language: Language = "en",
    before: Rules | None = None, after: Rules | None = None,
) -> list[str]:  # fmt: skip
    """All that a change says, and what it does.

    index: of its entry, -1 for a draft. looked_at: its approvals, each looked at; none where nobody can know
    by which keys they count. before, after: the rules that it was made for, and its own; None where they are
    not known, and before the first.
    """
    lines = [
        change_title(change, index, language),
        *grounds_lines(change, language),
        *difference_lines(change, before, after, language),
        touches_line(change.touches, language),
        *stage_lines(change, language),
    ]
    if change.request >= 0:
        lines.append(
            pick(
                language,
                f"It says that it follows the request of entry {change.request}.",
                f"Il dit faire suite à la demande de l'entrée {change.request}.",
            )
        )
    return [*lines, *approval_lines(change, looked_at, language)]


def change_title(change: Change, index: int, language: Language = "en") -> str:
    """Who asked for which rules, from when on; index: of its entry, -1 for a draft."""
    fr = language == "fr"
    entry = (f"Entrée {index}" if fr else f"Entry {index}") if index >= 0 else ("Projet" if fr else "Draft")
    rules = f"{change.name} ({change.digest[:12]})"
    if change.kind == "first":
        said = (
            f"premières règles, {rules}, demandées par {change.requester}, à mettre en vigueur le"
            if fr
            else f"the first rules, {rules}, asked for by {change.requester}, to be in force from"
        )
    elif change.kind == "emergency":
        power = _POWER[change.power][fr]
        said = (
            f"urgence, {power} : {change.requester} demande les règles {rules}, à mettre en vigueur le"
            if fr
            else f"an emergency, {power}: {change.requester} asked for the rules {rules}, to be in force from"
        )
    else:
        said = (
            f"{change.requester} demande de nouvelles règles, {rules}, à mettre en vigueur le"
            if fr
            else f"{change.requester} asked for new rules, {rules}, to be in force from"
        )
    end = ""
    if change.ends_at:
        end = f" jusqu'au {change.ends_at} au plus tard" if fr else f" until {change.ends_at} at the latest"
    name = f"changement {change.hash[:12]}" if fr else f"change {change.hash[:12]}"
    return f"{entry}, {change.time}, {name}{' : ' if fr else ': '}{said} {change.effective_at}{end}."


def grounds_lines(given: Change | Grounds, language: Language = "en", index: int = -1) -> list[str]:
    """The reason and the legal basis, as they were given; index: of the entry, for grounds given later."""
    colon = pick(language, ": ", " : ")
    later = isinstance(given, Grounds)
    if later:
        head = pick(
            language,
            f"Grounds given later (entry {index}, {given.time})",
            f"Motif donné plus tard (entrée {index}, {given.time})",
        )
    else:
        head = pick(language, "Reason given", "Motif donné")
    lines = [f"{head}{colon}{said_by(given.reason)}"]
    if given.basis:
        lines.append(f"{pick(language, 'Legal basis', 'Base légale')}{colon}{said_by(given.basis)}")
    elif not later:
        lines.append(pick(language, "No legal basis is given.", "Aucune base légale n'est donnée."))
    return lines


def difference_lines(
    change: Change, before: Rules | None, after: Rules | None, language: Language = "en"
) -> list[str]:
    """What differs from the rules before, computed from both; and what the entry says otherwise of itself."""
    if change.kind == "first":
        return _first_lines(change, after, language)
    if before is None or after is None:
        lines = [
            pick(
                language,
                "What differs cannot be computed: the rules that it was made for, or its own, are not known.",
                "Ce qui diffère ne peut être calculé : les règles d'avant, ou les siennes, ne sont pas "
                "connues.",
            )
        ]
        own = pick(language, "It says itself, unchecked", "Il dit lui-même, sans contrôle")
        colon = pick(language, ": ", " : ")
        return [*lines, *(f"  - {own}{colon}{said_by(each)}" for each in change.differs[:MOST_OTHERS])]
    sides = ((before.file, before.files), (after.file, after.files))
    english, found = differences(*sides), differences(*sides, language)
    head = pick(
        language,
        "What differs, computed from the rules before and after:" if found else
        "Nothing differs, computed from the rules before and after.",
        "Ce qui diffère, calculé à partir des règles d'avant et d'après :" if found else
        "Rien ne diffère, selon les règles d'avant et d'après.",
    )  # fmt: skip
    return [head, *(f"  - {said_by(each)}" for each in found), *_otherwise(change.differs, english, language)]


def _first_lines(change: Change, after: Rules | None, language: Language) -> list[str]:
    """What the first rules say, compared with rules that say nothing."""
    lines = [pick(language, "There were no rules before.", "Il n'y avait pas de règles avant.")]
    if after is None:
        return lines
    nothing = (RuleFile(after.file.name), dict[str, str]())
    sides = (nothing, (after.file, after.files))
    asked = after.file.governance
    lines += [
        pick(
            language,
            "What these say, beside the defaults:",
            "Ce que disent celles-ci, outre les valeurs par défaut :",
        )
    ]
    if after.file.approvers:
        many = ("organisation", "organisations")
        of = counted(language, asked.organisations, *many, *many)
        lines.append(
            pick(
                language,
                f"  - A change needs {asked.approvals} approvals, of {of} at least.",
                f"  - Un changement demande {asked.approvals} approbations, d'au moins {of}.",
            )
        )
    lines += [f"  - {said_by(each)}" for each in differences(*sides, language)]
    return [*lines, *_otherwise(change.differs, change.differs and differences(*sides), language)]


def _otherwise(said: Sequence[str], found: Sequence[str], language: Language) -> list[str]:
    """Where an entry says of itself what was not found, or leaves out what was."""
    wrong, unsaid = [each for each in said if each not in found], [each for each in found if each not in said]
    if not wrong and not unsaid:
        return []
    lines = [
        pick(
            language,
            "THE ENTRY ITSELF SAYS OTHERWISE; what holds is what its rules say, as computed above.",
            "L'ENTRÉE ELLE-MÊME DIT AUTRE CHOSE ; ce qui vaut est ce que disent ses règles, comme ci-dessus.",
        )
    ]
    for each in wrong[:MOST_OTHERS]:
        head = pick(language, "It says, and that was not found", "Elle dit, ce qui n'a pas été trouvé")
        lines.append(f"  - {head}{pick(language, ': ', ' : ')}{said_by(each)}")
    for each in unsaid[:MOST_OTHERS]:
        head = pick(language, "It leaves out", "Elle passe sous silence")
        lines.append(f"  - {head}{pick(language, ': ', ' : ')}{said_by(each)}")
    more = len(wrong[MOST_OTHERS:]) + len(unsaid[MOST_OTHERS:])
    return [*lines, *([pick(language, f"  - And {more} more.", f"  - Et {more} de plus.")] if more else [])]


def touches_line(touches: Touches | None, language: Language = "en") -> str:
    """Whom the publisher's dry run found to be touched, which nobody else can compute."""
    if touches is None:
        return pick(
            language, "No dry run says whom it touches.", "Aucun essai à blanc ne dit qui est touché."
        )
    rate = "" if touches.gbps is None else f", {touches.gbps:g} Gbit/s"
    counts = ", ".join(
        (
            counted(language, touches.terminals, "terminal", "terminals", "terminal", "terminaux"),
            counted(language, touches.accounts, "account", "accounts", "compte", "comptes"),
            counted(language, touches.cells, "cell", "cells", "cellule", "cellules"),
        )
    )
    unknown, inconnus = "", ""
    if touches.at:
        unknown, inconnus = f", at {touches.at}", f", le {touches.at}"
    if touches.unknown:
        places = counted(language, touches.unknown, "terminal", "terminals", "terminal", "terminaux")
        unknown += f"; of {places} it knows no position, and nothing of this"
        inconnus += f" ; de {places} il ne connaît pas la position, ni rien de cela"
    lose = counted(language, touches.loses, "", "", "perdrait", "perdraient")
    gain = counted(language, touches.gains, "", "", "gagnerait", "gagneraient")
    return pick(
        language,
        f"Dry run, in the publisher's own figures: {counts}{rate}; {touches.loses} would lose service, "
        f"{touches.gains} would gain it{unknown}.",
        f"Essai à blanc, chiffres de qui publie : {counts}{rate} ; {lose} le service, {gain} le service"
        f"{inconnus}.",
    )


def stage_lines(change: Change, language: Language = "en") -> list[str]:
    """The stages of a change, if it has any: from when on each may begin, and for whom it holds then."""
    if not change.stages:
        return []
    lines = [pick(language, "In stages:", "Par étapes :")]
    for i, stage in enumerate(change.stages):
        begins = pick(language, f"not before {stage.at}", f"pas avant le {stage.at}")
        if i:
            begins += pick(
                language,
                ", and only once an approver has let it begin",
                ", et seulement après qu'un approbateur l'a ouverte",
            )
        head = pick(language, f"Stage {i + 1}, {begins}: ", f"Étape {i + 1}, {begins} : ")
        lines.append(f"  - {head}{whom(change, i, language)}.")
    return lines


def whom(change: Change, stage: int, language: Language = "en") -> str:
    """For whom a change holds from one of its stages on (counted from 0), and what holds for all others.

    By regions, a terminal counts by where it is, and what no stage names comes with the last one.
    """
    named: list[str] = []
    for each in change.stages[: stage + 1]:
        named += [name for name in each.regions if name not in named]
    if stage >= len(change.stages) - 1:
        if not change.stages[-1].regions:
            return pick(language, "for all terminals", "pour tous les terminaux")
        only = ", ".join(change.stages[-1].regions)
        return pick(
            language,
            f"everywhere and for all terminals, not in {only} alone",
            f"partout et pour tous les terminaux, pas seulement à {only}",
        )
    if not named:
        share = f"{100.0 * change.stages[stage].share:g} %"
        return pick(
            language,
            f"for {share} of the terminals; for all others the rules before",
            f"pour {share} des terminaux ; pour tous les autres, les règles d'avant",
        )
    where = ", ".join(named)
    return pick(
        language,
        f"for terminals in {where}; everywhere else, and for terminals that do not say where they are, the "
        "rules before",
        f"pour les terminaux à {where} ; partout ailleurs, et pour les terminaux qui ne disent pas où ils "
        "sont, les règles d'avant",
    )


def approval_lines(
    change: Change, looked_at: Sequence[Signed] | None, language: Language = "en"
) -> list[str]:
    """Who approved a change, what was declared, and which signatures do not count, with the reason."""
    if not looked_at:
        if not change.approvals:
            return [pick(language, "Nobody has approved it.", "Personne ne l'a approuvé.")]
        why = pick(
            language,
            "the rules by whose keys it would count are not known",
            "les règles dont les clés compteraient ne sont pas connues",
        )
        looked_at = [Signed(each, "", why) for each in change.approvals]
    return [_approval_line(each, language) for each in looked_at]


def _approval_line(looked_at: Signed, language: Language) -> str:
    said, why = looked_at.approval, looked_at.why_not
    who = f"{said.name} ({looked_at.organisation})" if looked_at.organisation else said.name
    if not why:
        line = pick(
            language, f"Approved by {who}, {said.time}.", f"Approuvé par {who}, le {said.time}."
        )  # fmt: skip
    elif said.statement == "recuse" and why == f"{said.name} stood aside":
        line = pick(language, f"{who} stood aside, {said.time}.", f"{who} s'est récusé, le {said.time}.")
    elif said.statement == "duress" and why.startswith(f"{said.name} says"):
        line = pick(
            language,
            f"{who} says that it was signed under duress, {said.time}: it does not count.",
            f"{who} dit avoir signé sous la contrainte, le {said.time} : cela ne compte pas.",
        )
    else:
        line = pick(
            language,
            f"Not an approval: a signature in the name of {who}, {said.time}, does not count: {said_by(why)}",
            f"Pas une approbation : une signature au nom de {who}, le {said.time}, ne compte pas : "
            f"{said_by(why)}",
        )
    if said.interests:
        line += pick(language, " Interests declared: ", " Intérêts déclarés : ") + said_by(said.interests)
    return line
