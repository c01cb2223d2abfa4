"""Satellites as the page shows them: all of them, where they stand, and one with all that belongs to it."""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from openleo.constants import EARTH_MEAN_RADIUS_KM, UNIX_EPOCH_JD, WGS84_A_KM, WGS84_E2
from openleo.fleet import Fleet, mean_altitude_km
from openleo.operate.view.answers import ClassCount, Neighbour, Satellite, Satellites, ServedCell, TrackPoint
from openleo.operate.view.shown import Shown
from openleo.operate.view.unshown import Unshown
from openleo.orbit import prepare
from openleo.sky import vertical
from openleo.twin import Slot, Twin

AROUND: Final = 72
"""Points of a footprint."""


def satellites_of(twin: Twin) -> Satellites:
    """All satellites by number, name, class and shell, in the order of their positions."""
    fleet = twin.fleet
    return Satellites(
        number=tuple(fleet.elements.number.tolist()),
        name=fleet.elements.name,
        satellite_class=tuple(fleet.satellite_class.tolist()),
        shell=tuple(fleet.shell.tolist()),
    )


def classes_of(twin: Twin) -> tuple[ClassCount, ...]:
    """The classes, and how many satellites are of each."""
    count = np.bincount(twin.fleet.satellite_class, minlength=len(twin.fleet.classes))
    named = zip(twin.fleet.classes, count.tolist(), strict=True)
    return tuple(ClassCount(each.name, number) for each, number in named)


def shells_of(twin: Twin) -> tuple[str, ...]:
    """The names of the shells: the world's own, or inclination and altitude of those that were found."""
    fleet, count = twin.fleet, int(twin.fleet.shell.max(initial=-1)) + 1
    named = twin.world.fleet.shells
    if fleet.read == len(fleet) and len(named) >= count and _numbered(fleet, named):
        return tuple(each.name for each in named)
    altitude, inclination = mean_altitude_km(fleet.elements), np.degrees(fleet.elements.inclination_rad)
    return tuple(
        f"{np.median(inclination[fleet.shell == k]):.1f}° {np.median(altitude[fleet.shell == k]):.0f} km"
        for k in range(count)
    )


def _numbered(fleet: Fleet, named: tuple[Any, ...]) -> bool:
    """Whether satellites are named by the shells of the world, and not by an element file."""
    first = {int(k): name for k, name in zip(fleet.shell[::-1], fleet.elements.name[::-1], strict=True)}
    return all(name.startswith(f"{named[k].name}-") for k, name in first.items())


def positions_of(twin: Twin, time: np.datetime64) -> NDArray[np.float32]:
    """Where the satellites stand at an instant: (S, 3) ECEF km, NaN for one that is lost."""
    ephemeris = twin.propagator.at(np.array([time]), dut1=twin.world.earth.dut1)
    return np.asarray(ephemeris.position_ecef_km[0], "<f4")


def index_of(twin: Twin, number: int) -> int:
    """The row of a catalogue number; raises Unshown where no satellite has it."""
    found = np.flatnonzero(twin.fleet.elements.number == number)
    if not len(found):
        raise Unshown("not-found", f"number: {number} given; no satellite of this world has it", "number")
    return int(found[0])


def satellite_of(shown: Shown, slot: int, number: int, shells: tuple[str, ...]) -> Satellite:
    """One satellite in a slot; raises Unshown where there is none, or it is lost by then."""
    twin, planned, _ = shown.planned(slot)
    s = index_of(twin, number)
    elements, position = twin.fleet.elements, planned.geometry.position_km[s]
    if not np.isfinite(position[0]):
        raise Unshown("not-found", f"number: {number} is lost by then: its elements make no orbit", "number")
    lat, lon, altitude = geodetic(position[None, :])
    kind = twin.fleet.classes[twin.fleet.satellite_class[s]]
    rows = planned.fields()
    cells = np.flatnonzero(rows["satellite"] == s)
    order = cells[np.argsort(-rows["throughput_bps"][cells], kind="stable")]
    granted = float(rows["throughput_bps"][cells].sum(dtype=np.float64))
    capacity, feeder = float(twin.payloads.capacity_bps[s]), int(planned.backhaul.feeder[s])
    epoch = np.datetime64(0, "us") + np.timedelta64(
        round(float((elements.epoch_jd[s] - UNIX_EPOCH_JD) + elements.epoch_fr[s]) * 86_400_000_000), "us"
    )
    return Satellite(
        number=number, name=elements.name[s], satellite_class=kind.name,
        shell=shells[twin.fleet.shell[s]], lat_deg=lat[0], lon_deg=lon[0], altitude_km=altitude[0],
        elements_epoch=f"{np.datetime_as_string(epoch, 's')}Z", beams=kind.beams,
        beams_used=float(rows["share"][cells].sum(dtype=np.float64)), capacity_bps=capacity,
        granted_bps=granted, load=granted / capacity if capacity else 0.0,
        gateway=twin.ground.gateways[feeder].name if feeder >= 0 else None,
        footprint=footprint(position, twin.world.radio.elevation_mask_deg),
        cells=tuple(ServedCell(int(c), float(rows["throughput_bps"][c])) for c in order),
        isls=_neighbours(twin, planned, s), track=_track(twin, planned.time, s),
    )  # fmt: skip


def geodetic(position_km: NDArray[np.float64]) -> tuple[list[float], list[float], list[float]]:
    """Latitude, longitude and height over the ellipsoid, degrees and km, of (N, 3) ECEF km.

    Source: Bowring 1976, Survey Review 23, 323-327; within a metre up to 2 000 km.
    """
    up = vertical(position_km, "wgs84")
    lat = np.arcsin(up[:, 2])
    lon = np.arctan2(position_km[:, 1], position_km[:, 0])
    normal_km = WGS84_A_KM / np.sqrt(1.0 - WGS84_E2 * up[:, 2] ** 2)
    foot = normal_km[:, None] * up * np.array([1.0, 1.0, 1.0 - WGS84_E2])
    height = np.einsum("ij,ij->i", position_km - foot, up)
    return np.degrees(lat).tolist(), np.degrees(lon).tolist(), height.tolist()


def footprint(position_km: NDArray[np.float64], mask_deg: float) -> tuple[tuple[float, float], ...]:
    """Longitude and latitude of the points at which a satellite stands at the mask, closed, over a sphere.

    Source: Wertz 1999 (Space Mission Analysis and Design), 5.2: the Earth-central angle is
    acos(R cos e / r) - e. Counter-clockwise seen from above.
    """
    radius = float(np.linalg.norm(position_km))
    mask = math.radians(mask_deg)
    angle = math.acos(min(EARTH_MEAN_RADIUS_KM * math.cos(mask) / radius, 1.0)) - mask
    centre = position_km / radius
    east = np.array([-centre[1], centre[0], 0.0])
    length = float(np.linalg.norm(east))
    east = east / length if length > 1e-12 else np.array([0.0, 1.0, 0.0])
    north = np.cross(centre, east)
    turn = np.linspace(0.0, 2.0 * np.pi, AROUND + 1)[:, None]
    points = math.cos(angle) * centre + math.sin(angle) * (np.cos(turn) * east + np.sin(turn) * north)
    lat = np.degrees(np.arcsin(np.clip(points[:, 2], -1.0, 1.0)))
    lon = np.degrees(np.arctan2(points[:, 1], points[:, 0]))
    ring = list(zip(lon.tolist(), lat.tolist(), strict=True))
    return (*ring[:-1], ring[0])


def _neighbours(twin: Twin, planned: Slot, s: int) -> tuple[Neighbour, ...]:
    """The satellites to which links stand, with the load of the fuller way of each."""
    network, position, found = twin.network, planned.geometry.position_km, []
    capacity = twin.world.isl.capacity_gbps * 1e9
    for edge in range(int(network.first[s]), int(network.first[s + 1])):
        if not math.isfinite(planned.backhaul.edge_km[edge]):
            continue
        to = int(network.head[edge])
        both = planned.routes.edge_load_bps[[edge, int(network.back[edge])]]
        lat, lon, altitude = geodetic(position[[to]])
        found.append(
            Neighbour(
                int(twin.fleet.elements.number[to]), twin.fleet.elements.name[to], lat[0], lon[0],
                altitude[0], float(both.max() / capacity),
            )
        )  # fmt: skip
    return tuple(found)


def _track(twin: Twin, time: np.datetime64, s: int) -> tuple[TrackPoint, ...]:
    """One orbit, a point a minute, from half a turn before an instant to half a turn after."""
    elements = twin.fleet.elements.select(np.array([s]))
    half = int(np.ceil(np.pi / elements.mean_motion_rad_per_min[0]))
    minutes = np.arange(-half, half + 1)
    times = time + minutes * np.timedelta64(60_000_000, "us")
    position = prepare(elements).at(times, dut1=twin.world.earth.dut1).position_ecef_km[:, 0]
    there = np.isfinite(position[:, 0])
    points = zip(minutes[there].tolist(), *geodetic(position[there]), strict=True)
    return tuple(TrackPoint(float(minute), lat, lon, km) for minute, lat, lon, km in points)
