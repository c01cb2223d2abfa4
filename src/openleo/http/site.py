"""The page as it was built: one document, its hashed files, and the headers that keep it to itself."""

import gzip
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response

from openleo.http.problems import Problem

router = APIRouter(include_in_schema=False)

FOLDER: Final = "OPENLEO_PAGE"
"""The environment variable that names another folder to serve: a build that is being worked on."""
PLAIN: Final = "/plain"
"""Where the same questions are answered in tables, without any script."""

HEADERS: Final = (
    ("content-security-policy", "default-src 'none'; script-src 'self'; style-src 'self'; "
                                "img-src 'self' blob: data:; connect-src 'self'; worker-src 'self'; "
                                "font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
                                "frame-ancestors 'none'"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), display-capture=(), geolocation=(), microphone=(), usb=()"),
    ("vary", "accept-encoding"),
)  # fmt: skip
"""Headers of the page and of each of its files: nothing runs and nothing is reached but what is ours."""

_FOREVER: Final = "public, max-age=31536000, immutable"
_NOW: Final = "no-cache"
_ASSETS: Final = "assets"
_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}", re.ASCII)
_MEDIA: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
}
_SMALL: Final = 1024
"""Bytes under which a file is sent as it is."""


@dataclass(frozen=True)
class File:
    """A file of the page: its bytes, the same compressed (empty where that gains nothing), and its tag."""

    raw: bytes
    gzipped: bytes
    media: str
    tag: str


def folder() -> Path:
    """The folder that holds the built page, whether or not it is there."""
    named = os.environ.get(FOLDER, "")
    return Path(named) if named else Path(__file__).parent / "static"


def built() -> bool:
    """Whether there is a page to serve."""
    return (folder() / "index.html").is_file()


@router.api_route("/", methods=["GET", "HEAD"], response_class=Response)
def page(request: Request) -> Response:
    """The page; where it was not built, the way to the plain one."""
    if not built():
        return Response(status_code=303, headers={"location": PLAIN, "cache-control": "no-store"})
    return _answer(request, folder(), "index.html", _NOW)


@router.api_route("/favicon.svg", methods=["GET", "HEAD"], response_class=Response)
def favicon(request: Request) -> Response:
    """The sign in the browser's tab."""
    return _answer(request, folder(), "favicon.svg", _NOW)


@router.api_route("/assets/{name}", methods=["GET", "HEAD"], response_class=Response)
def asset(request: Request, name: str) -> Response:
    """A script, a style or a table of the page: its name holds a hash of what it says."""
    return _answer(request, folder() / _ASSETS, name, _FOREVER)


def _answer(request: Request, where: Path, name: str, kept: str) -> Response:
    """A file of a folder, and of no other: its name must be one that the folder lists.

    kept: how long a browser keeps it. Raises Problem where there is no such file.
    """
    found = _find(where, name)
    headers = dict(HEADERS) | {"cache-control": kept, "etag": found.tag}
    if found.tag in (each.strip() for each in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    body = found.raw
    if found.gzipped and takes_gzip(request.headers.get("accept-encoding", "")):
        body, headers["content-encoding"] = found.gzipped, "gzip"
    return Response(body, headers=headers, media_type=found.media)


def _find(where: Path, name: str) -> File:
    missing = Problem("not-found", "the page has no such file", "name")
    if not _NAME.fullmatch(name):
        raise missing
    try:
        with os.scandir(where) as listed:
            entry = next(each for each in listed if each.name == name and each.is_file(follow_symlinks=False))
            held = entry.stat(follow_symlinks=False)
        return _read(entry.path, held.st_mtime_ns, held.st_size)
    except (OSError, StopIteration):
        raise missing from None


@lru_cache(maxsize=256)
def _read(path: str, _changed_ns: int, _size: int) -> File:
    """A file, read and compressed once, until it is another one."""
    raw = Path(path).read_bytes()
    gzipped = gzip.compress(raw, 9, mtime=0) if len(raw) >= _SMALL else b""
    media = _MEDIA.get(Path(path).suffix, "application/octet-stream")
    tag = f'"{sha256(raw).hexdigest()[:32]}"'
    return File(raw, gzipped if len(gzipped) < 0.9 * len(raw) else b"", media, tag)


def takes_gzip(said: str) -> bool:
    """Whether a browser takes gzip, as its Accept-Encoding says (RFC 9110, 12.5.3)."""
    for part in said[:500].split(","):
        name, _, quality = (each.strip().lower() for each in part.partition(";"))
        if name in ("gzip", "*"):
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
