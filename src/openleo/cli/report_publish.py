"""`openleo report publish`, `prove` and `check`: reviewed claims in the log, and whose entry is whose."""

import json
from pathlib import Path
from typing import Any, Final

import click

from openleo.cli.command import Command, Whole, as_json, check_output, print_json
from openleo.cli.governed import (
    account_at,
    entry_time,
    published_at,
    target_at,
    tell,
    to_options,
)
from openleo.cli.keys import policy_at, policy_option, say
from openleo.cli.report_compare import case_of
from openleo.cli.reported import by_option, opened, plain, register_option
from openleo.errors import OpenLEOError


@click.command(
    "publish",
    cls=Command,
    short_help="Enter reviewed claims and their answers into the log.",
    examples=(
        ("openleo report publish coast --log ledger --by desk-2", "as salted hashes: no word of them"),
        ("openleo report publish coast --to https://log.example/tenerife --by desk-2", "of a served log"),
    ),
)
@click.argument("case", required=False)
@to_options
@register_option
@by_option
@as_json
def publish(
    case: str | None, folder: Path, url: str | None, token_file: Path | None, register: str, by: str,
    json_: bool,
) -> None:  # fmt: skip
    """Enter what a second person has reviewed of CASE, and the log has not: claims, and the answers to them.

    Nobody can say later that it was not asked. The words stay in the register. What a killed command left
    behind is found and noted, and nothing is entered twice.
    """
    from openleo.service.reports import publish as publishing

    steps: list[publishing.Step] = []
    with opened(register) as reports:
        name = case_of(reports, case)
        record = account_at(url or folder, None, quiet=json_).record
        private = [each.number for each in reports.claims(name) if not each.reviewed_by]
        with target_at(folder, url, token_file) as target:
            for step in publishing.publish(reports, name, target, record, entry_time(None)):
                steps.append(step)
                if not json_ and step.what != "kept":
                    click.echo(_step(step))
            said = published_at(target)
    entered = sum(each.what == "entered" for each in steps)
    if json_:
        print_json({
            "case": name, "by": by, "private": private,
            "steps": [
                {"claim": each.claim, "answer": each.answer or None, "what": each.what, "entry": each.entry}
                for each in steps
            ],
        })  # fmt: skip
        return
    kept = sum(each.what == "kept" for each in steps)
    if private:
        numbers = f"claim{'s' if len(private) > 1 else ''} {', '.join(map(str, private))}"
        say(f"Private, and not entered: {numbers}: openleo report review")
    click.echo(f"{entered} entered, {kept} were there; {said}.")


def _step(step: Any) -> str:
    what = (
        f"claim {step.claim}" if not step.answer else f"answer of {plain(step.answer)} to claim {step.claim}"
    )
    if step.what == "found":
        return f"Entry {step.entry}: {what}, which a command that was cut off had entered; noted now."
    return f"Entry {step.entry}: {what}."


@click.command(
    "prove",
    cls=Command,
    short_help="Write what shows that a claim is that of an entry.",
    examples=(
        ("openleo report prove 3 --output claim-3.json", "its words and the salt: whoever has it can check"),
    ),
)
@click.argument("number", metavar="CLAIM", type=Whole(1))
@click.option("--output", "-o", metavar="FILE", type=click.Path(path_type=Path), help="Instead of stdout.")
@register_option
def prove(number: int, output: Path | None, register: str) -> None:
    """Write the words of CLAIM and of its answers, the salt, and the entry of the log that holds the hash.

    Give it to whoever may read the claim: it shows its words.
    """
    from openleo.service.reports.publish import proof

    check_output(output, "--output")
    with opened(register) as reports:
        value = proof(reports, number)
    if output is None:
        print_json(value)
        return
    try:
        output.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise OpenLEOError(f"{output}: could not be written: {error.strerror or error}") from error
    say(f"{output}: check it with openleo report check {output} --log FOLDER|URL")


@click.command(
    "check",
    cls=Command,
    short_help="Check that a claim is that of an entry of a log.",
    examples=(
        (
            "openleo report check claim-3.json --ledger https://log.example/tenerife --policy policy.txt",
            "all of the log is read and recomputed first",
        ),
    ),
)
@click.argument("file", type=click.File("rb"))
@click.option(
    "--ledger", "--log", "place", metavar="FOLDER|URL", default="ledger", show_default=True,
    envvar="OPENLEO_LEDGER", show_envvar=True,
    help="The log to read: its folder, an export, or where it is served.",
)  # fmt: skip
@policy_option
@as_json
def check(file: Any, place: str, policy_file: Path | None, json_: bool) -> None:
    """Check that the claim in FILE, and each answer in it, is the one whose hash an entry of the log holds.

    Ends with exit code 3 where it is not.
    """
    from openleo.service.reports.publish import LARGEST, read_proof
    from openleo.service.reports.publish import prove as checked

    given = read_proof(file.read(LARGEST + 1), file.name)
    record = account_at(place, policy_at(policy_file), quiet=json_).record
    found = checked(given, record)
    reported = found.reported
    if json_:
        print_json({
            "ok": True, "log": record.origin, "entry": reported.index, "time": reported.claim.time,
            "asked": reported.claim.asked or None, "claim": found.claim,
            "answers": [index for index, _ in found.shown], "unshown": list(found.unshown),
            "later": list(found.later),
        })  # fmt: skip
        return
    asked = f"the operator was asked on {reported.claim.asked}" if reported.claim.asked else (
        "the operator was not asked before it"
    )  # fmt: skip
    lines = [
        f"It is the claim of entry {reported.index} of {record.origin}, {reported.claim.time}; {asked}.",
        _words(found.claim),
        *(f"Entry {index}: {each.by}: {each.kind}. {each.what}".rstrip() for index, each in found.shown),
    ]
    if found.unshown:
        listed = ", ".join(map(str, found.unshown))
        lines.append(f"Answers in the log of which FILE has not the words: entries {listed}.")
    if found.later:
        listed = ", ".join(map(str, found.later))
        lines.append(f"A later entry holds the same claim, with what came since: {listed}.")
    tell(lines)


def _words(claim: Any) -> str:
    """A claim of a proof in a sentence, whatever somebody wrote into that."""
    said = [f"{claim.get('kind', '')}: {claim.get('act', '')}", claim.get("where", "")]
    when = claim.get("when", {})
    if isinstance(when, dict):
        first, last, wording = (str(when.get(each, "")) for each in ("first", "last", "wording"))
        said.append(f"{first}..{last}" if first != last else first or "when is not known")
        said.append(f"“{wording}”" if wording else "")
    said += [
        f"{word} {claim[key]}" for key, word in (("by", "by"), ("behalf", "on behalf of")) if claim.get(key)
    ]
    return plain(f"It says: {', '.join(str(each) for each in said if each)}.")


COMMANDS: Final = (publish, prove, check)
