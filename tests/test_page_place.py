"""The page's cards, search, table and exports: is this place served, by what, and if not, why and by whom.

Cards are looked at in a browser without WebGL, where the table stands in for the map: they are the same, and
sooner there.
"""

import contextlib
import csv
import io
import json
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import serving
from enforced_log import governed
from paging import assert_webgl2, axe, open_page, screenshot
from serving import Service

from openleo.http.words import FOLDER
from openleo.ledger import acts
from openleo.operate.view.stored import RunFolder
from openleo.service.governance.asked import Request
from openleo.service.regions import RuleSet

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

pytestmark = pytest.mark.slow

LIBREVILLE = (0.39, 9.45)
STAUNTON = (38.15, -79.073)
QUIET = "Quiet zone (illustration)"
SIGN = "<img src=x onerror=alert(1)>"
ALLOWED = 'name = "all"\n[elsewhere]\nlicence = "licensed"\n'
MARKUP = f"""
name = "signs"
[elsewhere]
licence = "licensed"
[[regions]]
name = "Region {SIGN}"
decision = '=1+1, "{SIGN}"'
countries = ["GA"]
service = "off"
begins = 2026-02-03T00:00:00Z
"""


@contextlib.contextmanager
def ruled(folder: Path, rules: str, run: Path | None = None) -> Iterator[Service]:
    """A server of the page by a rule file, on a run or on none."""
    file = folder / "made.rules.toml"
    file.write_text(rules, encoding="utf-8")
    shown = RunFolder(run) if run else None
    with serving.served(str(folder / "h.db"), enforced=RuleSet.load(file), shown=shown) as service:
        yield service


@pytest.fixture(scope="module")
def allowed(duo_run: Path, built_page: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A server on the small run, by rules that allow service everywhere."""
    with ruled(tmp_path_factory.mktemp("allowed"), ALLOWED, duo_run) as service:
        yield service


@pytest.fixture
def reader(new_context: Callable[..., "BrowserContext"]) -> "BrowserContext":
    """A browser without WebGL."""
    return without_map(new_context())


def without_map(context: "BrowserContext") -> "BrowserContext":
    """The same browser, without WebGL."""
    context.add_init_script("""
        const asked = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
          return kind === "webgl2" ? null : asked.call(this, kind, ...more);
        };
    """)
    return context


def card_of(page: "Page") -> str:
    """The text of the open card once its answer is there."""
    page.locator(".place-card[aria-busy=false] .verdict").wait_for()
    return str(page.locator(".place-card").inner_text())


def options(page: "Page") -> "Locator":
    """What the search offers."""
    return page.locator("#search-found [role=option]")


def saved(page: "Page", button: str) -> bytes:
    """The file that a button hands over."""
    with page.expect_download() as loading:
        page.get_by_role("button", name=button).click()
    return Path(loading.value.path()).read_bytes()


def rows_of(page: "Page") -> dict[str, str]:
    """What stands beside each term of the card."""
    script = "all => all.map(each => [each.innerText, each.nextElementSibling.innerText])"
    found: list[list[str]] = page.locator(".place-card dt").evaluate_all(script)
    return {term: " ".join(said.split()) for term, said in found}


def at(service: Service, place: tuple[float, float], slot: int = 0) -> dict[str, Any]:
    """What the API says of a place."""
    answer = service.ask("GET", f"/v1/view/slots/{slot}/at?lat={place[0]}&lon={place[1]}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def said(value: float, digits: int) -> str:
    """A number as the English page writes it: at most so many digits, halves away from zero."""
    rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    text = f"{rounded:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def where(place: tuple[float, float]) -> str:
    """The part of the address that picks a place."""
    return f"at={place[0]},{place[1]}"


# ------------------------------------------------------------------ served


def test_the_numbers_of_the_card_of_a_served_place_are_those_of_the_api(
    reader: "BrowserContext", allowed: Service
) -> None:
    answer = at(allowed, LIBREVILLE)
    page = open_page(reader, allowed, where(LIBREVILLE))
    text = card_of(page)
    screenshot(page, "place-served")
    it = answer["service"]
    satellite, trip = it["satellite"], it["round_trip"]
    assert page.locator(".verdict .word").inner_text().strip() == "Served"
    sentence = page.locator(".verdict .sentence").inner_text()
    assert satellite["name"] in sentence
    assert f"{said(satellite['elevation_deg'], 0)}° high" in sentence
    assert f"{said(trip['total_ms'], 0)} ms" in sentence
    assert "300 Mbit/s of 300 Mbit/s" in sentence  # what duo asks for in each city
    sky = rows_of(page)["In the sky"]
    assert sky.startswith(f"{said(satellite['elevation_deg'], 1)}° high")
    assert f"({round(satellite['azimuth_deg']) % 360}°)" in sky
    assert f"{said(satellite['range_km'], 0)} km" in sky
    parts = page.locator(".place-card table.parts td").all_inner_texts()
    assert parts == [f"{said(ms, 2)} ms" for name, ms in trip.items() if name != "total_ms" and ms > 0.0]
    assert f"Round trip: {said(trip['total_ms'], 1)} ms" in text
    way = page.locator(".place-card ol.way li").all_inner_texts()
    assert len(way) == len(answer["way"])
    for shown, stop in zip(way[1:], answer["way"][1:], strict=True):
        assert stop["name"] in shown
    uses = [each["use"] for each in answer["overhead"]]
    keys = " ".join(page.locator(".place-card .key").inner_text().split())
    assert f"may be used: {uses.count('usable') - 1}" in keys
    assert f"too low: {uses.count('below the mask')}" in keys
    assert axe(page, within="aside") == []


def test_the_card_of_another_slot_is_that_slots_and_of_a_satellite_that_satellites(
    reader: "BrowserContext", allowed: Service
) -> None:
    page = open_page(reader, allowed, f"{where(LIBREVILLE)}&slot=2")
    answer = at(allowed, LIBREVILLE, 2)
    card_of(page)
    satellite = answer["service"]["satellite"]
    assert satellite["name"] in page.locator(".verdict .sentence").inner_text()
    page.locator(".place-card dd").get_by_role("button", name=satellite["name"]).first.click()
    page.get_by_role("heading", level=2, name=satellite["name"]).wait_for()
    page.locator(".place-card .lead").wait_for()
    told = allowed.ask("GET", f"/v1/view/slots/2/satellites/{satellite['number']}").json()
    rows = rows_of(page)
    assert rows["Altitude"] == f"{said(told['altitude_km'], 0)} km"
    assert rows["Beams"] == f"{said(told['beams_used'], 1)} used of {told['beams']}"
    for other in told["isls"]:
        assert page.get_by_role("button", name=other["name"], exact=True).count() == 1
    assert axe(page, within="aside") == []


# ------------------------------------------------------------------ refused by a rule


def test_why_staunton_is_not_served_stands_in_the_first_lines_of_its_card(
    context: "BrowserContext", today_page: Service
) -> None:
    page = open_page(context, today_page)
    assert_webgl2(page)
    screenshot(page, "minute-1")
    page.keyboard.press("/")
    page.keyboard.type("staunton")
    options(page).first.wait_for()
    screenshot(page, "minute-2")
    page.keyboard.press("Enter")
    text = card_of(page)
    page.get_by_text("Appeal:").wait_for()
    screenshot(page, "minute-3")
    assert page.locator(".place-card h2").inner_text() == "Staunton"
    assert page.locator(".verdict .word").inner_text().strip() == "Not served"
    assert QUIET in page.locator(".verdict .sentence").inner_text()
    told = at(today_page, STAUNTON)["decision"]
    assert (told["reason"]["name"], told["region"]) == ("service_off", QUIET)
    words = page.locator(".place-card dt", has_text="In its words")
    words.wait_for()
    rows = rows_of(page)
    assert rows["Reason"] == f"{told['reason']['text']} (reason {told['reason']['number']})"
    assert rows["Said by"].startswith(QUIET)
    assert rows["In its words"] == told["rule"]
    assert "no public log" in rows["Decided by"]
    assert "1970" not in text
    assert "9999" not in text
    page.locator("section.why").get_by_role("button", name=QUIET).click()
    page.get_by_role("heading", level=2, name=QUIET).wait_for()
    words.wait_for()
    assert rows_of(page)["In its words"] == told["rule"]


@dataclass
class Logged:
    """A server under a log, which switched Gabon off on somebody's request, and the entries of both."""

    service: Service
    request: int
    change: int


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory, duo_run: Path, built_page: Path) -> Iterator[Logged]:
    folder = tmp_path_factory.mktemp("log")
    with governed(folder) as log:
        log.publish(in_s=10)
        log.clock.pass_s(10)
        text = acts.put(log.log, b"Please stop.", acts.PLAIN)
        request = log.log.published.size
        asked = Request(
            log.log.now(), "ab" * 16, "request", "Ministry QP", "the government", "", "a trader", "pressure",
            "private", log.log.now(), "off", ("off GA",), text, -1,
        )  # fmt: skip
        log.append(asked.raw)
        change = log.log.published.size
        log.publish("GA", in_s=300, request=request)
        log.clock.pass_s(400)
        store = str(folder / "h.db")
        enforced, shown = log.enforcement(), RunFolder(duo_run)
        with serving.served(store, clock=log.clock, enforced=enforced, shown=shown) as service:
            yield Logged(service, request, change)


def test_a_decision_of_the_log_is_named_with_its_approvals_and_leads_to_its_entry(
    reader: "BrowserContext", logged: Logged
) -> None:
    page = open_page(reader, logged.service, where(LIBREVILLE))
    card_of(page)
    entry = page.get_by_role("link", name=f"Entry {logged.change} of the public log")
    entry.wait_for()
    page.get_by_text(f"Request behind it: entry {logged.request}").wait_for()
    screenshot(page, "place-logged")
    rows = rows_of(page)
    assert "North (Office North) and South (Office South)" in rows["Decided by"]
    assert rows["In its words"] == "By the test."
    assert page.get_by_text("this did not hold yet").count() == 1  # the run's slot is older than the change
    assert "12:05:10" in rows["Since"]  # the change holds 300 s after it was published at 12:00:10
    assert "planned by other rules" in page.locator(".verdict .beside").first.inner_text()
    assert entry.get_attribute("href") == f"/log/{logged.change}"
    own = page.get_by_role("link", name="its own page").get_attribute("href")
    assert logged.service.ask("GET", own or "").status_code == 200
    assert axe(page, within="aside") == []
    entry.click()
    page.locator(".tab[aria-current=page]", has_text="Ledger").wait_for()
    assert f"entry={logged.change}" in page.evaluate("location.hash")


def test_a_french_card_has_no_english_of_the_page_left(
    new_context: Callable[..., "BrowserContext"], logged: Logged
) -> None:
    page = open_page(without_map(new_context(locale="fr")), logged.service, where(LIBREVILLE))
    card_of(page)
    page.get_by_text("Demande à l’origine").wait_for()
    text = " ".join(page.locator(".place-card").evaluate("each => each.textContent").split())
    for room in ("common", "place"):
        english, french = (
            json.loads((FOLDER / language / f"{room}.json").read_text()) for language in ("en", "fr")
        )
        for key, message in english.items():
            for part in re.split(r"\{\w+\}", message):
                words = part.strip(" .,:;()")
                if len(words) >= 8 and words not in french[key]:
                    assert words not in text, key
    assert "Non desservi" in text
    assert "Le service est coupé dans cette région." in text
    assert "By the test." in text  # people's own words stay as they are


def test_without_a_network_the_rules_answer_and_what_looks_like_markup_stays_text(
    reader: "BrowserContext", built_page: Path, tmp_path: Path
) -> None:
    with ruled(tmp_path, MARKUP) as service:
        page = open_page(reader, service, where(LIBREVILLE))
        card_of(page)
        page.get_by_text("Since", exact=True).wait_for()
        rows = rows_of(page)
        assert rows["Said by"].startswith(f"Region {SIGN}")
        assert rows["In its words"] == f'=1+1, "{SIGN}"'
        assert rows["Since"].startswith("Feb 3, 2026")
        assert "Not served" in page.locator(".verdict .word").inner_text()
        told = service.ask("GET", f"/v1/regions/at?lat={LIBREVILLE[0]}&lon={LIBREVILLE[1]}").json()
        kept = json.loads(saved(page, "Save as JSON"))
        assert kept["rules"]["said"] == told["said"]
        assert "not measured" in kept["view"]["disclaimer"]
        table = dict(csv.reader(io.StringIO(saved(page, "Save as CSV").decode(), newline="")))
        assert table["rules.service"] == "off"
        words = [each for each in table.values() if "1+1" in each]
        assert words == [f'\'=1+1, "{SIGN}"']  # a spreadsheet computes nothing
        page.fill("#search", "region <img")
        options(page).filter(has_text=f"Region {SIGN}").click()
        page.get_by_role("heading", level=2, name=f"Region {SIGN}").wait_for()
        assert page.locator("img").count() == 0
        page.fill("#search", "-1.3 36.8")
        options(page).first.click()
        card_of(page)
        assert page.locator(".verdict .word").inner_text().strip() == "Allowed"
        page.close()


# ------------------------------------------------------------------ search


def test_places_and_satellites_are_found_by_the_keyboard_alone(
    reader: "BrowserContext", allowed: Service
) -> None:
    from playwright.sync_api import expect

    page = open_page(reader, allowed)
    page.keyboard.press("/")
    box = page.get_by_role("combobox", name="Search")
    page.keyboard.type("librev")
    option = options(page).filter(has_text="Libreville")
    option.first.wait_for()
    assert axe(page, within="form") == []
    page.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == option.first.get_attribute("id")
    page.keyboard.press("Enter")
    card_of(page)
    heading = page.get_by_role("heading", level=2, name="Libreville")
    expect(heading).to_be_focused()
    page.keyboard.press("Escape")
    page.locator(".place-card").wait_for(state="detached")
    expect(box).to_be_focused()
    box.fill("-1.5, 36")  # coordinates need no answer of the server
    page.keyboard.press("Enter")
    assert "1.5° S, 36° E" in card_of(page)
    number = allowed.ask("GET", "/v1/view/satellites").json()["number"][3]
    box.fill(str(number))
    page.keyboard.press("Enter")  # before there is an answer: the first that comes is taken
    page.get_by_text(f"Satellite {number}").first.wait_for()
    box.fill("nowhere at all")
    page.get_by_text("Nothing is found for “nowhere at all”").wait_for()
    assert options(page).count() == 0


def test_coordinates_are_read_as_people_write_them(reader: "BrowserContext", allowed: Service) -> None:
    page = open_page(reader, allowed)
    for words, place in {
        "38.15 -79.07": "38.15° N, 79.07° W",
        "38,15; -79,07": "38.15° N, 79.07° W",
        "38.15 N 79.07 W": "38.15° N, 79.07° W",
        "38°09'N, 79°04'12\"W": "38.15° N, 79.07° W",
        "-0.5,10": "0.5° S, 10° E",
    }.items():
        page.fill("#search", words)
        options(page).filter(has_text=place).wait_for()
    page.fill("#search", "95 10")
    page.get_by_text("Nothing is found").first.wait_for()
    assert options(page).count() == 0


# ------------------------------------------------------------------ table and files


def cells_of(
    service: Service,
) -> tuple[list[tuple[float, float]], list[str], list[list[tuple[float, float]]]]:
    """Centres (lat, lon), ids and corners (lon, lat) of the cells, read from the API's bytes."""
    view = service.ask("GET", "/v1/view").json()
    count, scale = view["cells"], view["cell_scale_deg"]
    raw = service.ask("GET", "/v1/view/cells").content
    flat = struct.unpack_from(f"<{2 * count}f", raw)
    steps = struct.unpack_from(f"<{12 * count}h", raw, 8 * count)
    ids = struct.unpack_from(f"<{count}Q", raw, 32 * count)
    centres = [(flat[2 * c + 1], flat[2 * c]) for c in range(count)]
    corners = [
        [(lon + scale * steps[12 * c + 2 * k], lat + scale * steps[12 * c + 2 * k + 1]) for k in range(6)]
        for c, (lat, lon) in enumerate(centres)
    ]
    return centres, [f"{each:x}" for each in ids], corners


def test_what_is_shown_is_saved_with_the_apis_values_and_what_they_are_worth(
    context: "BrowserContext", allowed: Service
) -> None:
    page = open_page(context, allowed, "field=latency_ms&slot=1")
    centres, ids, corners = cells_of(allowed)
    raw = allowed.ask("GET", "/v1/view/slots/1/fields/latency_ms").content
    values = {
        name: value
        for name, value in zip(ids, struct.unpack(f"<{len(ids)}f", raw), strict=True)
        if value == value
    }
    assert values
    files: dict[str, bytes] = {}
    for kind in ("PNG", "CSV", "GeoJSON"):
        page.locator(".place-exports summary").click()
        with page.expect_download() as loading:
            page.get_by_role("button", name=f"({kind})").click()
        name = loading.value.suggested_filename
        assert re.fullmatch(rf"openleo-duo-latency-ms-slot1\.{kind.lower()}", name)
        files[kind] = Path(loading.value.path()).read_bytes()
        page.get_by_text(f"Saved: {name}").wait_for()
    world = allowed.ask("GET", "/v1/view").json()["world_hash"]

    note, _, table = files["CSV"].decode("utf-8-sig").partition("\r\n")
    assert note.startswith("# ")
    assert "," not in note
    assert world in note
    assert "not measured" in note
    rows = list(csv.DictReader(io.StringIO(table, newline="")))
    assert {row["cell"]: float(row["latency_ms"]) for row in rows} == pytest.approx(values, rel=1e-6)
    assert {row["unit"] for row in rows} == {"ms"}
    by_id = dict(zip(ids, centres, strict=True))
    for row in rows:
        place = float(row["lat_deg"]), float(row["lon_deg"])
        assert place == pytest.approx(by_id[row["cell"]], abs=1e-5)

    drawn = json.loads(files["GeoJSON"])
    assert drawn["type"] == "FeatureCollection"
    assert drawn["openleo"]["world_hash"] == world
    assert "not measured" in drawn["openleo"]["disclaimer"]
    outlines = dict(zip(ids, corners, strict=True))
    assert {each["id"]: each["properties"]["latency_ms"] for each in drawn["features"]} == pytest.approx(
        values, rel=1e-6
    )
    for each in drawn["features"]:
        (ring,) = each["geometry"]["coordinates"]
        assert ring[0] == ring[-1]
        for found, corner in zip(ring, outlines[each["id"]], strict=False):
            assert found == pytest.approx(corner, abs=2e-5)

    assert files["PNG"].startswith(b"\x89PNG\r\n\x1a\n")
    assert b"iTXtDescription" in files["PNG"]
    assert world.encode() in files["PNG"]


def test_the_table_stands_in_for_the_map_and_says_the_apis_values(
    reader: "BrowserContext", allowed: Service
) -> None:
    page = open_page(reader, allowed, "field=elevation_deg")
    _, ids, _ = cells_of(allowed)
    raw = allowed.ask("GET", "/v1/view/slots/0/fields/elevation_deg").content
    values = [each for each in struct.unpack(f"<{len(ids)}f", raw) if each == each]
    table = page.locator(".place-table table")
    table.wait_for()
    page.get_by_label("Rows").select_option("cells")
    page.get_by_role("columnheader", name="Value").wait_for()
    shown = page.locator(".place-table tbody tr").count()
    assert shown == len(values)
    assert axe(page, within=".place-table") == []
    page.get_by_label("Rows").select_option("countries")
    for country in ("Gabon", "Uganda"):
        assert table.get_by_role("rowheader", name=country).count() == 1
    page.get_by_label("Rows").select_option("cells")
    page.get_by_role("button", name="Ask", exact=True).first.click()
    card_of(page)


# ------------------------------------------------------------------ trouble


def test_a_server_that_is_gone_is_said_on_the_card_and_the_card_comes_back(
    reader: "BrowserContext", seen: Any, allowed: Service
) -> None:
    seen.expect("ERR_INTERNET_DISCONNECTED")
    page = open_page(reader, allowed, where(LIBREVILLE))
    card_of(page)
    page.wait_for_load_state("networkidle")
    reader.set_offline(True)
    page.evaluate("location.hash = location.hash.replace(/at=[^&]*/, 'at=0.32,32.58')")
    trouble = page.locator(".place-trouble")
    trouble.first.wait_for()
    assert "does not answer" in trouble.inner_text()
    assert page.locator(".verdict").count() == 0
    assert "Libreville" not in page.locator(".place-card").inner_text()
    reader.set_offline(False)
    page.get_by_role("heading", level=2, name="Kampala").wait_for()
    card_of(page)
    assert trouble.count() == 0
