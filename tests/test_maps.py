"""Fields, dataset, pictures and page: what people and their programs see of a run."""

import io
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import h3
import numpy as np
import pytest
import xarray
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.image import imread

from openleo import maps, pictures
from openleo.errors import InputError

PLACES = [(46.95, 7.45), (30.05, 31.24), (-1.29, 36.82), (-33.87, 151.21), (64.15, -21.94), (40.71, -74.01)]
MADE = maps.attributes(
    title="Today <8 slots>",
    world="today",
    world_hash="0123456789abcdef" * 4,
    elements_epoch="2026-05-30T10:06:00Z",
    version="0.1.0",
    history="2026-05-30T12:00:00Z openleo run today",
)
TIMES = np.datetime64("2026-05-30T12:00:12", "us") + np.arange(4) * np.timedelta64(15, "s")
UNITS = {"1", "bit s-1", "ms", "degree", "degrees_north", "degrees_east"}
"""Units that the fields may have; UDUNITS 2.2 knows each."""


@pytest.fixture(scope="module")
def cells() -> dict[str, np.ndarray]:
    """Cells of resolution 5 around six places, sorted by index."""
    found = sorted(h3.str_to_int(c) for at in PLACES for c in h3.grid_disk(h3.latlng_to_cell(*at, 5), 6))
    lat, lon = np.array([h3.cell_to_latlng(h3.int_to_str(c)) for c in found]).T
    return {
        "cell": np.array(found, np.uint64),
        "lat": lat,
        "lon": lon,
        "country": np.zeros(len(found), np.int16),
    }


def slot(index: int, n: int) -> dict[str, np.ndarray]:
    """A slot in which satellite `index` serves the cells 0, 4, 8 ... and has no capacity for others."""
    on = np.arange(n) % 4 == 0
    none = np.where(on, 0, -1)
    return {
        "served": on, "reason": np.where(on, 0, 4), "satellite": np.where(on, index, -1),
        "throughput_bps": np.where(on, 1e8 * (index + 1), 0.0), "share": np.where(on, 0.5, 0.0),
        "latency_ms": np.where(on, 30.0 + index, np.nan), "satellites_in_view": np.full(n, 9),
        "satellites_usable": np.full(n, 7), "elevation_deg": np.where(on, 55.0, np.nan),
        "gateway": none, "pop": none, "hops": none, "bottleneck": none,
    }  # fmt: skip


@pytest.fixture
def dataset(tmp_path: Path, cells: dict[str, np.ndarray]) -> xarray.Dataset:
    """A run of three whole slots out of four."""
    flags = {
        "country": ["CH", "EG"],
        "gateway": ["Zürich 1"],
        "pop": ["Frankfurt"],
        "bottleneck": ["none", "beam"],
    }
    store = maps.create(tmp_path / "run", static=cells, times=TIMES, attributes=MADE, flags=flags)
    for index in range(3):
        store.append(index, slot(index, len(cells["cell"])))
    return maps.open_dataset(tmp_path / "run")


def test_the_dataset_shows_the_whole_slots_and_what_they_were_made_from(
    dataset: xarray.Dataset, cells: dict[str, np.ndarray]
) -> None:
    assert dict(dataset.sizes) == {"slot": 3, "cell": len(cells["cell"])}
    np.testing.assert_array_equal(dataset["time"], TIMES[:3])
    assert set(dataset.coords) == {"time", "cell", "lat", "lon"}
    assert dataset.attrs["Conventions"] == "CF-1.11"
    assert {
        "title",
        "source",
        "history",
        "references",
        "world_hash",
        "elements_epoch",
    } <= dataset.attrs.keys()
    one = dataset.sel(cell=cells["cell"][4]).isel(slot=1)
    assert (int(one["satellite"]), float(one["latency_ms"]), int(one["served"])) == (1, 31.0, 1)


def test_each_field_is_described_as_cf_has_it(dataset: xarray.Dataset) -> None:
    assert set(maps.FIELDS) <= set(dataset.data_vars)
    for name, variable in dataset.variables.items():
        if name == "time":
            continue
        assert variable.attrs["long_name"], name
        assert variable.attrs["units"] in UNITS, name
        if "flag_values" in variable.attrs:
            words = variable.attrs["flag_meanings"].split(" ")
            assert len(words) == len(variable.attrs["flag_values"]) == len(set(words)), name
            assert all(re.fullmatch(r"[A-Za-z0-9_\-.+@]+", word) for word in words), name
            assert np.can_cast(np.min_scalar_type(len(words)), variable.dtype, "same_kind"), name
    assert dataset["lat"].attrs["standard_name"] == "latitude"
    assert dataset["lon"].attrs["standard_name"] == "longitude"
    assert dataset["gateway"].attrs["flag_meanings"] == "Zurich_1"


def test_the_words_of_the_reasons_are_those_of_the_plan() -> None:
    from openleo import plan

    assert tuple(maps.REASONS) == plan.REASONS
    assert maps.FIELDS["reason"].flags == plan.REASONS


def test_a_copy_that_xarray_writes_says_the_same(dataset: xarray.Dataset, tmp_path: Path) -> None:
    dataset.to_zarr(tmp_path / "copy.zarr", consolidated=False)
    copy = xarray.open_zarr(tmp_path / "copy.zarr", consolidated=False, chunks=None, mask_and_scale=False)
    for name in dataset.variables:
        np.testing.assert_array_equal(copy[name], dataset[name])


def test_a_static_array_that_nobody_knows_is_refused(tmp_path: Path, cells: dict[str, np.ndarray]) -> None:
    with pytest.raises(InputError, match=r"\['altitude'\] are unknown.*allowed: cell, lat"):
        maps.create(tmp_path / "r", static=cells | {"altitude": cells["lat"]}, times=TIMES, attributes=MADE)
    few = {name: array for name, array in cells.items() if name != "lat"}
    with pytest.raises(InputError, match=r"\['lat'\] are missing"):
        maps.create(tmp_path / "r", static=few, times=TIMES, attributes=MADE)


def test_many_slots_become_one_number_a_cell(dataset: xarray.Dataset) -> None:
    assert maps.over_slots(dataset, "served")[:3].tolist() == [1.0, 0.0, 0.0]
    assert maps.over_slots(dataset, "latency_ms")[0] == 31.0
    assert np.isnan(maps.over_slots(dataset, "latency_ms")[1])
    assert maps.over_slots(dataset, "throughput_bps")[0] == 2e8
    assert maps.over_slots(dataset, "reason")[:2].tolist() == [0.0, 4.0]
    commonest = maps.over_slots(dataset, "gateway")
    assert commonest[0] == 0.0
    assert np.isnan(commonest[1])


def test_equal_earth_as_its_authors_print_it() -> None:
    # Savric, Patterson and Jenny 2018: the pole line is 0.59 of the equator, the height 0.487 of the width
    x, y = pictures.equal_earth(np.array([0.0, 90.0]), np.array([180.0, 180.0]))
    assert x[1] / x[0] == pytest.approx(0.59, abs=0.005)
    assert y[1] / x[0] == pytest.approx(0.487, abs=0.001)


@given(st.floats(-89.0, 88.0), st.floats(0.01, 1.0))
def test_areas_on_the_map_are_true(south: float, height: float) -> None:
    lat = np.linspace(south, south + height, 400)
    x, y = pictures.equal_earth(lat, np.ones_like(lat))
    on_map = np.sum((x[1:] + x[:-1]) / 2.0 * np.diff(y))
    on_sphere = np.radians(1.0) * np.diff(np.sin(np.radians(lat[[0, -1]])))[0]
    assert on_map == pytest.approx(on_sphere, rel=1e-3)


@pytest.mark.parametrize("resolution", [2, 3])
def test_a_pixel_shows_the_cell_that_h3_says(resolution: int) -> None:
    found = list(h3.uncompact_cells(h3.get_res0_cells(), resolution))
    lat, lon = np.array([h3.cell_to_latlng(cell) for cell in found]).T
    canvas = pictures.paint(lat, lon, resolution)
    draw = np.random.default_rng(1)
    for i in draw.choice(np.flatnonzero(np.abs(lat) < 75.0), 300):
        assert canvas.cell[pixel(canvas, lat[i], lon[i])] == i
    anywhere = draw.uniform([-75.0, -179.0], [75.0, 179.0], (500, 2))
    right = [found[canvas.cell[pixel(canvas, *at)]] == h3.latlng_to_cell(*at, resolution) for at in anywhere]
    assert np.mean(right) > 0.85  # the others lie near an edge, where a pixel belongs to two cells


def pixel(canvas: pictures.Canvas, lat: float, lon: float) -> tuple[int, int]:
    """Row and column of a place."""
    x, y = pictures.equal_earth(np.array([lat]), np.array([lon]))
    left, right, bottom, top = canvas.extent
    height, width = canvas.cell.shape
    return int((top - y[0]) / (top - bottom) * height), int((x[0] - left) / (right - left) * width)


def shown(png: bytes) -> np.ndarray:
    return np.asarray(imread(io.BytesIO(png), format="png"))


@pytest.mark.parametrize("name", [name for name, field in maps.FIELDS.items() if field.picture])
def test_a_map_shows_the_cells_in_other_colours_than_the_sea(name: str, cells: dict[str, np.ndarray]) -> None:
    canvas = pictures.paint(cells["lat"], cells["lon"], 5)
    values = slot(0, len(cells["cell"]))[name]
    image = shown(pictures.draw(name, canvas, values, subtitle="<&>", credit=maps.credit(MADE)))
    assert image.shape[1] == 2000
    assert 1000 <= image.shape[0] <= 1300
    # where the map stands on the sheet: found by the mouth of the Gulf of Guinea, and checked by a cell
    height, width = canvas.cell.shape
    left, top = (2000 - width) // 2, 116
    row, column = pixel(canvas, 0.0, 0.0)
    sea = image[top + row, left + column, :3]
    np.testing.assert_allclose(sea, [0xE9 / 255, 0xF0 / 255, 0xF5 / 255], atol=0.01)
    inland = canvas.cell >= 0
    colours = image[top : top + height, left : left + width, :3][inland]
    assert np.mean(np.abs(colours - sea).max(axis=1) > 0.05) > 0.9


def test_cells_without_latency_are_grey_and_the_others_are_not(cells: dict[str, np.ndarray]) -> None:
    canvas = pictures.paint(cells["lat"], cells["lon"], 5)
    north = cells["lat"] > 0.0
    image = shown(pictures.draw("latency_ms", canvas, np.where(north, 20.0 + cells["lat"], np.nan)))
    inside = image[116 : 116 + canvas.cell.shape[0], 40:1960, :3]
    there = canvas.cell >= 0
    grey = np.abs(inside - np.array([0xB8, 0xB2, 0xA8]) / 255).max(axis=2) < 0.01
    assert np.mean(grey[there & ~north[canvas.cell]]) > 0.5
    assert not grey[there & north[canvas.cell]].any()


@pytest.mark.parametrize(
    ("name", "value"), [("throughput_bps", 0.0), ("latency_ms", np.nan), ("served", 1.0)]
)
def test_a_map_of_equal_or_absent_values_is_drawn(
    name: str, value: float, cells: dict[str, np.ndarray]
) -> None:
    canvas = pictures.paint(cells["lat"], cells["lon"], 5)
    assert pictures.draw(name, canvas, np.full(len(cells["lat"]), value)).startswith(b"\x89PNG")


def test_a_map_is_the_same_each_time(cells: dict[str, np.ndarray]) -> None:
    canvas = pictures.paint(cells["lat"], cells["lon"], 5)
    values = slot(0, len(cells["cell"]))["reason"]
    assert pictures.draw("reason", canvas, values) == pictures.draw("reason", canvas, values)


@pytest.mark.parametrize(("lat", "highest"), [(0.0, 90.0), (50.0, 32.7), (-50.0, 32.7), (76.0, 5.5)])
def test_the_geostationary_arc_is_as_high_as_dish_tables_say(lat: float, highest: float) -> None:
    elevation, azimuth = pictures.gso_arc(lat)
    assert elevation.max() == pytest.approx(highest, abs=0.3)
    if abs(lat) > 1.0:
        assert azimuth[elevation.argmax()] == pytest.approx(180.0 if lat > 0.0 else 0.0, abs=0.1)


def test_the_arc_is_hidden_near_the_pole() -> None:
    assert len(pictures.gso_arc(85.0)[0]) == 0


def test_the_sky_and_a_series_are_drawn() -> None:
    elevation, azimuth = np.array([70.0, 40.0, 30.0, 10.0]), np.array([10.0, 170.0, 350.0, 90.0])
    usable = np.array([True, False, True, True])
    png = pictures.polar(
        elevation, azimuth, list("abcd"), lat_deg=47.0, serving=0, usable=usable, title="Bern"
    )
    assert shown(png).shape[:2] == (1560, 1400)
    nobody = pictures.polar(np.empty(0), np.empty(0), [], lat_deg=85.0, title="Nobody")
    assert nobody != png
    time = TIMES[0] + np.arange(6) * np.timedelta64(15, "s")
    rtt = np.array([40.0, 41.0, np.nan, np.nan, 44.0, 45.0])
    assert shown(pictures.series(time, rtt, fibre_ms=60.0)).shape[:2] == (900, 1800)
    assert shown(pictures.series(time[:1], np.array([np.nan]))).shape[:2] == (900, 1800)


class Reader(HTMLParser):
    """Collects the tags, links and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


def page(**changed: Any) -> str:
    usual: dict[str, Any] = {
        "attributes": MADE,
        "summary": {
            "cells": 200_000,
            "served_share": 0.9312,
            "latency_ms": {"median": 38.24},
            "total_bps": 1.234e12,
        },
        "pictures": {"latency_ms": "latency.png"},
        "reasons": {"served": 0.9312, "capacity": 0.0688},
    }
    return maps.page(**(usual | changed))


def test_the_page_says_what_was_found_and_what_it_means() -> None:
    reader = read(page())
    for said in (
        "Today <8 slots>", "200\u202f000", "93.1 %", "Median latency", "38.2 ms", "1.23 Tbit/s", "6.88 %",
        maps.FIELDS["latency_ms"].meaning, MADE["world_hash"], "2026-05-30T10:06:00Z", "0.1.0",
        maps.DISCLAIMER, *maps.REASONS.values(),
    ):  # fmt: skip
        assert said in reader.text, said
    assert reader.links == ["latency.png", "latency.png"]


def test_the_page_stands_alone_and_is_the_same_each_time() -> None:
    reader = read(page())
    assert not {"script", "link", "iframe"} & set(reader.tags)
    assert "http" not in " ".join(reader.links)
    assert page() == page()


@given(st.text(max_size=40))
def test_nothing_that_a_world_says_becomes_markup(text: str) -> None:
    plain = read(page(summary={"place": "x"}))
    hostile = f"<script>alert(1)</script>'\"&{text}"
    odd = read(page(attributes=MADE | {"title": hostile, "world": hostile}, summary={hostile: hostile}))
    assert odd.tags == plain.tags
    assert odd.text.count("<script>alert(1)</script>'\"&") == 5


def test_a_name_on_the_page_may_hold_a_dollar() -> None:
    assert "$title" in read(page(attributes=MADE | {"world": "$title"})).text


def test_the_docs_say_of_each_field_what_the_program_says() -> None:
    docs = (Path(__file__).parents[1] / "docs" / "models" / "maps.md").read_text(encoding="utf-8")
    for field in (*maps.FIELDS.values(), *maps.STATIC.values()):
        assert f"| `{field.name}` | {field.dtype} | {field.units} | {field.meaning} |" in docs
    for code, (name, meaning) in enumerate(maps.REASONS.items()):
        assert f"| {code} | `{name}` | {meaning} |" in docs
