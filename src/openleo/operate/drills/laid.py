"""What the drill `reported` found, as an object, and where it is not as its script says."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from openleo.ledger.entries import time_of
from openleo.operate.drills.newsroom import Desk
from openleo.service.reports.comparison import Comparison, Differing, Row
from openleo.service.reports.proposals import Read
from openleo.service.reports.prose.aliases import Alias, spellings
from openleo.service.reports.publish import Step
from openleo.service.reports.versions import differences

if TYPE_CHECKING:
    from openleo.operate.drills.governed import Room

KINDS: Final = ("sentences", "outlets", "quotations", "figures", "days", "names")
"""Of what the intake proposes."""


def laid_out(desk: Desk, comparison: Comparison, steps: Sequence[Step], room: "Room") -> dict[str, Any]:
    """All that was found, as JSON has it; documents go by the names of their files."""
    reports, case = desk.reports, desk.script.case
    kept = reports.documents(case)
    reads = [Read(each.id, each.document, each.proposals) for each in kept]
    retold = Counter(each.origin for each in comparison.columns if each.origin not in ("", each.id))
    proposed = spellings(reads)
    return {
        "case": case,
        "documents": len(kept),
        "versions": sum(each.versions for each in kept),
        "languages": dict(sorted(Counter(each.document.language for each in kept).items())),
        "proposals": {kind: sum(len(getattr(each.proposals, kind)) for each in kept) for kind in KINDS},
        "claims": len(comparison.rows),
        "columns": [
            {
                "document": desk.name(each.id), "source": each.source, "title": each.title,
                "date": each.published.wording if each.published else "", "language": each.language,
                "translated_from": each.translated_from, "kind": each.kind, "versions": each.versions,
                "origin": desk.name(each.origin) if each.origin else "", "outside": each.outside,
                "why": list(each.why),
            }
            for each in comparison.columns
        ],
        "retold": {desk.name(root): count for root, count in retold.items()},
        "independent": comparison.independent,
        "answers": dict(Counter(each.kind for row in comparison.rows for each in row.answers)),
        "verdicts": dict(Counter(row.held.verdict for row in comparison.rows)),
        "rows": [_row(desk, each) for each in comparison.rows],
        "differing": [
            _differing(desk, row.number, each) for row in comparison.rows for each in row.differing
        ],
        "corrections": list(_corrections(desk)),
        "competing": [
            {"event": each.event, "claims": list(each.claims)} for each in comparison.alternatives
        ],
        "aliases": _aliases(comparison, proposed),
        "aliases_proposed": len(proposed),
        "entered": {
            "claims": sum(not each.answer for each in steps),
            "answers": sum(bool(each.answer) for each in steps),
            "entries": [each.entry for each in steps],
        },
        "governance": _governance(room),
    }  # fmt: skip


def _aliases(comparison: Comparison, proposed: Sequence[Alias]) -> list[dict[str, Any]]:
    """Spellings that a person confirmed, and whether the intake had proposed that they may be one name."""
    found = []
    for written, name in comparison.aliases:
        alike = {name, *(other for other, of in comparison.aliases if of == name)} - {written}
        was = any(_proposes(each, written, other) for each in proposed for other in alike)
        found.append({"written": written, "name": name, "proposed": was})
    return found


def _proposes(alias: Alias, one: str, other: str) -> bool:
    """Whether two spellings, or the greater part of either, are proposed as one name."""
    return any(
        _within(first, one) and _within(second, other)
        for first, second in ((alias.one, alias.other), (alias.other, alias.one))
    )


def _within(one: str, other: str) -> bool:
    a, b = sorted((one.casefold(), other.casefold()), key=len)
    return a in b and 2 * len(a) > len(b)


def _row(desk: Desk, row: Row) -> dict[str, Any]:
    first, last = (day.isoformat() if day else None for day in (row.when.first, row.when.last))
    return {
        "claim": row.number, "kind": row.kind, "act": row.act, "where": row.where, "first": first,
        "last": last, "wording": row.when.wording, "by": row.by, "event": row.event,
        "account": desk.script.steps["claims"][row.number - 1].get("account", row.act),
        "told": [
            {
                "document": desk.name(each.document), "start": each.start, "end": each.end,
                "words": each.words, "mood": each.mood, "who": each.word.who, "named": each.word.named,
                "chain": list(each.word.chain),
            }
            for each in row.cells
        ],
        "independent": row.independent,
        "answers": [
            {
                "kind": each.kind, "by": each.by, "what": each.what,
                "on": each.on.isoformat() if each.on else None,
            }
            for each in row.answers
        ],
        "verdict": row.held.verdict, "said": row.held.sentence,
        "entries": [{"entry": each.index, "at": each.at, "said": each.said} for each in row.held.entries],
        "asked": row.asked.isoformat() if row.asked else None, "asked_of": row.asked_of, "open": row.open,
        "silent_days": row.silent_days, "reviewed": row.reviewed, "entry": row.entry, "hash": row.hash,
    }  # fmt: skip


def _differing(desk: Desk, claim: int, each: Differing) -> dict[str, Any]:
    return {
        "claim": claim, "kind": each.kind, "about": each.about,
        "values": [
            {
                "document": desk.name(value.document), "words": value.words, "low": value.low,
                "high": value.high,
            }
            for value in each.values
        ],
    }  # fmt: skip


def _corrections(desk: Desk) -> Iterator[dict[str, Any]]:
    """What later versions of documents say otherwise."""
    for name, document in desk.ids.items():
        versions = desk.reports.versions(document)
        for before, now in pairwise(versions):
            for change in differences(before.document, now.document):
                yield {"document": name, "version": now.number, "was": change.was, "now": change.now}


def _governance(room: "Room") -> dict[str, Any]:
    record = room.account().record
    return {
        "log": room.log.origin, "entries": room.log.published.size, "witnesses": list(room.witnesses),
        "changes": [
            {
                "entry": each.index, "requester": each.change.requester,
                "effective_at": each.change.effective_at, "seen": time_of(each.cosigned_s),
                "digest": each.change.digest,
            }
            for each in record.changes
        ],
        "requests": len(record.requests), "reports": len(record.reports),
    }  # fmt: skip


# --------------------------------------------------------------------------- held against the script


def wrong(found: Mapping[str, Any], right: Mapping[str, Any]) -> tuple[str, ...]:
    """What is not as the script says, in sentences."""
    rows, columns = found["rows"], found["columns"]
    alike = ("documents", "versions", "claims", "independent", "answers")
    pairs = [(key, found[key], right[key]) for key in alike]
    pairs += [
        ("what the log says", [each["verdict"] for each in rows], right["verdicts"]),
        ("sources of each claim", [each["independent"] for each in rows], right["told_by"]),
        ("competing accounts", [each["claims"] for each in found["competing"]], right["competing"]),
        ("origins", {each["document"]: each["origin"] for each in columns}, right["origins"]),
        ("not answered", [each["claim"] for each in rows if each["open"]], right["open"]),
        ("requests in the log", found["governance"]["requests"], 0),
        ("claims in the log", found["governance"]["reports"], right["claims"]),
    ]
    said = [f"{key}: {got} found; {wanted} is right" for key, got, wanted in pairs if got != wanted]
    for each in right["differing"]:
        if not any(_is_it(one, each) for one in found["differing"]):
            values = " and ".join(f"{value:g}" for value in each["values"])
            said.append(f"figures of claim {each['claim']}: {values} of unit {each['unit']} not found")
    put = right["corrected"]
    if not any(
        each["document"] == put["document"] and put["was"] in each["was"] and put["now"] in each["now"]
        for each in found["corrections"]
    ):
        said.append(f"correction: {put['was']} into {put['now']} not found in {put['document']}")
    return tuple(said)


def _is_it(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    values = {each["low"] for each in found["values"]}
    about = (found["kind"], found["claim"], found["about"])
    return about == ("figure", wanted["claim"], wanted["unit"]) and values >= set(wanted["values"])
