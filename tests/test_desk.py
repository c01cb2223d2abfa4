"""The desk over HTTP: places as cells, looks that are recorded, dry runs, drafts, publication and answers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h3
import httpx
import numpy as np
import pytest
import shapely
from at_desk import Desk
from enforced_log import KEYS, governed
from serving import RULES, Service, now_text, process, said, served
from typed import well

from openleo.http.keys import Secrets, make_token
from openleo.ledger.entries import time_of
from openleo.service.governance import publishing
from openleo.service.governance.approvals import approve
from openleo.service.governance.asked import Request
from openleo.service.governance.days import Closing
from openleo.service.governance.draft import Draft
from openleo.service.records import FindingKind
from openleo.service.store import Store
from openleo.service.store.looks import MOST, NotOpen, checkins_about, look, looks_at

HERE, FAR = (-1.3, 36.8), (40.0, -100.0)
COORDINATES = ("lat_deg", "lon_deg")


def problem(answer: httpx.Response, status: int, says: str = "") -> dict[str, Any]:
    """The problem that an answer is."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.text, answer.text
    found: dict[str, Any] = answer.json()
    return found


def leaping(service: Service, hardware: str) -> dict[str, Any]:
    """A terminal that leaps over an ocean between two check-ins, and the finding about it."""
    terminal = service.terminal(hardware)
    terminal.check_in(**said(1))
    terminal.check_in(**said(2) | dict(zip(COORDINATES, FAR, strict=True)))
    (found,) = service.do("GET", f"/v1/findings?kind=impossible_travel&hardware={hardware}")["findings"]
    return dict(found)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with served(str(tmp_path_factory.mktemp("desk") / "store.db")) as running:
        yield running


# ------------------------------------------------------------------ places and looks


def test_no_answer_about_a_terminal_names_coordinates_but_a_look_at_an_open_finding(service: Service) -> None:
    found = leaping(service, "leaps")
    home = {"home_lat_deg": 48.0, "home_lon_deg": 2.0}
    added = service.do("POST", "/v1/terminals", {"hardware": "at-home"} | home)
    assert added["home_cell"] == h3.latlng_to_cell(48.0, 2.0, 5)
    assert found["data"]["cell"] == h3.latlng_to_cell(*FAR, 5)
    paths = ("terminals", "terminals/leaps", "terminals/leaps/decisions", "findings", "terminals/at-home")
    for path in paths:
        text = service.ask("GET", f"/v1/{path}", service.auditor).text
        assert not any(name in text for name in COORDINATES), path
        assert str(FAR[1]) not in text
    shown = service.do("POST", f"/v1/findings/{found['number']}/looks", {"why": "Asked by the desk."})
    assert [(each["lat_deg"], each["lon_deg"], each["shows"]) for each in shown["spots"]] == [
        (*HERE, False), (*FAR, True)
    ]  # fmt: skip
    assert shown["hardware"] == "leaps"


def test_each_look_is_on_the_disk_with_who_when_and_why(tmp_path: Path) -> None:
    where = str(tmp_path / "store.db")
    with served(where) as service:
        number = leaping(service, "x")["number"]
        path = f"/v1/findings/{number}/looks"
        for token, why in ((service.operator, "First."), (service.auditor, "Second.")):
            assert service.ask("POST", path, token, json={"why": why}).status_code == 200
        told = service.ask("GET", path, service.auditor).json()
        assert [(each["by"], each["why"]) for each in told["looks"]] == [
            ("operator tests", "First."), ("auditor tests", "Second.")
        ]  # fmt: skip
        first = service.ask("GET", f"{path}?limit=1", service.auditor).json()
        assert (
            service.ask("GET", f"{path}?after={first['next']}", service.auditor).json()["looks"]
            == (told["looks"][1:])
        )
        with Store.open(where, create=False) as other:  # another connection sees it: it was committed
            rows = looks_at(other, number)
        assert [(each.by, each.why, each.looked_us > 0) for each in rows] == [
            ("operator tests", "First.", True), ("auditor tests", "Second.", True)
        ]  # fmt: skip


def test_nobody_looks_without_a_reason_a_role_or_an_open_finding(service: Service) -> None:
    number = leaping(service, "closed")["number"]
    path, why = f"/v1/findings/{number}/looks", {"why": "Asked by the desk."}
    approver = make_token(Secrets.of(bytes(32)), "approver", "x", service.controller.now_us())
    problem(service.ask("POST", path, json=why), 401)
    problem(service.ask("POST", path, approver, json=why), 403)
    problem(service.ask("GET", path, approver), 403)
    for body in ({}, {"why": ""}, {"why": " "}, {"why": 1}, why | {"more": 1}):
        problem(
            service.ask("POST", path, service.operator, json=body),
            422,
            "why" if "more" not in body else "more",
        )
    problem(service.ask("POST", "/v1/findings/999999/looks", service.operator, json=why), 404)
    problem(service.ask("GET", "/v1/findings/999999/looks", service.operator), 404)
    service.do("POST", f"/v1/findings/{number}/closure", {"state": "confirmed", "why": "Seen."})
    answer = problem(service.ask("POST", path, service.operator, json=why), 409, "confirmed")
    assert "spots" not in answer
    assert service.do("GET", path)["looks"] == []


def test_a_finding_about_a_seller_has_no_coordinates_to_look_at(tmp_path: Path) -> None:
    where = str(tmp_path / "store.db")
    with served(where) as service:
        with service.controller.store.locked(np.empty(0, np.int64)) as held:
            (number,) = held.find(
                [("resale", "dealer 3 in FR", '{"dealer": "<b>Shop</b>", "terminals": 12}')], 1
            )
        (found,) = service.do("GET", "/v1/findings?kind=resale")["findings"]
        assert found["data"] == {"dealer": "<b>Shop</b>", "terminals": 12}
        problem(
            service.ask("POST", f"/v1/findings/{number}/looks", service.operator, json={"why": "So."}), 409
        )


def test_looks_are_never_changed_and_are_refused_once_the_finding_is_closed(store_url: str) -> None:
    from sqlalchemy import text

    from openleo.service.store.found import close

    with Store.open(store_url) as store:
        with store.locked(np.empty(0, np.int64)) as held:
            (number,) = held.find([("clone", "terminal 0", "{}")], 5)
        look(store, number, by="operator a", why="So.", now_us=7)
        for words in ("UPDATE looks SET why = ''", "DELETE FROM looks"):
            with pytest.raises(Exception, match="never changed"), store.begin() as connection:
                connection.execute(text(words))
        close(store, number, "dismissed", by="operator a", why="A test.", now_us=8)
        with pytest.raises(NotOpen, match="dismissed"):
            look(store, number, by="operator a", why="So.", now_us=9)
        assert [(each.finding, each.looked_us, each.why) for each in looks_at(store, number)] == [
            (number, 7, "So.")
        ]


def test_a_look_is_bounded_in_number_and_in_time(tmp_path: Path) -> None:
    day_us = 86_400_000_000
    with served(str(tmp_path / "store.db")) as service:
        leaping(service, "often")
        store = service.controller.store
        last = int(store.histories(np.array([service.controller.find("often")]))[0]["checkin"])
        opened_us = service.controller.now_us()

        def shown(
            at_us: int, most: int = MOST, kind: FindingKind = FindingKind.IMPOSSIBLE_TRAVEL
        ) -> list[int]:
            return [int(each) for each in checkins_about(store, last, kind, at_us, most)["number"]]

        assert shown(opened_us) == [last - 1, last]
        assert shown(opened_us, most=1) == [last - 1]
        assert shown(opened_us, kind=FindingKind.DRONE) == []
        assert shown(opened_us - 2 * day_us) == shown(opened_us + day_us) == []


# ------------------------------------------------------------------ under a log


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    with governed(folder) as log:
        log.publish(in_s=10)
        log.clock.pass_s(10)
        store = str(folder / "h.db")
        enforced, closing = log.enforcement(), Closing(log.log)
        with served(store, clock=log.clock, enforced=enforced, closing=closing) as service:
            made = Desk(log, service, folder, store)
            for k in range(6):
                made.put(f"FR-{k}", 48.0 + 0.3 * k, 2.0, f"account {k % 2}")
            for k in range(3):
                made.put(f"DE-{k}", 50.9, 10.0 + 0.3 * k)
            yield made


def test_a_token_says_as_whom_one_works_and_what_the_server_can_do(desk: Desk, service: Service) -> None:
    told = desk.service.do("GET", "/v1/token")
    assert (told["role"], told["name"], told["publishes"]) == ("operator", "tests", True)
    assert told["log"] == "log.example/rules"
    assert told["ends"].startswith("2026-10-26T13:00")
    plain = service.ask("GET", "/v1/token", service.auditor).json()
    assert (plain["role"], plain["log"], plain["publishes"]) == ("auditor", None, False)
    problem(service.ask("GET", "/v1/token", "nonsense.token"), 401)
    problem(service.ask("GET", "/v1/token"), 401)


def test_the_rules_that_hold_are_given_as_text_with_their_files(desk: Desk, service: Service) -> None:
    told = desk.service.do("GET", "/v1/rules/text")
    assert told["rules"] == desk.text()["rules"]
    assert (told["source"], told["in_force"]) == ("log", True)
    assert told["digest"] == desk.service.ask("GET", "/v1/rules").json()["rules"]["digest"]
    problem(service.ask("GET", "/v1/rules/text", service.operator), 404, "not known")


def test_a_dry_run_says_what_the_command_says_on_the_same_store(desk: Desk) -> None:
    text = desk.text("FR")
    made = desk.draft(text)
    assert made.status_code == 200, made.text
    path = desk.folder / "change.json"
    path.write_text(json.dumps(made.json()["file"]))
    command = json.loads(well("rules", "dry-run", str(path), "--store", desk.store, "--json"))
    at = Draft.read(path).change.effective_at
    told = desk.service.do("POST", "/v1/dry-runs", text | {"at": at, "terminals": ["FR-0", "DE-0", "none"]})
    assert told["affected"] == {name: command["affected"][name] for name in told["affected"]}
    assert told["effects"] == {name: command["affected"][name] for name in ("loses", "gains", "less", "more")}
    assert told["effects"]["loses"]["terminals"] == 6
    assert told["why"] == command["reasons"]
    assert told["accounts"] == command["accounts"]
    assert [{k: each[k] for k in command["cells"][0]} for each in told["cells"]] == command["cells"]
    assert told["listed"] == command["terminals"]
    assert (told["before"]["digest"], told["after"]["digest"]) == (command["before"], command["after"])
    assert [(each["name"], each["loses"]) for each in told["countries"]] == [("FR", 6)]
    assert [(each["name"], each["loses"]) for each in told["regions"]] == [("off FR", 6)]
    assert (told["check"]["hit"], told["check"]["unaffected"], told["check"]["unknown"]) == (
        1,
        ["DE-0"],
        ["none"],
    )
    assert told["differs"]["en"] == made.json()["file"]["change"]["differs"]
    assert told["differs"]["fr"] != told["differs"]["en"]
    assert told["view"] is None
    (area,) = told["areas"]
    assert (area["was"], area["gets"]) == ("on", "off")
    dark = shapely.geometry.shape(area["outline"])
    for country, lat, lon in (("FR", 48.0, 2.0), ("DE", 50.9, 10.0), ("FR", 45.8, 4.8)):
        assert dark.contains(shapely.Point(lon, lat)) == (country == "FR")
    assert not any(name in json.dumps(told["listed"]) for name in COORDINATES)


def test_who_tries_which_rules_on_terminals_is_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "openleo.http"):
        made = desk.service.do("POST", "/v1/dry-runs", desk.text("FR"))
        desk.draft(desk.text("FR"))
        desk.draft(desk.text("FR"), touches=False)
    logged = [each.getMessage() for each in caplog.records if "dry run" in each.getMessage()]
    many = f"{made['affected']['terminals']} of {made['terminals']} terminals"
    assert (
        logged == [f"dry run of {made['after']['digest']}: 1 regions, {many} affected, by operator tests"] * 2
    )


def test_the_command_writes_who_did_what_to_its_log(tmp_path: Path) -> None:
    with process(tmp_path, str(tmp_path / "store.db")) as service:
        made = service.do("POST", "/v1/dry-runs", {"rules": RULES, "files": {}})
    log = (tmp_path / "serve.log").read_text()
    assert f"dry run of {made['after']['digest']}: 2 regions, 0 of 0 terminals affected, by operator" in log


def test_a_dry_run_at_the_end_of_all_calendars_is_refused(desk: Desk) -> None:
    at = {"at": "9999-12-31T23:59:59-12:00"}
    problem(
        desk.service.ask("POST", "/v1/dry-runs", desk.service.operator, json=desk.text("FR") | at), 422, "at"
    )


def test_faults_of_a_rule_text_are_all_told_with_line_and_key(desk: Desk) -> None:
    text = desk.text(more='[[regions]]\nname = "a"\ndecision = "d"\nlicence = "licenced"\nservice = "of"\n')
    lines = text["rules"].splitlines()
    for path in ("/v1/dry-runs", "/v1/draft-files"):
        answer = (
            desk.service.ask("POST", path, desk.service.operator, json=text)
            if "dry" in path
            else desk.draft(text)
        )
        found = problem(answer, 422)
        assert [(each["field"], lines[each["line"] - 1]) for each in found["errors"]] == [
            ("regions[0].licence", 'licence = "licenced"'), ("regions[0].service", 'service = "of"')
        ]  # fmt: skip
    bad = desk.text(more='countries = ["\n')
    found = problem(desk.service.ask("POST", "/v1/dry-runs", desk.service.operator, json=bad), 422)
    assert found["errors"][0]["line"] == len(lines) - 4
    bad = desk.text(more='[[regions]]\nname = "a"\ndecision = "d"\npolygon = "a.geojson"\n')
    problem(desk.service.ask("POST", "/v1/dry-runs", desk.service.operator, json=bad), 422, "a.geojson")
    bad["files"] = {"a.geojson": '{"type": "Polygon", "coordinates": []}', "b.geojson": "{}"}
    problem(desk.service.ask("POST", "/v1/dry-runs", desk.service.operator, json=bad), 422, "b.geojson")
    raw = json.dumps(text | {"rules": "\ud800"})
    problem(desk.service.ask("POST", "/v1/dry-runs", desk.service.operator, content=raw), 422)


def test_only_operators_make_dry_runs_and_drafts_and_large_ones_are_taken_from_them_alone(desk: Desk) -> None:
    ask, text = desk.service.ask, desk.text("FR")
    approver = make_token(Secrets.of(bytes(32)), "approver", "x", desk.log.clock())
    for path in ("/v1/dry-runs", "/v1/draft-files", "/v1/changes/" + "a" * 64 + "/publication"):
        problem(ask("POST", path, json=text), 401)
        for token in (desk.service.auditor, approver):
            problem(ask("POST", path, token, json=text), 403)
    large = text | {"rules": text["rules"] + "#" * 100_000}
    assert ask("POST", "/v1/dry-runs", desk.service.operator, json=large).status_code == 200
    problem(ask("POST", "/v1/dry-runs", desk.service.auditor, json=large), 413)


def test_a_draft_file_is_the_one_that_the_command_writes(desk: Desk, tmp_path: Path) -> None:
    text, at = desk.text("DE"), "2027-03-01T00:00:00Z"
    made = desk.draft(text, effective_at=at, requester="Ministry QP", basis="Act 7", touches=False)
    assert made.status_code == 200, made.text
    mine = made.json()["file"]
    (tmp_path / "tests.rules.toml").write_text(text["rules"])
    well(
        "rules", "draft", str(tmp_path / "tests.rules.toml"), "--ledger", str(desk.log.public), "--requester",
        "Ministry QP", "--reason", "By the test.", "--basis", "Act 7", "--effective-at", at,
        "-o", str(tmp_path / "theirs.json"),
    )  # fmt: skip
    theirs = json.loads((tmp_path / "theirs.json").read_text())
    assert mine["base"] == theirs["base"]
    for value in (mine, theirs):
        value["change"].pop("time")  # theirs was made by another clock
        value["change"].pop("rules")  # the object of the rules has a salt
    assert mine["change"] == theirs["change"]
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(made.json()["file"]))
    assert Draft.read(path).pack == Draft.read(tmp_path / "theirs.json").pack
    assert any("Ministry QP" in each for each in made.json()["said"]["fr"])


def test_a_draft_that_could_not_count_is_refused_with_the_reasons(desk: Desk) -> None:
    text = desk.text("FR")
    problem(desk.draft(desk.text()), 422, "nothing differs")
    problem(desk.draft(text, effective_at=time_of(desk.log.clock.s - 60)), 422, "effective_at")
    problem(desk.draft(text, requester=" x"), 422, "requester")
    problem(desk.draft(text, reason=""), 422, "reason")
    problem(desk.draft(text, effective_at="9999-12-31T23:59:59-14:00"), 422)
    problem(desk.draft(text, emergency="restrict"), 422, "ends_at")
    problem(desk.draft(text, stages=[{"at": time_of(desk.log.clock.s + 3600), "share": 0.5}]), 422, "stages")


def test_from_draft_to_log_by_the_desk_alone_but_for_the_signatures(tmp_path: Path) -> None:
    with governed(tmp_path) as log:
        log.publish(in_s=10)
        log.clock.pass_s(10)
        enforced, closing = log.enforcement(), Closing(log.log)
        store = str(tmp_path / "h.db")
        with served(store, clock=log.clock, enforced=enforced, closing=closing) as service:
            desk = Desk(log, service, tmp_path, store)
            desk.put("FR-0", 48.0, 2.0)
            times = [time_of(log.clock.s + seconds) for seconds in (3600, 7200)]
            stages = [{"share": 0.1, "at": times[0]}, {"share": 1, "at": times[1]}]
            made = desk.draft(desk.text("FR"), stages=stages).json()
            name = made["change"]
            assert service.do("GET", "/v1/changes")["drafts"] == []  # nothing was kept
            assert made["file"]["change"]["touches"]["loses"] == 1
            assert service.do("POST", "/v1/changes", made["file"])["change"] == name
            path = f"/v1/changes/{name}/publication"
            problem(service.ask("POST", path, service.operator), 409, "approvals")
            taken = tmp_path / "taken.json"
            taken.write_bytes(service.ask("GET", f"/v1/changes/{name}/draft", service.operator).content)
            for who in ("North", "South"):
                signed = approve(Draft.read(taken).change, KEYS[who], who, time=time_of(log.clock.s))
                said = json.loads(signed.raw)["approvals"][-1]
                token = make_token(Secrets.of(bytes(32)), "approver", who, log.clock())
                answer = service.ask("POST", f"/v1/changes/{name}/approvals", token, json=said)
                assert answer.status_code == 200, answer.text
            entered = service.do("POST", path)
            there = service.do("GET", f"/v1/changes/{name}")
            assert (there["index"], there["page"]) == (entered["index"], entered["page"])
            assert log.said.change(name).refused == ""
            problem(service.ask("POST", path, service.operator), 404)


def test_a_server_that_may_not_write_to_the_log_says_so(tmp_path: Path) -> None:
    with governed(tmp_path) as log:
        log.publish(in_s=10)
        log.clock.pass_s(10)
        store = str(tmp_path / "h.db")
        with served(store, clock=log.clock, enforced=log.enforcement()) as service:
            made = (
                Desk(log, service, tmp_path, store)
                .draft(Desk(log, service, tmp_path, store).text("FR"))
                .json()
            )
            service.do("POST", "/v1/changes", made["file"])
            assert service.do("GET", "/v1/token")["publishes"] is False
            for path, body in (
                (f"changes/{made['change']}/publication", None),
                ("requests/3/answers", ANSWER),
            ):
                problem(
                    service.ask("POST", f"/v1/{path}", service.operator, json=body),
                    403,
                    "OPENLEO_LEDGER_TOKEN",
                )


ANSWER = {"answer": "refused", "by": ["Operator Q"], "reason": "By the rules."}


def test_requests_are_listed_and_answered_in_the_log(tmp_path: Path) -> None:
    with governed(tmp_path) as log:
        log.publish(in_s=10)
        log.clock.pass_s(10)
        asked = Request(
            time=time_of(log.clock.s), id="a" * 32, kind="request", who="Office <b>QP</b>",
            on_behalf_of="Ministry QP",
            for_whose_benefit="", relayed_by="", how="legal order", where_made="private",
            asked_at=time_of(log.clock.s - 60), asks="off", regions=("town",), text=None, commitment=-1,
        )  # fmt: skip
        index = publishing.request(log.log, asked, None)
        enforced, closing = log.enforcement(), Closing(log.log)
        with served(str(tmp_path / "h.db"), clock=log.clock, enforced=enforced, closing=closing) as service:
            (found,) = service.ask("GET", "/v1/requests").json()["requests"]
            assert (found["index"], found["who"], found["open"]) == (index, "Office <b>QP</b>", True)
            assert (found["on_behalf_of"], found["regions"], found["page"]) == (
                "Ministry QP",
                ["town"],
                f"/log/{index}",
            )
            path = f"/v1/requests/{index}/answers"
            problem(service.ask("POST", path, service.auditor, json=ANSWER), 403)
            problem(service.ask("POST", "/v1/requests/0/answers", service.operator, json=ANSWER), 404)
            problem(service.ask("POST", path, service.operator, json=ANSWER | {"by": []}), 422, "by")
            problem(service.ask("POST", path, service.operator, json=ANSWER | {"change": "a" * 64}), 409)
            entered = service.do("POST", path, ANSWER)
            (found,) = service.ask("GET", "/v1/requests?lang=fr").json()["requests"]
            assert [(each["index"], each["answer"], each["by"]) for each in found["answers"]] == [
                (entered["index"], "refused", ["Operator Q"])
            ]
            assert found["open"] is False
            assert any("refusée par Operator Q" in each for each in found["said"])


def test_a_server_with_a_rule_file_makes_dry_runs_and_no_drafts(tmp_path: Path) -> None:
    from openleo.service.governance.checking import packed

    with served(str(tmp_path / "h.db"), rules_pack=packed(RULES, {})) as service:
        terminal = service.terminal("T")
        terminal.check_in(**said(1))
        assert service.do("GET", "/v1/rules/text")["rules"] == RULES
        text = {
            "rules": RULES
            + '[[regions]]\nname = "off"\ndecision = "d"\ncountries = ["KE"]\nservice = "off"\n'
        }
        told = service.do("POST", "/v1/dry-runs", text)
        assert told["effects"]["loses"]["terminals"] == 1
        words = {"requester": "x", "reason": "y", "effective_at": now_text(3600)}
        problem(service.ask("POST", "/v1/draft-files", service.operator, json=text | words), 404, "no log")
        problem(service.ask("GET", "/v1/requests"), 404, "no log")


def test_cells_are_told_with_centre_and_corners(service: Service) -> None:
    given = [h3.latlng_to_cell(*HERE, 5), h3.latlng_to_cell(-16.5, 179.999, 5)]
    told = service.ask("GET", f"/v1/cells?ids={','.join(given)}").json()["cells"]
    for cell, each in zip(given, told, strict=True):
        assert (each["cell"], (each["lat_deg"], each["lon_deg"])) == (cell, h3.cell_to_latlng(cell))
        corners = shapely.Polygon(each["outline"])
        assert corners.exterior.is_ccw
        assert corners.area < 0.1  # one that crosses the antimeridian is not drawn around the globe
        assert corners.contains(shapely.Point(each["lon_deg"], each["lat_deg"]))
    for wrong in ("", "x", given[0] + ",", "fffffffffffffff", ",".join(given[:1] * 201)):
        problem(service.ask("GET", f"/v1/cells?ids={wrong}"), 422, "ids")
