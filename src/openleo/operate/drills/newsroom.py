"""What editors do in the drill `reported`, step by step, as a file beside the documents says.

They import files, confirm spellings that stand for one name, make claims of what documents tell, note who
answered, ask the operator, and let a second person review it all. Nothing is guessed here: each claim stands
in the file, with the words from which it was made.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from openleo.errors import InputError
from openleo.formats.toml import read_toml
from openleo.service.reports.claims import Answer, Claim, Telling, Word
from openleo.service.reports.document import Document, Interval
from openleo.service.reports.intake import Facts, read
from openleo.service.reports.propose import propose
from openleo.service.store.reports import Reports


@dataclass(frozen=True)
class Script:
    """A case as its file has it. steps: the tables of the file; right: what must come out of them."""

    folder: Path
    case: str
    title: str
    today: date
    noted_by: str
    reviewed_by: str
    operator: str
    steps: Mapping[str, Any]
    right: Mapping[str, Any]


def read_script(folder: Path) -> Script:
    """Read `case.toml` of a folder with documents; raises InputError where it is not as it should be."""
    table = read_toml(folder / "case.toml")
    try:
        names = ("case", "title", "today", "noted_by", "reviewed_by", "operator")
        head = {name: table[name] for name in names}
        return Script(folder=folder, **head, steps=table, right=table["right"])
    except KeyError as error:
        raise InputError(f"case.toml: {error}: is missing") from None


@dataclass(frozen=True)
class Desk:
    """A case in a register while editors work on it. ids: of documents by the names of their files."""

    script: Script
    reports: Reports
    ids: dict[str, str]

    def name(self, document: str) -> str:
        """The name of the file from which a document of the register was first imported."""
        return next(name for name, id_ in self.ids.items() if id_ == document)


def work(script: Script, reports: Reports) -> Desk:
    """Do all that the script says, up to the review by a second person."""
    desk = Desk(script, reports, {})
    for step in script.steps["documents"]:
        _import(desk, step["file"], step.get("version_of", ""))
    for step in script.steps["names"]:
        reports.confirm_name(script.case, step["written"], step["name"], step["kind"], script.noted_by)
    for step in script.steps["claims"]:
        _claim(desk, step)
    for claim in reports.claims(script.case):
        reports.review_claim(claim.number, script.reviewed_by)
    for document in desk.ids.values():
        reports.review_document(document, script.reviewed_by)
    return desk


def _import(desk: Desk, file: str, version_of: str) -> None:
    raw, script = (desk.script.folder / file).read_bytes(), desk.script
    document = read(raw, file, Facts(), script.today)
    kept = desk.reports.keep(document, propose(document), raw=raw, case=script.case, by=script.noted_by)
    first = version_of or file.partition(".")[0]
    if desk.ids.setdefault(first, kept.id) != kept.id:
        raise InputError(f"{file}: version_of: {version_of} given; the register took it for another document")


def _claim(desk: Desk, step: Mapping[str, Any]) -> None:
    tellings = [_telling(desk, each) for each in step["tellings"]]
    when = Interval(step.get("first"), step.get("last"), step.get("wording", ""))
    claim = desk.reports.add_claim(
        Claim(
            0, desk.script.case, step["kind"], step["act"], step["where"], when, step.get("by", ""),
            step.get("behalf", ""), step.get("event", ""), tuple(tellings[:1]), noted_by=desk.script.noted_by,
        )
    )  # fmt: skip
    for telling in tellings[1:]:
        desk.reports.add_telling(claim.number, telling)
    if "asked" in step:
        desk.reports.asked(claim.number, step["asked"], desk.script.noted_by, step.get("asked_of", ""))
    for each in step.get("answers", ()):
        document, start, end = _place(desk, each) if "document" in each else ("", -1, -1)
        desk.reports.add_answer(
            Answer(
                claim.number, each["kind"], each["by"], each.get("what", ""), each.get("on"), document, start,
                end, desk.script.noted_by,
            )
        )  # fmt: skip


def _telling(desk: Desk, step: Mapping[str, Any]) -> Telling:
    word = Word(
        step.get("who", ""), step.get("named", False), step.get("count", 0), tuple(step.get("chain", ()))
    )
    return Telling(*_place(desk, step), step["mood"], word, desk.script.noted_by)


def _place(desk: Desk, step: Mapping[str, Any]) -> tuple[str, int, int]:
    """A document of the register, and where in its last text the words of a step stand."""
    if step["document"] not in desk.ids:
        raise InputError(f"case.toml: document: {step['document']!r} given; {_listed(desk.ids)} are allowed")
    document = desk.ids[step["document"]]
    return document, *_found(desk.reports.document(document).document, step["words"], step["document"])


def _found(document: Document, words: str, name: str) -> tuple[int, int]:
    """Where words stand in a text, once, whatever spaces are between them."""
    pattern = r"\s+".join(re.escape(each) for each in words.split())
    places = [each.span() for each in re.finditer(pattern, document.text)]
    if len(places) != 1:
        times = f"{len(places)} times"
        raise InputError(f"case.toml: words: {words[:60]!r} stand in {name} {times}; once is right")
    return places[0]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
