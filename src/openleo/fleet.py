"""Fleets: shells and element sets become one `Fleet`, a class for each satellite, and its +grid of ISLs."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from openleo.constants import WGS72_J2, WGS72_MU_KM3_PER_S2, WGS72_RADIUS_KM
from openleo.errors import InputError
from openleo.formats.elements import Elements
from openleo.formats.omm import ORDINAL_TO_JD
from openleo.formats.toml import key

FIRST_NUMBER: Final = 900_000_001
"""Catalogue number of the first satellite of a grid: nine digits, far from those of real objects."""

_ISL_ABOVE_KM: Final = 80.0
"""A laser link keeps out of the atmosphere below this altitude (Bhattacherjee and Singla 2019, section 3)."""

_MOST: Final = 2**63 - 1  # of any number that an int64 holds

_TIE_RAD: Final = 1e-5
"""What one slot of difference costs between two neighbours equally near: above the noise of element sets."""


@dataclass(frozen=True)
class SatelliteClass:
    """A kind of satellite: what it carries, and the rules by which an element set is known to be one.

    Every rule that is given must hold; a class without rules takes whatever no other class takes.
    """

    name: str = key("what shells and reports call it")
    beams: int = key("user beams lit at once, each of one 240 MHz channel", low=0, high=4096)
    capacity_gbps: float = key("user traffic of the whole satellite", unit="Gbit/s", low=0.0)
    beam_eirp_dbw: float = key("EIRP of one beam of 240 MHz", default=36.0, unit="dBW", low=-30.0, high=90.0)
    feeder_gbps: float = key(
        "its feeder link to a gateway: 20 in Ka, 80 with E band", default=20.0, unit="Gbit/s", low=0.0
    )
    planned: bool = key("whether the plan may use it", default=True)
    preference: float = key("the class's own part in what a link is worth to the plan", default=0.0)
    name_prefix: str = key("rule: how the name in an element file begins", default="")
    name_from: int = key("rule: least of the last number in the name", default=0, low=0)
    name_to: int = key("rule: greatest of the last number in the name", default=_MOST, low=0, high=_MOST)
    number_from: int = key("rule: least catalogue number", default=0, low=0)
    number_to: int = key("rule: greatest catalogue number", default=_MOST, low=0, high=_MOST)
    altitude_from_km: float = key("rule: least mean altitude", default=0.0, unit="km", low=0.0)
    altitude_to_km: float = key("rule: greatest mean altitude", default=math.inf, unit="km", low=0.0)


@dataclass(frozen=True)
class Shell:
    """A Walker grid of circular orbits: `planes` x `satellites_per_plane` slots, all or some filled."""

    name: str = key("begins the name of each of its satellites")
    satellite_class: str = key("the name of a class")
    altitude_km: float = key("mean altitude over 6 378.135 km", unit="km", low=160.0, high=2000.0)
    inclination_deg: float = key("inclination", unit="deg", low=0.0, high=180.0)
    planes: int = key("planes, evenly spread in RAAN", low=1)
    satellites_per_plane: int = key("slots of a plane, evenly spread in anomaly", low=1)
    phasing: int = key(
        "F of Walker's T/P/F: F x 360 deg / T of anomaly from plane to plane", default=0, low=0
    )
    raan_offset_deg: float = key("RAAN of the first plane", default=0.0, unit="deg", low=-360.0, high=360.0)
    anomaly_offset_deg: float = key(
        "anomaly of the first slot", default=0.0, unit="deg", low=-360.0, high=360.0
    )
    pattern: Literal["delta", "star"] = key("nodes over 360 deg (delta) or 180 deg (star)", default="delta")
    filled: int = key("slots of a plane that hold a satellite, evenly spread; 0: all", default=0, low=0)

    def __post_init__(self) -> None:
        """Check what a Walker grid asks for beyond the range of each key."""
        for name, allowed, right in (
            ("planes", "1 or more", self.planes >= 1),
            ("satellites_per_plane", "1 or more", self.satellites_per_plane >= 1),
            ("phasing", f"0 to planes - 1 = {self.planes - 1}", 0 <= self.phasing < self.planes),
            ("filled", "0 (all) to satellites_per_plane", 0 <= self.filled <= self.satellites_per_plane),
            ("altitude_km", "160 to 2000", 160.0 <= self.altitude_km <= 2000.0),
            ("pattern", '"delta" or "star"', self.pattern in ("delta", "star")),
        ):
            if not right:
                raise InputError(
                    f"shell {self.name!r}: {name}: {getattr(self, name)!r} given; {allowed} is allowed"
                )


@dataclass(frozen=True)
class Fleet:
    """The satellites of a run; S of them, which may be none.

    satellite_class: (S,) index into `classes`; shell, plane, slot: (S,), numbered from 0; read: how many
    element sets, or satellites in shells, it was made from; left_out: how many of those are not in it, by
    reason.
    """

    elements: Elements
    satellite_class: NDArray[np.int16]
    classes: tuple[SatelliteClass, ...]
    shell: NDArray[np.int32]
    plane: NDArray[np.int32]
    slot: NDArray[np.int32]
    read: int
    left_out: dict[str, int]

    def __len__(self) -> int:
        return len(self.elements)


def mean_altitude_km(elements: Elements) -> NDArray[np.float64]:
    """Mean altitude (S,) over the WGS72 equatorial radius.

    Source: Hoots and Roehrich 1980 (Spacetrack Report 3), section 6: mean motion in Kozai's sense, and the
    secular part of the short-period terms of radius.
    """
    semi_major_km = np.cbrt(WGS72_MU_KM3_PER_S2 / (elements.mean_motion_rad_per_min / 60.0) ** 2)
    return semi_major_km * (1.0 - _j2_offset(semi_major_km, elements.inclination_rad)) - WGS72_RADIUS_KM


def _j2_offset(radius_km: NDArray[np.float64], inclination_rad: NDArray[np.float64]) -> NDArray[np.float64]:
    """By which part a circular orbit flies below the semi-major axis that its Kozai mean motion gives."""
    offset = 0.25 * WGS72_J2 * (WGS72_RADIUS_KM / radius_km) ** 2 * (3.0 * np.cos(inclination_rad) ** 2 - 1.0)
    return np.asarray(offset)


def walker(shells: Sequence[Shell], classes: Sequence[SatelliteClass], epoch: datetime) -> Fleet:
    """Fleet of Walker shells.

    shells, classes: as in a world; epoch: UTC unless it says otherwise. Satellites stand shell by shell,
    plane by plane, slot by slot, named `<shell>-<plane>-<slot>` and numbered from FIRST_NUMBER; without drag
    they keep their altitude.
    Raises InputError, naming shell, key, value and what is allowed, where a shell is not one.
    Source: Walker 1984 (J. Brit. Interplanetary Soc. 37), i: T/P/F: slots 360/S apart in a plane, planes
    360/P (star: 180/P) apart in RAAN, and F 360/T from one plane to the next in anomaly.
    """
    parts: list[NDArray[np.float64]] = []
    names: list[str] = []
    for index, shell in enumerate(shells):
        planes, slots = shell.planes, shell.satellites_per_plane
        filled = shell.filled or slots
        plane = np.repeat(np.arange(planes), filled)
        slot = np.tile(np.arange(filled) * slots // filled, planes)
        spread_deg = 360.0 if shell.pattern == "delta" else 180.0
        raan_deg = shell.raan_offset_deg + plane * spread_deg / planes
        phase_deg = plane * shell.phasing * 360.0 / (planes * slots)
        anomaly_deg = shell.anomaly_offset_deg + slot * 360.0 / slots + phase_deg
        kind = _class_index(classes, shell)
        columns = (index, kind, plane, slot, shell.altitude_km, shell.inclination_deg)
        parts.append(np.stack(np.broadcast_arrays(*columns, raan_deg % 360.0, anomaly_deg % 360.0)))
        names += [f"{shell.name}-{p}-{s}" for p, s in zip(plane.tolist(), slot.tolist(), strict=True)]
    table = np.concatenate(parts, axis=1) if parts else np.zeros((8, 0))
    number, kinds, plane, slot, altitude_km, inclination_deg, raan_deg, anomaly_deg = table
    elements = _circular(
        tuple(names), epoch, altitude_km, *np.radians((inclination_deg, raan_deg, anomaly_deg))
    )
    return Fleet(
        elements=elements,
        satellite_class=kinds.astype(np.int16),
        classes=tuple(classes),
        shell=number.astype(np.int32),
        plane=plane.astype(np.int32),
        slot=slot.astype(np.int32),
        read=len(names),
        left_out={},
    )


def _class_index(classes: Sequence[SatelliteClass], shell: Shell) -> int:
    names = [kind.name for kind in classes]
    if shell.satellite_class not in names:
        known = ", ".join(names) or "none: the fleet has no class"
        raise InputError(
            f"shell {shell.name!r}: satellite_class: {shell.satellite_class!r} given; "
            f"the name of a class is allowed ({known})"
        )
    return names.index(shell.satellite_class)


def _circular(
    names: tuple[str, ...],
    epoch: datetime,
    altitude_km: NDArray[np.float64],
    inclination_rad: NDArray[np.float64],
    raan_rad: NDArray[np.float64],
    anomaly_rad: NDArray[np.float64],
) -> Elements:
    count = len(names)
    epoch = epoch.replace(tzinfo=UTC) if epoch.tzinfo is None else epoch.astimezone(UTC)
    midnight = epoch.replace(hour=0, minute=0, second=0, microsecond=0)
    radius_km = altitude_km + WGS72_RADIUS_KM
    semi_major_km = radius_km / (1.0 - _j2_offset(radius_km, inclination_rad))
    zeros = np.zeros(count)
    return Elements(
        name=names,
        number=np.arange(FIRST_NUMBER, FIRST_NUMBER + count, dtype=np.int64),
        epoch_jd=np.full(count, epoch.toordinal() + ORDINAL_TO_JD),
        epoch_fr=np.full(count, (epoch - midnight) / timedelta(days=1)),
        bstar=zeros,
        ndot=zeros,
        nddot=zeros,
        eccentricity=np.full(count, 1e-6),  # SGP4 takes nothing smaller
        inclination_rad=inclination_rad,
        raan_rad=raan_rad,
        argument_of_perigee_rad=zeros,
        mean_anomaly_rad=anomaly_rad,
        mean_motion_rad_per_min=60.0 * np.sqrt(WGS72_MU_KM3_PER_S2 / semi_major_km**3),
    )


def from_elements(
    elements: Elements, classes: Sequence[SatelliteClass], *, min_altitude_km: float = 400.0
) -> Fleet:
    """Fleet of real element sets: each gets the first class whose rules it meets, its shell, plane and slot.

    Left out, and counted by reason: satellites of no class, of a class that is not planned, and those whose
    mean altitude is below min_altitude_km (on their way up or down). Shells are runs of like inclination and
    altitude, planes runs of like RAAN and slots the order of argument of latitude, all carried to the median
    epoch.
    """
    altitude_km = mean_altitude_km(elements)
    ending = np.array([_last_number(name) for name in elements.name], np.int64)
    kind = np.full(len(elements), -1, np.int16)
    for default in (False, True):
        for index, candidate in enumerate(classes):
            if _has_rules(candidate) is not default:
                kind[(kind < 0) & _matches(candidate, elements, ending, altitude_km)] = index
    reasons = {"no class": kind < 0}
    for index, candidate in enumerate(classes):
        if not candidate.planned:
            reasons[f"{candidate.name}: not planned"] = kind == index
    kept = ~np.any(list(reasons.values()), axis=0)
    reasons[f"below {min_altitude_km:g} km"] = kept & (altitude_km < min_altitude_km)
    kept &= altitude_km >= min_altitude_km
    rows = np.flatnonzero(kept)
    chosen = elements.select(rows)
    shell, plane, slot = _recovered(chosen, altitude_km[rows])
    left_out = {reason: int(mask.sum()) for reason, mask in reasons.items() if mask.any()}
    return Fleet(chosen, kind[rows], tuple(classes), shell, plane, slot, len(elements), left_out)


def _last_number(name: str) -> int:
    numbers = re.findall(r"\d+", name)
    return int(numbers[-1][-18:]) if numbers else -1


_RULES: Final = [each for each in fields(SatelliteClass) if each.metadata["meaning"].startswith("rule:")]


def _has_rules(kind: SatelliteClass) -> bool:
    return any(getattr(kind, rule.name) != rule.default for rule in _RULES)


def _matches(
    kind: SatelliteClass, elements: Elements, ending: NDArray[np.int64], altitude_km: NDArray[np.float64]
) -> NDArray[np.bool_]:
    right = np.array([name.startswith(kind.name_prefix) for name in elements.name], np.bool_)
    if (kind.name_from, kind.name_to) != (0, _MOST):
        right &= (kind.name_from <= ending) & (ending <= kind.name_to)
    right &= (kind.number_from <= elements.number) & (elements.number <= kind.number_to)
    right &= (kind.altitude_from_km <= altitude_km) & (altitude_km <= kind.altitude_to_km)
    return right


_SHELL_GAP_DEG: Final = 0.3
_SHELL_GAP_KM: Final = 0.5
_PLANE_GAP_DEG: Final = 1.0
"""Gaps that part shells (inclination, altitude) and planes (RAAN): stations are kept far closer than that."""

_STEP_KM: Final = 5.0
"""Planes flown one above the other are of one shell up to this step (OneWeb's are 4 km apart)."""


def _recovered(
    elements: Elements, altitude_km: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Shell, plane and slot (S,) of real satellites, in order of inclination, altitude, RAAN and phase."""
    raan_rad, phase_rad = _at_one_epoch(elements)
    raan_deg = np.degrees(raan_rad)
    shells: list[NDArray[np.int64]] = []
    for band in _runs(np.degrees(elements.inclination_rad), _SHELL_GAP_DEG):
        top_km = -math.inf  # of a shell to which the next layer may belong
        for run in _runs(altitude_km[band], _SHELL_GAP_KM):
            layer = band[run]
            one_plane = len(_runs(raan_deg[layer], _PLANE_GAP_DEG, circular=True)) == 1
            if one_plane and altitude_km[layer].min() - top_km <= _STEP_KM:
                shells[-1] = np.concatenate((shells[-1], layer))
            else:
                shells.append(layer)
            top_km = altitude_km[layer].max() if one_plane else -math.inf
    shell, plane, slot = np.zeros((3, len(elements)), np.int32)
    for number, members in enumerate(shells):
        shell[members] = number
        for index, run in enumerate(_runs(raan_deg[members], _PLANE_GAP_DEG, circular=True)):
            in_plane = members[run]
            plane[in_plane] = index
            slot[in_plane[np.argsort(phase_rad[in_plane], kind="stable")]] = np.arange(len(run))
    return shell, plane, slot


def _runs(values: NDArray[np.float64], gap: float, *, circular: bool = False) -> list[NDArray[np.int64]]:
    """Indices in order of value, cut where the next is more than `gap` away; circular: round 360 degrees."""
    order = np.argsort(values, kind="stable")
    cuts = np.flatnonzero(np.diff(values[order]) > gap) + 1
    if circular and len(cuts) and values[order[0]] + 360.0 - values[order[-1]] <= gap:
        # one run goes over 0 deg: begin with the first whole one
        order = np.roll(order, -cuts[0])
        cuts = cuts[1:] - cuts[0]
    return [run for run in np.split(order, cuts) if len(run)]


def _at_one_epoch(elements: Elements) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """RAAN and mean argument of latitude (S,), carried to the median epoch at J2's secular rates."""
    if not len(elements):
        return np.zeros(0), np.zeros(0)
    days = (elements.epoch_jd - elements.epoch_jd[0]) + elements.epoch_fr
    minutes = (np.median(days) - days) * 1440.0
    motion, cos_i = elements.mean_motion_rad_per_min, np.cos(elements.inclination_rad)
    semi_latus_km = np.cbrt(WGS72_MU_KM3_PER_S2 / (motion / 60.0) ** 2) * (1.0 - elements.eccentricity**2)
    rate = 1.5 * WGS72_J2 * (WGS72_RADIUS_KM / semi_latus_km) ** 2 * motion
    raan = elements.raan_rad - rate * cos_i * minutes
    phase = elements.argument_of_perigee_rad + elements.mean_anomaly_rad
    phase = phase + (motion + 0.5 * rate * (5.0 * cos_i**2 - 1.0)) * minutes
    return raan % (2.0 * math.pi), phase % (2.0 * math.pi)


def plus_grid(fleet: Fleet, *, cross_plane_shift: int = 0) -> NDArray[np.int32]:
    """ISLs of the +grid: each satellite to the next of its plane and to its counterpart in the next plane.

    The counterpart is the satellite nearest in argument of latitude, where each is the other's nearest; of
    two equally near, the one with the same slot. `cross_plane_shift` moves it on by so many satellites. The
    last plane joins the first. No link is laid that would come below 80 km where it is longest: so none
    over the seam of a star, nor over wide gaps.
    Returns (L, 2): pairs a < b of satellites, sorted, each once; no satellite has more than four.
    Source: Bhattacherjee and Singla 2019 (CoNEXT), +grid; Hypatia (Kassing et al., IMC 2020), `isl_shift`.
    """
    raan_rad, phase_rad = _at_one_epoch(fleet.elements)
    radius_km = mean_altitude_km(fleet.elements) + WGS72_RADIUS_KM
    inclination_rad = fleet.elements.inclination_rad
    links: list[NDArray[np.int64]] = []

    def lay(ends: NDArray[np.int64], others: NDArray[np.int64]) -> None:
        apart_rad = _widest_separation_rad(
            inclination_rad[ends], raan_rad[others] - raan_rad[ends], phase_rad[others] - phase_rad[ends]
        )
        lowest_km = np.minimum(radius_km[ends], radius_km[others]) * np.cos(0.5 * apart_rad)
        clear = (ends != others) & (lowest_km >= WGS72_RADIUS_KM + _ISL_ABOVE_KM)
        links.append(np.sort(np.stack((ends[clear], others[clear]), axis=1), axis=1))

    for shell in np.unique(fleet.shell):
        members = np.flatnonzero(fleet.shell == shell)
        slots = int(fleet.slot[members].max()) + 1
        planes = []
        for plane in np.unique(fleet.plane[members]):
            in_plane = members[fleet.plane[members] == plane]
            planes.append(in_plane[np.argsort(phase_rad[in_plane], kind="stable")])
        for at, here in enumerate(planes):
            lay(here, np.roll(here, -1))
            there = planes[(at + 1) % len(planes)]
            if there is not here:
                from_here, to_there = _mutually_nearest(phase_rad, fleet.slot, slots, here, there)
                lay(here[from_here], there[(to_there + cross_plane_shift) % len(there)])
    pairs = np.concatenate(links) if links else np.zeros((0, 2), np.int64)
    return np.unique(pairs, axis=0).astype(np.int32)


def _widest_separation_rad(
    inclination_rad: NDArray[np.float64],
    raan_gap_rad: NDArray[np.float64],
    phase_gap_rad: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Largest angle at the Earth's centre, over an orbit, between two satellites of one inclination.

    With a mutual inclination A of the planes and the phases psi apart as counted from their common node, the
    angle g goes as cos g = cos psi cos^2(A/2) + cos(2 theta + psi) sin^2(A/2) with theta around the orbit.
    """
    cos_i, half_gap = np.cos(inclination_rad), 0.5 * raan_gap_rad
    psi = phase_gap_rad + 2.0 * np.arctan2(cos_i * np.sin(half_gap), np.cos(half_gap))
    sin2_half = (np.sin(inclination_rad) * np.sin(half_gap)) ** 2
    return np.asarray(np.arccos(np.clip(np.cos(psi) * (1.0 - sin2_half) - sin2_half, -1.0, 1.0)))


def _mutually_nearest(
    phase_rad: NDArray[np.float64],
    slot: NDArray[np.int32],
    slots: int,
    here: NDArray[np.int64],
    there: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Places in `here` and in `there` of those pairs of which each is the other's nearest in phase."""
    gap = phase_rad[there][None, :] - phase_rad[here][:, None]
    distance = np.abs((gap + math.pi) % (2.0 * math.pi) - math.pi)
    distance += _TIE_RAD * ((slot[there][None, :] - slot[here][:, None]) % slots)
    nearest, back = distance.argmin(axis=1), distance.argmin(axis=0)
    mutual = np.flatnonzero(back[nearest] == np.arange(len(here)))
    return mutual, nearest[mutual]
