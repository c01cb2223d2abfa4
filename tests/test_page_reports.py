"""Reports on the page: a case as a careful editor would read it, on a screen, by keyboard and on paper.

All tests share one profile, and most of them one page: a test goes to its place by the address alone.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from enforced_log import governed
from paging import DESKTOP, LONGEST_MS, PHONE, Seen, axe, ready, screenshot
from reports_case import (
    ASKED,
    CASE,
    MARKUP,
    PERSON,
    READER,
    ROLE,
    SECRET,
    TEXTS,
    WRITER,
    Made,
    document,
    make,
    shown,
)
from serving import Service, served

from openleo.service.reports.document import Interval
from openleo.service.reports.proposals import Proposals
from openleo.service.reports.prose.sentences import sentences
from openleo.service.store.reports import Reports

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.slow
Room = Callable[..., "Page"]
OPERATOR = "the Orlen operator"
LATER = date(2024, 4, 3)
WITHDRAWN = "boats in the strait could send short messages and make no calls"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("register") / "reports.db")


@pytest.fixture(scope="module")
def service(made: Made, built_page: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with shown(made, tmp_path_factory.mktemp("reports")) as running:
        yield running


@pytest.fixture(scope="module")
def bare(built_page: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A server without a register."""
    with served(str(tmp_path_factory.mktemp("bare") / "s.db")) as running:
        yield running


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Four documents; of one a later version does not say what a claim says. Whom one asked has a name."""
    made = make(tmp_path_factory.mktemp("corrected") / "reports.db", "ledger", "quai", "ministry", "bulletin")
    id_ = made.ids["bulletin"]
    text = TEXTS["bulletin"].replace(WITHDRAWN, "nothing is known of boats")
    later = replace(document("bulletin"), text=text, published=Interval(LATER, LATER, f"{LATER}"))
    with Reports.open(made.path) as register:
        found = Proposals(sentences=sentences(later))
        register.keep(later, found, raw=text.encode(), case=CASE, by=WRITER, version_of=id_)
        register.review_document(id_, READER)
        for name in ("asked", "off"):
            register.asked(made.numbers[name], ASKED, WRITER, OPERATOR)
        for number in made.numbers.values():
            register.review_claim(number, READER)
    return made


@pytest.fixture(scope="module")
def profile(chromium: "Browser") -> Iterator[tuple["BrowserContext", Seen]]:
    """The one profile of these tests, and what its pages say by themselves."""
    context = chromium.new_context(
        viewport=DESKTOP, locale="en", color_scheme="dark", reduced_motion="reduce"
    )
    context.set_default_timeout(LONGEST_MS)
    seen = Seen()
    seen.watch(context)
    yield context, seen
    context.close()


@pytest.fixture
def seen(profile: tuple["BrowserContext", Seen]) -> Iterator[Seen]:
    """What the pages of one test say by themselves."""
    found = profile[1]
    yield found
    try:
        found.check()
    finally:
        for each in (found.outside, found.errors, found.expected):
            each.clear()


@pytest.fixture
def context(profile: tuple["BrowserContext", Seen], seen: Seen) -> "BrowserContext":
    """The profile of these tests, whose pages are looked at."""
    return profile[0]


@pytest.fixture(scope="module")
def shared(service: Service, profile: tuple["BrowserContext", Seen]) -> Iterator["Page"]:
    """The page that most tests look at."""
    page = profile[0].new_page()
    page.goto(address(service, "tab=reports"))
    ready(page)
    yield page
    page.close()  # before its server goes


@pytest.fixture(scope="module")
def few(
    corrected: Made, profile: tuple["BrowserContext", Seen], built_page: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator["Page"]:  # fmt: skip
    """The case of four documents."""
    with shown(corrected, tmp_path_factory.mktemp("few")) as running:
        page = case_at(profile[0].new_page(), running)
        yield page
        page.close()


@pytest.fixture
def case_of_few(few: "Page", seen: Seen) -> "Page":
    """The case of four documents, which is looked at."""
    return few


@pytest.fixture
def room(service: Service, shared: "Page", seen: Seen) -> Room:
    """The page of the case: `room("&claim=3")`, wide and dark and in English unless it is asked otherwise."""

    def enter(more: str = "", viewport: Any = DESKTOP) -> "Page":
        return case_at(shared, service, more, viewport)

    return enter


def address(service: Service, state: str) -> str:
    """The address of a state of the page."""
    named = f"{state}&lang=en" if "lang=" not in state else state
    return f"{service.url}/#v=1&{named}" + ("&theme=dark" if "theme=" not in state else "")


def case_at(page: "Page", service: Service, more: str = "", viewport: Any = DESKTOP) -> "Page":
    """A page once it shows the case of a server."""
    page.emulate_media(media="screen")
    page.set_viewport_size(viewport)
    page.goto(address(service, f"tab=reports&case={quote(CASE)}{more}"))
    page.locator(".rp-case").wait_for()
    return page


def value(service: Service, language: str = "en") -> Any:
    answer = service.ask("GET", f"/v1/reports/{quote(CASE)}?lang={language}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def fits(page: "Page") -> bool:
    """Whether nothing of the panel lies beyond its edge."""
    return bool(page.evaluate("(e => e.scrollWidth <= e.clientWidth)(document.querySelector('aside'))"))


def style(page: "Page", selector: str, name: str) -> str:
    found: str = page.locator(selector).first.evaluate(f"(e) => getComputedStyle(e)['{name}']")
    return found


# ------------------------------------------------------------------ what is told


def test_the_list_leads_to_a_case_and_has_the_numbers_of_the_server(
    service: Service, shared: "Page", room: Room
) -> None:
    page = shared
    page.set_viewport_size(DESKTOP)
    page.goto(address(service, "tab=reports"))
    page.locator(".rp-open").wait_for()
    text = page.locator("aside").inner_text()
    (case,) = service.ask("GET", "/v1/reports").json()["cases"]
    assert f"{case['documents']} documents" in text
    assert f"{case['claims']} claims" in text
    assert f"{case['independent']} independent sources" in text
    screenshot(page, "reports-list")
    page.get_by_role("button", name=re.compile(CASE)).click()
    page.get_by_role("heading", name=CASE).wait_for()
    page.wait_for_url(re.compile("case=The\\+strait\\+of\\+Orlen"))
    page.get_by_role("button", name="All cases").click()
    page.locator(".rp-open").wait_for()
    page.go_back()
    page.get_by_role("heading", name=CASE).wait_for()


def test_a_case_says_what_the_server_says(service: Service, made: Made, room: Room) -> None:
    page = room()
    found = value(service)
    figures = page.locator(".rp-figures").inner_text()
    assert [int(each) for each in re.findall(r"\d+", figures)] == [
        len(found["columns"]), len(found["rows"]), found["independent"]
    ]  # fmt: skip
    table = page.locator(".rp-glance")
    denied = made.numbers["asked"]
    ministry = table.locator(
        f"tbody tr:nth-child({[r['number'] for r in found['rows']].index(denied) + 1}) td"
    )
    assert ministry.locator("button", has_text="denies").count() == 1
    assert table.locator("tbody tr").count() == len(found["rows"])
    assert table.locator("thead th").count() == len(found["columns"]) + 3
    for row in found["rows"]:
        claim = page.locator(f"[data-claim='{row['number']}']")
        text = claim.inner_text()
        assert row["held"]["sentence"] in text
        assert row["when"]["wording"] in text
        for answer in row["answers"]:
            assert answer["by"] in text
            assert answer["what"] in text
        quoted = claim.locator(".rp-quote mark").all_inner_texts()
        assert quoted == [cell["words"] for cell in row["cells"]]
        moods = claim.locator(".rp-mood .chip").all_inner_texts()
        assert moods == [cell["mood"] for cell in row["cells"]]
    text = page.locator(f"[data-claim='{made.numbers['asked']}']").inner_text()
    assert "On the word of officials of the ministry (not named, 3)" in text
    assert "through Port Notebook" in text
    assert "The operator was asked on May 6, 2024 and has not answered since: 37 days." in text
    since = page.locator(".rp-glance tbody").inner_text()
    assert since.count("The operator was asked on May 6, 2024 and has not answered since: 37 days.") == 2
    origins = page.locator(".rp-origins").inner_text()
    assert "Go back to The Harbour Ledger" in origins
    assert "It names The Harbour Ledger." in origins
    screenshot(page, "reports-case")


def test_competing_accounts_of_one_event_stand_together(service: Service, made: Made, room: Room) -> None:
    page = room()
    group = page.locator(".rp-alternatives")
    assert group.count() == 1
    numbers = group.locator("[data-claim]").evaluate_all("(all) => all.map((e) => Number(e.dataset.claim))")
    assert numbers == [made.numbers[each] for each in ("off", "never", "limited")]
    assert "Competing accounts of one event" in group.locator("h4").first.inner_text()
    accounts = group.locator(".rp-accounts li").all_inner_texts()
    assert [each.split("\n")[1] for each in accounts][1:] == ["Ministry of Waters", "The Coastal Bulletin"]
    sizes = group.locator(".rp-accounts li").evaluate_all("(all) => all.map((e) => e.offsetWidth)")
    assert len(set(sizes)) == 1


def test_an_answer_is_as_large_as_the_claim(made: Made, room: Room) -> None:
    for viewport in (DESKTOP, PHONE):
        page = room(viewport=viewport)
        claim = f"[data-claim='{made.numbers['asked']}']"
        sizes = {
            style(page, f"{claim} {part}", "fontSize")
            for part in (".rp-facts dd", ".rp-answer strong", ".rp-answer .chip", ".rp-answer blockquote",
                         ".rp-silence", ".rp-quote")
        }  # fmt: skip
        assert len(sizes) == 1
        boxes = page.locator(f"{claim} .rp-both > section").evaluate_all(
            "(all) => all.map((e) => e.offsetWidth)"
        )
        assert boxes[0] == boxes[1]


def test_figures_that_differ_stand_beside_each_other_with_their_words(
    service: Service, made: Made, room: Room
) -> None:
    page = room()
    values = page.locator(f"[data-claim='{made.numbers['paid']}'] .rp-values > li").all_inner_texts()
    assert any("2,400,000,000" in each and "2.4 billion crowns" in each for each in values)
    assert any("2,400,000\n" in each and "2,4 millions de couronnes" in each for each in values)


# ------------------------------------------------------------------ documents


def test_a_lit_span_in_a_document_shows_exactly_the_words(service: Service, room: Room) -> None:
    page = room()
    for row in value(service)["rows"]:
        for cell in row["cells"]:
            marks = page.locator(f"[data-document='{cell['document']}'].rp-document mark")
            of_claim = "all.filter((e) => e.dataset.claims.split(' ').includes(n))"
            lit = marks.evaluate_all(f"(all, n) => {of_claim}.map((e) => e.innerText)", str(row["number"]))
            assert "".join(lit) == cell["words"]


def test_a_cell_leads_to_its_words_and_they_lead_back_by_mouse_and_by_keyboard(
    service: Service, made: Made, room: Room
) -> None:
    page = room()
    number, document = made.numbers["off"], made.ids["quai"]
    cell, words = page.locator(f"#cell-{number}-{document}"), page.locator(f"#lit-{document}-{number}")
    cell.click()
    page.wait_for_url(re.compile(f"claim={number}&doc={document}"))
    page.locator(f"#lit-{document}-{number}:focus").wait_for()
    assert words.inner_text() == "L’opérateur aurait coupé le service début novembre"
    assert page.evaluate("(e) => e.getBoundingClientRect().top > 0", words.element_handle())
    words.click()
    page.locator(f"#cell-{number}-{document}:focus").wait_for()
    page.keyboard.press("Enter")
    page.locator(f"#lit-{document}-{number}:focus").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.ariaLabel") == f"{number}: back to claim {number}"
    page.keyboard.press("Enter")
    page.locator(f"#cell-{number}-{document}:focus").wait_for()
    page.wait_for_url(re.compile(f"claim={number}&show"))
    page.go_back()
    page.wait_for_url(re.compile(f"claim={number}&doc={document}"))
    page.locator(f"#lit-{document}-{number}:focus").wait_for()


def test_an_answer_leads_to_its_words_and_back(service: Service, made: Made, room: Room) -> None:
    page = room()
    number, document = made.numbers["asked"], made.ids["ministry"]
    page.get_by_role("button", name="Where it stands: Ministry of Waters").click()
    words = page.locator(f"#lit-{document}-{number}-answer:focus")
    words.wait_for()
    assert words.inner_text() == "No minister asked for anything to be switched off"
    page.get_by_role("button", name=f"{number}R: back to the answers to claim {number}").click()
    page.locator(f"#answers-{number}:focus").wait_for()


def test_an_address_opens_a_case_at_a_claim_or_at_its_words(
    service: Service, made: Made, context: "BrowserContext", room: Room
) -> None:
    number, document = made.numbers["limited"], made.ids["bulletin"]
    page = context.new_page()
    page.goto(address(service, f"tab=reports&case={quote(CASE)}&claim={number}"))
    page.locator(f"#claim-{number}:focus").wait_for()
    assert page.locator(".rp-claim.rp-picked").get_attribute("data-claim") == str(number)
    page.close()
    page = room(f"&claim={number}&doc={document}")
    page.locator(f"#lit-{document}-{number}:focus").wait_for()
    page = room(f"&doc={document}")
    page.locator(f"#document-{document}:focus").wait_for()
    page = room("&claim=x&doc=NO")
    page.get_by_text("claim, doc").wait_for()


def test_markup_and_other_directions_of_writing_stay_as_they_are(
    service: Service, made: Made, room: Room
) -> None:
    page = room()
    assert MARKUP in page.locator(f"[data-document='{made.ids['bulletin']}'].rp-document").inner_text()
    assert page.locator(".rp script, .rp img").count() == 0
    assert "caught" not in page.title()
    nashra = page.locator(f"[data-document='{made.ids['nashra']}'].rp-document")
    assert nashra.locator(".rp-text p").first.evaluate("(e) => getComputedStyle(e).direction") == "rtl"
    assert nashra.locator(".rp-text p").first.get_attribute("lang") == "ar"
    quai = page.locator(f"[data-document='{made.ids['quai']}'].rp-document")
    assert quai.locator(".rp-text p").first.get_attribute("lang") == "fr"


def test_asides_are_folded_and_named_and_excerpts_say_what_they_leave_out(
    service: Service, made: Made, room: Room
) -> None:
    page = room()
    ledger = page.locator(f"[data-document='{made.ids['ledger']}'].rp-document")
    tides = ledger.get_by_text("The tide tables of the strait")
    assert not tides.is_visible()
    ledger.get_by_text("Set aside: read also").click()
    assert tides.is_visible()
    wire = page.locator(f"[data-document='{made.ids['wire']}'].rp-document").inner_text()
    assert "Only the sentences of claims and answers are shown." in wire
    assert "[…]" in wire
    assert "Weather" not in wire


# ------------------------------------------------------------------ what is not told


def test_names_are_withheld_and_what_nobody_has_reviewed_is_not_there(service: Service, room: Room) -> None:
    page = room()
    html = page.content()
    assert "[name withheld]" in page.locator(".rp-withheld").all_inner_texts()
    assert f"[{ROLE}]" in html
    said = page.locator(".rp-case > header").inner_text()
    assert "until two persons have confirmed that it is none: “[name withheld]”, or a role" in said
    assert "What is changed afterwards is private until it has been reviewed again." in said
    for name in (PERSON, "Valmont", READER, SECRET, "The Unread Gazette"):
        assert name not in html


def test_what_nobody_has_reviewed_is_marked_where_it_is_shown(
    made: Made, built_page: Path, tmp_path: Path, context: "BrowserContext"
) -> None:
    with shown(made, tmp_path, unreviewed=True) as service:
        page = case_at(context.new_page(), service)
        assert "Not reviewed" in page.locator(".rp-unreviewed").inner_text()
        claim = page.locator(f"[data-claim='{made.numbers['unread']}']")
        assert SECRET in claim.inner_text()
        assert "not reviewed" in claim.locator("h4").first.inner_text()
        document = page.locator(f"[data-document='{made.ids['unread']}'].rp-document")
        assert "Not reviewed by a second person" in document.locator("h4").inner_text()
        page.emulate_media(media="print")
        assert page.locator(".rp-unreviewed").is_visible()
        assert "not for publication" in page.locator(".rp-colophon").inner_text()
        page.close()


def test_a_server_that_shows_reports_alone_opens_on_them(
    service: Service, bare: Service, context: "BrowserContext"
) -> None:
    page = context.new_page()
    page.goto(f"{service.url}/")
    page.locator(".rp-open").wait_for()
    page.goto(f"{bare.url}/")
    ready(page)
    page.wait_for_load_state("networkidle")
    assert page.locator(".rp").count() == 0
    page.close()


def test_a_server_without_a_register_says_how_to_show_one(bare: Service, context: "BrowserContext") -> None:
    page = context.new_page()
    page.goto(address(bare, "tab=reports"))
    page.get_by_text("This server shows no register of reports.").wait_for()
    assert "openleo serve --reports" in page.locator("aside").inner_text()
    page.close()


def test_a_case_that_is_not_there_is_said_to_be_missing(service: Service, shared: "Page", seen: Seen) -> None:
    seen.expect("404")
    page = shared
    page.goto(address(service, "tab=reports&case=Nothing"))
    page.get_by_text("There is no case “Nothing” here.").wait_for()


# ------------------------------------------------------------------ the record


def test_a_claim_whose_hash_stands_in_the_log_leads_to_its_entry(
    built_page: Path, tmp_path: Path, context: "BrowserContext"
) -> None:
    from openleo.ledger.objects import seal

    made = make(tmp_path / "reports.db")
    with governed(tmp_path) as log:
        log.publish(in_s=10)
        with Reports.open(made.path) as register:
            name, raw = seal(b"the words of a claim")
            register.entered(made.numbers["off"], 2, name, raw)
        with shown(made, tmp_path, clock=log.clock, enforced=log.enforcement()) as service:
            page = case_at(context.new_page(), service)
            claim = page.locator(f"[data-claim='{made.numbers['off']}']")
            assert "this neither confirms nor refutes the report" in claim.inner_text()
            assert claim.locator(".rp-hash code").inner_text() == name
            claim.get_by_role("button", name="Entry 2").click()
            page.get_by_role("heading", name=re.compile(r"^Entry 2\b")).wait_for()
            page.wait_for_url(re.compile("tab=ledger.*entry=2"))
            page.get_by_role("button", name="Verify this entry").wait_for()
            page.close()  # before its server goes


# ------------------------------------------------------------------ paper, phones, languages


def test_on_paper_there_is_the_whole_case_and_no_navigation(
    service: Service, made: Made, room: Room, tmp_path: Path
) -> None:
    page = room(f"&claim={made.numbers['off']}")
    for part in ("header", "footer", ".rp-ways", ".rp-parts"):
        assert page.locator(f".shell > {part}, .rp nav{part}").first.is_visible()
    page.emulate_media(media="print")
    for part in (".shell > header", ".shell > footer", ".rp-ways", ".rp-parts", ".map"):
        assert not page.locator(part).first.is_visible()
    panel = "(e) => [e.scrollHeight - e.clientHeight, getComputedStyle(e).overflow]"
    assert page.locator("aside").evaluate(panel) == [0, "visible"]
    assert page.evaluate("document.body.scrollHeight > 2000")
    assert style(page, "aside", "backgroundColor") == "rgb(255, 255, 255)"
    assert style(page, "aside", "color") == "rgb(0, 0, 0)"
    assert "underline" in style(page, ".rp-text mark", "textDecorationLine")
    assert page.locator(".rp-colophon").is_visible()
    for row in value(service)["rows"]:
        for cell in row["cells"]:
            assert page.locator(f"#lit-{cell['document']}-{row['number']}").is_visible()
    file = tmp_path / "case.pdf"
    page.pdf(path=str(file), prefer_css_page_size=True)
    raw = file.read_bytes()
    assert re.findall(rb"/MediaBox \[0 0 59[456][.\d]* 84[12][.\d]*\]", raw)
    assert len(re.findall(rb"/Type /Page\b", raw)) > 2


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_room_has_no_serious_fault_of_access_and_fits(
    made: Made, room: Room, scheme: str, viewport: dict[str, int]
) -> None:
    page = room(f"&theme={scheme}&claim={made.numbers['off']}", viewport)
    page.locator(f"html[data-theme={scheme}]").wait_for()
    assert fits(page)
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert axe(page, within="aside") == []
    screenshot(page, f"reports-{'phone' if viewport is PHONE else 'desktop'}-{scheme}")


@pytest.mark.parametrize("path", ["/plain/reports", f"/plain/reports/{quote(CASE)}?lang=fr"])
def test_the_plain_pages_have_no_serious_fault_of_access_and_fit(
    service: Service, context: "BrowserContext", path: str
) -> None:
    page = context.new_page()
    page.goto(f"{service.url}{path}")
    for viewport in (DESKTOP, PHONE):
        page.set_viewport_size(viewport)
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()


def test_a_plain_case_has_no_narrow_column_on_a_phone(service: Service, context: "BrowserContext") -> None:
    page = context.new_page()
    page.set_viewport_size(PHONE)
    page.goto(f"{service.url}/plain/reports/{quote(CASE)}?lang=fr")
    cells = page.locator(".stack tbody :is(th, td)")
    wide = page.locator("main").evaluate("(e) => e.clientWidth")
    assert cells.evaluate_all("(all) => all.map((e) => e.offsetWidth)") == [wide] * cells.count()
    head = page.locator(".stack td[data-head]").first
    assert head.get_attribute("data-head") == "Le journal\u00a0:"
    page.close()


def test_it_is_all_in_french_but_for_the_words_of_documents(service: Service, made: Made, room: Room) -> None:
    page = room("&lang=fr")
    page.locator(".rp-document", has_text="[nom non publié]").first.wait_for()  # the answer has come
    text = page.locator("aside").inner_text()
    assert "Qui raconte quoi" in text
    assert "conditionnel" in text
    assert "[nom non publié]" in text
    assert value(service, "fr")["rows"][0]["held"]["sentence"] in text
    for word in ("Claim", "Where", "not noted", "denies", "Set aside", "reports.", "On the word"):
        assert word not in text
    assert page.title() == "Récits · OpenLEO"
    page.get_by_role("button", name="English").click()
    page.get_by_text("Who tells what").wait_for()
    page.locator(".rp-document", has_text="[name withheld]").first.wait_for()  # and that in this language


def test_few_documents_stand_as_columns_and_a_narrow_page_stacks_them(
    corrected: Made, case_of_few: "Page"
) -> None:
    claim = f"[data-claim='{corrected.numbers['off']}'] .rp-cell"
    tops = "(all) => all.filter((e) => e.offsetHeight).map((e) => e.getBoundingClientRect().top)"
    page = case_of_few
    page.set_viewport_size(DESKTOP)
    found = page.locator(claim).evaluate_all(tops)
    assert len(found) == 4
    assert len(set(found)) == 1
    assert "does not tell it" in page.locator(claim).nth(2).inner_text()
    page.set_viewport_size(PHONE)
    found = page.locator(claim).evaluate_all(tops)
    assert len(found) == len(set(found)) == 2


def test_words_that_a_later_version_took_back_say_so_and_lead_nowhere(
    corrected: Made, case_of_few: "Page"
) -> None:
    number, id_ = corrected.numbers["limited"], corrected.ids["bulletin"]
    cell = case_of_few.locator(f"[data-claim='{number}'] .rp-cell[data-document='{id_}']")
    assert cell.locator(".rp-quote mark").inner_text() == WITHDRAWN
    said = "In its version of Mar 27, 2024; the version of Apr 3, 2024 no longer says so."
    assert cell.locator(".rp-version").inner_text() == said
    assert cell.locator("button").count() == 0
    document = case_of_few.locator(f".rp-document[data-document='{id_}']")
    assert document.locator("mark").count() == 0
    assert WITHDRAWN not in document.locator(".rp-text").inner_text()
    assert "the first of Mar 27, 2024; this is the last" in document.locator(".rp-facts-of").inner_text()
    was, now = document.locator(".rp-changes tbody tr").last.locator("td").all_inner_texts()
    assert (was, now) == ("Published: Mar 27, 2024", "Published: Apr 3, 2024")
    held = case_of_few.locator(f"[data-claim='{corrected.numbers['asked']}'] .rp-cell button.rp-quote")
    assert held.count() == 2  # what still stands there leads to its words


def test_the_timeline_says_which_version_came_when_and_whom_one_asked(
    corrected: Made, case_of_few: "Page"
) -> None:
    page = case_of_few
    items = [each.split("\n") for each in page.locator(".rp-timeline li").all_inner_texts()]
    done = {(each[0], each[-1]) for each in items}
    assert ("Mar 27, 2024", "The Coastal Bulletin publishes") in done
    assert ("Apr 3, 2024", "The Coastal Bulletin publishes version 2") in done
    asked, off = corrected.numbers["asked"], corrected.numbers["off"]
    assert ("May 6, 2024", f"{OPERATOR} is asked to answer ({asked}, {off})") in done
    silence = page.locator(f"[data-claim='{asked}'] .rp-silence").inner_text()
    assert silence == f"{OPERATOR} was asked on May 6, 2024 and has not answered since: 37 days."
    page.locator(".rp-timeline").get_by_role("button", name=f"Claim {off}", exact=True).click()
    page.locator(f"#claim-{off}:focus").wait_for()
