"""The pages of the log as readers meet them: words, state, proof, and what bad input is answered."""

import base64
import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import rfc6962
import serving
from click.testing import CliRunner
from enforced_log import KEYS, WITNESS, Governed, governed, rules
from ledger_folders import flip
from matplotlib import image

from openleo.cli import openleo
from openleo.ledger import acts
from openleo.ledger.canonical import canonical
from openleo.ledger.entries import time_of
from openleo.ledger.note import Signer
from openleo.ledger.proof import Proof
from openleo.ledger.tiles import entries_of
from openleo.service.governance.asked import Contract, Request
from openleo.service.governance.entries import (
    Day,
    Grounds,
    Proceed,
    Receipt,
    Stage,
    Touches,
    Withdrawn,
    signed,
)

CHROMIUM = shutil.which("chromium") or ""
SIGN = "<script>alert('1')</script> & \u202e\x1b[31m"
"""What a stranger may write where words are allowed in an entry that nobody here knows."""


@dataclass
class Pages:
    """A log with entries of several types, and a server that enforces it."""

    log: Governed
    service: serving.Service
    indices: dict[str, int]

    def get(self, path: str, accept: str = "", **more: Any) -> httpx.Response:
        """What anyone gets."""
        return self.service.ask("GET", path, headers={"accept": accept} if accept else {}, **more)

    def page(self, path: str) -> str:
        """The text of a page, as a browser without styles and scripts shows it."""
        answer = self.get(path, "text/html,application/xhtml+xml,*/*;q=0.8")
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        return Text.of(answer.text)

    def value(self, path: str) -> Any:
        """The same for a program."""
        answer = self.get(path, "application/json")
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        return answer.json()


class Text(HTMLParser):
    """The text and the links of a page; a script, or anything from elsewhere, is an error."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self._open: list[str] = []

    @classmethod
    def of(cls, page: str) -> str:
        """The text of a page."""
        made = cls()
        made.feed(page)
        made.close()
        assert made._open == [], "an element is not closed"
        return " ".join("".join(made.words).split())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "iframe", "img", "object", "form"), tag
        for name, value in attributes:
            assert not name.startswith("on"), name
            if name in ("href", "src"):
                self.links.append(value or "")
                assert (value or "").startswith(("/log", "https://c2sp.org/", "http://127.0.0.1"))
        if tag not in ("meta", "link", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.words.append(f"{data} ")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    folder = tmp_path_factory.mktemp("log")
    with governed(folder) as log:
        first = log.publish(in_s=10)
        log.clock.pass_s(10)
        made = {"first": 2, "seen": 3}
        text = acts.put(log.log, b"Please <b>stop</b>.", acts.PLAIN)
        asked = Request(
            log.log.now(), "ab" * 16, "request", "Ministry QP", "the government", "", "a trader", "pressure",
            "private", log.log.now(), "off", ("off FR",), text, -1,
        )  # fmt: skip
        for name, raw in (
            ("request", asked.raw),
            ("unknown", canonical({"type": "weather", "version": 3, "time": log.log.now(), "says": SIGN})),
            ("grounds", Grounds(log.log.now(), first.hash, "The court confirmed it.", "12/2026").raw),
        ):
            made[name] = log.log.published.size
            log.append(raw)
        made["change"] = log.log.published.size
        log.publish("FR", in_s=300, request=made["request"])
        made["refused"] = log.log.published.size
        log.publish("DE", in_s=900, by=("North", "North"))
        made["kept"] = log.log.published.size
        acts.commit(log.log, b"later", "2026-12-01T00:00:00Z", "Something about the north")
        made["contract"] = log.log.published.size
        paid = Contract(log.log.now(), "sponsor", ("Agency QP",), "Pays.", "", "", (), None, made["kept"])
        log.append(paid.raw)
        with serving.served(str(folder / "h.db"), clock=log.clock, enforced=log.enforcement()) as service:
            yield Pages(log, service, made)


def test_a_change_is_told_in_plain_words_with_state_approvals_and_links(pages: Pages) -> None:
    index = pages.indices["change"]
    page = pages.page(f"/log/{index}")
    for said in (
        f"Entry {index}", "asked for new rules", "By the test.", "Approved by North (Office North)",
        f"entry {pages.indices['request']}", f"entry {pages.indices['first']}", "Region", WITNESS,
    ):  # fmt: skip
        assert said in page, page
    value = pages.value(f"/log/{index}")
    assert value["state"]["state"] == "waiting"
    assert [(each["name"], each["counts"]) for each in value["state"]["approvals"]] == [
        ("North", True), ("South", True)
    ]  # fmt: skip
    assert {(each["index"], each["is"]) for each in value["links"]} == {
        (pages.indices["request"], "request"), (pages.indices["first"], "base")
    }  # fmt: skip
    assert value["seen_first"][0]["witness"] == WITNESS
    for each in value["links"]:
        assert pages.get(each["page"]).status_code == 200


def test_what_is_kept_back_and_what_it_is_about_lead_to_each_other(pages: Pages) -> None:
    kept, contract = pages.indices["kept"], pages.indices["contract"]
    assert pages.value(f"/log/{kept}")["links"][0]["index"] == contract
    assert pages.value(f"/log/{contract}")["links"][0]["index"] == kept
    assert f"what entry {kept} keeps back" in pages.page(f"/log/{contract}")


def test_a_change_that_was_refused_says_why(pages: Pages) -> None:
    index = pages.indices["refused"]
    assert pages.value(f"/log/{index}")["state"]["state"] == "refused"
    assert "approvals count" in pages.page(f"/log/{index}")


def test_every_entry_has_a_page_in_english_and_french_and_its_json(pages: Pages) -> None:
    size = pages.log.log.published.size
    for index in range(size):
        value = pages.value(f"/log/{index}.json")
        assert value["entry"]["type"] == value["type"].partition("@")[0]
        assert f"Entry {index}" in pages.page(f"/log/{index}")
        assert f"Entrée {index}" in pages.page(f"/log/{index}?lang=fr")
        assert value["said"]
        assert pages.value(f"/log/{index}.json?lang=fr")["said"] != value["said"]
    assert value["checkpoint"]["size"] == size
    assert [each["witness"] for each in value["checkpoint"]["cosignatures"]] == [WITNESS]


def test_the_leaf_hash_is_that_of_the_entry_in_the_log(pages: Pages) -> None:
    vkeys = [key.vkey for key in pages.log.policy.keys]
    for index, raw in enumerate(rfc6962.log(pages.log.public, vkeys)):
        value = pages.value(f"/log/{index}.json")
        assert value["leaf_hash"] == hashlib.sha256(b"\x00" + raw).hexdigest()
        assert canonical(value["entry"]) == raw


def test_the_proof_of_each_entry_holds_under_the_policy_and_by_another_verifier(pages: Pages) -> None:
    vkeys = [key.vkey for key in pages.log.policy.keys]
    for index, raw in enumerate(rfc6962.log(pages.log.public, vkeys)):
        answer = pages.get(pages.value(f"/log/{index}")["proof"])
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        proof = Proof.parse(answer.content)
        assert (proof.index, proof.extra) == (index, raw)
        proof.check(raw, pages.log.policy)
        assert rfc6962.receipt(answer.content, raw, vkeys) == index


def test_both_commands_of_the_page_do_what_it_says(pages: Pages, tmp_path: Path) -> None:
    index = pages.indices["change"]
    page = pages.get(f"/log/{index}").text
    (tmp_path / f"{index}.tlog-proof").write_bytes(pages.get(f"/log/{index}.tlog-proof").content)
    (tmp_path / "policy.txt").write_bytes(pages.log.policy.raw)
    lines = [part.partition("</pre>")[0] for part in page.split("<pre>")[1:3]]
    words = lines[0].replace("&#x27;", "'").split()
    assert words[:3] == ["openleo", "ledger", "verify"]
    given = [str(tmp_path / each) if "." in each else each for each in words[1:]]
    done = CliRunner().invoke(openleo, given)
    assert done.exit_code == 0, done.output
    shell = lines[1].replace("&#x27;", "'")
    hashed = subprocess.run(["sh", "-c", shell], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert hashed.stdout.split()[0] == pages.value(f"/log/{index}")["leaf_hash"]


def test_what_a_stranger_wrote_is_shown_as_text_and_hides_nothing(pages: Pages) -> None:
    index = pages.indices["unknown"]
    answer = pages.get(f"/log/{index}")
    assert "<script" not in answer.text
    assert "alert(&#x27;1&#x27;)" in answer.text
    assert not any(each in answer.text for each in "\u202e\x1b")
    assert "does not know" in pages.page(f"/log/{index}")
    assert pages.value(f"/log/{index}")["entry"]["says"] == SIGN
    assert "Please <b>stop</b>." in pages.page(f"/log/{pages.indices['request']}")


def test_a_page_may_load_nothing_and_run_nothing(pages: Pages) -> None:
    for path in ("/log", f"/log/{pages.indices['change']}"):
        answer = pages.get(path)
        allowed = answer.headers["content-security-policy"]
        assert allowed.startswith("default-src 'none'; style-src 'sha256-")
        style = answer.text.partition("<style>")[2].partition("</style>")[0]
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in allowed
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["vary"] == "accept"


def test_entries_are_listed_from_the_newest_a_page_at_a_time(pages: Pages) -> None:
    size = pages.log.log.published.size
    found: list[int] = []
    before: int | None = None
    while True:
        value = pages.value("/log?limit=4" + (f"&before={before}" if before is not None else ""))
        found += [each["index"] for each in value["entries"]]
        before = value["next"]
        if before is None:
            break
    assert found == list(reversed(range(size)))
    for each in pages.value("/log?limit=200")["entries"]:
        assert each["said"] == pages.value(f"/log/{each['index']}")["said"][0]
    page = pages.page("/log")
    assert "Whom this server trusts" in page
    assert all(key.vkey in page for key in pages.log.policy.keys)
    assert "127.0.0.1" not in page  # where witnesses stand is the operator's business
    assert str(pages.log.folder) not in pages.get("/log").text
    assert "Approved by North" in page
    assert pages.value("/log?before=0")["entries"] == []


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", "text/html"),
        ("*/*", "text/html"),
        ("application/json", "application/json"),
        ("application/json;q=0.2, text/html;q=0.9", "text/html"),
        ("text/html;q=0.1, application/json", "application/json"),
        ("application/*", "application/json"),
        ("nonsense;q=x,,;;", "text/html"),
    ],
)
def test_html_or_json_by_what_is_asked_for(pages: Pages, accept: str, media: str) -> None:
    for path in ("/log", "/log/2"):
        assert pages.get(path, accept).headers["content-type"].partition(";")[0] == media


@pytest.mark.parametrize(
    ("path", "status", "field", "said"),
    [
        ("/log/1000", 404, "index", "are allowed"),
        ("/log/1000.json", 404, "index", "are allowed"),
        ("/log/1000.tlog-proof", 404, "index", "are allowed"),
        ("/log/-1", 422, "index", "greater than or equal to 0"),
        ("/log/99999999999999999999", 422, "index", "9007199254740992"),
        ("/log/north", 422, "index", "integer"),
        ("/log/1.5", 422, "index", "integer"),
        ("/log/1.html", 422, "index", "integer"),
        ("/log/%00", 422, "index", "integer"),
        ("/log/1/2", 404, "", ""),
        ("/log?limit=0", 422, "limit", "greater than or equal to 1"),
        ("/log?limit=201", 422, "limit", "200"),
        ("/log?before=-1", 422, "before", "0"),
        ("/log?page=2", 422, "page", "no such parameter"),
        ("/log/1?lang=de", 422, "lang", "(en|fr)"),
    ],
)
def test_bad_input_is_a_problem_that_says_what_is_allowed(
    pages: Pages, path: str, status: int, field: str, said: str
) -> None:
    answer = pages.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert found.get("field", "") == field
    assert said in found["detail"]


def test_a_server_with_a_rule_file_says_that_it_follows_no_log(tmp_path: Path) -> None:
    with serving.served(str(tmp_path / "h.db")) as service:
        for path in ("/log", "/log/0", "/log/0.json", "/log/0.tlog-proof"):
            answer = service.ask("GET", path)
            assert (answer.status_code, answer.json()["title"]) == (404, "There is no such thing")
            assert "no log" in answer.json()["detail"]
        assert service.ask("GET", "/v1/regions/at?lat=0&lon=0").json()["log"] is None


def test_what_was_changed_in_the_copy_is_never_shown(tmp_path: Path) -> None:
    with governed(tmp_path) as log:
        log.publish(in_s=10)
        enforcement = log.enforcement()
        with serving.served(str(tmp_path / "h.db"), clock=log.clock, enforced=enforcement) as service:
            assert service.ask("GET", "/log/2").status_code == 200
            for name in ("tile/entries", "tile/0"):
                (part,) = (enforcement.mirror.folder / "log" / name).glob("000.p/*")
                was = part.read_bytes()
                flip(part, len(was) * 4)
                answer = service.ask("GET", "/log/2")
                assert answer.status_code == 503, answer.text
                assert str(tmp_path) not in answer.text
                assert answer.headers["retry-after"]
                part.write_bytes(was)
            assert service.ask("GET", "/log/2").status_code == 200
            # an entry and its hash, both changed so that they agree
            (bundle,) = (enforcement.mirror.folder / "log" / "tile" / "entries").glob("000.p/*")
            was, now = bundle.read_bytes(), bundle.read_bytes().replace(b"By the test.", b"By the text.")
            found = [hashlib.sha256(b"\x00" + each).digest() for each in entries_of(now, int(bundle.name))]
            bundle.write_bytes(now)
            (enforcement.mirror.folder / "log" / "tile" / "0" / "000.p" / bundle.name).write_bytes(
                b"".join(found)
            )
            assert now != was
            assert service.ask("GET", "/log/2").status_code == 503


def test_a_change_that_witnesses_are_not_known_to_have_seen_is_said_not_to_count_yet(tmp_path: Path) -> None:
    with governed(tmp_path) as log:
        log.publish(in_s=10)
        change = log.drafted(rules("FR"), 600, log.said)
        log.put(log.approved(change, "North", "South"), kept=False)
        with serving.served(str(tmp_path / "h.db"), clock=log.clock, enforced=log.enforcement()) as service:
            value = service.ask("GET", "/log/4.json").json()
            assert value["state"] is None
            assert "does not count yet" in value["said"][-1]
            assert "Approved by North (Office North)" in " ".join(value["said"])
            assert "does not count yet" in Text.of(service.ask("GET", "/log/4").text)


def test_what_holds_at_a_point_and_what_was_decided_name_the_entry_of_the_log(tmp_path: Path) -> None:
    with governed(tmp_path) as log:
        first = log.publish(in_s=10)
        log.clock.pass_s(10)
        with serving.served(str(tmp_path / "h.db"), clock=log.clock, enforced=log.enforcement()) as service:
            stands = service.ask("GET", "/v1/regions/at?lat=48&lon=2").json()["log"]
            assert (stands["entry"], stands["change"], stands["rules"]) == (2, first.hash, first.digest)
            assert [each["organisation"] for each in stands["approved_by"]] == [
                "Office North",
                "Office South",
            ]
            assert stands["checkpoint"] == log.log.published.size
            assert service.ask("GET", stands["page"]).status_code == 200
            assert stands["check"].startswith("openleo audit ")
            assert str(tmp_path) not in json.dumps(stands)
            terminal = service.terminal("T-1")
            terminal.check_in(**serving.said(1, time=log.log.now()))
            (kept,) = service.ask("GET", "/v1/terminals/T-1/decisions", service.auditor).json()["decisions"]
            assert kept["log"] == stands
            service.terminal("T-2")
        store = str(tmp_path / "h.db")
        (tmp_path / "mirror").rename(tmp_path / "h.db.ledger")  # where the command keeps it
        words = ["why", "--store", store, "--terminal"]
        done = CliRunner().invoke(openleo, [*words, "T-1", "--json"])
        assert done.exit_code == 0, done.output
        found = json.loads(done.stdout)
        assert found["decision"]["rules"] == first.digest
        same = ("entry", "change", "rules", "approved_by", "checkpoint", "from", "until")
        assert [found["log"][name] for name in same] == [stands[name] for name in same]
        shown = CliRunner().invoke(openleo, [*words, "T-1"]).stdout
        assert "T-1: serve." in shown
        assert f"2, change {first.hash[:12]}" in shown
        assert "nothing was decided" in CliRunner().invoke(openleo, [*words, "T-2"]).stdout
        for more in (["T-3"], ["T-1", "Nairobi"], ["T-1", "--rules", "illustration"]):
            assert CliRunner().invoke(openleo, [*words, *more]).exit_code == 2
        assert CliRunner().invoke(openleo, ["why"]).exit_code == 2
        (tmp_path / "h.db.ledger").rename(tmp_path / "elsewhere")
        assert "No log beside this store" in CliRunner().invoke(openleo, [*words, "T-1"]).stdout


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM, reason="no browser is installed here")
def test_a_browser_shows_the_page_as_it_is_meant_and_is_kept_from_nothing(
    pages: Pages, tmp_path: Path
) -> None:
    picture, index = tmp_path / "page.png", pages.indices["change"]
    done = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0",
            f"--user-data-dir={tmp_path / 'browser'}", f"--screenshot={picture}", "--window-size=1000,1400",
            f"{pages.service.url}/log/{index}",
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert "Content Security Policy" not in done.stderr  # such as a style that is not the one allowed
    assert "Refused to" not in done.stderr
    pixels = image.imread(picture)
    ruled = (np.abs(pixels[:, :, :3] - np.array([0x33, 0x66, 0x99]) / 255.0) < 0.01).all(axis=2)
    assert ruled.sum() > 50  # the line beside the state, which only the style draws


def test_what_follows_a_change_is_told_on_its_page_and_has_one_of_its_own(tmp_path: Path) -> None:
    seed = b"Oversight".ljust(32, b".")
    key = Signer("key", seed).verifier.public.hex()
    party = f'[[parties]]\nname = "Oversight QP"\nkey = "{key}"\nhours = 1.0\n'
    with governed(tmp_path) as log:
        log.publish(in_s=10, more=party)
        log.clock.pass_s(10)
        at = [time_of(log.clock.s + seconds) for seconds in (300, 600)]
        staged = log.publish(
            "FR", more=party, in_s=300, stages=(Stage(0.5, (), at[0]), Stage(1, (), at[1])),
            touches=Touches(3000, 7, 12, 1.5, 2000, 0),
        )  # fmt: skip
        told_at = log.log.now()
        log.append(signed(Receipt(told_at, staged.hash, "Oversight QP", ""), seed).raw)
        log.clock.pass_s(400)
        now = log.log.now()
        log.append(signed(Proceed(now, staged.hash, 1, "East", ""), KEYS["East"]).raw)
        other = log.publish("FR", "DE", more=party, in_s=300)
        log.append(signed(Withdrawn(now, other.hash, "The wrong ones.", "North", ""), KEYS["North"]).raw)
        log.append(Day("log.example/rules", now, "2026-10-25", "ab" * 32, 12, {"": {"serve": 12}}, None).raw)
        with serving.served(str(tmp_path / "h.db"), clock=log.clock, enforced=log.enforcement()) as service:

            def said(index: int, language: str = "en") -> str:
                return " ".join(service.ask("GET", f"/log/{index}.json?lang={language}").json()["said"])

            value = service.ask("GET", "/log/4.json").json()
            assert [(each["index"], each["is"]) for each in value["links"]] == [(2, "base"), (8, "proceed")]
            assert value["state"]["state"] == "in force"
            assert [each["index"] for each in value["state"]["stages_opened"]] == [8]
            (told,) = value["state"]["told"]
            assert (told["party"], told["received"], told["overdue"]) == ("Oversight QP", told_at, False)
            for words in ("3000 terminals", "Oversight QP has been told", "stage 2"):
                assert words in said(4), said(4)
            assert service.ask("GET", "/log/10.json").json()["state"]["state"] == "withdrawn"
            assert "The wrong ones." in said(10)
            for index, of, words, french in (
                (6, 4, "Oversight QP says that it has been told", "dit avoir été informé"),
                (8, 4, "East lets stage 2", "l'étape 2"),
                (12, 10, "Withdrawn by North", "Retiré par North"),
                (14, -1, "12 decisions about terminals", "12 décisions"),
            ):
                assert words in said(index)
                assert french in said(index, "fr")
                links = service.ask("GET", f"/log/{index}.json").json()["links"]
                assert links == [{"index": of, "is": "change", "page": f"/log/{of}"}][: of + 1]
