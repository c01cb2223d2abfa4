"""Every limit of a satellite internet binds in some world: the result changes as it says, and is named."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from openleo import Twin, open_twin
from openleo.plan import REASONS
from openleo.route import BOTTLENECKS
from openleo.twin import Slot

Run = Callable[..., tuple[Twin, Slot]]

RING = """base = "duo"
[[fleet.classes]]
name = "small"
beams = {beams}
capacity_gbps = {capacity}
feeder_gbps = {feeder}
beam_eirp_dbw = 35.0
"""
KAMPALA = [(0.3, 32.6), (0.3, 33.6), (1.3, 32.6), (-0.7, 32.6), (1.3, 33.6), (-0.7, 33.6)]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run one slot of the ring of `duo` with limits of one's own, over places of one's own."""

    def slot(
        places: list[tuple[float, float]], mbps: float, more: str = "", *, beams: int = 8,
        capacity: float = 10.0, feeder: float = 20.0, rules: str = "",
    ) -> tuple[Twin, Slot]:  # fmt: skip
        rows = "".join(f"{lat},{lon},{mbps}\n" for lat, lon in places)
        (tmp_path / "places.csv").write_text(f"lat,lon,demand_mbps\n{rows}")
        text = RING.format(beams=beams, capacity=capacity, feeder=feeder)
        (tmp_path / "ring.toml").write_text(f'{text}{more}\n[demand]\nfile = "places.csv"\n')
        (tmp_path / "ring.rules.toml").write_text(f'name = "r"\n[elsewhere]\nlicence = "licensed"\n{rules}')
        held = tmp_path / "ring.rules.toml" if rules else None
        twin = open_twin(tmp_path / "ring.toml", rules=held, threads=1)
        assert len(twin.cells) == len(places)
        return twin, next(twin.slots(twin.world.epoch, 1))

    return slot


def reasons(slot: Slot) -> list[str]:
    return sorted({REASONS[code] for code in slot.reason[~slot.served]})


def bottlenecks(slot: Slot) -> list[str]:
    return sorted({BOTTLENECKS[code] for code in slot.routes.bottleneck[slot.served]})


def of_satellites(twin: Twin, slot: Slot, worth: np.ndarray) -> np.ndarray:
    """Sums over the places of each satellite that serves any."""
    lit = slot.plan.satellite >= 0
    return np.bincount(slot.plan.satellite[lit], worth[lit], len(twin.fleet))


def test_beams(run: Run) -> None:
    twin, slot = run(KAMPALA, 50.0)
    assert slot.served.all()
    twin, slot = run(KAMPALA, 50.0, "[radio]\nframes = 1", beams=1)
    assert of_satellites(twin, slot, np.ones(6)).max() == 1
    assert 1 <= slot.served.sum() <= 2  # a place sees one or two satellites of the ring
    assert reasons(slot) == ["capacity"]
    twin, slot = run(KAMPALA, 50.0, "[radio]\nframes = 2", beams=1)
    assert of_satellites(twin, slot, np.ones(6)).max() == 2


def test_capacity_of_a_satellite(run: Run) -> None:
    twin, slot = run(KAMPALA[:3], 400.0)
    assert slot.routes.granted_bps == pytest.approx([400e6] * 3)
    assert bottlenecks(slot) == ["none"]
    twin, slot = run(KAMPALA[:3], 400.0, capacity=0.3)
    carried = of_satellites(twin, slot, slot.routes.granted_bps)
    assert carried.max() == pytest.approx(0.3e9, rel=1e-5)
    assert bottlenecks(slot) == ["beam"]


def test_colours_and_their_separation(run: Run) -> None:
    one = "[radio]\nframes = 1\ndownlink_channels = 1\npolarisations = 1\nsame_colour_deg = {}"
    twin, slot = run(KAMPALA, 50.0, one.format(3.0))
    assert slot.served.all()
    twin, slot = run(KAMPALA, 50.0, one.format(90.0))
    assert of_satellites(twin, slot, np.ones(6)).max() == 1
    assert reasons(slot) == ["colour"]
    twin, slot = run(KAMPALA, 50.0, one.format(90.0).replace("channels = 1", "channels = 2"))
    assert of_satellites(twin, slot, np.ones(6)).max() == 2


def test_links_between_satellites(run: Run) -> None:
    libreville = [(0.39, 9.45)]
    _, slot = run(libreville, 300.0)
    assert slot.routes.granted_bps == pytest.approx([300e6])
    assert slot.routes.hops[0] > 0
    _, slot = run(libreville, 300.0, "[isl]\ncapacity_gbps = 0.1")
    assert slot.routes.granted_bps == pytest.approx([100e6])
    assert bottlenecks(slot) == ["isl"]
    _, slot = run(libreville, 300.0, "[isl]\nmax_range_km = 1000")
    assert reasons(slot) == ["no_gateway"]
    _, slot = run(libreville, 300.0, "[isl]\nmin_height_km = 540")
    assert reasons(slot) == ["no_gateway"]
    _, slot = run(libreville, 300.0, '[isl]\ntopology = "none"')
    assert reasons(slot) == ["no_gateway"]


def test_the_feeder_link(run: Run) -> None:
    _, slot = run(KAMPALA, 300.0, feeder=20.0)
    assert bottlenecks(slot) == ["none"]
    _, slot = run(KAMPALA, 300.0, feeder=0.2)
    assert slot.routes.granted_bps.sum() <= 2 * 0.2e9 * (1.0 + 1e-6)  # two antennas in Kampala
    assert slot.routes.granted_bps.sum() >= 0.2e9 * (1.0 - 1e-6)
    assert bottlenecks(slot) == ["feeder"]
    _, slot = run(KAMPALA, 300.0, feeder=0.8)
    assert slot.routes.granted_bps.sum() > 0.7e9
    _, slot = run(KAMPALA, 300.0, feeder=0.0005)
    assert not slot.served.any()
    assert reasons(slot) == ["capacity"]


def test_antennas_of_a_gateway(run: Run) -> None:
    """Two places so far apart that no satellite sees both, and a bent pipe: one antenna, one of them."""
    pipe = '[isl]\ntopology = "none"\n'
    gateway = (
        '[[ground.gateways]]\nname = "K"\ncountry = "UG"\nlat_deg = 0.32\nlon_deg = 32.58\nantennas = {}\n'
    )
    places = [(0.3, 24.0), (0.3, 41.0)]
    _, slot = run(places, 50.0, pipe + gateway.format(8))
    assert slot.served.all()
    assert (slot.routes.hops == 0).all()
    _, slot = run(places, 50.0, pipe + gateway.format(1))
    assert slot.served.sum() == 1
    assert reasons(slot) == ["no_gateway"]
    _, slot = run(places, 50.0, pipe + "[ground]\nelevation_mask_deg = 80")
    assert reasons(slot) == ["no_gateway"]


def test_the_link_of_a_beam(run: Run) -> None:
    """One beam of 240 MHz: the densest constellation that a modem knows, the weather, and the mask."""
    place = [(0.3, 32.6)]
    granted = {}
    for name, more in (
        ("64APSK", "[radio]\nmodulation_bits = 6"),
        ("QPSK", "[radio]\nmodulation_bits = 2"),
        ("rain", "[radio]\navailability_percent = 99.9\nrain_rate_mm_per_h = 80\nrain_height_km = 5"),
        ("channel", "[radio]\ndownlink_channel_width_hz = 60e6"),
    ):
        _, slot = run(place, 5000.0, more, beams=1)
        assert bottlenecks(slot) == ["beam"]
        granted[name] = float(slot.routes.granted_bps[0])
    assert granted["QPSK"] == pytest.approx(1.487473 * 240e6 / 1.05)  # QPSK 3/4 of EN 302 307-1, table 13
    assert granted["QPSK"] < granted["64APSK"]
    assert granted["rain"] < granted["64APSK"]
    assert granted["channel"] < 0.5 * granted["64APSK"]
    _, slot = run([(25.0, 32.6)], 50.0)
    assert reasons(slot) == ["no_satellite"]
    _, slot = run(place, 50.0, "[radio]\nmax_range_km = 500")
    assert reasons(slot) == ["no_satellite"]
    _, slot = run(place, 50.0, "[radio]\ngso_avoidance_deg = 18")
    assert reasons(slot) == ["gso_arc"]


def test_rules_of_service_and_of_landing(run: Run) -> None:
    region = '[[regions]]\nname = "G"\ndecision = "d"\ncountries = ["GA"]\n{} = "{}"\nlanding = {}\n'
    gabon = '[[ground.gateways]]\nname = "{}"\ncountry = "{}"\nlat_deg = {}\nlon_deg = {}\nantennas = 2\n'
    both = gabon.format("K", "UG", 0.32, 32.58) + gabon.format("L", "GA", 0.39, 9.45)
    places = [(0.39, 9.6)]
    for key, state in (
        ("service", "off"),
        ("licence", "none"),
        ("licence", "pending"),
        ("licence", "prohibited"),
    ):
        _, slot = run(places, 50.0, rules=region.format(key, state, []))
        assert reasons(slot) == ["rule"]
    _, slot = run(places, 50.0, rules=region.format("service", "on", '["GA"]'))
    assert reasons(slot) == ["no_gateway"]  # the one gateway stands in Uganda
    # free to land anywhere it goes to Kampala: the PoP is there, and links of light are faster than fibre
    for landing, name in (('["GA"]', "L"), ('["UG"]', "K"), ("[]", "K")):
        twin, slot = run(places, 50.0, both, rules=region.format("service", "on", landing))
        assert slot.served.all()
        assert twin.ground.gateways[slot.routes.gateway[0]].name == name
