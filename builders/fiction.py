"""Make the worlds of `openleo drill`: invented coasts, rules, terminals, what they do, and what is right.

    python -m builders.fiction [FOLDER] [--seed N] [--world NAME]

Everything is fiction: countries with the user-assigned codes QM to QZ in an empty part of the South Pacific,
roles instead of names, drawn by chance from a seed. For each world FOLDER (src/openleo/worlds unless given)
gets NAME.toml, NAME.rules.toml, NAME-*.geojson, NAME-demand.csv, NAME.drill.json and NAME.drill.npz.

The truth in NAME.drill.npz (what each check-in may be granted at most, and how far it is to where that would
be something else) is reckoned here with pyproj's geodesics over the coasts drawn here. It uses nothing of
OpenLEO's zones, rules or decisions: only h3 for the cells that ask for something.
"""

import argparse
from itertools import pairwise
from pathlib import Path

import h3.api.basic_int as h3
import numpy as np
import shapely

from builders.coasts import (
    F8,
    GEOD,
    Sheet,
    area_km2,
    blob,
    chance,
    distance_m,
    inside,
    island,
    land,
    scattered,
    towns,
)
from builders.governed import mistake, tamper
from builders.story import (
    CIVIL,
    DISTRESS,
    ELSEWHERE,
    EMERGENCY,
    FAR_M,
    FIXED,
    HUMANITARIAN,
    PLAN,
    REFUSE,
    SERVE,
    VESSEL,
    WALLED,
    Story,
    charter,
    gateways,
    micro,
    terminals,
    territory,
)

SEED = 7
WORLDS = Path(__file__).parents[1] / "src" / "openleo" / "worlds"
DAY_S = 86_400
NOON_S = 43_200
SPREAD_S = 240.0  # check-ins of one round: less than a clock may be off
KNOT_MPS = 1852.0 / 3600.0


def peninsula(seed: int) -> Story:
    """Service is off on a peninsula and 100 km of sea around it; 40 boats sail toward it at 40 knots."""
    rng, sheet = chance(seed, "peninsula"), Sheet(-45.0, -126.0)
    line_m, boats, step_s, speed = 100_000.0, 40, 15.0, 40.0 * KNOT_MPS
    # the coast of the mainland wavers along y = 0; the peninsula stands on its northern shore
    main = blob(rng, 190.0, 0.12, 300) * [1.35, 1.0] + [0.0, -200.0]
    tongue = blob(rng, 75.0, 0.28, 260) * [0.8, 1.0] + [0.0, 35.0]
    whole = shapely.union_all([shapely.Polygon(main), shapely.Polygon(tongue)])
    above = shapely.box(-400.0, 0.0, 400.0, 400.0)
    parts = []
    for piece in (shapely.intersection(whole, above), shapely.difference(whole, above)):
        biggest = max(shapely.get_parts(piece), key=lambda each: each.area)
        parts.append(land(sheet, np.asarray(biggest.exterior.coords)[:-1]))
    off, mainland = parts
    country = shapely.orient_polygons(shapely.union_all([off, mainland]))
    assert country.geom_type == "Polygon"

    def past_m(lon: F8, lat: F8) -> F8:
        """How far past the line, positive where service is off: in the sea 100 km around, or on the land."""
        far = distance_m(off, lon, lat)
        return line_m - np.where(inside(off, lon, lat), -far, far)

    # each boat makes for a point of the peninsula, not quite its middle, from all sides but the mainland's
    target = off.centroid
    bearing = np.linspace(-105.0, 105.0, boats) + 4.0 * (rng.random(boats) - 0.5)
    aside = 50_000.0 * (rng.random(boats) - 0.5)
    aim_lon, aim_lat, _ = GEOD.fwd(np.full(boats, target.x), np.full(boats, target.y), bearing + 90.0, aside)
    out_lon, out_lat, course = GEOD.fwd(aim_lon, aim_lat, bearing, np.full(boats, 320_000.0))
    low, high = np.zeros(boats), np.full(boats, 320_000.0)  # from outside inwards
    for _ in range(48):
        mid = 0.5 * (low + high)
        lon, lat, _ = GEOD.fwd(out_lon, out_lat, course, mid)
        over = past_m(lon, lat) > 0.0
        low, high = np.where(over, low, mid), np.where(over, mid, high)
    crossing_m = 0.5 * (low + high)

    before_m, after_m = 20_000.0 + 8_000.0 * rng.random(boats), 4_000.0 + 2_000.0 * rng.random(boats)
    phase_s = 3.0 * rng.integers(0, 5, boats)  # so that a few boats check in at the same second
    story = Story(
        "peninsula", seed,
        terminals(boats, role=0, motion=VESSEL, home_lat=micro(np.full(boats, sheet.lat_deg - 2.0)),
                  home_lon=micro(np.full(boats, sheet.lon_deg))),
        {"role": ["boat"], "country": ["QP"], "plan": ["boats"]},
        {},
    )  # fmt: skip
    calling = np.sort(rng.permutation(boats)[:3])
    asked = np.empty((0, 2))
    for boat in range(boats):
        count = int((before_m[boat] + after_m[boat]) / (speed * step_s))
        time_s = phase_s[boat] + step_s * np.arange(count)
        run_m = crossing_m[boat] - before_m[boat] + speed * (time_s - phase_s[boat])
        start = (np.full(count, each[boat]) for each in (out_lon, out_lat, course))
        lon, lat, _ = GEOD.fwd(*start, run_m)
        past = past_m(lon, lat)
        assert not inside(country, lon, lat).any(), "a boat on land"
        assert distance_m(mainland, lon, lat).min() > 20_000.0, "a boat along the mainland"
        distress = (np.arange(count) == count - 1) & (boat in calling)
        truth = np.where(past > 0.0, np.where(distress, EMERGENCY, REFUSE), SERVE)
        story.check_in(
            rng, np.full(count, boat), time_s, lon, lat, truth=truth, margin_m=np.abs(past),
            accuracy_m=4.0 + 7.0 * rng.random(count), speed_kmh=speed * 3.6, altitude_m=3.0,
            flags=np.where(distress, DISTRESS, 0),
        )  # fmt: skip
        asked = np.concatenate([asked, np.column_stack([lon, lat])[::8]])
    story.facts |= {
        "title": "Service is off on a peninsula and 100 km of sea around it; boats sail toward it",
        "line_km": 100.0, "speed_knots": 40.0, "step_s": step_s, "calling": calling.tolist(),
        "picture": {"off": "peninsula-off.geojson", "country": "peninsula-country.geojson"},
    }  # fmt: skip
    story.geojson("country", "Country QP (invented)", country)
    story.geojson("off", "The peninsula (invented)", off)
    story.geojson("mainland", "The mainland (invented)", mainland)
    ids = np.unique([h3.latlng_to_cell(y, x, 5) for x, y in asked.tolist()])
    at = np.array([h3.cell_to_latlng(cell) for cell in ids.tolist()])
    story.demand(at[:, 1], at[:, 0], 50.0)
    story.world(
        "Drill: service is off on a peninsula and 100 km of sea around it; 40 boats sail toward it",
        gateways(("Mainland", "QP", mainland, 8)),
    )
    offices = {
        "network desk": "Operator Q",
        "legal desk": "Operator Q",
        "licensing desk": "Regulator of QZ",
    }
    told = ("peninsula", "sea around the peninsula")
    for version, service, title, decision in (
        (1, "on", "Fiction: vessels are served on the open sea, around a peninsula as well",
         "Fiction: vessels are served here, too, since 2026-05-15."),
        (2, "off", "Fiction: service is off on a peninsula and 100 km of sea around it",
         "Fiction: off since 2026-06-01T00:10Z, as asked for by the board of Operator Q."),
    ):  # fmt: skip
        story.rules(
            title,
            ELSEWHERE
            + territory("QP", "Country QP", "peninsula-country.geojson")
            + PLAN.format(name="boats", rate=50.0, at_sea="true")
            + charter("peninsula", offices, "Oversight body QP", told, recorder="recorder")
            + f"""
[[regions]]
name = "mainland"
decision = "Fiction: the authority of QP licensed service on the mainland on 2026-01-15."
polygon = "peninsula-mainland.geojson"
licence = "licensed"
licence_ground = "fiction: licence of the authority of QP"
service = "on"
sales = "available"

[[regions]]
name = "open sea"
decision = "Fiction: vessels are served on the open sea since 2026-01-15."
sea = true
licence = "licensed"
licence_ground = "fiction: licence of the flag"
service = "on"

[[regions]]
name = "peninsula"
decision = "{decision}"
polygon = "peninsula-off.geojson"
licence = "licensed"
licence_ground = "fiction: licence of the authority of QP"
service = "{service}"

[[regions]]
name = "sea around the peninsula"
decision = "{decision}"
band = {{ line = "coast", polygon = "peninsula-off.geojson", width_km = 100.0 }}
minus = ["mainland"]
service = "{service}"
""",
            version=version,
            before=version == 1,
        )
    return story


# --------------------------------------------------------------------------------------------- restore


def restore(seed: int) -> Story:
    """A ground network is destroyed; a donor sends terminals, then five sponsors; one stops paying."""
    rng = chance(seed, "restore")
    country = island(Sheet(-46.0, -128.0), rng, 600_000.0, points=420)
    west = island(Sheet(-42.0, -143.5), rng, 90_000.0)
    east = island(Sheet(-44.0, -112.5), rng, 70_000.0)
    donated, sponsored = 500, 15_000
    at = towns(rng, country, 60, donated + sponsored)
    share = np.array([4000, 3500, 3000, 2500, 2000])
    by = np.concatenate([np.zeros(donated, int), rng.permutation(np.repeat(np.arange(1, 6), share))])
    arrival_s = np.where(by == 0, 0, rng.integers(10, 40, len(by)) * DAY_S)
    stops, said_day, notice_days, grace_days = 3, 60, 30, 14
    dark_s = (said_day + notice_days + grace_days) * DAY_S
    count = len(by)
    story = Story(
        "restore", seed,
        terminals(count, role=np.minimum(by, 1), sponsor=by, usage=HUMANITARIAN, motion=FIXED, sold=0,
                  home_lat=micro(at[:, 1]), home_lon=micro(at[:, 0]), from_s=arrival_s),
        {
            "role": ["donated", "sponsored"], "country": ["QM", "QN", "QO"], "plan": ["relief"],
            "sponsor": ["the donor", "a neighbouring government", "an aid agency", "a development bank",
                        "a foundation", "a company"],
        },
        {},
    )  # fmt: skip
    edge_m = distance_m(country, at[:, 0], at[:, 1])
    surveys = {"donated": 2, "all arrived": 45, "notice given": 80, "dark": 110}
    for day in surveys.values():
        here = np.flatnonzero(arrival_s <= day * DAY_S)
        time_s = (day + (np.arange(len(here)) % 24) / 24.0) * DAY_S + SPREAD_S * rng.random(len(here))
        unpaid = (by[here] == stops) & (time_s >= dark_s)
        story.check_in(
            rng, here, time_s, at[here, 0], at[here, 1], truth=np.where(unpaid, WALLED, SERVE),
            margin_m=edge_m[here], accuracy_m=5.0 + 20.0 * rng.random(len(here)),
        )  # fmt: skip
    # what a terminal asks for by the hour: least before dawn, most in the evening, local time
    local = (np.arange(24) - 128.0 / 15.0) % 24.0
    busy = 0.65 + 0.35 * np.cos(2.0 * np.pi * (local - 20.0) / 24.0)
    story.facts |= {
        "title": "A ground network is destroyed; terminals come from a donor, then from five sponsors",
        "area_km2": round(area_km2(country)),
        "surveys": [{"name": name, "day": day} for name, day in surveys.items()],
        "growth_days": [20, 30], "ask_mbps": 60.0, "busy_by_hour_utc": np.round(busy, 3).tolist(),
        "sponsors": [
            {"name": name, "terminals": int((by == k).sum()), "price_month": price,
             "from_day": 0 if k == 0 else 10,
             "notice_days": notice_days, "grace_days": grace_days,
             **({"says_day": said_day, "paid_to_day": said_day + notice_days} if k == stops else {})}
            for k, (name, price) in enumerate(
                zip(story.names["sponsor"], (0.0, 60.0, 65.0, 70.0, 62.0, 75.0), strict=True))
        ],
        "currency": "units of account", "stops": stops,
        "picture": {"country": "restore-country.geojson"},
    }  # fmt: skip
    story.geojson("country", "Country QM (invented)", country)
    story.geojson("west", "Country QN (invented)", west)
    story.geojson("east", "Country QO (invented)", east)
    story.demand(at[:, 0], at[:, 1], 60.0)
    story.world(
        "Drill: a country's ground network is destroyed; donated and sponsored terminals take its place",
        gateways(("West", "QN", west, 16), ("East", "QO", east, 16)),
    )
    story.rules(
        "Fiction: relief in a country whose ground network is destroyed",
        ELSEWHERE
        + territory("QM", "Country QM", "restore-country.geojson")
        + territory("QN", "Country QN", "restore-west.geojson")
        + territory("QO", "Country QO", "restore-east.geojson")
        + PLAN.format(name="relief", rate=200.0, at_sea="false")
        + """
[[regions]]
name = "relief"
decision = "Fiction: the authority of QM licensed relief traffic on 2026-05-30, landing in QN or QO."
countries = ["QM"]
licence = "licensed"
licence_ground = "fiction: emergency licence of the authority of QM"
service = "on"
sales = "not offered"
usage = ["humanitarian", "emergency"]
landing = ["QN", "QO"]
""",
    )
    return story


# --------------------------------------------------------------------------------------------- pending


def pending(seed: int) -> Story:
    """An island's law bars foreign operators; the map says coming soon; 300 terminals were brought there."""
    rng = chance(seed, "pending")
    isle = island(Sheet(-44.0, -124.0), rng, 65_000.0)
    other = island(Sheet(-41.5, -136.0), rng, 50_000.0)
    brought, rounds = 300, 3
    at = towns(rng, isle, 14, 2600)
    there = at[rng.permutation(len(at))[:brought]]
    story = Story(
        "pending", seed,
        terminals(brought, sold=1, home=1, home_lat=micro(np.full(brought, other.centroid.y)),
                  home_lon=micro(np.full(brought, other.centroid.x))),
        {"role": ["brought"], "country": ["QQ", "QR"], "plan": ["roam"]},
        {},
    )  # fmt: skip
    edge_m = distance_m(isle, there[:, 0], there[:, 1])
    everyone = np.arange(brought)
    calling = np.sort(rng.permutation(brought)[:5])
    for k in range(rounds):
        time_s = (8 + 6 * k) * 3600.0 + SPREAD_S * rng.random(brought)
        distress = np.isin(everyone, calling) & (k == rounds - 1)
        story.check_in(
            rng, everyone, time_s, there[:, 0], there[:, 1], truth=np.where(distress, EMERGENCY, REFUSE),
            margin_m=edge_m, accuracy_m=5.0 + 15.0 * rng.random(brought),
            flags=np.where(distress, DISTRESS, 0),
        )  # fmt: skip
    sites = scattered(rng, isle, 3, inland_km=40.0)
    story.facts |= {
        "title": "An island's law bars foreign operators; the map says coming soon",
        "country": "QQ", "area_km2": round(area_km2(isle)), "calling": calling.tolist(),
        "gateways_if": [{"name": f"Island {k + 1}", "country": "QQ", "lat_deg": round(float(y), 4),
                         "lon_deg": round(float(x), 4), "antennas": 4}
                        for k, (x, y) in enumerate(sites)],
        "picture": {"country": "pending-island.geojson"},
    }  # fmt: skip
    story.geojson("island", "Island QQ (invented)", isle)
    story.geojson("neighbour", "Country QR (invented)", other)
    story.demand(at[:, 0], at[:, 1], 80.0)
    story.world(
        "Drill: an island's law bars foreign operators, and the map says coming soon",
        gateways(("Neighbour", "QR", other, 4)),
    )
    story.rules(
        "Fiction: an island whose law bars foreign operators",
        ELSEWHERE
        + territory("QQ", "Island QQ", "pending-island.geojson")
        + territory("QR", "Country QR", "pending-neighbour.geojson")
        + PLAN.format(name="roam", rate=100.0, at_sea="false")
        + charter(
            "pending",
            {"network desk": "Operator Q", "legal desk": "Operator Q", "licensing desk": "Regulator of QZ"},
            "Authority of QQ",
            ("island",),
            recorder="recorder",
        )
        + """
[[regions]]
name = "island"
decision = "Fiction: the law of QQ bars foreign operators; an application of 2026-02-01 is not decided."
countries = ["QQ"]
licence = "pending"
licence_ground = "fiction: the law of QQ bars foreign operators"
service = "on"
sales = "coming soon"

[[regions]]
name = "neighbour"
decision = "Fiction: the authority of QR licensed service on 2025-09-01."
countries = ["QR"]
licence = "licensed"
licence_ground = "fiction: licence of the authority of QR"
service = "on"
sales = "available"
""",
    )
    return story


# ----------------------------------------------------------------------------------------------- front


def front(seed: int) -> Story:
    """In an area 200 km wide only listed terminals are served, and none that moves like an aircraft."""
    rng, sheet, width_km = chance(seed, "front"), Sheet(-47.0, -121.0), 200.0
    country = land(sheet, blob(rng, 260.0, 0.12, 320) * [1.35, 0.95])
    strip = sheet.lon_lat(np.array([[x, y] for x, y in _around(width_km / 2.0, 420.0)]))
    area = shapely.intersection(country, shapely.Polygon(strip))
    area = shapely.orient_polygons(max(shapely.get_parts(area), key=lambda each: each.area))
    area = shapely.Polygon(np.round(np.asarray(area.exterior.coords), 6))
    listed, unlisted, fast, edging, rounds, step_s = 5000, 500, 60, 40, 6, 15.0
    count = listed + unlisted
    at = towns(rng, country, 24, 6 * count, inland_km=25.0)
    at = at[inside(area, *at.T)]
    at = at[distance_m(area, *at.T) > 100.0][:count]
    if len(at) < count:
        more = scattered(rng, area, count - len(at), inland_km=12.0)
        at = np.concatenate([at, more])
    at = at[rng.permutation(count)]
    on_list = np.arange(count) < listed
    speed = np.zeros(count)
    flying = np.concatenate([rng.permutation(listed)[:fast], listed + rng.permutation(unlisted)[:fast]])
    speed[flying] = 150.0
    at[flying] = scattered(rng, area, 2 * fast, inland_km=15.0)
    # some that are not listed stand so near to the area's sides that their circle lies over them
    near = np.setdiff1d(np.arange(listed, count), flying)[:edging]
    side = np.where(rng.random(edging) < 0.5, -1.0, 1.0) * (width_km / 2.0 - 0.03 - 0.4 * rng.random(edging))
    at[near] = sheet.lon_lat(np.column_stack([side, 300.0 * (rng.random(edging) - 0.5)]))
    story = Story(
        "front", seed,
        terminals(count, role=np.where(on_list, 0, 1) + np.where(speed > 0, 2, 0), listed=on_list,
                  home_lat=micro(at[:, 1]), home_lon=micro(at[:, 0]),
                  usage=np.where(on_list, HUMANITARIAN, CIVIL)),
        {"role": ["listed", "unlisted", "listed, fast", "unlisted, fast"], "country": ["QS"],
         "plan": ["plain"]},
        {},
    )  # fmt: skip
    course, phase_s = 360.0 * rng.random(count), step_s * rng.random(count)
    jammed = rng.random(count) < 0.1  # their position is known to a few hundred metres only
    jammed[near[::2]] = True
    # listed ones are served on either side of the outline, unlisted ones outside, fast ones nowhere near
    margin = np.where(on_list, distance_m(country, *at.T), distance_m(area, *at.T))
    margin = np.where(speed > 0.0, FAR_M, margin)
    for k in range(rounds):
        time_s = phase_s + step_s * k
        lon, lat, _ = GEOD.fwd(at[:, 0], at[:, 1], course, speed / 3.6 * time_s)
        assert inside(area, lon, lat).all(), "a terminal out of the area"
        truth = np.where(on_list & (speed == 0.0), SERVE, REFUSE)
        story.check_in(
            rng, np.arange(count), time_s, lon, lat, truth=truth, margin_m=margin,
            accuracy_m=np.where(jammed, 100.0 + 500.0 * rng.random(count), 5.0 + 15.0 * rng.random(count)),
            speed_kmh=speed, altitude_m=np.where(speed > 0.0, 300.0, 1.5),
        )  # fmt: skip
    story.facts |= {
        "title": "An area 200 km wide in which only listed terminals are served",
        "width_km": width_km, "fast_kmh": 150.0, "fast_m": 300.0, "step_s": step_s,
        "picture": {"country": "front-country.geojson", "area": "front-area.geojson"},
    }  # fmt: skip
    story.geojson("country", "Country QS (invented)", country)
    story.geojson("area", "The front (invented)", area)
    story.demand(at[:, 0], at[:, 1], 5.0)
    west = shapely.intersection(country, shapely.box(-180.0, -90.0, area.bounds[0] - 0.2, 0.0))
    west = max(shapely.get_parts(west), key=lambda each: each.area)
    story.world(
        "Drill: an area 200 km wide in which only listed terminals are served, and none that flies",
        gateways(("Rear", "QS", west, 8)),
    )
    story.rules(
        "Fiction: only listed terminals in an area 200 km wide, and none that moves like an aircraft",
        ELSEWHERE
        + territory("QS", "Country QS", "front-country.geojson")
        + PLAN.format(name="plain", rate=100.0, at_sea="false")
        + '\n[[lists]]\nname = "front"\ncustodian = "the authority that keeps the list"\n'
        + """
[[regions]]
name = "country"
decision = "Fiction: the authority of QS licensed service on 2025-03-01."
countries = ["QS"]
licence = "licensed"
licence_ground = "fiction: licence of the authority of QS"
service = "on"
sales = "available"

[[regions]]
name = "front"
decision = "Fiction: listed terminals only, at most 100 km/h and 100 m above ground, since 2026-05-01."
polygon = "front-area.geojson"
licence = "licensed"
licence_ground = "fiction: licence of the authority of QS"
service = "listed"
lists = ["front"]
max_speed_kmh = 100.0
max_altitude_m = 100.0
""",
    )
    return story


def _around(half_width: float, half_height: float) -> list[tuple[float, float]]:
    """The outline of a box with a point every 10 km, so that its sides are straight on the sheet as well."""
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    points = []
    for (x0, y0), (x1, y1) in pairwise(corners):
        length = 2.0 * (half_width if x0 != x1 else half_height)
        for t in np.arange(0.0, 1.0, 10.0 / length):
            points.append((half_width * (x0 + t * (x1 - x0)), half_height * (y0 + t * (y1 - y0))))
    return points


# ---------------------------------------------------------------------------------------------- resale


def resale(seed: int) -> Story:
    """2 000 terminals sold in three countries by five dealers turn up in a fourth without licence.

    Two dealers' records are altered: dates of sale after the terminal was first seen, another country of sale
    than the true one, one buyer for many.
    """
    rng = chance(seed, "resale")
    middles = {"QT": (-41.0, -133.0), "QU": (-47.5, -136.0), "QV": (-49.0, -126.0), "QW": (-43.5, -121.5)}
    lands = {code: island(Sheet(*at), rng, 90_000.0) for code, at in middles.items()}
    codes = list(lands)
    sold_by = np.array([520, 450, 400, 350, 280])[rng.permutation(5)]
    dealer = rng.permutation(np.repeat(np.arange(5), sold_by))
    count = len(dealer)
    altered_dealers = np.sort(rng.permutation(5)[:2])
    # each dealer sells in two of the three countries, mostly in the first of them
    first = np.arange(5) % 3
    sold = np.where(rng.random(count) < 0.8, first[dealer], (first[dealer] + 1) % 3)
    sale_s = rng.integers(0, 60, count) * DAY_S
    buyer = rng.integers(0, 900, count) + 1  # two or three terminals a buyer
    seen_at_home = rng.random(count) < 0.85
    where = np.empty((count, 2))
    for k in range(3):
        where[sold == k] = scattered(rng, lands[codes[k]], int((sold == k).sum()))
    home = where.copy()
    first_s = sale_s + rng.integers(1, 15, count) * DAY_S + NOON_S

    recorded_sold, recorded_sale_s, recorded_buyer = sold.copy(), sale_s.copy(), buyer.copy()
    altered = np.isin(dealer, altered_dealers) & (rng.random(count) < 0.6)
    how = rng.integers(0, 3, count)
    late, elsewhere, one = (altered & (how == k) for k in range(3))
    recorded_sale_s[late] = first_s[late] - NOON_S + rng.integers(20, 50, int(late.sum())) * DAY_S
    recorded_sold[elsewhere] = (sold[elsewhere] + 1 + rng.integers(0, 2, int(elsewhere.sum()))) % 3
    recorded_buyer[one] = 1000 + dealer[one]

    story = Story(
        "resale", seed,
        terminals(count, dealer=dealer, sold=recorded_sold, home=sold, sale_s=recorded_sale_s,
                  buyer=recorded_buyer,
                  home_lat=micro(home[:, 1]), home_lon=micro(home[:, 0])),
        {
            "role": ["sold"], "country": codes, "plan": ["roam"],
            "dealer": [f"dealer {letter}" for letter in "ABCDE"],
        },
        {},
    )  # fmt: skip
    for k in range(2):  # at home, where the terminal was truly sold
        here = np.flatnonzero(seen_at_home & ((k == 0) | (rng.random(count) < 0.6)))
        edge = np.empty(len(here))
        for c in range(3):
            own = sold[here] == c
            edge[own] = distance_m(lands[codes[c]], *where[here[own]].T)
        story.check_in(
            rng, here, first_s[here] + 3 * k * DAY_S + SPREAD_S * rng.random(len(here)), where[here, 0],
            where[here, 1], truth=SERVE, margin_m=edge, accuracy_m=5.0 + 15.0 * rng.random(len(here)),
        )  # fmt: skip
    abroad = scattered(rng, lands["QW"], count)
    edge = distance_m(lands["QW"], *abroad.T)
    begin_s = rng.integers(120, 140, count) * DAY_S + NOON_S
    for k in range(3):
        story.check_in(
            rng, np.arange(count), begin_s + k * DAY_S + SPREAD_S * rng.random(count), abroad[:, 0],
            abroad[:, 1], truth=REFUSE, margin_m=edge, accuracy_m=5.0 + 15.0 * rng.random(count),
        )  # fmt: skip
    story.facts |= {
        "title": "Terminals sold in three countries turn up in a fourth without licence",
        "sold_in": codes[:3], "fourth": "QW",
        "altered_dealers": [story.names["dealer"][k] for k in altered_dealers.tolist()],
        "altered_records": int(altered.sum()),
        "picture": {code: f"resale-{code.lower()}.geojson" for code in codes},
    }  # fmt: skip
    territories = regions = ""
    for code, shape in lands.items():
        story.geojson(code.lower(), f"Country {code} (invented)", shape)
        territories += territory(code, f"Country {code}", f"resale-{code.lower()}.geojson")
        if code != "QW":
            regions += f"""
[[regions]]
name = "{code}"
decision = "Fiction: the authority of {code} licensed service on 2025-06-01."
countries = ["{code}"]
licence = "licensed"
licence_ground = "fiction: licence of the authority of {code}"
service = "on"
sales = "available"
"""
    regions += """
[[regions]]
name = "QW"
decision = "Fiction: nobody applied for a licence in QW, as of 2026-06-01."
countries = ["QW"]
licence = "none"
licence_ground = "fiction: no application"
service = "on"
sales = "not offered"
"""
    everywhere = np.concatenate([where, abroad])
    story.demand(everywhere[:, 0], everywhere[:, 1], 2.0)
    story.world(
        "Drill: terminals sold in three countries by five dealers turn up in a fourth without licence",
        gateways(("QT", "QT", lands["QT"], 8), ("QU", "QU", lands["QU"], 8)),
    )
    story.rules(
        "Fiction: three countries with a licence, a fourth without",
        ELSEWHERE + territories + PLAN.format(name="roam", rate=100.0, at_sea="false") + regions,
    )
    return story


STORIES = {each.__name__: each for each in (restore, peninsula, pending, front, resale, mistake, tamper)}


def write(folder: Path, seed: int = SEED, worlds: tuple[str, ...] = tuple(STORIES)) -> None:
    """Make these worlds of a seed and write them into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in worlds:
        STORIES[name](seed).save(folder)


if __name__ == "__main__":
    given = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    given.add_argument("folder", nargs="?", type=Path, default=WORLDS)
    given.add_argument("--seed", type=int, default=SEED)
    given.add_argument("--world", action="append", choices=tuple(STORIES))
    said = given.parse_args()
    write(said.folder, said.seed, tuple(said.world or STORIES))
