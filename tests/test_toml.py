"""TOML into frozen dataclasses: what is taken, what is refused, and what the error says."""
# ruff: noqa: RUF009 - `key` declares a field, as dataclasses.field does

import dataclasses
import math
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openleo.errors import InputError
from openleo.formats.toml import attributes, key, parse, read_toml


@dataclasses.dataclass(frozen=True)
class Wheel:
    """A table within a table."""

    spokes: int = key("how many", low=1, high=64)


@dataclasses.dataclass(frozen=True)
class Cart:
    """One field of each type that there is."""

    name: str = key("what it is called")
    load_kg: float = key("what it carries", default=1.5, unit="kg", above=0.0)
    slope_deg: float = key("how steep", default=0.0, unit="deg", low=-45.0, high=45.0)
    axles: int = key("how many", default=2, low=0)
    covered: bool = key("whether it has a roof", default=False)
    built: datetime = key("when", default=datetime(2026, 1, 1, tzinfo=UTC))
    colour: Literal["red", "blue"] = key("of the paint", default="red")
    range_km: float = key("how far it goes", default=math.inf, unit="km", above=0.0)
    stops: tuple[float, ...] = key("along the way", default=(), low=0.0, high=100.0)
    wheels: tuple[Wheel, ...] = key("[[wheels]]", default=())
    spare: Wheel = key("[spare]", default=Wheel(12))

    def __post_init__(self) -> None:
        if self.covered and self.axles == 0:
            raise InputError("covered: true given; a sledge has no roof")


def refused(table: dict[str, Any]) -> str:
    with pytest.raises(InputError) as refusal:
        parse(Cart, table, "cart.toml: ")
    return str(refusal.value)


def test_a_table_becomes_the_dataclass() -> None:
    cart = parse(
        Cart,
        {
            "name": "ox", "load_kg": 3, "axles": 1, "covered": True, "built": datetime(2026, 5, 1, 3),
            "colour": "blue", "stops": [1, 2.5], "wheels": [{"spokes": 8}, {"spokes": 9}],
            "spare": {"spokes": 3},
        },
        "cart.toml: ",
    )  # fmt: skip
    built = datetime(2026, 5, 1, 3, tzinfo=UTC)
    assert cart == Cart(
        "ox", 3.0, 0.0, 1, True, built, "blue", math.inf, (1.0, 2.5), (Wheel(8), Wheel(9)), Wheel(3)
    )
    assert isinstance(cart.load_kg, float)
    assert isinstance(cart.stops[0], float)


def test_a_time_in_another_zone_is_kept_as_utc(tmp_path: Path) -> None:
    file = tmp_path / "cart.toml"
    file.write_text('name = "ox"\nbuilt = 2026-05-01T03:00:00+02:00\n')
    assert parse(Cart, read_toml(file), "").built == datetime(2026, 5, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({}, "cart.toml: name: is missing; a text is needed"),
        ({"name": 5}, "cart.toml: name: 5 given; a text is allowed"),
        (
            {"nam": "ox"},
            "cart.toml: nam: there is no such key (did you mean name?); allowed are name, load_kg",
        ),
        ({"name": "ox", "zzz": 1}, "cart.toml: zzz: there is no such key; allowed are name"),
        ({"name": "ox", "load_kg": 0.0}, "cart.toml: load_kg: 0.0 given; a number above 0 is allowed"),
        ({"name": "ox", "load_kg": True}, "cart.toml: load_kg: True given; a number above 0 is allowed"),
        ({"name": "ox", "load_kg": "3"}, "cart.toml: load_kg: '3' given; a number above 0 is allowed"),
        ({"name": "ox", "load_kg": math.nan}, "cart.toml: load_kg: nan given"),
        ({"name": "ox", "slope_deg": 46}, "slope_deg: 46 given; a number from -45 to 45 is allowed"),
        ({"name": "ox", "slope_deg": math.inf}, "slope_deg: inf given; a number from -45 to 45 is allowed"),
        ({"name": "ox", "axles": 2.0}, "axles: 2.0 given; a whole number of at least 0 is allowed"),
        ({"name": "ox", "axles": True}, "axles: True given"),
        ({"name": "ox", "axles": 2**63}, "axles: 9223372036854775808 given"),
        ({"name": "ox", "load_kg": 10**400}, "load_kg: 1000"),
        ({"name": "ox", "covered": 1}, "covered: 1 given; true or false is allowed"),
        (
            {"name": "ox", "built": "2026"},
            "built: '2026' given; a date and time such as 2026-05-30T12:00:00Z",
        ),
        (
            {"name": "ox", "built": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1)))},
            "given; a date and time such as 2026-05-30T12:00:00Z",
        ),
        ({"name": "ox", "axles": 16**9000}, "axles: a number of thousands of digits given"),
        ({"name": "ox", "axles": "9" * 9000}, "999... given; a whole number"),
        ({"name": "ox", "colour": "green"}, 'colour: \'green\' given; one of "red", "blue" is allowed'),
        ({"name": "ox", "stops": 3}, "stops: 3 given; a list, each of its items a number from 0 to 100"),
        (
            {"name": "ox", "stops": [1, -1]},
            "cart.toml: stops[1]: -1 given; a number from 0 to 100 is allowed",
        ),
        ({"name": "ox", "spare": 4}, "spare: 4 given; a table is allowed"),
        ({"name": "ox", "wheels": [{}]}, "cart.toml: wheels[0].spokes: is missing"),
        ({"name": "ox", "wheels": [{"spokes": 0}]}, "cart.toml: wheels[0].spokes: 0 given"),
        ({"name": "ox", "covered": True, "axles": 0}, "cart.toml: covered: true given; a sledge has no roof"),
    ],
)
def test_a_refusal_names_file_key_value_and_what_is_allowed(table: dict[str, Any], message: str) -> None:
    assert refused(table).startswith("cart.toml: ")
    assert message in refused(table)


def test_infinity_is_a_number_where_it_is_the_default() -> None:
    assert parse(Cart, {"name": "ox", "range_km": math.inf}, "").range_km == math.inf
    assert "load_kg: inf given; a number above 0 is allowed" in refused({"name": "ox", "load_kg": math.inf})
    assert "range_km: -1 given; a number above 0 or inf is allowed" in refused({"name": "o", "range_km": -1})


def test_a_file_that_is_no_toml_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "cart.toml"
    file.write_text('name = "ox"\nload =\n')
    with pytest.raises(InputError, match=r"cart\.toml: is no TOML: .*line 2"):
        read_toml(file)
    file.write_bytes(b"name = '\xff'")
    with pytest.raises(InputError, match=r"cart\.toml: is no TOML"):
        read_toml(file)
    with pytest.raises(InputError, match=r"none\.toml: cannot be read"):
        read_toml(tmp_path / "none.toml")


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers())))
def test_whatever_is_given_is_taken_or_refused_by_name(value: Any) -> None:
    for name in ("load_kg", "slope_deg", "axles", "colour", "stops", "spare"):
        try:
            cart = parse(Cart, {"name": "ox", name: value}, "cart.toml: ")
        except InputError as error:
            assert str(error).startswith(f"cart.toml: {name}")  # noqa: PT017 - it may be raised or not
        else:
            kept = getattr(cart, name)
            expected = float(value) if name.endswith(("_kg", "_deg")) else value
            assert kept == (tuple(map(float, value)) if name == "stops" else expected)
            assert -45.0 <= cart.slope_deg <= 45.0
            assert cart.load_kg > 0.0


def test_the_table_of_attributes_says_what_the_check_says() -> None:
    rows = {row.name: row for row in attributes(Cart)}
    assert list(rows) == [
        "name",
        "load_kg",
        "slope_deg",
        "axles",
        "covered",
        "built",
        "colour",
        "range_km",
        "stops",
    ]
    assert (rows["name"].type, rows["name"].default) == ("text", "required")
    assert (rows["load_kg"].unit, rows["load_kg"].default) == ("kg", "1.5")
    assert rows["load_kg"].allowed == "a number above 0"
    assert rows["built"].default == "2026-01-01T00:00:00Z"
    assert rows["colour"].allowed == 'one of "red", "blue"'
    assert rows["stops"].type == "list of number"
    assert rows["covered"].default == "false"
