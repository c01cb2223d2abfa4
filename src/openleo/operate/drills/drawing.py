"""A drill as a picture: where it happened and what was decided, and beside it what the drill is about."""

import io
import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from openleo.formats.geojson import read_polygons
from openleo.operate.drills.pending import gateways
from openleo.operate.drills.scene import Scene
from openleo.operate.drills.stage import Act, spaced
from openleo.service.records import Outcome

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INK: Final = "#1c2430"
_QUIET: Final = "#5b6572"
_SEA: Final = "#e9f0f5"
_LAND: Final = "#f7f5f0"
_COAST: Final = "#8a94a0"
_OUTCOMES: Final = ("#d55e00", "#cc79a7", "#e69f00", "#56b4e9", "#0072b2")
"""Okabe and Ito's colours by outcome, refusal first."""
_DAYS: Final = ("#b4bbc4", "#56b4e9", "#009e73", "#0072b2", "#e69f00", "#d55e00")
_FOOT: Final = "Fiction: no place, people or operator here exists. Modelled, not measured."
_DPI: Final = 160


def draw(scene: Scene, act: Act) -> bytes:
    """Draw a drill as it was played and give the PNG: a map of the check-ins, and a chart."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12.5, 6.6), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    figure.text(0.03, 0.955, scene.facts["title"], fontsize=13, fontweight="bold", color=_INK, va="top")
    figure.text(0.03, 0.018, _FOOT, fontsize=6.5, color=_QUIET)
    _MAPS.get(scene.world.name, _map)(figure.add_axes((0.05, 0.1, 0.44, 0.78)), scene, act)
    _CHARTS[scene.world.name](figure.add_axes((0.57, 0.14, 0.4, 0.72)), scene, act.asked)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=_DPI, metadata={"Software": "OpenLEO"})
    return stream.getvalue()


def _map(axes: "Axes", scene: Scene, act: Act) -> None:
    """Land, and the check-ins by outcome, the refused ones on top."""
    lat, lon, got = scene.true_lat_deg, scene.true_lon_deg, act.played.outcome
    axes.set_facecolor(_SEA)
    for name, file in scene.facts["picture"].items():
        for polygon in read_polygons(scene.world.path(file)):
            ring = np.asarray(polygon.geometry.exterior.coords)
            inner = name in ("off", "area")
            style = ("none", _OUTCOMES[0], 1.2, 2) if inner else (_LAND, _COAST, 0.6, 1)
            face, edge, width, order = style
            axes.fill(*ring.T, facecolor=face, edgecolor=edge, linewidth=width, zorder=order)
            if name == "off" and "line_km" in scene.facts:
                axes.plot(*_around(ring, scene.facts["line_km"]).T, color=_OUTCOMES[0], linewidth=1.0,
                          linestyle=(0, (5, 3)), zorder=0.9)  # fmt: skip
    keys = []
    for outcome in sorted(Outcome, reverse=True):
        here = got == outcome
        if here.any():
            call = outcome == Outcome.EMERGENCY
            dots: dict[str, Any] = {
                "s": 16 if call else 2.5,
                "color": _OUTCOMES[outcome],
                "zorder": 4 if call else 3,
            }
            axes.scatter(lon[here], lat[here], linewidths=0, **dots)
            keys.append(_key(f"{outcome.text}, {spaced(here.sum())}", _OUTCOMES[outcome], _OUTCOMES[outcome]))
    worst = act.asked.get("saturated", ())
    if worst:
        x, y = np.array([[each["lon_deg"], each["lat_deg"]] for each in worst]).T
        axes.scatter(x, y, s=120, facecolor="none", edgecolor=_INK, linewidths=1.2, zorder=5)
        keys.append(_key("beams saturated most often", _INK, "none"))
    west, east, south, north = lon.min(), lon.max(), lat.min(), lat.max()
    rim = 0.06 * max(east - west, north - south) + 0.3
    if scene.world.name == "peninsula":
        south -= 1.2
    _frame(axes, (west, east, south, north), rim)
    axes.legend(
        handles=keys, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=4, frameon=False, fontsize=7.5,
        labelcolor=_INK, borderpad=0.0, columnspacing=1.2, handletextpad=0.2,
    )  # fmt: skip


def _frame(axes: "Axes", window: tuple[float, float, float, float], rim: float) -> None:
    """What is shown (west, east, south, north, and a rim around it) at its true proportions."""
    west, east, south, north = window
    squeeze = np.cos(np.radians(0.5 * (south + north)))
    wider = max(0.0, 0.5 * ((north - south) / squeeze - (east - west)))
    west, east = west - wider, east + wider
    axes.set(xlim=(west - rim, east + rim), ylim=(south - rim, north + rim))
    axes.set_aspect(1.0 / squeeze, adjustable="box", anchor="NW")
    axes.tick_params(colors=_QUIET, labelsize=7)
    axes.locator_params(nbins=7)
    axes.xaxis.set_major_formatter(lambda x, _: f"{abs(x):g}° {'W' if x < 0 else 'E'}")
    axes.yaxis.set_major_formatter(lambda y, _: f"{abs(y):g}° {'S' if y < 0 else 'N'}")
    axes.spines[:].set_color(_COAST)


def _key(said: str, edge: str, face: str) -> Any:
    from matplotlib.lines import Line2D

    dot: dict[str, Any] = {"linestyle": "", "marker": "o", "markersize": 5}
    return Line2D([], [], markeredgecolor=edge, markerfacecolor=face, label=said, **dot)


def _around(ring: NDArray[np.float64], km: float) -> NDArray[np.float64]:
    """The line (K, 2) at a distance around a ring of lon and lat, well enough for a picture."""
    import shapely
    from pyproj import Proj

    lon, lat = ring.mean(axis=0)
    flat = Proj(proj="aeqd", lat_0=lat, lon_0=lon, ellps="WGS84", units="km")
    wide = shapely.Polygon(np.column_stack(flat(*ring.T))).buffer(km)
    x, y = np.asarray(wide.exterior.coords).T
    return np.column_stack(flat(x, y, inverse=True))


def _plain(axes: "Axes", title: str, x: str, y: str) -> None:
    axes.set_title(title, fontsize=9.5, color=_INK, loc="left")
    axes.set_xlabel(x, fontsize=8, color=_INK)
    axes.set_ylabel(y, fontsize=8, color=_INK)
    axes.tick_params(colors=_QUIET, labelsize=7.5)
    axes.grid(color="#e5e9ee", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_COAST)


def _peninsula(axes: "Axes", scene: Scene, asked: dict[str, Any]) -> None:
    last = [each["last_served_before_line_m"] for each in asked["each_boat"]]
    step_m = scene.facts["speed_knots"] * 1852.0 / 3600.0 * scene.facts["step_s"]
    axes.bar(range(len(last)), last, color=_OUTCOMES[Outcome.SERVE], width=0.8)
    axes.axhline(0.0, color=_OUTCOMES[0], linewidth=1.5)
    axes.axhline(step_m, color=_QUIET, linewidth=1.0, linestyle=(0, (5, 3)))
    axes.annotate("what a boat makes between two check-ins", (0, step_m), (0, 4), textcoords="offset points",
                  fontsize=7.5, color=_QUIET)  # fmt: skip
    axes.set_ylim(min(-15.0, *last), 1.15 * step_m)
    _plain(axes, "Last served position before the line, boat by boat", "boat", "metres before the line")


def _restore(axes: "Axes", scene: Scene, asked: dict[str, Any]) -> None:
    names = {each["day"]: each["name"] for each in scene.facts["surveys"]}
    days = sorted({each["day"] for each in asked["hours"]})
    for day, colour in zip(days, _DAYS, strict=False):
        rows = [each for each in asked["hours"] if each["day"] == day]
        hours = [each["hour_utc"] for each in rows]
        said = f"day {day}, {names.get(day, 'arriving')}: {spaced(rows[-1]['terminals'])}"
        got = [each["carried_gbps"] / each["terminals"] * 1e3 for each in rows]
        axes.plot(hours, got, color=colour, linewidth=1.6, marker="o", markersize=3, label=said)
    rows = [each for each in asked["hours"] if each["day"] == days[0]]
    axes.plot([each["hour_utc"] for each in rows], [each["ask_mbps"] for each in rows], color=_INK,
              linewidth=1.0, linestyle=(0, (5, 3)), label="asked for")  # fmt: skip
    axes.set(xticks=range(0, 24, 3), ylim=(0.0, None))
    axes.legend(frameon=False, fontsize=7.5, labelcolor=_INK)
    _plain(axes, "Mbit/s a terminal, mean, by hour and number of terminals", "hour, UTC", "Mbit/s")


def _pending(axes: "Axes", scene: Scene, asked: dict[str, Any]) -> None:
    rows = asked["would_carry"]
    places = np.arange(len(rows) + 1)
    values = [asked["planned_gbps"], *(each["carried_gbps"] for each in rows)]
    labels = ["as it is:\nno licence", *(f"licensed,\n{gateways(each['gateways'])}" for each in rows)]
    axes.bar(places, values, color=[_OUTCOMES[0], *[_OUTCOMES[4]] * len(rows)], width=0.6)
    for x, each in zip(places[1:], rows, strict=True):
        axes.annotate(f"{each['rtt_ms']:.0f} ms", (x, each["carried_gbps"]), (0, 4), ha="center", fontsize=8,
                      textcoords="offset points", color=_INK)  # fmt: skip
    axes.axhline(rows[0]["asked_gbps"], color=_INK, linewidth=1.0, linestyle=(0, (5, 3)))
    axes.annotate("asked for", (-0.4, rows[0]["asked_gbps"]), (0, 4), fontsize=7.5, color=_QUIET,
                  textcoords="offset points")  # fmt: skip
    axes.set_xticks(places, labels)
    axes.set_ylim(0.0, 1.15 * rows[0]["asked_gbps"])
    _plain(axes, "What the island gets, and would get: mean of a day, and round trip", "", "Gbit/s")


def _front(axes: "Axes", scene: Scene, asked: dict[str, Any]) -> None:
    fast = asked["fast"]["listed"] + asked["fast"]["unlisted"]
    bars = {
        "listed, on\nthe ground: lost": (asked["listed_lost"], asked["listed"] - asked["fast"]["listed"]),
        "unlisted: refused\nat first check-in": (
            asked["unlisted_refused_at_first_checkin"],
            asked["unlisted"],
        ),
        "fast: found\nwithin 3 check-ins": (asked["fast_found_by_checkin"]["3"], fast),
    }
    share = [100.0 * part / whole for part, whole in bars.values()]
    axes.bar(range(len(bars)), share, color=[_OUTCOMES[0], _OUTCOMES[4], _OUTCOMES[4]], width=0.6)
    for x, (part, whole) in enumerate(bars.values()):
        axes.annotate(f"{part} of {whole}", (x, share[x]), (0, 4), ha="center", fontsize=8.5,
                      textcoords="offset points", color=_INK)  # fmt: skip
    axes.set_xticks(range(len(bars)), list(bars))
    axes.set_ylim(0.0, 112.0)
    _plain(axes, "What the rule did", "", "% of those terminals")


def _resale(axes: "Axes", scene: Scene, asked: dict[str, Any]) -> None:
    rows = asked["dealers"]
    altered = [each["dealer"] in scene.facts["altered_dealers"] for each in rows]
    values: NDArray[np.float64] = np.array([each["evidence"] for each in rows], float)
    colours = [_OUTCOMES[0] if each else _OUTCOMES[4] for each in altered]
    axes.barh(range(len(rows)), values, color=colours, height=0.6)
    axes.set_yticks(range(len(rows)), [each["dealer"] for each in rows])
    axes.invert_yaxis()
    _plain(
        axes,
        "Dealers by evidence (the script altered records of the orange ones)",
        "% of terminals whose records the log contradicts, lower end of a 95 % interval",
        "",
    )


def _mistake_map(axes: "Axes", scene: Scene, act: Act) -> None:
    """The zone as it was meant and as it was drawn, and the terminals: meant, not meant, and cut."""
    axes.set_facecolor(_SEA)
    styles: dict[str, dict[str, Any]] = {
        "country": {"facecolor": _LAND, "edgecolor": _COAST, "linewidth": 0.6, "zorder": 1},
        "drawn": {"fill": False, "edgecolor": _OUTCOMES[0], "linewidth": 1.2, "linestyle": (0, (5, 3)),
                  "zorder": 4},
        "zone": {"fill": False, "edgecolor": _INK, "linewidth": 1.2, "zorder": 4},
    }  # fmt: skip
    rings = {}
    for name, file in scene.facts["picture"].items():
        (polygon,) = read_polygons(scene.world.path(file))
        rings[name] = np.asarray(polygon.geometry.exterior.coords)
        axes.fill(*rings[name].T, **styles[name])
    lat, lon = scene.homes()
    role = scene.terminals["role"]
    cut = np.zeros(len(role), np.bool_)
    cut[scene.terminal[act.played.outcome < Outcome.LIMITED]] = True
    keys = [_line("the zone as meant", _INK, "-"), _line("as drawn", _OUTCOMES[0], (0, (5, 3)))]
    for here, words, colour, size in (
        (role == 2, "elsewhere", _DAYS[0], 2.0),
        ((role == 1) & ~cut, "not meant, never cut", _OUTCOMES[3], 2.0),
        (role == 0, "meant", _OUTCOMES[4], 5.0),
        ((role == 1) & cut, "not meant, and cut", _OUTCOMES[0], 4.0),
    ):
        axes.scatter(lon[here], lat[here], s=size, color=colour, linewidths=0, zorder=3)
        keys.append(_key(f"{words}, {spaced(here.sum())}", colour, colour))
    (west, south), (east, north) = rings["drawn"].min(axis=0), rings["drawn"].max(axis=0)
    middle, half = 0.5 * (south + north), 0.34 * (east - west)
    _frame(axes, (west, east, middle - half, middle + half), 0.2)
    axes.legend(handles=keys, loc="lower left", ncols=2, framealpha=0.95, edgecolor=_COAST, fontsize=7.5,
                labelcolor=_INK, columnspacing=1.2)  # fmt: skip


def _line(said: str, colour: str, style: Any) -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], color=colour, linewidth=1.2, linestyle=style, label=said)


def _mistake(axes: "Axes", scene: Scene, asked: dict[str, Any]) -> None:
    bars = {}
    if "dry_run" in asked:
        bars["the dry run\nof the draft"] = (asked["dry_run"]["listed"], asked["dry_run"]["beyond"])
    for each in asked["rounds"]:
        bars[f"from\n{each['from'][:5]}"] = (each["refused_meant"], each["refused_not_meant"])
    meant, others = np.array(list(bars.values()), float).T
    axes.bar(range(len(bars)), meant, color=_OUTCOMES[4], width=0.6, label="meant")
    axes.bar(range(len(bars)), others, bottom=meant, color=_OUTCOMES[0], width=0.6, label="not meant")
    for x, (few, more) in enumerate(bars.values()):
        axes.annotate(f"{spaced(few)} + {spaced(more)}", (x, few + more), (0, 4), ha="center", fontsize=8,
                      textcoords="offset points", color=_INK)  # fmt: skip
    axes.set_xticks(range(len(bars)), list(bars))
    axes.set_ylim(0.0, max(1.1 * float((meant + others).max()), 1.0))
    axes.legend(frameon=False, fontsize=8, labelcolor=_INK, loc="upper right")
    _plain(axes, "Who would lose service, and who was refused, round by round (UTC)", "", "terminals")


def _tamper(axes: "Axes", scene: Scene, asked: dict[str, Any]) -> None:
    """The six attacks as text: what was done, what was enforced, what was said."""
    axes.set_axis_off()
    axes.set(xlim=(0.0, 1.0), ylim=(6.0, 0.0))
    axes.set_title("What was done, what was enforced, what was said", fontsize=9.5, color=_INK, loc="left")
    for y, each in enumerate(asked.get("acts", ())):
        colour = _OUTCOMES[4] if each["untouched"] else _OUTCOMES[0]
        held = "the rules of the log" if each["untouched"] else "other rules"
        axes.text(0.0, y + 0.12, f"{y + 1}. {each['done']}", fontsize=8, color=_INK, va="top")
        enforced = f"{held}, at {each['as_before']} of {each['checkins']} check-ins"
        axes.text(0.03, y + 0.36, f"Enforced: {enforced}.", fontsize=7.5, color=colour, va="top")
        said = "\n".join(textwrap.wrap(f"Said: {next(iter(each['named']), 'nothing')}.", 92))
        axes.text(0.03, y + 0.56, said, fontsize=7, color=_QUIET, va="top")


_MAPS: Final[dict[str, Callable[["Axes", Scene, Act], None]]] = {"mistake": _mistake_map}
_CHARTS: Final[dict[str, Callable[["Axes", Scene, dict[str, Any]], None]]] = {
    "peninsula": _peninsula, "restore": _restore, "pending": _pending, "front": _front, "resale": _resale,
    "mistake": _mistake, "tamper": _tamper,
}  # fmt: skip
