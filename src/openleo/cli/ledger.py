"""`openleo ledger`: the group, and what anyone may do with any log: verify, audit, show, export."""

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from openleo.cli.command import Command, Group, as_json, print_json, show
from openleo.cli.keys import file_type, log_option, policy_, policy_at, policy_option, rotate, say, source_at
from openleo.cli.log import append, commit, init, restore, reveal, withdraw, write_receipt
from openleo.cli.progress import Teller
from openleo.cli.witness import monitor, serve, witness
from openleo.ledger.errors import LedgerError, Malformed, Missing, Refused, Unverified

if TYPE_CHECKING:
    from openleo.ledger.checkpoint import Checkpoint
    from openleo.ledger.entries import Entry, ObjectRef
    from openleo.ledger.proof import Proof
    from openleo.ledger.source import Source


@click.group(
    cls=Group,
    examples=(
        ("openleo ledger init --origin log.example/tenerife", "a log of your own, in the folder ledger"),
        ("openleo ledger append --text 'Service is on.' --receipt r.tlog-proof", "a text, and its receipt"),
        ("openleo ledger verify r.tlog-proof", "does the receipt hold, and what does it prove?"),
        ("openleo ledger audit https://log.example/tenerife", "every tile and every entry, computed anew"),
        ("openleo ledger serve", "the log over HTTP"),
        (
            "openleo ledger witness w1 --name witness.example/w1 --log VKEY",
            "a witness: it cosigns what only grew",
        ),
    ),
)
def ledger() -> None:
    """Keep, check and witness an append-only public log, in the formats of c2sp.org.

    The log proves what was decided and that history was not rewritten, not that a satellite obeyed.
    """


@click.command(
    "verify",
    cls=Command,
    short_help="Does a receipt hold, and what does it prove?",
    examples=(
        ("openleo ledger verify r.tlog-proof --policy policy.txt", "offline; the policy says whom you trust"),
        ("openleo ledger verify r.tlog-proof", "a receipt of your own log, whose policy is in ledger/policy"),
        (
            "openleo ledger verify r.tlog-proof entry.json --policy policy.txt",
            "of an entry that you hold yourself",
        ),
    ),
)
@click.argument("receipt", type=file_type)
@click.argument("entry", required=False, type=file_type)
@policy_option
@log_option
@as_json
def verify(receipt: Path, entry: Path | None, policy_file: Path | None, folder: Path, json_: bool) -> None:
    """Check RECEIPT, offline. Without ENTRY, a file with its bytes, it is the one that stands in the receipt.

    Exit code 3 where it does not hold.
    """
    from openleo.ledger.encoding import to_base64
    from openleo.ledger.note import COSIGNATURE
    from openleo.ledger.proof import Proof

    own = folder / "policy"
    if policy_file is None and not own.is_file():
        raise Refused(f"--policy: is missing, and {own} is not there: a policy says whom you trust")
    policy = policy_at(policy_file or own)
    assert policy is not None
    try:
        proof = Proof.parse(receipt.read_bytes())
        raw = entry.read_bytes() if entry else proof.extra
        if raw is None:
            raise Refused(f"ENTRY: is missing, and {receipt} does not hold the entry itself")
        checkpoint, held = proof.check(raw, policy, int(time.time()))
    except Unverified as error:
        if json_:
            print_json({"ok": False, "reason": str(error)})
        by = (
            policy_file
            or f"{own}, as it is now (a receipt from before a change needs the policy of its time)"
        )
        raise Unverified(f"{receipt} does not hold: {error}; by {by}") from error
    if json_:
        print_json(
            {
                "ok": True, "origin": checkpoint.origin, "index": proof.index, "size": checkpoint.size,
                "root": to_base64(checkpoint.root), "entry": raw.decode("utf-8", "replace"),
                "signatures": [{"key": each.by.vkey, "time": each.time} for each in held],
            }
        )  # fmt: skip
        return
    show(*_proved(proof.index, raw, checkpoint.origin, checkpoint.size, held), "")
    cosigned = [each for each in held if each.by.kind == COSIGNATURE]
    show(_limits(bool(cosigned)))


def _proved(index: int, raw: bytes, origin: str, size: int, held: Any) -> list[str]:
    from openleo.ledger.entries import time_of
    from openleo.ledger.note import COSIGNATURE
    from openleo.ledger.words import key_words

    keys = " and ".join(key_words(each.by) for each in held if each.by.kind != COSIGNATURE)
    return [
        f"It holds: this is entry {index} of the log {origin}.",
        _line(raw),
        f"The log signed it with {size - 1} other {'entry' if size == 2 else 'entries'}, by its key {keys}.",
        *(
            f"The witness {each.by.name} saw that at {time_of(each.time or 0)}, by its own clock."
            for each in held
            if each.by.kind == COSIGNATURE
        ),
    ]


def _limits(witnessed: bool) -> str:
    alone = (
        "The log can neither change it nor take it out without telling two histories, and then these "
        "witnesses would have seen two."
        if witnessed
        else "No witness saw it: the log alone says so, and could tell somebody else another history."
    )
    return (
        f"{alone} It does not prove that what the entry says is true, nor that anybody, or a satellite, "
        "obeyed it."
    )


def _line(raw: bytes) -> str:
    """An entry in one line."""
    from openleo.ledger.words import entry_words, kind_words

    entry = _entry(raw)
    return f"{entry.time if entry else ''} {kind_words(entry)}: {entry_words(entry, raw)}".strip()


def _entry(raw: bytes) -> "Entry | None":
    from openleo.ledger.entries import read_entry

    try:
        return read_entry(raw)
    except Malformed:
        return None


@click.command(
    "audit",
    cls=Command,
    short_help="Read and recompute all of a log.",
    examples=(
        ("openleo ledger audit https://log.example/tenerife --policy policy.txt", "by whom you trust"),
        ("openleo ledger audit export", "an export in a folder, by the keys that the log states of itself"),
    ),
)
@click.argument("place", metavar="[URL|FOLDER]", required=False)
@policy_option
@log_option
@as_json
def audit(place: str | None, policy_file: Path | None, folder: Path, json_: bool) -> None:
    """Read every tile, every entry and every object of a log, compute all of it anew, and say what it holds.

    Without URL or FOLDER, your own log. Exit code 3 where something does not hold, with the place and the
    reason.
    """
    from openleo.ledger.audit import audit as act
    from openleo.ledger.words import printable

    policy = policy_at(policy_file)
    with Teller(quiet=json_) as teller, source_at(place or folder) as source:
        report = act(
            source, policy, now=int(time.time()),
            progress=lambda done, total: teller.doing("reading entries", done, total),
        )  # fmt: skip
    if json_:
        print_json(report.as_json())
    else:
        sentences, verdict = report.sentences(), 1 + len(report.problems)
        for sentence in (*sentences[-verdict:], *sentences[:-verdict]):
            click.echo(printable(sentence))
    if not report.ok:
        raise Unverified(printable(f"{report.source}: {report.problems[0]}"))


@click.command(
    "show",
    cls=Command,
    short_help="What stands in a log.",
    examples=(
        ("openleo ledger show", "the last ten entries of your own log"),
        ("openleo ledger show https://log.example/tenerife --last 3", "of another one"),
        ("openleo ledger show export 12", "entry 12, with its text where it is there"),
        ("openleo ledger show 12 --receipt r.tlog-proof", "and a receipt of it"),
    ),
)
@click.argument("place", metavar="[URL|FOLDER]", required=False)
@click.argument("index", metavar="[INDEX]", required=False, type=click.IntRange(0))
@click.option(
    "--last", default=10, show_default=True, metavar="N", type=click.IntRange(1), help="So many entries."
)
@click.option(
    "--receipt", metavar="FILE", type=click.Path(path_type=Path), help="Write the receipt of INDEX."
)
@log_option
@as_json
def show_(
    place: str | None, index: int | None, last: int, receipt: Path | None, folder: Path, json_: bool
) -> None:
    """Show entries in plain sentences, with the texts that they name where those are there.

    Each is proved to be in the tree of the log's checkpoint. Whether its signatures hold, and all the rest,
    is for openleo ledger audit.
    """
    from openleo.ledger.client import proof_of

    if place is not None and index is None and place.isdecimal() and not Path(place).exists():
        index, place = int(place), None
    if receipt and index is None:
        raise Refused("--receipt: of one entry, by its INDEX")
    with source_at(place or folder) as source:
        checkpoint = _checkpoint(source)
        wanted = range(max(0, checkpoint.size - last), checkpoint.size) if index is None else [index]
        proofs = [proof_of(source, each) for each in wanted]
        found = [_shown(source, proof) for proof in proofs]
    if json_:
        about = {"source": str(source), "origin": checkpoint.origin, "size": checkpoint.size}
        print_json({**about, "entries": found})
    else:
        for each, proof in zip(found, proofs, strict=True):
            click.echo(f"{each['index']}  {_line(proof.extra or b'')}")
            for ref in each["objects"]:
                for line in _told(ref):
                    click.echo(f"    {line}")
        say(f"{checkpoint.origin}, {checkpoint.size} entries. Not audited: openleo ledger audit {source}")
    if receipt:
        write_receipt(receipt, proofs[0].raw)


def _checkpoint(source: "Source") -> "Checkpoint":
    from openleo.ledger.checkpoint import Checkpoint
    from openleo.ledger.note import LARGEST_NOTE, Note

    raw = source.read("checkpoint", LARGEST_NOTE)
    if raw is None:
        raise Missing(f"{source}: there is no checkpoint here, and so no log")
    try:
        return Checkpoint.parse(Note.parse(raw).text)
    except Malformed as error:
        raise Malformed(f"{source}: checkpoint: {error}") from error


def _shown(source: "Source", proof: "Proof") -> dict[str, Any]:
    """An entry with what it names, for programs."""
    raw = proof.extra or b""
    entry = _entry(raw)
    return {
        "index": proof.index,
        "entry": json.loads(raw) if entry else None,
        "bytes": None if entry else raw.decode("utf-8", "replace"),
        "objects": [_object(source, ref) for ref in (entry.objects if entry else ())],
    }


def _object(source: "Source", ref: "ObjectRef") -> dict[str, Any]:
    """An object that an entry names: whether it is there, and its text where it is one."""
    from openleo.ledger.objects import LARGEST_OBJECT, object_path, open_object

    raw = source.read(object_path(ref.object), LARGEST_OBJECT)
    content = None if raw is None else open_object(ref.object, raw)
    text = None
    if content is not None and ref.media.startswith("text/plain"):
        text = content.decode("utf-8", "replace")
    return {**ref.value, "there": content is not None, "text": text}


def _told(each: dict[str, Any]) -> list[str]:
    from openleo.ledger.words import printable

    if not each["there"]:
        return ["(its text is not here: it was withdrawn, or this copy has none)"]
    if each["text"] is None:
        return [f"({each['media']}, {each['size']} bytes: object/{each['object']})"]
    return [f"> {line}" for line in printable(each["text"]).splitlines()]


@click.command(
    "export",
    cls=Command,
    short_help="Copy a log into a folder that any web server can host.",
    examples=(
        ("openleo ledger export site", "your own log; python3 -m http.server --directory site serves it"),
        (
            "openleo ledger export mirror --from https://log.example/tenerife",
            "a mirror; again, to go forward",
        ),
    ),
)
@click.argument("target", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("--from", "place", metavar="URL|FOLDER", help="Another log than your own.")
@policy_option
@log_option
def export(target: Path, place: str | None, policy_file: Path | None, folder: Path) -> None:
    """Copy what a log has published into FOLDER: checkpoint, tiles, entries, objects, all of it audited.

    An export that is there is brought forward, never back. Nothing private is in it.
    """
    from openleo.ledger.encoding import to_base64
    from openleo.ledger.export import export as act

    there = target.exists()
    try:
        with Teller() as teller, source_at(place or folder) as source:
            checkpoint = act(
                source, target, policy=policy_at(policy_file),
                progress=lambda done, total: teller.doing("reading entries", done, total),
            )  # fmt: skip
    except LedgerError:
        if not there:
            with suppress(OSError):  # what is in it goes on from there next time
                target.rmdir()
        raise
    click.echo(f"{target}: {checkpoint.origin}, {checkpoint.size} entries, root {to_base64(checkpoint.root)}")


for command in (
    init, append, verify, audit, show_, export, serve, witness, monitor, commit, reveal, withdraw, policy_,
    rotate, restore,
):  # fmt: skip
    ledger.add_command(command)
