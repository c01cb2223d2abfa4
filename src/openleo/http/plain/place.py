"""A place: served or not, by what, and if not, why and by whose decision."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from fastapi import Response

from openleo.http.entries import stands
from openleo.http.frame import Cell, Html, facts, html, table
from openleo.http.plain.figures import coordinates, moment, number, rate, unit
from openleo.http.plain.look import PATH, Look
from openleo.http.problems import Problem, invalid
from openleo.operate.view.answers import At, Found, Told
from openleo.service.reasons import WORDING, Reason
from openleo.service.regions import RuleSet, Standing

_MOST: Final = 8


@dataclass(frozen=True)
class Spot:
    """A place that was asked for, and what else the words may mean."""

    name: str
    detail: str
    lat_deg: float
    lon_deg: float
    others: tuple[Found, ...] = ()


def place(look: Look) -> Response:
    """The page of a place; where the words mean a satellite, a region or a gateway, the way to its page.

    Raises Problem where nothing is known by these words, or they are no place.
    """
    found = _spot(look)
    if isinstance(found, Found):
        return Response(status_code=303, headers={"location": address(look, found)})
    spot, slot = found, look.slot
    at = look.page.at(slot, spot.lat_deg, spot.lon_deg) if look.view.source != "none" else None
    rules = look.controller.rules
    time = datetime.fromtimestamp(look.controller.now_us() / 1e6, UTC)
    standing = rules.at(spot.lat_deg, spot.lon_deg, time) if rules is not None else None
    parts: list[str] = [_where(look, spot, at), look.place_form(look.asked("q") or _point(spot))]
    parts += _others(look, spot)
    if at is not None:
        parts += _network(look, at)
    else:
        parts.append(f'<p class="limit">{html(look.say("common.source.none"))}</p>')
    if rules is not None and standing is not None:
        parts += _ruled(look, rules, standing)
    parts += _told(look, at.decision) if at is not None and at.decision is not None else []
    if at is not None:
        parts += _way(look, at)
        parts += _next(look, at, spot)
        parts += _overhead(look, at)
    return look.respond(spot.name, parts)


def address(look: Look, found: Found) -> str:
    """The page of something that a search found."""
    slot = look.asked("slot")
    if found.kind == "satellite" and found.number is not None:
        return look.to(f"{PATH}/satellite/{found.number}", slot=slot)
    if found.kind in ("region", "country"):
        return look.to(f"{PATH}/{found.kind}/{found.name}")
    if found.kind in ("gateway", "pop"):
        return look.to(f"{PATH}/ground", slot=slot)
    if found.lat_deg is None or found.lon_deg is None:
        return look.to(f"{PATH}/place", q=found.name, slot=slot)
    return look.to(f"{PATH}/place", lat=f"{found.lat_deg:.5f}", lon=f"{found.lon_deg:.5f}", slot=slot)


def _spot(look: Look) -> Spot | Found:
    """What is asked for: a point by its coordinates, or the best of what some words may mean."""
    lat, lon, words = look.asked("lat"), look.asked("lon"), look.asked("q")
    if lat or lon:
        lat_deg, lon_deg = _degrees("lat", lat, 90.0), _degrees("lon", lon, 180.0)
        return Spot(coordinates(look.language, lat_deg, lon_deg, 4), "", lat_deg, lon_deg)
    if not words:
        raise invalid([{"field": "q", "detail": look.say("plain.trouble.no_words")}])
    results = look.page.search(words, _MOST).results
    if not results:
        raise Problem("not-found", look.say("plain.trouble.unknown", words=words), "q")
    first, *others = results
    if first.kind not in ("town", "point") or first.lat_deg is None or first.lon_deg is None:
        return first
    return Spot(first.name, first.detail, first.lat_deg, first.lon_deg, tuple(others))


def _degrees(name: str, text: str, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) <= most:  # NaN as well
        raise invalid([{"field": name, "detail": f"{text[:30]!r} given; -{most:g} to {most:g} is allowed"}])
    return value


def _point(spot: Spot) -> str:
    return f"{spot.lat_deg:.4f}, {spot.lon_deg:.4f}"


def _where(look: Look, spot: Spot, at: At | None) -> Html:
    said = [spot.detail, coordinates(look.language, spot.lat_deg, spot.lon_deg)]
    if at is not None:
        said.append(look.say("plain.place.slot", slot=at.slot, time=moment(look.language, at.time)))
    return Html(f'<p class="what">{html(", ".join(each for each in said if each))}</p>')


def _others(look: Look, spot: Spot) -> Iterator[str]:
    if spot.others:
        items = [
            f"<li>{html(look.say(f'plain.kind.{each.kind}'))} "
            f'<a href="{html(address(look, each))}">{html(each.name)}</a> {html(each.detail)}</li>'
            for each in spot.others
        ]
        head = look.say("plain.place.others")
        yield f"<details><summary>{html(head)}</summary><ul>{''.join(items)}</ul></details>"


def _network(look: Look, at: At) -> Iterator[str]:
    """What the plan of the slot gives, and if nothing, why."""
    language, it = look.language, at.service
    if it is not None:
        head = look.say("plain.place.served", name=it.satellite.name, pop=it.pop or it.gateway)
    else:
        head = f"{look.say('plain.place.not_served')} {look.say(f'common.why.{at.reason}')}"
    yield f'<p class="state">{html(head)}</p>'
    if at.decision is not None and at.decision.reason.number != Reason.NONE:
        why = WORDING[Reason(at.decision.reason.number)].text(language)
        said = f"{look.say(f'plain.told.{at.decision.outcome}')} {why}"
        yield f'<p class="state">{html(said)}</p>'
    rows: list[tuple[str, Cell | None]] = [(look.say("plain.place.detail"), _english(look, at.verdict))]
    if at.change:
        rows.append((look.say("plain.place.change"), _english(look, at.change)))
    if at.rule is not None:
        rows.append((look.say("plain.place.rule"), _by(look, at.rule.region, at.rule.decision)))
    if it is None:
        yield facts(rows)
        return
    link_ = look.link(it.satellite.name, f"{PATH}/satellite/{it.satellite.number}", slot=at.slot)
    rows += [
        (look.say("plain.satellite"), link_),
        (look.say("plain.elevation"), f"{number(language, it.satellite.elevation_deg)}°"),
        (look.say("plain.distance"), unit(language, it.satellite.range_km, "km", 0)),
        (look.say("plain.place.asked"), rate(language, at.demand_bps)),
        (look.say("plain.place.granted"), rate(language, it.granted_bps)),
        (look.say("plain.place.beams"), number(language, it.beams, 2)),
        (look.say("plain.place.bottleneck"), look.word("plain.bottleneck", it.bottleneck)),
        (look.say("plain.gateway"), f"{it.gateway} ({it.gateway_country})"),
        (look.say("plain.pop"), it.pop),
        (look.say("plain.place.delay"), unit(language, it.round_trip.total_ms, "ms")),
    ]
    yield facts(rows)
    yield look.heading("plain.place.delay_parts")
    parts = (
        "service_link_ms", "isl_ms", "feeder_link_ms", "fibre_ms", "satellites_ms", "access_ms", "gateway_ms",
        "queue_ms", "total_ms",
    )  # fmt: skip
    yield facts(
        (look.say(f"plain.delay.{each}"), unit(language, getattr(it.round_trip, each), "ms", 2))
        for each in parts
    )


def _ruled(look: Look, rules: RuleSet, standing: Standing) -> Iterator[str]:
    """What the rules in force say of the place now, and whose decision each of it is."""
    yield look.heading("plain.place.decided")
    states = (
        ("licence", look.say("common.licence"), look.word("common.licence", standing.licence.name.lower())),
        ("service", look.say("common.service"), look.word("common.service", standing.service.name.lower())),
        ("sales", look.say("common.sales"), look.word("common.sales", standing.sales)),
    )
    rows = []
    for topic, name, state in states:
        by = standing.by(topic)
        region, decision = (by.region, by.decision) if by is not None else ("", "")
        ground = standing.licence_ground if topic == "licence" else standing.sales_date
        said = f"{state} ({ground})" if ground and topic != "service" else state
        rows.append((name, said, _region(look, region), decision))
    for by in standing.said:
        if by.topic not in ("licence", "service", "sales"):
            rows.append((by.topic, by.value, _region(look, by.region), by.decision))
    heads = [look.say(f"plain.head.{name}") for name in ("matter", "holds", "region", "decision")]
    yield table(look.say("plain.place.decided_note"), heads, rows)
    area: Cell | None = None
    if standing.area:
        claimed = ", ".join(standing.claimants)
        area = look.say("plain.place.claimed", area=standing.area, names=claimed, source=standing.source)
    yield facts(
        [
            (look.say("plain.place.area"), area),
            (look.say("plain.place.country"), standing.country or standing.base),
            (look.say("plain.rules"), f"{rules.name} ({rules.digest[:12]})"),
            (look.say("plain.log_entry"), log_entry(look, rules)),
        ]
    )


def log_entry(look: Look, rules: RuleSet) -> Cell:
    """The way to the entry of the log by which the rules are in force, or that there is none."""
    now_us = look.controller.now_us()
    found = stands(look.request, rules.digest, now_us, look.controller.in_force.at(now_us).size)
    if found is None:
        return look.say("plain.no_log")
    return look.link(look.say("plain.entry", index=found["entry"]), found["page"])


def _told(look: Look, told: Told) -> Iterator[str]:
    """What a plain fixed terminal standing here would be told."""
    yield look.heading("plain.place.told")
    reason = Reason(told.reason.number)
    words = WORDING[reason]
    rows: list[tuple[str, Cell | None]] = [
        (look.say("plain.outcome"), look.say(f"plain.outcome.{told.outcome}"))
    ]
    if reason != Reason.NONE:
        rows += [
            (look.say("plain.reason"), f"{words.text(look.language)} ({int(reason)}, {reason.word})"),
            (look.say("plain.region"), _region(look, told.region or "")),
            (look.say("plain.place.rule"), told.rule),
            (look.say("plain.appeal"), look.say(f"plain.appeal.{words.appeal}")),
        ]
    yield facts(rows)


def _way(look: Look, at: At) -> Iterator[str]:
    if at.way:
        yield look.heading("plain.place.way")
        heads = [look.say(f"plain.head.{name}") for name in ("stop", "name", "position", "altitude")]
        rows = [
            (
                look.say(f"plain.stop.{each.kind}"),
                each.name
                if each.number is None
                else look.link(each.name, f"{PATH}/satellite/{each.number}", slot=at.slot),
                coordinates(look.language, each.lat_deg, each.lon_deg),
                unit(look.language, each.altitude_km, "km", 0),
            )
            for each in at.way
        ]
        yield table(look.say("plain.place.way_note"), heads, rows)


def _next(look: Look, at: At, spot: Spot) -> Iterator[str]:
    """Which satellite comes next, and the same place one slot before and after."""
    where: dict[str, str | int] = {"lat": f"{spot.lat_deg:.5f}", "lon": f"{spot.lon_deg:.5f}"}
    if at.service is not None or at.handovers:
        yield look.heading("plain.place.next")
        yield from _handovers(look, at)
    ways = [
        look.link(look.say("plain.slot", slot=slot), f"{PATH}/place", **where, slot=slot)
        for slot in (at.slot - 1, at.slot + 1)
        if slot in look.slots
    ]
    if ways:
        yield f"<p>{' '.join(ways)}</p>"


def _handovers(look: Look, at: At) -> Iterator[str]:
    if at.sets_in_s is not None:
        yield f"<p>{html(look.say('plain.place.sets', seconds=round(at.sets_in_s)))}</p>"
    if not at.handovers:
        yield f"<p>{html(look.say('plain.place.no_handover'))}</p>"
        return
    heads = [look.say(f"plain.head.{name}") for name in ("slot", "time", "satellite")]
    rows = [
        (
            each.slot,
            moment(look.language, each.time),
            look.link(each.name, f"{PATH}/satellite/{each.number}", slot=each.slot)
            if each.name
            else look.say("plain.place.nobody"),
        )
        for each in at.handovers
    ]
    yield table(look.say("plain.place.next_note"), heads, rows)


def _overhead(look: Look, at: At) -> Iterator[str]:
    yield look.heading("plain.place.overhead")
    heads = [
        look.say(f"plain.head.{name}") for name in ("satellite", "elevation", "azimuth", "distance", "use")
    ]
    high = [each for each in at.overhead if each.use != "below the mask"]
    rows = [
        (
            look.link(each.name, f"{PATH}/satellite/{each.number}", slot=at.slot),
            f"{number(look.language, each.elevation_deg)}°",
            f"{number(look.language, each.azimuth_deg, 0)}°",
            unit(look.language, each.range_km, "km", 0),
            look.word("plain.use", each.use),
        )
        for each in high
    ]
    mask = number(look.language, at.mask_deg, 0)
    if rows:
        yield table(look.say("plain.place.overhead_note", mask=mask), heads, rows)
    below = len(at.overhead) - len(high)
    yield f"<p>{html(look.say('plain.place.below_mask', count=below, mask=mask))}</p>"


def _by(look: Look, region: str, decision: str) -> Html:
    """A region and its decision."""
    name = _region(look, region)
    return Html(f"{html(name)}: {html(decision)}" if decision else html(name))


def _region(look: Look, name: str) -> Cell:
    return look.link(name, f"{PATH}/region/{name}") if name else look.say("plain.elsewhere")


def _english(look: Look, text: str) -> Html:
    """A sentence that is there in English alone."""
    return Html(f'<span lang="en">{html(text)}</span>') if look.language != "en" else html(text)
