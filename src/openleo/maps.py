"""Slots become a dataset and a page: the table of fields, what each means, and the reasons for a refusal.

One table (`FIELDS`, `STATIC`) feeds the attributes of the dataset (CF-1.11), the pictures and the page.
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from openleo.errors import InputError
from openleo.formats.run import RunStore, SlotArray, StaticArray, open_dataset
from openleo.formats.run import create as create_folder

if TYPE_CHECKING:
    import xarray

__all__ = [
    "DISCLAIMER", "FIELDS", "MODELLED", "REASONS", "STATIC", "Field", "attributes", "create", "credit",
    "label", "open_dataset", "over_slots", "page", "slot_arrays",
]  # fmt: skip

MODELLED: Final = "Modelled, not measured. Not affiliated with any operator."
"""What stands under every picture."""

DISCLAIMER: Final = (
    f"{MODELLED} Borders and names come from the cited source (Natural Earth) and imply no position on any "
    "territory."
)
"""What stands under whatever shows a map."""

REASONS: Final[Mapping[str, str]] = {
    "served": "A beam is on this cell, or the cell asks for nothing.",
    "no_satellite": "No satellite stands above the elevation mask.",
    "gso_arc": "Satellites are in view, but each stands too near the geostationary arc to be used.",
    "no_gateway": "Satellites may be used, but none of them can bring the traffic to the ground.",
    "capacity": "Every satellite that could serve has given its power, beams or time to other cells.",
    "colour": "A satellite has room, but each of its channels would disturb a beam close by.",
    "rule": "A rule of the world forbids service here.",
}
"""Why a cell is not served: the words of `plan.REASONS` in their order, and a sentence for people."""


@dataclass(frozen=True)
class Field:
    """One array of a run: how it is stored, described to programs (CF) and to people, and drawn.

    units: as UDUNITS has them. fill: what stands for none (None: every number is a value). flags: words for
    0, 1, 2 ... of an enumeration. picture: title of its map, empty where none is drawn. ramp: of Matplotlib.
    over_slots: what stands for many slots in a picture.
    """

    name: str
    dtype: str
    units: str
    long_name: str
    meaning: str
    standard_name: str = ""
    fill: float | int | None = None
    flags: tuple[str, ...] = ()
    picture: str = ""
    ramp: str = "viridis"
    over_slots: Literal["mean", "commonest"] = "mean"
    dims: tuple[str, ...] = ("slot", "cell")

    def attributes(self, flags: Sequence[str] = ()) -> dict[str, Any]:
        """The CF attributes of the array; `flags` are the words of an enumeration that runs differ in."""
        found: dict[str, Any] = {"long_name": self.long_name, "comment": self.meaning}
        if self.standard_name:
            found["standard_name"] = self.standard_name
        if self.units:
            found["units"] = self.units
        if words := list(_words(self.flags or flags)):
            found |= {"flag_values": list(range(len(words))), "flag_meanings": " ".join(words)}
        if isinstance(self.fill, int):  # NaN needs no saying; xarray keeps it in a form of its own
            found["_FillValue"] = self.fill
        if self.dims == ("slot", "cell"):
            found["coordinates"] = "time lat lon"
        elif self.dims == ("cell",) and self.name not in ("cell", "lat", "lon"):
            found["coordinates"] = "lat lon"
        return found


FIELDS: Final[Mapping[str, Field]] = {
    field.name: field
    for field in (
        Field(
            "served", "uint8", "1", "whether the cell is served", fill=255, flags=("not_served", "served"),
            picture="Coverage", ramp="cividis",
            meaning="Whether a beam is on the cell; over many slots, the share of them in which it is.",
        ),
        Field(
            "reason", "int8", "1", "why the cell is not served", fill=-1, flags=tuple(REASONS),
            picture="Why cells are not served", over_slots="commonest",
            meaning="Why the cell is not served, or that it is; over many slots, the commonest answer.",
        ),
        Field(
            "satellite", "int32", "1", "index of the serving satellite in the fleet", fill=-1,
            meaning="Which satellite serves the cell: a row of satellite_number.",
        ),
        Field(
            "throughput_bps", "float32", "bit s-1", "throughput granted to the cell", fill=np.nan,
            picture="Throughput",
            meaning="What all terminals of the cell may carry together, downlink, after sharing.",
        ),
        Field(
            "share", "float32", "1", "share of a beam's time, summed over the cell's beams", fill=np.nan,
            meaning="How much of a beam's time the cell holds; over 1 where it holds more than one beam.",
        ),
        Field(
            "latency_ms", "float32", "ms", "round-trip time between terminal and PoP", fill=np.nan,
            picture="Latency", ramp="viridis_r",
            meaning="Round trip from the terminal over satellites and gateway to the PoP and back.",
        ),
        Field(
            "satellites_in_view", "int16", "1", "satellites above the elevation mask", fill=-1,
            picture="Satellites in view", ramp="cividis",
            meaning="How many satellites stand above the elevation mask, usable or not.",
        ),
        Field(
            "satellites_usable", "int16", "1", "satellites above the mask and clear of the GSO arc", fill=-1,
            ramp="cividis",
            meaning="How many satellites stand above the mask and far enough from the geostationary arc.",
        ),
        Field(
            "elevation_deg", "float32", "degree", "elevation of the serving satellite", fill=np.nan,
            meaning="How high over the horizon the serving satellite stands.",
        ),
        Field(
            "gateway", "int16", "1", "gateway at which the traffic lands", fill=-1, over_slots="commonest",
            meaning="Through which gateway the traffic of the cell reaches the ground.",
        ),
        Field(
            "pop", "int16", "1", "PoP at which the traffic joins the internet", fill=-1,
            over_slots="commonest",
            meaning="At which point of presence the traffic of the cell joins the internet.",
        ),
        Field(
            "hops", "int8", "1", "number of inter-satellite links on the way", fill=-1, ramp="cividis",
            meaning="Over how many links between satellites the traffic travels; 0 is a bent pipe.",
        ),
        Field(
            "bottleneck", "int8", "1", "what limits the throughput", fill=-1, over_slots="commonest",
            meaning="Which part of the way limits the throughput of the cell.",
        ),
    )
}  # fmt: skip
"""What every slot brings, by name."""

STATIC: Final[Mapping[str, Field]] = {
    field.name: field
    for field in (
        Field("cell", "uint64", "1", "H3 cell", "The cell's index in the H3 grid.", dims=("cell",)),
        Field("lat", "float64", "degrees_north", "latitude of the cell's centre", "Geodetic (WGS84).",
              standard_name="latitude", dims=("cell",)),
        Field("lon", "float64", "degrees_east", "longitude of the cell's centre", "Geodetic (WGS84).",
              standard_name="longitude", dims=("cell",)),
        Field("demand_bps", "float64", "bit s-1", "throughput that the cell asks for",
              "What all terminals of the cell would use together if nothing held them back.", dims=("cell",)),
        Field("country", "int16", "1", "country of the cell's centre",
              "As the base map draws it: de facto control, and no position on any territory.", dims=("cell",),
              fill=-1),
        Field("satellite_number", "int64", "1", "catalogue number of each satellite of the fleet",
              "The number in the element set; for a satellite of a shell, one given by the program.",
              dims=("fleet",)),
    )
}  # fmt: skip
"""What is the same in every slot, by name; `cell`, `lat` and `lon` are in every run."""


def attributes(
    *,
    title: str,
    world: str,
    world_hash: str,
    elements_epoch: str,
    version: str,
    history: str = "",
    rules: str = "",
    rules_hash: str = "",
) -> dict[str, str]:
    """The attributes of a whole run (CF-1.11, section 2.6.2, and the discovery of what it was made from).

    world_hash: of everything that the world and its rules say. elements_epoch: UTC of the element sets, ISO
    8601. history: when and by which command (it may differ where a run goes on). rules, rules_hash: name and
    digest of the rule set, empty where there is none.
    """
    return {
        "Conventions": "CF-1.11",
        "title": title,
        "source": f"OpenLEO {version}: a model, not a measurement",
        "history": history,
        "references": "H3 cells: h3geo.org; orbits: SGP4 (Vallado et al. 2006); borders: Natural Earth",
        "comment": DISCLAIMER,
        "openleo_version": version,
        "world": world,
        "world_hash": world_hash,
        "rules": rules,
        "rules_hash": rules_hash,
        "elements_epoch": elements_epoch,
    }


def credit(of: Mapping[str, Any]) -> str:
    """What a picture was made from, in one line: version, world, elements; from the attributes of a run."""
    digest, epoch = str(of["world_hash"])[:12], of["elements_epoch"]
    return f"OpenLEO {of['openleo_version']} · world {of['world']} {digest} · elements of {epoch}"


def slot_arrays(
    flags: Mapping[str, Sequence[str]] | None = None, names: Sequence[str] = ()
) -> dict[str, SlotArray]:
    """The fields as the run folder wants them.

    flags: words of the enumerations gateway, pop, bottleneck. names: only these fields; all where empty.
    Raises InputError for a field of another name.
    """
    words = flags or {}
    if unknown := sorted(set(names) - FIELDS.keys()):
        raise InputError(f"fields: {', '.join(unknown)} given; allowed are {', '.join(FIELDS)}")
    return {
        name: SlotArray(field.dtype, field.attributes(words.get(name, ())), field.fill)
        for name, field in FIELDS.items()
        if not names or name in names
    }


def create(
    path: str | Path,
    *,
    static: Mapping[str, NDArray[Any]],
    times: NDArray[np.datetime64],
    attributes: Mapping[str, Any],
    flags: Mapping[str, Sequence[str]] | None = None,
    fields: Sequence[str] = (),
    resume: bool = False,
    overwrite: bool = False,
) -> RunStore:
    """Begin a run that holds `FIELDS`, or go on with one (see `formats.run.create`).

    static: arrays named as in `STATIC`, `cell`, `lat` and `lon` among them. times: (slots,) datetime64, UTC.
    flags: words of enumerations that differ from world to world: country, gateway, pop, bottleneck.
    fields: only these of `FIELDS`; all where there are none.
    Raises InputError for a static array of another name, and as `formats.run.create` does.
    """
    words = flags or {}
    unknown = sorted(static.keys() - STATIC.keys())
    missing = sorted({"cell", "lat", "lon"} - static.keys())
    if unknown or missing:
        raise InputError(
            f"static arrays: {unknown} are unknown, {missing} are missing; allowed: {', '.join(STATIC)}"
        )
    still = {
        name: StaticArray(
            STATIC[name].dims,
            np.ascontiguousarray(values, STATIC[name].dtype),
            STATIC[name].attributes(words.get(name, ())),
        )
        for name, values in static.items()
    }
    return create_folder(
        path, fields=slot_arrays(words, fields), static=still, attributes=attributes, times=times,
        resume=resume, overwrite=overwrite,
    )  # fmt: skip


def over_slots(dataset: "xarray.Dataset", name: str) -> NDArray[np.float64]:
    """One number for each cell (C,) from all slots of a run: the mean of what is there, or the commonest.

    NaN where no slot has a value. It reads one slot at a time.
    """
    field, array = FIELDS[name], dataset[name]
    slots, cells = array.shape
    rows = (array[slot].to_numpy() for slot in range(slots))
    if field.over_slots == "commonest":
        codes = np.zeros((0, cells), np.int32)
        for row in rows:
            if (top := int(row.max(initial=-1)) + 1) > len(codes):
                codes = np.concatenate([codes, np.zeros((top - len(codes), cells), np.int32)])
            there = np.flatnonzero(row >= 0)
            codes[row[there], there] += 1
        if not len(codes):
            return np.full(cells, np.nan)
        return np.where(codes.any(axis=0), codes.argmax(axis=0), np.nan)
    total, count = np.zeros(cells), np.zeros(cells)
    for row in rows:
        known = np.isfinite(row) if row.dtype.kind == "f" else row != field.fill
        total[known] += row[known]
        count += known
    with np.errstate(invalid="ignore"):
        return np.asarray(total / count)


def page(
    *,
    attributes: Mapping[str, Any],
    summary: Mapping[str, Any],
    pictures: Mapping[str, str],
    reasons: Mapping[str, float] | None = None,
) -> str:
    """The page of a run as HTML that needs nothing beside its pictures: no script, no font, no server.

    attributes: of the run. summary: names that end in their unit (`latency_ms`) with values; may be nested.
    pictures: file name for each field. reasons: share (0 to 1) of cells and slots for each reason.
    """
    template = files("openleo").joinpath("maps_page.html").read_text(encoding="utf-8")
    return Template(template).substitute(
        title=html.escape(str(attributes["title"])),
        summary="\n".join(_row(*_spoken(key, value)) for key, value in _flat(summary)),
        pictures="\n".join(_figure(FIELDS[name], file) for name, file in pictures.items()),
        reasons="\n".join(
            f"<tr><th scope='row'>{name}</th><td class='number'>{share}</td><td>{said}</td></tr>"
            for name, share, said in _reasons(reasons or {})
        ),
        made="\n".join(
            _row(label, str(attributes[key]))
            for label, key in (
                ("World", "world"), ("World hash", "world_hash"), ("Epoch of the elements", "elements_epoch"),
                ("Version", "openleo_version"), ("References", "references"),
            )
        ),
        disclaimer=html.escape(DISCLAIMER),
    )  # fmt: skip


def label(word: str) -> str:
    """A word of an enumeration as people read it: gso_arc, GSO arc."""
    return word.replace("_", " ").replace("gso", "GSO")


def _words(names: Sequence[str]) -> Iterator[str]:
    """Each name as one word that CF-1.11, section 3.5, allows in flag_meanings; no word twice."""
    seen: set[str] = set()
    for index, name in enumerate(names):
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        word = re.sub(r"[^0-9A-Za-z_.+@-]+", "_", plain) or "_"
        word = word if word not in seen else f"{word}_{index}"
        seen.add(word)
        yield word


def _flat(summary: Mapping[str, Any], of: str = "") -> Iterator[tuple[str, Any]]:
    """Names and values without nesting: {"latency_ms": {"median": 38}} is median_latency_ms, 38."""
    for key, value in summary.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"_{key}{of}")
        else:
            yield key + of, value


def _spoken(key: str, value: Any) -> tuple[str, str]:
    """A name that ends in its unit, and a value, as people read them: latency_ms, 31.25: Latency, 31.2 ms."""
    name, unit = key, ""
    for suffix, spoken in _UNITS.items():
        if key.endswith(suffix):
            name, unit = key.removesuffix(suffix), spoken
    name = name.replace("_", " ").strip()
    name = name[:1].upper() + name[1:]
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        return name, str(value)
    number = float(value)
    if unit == "%":
        number *= 100.0
    elif unit in ("bit/s", "B") and number:
        power = max(0, min(int(np.log10(abs(number)) // 3), len(_PREFIXES) - 1))
        number, unit = number / 1000.0**power, _PREFIXES[power] + unit
    whole = number.is_integer() or abs(number) >= 1000.0
    text = f"{number:,.0f}".replace(",", "\u202f") if whole else f"{number:.3g}"
    return name, f"{text} {unit}".strip()


_UNITS: Final = {
    "_s": "s", "_ms": "ms", "_bps": "bit/s", "_bytes": "B", "_km": "km", "_deg": "°", "_db": "dB",
    "_share": "%",
}  # fmt: skip
_PREFIXES: Final = ("", "k", "M", "G", "T", "P")


def _row(label: str, value: str) -> str:
    return f"<tr><th scope='row'>{html.escape(label)}</th><td>{html.escape(value)}</td></tr>"


def _figure(field: Field, file: str) -> str:
    title, source = html.escape(field.picture or field.long_name), html.escape(file, quote=True)
    return (
        f"<figure id='{field.name}'><a href='{source}'><img src='{source}' alt='World map: {title}'></a>"
        f"<figcaption><strong>{title}.</strong> {html.escape(field.meaning)}</figcaption></figure>"
    )


def _reasons(shares: Mapping[str, float]) -> Iterator[tuple[str, str, str]]:
    for name, said in REASONS.items():
        yield (
            label(name),
            f"{100.0 * shares[name]:.2f} %" if name in shares else "",
            html.escape(said),
        )
