"""Two-line and three-line element sets, record by record, columns and checksums verified."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final, TypeAlias

from openleo.formats.omm import ORDINAL_TO_JD, Found, Record

_ELEMENT_LINE: Final = re.compile(r"[12] [ 0-9A-Z][ 0-9]{4}")

_EXPONENT: Final = r"[ +-]\d{5}[ +-]\d"  # a decimal point assumed before the five digits

_LINE_1: Final = (
    # first column, last column, what stands there, its form
    (1, 2, "line number", "1 "),
    (3, 7, "catalogue number", r"[ \dA-HJ-NP-Z][ \d]{3}\d"),
    (8, 9, "classification", r"[ A-Z] "),
    (10, 18, "international designator", r".{8} "),
    (19, 20, "epoch year", r"\d\d"),
    (21, 33, "epoch day", r"(?:  \d| \d\d|\d{3})\.\d{8} "),
    (34, 44, "first derivative of mean motion", r"[ +-]\.\d{8} "),
    (45, 53, "second derivative of mean motion", _EXPONENT + " "),
    (54, 62, "B*", _EXPONENT + " "),
    (63, 64, "ephemeris type", r"[ \d] "),
    (65, 68, "element set number", r"[ \d]{4}"),
    (69, 69, "checksum", r"\d"),
)

_LINE_2: Final = (
    (1, 2, "line number", "2 "),
    (3, 8, "catalogue number", r"[ \dA-HJ-NP-Z][ \d]{3}\d "),
    (9, 17, "inclination", r"(?:  \d| \d\d|\d{3})\.\d{4} "),
    (18, 26, "right ascension of the ascending node", r"(?:  \d| \d\d|\d{3})\.\d{4} "),
    (27, 34, "eccentricity", r"\d{7} "),
    (35, 43, "argument of perigee", r"(?:  \d| \d\d|\d{3})\.\d{4} "),
    (44, 52, "mean anomaly", r"(?:  \d| \d\d|\d{3})\.\d{4} "),
    (53, 63, "mean motion", r"[ \d]\d\.\d{8}"),
    (64, 68, "revolution number", r"[ \d]{5}"),
    (69, 69, "checksum", r"\d"),
)

_Layout: TypeAlias = tuple[tuple[int, int, str, str], ...]

_FORMS: Final[dict[_Layout, re.Pattern[str]]] = {
    layout: re.compile("".join(form for *_, form in layout), re.ASCII) for layout in (_LINE_1, _LINE_2)
}

_CHECKSUM_VALUE: Final = bytes(
    byte - ord("0") if chr(byte).isdecimal() and byte < 128 else int(byte == ord("-")) for byte in range(256)
)
"""What each character adds to a line's checksum: a digit itself, a minus sign 1, anything else 0."""


def has_element_lines(lines: list[str]) -> bool:
    """Whether any line begins as the lines of an element set do."""
    return any(_ELEMENT_LINE.match(line) for line in lines)


def tle_records(lines: list[str]) -> Iterator[Found]:
    """The element sets in the lines of a file, with or without names; # comments are passed over.

    Source: CelesTrak, "TLE format" and "alpha-5"; Vallado et al. 2006 (AIAA 2006-6753), appendix B.
    """
    name, first, where = "", "", 0
    for at, line in enumerate((line.rstrip() for line in lines), start=1):
        kind = line[:1] if _ELEMENT_LINE.match(line) else ""
        if not line or line.startswith("#"):
            continue
        if first and kind != "2":
            yield f"line {where}", "line 1 of an element set without its line 2"
            name = first = ""
        if kind == "1":
            first, where = line, at
        elif kind == "2" and first:
            yield _found(name, where, first, at, line)
            name = first = ""
        elif kind == "2":
            yield f"line {at}", "line 2 of an element set without its line 1"
            name = ""
        else:
            if name:
                yield f"line {where}", f"the name {name!r} without an element set"
            name, where = line.removeprefix("0 ").strip(), at
    if first:
        yield f"line {where}", "line 1 of an element set without its line 2; the file ends there"
    elif name:
        yield f"line {where}", f"the name {name!r} without an element set; the file ends there"


def _found(name: str, at_1: int, line_1: str, at_2: int, line_2: str) -> Found:
    for at, line, layout in ((at_1, line_1, _LINE_1), (at_2, line_2, _LINE_2)):
        wrong = _wrong_in_line(line, layout)
        if wrong:
            return f"line {at}", wrong
    if line_1[2:7] != line_2[2:7]:
        return f"line {at_2}", f"catalogue number {line_2[2:7]!r}, where line {at_1} has {line_1[2:7]!r}"
    day = float(line_1[20:32])
    if not 1.0 <= day < 367.0:
        return f"line {at_1}", f"the epoch's day of year is {day:g}; allowed is 1 to 366"
    if " " in line_1[2:7].lstrip():
        return f"line {at_1}", f"the catalogue number {line_1[2:7]!r} has a gap"
    number = _catalogue_number(line_1[2:7])
    year = int(line_1[18:20])
    # a year below 57 is of this century
    january = date(year + (2000 if year < 57 else 1900), 1, 1).toordinal() + ORDINAL_TO_JD
    record = Record(
        name=name or str(number),
        number=number,
        epoch_jd=january + int(day) - 1,
        epoch_fr=int(line_1[24:32]) * 1e-8,
        bstar=_exponent(line_1[53:61]),
        mean_motion_dot=float(line_1[33:43]),
        mean_motion_ddot=_exponent(line_1[44:52]),
        eccentricity=int(line_2[26:33]) * 1e-7,
        inclination_deg=float(line_2[8:16]),
        raan_deg=float(line_2[17:25]),
        argument_of_perigee_deg=float(line_2[34:42]),
        mean_anomaly_deg=float(line_2[43:51]),
        mean_motion=float(line_2[52:63]),
    )
    return f"lines {at_1} to {at_2}", record


def _wrong_in_line(line: str, layout: _Layout) -> str:
    """What is wrong with the columns or the checksum of a line; empty where nothing is."""
    if _FORMS[layout].fullmatch(line):
        total = sum(line[:68].encode().translate(_CHECKSUM_VALUE)) % 10
        return "" if total == int(line[68]) else f"checksum is {line[68]}; the line adds up to {total}"
    for first, last, what, form in layout:
        text = line[first - 1 : last]
        if not re.fullmatch(form, text, re.ASCII):
            cut = f"; the line ends after column {len(line)}" if len(line) < last else ""
            return f"columns {first} to {last} ({what}) are {text!r}{cut}"
    return f"{len(line)} columns; an element line has 69"


def _catalogue_number(text: str) -> int:
    """Five columns, the first of which may be a letter from A (10) to Z (33) without I and O (alpha-5)."""
    head = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ".find(text[0]) if text[0] != " " else 0
    return 10_000 * head + int(text[1:])


def _exponent(text: str) -> float:
    return float(f"{text[0]}.{text[1:6]}e{text[6:].replace(' ', '+')}".replace(" ", ""))
