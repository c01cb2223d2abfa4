"""What the planner says of a change of rules before it is made, and a map of who loses and who gains."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from openleo.maps import DISCLAIMER
from openleo.operate.open import open_twin
from openleo.places import borders, coastlines
from openleo.places.cells import ids_at
from openleo.plan import SERVED
from openleo.service.governance.dryrun import DryRun, Effect
from openleo.twin import Slot, Twin
from openleo.world import World, slot_times

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from openleo.service.regions import RuleSet

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

_INK: Final = "#1c2430"
_QUIET: Final = "#5b6572"
_SEA: Final = "#e9f0f5"
_LAND: Final = "#f7f5f0"
_COAST: Final = "#8a94a0"
_COLOURS: Final = {
    Effect.LOSES: "#d55e00", Effect.GAINS: "#0072b2", Effect.LESS: "#e69f00", Effect.MORE: "#56b4e9"
}  # fmt: skip
"""Okabe and Ito's colours, which people of every colour vision tell apart; shapes say it again."""
_MARKS: Final = {Effect.LOSES: "v", Effect.GAINS: "^", Effect.LESS: "v", Effect.MORE: "^"}
_DPI: Final = 160
_WIDTH_PX, _HEIGHT_PX = 2000, 1240
_MAP: Final = (0.04, 0.095, 0.93, 0.735)
_WIDE_DEG: Final = 60.0
"""A window wider than this is drawn with the coasts of a small scale."""
_MANY: Final = 1500
"""Marks from which on they are small."""
_STEP_DEG: Final = 0.5
"""How densely the globe is looked at for areas that change."""


@dataclass(frozen=True)
class Carried:
    """What one slot carries under two rule sets, in the K cells of a world that a change concerns.

    time: beginning of the slot. cell: (K,) H3 index. asked_bps: (K,). before_bps, after_bps: (K,) granted.
    lit_before, lit_after: (K,) whether a beam may light it. whole_before_bps, whole_after_bps: in all cells.
    """

    time: np.datetime64
    cell: NDArray[np.uint64]
    asked_bps: Floats
    before_bps: Floats
    after_bps: Floats
    lit_before: Bools
    lit_after: Bools
    whole_before_bps: float
    whole_after_bps: float

    @property
    def gbps(self) -> float:
        """By how much these cells get more, or less (negative), Gbit/s."""
        return float((self.after_bps - self.before_bps).sum() / 1e9)

    @property
    def touched_gbps(self) -> float:
        """By how much these cells get more or less, Gbit/s, one added to the other."""
        return float(np.abs(self.after_bps - self.before_bps).sum() / 1e9)

    def rows(self) -> tuple[tuple[str, ...], ...]:
        """As rows of text: what, before, after."""
        return (
            ("cells concerned that may be lit", f"{self.lit_before.sum()}", f"{self.lit_after.sum()}"),
            ("asked for in them, Gbit/s", *[_gbps(self.asked_bps.sum())] * 2),
            ("carried in them, Gbit/s", _gbps(self.before_bps.sum()), _gbps(self.after_bps.sum())),
            ("carried in all, Gbit/s", _gbps(self.whole_before_bps), _gbps(self.whole_after_bps)),
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON takes it."""
        return {
            "slot": f"{np.datetime_as_string(self.time, 's')}Z",
            "cells": len(self.cell),
            "lit_before": int(self.lit_before.sum()),
            "lit_after": int(self.lit_after.sum()),
            "asked_gbps": float(self.asked_bps.sum() / 1e9),
            "before_gbps": float(self.before_bps.sum() / 1e9),
            "after_gbps": float(self.after_bps.sum() / 1e9),
            "change_gbps": self.gbps,
            "touched_gbps": self.touched_gbps,
            "whole_before_gbps": self.whole_before_bps / 1e9,
            "whole_after_gbps": self.whole_after_bps / 1e9,
        }


def _gbps(bps: float) -> str:
    return f"{bps / 1e9:.2f}"


def carried(
    world: World | str | Path, before: "RuleSet | None", after: "RuleSet", at: datetime, *,
    dry: DryRun | None = None, threads: int | None = None,
) -> Carried:  # fmt: skip
    """Plan the first slot that begins at an instant or after it, with either rule set, all else alike.

    world: as `open_twin` takes it. before: None where no rules are in force: then nobody is served. dry: adds
    the cells of the terminals that it affects to those that the rules light or land differently.
    Raises InputError for whatever is wrong in the world.
    """
    opened = world if isinstance(world, World) else World.load(world)
    begins = _begins(at, opened.slot_s)
    twin, slot = _planned(opened, after, begins, threads)
    cells = twin.cells
    none, dark = np.zeros(len(cells)), np.zeros(len(cells), np.bool_)
    after_bps, lit_after = _granted(slot), slot.rules.lit
    before_bps, lit_before, landing = none, dark, dark
    if before is not None:
        _, was = _planned(opened, before, begins, threads)
        before_bps, lit_before = _granted(was), was.rules.lit
        landing = lit_before & lit_after & (_landings(was) != _landings(slot))
    concerned = (lit_before != lit_after) | landing
    if dry is not None and len(dry) and len(cells):
        concerned |= np.isin(cells.id, ids_at(dry.lat_deg, dry.lon_deg, opened.cells.resolution))
    return Carried(
        begins, cells.id[concerned], cells.demand_bps[concerned], before_bps[concerned], after_bps[concerned],
        lit_before[concerned], lit_after[concerned], float(before_bps.sum()), float(after_bps.sum()),
    )  # fmt: skip


def _begins(at: datetime, slot_s: float) -> np.datetime64:
    known = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    now, later = slot_times(known, 2, slot_s)
    first: np.datetime64 = now if now >= np.datetime64(known.replace(tzinfo=None), "us") else later
    return first


def _planned(world: World, rules: "RuleSet", begins: np.datetime64, threads: int | None) -> tuple[Twin, Slot]:
    twin = open_twin(world, rules=rules, touched=True, threads=threads)
    return twin, twin.slot(begins)


def _granted(slot: Slot) -> Floats:
    return np.where(slot.reason == SERVED, slot.routes.granted_bps, 0.0).astype(np.float64)


def _landings(slot: Slot) -> NDArray[np.str_]:
    """The countries in which the traffic of each cell (C,) may land, as text."""
    return np.array([" ".join(each) for each in slot.rules.landings], str)[slot.rules.landing]


def draw(dry: DryRun, before: "RuleSet | None", after: "RuleSet", *, title: str = "") -> bytes:
    """Draw where service would be lost and gained, and give the PNG, 2 000 pixels wide.

    Areas that the rules would no longer light, or newly light, are tinted; each mark is a cell with terminals
    that are affected, its size their number. The map shows what changes and its surroundings.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH_PX / _DPI, _HEIGHT_PX / _DPI), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    figure.text(
        _MAP[0], 0.962, title or f"Dry run: {_named(before)} → {_named(after)}", fontsize=14,
        fontweight="bold", color=_INK, va="top",
    )  # fmt: skip
    when = f"If each terminal checked in again on {dry.at:%Y-%m-%d at %H:%M} UTC, at its last known position."
    figure.text(_MAP[0], 0.915, when, fontsize=9, color=_QUIET, va="top")
    figure.text(
        _MAP[0], 0.02, f"Nothing has been changed: a dry run.  {DISCLAIMER}", fontsize=6.5, color=_QUIET
    )
    axes: Any = figure.add_axes(_MAP)
    window = _window(dry, before, after)
    keys = [*_ground(axes, before, after, dry.at, window), *_marks(axes, dry, window)]
    figure.legend(
        handles=keys, loc="upper left", bbox_to_anchor=(_MAP[0] - 0.005, 0.895), ncols=6, frameon=False,
        fontsize=8.5, labelcolor=_INK, borderpad=0.0, columnspacing=1.6, handletextpad=0.4,
    )  # fmt: skip
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=_DPI, metadata={"Software": "OpenLEO"})
    return stream.getvalue()


def _named(rules: "RuleSet | None") -> str:
    return "no rules" if rules is None else f"{rules.name}, version {rules.version} ({rules.digest[:8]})"


Window = tuple[float, float, float, float]
"""West, east (which may pass 180), south, north, degrees."""


def _lit(rules: "RuleSet | None", lat: Floats, lon: Floats, at: datetime) -> Bools:
    return np.zeros(len(lat), np.bool_) if rules is None else rules.over(lat, lon, at).lit


def _window(dry: DryRun, before: "RuleSet | None", after: "RuleSet") -> Window:
    """What holds all that changes, with a rim, in the shape of the sheet."""
    grid_lat, grid_lon = (
        side.ravel()
        for side in np.meshgrid(
            np.arange(-90.0 + _STEP_DEG / 2.0, 90.0, _STEP_DEG), np.arange(-180.0, 180.0, _STEP_DEG)
        )
    )
    turned = _lit(before, grid_lat, grid_lon, dry.at) != _lit(after, grid_lat, grid_lon, dry.at)
    lat = np.concatenate([dry.lat_deg, grid_lat[turned]])
    lon = np.unique(np.concatenate([dry.lon_deg, grid_lon[turned]]) % 360.0)
    if not len(lat):
        return -180.0, 180.0, -60.0, 80.0
    gaps = np.diff(np.append(lon, lon[0] + 360.0))
    k = int(np.argmax(gaps))  # the sheet is cut where the widest gap is
    west = lon[(k + 1) % len(lon)]
    east = west + 360.0 - gaps[k]
    south, north = float(lat.min()), float(lat.max())
    rim = 0.1 * max(east - west, north - south) + 0.6
    west, east, south, north = west - rim, east + rim, max(south - rim, -88.0), min(north + rim, 88.0)
    shape = (_MAP[2] * _WIDTH_PX) / (_MAP[3] * _HEIGHT_PX) / _squeeze(south, north)
    if east - west < shape * (north - south):
        more = 0.5 * (min(shape * (north - south), 360.0) - (east - west))
        west, east = west - more, east + more
    else:
        more = 0.5 * (min((east - west) / shape, 176.0) - (north - south))
        south, north = max(south - more, -88.0), min(north + more, 88.0)
    if east - west > 360.0:
        west, east = -180.0, 180.0
    turns = 360.0 * np.floor((0.5 * (west + east) + 180.0) / 360.0)
    return west - turns, east - turns, south, north


def _squeeze(south: float, north: float) -> float:
    """How long a degree of longitude is, beside one of latitude, in the middle of a window."""
    return float(np.cos(np.radians(np.clip(0.5 * (south + north), -75.0, 75.0))))


def _ground(
    axes: "Axes", before: "RuleSet | None", after: "RuleSet", at: datetime, window: Window
) -> list[Any]:
    """Land, its borders, and the areas that a beam may no longer light, or newly may; gives their keys."""
    from matplotlib.collections import LineCollection
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch

    from openleo.kernels.zones import zones_at

    west, east, south, north = window
    wide = round(_MAP[2] * _WIDTH_PX)
    high = max(round(wide * (north - south) / (east - west) / _squeeze(south, north)), 2)
    lon = west + (np.arange(wide) + 0.5) * (east - west) / wide
    lat = north - (np.arange(high) + 0.5) * (north - south) / high
    all_lat, turned = (side.ravel() for side in np.meshgrid(lat, lon, indexing="ij"))
    all_lon = (turned + 180.0) % 360.0 - 180.0
    zone = np.empty(len(all_lat), np.int32)
    zones_at(after.zone_map._replace(coast_tolerance_km=0.0), all_lon, all_lat, zone)
    image = np.where((after.division.country[zone] >= 0)[:, None], to_rgb(_LAND), to_rgb(_SEA))
    was, is_ = _lit(before, all_lat, all_lon, at), _lit(after, all_lat, all_lon, at)
    keys: list[Any] = []
    for mask, effect, words in (
        (was & ~is_, Effect.LOSES, "no longer allowed here"), (is_ & ~was, Effect.GAINS, "newly allowed here")
    ):  # fmt: skip
        if mask.any():
            tint = 0.72 * np.ones(3) + 0.28 * np.array(to_rgb(_COLOURS[effect]))
            image[mask] = 0.25 * image[mask] + 0.75 * tint
            edge: dict[str, Any] = {"colors": [_COLOURS[effect]], "linewidths": 0.9, "linestyles": "dashed"}
            axes.contour(lon, lat, mask.reshape(high, wide).astype(float), levels=[0.5], zorder=2.5, **edge)
            keys.append(
                Patch(facecolor=tuple(tint.tolist()), edgecolor=_COLOURS[effect], linestyle="--", label=words)
            )
    axes.imshow(image.reshape(high, wide, 3), extent=(west, east, south, north), zorder=1, aspect="auto")
    for lines, width in ((_coasts(after, window), 0.6), (_borders(after, window), 0.4)):
        axes.add_collection(LineCollection(lines, colors=_COAST, linewidths=width, zorder=2))
    axes.set(xlim=(west, east), ylim=(south, north))
    axes.set_aspect(1.0 / _squeeze(south, north), adjustable="box", anchor="N")
    axes.tick_params(colors=_QUIET, labelsize=7)
    axes.locator_params(nbins=9)
    axes.xaxis.set_major_formatter(lambda x, _: _degrees((x + 180.0) % 360.0 - 180.0, "EW"))
    axes.yaxis.set_major_formatter(lambda y, _: _degrees(y, "NS"))
    axes.spines[:].set_color(_COAST)
    return keys


def _degrees(value: float, sides: str) -> str:
    return f"{abs(value):g}° {sides[int(value < 0.0)]}" if value else "0°"


def _coasts(rules: "RuleSet", window: Window) -> list[Floats]:
    if window[1] - window[0] > _WIDE_DEG:
        return _shifted(coastlines(), window)
    return _edges(rules, window, coast=True)


def _borders(rules: "RuleSet", window: Window) -> list[Floats]:
    if window[1] - window[0] > _WIDE_DEG:
        return _shifted(borders(), window)
    return _edges(rules, window, coast=False)


def _shifted(lines: list[Floats], window: Window) -> list[Floats]:
    """Lines as often as a window that passes the antimeridian shows them."""
    turns = [turn for turn in (-360.0, 0.0, 360.0) if -180.0 + turn < window[1] and 180.0 + turn > window[0]]
    return [line + np.array([turn, 0.0]) for turn in turns for line in lines]


def _edges(rules: "RuleSet", window: Window, *, coast: bool) -> list[Floats]:
    """Edges of the base map that the rules go by, invented lands included: coasts, or borders on land."""
    lines = rules.zone_map.base.lines
    at_sea = (lines["east"] < 0) | (lines["west"] < 0)
    middle = 0.5 * (window[0] + window[1])
    lon0 = (lines["lon0"] - middle + 180.0) % 360.0 - 180.0 + middle
    lon1 = lon0 + lines["lon1"] - lines["lon0"]
    here = (at_sea == coast) & (lines["east"] != lines["west"])
    here &= (np.minimum(lon0, lon1) < window[1]) & (np.maximum(lon0, lon1) > window[0])
    here &= (lines["lat0"] < window[3]) & (lines["lat1"] > window[2])
    ends = np.stack([lon0, lines["lat0"], lon1, lines["lat1"]], axis=1)[here].reshape(-1, 2, 2)
    return list(ends)


def _marks(axes: "Axes", dry: DryRun, window: Window) -> list[Any]:
    """A mark for each cell and effect, the largest at the bottom; gives their keys."""
    from matplotlib.lines import Line2D

    keys = []
    for effect in (Effect.MORE, Effect.LESS, Effect.GAINS, Effect.LOSES):
        mine = np.flatnonzero(dry.effect == effect)
        if not len(mine):
            continue
        _, first, of, count = np.unique(
            dry.cell[mine], return_index=True, return_inverse=True, return_counts=True
        )
        of, at = of.reshape(-1), mine[first]
        lon = dry.lon_deg[at] + np.bincount(
            of, (dry.lon_deg[mine] - dry.lon_deg[at][of] + 180.0) % 360.0 - 180.0
        ) / count  # fmt: skip
        lat = np.bincount(of, dry.lat_deg[mine]) / count
        middle = 0.5 * (window[0] + window[1])
        lon = (lon - middle + 180.0) % 360.0 - 180.0 + middle
        least = 14.0 if len(at) < _MANY else 5.0
        size = least + 150.0 * count / max(float(count.max()), 20.0 if len(at) < _MANY else 60.0)
        order = np.argsort(-count, kind="stable")
        style: dict[str, Any] = {
            "marker": _MARKS[effect],
            "color": _COLOURS[effect],
            "zorder": 4 - 0.1 * effect,
        }
        axes.scatter(
            lon[order], lat[order], s=size[order], linewidths=0.4, edgecolor="white", alpha=0.9, **style
        )
        most = f"up to {count.max()} in a cell" if count.max() > 1 else "one in a cell"
        said = f"{effect.text}: {len(mine):,} ({most})".replace(",", "\u202f", 1)
        look: dict[str, Any] = {"linestyle": "", "markersize": 7, "markeredgecolor": "white"}
        keys.append(Line2D([], [], marker=_MARKS[effect], color=_COLOURS[effect], label=said, **look))
    return keys[::-1]
