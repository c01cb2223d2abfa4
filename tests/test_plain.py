"""The plain pages: every question of the page answered in tables, without script, and right."""

import json
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from enforced_log import governed
from paging import PHONE, axe, screenshot
from serving import Clock, Service, rules, served

from openleo.operate.live import Live
from openleo.operate.open import open_twin
from openleo.operate.view.clock import OnClock
from openleo.operate.view.page import Page
from openleo.operate.view.stored import RunFolder
from openleo.service.regions import RuleSet

PAGES = (
    "/plain",
    "/plain/availability",
    "/plain/satellites",
    "/plain/ground",
    "/plain/slots",
    "/plain/reasons",
)
TOWN = "lat=0.32&lon=32.58"
"""Kampala, which the small world serves."""
REFUSED = "lat=48.85&lon=2.35"
"""A place where the rules of the tests grant no licence."""
MARKUP = '<b>R</b> & "q"/x?y#z'


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, duo_run: Path) -> Iterator[Service]:
    with served(str(tmp_path_factory.mktemp("plain") / "store.db"), shown=RunFolder(duo_run)) as running:
        yield running


class Read(HTMLParser):
    """A page as a reader without script has it: its words, the addresses that it names, its rows."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.rows: list[list[str]] = []
        self._inside = False
        self.feed(html.partition("</head>")[2])

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        self.said.append(data)
        if self._inside:
            self.rows[-1][-1] = (self.rows[-1][-1] + data).strip()

    def links(self) -> list[str]:
        return [attrs["href"] or "" for tag, attrs in self.tags if tag == "a"]

    def row(self, name: str) -> str:
        """What stands beside a name."""
        return next(row[1] for row in self.rows if row and row[0] == name)


def read(service: Service, path: str, status: int = 200) -> Read:
    answer = service.ask("GET", path)
    assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text[-600:]}"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Read(answer.text)


def number(text: str) -> float:
    found = re.search(r"-?[\d,]+(\.\d+)?", text)
    assert found, text
    return float(found[0].replace(",", ""))


def asked(service: Service, path: str) -> Any:
    answer = service.ask("GET", path)
    assert answer.status_code == 200, answer.text
    return answer.json()


# ------------------------------------------------------------------ what they are


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "fr"])
def test_plain_pages_need_no_script_and_no_other_host(service: Service, language: str) -> None:
    for path in (*PAGES, f"/plain/place?{TOWN}", f"/plain/place?{REFUSED}", "/plain/region/Listed"):
        address = f"{path}{'&' if '?' in path else '?'}lang={language}"
        answer = service.ask("GET", address)
        page = read(service, address)
        assert f'<html lang="{language}">' in answer.text
        assert not [tag for tag, _ in page.tags if tag in ("script", "img", "link", "iframe", "object")]
        assert not [
            attrs for _, attrs in page.tags if any(name.startswith(("on", "style")) for name in attrs)
        ]
        assert all(link.startswith("/") and not link.startswith("//") for link in page.links())
        assert all(attrs["method"] == "get" for tag, attrs in page.tags if tag == "form")
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.slow
def test_every_link_of_a_plain_page_leads_somewhere(service: Service) -> None:
    seen, left = set(), ["/plain", f"/plain/place?{TOWN}", f"/plain/place?{REFUSED}&lang=fr"]
    kinds: dict[str, int] = {}
    while left:
        path = left.pop()
        kind = "/".join(path.partition("?")[0].split("/")[:3])
        if path in seen or kinds.get(kind, 0) >= 12:  # there are as many countries as there are
            continue
        seen.add(path)
        kinds[kind] = kinds.get(kind, 0) + 1
        answer = service.http.get(urljoin(service.url, path.partition("#")[0]), follow_redirects=False)
        assert answer.status_code in (200, 303), f"{path}: {answer.status_code}"
        if path.startswith("/plain"):
            left += Read(answer.text).links()
    wanted = (
        "place",
        "availability",
        "region",
        "country",
        "satellite",
        "satellites",
        "ground",
        "slots",
        "reasons",
    )
    assert {f"/plain/{name}" for name in wanted} <= set(kinds)


def test_without_a_build_the_first_page_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENLEO_PAGE", str(tmp_path / "nothing"))
    with served(str(tmp_path / "store.db")) as alone:
        assert alone.ask("GET", "/").headers["location"] == "/plain"
        said = read(alone, "/plain").text
        assert "make web" in said
        assert "Node 20.19" in said
        assert "--run FOLDER" in said  # nor is there a network to look at
        assert read(alone, f"/plain/place?{REFUSED}").row("Licence") == "not licensed"


# ------------------------------------------------------------------ that they are right


@pytest.mark.slow
def test_a_served_place_shows_what_the_api_says(service: Service) -> None:
    at = asked(service, f"/v1/view/slots/1/at?{TOWN}")
    page = read(service, f"/plain/place?{TOWN}&slot=1")
    it = at["service"]
    assert at["served"]
    assert at["verdict"] in page.text
    assert page.row("Satellite") == it["satellite"]["name"]
    assert number(page.row("Elevation")) == pytest.approx(it["satellite"]["elevation_deg"], abs=0.06)
    assert number(page.row("Round trip")) == pytest.approx(it["round_trip"]["total_ms"], abs=0.06)
    assert number(page.row("all of it")) == pytest.approx(it["round_trip"]["total_ms"], abs=0.006)
    assert page.row("Granted") == f"{it['granted_bps'] / 1e6:.0f}\N{NO-BREAK SPACE}Mbit/s"
    high = [each["name"] for each in at["overhead"] if each["use"] != "below the mask"]
    heads = next(row for row in page.rows if row[-1] == "Use")
    assert [row[0] for row in page.rows[page.rows.index(heads) + 1 :]][: len(high)] == high
    for each in at["way"]:
        assert each["name"] in page.text


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_refused_place_says_why_and_by_whose_decision(service: Service, language: str) -> None:
    page = read(service, f"/plain/place?{REFUSED}&lang={language}")
    told = asked(service, f"/v1/view/slots/0/at?{REFUSED}")["decision"]
    assert told["outcome"] == "refuse"
    assert told["region"] == "Unlicensed"
    text = told["reason"]["text" if language == "en" else "text_fr"]
    assert f"{text} ({told['reason']['number']}, {told['reason']['name']})" in page.text
    assert "Tests: no licence." in page.text
    assert any(link.startswith("/plain/region/Unlicensed") for link in page.links())
    assert ("Appeal" if language == "en" else "Recours") in page.text


@pytest.mark.slow
def test_slots_are_told_in_the_figures_of_the_run(service: Service, duo_run: Path) -> None:
    figures = json.loads((duo_run / "figures.json").read_text())
    rows = {row[0]: row for row in read(service, "/plain/slots").rows}
    for each in figures:
        row = rows[str(each["slot"])]
        assert row[1:3] == [str(each["served"]), str(each["cells_with_demand"])]
        assert number(row[3]) == pytest.approx(100 * each["coverage"], abs=0.06)
        assert number(row[5]) == pytest.approx(100 * each["satisfied"], abs=0.06)


@pytest.mark.slow
def test_satellites_and_ground_are_those_of_the_api(service: Service) -> None:
    satellites = asked(service, "/v1/view/satellites")
    page = read(service, "/plain/satellites")
    for name, catalogue in zip(satellites["name"], satellites["number"], strict=True):
        assert name in page.text
        assert f"/plain/satellite/{catalogue}" in page.links()
    serving = asked(service, f"/v1/view/slots/2/at?{TOWN}")["service"]["satellite"]
    one = asked(service, f"/v1/view/slots/2/satellites/{serving['number']}")
    page = read(service, f"/plain/satellite/{serving['number']}?slot=2")
    assert number(page.row("Altitude")) == round(one["altitude_km"])
    assert page.row("Cells served") == str(len(one["cells"]))
    ground = asked(service, "/v1/view/slots/0/ground")
    page = read(service, "/plain/ground")
    assert all(each["name"] in page.text for each in (*ground["gateways"], *ground["pops"]))


@pytest.mark.slow
def test_by_a_log_the_entry_that_decided_is_one_link_away(tmp_path: Path) -> None:
    with governed(tmp_path) as log:
        log.publish("FR", in_s=10)
        log.clock.pass_s(20)
        with served(str(tmp_path / "s.db"), clock=log.clock, enforced=log.enforcement()) as service:
            entry = asked(service, f"/v1/regions/at?{REFUSED}")["log"]["page"]
            page = read(service, f"/plain/place?{REFUSED}")
            assert entry in page.links()
            assert service.ask("GET", entry).status_code == 200
            assert "/log" in page.links()
            history = read(service, "/plain/region/off%20FR")
            assert entry in history.links()
            assert history.row("Since") == "2026-10-26 12:00:10 UTC"
            assert "By the test." in history.text
            log.witness.close()
            log.clock.pass_s(3 * 86_400)  # whoever answers must say that it may be old
            assert "Witnesses signed the log last" in read(service, "/plain").text


@pytest.mark.slow
def test_of_the_clock_the_slot_that_runs_and_the_next_are_shown(tmp_path: Path) -> None:
    clock = Clock()
    live = Live(open_twin("duo", rules=rules(), threads=1), clock=lambda: clock.us / 1e6)
    shown = OnClock(live, clock, lambda _: rules())
    with served(str(tmp_path / "store.db"), clock=clock, live=live, shown=shown) as service:
        assert "being planned" in read(service, f"/plain/place?{TOWN}", 503).text
        assert "form" in [tag for tag, _ in read(service, "/plain").tags]
        live.step()
        live.step()
        assert read(service, f"/plain/place?{TOWN}").row("Satellite")
        clock.us += 15_000_000
        live.step()
        assert "slot 1, 2026-07-01 12:00:12 UTC" in read(service, f"/plain/place?{TOWN}").text
        slots = [row[0] for row in read(service, "/plain/slots").rows if row and row[0].isdigit()]
        assert slots == ["1", "2"]
        assert "1 to 2 is allowed" in read(service, f"/plain/place?{TOWN}&slot=0", 422).text
        for path in ("/plain/ground", "/plain/satellites"):
            for link in read(service, path).links():
                assert service.ask("GET", link).status_code == 200, link


# ------------------------------------------------------------------ what goes wrong


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/plain/place?q=Nowhere-at-all", 404, "Nowhere-at-all"),
        ("/plain/place?q=", 422, "Nothing was asked"),
        ("/plain/place?lat=91&lon=0", 422, "-90 to 90"),
        ("/plain/place?lat=nan&lon=0", 422, "-90 to 90"),
        ("/plain/place?lat=1", 422, "-180 to 180"),
        (f"/plain/place?{TOWN}&slot=3", 422, "0 to 2 is allowed"),
        (f"/plain/place?{TOWN}&slot=-1", 422, "0 to 2 is allowed"),
        (f"/plain/place?{TOWN}&slot=%D9%A1", 422, "0 to 2 is allowed"),
        (f"/plain/place?q={'x' * 3000}", 422, "200 are allowed"),
        ("/plain/satellite/1", 404, ""),
        ("/plain/satellite/x", 422, "digits"),
        ("/plain/satellite/99999999999999999999", 422, "digits"),
        ("/plain/satellites?from=40", 422, "0 to 39"),
        ("/plain/region/None", 404, ""),
        ("/plain/country/None", 404, "None"),
        ("/plain/area/None", 404, "None"),
        ("/plain/nothing/at/all", 404, "nothing/at/all"),
        ("/plain/place?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E", 404, "<script>alert(1)</script>"),
        ("/plain/place?q=%00%1b%5B31m%ff%E2%80%AE", 404, "\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_a_question_that_cannot_be_answered_gets_a_page_that_says_why(
    service: Service, path: str, status: int, said: str
) -> None:
    for language in ("en", "fr"):
        page = read(service, f"{path}{'&' if '?' in path else '?'}lang={language}", status)
        assert said in page.text or language == "fr"
        assert not [tag for tag, _ in page.tags if tag == "script"]
        assert "form" in [tag for tag, _ in page.tags]  # and one may ask again


@pytest.mark.slow
def test_when_the_run_is_deleted_the_pages_say_so_and_the_rules_are_still_there(
    tmp_path: Path, duo_run: Path
) -> None:
    shutil.copytree(duo_run, tmp_path / "run")
    with served(str(tmp_path / "store.db"), shown=RunFolder(tmp_path / "run")) as service:
        assert read(service, f"/plain/place?{TOWN}").row("Satellite")
        shutil.rmtree(tmp_path / "run")
        for path in ("/plain", "/plain/slots", "/plain/ground?slot=2", f"/plain/place?{TOWN}&slot=2"):
            assert str(tmp_path / "run") not in read(service, path, 410).text, path
            assert "no longer there" in read(service, path, 410).text, path
        assert read(service, "/plain/region/Listed").row("Decision") == "Tests: the survey alone."


@pytest.mark.slow
def test_names_with_markup_are_shown_as_they_are_and_do_nothing(tmp_path: Path) -> None:
    rules = tmp_path / "odd.rules.toml"
    rules.write_text(
        'name = "odd"\n[elsewhere]\nlicence = "licensed"\ndecision = "<i>D</i>"\n[[plans]]\nname = "home"\n'
        f"[[regions]]\nname = '{MARKUP}'\ndecision = '<script>alert(1)</script>'\n"
        'countries = ["FR"]\nlicence = "none"\n'
    )
    with served(str(tmp_path / "s.db"), enforced=RuleSet.load(rules)) as service:
        page = read(service, f"/plain/place?{REFUSED}")
        assert MARKUP in page.text
        assert "<script>alert(1)</script>" in page.text
        assert not [tag for tag, _ in page.tags if tag in ("b", "script", "i")]
        way = next(link for link in page.links() if link.startswith("/plain/region/"))
        region = read(service, way)
        assert MARKUP in region.text
        assert not [tag for tag, _ in region.tags if tag in ("b", "script", "i")]


# ------------------------------------------------------------------ how they are used


@pytest.mark.slow
def test_a_person_asks_about_a_place_in_three_steps_without_script(
    new_context: Any, service: Service
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{service.url}/plain")
    page.get_by_label("Town, coordinates").fill("48.85, 2.35")
    page.get_by_role("button", name="Ask").click()
    assert "Tests: no licence." in page.inner_text("main")
    page.get_by_role("link", name="Français").click()
    assert "Recours" in page.inner_text("main")
    page.get_by_role("link", name="Unlicensed").first.click()
    assert page.inner_text("h1") == "Unlicensed"
    assert "lang=fr" in page.url


@pytest.mark.slow
def test_plain_pages_are_accessible_and_fit_a_phone(new_context: Any, service: Service) -> None:
    place = f"/plain/place?{TOWN}"
    looks = {"dark": (*PAGES, place, "/plain/region/Listed"), "light": (f"/plain/place?{REFUSED}&lang=fr",)}
    for scheme, paths in looks.items():
        page = new_context(viewport=PHONE, color_scheme=scheme).new_page()
        for path in paths:
            page.goto(service.url + path)
            name = path.strip("/").replace("/", "-").partition("?")[0]
            screenshot(page, f"{name}-{scheme}", whole=True)
            assert axe(page) == [], path
            wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert page.evaluate(wide) <= 0, path


def test_a_failure_of_the_server_is_answered_and_tells_nothing_of_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("/srv/secret")

    monkeypatch.setattr(Page, "search", fails)
    with served(str(tmp_path / "store.db")) as service:
        for path, media in (
            ("/v1/search?q=x", "application/problem+json"), ("/plain/place?q=x", "text/html; charset=utf-8"),
        ):  # fmt: skip
            answer = service.ask("GET", path)
            assert (answer.status_code, answer.headers["content-type"]) == (500, media)
            assert "what was asked is not acknowledged" in answer.text
            assert "secret" not in answer.text
    assert [each.name for each in caplog.records] == ["openleo.http"] * 2
