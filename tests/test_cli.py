"""The command line as people and programs meet it: what goes where, exit codes, run folders, the page of "
"commands."""

import csv
import errno
import importlib.util
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from click.testing import CliRunner, Result

from openleo import open_dataset
from openleo.cli import openleo
from openleo.formats.celestrak import cache_folder
from openleo.twin import Slot, Twin

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*words: str) -> Result:
    return CliRunner().invoke(openleo, words)


def well(*words: str) -> Result:
    result = call(*words)
    assert result.exit_code == 0, result.output
    return result


def world(text: str, name: str = "made", base: str = "duo") -> str:
    path = Path(f"{name}.toml")
    path.write_text(f'base = "{base}"\nname = "{name}"\n{text}', encoding="utf-8")
    return str(path)


def test_help_begins_with_examples() -> None:
    for words in ([], ["run"], ["why"], ["world", "show"], ["doctor"]):
        assert well(*words, "--help").stdout.startswith("Examples:\n  openleo ")


def test_the_page_of_commands_is_up_to_date() -> None:
    path = ROOT / "builders" / "commands.py"
    spec = importlib.util.spec_from_file_location("commands", path)
    assert spec is not None
    assert spec.loader is not None
    builder = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(builder)
    assert (ROOT / "docs" / "commands.md").read_text(encoding="utf-8") == builder.page()


def test_a_run_leaves_its_folder_and_one_json_object() -> None:
    result = well("run", "duo", "--slots", "3", "--no-pictures", "--json")
    got = json.loads(result.stdout)
    assert got["slots"] == 3
    assert (got["satellites"], got["satellites_read"], got["satellites_left_out"]) == (40, 40, {})
    assert (got["cells"], got["cells_with_demand"]) == (2, 2)
    assert (got["coverage"], got["satisfied"]) == (1.0, 1.0)
    assert set(got["unserved"]) == {"no_satellite", "gso_arc", "no_gateway", "capacity", "colour", "rule"}
    assert 0.0 < got["rtt_ms"]["p50"] < got["rtt_ms"]["p95"]
    assert "free" in result.stderr
    assert json.loads(Path("runs/duo/summary.json").read_text())["coverage"] == 1.0
    data = open_dataset("runs/duo")
    assert data.sizes["slot"] == 3
    assert bool((data["served"] == 1).all())


def test_the_table_of_a_run_names_every_reason() -> None:
    text = well("run", "triangle", "--slots", "1", "--no-pictures").stdout
    for word in (
        "coverage",
        "66.67 %",
        "no satellite",
        "GSO arc",
        "no gateway",
        "capacity",
        "colour",
        "rule",
    ):
        assert word in text
    assert text.rstrip().endswith("runs/triangle")


@pytest.mark.slow
def test_maps_and_page_of_a_run() -> None:
    well("run", "triangle", "--slots", "2")
    page = Path("runs/triangle/index.html").read_text(encoding="utf-8")
    for name in ("coverage", "latency", "throughput", "satellites-in-view", "reason"):
        assert Path(f"runs/triangle/{name}.png").read_bytes().startswith(b"\x89PNG")
        assert f"src='{name}.png'" in page
    assert well("map", "triangle", "hops", "--slot", "1").stdout.strip() == "runs/triangle/hops-1.png"
    assert Path("runs/triangle/hops-1.png").is_file()


def test_fields_can_be_chosen() -> None:
    well("run", "duo", "--slots", "1", "--no-pictures", "--fields", "served, latency_ms")
    data = open_dataset("runs/duo")
    assert "latency_ms" in data
    assert "satellite" not in data
    result = call("run", "duo", "--no-pictures", "--fields", "served,colour")
    assert result.exit_code == 2
    assert "colour" in result.stderr
    assert "throughput_bps" in result.stderr


def test_the_slot_is_the_one_that_contains_the_time() -> None:
    for at in ("2026-03-01T10:00:00", "2026-03-01T10:00:00Z", "2026-03-01T12:00:00+02:00"):
        got = json.loads(well("run", "duo", "--slots", "1", "--at", at, "--no-pictures", "--json").stdout)
        assert got["start"] == "2026-03-01T09:59:57Z"
    result = call("run", "duo", "--at", "yesterday")
    assert result.exit_code == 2
    assert "yesterday" in result.stderr


def test_elements_far_from_the_run_are_warned_of() -> None:
    result = well("run", "duo", "--slots", "1", "--at", "2026-03-01T10:00Z", "--no-pictures")
    assert "Warning: 40 of 40 element sets" in result.stderr
    assert "Warning" not in result.stdout


def test_a_satellite_that_falls_is_named_and_counted(somewhere: Path) -> None:
    """As in test_twin, where the sgp4 package says when it is down; here what people are told of it."""
    elements = {
        "OBJECT_NAME": "FALLING", "OBJECT_ID": "2026-001A", "EPOCH": "2026-01-01T00:00:00",
        "MEAN_MOTION": 16.3, "ECCENTRICITY": 1e-3, "INCLINATION": 0.1, "RA_OF_ASC_NODE": 0.0,
        "ARG_OF_PERICENTER": 0.0, "MEAN_ANOMALY": 333.0, "EPHEMERIS_TYPE": 0, "CLASSIFICATION_TYPE": "U",
        "NORAD_CAT_ID": 123456789, "ELEMENT_SET_NO": 1, "REV_AT_EPOCH": 1, "BSTAR": 0.05,
        "MEAN_MOTION_DOT": 0.0, "MEAN_MOTION_DDOT": 0.0,
    }  # fmt: skip
    (somewhere / "falling.json").write_text(json.dumps([elements]))
    file = world("slot_s = 1200\n[fleet]\nmin_altitude_km = 0\n")
    done = well("run", file, "--fleet", "falling.json", "--slots", "12", "--no-pictures")
    # drag first rounds the orbit until SGP4 has no eccentricity for it: its code 1, as the package has it
    said = "FALLING (123456789) drops out: the mean eccentricity has left 0 to 1."
    assert done.stderr.count(said) == 1
    assert "lost on the way: 1" in done.stdout


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> Result:
    """A run of five slots of duo, interrupted as the fourth is about to be planned."""
    slots = Twin.slots

    def interrupted(self: Twin, *args: Any, **kwargs: Any) -> Iterator[Slot]:
        for slot in slots(self, *args, **kwargs):
            if slot.index == 3:
                raise KeyboardInterrupt
            yield slot

    with monkeypatch.context() as patched:
        patched.setattr(Twin, "slots", interrupted)
        return call("run", "triangle", "--slots", "5", "--no-pictures")


def test_ctrl_c_leaves_whole_slots_and_says_how_to_go_on(stopped: Result) -> None:
    assert stopped.exit_code == 130
    assert "--resume" in stopped.stderr
    assert stopped.stdout == ""
    assert open_dataset("runs/triangle").sizes["slot"] == 3


def test_a_run_that_goes_on_gives_what_it_would_have_given(stopped: Result) -> None:
    went_on = json.loads(
        well("run", "triangle", "--slots", "5", "--no-pictures", "--resume", "--json").stdout
    )
    whole = json.loads(
        well("run", "triangle", "--slots", "5", "--no-pictures", "--out", "w", "--json").stdout
    )
    timing = {"wall_s", "slot_ms_median", "folder"}
    assert {k: v for k, v in went_on.items() if k not in timing} == {
        k: v for k, v in whole.items() if k not in timing
    }
    a, b = open_dataset("runs/triangle"), open_dataset("w")
    for name in ("satellite", "throughput_bps", "latency_ms", "gateway"):
        np.testing.assert_array_equal(a[name].to_numpy(), b[name].to_numpy())


def test_a_stopped_run_is_not_deleted_unasked(stopped: Result) -> None:
    result = call("run", "triangle", "--slots", "5", "--no-pictures")
    assert result.exit_code == 2
    assert "--resume" in result.stderr
    assert open_dataset("runs/triangle").sizes["slot"] == 3
    well("run", "triangle", "--slots", "1", "--no-pictures", "--overwrite")
    assert open_dataset("runs/triangle").sizes["slot"] == 1


def test_a_finished_run_is_replaced_by_one_as_long_and_says_so() -> None:
    well("run", "duo", "--slots", "2", "--no-pictures")
    assert "replaced" in well("run", "duo", "--slots", "2", "--no-pictures").stderr
    result = call("run", "duo", "--slots", "1", "--no-pictures")
    assert result.exit_code == 2
    assert "longer run" in result.stderr


def test_another_folder_is_left_alone(somewhere: Path) -> None:
    (somewhere / "mine").mkdir()
    (somewhere / "mine" / "thesis.txt").write_text("years")
    result = call("run", "duo", "--slots", "1", "--out", "mine", "--no-pictures", "--overwrite")
    assert result.exit_code == 2
    assert [path.name for path in (somewhere / "mine").iterdir()] == ["thesis.txt"]


def test_a_full_disk_is_one_message_and_leaves_whole_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    write = zarr.Array.__setitem__

    def full(array: Any, slot: Any, values: Any) -> None:
        if slot == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(array, slot, values)

    monkeypatch.setattr(zarr.Array, "__setitem__", full)
    result = call("run", "duo", "--slots", "4", "--no-pictures")
    assert result.exit_code == 1
    assert os.strerror(errno.ENOSPC) in result.stderr
    assert "Traceback" not in result.stderr
    assert open_dataset("runs/duo").sizes["slot"] == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[fleet]\nclasses = []\nshells = []\n", "no_satellite"),
        ("[ground]\ngateways = []\n", "no_gateway"),
        ('[cells]\narea = "countries"\n[demand]\nfile = ""\n', None),
    ],
    ids=["no satellites", "no gateways", "no cells"],
)
def test_what_is_empty_is_a_result_with_reasons(text: str, reason: str | None) -> None:
    path = world(text)
    got = json.loads(well("run", path, "--slots", "2", "--no-pictures", "--json").stdout)
    assert got["coverage"] == 0.0
    assert got["rtt_ms"] == {"p50": None, "p95": None}
    assert got["unserved"] == {**dict.fromkeys(got["unserved"], 0), **({reason: 2} if reason else {})}
    well("run", path, "--slots", "2", "--no-pictures")
    assert "Not served" in well("why", "Libreville", "--world", path).stdout
    well("sky", "Libreville", "--world", path)
    well("path", "Libreville", "Kampala", "--world", path)
    well("world", "check", path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('nam = "x"', ("nam", "name")),
        ('name = "x"\n[radio]\nframes = "four"', ("radio.frames", "four", "1 to 64")),
        (
            'name = "x"\n[fleet]\n[[fleet.classes]]\nname = "s"\nbeams = 1\ncapacity_gbps = 1\n'
            '[[fleet.shells]]\nname = "a"\nsatellite_class = "s"\naltitude_km = -3\ninclination_deg = 0\n'
            "planes = 1\nsatellites_per_plane = 1",
            ("fleet.shells[0].altitude_km", "-3", "160 to 2000"),
        ),
        (
            'name = "x"\n[[ground.gateways]]\nname = "a"\ncountry = "UG"\nlat_deg = 95\nlon_deg = 0',
            ("ground.gateways[0].lat_deg", "95", "-90 to 90"),
        ),
        ('name = "x"\nslot_s = = 15', ("line 2",)),
    ],
    ids=["unknown key", "wrong type", "negative altitude", "latitude 95", "no TOML"],
)
def test_bad_input_is_one_clear_message_and_nothing_is_written(text: str, words: tuple[str, ...]) -> None:
    Path("bad.toml").write_text(text, encoding="utf-8")
    for command in (
        ("run", "bad.toml"),
        ("world", "check", "bad.toml"),
        ("why", "Oslo", "--world", "bad.toml"),
    ):
        result = call(*command)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert "Traceback" not in result.stderr
        errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
        assert len(errors) == 1
        for word in ("bad.toml", *words):
            assert word in errors[0]
    assert [path.name for path in Path().iterdir()] == ["bad.toml"]


def test_what_is_wrong_in_a_rule_file_is_told_before_anything_runs() -> None:
    path = world('rules = "bad.rules.toml"\n')
    for text, words in (
        ('name = "r"\n[[regions]]\nname = "a"\ndecision = "d"\ncountries = ["ZZ"]\n', ("regions[0]", "ZZ")),
        ('name = "r"\n[elsewhere]\nlicense = "none"\n', ("elsewhere.license", "licence")),
        ('name = "r"\n[[regions]]\nname = "a"\ndecision = "d"\npolygon = "no.geojson"\n', ("no.geojson",)),
    ):
        Path("bad.rules.toml").write_text(text, encoding="utf-8")
        for command in (
            ("world", "check", path),
            ("run", path),
            ("run", "duo", "--rules", "bad.rules.toml"),
            ("why", "Libreville", "--world", "duo", "--rules", "bad.rules.toml"),
        ):
            result = call(*command)
            assert result.exit_code == 2, result.output
            for word in ("bad.rules.toml", *words):
                assert word in result.stderr
    assert not Path("runs").exists()


def test_rules_of_the_command_line_take_the_place_of_the_worlds_own() -> None:
    Path("r.rules.toml").write_text(
        'name = "r"\n[elsewhere]\ndecision = "Nothing is granted."\n', encoding="utf-8"
    )
    words = ("why", "Libreville", "--world", "duo", "--rules", "r.rules.toml")
    got = json.loads(well(*words, "--json").stdout)
    assert (got["served"], got["reason"], got["rules"]) == (False, "rule", "r")
    assert got["licence"] == {"state": "not licensed", "region": "", "decision": "Nothing is granted."}
    assert got["said"]["licence"] == "not licensed. Nothing is granted."
    assert "Nothing is granted." in " ".join(well(*words).stdout.split())
    run = well("run", "duo", "--slots", "1", "--no-pictures", "--json", "--rules", "r.rules.toml")
    assert json.loads(run.stdout)["unserved"]["rule"] == 2
    assert call("run", "duo", "--rules", "nosuch").exit_code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("run", "nosuch"),
        ("run", "duo", "--slots", "0"),
        ("run", "duo", "--slto", "3"),
        ("run", "duo", "--resume", "--overwrite"),
        ("run", "duo", "--fleet", "no/such.tle"),
        ("why", "--wrld", "duo", "Oslo"),
        ("why", "Xyzzyville", "--world", "duo"),
        ("sky", "95", "10", "--world", "duo"),
        ("path", "London", "--world", "duo"),
        ("path", "London", "Oslo", "--from", "2026-01-01"),
        ("path", "London", "Oslo", "--from", "2026-01-02", "--to", "2026-01-01", "--world", "duo"),
        ("map", "nowhere", "latency"),
        ("fetch", "A b"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_code_2(words: tuple[str, ...]) -> None:
    result = call(*words)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert "Error: " in result.stderr


def test_elements_that_were_never_fetched_are_exit_code_4(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("openleo.formats.celestrak.cache_folder", lambda: tmp_path / "none")
    result = call("run", "duo", "--fleet", "oneweb")
    assert result.exit_code == 4
    assert "openleo fetch oneweb" in result.stderr
    assert well("fetch").stdout.startswith("Nothing was fetched yet")
    assert cache_folder().name == "elements"


def test_negative_numbers_are_places_and_not_options() -> None:
    got = json.loads(well("sky", "-0.5", "-20.25", "--world", "duo", "--json").stdout)
    assert (got["lat_deg"], got["lon_deg"]) == (-0.5, -20.25)
    assert got["satellites"]
    assert "-0.5,-20.25" in well("why", "--world", "duo", "-0.5", "-20.25").stdout
    assert well("path", "-0.5,-20.25", "0.3,-0.5", "--world", "duo").stdout.startswith(
        "-0.5,-20.25 to 0.3,-0.5"
    )


def test_a_town_of_two_words_needs_no_quotes() -> None:
    assert well("sky", "Sao", "Tome", "--world", "duo").stdout.startswith("São Tomé")


def test_why_answers_first_and_in_json() -> None:
    first = well("why", "Libreville", "--world", "duo").stdout.splitlines()[0]
    assert first.startswith("Libreville, GA: Served by ring-0-")
    got = json.loads(well("why", "Libreville", "--world", "duo", "--json").stdout)
    assert got["served"] is True
    assert got["service"]["gateway"] == "Kampala"
    assert got["said"]["licence"] == "no rule in this world says"
    refused = well("why", "Singapore", "--world", "triangle").stdout
    assert "rule" in refused.splitlines()[0]
    assert "no licence was asked for" in " ".join(refused.split())


def test_path_against_fibre_and_a_series_as_csv() -> None:
    got = json.loads(well("path", "Libreville", "Kampala", "--world", "duo", "--json").stdout)
    assert got["isl_hops"] == len(got["satellites"]) - 1
    assert got["km"] == pytest.approx(got["up_km"] + got["isl_km"] + got["down_km"])
    assert got["rtt_ms"] == pytest.approx(2.0 * (got["km"] / 299.792458 + 0.4 * len(got["satellites"])))
    series = ("--from", "2026-01-01T00:00", "--to", "2026-01-01T00:10", "--step", "60")
    text = well("path", "Libreville", "Kampala", "--world", "duo", *series, "--csv", "-").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 11
    assert rows[0]["time"] == "2026-01-01T00:00:00Z"
    assert all(float(row["rtt_ms"]) > 10.0 for row in rows)
    said = well(
        "path", "Libreville", "Kampala", "--world", "duo", *series, "--out", "p.png", "--csv", "p.csv"
    )
    assert "median" in said.stdout
    assert Path("p.csv").read_text(encoding="utf-8") == text
    assert Path("p.png").read_bytes().startswith(b"\x89PNG")


def test_sky_as_a_picture() -> None:
    assert "s.png" in well("sky", "Libreville", "--world", "duo", "--out", "s.png").stdout
    assert Path("s.png").read_bytes().startswith(b"\x89PNG")


def test_world_show_and_its_keys() -> None:
    listed = json.loads(well("world", "show", "--json").stdout)
    assert {"today", "duo", "triangle"} <= listed.keys()
    got = json.loads(well("world", "show", "triangle", "--json").stdout)
    assert got["satellites"] == 720
    assert got["rules"]["regions"][0]["licence"] == "none"
    assert got["rules"]["cells_dark"] == 1
    assert "Singapore (illustration)" in well("world", "show", "triangle").stdout
    assert "elevation_mask_deg = 25 deg" in well("world", "show", "--attributes").stdout


def test_doctor_finds_what_is_there() -> None:
    found = {row["what"]: row["found"] for row in json.loads(well("doctor", "--json").stdout)}
    assert "numpy" in found["packages"]
    assert "UT1 - UTC" in found
    assert "kernels" in well("doctor").stdout


def process(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    paths = [str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "COLUMNS": "80"}
    return subprocess.run(
        [sys.executable, "-m", "openleo", *words], cwd=folder, env=environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_data_on_stdout_and_messages_on_stderr(somewhere: Path) -> None:
    done = process("run", "duo", "--slots", "2", "--no-pictures", "--json", folder=somewhere)
    assert done.returncode == 0
    assert json.loads(done.stdout)["slots"] == 2
    assert "slots: 2 of 2" in done.stderr
    table = process("why", "Kampala", "--world", "duo", folder=somewhere)
    assert max(map(len, table.stdout.splitlines())) <= 80
    refused = process("run", "nosuch", folder=somewhere)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("Error: nosuch: ")


def test_help_imports_nothing_heavy(somewhere: Path) -> None:
    heavy = ("numpy", "numba", "rich", "xarray", "h3", "matplotlib")
    code = f"import sys, openleo.cli; print(*(set({heavy}) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=somewhere, env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == ""


@pytest.mark.slow
def test_why_on_the_whole_planet() -> None:
    got = json.loads(well("why", "Nairobi", "--json").stdout)
    assert got["served"] is True
    assert got["service"]["way"][0] == got["service"]["satellite"]["name"]


@pytest.mark.slow
@pytest.mark.reference
def test_a_run_of_real_element_sets_begins_at_their_epoch(reference: Path) -> None:
    file = reference / "gp" / "oneweb-2026-05-30.tle"
    result = well("run", "oneweb", "--fleet", str(file), "--slots", "1", "--no-pictures", "--json")
    got = json.loads(result.stdout)
    assert got["start"].startswith("2026-05-")
    assert got["satellites"] + sum(got["satellites_left_out"].values()) == got["satellites_read"]
