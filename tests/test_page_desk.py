"""The desk in a browser: a dry run is drawn, nothing is done before it is confirmed, tokens are not kept."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from at_desk import Desk
from enforced_log import governed
from paging import PHONE, assert_webgl2, axe, open_page, screenshot
from PIL import Image
from serving import served

from openleo.http.keys import Secrets, make_token
from openleo.ledger.entries import time_of
from openleo.operate.view.stored import RunFolder
from openleo.service.governance import publishing
from openleo.service.governance.asked import Request
from openleo.service.governance.days import Closing
from openleo.service.records import CHECKIN

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.slow

UGANDA = (0.372, 32.507)
"""Where one of the two cells of the small run is."""
OFF = (
    '\n[[regions]]\nname = "off {code}"\ndecision = "By decision 12."\n'
    'countries = ["{code}"]\nservice = "off"\n'
)
MARKUP = '<img src=x onerror="document.title=1"><b>Shop</b>'
WIDER = "(panel) => panel.scrollWidth - panel.clientWidth"
DARK, ON, GREY = (213, 94, 0), (0, 158, 115), (92, 104, 118)


@pytest.fixture(scope="module")
def desk(duo_run: Path, built_page: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    with governed(folder) as log:
        log.publish(in_s=10)
        log.clock.pass_s(10)
        now = time_of(log.clock.s)
        asked = Request(
            time=now, id="a" * 32, kind="request", who=f"Office {MARKUP}", on_behalf_of="Ministry QP",
            for_whose_benefit="", relayed_by="", how="legal order", where_made="private", asked_at=now,
            asks="off", regions=("town",), text=None, commitment=-1,
        )  # fmt: skip
        publishing.request(log.log, asked, None)
        enforced, closing, shown = log.enforcement(), Closing(log.log), RunFolder(duo_run, None)
        store = str(folder / "h.db")
        with served(store, clock=log.clock, enforced=enforced, closing=closing, shown=shown) as service:
            made = Desk(log, service, folder, store)
            for k in range(3):
                made.put(f"UG-{k}", *UGANDA)
                made.put(f"FR-{k}", 48.0 + k, 2.0)
            for k in range(3):
                leap(made, f"FR-{k}")
            with service.controller.store.locked(np.empty(0, np.int64)) as held:
                data = json.dumps({"dealer": MARKUP, "terminals": 12})
                held.find([("resale", "dealer 3 in KE", data)], log.clock())
            yield made


def leap(desk: Desk, hardware: str) -> None:
    """Let a terminal check in beyond an ocean, a second later."""
    controller = desk.service.controller
    row = np.zeros(1, CHECKIN)
    desk.log.clock.pass_s(1)
    row["terminal"], row["sequence"], row["time_us"] = controller.find(hardware), 2, desk.log.clock()
    row["lat_deg"], row["lon_deg"] = 40.0, -100.0
    row["delay_ms"], row["satellite"], row["accuracy_m"] = np.nan, -1, 10.0
    controller.check_in(row)


def token_of(desk: Desk, role: Any) -> str:
    return make_token(Secrets.of(bytes(32)), role, "tests", desk.log.clock())


def entered(context: "BrowserContext", desk: Desk, role: str = "operator", hash: str = "tab=desk") -> "Page":
    """The desk, once somebody of a role has shown a token."""
    page = open_page(context, desk.service, hash)
    page.locator("input[name=token]").fill(token_of(desk, role))
    page.locator(".desk-signin button").click()
    page.locator(".desk-who").wait_for()
    return page


def part(page: "Page", name: str) -> None:
    page.locator(".desk-parts").get_by_role("button", name=name).click()


def posted(page: "Page") -> list[tuple[str, Any]]:
    """The requests of a page that are no GET, as they come: path and body."""
    found: list[tuple[str, Any]] = []

    def note(request: Any) -> None:
        if request.method != "GET":
            path = "/" + request.url.split("/", 3)[3]
            found.append((path, json.loads(request.post_data or "null")))

    page.on("request", note)
    return found


def tried(page: "Page", desk: Desk, code: str) -> dict[str, Any]:
    """Write rules that switch a country off, make a dry run on the page, and give what the API says of it."""
    part(page, "Change the rules")
    editor = page.locator(".desk-editor")
    rules = desk.text()["rules"]
    page.wait_for_timeout(0)
    editor.and_(page.locator(":not(:empty), [rows]")).wait_for()
    while editor.input_value() != rules:  # the rules in force arrive
        page.wait_for_timeout(20)
    editor.fill(rules + OFF.format(code=code))
    page.get_by_role("button", name="Dry run").click()
    page.locator("#desk-dryrun").wait_for()
    told: dict[str, Any] = desk.service.do("POST", "/v1/dry-runs", {"rules": rules + OFF.format(code=code)})
    return told


def near(page: "Page", colour: tuple[int, int, int]) -> int:
    """How many pixels of the map have a colour, or nearly."""
    raw = page.locator(".stage").screenshot()
    pixels = np.asarray(Image.open(io.BytesIO(raw)).convert("RGB")).astype(int)
    return int((np.abs(pixels - colour).max(axis=2) < 28).sum())


def wait_for_colour(page: "Page", colour: tuple[int, int, int]) -> None:
    """Wait until the map shows a colour: it is drawn a frame after it was asked for."""
    for _ in range(100):
        if near(page, colour) > 200:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"the map never showed {colour}")


def test_a_dry_run_draws_what_it_would_cut_before_and_after(context: "BrowserContext", desk: Desk) -> None:
    where = f"tab=desk&globe=0&show=cells&c={UGANDA[1]},{UGANDA[0]},9"
    page = entered(context, desk, hash=where)
    assert_webgl2(page)
    with page.expect_response(
        lambda answer: answer.url.endswith("/cells") and "dry-runs" in answer.url
    ) as got:
        told = tried(page, desk, "UG")
    effects = page.get_by_test_id("effects").inner_text()
    assert told["effects"]["loses"]["terminals"] == 3
    assert "3 terminals would lose service" in effects
    raw = desk.service.ask("GET", told["view"]["address"], desk.service.operator).content
    assert got.value.body() == raw
    states = np.frombuffer(raw, np.uint8).reshape(2, -1)
    dark = int(((states[0] > 0) & (states[1] == 0)).sum())
    assert (dark, told["view"]["goes_dark"], told["view"]["comes_on"]) == (1, 1, 0)
    assert "1 cell goes dark" in page.get_by_test_id("cells").inner_text()
    wait_for_colour(page, DARK)
    assert near(page, ON) == 0
    screenshot(page, "desk-dry-run")
    modes = page.locator(".desk-modes")
    modes.get_by_role("button", name="Before").click()
    wait_for_colour(page, ON)
    modes.get_by_role("button", name="After").click()
    wait_for_colour(page, GREY)
    assert near(page, ON) == 0
    part(page, "Findings")
    page.locator(".desk-table").wait_for()
    assert not page.locator(".desk-modes").count()


def test_nothing_is_sent_before_its_dialog_is_confirmed(context: "BrowserContext", desk: Desk) -> None:
    page = entered(context, desk)
    sent = posted(page)
    dialog = page.locator(".desk-dialog")
    page.locator(".desk-table tr", has_text="FR-0").get_by_role("button").click()
    for name in ("Look at coordinates", "Confirm", "Dismiss"):
        button = page.locator(".desk-card").get_by_role("button", name=name)
        button.click()
        dialog.locator("[name=why]:focus").wait_for()
        assert "recorded" in dialog.inner_text() or "under your name" in dialog.inner_text()
        page.keyboard.press("Escape")
        dialog.wait_for(state="hidden")
        assert page.evaluate("document.activeElement.textContent").startswith(name)
    assert sent == []
    page.locator(".desk-card").get_by_role("button", name="Look at coordinates").click()
    dialog.get_by_label("Why").fill("Asked by the authority.")
    dialog.get_by_role("button", name="Look at coordinates").click()
    page.locator(".desk-spots").wait_for()
    assert "40° N, 100° W" in page.locator(".desk-spots").inner_text()
    ((path, body),) = sent
    assert (path.endswith("/looks"), body) == (True, {"why": "Asked by the authority."})
    sent.clear()
    page.locator(".desk-card").get_by_role("button", name="Dismiss").click()
    dialog.get_by_label("Why").fill("A test.")
    dialog.get_by_role("button", name="Cancel").click()
    assert sent == []
    page.locator(".desk-card").get_by_role("button", name="Dismiss").click()
    dialog.get_by_label("Why").fill("A test.")
    dialog.get_by_role("button", name="Dismiss").click()
    dialog.wait_for(state="hidden")
    page.locator(".desk-card .chip, .desk-card dd", has_text="A test.").first.wait_for()
    assert [each[1] for each in sent] == [{"state": "dismissed", "why": "A test."}]
    sent.clear()
    page.locator(".desk-card").get_by_role("button", name="FR-0").click()
    page.locator(".desk-card").get_by_role("button", name="Change its state").click()
    dialog.get_by_label("State").select_option("suspended")
    dialog.get_by_label("Why").fill("A test.")
    assert sent == []
    dialog.get_by_role("button", name="Change its state").click()
    page.locator(".desk-card .chip", has_text="suspended").wait_for()
    assert sent == [("/v1/terminals/FR-0/state", {"state": "suspended", "why": "A test."})]
    assert desk.service.do("GET", "/v1/terminals/FR-0")["state"] == "suspended"


def test_a_change_goes_from_its_text_to_approvers(context: "BrowserContext", desk: Desk) -> None:
    page = entered(context, desk)
    tried(page, desk, "FR")
    sent = posted(page)
    page.get_by_label("Who asks for it").fill("Ministry QP")
    page.get_by_label("Reason:").fill("The ferry line opens.")
    page.get_by_label("In force from (UTC)").fill("2026-10-28T12:00")
    page.get_by_role("button", name="Make the draft").click()
    lines = page.get_by_test_id("draft")
    lines.wait_for()
    assert "Ministry QP asked for new rules" in lines.inner_text()
    assert 'Region "off FR" is new' in lines.inner_text()
    assert [path for path, _ in sent] == ["/v1/draft-files"]
    page.get_by_role("button", name="Put up for approval").click()
    assert "Nothing is in force by this" in page.locator(".desk-dialog").inner_text()
    assert [path for path, _ in sent] == ["/v1/draft-files"]
    page.locator(".desk-dialog").get_by_role("button", name="Put up for approval").click()
    waiting = page.locator("section[aria-labelledby=desk-waiting] article")
    waiting.wait_for()
    (change,) = desk.service.do("GET", "/v1/changes")["drafts"]
    assert "0 of 2 approvals count" in waiting.inner_text()
    link = waiting.get_by_role("link", name="The page where approvers").get_attribute("href")
    assert link == f"/approve?change={change['change']}&lang=en"
    assert waiting.get_by_role("button", name="Publish").is_disabled()
    screenshot(page, "desk-waiting")


def test_faults_of_the_rules_are_listed_by_line_and_lead_there(
    context: "BrowserContext", desk: Desk, seen: Any
) -> None:
    seen.expect("422")
    page = entered(context, desk)
    tried(page, desk, "FR")
    editor = page.locator(".desk-editor")
    text = desk.text()["rules"] + '[[regions]]\nname = "a"\ndecision = "d"\nlicence = "licenced"\n'
    editor.fill(text)
    assert not page.locator("#desk-dryrun").count()  # what was said of the old text is gone
    page.get_by_role("button", name="Dry run").click()
    fault = page.locator(".desk-faults li")
    fault.wait_for()
    assert "regions[0].licence: 'licenced' given" in fault.inner_text()
    fault.get_by_role("button").click()
    picked = "(area) => area.value.slice(area.selectionStart, area.selectionEnd)"
    assert editor.evaluate(picked) == 'licence = "licenced"'


def test_a_token_that_is_not_taken_is_said_and_none_is_kept_unless_asked(
    context: "BrowserContext", desk: Desk, seen: Any
) -> None:
    seen.expect("401")
    page = open_page(context, desk.service, "tab=desk")
    kept = "JSON.stringify([location.href, {...localStorage}, document.cookie, {...sessionStorage}])"
    page.locator("input[name=token]").fill("wrong.token")
    page.locator(".desk-signin button").click()
    page.get_by_role("alert").filter(has_text="The token is not taken").wait_for()
    assert not page.locator(".desk-who").count()
    token = token_of(desk, "operator")
    page.locator("input[name=token]").fill(token)
    page.locator(".desk-signin button").click()
    assert "operator “tests”" in page.locator(".desk-who").inner_text()
    assert token not in page.evaluate(kept)
    assert token not in page.evaluate("document.documentElement.outerHTML")
    page.reload()
    page.locator("input[name=token]").fill(token)
    page.get_by_label("Keep it in this tab").check()
    page.locator(".desk-signin button").click()
    page.locator(".desk-who").wait_for()
    page.reload()
    page.locator(".desk-who").wait_for()
    page.get_by_role("button", name="Sign out").click()
    page.locator("input[name=token]").wait_for()
    assert token not in page.evaluate(kept)
    desk.log.clock.pass_s(0)
    assert page.locator("input[name=token]").input_value() == ""


def test_each_role_finds_what_it_may_do_and_no_more(context: "BrowserContext", desk: Desk) -> None:
    page = entered(context, desk, "auditor")
    page.locator(".desk-table tr", has_text="FR-1").get_by_role("button").click()
    names = page.locator(".desk-card button").all_inner_texts()
    assert "Look at coordinates …" in names
    assert not any(each.startswith(("Confirm", "Dismiss")) for each in names)
    assert page.locator(".desk-parts").get_by_role("button", name="Change the rules").count() == 0
    page.get_by_role("button", name="Sign out").click()
    page.locator("input[name=token]").fill(token_of(desk, "approver"))
    page.locator(".desk-signin button").click()
    page.locator(".desk-who").wait_for()
    assert page.locator(".desk-parts button").all_inner_texts() == ["Changes that wait", "Requests"]


def test_markup_in_a_name_stays_text(context: "BrowserContext", desk: Desk) -> None:
    page = entered(context, desk)
    page.locator(".desk-table tr", has_text="resale").get_by_role("button").click()
    assert MARKUP in page.locator(".desk-card").inner_text()
    part(page, "Requests")
    card = page.locator("article", has_text="Ministry QP")
    assert f"Office {MARKUP}" in card.inner_text()
    assert page.locator(".desk img, .desk li b").count() == 0
    assert page.title() != "1"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_part_of_the_desk_fits_a_phone_and_has_no_serious_fault(
    new_context: "Callable[..., BrowserContext]", desk: Desk, language: str
) -> None:
    context = new_context(
        viewport=PHONE | {"width": 360}, color_scheme="light" if language == "fr" else "dark"
    )
    page = entered(context, desk, hash=f"tab=desk&lang={language}")
    parts = page.locator(".desk-parts button")
    for k in range(parts.count()):
        parts.nth(k).click()
        page.locator(".desk section").wait_for()
        assert page.locator(".panel").evaluate(WIDER) == 0, parts.nth(k).inner_text()
        assert axe(page, within=".panel") == []
    assert "desk." not in page.locator(".panel").inner_text()
    parts.first.click()
    page.locator(".desk-table tr", has_text="FR-2").get_by_role("button").click()
    page.locator(".desk-card button").nth(1).click()
    page.locator(".desk-dialog").wait_for()
    assert axe(page, within=".desk-dialog") == []
    screenshot(page, f"desk-phone-{language}")
