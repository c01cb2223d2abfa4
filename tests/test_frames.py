"""Sidereal time and UT1 against ERFA and the figures that the IERS published."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openleo import orbit
from openleo.kernels.frames import gmst82_rad, teme_to_ecef, velocity_teme_to_ecef


@given(st.integers(-20_000, 20_000), st.floats(-0.1, 1.1))
def test_sidereal_time_is_that_of_erfa(day: int, fraction: float) -> None:
    erfa = pytest.importorskip("erfa")
    jd, fr = np.array([2451544.5 + day]), np.array([fraction])
    difference = gmst82_rad(jd, fr) - erfa.gmst82(jd, fr)
    assert abs((difference[0] + 3.0) % (2.0 * np.pi) - 3.0) < 3e-13


def test_the_published_example_of_teme_to_the_rotating_earth() -> None:
    """Vallado et al. 2006, appendix C: satellite 5 on 2004-04-06 07:51:28.386009 UTC, dUT1 -0.439961 9 s."""
    teme = np.array([[5094.1801621, 6127.6446595, 6380.3445327]])
    velocity = np.array([[-4.746131487, 0.785818041, 5.531931288]])
    fr = np.array([(7 * 3600 + 51 * 60 + 28.386009 - 0.4399619) / 86400.0])
    theta = gmst82_rad(np.array([2453101.5]), fr)
    position = teme_to_ecef(teme, theta)
    np.testing.assert_allclose(position[0], [-1033.4750313, 7901.3055856, 6380.3445327], atol=2e-7)
    moving = velocity_teme_to_ecef(velocity, position, theta, 7.292115146706979e-5)
    np.testing.assert_allclose(moving[0], [-3.225632747, -2.872442511, 5.531931288], atol=2e-9)


@pytest.mark.parametrize(
    ("day", "published_s"),
    [
        ("2015-06-30", -0.6760362),
        ("2015-07-01", 0.3233627),
        ("2016-12-31", -0.4077600),
        ("2017-01-01", 0.5912975),
        ("2023-02-25", -0.0151424),
    ],
)
def test_dut1_is_what_bulletin_b_gives(day: str, published_s: float) -> None:
    """IERS finals2000A, Bulletin B column, at 0 h UTC."""
    assert orbit.ut1_minus_utc_s(np.array([day], dtype="datetime64[us]"))[0] == pytest.approx(
        published_s, abs=1e-6
    )


def test_dut1_drifts_over_a_leap_second_and_jumps_at_its_end() -> None:
    midnight = np.datetime64("2017-01-01", "us")
    times = midnight + np.array([-12 * 3_600_000_000, -1, 0]).astype("timedelta64[us]")
    noon, before, after = orbit.ut1_minus_utc_s(times)
    assert noon == pytest.approx((-0.4077600 + 0.5912975 - 1.0) / 2, abs=1e-6)
    assert after - before == pytest.approx(1.0, abs=1e-7)


@pytest.mark.parametrize("day", ["1999-12-31", "2090-01-01"])
def test_outside_the_table_its_nearest_value_is_used_and_said(day: str) -> None:
    with pytest.warns(orbit.Dut1Warning, match=f"known from 2015-01-01 to .* asked for at {day}"):
        values = orbit.ut1_minus_utc_s(np.array(["2020-01-01", day], dtype="datetime64[us]"))
    assert np.abs(values).max() < 0.9


def test_dut1_may_be_left_out() -> None:
    assert orbit.ut1_minus_utc_s(np.array(["1990-01-01"], dtype="datetime64[us]"), "zero").tolist() == [0.0]


def test_the_predictions_reach_past_what_was_measured() -> None:
    from openleo.data import load

    table = load("dut1")
    assert table["mjd"][-1] - table["measured_to_mjd"] > 300
