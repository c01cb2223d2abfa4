"""Names of persons, which the register of reports refuses where an office, a body or a role belongs."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import msgspec
from sqlalchemy import Connection, select

from openleo.errors import InputError
from openleo.service.reports.proposals import Name, Outlet
from openleo.service.reports.prose import perhaps
from openleo.service.reports.prose.language import languages, table
from openleo.service.store.reports import schema
from openleo.service.store.reports.checks import folded
from openleo.service.store.reports.rows import KnownName


@dataclass(frozen=True)
class Names:
    """Names that a case has, folded. people: of persons; others: of something else; confirmed: by a person
    to be something else."""

    people: frozenset[str]
    others: frozenset[str]
    confirmed: frozenset[str]


@dataclass(frozen=True)
class _Held:
    """As much of the proposals as names need."""

    names: tuple[Name, ...] = ()
    outlets: tuple[Outlet, ...] = ()


def names_of(connection: Connection, case: str) -> Names:
    """The names that the documents of a case hold.

    What was proposed as that of an outlet anywhere in the case is no person's, nor what was proposed as that
    of an organisation or a place and says so itself; what a person has confirmed counts for more than what
    was proposed.
    """
    table = schema.versions.join(schema.documents, schema.documents.c.id == schema.versions.c.document)
    people: set[str] = set()
    others: set[str] = set()
    query = select(schema.versions.c.proposed).select_from(table)
    for text in connection.execute(query.where(schema.documents.c.case_name == case)).scalars():
        held = msgspec.json.decode(text, type=_Held)
        others.update(folded(each.name) for each in held.outlets)
        for each in held.names:
            if each.kind == "person":
                people.add(folded(each.name))
            elif each.kind == "outlet" or not (
                each.kind == "office" or perhaps.may_be_person(each.name.title())
            ):
                others.add(folded(each.name))
    people -= others
    confirmed: set[str] = set()
    known = select(schema.names).where(schema.names.c.case_name == case, schema.names.c.kind != "")
    for row in connection.execute(known):
        both = {row.folded, folded(row.name)}
        if row.kind == "person":
            people |= both
            others -= both
        else:
            people -= both
            confirmed |= both
    return Names(frozenset(people), frozenset(others), frozenset(confirmed - people))


def offices(connection: Connection, case: str, values: Sequence[tuple[str, str]]) -> None:
    """Check that offices, bodies or roles are meant, and no person by name; raises InputError.

    values: what each is, and its words. A name within others, a title before a name, and two words that may
    be a name count as well, unless the whole is known as something else.
    """
    given = [(what, value) for what, value in values if value]
    if given:
        names = names_of(connection, case)
        for what, value in given:
            _office(what, value, names, case)


def role(given: KnownName) -> None:
    """Check that the role by which a person is shown does not hold the name; raises InputError."""
    words = folded(given.shown_as)
    if any(_within(words, folded(each)) for each in (given.written, given.name)) or _titled(given.shown_as):
        raise InputError(
            f"shown as: {given.shown_as!r} names a person; a role is allowed, such as 'a harbour officer'"
        )


def _office(what: str, value: str, names: Names, case: str) -> None:
    words = folded(value)
    if words in names.confirmed:
        return
    known = any(_within(words, each) for each in names.people)
    if not _titled(value) and (words in names.others or not (known or perhaps.may_be_person(value))):
        return
    says = "names" if known or _titled(value) else "may name"
    alias = shlex.join(["openleo", "report", "alias", case, value, value, "--kind", "organisation"])
    raise InputError(
        f"{what}: {value!r} {says} a person; write the role instead, such as 'a spokesperson of the "
        f"operator'. If it is no person's name: {alias}"
    )


def _titled(value: str) -> bool:
    """Whether a title stands before a name: two words with a capital, or one after a courtesy title."""
    words = value.replace("(", " ").replace("\u2019", "'").split()
    for at, word in enumerate(words):
        plain = folded(word.rstrip("."))
        courtesy, learned = _titles("courtesy"), _titles("learned")
        needed = 1 if plain in courtesy else 2 if {plain, word, word.rstrip(".")} & learned else 0
        if needed and _capitals(words[at + 1 :]) >= needed:
            return True
    return False


@cache
def _titles(key: str) -> frozenset[str]:
    """Titles of all languages."""
    return frozenset(each for language in languages() for each in table(language, "names").get(key, ()))


def _capitals(words: Sequence[str]) -> int:
    """How many words with a capital stand at the beginning, up to a comma; particles count for nothing."""
    found = 0
    for word in words:
        if word[:1].isupper():
            found += 1
        elif not found or folded(word) not in perhaps.particles():
            break
        if word.endswith((",", ";", ")")):
            break
    return found


def _within(words: str, name: str) -> bool:
    at = words.find(name)
    while at >= 0:
        end = at + len(name)
        before, after = words[at - 1 : at], words[end : end + 1]
        if not before.isalnum() and not after.isalnum():
            return True
        at = words.find(name, at + 1)
    return False
