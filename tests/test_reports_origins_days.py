"""Origins where the day of a document is known by its month only: none goes back to one of a later day."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from reports_reads import read_of

from openleo.service.reports.compare import compare
from openleo.service.reports.comparison import Comparison
from openleo.service.reports.document import Interval
from openleo.service.reports.proposals import Read
from openleo.service.reports.prose.origins import Origin, origins
from openleo.service.store.reports.rows import GivenOrigin, Kept

MARCH = Interval(date(2031, 3, 1), date(2031, 3, 31), "2031-03")
TOLD = (
    "Velmora switched off its service along the Lantern coast on 28 February. About 1,200 terminals lost "
    "their connection for nine hours. Fishing boats stayed in port until the morning of 1 March."
)
GAZETTE = read_of(
    "gazette",
    "Operator cut off Lantern coast\n\nVelmora switched off its service along the Lantern coast, three "
    "officials told The Sollen Gazette. About 1,200 terminals lost their connection for nine hours.",
    source="The Sollen Gazette", day="2031-03-20",
)  # fmt: skip


def in_march(id_: str, text: str, source: str) -> Read:
    """A document of which only the month is known."""
    read = read_of(id_, text, source=source)
    return replace(read, document=replace(read.document, published=MARCH))


def citing(name: str) -> str:
    return f"{name} reports that Velmora cut off a coast. {TOLD}"


WIRE = in_march("wire", citing("The Sollen Gazette"), "Vardeny Wire")
TIDES = read_of("tides", TOLD, source="Quillane Tides", day="2031-03-02")


def found(*reads: Read) -> dict[str, Origin]:
    return {each.document: each for each in origins(reads)}


def laid_out(*reads: Read, given: dict[str, GivenOrigin] | None = None) -> Comparison:
    """A comparison of documents without claims."""
    now = datetime(2031, 4, 2, tzinfo=UTC)
    kept = [
        Kept(each.id, "dark", 1, each.document, each.proposals, now, "A", "B", "whole") for each in reads
    ]  # fmt: skip
    return compare("dark", kept, (), today=now.date(), given=given)


def test_what_is_worded_like_a_report_of_a_later_one_does_not_go_back_to_it() -> None:
    roots = {id_: each.root for id_, each in found(WIRE, TIDES, GAZETTE).items()}
    assert roots == {"wire": "gazette", "tides": "tides", "gazette": "gazette"}
    assert found(WIRE, TIDES, GAZETTE)["tides"].why == ("It cites no other outlet for what it tells.",)


def test_it_goes_back_to_another_that_is_earlier() -> None:
    first = read_of("first", TOLD, source="Brenne Courier", day="2031-03-01")
    each = found(WIRE, first, TIDES, GAZETTE)["tides"]
    assert each.root == "first"
    assert "Brenne Courier" in each.why[0]


def test_on_a_day_that_may_be_later_the_chain_is_followed() -> None:
    later = read_of("tides", TOLD, source="Quillane Tides", day="2031-03-20")
    assert found(WIRE, later, GAZETTE)["tides"].root == "gazette"


def test_a_chain_of_citations_ends_before_a_later_report() -> None:
    tides = read_of("tides", citing("Vardeny Wire"), source="Quillane Tides", day="2031-03-02")
    each = found(WIRE, tides, GAZETTE)["tides"]
    assert (each.root, each.why) == ("wire", ("It cites Vardeny Wire in its title or first sentence.",))


def test_through_two_months_no_document_goes_back_to_a_later_one() -> None:
    middle = in_march("middle", citing("Vardeny Wire"), "Brenne Courier")
    tides = read_of("tides", citing("Brenne Courier"), source="Quillane Tides", day="2031-03-02")
    roots = {id_: each.root for id_, each in found(WIRE, middle, tides, GAZETTE).items()}
    assert roots == {"wire": "gazette", "middle": "gazette", "tides": "wire", "gazette": "gazette"}


def test_a_report_cited_before_another_was_there_has_nothing_from_that() -> None:
    worded = GAZETTE.document.text.replace(", three officials told The Sollen Gazette", "")
    wire = in_march("wire", worded.split("\n\n")[1], "Vardeny Wire")
    tides = read_of("tides", citing("Vardeny Wire"), source="Quillane Tides", day="2031-03-02")
    assert found(GAZETTE, wire)["wire"].root == "gazette"
    roots = {id_: each.root for id_, each in found(GAZETTE, wire, tides).items()}
    assert roots == {"gazette": "gazette", "wire": "wire", "tides": "wire"}


def test_columns_have_a_document_behind_the_one_that_it_goes_back_to() -> None:
    case = laid_out(WIRE, TIDES, GAZETTE)
    columns = [(each.id, each.origin) for each in case.columns]
    assert columns == [("tides", "tides"), ("gazette", "gazette"), ("wire", "gazette")]


def test_columns_end_a_chain_of_citations_where_the_rules_do() -> None:
    tides = read_of("tides", citing("Vardeny Wire"), source="Quillane Tides", day="2031-03-02")
    case = laid_out(WIRE, tides, GAZETTE)
    assert {each.id: each.origin for each in case.columns}["tides"] == "wire"


@pytest.mark.parametrize(
    ("document", "root", "ends"),
    [
        ("tides", "wire", {"tides": "wire", "wire": "gazette"}),  # its month allows it, the Gazette's day not
        ("tides", "gazette", {"tides": "gazette", "wire": "gazette"}),  # a person knows the day better
    ],
)
def test_an_origin_that_a_person_gave_is_followed_as_far_as_days_allow(
    document: str, root: str, ends: dict[str, str]
) -> None:
    given = {document: GivenOrigin(document, root, "", ("Seen.",), "B")}
    case = laid_out(WIRE, TIDES, GAZETTE, given=given)
    assert {each.id: each.origin for each in case.columns} == {**ends, "gazette": "gazette"}


def test_who_goes_back_to_a_document_of_which_a_person_knows_the_day_better_goes_with_it() -> None:
    courier = read_of("courier", TOLD, source="Brenne Courier", day="2031-03-03")
    given = {"tides": GivenOrigin("tides", "gazette", "", ("Seen.",), "B")}
    case = laid_out(TIDES, courier, GAZETTE, given=given)
    assert {each.origin for each in case.columns} == {"gazette"}
    assert [each.id for each in case.columns] == ["tides", "courier", "gazette"]
