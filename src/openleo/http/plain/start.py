"""The first plain page: what this server shows, and the form for a question about a place."""

from collections.abc import Iterator

from fastapi import Response

from openleo.http import site
from openleo.http.frame import facts, html
from openleo.http.plain.figures import moment, number
from openleo.http.plain.look import Look


def start(look: Look) -> Response:
    """What is to be seen here."""
    return look.respond(look.say("common.name"), _parts(look))


def _parts(look: Look) -> Iterator[str]:
    view, language = look.view, look.language
    if not site.built():
        yield f'<p class="limit">{html(look.say("plain.not_built"))}</p>'
    yield f"<p>{html(look.say('plain.about'))}</p>"
    if view.source == "none":
        said = look.say("common.source.none")
    else:
        said = look.say(f"plain.source.{view.source}", world=view.title or view.world or "", slots=view.slots)
    yield f'<p class="state">{html(said)}</p>'
    yield from look.warnings()
    yield look.place_form()
    yield f'<p class="what">{html(look.say("plain.form.note"))}</p>'
    rules = f"{view.rules.name} ({view.rules.digest[:12]})" if view.rules else look.say("plain.no_rules")
    rows: list[tuple[str, str | None]] = [
        (look.say("plain.world"), f"{view.world} ({(view.world_hash or '')[:12]})" if view.world else None),
        (look.say("plain.rules"), rules),
    ]
    if view.source != "none":
        days = view.elements_age_days
        rows += [
            (look.say("plain.first"), moment(language, view.first)),
            (
                look.say("plain.slots"),
                look.say("plain.slots_of", slots=view.slots, seconds=f"{view.slot_s:g}"),
            ),
            (look.say("plain.head.satellites"), number(language, view.satellites, 0)),
            (look.say("plain.classes"), ", ".join(f"{each.name} {each.satellites}" for each in view.classes)),
            (look.say("plain.cells"), number(language, view.cells, 0)),
            (look.say("plain.gateways"), str(view.gateways)),
            (look.say("plain.pops"), str(view.pops)),
            (
                look.say("plain.mask"),
                None if view.mask_deg is None else f"{number(language, view.mask_deg, 0)}°",
            ),
            (look.say("plain.elements"), moment(language, view.elements_epoch)),
            (
                look.say("plain.age"),
                None if days is None else look.say("plain.days", days=number(language, days)),
            ),
        ]
    yield facts(rows)
