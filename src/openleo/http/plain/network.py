"""What a run or the clock shows of the network itself: satellites, ground and slots, each in a table."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from fastapi import Response
from numpy.typing import NDArray

from openleo.http.frame import Cell, Html, facts, html, table
from openleo.http.plain.figures import coordinates, moment, number, rate, share, unit
from openleo.http.plain.look import PATH, Look
from openleo.http.problems import invalid

MOST: Final = 100
"""Rows of a table of satellites or cells."""
SLOTS: Final = 20
"""Rows of a table of slots: each is counted over all cells."""


def satellites(look: Look) -> Response:
    """The satellites by number, a part at a time."""
    found = look.page.satellites()
    view, total = look.view, len(found.number)
    first = _from(look, total)
    shown = range(first, min(first + MOST, total))
    heads = [look.say(f"plain.head.{name}") for name in ("number", "name", "class", "shell")]
    rows = [
        (
            look.link(str(found.number[at]), f"{PATH}/satellite/{found.number[at]}"),
            found.name[at],
            _named([each.name for each in view.classes], found.satellite_class[at]),
            _named(view.shells, found.shell[at]),
        )
        for at in shown
    ]
    said = look.say("plain.satellites.note", first=first + 1, last=first + len(rows), total=total)
    return look.respond(
        look.say("plain.way.satellites"),
        [look.place_form(), table(said, heads, rows), _pages(look, "satellites", first, MOST, total)],
    )


def satellite(look: Look, number_: str) -> Response:
    """One satellite in a slot: where it is, what it carries, and for whom."""
    if not number_.isascii() or not number_.isdigit() or len(number_) > 15:
        detail = f"{number_[:20]!r} given; a catalogue number, digits alone, is allowed"
        raise invalid([{"field": "number", "detail": detail}])
    it, language = look.page.satellite(look.slot, int(number_)), look.language
    rows: list[tuple[str, Cell | None]] = [
        (look.say("plain.head.number"), str(it.number)),
        (look.say("plain.head.class"), it.satellite_class),
        (look.say("plain.head.shell"), it.shell),
        (look.say("plain.head.position"), coordinates(language, it.lat_deg, it.lon_deg)),
        (look.say("plain.head.altitude"), unit(language, it.altitude_km, "km", 0)),
        (look.say("plain.satellite.epoch"), moment(language, it.elements_epoch)),
        (
            look.say("plain.satellite.beams"),
            look.say("plain.of", part=number(language, it.beams_used), whole=it.beams),
        ),
        (
            look.say("plain.satellite.capacity"),
            look.say("plain.of", part=rate(language, it.granted_bps), whole=rate(language, it.capacity_bps)),
        ),
        (look.say("plain.load"), share(language, it.load)),
        (look.say("plain.gateway"), it.gateway or look.say("plain.satellite.no_gateway")),
        (look.say("plain.satellite.cells"), str(len(it.cells))),
    ]
    parts: list[str] = [
        _slot_line(look), facts(rows), *_other_slots(look, f"{PATH}/satellite/{it.number}"),
        look.heading("plain.satellite.isls"),
    ]  # fmt: skip
    heads = [look.say(f"plain.head.{name}") for name in ("satellite", "position", "altitude", "load")]
    links = [
        (
            look.link(each.name, f"{PATH}/satellite/{each.number}", slot=look.slot),
            coordinates(language, each.lat_deg, each.lon_deg),
            unit(language, each.altitude_km, "km", 0),
            share(language, each.load),
        )
        for each in it.isls
    ]
    none = f"<p>{html(look.say('plain.satellite.no_isls'))}</p>"
    parts.append(table(look.say("plain.satellite.isls_note"), heads, links) if links else none)
    parts.append(look.heading("plain.satellite.track"))
    heads = [look.say(f"plain.head.{name}") for name in ("minute", "position", "altitude")]
    track = [
        (
            number(language, each.minute),
            coordinates(language, each.lat_deg, each.lon_deg),
            unit(language, each.altitude_km, "km", 0),
        )
        for each in it.track[:: max(1, len(it.track) // 24)]
    ]
    parts.append(table(look.say("plain.satellite.track_note"), heads, track))
    return look.respond(it.name, parts)


def ground(look: Look) -> Response:
    """Gateways and PoPs in a slot, and what they carry."""
    found, language = look.page.ground(look.slot), look.language
    heads = [
        look.say(f"plain.head.{name}")
        for name in ("gateway", "country", "position", "satellites", "granted", "capacity", "load")
    ]
    gateways = [
        (
            each.name, each.country, coordinates(language, each.lat_deg, each.lon_deg), each.satellites,
            rate(language, each.granted_bps), rate(language, each.capacity_bps), share(language, each.load),
        )
        for each in sorted(found.gateways, key=lambda each: -each.granted_bps)
    ]  # fmt: skip
    parts = [_slot_line(look), *_other_slots(look, f"{PATH}/ground"), look.heading("plain.ground.gateways")]
    parts.append(table(look.say("plain.ground.gateways_note"), heads, gateways))
    parts.append(look.heading("plain.ground.pops"))
    heads = [look.say(f"plain.head.{name}") for name in ("pop", "position", "granted")]
    pops = [
        (each.name, coordinates(language, each.lat_deg, each.lon_deg), rate(language, each.granted_bps))
        for each in sorted(found.pops, key=lambda each: -each.granted_bps)
    ]
    parts.append(table(look.say("plain.ground.pops_note"), heads, pops))
    return look.respond(look.say("plain.way.ground"), parts)


def slots(look: Look) -> Response:
    """The slots in figures, a part at a time."""
    view, total = look.view, len(look.slots)
    if not total:
        look.page.ground(0)  # says why there is none
    first = _from(look, total)
    listed = look.slots[first : first + SLOTS]
    heads = [
        look.say(f"plain.head.{name}")
        for name in ("slot", "served", "with_demand", "share", "granted", "satisfied", "delay")
    ]
    rows = [(slot, *_figures(look, slot)) for slot in listed]
    said = look.say("plain.slots.note", time=moment(look.language, view.first), seconds=f"{view.slot_s:g}")
    reasons = [look.heading("plain.slots.reasons"), *_reasons(look)]
    parts = [table(said, heads, rows), _pages(look, "slots", first, SLOTS, total), *reasons]
    return look.respond(look.say("plain.way.slots"), parts)


def _figures(look: Look, slot: int) -> Iterator[Cell]:
    """How many cells are served of those that ask, what they get, and after which delay."""
    language = look.language
    demand, granted = _field(look, slot, "demand_bps"), _field(look, slot, "throughput_bps")
    delay = _field(look, slot, "latency_ms")
    asks = np.nan_to_num(demand) > 0.0
    gets = np.nan_to_num(granted) > 0.0
    asked_bps = float(np.nansum(demand, dtype=np.float64))
    granted_bps = float(np.nansum(granted, dtype=np.float64))
    heard = delay[np.isfinite(delay)]
    yield int(gets.sum())
    yield int(asks.sum())
    yield share(language, float(gets.sum() / asks.sum()) if asks.any() else None)
    yield rate(language, granted_bps)
    yield share(language, granted_bps / asked_bps if asked_bps else None)
    yield unit(language, float(np.median(heard)) if heard.size else None, "ms")


def _reasons(look: Look) -> Iterator[str]:
    """Why cells are not served in the slot that is asked for."""
    field = next((each for each in look.view.fields if each.name == "reason"), None)
    if field is None:
        return
    codes = np.frombuffer(look.page.field(look.slot, "reason"), "<u2")
    counts = {word: int((codes == code).sum()) for code, word in enumerate(field.words)}
    heads = [look.say(f"plain.head.{name}") for name in ("reason", "cells", "means")]
    rows = [
        (look.word("common.reason", word), counts[word], look.word("common.why", word))
        for word in field.words
        if counts[word]
    ]
    yield table(look.say("plain.slots.reasons_note", slot=look.slot), heads, rows)


def _named(names: Sequence[str], index: int) -> str:
    """A name by its index, "" for none."""
    return names[index] if 0 <= index < len(names) else ""


def _field(look: Look, slot: int, name: str) -> NDArray[np.float32]:
    return np.frombuffer(look.page.field(slot, name), "<f4")


def _slot_line(look: Look) -> Html:
    said = look.say("plain.slot_of", slot=look.slot, first=look.slots[0], last=look.slots[-1])
    return Html(f'<p class="what">{html(said)}</p>')


def _other_slots(look: Look, path: str) -> Iterator[Html]:
    ways = [
        look.link(look.say("plain.slot", slot=slot), path, slot=slot)
        for slot in (look.slot - 1, look.slot + 1)
        if slot in look.slots
    ]
    if ways:
        yield Html(f"<p>{' '.join(ways)}</p>")


def _from(look: Look, total: int) -> int:
    """From which row on: the parameter `from`, counted from 0."""
    given = look.asked("from")
    if not given:
        return 0
    if not given.isascii() or not given.isdigit() or len(given) > 9 or int(given) >= max(1, total):
        detail = f"{given[:20]!r} given; 0 to {max(0, total - 1)} is allowed"
        raise invalid([{"field": "from", "detail": detail}])
    return int(given)


def _pages(look: Look, name: str, first: int, most: int, total: int) -> Html:
    ways = []
    if first:
        ways.append(look.link(look.say("plain.before"), f"{PATH}/{name}", **{"from": max(0, first - most)}))
    if first + most < total:
        ways.append(look.link(look.say("plain.after"), f"{PATH}/{name}", **{"from": first + most}))
    return Html(f"<p>{' '.join(ways)}</p>" if ways else "")
