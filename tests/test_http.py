"""The API as callers meet it: who may ask what, check-ins end to end, and what bad input is answered."""

import json
import logging
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h3
import httpx
import pytest
from serving import (
    CUSTODIAN,
    HERE,
    LISTED,
    UNLICENSED,
    Service,
    command,
    now_text,
    process,
    said,
    served,
)

from openleo.errors import InputError, OpenLEOError
from openleo.http.client import Refused, new_identity
from openleo.http.handshake import check_code
from openleo.http.keys import Denied, Secrets, load_secrets, make_token, read_token
from openleo.http.limits import Limits
from openleo.service.lists import Change

SQL = ("'; DROP TABLE terminals; --", '" OR 1=1 --', "Robert'); DELETE FROM checkins;--")
LONG = "x" * 10_000


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with served(str(tmp_path_factory.mktemp("http") / "store.db")) as running:
        yield running


def stored(service: Service) -> int:
    """How many check-ins the store holds."""
    return int(service.controller.store.checkins())


def problem(answer: httpx.Response, status: int, field: str = "") -> dict[str, Any]:
    """The problem that an answer is, of that status and about that field."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert found["status"] == status
    assert found["type"].startswith("urn:openleo:problem:")
    assert found["title"]
    assert found["detail"]
    if field:
        assert field in (found["field"], *(each["field"] for each in found["errors"])), found
    return dict(found)


def sent(service: Service, terminal: Any, body: bytes) -> httpx.Response:
    """A check-in with these exact bytes, vouched for by the terminal's session."""
    return service.http.post(f"{service.url}/v1/check-ins", content=body, headers=terminal.vouched(body))


# ------------------------------------------------------------------ check-ins


def test_a_terminal_enrols_opens_a_session_and_is_served(service: Service) -> None:
    terminal = service.terminal()
    decision = terminal.check_in(**said(1))
    assert decision["outcome"] == "serve"
    assert decision["reason"] == {"number": 0, "name": "none"}
    assert decision["rate_mbps"] == 50.0
    assert decision["rules"] == service.controller.rules.digest
    assert decision["valid_until"] > now_text()


def test_a_refusal_names_reason_region_and_rule(service: Service) -> None:
    decision = service.terminal().check_in(**said(1, UNLICENSED))
    assert decision["outcome"] == "refuse"
    assert decision["reason"]["name"] == "unlicensed"
    assert (decision["region"], decision["rule"]) == ("Unlicensed", "Tests: no licence.")
    assert decision["retry_after"] > now_text()


def test_a_distress_call_is_answered_where_service_is_not(service: Service) -> None:
    assert service.terminal().check_in(**said(1, UNLICENSED, distress=True))["outcome"] == "emergency"


def test_an_unknown_position_is_refused_with_that_reason(service: Service) -> None:
    decision = service.terminal().check_in(sequence=1, time=now_text(), version=1)
    assert decision["reason"]["name"] == "unknown_location"


def test_a_check_in_sent_again_gets_the_same_decision_and_is_stored_once(service: Service) -> None:
    terminal = service.terminal()
    words = said(1, UNLICENSED)
    first, before = terminal.check_in(**words), stored(service)
    again = terminal.check_in(**words)
    assert again.pop("repeated")
    assert not first.pop("repeated")
    assert again == first
    assert stored(service) == before


def test_a_sequence_number_used_with_another_content_is_a_replay(service: Service) -> None:
    terminal = service.terminal()
    terminal.check_in(**said(5))
    before = stored(service)
    for sequence in (5, 4, 0):
        with pytest.raises(Refused) as refused:
            terminal.check_in(**said(sequence))
        assert refused.value.status == 409
        assert refused.value.problem["field"] == "sequence"
        assert refused.value.problem["decision"]["reason"]["name"] == "replay"
    assert stored(service) == before
    assert terminal.check_in(**said(6))["outcome"] == "serve"


@pytest.mark.parametrize(("later_s", "reason"), [(3600.0, "clock"), (-3600.0, "clock"), (86_400e2, "clock")])
def test_late_and_future_check_ins_are_refused_by_their_time(
    service: Service, later_s: float, reason: str
) -> None:
    terminal = service.terminal()
    before = stored(service)
    with pytest.raises(Refused) as refused:
        terminal.check_in(**said(1) | {"time": now_text(later_s)})
    assert refused.value.status == 422
    assert refused.value.problem["field"] == "time"
    assert refused.value.problem["decision"]["reason"]["name"] == reason
    assert stored(service) == before
    assert terminal.check_in(**said(1))["outcome"] == "serve"  # the number was not used up


def test_a_check_in_from_before_the_last_one_is_late(service: Service) -> None:
    terminal = service.terminal()
    terminal.check_in(**said(1))
    with pytest.raises(Refused) as refused:
        terminal.check_in(**said(2) | {"time": now_text(-60.0)})
    assert refused.value.problem["field"] == "time"
    assert refused.value.problem["decision"]["reason"]["name"] == "late"


def test_a_batch_is_answered_item_by_item_in_its_order(service: Service) -> None:
    one, other = service.terminal(), service.terminal()
    forged = other.sealed(**said(1)) | {"body": json.dumps(said(2))}
    items = [
        one.sealed(**said(1)), other.sealed(**said(1, UNLICENSED)), forged, one.sealed(**said(1)),
        one.sealed(**said(2)), other.sealed(sequence="many", time=now_text(), version=1),
    ]  # fmt: skip
    before = stored(service)
    answer = service.ask("POST", "/v1/check-ins/batch", json={"check_ins": items})
    assert answer.status_code == 200
    results = answer.json()["results"]
    got = [each.get("outcome") or each["type"].rpartition(":")[2] for each in results]
    assert got == ["serve", "refuse", "bad-signature", "replay", "serve", "invalid"]
    assert results[5]["field"] == "sequence"
    assert stored(service) == before + 3


def test_the_answer_is_vouched_for_by_the_session(service: Service) -> None:
    terminal = service.terminal()
    session = terminal.session
    terminal.open()
    terminal.session = session  # that of another key
    with pytest.raises(Refused, match="401"):
        terminal.check_in(**said(1))


def test_a_session_ends_with_the_key_that_opened_it(service: Service) -> None:
    terminal = service.terminal("revoked")
    assert terminal.check_in(**said(1))["outcome"] == "serve"
    service.do("POST", "/v1/terminals/revoked/revocation", {"why": "Lost at sea."})
    with pytest.raises(Refused) as refused:
        terminal.check_in(**said(2))
    assert refused.value.status == 401
    with pytest.raises(Refused, match="401"):
        terminal.open()
    terminal.identity = new_identity()
    terminal.enrol(service.do("POST", "/v1/terminals/revoked/code")["code"])
    terminal.open()
    assert terminal.check_in(**said(2))["outcome"] == "serve"


def test_a_suspended_terminal_is_told_so_at_its_next_check_in(service: Service) -> None:
    terminal = service.terminal("suspended")
    service.do("POST", "/v1/terminals/suspended/state", {"state": "stolen", "why": "Reported by its owner."})
    assert terminal.check_in(**said(1))["reason"]["name"] == "terminal_lost_or_stolen"


# ------------------------------------------------------------------ handshake


def test_an_enrolment_code_is_good_once_and_for_its_terminal(service: Service) -> None:
    codes = [service.do("POST", "/v1/terminals", {"hardware": f"code-{k}"})["code"] for k in range(2)]
    first = service.client("code-0")
    with pytest.raises(Refused) as refused:
        first.enrol(codes[1])
    assert refused.value.problem["field"] == "code"
    first.enrol(codes[0])
    with pytest.raises(Refused) as refused:
        first.enrol(codes[0])
    assert refused.value.problem["field"] == "code"


def test_a_handshake_needs_the_terminals_own_key(service: Service) -> None:
    terminal = service.terminal()
    terminal.identity = new_identity()
    with pytest.raises(Refused, match="401"):
        terminal.open()


def test_a_terminal_does_not_take_another_server_for_its_own(service: Service) -> None:
    terminal = service.terminal()
    terminal.server_key = new_identity().public_key().public_bytes_raw()
    with pytest.raises(OpenLEOError, match="not signed by the server"):
        terminal.open()


def test_an_unknown_terminal_is_answered_as_one_with_a_wrong_key(service: Service) -> None:
    answers = []
    for terminal in (service.client("nobody"), service.terminal()):
        terminal.identity = new_identity()
        with pytest.raises(Refused) as refused:
            terminal.open()
        answers.append(refused.value.problem)
    assert answers[0] == answers[1]


def test_a_nonce_is_good_for_one_terminal_and_one_minute(tmp_path: Path) -> None:
    from openleo.http.handshake import SESSION, challenge, open_session, transcript

    keys, identity = Secrets.of(bytes(32)), new_identity()
    public, exchange = identity.public_key().public_bytes_raw(), bytes([9]) + bytes(31)

    def opened(nonce: bytes, name: str, now_us: int) -> object:
        signature = identity.sign(transcript(SESSION, nonce, name.encode(), exchange))
        return open_session(keys, name, 0, public, nonce, exchange, signature, now_us)

    nonce = challenge(keys, "A", 1_000_000)
    assert opened(nonce, "A", 60_000_000)
    for name, now_us in (("B", 1_000_000), ("A", 61_000_000)):
        with pytest.raises(Denied, match="nonce"):
            opened(nonce, name, now_us)


# ------------------------------------------------------------------ roles


OPERATORS = (
    ("POST", "/v1/terminals", {"hardware": "by-auditor"}),
    ("POST", "/v1/terminals/roles/state", {"state": "lost", "why": "No."}),
    ("POST", "/v1/terminals/roles/revocation", {"why": "No."}),
    ("POST", "/v1/terminals/roles/code", None),
    ("POST", "/v1/terminals/roles/transfers", {"from": None, "to": "B", "at": "2026-07-01T00:00:00Z"}),
    ("POST", "/v1/lists/ours/members", {"number": 1, "add": ["roles"]}),
    ("POST", "/v1/findings/1/closure", {"state": "dismissed", "why": "No."}),
)
READERS = (
    "/v1/terminals", "/v1/terminals/roles", "/v1/terminals/roles/decisions", "/v1/terminals/roles/transfers",
    "/v1/lists", "/v1/lists/survey", "/v1/findings",
)  # fmt: skip
PUBLIC = (
    "/v1/regions", "/v1/regions/at?lat=0&lon=0", "/v1/reasons", "/v1/rules", "/v1/figures", "/healthz",
    "/metrics", "/openapi.json",
)  # fmt: skip


def test_anyone_reads_what_is_public_and_nothing_else(service: Service) -> None:
    if service.controller.find("roles") < 0:
        service.terminal("roles")
    for path in PUBLIC:
        assert service.ask("GET", path).status_code == 200, path
    for path in READERS:
        problem(service.ask("GET", path), 401, "authorization")
    for method, path, body in OPERATORS:
        problem(service.ask(method, path, json=body), 401)


def test_an_auditor_reads_and_changes_nothing(service: Service) -> None:
    if service.controller.find("roles") < 0:
        service.terminal("roles")
    for path in READERS:
        assert service.ask("GET", path, service.auditor).status_code == 200, path
    for method, path, body in OPERATORS:
        problem(service.ask(method, path, service.auditor, json=body), 403)


def test_a_token_that_has_ended_was_changed_or_is_anothers_is_refused(service: Service) -> None:
    now_us = service.controller.now_us()
    keys, other = Secrets.of(bytes(32)), Secrets.of(bytes([1]) * 32)
    ended = make_token(keys, "operator", "x", now_us - 3_700_000_000)
    said_, _, code = service.auditor.partition(".")
    changed = f"{service.operator.partition('.')[0]}.{code}"
    for token in (ended, changed, make_token(other, "operator", "x", now_us), "x", f"{said_}.", "é.é"):
        answer = service.http.get(
            f"{service.url}/v1/terminals", headers={"authorization": b"Bearer " + token.encode()}
        )
        problem(answer, 401, "authorization")
        assert answer.headers["www-authenticate"] == "Bearer"


def test_tokens_last_at_most_half_a_day() -> None:
    keys = Secrets.of(bytes(32))
    with pytest.raises(InputError, match="43200"):
        make_token(keys, "operator", "x", 0, 50_000.0)
    assert read_token(keys, make_token(keys, "auditor", "a", 0), 1).role == "auditor"


# ------------------------------------------------------------------ operators


def test_a_transfer_is_recorded_once_however_often_it_is_sent(service: Service) -> None:
    service.terminal("sold", owner="First")
    words = {
        "from": "First",
        "to": "Second",
        "at": "2026-07-01T10:00:00Z",
        "country": "KE",
        "note": "By hand.",
    }
    first = service.do("POST", "/v1/terminals/sold/transfers", words)
    again = service.do("POST", "/v1/terminals/sold/transfers", words)
    assert (first.pop("repeated"), again.pop("repeated")) == (False, True)
    assert first == again
    chain = [(each["kind"], each["from"], each["to"]) for each in first["transfers"]]
    assert chain == [("sale", None, "First"), ("transfer", "First", "Second")]
    answer = service.ask(
        "POST", "/v1/terminals/sold/transfers", service.operator, json=words | {"to": "Third"}
    )
    problem(answer, 422, "from")


def test_what_was_decided_can_be_read_back(service: Service) -> None:
    terminal = service.terminal("read-back")
    for sequence, where in ((1, HERE), (2, UNLICENSED), (3, HERE)):
        terminal.check_in(**said(sequence, where))
    found = service.do("GET", "/v1/terminals/read-back/decisions?limit=2")["decisions"]
    assert [each["sequence"] for each in found] == [3, 2]
    assert found[1]["region"] == "Unlicensed"
    assert found[1]["reason"] == "unlicensed"
    older = service.do("GET", f"/v1/terminals/read-back/decisions?before={found[1]['number']}")["decisions"]
    assert [each["sequence"] for each in older] == [1]
    last = service.do("GET", "/v1/terminals/read-back")["last"]
    assert (last["sequence"], last["cell"]) == (3, h3.latlng_to_cell(HERE["lat_deg"], HERE["lon_deg"], 5))
    assert "lat_deg" not in last


def test_terminals_are_listed_page_by_page(service: Service) -> None:
    for _ in range(3):
        service.terminal()
    names, after = [], -1
    while after is not None:
        page = service.do("GET", f"/v1/terminals?limit=2&after={after}")
        names += [each["hardware"] for each in page["terminals"]]
        after = page["next"]
    assert len(names) == len(set(names)) == len(service.controller.register)


def test_a_list_with_a_key_is_changed_by_what_its_custodian_signed_and_by_nothing_else(
    service: Service,
) -> None:
    terminal = service.terminal("listed")
    assert terminal.check_in(**said(1, LISTED))["reason"]["name"] == "not_on_list"
    number = service.do("GET", "/v1/lists/survey")["number"] + 1
    change = Change("survey", number, ("listed",), ())
    words = {"number": number, "add": ["listed"], "signature": CUSTODIAN.sign(change.signed()).hex()}
    path = "/v1/lists/survey/changes"
    problem(service.ask("POST", "/v1/lists/survey/members", service.operator, json={"number": number}), 403)
    problem(service.ask("POST", path, json=words | {"add": ["roles"]}), 401, "signature")
    problem(service.ask("POST", path, service.operator, json={"number": number, "add": ["listed"]}), 401)
    first = service.ask("POST", path, json=words)
    assert first.status_code == 200, first.text
    assert first.json()["repeated"] is False
    assert service.ask("POST", path, json=words).json()["repeated"] is True
    assert service.do("GET", "/v1/lists/survey")["members"] == ["listed"]
    assert terminal.check_in(**said(2, LISTED))["outcome"] == "serve"
    removed = Change("survey", number + 1, (), ("listed",))
    gone = {"number": number + 1, "remove": ["listed"], "signature": CUSTODIAN.sign(removed.signed()).hex()}
    assert service.ask("POST", path, json=gone).status_code == 200
    problem(
        service.ask("POST", path, json=words), 409, "number"
    )  # an old change, sent by somebody who kept it
    assert terminal.check_in(**said(3, LISTED))["outcome"] == "refuse"


def test_findings_are_read_and_closed_with_who_and_why(service: Service) -> None:
    terminal = service.terminal("leaps")
    terminal.check_in(**said(1))
    terminal.check_in(**said(2) | {"lat_deg": 40.0, "lon_deg": -100.0})
    terminal.check_in(**said(3) | {"lat_deg": -30.0, "lon_deg": 140.0})
    found = service.do("GET", "/v1/findings?kind=impossible_travel&hardware=leaps")["findings"]
    problem(service.ask("GET", "/v1/findings?hardware=nobody", service.operator), 404, "hardware")
    assert len(found) == 1  # of a kind, one is open at a time
    assert found[0]["state"] == "open"
    assert found[0]["data"]["sequence"] == 2
    path = f"/v1/findings/{found[0]['number']}/closure"
    words = {"state": "dismissed", "why": "A test."}
    closed = service.do("POST", path, words)
    assert (closed["state"], closed["why"], closed["closed_by"]) == ("dismissed", "A test.", "operator tests")
    assert service.do("POST", path, words)["repeated"] is True
    problem(service.ask("POST", path, service.operator, json=words | {"state": "confirmed"}), 409)
    problem(service.ask("POST", "/v1/findings/99999/closure", service.operator, json=words), 404, "number")


# ------------------------------------------------------------------ bad input


BAD_CHECK_INS: tuple[tuple[bytes | dict[str, Any], int, str], ...] = (
    (b"", 400, "body"),
    (b"{", 400, "body"),
    (b"\xff\xfe", 400, "body"),
    (b"[]", 422, "body"),
    (b"null", 422, "body"),
    ({"lat_deg": 90.001}, 422, "lat_deg"),
    ({"lat_deg": -1e308}, 422, "lat_deg"),
    ({"lon_deg": 180.5}, 422, "lon_deg"),
    ({"accuracy_m": -1.0}, 422, "accuracy_m"),
    ({"accuracy_m": None}, 422, "accuracy_m"),
    ({"speed_kmh": -0.1}, 422, "speed_kmh"),
    ({"altitude_m": 1e9}, 422, "altitude_m"),
    ({"sequence": -1}, 422, "sequence"),
    ({"sequence": 2**63}, 422, "sequence"),
    ({"sequence": 1.5}, 422, "sequence"),
    ({"sequence": "1"}, 422, "sequence"),
    ({"satellite": 2**40}, 422, "satellite"),
    ({"version": True}, 422, "version"),
    ({"time": "yesterday"}, 422, "time"),
    ({"time": "2026-07-01T00:00:00"}, 422, "time"),
    ({"time": 1_700_000_000}, 422, "time"),
    ({"cell": "zzz"}, 422, "cell"),
    ({"cell": "000000000000000"}, 422, "cell"),
    ({"distress": "yes"}, 422, "distress"),
    ({"name": LONG[:3000]}, 422, "name"),
    ({"lat_deg": "'; DROP TABLE terminals; --"}, 422, "lat_deg"),
    ({"time": "'; DROP TABLE terminals; --"}, 422, "time"),
    ({"cell": "'; DROP TABLE terminals; --"}, 422, "cell"),
)


@pytest.mark.parametrize(("bad", "status", "field"), BAD_CHECK_INS, ids=lambda value: str(value)[:40])
def test_a_bad_check_in_names_its_field_and_stores_nothing(
    service: Service, bad: bytes | dict[str, Any], status: int, field: str
) -> None:
    terminal = service.terminal()
    before = stored(service)
    body = bad if isinstance(bad, bytes) else json.dumps(said(1) | bad).encode()
    problem(sent(service, terminal, body), status, field)
    assert stored(service) == before


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_no_number_of_json_is_refused(service: Service, text: str) -> None:
    terminal = service.terminal()
    before = stored(service)
    body = json.dumps(said(1)).replace(str(HERE["lat_deg"]), text).encode()
    answer = sent(service, terminal, body)
    assert answer.status_code in (400, 422)
    assert answer.json()["field"] in ("body", "lat_deg")
    assert stored(service) == before


@pytest.mark.parametrize("where", [(90.0, 0.0), (-90.0, 180.0), (0.0, -180.0), (-0.0, 180.0)])
def test_poles_and_the_antimeridian_are_places(service: Service, where: tuple[float, float]) -> None:
    words = said(1) | {"lat_deg": where[0], "lon_deg": where[1]}
    assert service.terminal().check_in(**words)["outcome"] in ("serve", "refuse")


def test_a_missing_field_is_named(service: Service) -> None:
    terminal = service.terminal()
    for name in ("sequence", "time", "version"):
        words = {key: value for key, value in said(1).items() if key != name}
        problem(sent(service, terminal, json.dumps(words).encode()), 422, name)


def test_an_oversized_body_is_refused_with_the_limit(service: Service) -> None:
    terminal = service.terminal()
    body = json.dumps(said(1)).encode() + b" " * 5000
    assert problem(sent(service, terminal, body), 413)["limit_bytes"] == 4096

    def parts() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 4096

    answer = service.http.post(f"{service.url}/v1/challenges", content=parts())
    assert problem(answer, 413)["limit_bytes"] == 65_536
    many = {"check_ins": [terminal.sealed(**said(k)) for k in range(1001)]}
    assert (
        "1000" in problem(service.ask("POST", "/v1/check-ins/batch", json=many), 413, "check_ins")["detail"]
    )


def test_a_wrong_code_and_a_wrong_session_are_refused(service: Service) -> None:
    terminal = service.terminal()
    body = json.dumps(said(1)).encode()
    right = terminal.vouched(body)
    before = stored(service)
    for headers, field in (
        ({}, "openleo-session"),
        (right | {"openleo-code": "0" * 64}, "openleo-code"),
        (right | {"openleo-code": "é".encode("latin-1")}, "openleo-code"),
        (right | {"openleo-session": "A" * 112}, "openleo-session"),
        (right | {"openleo-session": SQL[0]}, "openleo-session"),
        (right | {"openleo-code": check_code(bytes(32), body).hex()}, "openleo-code"),
    ):
        problem(service.http.post(f"{service.url}/v1/check-ins", content=body, headers=headers), 401, field)
    assert stored(service) == before


ADDS = {
    "hardware": "bad", "account": "A", "plan": "home", "use": "A", "declared_by": "A", "dealer": "A",
    "owner": "A", "sold": "KE", "home": "KE", "motion": "fixed", "usage": "civil",
}  # fmt: skip


@pytest.mark.parametrize("bad", [*SQL, LONG, "", "\x00", "a\nb", "\ud800"], ids=lambda text: repr(text)[:20])
def test_bad_text_in_any_field_of_a_terminal_is_named_and_nothing_is_stored(
    service: Service, bad: str
) -> None:
    before = len(service.controller.register)
    for name in ADDS:
        body = json.dumps(ADDS | {name: bad}).encode()
        headers = {"content-type": "application/json"}
        answer = service.ask("POST", "/v1/terminals", service.operator, content=body, headers=headers)
        problem(answer, 422, name)
    assert len(service.controller.register) == before


@pytest.mark.parametrize("bad", [*SQL, LONG], ids=lambda text: repr(text)[:20])
def test_bad_text_anywhere_else_is_a_problem(service: Service, bad: str) -> None:
    if service.controller.find("texts") < 0:
        service.terminal("texts")
    transfer = {"from": None, "to": "B", "at": "2026-07-01T00:00:00Z"}
    asked = [
        ("/v1/terminals/texts/state", {"state": bad, "why": "x"}, "state"),
        ("/v1/terminals/texts/state", {"state": "lost", "why": bad}, "why"),
        ("/v1/terminals/texts/revocation", {"why": bad}, "why"),
        *(
            ("/v1/terminals/texts/transfers", transfer | {name: bad}, name)
            for name in ("from", "to", "at", "dealer", "country", "account", "note")
        ),
        ("/v1/lists/ours/members", {"number": 1, "add": [bad]}, "add.0"),
        ("/v1/findings/1/closure", {"state": bad, "why": "x"}, "state"),
        ("/v1/challenges", {"hardware": bad}, "hardware"),
        ("/v1/enrolments", {"hardware": "x", "code": bad, "key": "0" * 64, "signature": "0" * 128}, "code"),
        ("/v1/enrolments", {"hardware": "x", "code": "x", "key": bad, "signature": "0" * 128}, "key"),
    ]
    for path, body, field in asked:
        problem(service.ask("POST", path, service.operator, json=body), 422, field)
    for path in (f"/v1/figures?region={LONG}", "/v1/regions/at?lat=x&lon=0", "/v1/regions/at?lat=nan&lon=0",
                 "/v1/regions/at?lat=91&lon=0", "/v1/regions/at?lat=0", "/v1/regions/at?lat=0&lon=0&at=x",
                 "/v1/figures?since=2026-13-01", "/v1/reasons?x=1", "/v1/rules?a=1&a=2"):  # fmt: skip
        assert problem(service.ask("GET", path), 422)["field"] in (
            "region",
            "lat",
            "lon",
            "at",
            "since",
            "x",
            "a",
        )
    with_sql = httpx.URL(f"{service.url}/v1/terminals/{httpx.QueryParams({'': bad[:60]})}")
    problem(
        service.http.get(with_sql, headers={"authorization": f"Bearer {service.operator}"}), 422, "hardware"
    )


def test_an_unknown_path_and_a_wrong_method_are_problems(service: Service) -> None:
    problem(service.ask("GET", "/v2/anything"), 404)
    problem(service.ask("GET", "/v1/check-ins"), 405)
    problem(service.ask("DELETE", "/v1/terminals", service.operator), 405)


def test_unknown_fields_are_refused_everywhere(service: Service) -> None:
    body = {"hardware": "x", "extra": 1}
    for path, token in (("/v1/challenges", ""), ("/v1/terminals", service.operator)):
        problem(service.ask("POST", path, token, json=body), 422, "extra")


# ------------------------------------------------------------------ limits, health, figures, secrets


def test_a_caller_that_asks_too_much_is_slowed_down(tmp_path: Path) -> None:
    few = Limits(address_burst=30.0, address_per_s=0.01, terminal_burst=2.0, terminal_per_s=0.01)
    with served(str(tmp_path / "store.db"), limits=few) as service:
        terminal = service.terminal()
        assert [terminal.check_in(**said(k))["outcome"] for k in (1, 2)] == ["serve", "serve"]
        with pytest.raises(Refused) as refused:
            terminal.check_in(**said(3))
        assert refused.value.status == 429
        assert terminal.check_in(**said(3, distress=True))["outcome"] == "serve"  # distress is counted apart
        answers = [service.ask("GET", "/v1/reasons") for _ in range(31)]
        assert answers[0].status_code == 200
        assert int(answers[-1].headers["retry-after"]) >= 1
        problem(answers[-1], 429)


def test_the_metrics_count_decisions_and_name_nobody(service: Service) -> None:
    service.terminal("metrics").check_in(**said(1, UNLICENSED))
    page = service.ask("GET", "/metrics").text
    assert 'openleo_refusals{reason="unlicensed"}' in page
    assert "openleo_store_up 1.0" in page
    assert "metrics-terminal" not in page


def test_counts_under_ten_are_not_published(tmp_path: Path) -> None:
    with served(str(tmp_path / "store.db")) as service:
        terminals = [service.terminal() for _ in range(12)]
        for terminal in terminals:
            terminal.check_in(**said(1))
        for terminal in terminals[:9]:
            terminal.check_in(**said(2, UNLICENSED))
        found = {each["region"]: each for each in service.ask("GET", "/v1/figures").json()["figures"]}
        assert found["elsewhere"]["terminals"] == found["elsewhere"]["served"] == 12
        assert found["Unlicensed"]["terminals"] is None
        assert found["Unlicensed"]["refused"] == {}
        assert found["Unlicensed"]["uncertain"] is None


def test_secrets_are_never_in_logs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), served(str(tmp_path / "store.db")) as service:
        made = service.do("POST", "/v1/terminals", {"hardware": "quiet", "plan": "home"})
        terminal = service.client("quiet")
        terminal.enrol(made["code"])
        terminal.open()
        terminal.check_in(**said(1))
        service.ask("GET", "/v1/terminals", "wrong." + service.operator)
        with pytest.raises(Refused):
            terminal.enrol(made["code"])
        sent(service, terminal, b"{")
        secrets = (
            made["code"], terminal.session, terminal.key.hex(), service.operator, service.auditor,
            terminal.identity.private_bytes_raw().hex(), bytes(32).hex(),
        )  # fmt: skip
    logged = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    for secret in secrets:
        assert secret not in logged
    assert "token_key" not in repr(Secrets.of(bytes(32)))
    assert terminal.key.hex() not in repr(terminal)


def test_the_secret_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    made = load_secrets(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_secrets(path).public_key == made.public_key
    path.chmod(0o644)
    with pytest.raises(InputError, match="0644"):
        load_secrets(path)
    path.chmod(0o600)
    path.write_text("short")
    with pytest.raises(InputError, match="64 hexadecimal digits"):
        load_secrets(path)


# ------------------------------------------------------------------ the command


@pytest.mark.slow
def test_openleo_serve_says_where_it_listens_and_ends_at_a_signal(tmp_path: Path) -> None:
    store = str(tmp_path / "store.db")
    for sign in (signal.SIGINT, signal.SIGTERM):
        with process(tmp_path, store) as service:
            assert service.ask("GET", "/healthz").json()["status"] == "ok"
            terminal = service.terminal()
            assert terminal.check_in(**said(1))["outcome"] == "serve"
            terminal.close()
            os.kill(service.process.pid, sign)
            assert service.process.wait(timeout=30) == 0
    assert "Traceback" not in (tmp_path / "serve.log").read_text()


@pytest.mark.slow
def test_the_first_lines_name_address_rules_and_store(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    running = subprocess.Popen(
        command("--store", str(store), "--port", "0"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    lines = [running.stdout.readline() for _ in range(3)]
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=30)
    assert lines[0].startswith("Listening on http://127.0.0.1:")
    assert lines[1].startswith("Rules: illustration, version 1, SHA-256 ")
    assert lines[2].startswith(f"Store: {store}, 0 terminals")
    assert running.returncode == 0
    assert "Traceback" not in errors


@pytest.mark.slow
def test_the_command_makes_tokens_that_the_server_takes(tmp_path: Path) -> None:
    with process(tmp_path, str(tmp_path / "store.db")) as service:
        made = subprocess.run(
            command("token", "--name", "desk 1", "--role", "auditor", "--secret", str(tmp_path / "secret")),
            capture_output=True, text=True, check=True,
        ).stdout.strip()  # fmt: skip
        assert service.ask("GET", "/v1/terminals", made).status_code == 200


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from openleo.cli import openleo

    for words, wrong in (
        (("--store", "postgresql+pg8000://nobody@localhost/x"), "--secret"),
        (("--rules", "nowhere.toml", "--store", str(tmp_path / "a.db")), "nowhere.toml"),
        (("--store", str(tmp_path / "no" / "such" / "b.db"), "--secret", str(tmp_path / "s")), "no folder"),
        (("token", "--name", LONG, "--secret", str(tmp_path / "s")), "name"),
    ):
        result = CliRunner().invoke(
            openleo, ["serve", *(["--port", "0", *words] if words[0] != "token" else words)]
        )
        assert result.exit_code == 2, result.output
        assert wrong in result.output
