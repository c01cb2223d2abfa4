"""An export is what was published: it comes forward, never back, and what does not hold stays out."""

from collections.abc import Callable
from pathlib import Path

import pytest
import rfc6962
from ledger_folders import (
    NOW,
    ORIGIN,
    TIME,
    a_log,
    a_witness,
    flip,
    keys_entry,
    plain_entries,
    policy_text,
    put,
    served,
    stopping,
    write_log,
)

from openleo.ledger.audit import audit
from openleo.ledger.entries import Text, Withdrawal
from openleo.ledger.errors import LedgerError, Missing, Refused, Unavailable, Unverified
from openleo.ledger.export import export
from openleo.ledger.objects import ObjectRef, seal
from openleo.ledger.policy import Policy
from openleo.ledger.source import Folder

LOG, WITNESS = a_log(), a_witness()
NAME, SEALED = seal(b"The note that everybody may read.\n", b"s" * 32)
NOTE = Text(TIME, "To all", ObjectRef(NAME, len(SEALED), "text/plain")).raw


def a_folder(folder: Path, size: int, *, last: bytes | None = None, words: int = 0) -> Folder:
    """A log of ours at some size; `words` other than 0 gives it another history from entry 2 on."""
    entries = [keys_entry([LOG], [WITNESS]), NOTE, *plain_entries(words + 2, words + size)][:size]
    write_log(folder, LOG, [*entries[:-1], last] if last else entries, [WITNESS], {NAME: SEALED})
    return Folder(folder)


def content(folder: Path) -> dict[str, bytes]:
    """All that stands in a folder; what a verifier never asks for as well."""
    return {
        each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()
    }


class Counted:
    """A folder that counts what was read of it, and fails when it was asked for too much."""

    def __init__(self, folder: Folder, most: int = 1 << 30) -> None:
        self.folder = folder
        self.most = most
        self.read_paths: list[str] = []

    def read(self, path: str, most: int) -> bytes | None:
        self.read_paths.append(path)
        if len(self.read_paths) > self.most:
            raise Unavailable("the line is cut")
        return self.folder.read(path, most)


@pytest.mark.parametrize("size", [1, 256, 700])
def test_an_export_is_what_was_published(tmp_path: Path, size: int) -> None:
    source = a_folder(tmp_path / "log", size)
    checkpoint = export(source, tmp_path / "export", now=NOW)
    assert (checkpoint.origin, checkpoint.size) == (ORIGIN, size)
    assert set(content(tmp_path / "export")) == set(content(tmp_path / "log")) - (
        {f"object/{NAME}"} if size == 1 else set()
    )
    assert audit(Folder(tmp_path / "export"), now=NOW).ok
    entries = rfc6962.log(tmp_path / "export", [LOG.verifier.vkey, WITNESS.verifier.vkey])
    assert entries == [keys_entry([LOG], [WITNESS]), NOTE, *plain_entries(2, size)][:size]


def test_an_export_comes_from_a_url_and_any_web_server_can_host_it(tmp_path: Path) -> None:
    a_folder(tmp_path / "log", 700)
    with served(tmp_path / "log") as web:
        export(web, tmp_path / "mirror", now=NOW)
    assert content(tmp_path / "mirror") == content(tmp_path / "log")
    with served(tmp_path / "mirror") as mirror:
        export(mirror, tmp_path / "mirror of it", now=NOW)
    assert content(tmp_path / "mirror of it") == content(tmp_path / "log")


def test_only_what_the_checkpoint_needs_is_copied(tmp_path: Path) -> None:
    """A log keeps partial tiles of earlier checkpoints for a while, and its own notes beside them."""
    a_folder(tmp_path / "log", 300)
    before = content(tmp_path / "log")
    a_folder(tmp_path / "log", 500)
    put(tmp_path / "log", "index.html", b"a page")
    put(tmp_path / "log", "object/" + "0" * 64, b"an object that no entry names")
    export(Folder(tmp_path / "log"), tmp_path / "export", now=NOW)
    a_folder(tmp_path / "fresh", 500)
    assert content(tmp_path / "export") == content(tmp_path / "fresh")
    assert set(before) - set(content(tmp_path / "export"))


def test_it_comes_forward(tmp_path: Path) -> None:
    for size in (2, 3, 255, 256, 257, 700, 700, 1024):
        source = a_folder(tmp_path / str(size), size)
        export(source, tmp_path / "export", now=NOW)
        assert content(tmp_path / "export") == content(tmp_path / str(size)), size


def test_what_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    export(a_folder(tmp_path / "old", 600), tmp_path / "export", now=NOW)
    source = Counted(a_folder(tmp_path / "new", 900))
    export(source, tmp_path / "export", now=NOW)
    assert not {"tile/0/000", "tile/0/001", "tile/entries/000", f"object/{NAME}"} & set(source.read_paths)


def test_it_never_goes_back(tmp_path: Path) -> None:
    export(a_folder(tmp_path / "new", 300), tmp_path / "export", now=NOW)
    before = content(tmp_path / "export")
    with pytest.raises(Refused, match=r"holds 300 entries, and .* 299"):
        export(a_folder(tmp_path / "old", 299), tmp_path / "export", now=NOW)
    assert content(tmp_path / "export") == before


@pytest.mark.parametrize("size", [300, 301, 700])
def test_another_history_does_not_get_in(tmp_path: Path, size: int) -> None:
    export(a_folder(tmp_path / "log", 300), tmp_path / "export", now=NOW)
    before = content(tmp_path / "export")
    other = a_folder(tmp_path / "other", size, words=5000)
    assert audit(other, now=NOW).ok
    with pytest.raises(Unverified, match="not the log that was exported before"):
        export(other, tmp_path / "export", now=NOW)
    assert content(tmp_path / "export") == before


def test_a_source_that_does_not_verify_does_not_get_in(tmp_path: Path) -> None:
    """Each file with one bit turned over: for a new export, and for one that comes forward."""
    export(a_folder(tmp_path / "before", 300), tmp_path / "export", now=NOW)
    before = content(tmp_path / "export")
    source = a_folder(tmp_path / "log", 700)
    for path in content(tmp_path / "log"):
        flip(tmp_path / "log" / path, 333 if path == "checkpoint" else 77)
        with pytest.raises(Unverified):
            export(source, tmp_path / "new", now=NOW)
        assert not content(tmp_path / "new")
        try:
            export(source, tmp_path / "export", now=NOW)
        except Unverified:
            assert content(tmp_path / "export") == before
        else:  # the file stood in the export already, and is right there
            assert path in before
            assert audit(Folder(tmp_path / "export"), now=NOW).ok
            for stale in (tmp_path / "export").rglob("*"):
                stale.is_file() and stale.unlink()
            for there, raw in before.items():
                put(tmp_path / "export", there, raw)
        flip(tmp_path / "log" / path, 333 if path == "checkpoint" else 77)


def test_whom_to_trust_can_be_said(tmp_path: Path) -> None:
    source = a_folder(tmp_path / "log", 20)
    trusted = Policy.parse(policy_text([LOG], [WITNESS]).encode())
    assert export(source, tmp_path / "export", policy=trusted, now=NOW).size == 20
    other = Policy.parse(policy_text([a_log(9)]).encode())
    with pytest.raises(Unverified):
        export(source, tmp_path / "other", policy=other, now=NOW)


def test_an_export_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    export(a_folder(tmp_path / "before", 300), tmp_path / "export", now=NOW)
    before = content(tmp_path / "export")
    source = Counted(a_folder(tmp_path / "log", 2000), most=12)
    with pytest.raises(Unavailable, match="cut"):
        export(source, tmp_path / "export", now=NOW)
    assert {path: raw for path, raw in content(tmp_path / "export").items() if path in before} == before
    assert (
        audit(Folder(tmp_path / "export"), now=NOW).checkpoint
        == audit(Folder(tmp_path / "before"), now=NOW).checkpoint
    )
    again = Counted(Folder(tmp_path / "log"))
    export(again, tmp_path / "export", now=NOW)
    fetched = {path for path in source.read_paths[:12] if "entries" in path}
    assert fetched
    assert not fetched & set(again.read_paths)
    assert content(tmp_path / "export") == content(tmp_path / "log")


def test_whatever_interrupts_it_leaves_an_export_that_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is stopped at each rename and removal in turn, as by Ctrl-C or a kill, and run again."""
    source = a_folder(tmp_path / "log", 700)
    a_folder(tmp_path / "before", 300)
    expected = content(tmp_path / "log")
    stops = 0
    while True:
        folder = tmp_path / f"export{stops}"
        export(Folder(tmp_path / "before"), folder, now=NOW)
        with monkeypatch.context() as patch:
            left = [stops]
            for act in ("replace", "rename", "unlink"):
                patch.setattr(Path, act, stopping(getattr(Path, act), left))
            try:
                export(source, folder, now=NOW)
            except KeyboardInterrupt:
                pass
            else:
                break
        report = audit(Folder(folder), now=NOW)
        assert report.ok, (stops, report.problems)
        export(source, folder, now=NOW)
        assert content(folder) == expected, stops
        stops += 1
    assert stops > 10


def test_a_log_may_grow_while_it_is_copied(tmp_path: Path) -> None:
    """The partial tiles of the checkpoint are full ones meanwhile; the copy has the partial ones."""
    a_folder(tmp_path / "log", 300)
    a_folder(tmp_path / "grown", 700)
    for path in ("checkpoint", "tile/1/000.p/1"):
        put(tmp_path / "grown", path, (tmp_path / "log" / path).read_bytes())
    export(Folder(tmp_path / "grown"), tmp_path / "export", now=NOW)
    assert content(tmp_path / "export") == content(tmp_path / "log")


def test_a_withdrawn_object_goes_from_the_mirrors_too(tmp_path: Path) -> None:
    export(a_folder(tmp_path / "before", 300), tmp_path / "export", now=NOW)
    assert (tmp_path / "export/object" / NAME).exists()
    source = a_folder(tmp_path / "log", 301, last=Withdrawal(TIME, NAME, "It named a person.").raw)
    for folder in ("export", "new"):
        export(source, tmp_path / folder, now=NOW)
        assert not any((tmp_path / folder).glob("object/*"))
        assert audit(Folder(tmp_path / folder), now=NOW).ok


def test_a_withdrawn_object_is_at_no_moment_in_a_new_mirror(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = a_folder(tmp_path / "log", 20, last=Withdrawal(TIME, NAME, "It named a person.").raw)
    renamed: list[Path] = []

    def rename(path: Path, target: Path, act: Callable[[Path, Path], Path] = Path.replace) -> Path:
        renamed.append(target)
        return act(path, target)

    monkeypatch.setattr(Path, "replace", rename)
    export(source, tmp_path / "export", now=NOW)
    assert tmp_path / "export/tile/entries/000.p/20" in renamed
    assert tmp_path / "export/object" / NAME not in renamed


def test_a_copy_that_the_disk_spoiled_is_fetched_again(tmp_path: Path) -> None:
    source = a_folder(tmp_path / "log", 700)
    export(source, tmp_path / "export", now=NOW)
    for path in content(tmp_path / "log"):
        if path != "checkpoint":
            flip(tmp_path / "export" / path, 9)
            export(source, tmp_path / "export", now=NOW)
            assert content(tmp_path / "export") == content(tmp_path / "log"), path


def test_nothing_else_is_written_over(tmp_path: Path) -> None:
    source = a_folder(tmp_path / "log", 5)
    put(tmp_path / "mine", "letter.txt", b"Dear")
    other = write_other(tmp_path / "other log")
    cases: list[tuple[Path, type[LedgerError], str]] = [
        (tmp_path / "mine", Refused, "letter.txt"),
        (tmp_path / "log", Refused, "it is the source"),
        (other, Refused, "log.example/la-palma"),
        (tmp_path / "mine" / "letter.txt", Unavailable, "letter.txt"),
    ]
    for folder, kind, words in cases:
        before = content(tmp_path)
        with pytest.raises(kind, match=words):
            export(source, folder, now=NOW)
        assert content(tmp_path) == before


def write_other(folder: Path) -> Path:
    other = a_log(1, "log.example/la-palma")
    write_log(folder, other, [keys_entry([other])])
    return folder


def test_a_folder_without_a_log_is_no_source(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(Missing, match="no checkpoint"):
        export(Folder(tmp_path / "empty"), tmp_path / "export", now=NOW)
    assert not (tmp_path / "export").exists()


def test_one_at_a_time_works_in_a_folder(tmp_path: Path) -> None:
    source = a_folder(tmp_path / "log", 5)

    class Twice:
        def read(self, path: str, most: int) -> bytes | None:
            if path.startswith("tile/"):
                with pytest.raises(Refused, match="another process"):
                    export(source, tmp_path / "export", now=NOW)
            return source.read(path, most)

    assert export(Twice(), tmp_path / "export", now=NOW).size == 5
