"""The cells as the page draws them: centres, corners and ids, packed."""

from itertools import chain
from typing import Final

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from openleo.constants import EARTH_MEAN_RADIUS_KM
from openleo.places import Cells

CORNERS: Final = 6
_WIDEST: Final = 2.0  # no corner is farther from its centre than so many mean edges
_STEPS: Final = 32_767


def scale_deg(cells: Cells) -> float:
    """Degrees of one step of a packed corner: as small as the widest cell allows."""
    if not len(cells):
        return 0.0
    edge_km = h3.average_hexagon_edge_length(h3.get_resolution(int(cells.id[0])), unit="km")
    reach = _WIDEST * edge_km / EARTH_MEAN_RADIUS_KM
    highest = np.radians(np.abs(cells.lat_deg).max()) + reach
    across = np.pi if highest >= np.pi / 2.0 else np.arcsin(min(np.sin(reach) / np.cos(highest), 1.0))
    return float(np.degrees(max(across, reach)) / _STEPS)


def packed(cells: Cells) -> bytes:
    """Centres (float32 longitude, latitude), corners and ids (uint64) of C cells, little-endian.

    Corners are six differences of longitude and latitude from the centre (int16, in `scale_deg`),
    counter-clockwise; a pentagon repeats its last.
    """
    centres = np.stack([cells.lon_deg, cells.lat_deg], axis=1)
    off = corners_deg(cells.id)[:, :, ::-1] - centres[:, None, :]
    off[..., 0] = (off[..., 0] + 180.0) % 360.0 - 180.0
    steps = np.rint(off / (scale_deg(cells) or 1.0))
    whole = np.clip(steps, -_STEPS, _STEPS).astype("<i2")
    return centres.astype("<f4").tobytes() + whole.tobytes() + cells.id.astype("<u8").tobytes()


def corners_deg(ids: NDArray[np.uint64]) -> NDArray[np.float64]:
    """The corners of cells (C, 6, 2), latitude and longitude, without the points at which sides bend."""
    found = []
    for cell in ids.tolist():
        outline = h3.cell_to_boundary(cell)
        if len(outline) != CORNERS:  # a pentagon, or a cell over an edge of the icosahedron
            outline = [h3.vertex_to_latlng(each) for each in h3.cell_to_vertexes(cell) if each]
            outline = [*outline, *outline[-1:] * (CORNERS - len(outline))]
        found.append(outline)
    flat = np.fromiter(chain.from_iterable(chain.from_iterable(found)), np.float64, len(ids) * CORNERS * 2)
    return flat.reshape(-1, CORNERS, 2)
