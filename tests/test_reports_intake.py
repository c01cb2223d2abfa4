"""Documents as they are read: text, pages, JSON; what is set aside; what is refused, and how it is said."""

import json
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from openleo.errors import InputError
from openleo.service.reports.document import Document, Interval
from openleo.service.reports.intake import LARGEST, LONGEST, Facts, interval_of, read
from openleo.service.reports.versions import Change, differences

TODAY = date(2026, 6, 30)
PAGE = """<!doctype html><html lang="fr"><head><title>La côte sans signal - Le Courrier du Goulet</title>
<meta property="og:site_name" content="Le Courrier du Goulet"><meta name="author" content="Service Mer">
<meta property="article:published_time" content="2026-04-02T08:00:00+02:00">
<link rel="canonical" href="https://goulet.example/a/1"><script>var hidden = "du texte d'un script";</script>
<style>p { color: red }</style></head><body>
<nav><a href="/">Accueil</a> <a href="/mer">Mer</a></nav><article><h1>La côte sans signal</h1>
<p>Le service aurait été coupé au-dessus du goulet en décembre, selon <em>The Harbour Dispatch</em>, qui cite
trois officiels.</p><p>« Nous n'avons pas été prévenus », a déclaré un porte-parole de l'Autorité
portuaire.<script>document.write("jamais")</script></p><p>Lire aussi : cinq choses à savoir</p>
<figure><img src="a.jpg" onerror="alert(2)"><figcaption>Photo : agence N.</figcaption></figure>
<p hidden>Un paragraphe que personne ne voit.</p>
<p>L'opérateur n'a pas répondu à nos questions. Quelque 1 200 terminaux étaient concernés.</p></article>
<div class="comments"><h2>Commentaires</h2><form><label>Votre nom</label><input></form></div>
<footer>© 2026 Le Courrier du Goulet. Tous droits réservés</footer></body></html>"""
ARTICLE = (
    "La côte sans signal",
    "Le service aurait été coupé au-dessus du goulet en décembre, selon The Harbour Dispatch, qui cite trois "
    "officiels.",
    "« Nous n'avons pas été prévenus », a déclaré un porte-parole de l'Autorité portuaire.",
    "L'opérateur n'a pas répondu à nos questions. Quelque 1 200 terminaux étaient concernés.",
)


def of(text: str | bytes, name: str = "a.txt", **facts: str) -> Document:
    return read(text if isinstance(text, bytes) else text.encode(), name, Facts(**facts), TODAY)


def body(document: Document) -> tuple[str, ...]:
    return tuple(document.text[start:end] for start, end, _ in document.paragraphs())


def aside(document: Document) -> dict[str, str]:
    return {document.text[each.start : each.end]: each.why for each in document.asides}


def test_a_page_is_its_article_and_the_rest_of_it_is_set_aside_not_lost() -> None:
    found = of(PAGE, "a.html")
    assert body(found) == ARTICLE
    assert aside(found) == {
        "Accueil Mer": "page",
        "Lire aussi : cinq choses à savoir": "read also",
        "Photo : agence N.": "credit",
        "Commentaires\nVotre nom\n© 2026 Le Courrier du Goulet. Tous droits réservés": "page",
    }  # fmt: skip
    assert (found.source, found.title, found.author) == (
        "Le Courrier du Goulet", "La côte sans signal", "Service Mer"
    )  # fmt: skip
    assert found.published == Interval(date(2026, 4, 2), date(2026, 4, 2), "2026-04-02")
    assert (found.language, found.address, found.medium) == ("fr", "https://goulet.example/a/1", "html")


def test_what_a_script_holds_or_what_is_hidden_is_no_text() -> None:
    text = of(PAGE, "a.html").text
    assert "script" not in text
    assert "jamais" not in text
    assert "personne ne voit" not in text
    assert "color" not in text


def test_a_headline_above_the_article_is_its_first_paragraph() -> None:
    headline = "<h1>La côte sans signal</h1>"
    above = f"<header><div>{headline}</div><p>Mer</p></header><nav>"
    page = PAGE.replace(headline, "").replace("<nav>", above)
    assert body(of(page, "a.html")) == ARTICLE


def test_markup_that_a_page_shows_as_text_stays_text() -> None:
    shown = (
        "The leak read &lt;script&gt;alert(1)&lt;/script&gt; and nothing else, two officials said on Monday."
    )
    found = of(f"<html><body><article><p>{shown}</p><p>{shown}</p></article></body></html>", "a.html")
    assert "<script>alert(1)</script> and nothing else" in found.text


def test_plain_text_has_paragraphs_a_title_and_what_its_head_says() -> None:
    found = of(
        "Source: The Harbour Dispatch\nDate: 2026-03\nAuthor: the sea desk\n\nLights out over the strait\n\n"
        "According to three officials, the service was switched\noff in December.\n\n"
        "Read also: five things to know\n\n© 2026 The Harbour Dispatch\n"
    )
    assert body(found) == (
        "Lights out over the strait",
        "According to three officials, the service was switched off in December.",
    )
    assert set(aside(found).values()) == {"read also", "copyright"}
    assert (found.source, found.author, found.title) == (
        "The Harbour Dispatch", "the sea desk", "Lights out over the strait"
    )  # fmt: skip
    assert found.published == Interval(date(2026, 3, 1), date(2026, 3, 31), "2026-03")


def test_a_title_that_stands_beside_its_text_is_its_first_paragraph() -> None:
    beside = json.dumps({"title": "Dark  coast", "text": "The service was off, they said."})
    assert body(of(beside, "a.json"))[0] == "Dark  coast"
    assert body(of("Title: Dark coast\n\nDark coast\n\nThe service was off."))[:2] == (
        "Dark coast",
        "The service was off.",
    )


def test_spaces_of_french_print_stay_what_they_are() -> None:
    page = (
        PAGE.replace("« Nous", "«\u00a0Nous")
        .replace("prévenus »", "prévenus\u202f»")
        .replace("1 200", "1\u202f200")
    )
    found = of(page, "a.html")
    assert "«\u00a0Nous n'avons pas été prévenus\u202f»" in found.text
    assert aside(found)["Accueil Mer"] == "page"
    assert "1\u202f200" in body(found)[-1]


def test_a_first_line_with_a_colon_is_no_head() -> None:
    text = "Minister: we were not told\n\nThe ministry said so on Monday, and no more than that."
    assert body(of(text))[0] == "Minister: we were not told"


def test_lines_without_empty_ones_between_them_are_paragraphs_where_their_sentences_end() -> None:
    found = of(
        "The service was switched off over the gulf.\nNobody said why it was.\nThe operator did not answer."
    )
    assert len(body(found)) == 3


def test_what_somebody_says_goes_before_what_the_document_says() -> None:
    found = of(
        PAGE, "a.html", source="Other", date="2026", language="en", translated_from="it", kind="statement"
    )
    assert (found.source, found.language, found.translated_from) == ("Other", "en", "it")
    assert found.published == Interval(date(2026, 1, 1), date(2026, 12, 31), "2026")
    assert found.kind == "statement"


def test_json_is_read_by_its_members() -> None:
    text = {"text": "Title of it\n\nThe service was off, they said.", "source": "Wire N", "id": 7}
    found = of(json.dumps(text), "a.json")
    assert body(found) == ("Title of it", "The service was off, they said.")
    assert (found.source, found.title, found.medium) == ("Wire N", "Title of it", "json")
    assert found.notes == ("Members that are not read: id.",)


@pytest.mark.parametrize(
    ("line", "language", "work"),
    [
        ("Translated from French by the newsroom.", "fr", ""),
        (
            "This article was originally published in French by Le Courrier du Goulet.",
            "fr",
            "Le Courrier du Goulet",
        ),
        ("Article traduit de l'anglais.", "en", ""),
        ("Traduction automatique de l’anglais", "en", ""),
        ("Texte initialement paru en anglais dans The Harbour Dispatch.", "en", "The Harbour Dispatch"),
        ("Traduit d'un article de The Harbour Dispatch.", "", "The Harbour Dispatch"),
        ("Traduit d'un article paru dans Le Fanal.", "", "Le Fanal"),
        ("Traduit de l'anglais… Original: The Sollen Gazette.", "en", "The Sollen Gazette"),
        (
            "Traduit de l'anglais par la rédaction. Original: The Sollen Gazette.",
            "en",
            "The Sollen Gazette",
        ),
        ("Traduit de l’anglais (source : The Sollen Gazette).", "en", "The Sollen Gazette"),
        (
            "Article original publié en anglais par The Sollen Gazette, traduit par nos soins.",
            "en",
            "The Sollen Gazette",
        ),
        ("Original article published in French by Le Fanal and translated by us.", "fr", "Le Fanal"),
        ("Translated from a French article. Original: Le Fanal, 23 January 2026.", "fr", "Le Fanal"),
        ("Translation of: an article in Le Fanal", "", "Le Fanal"),
        ("It was translated from the original: nobody had asked.", "", ""),
    ],
)
def test_a_document_that_says_that_it_is_a_translation(line: str, language: str, work: str) -> None:
    text = f"A title\n\nThe service was switched off over the gulf, two officials said on Monday.\n\n{line}"
    found = of(text, language="en")
    assert (found.translated_from, found.translation_of) == (language, work)


def test_a_language_may_be_given_by_its_name() -> None:
    head = "Date: 14 March 2026\nTranslated from: French (by a machine)\n\n"
    found = of(head + "The service was switched off over the gulf, two officials said on Monday.")
    assert (found.translated_from, found.language) == ("fr", "en")
    assert found.published == Interval(date(2026, 3, 14), date(2026, 3, 14), "14 March 2026")


def test_an_article_about_translation_is_none() -> None:
    text = "A title\n\nThe service was off, and no message was translated for the crews, they said."
    assert of(text).translated_from == ""


def test_paragraphs_in_another_language_are_told_apart() -> None:
    german = "Der Minister sagte am Montag, dass die Regierung nichts von einer Abschaltung gewusst habe."
    english = (
        "The service over the gulf was switched off in December, according to two officials of the port."
    )
    found = of(f"{english}\n\n{german}\n\n{english}")
    assert found.language == "en"
    assert [found.text[each.start : each.end] for each in found.stretches] == [german]
    assert found.stretches[0].language == "de"
    assert found.notes == ("In another language: 1 of 3 paragraphs.",)


def test_a_language_without_a_file_is_kept_and_said() -> None:
    found = of("Der Dienst wurde im Dezember abgeschaltet, sagten zwei Beamte der Hafenbehörde am Montag.")
    assert found.language == "de"
    assert found.notes == ("Its language (de) is none of those that are read here: en, fr.",)


def test_right_to_left_text_is_kept_and_marks_that_turn_the_order_are_left_out() -> None:
    arabic = "قال مسؤولون إن الخدمة قطعت عن الساحل في كانون الأول وإن أحدا لم يبلغهم بذلك"
    found = of(f"{arabic}\u202e txt.exe\u202c")
    assert found.text == f"{arabic} txt.exe"
    assert found.language == "ar"
    assert any("change the order" in each for each in found.notes)


def test_control_characters_never_reach_a_reader() -> None:
    found = of("The service was \x1b[31moff\x07, they said on Monday.")
    assert found.text == "The service was [31moff, they said on Monday."
    assert any("control characters" in each for each in found.notes)


def test_text_that_was_once_read_in_the_wrong_encoding_is_noted() -> None:
    found = of("Le service a Ã©tÃ© coupÃ© en dÃ©cembre, selon deux officiels du port.", language="fr")
    assert any("wrong encoding" in each for each in found.notes)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_encodings_that_say_what_they_are(encoding: str) -> None:
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    assert of(mark + "Le service a été coupé.".encode(encoding)).text == "Le service a été coupé."


def test_a_page_is_read_in_the_encoding_that_it_states_and_a_text_in_the_one_that_is_named() -> None:
    page = PAGE.replace("<head>", '<head><meta charset="windows-1252">')
    assert body(of(page.encode("cp1252"), "a.html")) == ARTICLE
    assert of("Le service a été coupé.".encode("cp1252"), encoding="cp1252").text == "Le service a été coupé."


@pytest.mark.parametrize(
    ("raw", "name", "said"),
    [
        (b"", "a.txt", "a.txt: is empty"),
        (b" \r\n\t", "a.txt", "a.txt: is empty"),
        (b"\xef\xbb\xbf", "a.txt", "a.txt: is empty"),
        (b"%PDF-1.7\n%\xe2\xe3", "a.pdf", "a.pdf: is a PDF; plain text, HTML and JSON are read"),
        (b"%PDF-1.7", "renamed.txt", "renamed.txt: is a PDF"),
        (b"\x89PNG\r\n\x1a\n", "a.png", "a.png: is a picture"),
        (b"\xff\xd8\xff\xe0..JFIF", "a.jpg", "a.jpg: is a picture"),
        (b"PK\x03\x04....", "a.docx", "a.docx: is a zip archive or an office document"),
        (
            b"caf\xe9 au lait",
            "a.txt",
            "a.txt: byte 0xe9 at 3 is not utf-8; save it as UTF-8, or name its encoding",
        ),
        (b"a text\0with a zero", "a.txt", "a.txt: a zero byte at 6: it is no text"),
        (b"\x7fELF\2\1\1\0\xd0", "ls", "ls: is a program; plain text, HTML and JSON"),
        (b"x" * (LARGEST + 1), "a.txt", "a.txt: 8.0 MiB; at most 8 MiB are allowed"),
        (b"word " * (LONGEST // 5 + 1), "a.txt", "500004 characters; at most 500000 are allowed"),
        (b"Read also: five things", "a.txt", "a.txt: there is no text in it"),
        (b"<html><body><script>x()</script></body></html>", "a.html", "a.html: there is no text in"),
        (b'{"text": 3}', "a.json", "a.json: text: '3'; a string is allowed"),
        (
            b'{"text": "It was on.", "text": "It was off."}',
            "a.json",
            "a.json: text: stands there more than once",
        ),
        (b'{"title": "t"}', "a.json", "a.json: text: is missing; a string is needed"),
        (b'{"text": "t",\n}', "a.json", "a.json: line 2, column 1: not JSON"),
        (b"[1]", "a.json", "a.json: a JSON list; one object with a text is allowed"),
        (b"[" * 100_000, "a.json", "a.json: nested too deeply"),
        (b'{"text": "<html><p>a text</p></html>"}', "a.json", "a.json: text: it is HTML"),
        (b'{"text": "It was off.", "date": "2026-07-01"}', "a.json", "date: 2026-07-01 is in the future"),
        (b'{"text": "It was off.", "date": "1 July"}', "a.json", "date: '1 July'; a day, a month or a year"),
        (b'{"text": "It was off.", "date": "3/4/2026"}', "a.json", "date: '3/4/2026'; a day, a month or"),
        (b'{"text": "It was off.", "date": "2026-02-30"}', "a.json", "date: '2026-02-30'; a day"),
        (b'{"text": "It was off.", "language": "elvish"}', "a.json", "language: 'elvish'; two letters"),
        (b'{"text": "It was off.", "kind": "rumour"}', "a.json", "kind: 'rumour'; report or statement"),
    ],
)
def test_what_is_no_document_is_refused_by_name(raw: bytes, name: str, said: str) -> None:
    with pytest.raises(InputError) as told:
        of(raw, name)
    assert said in str(told.value)
    assert str(told.value).startswith(name)


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(InputError, match="encoding: 'utf-99' is not known"):
        of("text", encoding="utf-99")


@pytest.mark.parametrize(
    "html",
    [
        "<html><p>The service was off<p>they said<table><td>and<b>no <i>more</b></i>",
        "<?xml version='1.0' encoding='latin-1'?><html><body><p>The service was off.</p></body></html>",
        "<html><body><p>The service was off, they said.</p><!-- " + "x" * 100_000,
    ],
)
def test_a_broken_page_is_read_or_refused(html: str) -> None:
    assert "The service was off" in of(html, "a.html").text
    assert "<" not in of(html, "a.html").text


def test_a_page_nested_beyond_all_measure_is_refused() -> None:
    with pytest.raises(InputError, match="more than 250 deep: what stands behind them would be lost"):
        of("<html><body>" + "<div>" * 20_000 + "The service was off." + "</div>" * 20_000, "a.html")


@settings(max_examples=80, deadline=None)
@given(
    st.one_of(st.binary(max_size=400), st.text(max_size=400).map(str.encode)),
    st.sampled_from(("t", "html", "json")),
)
@example(b"<html><body>\xf3\xa0\x80\x81</body>", "html")
@example("\u202e".encode(), "t")
@example(b"<!-->", "html")
def test_any_bytes_are_read_or_refused_with_a_sentence(raw: bytes, ending: str) -> None:
    said: list[str] = []
    try:
        found = of(raw, f"a.{ending}")
    except InputError as error:
        said.append(str(error))
        found = Document("", "", "", "", None, "")
    assert all(each.startswith(f"a.{ending}: ") for each in said)
    for start, end, _ in found.paragraphs():
        assert found.text[start:end].strip()
    for each in found.asides:
        assert 0 <= each.start < each.end <= len(found.text)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-03-04", date(2026, 3, 4), date(2026, 3, 4)),
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("4 March 2026", date(2026, 3, 4), date(2026, 3, 4)),
        ("14 Sept 2025", date(2025, 9, 14), date(2025, 9, 14)),
        ("le 1er avril 2026", date(2026, 4, 1), date(2026, 4, 1)),
        ("March 2026", date(2026, 3, 1), date(2026, 3, 31)),
        ("2026-03-04T23:00:00Z", date(2026, 3, 4), date(2026, 3, 4)),
    ],
)
def test_a_date_has_the_precision_with_which_it_is_written(text: str, first: date, last: date) -> None:
    found = interval_of(text, "date")
    assert (found.first, found.last) == (first, last)
    assert text.startswith(found.wording)


def test_versions_differ_by_sentences() -> None:
    was = of("A title\n\nThe service was off. It cost 3 million. Nobody answered.", author="A")
    now = of(
        "A title\n\nThe service was off. It cost 3 billion. Nobody answered. This is a correction.",
        author="B",
    )
    assert differences(was, now) == (
        Change("It cost 3 million.", "It cost 3 billion."),
        Change("", "This is a correction."),
        Change("author: A", "author: B"),
    )
    assert differences(was, was) == ()


def test_keys_at_the_head_are_read_without_an_empty_line_behind_them() -> None:
    found = of("Source: The Harbour Dispatch\nDate: 2026-03\nThe link was off, they said.\n\nIt is on again.")
    assert (found.source, found.published and found.published.wording) == ("The Harbour Dispatch", "2026-03")
    assert body(found) == ("The link was off, they said.", "It is on again.")
    assert found.notes == (
        "Its head ends before 'The link was off, they said.': what stands there is read as its text.",
    )
    assert of("Nobody spoke.\nSource: The Harbour Dispatch\n\nIt was off.").source == ""
