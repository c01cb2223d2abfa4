"""A log on another machine: entries handed to it over HTTP, and receipts made from its tiles."""

import http.client
import json
import ssl
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote, urlsplit

from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.entries import ObjectRef
from openleo.ledger.errors import Halted, Malformed, Missing, NotWritten, Refused, Unavailable
from openleo.ledger.merkle import check_inclusion, leaf_hash
from openleo.ledger.note import LARGEST_NOTE, Note
from openleo.ledger.objects import object_path, seal
from openleo.ledger.proof import Proof
from openleo.ledger.source import Source, Web
from openleo.ledger.tiles import Tree, bundle_of
from openleo.ledger.words import printable

TIMEOUT_S: Final = 60.0
"""More than the 30 s that a log takes to say that its witnesses do not answer."""
LARGEST_BODY: Final = 4 << 20
"""Bytes of entries, or of an object, that are handed over in one request."""
LARGEST_ANSWER: Final = 1 << 16
"""Bytes."""

_HERE: Final = ("localhost", "127.0.0.1", "::1")


class RemoteLog:
    """A log that `openleo ledger serve` serves, for a submitter with a token."""

    def __init__(self, url: str, token: str, timeout_s: float = TIMEOUT_S) -> None:
        """url: where the log is served. token: as `openleo ledger serve token` showed it.

        Raises Refused for a wrong URL, and for one without TLS to another machine: the token would be seen.
        """
        self.url = Web(url).url
        self._parts = urlsplit(self.url)
        if self._parts.scheme != "https" and self._parts.hostname not in _HERE:
            raise Refused(f"URL: {self.url}; https is allowed, and http to this machine: the token is secret")
        if not token.isascii() or not token.isprintable() or " " in token or not token:
            raise Refused("token: it is empty, or holds other letters than one that was made for this log")
        self._headers = {"Authorization": f"Bearer {token}", "User-Agent": "openleo-ledger"}
        self._timeout_s = timeout_s

    def append(self, entries: Sequence[bytes]) -> range:
        """Append entries, one after the other, and wait until a published checkpoint covers them.

        Returns their indices. Raises what `Log.append` raises: Refused, also for more than 4 MiB of them;
        NotWritten where they are not in the log; Unavailable where they are, or may be (the text says
        which); Halted.
        """
        if not entries:
            raise Refused("entries: none given")
        answer = self._post("append", bundle_of(entries))
        try:
            first, count = answer["first"], answer["count"]
        except (KeyError, TypeError):
            first = count = None
        if type(first) is not int or count != len(entries):
            raise Unavailable(f"{self.url}: its answer makes no sense: {str(answer)[:200]}")
        return range(first, first + len(entries))

    def put(self, content: bytes, media: str) -> ObjectRef:
        """Put a text, or anything else, beside the log, for an entry to name it; raises as `append` does."""
        name, raw = seal(content)
        self.put_sealed(name, raw)
        return ObjectRef(name, len(raw), media)

    def put_sealed(self, name: str, raw: bytes) -> None:
        """Put the file of an object that was sealed before, by its name; raises as `append` does."""
        self._post(object_path(name), raw)

    def _post(self, path: str, body: bytes) -> Any:
        if len(body) > LARGEST_BODY:
            raise Refused(f"{path}: {len(body)} bytes; at most {LARGEST_BODY} go in one request")
        # A connection for each request: on one that was kept, a request may be sent twice, and entries stand
        # in the log for good.
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            context = ssl.create_default_context()
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=self._timeout_s, context=context
            )
        else:
            connection = http.client.HTTPConnection(host, port, timeout=self._timeout_s)
        try:
            try:
                connection.connect()
            except OSError as error:
                raise NotWritten(f"{self.url}: {error}: nothing was handed over") from error
            try:
                prefix = quote(self._parts.path, safe="/%:@!$&'()*+,;=~")
                connection.request("POST", f"{prefix}/{path}", body, self._headers)
                response = connection.getresponse()
                status, raw = response.status, response.read(LARGEST_ANSWER)
            except (OSError, http.client.HTTPException) as error:
                raise Unavailable(
                    f"{self.url}: {error or type(error).__name__}: whether this reached the log is not "
                    "known; look there before it is handed over again"
                ) from error
        finally:
            connection.close()
        return self._read(status, raw)

    def _read(self, status: int, raw: bytes) -> Any:
        if status in (200, 201):
            try:
                return json.loads(raw)
            except ValueError:
                raise Unavailable(f"{self.url}: its answer is no JSON: {raw[:200]!r}") from None
        said = printable(raw[:2000].decode("utf-8", "replace").strip()) or "no reason given"
        text = f"{self.url}: {said} (HTTP status {status})"
        if status == 409:
            raise Halted(text)
        if status in (408, 429, 503):
            raise NotWritten(text)
        if 400 <= status < 500:
            raise Refused(text)
        raise Unavailable(text)


def proof_of(source: Source, index: int) -> Proof:
    """The receipt of an entry, made from the tiles of a log, with the entry in it.

    Whether the checkpoint's signatures hold is for whoever checks it; the proof itself was checked.
    Raises Missing where there is no checkpoint, Refused where it covers no such entry, Malformed and
    Unverified where the log does not hold together, Unavailable.
    """
    raw = source.read("checkpoint", LARGEST_NOTE)
    if raw is None:
        raise Missing(f"{source}: there is no checkpoint")
    try:
        checkpoint = Checkpoint.parse(Note.parse(raw).text)
    except Malformed as error:
        raise Malformed(f"{source}: checkpoint: {error}") from error
    tree = Tree(source, checkpoint.size)
    entry = tree.entry(index)
    path = tree.inclusion(index)
    check_inclusion(checkpoint.root, checkpoint.size, index, leaf_hash(entry), path)
    return Proof(index, tuple(path), raw, extra=entry)
