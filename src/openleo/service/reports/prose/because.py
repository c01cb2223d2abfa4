"""Why a document is thought to go back to another, in English and French sentences."""

from typing import Final, Literal

from openleo.service.governance.telling.words import pick
from openleo.service.reasons import Language

Why = Literal[
    "party", "later", "translation", "renamed", "outside", "passing", "nobody", "title", "first", "text",
    "own", "taken", "session",
]  # fmt: skip
"""It is a party's own; a later version; a translation; of a name that a translation made; no document is of
that outlet; it mentions it in passing; nobody is cited; an outlet is cited in its title, among its first
sentences, in its text; it has sources of its own; it tells what another told; it tells of a session."""

_SENTENCES: Final[dict[Why, tuple[str, str]]] = {
    "party": (
        "It is a statement of a party itself.", "C'est une déclaration d'une partie elle-même.",
    ),
    "later": (
        "It is a later version of what {} had published.",
        "C'est une version ultérieure de ce que {} avait publié.",
    ),
    "translation": ("It says that it is a translation.", "Il dit être une traduction."),
    "renamed": (
        "{} may be what a translation made of {}.", "{} pourrait être ce qu'une traduction a fait de {}.",
    ),
    "outside": (
        "No document of that outlet is in the case.", "Aucun document de ce média n'est dans le dossier.",
    ),
    "passing": ("It mentions {} in passing only.", "Il ne mentionne {} qu'en passant."),
    "nobody": (
        "It cites no other outlet for what it tells.",
        "Il ne cite aucun autre média pour ce qu'il rapporte.",
    ),
    "title": (
        "It cites {} in its title or first sentence.", "Il cite {} dans son titre ou sa première phrase.",
    ),
    "first": ("It cites {} in its first sentences.", "Il cite {} dans ses premières phrases."),
    "text": ("It cites {} in its text.", "Il cite {} dans son texte."),
    "own": ("It rests on its own sources: “{}”", "Il s'appuie sur ses propres sources : « {} »"),
    "session": (
        "It tells what was said where anybody may listen: a court, a council, a press conference.",
        "Il rapporte ce qui s'est dit en public : devant un tribunal, une assemblée, la presse.",
    ),
    "taken": (
        "It tells what {} told before it, much in the same order and figures.",
        "Il rapporte ce que {} avait rapporté avant lui, à peu près dans le même ordre et "
        "avec les mêmes chiffres.",
    ),
}  # fmt: skip


def because(language: Language, why: Why) -> str:
    """A sentence; what goes into it stands there as {}."""
    return pick(language, *_SENTENCES[why])
