"""Approving a change in a browser: what the page shows, what it refuses, and that its signature counts."""

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import serving
from browsing import CHROMIUM, Browser, browser
from click.testing import CliRunner
from enforced_log import KEYS, Governed, governed, rules

from openleo.cli import openleo
from openleo.http.keys import Secrets, make_token
from openleo.ledger.entries import time_of
from openleo.service.governance import publishing
from openleo.service.governance.approvals import approve, signed
from openleo.service.governance.draft import ApproverKey, Draft
from openleo.service.governance.entries import Stage, Touches
from openleo.service.governance.pack import contents

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed here")]

ODD = (
    "<b>Été</b> \U0001f6f0 \"quoted\\\" 'é' \ufb33\u007e \ue000\U0001d306 line\ntwo, & "
    "<script>alert(1)</script>"
)
"""A reason as nobody would give it: signs that JSON escapes, that HTML means, and beyond U+FFFF."""


@dataclass
class Desk:
    """A log with rules in force, a draft for it in a file, and a browser whose clock is the log's."""

    log: Governed
    browser: Browser
    folder: Path

    def draft(self, **more: Any) -> Draft:
        """A draft in stages, with odd words and fractions; nobody has signed it."""
        at = [time_of(self.log.clock.s + seconds) for seconds in (600, 1200, 1800)]
        stages = (Stage(0.1, (), at[0]), Stage(1 / 3, (), at[1]), Stage(1, (), at[2]))
        change = self.log.drafted(
            rules("FR"),
            600,
            self.log.said,
            stages=stages,
            touches=Touches(3000, 7, 12, 1e-7, 2000, 0, 41, at[0]),
        )
        change = replace(change, reason=ODD, basis="Loi n° 1", **more)
        sealed = (self.log.public / "object" / change.rules.object).read_bytes()
        return Draft(change, sealed, rules()[0])

    def file(self, made: Draft) -> Path:
        """Its file."""
        path = self.folder / "change.json"
        made.write(path)
        return path

    def key(self, name: str, seed: bytes = b"") -> Path:
        """The key file of an approver."""
        path = self.folder / f"{name}.key"
        if not path.exists():
            ApproverKey(name, seed or KEYS[name]).write(path)
        return path

    def page(self) -> None:
        """Open the page from the disk, as the command writes it."""
        path = self.folder / "approve.html"
        done = CliRunner().invoke(openleo, ["rules", "approve", "--page", str(path)])
        assert done.exit_code == 0, done.output
        self.browser.open(path.as_uri())

    def show(self, path: Path) -> None:
        """Give the page a draft, and wait until it is shown."""
        self.browser.choose("#file", path)
        self.browser.until("document.querySelector('#shown').checkVisibility()")

    def refused(self, path: Path) -> str:
        """What the page says of a draft that it refuses."""
        self.browser.choose("#file", path)
        said = self.browser.until("document.querySelector('#draft-wrong').textContent")
        assert self.browser.text("#shown") == self.browser.text("#signing") == ""
        return str(said)

    def prepare(self, key: Path) -> None:
        """Give the page a key."""
        self.browser.choose("#key", key)
        self.browser.until("document.querySelector('#key-good').checkVisibility()")

    def sign(self) -> None:
        """Go all the way to a signature."""
        self.browser.click("#show")
        self.browser.until("document.querySelector('#ask').checkVisibility()")
        self.browser.click("#sign")
        self.browser.until("document.querySelector('#done').checkVisibility()")

    def not_signed(self) -> str:
        """Why the page does not sign."""
        self.browser.click("#show")
        said = self.browser.until("document.querySelector('#sign-wrong').textContent")
        assert self.browser.text("#ask") == ""
        return str(said)

    def saved(self) -> Path:
        """The draft as the page gives it."""
        self.browser.click("#save")
        return self.browser.downloaded(self.folder, "change.signed.json")

    @property
    def asked_for(self) -> list[str]:
        """All that the browser asked anybody for."""
        return [
            each["params"]["request"]["url"]
            for each in self.browser.seen
            if each.get("method") == "Network.requestWillBeSent"
        ]

    @property
    def complaints(self) -> list[Any]:
        """What the browser kept the page from, and errors of its script."""
        names = ("Log.entryAdded", "Runtime.exceptionThrown", "Page.javascriptDialogOpening")
        found = [each for each in self.browser.seen if each.get("method") in names]
        return [each for each in found if each["params"].get("entry", {}).get("level") != "verbose"]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture
def desk(tmp_path: Path, chromium: Browser) -> Iterator[Desk]:
    with governed(tmp_path) as log:
        log.publish(in_s=10)
        log.clock.pass_s(10)
        chromium.begin(tmp_path, log.clock.s)
        yield Desk(log, chromium, tmp_path)


def test_an_approval_made_in_the_page_without_a_network_counts_and_is_published(desk: Desk) -> None:
    made = desk.draft()
    made = made.approved(approve(made.change, KEYS["South"], "South", time=time_of(desk.log.clock.s)))
    desk.page()
    file = desk.file(made)
    value = json.loads(file.read_bytes())
    value["change"] = dict(reversed(value["change"].items()))  # the order of members says nothing
    file.write_text(json.dumps(value))
    desk.show(file)
    shown = desk.browser.text("#shown")
    assert made.change.hash in desk.browser.text("#facts")
    assert desk.browser.run("document.querySelector('#shown b, #shown script')") is None
    for words in (
        *ODD.split("\n"),
        "Loi n° 1",
        "Gbit/s",
        "33.3333",
        "know: 41",
        "South approved",
        "log.example/rules",
    ):
        assert words in shown
    assert '+ name = "off FR"' in desk.browser.text("#lines")
    assert all(each in shown for each in made.change.differs)
    desk.prepare(desk.key("North"))
    desk.sign()
    page = desk.browser.run("document.documentElement.outerHTML")
    fields = desk.browser.run(
        "[...document.querySelectorAll('input, textarea')].map((each) => each.value).join()"
    )
    assert KEYS["North"].hex() not in page + fields + desk.browser.run("location.href")
    file = desk.saved()
    taken = Draft.read(file)
    assert [each.name for each in taken.change.approvals] == ["South", "North"]
    assert (taken.change.hash, taken.sealed, taken.base) == (made.change.hash, made.sealed, made.base)
    looked_at = signed(taken.change, contents(made.base)[0], desk.log.clock.s)
    assert [each.why_not for each in looked_at] == ["", ""]
    assert list(json.loads(file.read_bytes())) == list(json.loads(desk.file(made).read_bytes()))
    assert {each.partition(":")[0] for each in desk.asked_for} <= {"file", "blob"}
    assert desk.complaints == []
    assert desk.browser.run("localStorage.length + sessionStorage.length + document.cookie.length") == 0
    publishing.publish(desk.log.log, taken, desk.log.said, desk.log.clock.s)
    assert desk.log.said.change(made.change.hash).refused == ""


def test_a_draft_that_does_not_fit_is_refused_and_nothing_of_it_is_shown(desk: Desk) -> None:
    made = desk.draft()
    good = desk.file(made).read_bytes()
    text = json.loads(good)
    desk.page()
    desk.show(desk.folder / "change.json")
    at = len(made.sealed) // 2
    flipped = made.sealed[:at] + bytes([made.sealed[at] ^ 1]) + made.sealed[at + 1 :]
    desk.file(replace(made, sealed=flipped))
    assert "These are not the rules of this change" in desk.refused(desk.folder / "change.json")
    for path, value in (
        ("change.rules", {}), ("change.version", 2), ("change.kind", "constructor"), ("change.more", 1),
        ("change.request", 2**60), ("change.reason", "\ud800"), ("change.stages", [{}]), ("base", "e30="),
        ("rules", text["base"]), ("rules", text["rules"] + "="), ("base", ""), ("openleo", "rules"),
        ("version", "1"), ("more", 1),
    ):  # fmt: skip
        changed = json.loads(good)
        *within, name = path.split(".")
        (changed[within[0]] if within else changed)[name] = value
        wrong = desk.folder / "wrong.json"
        wrong.write_text(json.dumps(changed))
        assert desk.refused(wrong), path
        desk.show(desk.file(made))
    assert desk.complaints == []


def test_the_page_signs_nothing_that_would_not_count(desk: Desk) -> None:
    made = desk.draft(requester="EAST")
    made = made.approved(
        approve(made.change, KEYS["South"], "South", "recuse", time=time_of(desk.log.clock.s))
    )
    desk.page()
    desk.show(desk.file(made))
    assert "Choose your key file" in desk.not_signed()
    desk.prepare(desk.key("South"))
    assert "has signed this draft already (recuse)" in desk.not_signed()
    desk.prepare(desk.key("Stranger", b"Stranger".ljust(32, b".")))
    assert "This key would not count" in desk.not_signed()
    desk.prepare(desk.key("North"))
    desk.browser.write("#name", "Nobody")
    assert "do not have it" in desk.not_signed()
    desk.browser.write("#name", "East")
    assert "asked for the change" in desk.not_signed()
    wrong = json.loads(desk.key("North").read_bytes()) | {
        "public": json.loads(desk.key("South").read_bytes())["public"]
    }
    (desk.folder / "wrong.key").write_text(json.dumps(wrong))
    desk.prepare(desk.folder / "wrong.key")
    desk.browser.click("#show")
    desk.browser.until("document.querySelector('#ask').checkVisibility()")
    desk.browser.click("#sign")
    assert "not the public half" in desk.browser.until("document.querySelector('#sign-wrong').textContent")
    (desk.folder / "wrong.key").write_text(json.dumps(wrong | {"private": "0" * 63}))
    desk.browser.choose("#key", desk.folder / "wrong.key")
    desk.browser.until("document.querySelector('#sign-wrong').textContent.includes('64 digits')")
    assert desk.browser.text("#done") == ""


def test_standing_aside_and_duress_are_signed_with_the_interests_declared(desk: Desk) -> None:
    words = "Owns é shares;\n2 % \U0001f6f0"
    desk.page()
    for statement, why in (
        ("recuse", "North stood aside"), ("duress", "North says that it was signed under duress")
    ):  # fmt: skip
        desk.show(desk.file(desk.draft()))
        desk.prepare(desk.key("North"))
        desk.browser.write("#interests", words)
        desk.browser.click(f"input[value={statement}]")
        desk.sign()
        path = desk.saved()
        taken = Draft.read(path)
        path.unlink()
        (said,) = signed(taken.change, contents(taken.base)[0], desk.log.clock.s)
        assert (said.approval.statement, said.approval.interests, said.why_not) == (statement, words, why)


def test_two_who_sign_at_one_machine_sign_one_draft_and_nobody_twice(desk: Desk) -> None:
    desk.page()
    desk.show(desk.file(desk.draft()))
    for name in ("North", "South"):
        desk.prepare(desk.key(name))
        desk.sign()
    desk.prepare(desk.key("North"))
    assert "North has signed this draft already" in desk.not_signed()
    taken = Draft.read(desk.saved())
    looked_at = signed(taken.change, contents(taken.base)[0], desk.log.clock.s)
    assert [(each.approval.name, each.why_not) for each in looked_at] == [("North", ""), ("South", "")]


def test_a_server_gives_the_page_takes_the_approval_and_never_sees_the_key(
    desk: Desk, tmp_path: Path
) -> None:
    made = desk.draft()
    made = dataclasses.replace(made, change=replace(made.change, reason="By the test."))
    with serving.served(
        str(tmp_path / "h.db"), clock=desk.log.clock, enforced=desk.log.enforcement()
    ) as service:
        path = f"/v1/changes/{made.change.hash}"
        body = desk.file(made).read_bytes()
        assert service.ask("POST", "/v1/changes", service.operator, content=body).status_code == 200
        shown = service.ask("GET", f"{path}?lang=fr", service.operator, headers={"accept": "text/html"}).text
        link = f"/approve?change={made.change.hash}&lang=fr"
        assert link.replace("&", "&amp;") in shown
        policy = service.ask("GET", link).headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        token = make_token(Secrets.of(bytes(32)), "approver", "Office North", desk.log.clock())
        desk.browser.open(service.url + link)
        desk.browser.click("#fetch")
        assert "Tapez d’abord un jeton" in desk.browser.until(
            "document.querySelector('#draft-wrong').textContent"
        )
        desk.browser.write("#token", token)
        desk.browser.click("#fetch")
        desk.browser.until("document.querySelector('#shown').checkVisibility()")
        assert "Demandé par" in desk.browser.text("#facts")
        desk.prepare(desk.key("North"))
        desk.sign()
        desk.browser.click("#hand-in")
        said = desk.browser.until("document.querySelector('#handed').textContent")
        assert said.startswith("Déposée. 1 of 2 approvals count")
        (found,) = service.ask("GET", path, token).json()["approvals"]
        assert (found["name"], found["counts"]) == ("North", True)
        sent = json.dumps(
            [each["params"] for each in desk.browser.seen if each["method"].startswith("Network.")]
        )
        assert KEYS["North"].hex() not in sent
        assert all(each.startswith(service.url) and token not in each for each in desk.asked_for)
        assert desk.complaints == []


def test_no_page_is_given_by_a_server_without_a_log(tmp_path: Path) -> None:
    with serving.served(str(tmp_path / "h.db")) as service:
        assert service.ask("GET", "/approve").status_code == 404
