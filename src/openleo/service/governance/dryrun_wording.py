"""A dry run in plain sentences, as tables of text, and as JSON."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from openleo.places.cells import centres
from openleo.service.governance.dryrun import DryRun, Effect
from openleo.service.reasons import WORDING, Reason
from openleo.service.records import Outcome

if TYPE_CHECKING:
    from openleo.service.governance.dryrun import Bools

MOST: Final = 20
"""Rows of a table that may have many."""

_SHOWN: Final = ("loses", "gains", "less", "more")


@dataclass(frozen=True)
class Table:
    """A table for people: what it shows, the heads of its columns, its rows, and how many are left out."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int = 0


def sentences(dry: DryRun) -> tuple[str, ...]:
    """What a change would do, in plain sentences, the most important first."""
    said = []
    if unplaced := dry.terminals - dry.placed:
        said.append(
            f"Of {_many(unplaced, 'terminal')} no position is known ({dry.never} never checked in): whether"
            " they would lose or gain service nobody can say, and they are not in these figures."
        )
    for effect, words in (
        (Effect.LOSES, "would lose service"), (Effect.GAINS, "would gain service"),
        (Effect.LESS, "would get less than now"), (Effect.MORE, "would get more than now"),
    ):  # fmt: skip
        count = dry.count(dry.which(effect))
        if count["terminals"] or effect in (Effect.LOSES, Effect.GAINS):
            where = (
                f", in {_many(count['cells'], 'cell')}, of {_many(count['accounts'], 'account')}"
                if count["terminals"]
                else ""
            )
            said.append(f"{_many(count['terminals'], 'terminal')} {words}{where}.")
    if checked := dry.checked:
        if checked.agrees:
            said.append(
                f"The list names {_many(checked.given, 'terminal')}: these are affected, and no other."
            )
        else:
            others = spaced(len(checked.unlisted))
            said.append(
                f"THE LIST DOES NOT AGREE: of {_many(checked.given, 'terminal')} on it,"
                f" {spaced(checked.hit)} are affected; {others} are affected that are not on it."
            )
        for terminals, words in (
            (checked.unaffected, "on the list and not affected"),
            (checked.unplaced, "on the list without a known position: nobody can say what they would get"),
            (checked.unknown, "on the list and not in the register"),
        ):
            if terminals:
                said.append(f"{_many(len(terminals), 'terminal')}: {words} ({_some(terminals)}).")
    return tuple(said)


def tables(dry: DryRun, *, most: int = MOST) -> tuple[Table, ...]:
    """A dry run as tables of text; of cells and of accounts at most so many rows, the most hit first."""
    made = [_summary(dry), _ways(dry), _reasons(dry)]
    if checked := dry.checked:
        rows = (
            ("on the list", spaced(checked.given)),
            ("on the list and affected", spaced(checked.hit)),
            ("on the list and not affected", spaced(len(checked.unaffected))),
            ("on the list without a known position", spaced(len(checked.unplaced))),
            ("on the list and not in the register", spaced(len(checked.unknown))),
            ("affected and not on the list", spaced(len(checked.unlisted))),
        )
        made.append(Table("The list", ("", "terminals"), rows))
    made += [_cells(dry, most), _accounts(dry, most)]
    if dry.listed is not None and not dry.listed.all():
        made += [_cells(dry, most, ~dry.listed), _accounts(dry, most, ~dry.listed)]
    return tuple(each for each in made if each.rows)


def to_dict(dry: DryRun, *, gbps: float | None = None, most: int | None = None) -> dict[str, Any]:
    """A dry run as JSON takes it; of terminals at most so many, all where None. gbps: as `touches` takes it.

    It names terminals and accounts: it is for those who decide on a change, not for the public.
    """
    checked = dry.checked
    groups = {effect.name.lower(): dry.count(dry.which(effect)) for effect in Effect}
    return {
        "at": dry.at.isoformat(), "before": dry.before, "after": dry.after,
        "register": {
            "terminals": dry.terminals, "placed": dry.placed, "unplaced": dry.terminals - dry.placed,
            "never_checked_in": dry.never,
        },
        "affected": dry.count() | groups,
        "touches": asdict(dry.touches(gbps)),
        "reasons": [
            {"effect": effect.name.lower(), "reason": reason.word, "region": region, "terminals": count}
            for effect, reason, region, count in _by_reason(dry)
        ],
        "cells": [_numbers(key, row) for key, row in _tally(dry, "cell")],
        "accounts": [_numbers(key, row) for key, row in _tally(dry, "account")],
        "list": None
        if checked is None
        else {
            "given": checked.given, "hit": checked.hit, "agrees": checked.agrees,
            "unaffected": list(checked.unaffected), "unplaced": list(checked.unplaced),
            "unknown": list(checked.unknown), "unlisted": list(checked.unlisted),
        },
        "terminals": [_terminal(dry, k) for k in range(len(dry))[:most]],
    }  # fmt: skip


def _terminal(dry: DryRun, k: int) -> dict[str, Any]:
    return {
        "terminal": dry.hardware[k], "effect": Effect(int(dry.effect[k])).name.lower(),
        "account": dry.accounts[dry.account[k]] or None, "cell": f"{int(dry.cell[k]):x}",
        "country": dry.countries[dry.country[k]] or None, "region": dry.regions[dry.region[k]],
        "was": Outcome(int(dry.was[k])).name.lower(), "gets": Outcome(int(dry.gets[k])).name.lower(),
        "was_for": _word(int(dry.was_for[k])), "gets_for": _word(int(dry.gets_for[k])),
        "was_mbps": _finite(dry.was_mbps[k]), "gets_mbps": _finite(dry.gets_mbps[k]),
    }  # fmt: skip


def _word(reason: int) -> str | None:
    return Reason(reason).word if reason else None


def _finite(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def _summary(dry: DryRun) -> Table:
    rows = []
    for effect in Effect:
        count = dry.count(dry.which(effect))
        if count["terminals"] or effect in (Effect.LOSES, Effect.GAINS):
            rows.append((effect.text, *(spaced(value) for value in count.values())))
    rows.append(("affected in all", *(spaced(value) for value in dry.count().values())))
    rows.append(("not affected", spaced(dry.placed - len(dry)), "", "", ""))
    rows.append(("no known position", spaced(dry.terminals - dry.placed), "", "", ""))
    return Table("What would change", ("", "terminals", "accounts", "cells", "regions"), tuple(rows))


def _ways(dry: DryRun) -> Table:
    pairs, counts = np.unique(np.stack([dry.was, dry.gets]), axis=1, return_counts=True)
    rows = [
        (Outcome(was).text, Outcome(gets).text, spaced(count))
        for was, gets, count in zip(*pairs.tolist(), counts.tolist(), strict=True)
    ]
    return Table("From what to what", ("gets now", "would get", "terminals"), tuple(rows))


def _by_reason(dry: DryRun) -> list[tuple[Effect, Reason, str, int]]:
    """Effect, reason, region and terminals: why they are refused then, or are now where they gain."""
    down = dry.which(Effect.LOSES, Effect.LESS)
    reason = np.where(down, dry.gets_for, dry.was_for)
    keys, counts = np.unique(
        np.stack([dry.effect.astype(np.int32), reason.astype(np.int32), dry.region]), axis=1,
        return_counts=True,
    )  # fmt: skip
    return [
        (Effect(effect), Reason(why), dry.regions[region], count)
        for (effect, why, region), count in zip(keys.T.tolist(), counts.tolist(), strict=True)
    ]


def _reasons(dry: DryRun) -> Table:
    rows = []
    for effect, reason, region, count in _by_reason(dry):
        words = WORDING[reason].text() if reason else "Its rate is limited."
        when = "" if effect in (Effect.LOSES, Effect.LESS) else "until then: "
        rows.append((effect.text, f"{when}{words}", region, spaced(count)))
    return Table("Why", ("effect", "reason", "region", "terminals"), tuple(rows))


def _tally(dry: DryRun, by: str, which: "Bools | None" = None) -> list[tuple[Any, NDArray[np.int64]]]:
    """Terminals by effect (4,) of each cell or account, those with the most first."""
    here: Any = slice(None) if which is None else which
    values, of = np.unique(getattr(dry, by)[here], return_inverse=True)
    counts = np.zeros((len(values), len(Effect)), np.int64)
    np.add.at(counts, (of.reshape(-1), dry.effect[here]), 1)
    names = dry.accounts if by == "account" else None
    order = np.argsort(-counts.sum(axis=1), kind="stable")
    return [(names[values[k]] if names else f"{int(values[k]):x}", counts[k]) for k in order.tolist()]


def _numbers(key: str, row: NDArray[np.int64]) -> dict[str, Any]:
    return {"name": key or None} | dict(zip(_SHOWN, row.tolist(), strict=True))


def _cells(dry: DryRun, most: int, which: "Bools | None" = None) -> Table:
    found = _tally(dry, "cell", which)
    lat, lon = centres(np.array([int(name, 16) for name, _ in found[:most]], np.uint64))
    first = dict(zip(dry.cell.tolist(), dry.country.tolist(), strict=True))
    rows = [
        (
            name, _side(lat[k], "NS"), _side(lon[k], "EW"),
            dry.countries[first[int(name, 16)]] or "at sea", *(spaced(value) for value in row),
        )
        for k, (name, row) in enumerate(found[:most])
    ]  # fmt: skip
    title = "Cells" if which is None else "Cells of those affected that are not on the list"
    return Table(title, ("cell", "lat", "lon", "country", *_SHOWN), tuple(rows), len(found) - len(rows))


def _side(degrees: float, sides: str) -> str:
    return f"{abs(degrees):.2f} {sides[int(degrees < 0.0)]}"


def _accounts(dry: DryRun, most: int, which: "Bools | None" = None) -> Table:
    found = _tally(dry, "account", which)
    rows = [(name or "(none)", *(spaced(value) for value in row)) for name, row in found[:most]]
    title = "Accounts" if which is None else "Accounts of those affected that are not on the list"
    return Table(title, ("account", *_SHOWN), tuple(rows), len(found) - len(rows))


def spaced(number: float) -> str:
    """A whole number with narrow spaces between its thousands."""
    return f"{number:,.0f}".replace(",", "\u202f")


def _many(count: int, what: str) -> str:
    return f"{spaced(count)} {what}{'' if count == 1 else 's'}"


def _some(terminals: Sequence[str]) -> str:
    return ", ".join(terminals[:5]) + (
        f" and {spaced(len(terminals) - 5)} more" if len(terminals) > 5 else ""
    )
