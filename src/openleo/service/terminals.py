"""The register: every terminal as decisions need it, in memory, and each change of it, in the store.

A change is a transaction: what it changes, a line in `changes` and, where owners change, one in `transfers`.
Then `refresh` reads what changed, whoever did it: this process, a command beside it, or another server.
"""

import hashlib
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from openleo.errors import InputError
from openleo.service.entries import (
    Entry,
    checked_country,
    checked_hardware,
    checked_hardware_numbers,
    checked_key,
    checked_name,
)
from openleo.service.names import Naming, StoredNames
from openleo.service.records import TERMINAL, AccountState, Motion, TerminalState, Usage
from openleo.service.store import Store, ownership
from openleo.service.store import register as sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

AT_ONCE: Final = 10_000
"""Entries written at once."""

CODE_DAYS: Final = 30.0

DAY_US: Final = 86_400_000_000

Numbers = Sequence[int] | NDArray[np.int64]


class Register:
    """All terminals. A number is the place of a terminal in the rows, and never changes.

    `names` gives numbers for names. `lock` is held while rows change: hold it while they are decided on.
    """

    def __init__(self, store: Store, names: StoredNames) -> None:
        self.store = store
        self.names = names
        self.lock = threading.RLock()
        self._rows = np.zeros(0, TERMINAL)
        self._keys = np.zeros((0, sql.KEY_BYTES), np.uint8)
        self._hardware: list[str] = []
        self._numbers: dict[str, int] = {}
        self._seen = 0

    @classmethod
    def load(cls, store: Store) -> "Register":
        """Read the register of a store: a million terminals take a second or two."""
        register = cls(store, StoredNames(store))
        with store.read() as connection:
            register._seen = sql.last_change(connection)
            rows, keys, hardware = sql.load(connection)
        register._rows, register._keys, register._hardware = rows, keys, hardware
        register._numbers = dict(zip(hardware, range(len(hardware)), strict=True))
        register.pack()
        return register

    def pack(self) -> None:
        """Keep the register packed in the store, so that the next start is fast."""
        with self.store.read() as connection:
            if sql.is_packed(connection, len(self)):
                return
        with self.store.begin() as connection:
            sql.take_turn(connection)
            if sql.last_change(connection) == self._seen:  # otherwise these rows are old already
                sql.pack(connection, self.rows, self.keys, self._hardware)

    def __len__(self) -> int:
        return len(self._hardware)

    @property
    def rows(self) -> NDArray[np.void]:
        """TERMINAL rows (N,), a view: changes of the register show in it, new terminals in a new one."""
        return self._rows[: len(self._hardware)]

    @property
    def keys(self) -> NDArray[np.uint8]:
        """Ed25519 public keys (N, 32), zeros where there is none."""
        return self._keys[: len(self._hardware)]

    def key(self, number: int) -> bytes | None:
        """The public key of a terminal; None for one that is not enrolled, or revoked, or no terminal."""
        if not 0 <= number < len(self):
            return None
        key = self._keys[number].tobytes()
        return key if any(key) else None

    def number(self, hardware: str) -> int:
        """The number of a hardware number, -1 where it is not in the register."""
        return self._numbers.get(hardware, -1)

    def numbers(self, hardware: Sequence[str]) -> NDArray[np.int64]:
        """The same for many (N,)."""
        known = self._numbers
        return np.array([known.get(each, -1) for each in hardware], np.int64)

    def hardware(self, number: int) -> str:
        """The hardware number of a terminal."""
        return self._hardware[number]

    def find(self, hardware: str) -> int:
        """The number of a hardware number. Raises InputError where it is not in the register."""
        number = self.number(checked_hardware(hardware, "terminal"))
        if number < 0 and self.refresh():
            number = self.number(hardware)
        if number < 0:
            raise InputError(f"terminal: {hardware!r} is not in the register")
        return number

    # ------------------------------------------------------------------ changes

    def refresh(self) -> int:
        """Read what changed in the store since; returns how many changes there were.

        Cheap where nothing did: call it before a batch is decided.
        """
        if self.store.last_change() == self._seen:
            return 0
        with self.lock, self.store.read() as connection:
            changed = sql.changed_since(connection, self._seen)
            if not changed:
                return 0
            self.names.learn(connection)
            touched: list[NDArray[np.int64]] = []
            for change in changed:
                if change.terminal >= 0:
                    touched.append(np.arange(change.terminal, change.terminal + change.many, dtype=np.int64))
                else:  # of an account
                    touched.append(sql.numbers_of_account(connection, -2 - change.terminal))
            self._take(connection, np.unique(np.concatenate(touched)))
            self._seen = changed[-1].number
            return len(changed)

    def _take(self, connection: "Connection", numbers: NDArray[np.int64]) -> None:
        rows, keys, hardware = sql.terminal_rows(connection, numbers)
        if not len(numbers):
            return
        most = int(numbers[-1]) + 1
        if most > len(self._rows):
            more = max(most, len(self._rows) * 9 // 8) - len(self._rows)
            self._rows = np.concatenate([self._rows, np.zeros(more, TERMINAL)])
            self._keys = np.concatenate([self._keys, np.zeros((more, sql.KEY_BYTES), np.uint8)])
        self._rows[numbers], self._keys[numbers] = rows, keys
        for number, name in zip(numbers.tolist(), hardware, strict=True):
            if number == len(self._hardware):  # new ones come in order
                self._numbers[name] = number
                self._hardware.append(name)

    @contextmanager
    def changing(self) -> Iterator["Connection"]:
        with self.store.begin() as connection:
            sql.take_turn(connection)
            yield connection
        self.refresh()

    def checked(self, terminals: Numbers) -> NDArray[np.int64]:
        numbers = np.unique(np.asarray(terminals, np.int64))
        if len(numbers) and numbers[-1] >= len(self):
            self.refresh()
        if len(numbers) and (numbers[0] < 0 or numbers[-1] >= len(self)):
            raise InputError(f"terminal: number {numbers[0]} to {numbers[-1]} given; there are {len(self)}")
        return numbers

    def change(
        self, kind: str, terminals: Numbers, by: str, now_us: int, data: Mapping[str, Any],
        act: "Callable[[Connection, NDArray[np.int64]], None]",
    ) -> None:  # fmt: skip
        numbers = self.checked(terminals)
        checked_name(by, "by")
        with self.changing() as connection:
            act(connection, numbers)
            sql.note(connection, now_us, kind, by, ((first, many, data) for first, many in sql.runs(numbers)))

    def add(self, entries: Iterable[Entry], *, by: str, now_us: int) -> NDArray[np.int64]:
        """Take terminals into the register, all of them or none; returns their numbers (N,).

        Raises InputError where an entry is not as it should be, or its hardware number is there already.
        """
        checked_name(by, "by")
        self.refresh()
        first = added = 0
        entered = iter(entries)
        with self.changing() as connection:
            self._learn(connection)  # nobody adds any before this transaction is over
            first = len(self)
            named = Naming(connection, self.names)
            seen: dict[str, int] = {}
            while some := list(islice(entered, AT_ONCE)):
                checked_hardware_numbers([each.hardware for each in some], self._numbers, "terminal")
                checked_hardware_numbers([each.hardware for each in some], seen, "terminal")
                self._write(connection, named, first + added, some, by, now_us)
                seen.update((each.hardware, 0) for each in some)
                added += len(some)
            if added:
                sql.note(connection, now_us, "added", by, [(first, added, {})])
        self.pack()
        return np.arange(first, first + added)

    def _write(
        self, connection: "Connection", named: Naming, first: int, entries: list[Entry], by: str, now_us: int
    ) -> None:
        rows, sales, accounts = [], [], set()
        for number, entry in enumerate(entries, first):
            entry.check(f"terminal {entry.hardware!r}" if isinstance(entry.hardware, str) else "terminal")
            lists = 0
            for name in entry.lists:
                lists |= 1 << self._bit(named("list", name), name)
            account, dealer, owner = (
                named("account", entry.account), named("dealer", entry.dealer), named("owner", entry.owner)
            )  # fmt: skip
            sold = named("country", entry.sold)
            rows.append(
                (
                    number, entry.hardware, entry.key,
                    _or_none(entry.home_lat_deg), _or_none(entry.home_lon_deg),
                    _signed(lists), float(entry.quota_used_mb), account, dealer, owner, sold,
                    named("country", entry.home), named("plan", entry.plan), named("use", entry.use),
                    int(entry.state), int(entry.motion), int(entry.usage), entry.declared_by,
                    entry.sold_us, now_us,
                )
            )  # fmt: skip
            if account >= 0:
                accounts.add(account)
            if dealer >= 0 or owner >= 0 or sold >= 0 or entry.sold_us:
                sales.append((number, entry.sold_us, now_us, "sale", -1, owner, dealer, sold, by, ""))
        named.keep()
        sql.put_rows(connection, sql.TERMINALS, _COLUMNS, rows)
        sql.new_accounts(connection, accounts)
        ownership.put_transfers(connection, sales)
        sql.new_histories(connection, first, len(entries))

    @staticmethod
    def _bit(number: int, name: str) -> int:
        if number >= 64:
            raise InputError(f"list {name!r}: the 65th; at most 64 lists are allowed")
        return number

    def codes(self, terminals: Numbers, *, by: str, now_us: int, days: float = CODE_DAYS) -> list[str]:
        """One-time codes with which terminals (N,) enrol a key; they are shown once, only hashes are kept.

        Codes of these terminals that nobody used are void.
        """
        numbers = self.checked(terminals)
        made = [_code() for _ in numbers]
        ends_us = now_us + round(days * DAY_US)

        def act(connection: "Connection", _: NDArray[np.int64]) -> None:
            ownership.put_code(
                connection, [_hashed(code) for code in made], numbers.tolist(), now_us, ends_us
            )

        self.change("code", numbers, by, now_us, {"ends_us": ends_us}, act)
        return made

    def enrol(self, code: str, key: bytes, *, hardware: str | None = None, now_us: int) -> int:
        """Enrol a key by a one-time code; returns the number of the terminal.

        hardware: as the terminal says, if it does; the code must be its own.
        Raises InputError where the code is not known, used, too old or another terminal's, or no key;
        the code is then as it was.
        """
        checked_key(key, "key")
        with self.changing() as connection:
            number = ownership.use_code(connection, _hashed(code), now_us)
            self._learn(connection)
            if number < 0 or (hardware is not None and self.number(hardware) != number):
                raise InputError("code: not known, used, too old, or of another terminal; ask for a new one")
            sql.set_terminals(connection, np.array([number]), {"key": key})
            sql.note(connection, now_us, "enrolled", "terminal", [(number, 1, {"key": _mark(key)})])
        return number

    def _learn(self, connection: "Connection") -> None:
        """Read terminals that came since, within a transaction."""
        many = sql.count(connection)
        if many > len(self):
            with self.lock:
                self._take(connection, np.arange(len(self), many))

    def revoke(self, terminals: Numbers, *, by: str, now_us: int, why: str = "") -> None:
        """Make the keys and unused codes of terminals void, at once; they need a new code to come back."""

        def act(connection: "Connection", numbers: NDArray[np.int64]) -> None:
            sql.set_terminals(connection, numbers, {"key": None})
            ownership.drop_codes(connection, numbers.tolist())

        self.change("revoked", terminals, by, now_us, {"why": why}, act)

    def set_state(
        self, terminals: Numbers, state: TerminalState, *, by: str, now_us: int, why: str = ""
    ) -> None:
        """Say that terminals are active, suspended, lost, stolen, found or retired."""

        def act(connection: "Connection", numbers: NDArray[np.int64]) -> None:
            sql.set_terminals(connection, numbers, {"state": int(state)})

        self.change("state", terminals, by, now_us, {"state": state.name.lower(), "why": why}, act)

    def set_list(self, name: str, terminals: Numbers, on: bool, *, by: str, now_us: int) -> None:
        """Put terminals on a list, or take them off. Raises InputError beyond 64 lists."""
        bit = self._bit(self.names.number("list", checked_name(name, "list")), name)

        def act(connection: "Connection", numbers: NDArray[np.int64]) -> None:
            sql.set_list(connection, numbers, bit, on)

        self.change("list", terminals, by, now_us, {"list": name, "on": on}, act)

    def set_plan(self, terminals: Numbers, plan: str, *, by: str, now_us: int) -> None:
        """Give terminals a plan, "" for none."""
        self._set_named("plan", "plan", terminals, checked_name(plan, "plan", empty=True), by, now_us)

    def set_account(self, terminals: Numbers, account: str, *, by: str, now_us: int) -> None:
        """Give terminals to an account, "" for none; a new one is active."""
        self._set_named(
            "account", "account", terminals, checked_name(account, "account", empty=True), by, now_us
        )

    def _set_named(self, column: str, kind: str, terminals: Numbers, name: str, by: str, now_us: int) -> None:
        number = self.names.number(kind, name)

        def act(connection: "Connection", numbers: NDArray[np.int64]) -> None:
            sql.set_terminals(connection, numbers, {column: number})
            if column == "account" and number >= 0:
                sql.new_accounts(connection, {number})

        self.change(column, terminals, by, now_us, {column: name}, act)

    def set_home(
        self, terminals: Numbers, country: str, lat_deg: float, lon_deg: float, *, by: str, now_us: int
    ) -> None:
        """Set the service address of terminals: country code and position in degrees, NaN for none."""
        Entry(hardware="x", home=country, home_lat_deg=lat_deg, home_lon_deg=lon_deg).check("service address")
        number = self.names.number("country", country)

        def act(connection: "Connection", numbers: NDArray[np.int64]) -> None:
            values = {"home": number, "home_lat_deg": _or_none(lat_deg), "home_lon_deg": _or_none(lon_deg)}
            sql.set_terminals(connection, numbers, values)

        self.change("home", terminals, by, now_us, {"country": country}, act)

    def declare(
        self, terminals: Numbers, *, motion: Motion | None = None, usage: Usage | None = None,
        use: str | None = None, by: str, now_us: int,
    ) -> None:  # fmt: skip
        """Declare motion class, usage class and use of terminals, as far as given; `by` declares it."""
        values: dict[str, Any] = {"declared_by": by}
        said: dict[str, Any] = {}
        if motion is not None:
            values["motion"], said["motion"] = int(motion), motion.name.lower()
        if usage is not None:
            values["usage"], said["usage"] = int(usage), usage.name.lower()
        if use is not None:
            values["use"] = self.names.number("use", checked_name(use, "use", empty=True))
            said["use"] = use

        def act(connection: "Connection", numbers: NDArray[np.int64]) -> None:
            sql.set_terminals(connection, numbers, values)

        self.change("declared", terminals, by, now_us, said, act)

    def use_quota(self, terminals: Numbers, used_mb: float, *, by: str, now_us: int) -> None:
        """Set what terminals have used of their month's quota, in megabytes."""

        def act(connection: "Connection", numbers: NDArray[np.int64]) -> None:
            sql.set_terminals(connection, numbers, {"quota_used_mb": float(used_mb)})

        self.change("quota", terminals, by, now_us, {"used_mb": float(used_mb)}, act)

    def set_account_state(
        self, account: str, state: AccountState, *, by: str, now_us: int, why: str = ""
    ) -> None:
        """Say that an account is active, unpaid or suspended: it holds for all of its terminals at once."""
        number = self.names.number("account", checked_name(account, "account"))
        checked_name(by, "by")
        with self.changing() as connection:
            sql.set_account(connection, number, state)
            said = {"account": account, "state": state.name.lower(), "why": why}
            sql.note(connection, now_us, "account", by, [(-2 - number, 1, said)])

    def transfer(
        self, terminal: int, to_owner: str, *, by: str, now_us: int, dealer: str = "", country: str = "",
        account: str | None = None, time_us: int | None = None, note: str = "", from_owner: str | None = None,
    ) -> None:  # fmt: skip
        """Record that a terminal has another owner; what was recorded before stays.

        from_owner: who owns it until then ("" for nobody); InputError is raised where it is somebody else.
        account: the new owner's, if that changes too. time_us: when it happened, now unless given. dealer,
        country: who sold it on and where, if anybody did.
        """
        (number,) = self.checked([terminal]).tolist()
        owner = self.names.number("owner", checked_name(to_owner, "owner"))
        seller = self.names.number("dealer", checked_name(dealer, "dealer", empty=True))
        land = self.names.number("country", checked_country(country, "country"))
        theirs = None if account is None else self.names.number("account", checked_name(account, "account"))

        def act(connection: "Connection", numbers: NDArray[np.int64]) -> None:
            before = sql.column(connection, "owner", number)
            if from_owner is not None and self.names.name("owner", before) != from_owner:
                raise InputError(f"from: {from_owner!r} given; the terminal is not theirs")
            values = {"owner": owner} | ({} if theirs is None else {"account": theirs})
            sql.set_terminals(connection, numbers, values)
            if theirs is not None:
                sql.new_accounts(connection, {theirs})
            when = now_us if time_us is None else time_us
            row = (
                number,
                when,
                now_us,
                "transfer",
                before,
                owner,
                seller,
                land,
                by,
                checked_name(note, "note", empty=True),
            )
            ownership.put_transfers(connection, [row])

        self.change("transferred", [number], by, now_us, {"to": to_owner}, act)

    def replace(self, old: int, new: int, *, by: str, now_us: int, why: str = "") -> None:
        """Let terminal `new` take the place of `old`: account, plan, lists, address, payer and declared use.

        The old one is retired, and its key void.
        """
        self.checked([old, new])
        if old == new:
            raise InputError("terminal: it cannot replace itself")
        checked_name(by, "by")
        with self.changing() as connection:
            before = sql.column(connection, "owner", new)
            sql.copy_place(connection, old, new)
            owner = sql.column(connection, "owner", new)
            ownership.put_transfers(
                connection,
                [(new, now_us, now_us, "replacement", before, owner, -1, -1, by, self.hardware(old))],
            )
            gone = np.array([old])
            sql.set_terminals(connection, gone, {"key": None, "state": int(TerminalState.RETIRED)})
            ownership.drop_codes(connection, [old])
            ownership.move_sponsorships(connection, old, new, now_us, by)
            said = {"old": self.hardware(old), "new": self.hardware(new), "why": why}
            sql.note(connection, now_us, "replaced", by, [(old, 1, said), (new, 1, said)])


_COLUMNS: Final = (
    "number", "hardware", "key", "home_lat_deg", "home_lon_deg", "lists", "quota_used_mb", "account",
    "dealer",
    "owner", "sold", "home", "plan", "use", "state", "motion", "usage", "declared_by", "sold_us", "added_us",
)  # fmt: skip


def _code() -> str:
    """100 random bits, in groups that can be read aloud: no 0, 1, I, O."""
    letters = "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(20))
    return "-".join(letters[i : i + 5] for i in range(0, 20, 5))


def _hashed(code: str) -> bytes:
    plain = "".join(code.upper().split()).replace("-", "")
    return hashlib.sha256(b"openleo code 1 " + plain.encode()).digest()


def _mark(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()[:16]


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _signed(bits: int) -> int:
    return bits - (1 << 64) if bits >> 63 else bits
