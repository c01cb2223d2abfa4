"""Our propagation against the `sgp4` package, and against the tables published with SGP4."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sgp4.api import WGS72, Satrec, SatrecArray

from openleo import orbit
from openleo.errors import InputError
from openleo.formats.elements import Elements

MINUTE = 60_000_000
NEAR_ENOUGH_KM = 1e-7  # 0.1 mm


def elements_of(satellites: Sequence[Satrec]) -> Elements:
    def column(name: str) -> NDArray[np.float64]:
        return np.array([getattr(satellite, name) for satellite in satellites])

    return Elements(
        name=tuple(str(k) for k in range(len(satellites))),
        number=np.arange(len(satellites)),
        epoch_jd=column("jdsatepoch"),
        epoch_fr=column("jdsatepochF"),
        bstar=column("bstar"),
        ndot=column("ndot"),
        nddot=column("nddot"),
        eccentricity=column("ecco"),
        inclination_rad=column("inclo"),
        raan_rad=column("nodeo"),
        argument_of_perigee_rad=column("argpo"),
        mean_anomaly_rad=column("mo"),
        mean_motion_rad_per_min=column("no_kozai"),
    )


def satellite(
    *,
    epoch: float = 27910.0,
    bstar: float = 1e-4,
    eccentricity: float = 1e-3,
    perigee: float = 1.0,
    inclination: float = 0.9,
    anomaly: float = 2.0,
    motion: float = 0.0657,
    raan: float = 3.0,
) -> Satrec:
    made = Satrec()
    made.sgp4init(
        WGS72, "i", 1, epoch, bstar, 0.0, 0.0, eccentricity, perigee, inclination, anomaly, motion, raan
    )
    return made


def epoch_of(one: Satrec) -> np.datetime64:
    days = one.jdsatepoch - 2440587.5
    return np.datetime64(round(days), "D") + np.timedelta64(round(one.jdsatepochF * 86400e6), "us")


def verification_cases() -> list[tuple[str, str, str]]:
    """Line 1, line 2 with its span, and the rows of tcppver.out that belong to it."""
    folder = files("sgp4")
    lines = (folder / "SGP4-VER.TLE").read_text().splitlines()
    element_lines = [line for line in lines if line[:2] in ("1 ", "2 ")]
    answers = (folder / "tcppver.out").read_text().replace("\r", "").split(" xx\n")[1:]
    return list(zip(element_lines[::2], element_lines[1::2], answers, strict=True))


VERIFICATION = verification_cases()


@pytest.mark.parametrize(
    ("line1", "line2", "answers"), VERIFICATION, ids=[case[1][2:7] for case in VERIFICATION]
)
def test_the_published_verification_rows_come_out_as_printed(line1: str, line2: str, answers: str) -> None:
    reference = Satrec.twoline2rv(line1, line2)
    rows = [
        [float(field) for field in row.split()[:7]] for row in answers.splitlines() if row.startswith("  ")
    ]
    minutes = np.array([row[0] for row in rows])
    times = epoch_of(reference) + np.round(minutes * MINUTE).astype("timedelta64[us]")
    states = orbit.prepare(elements_of([reference])).at_teme(times, velocity=True)
    ok = states.error[:, 0] == 0
    assert ok.sum() >= len(rows) - 1
    printed = np.array(rows)[ok]
    assert states.velocity_teme_km_per_s is not None
    np.testing.assert_allclose(states.position_teme_km[ok, 0], printed[:, 1:4], rtol=0.0, atol=2e-7)
    np.testing.assert_allclose(states.velocity_teme_km_per_s[ok, 0], printed[:, 4:7], rtol=0.0, atol=2e-9)
