"""Reasons: stable numbers, each with a text, how long to wait, and where to appeal; never reused.

A decision has all reasons that lowered it. Of those that lowered it to its outcome, the first in the order of
`PRIORITY` is called primary; the order changes nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Final, Literal

Language = Literal["en", "fr"]


class Reason(IntEnum):
    """Why a terminal gets less than service; numbers stay for ever and are below 64."""

    NONE = 0
    NO_ACCOUNT = 1
    ACCOUNT_SUSPENDED = 2
    UNKNOWN_TERMINAL = 3
    BAD_SIGNATURE = 4
    REPLAY = 5
    CLONE = 6
    IMPOSSIBLE_TRAVEL = 7
    CLOCK = 8
    VERSION = 9
    UNLICENSED = 10
    PROHIBITED = 11
    SERVICE_OFF = 12
    NOT_ON_LIST = 13
    AT_SEA = 14
    TOO_FAR_FROM_ADDRESS = 15
    ROAMING_TOO_LONG = 16
    COUNTRY_OF_SALE = 17
    TOO_FAST = 18
    TOO_HIGH = 19
    MOTION_CLASS = 20
    USAGE_CLASS = 21
    OVER_QUOTA = 22
    UNPAID = 23
    UNKNOWN_LOCATION = 24
    LOCATION_REFUTED = 25
    CELL_FULL = 26
    NO_COVERAGE = 27
    TERMINAL_SUSPENDED = 28
    TERMINAL_LOST_OR_STOLEN = 29
    TERMINAL_RETIRED = 30
    EMERGENCY_ONLY_HERE = 31
    USE_PROHIBITED = 32
    LICENCE_PENDING = 33
    UNCERTAIN_LOCATION = 34
    NO_RULES = 35
    LATE = 36

    @property
    def word(self) -> str:
        """As the faces name it."""
        return self.name.lower()


Route = Literal["operator", "account", "authority", "custodian", "none"]
"""Where to appeal: the operator's desk, the account page, the authority of the place, a list's custodian."""


@dataclass(frozen=True)
class Wording:
    """What people read of a reason."""

    en: str
    fr: str
    appeal: Route
    wait_s: float | None = None
    """Ask again no earlier than after so many seconds; None: the rule set's `retry_s`."""

    def text(self, language: Language = "en") -> str:
        """The reason in one sentence."""
        return self.fr if language == "fr" else self.en


SLOT_S: Final = 15.0
"""A new plan may light a cell that was full."""

SOON_S: Final = 60.0
"""For what may be over in a moment: a position that settles, rules that are loaded."""

WORDING: Final[Mapping[Reason, Wording]] = MappingProxyType(
    {
        Reason.NONE: Wording("Nothing stands against it.", "Rien ne s'y oppose.", "none", 0.0),
        Reason.NO_ACCOUNT: Wording(
            "The terminal has no active account, or none of the plans that these rules know.",
            "Le terminal n'a pas de compte actif, ou aucun des forfaits que ces règles connaissent.",
            "account",
        ),
        Reason.ACCOUNT_SUSPENDED: Wording("Its account is suspended.", "Son compte est suspendu.", "account"),
        Reason.UNKNOWN_TERMINAL: Wording(
            "No terminal of that identity is in the register.",
            "Aucun terminal de cette identité ne figure au registre.",
            "operator",
        ),
        Reason.BAD_SIGNATURE: Wording(
            "The signature of the message does not fit the terminal's key.",
            "La signature du message ne correspond pas à la clé du terminal.",
            "operator",
            0.0,
        ),
        Reason.REPLAY: Wording(
            "The sequence number was used before.", "Le numéro d'ordre a déjà servi.", "operator", 0.0
        ),
        Reason.CLONE: Wording(
            "The identity appears in two places by turns.",
            "L'identité apparaît tour à tour en deux endroits.",
            "operator",
        ),
        Reason.IMPOSSIBLE_TRAVEL: Wording(
            "It is farther from its last position than anything flies in that time.",
            "Il est plus loin de sa dernière position qu'aucun vol ne le permet en ce temps.",
            "operator",
        ),
        Reason.CLOCK: Wording(
            "Its clock is farther from the true time than is tolerated.",
            "Son horloge s'écarte de l'heure plus qu'il n'est toléré.",
            "operator",
            0.0,
        ),
        Reason.VERSION: Wording(
            "Its software is older than the oldest version that is served.",
            "Son logiciel est antérieur à la plus ancienne version servie.",
            "account",
        ),
        Reason.UNLICENSED: Wording(
            "No licence allows service here.", "Aucune licence n'autorise le service ici.", "authority"
        ),
        Reason.PROHIBITED: Wording(
            "The authority of this place prohibits service.",
            "L'autorité de ce lieu interdit le service.",
            "authority",
        ),
        Reason.SERVICE_OFF: Wording(
            "Service is switched off in this region.", "Le service est coupé dans cette région.", "operator"
        ),
        Reason.NOT_ON_LIST: Wording(
            "Only terminals on a list are served here, and this one is not on it.",
            "Seuls les terminaux d'une liste sont servis ici, et celui-ci n'y est pas.",
            "custodian",
        ),
        Reason.AT_SEA: Wording(
            "It is at sea, where neither rule nor plan serves it.",
            "Il est en mer, où ni règle ni forfait ne le sert.",
            "account",
        ),
        Reason.TOO_FAR_FROM_ADDRESS: Wording(
            "It is farther from its service address than its plan allows.",
            "Il est plus loin de son adresse de service que son forfait ne l'admet.",
            "account",
        ),
        Reason.ROAMING_TOO_LONG: Wording(
            "It has been outside the country of its service address longer than allowed.",
            "Il est hors du pays de son adresse de service depuis plus longtemps qu'il n'est admis.",
            "account",
        ),
        Reason.COUNTRY_OF_SALE: Wording(
            "Terminals sold where this one was sold are not served here.",
            "Les terminaux vendus là où celui-ci l'a été ne sont pas servis ici.",
            "operator",
        ),
        Reason.TOO_FAST: Wording(
            "It moves faster than is allowed here, or by its plan.",
            "Il va plus vite qu'il n'est admis ici, ou par son forfait.",
            "account",
            SOON_S,
        ),
        Reason.TOO_HIGH: Wording(
            "It is higher above ground than is allowed here.",
            "Il est plus haut au-dessus du sol qu'il n'est admis ici.",
            "operator",
            SOON_S,
        ),
        Reason.MOTION_CLASS: Wording(
            "Terminals of its motion class are not served here or by its plan, or it moves out of its class.",
            "Les terminaux de sa classe de mouvement ne sont servis ni ici ni par son forfait, ou il sort de "
            "sa classe.",
            "account",
        ),
        Reason.USAGE_CLASS: Wording(
            "Terminals of its usage class are not served here.",
            "Les terminaux de sa classe d'usage ne sont pas servis ici.",
            "authority",
        ),
        Reason.OVER_QUOTA: Wording(
            "It has used up the traffic of its plan.", "Il a épuisé le trafic de son forfait.", "account"
        ),
        Reason.UNPAID: Wording(
            "Nobody has paid for it, and the grace is over.",
            "Personne n'a payé pour lui, et le délai de grâce est passé.",
            "account",
        ),
        Reason.UNKNOWN_LOCATION: Wording(
            "Its position is not known well enough.",
            "Sa position n'est pas assez bien connue.",
            "operator",
            SOON_S,
        ),
        Reason.LOCATION_REFUTED: Wording(
            "The sky contradicts the position that it reports.",
            "Le ciel contredit la position qu'il annonce.",
            "operator",
            SOON_S,
        ),
        Reason.CELL_FULL: Wording(
            "The plan has no room left in its cell.",
            "Le plan n'a plus de place dans sa cellule.",
            "none",
            SLOT_S,
        ),
        Reason.NO_COVERAGE: Wording(
            "No satellite of the plan serves its cell.",
            "Aucun satellite du plan ne sert sa cellule.",
            "none",
            SLOT_S,
        ),
        Reason.TERMINAL_SUSPENDED: Wording("It is suspended.", "Il est suspendu.", "operator"),
        Reason.TERMINAL_LOST_OR_STOLEN: Wording(
            "It is reported lost, stolen or found.", "Il est déclaré perdu, volé ou trouvé.", "operator"
        ),
        Reason.TERMINAL_RETIRED: Wording("It is retired.", "Il est hors d'usage.", "operator"),
        Reason.EMERGENCY_ONLY_HERE: Wording(
            "Only emergencies are served in this region.",
            "Seules les urgences sont servies dans cette région.",
            "operator",
        ),
        Reason.USE_PROHIBITED: Wording(
            "The use declared for it is prohibited here.",
            "L'usage déclaré pour lui est interdit ici.",
            "authority",
        ),
        Reason.LICENCE_PENDING: Wording(
            "A licence for this place has been asked for and is not yet given.",
            "Une licence pour ce lieu est demandée et n'est pas encore accordée.",
            "authority",
        ),
        Reason.UNCERTAIN_LOCATION: Wording(
            "The circle of its position lies over a line beyond which another decision holds.",
            "Le cercle de sa position recouvre une ligne au-delà de laquelle une autre décision vaut.",
            "operator",
            SOON_S,
        ),
        Reason.NO_RULES: Wording(
            "No rules are in force, and without rules nothing new is served.",
            "Aucune règle n'est en vigueur, et sans règle rien de nouveau n'est servi.",
            "operator",
            SOON_S,
        ),
        Reason.LATE: Wording(
            "It is older than the check-in before it.", "Il est antérieur au précédent.", "none", 0.0
        ),
    }
)

APPEAL: Final[Mapping[Route, tuple[str, str]]] = MappingProxyType(
    {
        "operator": (
            "Ask the operator's desk, with the number of the decision.",
            "S'adresser au guichet de l'opérateur, avec le numéro de la décision.",
        ),
        "account": (
            "On the account page, which the walled garden reaches.",
            "Sur la page du compte, que l'accès restreint atteint.",
        ),
        "authority": (
            "Ask the authority that decides on licences there.",
            "S'adresser à l'autorité qui décide des licences en ce lieu.",
        ),
        "custodian": ("Ask whoever keeps the list.", "S'adresser à qui tient la liste."),
        "none": ("Nothing to appeal: ask again.", "Rien à contester : redemander."),
    }
)

PRIORITY: Final = (
    Reason.BAD_SIGNATURE, Reason.UNKNOWN_TERMINAL, Reason.REPLAY, Reason.CLOCK, Reason.LATE,
    Reason.TERMINAL_LOST_OR_STOLEN, Reason.TERMINAL_RETIRED, Reason.TERMINAL_SUSPENDED, Reason.CLONE,
    Reason.IMPOSSIBLE_TRAVEL, Reason.NO_RULES, Reason.UNKNOWN_LOCATION, Reason.LOCATION_REFUTED,
    Reason.UNCERTAIN_LOCATION, Reason.PROHIBITED, Reason.LICENCE_PENDING, Reason.UNLICENSED,
    Reason.SERVICE_OFF, Reason.AT_SEA, Reason.NOT_ON_LIST, Reason.EMERGENCY_ONLY_HERE, Reason.USE_PROHIBITED,
    Reason.USAGE_CLASS, Reason.COUNTRY_OF_SALE, Reason.MOTION_CLASS, Reason.TOO_FAST, Reason.TOO_HIGH,
    Reason.NO_ACCOUNT, Reason.ACCOUNT_SUSPENDED, Reason.UNPAID, Reason.VERSION, Reason.TOO_FAR_FROM_ADDRESS,
    Reason.ROAMING_TOO_LONG, Reason.OVER_QUOTA, Reason.NO_COVERAGE, Reason.CELL_FULL,
)  # fmt: skip
"""Which reason is called primary, the first first: the message, the terminal, its position, the place, the
terminal in that place, the account, the plan of the slot."""


def reasons_of(bits: int) -> tuple[Reason, ...]:
    """The reasons of a mask with bit r for reason r, in the order of `PRIORITY`."""
    return tuple(reason for reason in PRIORITY if bits >> reason & 1)
