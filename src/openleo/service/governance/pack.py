"""A pack: a rule file and the GeoJSON files that it names, as one text that can stand beside the log.

It is canonical JSON, {"files": {name: text}, "rules": the TOML text}: the same files give the same bytes, and
a rule set that is read from a pack has the digest of the one that went into it.
"""

import re
import tempfile
import tomllib
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

from openleo.errors import InputError
from openleo.formats import toml
from openleo.ledger.canonical import canonical, parse_canonical
from openleo.ledger.errors import Malformed, Refused
from openleo.ledger.objects import HEAD_SIZE, LARGEST_OBJECT
from openleo.service.regions import BUILT_IN, RuleSet, builtin_rules
from openleo.service.rulefile import RuleFile

LARGEST_PACK: Final = LARGEST_OBJECT - HEAD_SIZE
"""Bytes: what an object of the log, 16 MiB, has room for."""
MEDIA: Final = "application/json"
"""The media type of a pack as an object of the log."""

# A file beside the rule file, on any system: no folder, no drive, not hidden, nothing that a screen hides.
_PARTS: Final = 8
# Texts and comments first, so that nothing in them is taken for a key; each in one go, never tried again.
_TEXT = re.compile(
    r'''"""(?:[^"\\]|\\.|"(?!""))*+(?:"""|\Z)|"(?:[^"\\\n]|\\.)*+(?:"|$)|#[^\n]*+'''
    r"""|'''(?:[^']|'(?!''))*+(?:'''|\Z)|'[^'\n]*+(?:'|$)""",
    re.DOTALL | re.MULTILINE,
)
_DEEP = re.compile(rf'(?<![\w"-])(?:[\w-]++|")(?:[ \t]*+\.[ \t]*+(?:[\w-]++|")){{{_PARTS},}}', re.ASCII)
_NAME = re.compile(r'(?!\.)[^/\\:*?"<>|\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]{1,120}')


def pack(path: str | Path = BUILT_IN) -> bytes:
    """A rule file, by its path or a built-in name, and the GeoJSON files that it names, in one.

    Raises InputError, naming file, key and value, where the rule set is not as it should be, a file is
    missing or is not beside the rule file, and where all of them are more than 16 MiB.
    """
    given = Path(path)
    if not given.is_file() and str(path) in builtin_rules():
        with as_file(files("openleo") / "worlds") as folder:
            return pack(folder / f"{path}.rules.toml")
    where = f"{given.name}: "
    text = _text(given, where)
    file = toml.parse(RuleFile, table_of(text, where), where)
    texts: dict[str, str] = {}
    for key, name in file.outlines.items():
        if not _NAME.fullmatch(name):
            raise InputError(f"{where}{key}: {name!r} given; the name of a file beside it is allowed")
        if name not in texts:
            texts[name] = _text(given.parent / name, f"{where}{key}: ")
    try:
        raw = canonical({"files": texts, "rules": text})
    except Refused as error:
        raise InputError(f"{where}{error}") from None
    _check_size(len(raw), where)
    unpack(raw, where)  # whatever is packed can be unpacked
    return raw


def unpack(raw: bytes, where: str = "pack: ") -> RuleSet:
    """The rule set of a pack; nothing of it stays on disk.

    where: the beginning of an error about the rules. Raises Malformed where it is no pack, is larger than
    16 MiB, or has another file than its rules name; InputError, as `RuleSet.load` does, where its rules are
    not as they should be.
    """
    _opened(raw, where)
    try:
        return _laid_out(raw)
    except InputError as error:
        raise InputError(f"{where}{error}") from None


@lru_cache(maxsize=2)  # who drafts, checks and enforces a change opens the same pack, 0.1 to 0.5 s each time
def _laid_out(raw: bytes) -> RuleSet:
    table, _, texts = _opened(raw, "")
    with tempfile.TemporaryDirectory(prefix="openleo-") as made:
        folder = Path(made)
        for name, content in texts.items():
            (folder / name).write_bytes(content.encode())
        try:
            return RuleSet.parse(table, folder, "")
        except InputError as error:
            raise InputError(str(error).replace(f"{folder}/", "")) from None
        except (ValueError, ArithmeticError, RecursionError) as error:
            # A number of thousands of digits, brackets by the thousand: JSON's parser gives up on them.
            raise InputError(f"a file of it cannot be read: {type(error).__name__}") from None


def contents(raw: bytes, where: str = "pack: ") -> tuple[RuleFile, dict[str, str]]:
    """What a pack says: its rule file, and the texts that it names, by name; nothing is laid out on the map.

    So the answer does not depend on the map. Raises as `unpack` does, but for what only the map could show.
    """
    return _opened(raw, where)[1:]


def texts_of(raw: bytes) -> tuple[str, dict[str, str]]:
    """The rule file of a pack as text, and the GeoJSON texts that it names; raises Malformed for no pack."""
    return _parts(parse_canonical(raw))


def _opened(raw: bytes, where: str) -> tuple[dict[str, Any], RuleFile, dict[str, str]]:
    """The table of a pack, the rule file that it is, and the texts by name."""
    if len(raw) > LARGEST_PACK:
        raise Malformed(f"pack: {len(raw)} bytes; at most {LARGEST_PACK} are allowed")
    text, texts = _parts(parse_canonical(raw))
    table = table_of(text, where)
    file = toml.parse(RuleFile, table, where)
    named = set(file.outlines.values())
    for name in sorted(named ^ texts.keys()):
        what = "is missing" if name in named else "is not named by its rules"
        raise Malformed(f"pack: files: {name[:120]!r} {what}; those that its rules name are needed")
    return table, file, texts


def _parts(value: Any) -> tuple[str, dict[str, str]]:
    """The rules and the files of a pack."""
    if not isinstance(value, dict) or value.keys() != {"files", "rules"}:
        raise Malformed("pack: a JSON object with files and rules is allowed")
    texts, text = value["files"], value["rules"]
    if not isinstance(text, str):
        raise Malformed("pack: rules: a text is allowed")
    if not isinstance(texts, dict) or not all(isinstance(each, str) for each in texts.values()):
        raise Malformed("pack: files: texts by name are allowed")
    for name in texts:
        if not _NAME.fullmatch(name):
            raise Malformed(f"pack: files: {name[:120]!r}; the name of a file without folder is allowed")
    return text, texts


def table_of(text: str, where: str) -> dict[str, Any]:
    """The table of a TOML text; raises InputError where it is none, or has keys that take minutes to read."""
    deep = _DEEP.search(_TEXT.sub(lambda each: "#" if each[0][0] == "#" else '"', text))
    if deep:  # the parser of TOML takes minutes for a key of ten thousand parts
        raise InputError(f"{where}{deep[0][:80]!r} given; a key of at most {_PARTS} parts is allowed")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{where}is no TOML: {error}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}is no TOML that can be read: {type(error).__name__}") from None


def _text(path: Path, where: str) -> str:
    """What a file holds, to the byte."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_PACK + 1)
        _check_size(len(raw), where)
        return raw.decode("utf-8")
    except OSError as error:
        raise InputError(f"{where}{path.name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        named = "" if where == f"{path.name}: " else f"{path.name}: "
        raise InputError(f"{where}{named}byte {error.start} is not UTF-8") from None


def _check_size(size: int, where: str) -> None:
    if size > LARGEST_PACK:
        raise InputError(
            f"{where}more than {LARGEST_PACK} bytes with the files that it names; so many are allowed"
        )
