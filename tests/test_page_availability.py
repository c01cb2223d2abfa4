"""The availability room of the page in a real browser: it says what the API says, to everybody."""

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
import pytest
import shapely
from enforced_log import governed
from paging import PHONE, assert_webgl2, axe, open_page, screenshot
from region_log import NORTH, Story, told
from serving import Service, served

from openleo.http.words import say
from openleo.service.regions import RuleSet

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.slow

MARKUP = '<img src=x onerror=alert(1)> & "north"'
RULES = f"""
name = "tests"
[elsewhere]
licence = "licensed"
decision = "Tests."
[[regions]]
name = 'West of the isle {MARKUP}'
decision = "Off by the test."
polygon = "west.geojson"
service = "off"
[[regions]]
name = "Forbidden"
decision = "By law."
countries = ["ZA"]
licence = "prohibited"
[[regions]]
name = "Long coast"
decision = "Off along the coast."
polygon = "coast.geojson"
service = "off"
"""


def rules(folder: Path) -> RuleSet:
    """Rules over an invented isle, a country that is coming soon, and an outline of 50 000 points."""
    turn = np.linspace(0.0, 2.0 * np.pi, 50_001)[:-1]
    away = 4.0 + 0.2 * np.sin(60 * turn) + 0.01 * np.sin(9000 * turn)
    coast = shapely.Polygon(np.column_stack([-40.0 + away * np.cos(turn), -25.0 + away * np.sin(turn)]))
    for name, shape in (("west", shapely.box(-40, 20, -37, 30)), ("coast", coast)):
        (folder / f"{name}.geojson").write_text(json.dumps(shapely.geometry.mapping(shape)))
    return RuleSet.parse(tomllib.loads(RULES), folder)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, built_page: Path) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("availability-page")
    with served(str(folder / "store.db"), enforced=rules(folder)) as running:
        running.ask("GET", "/v1/availability")
        yield running


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, built_page: Path) -> Iterator[Story]:
    with told(tmp_path_factory.mktemp("story-page")) as found:
        found.service.ask("GET", "/v1/availability")
        yield found


def room(context: "BrowserContext", service: Service, more: str = "") -> "Page":
    from playwright.sync_api import expect

    expect.set_options(timeout=20_000)
    page = open_page(context, service, f"tab=availability{more}")
    page.locator("table.av-places, article.av-detail h2").first.wait_for()
    return page


def row(page: "Page", key: str) -> list[str]:
    """The cells of a row, as they are to be read."""
    cells = page.locator(f"tr[data-key='{key}'] > *")
    return [" ".join(text.split()) for text in cells.all_inner_texts()]


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_row_says_what_the_api_says(context: "BrowserContext", service: Service) -> None:
    page = room(context, service)
    said = service.ask("GET", "/v1/availability").json()
    by_code = {each["code"]: each for each in said["countries"]}
    for code in ("KE", "ZA", "RU", "FR"):
        holds = by_code[code]["holds"]
        name, state, licence, service_, sales = row(page, f"country/{code}")
        assert by_code[code]["name"] in name
        assert state == holds["state"]
        for text, topic in ((licence, "licence"), (service_, "service"), (sales, "sales")):
            word = say("en", f"common.{topic}.{holds[topic].replace(' ', '_')}")
            assert text.split(" ", 1)[-1] == word, (code, topic)
    assert row(page, "country/ZA")[1:] == ["no licence", "✕ prohibited", "✓ on", "! coming soon"]
    assert "disputed" in row(page, "area/Crimea")[0]
    counts = {}
    for chip in page.locator(".av-state-chip").all_inner_texts():
        state, count = words(chip).rsplit(" ", 1)
        counts[state] = int(count)
    assert sum(counts.values()) == page.locator("table.av-places tbody tr").count()
    assert counts["no licence"] == 2  # the country, and the region that forbids it
    screenshot(page, "availability")


def test_a_person_finds_her_country_as_she_types_and_leaves_it_open_in_the_address(
    context: "BrowserContext", service: Service
) -> None:
    from playwright.sync_api import expect

    page = room(context, service)
    rows = page.locator("table.av-places tbody tr")
    page.get_by_label("Find a country, an area or a region").fill("cote d")
    expect(rows).to_have_count(1)
    expect(page.locator("p.av-count")).to_contain_text("1 place")
    page.get_by_label("Find a country, an area or a region").fill("zzz")
    expect(rows).to_have_count(0)
    page.get_by_role("button", name="Take filters away").click()
    page.get_by_role("button", name=re.compile("^no licence")).click()
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="South Africa").click()
    expect(page.locator("#detail-heading")).to_have_text("South Africa")
    expect(page.locator(".av-in-words")).to_contain_text("Service is prohibited here.")
    expect(page.locator(".av-in-words")).to_contain_text("coming soon (2026-07)")
    expect(page.locator("table.av-says")).to_contain_text("Forbidden")
    expect(page.locator("table.av-says q").first).to_have_text("By law.")
    page.wait_for_url(re.compile("region=country%2FZA"))
    page.reload()
    expect(page.locator("#detail-heading")).to_have_text("South Africa")
    page.get_by_role("button", name="All places").click()
    expect(page.locator("table.av-places")).to_be_visible()


def test_sorting_by_a_column_is_told_and_done(context: "BrowserContext", service: Service) -> None:
    page = room(context, service)
    head = page.locator("th.av-column-licence")
    assert head.get_attribute("aria-sort") == "none"
    head.get_by_role("button").click()
    first = page.locator("table.av-places tbody tr").first
    assert head.get_attribute("aria-sort") == "ascending"
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert "prohibited" in first.inner_text()


def test_a_name_with_markup_stays_text(context: "BrowserContext", service: Service) -> None:
    page = room(context, service, f"&region={quote('West of the isle ' + MARKUP, safe='')}")
    assert page.locator("#detail-heading").inner_text() == f"West of the isle {MARKUP}"
    assert page.locator("aside img").count() == 0
    page.locator(".av-timeline").wait_for()
    assert "read from a file" in page.locator(".av-detail").inner_text()
    assert page.locator(".av-events > li").count() == 1


def test_a_disputed_area_is_named_as_such_with_its_claimants(
    context: "BrowserContext", service: Service
) -> None:
    page = room(context, service, "&region=area/Crimea")
    said = words(page.locator(".av-aside").inner_text())
    assert "Crimea is disputed. Claimants: Ukraine and Russia. Nothing here gives it to one of them." in said
    assert "who controls it, not whose it is" in said
    assert "imply no position on any territory" in page.locator(".av-facts").inner_text()


def test_an_outline_of_fifty_thousand_points_is_drawn_with_few_and_says_so(
    context: "BrowserContext", service: Service
) -> None:
    page = room(context, service, "&region=Long coast")
    outline = page.locator("[data-vertices]")
    outline.wait_for()
    answer = service.ask("GET", "/v1/regions/Long%20coast/outline").json()["properties"]
    assert int(outline.get_attribute("data-vertices") or 0) == answer["vertices"] > 50_000
    assert int(outline.get_attribute("data-shown") or 0) == answer["vertices_shown"] <= 12_000
    whole = page.get_by_role("link", name="Whole outline (GeoJSON)").get_attribute("href")
    assert service.ask("GET", str(whole)).json()["properties"]["vertices_shown"] == answer["vertices"]
    page.get_by_role("button", name="All places").click()  # the page goes on
    page.locator("table.av-places").wait_for()


def test_the_map_has_the_colour_of_the_state_of_the_country_that_is_looked_at(
    context: "BrowserContext", service: Service, tmp_path: Path
) -> None:
    from matplotlib.image import imread

    page = room(context, service, "&region=country/DZ&globe=0")
    assert_webgl2(page)
    fill = page.locator(".av-large-state rect").get_attribute("fill")
    assert fill is not None
    expected = np.array(re.findall(r"\d+", fill), float)
    found = np.zeros(3)
    for _ in range(40):  # the map flies there, and its countries are painted when they have been read
        box = page.locator("section.map .stage").bounding_box()
        assert box is not None
        middle = {"x": box["x"] + box["width"] / 2 - 4, "y": box["y"] + box["height"] / 2 - 4}
        page.screenshot(path=str(tmp_path / "middle.png"), clip={**middle, "width": 8, "height": 8})
        found = 255 * imread(tmp_path / "middle.png")[..., :3].mean(axis=(0, 1))
        if np.abs(found - expected).max() < 40:
            break
        page.wait_for_timeout(250)
    assert np.abs(found - expected).max() < 40, (found, expected)


def test_a_region_tells_its_history_with_each_entry_of_the_log(
    context: "BrowserContext", story: Story
) -> None:
    page = room(context, story.service, f"&region={quote(NORTH, safe='')}")
    page.locator(".av-timeline").wait_for()
    history = story.service.ask("GET", f"/v1/regions/{quote(NORTH, safe='')}/history").json()
    items = page.locator(".av-events > li")
    assert items.count() == len(history["spans"]) + len(history["events"])
    links = [link.get_attribute("href") for link in items.locator("a[href^='/log/']").all()]
    assert sorted(map(str, links)) == sorted(each["page"] for each in (*history["spans"], *history["events"]))
    bars = page.locator(".av-lane").nth(1).locator(".av-bar")
    assert bars.all_inner_texts() == ["–", "off", "off", "off", "–"]
    assert page.locator(".av-bar.av-pending").count() >= 2
    text = words(page.locator("section.av-history").inner_text())
    assert "to come" in text
    assert "Dec 1, 2026, 13:00 UTC – no end is known" in text
    assert "storm (Service: emergency only)" in text
    assert "Ministry QP asked" in text
    assert "in force by entry" in words(page.locator(".av-detail").inner_text())
    screenshot(page, "availability-history")


def test_events_of_the_time_line_are_reached_by_keyboard_and_lead_to_the_ledger(
    context: "BrowserContext", story: Story
) -> None:
    from playwright.sync_api import expect

    page = room(context, story.service, f"&region={quote(NORTH, safe='')}")
    mark = page.locator("button.av-mark").last
    mark.wait_for()
    assert "emergency published" in str(mark.get_attribute("aria-label"))
    mark.focus()
    page.keyboard.press("Enter")
    focused = page.evaluate("document.activeElement.id")
    assert focused.startswith("history-event-")
    line = page.locator(f"#{focused}")
    button = line.get_by_role("button", name=re.compile(r"^entry \d+$"))
    number = button.inner_text().split()[-1]
    button.click()
    expect(page.locator("nav button[aria-current=page]")).to_have_text("Ledger")
    page.wait_for_url(re.compile(f"tab=ledger.*entry={number}"))


def test_in_french_everything_is_said_in_french(new_context: Callable[..., Any], story: Story) -> None:
    page = room(new_context(locale="fr"), story.service, f"&lang=fr&region={quote(NORTH, safe='')}")
    page.locator(".av-timeline").wait_for()
    text = words(page.locator("aside").inner_text())
    for said in ("Le service est coupé ici.", "à venir", "urgence publiée", "demande", "Histoire", "coupé"):
        assert said in text, said
    page.locator(".av-events details summary").first.click()
    assert "Elles disent" in page.locator(".av-events").inner_text()
    for english in (" the ", "Licensed here", "entry ", "Loading"):
        assert english not in re.sub(
            r"Licensed by the ministry|By the test|The desk|the desk|the government", "", text
        )


def test_what_is_not_there_is_said_and_nothing_breaks(
    context: "BrowserContext", service: Service, tmp_path: Path, built_page: Path
) -> None:
    page = room(context, service, "&region=No such place")
    assert (
        "No such place: there is no such place in the rules in force."
        in page.locator(".av-detail").inner_text()
    )
    with (
        governed(tmp_path) as log,
        served(str(tmp_path / "s.db"), clock=log.clock, enforced=log.enforcement()) as empty,
    ):
        none = room(context, empty)
        assert "No rules are in force: nobody is newly served." in none.locator("aside").inner_text()
        assert set(none.locator("td.av-column-state").all_inner_texts()) == {"unknown"}
        none.get_by_role("button", name="Kenya").click()
        none.locator(".av-detail").wait_for()
        assert "No rules are in force" in none.locator(".av-detail").inner_text()


def test_the_room_has_no_serious_fault_of_access_and_fits_a_phone(
    new_context: Callable[..., Any], service: Service, story: Story
) -> None:
    for scheme in ("light", "dark"):
        context = new_context(viewport=PHONE, color_scheme=scheme, has_touch=True)
        page = room(context, service, f"&theme={scheme}")
        assert fits(page)
        screenshot(page, f"availability-phone-{scheme}")
        page.get_by_label("Find a country, an area or a region").fill("south")
        assert axe(page, within="aside") == []
        page = room(context, story.service, f"&theme={scheme}&region={quote(NORTH, safe='')}")
        page.locator(".av-timeline").wait_for()
        assert fits(page)
        assert axe(page, within="aside") == []


def fits(page: "Page") -> bool:
    """Whether the panel is no wider than what is seen of it."""
    script = "(e => e.scrollWidth <= e.clientWidth)(document.querySelector('aside'))"
    return bool(page.evaluate(script))
