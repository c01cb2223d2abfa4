"""What the page checks of a log by itself, in a real browser: compared with specifications and others.

The modules under web/src/ledger/verify are bundled as they are and run in an empty page, without our server.
"""

import json
import random
import re
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ct_vectors
import pytest
import rfc6962
from ed25519_cases import EDGE_CASES, LOW_ORDER, NOT_CANONICAL, OFF_THE_CURVE, RFC_8032, SIGN_OF_ZERO
from ledger_folders import NOW, a_log, a_witness, flip, plain_entries, policy_text, write_log
from ledger_witnesses import tree_proof
from paging import WEB, lacks

from openleo.ledger.errors import LedgerError, Malformed
from openleo.ledger.note import Note, check_point
from openleo.ledger.policy import Policy
from openleo.ledger.tiles import Tile, tiles_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

EXAMPLE = Path(__file__).parents[1] / "docs" / "ledger-example"
PARTS = ("bytes", "keys", "merkle", "note", "policy", "tiles", "check")
# golang.org/x/mod/sumdb/note, the example of its documentation: a text under two keys.
GO_VKEYS = [
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
]
GO_NOTE = """\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=
"""
# C2SP signed-note: a text that holds an empty line; its key is not published.
POEM = """\
Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
"""  # noqa: E501

HELPERS = """
window.raw = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
window.files = (given) => {
  const map = new Map(Object.entries(given).map(([path, text]) => [path, raw(text)]));
  return async (path) => map.get(path) ?? null;
};
window.flipped = (bytes, bit) => {
  const found = bytes.slice();
  found[bit >> 3] ^= 1 << (bit & 7);
  return found;
};
window.opened = async (note, policy, now) => {
  const parsed = await ledger.parsePolicy(policy);
  return ledger.checkCheckpoint(raw(note), parsed, now);
};
"""


def b64(raw: bytes) -> str:
    """Bytes for the page."""
    return b64encode(raw).decode()


@dataclass
class Checker:
    """The page that checks; `ask` is the value of a function of it."""

    page: "Page"
    folder: list[Path]

    def ask(self, script: str, given: Any = None) -> Any:
        """What a function in the page comes to."""
        return self.page.evaluate(script, given)

    def of(self, folder: Path, script: str, given: Any = None) -> Any:
        """The same over a log, which the page fetches: `read` reads a file, `point` is its checkpoint."""
        self.folder[:] = [folder]
        return self.page.evaluate(
            """async ([script, given]) => {
                const read = async (path) => {
                    const answer = await fetch("/" + path, {cache: "no-store"});
                    return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : null;
                };
                const point = await ledger.parseCheckpoint(ledger.parseNote(await read("checkpoint")).text);
                return (await eval(script))(read, point, given);
            }""",
            [f"({script})", given],
        )


@pytest.fixture(scope="module")
def checker(chromium: "Browser", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checker]:
    bundler = WEB / "node_modules" / "rolldown" / "bin" / "cli.mjs"
    node = shutil.which("node")
    if not node or not bundler.is_file():
        lacks("Node and the packages of web/: run `make web`")
    folder = tmp_path_factory.mktemp("verify")
    source = WEB / "src" / "ledger" / "verify"
    (folder / "all.ts").write_text(
        "".join(f"export * from {json.dumps(str(source / each))};\n" for each in PARTS)
    )
    words = [str(folder / "all.ts"), "--format", "iife", "--name", "ledger", "-o", str(folder / "all.js")]
    made = subprocess.run([node, str(bundler), *words], cwd=WEB, capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr
    served: list[Path] = []

    def answer(route: "Route") -> None:
        path = route.request.url.partition("127.0.0.1:9/")[2]
        file = served[0] / path if served and path else None
        if not path:
            route.fulfill(body="<!doctype html><title>verify</title>", content_type="text/html")
        elif file and file.is_file():
            route.fulfill(body=file.read_bytes(), content_type="application/octet-stream")
        else:
            route.fulfill(status=404)

    context = chromium.new_context()
    try:
        page = context.new_page()
        page.route("**/*", answer)
        page.goto("http://127.0.0.1:9/")
        page.evaluate(
            (folder / "all.js").read_text(encoding="utf-8") + ";window.ledger = ledger;" + HELPERS + "0"
        )
        assert page.evaluate("ledger.ability()") == "yes"
        yield Checker(page, served)
    finally:
        context.close()


# ------------------------------------------------------------------ keys and notes


def test_signatures_are_those_of_rfc_8032(checker: Checker) -> None:
    given = [[public, message, signed] for _, public, message, signed in RFC_8032]
    script = """async (cases) => Promise.all(cases.flatMap(([key, message, signed]) => [
        ledger.holds(ledger.fromHex(key), ledger.fromHex(message), ledger.fromHex(signed)),
        ledger.holds(ledger.fromHex(key), ledger.fromHex(message + "00"), ledger.fromHex(signed)),
    ]))"""
    assert checker.ask(script, given) == [True, False] * len(given)


def test_keys_on_which_no_signature_can_rest_are_refused(checker: Checker) -> None:
    wrong = [*LOW_ORDER, *NOT_CANONICAL, *SIGN_OF_ZERO, *OFF_THE_CURVE]
    right = [public for _, public, _, _ in RFC_8032]
    chance = random.Random(6)
    more = [chance.randbytes(32).hex() for _ in range(60)]
    script = "(keys) => keys.map((key) => ledger.isPoint(ledger.fromHex(key)))"
    expected = [False] * len(wrong) + [True] * len(right) + [_is_point(each) for each in more]
    assert checker.ask(script, [*wrong, *right, *more]) == expected
    assert {True, False} == set(expected[-60:])


def _is_point(digits: str) -> bool:
    try:
        check_point(bytes.fromhex(digits))
    except Malformed:
        return False
    return True


def test_signatures_at_the_edges_are_taken_and_refused_as_by_the_ledger(checker: Checker) -> None:
    given, expected = [], []
    for message, public, signed, answer in EDGE_CASES:
        if answer is not None:
            given.append([public, message, signed])
            expected.append(answer)
    script = """async (cases) => Promise.all(cases.map(([key, message, signed]) =>
        ledger.holds(ledger.fromHex(key), ledger.fromHex(message), ledger.fromHex(signed))))"""
    assert checker.ask(script, given) == expected
    assert {True, False} == set(expected)
    refused = [public for _, public, _, answer in EDGE_CASES if answer is None]
    assert not any(checker.ask("(keys) => keys.map((key) => ledger.isPoint(ledger.fromHex(key)))", refused))


def test_notes_of_others_are_read_to_the_letter(checker: Checker) -> None:
    script = """async ([note, vkeys]) => {
        const {text, lines} = ledger.parseNote(raw(note));
        const times = [];
        for (const vkey of vkeys) {
            const key = await ledger.parseKey(vkey);
            for (const line of lines) {
                if (line.name !== key.name || line.id !== key.id) continue;
                times.push(await ledger.checkLine(key, text, line));
            }
        }
        return [text, lines.map((line) => `${line.name}+${line.id}`), times];
    }"""
    text, names, times = checker.ask(script, [b64(GO_NOTE.encode()), GO_VKEYS[:1]])
    assert text == GO_NOTE.partition("\n\n")[0] + "\n"
    assert names == ["PeterNeumann+c74f20a3", "EnochRoot+af0cfe78"]
    assert times == [None]
    text, names, _ = checker.ask(script, [b64(POEM.encode()), []])
    assert text == POEM.rpartition("\n\n")[0] + "\n"
    assert names == ["quasimodo.example/salvatore+367ba04b"]


@pytest.mark.slow
def test_whatever_is_changed_in_a_checkpoint_is_judged_as_by_the_ledger(
    checker: Checker, tmp_path: Path
) -> None:
    log, witness = a_log(), a_witness()
    write_log(tmp_path, log, plain_entries(0, 5), [witness])
    raw, policy = (tmp_path / "checkpoint").read_bytes(), policy_text([log], [witness])
    chance = random.Random(8)
    notes = [raw] + [_flipped(raw, bit) for bit in range(8 * len(raw))]
    for _ in range(400):
        at = chance.randrange(len(raw))
        new = chance.choice(
            [b"", b"\n", b"\n\n", b" ", "— ".encode(), b"A", b"=", b"\xa0", b"+", b"\r", b"0"]
        )
        notes.append(raw[:at] + new + raw[at + chance.randrange(3) :])
    script = """async ([notes, policy, now]) => {
        const found = [];
        for (const note of notes) {
            const {checkpoint, believed, findings} = await opened(note, policy, now);
            found.push([checkpoint !== null, believed, findings.some((each) => each.sign === "bad")]);
        }
        return found;
    }"""
    found = checker.ask(script, [[b64(each) for each in notes], policy, NOW])
    read = Policy.parse(policy.encode())
    for note, (formed, believed, wrong) in zip(notes, found, strict=True):
        assert believed == _holds(lambda note=note: read.open(note, NOW)), note
        assert wrong != believed
        assert formed or not _holds(lambda note=note: read.open(note, NOW))
    assert [believed for _, believed, _ in found[: 1 + 8 * len(raw)]].count(True) == 1


def _flipped(raw: bytes, bit: int) -> bytes:
    return raw[: bit >> 3] + bytes([raw[bit >> 3] ^ 1 << (bit & 7)]) + raw[(bit >> 3) + 1 :]


def _holds(act: Callable[[], object]) -> bool:
    try:
        act()
    except LedgerError:
        return False
    return True


def test_a_cosignature_from_the_future_does_not_count(checker: Checker, tmp_path: Path) -> None:
    log, witness = a_log(), a_witness()
    write_log(tmp_path, log, plain_entries(0, 5), [witness], cosigned_at=NOW)
    given = [b64((tmp_path / "checkpoint").read_bytes()), policy_text([log], [witness])]
    script = (
        "async ([note, policy, now]) => { const o = await opened(note, policy, now); return o.believed; }"
    )
    assert checker.ask(script, [*given, NOW - 300]) is True
    assert checker.ask(script, [*given, NOW - 301]) is False


def test_a_checkpoint_by_another_key_or_with_too_few_witnesses_is_not_believed(
    checker: Checker, tmp_path: Path
) -> None:
    script = """async ([note, policy, now]) => {
        const {believed, findings} = await opened(note, policy, now);
        return [believed, findings.filter((each) => each.sign === "bad").map((each) => each.key)];
    }"""
    one, two = a_witness("witness.example/w1"), a_witness("witness.example/w2")
    like = a_witness(a_log(1).verifier.name)  # a witness that calls itself as the log does signs for no log
    for signer, witnesses, policy, expected in (
        (a_log(1), [one, two], policy_text([a_log(1)], [one, two]), []),
        (a_log(2), [one, two], policy_text([a_log(1)], [one, two]), ["check.log.none"]),
        (a_log(1), [one], policy_text([a_log(1)], [one, two]), ["check.quorum.short"]),
        (a_log(1), [], policy_text([a_log(1)], [one]), ["check.quorum.short"]),
        (a_log(1), [], policy_text([a_log(1)]), []),
        (a_log(1, "log.example/other"), [one], policy_text([a_log(1)], [one]), ["check.log.none"]),
        (a_log(2), [like], policy_text([a_log(1)], [like]), ["check.log.none"]),
    ):
        write_log(tmp_path, signer, plain_entries(0, 5), witnesses)
        note = b64((tmp_path / "checkpoint").read_bytes())
        assert checker.ask(script, [note, policy, NOW]) == [not expected, expected]


# ------------------------------------------------------------------ policies


def test_the_example_of_the_specification_asks_for_two_of_one_group_and_one_of_the_other(
    checker: Checker,
) -> None:
    names = [f"{letter}{number}" for letter in "XY" for number in (1, 2, 3)]
    lines = [f"witness {each} {a_witness(f'witness.example/{each}').verifier.vkey}" for each in names]
    text = "\n".join(
        [f"log {a_log().verifier.vkey}", "", *lines, "group X-witnesses 2 X1 X2 X3",
         "  group\tY-witnesses any Y1 Y2 Y3 ", "# a comment", "group X-and-Y all X-witnesses Y-witnesses",
         "quorum X-and-Y", ""]
    )  # fmt: skip
    chosen = [
        [each for each, taken in zip(names, row, strict=True) if taken] for row in product((0, 1), repeat=6)
    ]
    script = """async ([text, chosen]) => {
        const policy = await ledger.parsePolicy(text);
        return chosen.map((names) => ledger.satisfied(policy, new Set(names)));
    }"""
    expected = [sum(x[0] == "X" for x in c) >= 2 and any(x[0] == "Y" for x in c) for c in chosen]
    assert checker.ask(script, [text, chosen]) == expected


def test_a_wrong_policy_is_refused_with_the_line(checker: Checker) -> None:
    log, other = f"log {a_log().verifier.vkey}", a_log(1, "log.example/other").verifier.vkey
    w, v = a_witness("witness.example/w").verifier.vkey, a_witness("witness.example/v").verifier.vkey
    wrong = [
        (["log"], 1), ([f"{log} url more"], 1), (["nonsense"], 1), ([log, log], 2),
        ([log, f"log {other}"], 2),
        ([f"witness w {w}", f"witness v {w}"], 2), ([f"witness w {w}", f"witness w {v}"], 2),
        ([f"witness none {w}"], 1), ([f"witness w {w}", "group w any w"], 2), (["group g any w"], 1),
        ([f"witness w {w}", "group g any w w"], 2), ([f"witness w {w}", "group g any w", "group h any w"], 3),
        *(([f"witness w {w}", f"group g {n} w"], 2) for n in ("0", "2", "-1", "01", "1.0", "All", "٠")),
        (["quorum w", f"witness w {w}"], 1), (["quorum none", "quorum none"], 2), ([f"log {w}"], 1),
        ([f"witness w {log[4:]}"], 1), ([f"{log[:-1]}"], 1), (["log log.example/a"], 1),
        ([f"log {log[4:].replace('+', '+0', 1)}"], 1), (["# well", "", "nonsense"], 3),
    ]  # fmt: skip
    script = """async (texts) => Promise.all(texts.map((text) => ledger.parsePolicy(text).then(
        () => "taken", (error) => error.values?.at ?? error.key ?? String(error))))"""
    texts = [
        "\n".join([*lines, *([] if any("quorum" in x for x in lines) else ["quorum none"])])
        for lines, _ in wrong
    ]
    assert checker.ask(script, texts) == [str(number) for _, number in wrong]
    assert checker.ask(script, [log, "", "quorum none\n#\x0b", "quorum none"]) == [
        "wrong.policy.noquorum", "wrong.policy.noquorum", "wrong.policy.control", "taken",
    ]  # fmt: skip


# ------------------------------------------------------------------ the tree


def test_the_roots_are_those_of_certificate_transparency(checker: Checker) -> None:
    script = """async (entries) => {
        const leaves = await Promise.all(entries.map((each) => ledger.leafHash(ledger.fromHex(each))));
        const found = [ledger.hex(await ledger.fold([]))];
        for (let size = 1; size <= leaves.length; size++) {
            found.push(ledger.hex(await ledger.fold(await ledger.peaksOf(leaves.slice(0, size)))));
        }
        return found;
    }"""
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert checker.ask(script, ct_vectors.ENTRIES) == [empty, *ct_vectors.ROOTS]


def test_proofs_are_those_of_the_recursive_definition(checker: Checker) -> None:
    entries = [bytes([number]) for number in range(27)]
    leaves = [rfc6962.sha256(b"\0" + each) for each in entries]
    script = """async ([leaves, pairs]) => {
        const rows = [leaves.map(ledger.fromHex)];
        const found = [];
        for (const [old, size] of pairs) {
            const rows = [leaves.slice(0, size).map(ledger.fromHex)];
            while (rows.at(-1).length > 1) rows.push(await ledger.parents(rows.at(-1)));
            const node = async (level, index) => rows[level][index];
            const root = await ledger.rootOf(node, 0, size);
            const before = await ledger.rootOf(node, 0, old);
            const grown = await ledger.consistencyProof(node, old, size);
            const way = await ledger.inclusionProof(node, old - 1, size);
            const other = grown.map((each, at) => at ? each : flipped(each, 9));
            found.push([
                grown.map(ledger.hex), way.map(ledger.hex),
                ledger.same(await ledger.rootByInclusion(rows[0][old - 1], old - 1, size, way), root),
                await ledger.isConsistent(before, old, root, size, grown),
                grown.length === 0 || !(await ledger.isConsistent(before, old, root, size, other)),
                !(await ledger.isConsistent(before, old, root, size, [...grown, root])),
                !(await ledger.isConsistent(root, old, root, size, grown)) || old === size,
            ]);
        }
        return found;
    }"""
    pairs = [(old, size) for size in range(1, 28) for old in range(1, size + 1)]
    found = checker.ask(script, [[each.hex() for each in leaves], pairs])
    for (old, size), (grown, way, *holds) in zip(pairs, found, strict=True):
        assert grown == [each.hex() for each in tree_proof(old, entries[:size])]
        path = [bytes.fromhex(each) for each in way]
        root = rfc6962.root_by_path(old - 1, size, leaves[old - 1], path)
        assert root == rfc6962.tree(leaves[:size])
        assert holds == [True] * len(holds), (old, size)


def test_tiles_stand_where_the_specification_puts_them(checker: Checker) -> None:
    numbers = [0, 1, 999, 1000, 1234067, 123456789]
    script = (
        "([numbers]) => numbers.map((n) => [ledger.tilePath(3, n, 256), ledger.tilePath('entries', n, 7)])"
    )
    assert checker.ask(script, [numbers]) == [[Tile(3, n).path, Tile(None, n, 7).path] for n in numbers]
    assert checker.ask(script, [[1234067]])[0][0] == "tile/3/x001/x234/067"
    script = """(size) => [0, 1, 2].map((level) => [ledger.hashesAt(size, level),
        ledger.widthAt(size, level, Math.ceil(ledger.hashesAt(size, level) / 256) - 1)])"""
    assert checker.ask(script, 70_000) == [[70_000, 112], [273, 17], [1, 1]]


# ------------------------------------------------------------------ whole logs

ENTRY = """async (read, point, index) => (await ledger.checkEntry(read, point, index)).findings.map(
    ({sign, key, values}) => [sign, key, values])"""
LOG = """async (read, point) => (await ledger.checkLog(read, point, () => true)).map(
    ({sign, key, values}) => [sign, key, values])"""


def signs(found: list[list[Any]]) -> set[str]:
    """The signs of findings."""
    return {sign for sign, _, _ in found}


def test_the_example_of_the_docs_holds_in_all(checker: Checker) -> None:
    note = b64((EXAMPLE / "checkpoint").read_bytes())
    policy = (EXAMPLE / "policy").read_text(encoding="utf-8")
    script = "async ([note, policy, now]) => (await opened(note, policy, now)).believed"
    assert checker.ask(script, [note, policy, 2e9]) is True
    for index in range(5):
        assert signs(checker.of(EXAMPLE, ENTRY, index)) == {"good"}
    assert signs(checker.of(EXAMPLE, LOG)) == {"good"}
    assert checker.of(EXAMPLE, ENTRY, 5)[0][:2] == ["bad", "check.entry.beyond"]


@pytest.mark.slow
def test_every_flipped_bit_of_a_bundle_and_of_its_tile_is_noticed_and_named(checker: Checker) -> None:
    paths = ["tile/entries/000.p/5", "tile/0/000.p/5"]
    files = {path: b64((EXAMPLE / path).read_bytes()) for path in paths}
    root = Note.parse((EXAMPLE / "checkpoint").read_bytes()).text.split("\n")[2]
    script = """async ([given, paths, root]) => {
        const point = {origin: "log", size: 5, root: raw(root)};
        const missed = [];
        let tried = 0;
        for (const path of paths) {
            const right = raw(given[path]);
            for (let bit = 0; bit < 8 * right.length; bit++) {
                const read = async (asked) => asked === path ? flipped(right, bit) : raw(given[asked]);
                const one = (await ledger.checkEntry(read, point, bit % 5)).findings;
                const all = bit % 8 === 3 ? [await ledger.checkLog(read, point, () => true)] : [];
                for (const findings of [one, ...all]) {
                    const bad = findings.filter((each) => each.sign === "bad");
                    const named = bad.some((each) => JSON.stringify(each.values).includes(path));
                    if (!bad.length || !named) missed.push([path, bit, bad.map((each) => each.key)]);
                }
                tried++;
            }
        }
        return [tried, missed];
    }"""
    tried, missed = checker.ask(script, [files, paths, root])
    assert tried == 8 * sum((EXAMPLE / path).stat().st_size for path in paths)
    assert missed == []


@pytest.mark.slow
@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512, 700])
def test_logs_of_any_size_hold(checker: Checker, tmp_path: Path, size: int) -> None:
    write_log(tmp_path, a_log(), plain_entries(0, size))
    assert signs(checker.of(tmp_path, LOG)) == {"good"}
    for index in {0, size // 2, size - 1} if size else set():
        assert signs(checker.of(tmp_path, ENTRY, index)) == {"good"}


@pytest.mark.slow
def test_in_a_log_of_many_tiles_one_flipped_bit_in_any_file_is_found_and_named(
    checker: Checker, tmp_path: Path
) -> None:
    size = 65_536 + 300
    write_log(tmp_path, a_log(), plain_entries(0, size))
    for index in (0, 65_535, 65_536, size - 1):
        assert signs(checker.of(tmp_path, ENTRY, index)) == {"good"}
    tiles = list(tiles_of(size))
    assert {each.level for each in tiles} == {None, 0, 1, 2}
    for tile in (Tile(1, 0), Tile(1, 1, 1), Tile(2, 0, 1), Tile(0, 256), Tile(0, 257, 44)):
        assert tile in tiles
        flip(tmp_path / tile.path, 1003 % (8 * 32 * tile.width))
        index = min(tile.start + (1003 // 256) * 256 ** (tile.level or 0), size - 1)
        found = checker.of(tmp_path, ENTRY, index)
        assert "bad" in signs(found), tile
        assert any(tile.path in json.dumps(values) for sign, _, values in found if sign == "bad"), (
            tile,
            found,
        )
        flip(tmp_path / tile.path, 1003 % (8 * 32 * tile.width))
    flip(tmp_path / "tile/entries/003", 4001)
    flip(tmp_path / "tile/1/000", 77)
    found = [each for each in checker.of(tmp_path, LOG) if each[0] == "bad"]
    assert any("tile/entries/003" in json.dumps(values) for _, _, values in found)
    assert any("tile/1/000" in json.dumps(values) for _, _, values in found)


def test_growth_is_proven_from_tiles_and_another_history_is_told(checker: Checker, tmp_path: Path) -> None:
    script = """async (read, point, before) => {
        const seen = before && {...before, root: raw(before.root)};
        const {sign, key} = await ledger.checkGrown(read, point, seen);
        return [sign, key];
    }"""
    entries = plain_entries(0, 600)
    write_log(tmp_path, a_log(), entries)
    leaves = [rfc6962.sha256(b"\0" + each) for each in entries]
    for old in (1, 5, 255, 256, 300, 512, 599):
        root = b64(rfc6962.tree(leaves[:old]))
        assert checker.of(tmp_path, script, {"size": old, "root": root, "at_s": 0}) == [
            "good",
            "check.seen.grown",
        ]
        other = b64(rfc6962.tree([leaves[1], *leaves[1:old]]))
        found = checker.of(tmp_path, script, {"size": old, "root": other, "at_s": 0})
        assert found == ["bad", "check.seen.rewritten"]
    root = b64(rfc6962.tree(leaves))
    for before, expected in (
        (None, ["open", "check.seen.first"]),
        ({"size": 600, "root": root, "at_s": 0}, ["good", "check.seen.same"]),
        ({"size": 600, "root": b64(bytes(32)), "at_s": 0}, ["bad", "check.seen.fork"]),
        ({"size": 601, "root": root, "at_s": 0}, ["bad", "check.seen.smaller"]),
    ):
        assert checker.of(tmp_path, script, before) == expected


def test_what_is_shown_must_be_what_stands_in_the_log(checker: Checker) -> None:
    script = """(pairs) => pairs.map(([bytes, shown]) => ledger.checkShown(raw(bytes), shown).sign)"""
    pairs = [
        ('{"a":1,"b":[1,{"c":"é"}]}', {"b": [1, {"c": "é"}], "a": 1}, "good"),
        ('{"a":1}', {"a": 2}, "bad"), ('{"a":1}', {"a": 1, "b": 2}, "bad"), ('{"a":1}', None, "bad"),
        ("[1,2]", [2, 1], "bad"), ("no json", None, "open"), ("no json", {}, "bad"),
    ]  # fmt: skip
    given = [[b64(raw.encode()), shown] for raw, shown, _ in pairs]
    assert checker.ask(script, given) == [sign for _, _, sign in pairs]


def test_every_message_of_a_finding_is_there_in_both_languages() -> None:
    source = WEB / "src" / "ledger"
    code = "".join(each.read_text(encoding="utf-8") for each in source.rglob("*.ts*"))
    keys = set(re.findall(r'"((?:check|wrong)\.[a-z.]+[a-z])"', code))
    keys |= {each.removeprefix("ledger.") for each in re.findall(r'"(ledger\.[a-z_.]+[a-z])"', code)}
    keys |= {f"check.bundle.bad.{each}" for each in ("entry", "tile", "either")}
    assert len(keys) > 100
    for language in ("en", "fr"):
        file = WEB.parent / "src/openleo/http/words" / language / "ledger.json"
        there = json.loads(file.read_text(encoding="utf-8"))
        missing = [
            each for each in keys
            if each not in there and not any(name.startswith(f"{each}.") for name in there)
        ]  # fmt: skip
        assert missing == []
