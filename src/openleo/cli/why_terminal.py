"""`openleo why --terminal`: what a terminal was decided last, why, and by which entry of the log."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from openleo.cli.command import plain_table, print_json, show
from openleo.cli.governed import account_at
from openleo.errors import InputError

if TYPE_CHECKING:
    from openleo.ledger.policy import Policy
    from openleo.service.governance.decided import Decided


def last_decision(
    hardware: str, store: str, ledger: str | None, policy: "Policy | None", *, json_: bool
) -> None:
    """Show the last decision about a terminal, as the store has it, and the entry of the log behind it.

    ledger: the log to read; without it, the server's own copy beside an SQLite store, where there is one.
    Raises InputError where the register has no such terminal, and what reading the log does.
    """
    from openleo.ledger.entries import time_of
    from openleo.service.reasons import WORDING, Reason
    from openleo.service.records import Outcome

    row, digest, regions = _stored(hardware, store)
    copy = Path(f"{store.removeprefix('sqlite:///')}.ledger", "log")
    place = ledger or (str(copy) if copy.is_dir() else "")
    stands = None
    if row is not None and place and digest:
        stands = _stands(place, policy, digest, row, quiet=json_)
    said: dict[str, Any] = {"terminal": hardware, "decision": None, "log": None}
    if row is not None:
        reason = Reason(int(row["reason"]))
        said["decision"] = {
            "time": time_of(int(row["received_us"]) / 1e6),
            "outcome": Outcome(int(row["outcome"])).name.lower(),
            "reason": reason.name.lower(),
            "region": regions,
            "rules": digest,
        }
        said["log"] = stands.value() if stands is not None else None
    if json_:
        print_json(said)
        return
    if row is None:
        show(f"{hardware}: nothing was decided about it yet.")
        return
    if stands is not None:
        rows = stands.rows()
    else:
        none = "No log beside this store: these rules were read from a file, or --ledger says where it is."
        rows = [("log", f"{place}: no entry brought these rules by then." if place else none)]
    decision = said["decision"]
    show(
        f"{hardware}: {decision['outcome']}. {WORDING[reason].en}\n",
        plain_table(
            ("decided", decision["time"]),
            ("region", regions or "elsewhere"),
            ("rules", digest or "none"),
            *rows,
        ),
    )


def _stored(hardware: str, store: str) -> tuple[Any, str, str]:
    """The row of the last check-in of a terminal, None for none; the digest of its rules; their regions."""
    import numpy as np

    from openleo.service.store import Store
    from openleo.service.store.enforced import digest_of
    from openleo.service.store.stored import chain, zone_regions
    from openleo.service.terminals import Register

    opened = Store.open(store, create=False)
    try:
        number = Register.load(opened).number(hardware)
        if number < 0:
            raise InputError(f"--terminal: {hardware[:80]!r}: it is not in the register of {store}")
        last = int(opened.histories(np.array([number], np.int64))[0]["checkin"])
        rows = chain(opened, last, 1)
        if not len(rows):
            return None, "", ""
        rules = int(rows[0]["rules"])
        regions = zone_regions(opened, rules).get(int(rows[0]["zone"]), "")
        return rows[0], digest_of(opened, rules) or "", regions
    finally:
        opened.close()


def _stands(place: str, policy: "Policy | None", digest: str, row: Any, *, quiet: bool) -> "Decided | None":
    """The entry by which a rule set held when a check-in, of CHECKIN_FIELDS, was decided."""
    from openleo.service.governance.decided import decided

    account = account_at(place, policy, quiet=quiet)
    size = int(row["checkpoint"]) if row["checkpoint"] >= 0 else None
    return decided(account.record, digest, int(row["received_us"]) / 1e6, size=size, read_at=place)
