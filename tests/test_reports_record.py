"""What a real log says of claims: each row of the table of `record`, with the entries it names."""

import json
import math
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from enforced_log import BEGIN_S, CHARTER, Governed, governed

from openleo.ledger.entries import time_of
from openleo.service.governance.asked import Answer, Contract, Request
from openleo.service.governance.pack import pack, unpack
from openleo.service.governance.regional import Ground
from openleo.service.reports.claims import Act, ClaimKind
from openleo.service.reports.comparison import Held
from openleo.service.reports.document import Interval
from openleo.service.reports.record import SENTENCES, Recorded
from openleo.service.reports.standing import LIMITED, OFF, ON, standing

DAY_S = 86_400
BEGIN = datetime.fromtimestamp(BEGIN_S, UTC).date()
NONE = (
    "No entry in this log. Talks outside it leave no trace here: this neither confirms nor refutes the "
    "report."
)
PLACES = {
    "strait": 0, "bay": 4, "lane": 8, "cape": 12, "isle": 16, "sound": 20, "part of the sound": 21,
    "reef": 24, "part of the reef": 25,
}  # fmt: skip
LICENSED = 'licence = "licensed"'


def region(name: str, says: str) -> str:
    """One region of a rule file, in a box of its own in the sea but for the part of the sound."""
    head = f'[[regions]]\nname = {json.dumps(name)}\ndecision = "By the test."\n'
    return f'{head}polygon = "{name.replace(" ", "-")}.geojson"\n{says}\n'


def rules(**says: str) -> tuple[bytes, str]:
    """The pack and the digest of rules with these regions; elsewhere is licensed, and served."""
    text = 'name = "tests"\ngrant_s = 300.0\n[elsewhere]\nlicence = "licensed"\ndecision = "Tests."\n'
    text += '[[plans]]\nname = "home"\n' + CHARTER.format(more="")
    text += "".join(region(name.replace("_", " "), each) for name, each in says.items())
    with tempfile.TemporaryDirectory() as folder:
        for name, west in PLACES.items():
            west = -40 + west
            box = [[west, 40], [west + 2, 40], [west + 2, 42], [west, 42], [west, 40]]
            shape = {"type": "Polygon", "coordinates": [box]}
            (Path(folder) / f"{name.replace(' ', '-')}.geojson").write_text(json.dumps(shape))
        file = Path(folder) / "tests.rules.toml"
        file.write_text(text)
        raw = pack(file)
    return raw, unpack(raw).digest


@dataclass
class Story:
    """A log, and the indices of the entries of each act."""

    log: Governed
    at: dict[str, int] = field(default_factory=dict)

    def change(self, what: str, of: tuple[bytes, str], **more: Any) -> None:
        """Rules that are in force an hour from now."""
        change = self.log.drafted(of, 3600, self.log.said, **more)
        self.at[what] = self.log.log.published.size
        self.log.put(self.log.approved(change, "North", "South"))

    def append(self, what: str, act: Any) -> None:
        self.at[what] = self.log.log.published.size
        self.log.append(act.raw)

    def request(self, what: str, asks: str, *regions: str, kind: str = "request") -> None:
        """Somebody asks now."""
        digits = f"{len(self.at):032x}"
        now = self.log.log.now()
        how = "contact" if kind == "contact" else "request"
        self.append(what, Request(
            now, digits, kind, "Ministry QP", "", "", "", how, "private", now, asks, regions, None, -1,  # type: ignore[arg-type]
        ))  # fmt: skip


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Sixty days: first rules; on day 20 others; on day 40 the strait is on again; asked on day 18."""
    always: dict[str, str] = {
        "bay": f'{LICENSED}\nservice = "off"', "cape": f'{LICENSED}\nservice = "on"\nsales = "available"',
        "sound": LICENSED, "reef": LICENSED,
    }  # fmt: skip
    with governed(tmp_path_factory.mktemp("log")) as log:
        told = Story(log)
        told.change("first", rules(strait=LICENSED, lane=LICENSED, **always))
        log.clock.pass_s(18 * DAY_S)
        told.request("asked", "off", "strait", "bay")
        told.request("contact", "none", "bay", kind="contact")
        told.request("nowhere", "off")
        told.append(
            "answer", Answer(log.log.now(), told.at["asked"], "granted", ("the desk",), "Lawful.", "")
        )
        told.append("contract", Contract(
            log.log.now(), "sponsor", ("Agency Q",), "Who pays for the lane.", time_of(log.clock.s),
            time_of(log.clock.s + 10 * DAY_S), ("lane",), None, -1,
        ))  # fmt: skip
        log.clock.pass_s(2 * DAY_S)
        off = f'{LICENSED}\nservice = "off"'
        slow = f"{LICENSED}\nmax_speed_kmh = 20.0"
        parts = {"part_of_the_sound": off, "part_of_the_reef": slow}
        told.change("second", rules(strait=off, lane=slow, isle=off, **always, **parts))
        log.clock.pass_s(20 * DAY_S)
        third = {**always, **parts, "sound": off}
        told.change("third", rules(strait=LICENSED, lane=slow, isle=off, **third))
        log.clock.pass_s(20 * DAY_S)
        yield told


@pytest.fixture(scope="module")
def recorded(story: Story) -> Recorded:
    return Recorded(story.log.said, story.log.clock.seconds())


def days(first: int | None, last: int | None) -> Interval:
    """From one day of the log to another."""
    begins, ends = (None if each is None else BEGIN + timedelta(days=each) for each in (first, last))
    return Interval(begins, ends)


WITHIN = (1, 59)  # the log knows all of these days
ROWS: list[tuple[ClaimKind, Act, str, tuple[int | None, int | None], str, tuple[str, ...]]] = [
    ("asked", "off", "strait", (17, 19), "fits", ("asked",)),
    ("asked", "kept off", "bay", (18, 18), "fits", ("asked",)),
    ("asked", "never on", "bay", (None, None), "fits", ("asked",)),
    ("asked", "on", "strait", (17, 19), "none", ()),
    ("asked", "limited", "strait", (17, 19), "none", ()),
    ("asked", "other", "strait", (17, 19), "none", ()),
    ("asked", "off", "strait", (19, 25), "none", ()),
    ("asked", "off", "strait", (10, 17), "none", ()),
    ("asked", "off", "lane", (17, 19), "none", ()),  # one that names no region is about no region
    ("contact", "other", "bay", (18, 18), "fits", ("asked", "contact")),
    ("contact", "other", "strait", (18, 18), "fits", ("asked",)),
    ("contact", "other", "cape", (18, 18), "none", ()),
    ("paid", "other", "lane", (25, 60), "fits", ("contract",)),
    ("paid", "other", "lane", (29, 60), "none", ()),
    ("paid", "other", "lane", (None, 17), "none", ()),
    ("paid", "other", "strait", (None, None), "none", ()),
    ("decided", "off", "strait", (20, 20), "fits", ("second",)),
    ("decided", "off", "strait", (None, None), "fits", ("second",)),
    ("decided", "off", "strait", (2, 19), "otherwise", ("first",)),
    ("decided", "off", "strait", (22, 30), "otherwise", ("second",)),  # it was off before
    ("decided", "off", "strait", (41, 59), "otherwise", ("third",)),
    ("decided", "off", "strait", (35, 45), "none", ()),  # off at first, and switched on: neither
    ("decided", "off", "strait", (-30, 10), "none", ()),  # the log begins within: who knows what was before
    ("decided", "off", "cape", WITHIN, "otherwise", ("first",)),
    ("decided", "off", "cape", (None, 40), "none", ()),
    ("decided", "off", "isle", (19, 21), "fits", ("second",)),  # that rules did not name before
    ("decided", "off", "sound", (19, 21), "fits", ("second",)),  # a part of it
    ("decided", "off", "sound", (30, 35), "none", ()),  # a part of it may be off: nothing is ruled out
    ("decided", "off", "sound", (5, 10), "otherwise", ("first",)),
    ("decided", "off", "sound", (39, 41), "fits", ("third",)),  # all of it
    ("decided", "limited", "reef", (25, 26), "fits", ("second",)),  # a part of it
    ("decided", "limited", "reef", (5, 10), "otherwise", ("first",)),
    ("decided", "on", "strait", (39, 41), "fits", ("third",)),
    ("decided", "on", "strait", (22, 38), "otherwise", ("second",)),
    ("decided", "on", "strait", (41, 50), "otherwise", ("third",)),  # it was on before
    ("decided", "on", "bay", WITHIN, "otherwise", ("first",)),
    ("decided", "on", "bay", (0, 5), "none", ()),
    ("decided", "kept off", "bay", (30, 31), "fits", ("first",)),
    ("decided", "kept off", "strait", (10, 25), "fits", ("second",)),
    ("decided", "kept off", "strait", (42, 50), "otherwise", ("third",)),
    ("decided", "never on", "bay", (30, 31), "fits", ("first",)),
    ("decided", "never on", "bay", (None, None), "fits", ("first",)),
    ("decided", "never on", "strait", (30, 31), "otherwise", ("first",)),
    ("decided", "never on", "strait", (-20, -10), "none", ()),  # before the log
    ("decided", "limited", "lane", (25, 26), "fits", ("second",)),
    ("decided", "limited", "lane", (15, 21), "fits", ("second",)),
    ("decided", "limited", "lane", (5, 10), "otherwise", ("first",)),
    ("decided", "limited", "bay", WITHIN, "otherwise", ("first",)),
    ("decided", "limited", "lane", (-5, 10), "none", ()),
    ("decided", "other", "strait", (None, None), "none", ()),
    ("used", "on", "strait", (25, 45), "fits", ("third",)),
    ("used", "on", "strait", (22, 38), "otherwise", ("second",)),
    ("used", "off", "strait", (25, 26), "fits", ("second",)),
    ("used", "off", "cape", WITHIN, "otherwise", ("first",)),
    ("used", "limited", "lane", (25, 26), "fits", ("second",)),
    ("sold", "on", "cape", (25, 26), "fits", ("first",)),
    ("sold", "off", "cape", (25, 26), "otherwise", ("first",)),
    ("sold", "off", "bay", (25, 26), "none", ()),  # rules say nothing of sales there
    ("decided", "off", "the harbour", (None, None), "none", ()),  # no region of the log
    ("decided", "off", "", (None, None), "none", ()),
    ("decided", "off", "strait", (70, 80), "none", ()),  # to come
]  # fmt: skip


@pytest.mark.parametrize(("kind", "act", "where", "when", "verdict", "entries"), ROWS)
def test_each_row_of_the_table(
    recorded: Recorded, story: Story, kind: ClaimKind, act: Act, where: str, when: tuple[int, int],
    verdict: str, entries: tuple[str, ...],
) -> None:  # fmt: skip
    found = recorded.says(kind, act, where, days(*when))
    assert (found.verdict, [each.index for each in found.entries]) == (
        verdict, [story.at[each] for each in entries]
    )  # fmt: skip


def test_no_entry_is_told_in_exactly_these_words(recorded: Recorded) -> None:
    found = recorded.says("asked", "off", "the open sea", days(None, None))
    assert found == Held("none", NONE, ())


def test_what_fits_and_what_does_not_is_told_with_its_entry(recorded: Recorded, story: Story) -> None:
    fits = recorded.says("decided", "off", "Strait", days(19, 21))
    assert fits.sentence == "An entry fits"
    (entry,) = fits.entries
    assert entry.at == time_of(BEGIN_S + 20 * DAY_S + 3600)
    day = datetime.fromtimestamp(BEGIN_S + 20 * DAY_S + 3600, UTC)
    assert entry.said.startswith(f"Entry {story.at['second']}: from {day:%Y-%m-%d %H:%M} UTC until ")
    assert "the rules say of strait: licensed; service off. By decision: By the test." in entry.said
    assert not any(key in entry.said for key in ("geojson", "_", '"', "Z "))
    against = recorded.says("used", "on", "strait", days(22, 38))
    assert against.sentence == "An entry says otherwise"
    asked = recorded.says("asked", "off", "strait", days(17, 19)).entries[0]
    assert asked.said.startswith(f"Entry {story.at['asked']}: Ministry QP asked at ")
    assert f"Answer (entry {story.at['answer']}" in asked.said


def test_the_same_in_french(story: Story) -> None:
    french = Recorded(story.log.said, story.log.clock.seconds(), "fr")
    found = french.says("decided", "off", "strait", days(19, 21))
    assert found.sentence == "Une entrée concorde"
    (entry,) = found.entries
    assert entry.said.startswith(f"Entrée {story.at['second']} : du ")
    assert "les règles disent de strait : licence accordée ; service coupé. Par décision : " in entry.said
    assert french.says("asked", "on", "strait", days(0, 1)).sentence == SENTENCES["none"][1]


def test_a_region_stands_off_limited_or_on_from_when_until_when(story: Story) -> None:
    record, now_s = story.log.said, story.log.clock.seconds()
    strait, lane, sound = (standing(Ground(record, name), now_s) for name in ("strait", "lane", "sound"))
    assert [set(each.levels) for each in strait] == [{ON}, {OFF}, {ON}]
    assert all(each.sure for each in strait)
    assert [each.levels for each in lane] == [{ON}, {LIMITED}]
    assert [each.levels for each in sound] == [{ON}, {ON, OFF}, {OFF}]
    assert [each.until_s for each in strait[:-1]] == [each.from_s for each in strait[1:]]
    assert strait[-1].until_s == math.inf
    first = [each.from_s for each in standing(Ground(record, "strait"), BEGIN_S + 10 * DAY_S)]
    assert first == [BEGIN_S + 3600]  # nothing of what is to come
