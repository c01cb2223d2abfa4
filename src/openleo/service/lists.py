"""Lists of terminals, and changes that their custodians sign.

A list of a rule file that names a key is changed only by what that key has signed: an outside authority keeps
it, and no operator can put a terminal on it or take one off. Changes are numbered, so that none is made twice
and none is made late; the signature stays with the change.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from openleo.errors import InputError
from openleo.service.store import ownership
from openleo.service.store import register as sql

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet
    from openleo.service.rulefile import AccessList
    from openleo.service.terminals import Register

CONTEXT: Final = "openleo list 1"
MOST: Final = 1000
"""Terminals of one change."""


class Contradiction(InputError):
    """A change that was made before, or that a later one overtook."""


@dataclass(frozen=True)
class Change:
    """Terminals (hardware numbers) that come on a list or go off it; `number` grows with each change."""

    name: str
    number: int
    add: tuple[str, ...]
    remove: tuple[str, ...]

    def signed(self) -> bytes:
        """What the custodian signs: JSON with sorted keys and no blanks."""
        said = {
            "context": CONTEXT, "list": self.name, "number": self.number,
            "add": sorted(self.add), "remove": sorted(self.remove),
        }  # fmt: skip
        return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def list_of(rules: "RuleSet | None", name: str) -> "AccessList":
    """A list of the rules in force. Raises InputError where there is none of that name."""
    for each in rules.lists if rules is not None else ():
        if each.name == name:
            return each
    raise InputError(f"name: the rules in force have no list {name!r}")


def members(register: "Register", name: str) -> NDArray[np.int64]:
    """The numbers of the terminals on a list."""
    if name not in register.names.all("list"):
        return np.zeros(0, np.int64)
    bit = np.uint64(1 << register.names.number("list", name))
    return np.flatnonzero(register.rows["lists"] & bit != 0)


def last_number(register: "Register", name: str) -> int:
    """The number of the last change of a list, 0 where there was none."""
    with register.store.read() as connection:
        return ownership.mark(connection, _mark(name))


def change(register: "Register", asked: Change, *, by: str, signature: str, now_us: int) -> bool:
    """Make a change, all of it or none; returns whether it was made, False where the last one was the same.

    signature: of the custodian, in hex, checked by the caller; empty where the list has no key.
    Raises InputError for a terminal that is not in the register or stands on both sides, Contradiction for a
    number that is not above that of the last change.
    """
    both = set(asked.add) & set(asked.remove)
    if both:
        raise InputError(f"add: {min(both)!r} is in remove, too")
    added, removed = _numbers(register, asked.add, "add"), _numbers(register, asked.remove, "remove")
    bit = register.names.number("list", asked.name)
    if bit >= 64:
        raise InputError(f"name: list {asked.name!r} is the 65th; at most 64 lists are allowed")
    data: dict[str, Any] = {"list": asked.name, "number": asked.number}
    if signature:
        data["signature"] = signature
    with register.store.begin() as connection:
        sql.take_turn(connection)
        last = ownership.mark(connection, _mark(asked.name))
        if asked.number <= last:
            if asked.number == last and _holds(register, bit, added, removed):
                return False
            raise Contradiction(f"number: {asked.number} given; the last change of {asked.name!r} was {last}")
        for numbers, on in ((added, True), (removed, False)):
            sql.set_list(connection, numbers, bit, on)
            said = data | {"on": on}
            sql.note(connection, now_us, "list", by, ((number, 1, said) for number in numbers.tolist()))
        ownership.set_mark(connection, _mark(asked.name), asked.number)
    register.refresh()
    return True


def _numbers(register: "Register", hardware: Sequence[str], field: str) -> NDArray[np.int64]:
    numbers = register.numbers(hardware)
    for name, number in zip(hardware, numbers.tolist(), strict=True):
        if number < 0:
            raise InputError(f"{field}: {name!r} is not in the register")
    return np.unique(numbers)


def _holds(register: "Register", bit: int, added: NDArray[np.int64], removed: NDArray[np.int64]) -> bool:
    register.refresh()
    on = register.rows["lists"] >> np.uint64(bit) & np.uint64(1) != 0
    return bool(on[added].all() and not on[removed].any())


def _mark(name: str) -> str:
    return f"list {name}"
