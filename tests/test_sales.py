"""The table of sales facts: its words, and against the operator's own file where that is at hand."""

import csv
import json
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest

from openleo.places import disputed_areas
from openleo.service.regions import RuleSet
from openleo.service.rulefile import Sales
from openleo.service.sales import sales_of, sales_of_area

OURS = {
    "launched": "available", "available": "available", "coming_soon": "coming soon",
    "pending_regulatory": "coming soon", "unknown": "unknown", "faq": "unknown",
    "exclude": "decided by area", "blacklisted": "not offered",
}  # fmt: skip
"""The operator's words, and ours for them."""


def published(folder: Path, month: str) -> dict[str, str]:
    table = json.loads((folder / "availability" / f"availability-{month}.json").read_text())["admin0"]
    return {code: OURS[entry["status"]] for code, entry in table.items()}


def test_every_row_is_a_code_a_state_and_a_date() -> None:
    text = (files("openleo") / "data" / "sales.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    codes = [row["code"] for row in rows]
    assert list(rows[0]) == ["code", "state", "date"]
    assert len(set(codes)) == len(codes) > 200
    assert codes == sorted(codes)
    assert {row["state"] for row in rows} <= set(get_args(Sales)) - {""}
    assert {row["date"] for row in rows} == {"2026-07"}


def test_states_by_code() -> None:
    assert sales_of("KE") == ("available", "2026-07")
    assert sales_of("UA") == ("decided by area", "2026-07")
    assert sales_of("QZ") == ("unknown", "")
    assert sales_of("") == ("unknown", "")


def test_a_disputed_area_has_the_state_of_its_own_code_and_of_no_claimant() -> None:
    assert sales_of_area("Western Sahara") == sales_of("EH")
    assert sales_of_area("Crimea") == ("unknown", "")
    named = {area.name for area in disputed_areas() if sales_of_area(area.name)[1]}
    assert named == {"Gaza Strip", "Kosovo", "West Bank", "Western Sahara"}


def test_the_illustration_shows_sales_beside_licence_and_service() -> None:
    from datetime import UTC, datetime

    rules, now = RuleSet.load("illustration"), datetime(2026, 7, 1, tzinfo=UTC)
    colombo, kyiv = rules.at(6.93, 79.85, now), rules.at(50.45, 30.52, now)
    assert (colombo.sales, colombo.licence.name) == ("coming soon", "PENDING")
    assert colombo.licence_ground
    assert (kyiv.sales, kyiv.sales_date, kyiv.licence.name) == ("decided by area", "2026-07", "NONE")


@pytest.mark.reference
def test_the_table_equals_the_file_of_july_in_our_words(reference: Path) -> None:
    assert {code: sales_of(code)[0] for code in published(reference, "2026-07")} == published(
        reference, "2026-07"
    )


@pytest.mark.reference
def test_twenty_one_countries_changed_since_november(reference: Path) -> None:
    before, after = published(reference, "2025-11"), published(reference, "2026-07")
    changed = {code: (before[code], sales_of(code)[0]) for code in after if before[code] != after[code]}
    assert changed == {
        **dict.fromkeys(
            ["AE", "BO", "BQ", "CF", "CI", "GI", "KG", "KW", "KY", "NU", "PG", "SC", "SN", "ST", "TJ", "VE"],
            ("coming soon", "available"),
        ),
        **dict.fromkeys(["AQ", "BV", "KR", "SG", "SH"], ("unknown", "available")),
    }
    assert len(changed) == 21
