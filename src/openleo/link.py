"""What a beam carries: a `Sky` and the radio become `Links`, bit/s on each visible pair."""

from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from openleo.attenuation import free_space_loss_db, gaseous_attenuation_db, rain_attenuation_db, sky_noise_k
from openleo.constants import BOLTZMANN_DBW_PER_K_HZ
from openleo.errors import InputError
from openleo.kernels import link as kernels
from openleo.radio import Radio
from openleo.sky import Sky, run_chunks

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Links:
    """rate_bps: (P,) float32, what one beam (a channel in a polarisation) would carry on each pair."""

    rate_bps: NDArray[np.float32]


@dataclass(frozen=True)
class Modcod:
    """A modulation and code: bits of its constellation, information bits a symbol, Es/N0 that it needs."""

    name: str
    bits: int
    efficiency: float
    esn0_db: float


MODCODS: Final = tuple(
    Modcod(*row)
    for row in (
        ("QPSK 2/9", 2, 0.434841, -2.85),
        ("QPSK 13/45", 2, 0.567805, -2.03),
        ("QPSK 9/20", 2, 0.889135, 0.22),
        ("QPSK 11/20", 2, 1.088581, 1.45),
        ("QPSK 3/5", 2, 1.188304, 2.23),
        ("QPSK 2/3", 2, 1.322253, 3.10),
        ("QPSK 3/4", 2, 1.487473, 4.03),
        ("8APSK 5/9-L", 3, 1.647211, 4.73),
        ("8APSK 26/45-L", 3, 1.713601, 5.13),
        ("16APSK 1/2-L", 4, 1.972253, 5.97),
        ("16APSK 8/15-L", 4, 2.104850, 6.55),
        ("16APSK 5/9-L", 4, 2.193247, 6.84),
        ("16APSK 3/5-L", 4, 2.370043, 7.41),
        ("16APSK 28/45", 4, 2.458441, 8.10),
        ("16APSK 2/3-L", 4, 2.635236, 8.43),
        ("16APSK 25/36", 4, 2.745734, 9.27),
        ("16APSK 13/18", 4, 2.856231, 9.71),
        ("16APSK 7/9", 4, 3.077225, 10.65),
        ("32APSK 2/3-L", 5, 3.289502, 11.10),
        ("32APSK 32/45", 5, 3.510192, 11.75),
        ("32APSK 11/15", 5, 3.620536, 12.17),
        ("32APSK 7/9", 5, 3.841226, 13.05),
        ("64APSK 32/45-L", 6, 4.206428, 13.98),
        ("64APSK 11/15", 6, 4.338659, 14.81),
        ("64APSK 7/9", 6, 4.603122, 15.47),
        ("64APSK 4/5", 6, 4.735354, 15.87),
        ("64APSK 5/6", 6, 4.933701, 16.55),
        ("256APSK 29/45-L", 8, 5.065690, 16.98),
        ("256APSK 2/3-L", 8, 5.241514, 17.24),
        ("256APSK 31/45-L", 8, 5.417338, 18.10),
        ("256APSK 32/45", 8, 5.593162, 18.59),
        ("256APSK 11/15-L", 8, 5.768987, 18.84),
        ("256APSK 3/4", 8, 5.900855, 19.57),
    )
)
"""Those of DVB-S2X of which none needs more for less: normal frames, no pilots, ideal modem, linear channel.

Source: ETSI EN 302 307-2 V1.1.1 table 20a; QPSK 3/5, 2/3 and 3/4 from EN 302 307-1 V1.4.1 table 13.
"""

_EFFICIENCY: Final = np.array([0.0, *(m.efficiency for m in MODCODS)])


def spectral_efficiency(
    esn0_db: ArrayLike, *, implementation_margin_db: float = 0.0, modulation_bits: int = 8
) -> Floats:
    """Information bits a symbol that adaptive coding and modulation gets through.

    esn0_db: energy per symbol over noise and interference density, any shape. implementation_margin_db: added
    to each ideal threshold. modulation_bits: densest constellation that may be used. Returns float64 of the
    same shape, 0 where even the most robust does not work. Source: `MODCODS`.
    """
    efficiency: Floats = _EFFICIENCY[_modcod_index(esn0_db, implementation_margin_db, modulation_bits) + 1]
    return efficiency


def _modcod_index(esn0_db: ArrayLike, margin_db: float, modulation_bits: int) -> NDArray[np.intp]:
    """The best that works, as an index into MODCODS; -1 where none does."""
    usable = [m.esn0_db + margin_db for m in MODCODS if m.bits <= modulation_bits]
    return np.asarray(np.searchsorted(usable, np.asarray(esn0_db, float), side="right") - 1)


def power_flux_density_dbw_per_m2(
    eirp_dbw: ArrayLike, bandwidth_hz: ArrayLike, range_km: ArrayLike, reference_hz: float = 4e3
) -> Floats:
    """Power flux density in dB(W/m2) within reference_hz of a carrier that fills bandwidth_hz evenly.

    eirp_dbw, bandwidth_hz, range_km: broadcast. In free space, as ITU Radio Regulations No. 21.16.1 has it.
    """
    sphere_m2 = 4.0 * np.pi * (1e3 * np.asarray(range_km, float)) ** 2
    flux: Floats = np.asarray(eirp_dbw, float) + 10.0 * np.log10(
        reference_hz / np.asarray(bandwidth_hz, float) / sphere_m2
    )
    return flux


def power_flux_density_limit_dbw_per_m2(elevation_deg: ArrayLike, high: float = -140.0) -> Floats:
    """Largest power flux density in 4 kHz at an angle of arrival, in dB(W/m2).

    elevation_deg: any shape. high: limit at 25 degrees and more: -140 at 10.7 to 11.7 GHz, -138 at 11.7 to
    12.7 GHz.
    Source: ITU Radio Regulations, article 21, table 21-4; 47 CFR 25.208(b).
    """
    return np.asarray(high - 0.5 * np.clip(25.0 - np.asarray(elevation_deg, float), 0.0, 20.0))


def _line(label: str, unit: str, scale: float = 1.0) -> dict[str, Any]:
    return {"label": label, "unit": unit, "scale": scale}


@dataclass(frozen=True)
class LinkBudget:
    """Every line of a link budget, in the order of the signal; scalars, or arrays of one shape."""

    direction: Literal["downlink", "uplink"] = field(metadata=_line("direction", ""))
    elevation_deg: Floats = field(metadata=_line("elevation", "deg"))
    range_km: Floats = field(metadata=_line("range", "km"))
    frequency_hz: float = field(metadata=_line("frequency", "GHz", 1e9))
    channel_width_hz: float = field(metadata=_line("channel width", "MHz", 1e6))
    symbol_rate_hz: float = field(metadata=_line("symbol rate", "MBd", 1e6))
    full_eirp_dbw: float = field(metadata=_line("EIRP", "dBW"))
    power_reduction_db: Floats = field(metadata=_line("power reduction for the flux limit", "dB"))
    power_flux_density_dbw_per_m2: Floats = field(metadata=_line("power flux density in 4 kHz", "dB(W/m2)"))
    free_space_loss_db: Floats = field(metadata=_line("free-space loss", "dB"))
    gaseous_attenuation_db: Floats = field(metadata=_line("gaseous attenuation", "dB"))
    rain_attenuation_db: Floats = field(metadata=_line("rain attenuation", "dB"))
    scan_loss_db: Floats = field(metadata=_line("scan loss of the terminal", "dB"))
    gain_over_temperature_db_per_k: float = field(metadata=_line("G/T", "dB/K"))
    rain_noise_db: Floats = field(metadata=_line("noise added by rain", "dB"))
    carrier_to_noise_density_dbhz: Floats = field(metadata=_line("C/N0", "dBHz"))
    carrier_to_noise_db: Floats = field(metadata=_line("C/N in the symbol rate", "dB"))
    carrier_to_interference_db: float = field(metadata=_line("C/I", "dB"))
    esn0_db: Floats = field(metadata=_line("Es/(N0 + I0)", "dB"))
    implementation_margin_db: float = field(metadata=_line("implementation margin", "dB"))
    modcod: NDArray[np.intp] = field(metadata=_line("modulation and code", ""))
    efficiency_bits_per_symbol: Floats = field(metadata=_line("spectral efficiency", "bit/symbol"))
    rate_bps: Floats = field(metadata=_line("rate", "Mbit/s", 1e6))

    def lines(self) -> list[tuple[str, str, str]]:
        """Label, value and unit of each line as text for people; of the budget of one pair."""
        rows = []
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name == "modcod":
                value = MODCODS[int(value)].name if value >= 0 else "none"
            text = value if isinstance(value, str) else f"{float(value) / each.metadata['scale']:.2f}"
            rows.append((each.metadata["label"], text, each.metadata["unit"]))
        return rows


def budget(elevation_deg: ArrayLike, range_km: ArrayLike, radio: Radio, beam_eirp_dbw: float) -> LinkBudget:
    """Reckon the downlink from a satellite's beam to a terminal, line by line.

    elevation_deg, range_km: any shapes that broadcast. beam_eirp_dbw: of one channel in one polarisation at
    full power. Returns the budget, its lines of the common shape (`modcod` as an index into MODCODS, -1 for
    none). Meant for single pairs up to some thousands; `carry` is for millions. Source: docs/models/link.md.
    """
    flux = power_flux_density_dbw_per_m2(beam_eirp_dbw, radio.downlink_channel_width_hz, range_km)
    limit = power_flux_density_limit_dbw_per_m2(elevation_deg, radio.pfd_limit_dbw_per_m2)
    return _budget(
        "downlink",
        elevation_deg,
        range_km,
        radio,
        frequency_hz=radio.downlink_hz,
        width_hz=radio.downlink_channel_width_hz,
        eirp_dbw=beam_eirp_dbw,
        reduction_db=np.maximum(flux - limit, 0.0),
        g_over_t=radio.terminal.gain_over_temperature_db_per_k,
        noise_k=radio.terminal.noise_temperature_k,
    )


def uplink_budget(elevation_deg: ArrayLike, range_km: ArrayLike, radio: Radio) -> LinkBudget:
    """Reckon the uplink from a terminal to the satellite, as `budget` does.

    The satellite looks at the warm Earth, so rain adds attenuation but no noise; no flux limit binds upwards.
    """
    return _budget(
        "uplink",
        elevation_deg,
        range_km,
        radio,
        frequency_hz=radio.uplink_hz,
        width_hz=radio.uplink_channel_width_hz,
        eirp_dbw=radio.terminal.eirp_dbw,
        reduction_db=0.0,
        g_over_t=radio.satellite_gain_over_temperature_db_per_k,
        noise_k=np.inf,
    )


def _budget(
    direction: Literal["downlink", "uplink"],
    elevation_deg: ArrayLike,
    range_km: ArrayLike,
    radio: Radio,
    *,
    frequency_hz: float,
    width_hz: float,
    eirp_dbw: float,
    reduction_db: ArrayLike,
    g_over_t: float,
    noise_k: float,
) -> LinkBudget:
    elevation, distance, reduction = np.broadcast_arrays(
        np.asarray(elevation_deg, float), np.asarray(range_km, float), reduction_db
    )
    symbol_rate = width_hz / (1.0 + radio.roll_off)
    free_space = free_space_loss_db(distance, frequency_hz)
    gas = gaseous_attenuation_db(
        elevation,
        frequency_hz,
        pressure_hpa=radio.pressure_hpa,
        temperature_k=radio.temperature_k,
        vapour_g_per_m3=radio.vapour_g_per_m3,
    )
    rain = np.zeros(elevation.shape)
    if radio.availability_percent > 0.0:
        rain = rain_attenuation_db(
            elevation,
            frequency_hz,
            radio.rain_rate_mm_per_h,
            radio.rain_height_km,
            radio.availability_percent,
            radio.rain_latitude_deg,
            polarisation_tilt_deg=radio.polarisation_tilt_deg,
        )
    rain_noise = _db(1.0 + (sky_noise_k(gas + rain) - sky_noise_k(gas)) / noise_k)
    # a level array is steered by the zenith angle; at the horizon it has no gain left
    scan = -radio.terminal.scan_exponent * _db(np.maximum(np.sin(np.radians(elevation)), 1e-6))
    density = (
        eirp_dbw - reduction - free_space - gas - rain - scan + g_over_t - rain_noise - BOLTZMANN_DBW_PER_K_HZ
    )
    thermal = density - _db(symbol_rate)
    esn0 = -_db(_ratio(-thermal) + _ratio(-radio.carrier_to_interference_db))
    modcod = _modcod_index(esn0, radio.implementation_margin_db, radio.modulation_bits)
    efficiency = _EFFICIENCY[modcod + 1]
    return LinkBudget(
        direction=direction,
        elevation_deg=elevation,
        range_km=distance,
        frequency_hz=frequency_hz,
        channel_width_hz=width_hz,
        symbol_rate_hz=symbol_rate,
        full_eirp_dbw=eirp_dbw,
        power_reduction_db=reduction,
        power_flux_density_dbw_per_m2=power_flux_density_dbw_per_m2(eirp_dbw - reduction, width_hz, distance),
        free_space_loss_db=free_space,
        gaseous_attenuation_db=gas,
        rain_attenuation_db=rain,
        scan_loss_db=scan,
        gain_over_temperature_db_per_k=g_over_t,
        rain_noise_db=rain_noise,
        carrier_to_noise_density_dbhz=density,
        carrier_to_noise_db=thermal,
        carrier_to_interference_db=radio.carrier_to_interference_db,
        esn0_db=esn0,
        implementation_margin_db=radio.implementation_margin_db,
        modcod=modcod,
        efficiency_bits_per_symbol=efficiency,
        rate_bps=symbol_rate * efficiency,
    )


def rate_bps(elevation_deg: ArrayLike, range_km: ArrayLike, radio: Radio, beam_eirp_dbw: float) -> Floats:
    """What one beam carries to a terminal, exactly: float64 of the broadcast shape; see `budget`."""
    return np.asarray(budget(elevation_deg, range_km, radio, beam_eirp_dbw).rate_bps)


def uplink_rate_bps(elevation_deg: ArrayLike, range_km: ArrayLike, radio: Radio) -> Floats:
    """What one uplink channel carries from a terminal, exactly: float64 of the broadcast shape."""
    return np.asarray(uplink_budget(elevation_deg, range_km, radio).rate_bps)


def carry(
    sky: Sky,
    radio: Radio,
    classes_eirp_dbw: ArrayLike,
    satellite_class: NDArray[np.int16],
    *,
    threads: int | None = None,
) -> Links:
    """Find what one beam would carry on every pair of the sky.

    classes_eirp_dbw: (K,) beam EIRP of each class of satellite; -inf for one that carries nothing.
    satellite_class: (S,) class of each satellite. threads: at most this many (as many as the machine has
    where None).
    Returns Links: as `rate_bps`, but from tables in steps of 0.02 degrees of elevation. Each rate is that of
    an Es/N0 within 0.003 dB of the exact one from 20 degrees on and 0.02 dB from 5 degrees on; 0.1 dB in the
    heaviest tropical rain. Raises InputError for an EIRP that is not a number, or missing for a class.
    """
    eirp = np.atleast_1d(np.asarray(classes_eirp_dbw, float))
    if np.isnan(eirp).any() or np.isposinf(eirp).any():
        raise InputError(
            f"beam_eirp_dbw: {eirp.tolist()} given; numbers, or -inf for a class without beams, are allowed"
        )
    if satellite_class.size and not 0 <= satellite_class.min() <= satellite_class.max() < eirp.size:
        raise InputError(
            f"satellite_class: {satellite_class.max()} given; there are {eirp.size} classes, from 0"
        )
    table = _tables(radio)
    with np.errstate(over="ignore"):
        spread = (table.spread_at_1_dbw * _ratio(-eirp)).astype(np.float32)[satellite_class]
    out = np.empty(sky.satellite.size, np.float32)

    def fill(first: int, last: int) -> None:
        kernels.rates(
            first, last, sky.satellite, sky.elevation_deg, sky.range_km, spread, table.floor, table.loss,
            np.float32(_STEPS_PER_DEG), np.float32(_ratio(-radio.carrier_to_interference_db)),
            np.float32(_BUCKETS_PER_UNIT), table.level, table.threshold, table.rate, out,
        )  # fmt: skip

    run_chunks(fill, out.size, threads)
    return Links(out)


@dataclass(frozen=True)
class _Tables:
    """What the kernel looks up; all ratios linear, noise over carrier."""

    spread_at_1_dbw: float
    floor: NDArray[np.float32]
    loss: NDArray[np.float32]
    level: NDArray[np.uint8]
    threshold: NDArray[np.float32]
    rate: NDArray[np.float32]


_STEPS_PER_DEG: Final = 50
_BUCKETS_PER_UNIT: Final = 64  # thresholds are at least 0.1 apart, so no bucket holds two


@lru_cache(maxsize=8)
def _tables(radio: Radio) -> _Tables:
    elevation = np.arange(90 * _STEPS_PER_DEG + 1) / _STEPS_PER_DEG
    at_1_km = budget(elevation, 1.0, radio, 0.0)
    path = (
        at_1_km.gaseous_attenuation_db
        + at_1_km.rain_attenuation_db
        + at_1_km.scan_loss_db
        + at_1_km.rain_noise_db
    )
    clear = at_1_km.carrier_to_noise_db + at_1_km.power_reduction_db + path
    # with the power turned down to the limit the range cancels out
    flux = power_flux_density_dbw_per_m2(0.0, radio.downlink_channel_width_hz, 1.0)
    limit = power_flux_density_limit_dbw_per_m2(elevation, radio.pfd_limit_dbw_per_m2)
    usable = [m for m in MODCODS if m.bits <= radio.modulation_bits]
    threshold = _ratio(np.array([m.esn0_db for m in usable]) + radio.implementation_margin_db)
    buckets = np.arange(int(threshold[-1] * _BUCKETS_PER_UNIT) + 2) / _BUCKETS_PER_UNIT
    return _Tables(
        spread_at_1_dbw=float(_ratio(-clear[-1])),
        floor=_ratio(-(clear + limit - flux)).astype(np.float32),
        loss=_ratio(path).astype(np.float32),
        level=np.searchsorted(threshold, buckets, side="right").astype(np.uint8),
        threshold=np.append(threshold, np.inf).astype(np.float32),
        rate=(at_1_km.symbol_rate_hz * np.array([0.0, *(m.efficiency for m in usable)])).astype(np.float32),
    )


def _db(ratio: ArrayLike) -> Any:
    return 10.0 * np.log10(ratio)


def _ratio(decibels: ArrayLike) -> Any:
    return 10.0 ** (0.1 * np.asarray(decibels, float))
