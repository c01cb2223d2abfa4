"""The same rules as a Cedar policy (github.com/cedar-policy): both decide alike on 100 000 random check-ins.

Cedar answers allow or deny: whether the outcome is serve; what OpenLEO adds (grades, grants, times) is not
asked. Nearly all of a check-in's facts stand in the request's context; the zone is found by shapely.
"""

import cedarpy
import numpy as np
import pytest
import shapely
from policy_world import ZONES, Rules, square, zone_map

from openleo.service.policy import decide_batch
from openleo.service.records import (
    CHECKIN,
    TERMINAL,
    AccountState,
    Licence,
    Motion,
    Outcome,
    Service,
    TerminalState,
    Usage,
    no_history,
)

NOW_US = 1_780_000_000_000_000
COUNT = 100_000

RULES = Rules().but(
    licence={0: Licence.NONE, 1: Licence.PROHIBITED, 2: Licence.PENDING, 3: Licence.NONE},
    service={4: Service.OFF, 5: Service.EMERGENCY, 6: Service.LISTED, 7: Service.LISTED},
    list_masks={6: np.array([0b011, 0, 0, 0], np.uint64), 7: np.array([0b001, 0b110, 0, 0], np.uint64)},
    max_speed_kmh={8: 100.0}, max_altitude_m={8: 300.0}, motion={9: 0b00011}, usage={9: 0b00110},
    prohibited_uses={10: 0b100}, sold_in={11: 0}, plan_speed_kmh={1: 250.0}, plan_motion={1: 0b11101},
    plan_quota_mb={0: 500.0}, oldest_version=3,
)  # fmt: skip

POLICY = """
permit (principal, action == Action::"serve", resource) when {
  resource.licence == "licensed" &&
  (resource.service == "on" || resource.service == "listed") &&
  principal.state == "active" && principal.account == "active"
};
forbid (principal, action, resource) when {
  resource.service == "listed" && !(principal.lists.containsAny(resource.lists_a))
};
forbid (principal, action, resource) when {
  resource.service == "listed" && resource has lists_b && !(principal.lists.containsAny(resource.lists_b))
};
forbid (principal, action, resource) when {
  resource has max_speed && context.speed > resource.max_speed
};
forbid (principal, action, resource) when {
  resource has max_height && context.height > resource.max_height
};
forbid (principal, action, resource) when { !(resource.motion.contains(principal.motion)) };
forbid (principal, action, resource) when { !(resource.usage.contains(principal.usage)) };
forbid (principal, action, resource) when { resource.prohibited.contains(principal.use) };
forbid (principal, action, resource) when {
  resource has sold_in && !(resource.sold_in.contains(principal.sold))
};
forbid (principal, action, resource) when { context.version < 3 };
forbid (principal, action, resource) when { principal.plan == 1 && context.speed > 250 };
forbid (principal, action, resource) when { principal.plan == 1 && principal.motion == 1 };
forbid (principal, action, resource) when { principal.plan == 0 && context.used > 500 };
"""

LICENCES = ("prohibited", "none", "pending", "licensed")
SERVICES = ("off", "emergency", "listed", "on")


def entity(kind: str, name: str, **attributes: object) -> dict[str, object]:
    return {"uid": {"__entity": {"type": kind, "id": name}}, "attrs": attributes, "parents": []}


def zones() -> list[dict[str, object]]:
    """The zones of the rules, as Cedar's resources."""
    found = []
    every = list(range(5))
    for zone in range(ZONES):
        said: dict[str, object] = {
            "licence": LICENCES[RULES.licence[zone]], "service": SERVICES[RULES.service[zone]],
            "motion": [0, 1] if zone == 9 else every, "usage": [1, 2] if zone == 9 else every,
            "prohibited": [2] if zone == 10 else [], "lists_a": {6: [0, 1], 7: [0]}.get(zone, []),
        }  # fmt: skip
        said |= {8: {"max_speed": 100, "max_height": 300}, 7: {"lists_b": [1, 2]}, 11: {"sold_in": [0]}}.get(
            zone, {}
        )
        found.append(entity("Zone", str(zone), **said))
    return found


@pytest.mark.slow
def test_cedar_decides_as_openleo_does() -> None:
    rng = np.random.default_rng(20260701)
    terminals = np.zeros(2000, TERMINAL)
    good = rng.random(2000) < 0.9
    terminals["state"] = np.where(good, TerminalState.ACTIVE, rng.integers(0, 6, 2000))
    terminals["account_state"] = np.where(good, AccountState.ACTIVE, rng.integers(0, 4, 2000))
    terminals["lists"] = rng.integers(0, 8, 2000)
    terminals["motion"], terminals["usage"] = (
        rng.integers(0, len(Motion), 2000),
        rng.integers(0, len(Usage), 2000),
    )
    terminals["use"], terminals["sold"] = rng.integers(-1, 5, 2000), rng.integers(-1, 4, 2000)
    terminals["plan"] = rng.integers(-1, 3, 2000)
    terminals["quota_used_mb"] = rng.choice([0, 100, 900], 2000)
    rows = np.zeros(COUNT, CHECKIN)
    rows["terminal"] = rng.integers(0, 2000, COUNT)
    rows["sequence"], rows["time_us"] = np.arange(COUNT), NOW_US
    zone = rng.integers(0, ZONES, COUNT)
    south, west = np.array([(-40.0, -140.0), *(square(z) for z in range(1, ZONES))])[zone].T
    rows["lat_deg"], rows["lon_deg"] = (
        south + rng.uniform(0.01, 0.99, COUNT),
        west + rng.uniform(0.01, 0.99, COUNT),
    )
    rows["accuracy_m"], rows["satellite"] = 5.0, -1
    rows["speed_kmh"], rows["altitude_m"] = rng.integers(0, 400, COUNT), rng.integers(0, 600, COUNT)
    rows["version"] = rng.integers(2, 9, COUNT)

    # Leaps between random places are evidence by these rules, no more: effects say nothing of them
    rules = RULES.but(effects=np.full(7, Outcome.SERVE, np.int8))
    made = decide_batch(rows, terminals, no_history(2000), rules, zone_map(), NOW_US)  # type: ignore[arg-type]

    shapes = [
        shapely.box(square(z)[1], square(z)[0], square(z)[1] + 1, square(z)[0] + 1) for z in range(1, ZONES)
    ]
    point, shape = shapely.STRtree(shapes).query(shapely.points(rows["lon_deg"], rows["lat_deg"]), "within")
    found = np.zeros(COUNT, np.int64)
    found[point] = shape + 1

    states = np.where(terminals["state"] == TerminalState.ACTIVE, "active", "else").tolist()
    accounts = np.where(terminals["account_state"] == AccountState.ACTIVE, "active", "else").tolist()
    entities = [
        entity(
            "Terminal", str(k), state=states[k], account=accounts[k],
            lists=[bit for bit in range(3) if int(terminals["lists"][k]) >> bit & 1],
            **{name: int(terminals[name][k]) for name in ("motion", "usage", "use", "sold", "plan")},
        )
        for k in range(len(terminals))
    ] + zones()  # fmt: skip
    allowed = np.zeros(COUNT, np.bool_)
    for first in range(0, COUNT, 2000):
        chunk = range(first, first + 2000)
        who = {str(k) for k in rows["terminal"][first : first + 2000].tolist()}
        present = [
            each for each in entities
            if each["uid"]["__entity"]["type"] == "Zone" or each["uid"]["__entity"]["id"] in who  # type: ignore[index]
        ]  # fmt: skip
        requests = [
            {
                "principal": f'Terminal::"{rows["terminal"][i]}"', "action": 'Action::"serve"',
                "resource": f'Zone::"{found[i]}"',
                "context": {
                    "speed": int(rows["speed_kmh"][i]), "height": int(rows["altitude_m"][i]),
                    "version": int(rows["version"][i]),
                    "used": int(terminals["quota_used_mb"][rows["terminal"][i]]),
                },
            }
            for i in chunk
        ]  # fmt: skip
        for i, answer in zip(chunk, cedarpy.is_authorized_batch(requests, POLICY, present), strict=True):
            assert not answer.diagnostics.errors
            allowed[i] = answer.decision == cedarpy.Decision.Allow
    served = made.outcome == Outcome.SERVE
    differ = np.flatnonzero(served != allowed)
    assert not len(differ), (rows[differ[0]], terminals[rows["terminal"][differ[0]]], allowed[differ[0]])
    assert 0.05 < served.mean() < 0.95
