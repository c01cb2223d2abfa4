"""Where service is on, off or pending by the rules in force, and every reason for a refusal."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from fastapi import Response

from openleo.http.availability import availability_of, history_of
from openleo.http.availability_answers import Availability, EventSaid, SpanSaid
from openleo.http.frame import Cell, Html, facts, html, table
from openleo.http.plain.figures import moment, share
from openleo.http.plain.look import PATH, Look
from openleo.http.problems import Problem
from openleo.service.availability import AreaHolds, CountryHolds, Holds, Part, RegionHolds
from openleo.service.governance.differences import words_of
from openleo.service.reasons import WORDING, Reason

_THREE = ("licence", "service", "sales")


def availability(look: Look) -> Response:
    """What holds in each region, country and disputed area, and where to read who decided it."""
    found = availability_of(look.request)
    heads = [look.say(f"plain.head.{name}") for name in ("state", *_THREE, "regions")]
    regions = ((_region(look, each.name), each) for each in found.regions)
    by_name = sorted(found.countries, key=lambda each: each.name.casefold())
    countries = ((look.link(each.name, f"{PATH}/country/{each.code}"), each) for each in by_name)
    areas = ((look.link(each.name, f"{PATH}/area/{each.name}"), each) for each in found.areas)
    parts = [
        f"<p>{html(look.say('plain.availability.about'))}</p>",
        *_source(look, found),
        look.heading("plain.availability.regions"),
        _listed(look, "plain.availability.regions_note", look.say("plain.head.region"), heads, regions),
        look.heading("plain.availability.countries"),
        _listed(look, "plain.availability.countries_note", look.say("plain.head.country"), heads, countries),
        look.heading("plain.availability.areas"),
        _listed(look, "plain.availability.areas_note", look.say("plain.head.area"), heads, areas),
    ]
    return look.respond(look.say("plain.way.availability"), parts)


def country(look: Look, code: str) -> Response:
    """A country: what holds in each part of it, and who decided that."""
    found = availability_of(look.request)
    each = next((each for each in found.countries if code in (each.code, each.name)), None)
    if each is None:
        raise Problem("not-found", look.say("plain.trouble.country", name=code[:100]), "code")
    rows: list[tuple[str, Cell | None]] = [
        (look.say("plain.country.code"), each.code),
        (look.say("plain.country.areas"), _links(look, "area", each.areas)),
    ]
    return _place(look, found, each.name, each, rows)


def area(look: Look, name: str) -> Response:
    """An area for which a country code is not enough: who claims it, and what holds there."""
    found = availability_of(look.request)
    each = next((each for each in found.areas if each.name == name), None)
    if each is None:
        raise Problem("not-found", look.say("plain.trouble.area", name=name[:100]), "name")
    rows: list[tuple[str, Cell | None]] = [
        (look.say("plain.area.kind"), each.kind),
        (look.say("plain.area.claimants"), ", ".join(each.claimants)),
        (look.say("plain.area.base"), ", ".join(each.base_map)),
        (look.say("plain.area.source"), each.source),
        (look.say("plain.area.note"), each.note),
    ]
    return _place(look, found, each.name, each, rows)


def region(look: Look, name: str) -> Response:
    """One region: what it says, by whose decision, and what was said of it when."""
    history = history_of(look.request, name, look.language)
    found = availability_of(look.request)
    rules = look.controller.rules
    law = next((each for each in rules.regions if each.name == name), None) if rules is not None else None
    each = next((each for each in found.regions if each.name == name), None)
    parts: list[str] = []
    if law is not None and each is not None:
        parts.append(f'<p class="state">{html(_state(look, each))}</p>')
        rows: list[tuple[str, Cell | None]] = [
            (look.say("plain.head.decision"), each.decision),
            *(
                (look.say(f"plain.head.{topic}"), _word(look, topic, getattr(each, topic)))
                for topic in _THREE
            ),
            (look.say("plain.region.since"), _moment(look, each.begins) if each.begins else None),
            (look.say("plain.region.until"), _moment(look, each.ends) if each.ends else None),
            (look.say("plain.region.hours"), ", ".join(each.hours)),
            (look.say("plain.region.countries"), _links(look, "country", each.countries)),
            (look.say("plain.country.areas"), _links(look, "area", each.areas)),
            (look.say("plain.region.says"), words_of(law, look.language)),
        ]
        parts += [facts(rows), *_parts(look, each.parts)]
    else:
        parts.append(f'<p class="state">{html(look.say("plain.region.former"))}</p>')
    parts += [look.heading("plain.region.history"), *_source(look, found)]
    heads = [look.say(f"plain.head.{name}") for name in ("from", "until", "holds", "entry")]
    spans = [
        (_moment(look, span.begins), _moment(look, span.until), " ".join(span.said), _entry(look, span))
        for span in history.spans
    ]
    parts.append(table(look.say("plain.region.history_note"), heads, spans))
    if history.events:
        heads = [look.say(f"plain.head.{name}") for name in ("time", "event", "entry")]
        events = [
            (_moment(look, event.at), " ".join(event.said), _entry(look, event)) for event in history.events
        ]
        parts.append(table(look.say("plain.region.events_note"), heads, events))
    return look.respond(name, parts)


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


def _place(
    look: Look,
    found: Availability,
    title: str,
    each: CountryHolds | AreaHolds,
    rows: Iterable[tuple[str, Cell | None]],
) -> Response:
    """The page of a country or an area."""
    parts: list[str] = [
        f'<p class="state">{html(_state(look, each))}</p>',
        facts(rows),
        *_parts(look, each.parts),
    ]
    if each.where is not None:
        where = {"lat": f"{each.where.lat_deg:.4f}", "lon": f"{each.where.lon_deg:.4f}"}
        parts.append(f"<p>{look.link(look.say('plain.country.served'), f'{PATH}/place', **where)}</p>")
    return look.respond(title, [*parts, *_source(look, found)])


def _parts(look: Look, parts: tuple[Part, ...]) -> Iterator[str]:
    """Each part in which the same holds, with who says so."""
    yield look.heading("plain.parts")
    heads = [
        look.say(f"plain.head.{name}") for name in ("share_of_area", "matter", "holds", "region", "decision")
    ]
    rows: list[tuple[Cell, ...]] = []
    for part in parts:
        for topic in _THREE:
            by = next((each for each in part.holds.said if each.topic == topic), None)
            rows.append(
                (
                    share(look.language, part.share) if topic == _THREE[0] else "",
                    look.say(f"plain.head.{topic}"),
                    _holds(look, part.holds, topic),
                    _region(look, by.region if by is not None else None),
                    by.decision if by is not None else "",
                )
            )
    yield table(look.say("plain.parts_note"), heads, rows)


def _listed(
    look: Look, note: str, first: str, heads: Iterable[str],
    listed: Iterable[tuple[Cell, CountryHolds | AreaHolds | RegionHolds]],
) -> Html:  # fmt: skip
    """A table of places with their states."""
    rows = [
        (
            name, _state(look, each), *(_holds(look, each.holds, topic) for topic in _THREE),
            _links(look, "region", () if isinstance(each, RegionHolds) else each.regions),
        )
        for name, each in listed
    ]  # fmt: skip
    return table(look.say(note), [first, *heads], rows)


def _state(look: Look, each: CountryHolds | AreaHolds | RegionHolds) -> str:
    """What a map would colour it by, and whether parts of it differ."""
    said = look.word("availability.state", each.holds.state)
    if isinstance(each, RegionHolds) and not each.in_force:
        return f"{said} ({look.say('plain.region.not_now')})"
    return f"{said} ({look.say('availability.mixed')})" if each.mixed else said


def _holds(look: Look, holds: Holds, topic: str) -> str:
    """What holds of one of the three, with its ground or date."""
    more = {"licence": holds.licence_ground, "sales": holds.sales_date}.get(topic)
    said = _word(look, topic, getattr(holds, topic))
    return f"{said} ({more})" if more and said else said


def _word(look: Look, topic: str, value: str | None) -> str:
    return look.word(f"common.{topic}", value) if value else ""


def _links(look: Look, kind: str, names: Iterable[str]) -> Html:
    return Html(", ".join(look.link(name, f"{PATH}/{kind}/{name}") for name in names))


def _region(look: Look, name: str | None) -> Cell:
    return look.link(name, f"{PATH}/region/{name}") if name else look.say("plain.elsewhere")


def _entry(look: Look, said: SpanSaid | EventSaid) -> Cell:
    """The way to an entry of the log."""
    if said.entry is None or said.page is None:
        return ""
    return look.link(look.say("plain.entry", index=said.entry), said.page)


def _moment(look: Look, at: datetime | None) -> str:
    return moment(look.language, at) if at is not None else look.say("plain.not_stated")


def _source(look: Look, found: Availability) -> Iterator[str]:
    """Which rules say so, and the entry of the log by which they hold."""
    if found.rules is None:
        yield f"<p>{html(look.say('plain.trouble.no_rules'))}</p>"
        return
    log: Cell = look.say("plain.no_log")
    if found.log is not None:
        log = look.link(look.say("plain.entry", index=found.log.entry), found.log.page)
    said = f"{found.rules.name}, {found.rules.version} ({found.rules.digest[:12]})"
    since = (look.controller.in_force.said() or {}).get("since")
    yield facts(
        [
            (look.say("plain.rules"), said),
            (look.say("plain.region.since"), moment(look.language, since) if since else None),
            (look.say("plain.log_entry"), log),
        ]
    )
    yield from look.warnings()
