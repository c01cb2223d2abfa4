"""Bake the ground sites of `today`: python builders/ground.py FILE > src/openleo/worlds/starlink-2026-03.csv

FILE is starlink-gateways-2026-03.json of juliensimon/starlink-viz (MIT). Sites in operation are kept: name,
country (of the point, by the baked borders; of the nearest town where the point is in the sea), coordinates
to 0.01 degrees.
"""

import csv
import json
import sys
from pathlib import Path

from openleo.places import countries, country_of, nearest_town


def main(file: Path) -> None:
    """Write the CSV to standard output, gateways first, each kind by name."""
    stations = json.loads(file.read_text(encoding="utf-8"))["stations"]
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["kind", "name", "country", "lat", "lon"])
    kept = [each for each in stations if each["status"] == "operational"]
    for each in sorted(kept, key=lambda each: (each["type"], each["name"])):
        lat, lon = each["lat"], each["lon"]
        country = int(country_of(lat, lon))
        code = countries()[country].code if country >= 0 else nearest_town(lat, lon)[0].country
        out.writerow([each["type"], each["name"], code, f"{lat:.2f}", f"{lon:.2f}"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
