"""What the register says of each sale, and where check-ins saw each terminal: dealers are judged by both."""

import numpy as np

from openleo.service.findings import Records, Seen
from openleo.service.store import ownership, tracing
from openleo.service.terminals import Register


def recorded(register: Register) -> Records:
    """Dealer, country, buyer and time of the sale of each terminal, and the gaps in its chain of owners."""
    count = len(register)
    dealer, country, buyer, owner = (np.full(count, -1, np.int64) for _ in range(4))
    sold_us, gaps = np.zeros(count, np.int64), np.zeros(count, np.int64)
    with register.store.read() as connection:
        for each in ownership.all_transfers(connection):
            at = each.terminal
            if each.kind == "sale":
                dealer[at], country[at], buyer[at] = each.dealer, each.country, each.to_owner
                sold_us[at] = each.time_us
            else:
                gaps[at] += int(each.from_owner != owner[at])
            owner[at] = each.to_owner
    return Records(dealer, country, buyer, sold_us, gaps)


def seen(register: Register) -> Seen:
    """Each country in which each terminal ever checked in, and when it first did.

    It reads all check-ins of the store.
    """
    terminals: list[int] = []
    countries: list[int] = []
    with register.store.read() as connection:
        pairs = tracing.terminals_in_zones(connection)
        zones = {rules: tracing.zones(connection, rules) for rules in {rules for _, rules, _ in pairs}}
    for terminal, rules, zone in pairs:
        country, _, _ = zones[rules].get(zone, ("", "", ""))
        terminals.append(terminal)
        countries.append(register.names.number("country", country))
    first_us = register.store.histories(np.arange(len(register)))["first_us"]
    return Seen.of(first_us, np.array(terminals, np.int64), np.array(countries, np.int64))
