"""One region in sentences, English and French: what was said of its place when, and why a change is told."""

from openleo.service.governance.differences import words_of
from openleo.service.governance.regional import Concern, Saying
from openleo.service.governance.telling.state import held_line
from openleo.service.governance.telling.words import pick, said_by
from openleo.service.reasons import Language
from openleo.service.rulefile import Region


def region_title(name: str, language: Language = "en") -> str:
    """The head of what held in a region."""
    return pick(
        language, f"Region {name}, what the rules said of it:", f"Région {name}, ce qu'en disent les règles :"
    )


def saying_lines(saying: Saying, language: Language = "en") -> list[str]:
    """What held from when until when, and what it says of the region and of others over the same place."""
    lines = [f"  {held_line(saying.held, language)}", *_said(saying, language)]
    if saying.former is not None:
        head = pick(
            language,
            "    For those whom the stage does not reach, the rules before:",
            "    Pour ceux que l'étape n'atteint pas, les règles d'avant :",
        )
        lines += [head, *(f"  {line}" for line in _said(saying.former, language))]
    return lines


def _said(saying: Saying, language: Language) -> list[str]:
    words = pick(language, "Nothing is said of it.", "Rien n'en est dit.")
    if saying.region is not None:
        words = said_by(pick(language, "It says: ", "Elles disent : ") + words_of(saying.region, language))
    lines = [f"    {words}"]
    if saying.beside is None:
        lines.append(
            pick(
                language,
                "    Which other regions lie over the same place is not known.",
                "    Quelles autres régions couvrent le même lieu n'est pas connu.",
            )
        )
    lines += [f"    {_beside(each, language)}" for each in saying.beside or ()]
    return lines


def _beside(region: Region, language: Language) -> str:
    head = pick(language, "Over the same place or a part of it", "Sur le même lieu ou une partie")
    name, says = region.name, said_by(words_of(region, language))
    return f"{head}, {name}{pick(language, ': ', ' : ')}{says}"


def concern_line(concern: Concern, name: str, language: Language = "en") -> str:
    """Why a change is told in the history of a region."""
    if concern.unknown:
        return pick(
            language,
            f"It may concern {name}: its rules, or where {name} is, are not known.",
            f"Il peut concerner {name} : ses règles, ou le lieu de {name}, ne sont pas connus.",
        )
    said = []
    if concern.own:
        said.append(pick(language, f"what is said of {name} itself", f"ce qui est dit de {name} même"))
    if concern.over:
        names = ", ".join(concern.over)
        said.append(
            pick(
                language,
                f"other regions over the same place or a part of it ({names})",
                f"d'autres régions sur le même lieu ou une partie ({names})",
            )
        )
    placed = concern.placed
    if placed.refused or placed.withdrawn >= 0:
        verb = pick(language, "It would have changed ", "Il aurait changé ")
    elif placed.change.kind == "first":
        verb = pick(language, "It sets ", "Il fixe ")
    else:
        verb = pick(language, "It changes ", "Il change ")
    sure = verb + pick(language, " and ", " et ").join(said) + "."
    perhaps = [*concern.perhaps, *concern.keys]
    if not perhaps:
        return sure
    may = pick(
        language,
        f"It may concern {name}, for it changes {', '.join(perhaps)}.",
        f"Il peut concerner {name}, car il change {', '.join(perhaps)}.",
    )
    return f"{sure} {may}" if said else may
