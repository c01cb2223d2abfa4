"""How `openleo report` counts and tells that whoever was asked has not answered."""

import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from typed import refused, well

from openleo.service.reports.answered import is_answered, unanswered
from openleo.service.reports.claims import Answer, Claim
from openleo.service.reports.document import Interval

TEXT = """The operator switched off its service along the coast on 3 March, officials said.
The operator declined to comment.
"""
BY = ("--by", "desk-1")
OF = ("--of", "the operator", *BY)


@pytest.fixture(autouse=True)
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A claim about which the operator was asked on 16 March 2026."""
    monkeypatch.chdir(tmp_path)
    for name in ("OPENLEO_TODAY", "OPENLEO_REPORTS", "OPENLEO_BY"):
        monkeypatch.delenv(name, raising=False)
    Path("cut.txt").write_text(TEXT, encoding="utf-8")
    well(
        "report", "import", "cut.txt", "--case", "coast", "--source", "The Pier", "--date", "2026-03-12", *BY
    )
    well("report", "claim", document(), "--span", "switched off its service", "--kind", "decided", "--act",
         "off", "--where", "the coast", "--when", "2026-03-03", *BY)  # fmt: skip
    well("report", "asked", "1", "--on", "2026-03-16", *OF)


def document() -> str:
    (found,) = json.loads(well("report", "list", "coast", "--json"))["documents"]
    return str(found["id"])


def answer(on: str) -> None:
    well("report", "answer", "1", "--kind", "no comment", "--from", "the operator", "--on", on, *BY)


def waiting() -> int:
    (case,) = json.loads(well("report", "list", "--json"))
    return int(case["open"])


def test_an_answer_of_before_the_question_leaves_it_open() -> None:
    answer("2026-03-12")
    assert waiting() == 1
    said = " ".join(well("report", "compare", "--today", "2026-03-26").split())
    assert "The operator: no comment" in said or "the operator: no comment" in said
    assert "was asked on 2026-03-16 and has not answered for 10 days." in said
    assert "2026-03-16, no answer" in well("report", "list", "coast")
    answer("2026-03-16")
    assert waiting() == 0
    assert "2026-03-16, no answer" not in well("report", "list", "coast")
    assert "has not answered" not in well("report", "compare", "--today", "2026-03-26")


@pytest.mark.parametrize(("on", "answered"), [
    (date(2026, 3, 15), False), (date(2026, 3, 16), True), (date(2026, 3, 30), True), (None, True),
])  # fmt: skip
def test_an_answer_is_of_the_day_of_the_question_or_later(on: date | None, answered: bool) -> None:
    said = Answer(1, "no comment", "the press office of Corvina Link", on=on)
    claim = Claim(
        1, "coast", "decided", "off", "the coast", Interval(None, None), "", "", "", (), (said,),
        asked=date(2026, 3, 16), asked_of="Corvina Link",
    )  # fmt: skip
    assert is_answered(claim, (), {}) is answered
    assert unanswered([claim], {}) == (() if answered else (claim,))


def test_what_is_shown_goes_by_the_day_that_it_is_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    evening = 1_774_565_940.0  # 2026-03-26T22:59Z, the day after in the east
    monkeypatch.setattr("openleo.cli.report_compare.time", SimpleNamespace(time=lambda: evening))
    for command in ("compare", "timeline"):
        assert "As of 2026-03-26." in well("report", command)
    assert "has not answered for 10 days." in " ".join(well("report", "compare").split())


def test_before_the_question_no_days_are_counted() -> None:
    said = " ".join(well("report", "compare", "--today", "2026-03-14").split())
    assert "has not answered for 0 days." in said
    (row,) = json.loads(well("report", "compare", "--today", "2026-03-14", "--json"))["rows"]
    assert row["silent_days"] == 0


def test_a_claim_of_what_has_not_come_is_refused() -> None:
    given = ("report", "claim", document(), "--span", "declined to comment", "--kind", "decided",
             "--act", "off", "--where", "the coast", *BY)  # fmt: skip
    assert "when: 9031-05-01 is in the future" in refused(2, *given, "--when", "9031-05")
    assert "when: 2026-03-04 is in the future" in refused(
        2, *given, "--when", "2026-03-04", "--today", "2026-03-03"
    )
    assert "when: 9031-05-01 is in the future" in refused(
        2, "report", "change", "1", "--when", "9031-05", *BY
    )


def test_nobody_is_silent_who_was_not_asked() -> None:
    given = ("report", "answer", "1", "--kind", "silent since", "--on", "2026-03-16", *BY)
    told = refused(2, *given, "--from", "Other Co")
    assert "from: 'Other Co' given; 'the operator' was asked to answer claim 1" in told
    well(*given, "--from", "the operator")
