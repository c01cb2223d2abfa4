"""`openleo decide`: one check-in, offline, with the reasoning in sentences."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from openleo.cli.command import (
    NEGATIVE_NUMBERS,
    Command,
    as_json,
    moment,
    place_of,
    plain_table,
    print_json,
    show,
)
from openleo.cli.progress import Teller
from openleo.errors import InputError

if TYPE_CHECKING:
    from openleo.service.policy import Decision
    from openleo.service.records import CheckIn, History, Terminal

_WORDS = {
    "en": ("reason", "reasons", "appeal", "next", "grant", "to look at", "rules"),
    "fr": ("motif", "motifs", "recours", "ensuite", "octroi", "à examiner", "règles"),
}
_CLASSES = {"motion": "Motion", "usage": "Usage", "state": "TerminalState", "account_state": "AccountState"}


@click.command(
    cls=Command,
    short_help="Decide one check-in, with the reasoning in sentences.",
    context_settings=NEGATIVE_NUMBERS,
    examples=(
        ("openleo decide Nairobi", "a fixed terminal in a town, by the built-in illustration"),
        ("openleo decide Toulouse --sold FR --home FR --plan roam --lang fr", "en français"),
        (
            "openleo decide -40 160 --motion vessel --speed 40 --rules mine.toml",
            "a boat, by rules of your own",
        ),
        ("openleo decide --file checkin.json --json", "check-in, terminal and history from a file"),
    ),
)
@click.argument("place", nargs=-1, metavar="[PLACE | LAT LON]")
@click.option("--file", "file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
              help="JSON: checkin, terminal (null: unknown), history, now; options override it.")  # fmt: skip
@click.option("--rules", metavar="FILE", default="illustration", show_default=True,
              help="A rule file, a built-in one, or none.")  # fmt: skip
@click.option("--at", metavar="TIME", help="When it arrives and was sent: ISO 8601; now without it.")
@click.option(
    "--accuracy", metavar="M", type=float, help="Radius of the circle of its position.  [default: 10]"
)
@click.option("--speed", metavar="KM/H", type=float, help="Its speed.  [default: 0]")
@click.option("--altitude", metavar="M", type=float, help="Its height above ground.  [default: 0]")
@click.option("--motion", type=click.Choice(["fixed", "portable", "vehicle", "vessel", "aircraft"]),
              help="Its motion class.  [default: fixed]")  # fmt: skip
@click.option("--usage", type=click.Choice(["civil", "humanitarian", "emergency", "government", "defence"]),
              help="Its usage class.  [default: civil]")  # fmt: skip
@click.option("--plan", metavar="NAME", help="Its plan.")
@click.option("--use", metavar="TEXT", help="Its declared use.")
@click.option("--sold", metavar="CODE", help="Its country of sale.")
@click.option("--home", metavar="CODE", help="The country of its service address.")
@click.option("--list", "lists", metavar="NAME", multiple=True, help="A list that it is on; may be repeated.")
@click.option("--distress", is_flag=True, help="It is a distress call.")
@click.option("--unknown", is_flag=True, help="It is not in the register.")
@click.option("--lang", type=click.Choice(["en", "fr"]), default="en", show_default=True, help="Language.")
@as_json
def decide(
    place: tuple[str, ...], file: Path | None, rules: str, at: str | None, distress: bool, unknown: bool,
    lang: Literal["en", "fr"], json_: bool, **given: Any,
) -> None:  # fmt: skip
    """Decide one check-in at PLACE, offline, by a rule file.

    PLACE is a town, or latitude and longitude. Without --file the terminal is active and paid for.
    """
    from openleo.service.policy import decide as decide_one
    from openleo.service.regions import RuleSet

    said = _read(file) if file else {}
    now = (
        moment(at, "--at")
        or (moment(str(said["now"]), "now") if "now" in said else None)
        or datetime.now(UTC)
    )
    checkin = dict(said.get("checkin") or {})
    if place or not checkin:
        where = place_of(place)
        checkin |= {"lat_deg": where.lat_deg, "lon_deg": where.lon_deg}
    for name, option, default in (
        ("accuracy_m", "accuracy", 10.0), ("speed_kmh", "speed", 0.0), ("altitude_m", "altitude", 0.0)
    ):  # fmt: skip
        if given[option] is not None or (not file and name not in checkin):
            checkin[name] = given[option] if given[option] is not None else default
    if distress:
        checkin["distress"] = True
    terminal: Mapping[str, Any] | None = None if unknown else said.get("terminal", {})
    if terminal is not None:
        chosen = {
            name: given[name] for name in ("plan", "use", "sold", "home", "motion", "usage") if given[name]
        }
        terminal = dict(terminal) | chosen | ({"lists": given["lists"]} if given["lists"] else {})
    with Teller() as teller:
        teller.doing("reading the rules")
        held = None if rules == "none" else RuleSet.load(rules)
        teller.doing("deciding")
        decision = decide_one(
            _check_in(checkin, now), None if terminal is None else _terminal(terminal),
            _history(said.get("history") or {}), held, now,
        )  # fmt: skip
    if json_:
        print_json(_as_json(decision, lang))
    else:
        _show(decision, lang)


def _show(decision: "Decision", lang: Literal["en", "fr"]) -> None:
    from openleo.service.wording import findings_line, grant_line, reason_line, retry_line, verdict

    reason, reasons, appeal, again, grant, look, rules = _WORDS[lang]
    rows = [
        ((reasons if len(decision.clauses) > 1 else reason) if k == 0 else "", reason_line(clause, lang))
        for k, clause in enumerate(decision.clauses)
    ]
    if decision.clauses:
        rows.append((appeal, decision.clauses[0].appeal(lang)))
    for name, line in (
        (again, retry_line(decision, lang)), (grant, grant_line(decision, lang)),
        (look, findings_line(decision, lang)), (rules, decision.rules),
    ):  # fmt: skip
        if line:
            rows.append((name, line))
    show(f"{verdict(decision, lang)}\n", plain_table(*rows))


def _as_json(decision: "Decision", lang: Literal["en", "fr"]) -> dict[str, Any]:
    from openleo.service.wording import verdict

    def time(moment: datetime | None) -> str | None:
        return moment.isoformat().replace("+00:00", "Z") if moment else None

    return {
        "verdict": verdict(decision, lang),
        "outcome": decision.outcome.text,
        "reason": {"number": int(decision.reason), "name": decision.reason.word},
        "reasons": [
            {
                "number": int(clause.reason), "name": clause.reason.word, "text": clause.text(lang),
                "region": clause.region, "rule": clause.rule, "appeal": clause.appeal(lang),
            }
            for clause in decision.clauses
        ],
        "region": decision.region, "rule": decision.rule, "rules": decision.rules,
        "valid_until": time(decision.valid_until), "retry_after": time(decision.retry_after),
        "retry_km": decision.retry_km, "rate_mbps": decision.rate_mbps,
        "satellite": decision.satellite if decision.satellite >= 0 else None,
        "gateway": decision.gateway if decision.gateway >= 0 else None,
        "findings": [kind.word for kind in decision.findings],
    }  # fmt: skip


def _read(path: Path) -> dict[str, Any]:
    """The JSON object of a file; raises InputError where it is none, or has keys that mean nothing."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path}: is no JSON: {error}") from error
    allowed = ("checkin", "terminal", "history", "now")
    if not isinstance(said, dict) or set(said) - set(allowed):
        raise InputError(f"{path}: an object with {', '.join(allowed)} is allowed")
    return said


def _fields(kind: type[Any], table: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The fields of a dataclass from JSON; raises InputError for unknown ones and values of other types."""
    import dataclasses

    allowed = {field.name: field for field in dataclasses.fields(kind)}
    if not isinstance(table, Mapping):
        raise InputError(f"{where}: {table!r} given; an object is allowed")
    made = dict(table)
    for name, value in table.items():
        if name not in allowed:
            raise InputError(f"{where}.{name}: no such field; {', '.join(allowed)} are allowed")
        made[name] = _value(str(allowed[name].type), value, f"{where}.{name}")
    return made


def _value(kind: str, value: Any, where: str) -> Any:
    """A value as its field has it, from what JSON holds."""
    from openleo.service import records

    if "datetime" in kind:
        return moment(value) if isinstance(value, str) else _wrong(where, value, "a time as ISO 8601 text")
    if kind_of := next((name for name in _CLASSES.values() if name in kind), ""):
        members = getattr(records, kind_of)
        words = {member.name.lower(): member for member in members}
        return words.get(str(value).lower()) if str(value).lower() in words else _wrong(
            where, value, ", ".join(words)
        )  # fmt: skip
    if "tuple" in kind:
        ok = isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
        return tuple(value) if ok else _wrong(where, value, "a list of texts")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    fits = {
        "float": number, "int": isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63,
        "bool": isinstance(value, bool), "str": isinstance(value, str),
    }  # fmt: skip
    name = next(name for name in ("float", "int", "bool", "str") if name in kind)
    return (
        value
        if fits[name]
        else _wrong(where, value, {"str": "a text", "bool": "true or false"}.get(name, "a number"))
    )


def _wrong(where: str, value: Any, allowed: str) -> Any:
    raise InputError(f"{where}: {value!r} given; {allowed} is allowed")


def _check_in(table: Mapping[str, Any], now: datetime) -> "CheckIn":
    from openleo.service.records import CheckIn

    made: dict[str, Any] = {"time": now, "sequence": 0, "accuracy_m": float("nan")} | _fields(
        CheckIn, table, "checkin"
    )
    for name in ("lat_deg", "lon_deg"):
        made.setdefault(name, float("nan"))
    return CheckIn(**made)


def _terminal(table: Mapping[str, Any]) -> "Terminal":
    from openleo.service.records import Terminal

    return Terminal(**_fields(Terminal, table, "terminal"))


def _history(table: Mapping[str, Any]) -> "History":
    from openleo.service.records import History

    return History(**_fields(History, table, "history"))
