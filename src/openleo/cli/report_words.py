"""The words in which a case is printed, in English and French; those of people stay as they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openleo.cli.command import count

if TYPE_CHECKING:
    from openleo.service.reasons import Language
    from openleo.service.reports.claims import Act, AnswerKind, ClaimKind
    from openleo.service.reports.proposals import Mood

KINDS: "Final[dict[ClaimKind, tuple[str, str]]]" = {
    "asked": ("Asked for", "Demandé"), "decided": ("Decided", "Décidé"), "contact": ("Contact", "Échanges"),
    "sold": ("Sold", "Vendu"), "used": ("Used", "Utilisé"), "paid": ("Paid", "Payé"),
}  # fmt: skip
ACTS: "Final[dict[Act, tuple[str, str]]]" = {
    "on": ("service on", "service en marche"), "off": ("service switched off", "service coupé"),
    "kept off": ("service kept off", "service maintenu coupé"),
    "never on": ("service never on", "service jamais en marche"),
    "limited": ("service limited", "service limité"), "other": ("", ""),
}  # fmt: skip
MOODS: "Final[dict[Mood, tuple[str, str]]]" = {
    "asserted": ("asserted", "affirmé"), "reported": ("reported", "rapporté"),
    "conditional": ("conditional", "conditionnel"), "denied": ("denied", "démenti"),
    "asked": ("asked", "en question"),
}  # fmt: skip
ANSWERS: "Final[dict[AnswerKind, tuple[str, str]]]" = {
    "confirms": ("confirms", "confirme"), "confirms in part": ("confirms in part", "confirme en partie"),
    "denies": ("denies", "dément"), "no comment": ("no comment", "sans commentaire"),
    "silent since": ("silent since", "sans réponse depuis le"),
}  # fmt: skip
DIFFERING: "Final[dict[str, tuple[str, str]]]" = {
    "figure": ("Differing figure", "Chiffre qui diffère"), "date": ("Differing date", "Date qui diffère"),
    "name": ("Differing name", "Nom qui diffère"),
}  # fmt: skip


@dataclass(frozen=True)
class Telling:
    """How a case is told: in which language, and what documents are called."""

    language: "Language"
    names: Mapping[str, str]

    def pick(self, english: str, french: str) -> str:
        """A sentence in the language."""
        return french if self.language == "fr" else english

    def many(self, number: int, english: str, french: str) -> str:
        """So many of something; french: with the ending of one in brackets, such as source(s)."""
        noun = self.pick(english + "(s)", french)
        alone = number < 2 if self.language == "fr" else number == 1
        return f"{count(number)} {noun.replace('(s)', '' if alone else 's')}"

    @property
    def colon(self) -> str:
        """As it stands behind a word."""
        return self.pick(":", "\u00a0:")

    def quoted(self, words: str) -> str:
        """Words between quotation marks."""
        return self.pick(f"“{words}”", f"«\u00a0{words}\u00a0»")

    def sources(self, independent: int) -> str:
        """How many sources do not go back to one another."""
        if not independent:
            return self.pick(
                "No independent source tells that it is so",
                "Aucune source indépendante ne dit qu’il en est ainsi",
            )
        return self.many(independent, "independent source", "source(s) indépendante(s)")
