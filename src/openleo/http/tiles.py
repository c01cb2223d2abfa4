"""The log itself from the server's copy: checkpoint, tiles, bundles and objects, for whoever checks it.

Under `/log` they stand where C2SP tlog-tiles puts them: any reader of such logs can read this server as one.
Nothing here is checked for the reader: that is the reader's work, and needs no trust in this server.
"""

import gzip
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Request, Response
from fastapi import Path as Part

from openleo.http.callers import Anyone, Known
from openleo.http.entries import enforcement_of
from openleo.http.problems import Problem
from openleo.http.site import takes_gzip
from openleo.ledger.encoding import HASH_SIZE
from openleo.ledger.errors import LedgerError, Malformed
from openleo.ledger.objects import LARGEST_OBJECT, object_path
from openleo.ledger.source import Folder
from openleo.ledger.tiles import HEIGHT, LARGEST_BUNDLE, WIDTH, Tile, bundle_of, entries_of

if TYPE_CHECKING:
    from openleo.service.governance.mirror import Mirror

router = APIRouter(dependencies=[Known])

_TEXT: Final = "text/plain; charset=utf-8"
_BYTES: Final = "application/octet-stream"
_FOREVER: Final = "public, max-age=31536000, immutable"
_WIDTH: Final = re.compile(r"[1-9]\d{0,2}", re.ASCII)
_OPEN: Final = {"access-control-allow-origin": "*", "x-content-type-options": "nosniff"}
"""Pages of others may read the log here: it is public, and nobody is recognised by asking for it."""


def _answers(media: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {media: {}}, "description": "as it stands in the log"}}


def _open_to_all(media: str) -> Any:
    return {
        "tags": ["the log"], "dependencies": [Anyone], "response_class": Response,
        "responses": _answers(media),
    }  # fmt: skip


Place = Annotated[
    str, Part(max_length=100, description="`<level>/<index>` or `entries/<index>`, and `.p/<width>`")
]
Name = Annotated[str, Part(max_length=100, description="SHA-256 of the file, 64 digits 0-9 and a-f")]


@router.get("/log/checkpoint", **_open_to_all("text/plain"))
def checkpoint(request: Request) -> Response:
    """The checkpoint that this server trusts, as it was signed and cosigned (C2SP tlog-checkpoint)."""
    return _answer(_mirror(request).raw, _TEXT, "no-cache")


@router.get("/log/policy", **_open_to_all("text/plain"))
def policy(request: Request) -> Response:
    """Whom this server trusts: keys of log and witnesses, and how many must have seen (C2SP tlog-policy).

    Where witnesses are reached is the operator's business and left out. Whoever does not trust this server
    takes the keys from somebody else.
    """
    return _answer(replace(enforcement_of(request).policy, urls={}).raw, _TEXT, "no-cache")


@router.get("/log/tile/{place:path}", **_open_to_all("application/octet-stream"))
def tile(request: Request, place: Place) -> Response:
    """A tile of hashes, or a bundle of entries, of the server's copy (C2SP tlog-tiles)."""
    mirror = _mirror(request)
    try:
        found = Tile.parse(f"tile/{place}")
    except Malformed:
        raise _missing("tile/<level>/<index> or tile/entries/<index>, and .p/<width>, is allowed") from None
    try:
        raw = _read(mirror, found)
    except LedgerError:
        raise Problem(
            "unavailable", "the copy of the log cannot be read now; ask again", retry_after_s=5.0
        ) from None
    if raw is None:
        raise _missing(f"{found.path} is not here: the log has {mirror.size} entries")
    headers: dict[str, str] = {}
    if found.bundle:
        headers["vary"] = "accept-encoding"
        if takes_gzip(request.headers.get("accept-encoding", "")):
            raw, headers["content-encoding"] = gzip.compress(raw, 6, mtime=0), "gzip"
    return _answer(raw, _BYTES, _FOREVER, headers)


@router.get("/log/object/{name}", **_open_to_all("application/octet-stream"))
def text_beside(request: Request, name: Name) -> Response:
    """A text beside the log, with its salt, as an entry names it; one that was withdrawn is not there."""
    mirror = _mirror(request)
    try:
        raw = _folder(mirror).read(object_path(name), LARGEST_OBJECT)
    except LedgerError:
        raw = None
    if raw is None:
        raise _missing("no such object: it was withdrawn, or never here")
    return _answer(raw, _BYTES, "no-store")  # what is withdrawn must not live on in caches


def _mirror(request: Request) -> "Mirror":
    """The copy of the log; raises Problem where there is no log, or where it was not reached yet."""
    mirror = enforcement_of(request).mirror
    if not mirror.raw:
        raise Problem("unavailable", "the log was not reached yet; ask again", retry_after_s=5.0)
    return mirror


def _folder(mirror: "Mirror") -> Folder:
    return Folder(mirror.folder / "log")


def _read(mirror: "Mirror", tile: Tile) -> bytes | None:
    """The bytes of a tile of the tree that is trusted; None where it has none there, or no copy of it.

    A partial tile of a smaller tree is the beginning of what stands there now. Raises LedgerError.
    """
    if tile.index * WIDTH + tile.width > mirror.size >> HEIGHT * (tile.level or 0):
        return None
    folder = _folder(mirror)
    raw = folder.read(tile.path, LARGEST_BUNDLE)
    if raw is not None or tile.width == WIDTH:
        return raw
    for there in _wider(folder.path, tile):
        raw = folder.read(there.path, LARGEST_BUNDLE)
        if raw is not None:
            if tile.bundle:
                return bundle_of(entries_of(raw, there.width)[: tile.width])
            return raw[: HASH_SIZE * tile.width]
    return None


def _wider(folder: Path, tile: Tile) -> list[Tile]:
    """The tiles that stand at the place of a partial one and hold more than it."""
    whole = replace(tile, width=WIDTH)
    try:
        names = [each.name for each in (folder / f"{whole.path}.p").iterdir()]
    except OSError:
        names = []
    widths = sorted(int(each) for each in names if _WIDTH.fullmatch(each))
    return [*(replace(tile, width=each) for each in widths if tile.width < each < WIDTH), whole]


def _missing(said: str) -> Problem:
    return Problem("not-found", said)


def _answer(raw: bytes, media: str, kept: str, more: dict[str, str] | None = None) -> Response:
    return Response(raw, media_type=media, headers={**_OPEN, "cache-control": kept, **(more or {})})
