"""One region through all the rule sets of a log: which changes touch its place, and what was said of it when.

Names are not places: a change that adds another region over the same place touches it as much. So the regions
of all rule sets are laid out on one map, and compared there.
"""

import dataclasses
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from openleo.errors import InputError
from openleo.service.governance.record import Held, Placed, Record, Rules
from openleo.service.rulefile import Band, Region, RuleFile

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ANYWHERE: Final = ("version", "title", "name", "regions")
"""Keys of a rule file whose difference says nothing of any place by itself."""

Meets = Literal["yes", "perhaps", "no"]


@dataclass(frozen=True)
class Concern:
    """Why a change concerns a region.

    own: whether it says something else of the region itself. over: other regions over the same place that it
    brings, alters or takes out; perhaps: those of which that is not known. keys: tables and keys that hold
    for all regions, in which it differs. unknown: whether its rules, or the place, are not known.
    """

    placed: Placed
    own: bool = False
    over: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    unknown: bool = False


@dataclass(frozen=True)
class Saying:
    """What the rules of a term say of a region, None where they say nothing of it by this name.

    beside: the other regions of these rules over the same place, None where nobody knows which are. former:
    in a stage, what the rules say that hold for the others.
    """

    held: Held
    region: Region | None
    beside: tuple[Region, ...] | None
    former: "Saying | None" = None


def regions_of(record: Record) -> tuple[str, ...]:
    """The names of all regions that any rule set of a log, or a request, ever had."""
    named = {each.name for placed in record.changes if placed.rules for each in placed.rules.file.regions}
    return tuple(sorted(named | {name for each in record.requests for name in each.request.regions}))


def region_in(rules: Rules | None, name: str) -> Region | None:
    """A region of a rule set by its name."""
    found = rules.file.regions if rules else ()
    return next((each for each in found if each.name == name), None)


def base_of(placed: Placed, record: Record) -> Placed | None:
    """The change whose rules one was made for; None for the first, and where none that counts has them."""
    for each in record.changes:
        if each.index < placed.index and not each.refused and each.change.digest == placed.change.base:
            return each
    return None


class Ground:
    """The place of one region, whatever it was at any time, beside the places of all others of a log."""

    def __init__(self, record: Record, name: str) -> None:
        """record: of a log. name: of a region that some rule set of it has, or a request."""
        self.record, self.name = record, name
        self.known = any(region_in(each.rules, name) for each in record.changes)
        self._maps: dict[Any, _Map | None] = {}

    def concerns(self) -> list[Concern]:
        """All changes that concern the region, refused ones among them, in the order of the log."""
        found = (self._concern(each) for each in self.record.changes)
        return [each for each in found if each is not None]

    def sayings(self) -> list[Saying]:
        """What the rules of each term say of it."""
        return [self._saying(held, held.change.hash) for held in self.record.terms]

    def meets(self, name: str) -> Meets:
        """Whether a region of this name ever lay over the same place."""
        if name == self.name:
            return "yes"
        sides = [each.rules for each in self.record.changes if each.rules and region_in(each.rules, name)]
        return _most(self._meets(rules, name) for rules in sides) if self.known and sides else "perhaps"

    def _saying(self, held: Held, change: str) -> Saying:
        placed = self.record.change(change)
        rules = placed.rules if placed is not None else None
        former = None
        if held.before is not None and held.before.hash != change:
            former = self._saying(held, held.before.hash)
        if rules is None:
            return Saying(held, None, None, former)
        others = [each for each in rules.file.regions if each.name != self.name]
        met = {each.name: self._meets(rules, each.name) for each in others}
        known = self.known and "perhaps" not in met.values()
        beside = tuple(each for each in others if met[each.name] == "yes")
        return Saying(held, region_in(rules, self.name), beside if known else None, former)

    def _concern(self, placed: Placed) -> Concern | None:
        base = base_of(placed, self.record)
        before, after = base.rules if base is not None else None, placed.rules
        if after is None or not self.known:
            return Concern(placed, unknown=True)
        altered = [name for name, sides in _altered(before, after) if sides]
        met = {
            name: _most(
                self._meets(rules, name) for rules in (before, after) if rules and region_in(rules, name)
            )
            for name in altered
            if name != self.name
        }
        keys = tuple(
            field.name
            for field in dataclasses.fields(RuleFile)
            if before is not None
            and field.name not in _ANYWHERE
            and getattr(before.file, field.name) != getattr(after.file, field.name)
        )
        found = Concern(
            placed, self.name in altered, tuple(name for name, each in met.items() if each == "yes"),
            tuple(name for name, each in met.items() if each == "perhaps"), keys,
        )  # fmt: skip
        return found if found.own or found.over or found.perhaps or found.keys else None

    def _meets(self, rules: Rules, name: str) -> Meets:
        frame = _frame(rules)
        if frame not in self._maps:
            self._maps[frame] = self._laid_out(frame)
        on = self._maps[frame]
        region = region_in(rules, name)
        return "no" if region is None else "perhaps" if on is None else on.meets(_place(rules, region))

    def _laid_out(self, frame: Any) -> "_Map | None":
        """All regions of the rule sets with the same territories, on one map; None where that fails."""
        sides = [each.rules for each in self.record.changes if each.rules is not None]
        same = [rules for rules in sides if _frame(rules) == frame]
        own = [(rules, found) for rules in sides if (found := region_in(rules, self.name))]
        every = [(rules, region) for rules in same for region in rules.file.regions]
        try:
            return _Map(same[0], every, own)
        except InputError:  # a log may name rules that can be laid out nowhere: those are left out
            good = {id(rules) for rules in same if _stands(rules)}
            right = next((rules for rules in same if id(rules) in good), None)
            mine = [pair for pair in own if id(pair[0]) in good]
            if right is None or not mine:
                return None
            return _Map(right, [pair for pair in every if id(pair[0]) in good], mine)


def _stands(rules: Rules) -> bool:
    """Whether the regions of one rule set can be laid out."""
    regions = [(rules, region) for region in rules.file.regions]
    try:
        _Map(rules, regions, regions)
    except InputError:
        return False
    return True


class _Map:
    """Regions of several rule sets, laid out together, each place once."""

    def __init__(
        self, frame: Rules, every: Iterable[tuple[Rules, Region]], own: Iterable[tuple[Rules, Region]]
    ) -> None:
        """frame: rules whose territories and tolerance are taken. own: versions of the region in question.

        Raises InputError where they cannot be laid out.
        """
        import numpy as np

        from openleo.service.reading import read

        self._regions: dict[Any, Region] = {}
        self._texts: dict[str, str] = {}
        territories = tuple(
            dataclasses.replace(each, polygon=self._file(frame.files.get(each.polygon, "")))
            for each in frame.file.territories
        )
        for rules, region in every:
            self._add(rules, region)
        mine = [self._add(rules, region) for rules, region in own]
        file = RuleFile(
            "places", coast_tolerance_km=frame.file.coast_tolerance_km, territories=territories,
            regions=tuple(self._regions.values()),
        )  # fmt: skip
        with tempfile.TemporaryDirectory(prefix="openleo-") as folder:
            for name, text in self._texts.items():
                (Path(folder) / name).write_text(text, encoding="utf-8")
            division, _ = read(file, Path(folder))
        self._at = {place: number for number, place in enumerate(self._regions)}
        self._member, self._seen = division.member, division.seen
        columns = [int(name) for name in mine]
        self._here: NDArray[np.bool_] = np.asarray(division.member[:, columns].any(axis=1))

    def meets(self, place: Any) -> Meets:
        """Whether a place has anything in common with that of the region asked about."""
        if place not in self._at:
            return "perhaps"
        both = self._member[:, self._at[place]] & self._here
        return "yes" if (both & self._seen).any() else "perhaps" if both.any() else "no"

    def _add(self, rules: Rules, region: Region, within: tuple[str, ...] = ()) -> str:
        """The name here of a region's place, which is laid out with what is taken out of it."""
        if region.name in within:
            raise InputError(f"region {region.name!r} is taken out of itself")
        place = _place(rules, region)
        if place not in self._regions:
            taken = [found for name in region.minus if (found := _folded_in(rules, name))]
            minus = tuple(dict.fromkeys(self._add(rules, each, (*within, region.name)) for each in taken))
            polygon = self._file(rules.files.get(region.polygon, ""))
            band = dataclasses.replace(
                region.band, polygon=self._file(rules.files.get(region.band.polygon, ""))
            )
            name = str(len(self._regions))
            self._regions[place] = Region(
                name, "", region.countries, region.areas, polygon, region.cells, region.sea,
                band, minus,
            )  # fmt: skip
        return self._regions[place].name

    def _file(self, text: str) -> str:
        """The name of a file with this text; "" for none."""
        if not text:
            return ""
        name = next(
            (name for name, each in self._texts.items() if each == text), f"{len(self._texts)}.geojson"
        )
        self._texts[name] = text
        return name


def _altered(before: Rules | None, after: Rules) -> Iterator[tuple[str, bool]]:
    """The names of all regions of two rule sets, and whether they differ in place or in what they say."""
    names = [each.name for rules in (before, after) if rules for each in rules.file.regions]
    for name in dict.fromkeys(names):
        was, now = region_in(before, name), region_in(after, name)
        if was is None or now is None or before is None:
            yield name, True
        else:
            yield name, was != now or _place(before, was) != _place(after, now)


def _place(rules: Rules, region: Region, within: tuple[str, ...] = ()) -> Any:
    """Where a region is, so that equal values are the same place; what is taken out of it counts."""
    band = region.band if region.band == Band() else dataclasses.replace(
        region.band, polygon=rules.files.get(region.band.polygon, "")
    )  # fmt: skip
    minus = tuple(
        _place(rules, each, (*within, region.name))
        for name in region.minus
        if (each := _folded_in(rules, name)) and each.name not in (*within, region.name)
    )
    text = rules.files.get(region.polygon, "")
    return region.countries, region.areas, text, region.cells, region.sea, band, minus


def _folded_in(rules: Rules, name: str) -> Region | None:
    """A region as `minus` finds it, whatever the case of its letters."""
    return next((each for each in rules.file.regions if each.name.casefold() == name.casefold()), None)


def _frame(rules: Rules) -> Any:
    """What else places depend on: invented territories, and the tolerance at coasts."""
    lands = tuple(
        (each.code, each.name, rules.files.get(each.polygon, "")) for each in rules.file.territories
    )
    return rules.file.coast_tolerance_km, lands


def _most(found: Iterable[Meets]) -> Meets:
    """The surest of several answers."""
    answers = list(found)
    return "yes" if "yes" in answers else "perhaps" if "perhaps" in answers else "no"
