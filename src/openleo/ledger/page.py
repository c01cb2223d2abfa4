"""Pages of a log and its entries: what they say, who saw it, how to check it, what that does not prove."""

import json
from collections.abc import Iterator
from html import escape
from typing import Any, Final

from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.encoding import to_base64
from openleo.ledger.entries import Entry, ObjectRef, Unknown, read_entry, time_of
from openleo.ledger.errors import LedgerError, Malformed
from openleo.ledger.log import Log
from openleo.ledger.merkle import leaf_hash
from openleo.ledger.note import COSIGNATURE, Held
from openleo.ledger.objects import object_path, open_object
from openleo.ledger.policy import Policy
from openleo.ledger.proof import Proof
from openleo.ledger.source import Folder
from openleo.ledger.words import entry_words, kind_words, printable, quorum_words

LAST: Final = 20
"""Entries that the page shows."""
_LONGEST_TEXT: Final = 2000
"""Characters of a text that the page shows; the rest is in its object."""
_LARGEST_SHOWN: Final = 1 << 16

LIMIT: Final = (
    "The log proves what was decided, and that nothing of it was changed or taken out later. It does not "
    "prove that a satellite, or anybody else, obeyed; nor that what an entry says is true."
)

_STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
code, pre { font: .85em/1.45 ui-monospace, monospace; }
code, td, p { overflow-wrap: anywhere; }
pre { overflow-x: auto; padding: .75rem; border: 1px solid #8886; border-radius: 4px; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 600; white-space: nowrap; }
td, th { padding: .35rem .8rem .35rem 0; vertical-align: top; border-bottom: 1px solid #8884; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
.t { white-space: nowrap; opacity: .75; }
blockquote { margin: .3rem 0; padding-left: .8rem; border-left: 3px solid #8886; white-space: pre-wrap; }
.limit { border-left: 3px solid #b60; padding-left: .8rem; }
"""


def page(log: Log) -> str:
    """The page as HTML, of the log as it is published now; it needs no script and no other host."""
    parts = [
        _begin(log.origin),
        f"<h1>{escape(log.origin)}</h1><p>An append-only public log. Anyone can check it; it is in the "
        'formats of <a href="https://c2sp.org/tlog-tiles">c2sp.org/tlog-tiles</a>.</p>',
    ]
    raw, policy = log.checkpoint, log.store.policy
    if not raw:
        return "".join([*parts, "<p>Nothing is published yet.</p></body></html>\n"])
    parts += ["<table>", *_state(log, raw, policy), *_entries(log), *_how(policy)]
    return "".join(
        [*parts, f'<h2>What it does not prove</h2><p class="limit">{LIMIT}</p>', "</body></html>\n"]
    )


def entry_page(log: Log, proof: Proof) -> str:
    """The page of one entry as HTML: what it says, where it stands, and how anybody checks that.

    proof: of the entry, with the entry in it.
    """
    raw, index = proof.extra or b"", proof.index
    entry = _read(raw)
    known = entry is not None and not isinstance(entry, Unknown)
    words = entry_words(entry, raw) if known else "a ledger keeps it as it is, and asks nothing more of it"
    said = [f"<p><b>{escape(kind_words(entry))}</b> {escape(words)}</p>"]
    public = Folder(log.store.public)
    said += [_object(public, ref, "../") for ref in (entry.objects if entry else ())]
    plain = json.dumps(entry.value, ensure_ascii=False, indent=2) if entry else raw.decode("utf-8", "replace")
    file = f"{index}.tlog-proof"
    return "".join(
        [
            _begin(f"Entry {index}, {log.origin}"),
            '<p><a href="..">The log</a>',
            f' &middot; <a href="{index - 1}">before</a>' if index else "",
            f' &middot; <a href="{index + 1}">after</a>' if index + 1 < log.published.size else "",
            f' &middot; <a href="{index}.json">JSON</a></p>',
            f'<h1>Entry {index}</h1><p class="t">{entry.time if entry else ""} {escape(log.origin)}</p>',
            *said,
            "<h2>Its place in the log</h2><table>",
            _row("leaf hash", f"<code>{leaf_hash(raw).hex()}</code> (SHA-256 of a zero byte and the entry)"),
            _row("proof", f'<a href="{file}">{file}</a>'),
            *_state(log, proof.checkpoint, log.store.policy, "../"),
            "<h2>How to check it</h2><p>With a policy whose keys you heard from somebody else, offline:</p>",
            f"<pre>openleo ledger verify {file} --policy policy.txt</pre>",
            "<p>With coreutils alone, this prints the leaf hash above:</p>",
            f"<pre>sed -n 's/^extra //p' {file} | base64 -d | (printf '\\000'; cat) | sha256sum</pre>",
            f"<h2>The entry as it stands</h2><pre>{escape(printable(plain))}</pre>",
            f'<h2>What it does not prove</h2><p class="limit">{LIMIT}</p>',
            "</body></html>\n",
        ]
    )


def entry_value(log: Log, proof: Proof) -> dict[str, Any]:
    """The same for programs."""
    raw = proof.extra or b""
    entry = _read(raw)
    checkpoint, held = _opened(log, proof.checkpoint, log.store.policy)
    return {
        "index": proof.index,
        "type": kind_words(entry),
        "said": entry_words(entry, raw),
        "entry": entry.value if entry else None,
        "leaf_hash": leaf_hash(raw).hex(),
        "log": checkpoint.origin,
        "checkpoint": {
            "size": checkpoint.size,
            "root": to_base64(checkpoint.root),
            "signed_by": [each.by.vkey for each in held if each.by.kind != COSIGNATURE],
            "cosignatures": [
                {"witness": each.by.name, "time": time_of(each.time)}
                for each in held
                if each.time is not None
            ],
        },
        "proof": f"{proof.index}.tlog-proof",
        "check": f"openleo ledger verify {proof.index}.tlog-proof --policy policy.txt",
    }


def _begin(title: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
    )


def _read(raw: bytes) -> Entry | None:
    try:
        return read_entry(raw)
    except Malformed:
        return None


def _state(log: Log, raw: bytes, policy: Policy, up: str = "") -> Iterator[str]:
    """Rows about a checkpoint, and the end of their table; up: the way from the page to the log's root."""
    checkpoint, held = _opened(log, raw, policy)
    yield _row("entries", f'{checkpoint.size} (<a href="{up}checkpoint">checkpoint</a>)')
    yield _row("root", f"<code>{escape(to_base64(checkpoint.root))}</code>")
    for key in policy.logs:
        yield _row("signed by", f"<code>{escape(key.vkey)}</code>")
    yield _row("witnesses", f"asked for: {escape(quorum_words(policy))}")
    seen = {each.by.public: each.time for each in held}
    trouble = log.health()["witnesses"]
    for name, key in policy.witnesses.items():
        when = seen.get(key.public)
        said = (
            f"saw this checkpoint at {time_of(when)}, by its own clock"
            if when is not None
            else f"has not cosigned this checkpoint. {trouble.get(name, '')}"
        )
        yield _row("witness", f"{escape(key.name)} {escape(said)}<br><code>{escape(key.vkey)}</code>")
    if log.health()["halted"]:
        yield _row("stopped", f'It takes no entries now: <a href="{up}healthz">why</a>')
    yield "</table>"


def _opened(log: Log, raw: bytes, policy: Policy) -> tuple[Checkpoint, tuple[Held, ...]]:
    try:
        return policy.open(raw)
    except LedgerError:
        # A policy that was just changed, and under which nothing is published yet.
        return log.published, ()


def _row(name: str, cell: str) -> str:
    return f"<tr><th>{name}</th><td>{cell}</td></tr>"


def _entries(log: Log) -> Iterator[str]:
    tree, public = log.tree(), Folder(log.store.public)
    yield "<h2>The last entries</h2><table>"
    for index in reversed(range(max(0, tree.size - LAST), tree.size)):
        raw = tree.entry(index)
        entry = _read(raw)
        time = "" if entry is None else entry.time
        said = f"<b>{escape(kind_words(entry))}</b> {escape(entry_words(entry, raw))}"
        said += "".join(_object(public, ref) for ref in (entry.objects if entry else ()))
        yield (
            f'<tr><td class="n"><a href="log/{index}">{index}</a></td>'
            f'<td><span class="t">{time}</span> {said}</td>'
            f'<td class="t"><a href="proof/{index}">receipt</a></td></tr>'
        )
    yield "</table>"


def _object(public: Folder, ref: ObjectRef, up: str = "") -> str:
    """A text where it is there, or where to get what is there."""
    link = f'<a href="{up}{object_path(ref.object)}">object</a>, {escape(ref.media)}'
    try:
        raw = public.read(object_path(ref.object), _LARGEST_SHOWN)
        if raw is None:
            return "<blockquote>(not here: it was withdrawn)</blockquote>"
        content = open_object(ref.object, raw)
        if ref.media.startswith("text/plain"):
            text = printable(content.decode("utf-8", "replace"))
            cut = "" if len(text) <= _LONGEST_TEXT else f" ... ({link})"
            return f"<blockquote>{escape(text[:_LONGEST_TEXT])}{cut}</blockquote>"
    except LedgerError:
        pass
    return f"<blockquote>{link}</blockquote>"


def _how(policy: Policy) -> Iterator[str]:
    yield (
        "<h2>How to check it</h2><p>With any client of these formats, or with OpenLEO, from where you trust "
        "it, not from here. URL is the address of this page.</p><pre>"
        "openleo ledger audit URL --policy policy.txt       every tile, entry and object, computed anew\n"
        "openleo ledger verify RECEIPT --policy policy.txt  one entry, offline\n"
        "openleo ledger monitor URL --policy policy.txt     that it only grows, from now on</pre>"
        "<p>policy.txt says whom you trust. This log proposes the one below; compare its keys with what you "
        "heard from somebody else, for a false log would show its own.</p>"
        f"<pre>{escape(policy.raw.decode('utf-8', 'replace'))}</pre>"
    )
