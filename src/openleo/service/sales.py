"""What a map of sales shows: a table of facts by country, July 2026; it is neither licence nor service."""

import csv
from functools import cache
from importlib.resources import files
from typing import Final

_CODE_OF_AREA: Final = {
    "Gaza Strip": "PS", "Kosovo": "XK", "West Bank": "PS", "Western Sahara": "EH"
}  # fmt: skip
"""Disputed areas for which the table has a code of their own; the others' sales state is not known."""


def sales_of_area(area: str) -> tuple[str, str]:
    """The same for a disputed area by its name; unknown where the table goes by the claimants' codes only."""
    return sales_of(_CODE_OF_AREA.get(area, ""))


def sales_of(code: str) -> tuple[str, str]:
    """The sales state of a country, and the date of the fact.

    Takes an ISO alpha-2 code. Returns available, waitlist, coming soon, not offered, decided by area or
    unknown, and the month (2026-07); unknown and "" for a code without an entry.
    """
    return sales().get(code, ("unknown", ""))


@cache
def sales() -> dict[str, tuple[str, str]]:
    """The whole table: (state, date) by code."""
    text = (files("openleo") / "data" / "sales.csv").read_text(encoding="utf-8")
    return {row["code"]: (row["state"], row["date"]) for row in csv.DictReader(text.splitlines())}
