"""How fast check-ins are decided: full decisions from a decoded batch, one thread.

    python -m benchmarks.decide [--json] [--rules FILE]

A million terminals live around the towns of the world, by their people; 200 000 of them check in, each
twice, so that the second time has a history. Seven in ten stand still, the others drive, sail and fly at up
to their class's speed. Three rounds, each on fresh histories; the median of the second check-in counts.
"Beside borders" is the same within some 2 km of a land border, where zones on both sides are judged.
"""

import argparse
import json
import statistics
import time
from typing import Any

import numpy as np

from openleo.places import borders
from openleo.places.towns import towns
from openleo.service.policy import decide_batch
from openleo.service.records import CHECKIN, TERMINAL, AccountState, Motion, Names, no_history
from openleo.service.regions import RuleSet

TERMINALS, CHECKINS, ROUNDS = 1_000_000, 200_000, 3
NOW_US = 1_780_000_000_000_000
AGAIN_US = 15_000_000


def around_towns(rng: np.random.Generator, count: int) -> tuple[Any, Any]:
    """Positions within some 10 km of towns, by their people."""
    at = towns()
    share = at.people / at.people.sum()
    town = rng.choice(len(share), count, p=share)
    return at.lat_deg[town] + rng.normal(0, 0.05, count), at.lon_deg[town] + rng.normal(0, 0.05, count)


def beside_borders(rng: np.random.Generator, count: int) -> tuple[Any, Any]:
    """Positions within some 2 km of land borders."""
    points = np.concatenate([line for line in borders() if len(line) > 1])
    point = points[rng.integers(len(points), size=count)]
    return point[:, 1] + rng.normal(0, 0.01, count), point[:, 0] + rng.normal(0, 0.01, count)


def register_of(rng: np.random.Generator, lat: Any, lon: Any, names: Names, rules: RuleSet) -> Any:
    """Terminals at home where they are, most of them fixed."""
    rows = np.zeros(TERMINALS, TERMINAL)
    rows["home_lat_deg"], rows["home_lon_deg"] = lat, lon
    rows["motion"] = rng.choice(5, TERMINALS, p=(0.7, 0.1, 0.12, 0.05, 0.03))
    rows["account_state"] = rng.choice([AccountState.ACTIVE, AccountState.UNPAID], TERMINALS, p=(0.97, 0.03))
    rows["quota_used_mb"] = rng.exponential(50_000, TERMINALS)
    for name, kind in (("sold", "country"), ("home", "country")):
        rows[name] = rng.integers(0, len(names.all(kind)), TERMINALS)
    plans = [names.number("plan", plan.name) for plan in rules.plans] or [-1]
    rows["plan"] = np.where(rows["motion"] <= Motion.PORTABLE, plans[0], plans[-1])
    rows["use"] = -1
    return rows


def checkins_of(rng: np.random.Generator, lat: Any, lon: Any, register: Any) -> Any:
    """Each terminal of a sample once, well-formed, with an accuracy of 5 to 50 m."""
    who = rng.choice(TERMINALS, CHECKINS, replace=False)
    rows = np.zeros(CHECKINS, CHECKIN)
    rows["terminal"], rows["sequence"], rows["time_us"] = who, 1, NOW_US
    rows["lat_deg"], rows["lon_deg"] = np.clip(lat[who], -90, 90), (lon[who] + 180) % 360 - 180
    rows["accuracy_m"] = rng.uniform(5, 50, CHECKINS)
    top = np.array([0.0, 5.0, 120.0, 40.0, 900.0])[register["motion"][who]]
    rows["speed_kmh"] = top * rng.uniform(0.2, 1, CHECKINS)
    rows["altitude_m"] = np.where(register["motion"][who] == Motion.AIRCRAFT, 10_000, 5)
    rows["satellite"] = -1
    return rows


def once(register: Any, first: Any, terms: Any, zone_map: Any) -> tuple[float, Any]:
    """Seconds for a second check-in of all, and what they get."""
    histories = no_history(len(register))
    decide_batch(first, register, histories, terms, zone_map, NOW_US)
    again = first.copy()
    again["sequence"], again["time_us"] = 2, NOW_US + AGAIN_US
    start = time.perf_counter()
    made = decide_batch(again, register, histories, terms, zone_map, NOW_US + AGAIN_US)
    return time.perf_counter() - start, made


def measure(rules_file: str) -> dict[str, Any]:
    rules = RuleSet.load(rules_file)
    names = Names()
    terms = rules.terms(NOW_US, names)
    found: dict[str, Any] = {"rules": rules.name, "zones": len(terms.licence), "checkins": CHECKINS}
    for label, where in (("around_towns", around_towns), ("beside_borders", beside_borders)):
        rng = np.random.default_rng(1)
        lat, lon = where(rng, TERMINALS)
        register = register_of(rng, lat, lon, names, rules)
        checkins = checkins_of(rng, lat, lon, register)
        times, made = [], None
        once(register, checkins, terms, rules.zone_map)  # compiles, and touches the memory
        for _ in range(ROUNDS):
            seconds, made = once(register, checkins, terms, rules.zone_map)
            times.append(seconds)
        found[f"{label}_per_s"] = CHECKINS / statistics.median(times)
        found[f"{label}_outcomes"] = np.bincount(made.outcome, minlength=5).tolist()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--rules", default="illustration", help="a rule file")
    given = parser.parse_args()
    found = measure(given.rules)
    if given.json:
        print(json.dumps(found))
        return
    print(f"Full decisions from a decoded batch of {CHECKINS}, {found['zones']} zones, one thread")
    for label in ("around_towns", "beside_borders"):
        refuse, emergency, walled, limited, serve = found[f"{label}_outcomes"]
        print(
            f"  {label.replace('_', ' '):<16}{found[f'{label}_per_s'] / 1e6:8.2f} million a second:"
            f" {serve} served, {limited} limited, {walled} walled, {emergency} emergency, {refuse} refused"
        )


if __name__ == "__main__":
    main()
