"""Links: rates, budgets, the flux limit, and the tables against the formulas that they stand for."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from openleo.errors import InputError
from openleo.formats.toml import parse
from openleo.kernels import link as kernels
from openleo.link import (
    MODCODS,
    budget,
    carry,
    power_flux_density_dbw_per_m2,
    power_flux_density_limit_dbw_per_m2,
    rate_bps,
    spectral_efficiency,
    uplink_budget,
    uplink_rate_bps,
)
from openleo.radio import TERMINALS, Radio, Terminal
from openleo.sky import Sky

EIRP_DBW = 33.6
CLEAR = Radio()
RAIN = Radio(availability_percent=99.9)
DELUGE = Radio(
    availability_percent=99.99,
    rain_rate_mm_per_h=100.0,
    rain_height_km=5.0,
    rain_latitude_deg=5.0,
    terminal=Terminal(gain_over_temperature_db_per_k=35.0),
)
elevations = st.floats(5.0, 90.0)
ranges = st.floats(350.0, 3000.0)


def sky_of(elevation_deg: NDArray[np.float64], range_km: NDArray[np.float64], satellites: int) -> Sky:
    pairs = elevation_deg.size
    return Sky(
        start=np.array([0, pairs]),
        usable=np.array([pairs], np.int32),
        satellite=(np.arange(pairs) % satellites).astype(np.int32),
        elevation_deg=elevation_deg.astype(np.float32),
        range_km=range_km.astype(np.float32),
        gso_deg=np.full(pairs, 180.0, np.float32),
    )


def some_pairs(rng: np.random.Generator, count: int, lowest_deg: float) -> tuple[NDArray[np.float64], ...]:
    return rng.uniform(lowest_deg, 90.0, count), rng.uniform(350.0, 2500.0, count)


def test_a_beam_at_middle_elevations_carries_what_is_reported() -> None:
    # 96 Gbit/s over 96 beams of a v2-mini, 17 to 20 over some 24 of the first ones: 0.7 to 1 Gbit/s
    rates = rate_bps([40.0, 50.0, 60.0], [800.0, 690.0, 620.0], CLEAR, EIRP_DBW)
    assert np.all((rates > 0.7e9) & (rates < 1.15e9))


def test_budget_adds_up_by_hand() -> None:
    # by hand: 33.6 - 170.59 - 0.08 (gas) - 1.39 (12 log sin 50) + 9.2 + 228.60 = 99.34 dBHz; - 83.59 = 15.75
    lines = budget(50.0, 690.0, CLEAR, EIRP_DBW)
    assert lines.free_space_loss_db == pytest.approx(170.59, abs=0.01)
    assert lines.carrier_to_noise_density_dbhz == pytest.approx(99.34, abs=0.02)
    assert lines.carrier_to_noise_db == pytest.approx(15.75, abs=0.02)
    assert lines.esn0_db == pytest.approx(-10 * np.log10(10**-1.575 + 10**-2.5), abs=0.02)
    assert lines.rate_bps == pytest.approx(240e6 / 1.05 * 4.206428)  # 64APSK 32/45-L


def test_lines_are_for_people() -> None:
    rows = {label: (value, unit) for label, value, unit in budget(50.0, 690.0, RAIN, EIRP_DBW).lines()}
    assert rows["free-space loss"] == ("170.59", "dB")
    assert rows["frequency"] == ("11.70", "GHz")
    assert rows["modulation and code"][0] in {m.name for m in MODCODS}
    assert ("modulation and code", "none", "") in budget(50.0, 690.0, CLEAR, -20.0).lines()


@given(elevations, ranges, st.floats(0.0, 500.0), st.sampled_from([CLEAR, RAIN]))
def test_farther_never_carries_more(
    elevation_deg: float, range_km: float, more_km: float, radio: Radio
) -> None:
    near, far = rate_bps(elevation_deg, [range_km, range_km + more_km], radio, EIRP_DBW)
    assert near >= far
    near, far = uplink_rate_bps(elevation_deg, [range_km, range_km + more_km], radio)
    assert near >= far


@given(elevations, st.floats(0.0, 85.0), ranges)
def test_higher_never_carries_less_under_a_clear_sky(
    elevation_deg: float, more_deg: float, range_km: float
) -> None:
    low, high = rate_bps([elevation_deg, min(elevation_deg + more_deg, 90.0)], range_km, CLEAR, EIRP_DBW)
    assert low <= high


@given(elevations, ranges)
def test_rain_never_helps(elevation_deg: float, range_km: float) -> None:
    assert rate_bps(elevation_deg, range_km, RAIN, EIRP_DBW) <= rate_bps(
        elevation_deg, range_km, CLEAR, EIRP_DBW
    )
    assert uplink_rate_bps(elevation_deg, range_km, RAIN) <= uplink_rate_bps(elevation_deg, range_km, CLEAR)


def test_rain_costs_a_few_decibels_and_some_rate() -> None:
    dry, wet = budget(40.0, 800.0, CLEAR, EIRP_DBW), budget(40.0, 800.0, RAIN, EIRP_DBW)
    assert 1.0 < wet.rain_attenuation_db < 4.0
    assert 1.0 < wet.rain_noise_db < 3.0
    assert wet.rate_bps < dry.rate_bps


def test_the_densest_constellation_is_a_ceiling() -> None:
    symbol_rate = 240e6 / 1.05
    quiet = dataclasses.replace(CLEAR, carrier_to_interference_db=100.0, pfd_limit_dbw_per_m2=-120.0)
    for bits, best in ((2, 1.487473), (4, 3.077225), (6, 4.933701), (8, 5.900855)):
        radio = dataclasses.replace(quiet, modulation_bits=bits)
        assert rate_bps(90.0, 550.0, radio, 60.0) == pytest.approx(symbol_rate * best)


def test_interference_is_a_ceiling_too() -> None:
    radio = dataclasses.replace(CLEAR, carrier_to_interference_db=10.0, pfd_limit_dbw_per_m2=-100.0)
    assert budget(90.0, 550.0, radio, 80.0).esn0_db == pytest.approx(10.0, abs=0.001)


def test_modulations_each_give_more_for_more_and_stay_under_shannon() -> None:
    needed = np.array([m.esn0_db for m in MODCODS])
    given_ = np.array([m.efficiency for m in MODCODS])
    assert np.all(np.diff(needed) > 0.0)
    assert np.all(np.diff(given_) > 0.0)
    assert np.all(given_ < np.log2(1.0 + 10.0 ** (needed / 10.0)))
    assert np.all(given_ > 0.7 * np.log2(1.0 + 10.0 ** (needed / 10.0)))


def test_spectral_efficiency_steps_at_the_thresholds() -> None:
    assert spectral_efficiency([-3.0, -2.85, 13.97, 13.98, 30.0]) == pytest.approx(
        [0.0, 0.434841, 3.841226, 4.206428, 5.900855]
    )
    assert spectral_efficiency(14.0, implementation_margin_db=1.0) == pytest.approx(3.620536)


def test_power_flux_density_by_hand() -> None:
    # 33.6 dBW over a sphere of 550 km (125.80 dBm2) and 60 000 slices of 4 kHz (47.78 dB)
    assert power_flux_density_dbw_per_m2(33.6, 240e6, 550.0) == pytest.approx(-139.98, abs=0.01)


def test_flux_limit_of_the_radio_regulations() -> None:
    # article 21, table 21-4, 10.7-11.7 GHz: -150 to 5 degrees, -150 + (d - 5) / 2 to 25 degrees, -140 above
    assert power_flux_density_limit_dbw_per_m2([0.0, 5.0, 15.0, 25.0, 90.0]).tolist() == [
        -150.0, -150.0, -145.0, -140.0, -140.0,
    ]  # fmt: skip


@given(st.floats(0.0, 90.0), st.floats(300.0, 3000.0), st.floats(0.0, 60.0))
def test_no_beam_exceeds_the_flux_limit(elevation_deg: float, range_km: float, eirp_dbw: float) -> None:
    lines = budget(elevation_deg, range_km, CLEAR, eirp_dbw)
    assert lines.power_reduction_db >= 0.0
    limit = power_flux_density_limit_dbw_per_m2(elevation_deg)
    assert lines.power_flux_density_dbw_per_m2 <= limit + 1e-9


def test_a_better_terminal_gets_more() -> None:
    better = dataclasses.replace(CLEAR, terminal=TERMINALS["high-performance"])
    assert rate_bps(30.0, 1000.0, better, EIRP_DBW) > rate_bps(30.0, 1000.0, CLEAR, EIRP_DBW)
    gain = uplink_budget(30.0, 1000.0, better).carrier_to_noise_db
    assert gain > uplink_budget(30.0, 1000.0, CLEAR).carrier_to_noise_db


@pytest.mark.parametrize(
    ("radio", "lowest_deg", "within_db"),
    [
        (CLEAR, 20.0, 0.003),
        (CLEAR, 5.0, 0.02),
        (RAIN, 5.0, 0.03),
        (
            dataclasses.replace(CLEAR, modulation_bits=8, implementation_margin_db=0.0, roll_off=0.0),
            20.0,
            0.003,
        ),
        (DELUGE, 5.0, 0.1),
    ],
)
def test_tables_against_the_formulas(radio: Radio, lowest_deg: float, within_db: float) -> None:
    elevation, distance = some_pairs(np.random.default_rng(7), 20_000, lowest_deg)
    sky = sky_of(elevation, distance, 7)
    eirp = np.array([33.6, 36.0, 30.0])
    satellite_class = np.array([0, 1, 2, 0, 1, 2, 1], np.int16)
    rates = carry(sky, radio, eirp, satellite_class).rate_bps

    exact = np.empty(elevation.size)
    for k in range(3):
        of = satellite_class[sky.satellite] == k
        exact[of] = budget(sky.elevation_deg[of], sky.range_km[of], radio, eirp[k]).esn0_db
    symbol_rate = radio.downlink_channel_width_hz / (1.0 + radio.roll_off)
    least, most = (
        symbol_rate
        * spectral_efficiency(
            exact + change,
            implementation_margin_db=radio.implementation_margin_db,
            modulation_bits=radio.modulation_bits,
        )
        for change in (-within_db, within_db)
    )
    assert np.all((rates >= least * (1 - 1e-6)) & (rates <= most * (1 + 1e-6)))
    assert np.unique(rates).size > 10


def test_threads_change_nothing_and_a_class_without_beams_carries_nothing() -> None:
    elevation, distance = some_pairs(np.random.default_rng(8), 5_000, 0.0)
    sky = sky_of(elevation, distance, 2)
    classes = np.array([0, 1], np.int16)
    one = carry(sky, CLEAR, [EIRP_DBW, -np.inf], classes, threads=1).rate_bps
    two = carry(sky, CLEAR, [EIRP_DBW, -np.inf], classes, threads=2).rate_bps
    assert np.array_equal(one, two)
    assert one[0::2].max() > 0.0
    assert one[1::2].max() == 0.0


def test_what_is_no_number_carries_nothing() -> None:
    elevation = np.array([50.0, np.nan, 50.0, np.nan, 95.0, -5.0])
    distance = np.array([700.0, 700.0, np.nan, np.nan, 700.0, 700.0])
    rates = carry(sky_of(elevation, distance, 1), CLEAR, [EIRP_DBW], np.zeros(1, np.int16)).rate_bps
    assert rates[[0, 4]].min() > 0.0
    assert np.all(rates[[1, 2, 3, 5]] == 0.0)


def test_an_empty_sky_has_no_links() -> None:
    assert (
        carry(sky_of(np.empty(0), np.empty(0), 1), CLEAR, [EIRP_DBW], np.zeros(1, np.int16)).rate_bps.size
        == 0
    )


def test_carry_refuses_what_is_no_eirp() -> None:
    sky = sky_of(np.array([50.0]), np.array([600.0]), 1)
    with pytest.raises(InputError, match="beam_eirp_dbw"):
        carry(sky, CLEAR, [np.nan], np.zeros(1, np.int16))
    with pytest.raises(InputError, match="1 classes"):
        carry(sky, CLEAR, [33.0], np.ones(1, np.int16))


@pytest.mark.parametrize("seed", range(3))
def test_kernel_against_its_slow_twin(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pairs, satellites, steps = 3_000, 11, 181
    satellite = rng.integers(0, satellites, pairs).astype(np.int32)
    elevation = rng.uniform(-1.0, 91.0, pairs).astype(np.float32)
    distance = rng.uniform(300.0, 3000.0, pairs).astype(np.float32)
    spread = (rng.uniform(1.0, 9.0, satellites) * 1e-8).astype(np.float32)
    floor = (rng.uniform(1.0, 9.0, steps) * 1e-3).astype(np.float32)
    loss = rng.uniform(1.0, 9.0, steps).astype(np.float32)
    threshold = np.append(np.cumsum(rng.uniform(0.1, 3.0, 20)), np.inf).astype(np.float32)
    rate = np.arange(21, dtype=np.float32)
    buckets = np.arange(int(threshold[-2] * 64) + 2) / 64
    level = np.searchsorted(threshold, buckets, side="right").astype(np.uint8)
    out = np.full(pairs, -1.0, np.float32)
    half, step, unit, none = np.float32(0.003), np.float32(2.0), np.float32(64.0), 100
    kernels.rates(
        none,
        pairs,
        satellite,
        elevation,
        distance,
        spread,
        floor,
        loss,
        step,
        half,
        unit,
        level,
        threshold,
        rate,
        out,
    )

    at = np.clip(np.floor(elevation * step + np.float32(0.5)).astype(int), 0, steps - 1)
    noise = np.maximum(spread[satellite] * distance * distance, floor[at]) * loss[at] + half
    expected = rate[np.searchsorted(threshold, np.float32(1.0) / noise, side="right")]
    assert np.all(out[:none] == -1.0)
    assert np.array_equal(out[none:], expected[none:])


def test_radio_defaults_are_the_ku_band_of_the_filings() -> None:
    # channels of the Ku downlink: 10.7 GHz + 0.125 + 0.25 (i - 1), Humphreys et al. 2023, figure 3
    assert CLEAR.downlink_hz == 11.7e9
    assert CLEAR.uplink_hz == 14.25e9
    assert CLEAR.colours == 64


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"frames": 5}, "frames: 5 x downlink_channels 8 x polarisations 2 is 80; at most 64"),
        ({"availability_percent": 90}, "availability_percent: 90 given"),
        ({"downlink_channel_step_hz": 1e8}, "downlink_channel_step_hz: 1e\\+08 given"),
        ({"terminal": {"scan_exponent": 5}}, "radio.terminal.scan_exponent: 5 given"),
        ({"elevation_mask_deg": 95}, "radio.elevation_mask_deg: 95 given"),
    ],
)
def test_a_wrong_radio_says_where_and_what(table: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse(Radio, table, "here.toml: radio")


def test_terminals_are_also_tables_of_a_world() -> None:
    radio = parse(Radio, {"terminal": dataclasses.asdict(TERMINALS["high-performance"])}, "here.toml: radio")
    assert radio.terminal == TERMINALS["high-performance"]
