"""A case as text: claim by claim beside its documents, and in the order of what is told."""

import shutil
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

from openleo.cli.command import count
from openleo.cli.report_table import legend, letters, table_lines
from openleo.cli.report_words import ACTS, ANSWERS, DIFFERING, KINDS, MOODS, Telling
from openleo.cli.reported import days_of, plain

if TYPE_CHECKING:
    from openleo.service.reasons import Language
    from openleo.service.reports.claims import Answer
    from openleo.service.reports.comparison import Cell, Column, Comparison, Differing, Row, Value
    from openleo.service.reports.document import Interval
    from openleo.service.reports.timeline import Moment

WIDTH: Final = 88
"""Columns of what is printed, at most."""
_NARROWEST: Final = 30


def lines_of(
    found: "Comparison", today: date, addresses: Mapping[str, str], language: "Language" = "en"
) -> Iterator[str]:
    """A comparison as a careful editor would print it: documents and sources first, then claim by claim.

    today: the day of printing. addresses: where documents were found, by their ids. People's own words stay
    as they are, whatever the language.
    """
    telling = Telling(language, names_of(found))
    documents = telling.many(len(found.columns), "document", "document(s)")
    claims = telling.many(len(found.rows), "claim", "affirmation(s)")
    yield from _begun(found.case, today, telling)
    log = telling.pick(f"Log: {plain(found.log)}.", f"Journal\u00a0: {plain(found.log)}.")
    none = telling.pick("No log was asked.", "Aucun journal n’a été consulté.")
    yield from _wrapped(f"{documents}, {claims}. {_over_all(found, telling)} {log if found.log else none}")
    yield ""
    if found.rows:
        yield from table_lines(found, telling, _columns())
        yield from _wrapped(legend(found, telling))
        yield ""
    yield "Documents"
    heads = letters(found)
    for column in found.columns:
        yield from _document(column, heads[column.id], telling, addresses.get(column.id, ""))
    competing = {
        number: tuple(each for each in group.claims if each != number)
        for group in found.alternatives
        for number in group.claims
    }
    columns = {each.id: each for each in found.columns}
    for row in found.rows:
        yield ""
        yield from _claim(row, telling, columns, competing.get(row.number, ()))


def timeline_lines(
    case: str, moments: Sequence["Moment"], names: dict[str, str], today: date, language: "Language" = "en"
) -> Iterator[str]:
    """What is said to have happened, in order. names: of documents, as `names_of` gives them.

    today: the day of printing.
    """
    telling = Telling(language, names)
    yield from _begun(case, today, telling)
    if not moments:
        yield _no_claims(telling)
    for moment in moments:
        yield ""
        days = days_of(moment.when, _unknown(telling))
        if len(moment.rows) == 1:
            yield days
        else:
            accounts = telling.pick("{}: {} competing accounts", "{}\u00a0: {} récits concurrents")
            of = telling.pick(" of {}", "\u00a0: {}").format(plain(moment.event)) if moment.event else ""
            yield from _wrapped(accounts.format(days, len(moment.rows)) + of, 0, 2)
        for row in moment.rows:
            yield from _account(row, telling)


def _begun(case: str, today: date, telling: Telling) -> Iterator[str]:
    """The head of what is printed: which case, on which day, and that it is no finding."""
    yield plain(case)
    yield from _wrapped(
        telling.pick(
            f"As of {today}. A report is not a finding, and nothing here says that one is true.",
            f"Au {today}. Un récit n’est pas un constat, et rien ici ne dit qu’il en est ainsi.",
        )
    )


def _no_claims(telling: Telling) -> str:
    return telling.pick("No claims yet.", "Aucune affirmation pour l’instant.")


def _unknown(telling: Telling) -> str:
    return telling.pick("when is not known", "à une date inconnue")


def names_of(found: "Comparison") -> dict[str, str]:
    """What each document is called: by its source, and by the beginning of its id where two have one."""
    sources = [plain(each.source) for each in found.columns]
    return {
        each.id: source if source and sources.count(source) == 1 else f"{source} {each.id}".strip()
        for each, source in zip(found.columns, sources, strict=True)
    }


def _document(column: "Column", head: str, telling: Telling, address: str) -> Iterator[str]:
    pick = telling.pick
    said = [f"{head}  {column.id}  {plain(column.source) or pick('no source', 'sans source')}"]
    said += [days_of(column.published, pick("no date", "sans date"))]
    said += [column.language or pick("language not told", "langue non reconnue")]
    if column.translated_from:
        of = plain(column.translated_from)
        said.append(pick(f"says that it is translated from {of}", f"se dit traduit ({of})"))
    if column.kind == "statement":
        said.append(pick("a party's own statement", "déclaration d’une partie"))
    if column.versions > 1:
        first, last = days_of(column.first, ""), column.versions
        said.append(pick(f"the last of {last} versions", f"la dernière de {last} versions"))
        said += [pick(f"first {first}", f"d’abord le {first}")] if first else []
    if not column.shown:
        said.append(pick("private", "privé"))
    yield from _wrapped(", ".join(said) + ".", 2, 4)
    if column.title:
        by = pick(f", by {plain(column.author)}", f", par {plain(column.author)}") if column.author else ""
        title = plain(column.title)
        yield from _wrapped(telling.quoted(title) + by, 6, 6)
    if address:
        yield from _wrapped(plain(address), 6, 6)
    if column.origin == column.id:
        goes = pick("Reports for itself.", "Rapporte par lui-même.")
    else:
        root = telling.names.get(column.origin) or plain(column.outside)
        goes = pick(f"Goes back to {root}.", f"Remonte à {root}.")
    yield from _wrapped(" ".join((goes, *map(plain, column.why))), 6, 6)


def _claim(
    row: "Row", telling: Telling, columns: "dict[str, Column]", competing: Sequence[int]
) -> Iterator[str]:
    pick = telling.pick
    yield from _wrapped(_head(row, telling), 0, 4)
    state = pick("Reviewed", "Relue") if row.reviewed else pick(
        "Private: no second person has reviewed it", "Privée\u00a0: aucune deuxième personne ne l’a relue"
    )  # fmt: skip
    told = telling.many(row.told, "document", "document(s)")
    said = f"{state}. {pick(f'Told by {told}', f'Racontée par {told}')}. {telling.sources(row.independent)}."
    if denied := len(_denying(row)):
        of = telling.many(denied, "document", "document(s)")
        said += pick(f" Denied in {of}.", f" Démentie dans {of}.")
    yield from _wrapped(said, 2, 2)
    if competing:
        numbers, alone = ", ".join(map(str, competing)), len(competing) == 1
        yield from _wrapped(
            pick(
                f"It cannot be so together with {'claim' if alone else 'claims'} {numbers}.",
                f"Elle ne peut être exacte en même temps que "
                f"{'l’affirmation' if alone else 'les affirmations'} {numbers}.",
            ), 2, 2,
        )  # fmt: skip
    for cell in row.cells:
        yield from _cell(cell, telling, columns[cell.document])
    for line in _answers(row, telling):
        yield from _wrapped(line, 2, 4)
    for each in row.differing:
        yield from _differs(each, telling)
    yield from _held(row, telling)
    if row.hash:
        of = f"({row.hash[:12]})"
        yield from _wrapped(
            pick(
                f"That this claim was registered stands in entry {row.entry}, as a salted hash {of}.",
                f"Que cette affirmation a été enregistrée figure dans l’entrée {row.entry}, sous forme "
                f"d’empreinte salée {of}.",
            ), 2, 2,
        )  # fmt: skip


def _account(row: "Row", telling: Telling) -> Iterator[str]:
    """A claim in a time line: what, who tells it, who answered, what the log says."""
    names, pick = telling.names, telling.pick
    yield from _wrapped(_head(row, telling), 2, 6)
    denying = _denying(row)
    tellers = ", ".join(
        dict.fromkeys(names[each.document] for each in row.cells if each.document not in denying)
    )
    said = pick(f"Told by {tellers}. ", f"Racontée par {tellers}. ") if tellers else ""
    said += f"{telling.sources(row.independent)}."
    if denying:
        of = ", ".join(names[each] for each in denying)
        said += pick(f" Denied in {of}.", f" Démentie dans {of}.")
    yield from _wrapped(said, 4, 6)
    for line in _answers(row, telling):
        yield from _wrapped(line, 4, 6)
    yield from _held(row, telling, 4)


def _denying(row: "Row") -> list[str]:
    """The documents that only deny a claim where they tell of it."""
    moods: dict[str, set[str]] = {}
    for each in row.cells:
        moods.setdefault(each.document, set()).add(each.mood)
    return [id_ for id_, found in moods.items() if found == {"denied"}]


def _head(row: "Row", telling: Telling) -> str:
    pick = telling.pick
    where = plain(row.where) or pick("where is not known", "à un endroit inconnu")
    kind, act = pick(*KINDS[row.kind]), pick(*ACTS[row.act])
    what = f"{kind}{telling.colon} {act}" if act else kind
    said = [f"{pick('Claim', 'Affirmation')} {row.number}. {what}", where, _when(row.when, telling)]
    said += [pick("by {}", "par {}").format(plain(row.by))] if row.by else []
    said += [pick("on behalf of {}", "pour {}").format(plain(row.behalf))] if row.behalf else []
    return _ended(pick("; ", "\u00a0; ").join(said))


def _when(when: "Interval", telling: Telling) -> str:
    said = days_of(when, _unknown(telling))
    words = plain(when.wording)
    return f"{said} ({telling.quoted(words)})" if words else said


def _cell(cell: "Cell", telling: Telling, column: "Column") -> Iterator[str]:
    pick = telling.pick
    said = f"{telling.names[cell.document]}, {pick(*MOODS[cell.mood])}"
    word = cell.word
    if word.who:
        many = f", {word.count}" if word.count else ""
        named = pick("named", "nommée") if word.named else pick("anonymous", "anonyme")
        said += pick(", on the word of {}", ", sur la parole de {}").format(
            f"{plain(word.who)} ({named}{many})"
        )
    if word.chain:
        said += pick(", through {}", ", par {}").format(
            pick(", then ", ", puis ").join(map(plain, word.chain))
        )
    yield from _wrapped(f"{said}{telling.colon}", 2, 4)
    yield from _wrapped(plain(cell.sentence), 6, 6)
    if cell.version != column.versions:
        mine = days_of(cell.published, pick(f"number {cell.version}", f"numéro {cell.version}"))
        last = days_of(column.published, pick("it", "celle-ci"))
        still = (
            pick("does not have these words any more", "n’a plus ces mots") if cell.withdrawn
            else pick("still has these words", "a encore ces mots")
        )  # fmt: skip
        yield from _wrapped(
            pick(
                f"In its version of {mine}; the last version, of {last}, {still}.",
                f"Dans sa version du {mine}\u00a0; la dernière, du {last}, {still}.",
            ), 6, 6,
        )  # fmt: skip


def _answers(row: "Row", telling: Telling) -> Iterator[str]:
    names, pick = telling.names, telling.pick
    for answer in row.answers:
        where = (
            pick(" (in {})", " (dans {})").format(names[answer.document]) if answer.document in names else ""
        )
        yield _ended(f"{pick('Answer', 'Réponse')}{telling.colon} {_answer(answer, telling)}") + where
    who = plain(row.asked_of) or pick("The operator", "L’opérateur")
    if row.open and row.asked is not None:
        days = telling.many(row.silent_days or 0, "day", "jour(s)")
        yield pick(
            f"{who} was asked on {row.asked} and has not answered for {days}.",
            f"Interrogé le {row.asked} et sans réponse depuis {days}\u00a0: {who}.",
        )
    elif row.asked is not None:
        yield pick(f"{who} was asked on {row.asked}.", f"Interrogé le {row.asked}\u00a0: {who}.")


def _answer(answer: "Answer", telling: Telling) -> str:
    colon = telling.colon
    said = f"{plain(answer.by)}{colon} {telling.pick(*ANSWERS[answer.kind])}"
    if answer.on is not None:
        said += (
            f" {answer.on}" if answer.kind == "silent since" else telling.pick(", ", ", le ") + str(answer.on)
        )
    return f"{said}{colon} {plain(answer.what)}" if answer.what else said


def _differs(found: "Differing", telling: Telling) -> Iterator[str]:
    """What documents say differently: each value once, with its wordings, and whose it is."""
    about, colon = plain(found.about), telling.colon
    head = telling.pick(*DIFFERING[found.kind])
    yield from _wrapped(f"{head}{'' if found.kind == about else f', {about}'}{colon}", 2, 4)
    groups: dict[str, list[Value]] = {}
    for each in found.values:
        groups.setdefault(_figure(each, telling) or plain(each.words).casefold(), []).append(each)
    for same in groups.values():
        tellers = ", ".join(dict.fromkeys(telling.names[each.document] for each in same))
        wordings = list({plain(each.words).casefold(): plain(each.words) for each in same}.values())
        figure = _figure(same[0], telling)
        said = f"{figure} ({'; '.join(wordings)})" if figure else wordings[0]
        yield from _wrapped(f"{said}{colon} {tellers}", 6, 8)


def _figure(value: "Value", telling: Telling) -> str:
    """A figure as a number, or from which to which; "" of what is none."""
    low, high = value.low, value.high
    if low is None and high is None:
        return ""
    if low is None or high is None:
        if low is None:
            return telling.pick("at most {}", "au plus {}").format(_number(high or 0.0))
        return telling.pick("{} or more", "{} ou plus").format(_number(low))
    return (
        _number(low)
        if low == high
        else telling.pick("{} to {}", "{} à {}").format(_number(low), _number(high))
    )


def _number(value: float) -> str:
    return count(value) if value == round(value) else f"{value:g}"


def _held(row: "Row", telling: Telling, indent: int = 2) -> Iterator[str]:
    if row.held.verdict == "not asked":
        return
    sentence = row.held.sentence
    ending = "" if sentence.endswith(".") else telling.colon
    log = telling.pick("The log", "Le journal") + telling.colon
    yield from _wrapped(f"{log} {sentence}{ending}", indent, indent + 2)
    for entry in row.held.entries:
        yield from _wrapped(plain(entry.said), indent + 4, indent + 4)


def _over_all(found: "Comparison", telling: Telling) -> str:
    """How many sources a case has, over all of its claims."""
    if not found.rows:
        return _no_claims(telling)
    sources = telling.sources(found.independent)
    if len(found.rows) == 1:
        return f"{sources}."
    return telling.pick(f"{sources}, over all claims.", f"{sources}, sur toutes les affirmations.")


def _ended(text: str) -> str:
    """A sentence with one full stop, whatever somebody's words in it end with."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _wrapped(text: str, first: int = 0, rest: int = 0) -> list[str]:
    """A text in lines as wide as the terminal, at most `WIDTH`; first, rest: how far they are moved in."""
    lines = textwrap.wrap(
        text, _columns(), initial_indent=" " * first, subsequent_indent=" " * rest, break_on_hyphens=False
    )
    return lines or [""]


def _columns() -> int:
    """How wide the terminal is, at most `WIDTH`."""
    return max(_NARROWEST, min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns))
