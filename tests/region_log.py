"""A log with the story of one invented region, for tests of its time line: licensed, cut, restored."""

import contextlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import serving
from enforced_log import CHARTER, Governed, governed

from openleo.ledger import acts
from openleo.ledger.entries import time_of
from openleo.service.governance.asked import Answer, Request
from openleo.service.governance.entries import Change
from openleo.service.governance.pack import pack, unpack

NORTH = "north <b>shore</b>/1"
"""The name of the region: a person may have chosen any."""
BOX = [[[-30.0, 40.0], [-28.0, 40.0], [-28.0, 42.0], [-30.0, 42.0], [-30.0, 40.0]]]
DAY_S = 86_400


@dataclass
class Story:
    """The log, a server that enforces it, and the indices of the entries of each act."""

    log: Governed
    service: serving.Service
    entries: dict[str, int] = field(default_factory=dict)
    changes: dict[str, Change] = field(default_factory=dict)


def rules(*regions: str) -> tuple[bytes, str]:
    """The pack and the digest of rules with these regions, each over the same box in the sea."""
    text = 'name = "tests"\ngrant_s = 300.0\n[elsewhere]\nlicence = "licensed"\ndecision = "Tests."\n'
    text += '[[plans]]\nname = "home"\n' + CHARTER.format(more="") + "".join(regions)
    with tempfile.TemporaryDirectory() as folder:
        shape = {"type": "Polygon", "coordinates": BOX}
        (Path(folder) / "box.geojson").write_text(json.dumps(shape))
        file = Path(folder) / "tests.rules.toml"
        file.write_text(text)
        raw = pack(file)
    return raw, unpack(raw).digest


def region(name: str, decision: str, said: str) -> str:
    """One region of a rule file."""
    head = f"[[regions]]\nname = {json.dumps(name)}\ndecision = {json.dumps(decision)}\n"
    return f'{head}polygon = "box.geojson"\n{said}\n'


def _put(story: Story, what: str, of: tuple[bytes, str], in_s: float, *names: str, **more: object) -> None:
    log = story.log
    change = log.approved(log.drafted(of, in_s, log.said, **more), *names)  # type: ignore[arg-type]
    story.entries[what] = log.log.published.size
    story.changes[what] = log.put(change)


@contextlib.contextmanager
def told(folder: Path) -> Iterator[Story]:
    """The whole story, at a time when an emergency is in force and a change is still to come."""
    on = region(NORTH, "Licensed by the ministry.", 'licence = "licensed"')
    off = region(NORTH, "Off by court order.", 'licence = "licensed"\nservice = "off"')
    storm = region("storm", "A storm is near.", 'service = "emergency"')
    with governed(folder) as log:
        story = Story(log, serving.Service("", "", ""))
        _put(story, "first", rules(on), 10, "North", "South")
        log.clock.pass_s(20 * DAY_S)
        text = acts.put(log.log, b"Please switch it off.", acts.PLAIN)
        asked = Request(
            log.log.now(), "ab" * 16, "request", "Ministry QP", "the government", "", "", "legal order",
            "public", log.log.now(), "off", (NORTH,), text, -1,
        )  # fmt: skip
        story.entries["request"] = log.log.published.size
        log.append(asked.raw)
        log.clock.pass_s(2 * DAY_S)
        _put(story, "off", rules(off), 3600, "North", "South", request=story.entries["request"])
        story.entries["answer"] = log.log.published.size
        answer = Answer(
            log.log.now(), story.entries["request"], "granted", ("the desk",), "The order was lawful.",
            story.changes["off"].hash,
        )  # fmt: skip
        log.append(answer.raw)
        log.clock.pass_s(10 * DAY_S)
        ends = time_of(log.clock.s + 300 + 20 * 3600)
        _put(story, "storm", rules(off, storm), 300, "North", power="restrict", ends_at=ends)
        log.clock.pass_s(3600)
        _put(story, "again", rules(on), 4 * DAY_S, "North", "South")
        with serving.served(str(folder / "h.db"), clock=log.clock, enforced=log.enforcement()) as service:
            story.service = service
            yield story
