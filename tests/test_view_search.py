"""What a search finds: towns, points in many spellings, satellites, sites, regions and countries."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openleo import Twin, open_twin
from openleo.operate.view.search import found, point_of
from openleo.service.regions import RuleSet

RULES = """name = "made"
[elsewhere]
licence = "licensed"
decision = "For tests."
[[regions]]
name = "Quiet zone of the north"
decision = "For tests: quiet."
countries = ["FR"]
service = "off"
"""


@pytest.fixture(scope="module")
def twin() -> Twin:
    return open_twin("duo")


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> RuleSet:
    file = tmp_path_factory.mktemp("rules") / "made.rules.toml"
    file.write_text(RULES, encoding="utf-8")
    return RuleSet.load(file)


def first(words: str, twin: Twin | None = None, rules: RuleSet | None = None) -> Any:
    return found(words, 8, twin, rules)[0]


@pytest.mark.parametrize(
    "text",
    [
        "48.85, 2.35", "48.85 2.35", "48.85,2.35", " 48.85 ; 2.35 ", "48,85 2,35", "48,85; 2,35",
        "48,85, 2,35", "48.85N 2.35E", "N48.85 E2.35", "N 48.85°, E 2.35°", "48.85° N, 2.35° E",
        "48°51'N 2°21'E", "48°51′ N, 2°21′ E", "48° 51' 0\" N 2° 21' 0\" E", "48°51'00''N 2°21'00''E",
        "2°21'E 48°51'N", "2.35E, 48.85N", "+48.85 +2.35", "48º51'n 2º21'e", "48.85N2.35E",
    ],
)  # fmt: skip
def test_a_point_is_taken_as_people_write_it(text: str) -> None:
    assert point_of(text) == pytest.approx((48.85, 2.35))


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("-33.9 151.2", (-33.9, 151.2)), ("33.9S 151.2E", (-33.9, 151.2)), ("−33.9, −70", (-33.9, -70.0)),
        ("40°26'46\"N 79°58'56\"W", (40.446111, -79.982222)), ("40°26'N 79°58'O", (40.433333, -79.966667)),
        ("0,0", (0.0, 0.0)), ("90 180", (90.0, 180.0)), ("48,2", (48.0, 2.0)),
    ],
)  # fmt: skip
def test_signs_and_letters_say_which_side(text: str, point: tuple[float, float]) -> None:
    assert point_of(text) == pytest.approx(point, abs=1e-6)


@pytest.mark.parametrize(
    "text",
    ["91, 2", "48, 181", "48", "48N 2N", "2E 3W", "48°61'N 2°E", "N48N 2E", "1 2 3", "nan, 2", "Paris, FR"],
)
def test_what_is_no_point_is_none(text: str) -> None:
    assert point_of(text) is None


def test_a_point_says_what_is_near() -> None:
    it = first("48.85, 2.35")
    assert (it.kind, it.name, it.lat_deg, it.lon_deg) == ("point", "48.8500, 2.3500", 48.85, 2.35)
    assert "Paris" in it.detail


def test_of_towns_of_one_name_the_most_populous_comes_first_and_a_country_picks_one() -> None:
    hits = [each for each in found("london", 8, None, None) if each.kind == "town"]
    assert [each.name for each in hits[:2]] == ["London", "London"]
    assert [each.detail for each in hits[:2]] == ["GB", "CA"]
    assert {each.detail for each in found("London, Canada", 8, None, None)} == {"CA"}
    assert first("Staunton, Virginia").name == "Staunton"
    assert first("Sao Paulo").name == first("SÃO PAULO").name == "São Paulo"
    assert first("nairo").name == "Nairobi"


def test_satellites_are_found_by_number_and_name(twin: Twin) -> None:
    assert first("900000007", twin).number == 900_000_007
    assert first("ring-0-12", twin).number == 900_000_013
    begun = [each for each in found("ring", 5, twin, None) if each.kind == "satellite"]
    assert begun
    assert all(each.name.startswith("ring-") for each in begun)
    assert len(found("9000000", 5, twin, None)) == 5
    assert found("ring-0-12", 5, None, None) == ()


def test_gateways_pops_regions_and_countries_are_found(twin: Twin, rules: RuleSet) -> None:
    kinds = {each.kind for each in found("Kampala", 8, twin, rules)}
    assert kinds == {"town", "gateway", "pop"}
    quiet = first("quiet", twin, rules)
    assert (quiet.kind, quiet.name) == ("region", "Quiet zone of the north")
    assert "Quiet zone of the north" in [each.name for each in found("NORTH", 8, None, rules)]
    assert (first("FR").kind, first("FR").name) == ("country", "France")
    kenya = first("kenya")
    assert (kenya.kind, kenya.detail) == ("country", "KE")
    assert (kenya.lat_deg, kenya.lon_deg) == pytest.approx((-1.28, 36.82), abs=0.05)  # Nairobi


@settings(deadline=None)  # the first call reads the towns
@given(st.text(max_size=100), st.integers(1, 50))
def test_no_words_make_a_search_fail(words: str, most: int) -> None:
    hits = found(words, most, None, None)
    assert len(hits) <= most
    assert all((each.lat_deg is None) == (each.lon_deg is None) for each in hits)


def test_markup_is_words_like_others(tmp_path: Path) -> None:
    assert found("<script>alert(1)</script>", 8, None, None) == ()
