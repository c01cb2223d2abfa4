"""What rules say of a region, in words for readers: no keys of a rule file, and days where a day is meant.

Only what bears on whether, how and for whom the network serves there is told, and the sentence of the
decision as the rules have it. What else a region says stands in the log.
"""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from openleo.service.governance.record import FOREVER_S
from openleo.service.governance.regional import Saying
from openleo.service.governance.telling.words import pick, said_by
from openleo.service.reasons import Language
from openleo.service.rulefile import Region

_WORDS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "licence": {
        "licensed": ("licensed", "licence accordée"), "pending": ("licence pending", "licence demandée"),
        "none": ("no licence", "aucune licence"), "prohibited": ("prohibited", "interdit"),
    },
    "service": {
        "on": ("service on", "service ouvert"), "off": ("service off", "service coupé"),
        "listed": ("service for terminals on a list", "service pour les terminaux d'une liste"),
        "emergency": ("service for emergencies", "service pour les urgences"),
    },
    "sales": {
        "available": ("on sale", "en vente"), "waitlist": ("a waiting list", "liste d'attente"),
        "coming soon": ("sales to come", "vente à venir"), "not offered": ("not on sale", "pas en vente"),
        "decided by area": ("sales decided by area", "vente décidée zone par zone"),
    },
}  # fmt: skip
_LIMITS: Final = (
    ("max_speed_kmh", "at a speed of at most {} km/h", "à une vitesse d'au plus {} km/h"),
    ("max_altitude_m", "at most {} m above ground", "à au plus {} m du sol"),
    ("max_coast_km", "at most {} km from the coast", "à au plus {} km de la côte"),
    ("rate_mbps", "at most {} Mbit/s", "au plus {} Mbit/s"),
)
_LISTS: Final = (
    ("motion", "only for terminals that are {}", "seulement pour des terminaux {}"),
    ("usage", "only for use that is {}", "seulement pour un usage {}"),
    ("prohibited_uses", "not for: {}", "pas pour : {}"),
    ("sold_in", "only for terminals sold in {}", "seulement pour des terminaux vendus en {}"),
    ("landing", "traffic comes to the ground in {} alone", "trafic vers le sol en {} seulement"),
    ("hours", "daily {} UTC", "chaque jour {} UTC"),
)
_CLASSES: Final = {
    "fixed": ("fixed", "fixes"), "portable": ("portable", "portables"),
    "vehicle": ("on vehicles", "sur véhicule"), "vessel": ("on vessels", "sur bateau"),
    "aircraft": ("on aircraft", "sur aéronef"), "civil": ("civil", "civil"),
    "humanitarian": ("humanitarian", "humanitaire"), "emergency": ("for emergencies", "d'urgence"),
    "government": ("by a government", "gouvernemental"), "defence": ("for defence", "de défense"),
}  # fmt: skip
_LAST_S: Final = datetime(9999, 12, 30, tzinfo=UTC).timestamp()


def since(from_s: float, until_s: float, language: Language = "en") -> str:
    """From when until when, POSIX seconds: days, with the time where it is not midnight."""
    begins = _time(from_s)
    if until_s >= min(FOREVER_S, _LAST_S):
        return pick(language, f"from {begins} on", f"à partir du {begins}")
    ends = _time(until_s)
    return pick(language, f"from {begins} until {ends}", f"du {begins} au {ends}")


def _time(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%d}" if seconds % 86_400 == 0 else f"{moment:%Y-%m-%d %H:%M} UTC"


def stated(saying: Saying, name: str, language: Language = "en") -> tuple[str, ...]:
    """What rules say of a region of that name, and of others over the same place, in sentences."""
    lines = list(_said(saying, name, language))
    if saying.former is not None:
        before = pick(
            language, "For those whom a stage does not reach, the rules before hold.",
            "Pour ceux que l'étape n'atteint pas, les règles d'avant valent.",
        )  # fmt: skip
        lines += [before, *_said(saying.former, name, language)]
    return tuple(lines)


def _said(saying: Saying, name: str, language: Language) -> Iterator[str]:
    colon = pick(language, ": ", " : ")
    if saying.region is None:
        nothing = pick(language, "nothing of their own", "rien de propre")
        yield f"{name}{colon}{nothing}."
    else:
        yield f"{name}{colon}{_words(saying.region, language)}."
        yield said_by(_decision(saying.region, language))
    if saying.beside is None:
        yield pick(
            language, "Which other regions lie over the same place is not known.",
            "Quelles autres régions couvrent le même lieu n'est pas connu.",
        )  # fmt: skip
    for each in saying.beside or ():
        head = pick(language, "Over the same place or a part of it", "Sur le même lieu ou une partie")
        yield f"{head}, {each.name}{colon}{_words(each, language)}."


def _decision(region: Region, language: Language) -> str:
    return pick(language, f"By decision: {region.decision}", f"Par décision : {region.decision}")


def _words(region: Region, language: Language) -> str:
    said = [
        pick(language, *words[getattr(region, field)])
        for field, words in _WORDS.items()
        if getattr(region, field) in words
    ]
    for field, en, fr in _LIMITS:
        if math.isfinite(getattr(region, field)):
            said.append(pick(language, en, fr).format(f"{getattr(region, field):g}"))
    for field, en, fr in _LISTS:
        if names := getattr(region, field):
            listed = ", ".join(pick(language, *_CLASSES.get(each, (each, each))) for each in names)
            said.append(pick(language, en, fr).format(listed))
    neither = pick(language, "neither service nor a limit", "ni service ni limite")
    return pick(language, "; ", " ; ").join(said or [neither])
