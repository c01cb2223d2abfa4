"""Where service is on, off or pending by the rules in force, and every reason for a refusal."""

from collections.abc import Iterator

from fastapi import Response

from openleo.http.frame import Cell, facts, html, table
from openleo.http.plain.look import PATH, Look
from openleo.http.plain.place import log_entry
from openleo.http.problems import Problem
from openleo.service.governance.differences import words_of
from openleo.service.reasons import WORDING, Reason
from openleo.service.regions import RuleSet


def availability(look: Look) -> Response:
    """The regions of the rules in force, and what holds where none of them says otherwise."""
    rules = _rules(look)
    heads = [look.say(f"plain.head.{name}") for name in ("region", "licence", "service", "sales", "decision")]
    rows: list[tuple[Cell, ...]] = [
        (
            look.link(each.name, f"{PATH}/region/{each.name}"),
            look.word("common.licence", each.licence),
            look.word("common.service", each.service),
            look.word("common.sales", each.sales),
            each.decision,
        )
        for each in rules.regions
    ]
    rest = rules.elsewhere
    rows.append(
        (
            look.say("plain.elsewhere"),
            look.word("common.licence", rest.licence),
            look.word("common.service", rest.service),
            "",
            rest.decision,
        )
    )
    parts = [*_source(look, rules), look.heading("plain.availability.regions")]
    parts.append(table(look.say("plain.availability.regions_note"), heads, rows))
    return look.respond(look.say("plain.way.availability"), parts)


def region(look: Look, name: str) -> Response:
    """One region: what it says, by whose decision, and since when that holds."""
    rules = _rules(look)
    found = next((each for each in rules.regions if each.name == name), None)
    if found is None:
        raise Problem("not-found", look.say("plain.trouble.region", name=name), "name")
    rows: list[tuple[str, Cell | None]] = [
        (look.say("plain.head.decision"), found.decision),
        (look.say("common.licence"), look.word("common.licence", found.licence)),
        (look.say("common.service"), look.word("common.service", found.service)),
        (look.say("common.sales"), look.word("common.sales", found.sales)),
        (look.say("plain.region.countries"), ", ".join((*found.countries, *found.areas))),
        (look.say("plain.region.says"), words_of(found, look.language)),
    ]
    return look.respond(name, [facts(rows), *_source(look, rules)])


def reasons(look: Look) -> Response:
    """Every reason by which a terminal may be refused, and where to appeal."""
    heads = [look.say(f"plain.head.{name}") for name in ("number", "reason", "means", "appeal")]
    rows = [
        (
            int(reason), reason.word, WORDING[reason].text(look.language),
            look.say(f"plain.appeal.{WORDING[reason].appeal}"),
        )
        for reason in Reason
    ]  # fmt: skip
    return look.respond(look.say("plain.way.reasons"), [table(look.say("plain.reasons.note"), heads, rows)])


def _rules(look: Look) -> RuleSet:
    rules = look.controller.rules
    if rules is None:
        raise Problem("unavailable", look.say("plain.trouble.no_rules"))
    return rules


def _source(look: Look, rules: RuleSet) -> Iterator[str]:
    yield f"<p>{html(look.say('plain.region.source'))}</p>"
    yield facts(
        [
            (look.say("plain.rules"), f"{rules.name}, {rules.version} ({rules.digest[:12]})"),
            (look.say("plain.log_entry"), log_entry(look, rules)),
        ]
    )
