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


def compare(satellites: Sequence[Satrec], times: NDArray[np.datetime64]) -> NDArray[np.uint8]:
    """Our states and the package's are the same: 0.1 mm, 1 micrometre a second, the same errors."""
    states = orbit.prepare(elements_of(satellites)).at_teme(times, velocity=True)
    jd, fr = orbit.julian_date(times)
    code, position, velocity = (a.swapaxes(0, 1) for a in SatrecArray(satellites).sgp4(jd, fr))
    position[code != 0] = velocity[code != 0] = np.nan
    np.testing.assert_array_equal(states.error, code)
    assert states.velocity_teme_km_per_s is not None
    np.testing.assert_allclose(states.position_teme_km, position, rtol=0.0, atol=NEAR_ENOUGH_KM)
    np.testing.assert_allclose(states.velocity_teme_km_per_s, velocity, rtol=0.0, atol=NEAR_ENOUGH_KM / 100.0)
    return states.error


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
    # A first row that the published program could not compute repeats the satellite before it.
    ok = states.error[:, 0] == 0
    assert ok[1:].all()
    printed = np.array(rows)[ok]
    assert states.velocity_teme_km_per_s is not None
    np.testing.assert_allclose(states.position_teme_km[ok, 0], printed[:, 1:4], rtol=0.0, atol=2e-7)
    np.testing.assert_allclose(states.velocity_teme_km_per_s[ok, 0], printed[:, 4:7], rtol=0.0, atol=2e-9)


@pytest.mark.parametrize(
    ("line1", "line2", "answers"), VERIFICATION, ids=[case[1][2:7] for case in VERIFICATION]
)
def test_verification_satellites_agree_with_the_package_in_state_and_error(
    line1: str, line2: str, answers: str
) -> None:
    reference = Satrec.twoline2rv(line1, line2)
    start, stop, step = (float(field) for field in line2[69:].split())
    minutes = np.arange(start, stop + step / 2, step)
    times = epoch_of(reference) + np.round(minutes * MINUTE).astype("timedelta64[us]")
    compare([reference], times)


@st.composite
def near_earth(draw: st.DrawFn) -> Satrec:
    angle = st.floats(0.0, 6.283)
    eccentricity = draw(st.one_of(st.floats(0.0, 2e-3), st.floats(0.0, 0.25)))
    perigee_km = draw(st.floats(160.0, 1500.0))
    axis = (6378.135 + perigee_km) / (1.0 - eccentricity) / 6378.135
    return satellite(
        eccentricity=eccentricity,
        motion=0.0743669161 / axis**1.5,
        bstar=draw(st.floats(-1e-4, 1e-3)),
        inclination=draw(st.one_of(st.floats(0.0, 3.14159), st.just(np.pi))),
        perigee=draw(angle),
        anomaly=draw(angle),
        raan=draw(angle),
        epoch=27_000.0 + draw(st.floats(-5.0, 5.0)),
    )


@settings(deadline=None, max_examples=80)
@given(
    st.lists(near_earth(), min_size=1, max_size=12), st.lists(st.floats(-20.0, 20.0), min_size=1, max_size=4)
)
def test_any_near_earth_elements_agree_with_the_package(satellites: list[Satrec], days: list[float]) -> None:
    offsets = np.round(np.array(days) * 86400e6).astype("timedelta64[us]")
    compare(satellites, epoch_of(satellites[0]) + offsets)


def test_decaying_satellites_fail_with_the_codes_of_the_package() -> None:
    rng = np.random.default_rng(8)
    fleet = [
        satellite(
            bstar=bstar, eccentricity=rng.uniform(0.0, 0.02), anomaly=rng.uniform(0.0, 6.0), motion=motion
        )
        for bstar in (3e-3, 1e-2, 0.1)
        for motion in rng.uniform(0.068, 0.0712, 60)
    ]
    errors = compare(fleet, epoch_of(fleet[0]) + np.arange(0, 12_000, 97).astype("timedelta64[m]"))
    assert {0, 1, 6} <= set(errors.ravel().tolist())


def test_elements_that_make_no_orbit_are_errors_not_positions() -> None:
    fleet = [satellite(eccentricity=1.2), satellite(motion=-0.06), satellite()]
    states = orbit.propagate(elements_of(fleet), np.array([epoch_of(fleet[0])]), velocity=True)
    assert (states.error[0, :2] != 0).all()
    assert states.error[0, 2] == 0
    assert states.velocity_ecef_km_per_s is not None
    for state in (states.position_ecef_km, states.velocity_ecef_km_per_s):
        assert np.isnan(state[0, :2]).all()
        assert np.isfinite(state[0, 2]).all()


def test_deep_space_satellites_keep_their_place_among_the_others() -> None:
    rng = np.random.default_rng(5)
    motions = np.where(rng.random(150) < 0.1, 0.0087, 0.066)
    fleet = [satellite(motion=motion, anomaly=rng.uniform(0.0, 6.0)) for motion in motions]
    times = epoch_of(fleet[0]) + np.arange(0, 3000, 500).astype("timedelta64[m]")
    compare(fleet, times)
    whole = orbit.propagate(elements_of(fleet), times, velocity=True)
    for k in np.flatnonzero(motions < 0.01)[:3]:
        alone = orbit.propagate(elements_of([fleet[k]]), times, velocity=True)
        np.testing.assert_array_equal(whole.position_ecef_km[:, k], alone.position_ecef_km[:, 0])


def test_velocity_is_the_derivative_of_position_on_the_rotating_earth() -> None:
    fleet = [satellite(), satellite(motion=0.0087, eccentricity=0.01)]
    middle = np.datetime64("2026-05-30T10:06:00", "us")
    step = np.timedelta64(500_000, "us")
    times = np.array([middle - step, middle, middle + step])
    states = orbit.propagate(elements_of(fleet), times, velocity=True)
    slope = states.position_ecef_km[2] - states.position_ecef_km[0]
    assert states.velocity_ecef_km_per_s is not None
    # SGP4's velocity leaves out the rates of its small terms: 2 cm/s here, where the Earth's turn is 500 m/s.
    np.testing.assert_allclose(states.velocity_ecef_km_per_s[1], slope, rtol=0.0, atol=5e-5)


def test_ecef_is_teme_turned_by_the_sidereal_time_of_erfa() -> None:
    erfa = pytest.importorskip("erfa")
    one = elements_of([satellite()])
    times = np.array(["2026-03-01T00:00", "2026-03-01T12:34:56.789012"], dtype="datetime64[us]")
    jd, fr = orbit.julian_date(times)
    for dut1, seconds in (("zero", np.zeros(2)), ("table", orbit.ut1_minus_utc_s(times))):
        theta = erfa.gmst82(jd, fr + seconds / 86400.0)
        teme = orbit.prepare(one).at_teme(times).position_teme_km[:, 0]
        ecef = orbit.propagate(one, times, dut1=dut1).position_ecef_km[:, 0]  # type: ignore[arg-type]
        turned = [erfa.rxp(erfa.rz(a, np.eye(3)), state) for a, state in zip(theta, teme, strict=True)]
        np.testing.assert_allclose(ecef, turned, rtol=0.0, atol=1e-8)


def test_threads_do_not_change_a_bit() -> None:
    fleet = elements_of([satellite(anomaly=0.01 * k) for k in range(70)])
    times = np.datetime64("2026-06-01", "us") + np.arange(7).astype("timedelta64[m]")
    ready = orbit.prepare(fleet)
    one, four = ready.at(times, velocity=True), ready.at(times, velocity=True, threads=4)
    np.testing.assert_array_equal(one.position_ecef_km, four.position_ecef_km)
    np.testing.assert_array_equal(one.velocity_ecef_km_per_s, four.velocity_ecef_km_per_s)
    np.testing.assert_array_equal(one.error, four.error)
    assert one.position_ecef_km.shape == (7, 70, 3)
    assert ready.at(times).velocity_ecef_km_per_s is None


def test_an_empty_fleet_has_an_empty_ephemeris() -> None:
    states = orbit.propagate(elements_of([]), np.array(["2026-06-01"], dtype="datetime64[us]"))
    assert states.position_ecef_km.shape == (1, 0, 3)


def test_a_microsecond_moves_a_satellite_by_its_velocity() -> None:
    one = orbit.prepare(elements_of([satellite()]))
    start = np.datetime64("2026-06-01T23:59:59.123456", "us")
    states = one.at_teme(np.array([start, start + np.timedelta64(1, "us")]), velocity=True)
    moved = states.position_teme_km[1] - states.position_teme_km[0]
    assert states.velocity_teme_km_per_s is not None
    np.testing.assert_allclose(moved * 1e6, states.velocity_teme_km_per_s[0], rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize(
    ("times", "options", "words"),
    [
        (["2026-06-01", "NaT"], {}, "index 1"),
        (["2026-06-01"], {"dut1": "iers"}, "'iers'.*'table' or 'zero'"),
        (["2026-06-01"], {"threads": 0}, "threads: 0"),
    ],
)
def test_what_is_not_allowed_is_named(times: list[str], options: dict[str, object], words: str) -> None:
    instants = np.array(times, dtype="datetime64[us]")
    with pytest.raises(InputError, match=words):
        orbit.propagate(elements_of([satellite()]), instants, **options)  # type: ignore[arg-type]


def test_times_must_be_instants() -> None:
    with pytest.raises(InputError, match="float64"):
        orbit.propagate(elements_of([satellite()]), np.array([1.0]))  # type: ignore[arg-type]


def test_age_counts_days_since_each_epoch_and_warns_after_two_weeks() -> None:
    fleet = [satellite(epoch=27_910.25), satellite(epoch=27_900.0)]
    elements = elements_of(fleet)
    day = epoch_of(fleet[1]) + np.timedelta64(12, "D")
    np.testing.assert_allclose(orbit.age_days(elements, day), [1.75, 12.0], atol=1e-8)
    assert orbit.age_warning(elements, day) is None
    text = orbit.age_warning(elements, day + np.timedelta64(8, "D"))
    assert text is not None
    assert "1 of 2" in text
    assert "20 to 60 km" in text


def test_errors_have_words() -> None:
    assert "decayed" in orbit.error_text(6)
    assert "unknown" in orbit.error_text(77)


@pytest.mark.reference
def test_a_real_fleet_agrees_with_the_package(reference: Path) -> None:
    lines = (reference / "gp/starlink-2026-05-30.tle").read_text().splitlines()
    firsts = [k for k, line in enumerate(lines) if line.startswith("1 ")]
    fleet = [Satrec.twoline2rv(lines[k], lines[k + 1]) for k in firsts]
    times = np.array(["2026-05-25T01:02:03", "2026-05-30T10:06", "2026-06-15"], dtype="datetime64[us]")
    errors = compare(fleet, times)
    assert (errors[1] == 0).mean() > 0.99
