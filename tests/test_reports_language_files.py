"""Languages by small files of their own: what a file has is proposed, and the rest is not."""

import sys
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from openleo.cli.reported import proposed_mood
from openleo.errors import InputError
from openleo.service.reports import intake
from openleo.service.reports.document import Document, Interval
from openleo.service.reports.proposals import NOT_READ, Proposals
from openleo.service.reports.propose import propose
from openleo.service.reports.prose import language

TODAY = date(2026, 6, 30)
MARCH = Interval(date(2026, 3, 5), date(2026, 3, 5), "5 March")
KINDS = ("outlets", "quotations", "figures", "days", "names")
SWEDISH = (
    "Källa: Hamnbladet\n\nFyren vid udden slocknade kl. 04 på natten. Hamnkontoret förnekar att länken har "
    "stängts av. Länken var borta i 40 minuter, enligt Kustbyrån."
)
ENGLISH = (
    "Source: The Harbour Dispatch\nDate: 2026-03-04\n\nThe port office denied on Monday that 40 boats "
    'had lost their link. "We did nothing," said the harbour master.\n\nThe Tide reported it first.'
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of language files in place of the one that is shipped, with the two that are."""
    for name in ("en.toml", "fr.toml"):
        shipped = files("openleo.service.reports.prose") / "languages" / name
        (tmp_path / name).write_bytes(shipped.read_bytes())
    _forget()
    monkeypatch.setattr(language, "_FOLDER", tmp_path)
    yield tmp_path
    _forget()


def _forget() -> None:
    """Empty what the rules remember of the language files."""
    for name, module in list(sys.modules.items()):
        if name.startswith("openleo.service.reports"):
            for each in list(vars(module).values()):
                if hasattr(each, "cache_clear"):
                    each.cache_clear()


def read(text: str, **facts: str) -> tuple[Document, Proposals]:
    document = intake.read(text.encode(), "a.txt", intake.Facts(**facts), TODAY)
    return document, propose(document)


def test_small_language_files_are_read_and_the_others_as_before(folder: Path) -> None:
    before = read(ENGLISH)
    assert before[0].source == "The Harbour Dispatch"
    assert all(getattr(before[1], each) for each in ("quotations", "figures", "days"))
    (folder / "da.toml").write_text("", encoding="utf-8")
    (folder / "nb.toml").write_text('[sentences]\nabbreviations = ["kl"]\n', encoding="utf-8")
    (folder / "sv.toml").write_text("[moods]\ndenied = ['\\bförnekar\\b']\n", encoding="utf-8")
    _forget()
    assert read(ENGLISH) == before
    for each in ("da", "nb", "sv"):
        document, found = read(SWEDISH, language=each)
        assert document.language == each
        assert not any("none of those" in note for note in document.notes)
        assert not any(getattr(found, kind) for kind in KINDS)
    assert [each.mood for each in found.sentences if each.why] == ["denied"]
    assert len(read("Vi kom kl. Sju var borta.", language="nb")[1].sentences) == 1
    assert len(read("Vi kom kl. Sju var borta.", language="da")[1].sentences) == 2


def test_a_key_of_a_header_is_one_of_a_small_file(folder: Path) -> None:
    assert read(SWEDISH)[0].source == ""
    (folder / "sv.toml").write_text('[header.keys]\n"källa" = "source"\n', encoding="utf-8")
    _forget()
    assert read(SWEDISH)[0].source == "Hamnbladet"


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        ("[quotations]\nsays = ['said']\nendings = ['']", "quotations"),
        ("[days.months]\nmars = 3", ""),
        ("[days]\nforms = {month = [['day', '<d> <m>']]}\n[days.months]\nmarch = 3", "days"),
        ("[names]\nfirst = ['Ana']", "names"),
        ("[figures]\n[figures.nouns]\nboats = 'boat'", ""),
        ("[numerals]\ndecimal = ','\n[figures.nouns]\nboats = 'boat'", ""),
        ("[outlets]\narticles = ['the']", ""),
        ("[moods.parts]\nACT = ['cut']", ""),
        ("[translation]\nof = ['from (?P<work>x)']", ""),
    ],
)
def test_a_table_may_have_some_of_its_keys(folder: Path, rule: str, kind: str) -> None:
    (folder / "xx.toml").write_text(rule, encoding="utf-8")
    _forget()
    text = 'On 4 March 40 boats lost it, the office denied. "We did nothing at all," said Ana Velt.'
    found = propose(Document(text, "", "", "", MARCH, "xx"))
    assert len(found.sentences) == 2
    assert [each for each in KINDS if getattr(found, each)] == ([kind] if kind else [])


def test_a_language_file_that_is_no_toml_is_named(folder: Path) -> None:
    (folder / "sv.toml").write_text("[moods\n", encoding="utf-8")
    _forget()
    with pytest.raises(InputError, match=r"sv\.toml: a language file that is no TOML"):
        read(SWEDISH)


def test_no_mood_is_proposed_in_a_language_without_words_for_it() -> None:
    found = propose(Document("Hamnkontoret förnekar det.", "", "", "", MARCH, "xx"))
    assert [each.why for each in found.sentences] == [NOT_READ]
    with pytest.raises(InputError, match="--mood: none is proposed in this language; one of asserted, "):
        proposed_mood(found, 0, 5)
    told = propose(Document("The port office denied it.", "", "", "", MARCH, "en"))
    assert proposed_mood(told, 0, 5) == ("denied", "denied")
