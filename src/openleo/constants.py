"""Physical constants and bands, each with its unit and source."""

import math
from typing import Final

SPEED_OF_LIGHT_KM_PER_S: Final = 299_792.458
"""Speed of light in vacuum (SI, exact)."""

LIGHT_KM_PER_MS: Final = SPEED_OF_LIGHT_KM_PER_S / 1e3
"""The same by the millisecond, the unit of delays (derived)."""

UNIX_EPOCH_JD: Final = 2_440_587.5
"""Julian date of 1970-01-01 00:00 UTC (Vallado 2013, section 3.5)."""

WGS84_A_KM: Final = 6378.137
"""Semi-major axis of the WGS84 ellipsoid (NIMA TR8350.2, table 3.1)."""

WGS84_F: Final = 1.0 / 298.257223563
"""Flattening of the WGS84 ellipsoid (NIMA TR8350.2, table 3.1)."""

WGS84_E2: Final = WGS84_F * (2.0 - WGS84_F)
"""First eccentricity squared of WGS84 (derived)."""

WGS84_B_KM: Final = WGS84_A_KM * (1.0 - WGS84_F)
"""Semi-minor axis of WGS84 (derived)."""

EARTH_MEAN_RADIUS_KM: Final = 6371.0088
"""Mean radius (2a + b) / 3 of WGS84 (Moritz 2000, Geodetic Reference System 1980)."""

EARTH_ROTATION_RAD_PER_S: Final = 7.292115e-5
"""Rotation rate of the Earth (WGS84, NIMA TR8350.2, table 3.3)."""

WGS72_MU_KM3_PER_S2: Final = 398_600.8
"""Gravitational parameter that SGP4 element sets are made with (Hoots and Roehrich 1980; Vallado 2006)."""

WGS72_RADIUS_KM: Final = 6378.135
"""Equatorial radius that SGP4 element sets are made with (Vallado 2006)."""

WGS72_J2: Final = 0.001082616
"""Second zonal harmonic that SGP4 element sets are made with (Vallado 2006)."""

GSO_RADIUS_KM: Final = 42_164.17
"""Radius of the geostationary orbit (ITU-R S.1503-3, table of constants: 42 164.2; derived from WGS84 GM)."""

BOLTZMANN_DBW_PER_K_HZ: Final = 10.0 * math.log10(1.380649e-23)
"""Boltzmann's constant in dB(W/(K Hz)) (SI, exact): -228.599."""

FIBRE_REFRACTIVE_INDEX: Final = 1.4675
"""Group index of single-mode fibre at 1 550 nm (ITU-T G.652 fibre, makers' data sheets 1.467 to 1.468)."""
