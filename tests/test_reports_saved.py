"""Files as they were saved: encodings missing or wrong, other kinds of file, and files made to harm."""

import json
import os
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

import pytest

from openleo.errors import InputError
from openleo.service.reports.document import Document
from openleo.service.reports.intake import LONGEST_FACT, Facts, read
from openleo.service.reports.saved import LARGEST, bytes_of

TODAY = date(2026, 6, 30)
TEXT = "Le service a été coupé sur la côte, a dit l’opérateur : « Nous ne savons pas. »"


def of(raw: bytes, name: str = "a.txt", **facts: str) -> Document:
    return read(raw, name, Facts(**facts), TODAY)


def page(stated: str, text: str = TEXT) -> str:
    return f"<html><head>{stated}</head><body><p>{text} {text}</p></body></html>"


def refused(raw: bytes, name: str = "a.txt", **facts: str) -> str:
    with pytest.raises(InputError) as told:
        of(raw, name, **facts)
    assert str(told.value).startswith(f"{name}: ")
    return str(told.value)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_its_mark_is_named_and_read_once_it_is_given(encoding: str) -> None:
    raw = TEXT.replace("’", "'").encode(encoding)
    assert f"--encoding {encoding}" in refused(raw)
    assert of(TEXT.encode(encoding), encoding=encoding).text == TEXT


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_a_mark_tells_the_encoding(encoding: str) -> None:
    assert of(TEXT.encode(encoding)).text == TEXT


@pytest.mark.parametrize(
    "encoding",
    ["punycode", "idna", "undefined", "unicode_escape", "utf-7", "charmap", "base64", "rot13", "..", "a\0b"],
)
def test_a_codec_in_which_no_document_is_saved_is_no_encoding(encoding: str) -> None:
    assert "is not known; utf-8 or windows-1252 is" in refused(b"text", encoding=encoding)
    if encoding.isalnum():
        stated = page(f'<meta charset="{encoding}">').encode()
        assert "is not known" in refused(stated, "a.html")


@pytest.mark.parametrize(
    ("stated", "encoding"),
    [
        ("iso-8859-1", "cp1252"),
        ("us-ascii", "cp1252"),
        ("windows-1252", "cp1252"),
        ("shift_jis", "cp932"),
        ("gb2312", "gb18030"),
    ],
)
def test_a_page_is_read_in_the_encoding_that_browsers_take_it_to_state(stated: str, encoding: str) -> None:
    said = {"cp932": "運営会社は海岸での①サービスを停止した。", "gb18030": "运营商在海岸停止了服务镕。"}.get(
        encoding, TEXT
    )
    found = of(page(f'<meta charset="{stated}">', said).encode(encoding), "a.html")
    assert said in found.text
    assert not any("encoding" in each for each in found.notes)


def test_a_page_that_states_latin_1_and_has_bytes_that_only_latin_1_has_is_read() -> None:
    raw = page('<meta charset="iso-8859-1">', "Le service a \x81été coupé.").encode("latin-1")
    assert "Le service a été coupé." in of(raw, "a.html").text


@pytest.mark.parametrize("stated", ["iso-8859-1", "shift_jis", "windows-1251"])
def test_a_page_that_was_saved_in_utf_8_and_states_another_encoding_is_utf_8_and_that_is_told(
    stated: str,
) -> None:
    found = of(page(f'<meta charset="{stated}">').encode(), "a.html")
    assert TEXT in found.text
    assert f"It says that its encoding is {stated}; it is UTF-8, and was read as that." in found.notes


@pytest.mark.parametrize("stated", ["utf-16", "UTF-16LE"])
def test_a_page_that_says_utf16_where_that_can_be_read_is_utf_8(stated: str) -> None:
    assert TEXT in of(page(f'<meta charset="{stated}">').encode(), "a.html").text


def test_a_page_may_state_its_encoding_as_xml_does() -> None:
    raw = ('<?xml version="1.0" encoding="windows-1252"?>' + page("")).encode("cp1252")
    assert TEXT in of(raw, "a.xhtml").text


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"\n %PDF-1.7 text", "is a PDF"),
        (b"\xef\xbb\xbf%PDF-1.7 text", "is a PDF"),
        (b"BZh91AY&SY text", "is compressed"),
        (b"7z\xbc\xaf\x27\x1c", "is an archive"),
        (b"PK\5\6" + b"\0" * 18, "is an archive"),
        (b"\0\0\0\x18ftypmp42", "is a recording or a picture"),
        (b"%!PS-Adobe-3.0", "is PostScript"),
        (b'<?xml version="1.0"?><rss><item>It was off.</item></rss>', "is XML, and no page"),
        (b"<svg xmlns='x'><text>It was off.</text></svg>", "is XML, and no page"),
        (
            b"From: <Saved by a browser>\nSubject: The coast\nMIME-Version: 1.0\n\n<html>=E2=80=9C</html>",
            "a page that was saved as one file (MHTML)",
        ),
        ("\u200b\u200d\ufeff".encode() * 9, "there is no text in it"),
        (b"!!! ??? ...", "there is no text in it"),
        (("a" + "\u0315\u0300" * 200_000).encode(), "100 accents on one letter at 1"),
    ],
)
def test_more_kinds_of_file_that_are_no_documents(raw: bytes, said: str) -> None:
    assert said in refused(raw)


def test_a_number_of_thousands_of_digits_is_refused() -> None:
    raw = b'{"text": "It was off.", "more": ' + b"9" * 5000 + b"}"
    assert "a number of thousands of digits" in refused(raw, "a.json")


def test_elements_within_elements_are_refused_rather_than_what_stands_behind_them_lost() -> None:
    deep = "<div>" * 300 + "<p>It was off.</p>" + "</div>" * 300
    assert "would be lost" in refused(page("", f"{deep}<p>Nobody was told.</p>").encode(), "a.html")
    flat = "<div>" * 100 + "<p>It was off.</p>" + "</div>" * 100
    assert "Nobody was told." in of(page("", f"{flat}<p>Nobody was told.</p>").encode(), "a.html").text


def test_a_tag_with_more_attributes_than_can_be_read_is_refused() -> None:
    for many in ("a{}='>'", 'a{}=">"', "a{}", "<{}", "a{}=x"):
        tag = " ".join(many.format(at) for at in range(200_000))
        assert "attributes at 6: it is no page" in refused(f"<html><body {tag}><p>{TEXT}".encode(), "a.html")
    data = " ".join(f"word{at}" for at in range(200_000))
    assert TEXT in of(f"<html><body data-all='{data}'><p>{TEXT} {TEXT}".encode(), "a.html").text


def test_what_a_document_says_of_itself_is_one_line_without_control_characters() -> None:
    found = of(
        json.dumps({
            "text": TEXT, "title": "Off\nthe coast", "source": "The \x1b[31mGull\x07",
            "author": "\u202ethe desk", "address": "https://gull.example/\u0000a",
        }).encode(),
        "a.json",
    )  # fmt: skip
    assert (found.title, found.source, found.author) == ("Off the coast", "The [31mGull", "the desk")
    assert found.address == "https://gull.example/a"
    assert any("control characters" in each for each in found.notes)


def test_what_a_document_says_of_itself_at_too_great_length_is_left_out_and_that_is_told() -> None:
    found = of(json.dumps({"text": TEXT, "source": "S" * (LONGEST_FACT + 1)}).encode(), "a.json")
    assert found.source == ""
    assert f"Its source has {LONGEST_FACT + 1} characters, and was left out." in found.notes


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"source": "The \x1b[31mGull"}, "source: 'The \N{REPLACEMENT CHARACTER}[31mGull' holds control"),
        (
            {"title": "x" * (LONGEST_FACT + 1)},
            f"title: {LONGEST_FACT + 1} characters; at most {LONGEST_FACT}",
        ),
        ({"translated_from": "???"}, "translated_from: '???'; two letters are allowed"),
        ({"kind": "rumour"}, "kind: 'rumour'; report or statement is allowed"),
    ],
)
def test_what_somebody_says_of_a_document_is_checked(facts: dict[str, str], said: str) -> None:
    assert said in refused(TEXT.encode(), **facts)


def test_no_more_of_a_file_is_read_than_is_allowed() -> None:
    with pytest.raises(InputError, match=r"/dev/zero: too large; at most 8 MiB are allowed"):
        bytes_of(Path("/dev/zero"))


def test_a_file_of_the_largest_size_is_read_and_a_larger_one_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * LARGEST)
    assert len(bytes_of(path)) == LARGEST
    path.write_bytes(b"x" * (9 << 20))
    with pytest.raises(InputError, match=r"a.txt: 9.0 MiB; at most 8 MiB are allowed"):
        bytes_of(path)


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(TEXT.encode(),))
    writer.start()
    assert bytes_of(path) == TEXT.encode()
    writer.join()


@pytest.mark.parametrize("name", ["missing.txt", "loop.txt", "."])
def test_what_cannot_be_opened_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    with pytest.raises(InputError, match="cannot be read: "):
        bytes_of(tmp_path / name)


def test_a_full_folder_of_temporary_files_is_told(tmp_path: Path) -> None:
    program = (
        "import resource, signal, sys\n"
        "from datetime import date\n"
        "from openleo.errors import OpenLEOError\n"
        "from openleo.service.reports.intake import Facts, read\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n"
        "    read(b'The service was off.', 'a.txt', Facts(), date(2026, 6, 30))\n"
        "except OpenLEOError as error:\n"
        "    sys.exit(str(error))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path)
    assert "the folder of temporary files (TMPDIR), and cannot be: File too large" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_is_no_file_and_is_told_so() -> None:
    with pytest.raises(
        InputError, match="is an address, and nothing is fetched; a file is allowed: save the page"
    ):
        bytes_of(Path("https://harbour.example/x.html"))
