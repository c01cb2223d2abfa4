"""The page as a whole: its address, what it says where there is little to show, and what goes away."""

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from paging import open_page, ready
from playwright.sync_api import expect
from serving import Service, served
from view_runs import made_run

from openleo.operate.view.stored import RunFolder

if TYPE_CHECKING:
    from paging import Seen
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.slow

NOBODY = 'base = "duo"\nname = "nobody"\n[cells]\narea = "countries"\ncountries = []\n[demand]\nfile = ""\n'


def fragment(page: "Page") -> dict[str, str]:
    """What the address says behind the #."""
    return dict(each.split("=", 1) for each in page.evaluate("location.hash").lstrip("#").split("&"))


def test_an_address_of_another_version_is_read_as_far_as_it_can_be(
    context: "BrowserContext", duo_page: Service
) -> None:
    page = open_page(context, duo_page, "#v=99&globe=0&field=served&tab=nowhere&at=91,5&theme=light")
    told = page.locator(".notice", has_text="could not be read")
    expect(told).to_contain_text("v=99, tab, at")
    expect(page.get_by_role("button", name="Flat", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    told.get_by_role("button").click()
    expect(told).to_have_count(0)
    page.get_by_role("button", name="Availability").click()
    expect(page).to_have_url(re.compile("v=1&tab=availability&globe=0"))
    assert fragment(page)["field"] == "served"


def test_a_view_that_is_sent_to_somebody_is_the_view_that_was_seen(
    new_context: Any, duo_page: Service
) -> None:
    page = open_page(new_context(), duo_page, "field=elevation_deg&slot=1&at=0.39,9.45")
    page.get_by_role("button", name="Français").click()
    page.get_by_role("button", name="Plan", exact=True).click()
    said = page.locator("aside h2").inner_text()
    expect(page).to_have_url(re.compile("globe=0.*lang=fr"))
    other = new_context(locale="en").new_page()
    other.goto(page.url)
    ready(other)
    expect(other.locator("aside h2")).to_have_text(said)
    expect(other.locator("html")).to_have_attribute("lang", "fr")
    expect(other.get_by_role("button", name="Plan", exact=True)).to_have_attribute("aria-pressed", "true")


def test_the_back_button_goes_back_to_what_was_picked_before(
    context: "BrowserContext", duo_page: Service
) -> None:
    page = open_page(context, duo_page, "at=0.39,9.45")
    expect(page.locator("aside h2")).to_have_text("Libreville")
    page.get_by_role("button", name="Ledger").click()
    expect(page).to_have_url(re.compile("tab=ledger"))
    page.go_back()
    expect(page.locator("aside h2")).to_have_text("Libreville")


def test_a_server_without_a_run_says_how_to_show_one(
    context: "BrowserContext", built_page: Path, tmp_path: Path
) -> None:
    with served(str(tmp_path / "store.db")) as service:
        page = open_page(context, service)
        expect(page.locator(".notice")).to_contain_text("--run FOLDER")
        page.get_by_role("button", name="Availability").click()
        expect(page.get_by_role("row").nth(3)).to_be_visible()


def test_a_world_in_which_nobody_lives_is_shown_and_said_to_be_empty(
    context: "BrowserContext", built_page: Path, tmp_path: Path
) -> None:
    (tmp_path / "nobody.toml").write_text(NOBODY)
    run = made_run(tmp_path, tmp_path / "nobody.toml", 1)
    with served(str(tmp_path / "store.db"), shown=RunFolder(run)) as service:
        assert service.ask("GET", "/v1/view").json()["cells"] == 0
        page = open_page(context, service)
        expect(page.locator(".map-empty")).to_contain_text("no cells")
        page.locator("#search").fill("Nairobi")
        page.locator("#search").press("Enter")
        expect(page.locator("aside h2")).to_have_text("Nairobi")


def test_a_run_that_is_deleted_while_it_is_looked_at_is_said_and_the_page_stays(
    context: "BrowserContext", seen: "Seen", built_page: Path, duo_run: Path, tmp_path: Path
) -> None:
    seen.expect("410|503")
    copied = tmp_path / "run"
    shutil.copytree(duo_run, copied)
    with served(str(tmp_path / "store.db"), shown=RunFolder(copied)) as service:
        page = open_page(context, service, "field=served")
        shutil.rmtree(copied)
        page.get_by_role("button", name="One slot forward").click()
        expect(page.locator(".notice.error").first).to_be_visible()
        page.get_by_role("button", name="Availability").click()
        expect(page.get_by_role("row").nth(3)).to_be_visible()
