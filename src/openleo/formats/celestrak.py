"""Current element sets from CelesTrak, kept in the user's cache folder."""

import http.client
import os
import re
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import platformdirs

from openleo.errors import DataMissing, InputError
from openleo.formats.elements import read_elements

BASE_URL: Final = "https://celestrak.org/NORAD/elements/gp.php"

GROUPS: Final = ("starlink", "oneweb", "kuiper")
"""Groups of broadband constellations; any other of CelesTrak's group names works as well."""

LEAST_AGE_H: Final = 2.0
"""CelesTrak renews its data every 2 h and asks not to be asked for the same more often."""

_TIMEOUT_S: Final = 30.0
_USER_AGENT: Final = "openleo (satellite network simulator; keeps each group for two hours)"


@dataclass(frozen=True)
class Fetched:
    """A file of element sets in the cache: how old it is, whether that is fresh, and a sentence about it."""

    group: str
    path: Path
    age_h: float
    fresh: bool
    message: str


def cache_folder() -> Path:
    """Where element sets are kept: a folder of the user's cache, which may not exist yet."""
    return Path(platformdirs.user_cache_dir("openleo")) / "elements"


def fetch(
    group: str,
    *,
    cache: Path | None = None,
    max_age_h: float = LEAST_AGE_H,
    now: datetime | None = None,
    base_url: str = BASE_URL,
    opener: Callable[..., Any] = urllib.request.urlopen,
) -> Fetched:
    """Element sets of a CelesTrak group: those in the cache while they are fresh, otherwise downloaded.

    group: `starlink`, `oneweb`, `kuiper` or any group name of CelesTrak; cache: folder (None: the user's);
    max_age_h: age up to which the cache will do, at least 2 h; now: UTC (None: the clock's).
    Where the download fails or brings no element sets the cached ones stay, and the message says so.
    Raises InputError for a name that cannot be a group, DataMissing without both download and cache.
    Source: CelesTrak, "GP data formats" (queries by GROUP, FORMAT=csv: OMM) and its usage policy.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", group):
        raise InputError(f"group {group!r}: allowed are a-z, 0-9 and -, such as {', '.join(GROUPS)}")
    path = (cache or cache_folder()) / f"{group}.csv"
    now = now or datetime.now(UTC)
    kept = _kept(path, now, max(max_age_h, LEAST_AGE_H))
    if kept is not None and kept.fresh:
        return kept
    url = f"{base_url}?GROUP={group}&FORMAT=csv"
    try:
        count = _download(url, path, now, opener)
    except (OSError, http.client.HTTPException, InputError) as wrong:
        reason = f"{url}: {_reason(wrong)}"
        if kept is None:
            raise DataMissing(
                f"no element sets of {group!r}: {reason}; none are cached. Give a file of them with --fleet"
            ) from None
        return Fetched(group, path, kept.age_h, False, f"{kept.message} ({reason})")
    return Fetched(group, path, 0.0, True, f"{group}: {count} element sets downloaded just now")


def cached(cache: Path | None = None, *, now: datetime | None = None) -> list[Fetched]:
    """What the cache holds, by name of group; nothing is downloaded."""
    folder, now = cache or cache_folder(), now or datetime.now(UTC)
    kept = (_kept(path, now, LEAST_AGE_H) for path in sorted(folder.glob("*.csv")))
    return [each for each in kept if each is not None]


def _kept(path: Path, now: datetime, max_age_h: float) -> Fetched | None:
    try:
        written = path.stat().st_mtime
    except OSError:
        return None
    # a clock that was set back must not make a file fresh for ever
    age_h = abs(now.timestamp() - written) / 3600.0
    message = f"{path.stem}: element sets downloaded {age_h:.1f} h ago, from the cache"
    return Fetched(path.stem, path, age_h, age_h < max_age_h, message)


def _download(url: str, path: Path, now: datetime, opener: Callable[..., Any]) -> int:
    """Put the answer in the place of `path`, once it is whole and reads as element sets; returns how many."""
    request = urllib.request.Request(url, headers={"User-Agent": _USER_AGENT})
    with opener(request, timeout=_TIMEOUT_S) as answer:
        body = answer.read()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(body)
        try:
            elements, _ = read_elements(part)
        except InputError:
            raise InputError(f"the answer is no element sets: {_beginning(body)}") from None
        if not len(elements):
            raise InputError("the answer holds no element set")
        os.utime(part, (now.timestamp(), now.timestamp()))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return len(elements)


def _reason(wrong: Exception) -> str:
    if isinstance(wrong, urllib.error.HTTPError):
        # CelesTrak says in the body why it refuses: "GP data has not updated since ..."
        return f"HTTP {wrong.code}: {_beginning(wrong.read())}"
    if isinstance(wrong, urllib.error.URLError):
        return f"cannot be reached: {wrong.reason}"
    return str(wrong) or type(wrong).__name__


def _beginning(body: bytes) -> str:
    words = " ".join(body[:400].decode("utf-8", "replace").split())
    return repr(words[:120]) if words else "it is empty"
