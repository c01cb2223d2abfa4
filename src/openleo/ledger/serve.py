"""A log over HTTP: as tlog-tiles 0.1.0 asks, a page for people, and entries from those who may append."""

import gzip
import json
import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from openleo.ledger.client import proof_of
from openleo.ledger.disk import write_file
from openleo.ledger.entries import Reveal, Withdrawal, read_entry
from openleo.ledger.errors import Halted, LedgerError, Malformed, NotWritten, Refused, Unverified
from openleo.ledger.log import Log
from openleo.ledger.note import LARGEST_NOTE
from openleo.ledger.objects import LARGEST_OBJECT, object_path, open_object
from openleo.ledger.page import entry_page, entry_value, page
from openleo.ledger.source import Folder
from openleo.ledger.submitters import hash_of, read_submitters
from openleo.ledger.tiles import LARGEST_BUNDLE, Tile, entries_of
from openleo.ledger.web import Answer, Request

_TEXT: Final = "text/plain; charset=utf-8"
_BYTES: Final = "application/octet-stream"
_NOW: Final = ("Cache-Control", "no-cache")
_FOREVER: Final = ("Cache-Control", "public, max-age=31536000, immutable")
# What an object holds is a stranger's; and what is withdrawn must not go on in caches.
_OBJECT: Final = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))
_PAGE: Final = (
    _NOW,
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
)
_BY_ACCEPT: Final = ("Vary", "Accept")
_OPEN: Final = ("Access-Control-Allow-Origin", "*")
_PROOF = re.compile(r"/proof/(0|[1-9]\d{0,18})", re.ASCII)
_ENTRY = re.compile(r"/log/(0|[1-9]\d{0,18})(\.json|\.tlog-proof|)", re.ASCII)
_OBJECT_PATH = re.compile(r"/object/([0-9a-f]{64})", re.ASCII)
_LOG = logging.getLogger(__name__)


class Site:
    """A log at work, as the public meets it: `answer` is asked by a server, from many threads at once."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._public = Folder(log.store.public)

    def answer(self, request: Request) -> Answer:
        """What a log has at /, /checkpoint, /tile/, /object/, /log/<index>, /proof/<index> and /healthz.

        POST /append takes entries as a bundle, and POST /object/<name> an object, from submitters alone.
        """
        path = request.path
        posted = path == "/append" or _OBJECT_PATH.fullmatch(path)
        if request.method == "POST":
            if posted:
                return self._submitted(request)
            return _refusal(405, f"method: POST; GET is allowed at {path[:80]}", ("Allow", "GET"))
        if path == "/append":
            return _refusal(405, "method: GET; POST is allowed here", ("Allow", "POST"))
        try:
            return self._read(request)
        except Refused as error:
            return _refusal(404, str(error), _NOW)
        except LedgerError:
            _LOG.exception("%s", path)
            return _refusal(
                500, "this log cannot be read; its operator finds the reason in its messages", _NOW
            )

    def _read(self, request: Request) -> Answer:
        path = request.path
        if path == "/checkpoint":
            raw = self._public.read("checkpoint", LARGEST_NOTE)
            if raw is None:
                return _refusal(404, "nothing is published yet", _NOW)
            return Answer(200, raw, _TEXT, (_NOW, _OPEN))
        if path.startswith("/tile/"):
            return self._tile(request)
        if found := _OBJECT_PATH.fullmatch(path):
            raw = self._public.read(object_path(found[1]), LARGEST_OBJECT)
            if raw is None:
                return _refusal(404, "no such object: it was withdrawn, or never here", *_OBJECT)
            return Answer(200, raw, _BYTES, (*_OBJECT, _OPEN))
        if found := _PROOF.fullmatch(path):
            return Answer(200, proof_of(self._public, int(found[1])).raw, _TEXT, (_NOW, _OPEN))
        if found := _ENTRY.fullmatch(path):
            return self._entry(int(found[1]), found[2], request.headers.get("accept", ""))
        if path == "/healthz":
            health = self._log.health()
            raw = json.dumps(health, ensure_ascii=False, indent=2).encode() + b"\n"
            return Answer(503 if health["halted"] else 200, raw, "application/json", (_NOW,))
        if path == "/":
            return Answer(200, page(self._log).encode(), "text/html; charset=utf-8", _PAGE)
        return _refusal(404, f"path: {path[:80]}; / names what is here", _NOW)

    def _entry(self, index: int, ending: str, accept: str) -> Answer:
        """A page of an entry, in HTML or JSON, or its proof."""
        proof = proof_of(self._public, index)
        if ending == ".tlog-proof":
            return Answer(200, proof.raw, _TEXT, (_NOW, _OPEN))
        if ending or ("application/json" in accept and "text/html" not in accept):
            raw = json.dumps(entry_value(self._log, proof), ensure_ascii=False, indent=2).encode() + b"\n"
            return Answer(200, raw, "application/json", (_NOW, _OPEN, _BY_ACCEPT))
        html = entry_page(self._log, proof).encode("utf-8", "backslashreplace")
        return Answer(200, html, "text/html; charset=utf-8", (*_PAGE, _BY_ACCEPT))

    def _tile(self, request: Request) -> Answer:
        try:
            tile = Tile.parse(request.path[1:])
        except Malformed as error:
            return _refusal(404, str(error))
        raw = self._public.read(tile.path, LARGEST_BUNDLE)
        if raw is None:
            return _refusal(
                404, f"{tile.path} is not here: the log is too small for it, or the full one is", _NOW
            )
        headers: tuple[tuple[str, str], ...] = (_FOREVER, _OPEN)
        if tile.bundle:
            headers += (("Vary", "Accept-Encoding"),)
            accepted = request.headers.get("accept-encoding", "").lower()
            if re.search(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))", accepted):
                return Answer(
                    200, gzip.compress(raw, 6, mtime=0), _BYTES, (*headers, ("Content-Encoding", "gzip"))
                )
        return Answer(200, raw, _BYTES, headers)

    # ------------------------------------------------------------------ from those who may append

    def _submitted(self, request: Request) -> Answer:
        try:
            known = read_submitters(self._log.store.folder)
            if not known:
                return _refusal(
                    403, "nobody may append over HTTP: no token was made (openleo ledger serve token)"
                )
            scheme, _, token = request.headers.get("authorization", "").partition(" ")
            who = known.get(hash_of(token.strip())) if scheme.lower() == "bearer" else None
            if who is None:
                return _refusal(
                    401,
                    "a token of a submitter is needed: Authorization: Bearer ...",
                    ("WWW-Authenticate", "Bearer"),
                )
            return self._append(request.body, who) if request.path == "/append" else self._put(request, who)
        except (Refused, Malformed, Unverified) as error:
            return _refusal(422, str(error))
        except Halted as error:
            return _refusal(409, str(error))
        except NotWritten as error:
            return _refusal(503, str(error), ("Retry-After", "5"))
        except LedgerError as error:
            return _refusal(504, str(error))

    def _append(self, body: bytes, who: str) -> Answer:
        entries = _entries(body)
        check_submitted(self._log.store.public, entries)
        indices = self._log.append(entries)
        _LOG.info("%s: entries %s to %s", who, indices[0], indices[-1])
        answer = {"first": indices[0], "count": len(indices)}
        return Answer(200, json.dumps(answer).encode() + b"\n", "application/json", (_NOW,))

    def _put(self, request: Request, who: str) -> Answer:
        name = request.path.rpartition("/")[2]
        open_object(name, request.body)
        path = self._log.store.public / object_path(name)
        if not path.exists():
            write_file(path, request.body, self._log.store.tmp)
            _LOG.info("%s: object %s", who, name)
        answer = {"object": name, "size": len(request.body)}
        return Answer(201, json.dumps(answer).encode() + b"\n", "application/json", (_NOW,))


def check_submitted(public: Path, entries: Sequence[bytes]) -> None:
    """Check that the objects which entries name are there: an audit would miss them for ever.

    What shows or takes away a text that others put there is not for submitters, either. Raises Refused,
    naming entry and object, also for what is no entry.
    """
    for at, raw in enumerate(entries):
        try:
            entry = read_entry(raw)
        except Malformed as error:
            raise Refused(f"entry {at} of {len(entries)}: {error}") from error
        if isinstance(entry, Reveal | Withdrawal):
            raise Refused(
                f"entry {at} of {len(entries)}: a {entry.type} is made where the log is: openleo ledger "
                "reveal, openleo ledger withdraw"
            )
        for each in entry.objects:
            try:
                size = (public / object_path(each.object)).stat().st_size
            except OSError:
                size = -1
            if size != each.size:
                raise Refused(
                    f"entry {at} of {len(entries)}: object {each.object} of {each.size} bytes is not in this "
                    "log; put it there first"
                )


def _entries(body: bytes) -> list[bytes]:
    """Entries from a body that is a bundle of any length."""
    count, at = 0, 0
    while at < len(body):
        at += 2 + int.from_bytes(body[at : at + 2], "big")
        count += 1
    return entries_of(body, count)


def _refusal(status: int, text: str, *headers: tuple[str, str]) -> Answer:
    return Answer(status, Answer.sentence(status, text).body, headers=headers)
