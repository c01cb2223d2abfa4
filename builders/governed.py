"""Invented worlds that a log governs: a change of rules that is drawn wrong, a machine that somebody edits.

`builders.fiction` writes them with the others.
"""

import h3.api.basic_int as h3
import numpy as np
import shapely
from numpy.typing import NDArray

from builders.coasts import GEOD, Sheet, blob, chance, distance_m, inside, island, land, scattered, towns
from builders.story import (
    CIVIL,
    ELSEWHERE,
    FIXED,
    PLAN,
    REFUSE,
    SERVE,
    Story,
    charter,
    gateways,
    micro,
    terminals,
    territory,
)

HOUR_S = 3_600
MINUTE_S = 60
MEANT, WRONG, OTHERS = range(3)
OFFICES = {
    "network desk": "Operator Q",
    "legal desk": "Operator Q",
    "licensing desk": "Regulator of QZ",
}


def mistake(seed: int) -> Story:
    """A zone in which a telescope listens is to be without terminals; one corner of it is typed wrong.

    One digit of one longitude: the outline then covers a town with 3 000 terminals besides.
    """
    rng, sheet = chance(seed, "mistake"), Sheet(-45.5, -131.0)
    country = land(sheet, blob(rng, 200.0, 0.15, 240) * [1.15, 0.9])
    turn = np.radians(np.arange(6) * 60.0)
    corners = sheet.lon_lat(32.0 * np.column_stack([np.cos(turn), np.sin(turn)]) + [-55.0, 25.0])
    corners = np.round(corners, 2)
    zone, drawn = shapely.Polygon(corners), shapely.Polygon(corners + np.eye(6, 2) * [1.0, 0.0])
    assert country.contains(drawn), "the outline reaches the sea"
    meant, wrong, count = 240, 3_000, 12_000
    ranches = scattered(rng, zone, meant, inland_km=2.0)
    middle = sheet.lon_lat(np.array([[-3.0, 25.0]]))[0]
    reach_m = np.minimum(3_500.0 * np.sqrt(-2.0 * np.log(1.0 - rng.random(wrong - 300))), 9_000.0)
    lon, lat = np.tile(middle, (len(reach_m), 1)).T
    lon, lat, _ = GEOD.fwd(lon, lat, 360.0 * rng.random(len(reach_m)), reach_m)
    beyond = shapely.Polygon(shapely.difference(drawn, zone.buffer(0.02)).exterior)
    town = np.concatenate([np.column_stack([lon, lat]), scattered(rng, beyond, 300, inland_km=1.5)])
    rest = towns(rng, country, 20, 2 * count)
    rest = rest[~inside(drawn.union(zone).buffer(0.03), *rest.T)][: count - meant - wrong]
    at = np.concatenate([ranches, town, rest])
    at = np.round(at, 4)
    assert len(at) == count
    assert inside(zone, *at.T).sum() == meant
    assert inside(drawn, *at.T).sum() == meant + wrong
    role = np.repeat([MEANT, WRONG, OTHERS], [meant, wrong, count - meant - wrong])
    mixed = rng.permutation(count)  # numbers in the register say nothing of where a terminal is
    at, role = at[mixed], role[mixed]
    # three of four terminals are the first of their account
    account = np.cumsum(rng.random(count) < 0.75) + 1
    of = np.argsort(role, kind="stable")
    buyer = np.empty(count, int)
    buyer[of] = account
    story = Story(
        "mistake", seed,
        terminals(count, role=role, buyer=buyer, usage=CIVIL, motion=FIXED, home_lat=micro(at[:, 1]),
                  home_lon=micro(at[:, 0])),
        {"role": ["meant", "not meant", "elsewhere"], "country": ["QX"], "plan": ["home"]},
        {},
    )  # fmt: skip
    margin = np.minimum(distance_m(zone, *at.T), distance_m(drawn, *at.T))
    margin = 100.0 * np.floor(0.01 * np.minimum(margin, distance_m(country, *at.T)))
    assert margin.min() > 300.0
    # when what happens, s after midnight
    begins, second, right = 10 * HOUR_S, 10 * HOUR_S + 15 * MINUTE_S, 10 * HOUR_S + 39 * MINUTE_S
    some = np.flatnonzero(role < OTHERS)
    some = np.sort(np.concatenate([some, rng.permutation(np.flatnonzero(role == OTHERS))[:360]]))
    rounds = (
        (np.arange(count), 8 * HOUR_S), (some, begins - 290), (some, begins), (some, second + MINUTE_S),
        (some, right - 290), (some, right),
    )  # fmt: skip
    for who, first in rounds:
        time_s = first + np.floor(290.0 * rng.random(len(who)))
        refused = (role[who] == MEANT) & (time_s >= right)
        story.check_in(
            rng, who, time_s, at[who, 0], at[who, 1], truth=np.where(refused, REFUSE, SERVE),
            margin_m=margin[who], accuracy_m=5.0 + np.floor(4.0 * rng.random(len(who))),
        )  # fmt: skip
    seen = story.rows[0]
    cut = np.flatnonzero(role < OTHERS)

    def cells(which: NDArray[np.int64]) -> int:
        """Resolution-5 cells of where they say that they are."""
        at = zip(seen["lat"][which].tolist(), seen["lon"][which].tolist(), strict=True)
        return len({h3.latlng_to_cell(y * 1e-6, x * 1e-6, 5) for y, x in at})

    not_meant = np.flatnonzero(role == WRONG)
    story.facts |= {
        "title": "A zone around a telescope is drawn with a corner in the wrong place, and takes in a town",
        "meant": meant, "wrong": wrong, "corner": 0, "degrees_off": 1.0, "share": 0.05,
        "draft_s": 9 * HOUR_S, "publish_s": begins - 249, "begins_s": begins,
        "second_s": second, "look_again_s": second + 6 * MINUTE_S, "right_publish_s": right - 249,
        "right_s": right, "rounds_s": [first for _, first in rounds],
        "accounts": len(np.unique(buyer[cut])), "cells": cells(cut),
        "wrong_accounts": len(np.unique(buyer[not_meant])), "wrong_cells": cells(not_meant),
        "picture": {"country": "mistake-country.geojson", "zone": "mistake-zone.geojson",
                    "drawn": "mistake-drawn.geojson"},
    }  # fmt: skip
    story.geojson("country", "Country QX (invented)", country)
    story.geojson("zone", "Radio-quiet zone (invented)", zone)
    story.geojson("drawn", "The same, one corner 1 degree too far east (invented)", drawn)
    story.demand(at[:, 0], at[:, 1], 5.0)
    west = shapely.intersection(country, shapely.box(-180.0, -90.0, drawn.bounds[0] - 0.3, 0.0))
    west = max(shapely.get_parts(west), key=lambda each: each.area)
    story.world(
        "Drill: a zone around a telescope is drawn with a corner in the wrong place, and takes in a town",
        gateways(("West", "QX", west, 8)),
    )
    whole = (
        ELSEWHERE
        + territory("QX", "Country QX", "mistake-country.geojson")
        + PLAN.format(name="home", rate=100.0, at_sea="false")
        + charter("mistake", OFFICES, "Consumer council QX", ("country",))
        + """
[[regions]]
name = "country"
decision = "Fiction: the authority of QX licensed service on 2025-10-01."
countries = ["QX"]
licence = "licensed"
licence_ground = "fiction: licence of the authority of QX"
service = "on"
sales = "available"
"""
    )
    off = """
[[regions]]
name = "radio-quiet zone"
decision = "Fiction: no terminals where the telescope of QX listens, since 2026-06-01."
polygon = "mistake-{}.geojson"
licence = "licensed"
licence_ground = "fiction: licence of the authority of QX"
service = "off"
"""
    for version, outline in ((2, "drawn"), (3, "zone")):
        title = f"Fiction: no terminals in a radio-quiet zone (its outline: {outline})"
        story.rules(title, whole + off.format(outline), version=version)
        story.files[f"mistake-{outline}.rules.toml"] = story.files.pop("mistake.rules.toml")
    story.rules("Fiction: a country in which everybody is served", whole)
    return story


def tamper(seed: int) -> Story:
    """A country with service but for a coast in the east; somebody edits what the controller reads."""
    rng, sheet = chance(seed, "tamper"), Sheet(-44.5, -127.0)
    country = island(sheet, rng, 60_000.0, points=160)
    beyond = shapely.box(sheet.lon_deg + 0.6, -90.0, 180.0, 0.0)
    parts = shapely.get_parts(shapely.intersection(country, beyond))
    east = shapely.orient_polygons(max(parts, key=lambda each: each.area))
    east = shapely.Polygon(np.round(np.asarray(east.exterior.coords), 6))
    count, dark = 360, 120
    here = towns(rng, country, 9, 20 * count)
    there = inside(east, *here.T)
    clear = distance_m(east, *here.T) > 1_000.0
    at = np.concatenate([here[there & clear][:dark], here[~there & clear][: count - dark]])
    at = np.round(at[rng.permutation(count)], 6)
    off = inside(east, *at.T)
    assert off.sum() == dark
    story = Story(
        "tamper", seed,
        terminals(count, role=off, usage=CIVIL, motion=FIXED, home_lat=micro(at[:, 1]),
                  home_lon=micro(at[:, 0])),
        {"role": ["west", "east"], "country": ["QY"], "plan": ["home"]},
        {},
    )  # fmt: skip
    margin = np.minimum(distance_m(east, *at.T), distance_m(country, *at.T))
    acts = ("rows", "file", "older", "one key", "back-dated", "witness")
    # everybody before the first, and twice after each: while the controller runs, and when it began anew
    for first in (8 * HOUR_S, *(9 * HOUR_S + k * HOUR_S // 2 for k in range(2 * len(acts)))):
        time_s = first + 600 + np.floor(60.0 * rng.random(count))
        story.check_in(
            rng, np.arange(count), time_s, at[:, 0], at[:, 1], truth=np.where(off, REFUSE, SERVE),
            margin_m=margin, accuracy_m=5.0 + np.floor(10.0 * rng.random(count)),
        )  # fmt: skip
    story.facts |= {
        "title": "Somebody with access to the machine edits what the controller reads, in six ways",
        "acts_s": {name: (9 + k) * HOUR_S for k, name in enumerate(acts)}, "again_s": HOUR_S // 2,
        "west": count - dark, "east": dark,
        "picture": {"country": "tamper-country.geojson", "off": "tamper-east.geojson"},
    }  # fmt: skip
    story.geojson("country", "Country QY (invented)", country)
    story.geojson("east", "The east coast (invented)", east)
    story.demand(at[:, 0], at[:, 1], 20.0)
    west = shapely.difference(country, east)
    west = max(shapely.get_parts(west), key=lambda each: each.area)
    story.world(
        "Drill: somebody with access to the machine edits what the controller reads, in six ways",
        gateways(("West", "QY", west, 4)),
    )
    for version, name, country_is, east_is, title in (
        (1, "before", "on", "on", "Fiction: a country with service everywhere"),
        (3, "dark", "off", "off", "Fiction: a country without service"),
        (2, "", "on", "off", "Fiction: a country with service but for its east coast"),
    ):
        story.rules(
            title,
            ELSEWHERE
            + territory("QY", "Country QY", "tamper-country.geojson")
            + PLAN.format(name="home", rate=100.0, at_sea="false")
            + charter("tamper", OFFICES, "Oversight body QY", ("east coast",))
            + f"""
[[regions]]
name = "country"
decision = "Fiction: the authority of QY licensed service on 2025-11-01."
countries = ["QY"]
licence = "licensed"
licence_ground = "fiction: licence of the authority of QY"
service = "{country_is}"

[[regions]]
name = "east coast"
decision = "Fiction: by order of the authority of QY."
polygon = "tamper-east.geojson"
licence = "licensed"
licence_ground = "fiction: licence of the authority of QY"
service = "{east_is}"
""",
            version=version,
        )
        if name:
            story.files[f"tamper-{name}.rules.toml"] = story.files.pop("tamper.rules.toml")
    return story
