"""What an answer of `why` says, in sentences."""

from collections.abc import Sequence

from openleo.operate.why import NO_DEMAND, Answer, Ruling


def verdict(answer: Answer) -> str:
    """The answer in one sentence."""
    if answer.service is None:
        return f"Not served: {_because(answer)}"
    it, satellite = answer.service, answer.service.satellite
    return (
        f"Served by {satellite.name}, {satellite.elevation_deg:.0f}° high: {rate_text(it.granted_bps)} of "
        f"{rate_text(answer.demand_bps)} asked for, {it.round_trip.total_ms:.0f} ms to "
        f"{it.pop or it.gateway} and back."
    )


def _because(answer: Answer) -> str:
    usable = answer.count("usable")
    in_view = _satellites(usable + answer.count("too near the GSO arc"))
    could = f"{_satellites(answer.with_way)} could serve"
    if answer.reason == "gso_arc":
        return (
            f"{in_view} in view, but none {answer.gso_avoidance_deg:g}° or more from the geostationary arc."
        )
    if answer.reason == "no_gateway":
        where = f" in {', '.join(answer.landing)}, where its traffic must land" if answer.landing else ""
        return f"{_satellites(usable)} could be used, but none has a way to a gateway{where}."
    if answer.reason == "capacity" and answer.bottleneck in ("isl", "feeder"):
        links = "links between satellites" if answer.bottleneck == "isl" else "feeder links to the gateways"
        return (
            f"a satellite would serve it, but {links} are full and leave it {rate_text(answer.granted_bps)}."
        )
    return {
        NO_DEMAND: "nobody asks for anything here in this world.",
        "no_satellite": f"no satellite stands above the elevation mask of {answer.mask_deg:g}°.",
        "capacity": f"{could}, but their beams and capacity are given to other cells.",
        "colour": f"{could}, but each free channel would disturb one within {answer.same_colour_deg:g}°.",
        "rule": f"the rules forbid it: {_ruled(answer)}.",
    }[answer.reason]


def _ruled(answer: Answer) -> str:
    """What keeps a cell dark, in a few words."""
    if answer.rule is None:
        return "no region allows it"
    return f"{answer.rule.region or 'no region speaks of this place'} ({answer.rule.state})"


def change(answer: Answer) -> str:
    """What would change the answer, in a sentence; empty where the place gets all that it asks for."""
    if answer.service:
        return {
            "none": "",
            "beam": "More beams or colours, or a better link: its satellite, or a cell near by, holds them.",
            "isl": "More capacity between satellites: a link on the way is full.",
            "feeder": "More capacity to the ground: a feeder link on the way is full.",
        }[answer.service.bottleneck]
    if answer.reason == "no_satellite":
        highest = answer.overhead[0] if answer.overhead else None
        now = (
            f"{highest.name}, the highest, stands at {highest.elevation_deg:.1f}°"
            if highest
            else "none is up"
        )
        return f"More satellites at this latitude, or a lower radio.elevation_mask_deg: {now}."
    if answer.reason == "gso_arc":
        seen = [each for each in answer.overhead if each.use == "too near the GSO arc"]
        best = max(seen, key=lambda each: each.gso_deg, default=None)
        now = f": {best.name}, the farthest from it, is {best.gso_deg:.1f}° away" if best else ""
        return f"Satellites farther from the arc, or less radio.gso_avoidance_deg{now}."
    if answer.reason == "no_gateway":
        now = "this world has none where its traffic may land"
        if answer.nearest_gateway_km is not None:
            now = f"the nearest allowed, {answer.nearest_gateway}, is {answer.nearest_gateway_km:.0f} km away"
        return f"A gateway near by, or links between satellites: {now}."
    return {
        NO_DEMAND: "A world whose cells cover this place (cells.area), or demand of your own (demand.file).",
        "capacity": "More satellites in view, more beams or capacity on each, or less demand around.",
        "colour": "More channels (radio.downlink_channels), or a smaller radio.same_colour_deg.",
        "rule": _other_decision(answer),
    }[answer.reason]


def _other_decision(answer: Answer) -> str:
    """Whose decision would have to change."""
    if answer.rule is None or not answer.rule.region:
        return "A region of the rules that grants a licence here: without one, none is assumed."
    return f"Another decision about {answer.rule.region} in the rules {answer.rules}."


def standing(answer: Answer) -> dict[str, str]:
    """Where a place is, its licence, service and sales, each by itself, with who says so."""
    area = f"{answer.area}, claimed by {_listed(answer.claimants)}" if answer.area else "none disputed"
    sales = _said(answer.sales)
    if not answer.rules:
        nobody = "no rule in this world says"
        return {"area": area, "licence": nobody, "service": f"on: {nobody} otherwise", "sales": sales}
    return {
        "area": area, "licence": _said(answer.licence), "service": _said(answer.permit), "sales": sales
    }  # fmt: skip


def _said(ruling: Ruling) -> str:
    """The state, the region that says so and its decision."""
    by = ": ".join(each for each in (ruling.region, ruling.decision) if each)
    return f"{ruling.state}. {by}" if by else ruling.state


def _listed(names: Sequence[str]) -> str:
    """One, one and another, or many with commas."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1] if names else "nobody")))


def _satellites(number: int) -> str:
    return "1 satellite" if number == 1 else f"{number} satellites"


def rate_text(bps: float) -> str:
    """Bit/s as people say them: 23 900 000 is 23.9 Mbit/s."""
    for unit, least in (("Tbit/s", 1e12), ("Gbit/s", 1e9), ("Mbit/s", 1e6), ("kbit/s", 1e3)):
        if bps >= least:
            return f"{bps / least:.3g} {unit}"
    return f"{bps:.0f} bit/s"
