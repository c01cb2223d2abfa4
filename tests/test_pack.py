"""Packs: a rule file with its polygons as one text beside the log, and what is no pack."""

import json
import os
import shutil
import tempfile
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_fuzz import mutated

from openleo.errors import InputError
from openleo.ledger.errors import Malformed
from openleo.ledger.objects import LARGEST_OBJECT, seal
from openleo.service.governance.pack import LARGEST_PACK, contents, pack, unpack
from openleo.service.regions import RuleSet, builtin_rules

WORLDS = Path(str(files("openleo") / "worlds"))
SQUARE = '{"type":"Polygon","coordinates":[[[-16,28],[-15,28],[-15,29],[-16,29],[-16,28]]]}'
RULES = """# Une île, in the words of who wrote it\r
name = "square"

[[regions]]
name = "the square"
decision = "Fiction."
polygon = "square.geojson"
service = "off"
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A rule file with one polygon beside it."""
    (tmp_path / "square.geojson").write_text(SQUARE, encoding="utf-8")
    path = tmp_path / "square.rules.toml"
    path.write_bytes(RULES.encode())
    return path


@pytest.mark.slow
@pytest.mark.parametrize("name", builtin_rules())
def test_a_built_in_rule_set_has_the_same_digest_out_of_its_pack(name: str) -> None:
    assert unpack(pack(name)).digest == RuleSet.load(name).digest


def test_a_built_in_name_is_the_file_of_that_name() -> None:
    assert pack("today") == pack(WORLDS / "today.rules.toml")


def test_a_pack_is_the_files_to_the_byte_in_canonical_json(rules: Path) -> None:
    raw = pack(rules)
    expected = {"files": {"square.geojson": SQUARE}, "rules": RULES}
    assert raw == rfc8785.dumps(expected)  # another program's canonical JSON
    assert unpack(raw).digest == RuleSet.load(rules).digest


def test_a_pack_does_not_depend_on_where_or_when_its_files_were_written(rules: Path, tmp_path: Path) -> None:
    there = tmp_path / "elsewhere"
    there.mkdir()
    for name in ("square.geojson", "square.rules.toml"):
        shutil.copyfile(tmp_path / name, there / name)
        os.utime(there / name, (1, 1))
    assert pack(there / rules.name) == pack(rules)


def test_a_file_counts_by_what_it_holds(rules: Path) -> None:
    before = pack(rules)
    other = SQUARE.replace("28", "27.5")
    (rules.parent / "square.geojson").write_text(other, encoding="utf-8")
    assert unpack(pack(rules)).digest != unpack(before).digest


def test_unpacking_leaves_nothing_on_disk(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = pack(rules)
    empty = rules.parent / "tmp"
    empty.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(empty))
    unpack(raw)
    with pytest.raises(InputError):
        unpack(rfc8785.dumps({"files": {"square.geojson": "{}"}, "rules": RULES}))
    assert list(empty.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    [
        "../square.geojson",
        "shapes/square.geojson",
        "/etc/passwd",
        "..",
        ".",
        ".hidden",
        "a\\b",
        "C:x",
        "a\nb",
    ],
)
def test_a_file_in_another_folder_is_refused(rules: Path, name: str) -> None:
    moved = RULES.replace('"square.geojson"', json.dumps(name))
    rules.write_bytes(moved.encode())
    with pytest.raises(
        InputError, match=r"regions\[0\].polygon: .*; the name of a file beside it is allowed"
    ):
        pack(rules)
    with pytest.raises(Malformed, match=r"pack: files: .*; the name of a file without folder"):
        unpack(rfc8785.dumps({"files": {name: SQUARE}, "rules": moved}))


def test_a_missing_polygon_is_named(rules: Path) -> None:
    (rules.parent / "square.geojson").unlink()
    with pytest.raises(InputError, match=r"regions\[0\].polygon: square.geojson cannot be read"):
        pack(rules)


@pytest.mark.parametrize(
    ("given_files", "words"),
    [
        ({}, "'square.geojson' is missing"),
        ({"square.geojson": SQUARE, "b": ""}, "'b' is not named by its rules"),
    ],
)
def test_a_pack_has_the_files_that_its_rules_name_and_no_other(
    given_files: dict[str, str], words: str
) -> None:
    with pytest.raises(Malformed, match=words):
        unpack(rfc8785.dumps({"files": given_files, "rules": RULES}))


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"rules": RULES},
        {"files": {}, "rules": 1},
        {"files": [], "rules": RULES},
        {"files": {"square.geojson": 3}, "rules": RULES},
        {"files": {"square.geojson": SQUARE}, "rules": RULES, "more": 1},
    ],
)
def test_json_that_is_no_pack_is_malformed(value: Any) -> None:
    with pytest.raises(Malformed, match="pack: "):
        unpack(rfc8785.dumps(value))


def test_a_pack_has_one_spelling(rules: Path) -> None:
    raw = pack(rules)
    with pytest.raises(Malformed, match="not canonical"):
        unpack(json.dumps(json.loads(raw), sort_keys=True, ensure_ascii=False).encode())


@pytest.mark.parametrize("where", ["rules", "square.geojson"])
def test_what_is_larger_than_16_mib_is_refused(rules: Path, where: str) -> None:
    path = rules if where == "rules" else rules.parent / where
    path.write_bytes(path.read_bytes() + b"\n" * (LARGEST_PACK - 100))
    with pytest.raises(InputError, match="more than 167771"):
        pack(rules)
    with pytest.raises(Malformed, match="16777216 bytes; at most 167771"):
        unpack(b" " * LARGEST_OBJECT)


def test_the_largest_pack_fits_into_an_object_of_the_log() -> None:
    _, raw = seal(bytes(LARGEST_PACK))
    assert len(raw) == LARGEST_OBJECT == 16 * 2**20


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('name = "square"', "name = ", "is no TOML"),
        ('service = "off"', 'service = "of"', r"regions\[0\].service: 'of' given"),
        ('name = "square"', f"name = {'[' * 5000}", "no TOML that can be read: RecursionError"),
        ('name = "square"', f"name = {'9' * 5000}", "no TOML that can be read: ValueError"),
    ],
)
def test_rules_that_are_not_as_they_should_be_are_refused_by_key(
    rules: Path, old: str, new: str, words: str
) -> None:
    text = RULES.replace(old, new)
    rules.write_bytes(text.encode())
    for refused in (
        lambda: pack(rules),
        lambda: unpack(rfc8785.dumps({"files": {"square.geojson": SQUARE}, "rules": text})),
    ):
        with pytest.raises(InputError, match=words):
            refused()


@pytest.mark.parametrize("shape", ["{", "{}", "[" * 5000, "9" * 5000, SQUARE.replace("28", "128")])
def test_a_polygon_that_cannot_be_read_is_refused_without_naming_a_temporary_folder(shape: str) -> None:
    with pytest.raises(InputError) as refused:
        unpack(rfc8785.dumps({"files": {"square.geojson": shape}, "rules": RULES}))
    assert tempfile.gettempdir() not in str(refused.value)


def test_a_file_that_is_not_utf8_is_refused(rules: Path) -> None:
    (rules.parent / "square.geojson").write_bytes(b"\xff" + SQUARE.encode())
    with pytest.raises(InputError, match="byte 0 is not UTF-8"):
        pack(rules)


VALID = rfc8785.dumps({"files": {"square.geojson": SQUARE}, "rules": RULES})


@pytest.mark.slow
@given(mutated(VALID))
@settings(max_examples=40, deadline=None)
def test_a_changed_pack_is_refused_or_another_rule_set(raw: bytes) -> None:
    try:
        rules = unpack(raw)
    except (Malformed, InputError):
        return
    assert rules.file.name == tomllib.loads(json.loads(raw)["rules"])["name"]
    assert rfc8785.dumps(json.loads(raw)) == raw


@given(st.text(max_size=20).filter(lambda name: name != "square.geojson"))
@settings(deadline=None)
def test_no_name_of_a_file_reaches_the_disk_unasked(name: str) -> None:
    with pytest.raises((Malformed, InputError)):
        unpack(rfc8785.dumps({"files": {name: SQUARE}, "rules": RULES}))


def test_a_key_of_thousands_of_parts_is_refused_at_once_for_the_parser_would_take_minutes() -> None:
    for part in ("a", '"a b"', "'a'"):
        raw = rfc8785.dumps({"files": {}, "rules": f"{'.'.join([part] * 40_000)} = 1\n"})
        with pytest.raises(InputError, match="a key of at most 8 parts"):
            contents(raw)
    for hidden in (
        "[" + ("a" + " " * 10 + ".") * 20 + "a]",
        ("a" * 201 + ".") * 20 + "a=1",
        '"\\"".' * 20 + "a=1",
    ):
        with pytest.raises(InputError, match="a key of at most 8 parts"):
            contents(rfc8785.dumps({"files": {}, "rules": f'x = """\n"""\n{hidden}\n'}))


@pytest.mark.parametrize(
    "words",
    ["OID 1.3.6.1.4.1.311.21.8 of the decree", "https://www.a.b.c.d.e.f.gov.example/x",
     "Art. 5. par. 2. no. 7. lit. b. al. 3. No. 4.", "Signed: J. R. R. T. A. B. C. D. E. F."],
)  # fmt: skip
def test_whatever_dots_a_decision_or_a_comment_has_it_is_no_key(words: str) -> None:
    for said in (f'"{words}"', f'"""\n{words}\n"""', f"'{words}'", f"'''{words}'''"):
        text = f'# {words}\nname = "x"\n[elsewhere]\ndecision = {said}\nlicence = "licensed"\n'
        assert words in contents(rfc8785.dumps({"files": {}, "rules": text}))[0].elsewhere.decision


def test_a_text_of_megabytes_is_looked_through_in_one_go() -> None:
    for part in ("a", '"', "'", '\\"', "a.", '"""x', "a ", "#", ".", "a" * 200 + " " * 9 + "."):
        raw = rfc8785.dumps({"files": {}, "rules": part * ((1 << 20) // len(part))})
        with pytest.raises(InputError):
            contents(raw)
