"""The ledger on the page: entries as they are told, and a check that turns red where one was changed."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import serving
from enforced_log import Governed, governed
from ledger_folders import NOW, a_log, a_witness, flip, plain_entries, policy_text, write_log
from paging import DESKTOP, Seen, axe, open_page, screenshot

from openleo.ledger import acts
from openleo.ledger.canonical import canonical
from openleo.ledger.note import Note, Signer
from openleo.ledger.source import Web
from openleo.ledger.tiles import Tile
from openleo.service.governance.asked import Request

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Route

pytestmark = pytest.mark.slow
Contexts = Callable[..., "BrowserContext"]
SIGN = "<script>document.title='caught'</script><img src=x onerror=\"document.title='caught'\"> & \u202e"
SIGNS = {"en": {"✓ holds", "○ not checked", "✓ counts"}, "fr": {"✓ juste", "○ non vérifié", "✓ compte"}}
GREEN, RED = "[data-result=good]", "[data-result=bad]"


@dataclass
class Told:
    """A log with entries of several kinds, and a server that enforces it."""

    log: Governed
    service: serving.Service
    indices: dict[str, int]

    @property
    def copy(self) -> Path:
        """The server's copy of the log."""
        found: Path = self.service.controller.in_force.enforcement.mirror.folder
        return found / "log"

    @property
    def size(self) -> int:
        """Entries of the log."""
        return self.log.log.published.size

    def value(self, path: str) -> Any:
        """What the server tells a program."""
        return self.service.ask("GET", path, headers={"accept": "application/json"}).json()

    def open(self, context: "BrowserContext", hash: str = "tab=ledger") -> "Page":
        """The page, at a time shortly after the log's."""
        context.clock.set_fixed_time(self.log.clock.s + 200)
        page = open_page(context, self.service, hash)
        page.locator(".ledger").first.wait_for()
        return page


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, built_page: Path) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("log")
    with governed(folder) as log:
        log.publish(in_s=10)
        log.clock.pass_s(10)
        text = acts.put(log.log, b"Please <b>stop</b>.", acts.PLAIN)
        asked = Request(
            log.log.now(), "ab" * 16, "request", "Ministry QP", "the government", "", "a trader", "pressure",
            "private", log.log.now(), "off", ("off FR",), text, -1,
        )  # fmt: skip
        made = {"first": 2, "request": log.log.published.size}
        log.append(asked.raw)
        made["unknown"] = log.log.published.size
        log.append(canonical({"type": "weather", "version": 3, "time": log.log.now(), "says": SIGN}))
        made["change"] = log.log.published.size
        log.publish("FR", in_s=300, request=made["request"])
        made["refused"] = log.log.published.size
        log.publish("DE", in_s=900, by=("North", "North"))
        made["note"] = log.log.published.size
        acts.write_text(log.log, "The north", b"It may be served.")
        many = [
            canonical({"type": "weather", "version": 1, "time": log.log.now(), "n": n}) for n in range(40)
        ]
        log.log.append(many)
        with serving.served(str(folder / "h.db"), clock=log.clock, enforced=log.enforcement()) as service:
            yield Told(log, service, made)


def verified(page: "Page", button: str = "Verify this entry") -> list[list[str]]:
    """What the check in the browser finds: sign, message, words."""
    page.get_by_role("button", name=button, exact=True).click()
    page.locator(f"{GREEN}, {RED}").wait_for()
    found: list[list[str]] = page.locator(".ledger-result [data-key]").evaluate_all(
        "(all) => all.map((each) => [each.className, each.dataset.key, each.innerText])"
    )
    return found


def wrong(found: list[list[str]]) -> list[str]:
    """The messages of what does not hold."""
    return [key for sign, key, _ in found if sign == "bad"]


# ------------------------------------------------------------------ what is told


def test_entries_are_listed_as_the_server_tells_them_and_older_ones_on_demand(
    told: Told, context: "BrowserContext"
) -> None:
    page = told.open(context)
    items = page.locator(".ledger-item")
    assert items.count() == 30
    screenshot(page, "ledger-list")
    page.get_by_role("button", name=re.compile("Older entries")).click()
    page.locator("#entry-0").wait_for()
    assert page.get_by_role("button", name=re.compile("Older entries")).count() == 0
    assert items.count() == told.size
    value = told.value("/log?limit=200")
    for each in value["entries"]:
        shown = page.locator(f"#entry-{each['index']} .ledger-words").inner_text()
        assert shown[1:] in each["said"]
        assert len(shown) > 0.5 * len(each["said"]) - 40
    assert "does not count" in page.locator(f"#entry-{told.indices['refused']}").inner_text()
    assert page.locator(".ledger-card dd").nth(1).inner_text() == str(told.size)
    assert "witness.example/w1" in page.locator(".ledger-witnesses").inner_text()


def test_the_list_is_narrowed_by_kind_and_region_and_an_entry_is_reached_by_its_number(
    told: Told, context: "BrowserContext"
) -> None:
    page = told.open(context)
    page.get_by_label("Kind").select_option("rules-change")
    page.locator(f"#entry-{told.indices['refused']}").wait_for()
    page.locator(f"#entry-{told.size - 1}").wait_for(state="detached")
    found = [int(each) for each in page.locator(".ledger-index").all_inner_texts()]
    assert found == [told.indices[each] for each in ("refused", "change", "first")]
    page.get_by_label("Region", exact=True).fill("off FR")
    page.get_by_label("Region", exact=True).press("Enter")
    page.locator(f"#entry-{told.indices['first']}").wait_for(state="detached")
    assert page.locator(f"#entry-{told.indices['change']}").count() == 1
    page.wait_for_url(re.compile(r"region=off\+FR"))
    page.get_by_label("Kind").select_option("contract")
    page.get_by_text("No entry of this kind was found here.").wait_for()
    box = page.get_by_label("Entry number")
    box.fill("999")
    box.press("Enter")
    page.get_by_text(f"0 to {told.size - 1} are allowed").wait_for()
    box.fill("2")
    box.press("Enter")
    page.get_by_role("heading", name="Entry 2").wait_for()
    page.wait_for_url(re.compile("entry=2"))
    page.go_back()
    page.get_by_role("heading", name="Checkpoint").wait_for()


def test_an_entry_says_what_became_of_it_who_approved_it_and_what_it_goes_with(
    told: Told, context: "BrowserContext"
) -> None:
    index = told.indices["refused"]
    page = told.open(context, f"tab=ledger&entry={index}")
    page.locator(".ledger-sentences").wait_for()
    value = told.value(f"/log/{index}")
    text = page.locator("aside").inner_text()
    for sentence in value["said"]:
        assert sentence.lstrip("- ") in text
    assert value["state"]["refused"] in text
    for each in value["state"]["approvals"]:
        assert f"{each['name']} ({each['organisation']})" in text
    assert value["leaf_hash"] in text
    assert f"openleo ledger verify {index}.tlog-proof" in text
    page.get_by_role("button", name="Before", exact=True).click()
    page.get_by_role("button", name="Before", exact=True).click()
    page.get_by_role("button", name="Entry 2", exact=True).click()
    page.get_by_role("heading", name=re.compile(r"^Entry 2\b")).wait_for()
    for name in ("Proof (.tlog-proof)", "Plain page", "JSON"):
        href = page.get_by_role("link", name=name).get_attribute("href")
        assert told.service.ask("GET", str(href)).status_code == 200


def test_markup_in_an_entry_or_in_a_text_beside_it_stays_text(told: Told, context: "BrowserContext") -> None:
    page = told.open(context, f"tab=ledger&entry={told.indices['unknown']}")
    page.locator(".ledger-sentences").wait_for()
    assert "<script>document.title='caught'</script>" in page.locator(".ledger-sentences").inner_text()
    page.get_by_text("The entry as it stands (JSON)").click()
    assert "onerror" in page.locator("details[open] .ledger-code").inner_text()
    assert page.locator("aside script, aside img").count() == 0
    assert "caught" not in page.title()
    page.goto(page.url.replace(f"entry={told.indices['unknown']}", f"entry={told.indices['request']}"))
    page.get_by_role("button", name="Read", exact=True).click()
    page.get_by_text("Please <b>stop</b>.").wait_for()
    page.get_by_text("it is the text that the entry names").wait_for()


def test_a_log_that_grows_while_one_reads_offers_what_is_new(told: Told, context: "BrowserContext") -> None:
    page = told.open(context)
    page.locator(".ledger-item").first.wait_for()
    size = told.size
    said = {"type": "weather", "version": 2, "time": told.log.log.now()}
    told.log.log.append([canonical({**said, "n": n}) for n in range(3)])
    told.service.controller.in_force.enforcement.follow()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_role("button", name="Show 3 new entries").click()
    page.locator(f"#entry-{size + 2}").wait_for()
    assert page.get_by_role("button", name="Show 3 new entries").count() == 0


def test_a_server_without_a_log_says_how_to_start_one_that_has(
    built_page: Path, tmp_path: Path, context: "BrowserContext"
) -> None:
    with serving.served(str(tmp_path / "h.db")) as service:
        page = open_page(context, service, "tab=ledger")
        page.get_by_text("This server follows no log").wait_for()
        assert "openleo serve --ledger" in page.locator("aside").inner_text()


def test_a_log_that_was_not_reached_yet_is_waited_for(
    built_page: Path, tmp_path: Path, context: "BrowserContext"
) -> None:
    with governed(tmp_path) as log:
        log.publish(in_s=10)
        silent = log.enforcement("other", Web("http://127.0.0.1:9"))
        with serving.served(str(tmp_path / "h.db"), clock=log.clock, enforced=silent) as service:
            page = open_page(context, service, "tab=ledger")
            page.get_by_text("The log was not reached yet").wait_for()


# ------------------------------------------------------------------ what is checked


def test_an_entry_and_the_whole_log_hold_by_the_servers_policy_and_by_ones_own(
    told: Told, context: "BrowserContext"
) -> None:
    asked: list[str] = []
    page = told.open(context, f"tab=ledger&entry={told.indices['change']}")
    page.on("request", lambda request: asked.append(request.url.removeprefix(told.service.url)))
    found = verified(page)
    assert wrong(found) == []
    assert {"check.log", "check.witness", "check.quorum", "check.bundle", "check.root", "check.shown"} <= {
        key for sign, key, _ in found if sign == "good"
    }
    size = told.size
    files = {"/log/policy", "/log/checkpoint", f"/log/tile/0/000.p/{size}", f"/log/tile/entries/000.p/{size}"}
    assert files <= set(asked) <= files | {"/v1/view", "/v1/rules"}  # nobody is asked whether it is right
    screenshot(page, "ledger-verified")
    page.get_by_role("button", name="All entries").click()
    found = verified(page, "Verify the whole log")
    assert wrong(found) == []
    assert {"check.all", "check.all.root", "check.seen.same"} <= {key for _, key, _ in found}
    assert "by the policy that this server gave" in page.locator(GREEN).inner_text()
    page.get_by_text("A policy of my own").click()
    page.get_by_label("Policy", exact=True).fill(told.log.policy.raw.decode())
    page.get_by_role("button", name="Check by this policy").click()
    page.get_by_text("by a policy of your own").wait_for()
    page.locator(GREEN).wait_for()
    verified(page, "Verify the whole log")
    page.get_by_text("by your own policy").wait_for()


def _changed(bit: int) -> Callable[[bytes], bytes]:
    def change(raw: bytes) -> bytes:
        at = bit >> 3
        return raw[:at] + bytes([raw[at] ^ 1 << (bit & 7)]) + raw[at + 1 :]

    return change


def _other_key(raw: bytes) -> bytes:
    note = Note.parse(raw)
    signer = Signer(note.text.split("\n")[0], b"another".ljust(32, b"."))
    return Note(note.text, note.signatures[1:]).signed_by(signer).raw


def _without_witness(raw: bytes) -> bytes:
    return b"".join(line for line in raw.splitlines(keepends=True) if b"witness.example" not in line)


def _larger(raw: bytes) -> bytes:
    origin, size, rest = raw.split(b"\n", 2)
    return b"\n".join((origin, b"%d" % (int(size) - 1), rest))


def _other_root(raw: bytes) -> bytes:
    origin, size, root, rest = raw.split(b"\n", 3)
    return b"\n".join((origin, size, (b"B" if root[:1] == b"A" else b"A") + root[1:], rest))


def test_it_turns_red_and_names_the_place_wherever_one_file_is_another(
    told: Told, context: "BrowserContext"
) -> None:
    index, size = told.indices["change"], told.size
    bundle, tile = Tile(None, 0, size).path, Tile(0, 0, size).path
    raw = (told.copy / bundle).read_bytes()
    inside = raw.index(b'"rules-change"', raw.index(b"rules-change") + 20) + 20
    page = told.open(context, f"tab=ledger&entry={index}")
    page.locator(".ledger-sentences").wait_for()
    for path, change, key, named in (
        (bundle, _changed(8 * inside + 1), "check.bundle.bad.entry", bundle),
        (tile, _changed(8 * 32 * index + 5), "check.bundle.bad.tile", tile),
        (tile, _changed(8 * 32 * 3), "check.bundle.bad.tile", "Entry 3"),
        (tile, lambda raw: raw[:-1], "wrong.tile.bytes", tile),
        (bundle, lambda raw: raw[:-1], "wrong.bundle.end", bundle),
        ("checkpoint", _larger, "wrong.signature", "log.example/rules"),
        ("checkpoint", _other_root, "wrong.signature", "witness.example/w1"),
        ("checkpoint", _other_key, "check.log.none", "log.example/rules"),
        ("checkpoint", _without_witness, "check.quorum.short", "w1"),
        ("checkpoint", lambda raw: raw + b"\n", "wrong.note.form", "signed note"),
        ("policy", lambda raw: raw.replace(b"quorum w1", b"quorum w2"), "wrong.policy.unknown", "w2"),
    ):

        def altered(route: "Route", path: str = path, change: Callable[[bytes], bytes] = change) -> None:
            answer = route.fetch()
            route.fulfill(response=answer, body=change(answer.body()))

        page.route(f"**/log/{path}", altered)
        found = verified(page)
        page.unroute(f"**/log/{path}", altered)
        assert key in wrong(found), (path, key, found)
        words = next(words for _, each, words in found if each == key)
        assert words.startswith("✗ does not hold")
        assert any(named in each for _, each_key, each in found if each_key == key), (named, found)
        assert "Do not rely" in page.locator(RED).inner_text()
        if key == "check.bundle.bad.entry":
            assert f"Entry {index}:" in words
            screenshot(page, "ledger-red")
    assert wrong(verified(page)) == []


def test_it_turns_red_where_a_file_of_the_servers_copy_was_changed_and_says_where_the_server_is_gone(
    told: Told, context: "BrowserContext", seen: Seen
) -> None:
    tile, bundle = (told.copy / Tile(level, 0, told.size).path for level in (0, None))
    page = told.open(context)
    page.locator(".ledger-item").first.wait_for()
    for file, bit in ((tile, 8 * 32 * 4 + 1), (bundle, 8 * bundle.stat().st_size - 30)):
        was = file.read_bytes()
        for _ in range(5):  # every few seconds the server follows the log, and mends its copy
            flip(file, bit)
            found = verified(page, "Verify the whole log")
            file.write_bytes(was)
            if wrong(found):
                break
        assert "check.bundle.bad.either" in wrong(found)
        assert str(file.relative_to(told.copy)) in " ".join(words for _, _, words in found)
        assert page.locator(".ledger-item").count() == 30  # the rest stays usable
    assert wrong(verified(page, "Verify the whole log")) == []
    seen.expect("ERR_FAILED|Failed to load resource")
    page.route("**/log/checkpoint", lambda route: route.abort())
    page.get_by_role("button", name="Verify the checkpoint").click()
    page.get_by_text("Nothing is said of the log").wait_for()
    page.unroute("**/log/checkpoint")
    assert wrong(verified(page, "Verify the checkpoint")) == []


def test_a_server_that_shows_another_entry_than_the_log_has_is_caught(
    told: Told, context: "BrowserContext"
) -> None:
    index = told.indices["unknown"]

    def altered(route: "Route") -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.body().replace(b"document.title", b"document.other"))

    context.route(f"**/log/{index}.json*", altered)
    page = told.open(context, f"tab=ledger&entry={index}")
    assert wrong(verified(page)) == ["check.shown.bad"]


@dataclass
class Forged:
    """Files that stand in the place of the log's: another log of the same name, as a liar would serve it."""

    folder: Path

    def write(self, count: int, *, branch: int = 0) -> None:
        """The log of so many entries; branch: another number is another history."""
        entries = [canonical_of(branch), *plain_entries(1, count)]
        write_log(self.folder, a_log(), entries[:count], [a_witness()], cosigned_at=NOW)
        (self.folder / "policy").write_text(policy_text([a_log()], [a_witness()]))

    def answer(self, route: "Route") -> None:
        """What the page gets for a file of the log."""
        file = self.folder / route.request.url.partition("/log/")[2]
        if file.is_file():
            route.fulfill(body=file.read_bytes(), content_type="application/octet-stream")
        else:
            route.fulfill(status=404)


def canonical_of(branch: int) -> bytes:
    """The first entry of a branch."""
    return canonical({"type": "decision", "version": 1, "time": "2026-10-26T07:33:20Z", "number": -branch})


def test_what_contradicts_the_checkpoint_seen_before_is_told_and_not_believed(
    told: Told, context: "BrowserContext", tmp_path: Path, seen: Seen
) -> None:
    forged = Forged(tmp_path)
    page = told.open(context)
    context.clock.set_fixed_time(NOW + 60)
    for each in ("checkpoint", "policy", "tile/**"):
        page.route(f"**/log/{each}", forged.answer)

    def looked(count: int, branch: int = 0) -> tuple[list[str], str]:
        forged.write(count, branch=branch)
        found = verified(page, "Verify the checkpoint")
        kept = page.evaluate("localStorage.getItem('openleo.ledger.seen')")
        return [key for _, key, _ in found if key.startswith("check.seen")], kept

    assert looked(300)[0] == ["check.seen.first"]
    first = looked(300)
    assert first[0] == ["check.seen.same"]
    assert looked(299) == (["check.seen.smaller"], first[1])  # rolled back
    assert page.locator(RED).count() == 1
    assert looked(300, branch=1) == (["check.seen.fork"], first[1])
    assert "Another history" in page.locator(RED).inner_text()
    assert looked(600, branch=1) == (["check.seen.rewritten"], first[1])
    grown = looked(600)
    assert grown[0] == ["check.seen.grown"]
    assert grown[1] != first[1]
    looked(600, branch=1)
    page.get_by_role("button", name="Forget it and look anew").click()
    page.locator("[data-key='check.seen.first']").wait_for()


def test_a_policy_of_ones_own_is_kept_on_request_and_judges_the_server(
    told: Told, context: "BrowserContext"
) -> None:
    page = told.open(context)
    page.get_by_text("A policy of my own").click()
    box = page.get_by_label("Policy", exact=True)
    box.fill("log nonsense\nquorum none\n")
    page.get_by_role("button", name="Check by this policy").click()
    page.get_by_text("Line 1:").wait_for()
    other = Signer("log.example/rules", b"another".ljust(32, b".")).verifier.vkey
    box.fill(f"log {other}\nquorum none\n")
    page.get_by_label("Keep it in this browser").check()
    page.get_by_role("button", name="Check by this policy").click()
    page.get_by_text("by a policy of your own").wait_for()
    assert wrong(verified(page, "Verify the checkpoint")) == ["check.log.none"]
    page.reload()
    page.get_by_text("by a policy of your own").wait_for()
    page.get_by_text("A policy of my own").click()
    page.get_by_role("button", name="Take the server’s again").click()
    page.get_by_text("by this server’s policy").wait_for()
    assert page.evaluate("localStorage.getItem('openleo.ledger.policy')") is None


def test_a_browser_that_cannot_check_says_that_nothing_was_checked(
    told: Told, context: "BrowserContext"
) -> None:
    context.add_init_script(
        "if (crypto.subtle) { const known = crypto.subtle.importKey.bind(crypto.subtle);"
        "crypto.subtle.importKey = (format, key, how, ...rest) => how.name === 'Ed25519'"
        " ? Promise.reject(new DOMException('no', 'NotSupportedError')) : known(format, key, how, ...rest); }"
    )
    page = told.open(context)
    page.get_by_role("button", name="Verify the checkpoint").click()
    page.get_by_text("Nothing was checked").wait_for()
    assert page.locator(f"{GREEN}, {RED}").count() == 0


# ------------------------------------------------------------------ for everybody


def test_the_keyboard_alone_opens_an_entry_verifies_it_and_comes_back(
    told: Told, context: "BrowserContext"
) -> None:
    page = told.open(context)
    index = told.size - 1
    page.locator(f"#entry-{index}").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=f"Entry {index}").wait_for()
    page.locator(".ledger-title:focus").wait_for()
    page.get_by_role("button", name="Verify this entry").focus()
    page.keyboard.press("Space")
    page.locator(GREEN).wait_for()
    page.get_by_role("button", name="All entries").focus()
    page.keyboard.press("Enter")
    page.locator(f"#entry-{index}:focus").wait_for()


@pytest.mark.parametrize(
    ("scheme", "language", "viewport", "name"),
    [("dark", "en", DESKTOP, "desktop"), ("light", "fr", {"width": 360, "height": 780}, "phone")],
)
def test_in_both_languages_no_serious_fault_for_those_who_listen_and_nothing_cut_off_on_a_phone(
    told: Told, new_context: Contexts, scheme: str, language: str, viewport: dict[str, int], name: str
) -> None:
    page = told.open(new_context(color_scheme=scheme, viewport=viewport), f"tab=ledger&lang={language}")
    page.locator(".ledger-item").first.wait_for()
    for part in ("", f"&entry={told.indices['change']}"):
        if part:
            page.goto(f"{page.url.partition('#')[0]}#v=1&tab=ledger&lang={language}{part}")
            page.locator(".ledger-sentences").wait_for()
            for sentence in told.value(f"/log/{told.indices['change']}?lang={language}")["said"]:
                assert sentence.lstrip("- ") in page.locator(".ledger-sentences").inner_text()
        page.locator(".ledger-card button.primary").first.click()
        page.locator(GREEN).wait_for()
        words = page.locator(".ledger-findings .ledger-sign").all_inner_texts()
        assert set(words) <= SIGNS[language]
        assert not re.search(r"\bledger\.(?!md\b)[a-z]", page.locator("aside").inner_text())
        page.evaluate("document.querySelectorAll('aside details').forEach((each) => { each.open = true; })")
        assert axe(page, within="aside") == []
        sides = page.evaluate(
            "[...document.querySelectorAll('aside')].map((e) => e.scrollWidth - e.clientWidth)"
        )
        assert max(sides) <= 0, part
        screenshot(page, f"ledger-{name}-{scheme}{'-entry' if part else ''}")
