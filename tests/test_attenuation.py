"""Attenuation against ITU-Rpy 0.4, an independent implementation of the same recommendations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openleo.attenuation import (
    free_space_loss_db,
    gaseous_attenuation_db,
    rain_attenuation_db,
    sky_noise_k,
    specific_gaseous_attenuation_db_per_km,
    specific_rain_attenuation_db_per_km,
)

BANDS_GHZ = (11.7, 14.25, 19.0, 29.0)


def test_free_space_loss_against_the_rule_of_thumb_of_p525() -> None:
    # P.525-4 equation (4): 32.4 + 20 log f(MHz) + 20 log d(km), its constant rounded to 0.1
    loss = free_space_loss_db([550.0, 1123.0], 11.7e9)
    assert loss == pytest.approx(32.4 + 20 * np.log10(11_700 * np.array([550.0, 1123.0])), abs=0.06)


@pytest.mark.parametrize("frequency_ghz", [*BANDS_GHZ, 22.235, 60.0])
def test_specific_attenuation_of_air_against_iturpy(frequency_ghz: float) -> None:
    from itur.models import itu676

    for pressure, temperature, vapour in ((1013.25, 288.15, 7.5), (500.0, 250.0, 1.0), (900.0, 305.0, 25.0)):
        theirs = itu676.gamma_exact(frequency_ghz, pressure, vapour, temperature).value
        ours = specific_gaseous_attenuation_db_per_km(frequency_ghz * 1e9, pressure, temperature, vapour)
        assert ours == pytest.approx(theirs, rel=1e-6)


@pytest.mark.parametrize("frequency_ghz", BANDS_GHZ)
def test_gases_on_slant_paths_against_iturpy_line_by_line(frequency_ghz: float) -> None:
    import itur

    elevation = np.array([5.0, 15.0, 40.0, 90.0])
    theirs = [
        itur.gaseous_attenuation_slant_path(frequency_ghz, each, 7.5, 1013.25, 288.15, mode="exact").value
        for each in elevation
    ]
    # ITU-Rpy takes the air at the foot of each shell, we in its middle as P.676-13 says: 0.5 %
    assert gaseous_attenuation_db(elevation, frequency_ghz * 1e9) == pytest.approx(theirs, rel=0.006)


@pytest.mark.filterwarnings("ignore:The approximated method:RuntimeWarning")  # also raised at 90 degrees
@pytest.mark.parametrize("frequency_ghz", BANDS_GHZ)
def test_gases_on_slant_paths_against_the_equivalent_heights_of_p676_12(frequency_ghz: float) -> None:
    import itur

    elevation = np.array([5.0, 6.0, 8.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 75.0, 90.0])
    theirs = itur.gaseous_attenuation_slant_path(
        frequency_ghz, elevation, 7.5, 1013.25, 288.15, mode="approx"
    ).value
    ours = gaseous_attenuation_db(elevation, frequency_ghz * 1e9)
    assert np.all(np.abs(ours - theirs) <= np.maximum(0.05 * theirs, 0.01))


def test_rain_on_the_ground_against_iturpy() -> None:
    from itur.models import itu838

    for frequency_ghz in BANDS_GHZ:
        for tilt in (0.0, 45.0, 90.0):
            theirs = itu838.rain_specific_attenuation(40.0, frequency_ghz, 30.0, tilt).value
            ours = specific_rain_attenuation_db_per_km(40.0, frequency_ghz * 1e9, 30.0, tilt)
            assert ours == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("latitude_deg", [0.0, 10.0, -25.0, 30.0, 40.0, 60.0])
@pytest.mark.parametrize("availability_percent", [95.0, 99.0, 99.5, 99.9, 99.99])
def test_rain_on_slant_paths_against_iturpy(latitude_deg: float, availability_percent: float) -> None:
    import itur
    from itur.models import itu839

    height = float(itu839.rain_height(latitude_deg, 10.0).value)
    outage = round(100.0 - availability_percent, 6)
    elevation = np.array([5.0, 10.0, 24.0, 26.0, 40.0, 65.0, 90.0])
    for frequency_ghz in (11.7, 29.0):
        for rate in (5.0, 30.0, 95.0):
            theirs = itur.rain_attenuation(
                latitude_deg, 10.0, frequency_ghz, elevation, hs=0.1, p=outage, R001=rate, tau=45.0
            ).value
            ours = rain_attenuation_db(
                elevation, frequency_ghz * 1e9, rate, height, availability_percent, latitude_deg, 0.1
            )
            assert ours == pytest.approx(theirs, rel=1e-6)


def test_no_rain_and_stations_above_the_rain_lose_nothing() -> None:
    attenuation = rain_attenuation_db(40.0, 11.7e9, [0.0, 30.0, 30.0], [3.0, 3.0, 1.0], 99.9, 45.0, 2.0)
    assert attenuation[0] == 0.0
    assert attenuation[1] > 0.0
    assert attenuation[2] == 0.0


def test_a_thick_sky_is_as_warm_as_the_rain() -> None:
    assert sky_noise_k([0.0, 60.0]) == pytest.approx([2.7, 275.0], abs=0.001)


@given(st.floats(0.0, 89.0), st.floats(0.01, 1.0), st.floats(1e9, 50e9))
def test_a_lower_path_goes_through_more_air(
    elevation_deg: float, more_deg: float, frequency_hz: float
) -> None:
    low, high = gaseous_attenuation_db([elevation_deg, elevation_deg + more_deg], frequency_hz)
    assert low > high > 0.0


@given(
    st.floats(5.0, 90.0),
    st.floats(0.0, 150.0),
    st.floats(0.0, 20.0),
    st.floats(95.0, 99.98),
    st.floats(-80, 80),
)
def test_more_rain_and_more_availability_never_lose_less(
    elevation_deg: float, rate: float, more: float, availability: float, latitude: float
) -> None:
    base, wetter, surer = rain_attenuation_db(
        elevation_deg,
        14.25e9,
        [rate, rate + more, rate],
        4.0,
        [availability, availability, availability + 0.01],
        latitude,
    )
    assert wetter >= base * (1.0 - 1e-12)
    assert surer >= base * (1.0 - 1e-12)
