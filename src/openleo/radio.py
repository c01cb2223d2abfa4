"""What the world says of its radio: bands, colours, terminals, power, weather, and who may be seen."""

from dataclasses import dataclass
from typing import Final, Literal

from openleo.errors import InputError
from openleo.formats.toml import key

COLOUR_BITS: Final = 64
"""A plan keeps the colours of a cell as the bits of one 64-bit word."""


@dataclass(frozen=True)
class Terminal:
    """[radio.terminal]: one class of user terminal, its array lying level."""

    gain_over_temperature_db_per_k: float = key(
        "G/T at boresight under a clear sky", default=9.2, unit="dB/K", low=-30.0, high=60.0
    )
    noise_temperature_k: float = key(
        "system noise behind that G/T; rain adds to it", default=250.0, unit="K", above=0.0
    )
    eirp_dbw: float = key(
        "EIRP in an uplink channel at boresight", default=38.2, unit="dBW", low=-30.0, high=90.0
    )
    scan_exponent: float = key(
        "gain falls as cos(angle from boresight) to this power; 0 for a dish that turns",
        default=1.2,
        low=0.0,
        high=3.0,
    )


TERMINALS: Final = {
    "standard": Terminal(),
    "high-performance": Terminal(gain_over_temperature_db_per_k=11.3, eirp_dbw=42.1),
}
"""Classes of terminal by name.

standard: EIRP as filed (FCC SES-LIC-20190211-00151); G/T derived: aperture of 0.48 m (same filing) with 60 %
efficiency at 11.7 GHz is 33.2 dBi, less 250 K. high-performance: EIRP as filed for the largest fixed form
(SES-LIC-20230228-00228); G/T derived the same way from 0.575 m x 0.511 m.
"""


@dataclass(frozen=True)
class Radio:
    """[radio]: the service links, what they suffer, and the rules of seeing and colouring."""

    downlink_start_hz: float = key(
        "lower edge of the downlink band", default=10.7e9, unit="Hz", low=1e9, high=55e9
    )
    downlink_channels: int = key("channels in the downlink band", default=8, low=1, high=COLOUR_BITS)
    downlink_channel_width_hz: float = key("occupied by one channel", default=240e6, unit="Hz", above=0.0)
    downlink_channel_step_hz: float = key("from one channel to the next", default=250e6, unit="Hz", above=0.0)
    uplink_start_hz: float = key(
        "lower edge of the uplink band", default=14.0e9, unit="Hz", low=1e9, high=55e9
    )
    uplink_channels: int = key(
        "channels in the uplink band, without gaps", default=8, low=1, high=COLOUR_BITS
    )
    uplink_channel_width_hz: float = key("occupied by one channel", default=62.5e6, unit="Hz", above=0.0)
    polarisations: int = key("used at once in a channel", default=2, low=1, high=2)
    frames: int = key("equal shares of time into which a beam may be cut", default=4, low=1, high=COLOUR_BITS)
    same_colour_deg: float = key(
        "least angle, seen from the satellite, between two cells of one colour",
        default=3.0,
        unit="deg",
        low=0.0,
        high=180.0,
    )

    visibility: Literal["elevation", "range_km", "flat_cone"] = key(
        "who counts as seen: true elevation, or a rule that other tools use", default="elevation"
    )
    elevation_mask_deg: float = key(
        "least elevation at a terminal", default=25.0, unit="deg", low=0.0, high=90.0
    )
    max_range_km: float = key("longest service link", default=float("inf"), unit="km", above=0.0)
    gso_avoidance_deg: float = key(
        "least angle from the geostationary arc, seen from the terminal",
        default=18.0,
        unit="deg",
        low=0.0,
        high=180.0,
    )

    terminal: Terminal = key("[radio.terminal]", default=TERMINALS["standard"])  # noqa: RUF009 (frozen)
    satellite_gain_over_temperature_db_per_k: float = key(
        "G/T of the satellite on the uplink, towards the terminal",
        default=8.7,
        unit="dB/K",
        low=-30.0,
        high=60.0,
    )
    pfd_limit_dbw_per_m2: float = key(
        "flux in 4 kHz, from 25 degrees on, above which a beam turns its power down; 10 dB less at 5",
        default=-140.0, unit="dB(W/m2)", low=-250.0, high=0.0,
    )  # fmt: skip
    carrier_to_interference_db: float = key(
        "other beams, the other polarisation and amplifiers together",
        default=25.0,
        unit="dB",
        low=0.0,
        high=100.0,
    )
    roll_off: float = key(
        "of the pulse: symbol rate is channel width / (1 + roll-off)", default=0.05, low=0.0, high=1.0
    )
    modulation_bits: int = key("densest constellation: 6 is 64APSK, 8 is 256APSK", default=6, low=2, high=8)
    implementation_margin_db: float = key(
        "what a real modem needs above the ideal one", default=1.0, unit="dB", low=0.0, high=20.0
    )

    availability_percent: float = key(
        "share of an average year in which the rain is no worse; 0 is a clear sky, else 95 to 99.999",
        default=0.0, unit="%", low=0.0, high=99.999,
    )  # fmt: skip
    rain_rate_mm_per_h: float = key(
        "exceeded for 0.01 % of the year, everywhere (ITU-R P.837)",
        default=30.0,
        unit="mm/h",
        low=0.0,
        high=250.0,
    )
    rain_height_km: float = key("above sea level (ITU-R P.839)", default=3.0, unit="km", low=0.0, high=10.0)
    rain_latitude_deg: float = key(
        "latitude that the rain model is told; from 36 on it makes no difference",
        default=45.0,
        unit="deg",
        low=-90.0,
        high=90.0,
    )
    polarisation_tilt_deg: float = key(
        "from the horizontal; 45 stands for circular", default=45.0, unit="deg", low=0.0, high=90.0
    )
    pressure_hpa: float = key("of dry air at the ground", default=1013.25, unit="hPa", low=0.0, high=1100.0)
    temperature_k: float = key("of the air at the ground", default=288.15, unit="K", low=180.0, high=340.0)
    vapour_g_per_m3: float = key("water vapour at the ground", default=7.5, unit="g/m3", low=0.0, high=60.0)

    def __post_init__(self) -> None:
        """Check what one key alone cannot say; raises InputError."""
        if self.colours > COLOUR_BITS:
            raise InputError(
                f"frames: {self.frames} x downlink_channels {self.downlink_channels} x polarisations "
                f"{self.polarisations} is {self.colours}; at most {COLOUR_BITS} together are allowed"
            )
        if 0.0 < self.availability_percent < 95.0:
            raise InputError(
                f"availability_percent: {self.availability_percent:g} given; "
                "0 (a clear sky) or a number from 95 to 99.999 is allowed"
            )
        if self.downlink_channel_step_hz < self.downlink_channel_width_hz:
            raise InputError(
                f"downlink_channel_step_hz: {self.downlink_channel_step_hz:g} given; "
                f"downlink_channel_width_hz, {self.downlink_channel_width_hz:g}, or more is allowed"
            )

    @property
    def colours(self) -> int:
        """How many cells can share a satellite's spectrum: frames x channels x polarisations."""
        return self.frames * self.downlink_channels * self.polarisations

    @property
    def downlink_hz(self) -> float:
        """Middle of the downlink band, at which every link is reckoned."""
        return self.downlink_start_hz + 0.5 * self.downlink_channels * self.downlink_channel_step_hz

    @property
    def uplink_hz(self) -> float:
        """Middle of the uplink band."""
        return self.uplink_start_hz + 0.5 * self.uplink_channels * self.uplink_channel_width_hz
