"""`openleo report claim` and what follows it: who tells it, who answers, what names and origins stand for."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import click

from openleo.cli.command import Command, Whole, as_json, print_json
from openleo.cli.keys import say
from openleo.cli.reported import (
    by_option,
    claim_value,
    day_of,
    days_of,
    opened,
    plain,
    proposed_mood,
    register_option,
    span_of,
    tell_claim,
    today_option,
    when_of,
    words_of,
)
from openleo.errors import InputError

if TYPE_CHECKING:
    from openleo.service.reports.claims import Claim, Telling
    from openleo.service.reports.document import Interval
    from openleo.service.reports.proposals import Mood
    from openleo.service.store.reports import Kept, Reports

CLAIM_KINDS: Final = ("asked", "decided", "contact", "sold", "used", "paid")
ACTS: Final = ("on", "off", "kept off", "never on", "limited", "other")
ANSWER_KINDS: Final = ("confirms", "confirms in part", "denies", "no comment", "silent since")
MOODS: Final = ("asserted", "reported", "conditional", "denied", "asked")

span_option = click.option(
    "--span", required=True, metavar="A:B|WORDS",
    help="Where it is told: offsets, as openleo report show gives them, or words that stand there once.",
)  # fmt: skip


def word_options(command: Any) -> Any:
    """Options of a telling: in what mood, and on whose word."""
    for option in (
        click.option("--mood", type=click.Choice(MOODS), help="As the sentence proposes unless told."),
        click.option("--through", multiple=True, metavar="WHO",
                     help="Through whom it came, the nearest first. Several times."),
        click.option("--count", type=Whole(0), default=0, help="How many they are, where it says so."),
        click.option("--named/--anonymous", default=None,
                     help="Whether a name or an office is held to it; needed with --word."),
        click.option("--word", "who", default="", metavar="WHO",
                     help="On whose word, as worded: an office, a body, a role."),
    ):  # fmt: skip
        command = option(command)
    return command


def said_options(command: Any) -> Any:
    """Options of what a claim says beside kind, act, place and days."""
    for option in (
        click.option("--event", metavar="WORD", help="What competing accounts of one event share."),
        click.option("--behalf", metavar="OFFICE", help="On whose behalf."),
        click.option("--done-by", metavar="OFFICE",
                     help="By whom it is said to be done, where that is known: no person's name."),
        click.option("--wording", metavar="WORDS", help="The words for when; as proposed there unless told."),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command(
    "claim",
    cls=Command,
    short_help="Make a claim of a place in a document.",
    examples=(
        (
            "openleo report claim b3f2 --span 'switched off its service along the coast' --kind decided "
            "--act off --where 'Lantern coast' --when 2031-03-03..2031-03-04 --done-by 'the operator' "
            "--word 'three officials' --anonymous --count 3 --by desk-1",
            "words of the text, where they stand there once",
        ),
        (
            "openleo report claim b3f2 --span 66:141 --kind asked --act off --where coast --when 2031-03 "
            "--through 'Agency N' --by desk-1",
            "offsets; a month; told by somebody else before",
        ),
    ),
)
@click.argument("document", metavar="DOC")
@span_option
@click.option("--kind", required=True, type=click.Choice(CLAIM_KINDS), help="What is said to have happened.")
@click.option("--act", required=True, type=click.Choice(ACTS), help="To service, or what was asked for it.")
@click.option("--where", required=True, metavar="REGION", help="A region of the rules, or a place in words.")
@click.option("--when", "when", metavar="DAYS", help="A day, a month, a year, A..B, A.., ..B, or unknown.")
@said_options
@word_options
@today_option
@register_option
@by_option
@as_json
def claim(
    document: str, span: str, kind: Any, act: Any, where: str, when: str | None, wording: str | None,
    done_by: str | None, behalf: str | None, event: str | None, today: str | None, register: str, by: str,
    json_: bool, **word: Any,
) -> None:  # fmt: skip
    """Make a claim of what DOC tells. Nothing becomes a claim but by a person, and none is public before a
    second person has reviewed it.

    Whoever is meant is named by office, body or role.
    """
    from openleo.service.reports.claims import Claim

    with opened(register, today=today) as reports:
        kept = reports.document(document)
        telling, notes = _telling(kept, span, by, **word)
        days, told = _days(kept, telling, when, wording)
        made = reports.add_claim(
            Claim(
                0, kept.case, kind, act, where, days, done_by or "", behalf or "", event or "", (telling,),
                noted_by=by,
            )
        )  # fmt: skip
        _tell(reports, made, json_, *notes, told)
    if not json_:
        say(
            f"\nNext: openleo report same {made.number} DOC --span ... (who tells it as well), openleo "
            f"report answer {made.number} ..., openleo report review {made.number} (a second person)"
        )


@click.command(
    "same",
    cls=Command,
    short_help="Note another document that tells a claim.",
    examples=(
        (
            "openleo report same 3 c901 --span 'coupé le service' --through 'The Courier' --by desk-1",
            "a retelling",
        ),
    ),
)
@click.argument("number", type=Whole(1), metavar="CLAIM")
@click.argument("document", metavar="DOC")
@span_option
@word_options
@register_option
@by_option
@as_json
def same(number: int, document: str, span: str, register: str, by: str, json_: bool, **word: Any) -> None:
    """Note that DOC tells the same as CLAIM, which is private until that is reviewed."""
    with opened(register) as reports:
        before = reports.claim(number)
        telling, notes = _telling(reports.document(document), span, by, **word)
        _tell(reports, reports.add_telling(number, telling), json_, *notes, _hidden(before))


@click.command(
    "answer",
    cls=Command,
    short_help="Note what somebody concerned said to a claim.",
    examples=(
        (
            "openleo report answer 3 --kind denies --from 'the Ministry of Posts' --doc e77b --span 'it gave "
            "no such order' --by desk-1",
            "as a document has it; what is denied are these words, unless --what says it",
        ),
        (
            "openleo report answer 3 --kind 'silent since' --from 'the operator' --on 2026-03-12 --by desk-1",
            "no answer, from that day on",
        ),
    ),
)
@click.argument("number", type=Whole(1), metavar="CLAIM")
@click.option("--kind", required=True, type=click.Choice(ANSWER_KINDS), help="What it comes to.")
@click.option(
    "--from", "from_", required=True, metavar="OFFICE", help="Whose it is: an office, a body, a role."
)
@click.option("--what", default="", metavar="WORDS", help="What exactly, in the answer's own words.")
@click.option("--on", metavar="DATE", help="When; of silence, the day from which on.")
@click.option("--doc", "document", metavar="DOC", help="The document that has it.")
@click.option("--span", metavar="A:B|WORDS", help="Where in it.")
@today_option
@register_option
@by_option
@as_json
def answer(
    number: int, kind: Any, from_: str, what: str, on: str | None, document: str | None, span: str | None,
    today: str | None, register: str, by: str, json_: bool,
) -> None:  # fmt: skip
    """Note an answer to CLAIM. It stands beside the claim at equal size."""
    from openleo.service.reports.claims import Answer

    if bool(document) != bool(span):
        raise InputError("--doc and --span: one is given without the other")
    given = Answer(number, kind, from_, what, day_of(on, "--on") if on else None, noted_by=by)
    note = ""
    with opened(register, today=today) as reports:
        before = reports.claim(number)
        if document and span:
            kept = reports.document(document)
            start, end = span_of(kept.document, span)
            given = replace(given, document=kept.id, start=start, end=end)
            if not what and kind in ("denies", "confirms in part"):
                given = replace(given, what=" ".join(kept.document.text[max(start, 0) : end].split()))
                note = "What: the words of the span; --what says it otherwise."
        _tell(reports, reports.add_answer(given), json_, note, _hidden(before))


@click.command(
    "change",
    cls=Command,
    short_help="Set right what a claim says.",
    examples=(
        (
            "openleo report change 3 --event cut-of-march --by desk-1",
            "it competes with other accounts of that event",
        ),
        ("openleo report change 3 --when 2031-03-03 --by desk-1", "only that differs"),
    ),
)
@click.argument("number", type=Whole(1), metavar="CLAIM")
@click.option("--kind", type=click.Choice(CLAIM_KINDS), help="What is said to have happened.")
@click.option("--act", type=click.Choice(ACTS), help="To service, or what was asked for it.")
@click.option("--where", metavar="REGION", help="A region of the rules, or a place in words.")
@click.option("--when", "when", metavar="DAYS", help="A day, a month, a year, A..B, A.., ..B, or unknown.")
@said_options
@today_option
@register_option
@by_option
@as_json
def change(
    number: int, when: str | None, wording: str | None, done_by: str | None, today: str | None, register: str,
    by: str, json_: bool, **given: str | None,
) -> None:  # fmt: skip
    """Set right what CLAIM says; what it said before is kept, and it is private until that is reviewed."""
    with opened(register, today=today) as reports:
        before = reports.claim(number)
        days = before.when if when is None else replace(when_of(when), wording=before.when.wording)
        if wording is not None:
            days = replace(days, wording=wording)
        values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        if done_by is not None:
            values["by"] = done_by
        made = reports.change_claim(replace(before, when=days, **values), by)
        _tell(reports, made, json_, _hidden(before))


@click.command(
    "asked",
    cls=Command,
    short_help="Note when the operator was asked to answer.",
    examples=(
        (
            "openleo report asked 3 --on 2026-03-12 --of 'Corvina Link' --by desk-1",
            "until it answers, the days since are told",
        ),
    ),
)
@click.argument("number", type=Whole(1), metavar="CLAIM")
@click.option("--on", required=True, metavar="DATE", help="The day.")
@click.option("--of", required=True, metavar="NAME", help="Who was asked: the operator, by its name.")
@today_option
@register_option
@by_option
@as_json
def asked(number: int, on: str, of: str, today: str | None, register: str, by: str, json_: bool) -> None:
    """Note on which day the operator was asked to answer CLAIM, and who that is; CLAIM is private until a
    second person has reviewed that."""
    with opened(register, today=today) as reports:
        before = reports.claim(number)
        after = reports.asked(number, day_of(on, "--on"), by, of)
        _tell(reports, after, json_, "" if after.reviewed_by else _hidden(before))


def _telling(
    kept: "Kept", span: str, by: str, who: str, named: bool | None, count: int, through: tuple[str, ...],
    mood: "Mood | None",
) -> "tuple[Telling, list[str]]":  # fmt: skip
    """What the options say of a place in a document, and what of it was proposed."""
    from openleo.service.reports.claims import Telling, Word

    if who and named is None:
        raise InputError(
            f"--word: {plain(who)[:80]!r} given without one of these: say --named or --anonymous"
        )
    start, end = span_of(kept.document, span)
    notes = []
    if mood is None:
        proposed = proposed_mood(kept.proposals, start, end)
        mood = proposed[0] if proposed else "asserted"
        why = f" ({plain(proposed[1])})" if proposed and proposed[1] else ""
        notes.append(f"Mood: {mood}, as its sentence is read{why}; --mood says it otherwise.")
    if mood == "denied":
        notes.append(
            "It denies: who is named and answers there is told by openleo report answer CLAIM --kind denies "
            f"--from ... --doc {kept.id} --span ..."
        )
    word = Word(who, bool(named), count, through)
    return Telling(kept.id, start, end, mood, word, by, kept.versions), notes


def _days(kept: "Kept", telling: "Telling", when: str | None, wording: str | None) -> "tuple[Interval, str]":
    """The days that are given, with the wording that stands there for them; raises InputError without any."""
    inside = [
        each
        for sentence in kept.proposals.sentences
        if sentence.start < telling.end and telling.start < sentence.end
        for each in kept.proposals.days
        if sentence.start <= each.start < sentence.end
    ]
    if when is None:
        listed = "; ".join(
            f"{days_of(each.interval)} ({words_of(kept.document, each.start, each.end, 40)})"
            for each in inside
        )
        raise InputError(
            "--when: nothing given; " + (f"the sentence has {listed}" if listed else "unknown is allowed")
        )
    days = when_of(when)
    if wording is not None:
        return replace(days, wording=wording), ""
    for each in inside:
        if (each.interval.first, each.interval.last) == (days.first, days.last):
            words = " ".join(kept.document.text[each.start : each.end].split())
            return replace(days, wording=words), f"Wording: {plain(words)}, as it stands there."
    return days, ""


def _hidden(before: "Claim") -> str:
    return (
        f"Claim {before.number} was public and is private again until a second person has reviewed what is "
        "new."
        if before.reviewed_by
        else ""
    )


def _tell(reports: "Reports", claim: "Claim", json_: bool, *notes: str) -> None:
    """A claim as it stands now on stdout, and what else to know."""
    if json_:
        print_json(claim_value(claim))
    else:
        tell_claim(reports, claim)
    for note in filter(None, notes):
        say(note)


COMMANDS: Final = (claim, same, answer, change, asked)
