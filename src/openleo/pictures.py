"""Pictures of a run as PNG: world maps, the sky over a place, a time series.

A cell of resolution 5 is about one pixel of a world map. So a map is no heap of polygons: each pixel is told
once which cell it shows (`paint`), and every picture of that run colours the same pixels.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from openleo.constants import EARTH_MEAN_RADIUS_KM, GSO_RADIUS_KM, WGS84_A_KM, WGS84_E2
from openleo.maps import DISCLAIMER, FIELDS, MODELLED, label
from openleo.places import borders, coastlines

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

_INK: Final = "#1c2430"
_QUIET: Final = "#5b6572"
_OCEAN: Final = "#e9f0f5"
_LAND: Final = "#f7f5f0"
_COAST: Final = "#8a94a0"
_UNSERVED: Final = "#b8b2a8"
_REASONS: Final = ("#b3d4ea", "#000000", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#0072b2")
"""Okabe and Ito's colours, which people of every colour vision tell apart; what is served stays pale."""

_DPI: Final = 200
_WIDTH_PX: Final = 2000
_MAP_PX: Final = 1920
_TOP_PX, _BOTTOM_PX = 116, 150

_SHOWN: Final = {
    "served": ("% of slots", 100.0),
    "throughput_bps": ("Mbit/s", 1e-6),
    "latency_ms": ("ms, round trip", 1.0),
    "elevation_deg": ("degrees", 1.0),
    "satellites_in_view": ("satellites", 1.0),
    "satellites_usable": ("satellites", 1.0),
}
"""The unit beside a colour bar, and the factor to it."""


def equal_earth(lat_deg: Floats, lon_deg: Floats) -> tuple[Floats, Floats]:
    """Project a unit sphere onto a plane on which areas are true: x within 2.7066, y within 1.3173.

    Source: Savric, Patterson and Jenny 2018, "The Equal Earth map projection", equations 7 to 9.
    """
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    theta = np.arcsin(np.sqrt(3.0) / 2.0 * np.sin(np.radians(lat_deg)))
    t2 = theta * theta
    t6 = t2 * t2 * t2
    slope = a1 + 3.0 * a2 * t2 + t6 * (7.0 * a3 + 9.0 * a4 * t2)
    x = 2.0 * np.sqrt(3.0) / 3.0 * np.radians(lon_deg) * np.cos(theta) / slope
    return x, theta * (a1 + a2 * t2 + t6 * (a3 + a4 * t2))


@dataclass(frozen=True)
class Canvas:
    """Which cell each pixel of a world map shows: (height, width) int32, -1 none, the northernmost row first.

    extent: left, right, bottom and top of it on the plane of `equal_earth`.
    """

    cell: NDArray[np.int32]
    extent: tuple[float, float, float, float]


def paint(lat_deg: Floats, lon_deg: Floats, resolution: int) -> Canvas:
    """Tell the pixels of a world map which of C cells they show.

    lat_deg, lon_deg: (C,) centres of H3 cells. resolution: of H3, 0 to 15.
    A cell is a disc as wide as its hexagon, less the pixels that are nearer to another cell's centre: the
    hexagons, but for the rim, and for gaps near the poles, which the map stretches. Antarctica is left out
    where no cell is there.
    """
    edge = equal_earth(
        np.array([0.0, min(-57.0, float(np.min(lat_deg, initial=0.0)) - 1.0), 90.0]), np.full(3, 180.0)
    )
    right, bottom, top = float(edge[0][0]), float(edge[1][1]), float(edge[1][2])
    pixel = 2.0 * right / _MAP_PX
    height = round((top - bottom) / pixel)
    canvas = np.full((height, _MAP_PX), -1, np.int32)
    area_km2 = 4.0 * np.pi * EARTH_MEAN_RADIUS_KM**2 / (2.0 + 120.0 * 7.0**resolution)
    reach_km = 1.1 * np.sqrt(2.0 * area_km2 / (3.0 * np.sqrt(3.0)))  # H3's cells differ in size
    step_km = pixel * EARTH_MEAN_RADIUS_KM / 2.5
    steps = step_km * np.arange(-(reach_km // step_km), reach_km // step_km + 1.0)
    north_km, east_km = (side.ravel() for side in np.meshgrid(steps, steps))
    distance = np.hypot(north_km, east_km)
    per_km = np.degrees(1.0 / EARTH_MEAN_RADIUS_KM)
    east_deg_per_km = per_km / np.maximum(np.cos(np.radians(lat_deg)), 0.01)
    number = np.arange(len(lat_deg), dtype=np.int32)
    for i in np.argsort(-distance, kind="stable"):  # from the rim inwards: the nearest has the last word
        if distance[i] > reach_km:
            continue
        lat = np.clip(lat_deg + north_km[i] * per_km, -90.0, 90.0)
        lon = (lon_deg + east_km[i] * east_deg_per_km + 180.0) % 360.0 - 180.0
        x, y = equal_earth(lat, lon)
        column = np.clip((x + right) / pixel, 0, _MAP_PX - 1).astype(np.int32)
        row = np.clip((top - y) / pixel, 0, height - 1).astype(np.int32)
        canvas[row, column] = number
    return Canvas(canvas, (-right, right, bottom, top))


def draw(
    name: str, canvas: Canvas, values: NDArray[Any], *, title: str = "", subtitle: str = "", credit: str = ""
) -> bytes:
    """Draw one field on a world map and give the PNG, 2 000 pixels wide.

    name: a field of `maps.FIELDS`. values: (C,), as stored (or a mean over slots); NaN or the fill is none.
    title: the field's own where empty. credit: what it was made from, see `maps.credit`.
    """
    from matplotlib.collections import LineCollection
    from matplotlib.patches import PathPatch, Polygon

    field = FIELDS[name]
    height, width = canvas.cell.shape
    total = height + _TOP_PX + _BOTTOM_PX
    left = (_WIDTH_PX - width) / 2.0
    foot = f"{DISCLAIMER}\n{credit}"
    figure = _figure(_WIDTH_PX, total, title or field.picture or field.long_name, subtitle, foot)
    axes = figure.add_axes((left / _WIDTH_PX, _BOTTOM_PX / total, width / _WIDTH_PX, height / total))
    axes.set_axis_off()
    outline = Polygon(_outline(), closed=True, facecolor=_OCEAN, edgecolor="none")
    land, coast, borders = _land()
    ground = PathPatch(land, facecolor=_LAND, edgecolor="none")
    colours = _colours(figure, name, np.asarray(values, np.float64))
    shown = np.vstack([colours, np.zeros((1, 4), np.uint8)])[canvas.cell]  # -1 is the last row: clear
    axes.add_patch(outline)
    axes.add_patch(ground)
    image = axes.imshow(shown, extent=canvas.extent, interpolation="nearest", zorder=2)
    axes.add_collection(LineCollection(coast, colors=_COAST, linewidths=0.35, zorder=3))
    axes.add_collection(LineCollection(borders, colors=_COAST, linewidths=0.2, zorder=3))
    for artist in (image, ground, *axes.collections):
        artist.set_clip_path(outline.get_path(), axes.transData)
    axes.set(xlim=canvas.extent[:2], ylim=canvas.extent[2:])
    return _png(figure)


def polar(
    elevation_deg: Floats,
    azimuth_deg: Floats,
    names: Sequence[str],
    *,
    lat_deg: float,
    serving: int = -1,
    usable: NDArray[np.bool_] | None = None,
    mask_deg: float = 25.0,
    title: str = "",
    subtitle: str = "",
    credit: str = "",
) -> bytes:
    """Draw the sky over a place, north up and east to the right (as on a map), and give the PNG.

    elevation_deg, azimuth_deg: (N,) of satellites, azimuth clockwise from north. names: of each.
    lat_deg: of the place, for the geostationary arc. serving: which one serves, -1 none.
    usable: (N,) whether each is clear of the arc (all where None).
    The serving one and the five highest usable ones are named.
    """
    from matplotlib.patheffects import withStroke

    halo = withStroke(linewidth=2.0, foreground="#fbfcfd")
    above = elevation_deg >= mask_deg
    free = above if usable is None else above & usable
    figure = _figure(1400, 1560, title, subtitle, f"{MODELLED}\n{credit}")
    axes: Any = figure.add_axes((0.1, 0.16, 0.8, 0.72), projection="polar")
    axes.set_theta_zero_location("N")
    axes.set_theta_direction(-1)
    axes.set_facecolor("#fbfcfd")
    axes.set(ylim=(0.0, 90.0), xticks=np.radians(np.arange(0.0, 360.0, 45.0)), yticks=[30.0, 60.0])
    axes.set_xticklabels(["N", "NE", "E", "SE", "S", "SW", "W", "NW"], color=_INK, fontsize=9)
    axes.set_yticklabels(["60°", "30°"], color=_QUIET, fontsize=7)
    axes.set_rlabel_position(337.5)
    axes.grid(color="#dfe4ea", linewidth=0.6)
    axes.spines["polar"].set_color(_COAST)
    around = np.linspace(0.0, 2.0 * np.pi, 181)
    axes.plot(around, np.full(181, 90.0 - mask_deg), color=_QUIET, linewidth=1.0, linestyle=(0, (5, 3)),
              label=f"elevation mask, {mask_deg:g}°")  # fmt: skip
    arc_elevation, arc_azimuth = gso_arc(lat_deg)
    if len(arc_elevation):
        axes.plot(
            np.radians(arc_azimuth),
            90.0 - arc_elevation,
            color=_REASONS[2],
            linewidth=2.0,
            label="geostationary arc",
        )
    theta, radius = np.radians(azimuth_deg), 90.0 - elevation_deg
    for which, mark, colour, size, said in (
        (~above & (elevation_deg > 0.0), ".", "#b4bbc4", 14, "below the mask"),
        (above & ~free, "x", _REASONS[4], 30, "too near the arc"),
        (free, "o", _REASONS[6], 26, "usable"),
    ):
        if which.any():
            style = {"s": size, "marker": mark, "color": colour, "linewidths": 1.0, "label": said}
            axes.scatter(theta[which], radius[which], zorder=3, **style)
    named = [int(i) for i in np.argsort(radius) if free[i] and i != serving]
    if serving >= 0:
        named.insert(0, serving)
        style = {"s": 150, "facecolor": "none", "edgecolor": _INK, "linewidths": 1.6, "label": "serving"}
        axes.scatter(theta[serving], radius[serving], zorder=4, **style)
    east, north = radius * np.sin(theta), radius * np.cos(theta)
    written: list[int] = []
    for i in named:  # the highest few; a name that would be written over another is left out
        if len(written) == 5:
            break
        if any(abs(east[i] - east[k]) < 26.0 and abs(north[i] - north[k]) < 3.0 for k in written):
            continue
        written.append(i)
        weight = "bold" if i == serving else "normal"
        style = {"fontsize": 7, "color": _INK, "fontweight": weight, "path_effects": [halo], "zorder": 5}
        axes.annotate(names[i], (theta[i], radius[i]), (6, 6), textcoords="offset points", **style)
    figure.legend(
        loc="lower center", bbox_to_anchor=(0.5, 0.055), ncols=3, frameon=False, fontsize=7, labelcolor=_INK
    )
    return _png(figure)


def series(
    time: NDArray[np.datetime64],
    rtt_ms: Floats,
    *,
    fibre_ms: float | None = None,
    title: str = "",
    subtitle: str = "",
    credit: str = "",
) -> bytes:
    """Draw a round-trip time over time, slot by slot, and give the PNG.

    time: (T,) start of each slot, UTC. rtt_ms: (T,), NaN where there is no path.
    fibre_ms: round trip over fibre on the great circle, drawn to compare with.
    """
    from matplotlib.dates import ConciseDateFormatter

    figure = _figure(1800, 900, title, subtitle, f"{MODELLED}\n{credit}")
    axes: Any = figure.add_axes((0.075, 0.19, 0.9, 0.61))
    ends = np.append(
        time, time[-1:] + (time[-1:] - time[-2:-1] if len(time) > 1 else np.timedelta64(15, "s"))
    )
    axes.stairs(rtt_ms, ends, baseline=None, color=_REASONS[6], linewidth=1.4, label="over the satellites")
    for number, (first, last) in enumerate(_runs(np.isnan(rtt_ms))):
        said = None if number else "no path"
        axes.axvspan(ends[first], ends[last], color="#efe3e0", linewidth=0.0, label=said)
    if fibre_ms is not None:
        axes.axhline(
            fibre_ms,
            color=_REASONS[4],
            linewidth=1.2,
            linestyle=(0, (5, 3)),
            label="fibre on the great circle",
        )
    known = [*rtt_ms[np.isfinite(rtt_ms)].tolist(), *([fibre_ms] if fibre_ms is not None else [])]
    axes.set(xlim=(ends[0], ends[-1]), ylim=(0.0, 1.15 * max(known, default=1.0)))
    axes.xaxis.set_major_formatter(ConciseDateFormatter(axes.xaxis.get_major_locator()))  # type: ignore[no-untyped-call]
    axes.set_ylabel("round trip, ms", color=_INK, fontsize=8)
    axes.tick_params(colors=_QUIET, labelsize=7)
    axes.xaxis.get_offset_text().set(color=_QUIET, fontsize=7)
    axes.grid(axis="y", color="#e5e9ee", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_COAST)
    axes.set_axisbelow(True)
    axes.legend(
        loc="lower right", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=7, labelcolor=_INK, ncols=3
    )
    return _png(figure)


def gso_arc(lat_deg: float) -> tuple[Floats, Floats]:
    """Elevation and azimuth (K,) in degrees of the part of the geostationary arc that a latitude sees.

    Both empty where none of it is above the horizon (beyond some 81 degrees of latitude).
    """
    turn = np.radians(np.linspace(-90.0, 90.0, 361))
    sin_lat, cos_lat = np.sin(np.radians(lat_deg)), np.cos(np.radians(lat_deg))
    normal_km = WGS84_A_KM / np.sqrt(1.0 - WGS84_E2 * sin_lat**2)
    x = GSO_RADIUS_KM * np.cos(turn) - normal_km * cos_lat
    east = GSO_RADIUS_KM * np.sin(turn)
    z = -normal_km * (1.0 - WGS84_E2) * sin_lat
    up, north = cos_lat * x + sin_lat * z, cos_lat * z - sin_lat * x
    elevation = np.degrees(np.arctan2(up, np.hypot(east, north)))
    seen = elevation > 0.0
    return elevation[seen], np.degrees(np.arctan2(east, north))[seen] % 360.0


def _figure(width_px: int, height_px: int, title: str, subtitle: str, foot: str) -> "Figure":
    """An empty sheet with its title and foot."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_px / _DPI, height_px / _DPI), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    left = 40.0 / width_px
    figure.text(left, 1.0 - 22.0 / height_px, title, fontsize=13, fontweight="bold", color=_INK, va="top")
    figure.text(left, 1.0 - 72.0 / height_px, subtitle, fontsize=8, color=_QUIET, va="top")
    style: dict[str, Any] = {"fontsize": 5.5, "color": _QUIET, "va": "bottom", "linespacing": 1.4}
    figure.text(left, 14.0 / height_px, foot, **style)
    return figure


def _png(figure: "Figure") -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=_DPI, metadata={"Software": "OpenLEO"})
    return stream.getvalue()


def _colours(figure: "Figure", name: str, values: Floats) -> NDArray[np.uint8]:
    """Colours (C, 4) of the values, and beside it the legend that explains them, drawn onto the figure."""
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LogNorm, Normalize, to_rgba_array
    from matplotlib.patches import Patch
    from matplotlib.ticker import NullLocator

    field = FIELDS[name]
    known = np.isfinite(values)
    if field.fill is not None:
        known &= values != field.fill
    if field.units == "bit s-1":
        known &= values > 0.0
    absent = Patch(color=_UNSERVED, label="not served" if field.dtype.startswith("float") else "none")
    none_here = Patch(facecolor=_LAND, edgecolor=_COAST, linewidth=0.4, label="no cell here")
    table = np.full((len(values), 4), to_rgba_array(_UNSERVED)[0])
    if field.flags and field.over_slots == "commonest":
        table[known] = to_rgba_array(_REASONS)[values[known].astype(int) % len(_REASONS)]
        keys = [
            Patch(color=colour, label=label(word))
            for colour, word in zip(_REASONS, field.flags, strict=False)
        ]
        _legend(figure, [*keys, none_here], 0.02)
        return np.asarray(np.rint(255.0 * table), np.uint8)
    if field.over_slots == "commonest":  # numbers that only name
        many = colormaps["tab20"](np.arange(20))
        table[known] = many[values[known].astype(int) * 7 % 20]
        each = Patch(color=many[0], label=f"each {name} has a colour; some share one")
        _legend(figure, [each, none_here] if known.all() else [each, absent, none_here], 0.02)
        return np.asarray(np.rint(255.0 * table), np.uint8)
    unit, factor = _SHOWN.get(name, ("", 1.0))
    shown = values[known] * factor
    low, high = np.quantile(shown, [0.02, 0.98]) if shown.size else (0.0, 1.0)
    norm: Normalize = Normalize(low, high if high > low else low + 1.0)
    if name == "served":
        norm = Normalize(0.0, 100.0)
    elif field.units == "bit s-1" and low > 0.0 and high > 20.0 * low:
        norm = LogNorm(low, high)
    ramp = colormaps[field.ramp]
    table[known] = ramp(norm(shown))
    height = figure.get_figheight() * _DPI
    bar = figure.colorbar(
        ScalarMappable(norm, ramp),
        cax=figure.add_axes((0.02, 104.0 / height, 0.42, 20.0 / height)),
        orientation="horizontal",
        extend="neither" if name == "served" else "both",
    )
    bar.outline.set_visible(False)
    if isinstance(norm, LogNorm):  # 1, 2, 5, 10, 20, ...: one number a tick, and no others between
        steps = np.outer(10.0 ** np.arange(-3.0, 8.0), [1.0, 2.0, 5.0]).ravel()
        bar.set_ticks(steps[(steps >= low) & (steps <= high)].tolist())
        bar.ax.xaxis.set_minor_locator(NullLocator())
    bar.ax.xaxis.set_major_formatter(lambda number, _: f"{number:g}")
    bar.ax.tick_params(labelsize=7, colors=_INK, length=2)
    figure.text(0.45, 114.0 / height, unit, fontsize=8, color=_INK, va="center")
    _legend(figure, [none_here] if known.all() else [absent, none_here], 0.6)
    return np.asarray(np.rint(255.0 * table), np.uint8)


def _legend(figure: "Figure", patches: Sequence[Any], left: float) -> None:
    height = figure.get_figheight() * _DPI
    figure.legend(
        handles=patches, loc="center left", bbox_to_anchor=(left, 114.0 / height), ncols=len(patches),
        frameon=False, fontsize=7.5, labelcolor=_INK, handlelength=1.2, handleheight=1.0, columnspacing=1.4,
        borderpad=0.0,
    )  # fmt: skip


def _runs(flag: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and one past the last index of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flag, [False]]).astype(np.int8)))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


def _outline() -> Floats:
    """The rim of the map (K, 2)."""
    lat = np.linspace(-90.0, 90.0, 181)
    x, y = equal_earth(np.concatenate([lat, lat[::-1]]), np.repeat([180.0, -180.0], 181))
    return np.column_stack([x, y])


@cache
def _land() -> tuple[Any, list[Floats], list[Floats]]:
    """Land as one path, its coasts and the borders between countries as lines, projected."""
    from matplotlib.path import Path

    def projected(line: Floats) -> Floats:
        return np.column_stack(equal_earth(line[:, 1], line[:, 0]))

    rings = [projected(line) for line in coastlines()]
    path = Path.make_compound_path(*(Path(ring, closed=True) for ring in rings))
    return path, rings, [projected(line) for line in borders()]
