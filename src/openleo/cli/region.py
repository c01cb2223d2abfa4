"""`openleo region`: what the rules say of a place, and whether a rule file is well made."""

from typing import TYPE_CHECKING, Any

import click

from openleo.cli.command import (
    NEGATIVE_NUMBERS,
    Command,
    Group,
    as_json,
    count,
    moment,
    place_of,
    plain_table,
    print_json,
    show,
    spoken,
)
from openleo.cli.progress import Teller

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet, Standing
    from openleo.service.rulefile import Region

_LIMITS = {
    "lists": "list", "max_speed_kmh": "speed", "max_altitude_m": "altitude", "max_coast_km": "from the coast",
    "rate_mbps": "rate", "motion": "motion classes", "usage": "usage classes", "prohibited_uses": "not for",
    "sold_in": "sold in", "landing": "lands in", "deny_emergency": "emergency",
}  # fmt: skip
_LICENSED = {
    "on": "a terminal may be served here",
    "listed terminals only": "only terminals on a list may be served here",
    "emergency only": "only emergency calls are carried here",
    "off": "it is licensed, but service is off",
}
_UNLICENSED = {
    "pending": "not served: the licence is pending",
    "none": "not served: nothing here grants a licence",
    "prohibited": "not served: the authority prohibits it",
}

rules_option = click.option(
    "--rules", "file", default="illustration", show_default=True, metavar="FILE",
    help="A rule file (TOML), or a built-in one.",
)  # fmt: skip


@click.group(
    cls=Group,
    examples=(
        ("openleo region at Nairobi", "what the rules say of a place, and which rule says it"),
        ("openleo region show", "the regions of the built-in illustration"),
        ("openleo region check mine.toml", "whether a rule file is as it should be, and where rules overlap"),
    ),
)
def region() -> None:
    """Look at rules: regions with licence, service and sales state."""


@region.command(
    "at",
    cls=Command,
    short_help="What the rules say of a place.",
    context_settings=NEGATIVE_NUMBERS,
    examples=(
        ("openleo region at Nairobi", "a town"),
        ("openleo region at -33.9 151.2 --rules mine.toml", "a point, by rules of your own"),
        ("openleo region at Laayoune --at 2026-07-01 --json", "what held at an instant; for a program"),
    ),
)
@click.argument("place", nargs=-1, required=True, metavar="PLACE | LAT LON")
@rules_option
@click.option("--at", metavar="TIME", help="ISO 8601, UTC unless it says otherwise; now without it.")
@as_json
def at_(place: tuple[str, ...], file: str, at: str | None, json_: bool) -> None:
    """Say what holds at PLACE: licence, service, sales state and limits, each with the rule that says so.

    PLACE is a town, or latitude and longitude.
    """
    where, time = place_of(place), moment(at or "now", "--at")
    assert time is not None
    with Teller() as teller:
        teller.doing("reading the rules")
        rules = _load(file)
        standing = rules.at(where.lat_deg, where.lon_deg, time)
    if json_:
        print_json({"place": where.name, "verdict": _verdict(standing), **_plain(standing, rules)})
        return
    lines = [f"{spoken(where)}: {_where(standing)}; {_verdict(standing)}."]
    if standing.area:
        lines.append(_claims(standing))
    ground = f" ({standing.licence_ground})" if standing.licence_ground else ""
    rows = [
        (
            _LIMITS.get(said.topic, said.topic),
            said.value + (ground if said.topic == "licence" else ""),
            said.region or said.decision,
        )
        for said in standing.said
    ]
    decisions = dict.fromkeys(f"{said.region}: {said.decision}" for said in standing.said if said.region)
    rows.append(("regions", ", ".join(standing.regions) or "none", ""))
    if standing.coast_km is not None:
        rows.append(("coast", f"{standing.coast_km:.1f} km away", ""))
    source = f"{_source(rules)}, at {time:%Y-%m-%dT%H:%MZ}."
    show(*lines, "", plain_table(*rows), "", *decisions, *([""] if decisions else []), source)


@region.command(
    "show",
    cls=Command,
    short_help="The regions of a rule file.",
    examples=(
        ("openleo region show", "the regions of the built-in illustration"),
        ('openleo region show "Coastal strip (illustration)"', "all that one of them says"),
        ("openleo region show --rules mine.toml --json", "a rule file of your own, for a program"),
        ("openleo region show --attributes", "every key of a rule file"),
    ),
)
@click.argument("name", required=False, metavar="[NAME]")
@rules_option
@click.option("--attributes", "keys", is_flag=True, help="The table of keys that a rule file may hold.")
@as_json
def show_(name: str | None, file: str, keys: bool, json_: bool) -> None:
    """Show the region NAME of a rule file; without a name, list them all."""
    if keys:
        _show_keys(json_)
        return
    with Teller() as teller:
        teller.doing("reading the rules")
        rules = _load(file)
    chosen = [_named(rules, name)] if name else rules.regions
    if json_:
        listed = [_region(each) for each in chosen]
        print_json(listed[0] if name else {**_header(rules), "regions": listed})
    elif name:
        said = _region(chosen[0])
        show(
            f"{said.pop('name')}: {said.pop('decision')}\n",
            plain_table(*((k, _text(v)) for k, v in said.items())),
        )
    else:
        show(
            f"{rules.file.title or rules.name}\n",
            plain_table(*((each.name, _states(each), each.decision) for each in chosen)),
            f"\nElsewhere: licence {rules.elsewhere.licence}, service {rules.elsewhere.service}."
            f" {rules.elsewhere.decision}\n{_source(rules)}.",
        )


@region.command(
    "check",
    cls=Command,
    short_help="Whether a rule file is as it should be, and where rules overlap.",
    examples=(
        ("openleo region check mine.toml", "exit code 0, or 2 with what is wrong and what is allowed"),
        ("openleo region check mine.toml --strict", "exit code 1 where rules overlap"),
    ),
)
@click.argument("file")
@click.option("--strict", is_flag=True, help="Exit with 1 where regions say different things of one place.")
@as_json
@click.pass_context
def check(ctx: click.Context, file: str, strict: bool, json_: bool) -> None:
    """Check a rule file: keys, names, outlines; and tell where its regions say different things of one place.

    Of what differs the most restrictive holds. A file with errors ends with exit code 2.
    """
    with Teller() as teller:
        teller.doing("reading the rules")
        rules = _load(file)
        found = rules.overlaps
    if json_:
        print_json({**_header(rules), "overlaps": [vars(each) for each in found]})
    else:
        seen = int(rules.division.seen.sum())
        click.echo(
            f"{file} is as it should be: {len(rules.regions)} regions, {count(seen)} zones, "
            f"{len(found) or 'no'} overlap{'' if len(found) == 1 else 's'}."
        )
        for each in found:
            click.echo(f"\n{each.first} / {each.second}")
            click.echo(f"  {each.differs}, such as at {each.where}; what holds: {each.holds}")
        click.echo(f"\n{_source(rules)}.")
    if strict and found:
        ctx.exit(1)


def _load(file: str) -> "RuleSet":
    from openleo.service.regions import RuleSet

    return RuleSet.load(file)


def _named(rules: "RuleSet", name: str) -> "Region":
    """A region by its name, or by a part of it that no other has."""
    from openleo.errors import InputError

    exact = [each for each in rules.regions if each.name.casefold() == name.casefold()]
    near = exact or [each for each in rules.regions if name.casefold() in each.name.casefold()]
    if len(near) != 1:
        listed = ", ".join(each.name for each in near or rules.regions) or "there are none"
        raise InputError(f"region: {name!r} given; one of these is allowed: {listed}")
    return near[0]


def _where(standing: "Standing") -> str:
    from openleo.places import countries

    if standing.area and not standing.country:
        return f"in {standing.area}, which is {_kind(standing.kind)}"
    if not standing.base:
        far = f"{standing.coast_km:.0f} km" if standing.coast_km is not None else "more than 400 km"
        return f"at sea, {far} from the coast"
    named = {each.code: each.name for each in countries()}
    return f"in {named.get(standing.base, standing.base)}"


def _kind(kind: str) -> str:
    return {"disputed": "disputed", "leased": "leased", "buffer zone": "a buffer zone"}.get(kind, kind)


def _claims(standing: "Standing") -> str:
    area, claimants = f"{standing.area} is {_kind(standing.kind)}", ", ".join(standing.claimants)
    base = f"draws it in {standing.base}" if standing.base else "has sea here"
    return (
        f"{area}: {claimants}. The base map {base}: who controls it, not whose it is."
        f" Source: {standing.source}."
    )


def _verdict(standing: "Standing") -> str:
    licence, service = standing.by("licence"), standing.by("service")
    assert licence is not None
    assert service is not None
    return _UNLICENSED.get(licence.value) or _LICENSED[service.value]


def _source(rules: "RuleSet") -> str:
    return f"Rules {rules.name}, version {rules.version}, {rules.digest[:16]}"


def _header(rules: "RuleSet") -> dict[str, Any]:
    return {
        "name": rules.name, "version": rules.version, "title": rules.file.title, "digest": rules.digest,
        "elsewhere": vars(rules.elsewhere),
    }  # fmt: skip


def _plain(standing: "Standing", rules: "RuleSet") -> dict[str, Any]:
    """A standing as JSON says it."""
    said = dict(vars(standing))
    said["time"] = standing.time.isoformat().replace("+00:00", "Z")
    said["licence"], said["service"] = standing.licence.name.lower(), standing.service.name.lower()
    said["said"] = [vars(each) for each in standing.said]
    return said | {"rules": {"name": rules.name, "version": rules.version, "digest": rules.digest}}


def _region(region: "Region") -> dict[str, Any]:
    """What a region says, without what it leaves unsaid."""
    import dataclasses

    held: dict[str, Any] = {}
    for field in dataclasses.fields(region):
        value = getattr(region, field.name)
        if dataclasses.is_dataclass(value):
            value = {k: v for k, v in vars(value).items() if v} if value != field.default else field.default
        if value != field.default:
            held[field.name] = (
                value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else value
            )
    return held


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(each)}" for name, each in value.items())
    return (
        ", ".join(map(str, value))
        if isinstance(value, tuple)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


def _states(region: "Region") -> str:
    said = [f"licence {region.licence}"] if region.licence else []
    said += [f"service {region.service}"] if region.service else []
    return ", ".join(said) or "limits"


def _show_keys(json_: bool) -> None:
    """Each key of a rule file with its type, unit, default, range and meaning."""
    from openleo.service.rulefile import sections

    if json_:
        print_json({section: [vars(row) for row in rows] for section, rows in sections().items()})
        return
    for section, rows in sections().items():
        click.echo(f"[{section}]" if section else "(top of the file)")
        for row in rows:
            unit = f" {row.unit}" if row.unit else ""
            default = f" = {row.default}" if row.default else ""
            click.echo(f"  {row.name}{default}{unit}")
            click.echo(f"      {row.meaning}; {row.allowed}")
        click.echo()
