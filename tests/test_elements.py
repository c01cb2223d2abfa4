"""Element files against the sgp4 package, which reads and writes the same formats."""

import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sgp4 import omm
from sgp4.alpha5 import to_alpha5
from sgp4.api import WGS72, Satrec
from sgp4.exporter import export_omm, export_tle
from sgp4.io import fix_checksum

from openleo.errors import InputError
from openleo.formats.elements import Elements, read_elements

SATREC_FIELDS = {
    "number": "satnum",
    "bstar": "bstar",
    "ndot": "ndot",
    "nddot": "nddot",
    "eccentricity": "ecco",
    "inclination_rad": "inclo",
    "raan_rad": "nodeo",
    "argument_of_perigee_rad": "argpo",
    "mean_anomaly_rad": "mo",
    "mean_motion_rad_per_min": "no_kozai",
}
"""Our field, and the sgp4 package's name for the same number."""

NAME = "STARLINK-1008"
LINE_1 = "1 44714U 19074B   26150.30936191  .00080211  00000+0  15180-2 0  9995"
LINE_2 = "2 44714  53.1513 154.1788 0003034  54.2939 305.8351 15.47704531361446"
TLE = f"{NAME}\n{LINE_1}\n{LINE_2}\n"


def record(**changes: Any) -> dict[str, Any]:
    """The TLE above as the sgp4 package writes it in OMM keywords, with changes."""
    fields = export_omm(Satrec.twoline2rv(LINE_1, LINE_2), NAME)
    # the package writes the epoch of a two-part date rounded to microseconds of its sum
    fields["EPOCH"] = "2026-05-30T07:25:28.869024"
    return fields | changes


def as_csv(records: list[dict[str, Any]]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, records[0])
    writer.writeheader()
    writer.writerows(records)
    return stream.getvalue()


def as_xml(records: list[dict[str, Any]]) -> str:
    """In the nesting of CCSDS 502.0-B-3: metadata, mean elements, TLE parameters."""
    parts = []
    for fields in records:
        tags = {key: f"<{key}>{escape(str(value))}</{key}>" for key, value in fields.items()}
        body = "".join(tags[key] for key in fields if key != "OBJECT_NAME")
        parts.append(
            '<omm id="CCSDS_OMM_VERS" version="2.0"><header><CREATION_DATE/></header><body><segment>'
            f"<metadata>{tags['OBJECT_NAME']}</metadata><data><meanElements>{body}</meanElements></data>"
            "</segment></body></omm>"
        )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<ndm>{"".join(parts)}</ndm>\n'


FORMATS = {"json": json.dumps, "csv": as_csv, "xml": as_xml}


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "elements.dat"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def read(folder: Path, text: str | bytes, *, lenient: bool = False) -> tuple[Elements, list[str]]:
    return read_elements(written(folder, text), lenient=lenient)


def assert_same(elements: Elements, satellites: list[Satrec]) -> None:
    for ours, theirs in SATREC_FIELDS.items():
        expected = [getattr(satellite, theirs) for satellite in satellites]
        np.testing.assert_allclose(getattr(elements, ours), expected, rtol=1e-14, atol=0.0, err_msg=ours)
    ours_days = (elements.epoch_jd - 2_400_000.5) + elements.epoch_fr
    theirs_days = [(each.jdsatepoch - 2_400_000.5) + each.jdsatepochF for each in satellites]
    np.testing.assert_allclose(ours_days, theirs_days, rtol=0.0, atol=1e-11)
    assert np.all(elements.epoch_jd % 1.0 == 0.5)


@pytest.mark.reference
@pytest.mark.parametrize(
    ("file", "count"),
    [
        ("starlink-2024-07-16.tle", 6226),
        ("starlink-2025-01-29.tle", 6937),
        ("starlink-2026-05-30.tle", 10395),
        ("oneweb-2026-05-30.tle", 651),
    ],
)
def test_real_files_are_read_as_sgp4_reads_them(reference: Path, file: str, count: int) -> None:
    path = reference / "gp" / file
    elements, messages = read_elements(path)
    lines = [line.rstrip() for line in path.read_text().splitlines()]
    satellites = [Satrec.twoline2rv(*pair) for pair in zip(lines[1::3], lines[2::3], strict=True)]
    assert len(elements) == count
    assert messages == []
    assert elements.name == tuple(line.strip() for line in lines[0::3])
    assert_same(elements, satellites)


@pytest.mark.parametrize("form", FORMATS)
def test_omm_is_read_as_sgp4_reads_it(tmp_path: Path, form: str) -> None:
    records = [record(), record(NORAD_CAT_ID="270000001", OBJECT_NAME="A, B & C", BSTAR="-1.5e-05")]
    elements, messages = read(tmp_path, FORMATS[form](records))
    satellites = []
    for fields in records:
        satellite = Satrec()
        # the package has no room for nine digits
        omm.initialize(satellite, {key: str(value) for key, value in fields.items()} | {"NORAD_CAT_ID": "1"})
        satellites.append(satellite)
    assert elements.name == (NAME, "A, B & C")
    assert elements.number.tolist() == [44714, 270000001]
    assert messages == []
    for ours, theirs in SATREC_FIELDS.items():
        if ours != "number":
            expected = [getattr(satellite, theirs) for satellite in satellites]
            np.testing.assert_allclose(getattr(elements, ours), expected, rtol=1e-14)
    assert (elements.epoch_jd + elements.epoch_fr).tolist() == [
        satellite.jdsatepoch + satellite.jdsatepochF for satellite in satellites
    ]


@pytest.mark.parametrize(
    ("epoch", "fraction"),
    [
        ("2026-05-30T00:00:00", 0.0),
        ("2026-05-30T12:00:00Z", 0.5),
        ("2026-150T12:00:00.000", 0.5),
        ("2026-05-30 23:59:59.999999", 1.0 - 1e-6 / 86400.0),
        ("2026-05-30T00:00:00.000000001", 1e-9 / 86400.0),
    ],
)
def test_epochs_keep_what_is_written(tmp_path: Path, epoch: str, fraction: float) -> None:
    elements, _ = read(tmp_path, json.dumps(record(EPOCH=epoch)))
    assert elements.epoch_jd[0] == 2_461_190.5
    assert elements.epoch_fr[0] == pytest.approx(fraction, rel=1e-12, abs=1e-17)


def test_space_track_gives_numbers_as_text_and_more_keywords(tmp_path: Path) -> None:
    fields = {key: str(value) for key, value in record().items()}
    fields |= {"CCSDS_OMM_VERS": "3.0", "SEMIMAJOR_AXIS": "6803.4", "DECAY_DATE": None, "TLE_LINE1": LINE_1}
    assert_same(read(tmp_path, json.dumps([fields]))[0], [Satrec.twoline2rv(LINE_1, LINE_2)])


@pytest.mark.parametrize(
    "text",
    [
        TLE,
        TLE.replace("\n", "\r\n") + "\r\n\r\n",
        f"0 {TLE}",
        f"\ufeff{TLE}   \n\n",
        TLE.replace("\n", "   \n"),
        f"# a comment\n\n{TLE.rstrip()}",
    ],
)
def test_tle_with_names_of_any_habit(tmp_path: Path, text: str) -> None:
    elements, _ = read(tmp_path, text)
    assert elements.name == (NAME,)
    assert_same(elements, [Satrec.twoline2rv(LINE_1, LINE_2)])


def test_tle_without_names_takes_the_catalogue_number(tmp_path: Path) -> None:
    assert read(tmp_path, f"{LINE_1}\n{LINE_2}\n")[0].name == ("44714",)


@settings(max_examples=60, deadline=None)
@given(
    number=st.integers(1, 339_999),
    epoch=st.floats(2_500.0, 39_000.0),
    ecc=st.floats(0.0, 0.9),
    angles=st.lists(st.floats(0.0, 3.14), min_size=4, max_size=4),
    motion=st.floats(0.005, 0.07),
    bstar=st.integers(-99_999, 99_999),
)
def test_what_sgp4_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    number: int,
    epoch: float,
    ecc: float,
    angles: list[float],
    motion: float,
    bstar: int,
) -> None:
    satellite = Satrec()
    satellite.sgp4init(
        WGS72, "i", number, epoch, bstar * 1e-7, 1e-9, 0.0, ecc, *angles[:2], angles[2], motion, angles[3]
    )
    satellite.classification, satellite.intldesg, satellite.ephtype = "U", "26001A", 0
    satellite.elnum, satellite.revnum = 999, 12345
    # the package's own way from sgp4init to alpha-5 is off by a letter from 180 000 on
    number_5 = to_alpha5(number)
    lines = [fix_checksum(line[:2] + number_5 + line[7:]) for line in export_tle(satellite)]
    elements, _ = read(tmp_path_factory.getbasetemp(), "\n".join(lines))
    assert_same(elements, [Satrec.twoline2rv(*lines)])
    assert elements.number.tolist() == [number]


@settings(deadline=None)
@given(line=st.sampled_from([0, 1]), column=st.integers(2, 67), step=st.integers(1, 9))
def test_no_single_changed_digit_passes(
    tmp_path_factory: pytest.TempPathFactory, line: int, column: int, step: int
) -> None:
    lines = [LINE_1, LINE_2]
    digit = lines[line][column]
    if not digit.isdigit():
        return
    changed = str((int(digit) + step) % 10)
    lines[line] = lines[line][:column] + changed + lines[line][column + 1 :]
    with pytest.raises(InputError, match=f"line {line + 1}: "):
        read(tmp_path_factory.getbasetemp(), "\n".join(lines))


BROKEN_TLE = {
    "checksum": (TLE.replace(LINE_1, LINE_1[:-1] + "6"), "line 2: checksum is 6; the line adds up to 5"),
    "cut": (TLE[:-12], r"line 3: columns 53 to 63 \(mean motion\).*the line ends after column 58"),
    "longer": (TLE.replace(LINE_2, LINE_2 + "0"), "line 3: 70 columns; an element line has 69"),
    "letter": (TLE.replace("53.1513", "53.l513"), r"line 3: columns 9 to 17 \(inclination\) are ' 53.l513 '"),
    "alpha-5 I": (TLE.replace("44714", "I4714"), r"line 2: columns 3 to 7 \(catalogue number\) are 'I4714'"),
    "two satellites": (
        TLE.replace("2 44714", "2 44741"),
        "line 3: catalogue number '44741', where line 2 has '44714'",
    ),
    "day": (
        TLE.replace("26150.3", "26000.3").replace("9995", "9999"),
        "day of year is 0.309362; allowed is 1 to 366",
    ),
    "no line 2": (f"{NAME}\n{LINE_1}\n", "line 2: .* without its line 2; the file ends there"),
    "no line 1": (f"{NAME}\n{LINE_2}\n", "line 2: .* without its line 1"),
    "no lines": (f"{TLE}STARLINK-1009\n", "line 4: the name 'STARLINK-1009' without an element set"),
    "two names": (f"A\nB\n{TLE}", "line 1: the name 'A' without"),
    "inclination": (
        TLE.replace(LINE_2, LINE_2.replace(" 53.1513", "191.1513")[:-1] + "9"),
        "lines 2 to 3: INCLINATION is 191.151 deg; allowed is 0 to 180",
    ),
    "mean motion": (
        TLE.replace(LINE_2, LINE_2.replace("15.47704531", " 0.00000000")[:-1] + "9"),
        "MEAN_MOTION is 0 rev/day; it must be greater than 0",
    ),
}


@pytest.mark.parametrize("case", BROKEN_TLE)
def test_broken_tle_is_refused_with_line_and_cause(tmp_path: Path, case: str) -> None:
    text, message = BROKEN_TLE[case]
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path, text)
    assert str(tmp_path / "elements.dat") in str(caught.value)


BROKEN_OMM = {
    "eccentricity": ({"ECCENTRICITY": 1.0}, "ECCENTRICITY is 1; allowed is 0 <= e < 1"),
    "negative eccentricity": ({"ECCENTRICITY": -1e-9}, "ECCENTRICITY is -1e-09"),
    "inclination": ({"INCLINATION": 181}, "INCLINATION is 181 deg; allowed is 0 to 180"),
    "raan": ({"RA_OF_ASC_NODE": 1e9}, "RA_OF_ASC_NODE is 1e\\+09 deg"),
    "mean motion": ({"MEAN_MOTION": 0}, "MEAN_MOTION is 0 rev/day"),
    "not finite": ({"BSTAR": "inf"}, "BSTAR is inf; it must be finite"),
    "not a number": ({"MEAN_ANOMALY": "12,5"}, "MEAN_ANOMALY is '12,5'; expected a number"),
    "no epoch": ({"EPOCH": ""}, "EPOCH is missing"),
    "epoch": ({"EPOCH": "30 May 2026"}, "EPOCH is '30 May 2026'; expected the form 2026-05-30T"),
    "day": ({"EPOCH": "2026-02-30T00:00:00"}, "there is no such day"),
    "hour": ({"EPOCH": "2026-02-03T24:00:00"}, "there is no such time of day"),
    "number": ({"NORAD_CAT_ID": "A0001"}, "NORAD_CAT_ID is 'A0001'; expected an integer"),
    "theory": ({"MEAN_ELEMENT_THEORY": "DSST"}, "MEAN_ELEMENT_THEORY is 'DSST'; only SGP4"),
    "frame": ({"REF_FRAME": "GCRF"}, "REF_FRAME is 'GCRF'; only TEME"),
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("case", BROKEN_OMM)
def test_broken_omm_is_refused_with_place_and_cause(tmp_path: Path, form: str, case: str) -> None:
    changes, message = BROKEN_OMM[case]
    text = FORMATS[form]([record(NORAD_CAT_ID=1), record(**changes)])
    place = "line 3" if form == "csv" else "record 2"
    with pytest.raises(InputError, match=rf"elements.dat, {place} \({NAME}\): .*{message}"):
        read(tmp_path, text)
    elements, messages = read(tmp_path, text, lenient=True)
    assert elements.number.tolist() == [1]
    assert len(messages) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "the file is empty"),
        (b" \r\n\n", "the file is empty"),
        (b"STARLINK\xff\xfe", "not UTF-8 text \\(byte 8\\)"),
        (b"CCSDS_OMM_VERS = 2.0\n", "line 1: 'CCSDS_OMM_VERS = 2.0' begins none of the formats"),
        (b"Invalid query: no such group\n", "begins none of the formats"),
        (b'[{"OBJECT_NAME": "A",\n', "line 2, column 1: not JSON"),
        (b"[1]", "record 1: expected an object of OMM keywords, not '1'"),
        (b"OBJECT_NAME,EPOCH,BSTAR\n", "line 1: the header lacks ARG_OF_PERICENTER, ECCENTRICITY"),
        (b"<!DOCTYPE html><html></html>", "document type"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><ndm>&b;</ndm>', "document type"),
        (b"<ndm><omm></ndm>", "line 1: not XML"),
        (b"<html></html>", "XML of <html>, which holds no <omm>"),
    ],
)
def test_files_that_are_none_are_refused(tmp_path: Path, text: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path, text)
    if text != b"[1]":  # one broken record, which may be skipped; in the others nothing is left to read
        with pytest.raises(InputError, match=message):
            read(tmp_path, text, lenient=True)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere.tle: cannot be read: No such file"):
        read_elements(tmp_path / "nowhere.tle")


@pytest.mark.parametrize("text", ["[]", "<ndm></ndm>", ",".join(record()) + "\n"])
def test_a_file_may_say_that_there_are_none(tmp_path: Path, text: str) -> None:
    elements, messages = read(tmp_path, text)
    assert len(elements) == 0
    assert elements.raan_rad.shape == (0,)
    assert messages == []


def test_a_csv_row_cut_short_is_refused(tmp_path: Path) -> None:
    text = as_csv([record(), record(NORAD_CAT_ID=2)])
    with pytest.raises(InputError, match="line 3: 20 fields, where the header has 21"):
        read(tmp_path, text.rstrip().rpartition(",")[0])


def test_lenient_skips_the_broken_and_says_so(tmp_path: Path) -> None:
    other_1, other_2 = export_tle(Satrec.twoline2rv(LINE_1, LINE_2))
    text = TLE.replace("9995", "9994") + f"LOST\n{other_1}\n{TLE}"
    elements, messages = read(tmp_path, text, lenient=True)
    assert len(elements) == 1
    assert other_2 == LINE_2
    path = tmp_path / "elements.dat"
    assert messages == [
        f"{path}, line 2: checksum is 4; the line adds up to 5; skipped",
        f"{path}, line 5: line 1 of an element set without its line 2; skipped",
    ]


@pytest.mark.parametrize("newest_first", [True, False])
def test_of_two_element_sets_of_a_satellite_the_newest_stays(tmp_path: Path, newest_first: bool) -> None:
    old, new = record(MEAN_ANOMALY=1.0), record(EPOCH="2026-05-31T07:25:28.869024", MEAN_ANOMALY=2.0)
    elements, messages = read(tmp_path, json.dumps([new, old] if newest_first else [old, new]))
    assert np.degrees(elements.mean_anomaly_rad).tolist() == [2.0]
    assert len(messages) == 1
    assert (
        "satellite 44714 stands there twice; kept the newest epoch, left out the one 24.0 h older"
        in messages[0]
    )


def test_selected_rows_are_whole(tmp_path: Path) -> None:
    elements, _ = read(tmp_path, json.dumps([record(NORAD_CAT_ID=n, OBJECT_NAME=f"S{n}") for n in range(5)]))
    chosen = elements.select(np.array([3, 1]))
    assert chosen.name == ("S3", "S1")
    assert chosen.number.tolist() == [3, 1]
    assert chosen.bstar.shape == (2,)
