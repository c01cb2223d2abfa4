"""Reasons: their numbers never change, all are worded in both languages, the docs say what the code does."""

import re
from pathlib import Path

import pytest

from openleo.kernels import terms as kernel
from openleo.service.reasons import APPEAL, PRIORITY, WORDING, Reason, reasons_of
from openleo.service.records import (
    AccountState,
    CellState,
    FindingKind,
    Flag,
    Licence,
    Motion,
    Outcome,
    Service,
    TerminalState,
)

PAGE = (Path(__file__).parents[1] / "docs" / "reasons.md").read_text(encoding="utf-8")

NUMBERS = {
    "NONE": 0, "NO_ACCOUNT": 1, "ACCOUNT_SUSPENDED": 2, "UNKNOWN_TERMINAL": 3, "BAD_SIGNATURE": 4,
    "REPLAY": 5, "CLONE": 6, "IMPOSSIBLE_TRAVEL": 7, "CLOCK": 8, "VERSION": 9, "UNLICENSED": 10,
    "PROHIBITED": 11,
    "SERVICE_OFF": 12, "NOT_ON_LIST": 13, "AT_SEA": 14, "TOO_FAR_FROM_ADDRESS": 15, "ROAMING_TOO_LONG": 16,
    "COUNTRY_OF_SALE": 17, "TOO_FAST": 18, "TOO_HIGH": 19, "MOTION_CLASS": 20, "USAGE_CLASS": 21,
    "OVER_QUOTA": 22, "UNPAID": 23, "UNKNOWN_LOCATION": 24, "LOCATION_REFUTED": 25, "CELL_FULL": 26,
    "NO_COVERAGE": 27, "TERMINAL_SUSPENDED": 28, "TERMINAL_LOST_OR_STOLEN": 29, "TERMINAL_RETIRED": 30,
    "EMERGENCY_ONLY_HERE": 31, "USE_PROHIBITED": 32, "LICENCE_PENDING": 33, "UNCERTAIN_LOCATION": 34,
    "NO_RULES": 35, "LATE": 36,
}  # fmt: skip
"""What was given out: a line may be added, none changed."""

CODES = (
    "OKAY", "NO_ACTIVE_ACCOUNT", "TOO_FAR_FROM_SERVICE_ADDRESS", "IN_OCEAN", "BLOCKED_COUNTRY",
    "DATA_OVERAGE_SANDBOX_POLICY", "CELL_IS_DISABLED", "ROAM_RESTRICTED", "UNKNOWN_LOCATION",
    "ACCOUNT_DISABLED", "UNSUPPORTED_VERSION", "MOVING_TOO_FAST_FOR_POLICY",
    "UNDER_AVIATION_FLYOVER_LIMITS", "BLOCKED_AREA",
)  # fmt: skip
"""What real terminals show."""


def test_numbers_stay() -> None:
    assert {reason.name: int(reason) for reason in Reason} == NUMBERS


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_worded_in_both_languages_and_names_an_appeal(reason: Reason) -> None:
    said = WORDING[reason]
    assert said.text("en").endswith(".")
    assert said.text("fr").endswith(".")
    assert said.text("en") != said.text("fr")
    assert all(text.endswith(".") for text in APPEAL[said.appeal])


def test_every_reason_has_one_place_in_the_order() -> None:
    assert sorted(PRIORITY) == sorted(set(Reason) - {Reason.NONE})
    assert reasons_of(sum(1 << reason for reason in PRIORITY)) == PRIORITY


def test_the_docs_have_every_reason_with_its_words() -> None:
    rows = re.findall(r"^\| (\d+) \| (\w+) \| (.+?) \| (\w+) \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)
    assert [(int(row[0]), row[1]) for row in rows] == [(int(reason), reason.word) for reason in Reason]
    for number, _, text, appeal, wait, _ in rows:
        said = WORDING[Reason(int(number))]
        assert (text, appeal) == (said.en, said.appeal)
        seconds = {None: "`retry_s`", 0.0: "at once"}.get(said.wait_s, f"{said.wait_s or 0:g} s")
        assert wait == (seconds if int(number) else "-")


def test_the_docs_map_every_code_of_real_terminals() -> None:
    table = dict(re.findall(r"^\| ([A-Z_]+) \| (.+?) \|$", PAGE, re.MULTILINE))
    assert set(table) == set(CODES)
    shown = dict(re.findall(r"^\| \d+ \| (\w+) \|.*\| ([A-Z_-]+) \|$", PAGE, re.MULTILINE))
    for code, names in table.items():
        assert [name for name in shown if shown[name] == code] == names.split(", ")


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (Reason, {reason.name: reason.name for reason in PRIORITY}),
        (Outcome, {each.name: each.name for each in Outcome}),
        (Flag, {"DISTRESS": "DISTRESS", "UNSIGNED": "UNSIGNED"}),
        (Licence, {"NO_LICENCE": "NONE", "PENDING_LICENCE": "PENDING", "PROHIBITED_LICENCE": "PROHIBITED"}),
        (Service, {"OFF": "OFF", "EMERGENCY_SERVICE": "EMERGENCY", "LISTED": "LISTED"}),
        (
            AccountState,
            {"NO_ACCOUNT_STATE": "NONE", "UNPAID_STATE": "UNPAID", "SUSPENDED_STATE": "SUSPENDED"},
        ),
        (
            TerminalState,
            {"ACTIVE_TERMINAL": "ACTIVE", "SUSPENDED_TERMINAL": "SUSPENDED", "RETIRED_TERMINAL": "RETIRED"},
        ),
        (CellState, {"FULL_CELL": "FULL", "DARK_CELL": "NO_COVERAGE"}),
        (Motion, {"AIRCRAFT": "AIRCRAFT"}),
        (
            FindingKind,
            {
                "DRONE": "DRONE", "CLONED": "CLONE", "LEAPT": "IMPOSSIBLE_TRAVEL",
                "REFUTED": "LOCATION_REFUTED", "UNCERTAIN": "UNCERTAIN", "ABROAD": "STAY_ABROAD",
            },
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)  # fmt: skip
def test_the_kernel_counts_as_the_records_do(kind: type, names: dict[str, str]) -> None:
    for name, member in names.items():
        assert getattr(kernel, name) == kind[member], name  # type: ignore[index]
