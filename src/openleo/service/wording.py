"""A decision in sentences, in English and French: the outcome first, then why, and when to ask again."""

from datetime import datetime

from openleo.service.policy import Clause, Decision
from openleo.service.reasons import Language, Reason
from openleo.service.records import FindingKind, Outcome

_OUTCOME = {
    Outcome.REFUSE: ("It is refused", "Il est refusé"),
    Outcome.EMERGENCY: ("Only emergencies are answered", "Seules les urgences reçoivent une réponse"),
    Outcome.WALLED: (
        "It reaches the account and appeal pages only",
        "Il n'atteint que les pages du compte et de recours",
    ),
    Outcome.LIMITED: ("It is served at a limited rate", "Il est servi à un débit réduit"),
    Outcome.SERVE: ("It is served", "Il est servi"),
}

_FINDING = {
    FindingKind.DRONE: (
        "its speed and height are out of its class",
        "sa vitesse et sa hauteur sortent de sa classe",
    ),
    FindingKind.CLONE: ("one identity in two places", "une identité en deux endroits"),
    FindingKind.IMPOSSIBLE_TRAVEL: (
        "farther from the last position than anything flies",
        "plus loin de la dernière position qu'aucun vol ne le permet",
    ),
    FindingKind.LOCATION_REFUTED: ("the sky contradicts its position", "le ciel contredit sa position"),
    FindingKind.UNCERTAIN: (
        "the circle of its position lies over a line",
        "le cercle de sa position recouvre une ligne",
    ),
    FindingKind.RESALE: (
        "many terminals where they were not sold",
        "beaucoup de terminaux hors du pays de vente",
    ),
    FindingKind.STAY_ABROAD: ("a long stay abroad", "un long séjour à l'étranger"),
}


def verdict(decision: Decision, language: Language = "en") -> str:
    """The outcome in one sentence, with its reason or until when it holds."""
    fr = language == "fr"
    said = _OUTCOME[decision.outcome][fr]
    until = (
        f"{' jusqu’au ' if fr else ' until '}{_time(decision.valid_until)}" if decision.valid_until else ""
    )
    if decision.reason == Reason.NONE:
        return f"{said}{until}."
    why = decision.clauses[0].text(language).rstrip(".")
    return f"{said}{until}{' : ' if fr else ': '}{why[0].lower()}{why[1:]}."


def reason_line(clause: Clause, language: Language = "en") -> str:
    """A reason with the region and the rule that say so."""
    fr = language == "fr"
    said = f"{clause.text(language)} ({int(clause.reason)}, {clause.reason.word})"
    if clause.region:
        said += f"{' Région' if fr else ' Region'} {clause.region}{' : ' if fr else ': '}{clause.rule}"
    elif clause.rule:
        said += f" {clause.rule}"
    return said


def retry_line(decision: Decision, language: Language = "en") -> str:
    """When asking again makes sense, and after which distance; empty where service is full."""
    fr = language == "fr"
    if decision.outcome == Outcome.SERVE or decision.retry_after is None:
        return ""
    at = _time(decision.retry_after)
    when = f"Redemander à partir du {at}" if fr else f"Ask again from {at} on"
    if decision.retry_km is None:
        return f"{when}{' ; se déplacer n’y change rien.' if fr else '; moving does not help.'}"
    km = f"{decision.retry_km:.3g}"
    return f"{when}{f', ou après au moins {km} km.' if fr else f', or after at least {km} km.'}"


def grant_line(decision: Decision, language: Language = "en") -> str:
    """Rate, satellite and gateway of a grant; empty where none is named."""
    fr = language == "fr"
    parts = []
    if decision.outcome > Outcome.REFUSE and decision.rate_mbps is not None:
        parts.append(f"{'au plus' if fr else 'at most'} {decision.rate_mbps:g} Mbit/s")
    if decision.satellite >= 0:
        parts.append(f"satellite {decision.satellite}")
    if decision.gateway >= 0:
        parts.append(f"{'station' if fr else 'gateway'} {decision.gateway}")
    return ", ".join(parts)


def findings_line(decision: Decision, language: Language = "en") -> str:
    """What the check-in shows that people should look at; empty for nothing."""
    fr = language == "fr"
    said = "; ".join(_FINDING[kind][fr] for kind in decision.findings)
    return f"{said[0].upper()}{said[1:]}." if said else ""


def _time(time: datetime | None) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}" if time else ""
