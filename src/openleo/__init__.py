"""OpenLEO: a satellite internet in software.

The public names, imported when they are first used, so that `import openleo` is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

_WHERE = {
    "BeamLimits": "puzzle",
    "Breach": "puzzle",
    "DataMissing": "errors",
    "Elements": "formats.elements",
    "Fleet": "fleet",
    "InputError": "errors",
    "OpenLEOError": "errors",
    "Plan": "plan",
    "Sky": "sky",
    "Slot": "twin",
    "Twin": "twin",
    "World": "world",
    "assign": "puzzle",
    "check_plan": "puzzle",
    "country_of": "places",
    "ecef_km": "places",
    "find_place": "places",
    "network_of": "route",
    "observe": "sky",
    "open_dataset": "maps",
    "open_twin": "operate.open",
    "plus_grid": "fleet",
    "propagate": "orbit",
    "read_elements": "formats.elements",
    "trace": "path",
    "walker": "fleet",
}

__all__ = [
    "BeamLimits",
    "Breach",
    "DataMissing",
    "Elements",
    "Fleet",
    "InputError",
    "OpenLEOError",
    "Plan",
    "Sky",
    "Slot",
    "Twin",
    "World",
    "__version__",
    "assign",
    "check_plan",
    "country_of",
    "ecef_km",
    "find_place",
    "network_of",
    "observe",
    "open_dataset",
    "open_twin",
    "plus_grid",
    "propagate",
    "read_elements",
    "trace",
    "walker",
]

if TYPE_CHECKING:
    from openleo.errors import DataMissing, InputError, OpenLEOError
    from openleo.fleet import Fleet, plus_grid, walker
    from openleo.formats.elements import Elements, read_elements
    from openleo.maps import open_dataset
    from openleo.operate.open import open_twin
    from openleo.orbit import propagate
    from openleo.path import trace
    from openleo.places import country_of, ecef_km, find_place
    from openleo.plan import Plan
    from openleo.puzzle import BeamLimits, Breach, assign, check_plan
    from openleo.route import network_of
    from openleo.sky import Sky, observe
    from openleo.twin import Slot, Twin
    from openleo.world import World


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
