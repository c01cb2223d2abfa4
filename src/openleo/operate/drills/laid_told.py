"""What the drill `reported` found, for people: a story, and a small table for each thing."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from openleo.operate.drills.laid import KINDS
from openleo.operate.drills.stage import Table

WIDE: Final = 44
"""Characters of a cell of a table."""
NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def story(found: Mapping[str, Any]) -> tuple[str, ...]:
    """What a person wants to know first."""
    rows, retold = found["rows"], found["retold"]
    source = {each["document"]: each["source"] for each in found["columns"]}
    translated = sum(bool(each["translated_from"]) for each in found["columns"])
    fits = [each for each in rows if each["verdict"] == "fits"]
    again = _many(found["versions"] - found["documents"])
    said = [
        f"{_many(found['documents']).capitalize()} documents in {_many(len(found['languages']))} languages"
        f" tell of a coast and a gulf. {_many(translated).capitalize()} say that a machine translated them,"
        f" {again} came a second time with a correction.",
        f"A person made {_many(len(rows))} claims of them, and a second person reviewed each; none was made"
        " by a program.",
    ]
    for root, count in retold.items():
        said.append(
            f"{_many(count).capitalize()} of the documents go back to one, that of {source[root]}, whose"
            f" officials are not named. Independent sources: {found['independent']}."
        )
    for request in (each for each in rows if each["kind"] == "asked"):
        said.append(f"That a ministry asked to switch service off: {_held(request)}")
        for each in request["answers"]:
            said.append(f"{each['by']}: {each['kind']}. {each['what']}".rstrip())
    for each in found["competing"]:
        accounts = [f"'{row['account']}'" for row in rows if row["claim"] in each["claims"]]
        said.append(
            f"Of what was done there are {_many(len(accounts))} accounts that cannot all be so:"
            f" {', '.join(accounts)}. They stand beside each other."
        )
    for each in fits:
        entries = ", ".join(str(one["entry"]) for one in each["entries"])
        said.append(f"That service is limited in the {each['where']}: an entry of the log fits, {entries}.")
    said += _silence([each for each in rows if each["open"]], len(rows))
    return tuple(said)


def _silence(rows: Sequence[Mapping[str, Any]], all_: int) -> Iterator[str]:
    """About how many claims the operator was asked and has not answered, and for how long."""
    days = Counter(each["silent_days"] for each in rows)
    if not days:
        return
    of = "all the claims" if len(rows) == all_ else f"{_many(len(rows))} of the claims"
    since = ", ".join(f"{_many(count)} {day} days ago" for day, count in sorted(days.items()))
    yield f"The operator was asked about {of} and has not answered: {since}."
    before = [
        each["claim"]
        for each in rows
        if any(one["on"] and one["on"] < each["asked"] and one["by"] == each["asked_of"]
               for one in each["answers"])
    ]  # fmt: skip
    if before:
        listed = " and ".join(map(str, before))
        yield f"What it said of {listed} before it was asked stands beside them, as an answer to others."


def _held(row: Mapping[str, Any]) -> str:
    said = str(row["said"])
    return f"{said[0].lower()}{said[1:]}{'' if said.endswith('.') else '.'}"


def _many(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def tables(found: Mapping[str, Any]) -> tuple[Table, ...]:
    """The same for people: a small table for each thing."""
    number = {each["document"]: str(k) for k, each in enumerate(found["columns"], 1)}
    counted = [str(found["proposals"][kind]) for kind in KINDS]
    return (
        _table(
            f"Documents: {found['documents']}, in {found['versions']} versions",
            ("", "source", "date", "language", "versions", "goes back to"), (1, 3, 5),
            (
                (
                    number[each["document"]], _cell(each["source"]), each["date"], _language(each),
                    str(each["versions"]), _back(each, number),
                )
                for each in found["columns"]
            ),
        ),
        _table(
            "Proposed by the intake, for a person to look at", (*KINDS, "spellings of one name"), (),
            [(*counted, str(found["aliases_proposed"]))],
        ),
        _table(
            "Claims that a person confirmed and a second one reviewed",
            ("", "what", "where", "told by", "sources", "answers", "the log"), (1, 2, 5, 6),
            (
                (
                    str(each["claim"]), f"{each['kind']}: {each['act']}", each["where"],
                    str(len({one["document"] for one in each["told"]})), str(each["independent"]),
                    _answers(each), _log(each),
                )
                for each in found["rows"]
            ),
        ),
        _table(
            "Competing accounts of one event", ("claim", "account", "told by documents"), (1, 2),
            (
                (str(row["claim"]), row["account"], _documents(row["told"], number))
                for each in found["competing"] for row in found["rows"] if row["claim"] in each["claims"]
            ),
        ),
        _table(
            "Figures that differ where documents tell the same", ("claim", "of", "said", "by documents"),
            (1, 2, 3),
            (
                (str(each["claim"]), each["about"], words, " ".join(of))
                for each in found["differing"] if each["kind"] == "figure"
                for words, of in _beside(each, number).items()
            ),
        ),
        _table(
            "Corrected in a later version", ("document", "was", "is"), (1, 2),
            (
                (number[each["document"]], _cell(each["was"] or "nothing"), _cell(each["now"] or "nothing"))
                for each in found["corrections"]
            ),
        ),
        _table(
            "Spellings that a person confirmed to be one name",
            ("as it is written", "name", "proposed by the intake"), (1, 2),
            (
                (each["written"], each["name"], "yes" if each["proposed"] else "no")
                for each in found["aliases"]
            ),
        ),
    )  # fmt: skip


def _table(title: str, head: Sequence[str], left: Sequence[int], rows: Iterable[Sequence[str]]) -> Table:
    """A table whose columns `left` are flush left, as words are; the others are flush right."""
    lines = [list(head), *map(list, rows)]
    for k in left:
        width = max(len(line[k]) for line in lines)
        for line in lines:
            line[k] = line[k].ljust(width)
    return Table(title, tuple(lines[0]), tuple(map(tuple, lines[1:])))


def _cell(text: str) -> str:
    return text if len(text) <= WIDE else f"{text[: WIDE - 1]}…"


def _language(column: Mapping[str, Any]) -> str:
    of = f" of {column['translated_from']}" if column["translated_from"] else ""
    return f"{column['language']}{of}"


def _back(column: Mapping[str, Any], number: Mapping[str, str]) -> str:
    if column["origin"] == column["document"]:
        return "itself"
    return str(column["outside"] or f"document {number[column['origin']]}")


def _answers(row: Mapping[str, Any]) -> str:
    """How a claim was answered, and since when it was not."""
    said = [str(each["kind"]) for each in row["answers"] if each["kind"] != "silent since" or not row["open"]]
    if row["open"]:
        said.append(f"asked {row['asked']}, no answer for {row['silent_days']} days")
    return ", ".join(said) or "none"


def _log(row: Mapping[str, Any]) -> str:
    entries = ", ".join(str(each["entry"]) for each in row["entries"])
    said = {"fits": f"entry {entries} fits", "otherwise": f"entry {entries} says otherwise"}
    return said.get(row["verdict"], "no entry")


def _documents(told: Sequence[Mapping[str, Any]], number: Mapping[str, str]) -> str:
    return " ".join(dict.fromkeys(number[each["document"]] for each in told))


def _beside(differing: Mapping[str, Any], number: Mapping[str, str]) -> dict[str, list[str]]:
    """Documents by their own words for a figure."""
    found: dict[str, list[str]] = {}
    for each in differing["values"]:
        of = found.setdefault(" ".join(each["words"].split()), [])
        if number[each["document"]] not in of:
            of.append(number[each["document"]])
    return found
