"""A file as somebody saved it, as text: what is no text is refused, and the encoding is found."""

import codecs
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from openleo.errors import InputError

LARGEST: Final = 8 << 20
"""Bytes of a file."""
ALLOWED: Final = "plain text, HTML and JSON are read"

_NOT_TEXT: Final = (
    (b"%PDF-", "a PDF"), (b"%!PS", "PostScript"), (b"\x89PNG", "a picture"), (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"), (b"RIFF", "a picture or a recording"), (b"II*\0", "a picture"),
    (b"MM\0*", "a picture"), (b"PK\3\4", "a zip archive or an office document"), (b"PK\5\6", "an archive"),
    (b"\xd0\xcf\x11\xe0", "an office document"), (b"{\\rtf", "rich text"), (b"\x1f\x8b", "compressed"),
    (b"BZh", "compressed"), (b"\xfd7zXZ", "compressed"), (b"\x28\xb5\x2f\xfd", "compressed"),
    (b"7z\xbc\xaf", "an archive"), (b"Rar!", "an archive"), (b"ID3", "a recording"), (b"OggS", "a recording"),
    (b"\x7fELF", "a program"),
)  # fmt: skip
_MAIL: Final = re.compile(rb"\s*[A-Za-z-]+:[^\n]*\n(?:[^\n]+\n){0,40}?MIME-Version:\s*1", re.IGNORECASE)
"""The head of a mail, and of a page that a browser saved as one file (MHTML)."""
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"), (codecs.BOM_UTF8, "utf-8-sig"),
)  # fmt: skip
_STATED: Final = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})"
    rb"|^\s*<\?xml[^>]{0,80}?encoding\s*=\s*[\"']([\w.:-]{1,40})",
    re.IGNORECASE,
)
_AS_BROWSERS: Final = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "shift_jis": "cp932",
    "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949", "utf-16": "utf-8", "utf-16-le": "utf-8",
    "utf-16-be": "utf-8", "utf-32": "utf-8",
}  # fmt: skip
"""What a page means that states the encoding on the left: https://encoding.spec.whatwg.org/."""
_NO_TEXTS: Final = frozenset(
    ("charmap", "idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7")
)
"""Codecs of Python in which no document is saved."""
_ADDRESS: Final = re.compile(r"(?:https?|ftp):/", re.IGNORECASE)
"""How a page's address begins, after a path has made one stroke of two."""
_MANY_MARKS: Final = re.compile(r"[^\w\s\x00-\x7f]{100}")
_ZEROS: Final = 0.3
"""Of the bytes in odd or even places, from which on a file looks like UTF-16."""


def bytes_of(path: Path) -> bytes:
    """The bytes of a file or a pipe; no more is read than is allowed. Raises InputError, naming the file."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        if _ADDRESS.match(str(path)):
            raise InputError(
                f"{path}: is an address, and nothing is fetched; a file is allowed: save the page first, and "
                "import that"
            ) from None
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    if len(raw) <= LARGEST:
        return raw
    size = path.stat().st_size / 2**20
    many = f"{size:.1f} MiB" if size > LARGEST / 2**20 else "too large"
    raise InputError(f"{path}: {many}; at most {LARGEST >> 20} MiB are allowed")


def text_of(raw: bytes, name: str, encoding: str, notes: list[str]) -> str:
    """The text of a file, in Unicode NFC and with plain ends of lines.

    By the encoding that is given, by its mark, by what a page says of itself, or UTF-8. name: of the file,
    for errors. notes: gets what a reader should know. Raises InputError for what is no text, empty or too
    large, and for another encoding than it says.
    """
    if len(raw) > LARGEST:
        raise InputError(f"{name}: {len(raw) / 2**20:.1f} MiB; at most {LARGEST >> 20} MiB are allowed")
    marked = next((codec for mark, codec in _MARKS if raw.startswith(mark)), "")
    found = _codec(encoding, name) if encoding else marked or "utf-8"
    _check(raw, name, wide=found.startswith(("utf-16", "utf-32", "utf_16", "utf_32")))
    if not encoding and not marked and (stated := _STATED.search(raw[:4096])):
        found = _stated((stated[1] or stated[2]).decode("ascii", "replace"), raw, name, notes)
    try:
        text = raw.decode(found)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name}: byte 0x{raw[error.start]:02x} at {error.start} is not {error.encoding}; save it as "
            "UTF-8, or name its encoding (--encoding windows-1252)"
        ) from None
    except UnicodeError as error:
        raise InputError(f"{name}: it is not {found}: {error}") from None
    for each in _MANY_MARKS.finditer(text):
        if all(map(unicodedata.combining, each[0])):  # putting them in order takes the square of their number
            raise InputError(f"{name}: 100 accents on one letter at {each.start()}: it is no text; {ALLOWED}")
    return unicodedata.normalize("NFC", text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))


def _check(raw: bytes, name: str, *, wide: bool) -> None:
    """Check that a file is not empty, and no file of another kind. wide: zero bytes are part of its text."""
    if not raw.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise InputError(f"{name}: is empty; {ALLOWED}")
    head = raw[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    kind = next((what for magic, what in _NOT_TEXT if head.startswith(magic)), "")
    kind = "a recording or a picture" if raw[4:8] == b"ftyp" else kind
    if kind:
        raise InputError(f"{name}: is {kind}; {ALLOWED}: save the text, or the page, and import that")
    if _MAIL.match(raw[:4096]):
        raise InputError(
            f"{name}: is a mail, or a page that was saved as one file (MHTML); {ALLOWED}: save the page as "
            "HTML"
        )
    if b"\0" in raw[:4096] and not wide:
        like = _like_utf16(raw[:4096])
        more = f"; as UTF-16 without a mark it is read by --encoding {like}" if like else ""
        raise InputError(f"{name}: a zero byte at {raw.index(0)}: it is no text; {ALLOWED}{more}")


def _like_utf16(head: bytes) -> str:
    """Which UTF-16 the first bytes of a file look like; "" for none."""
    for first, codec in ((1, "utf-16-le"), (0, "utf-16-be")):
        if head[first::2].count(0) > _ZEROS * len(head) / 2 and not head[1 - first :: 2].count(0):
            return codec
    return ""


def _codec(encoding: str, name: str) -> str:
    """The name that Python has for an encoding of texts. Raises InputError for any other."""
    try:
        found = codecs.lookup(encoding)
        known = found.name not in _NO_TEXTS
    except (LookupError, ValueError):
        known = False
    if not known or not getattr(found, "_is_text_encoding", True):
        raise InputError(
            f"{name}: encoding: {encoding[:40]!r} is not known; utf-8 or windows-1252 is"
        ) from None
    return found.name


def _stated(encoding: str, raw: bytes, name: str, notes: list[str]) -> str:
    """The encoding of a page that states one: as browsers take it, and UTF-8 where it is that after all.

    Browsers save in UTF-8 what had another encoding, and some leave the page saying so.
    """
    codec = _codec(encoding, name)
    codec = _AS_BROWSERS.get(codec, codec)
    if codec in ("utf-8", "iso2022_jp", "hz") or raw.isascii():
        return codec
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "iso8859-1" if codec == "cp1252" and not _is(raw, codec) else codec
    notes.append(f"It says that its encoding is {encoding}; it is UTF-8, and was read as that.")
    return "utf-8"


def _is(raw: bytes, codec: str) -> bool:
    try:
        raw.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


class Members(dict[str, Any]):
    """A JSON object. twice: which of its members stand there more than once."""

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.twice = frozenset(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)


def members_of(text: str, name: str) -> Members:
    """The members of a JSON text that is one object; raises InputError, naming the file, for any other."""
    try:
        value = json.loads(text, object_pairs_hook=Members)
    except json.JSONDecodeError as error:
        at = f"line {error.lineno}, column {error.colno}"
        raise InputError(f"{name}: {at}: not JSON: {error.msg}") from None
    except RecursionError:
        raise InputError(f"{name}: nested too deeply; an object with a text is allowed") from None
    except ValueError:
        raise InputError(
            f"{name}: a number of thousands of digits; an object with a text is allowed"
        ) from None
    if not isinstance(value, Members):
        raise InputError(f"{name}: a JSON {type(value).__name__}; one object with a text is allowed")
    return value
