"""What the air takes from a signal between ground and satellite: ITU-R P.525, P.676, P.835, P.838, P.618.

Everything is float64 and takes scalars or arrays that broadcast. The limits are those of the recommendations;
clouds, scintillation and depolarisation are not here (docs/models/link.md).
"""

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from openleo.constants import EARTH_MEAN_RADIUS_KM, SPEED_OF_LIGHT_KM_PER_S

Floats = NDArray[np.float64]


def free_space_loss_db(range_km: ArrayLike, frequency_hz: ArrayLike) -> Floats:
    """Loss in dB between isotropic antennas in vacuum.

    range_km: distance, any shape. frequency_hz: carrier, broadcast against it. Returns float64 of their
    common shape.
    Source: ITU-R P.525-4, equation (3) without its rounding of constants.
    """
    turns = np.asarray(range_km, float) * np.asarray(frequency_hz, float) / SPEED_OF_LIGHT_KM_PER_S
    loss: Floats = 20.0 * np.log10(4.0 * np.pi * turns)
    return loss


def specific_gaseous_attenuation_db_per_km(
    frequency_hz: float, dry_pressure_hpa: ArrayLike, temperature_k: ArrayLike, vapour_g_per_m3: ArrayLike
) -> Floats:
    """Attenuation of one kilometre of air by oxygen, nitrogen and water vapour, line by line.

    frequency_hz: carrier, 1 to 1000 GHz. dry_pressure_hpa, temperature_k, vapour_g_per_m3: state of the air,
    of any shapes that broadcast. Returns dB/km of their common shape. Source: ITU-R P.676-13, annex 1,
    equations (1) to (9).
    """
    frequency = frequency_hz / 1e9
    pressure, temperature, vapour = np.broadcast_arrays(dry_pressure_hpa, temperature_k, vapour_g_per_m3)
    p, t = pressure[..., None].astype(float), temperature[..., None].astype(float)
    e = vapour[..., None] * t / 216.7
    theta = 300.0 / t

    line, a1, a2, a3, a4, a5, a6 = _OXYGEN
    width = np.hypot(a3 * 1e-4 * (p * theta ** (0.8 - a4) + 1.1 * e * theta), 1.5e-3)
    overlap = (a5 + a6 * theta) * 1e-4 * (p + e) * theta**0.8
    strength = a1 * 1e-7 * p * theta**3 * np.exp(a2 * (1.0 - theta))
    oxygen = np.sum(strength * _line_shape(frequency, line, width, overlap), axis=-1)

    debye = 5.6e-4 * (p + e) * theta**0.8
    continuum = (
        frequency
        * p
        * theta**2
        * (
            6.14e-5 / (debye * (1.0 + (frequency / debye) ** 2))
            + 1.4e-12 * p * theta**1.5 / (1.0 + 1.9e-5 * frequency**1.5)
        )
    )

    line, b1, b2, b3, b4, b5, b6 = _WATER
    width = b3 * 1e-4 * (p * theta**b4 + b5 * e * theta**b6)
    width = 0.535 * width + np.sqrt(0.217 * width**2 + 2.1316e-12 * line**2 / theta)
    strength = b1 * 0.1 * e * theta**3.5 * np.exp(b2 * (1.0 - theta))
    water = np.sum(strength * _line_shape(frequency, line, width, 0.0), axis=-1)

    attenuation: Floats = 0.1820 * frequency * (oxygen + continuum[..., 0] + water)
    return attenuation


def _line_shape(frequency: float, line: Floats, width: Floats, overlap: Any) -> Any:
    below, above = line - frequency, line + frequency
    return (
        frequency
        / line
        * (
            (width - overlap * below) / (below**2 + width**2)
            + (width - overlap * above) / (above**2 + width**2)
        )
    )


def gaseous_attenuation_db(
    elevation_deg: ArrayLike,
    frequency_hz: float,
    *,
    pressure_hpa: float = 1013.25,
    temperature_k: float = 288.15,
    vapour_g_per_m3: float = 7.5,
) -> Floats:
    """Clear-air attenuation of the whole slant path from sea level to space.

    elevation_deg: 0 to 90, any shape: where the ray leaves the ground. frequency_hz: carrier.
    pressure_hpa (dry air), temperature_k, vapour_g_per_m3: the air at the ground; the profiles above are
    those of ITU-R P.835-6, annex 1 (mean annual global reference atmosphere), pressure and temperature scaled
    by their ratio at the ground, vapour falling by e every 2 km. Returns dB of the shape of elevation_deg.
    Source: ITU-R P.676-13, annex 1, section 2.2: bent ray through thin shells, attenuation line by line.
    """
    edge = _SHELL_EDGES_KM
    thickness, middle = np.diff(edge), 0.5 * (edge[1:] + edge[:-1])
    standard_pressure, standard_temperature = _standard_atmosphere(middle)
    pressure = standard_pressure * pressure_hpa / 1013.25
    temperature = standard_temperature * temperature_k / 288.15
    vapour = vapour_g_per_m3 * np.exp(-middle / 2.0)
    specific = specific_gaseous_attenuation_db_per_km(frequency_hz, pressure, temperature, vapour)

    e = vapour * temperature / 216.7
    index = 1.0 + 1e-6 * (77.6 * pressure + 72.0 * e + 3.75e5 * e / temperature) / temperature  # P.453-14
    radius = EARTH_MEAN_RADIUS_KM + edge[:-1]
    elevation = np.radians(np.asarray(elevation_deg, float))[..., None]
    # n r sin(zenith angle) stays the same along a ray through spherical shells (Bouguer)
    across = index[0] * radius[0] * np.cos(elevation) / index
    down = np.sqrt(np.maximum(radius**2 - across**2, 0.0))
    length = np.sqrt(down**2 + 2.0 * radius * thickness + thickness**2) - down
    return np.asarray(length @ specific)


# P.676-13 section 2.2 takes 922 shells that grow by 1 % up to 100 km; 5 % up to 32 km moves no answer by 0.1
# %
_SHELL_EDGES_KM: Final = 0.01 * (np.exp(0.05 * np.arange(103)) - 1.0) / (np.exp(0.05) - 1.0)


def _standard_atmosphere(height_km: Floats) -> tuple[Floats, Floats]:
    """Pressure in hPa and temperature in K up to 32 km (ITU-R P.835-6, annex 1, equations (1) to (4))."""
    h = 6356.766 * height_km / (6356.766 + height_km)
    temperature = np.where(h < 11.0, 288.15 - 6.5 * h, np.where(h < 20.0, 216.65, 196.65 + h))
    pressure = np.where(
        h < 11.0,
        1013.25 * (288.15 / temperature) ** (-34.1632 / 6.5),
        np.where(
            h < 20.0,
            226.3226 * np.exp(-34.1632 * (h - 11.0) / 216.65),
            54.74980 * (216.65 / temperature) ** 34.1632,
        ),
    )
    return pressure, temperature


def specific_rain_attenuation_db_per_km(
    rain_rate_mm_per_h: ArrayLike,
    frequency_hz: float,
    elevation_deg: ArrayLike = 0.0,
    polarisation_tilt_deg: float = 45.0,
) -> Floats:
    """Attenuation of one kilometre of rain.

    rain_rate_mm_per_h, elevation_deg: any shapes that broadcast. frequency_hz: 1 to 1000 GHz.
    polarisation_tilt_deg: from the horizontal; 45 for circular polarisation. Returns dB/km of their common
    shape.
    Source: ITU-R P.838-3, equations (1) to (5), tables 1 to 4.
    """
    x = np.log10(frequency_hz / 1e9)
    k_h, k_v = 10.0 ** _rain_curve(x, *_RAIN_K_H), 10.0 ** _rain_curve(x, *_RAIN_K_V)
    alpha_h, alpha_v = _rain_curve(x, *_RAIN_ALPHA_H), _rain_curve(x, *_RAIN_ALPHA_V)
    tilt = np.cos(np.radians(np.asarray(elevation_deg, float))) ** 2 * np.cos(
        np.radians(2.0 * polarisation_tilt_deg)
    )
    k = 0.5 * (k_h + k_v + (k_h - k_v) * tilt)
    alpha = 0.5 * (k_h * alpha_h + k_v * alpha_v + (k_h * alpha_h - k_v * alpha_v) * tilt) / k
    attenuation: Floats = k * np.asarray(rain_rate_mm_per_h, float) ** alpha
    return attenuation


def _rain_curve(x: float, bells: Floats, slope: float, offset: float) -> float:
    height, centre, width = bells
    return float(np.sum(height * np.exp(-(((x - centre) / width) ** 2))) + slope * x + offset)


def rain_attenuation_db(
    elevation_deg: ArrayLike,
    frequency_hz: float,
    rain_rate_mm_per_h: ArrayLike,
    rain_height_km: ArrayLike,
    availability_percent: ArrayLike,
    latitude_deg: ArrayLike,
    station_height_km: ArrayLike = 0.0,
    polarisation_tilt_deg: float = 45.0,
) -> Floats:
    """Rain attenuation of the slant path that is exceeded in the rest of an average year.

    elevation_deg: above 0 to 90. rain_rate_mm_per_h: exceeded for 0.01 % of the year (ITU-R P.837).
    rain_height_km (ITU-R P.839) and station_height_km: above sea level. availability_percent: 95 to 99.999,
    the share of the year in which the attenuation stays under the answer. latitude_deg: of the station. All
    of these broadcast. frequency_hz: 1 to 55 GHz. polarisation_tilt_deg: from the horizontal; 45 for circular
    polarisation.
    Returns dB of the common shape; 0 where it does not rain or the station stands above the rain.
    Source: ITU-R P.618-13, section 2.2.1.1, steps 2 to 10.
    """
    rate = np.asarray(rain_rate_mm_per_h, float)
    height = np.asarray(rain_height_km, float) - np.asarray(station_height_km, float)
    rains = (rate > 0.0) & (height > 0.0)
    height = np.where(rains, height, 1.0)
    rate = np.where(rains, rate, 1.0)
    elevation = np.asarray(elevation_deg, float)
    latitude = np.abs(np.asarray(latitude_deg, float))
    outage = 100.0 - np.asarray(availability_percent, float)
    sine, cosine = np.sin(np.radians(elevation)), np.cos(np.radians(elevation))
    frequency = frequency_hz / 1e9

    slant = np.where(
        elevation >= 5.0,
        height / np.maximum(sine, 1e-9),
        2.0 * height / (np.hypot(sine, np.sqrt(height / 4250.0)) + sine),
    )
    ground = slant * cosine
    specific = specific_rain_attenuation_db_per_km(rate, frequency_hz, elevation, polarisation_tilt_deg)
    horizontal = 1.0 / (
        1.0 + 0.78 * np.sqrt(ground * specific / frequency) - 0.38 * (1.0 - np.exp(-2.0 * ground))
    )
    wet = ground * horizontal
    through_top = np.arctan2(height, wet) > np.radians(elevation)
    path = np.where(through_top, wet / np.maximum(cosine, 1e-9), height / np.maximum(sine, 1e-9))
    tropical = np.maximum(36.0 - latitude, 0.0)
    vertical = 1.0 / (
        1.0
        + np.sqrt(sine)
        * (
            31.0 * (1.0 - np.exp(-elevation / (1.0 + tropical))) * np.sqrt(path * specific) / frequency**2
            - 0.45
        )
    )
    worst = specific * path * vertical  # exceeded for 0.01 % of the year

    low = np.where(elevation < 25.0, 1.8 - 4.25 * sine, 0.0)
    beta = np.where((outage < 1.0) & (latitude < 36.0), 0.005 * tropical + low, 0.0)
    exponent = 0.655 + 0.033 * np.log(outage) - 0.045 * np.log(worst) - beta * (1.0 - outage) * sine
    return np.asarray(np.where(rains, worst * (outage / 0.01) ** -exponent, 0.0))


def sky_noise_k(attenuation_db: ArrayLike) -> Floats:
    """Noise temperature of the sky seen through that much attenuation, any shape, in K.

    Source: ITU-R P.618-13, section 3, with a mean radiating temperature of 275 K.
    """
    passed = 10.0 ** (-np.asarray(attenuation_db, float) / 10.0)
    noise: Floats = 275.0 * (1.0 - passed) + 2.7 * passed
    return noise


# P.838-3 tables 1 to 4: heights, centres and widths of the bells in log10(GHz); slope; offset
_RAIN_K_H: Final = (
    np.array(
        [
            [-5.33980, -0.35351, -0.23789, -0.94158],
            [-0.10008, 1.26970, 0.86036, 0.64552],
            [1.13098, 0.45400, 0.15354, 0.16817],
        ]
    ),
    -0.18961,
    0.71147,
)
_RAIN_K_V: Final = (
    np.array(
        [
            [-3.80595, -3.44965, -0.39902, 0.50167],
            [0.56934, -0.22911, 0.73042, 1.07319],
            [0.81061, 0.51059, 0.11899, 0.27195],
        ]
    ),
    -0.16398,
    0.63297,
)
_RAIN_ALPHA_H: Final = (
    np.array(
        [
            [-0.14318, 0.29591, 0.32177, -5.37610, 16.1721],
            [1.82442, 0.77564, 0.63773, -0.96230, -3.29980],
            [-0.55187, 0.19822, 0.13164, 1.47828, 3.43990],
        ]
    ),
    0.67849,
    -1.95537,
)
_RAIN_ALPHA_V: Final = (
    np.array(
        [
            [-0.07771, 0.56727, -0.20238, -48.2991, 48.5833],
            [2.33840, 0.95545, 1.14520, 0.791669, 0.791459],
            [-0.76284, 0.54039, 0.26809, 0.116226, 0.116479],
        ]
    ),
    -0.053739,
    0.83433,
)

# P.676-13 table 1: line frequency in GHz, a1 to a6 (oxygen)
_OXYGEN: Final = np.array(
    [
        [50.474214, 0.975, 9.651, 6.69, 0.0, 2.566, 6.85],
        [50.987745, 2.529, 8.653, 7.17, 0.0, 2.246, 6.8],
        [51.50336, 6.193, 7.709, 7.64, 0.0, 1.947, 6.729],
        [52.021429, 14.32, 6.819, 8.11, 0.0, 1.667, 6.64],
        [52.542418, 31.24, 5.983, 8.58, 0.0, 1.388, 6.526],
        [53.066934, 64.29, 5.201, 9.06, 0.0, 1.349, 6.206],
        [53.595775, 124.6, 4.474, 9.55, 0.0, 2.227, 5.085],
        [54.130025, 227.3, 3.8, 9.96, 0.0, 3.17, 3.75],
        [54.67118, 389.7, 3.182, 10.37, 0.0, 3.558, 2.654],
        [55.221384, 627.1, 2.618, 10.89, 0.0, 2.56, 2.952],
        [55.783815, 945.3, 2.109, 11.34, 0.0, -1.172, 6.135],
        [56.264774, 543.4, 0.014, 17.03, 0.0, 3.525, -0.978],
        [56.363399, 1331.8, 1.654, 11.89, 0.0, -2.378, 6.547],
        [56.968211, 1746.6, 1.255, 12.23, 0.0, -3.545, 6.451],
        [57.612486, 2120.1, 0.91, 12.62, 0.0, -5.416, 6.056],
        [58.323877, 2363.7, 0.621, 12.95, 0.0, -1.932, 0.436],
        [58.446588, 1442.1, 0.083, 14.91, 0.0, 6.768, -1.273],
        [59.164204, 2379.9, 0.387, 13.53, 0.0, -6.561, 2.309],
        [59.590983, 2090.7, 0.207, 14.08, 0.0, 6.957, -0.776],
        [60.306056, 2103.4, 0.207, 14.15, 0.0, -6.395, 0.699],
        [60.434778, 2438.0, 0.386, 13.39, 0.0, 6.342, -2.825],
        [61.150562, 2479.5, 0.621, 12.92, 0.0, 1.014, -0.584],
        [61.800158, 2275.9, 0.91, 12.63, 0.0, 5.014, -6.619],
        [62.41122, 1915.4, 1.255, 12.17, 0.0, 3.029, -6.759],
        [62.486253, 1503.0, 0.083, 15.13, 0.0, -4.499, 0.844],
        [62.997984, 1490.2, 1.654, 11.74, 0.0, 1.856, -6.675],
        [63.568526, 1078.0, 2.108, 11.34, 0.0, 0.658, -6.139],
        [64.127775, 728.7, 2.617, 10.88, 0.0, -3.036, -2.895],
        [64.67891, 461.3, 3.181, 10.38, 0.0, -3.968, -2.59],
        [65.224078, 274.0, 3.8, 9.96, 0.0, -3.528, -3.68],
        [65.764779, 153.0, 4.473, 9.55, 0.0, -2.548, -5.002],
        [66.302096, 80.4, 5.2, 9.06, 0.0, -1.66, -6.091],
        [66.836834, 39.8, 5.982, 8.58, 0.0, -1.68, -6.393],
        [67.369601, 18.56, 6.818, 8.11, 0.0, -1.956, -6.475],
        [67.900868, 8.172, 7.708, 7.64, 0.0, -2.216, -6.545],
        [68.431006, 3.397, 8.652, 7.17, 0.0, -2.492, -6.6],
        [68.960312, 1.334, 9.65, 6.69, 0.0, -2.773, -6.65],
        [118.750334, 940.3, 0.01, 16.64, 0.0, -0.439, 0.079],
        [368.498246, 67.4, 0.048, 16.4, 0.0, 0.0, 0.0],
        [424.76302, 637.7, 0.044, 16.4, 0.0, 0.0, 0.0],
        [487.249273, 237.4, 0.049, 16.0, 0.0, 0.0, 0.0],
        [715.392902, 98.1, 0.145, 16.0, 0.0, 0.0, 0.0],
        [773.83949, 572.3, 0.141, 16.2, 0.0, 0.0, 0.0],
        [834.145546, 183.1, 0.145, 14.7, 0.0, 0.0, 0.0],
    ]
).T

# P.676-13 table 2: line frequency in GHz, b1 to b6 (water vapour); the last stands for the lines above 1 THz
_WATER: Final = np.array(
    [
        [22.23508, 0.1079, 2.144, 26.38, 0.76, 5.087, 1.0],
        [67.80396, 0.0011, 8.732, 28.58, 0.69, 4.93, 0.82],
        [119.99594, 0.0007, 8.353, 29.48, 0.7, 4.78, 0.79],
        [183.310087, 2.273, 0.668, 29.06, 0.77, 5.022, 0.85],
        [321.22563, 0.047, 6.179, 24.04, 0.67, 4.398, 0.54],
        [325.152888, 1.514, 1.541, 28.23, 0.64, 4.893, 0.74],
        [336.227764, 0.001, 9.825, 26.93, 0.69, 4.74, 0.61],
        [380.197353, 11.67, 1.048, 28.11, 0.54, 5.063, 0.89],
        [390.134508, 0.0045, 7.347, 21.52, 0.63, 4.81, 0.55],
        [437.346667, 0.0632, 5.048, 18.45, 0.6, 4.23, 0.48],
        [439.150807, 0.9098, 3.595, 20.07, 0.63, 4.483, 0.52],
        [443.018343, 0.192, 5.048, 15.55, 0.6, 5.083, 0.5],
        [448.001085, 10.41, 1.405, 25.64, 0.66, 5.028, 0.67],
        [470.888999, 0.3254, 3.597, 21.34, 0.66, 4.506, 0.65],
        [474.689092, 1.26, 2.379, 23.2, 0.65, 4.804, 0.64],
        [488.490108, 0.2529, 2.852, 25.86, 0.69, 5.201, 0.72],
        [503.568532, 0.0372, 6.731, 16.12, 0.61, 3.98, 0.43],
        [504.482692, 0.0124, 6.731, 16.12, 0.61, 4.01, 0.45],
        [547.67644, 0.9785, 0.158, 26.0, 0.7, 4.5, 1.0],
        [552.02096, 0.184, 0.158, 26.0, 0.7, 4.5, 1.0],
        [556.935985, 497.0, 0.159, 30.86, 0.69, 4.552, 1.0],
        [620.700807, 5.015, 2.391, 24.38, 0.71, 4.856, 0.68],
        [645.766085, 0.0067, 8.633, 18.0, 0.6, 4.0, 0.5],
        [658.00528, 0.2732, 7.816, 32.1, 0.69, 4.14, 1.0],
        [752.033113, 243.4, 0.396, 30.86, 0.68, 4.352, 0.84],
        [841.051732, 0.0134, 8.177, 15.9, 0.33, 5.76, 0.45],
        [859.965698, 0.1325, 8.055, 30.6, 0.68, 4.09, 0.84],
        [899.303175, 0.0547, 7.914, 29.85, 0.68, 4.53, 0.9],
        [902.611085, 0.0386, 8.429, 28.65, 0.7, 5.1, 0.95],
        [906.205957, 0.1836, 5.11, 24.08, 0.7, 4.7, 0.53],
        [916.171582, 8.4, 1.441, 26.73, 0.7, 5.15, 0.78],
        [923.112692, 0.0079, 10.293, 29.0, 0.7, 5.0, 0.8],
        [970.315022, 9.009, 1.919, 25.5, 0.64, 4.94, 0.67],
        [987.926764, 134.6, 0.257, 29.85, 0.68, 4.55, 0.9],
        [1780.0, 17506.0, 0.952, 196.3, 2.0, 24.15, 5.0],
    ]
).T
