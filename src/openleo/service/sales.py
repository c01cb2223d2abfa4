"""What a map of sales shows: a table of facts by country, July 2026; it is neither licence nor service."""

import csv
from functools import cache
from importlib.resources import files


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
