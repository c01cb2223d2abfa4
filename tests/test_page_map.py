"""The map of the page: it is drawn, shows what the API says, moves when told to, and can be missing."""

import io
import json
import re
from typing import Any

import httpx
import numpy as np
import pytest
from matplotlib.image import imread
from numpy.typing import NDArray
from paging import assert_webgl2, open_page
from playwright.sync_api import Page, expect
from serving import Service

pytestmark = pytest.mark.slow

NO_WEBGL = "HTMLCanvasElement.prototype.getContext = () => null"


def picture(page: Page) -> NDArray[Any]:
    """The drawn map as numbers, without what lies over it."""
    copied = page.evaluate(
        """() => new Promise((done) => requestAnimationFrame(() => {
          const canvas = document.querySelector('.stage canvas');
          done(canvas.getBoundingClientRect().toJSON());
        }))"""
    )
    clip = {"x": copied["x"] + 270, "y": copied["y"] + 60, "width": copied["width"] - 540, "height": 480}
    found: NDArray[Any] = imread(io.BytesIO(page.screenshot(clip=clip)))
    return found[:, :, :3]


def frames(page: Page) -> int:
    return int(page.locator(".map").get_attribute("data-frames") or 0)


def at_rest(page: Page) -> int:
    """The count of drawn frames once the map has drawn none for 30 chances to do so."""
    return int(
        page.evaluate(
            """() => new Promise((done) => {
              const map = document.querySelector('.map');
              let [before, still] = [map.dataset.frames, 0];
              const look = () => {
                still = map.dataset.frames === before ? still + 1 : 0;
                before = map.dataset.frames;
                if (still > 30) done(Number(before)); else requestAnimationFrame(look);
              };
              look();
            })"""
        )
    )


def fragment(page: Page) -> dict[str, str]:
    """What the address says behind the #."""
    return dict(each.split("=", 1) for each in page.evaluate("location.hash").lstrip("#").split("&"))


def colours(found: NDArray[Any]) -> int:
    """How many colours a picture has, of 4096."""
    coarse = (found * 15).astype(int)
    return len(np.unique(coarse[..., 0] * 256 + coarse[..., 1] * 16 + coarse[..., 2]))


def test_the_planet_is_drawn_and_its_cells_change_with_the_field(context: Any, today_page: Service) -> None:
    page = open_page(context, today_page, "field=latency_ms&show=cells&c=10,30,2.2")
    assert_webgl2(page)
    page.locator("html[data-cells=true]").wait_for(state="attached")
    expect(page.locator(".map")).to_have_attribute("data-shown", "latency_ms 0")
    latency = picture(page)
    assert colours(latency) > 30
    page.get_by_label("Colour of the cells").select_option("reason")
    expect(page.locator(".map")).to_have_attribute("data-shown", "reason 0")
    reason = picture(page)
    changed = np.abs(reason - latency).max(axis=2) > 0.1
    assert 0.02 < changed.mean() < 0.9  # cells, and neither sea nor sky
    page.get_by_label("Cells", exact=True).uncheck()
    at_rest(page)
    bare = picture(page)
    assert colours(bare) < colours(latency)
    assert fragment(page)["field"] == "reason"


def test_the_value_under_the_pointer_is_the_one_of_the_api(context: Any, today_page: Service) -> None:
    view = httpx.get(f"{today_page.url}/v1/view").json()
    raw = httpx.get(f"{today_page.url}/v1/view/cells").content
    centres = np.frombuffer(raw, "<f4", 2 * view["cells"]).reshape(-1, 2)
    values = np.frombuffer(httpx.get(f"{today_page.url}/v1/view/slots/1/fields/latency_ms").content, "<f4")
    lon, lat = centres.T
    near = np.flatnonzero((np.hypot(lon - 2.35, lat - 48.86) < 1.0) & np.isfinite(values))
    cell = int(near[np.argmax(values[near])])
    hash = f"slot=1&field=latency_ms&show=cells&c={lon[cell]:.2f},{lat[cell]:.2f},7"
    for globe in (1, 0):
        page = open_page(context, today_page, f"globe={globe}&{hash}")
        expect(page.locator(".map")).to_have_attribute("data-shown", "latency_ms 1")
        box = page.locator(".stage").bounding_box()
        assert box
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        tip = page.locator(".map-tip")
        expect(tip).to_contain_text("Latency")
        found = re.search(r"Latency: ([\d.,]+) ms", tip.inner_text())
        assert found, tip.inner_text()
        assert float(found[1]) == float(f"{values[cell]:.3g}")
        page.close()


def test_globe_and_flat_map_look_at_one_place(context: Any, duo_page: Service) -> None:
    page = open_page(context, duo_page, "c=20,40,3")
    at_rest(page)
    round_one = picture(page)
    page.get_by_role("button", name="Flat").click()
    at_rest(page)
    assert np.abs(picture(page) - round_one).mean() > 0.01
    expect(page).to_have_url(re.compile("&globe=0&"))
    assert fragment(page)["c"] == "20.00,40.00,3.00"
    page.get_by_role("button", name="Globe").click()
    expect(page).to_have_url(re.compile("&globe=1&"))
    assert fragment(page)["c"] == "20.00,40.00,3.00"


def test_nothing_is_drawn_at_rest_and_satellites_move_while_it_plays(context: Any, duo_page: Service) -> None:
    page = open_page(context, duo_page, "show=satellites&c=10,20,2")
    rest = at_rest(page)
    before = picture(page)
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator(".map")).not_to_have_attribute("data-frames", re.compile(rf"^({rest}|{rest + 1})$"))
    page.get_by_role("button", name="Play", exact=True).wait_for()  # the end of three slots
    assert at_rest(page) > rest
    expect(page).to_have_url(re.compile("&slot=2&"))
    assert np.abs(picture(page) - before).max() > 0.2


def test_a_picked_satellite_is_shown_with_its_footprint_and_links(context: Any, duo_page: Service) -> None:
    number = httpx.get(f"{duo_page.url}/v1/view/satellites").json()["number"][0]
    here = httpx.get(f"{duo_page.url}/v1/view/slots/0/satellites/{number}").json()
    camera = f"c={here['lon_deg']:.2f},{here['lat_deg']:.2f},3"
    page = open_page(context, duo_page, f"show=satellites&{camera}")
    yellow = np.array([255, 214, 102]) / 255

    def like(colour: NDArray[Any]) -> int:
        at_rest(page)
        return int((np.abs(picture(page) - colour).max(axis=2) < 0.08).sum())

    assert like(yellow) < 20
    page.evaluate(f"location.hash += '&sat={number}'")
    expect(page.locator("aside")).to_contain_text(here["name"])
    assert like(yellow) > 400
    page.locator(".stage").press("Escape")
    assert like(yellow) < 20


def test_the_sun_stands_where_almanacs_have_it(context: Any, duo_page: Service, seen: Any) -> None:
    seen.expect("scene-")
    # An equinox and a solstice of 2026 to the minute, and the greatest equation of time, +16 min 26 s on
    # 3 November: U.S. Naval Observatory, "Earth's Seasons"; The Astronomical Almanac, page C.
    facts: tuple[tuple[str, float | None, float | None], ...] = (
        ("2026-03-20T14:46:00Z", 0.0, None),
        ("2026-12-21T20:50:00Z", -23.44, None),
        ("2026-11-03T17:43:34Z", None, -90.0),
    )
    page = context.new_page()
    page.route("**/assets/scene-*", lambda route: route.abort())  # nothing needs to be drawn
    told = {}
    page.route("**/v1/view", lambda route: route.fulfill(json={**route.fetch().json(), **told}))
    for time, lat, lon in facts:
        told["first"] = time
        page.goto(f"{duo_page.url}/#v=1&slot=0")
        page.reload()
        page.locator(".map-time").wait_for()
        sun = [float(each) for each in (page.locator(".map").get_attribute("data-sun") or "").split(",")]
        assert lat is None or abs(sun[0] - lat) < 0.02
        assert lon is None or abs(sun[1] - lon) < 0.1


def test_night_is_darker_than_day(context: Any, duo_page: Service) -> None:
    page = open_page(context, duo_page, "show=terminator&globe=0&c=0,10,1.5")
    at_rest(page)
    night = picture(page).mean()
    page.get_by_label("Day and night").uncheck()
    at_rest(page)
    assert picture(page).mean() > night * 1.1


def test_a_disputed_area_has_its_line_on_the_map(context: Any, duo_page: Service) -> None:
    """Western Sahara, whose largest town stands at 27.15 N, 13.2 W, fills the middle of this view."""
    page = open_page(context, duo_page, "show=&globe=0&c=-13,25,4.5")
    at_rest(page)
    bare = picture(page)
    with page.expect_response("**/v1/outlines"):
        page.get_by_label("Regions", exact=True).check()
    page.locator("html").evaluate("it => new Promise((done) => setTimeout(done, 50))")
    at_rest(page)
    assert (np.abs(picture(page) - bare).max(axis=2) > 0.2).sum() > 100


def test_keys_turn_the_map_and_ask_about_its_middle(context: Any, duo_page: Service) -> None:
    page = open_page(context, duo_page, "c=10,20,3")
    stage = page.locator(".stage")
    stage.focus()
    stage.press("ArrowRight")
    stage.press("ArrowUp")
    stage.press("+")
    expect(page).to_have_url(re.compile(r"&c=[\d.]+,[\d.]+,3\.[3-9]"))
    expect(page.locator(".map-tip")).to_contain_text("N,")
    lon, lat, zoom = (float(each) for each in fragment(page)["c"].split(","))
    assert lon > 10
    assert lat > 20
    assert zoom > 3
    stage.press("Enter")
    expect(page).to_have_url(re.compile("&at="))
    at = [float(each) for each in fragment(page)["at"].split(",")]
    assert at == pytest.approx([lat, lon], abs=0.02)
    stage.press("Escape")
    expect(page.locator("aside.panel")).to_have_count(0)


def test_a_click_on_the_ground_asks_about_the_place_that_was_clicked(context: Any, duo_page: Service) -> None:
    page = open_page(context, duo_page, "show=&c=10,20,3")
    box = page.locator(".stage").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page).to_have_url(re.compile("&at="))
    assert [float(each) for each in fragment(page)["at"].split(",")] == pytest.approx([20, 10], abs=0.1)


def test_without_webgl_the_page_says_so_and_shows_a_table(context: Any, duo_page: Service) -> None:
    context.add_init_script(NO_WEBGL)
    page = open_page(context, duo_page, "field=latency_ms")
    table = page.locator(".map-table")
    expect(table).to_contain_text("WebGL 2 is missing")
    expect(table.locator("table")).to_be_visible()
    table.get_by_label("Field").select_option("served")
    expect(table).to_contain_text("Coverage as a table")
    page.get_by_role("button", name="Availability").click()
    expect(page.locator("aside.panel")).to_be_visible()


def test_a_slot_and_a_field_that_are_not_there_are_replaced(context: Any, duo_page: Service) -> None:
    page = open_page(context, duo_page, "slot=99&field=moonlight")
    expect(page.locator(".notices")).to_contain_text("There is no slot 99")
    expect(page.locator(".map-time")).to_contain_text("slot 2")
    expect(page.get_by_label("Colour of the cells")).to_have_value("latency_ms")


def test_a_field_that_cannot_be_read_leaves_the_map_as_it_is(
    context: Any, duo_page: Service, seen: Any
) -> None:
    seen.expect("404")
    page = context.new_page()
    said = json.dumps({"type": "urn:openleo:problem:not-found", "title": "-", "status": 404, "detail": "no"})
    page.route("**/fields/served*", lambda route: route.fulfill(status=404, body=said))
    page.goto(f"{duo_page.url}/#v=1&field=latency_ms")
    page.locator("html[data-cells=true]").wait_for(state="attached")
    drawn = frames(page)
    page.get_by_label("Colour of the cells").select_option("served")
    expect(page.locator(".notices [role=alert]")).to_contain_text("This field could not be read: no")
    page.locator(".stage").press("ArrowLeft")
    assert at_rest(page) > drawn


def test_colours_of_another_field_do_not_stand_for_the_one_that_was_chosen(
    context: Any, duo_page: Service, seen: Any
) -> None:
    seen.expect("ERR_FAILED")
    page = open_page(context, duo_page, "field=latency_ms")
    expect(page.locator(".map")).to_have_attribute("data-shown", "latency_ms 0")
    page.route("**/v1/**", lambda route: route.abort())  # the server is gone
    page.get_by_label("Colour of the cells").select_option("served")
    expect(page.locator(".map")).to_have_attribute("data-shown", "")
    expect(page.locator(".notices [role=alert]")).to_contain_text("The server does not answer")
    page.unroute("**/v1/**")
    expect(page.locator(".map")).to_have_attribute("data-shown", "served 0")
    expect(page.locator(".notices [role=alert]")).to_have_count(0)
