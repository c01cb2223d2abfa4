"""Names of persons that no list has, all invented: what a case shows of texts as the intake reads them."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from reports_case import Made, shown

from openleo.service.reports.claims import Answer, Claim, Telling
from openleo.service.reports.document import Aside, Document, Interval
from openleo.service.reports.intake import Facts, read
from openleo.service.reports.proposals import Read
from openleo.service.reports.propose import propose
from openleo.service.reports.prose.perhaps import may_be_person
from openleo.service.reports.seen import seen
from openleo.service.reports.withheld import Withheld
from openleo.service.store.reports import Reports

TODAY = date(2031, 6, 1)
MARK = "[name withheld]"
NAMES = (
    "Tavo Wrennick", "Oluma Sadeyi", "Li Wu", "Jean-Lou O’Merrin-Dubray", "Marva de la Crosse",
    "Yann Le Gallou", "Sanna van der Quell", "Irsa B. Tollan",
)  # fmt: skip
SAID = {
    "en": (
        "The service was off, said {name}, a nurse. Later {last} left the coast.",
        "{name} told the paper that it was off. “It was dark,” {last} said.",
        "{name}, 43, lost a boat. In {last}’s view nobody was told.",
        "The boat of {name} was lost, and {last}’s nets as well.",
        "The nurse {name} wept. Nobody but {last} was there.",
        "Ms {name} spoke of it. {last} had no boat.",
    ),
    "fr": (
        "Le service était coupé, a déclaré {name}, infirmière. {last} est rentrée au port.",
        "Selon {name}, le service était coupé. « Il faisait nuit », a dit {last}.",
        "{name} a perdu un bateau. Le bateau de {last} était neuf.",
    ),
}  # fmt: skip


def reading(text: str, language: str = "en", **more: str) -> Read:
    facts = Facts(source="The Quay Courier", language=language, **more)
    found = read(f"A day at the coast\n\n{text}".encode(), "a.txt", facts, TODAY)
    return Read("aa", found, propose(found))


def told(text: str, language: str = "en") -> str:
    given = reading(text, language)
    return Withheld.of([given], (), MARK).told(given.document.text)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_name_that_no_list_has_is_withheld_with_its_surname(language: str, name: str) -> None:
    last = name.split()[-1]
    for pattern in SAID[language]:
        found = told(pattern.format(name=name, last=last), language)
        assert last not in found, found
        assert name.split()[0] not in found, found


@pytest.mark.parametrize("written", [
    "TAVO WRENNICK", "Wrennick", "WRENNICK’s", "Tavo", "Tavo-Wrennick", "Tavo\u00a0Wrennick", "Wrénnick",
    "Wren\u00adnick", "Tavo Wren\u200bnick", "\uff37rennick", "Aunt Tavo",
])  # fmt: skip
def test_a_name_is_withheld_however_it_is_written(written: str) -> None:
    given = reading("The service was off, said Tavo Wrennick, a nurse.")
    found = Withheld.of([given], (), MARK).told(f"It was {written} again.")
    assert found.startswith(f"It was {MARK}")
    assert found.endswith(" again.")


def test_what_says_itself_what_it_is_stays() -> None:
    text = (
        "The Ministry of Waters answered. The Quay Courier and Agency N wrote of it in Merrin Bay. "
        "The strait of Orlen is wide, and the Harbour Authority of Kell is in Port Ellery. Sealane is not."
    )
    assert told(text).endswith(text)


def test_a_word_that_is_no_name_of_its_own_is_not_withheld_alone() -> None:
    text = (
        "Ms Nele Harbour spoke. Harbour Works and the Harbour Authority did not. An operator did. May it be."
    )
    assert told(text).endswith(text.replace("Nele Harbour", MARK))


def test_what_a_private_document_takes_for_a_company_shows_nobody() -> None:
    public = reading("The service was off, said Ms Tavo Wrennick, a nurse.")
    private = reading(
        "Tavo Wrennick Ltd is a company. The company Tavo Wrennick was sold by Tavo Wrennick Ltd."
    )
    for known in ([private], []):
        hidden = Withheld.of([public], (), MARK, private=known)
        assert "Wrennick" not in hidden.told(public.document.text)


def test_an_author_is_withheld_wherever_the_name_stands() -> None:
    given = reading("Tavo stood there.", author="By Tavo Wrennick and Oluma Sadeyi")
    found = Withheld.of([given], (), MARK).told("Words: Tavo Wrennick; pictures: Sadeyi. The Quay Courier.")
    assert found == f"Words: {MARK}; pictures: {MARK}. The Quay Courier."


def test_a_place_that_a_claim_names_is_shown_without_a_word_from_anybody() -> None:
    given = reading("Boats turned back off Carrow Haven, and it was dark in Carrow Haven.")
    assert "Carrow Haven" not in Withheld.of([given], (), MARK).told(given.document.text)
    assert "Carrow Haven" in Withheld.of([given], (), MARK, noted=["Carrow Haven"]).told(given.document.text)


def test_a_name_that_is_shown_in_a_document_is_shown_in_what_is_said_of_it() -> None:
    aside = "Also in Carrow Haven: Marva Tollan’s boat."
    given = reading(f"Boats turned back off Carrow Haven, said Tavo Wrennick, a nurse.\n\n{aside}")
    start = given.document.text.index(aside)
    asides = (Aside(start, len(given.document.text), "after the article"),)
    given = replace(given, document=replace(given.document, asides=asides))
    reason = "“off Carrow Haven”, as Tavo Wrennick, Marva Tollan and Irsa Quellan have it"
    left = f", as {MARK}, {MARK} and {MARK} have it"
    claimed = Withheld.of([given], (), MARK, noted=["Carrow Haven"])
    assert "off Carrow Haven" in claimed.told(given.document.text)
    assert claimed.told(reason, strictly=True) == f"“off Carrow Haven”{left}"
    bare = Withheld.of([given], (), MARK)
    assert "Carrow Haven" not in bare.told(given.document.text)
    assert bare.told(reason, strictly=True) == f"“off {MARK}”{left}"


def test_words_beside_a_name_that_is_withheld_are_no_name_that_is_shown() -> None:
    given = reading("Boats left Amber, Tavo Wrennick and Strand.")
    hidden = Withheld({"tavo wrennick": ""}, MARK, texts=(given.document,))
    assert hidden.told("on the Amber Strand", strictly=True) == f"on the {MARK}"


@pytest.mark.parametrize(("address", "told"), [
    ("https://quay.example/2031/strait?token=7731&from=desk#top", "https://quay.example/2031/strait"),
    ("https://desk:secret@quay.example:8443/strait", "https://quay.example:8443/strait"),
    ("https://quay.example/tavo-wrennick/strait", ""), ("https://quay.example/people/tavowrennick", ""),
    ("https://quay.example/Tavo%20Wrennick", ""), ("https://quay.example/wr%C3%A9nnick-said-so", ""),
    ("https://quay.example/?who=wrennick", ""), ("javascript:alert(1)", ""), ("data:text/html,x", ""),
    ("file:///home/desk/strait.html", ""), ("http://[", ""), ("", ""),
])  # fmt: skip
def test_an_address_is_where_a_document_was_found_and_no_more(address: str, told: str) -> None:
    given = reading("The service was off, said Tavo Wrennick, a nurse.")
    assert Withheld.of([given], (), MARK).address(address) == told


@pytest.mark.parametrize(("name", "may"), [
    ("Tavo Wrennick", True), ("Marva de la Crosse", True), ("Clara", True), ("the Tavo Wrennick", True),
    ("Ministry of Waters", False), ("Harbour Authority", False), ("Le Quai", False), ("Sealane", False),
    ("TWK SAD", False), ("South Africa", False), ("Apollo 11", False), ("two officials", False), ("", False),
])  # fmt: skip
def test_two_words_with_capitals_may_be_a_person(name: str, may: bool) -> None:
    assert may_be_person(name) is may


# ------------------------------------------------------------------ as others see it

TEXT = """The service was switched off

The operator switched off its service along the coast, said Tavo Wrennick, a nurse. Marva Tollan is there.

Oluma Sadeyi said that boats turned back. Nobody else was told of it.

Photo: Irsa Quellan"""


def test_all_that_a_case_shows_is_without_names(tmp_path: Path) -> None:
    """In excerpts and whole, in every field: origins, asides, notes, events, places."""
    people = ("Wrennick", "Tavo", "Tollan", "Sadeyi", "Quellan", "Brannoch", "Ilka", "Vesper")
    path = tmp_path / "reports.db"
    span = (TEXT.index("switched off its"), TEXT.index(" along the coast"))
    with Reports.open(path, create=True) as register:
        ids = []
        for at, source in enumerate(("The Quay Courier", "Ilka Brannoch’s notebook")):
            facts = Facts(
                source=source, author="Ilka Brannoch", address=f"https://q.example/{at}/tavo-wrennick"
            )
            found = read(TEXT.encode(), "a.txt", facts, TODAY)
            found = replace(found, translation_of="Le carnet de Vesper Tollan",
                            notes=("Members that are not read: Vesper Tollan.",))  # fmt: skip
            ids.append(
                register.keep(
                    found, propose(found), raw=TEXT.encode() + bytes([at]), case="coast", by="one"
                ).id
            )
        number = register.add_claim(_claim(ids[0], *span)).number
        register.add_answer(
            Answer(number, "denies", "the ministry", "what Tavo Wrennick said", noted_by="one")
        )
        register.set_origin(ids[1], "", "Vesper Tollan", "Vesper Tollan said so.", "one")
        register.review_claim(number, "two")
        register.review_document(ids[0], "two", "excerpts")
        register.review_document(ids[1], "two")
    with shown(Made(path, {}, {}), tmp_path) as service:
        for asked in ("/v1/reports/coast", "/plain/reports/coast", "/v1/reports/coast?lang=fr"):
            page = service.ask("GET", asked)
            assert page.status_code == 200
            for name in people:
                assert name.casefold() not in page.text.casefold(), (asked, name)
        found_case = json.loads(service.ask("GET", "/v1/reports/coast").text)
    (row,) = found_case["rows"]
    assert row["cells"][0]["words"] == "switched off its service"
    assert [each["address"] for each in found_case["documents"]] == ["", ""]
    assert "boats turned back" not in str(found_case["documents"][0])


def _claim(document: str, start: int, end: int) -> Claim:
    when = Interval(None, None, "the day Wrennick left")
    telling = Telling(document, start, end, "reported", by="one")
    return Claim(
        0, "coast", "decided", "off", "the house of Tavo Wrennick", when, "the operator", "",
        "the Wrennick affair", (telling,), noted_by="one",
    )  # fmt: skip


def test_names_are_found_in_a_text_of_any_length_at_once() -> None:
    """A pattern of thousands of names over a long text, and words that nearly are one."""
    people = tuple(f"Ms Tavo Wren{chr(97 + at % 26)}{chr(97 + at // 26)}ick" for at in range(600))
    given = reading(". ".join(f"{each} said so" for each in people) + ".")
    long = Document("Tavo, Wre " * 20_000, "The Quay Courier", "", "", None, "en")
    assert Withheld.of([given], (), MARK).told(long.text).count(MARK) == 20_000
    between = "The Quay Courier told Tavo. " * 15_000  # as many names that are no person's
    assert Withheld.of([given], (), MARK).told(between).count(MARK) == 15_000


def test_the_reason_of_an_origin_that_is_not_shown_is_not_told(tmp_path: Path) -> None:
    path = tmp_path / "reports.db"
    with Reports.open(path, create=True) as register:
        ids = [
            register.keep(found, propose(found), raw=bytes([at]), case="coast", by="one").id
            for at, source in enumerate(("The Quay Courier", "The Hidden Beacon"))
            for found in [read(TEXT.encode(), "a.txt", Facts(source=source), TODAY)]
        ]
        register.set_origin(ids[0], ids[1], "", "Somebody at The Hidden Beacon said so.", "one")
        register.confirm_name("coast", "Oluma Sadeyi", "The Hidden Beacon", "outlet", "one")
        register.review_document(ids[0], "two", "excerpts")
        it = seen(register, "coast", today=TODAY)
    assert it is not None
    (column,) = it.comparison.columns
    assert (column.origin, column.outside) == ("", "a document that is not shown")
    assert column.why == ("A person found so.",)
    assert it.comparison.aliases == ()  # the spelling stands in what is blank
    assert "Beacon" not in repr(it.comparison)
