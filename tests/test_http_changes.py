"""Changes of rules over HTTP: drafts put up by operators, approvals signed elsewhere, and who may do what."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import serving
from enforced_log import KEYS, Governed, governed, rules

from openleo.http.keys import Secrets, make_token
from openleo.ledger.entries import time_of
from openleo.ledger.note import Signer
from openleo.ledger.objects import ObjectRef, seal
from openleo.service.governance import drafts, publishing
from openleo.service.governance.approvals import approve
from openleo.service.governance.changes import draft
from openleo.service.governance.draft import Draft
from openleo.service.governance.entries import Approval, Change, Touches
from openleo.service.governance.pack import unpack
from openleo.service.governance.signing import Statement

PATH = "/v1/changes"


@dataclass
class Desk:
    """A server that enforces a log, and an approver's token for it."""

    log: Governed
    service: serving.Service
    approver: str
    folder: Path

    def drafted(self, *off: str, in_s: float = 600.0, requester: str = "The desk", **more: Any) -> Draft:
        """A draft of rules without service in these countries, for what holds last; nobody has signed it."""
        raw, _ = rules(*off, **more)
        record = self.log.said
        name, sealed = seal(raw)
        made = draft(
            record, unpack(raw), raw, ObjectRef(name, len(sealed), "application/json"),
            time=time_of(self.log.clock.s), requester=requester, reason="By the test.",
            effective_at=time_of(self.log.clock.s + in_s), touches=Touches(3000, 7, 12, 1.5, 2000, 0),
        )  # fmt: skip
        last = record.last
        base = self.log.public / "object" / last.change.rules.object if last is not None else None
        return Draft(made, sealed, base.read_bytes().partition(b"\n")[2] if base else b"")

    def file(self, made: Draft) -> bytes:
        """The draft file."""
        path = self.folder / "change.json"
        made.write(path)
        return path.read_bytes()

    def put_up(self, made: Draft) -> httpx.Response:
        """What an operator is answered who hands in a draft file."""
        return self.service.ask("POST", PATH, self.service.operator, content=self.file(made))

    def hand_in(self, name: str, approval: Approval | dict[str, Any]) -> httpx.Response:
        """What an approver is answered who hands in an approval."""
        said = approval if isinstance(approval, dict) else said_of(approval)
        return self.service.ask("POST", f"{PATH}/{name}/approvals", self.approver, json=said)

    def signed(
        self,
        change: Change,
        name: str,
        statement: Statement = "approve",
        *,
        time: str = "",
        seed: bytes = b"",
    ) -> Approval:
        """What somebody signs, elsewhere."""
        at = time or time_of(self.log.clock.s)
        return approve(change, seed or KEYS[name], name, statement, time=at).approvals[-1]

    def kept(self) -> list[str]:
        """The files that the server keeps."""
        folder = self.log.folder / "mirror" / "drafts"
        return sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []


def said_of(approval: Approval) -> dict[str, Any]:
    """An approval as it stands in a draft file."""
    return {name: getattr(approval, name) for name in ("name", "statement", "interests", "time", "signature")}


def refused(answer: httpx.Response, status: int, said: str) -> None:
    """That an answer is a problem which says this."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"], answer.text


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with governed(tmp_path) as log:
        log.publish(in_s=10)
        log.clock.pass_s(10)
        with serving.served(str(tmp_path / "h.db"), clock=log.clock, enforced=log.enforcement()) as service:
            token = make_token(Secrets.of(bytes(32)), "approver", "Office North", log.clock())
            yield Desk(log, service, token, tmp_path)


def test_a_draft_is_put_up_approved_by_two_taken_back_out_and_published(desk: Desk, tmp_path: Path) -> None:
    made = desk.drafted("FR")
    name = made.change.hash
    answer = desk.put_up(made)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["change"], found["state"], found["repeated"]) == (name, "draft", False)
    assert found["lacks"].startswith("0 of 2 approvals count")
    assert found["wrong"] == []
    assert "Region" in found["differs"][0]
    assert (found["touches"]["terminals"], found["touches"]["loses"]) == (3000, 2000)
    for who in ("North", "South"):
        found = desk.hand_in(name, desk.signed(made.change, who)).json()
        assert found["repeated"] is False
    assert found["lacks"] is None
    assert [each["organisation"] for each in found["approvals"]] == ["Office North", "Office South"]
    file = tmp_path / "taken.json"
    file.write_bytes(desk.service.ask("GET", found["draft"], desk.service.operator).content)
    taken = Draft.read(file)
    assert [each.name for each in taken.change.approvals] == ["North", "South"]
    index = publishing.publish(desk.log.log, taken, desk.log.said, desk.log.clock.s)
    enforcement = desk.service.controller.in_force.enforcement
    enforcement.follow()
    assert enforcement.record.change(name).refused == ""
    waiting = desk.service.ask("GET", PATH, desk.approver).json()
    assert waiting["drafts"] == []
    assert [(each["index"], each["change"]) for each in waiting["waiting"]] == [(index, name)]
    there = desk.service.ask("GET", f"{PATH}/{name}", desk.approver).json()
    assert (there["state"], there["page"]) == ("waiting", f"/log/{index}")


def test_a_draft_handed_in_twice_is_one_with_the_approvals_of_both(desk: Desk) -> None:
    made = desk.drafted("FR")
    north, south = (desk.log.approved(made.change, who) for who in ("North", "South"))
    assert desk.put_up(made.approved(north)).json()["repeated"] is False
    assert desk.put_up(made.approved(north)).json()["repeated"] is True
    assert desk.put_up(made).json()["repeated"] is True
    found = desk.put_up(made.approved(south)).json()
    assert [each["name"] for each in found["approvals"]] == ["North", "South"]
    assert desk.kept() == [f"{made.change.hash}.json"]


def test_each_approval_that_does_not_count_is_refused_with_the_reason(desk: Desk) -> None:
    made, other = desk.drafted("FR", requester="East"), desk.drafted("DE")
    name = made.change.hash
    desk.put_up(made)
    good = desk.signed(made.change, "North")
    assert desk.hand_in(name, good).json()["repeated"] is False
    assert desk.hand_in(name, good).json()["repeated"] is True
    for approval, said in (
        (desk.signed(other.change, "South"), "not one by the key of South over this change"),
        (replace(desk.signed(made.change, "South"), name="North"), "not one by the key of North"),
        (replace(desk.signed(made.change, "South"), interests="None."), "not one by the key of South"),
        (desk.signed(made.change, "North", time=time_of(desk.log.clock.s + 1)), "signed twice"),
        (desk.signed(made.change, "East"), "asked for the change"),
        (replace(desk.signed(made.change, "East"), name="West"), "no approver 'West'"),
        (
            desk.signed(made.change, "South", time=time_of(desk.log.clock.s + 3600)),
            "after the change was seen",
        ),
    ):
        refused(desk.hand_in(name, approval), 409, said)
    found = desk.service.ask("GET", f"{PATH}/{name}", desk.approver).json()
    assert [each["name"] for each in found["approvals"]] == ["North"]


def test_an_expired_key_approves_nothing(tmp_path: Path) -> None:
    with governed(tmp_path) as log:
        ends = time_of(log.clock.s + 3600)
        seed = b"Guest".ljust(32, b".")
        charter = (
            '[[approvers]]\nname = "Guest"\norganisation = "Guests"\n'
            f'key = "{Signer("key", seed).verifier.public.hex()}"\nends = {ends}\n'
        )
        log.publish(in_s=10, more=charter)
        log.clock.pass_s(10)
        with serving.served(str(tmp_path / "h.db"), clock=log.clock, enforced=log.enforcement()) as service:
            desk = Desk(log, service, "", tmp_path)
            made = desk.drafted("FR", in_s=9000, more=charter)
            desk.put_up(made)
            log.clock.pass_s(4000)
            desk.approver = make_token(Secrets.of(bytes(32)), "approver", "x", log.clock())
            refused(
                desk.hand_in(made.change.hash, desk.signed(made.change, "Guest", seed=seed)),
                409,
                f"until {ends}",
            )


def test_standing_aside_and_duress_are_taken_and_do_not_count(desk: Desk) -> None:
    made = desk.drafted("FR")
    name = made.change.hash
    desk.put_up(made)
    for who, statement in (("North", "recuse"), ("South", "duress")):
        found = desk.hand_in(name, desk.signed(made.change, who, statement)).json()
    assert [(each["statement"], each["counts"]) for each in found["approvals"]] == [
        ("recuse", False), ("duress", False)
    ]  # fmt: skip
    refused(desk.hand_in(name, desk.signed(made.change, "North")), 409, "stood aside")
    wrong = replace(desk.signed(made.change, "North", "recuse"), name="East")
    refused(desk.hand_in(name, wrong), 409, "not one by the key of East")


def test_a_draft_that_could_not_count_is_refused_with_every_reason(desk: Desk) -> None:
    made = desk.drafted("FR")
    text = json.loads(desk.file(made))
    late = desk.drafted("FR", in_s=30)
    refused(desk.put_up(late), 422, "effective_at")
    refused(desk.put_up(replace(made, change=replace(made.change, differs=("Nothing.",)))), 422, "differs")
    refused(desk.put_up(replace(made, change=replace(made.change, base="a" * 64))), 422, "draft it anew")
    refused(desk.put_up(replace(made, change=replace(made.change, log="log.example/x"))), 422, "log")
    refused(desk.put_up(replace(made, base=made.pack)), 422, "base")
    wrong = replace(desk.signed(made.change, "South"), name="North")
    refused(desk.put_up(made.approved(replace(made.change, approvals=(wrong,)))), 409, "key of North")
    for body in (
        b"", b"{}", b"[1]", b"\xff", b'{"openleo":"rules draft"}', json.dumps(text | {"x": 1}).encode(),
        json.dumps(text | {"rules": text["base"]}).encode(),
    ):  # fmt: skip
        answer = desk.service.ask("POST", PATH, desk.service.operator, content=body)
        assert answer.status_code in (400, 422), answer.text
        assert str(desk.folder) not in answer.text
    assert desk.kept() == []


def test_of_two_drafts_for_the_same_rules_the_second_is_told_to_be_made_anew(desk: Desk) -> None:
    first, second = desk.drafted("FR"), desk.drafted("DE")
    for each in (first, second):
        desk.put_up(each)
    desk.log.put(desk.log.approved(_with_pack(desk, first), "North", "South"))
    desk.service.controller.in_force.enforcement.follow()
    name = second.change.hash
    desk.log.clock.pass_s(60)
    assert "draft it anew" in desk.service.ask("GET", f"{PATH}/{name}", desk.approver).json()["wrong"][0]
    refused(desk.hand_in(name, desk.signed(second.change, "North")), 409, "draft it anew")


def _with_pack(desk: Desk, made: Draft) -> Change:
    (desk.log.public / "object" / made.change.rules.object).write_bytes(made.sealed)
    return made.change


def test_a_draft_whose_time_has_passed_waits_no_more_and_makes_room(desk: Desk) -> None:
    made = desk.drafted("FR")
    desk.put_up(made)
    assert len(desk.service.ask("GET", PATH, desk.approver).json()["drafts"]) == 1
    desk.log.clock.pass_s(600)
    assert desk.service.ask("GET", PATH, desk.approver).json()["drafts"] == []
    refused(desk.hand_in(made.change.hash, desk.signed(made.change, "North")), 404, "waits")
    after = desk.drafted("DE")
    assert desk.put_up(after).status_code == 200
    assert desk.kept() == [f"{after.change.hash}.json"]


def test_no_more_drafts_wait_than_are_allowed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "MOST_DRAFTS", 1)
    first = desk.drafted("FR")
    assert desk.put_up(first).status_code == 200
    refused(desk.put_up(desk.drafted("DE")), 409, "at most 1 are allowed")
    assert desk.put_up(first).status_code == 200  # it is there already
    assert desk.kept() == [f"{first.change.hash}.json"]


def test_drafts_outlive_a_restart(tmp_path: Path) -> None:
    with governed(tmp_path) as log:
        log.publish(in_s=10)
        log.clock.pass_s(10)
        store = str(tmp_path / "h.db")
        with serving.served(store, clock=log.clock, enforced=log.enforcement()) as service:
            desk = Desk(log, service, "", tmp_path)
            made = desk.drafted("FR")
            desk.put_up(made.approved(log.approved(made.change, "North")))
        with serving.served(store, clock=log.clock, enforced=log.enforcement()) as service:
            (found,) = service.ask("GET", PATH, service.auditor).json()["drafts"]
            assert (found["change"], found["approvals"]) == (made.change.hash, 1)


def test_a_draft_that_was_altered_where_it_is_kept_is_no_draft_any_more(desk: Desk) -> None:
    made = desk.drafted("FR")
    name = made.change.hash
    desk.put_up(made)
    path = desk.log.folder / "mirror" / "drafts" / f"{name}.json"
    text = path.read_text()
    for wrong in (text.replace("By the test.", "By the text."), text[:-20], "{}"):
        path.write_text(wrong)
        assert desk.service.ask("GET", PATH, desk.approver).json()["drafts"] == []
        for part in ("", "/draft"):
            refused(desk.service.ask("GET", f"{PATH}/{name}{part}", desk.approver), 404, "waits")
        refused(desk.hand_in(name, desk.signed(made.change, "North")), 404, "waits")
    assert desk.put_up(made).json()["repeated"] is False


def test_a_folder_that_cannot_be_written_is_said_and_nothing_is_acknowledged(desk: Desk) -> None:
    (desk.log.folder / "mirror" / "drafts").write_text("in the way")
    answer = desk.put_up(desk.drafted("FR"))
    assert answer.status_code == 503
    assert str(desk.folder) not in answer.text


def test_a_change_that_waits_has_a_page_with_what_differs_and_what_is_missing(desk: Desk) -> None:
    made = desk.drafted("FR")
    desk.put_up(made)
    path = f"{PATH}/{made.change.hash}"
    for language, said in (("en", "What differs"), ("fr", "Ce qui diff")):
        answer = desk.service.ask(
            "GET", f"{path}?lang={language}", desk.approver, headers={"accept": "text/html"}
        )
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert said in answer.text
        assert made.change.hash in answer.text
        assert "openleo rules approve" in answer.text
        assert "3000 termina" in answer.text
        assert "<script" not in answer.text


def test_each_role_does_its_own_and_nothing_of_the_others(desk: Desk) -> None:
    ask, operator, auditor = desk.service.ask, desk.service.operator, desk.service.auditor
    made = desk.drafted("FR")
    name, body = made.change.hash, desk.file(made)
    approval = said_of(desk.signed(made.change, "North"))
    for token in (desk.approver, auditor):
        refused(ask("POST", PATH, token, content=body), 403, "only")
    assert ask("POST", PATH, operator, content=body).status_code == 200
    for token in (operator, auditor):
        refused(ask("POST", f"{PATH}/{name}/approvals", token, json=approval), 403, "only an approver may")
    for path in (PATH, f"{PATH}/{name}", f"{PATH}/{name}/draft"):
        assert [ask("GET", path, token).status_code for token in (operator, auditor, desk.approver, "")] == [
            200, 200, 200, 401
        ]  # fmt: skip
    for path in ("/v1/terminals", "/v1/lists", "/v1/findings"):
        refused(ask("GET", path, desk.approver), 403, "approver")
    refused(ask("POST", "/v1/terminals", desk.approver, json={"hardware": "X"}), 403, "approver")
    assert ask("POST", PATH, content=body).status_code == 401


def test_a_large_draft_is_taken_from_an_operator_alone(desk: Desk) -> None:
    large = b" " * 100_000
    ask = desk.service.ask
    refused(ask("POST", PATH, desk.service.operator, content=large), 422, "no JSON")
    for token in (desk.approver, desk.service.auditor, "", "x.y"):
        assert ask("POST", PATH, token, content=large).status_code == 413
    refused(ask("POST", PATH, desk.service.operator, content=b" " * (1 << 24) + b" "), 413, "larger")


@pytest.mark.parametrize("name", ["x", "A" * 64, "a" * 63, "..%2F" + "a" * 59, "a" * 64])
def test_a_hash_that_is_none_or_of_no_change_is_a_problem(desk: Desk, name: str) -> None:
    for path in (f"{PATH}/{name}", f"{PATH}/{name}/draft"):
        answer = desk.service.ask("GET", path, desk.approver)
        assert answer.status_code in (404, 422)
        assert answer.headers["content-type"] == "application/problem+json"


def test_bad_text_in_an_approval_names_its_field(desk: Desk) -> None:
    made = desk.drafted("FR")
    desk.put_up(made)
    good = said_of(desk.signed(made.change, "North"))
    for field, value in (
        ("name", ""), ("name", "x" * 300), ("statement", "yes"), ("time", "today"), ("signature", "00"),
        ("interests", "x" * 5000), ("private", "aa" * 32),
    ):  # fmt: skip
        answer = desk.hand_in(made.change.hash, good | {field: value})
        assert answer.status_code == 422
        assert field in answer.json()["detail"]
    answer = desk.hand_in(made.change.hash, good | {"name": "two\nlines", "interests": "\u202e"})
    assert answer.status_code == 422


def test_a_server_with_a_rule_file_has_no_changes_that_wait(tmp_path: Path) -> None:
    with serving.served(str(tmp_path / "h.db")) as service:
        refused(service.ask("GET", PATH, service.operator), 404, "no log")
        refused(service.ask("POST", PATH, service.operator, content=b"{}"), 404, "no log")
