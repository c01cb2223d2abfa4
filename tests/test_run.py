"""The run folder: whole slots or none, whatever stops the writer; and no other folder is ever touched."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from openleo.errors import InputError, OpenLEOError
from openleo.formats import run

CELLS, SLOTS = 20_000, 5
SIGXFSZ = 25
FIELDS = {
    "flag": run.SlotArray("int8", {"long_name": "a flag", "units": "1", "_FillValue": -1}, -1),
    "rate": run.SlotArray("float32", {"long_name": "a rate", "units": "bit s-1"}, np.nan),
    "twice": run.SlotArray("float32", {"long_name": "the rate, twice", "units": "bit s-1"}, np.nan),
}
TIMES = np.datetime64("2026-05-30T12:00:12", "us") + np.arange(SLOTS) * np.timedelta64(15, "s")


def slot(index: int, cells: int = CELLS) -> dict[str, np.ndarray]:
    """What the slot `index` brings; it does not compress."""
    draw = np.random.default_rng(index)
    rate = draw.random(cells, np.float32)
    return {"flag": draw.integers(0, 5, cells).astype(np.int8), "rate": rate, "twice": 2.0 * rate}


def begin(folder: Path, cells: int = CELLS, **changed: Any) -> run.RunStore:
    """Begin or resume a run; `changed` are other arguments than the usual ones."""
    cell = run.StaticArray(("cell",), np.arange(cells, dtype=np.uint64), {"long_name": "cell"})
    usual = {
        "fields": FIELDS,
        "static": {"cell": cell},
        "attributes": {"world_hash": "abc", "history": "now"},
        "times": TIMES,
    }
    return run.create(folder, **(usual | changed))


@pytest.fixture
def uninterrupted(tmp_path: Path) -> xarray.Dataset:
    """A run that nothing stopped."""
    store = begin(tmp_path / "uninterrupted")
    for index in range(SLOTS):
        store.append(index, slot(index))
    return run.open_dataset(tmp_path / "uninterrupted").load()


def stopped(folder: Path, signal: str) -> subprocess.CompletedProcess[str]:
    """A process that writes two slots; in the middle of the third the disk takes no more.

    A file that outgrows a limit draws SIGXFSZ, which ends the process at once ("SIG_DFL") or, ignored
    ("SIG_IGN"), becomes an OSError. The first array of a slot is within the limit, the second is not.
    """
    script = (
        "import pathlib, resource, signal, sys\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from test_run import begin, slot\n"
        f"store = begin(pathlib.Path({str(folder)!r}))\n"
        "store.append(0, slot(0)); store.append(1, slot(1))\n"
        f"signal.signal(signal.SIGXFSZ, signal.{signal})\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, resource.RLIM_INFINITY))\n"
        "store.append(2, slot(2))\n"
    )
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)


@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files as POSIX does")
@pytest.mark.parametrize("signal", ["SIG_DFL", "SIG_IGN"], ids=["killed", "disk full"])
def test_a_run_stopped_in_the_middle_of_a_slot_reads_well_and_goes_on(
    tmp_path: Path, signal: str, uninterrupted: xarray.Dataset
) -> None:
    folder = tmp_path / "run"
    ended = stopped(folder, signal)
    assert ended.returncode == (-SIGXFSZ if signal == "SIG_DFL" else 1), ended.stderr
    if signal == "SIG_IGN":
        assert "OpenLEOError" in ended.stderr
        assert "slot 2 could not be written: File too large; the 2 slots before it are whole" in ended.stderr
    xarray.testing.assert_identical(run.open_dataset(folder).load(), uninterrupted.isel(slot=slice(0, 2)))

    store = begin(folder, resume=True)
    for index in range(store.slots_done(), SLOTS):
        store.append(index, slot(index))
    xarray.testing.assert_identical(run.open_dataset(folder).load(), uninterrupted)
    assert files_of(folder / "run.zarr") == files_of(tmp_path / "uninterrupted" / "run.zarr")


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("stop", [KeyboardInterrupt, MemoryError])
def test_an_interrupt_while_a_slot_is_written_leaves_the_slots_before_it(
    tmp_path: Path, stop: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    import zarr

    store = begin(tmp_path / "run")
    store.append(0, slot(0))
    written: list[str] = []

    def interrupted(array: zarr.Array[Any], *_: object) -> None:
        written.append(array.name)
        if len(written) == 2:
            raise stop

    with monkeypatch.context() as patch:
        patch.setattr(zarr.Array, "__setitem__", interrupted)
        with pytest.raises(stop):
            store.append(1, slot(1))
    assert run.open_dataset(tmp_path / "run").sizes["slot"] == 1
    store.append(1, slot(1))
    np.testing.assert_array_equal(run.open_dataset(tmp_path / "run")["twice"][1], slot(1)["twice"])


def test_xarray_opens_the_store_without_openleo(tmp_path: Path, uninterrupted: xarray.Dataset) -> None:
    plain = xarray.open_zarr(tmp_path / "uninterrupted" / "run.zarr", consolidated=False, chunks=None)
    assert plain["rate"].dims == ("slot", "cell")
    np.testing.assert_array_equal(plain["rate"], uninterrupted["rate"])
    np.testing.assert_array_equal(plain["time"], TIMES)
    assert plain["time"].attrs["standard_name"] == "time"


def test_integers_stay_integers_and_their_fill_is_known(uninterrupted: xarray.Dataset) -> None:
    assert uninterrupted["flag"].dtype == np.int8
    assert uninterrupted["flag"].encoding["_FillValue"] == -1
    assert "_FillValue" not in uninterrupted["flag"].attrs


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            arrays(np.int8, 7, elements=st.integers(-1, 127)),
            arrays(np.float32, 7, elements=st.floats(width=32, allow_nan=True)),
        ),
        min_size=1,
        max_size=SLOTS,
    )
)
def test_what_was_written_is_read_back(tmp_path: Path, rows: list[tuple[np.ndarray, np.ndarray]]) -> None:
    store = begin(tmp_path / "run", cells=7, overwrite=True)
    for index, (flag, rate) in enumerate(rows):
        store.append(index, {"flag": flag, "rate": rate, "twice": rate})
    read = run.open_dataset(tmp_path / "run")
    np.testing.assert_array_equal(read["flag"], np.array([flag for flag, _ in rows]))
    np.testing.assert_array_equal(read["rate"], np.array([rate for _, rate in rows]))


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"attributes": {"world_hash": "abd", "history": "now"}}, "world_hash is 'abc' there, 'abd' here"),
        ({"times": TIMES + np.timedelta64(15, "s")}, "time differs from entry 0 on"),
        ({"times": TIMES[:3]}, r"time has shape \(5,\) there, \(3,\) here"),
        ({"fields": {"flag": FIELDS["flag"]}}, "fields in only one of the two: rate, twice"),
        ({"fields": FIELDS | {"rate": run.SlotArray("float64", {}, 0.0)}}, "rate has another type"),
        ({"cells": 9}, r"cell has shape \(8,\) there, \(9,\) here"),
    ],
)
def test_another_run_is_not_gone_on_with(tmp_path: Path, changed: dict[str, Any], named: str) -> None:
    begin(tmp_path / "run", cells=8)
    with pytest.raises(InputError, match=named):
        begin(tmp_path / "run", **({"cells": 8} | changed), resume=True)


def test_the_same_run_may_be_gone_on_with_at_another_time(tmp_path: Path) -> None:
    begin(tmp_path / "run", cells=8).append(0, slot(0, 8))
    later = begin(
        tmp_path / "run", cells=8, attributes={"world_hash": "abc", "history": "later"}, resume=True
    )
    assert later.slots_done() == 1


def test_a_run_is_not_begun_over_another_unless_told(tmp_path: Path) -> None:
    begin(tmp_path / "run", cells=8).append(0, slot(0, 8))
    with pytest.raises(InputError, match=r"holds a run \(1 of 5 slots\)"):
        begin(tmp_path / "run", cells=8)
    assert begin(tmp_path / "run", cells=8, overwrite=True).slots_done() == 0


@pytest.mark.parametrize("flags", [{}, {"resume": True}, {"overwrite": True}])
def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path, flags: dict[str, bool]) -> None:
    (tmp_path / "thesis.tex").write_text("three years")
    with pytest.raises(InputError, match="holds something else than a run"):
        begin(tmp_path, **flags)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    with pytest.raises(InputError, match="holds something else than a run"):
        begin(tmp_path / "thesis.tex", **flags)


def test_overwriting_leaves_what_people_put_beside_a_run(tmp_path: Path) -> None:
    store = begin(tmp_path / "run", cells=8)
    store.finish({"cells": 8})
    (tmp_path / "run" / "notes.txt").write_text("mine")
    begin(tmp_path / "run", cells=8, overwrite=True)
    assert (tmp_path / "run" / "notes.txt").read_text() == "mine"
    assert not (tmp_path / "run" / "summary.json").exists()


@pytest.mark.parametrize(
    ("index", "change", "named"),
    [
        (1, {}, "slot 1 given; next of 5 is slot 0"),
        (0, {"rate": None}, "fields too many or too few: rate"),
        (0, {"more": np.zeros(8)}, "fields too many or too few: more"),
        (0, {"rate": np.zeros(7)}, r"rate: shape \(7,\) given; \(8,\) is what it takes"),
        (0, {"flag": np.array([0, 0, 300, 0, 0, 0, 0, 0])}, "flag: 300 in cell 2 does not fit into int8"),
    ],
)
def test_a_wrong_slot_is_refused(tmp_path: Path, index: int, change: dict[str, Any], named: str) -> None:
    store = begin(tmp_path / "run", cells=8)
    values = {name: row for name, row in (slot(0, 8) | change).items() if row is not None}
    with pytest.raises(InputError, match=named):
        store.append(index, values)
    assert store.slots_done() == 0


def test_there_is_no_slot_after_the_last(tmp_path: Path) -> None:
    store = begin(tmp_path / "run", cells=8, times=TIMES[:1])
    store.append(0, slot(0, 8))
    with pytest.raises(InputError, match="slot 1 given"):
        store.append(1, slot(1, 8))


def test_what_is_no_run_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no run is here"):
        run.open_dataset(tmp_path)
    (tmp_path / "progress.json").write_text('{"done": 3}')
    with pytest.raises(InputError, match="is not the progress of a run"):
        run.open_dataset(tmp_path)
    (tmp_path / "progress.json").write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        run.open_dataset(tmp_path)


def test_the_summary_is_json_with_plain_numbers(tmp_path: Path) -> None:
    store = begin(tmp_path / "run", cells=8)
    store.finish({"cells": np.int64(8), "served_share": np.float32(0.5), "place": "Zürich"})
    text = (tmp_path / "run" / "summary.json").read_text(encoding="utf-8")
    assert json.loads(text) == {"cells": 8, "served_share": 0.5, "place": "Zürich"}
    with pytest.raises(ValueError, match="JSON"):
        store.finish({"latency_ms": float("nan")})
    assert (tmp_path / "run" / "summary.json").read_text(encoding="utf-8") == text


def test_a_file_is_replaced_or_kept(tmp_path: Path) -> None:
    run.save(tmp_path, "index.html", "old")
    run.save(tmp_path, "index.html", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]
    assert (tmp_path / "index.html").read_text() == "new"
    with pytest.raises(OpenLEOError, match="could not be written"):
        run.save(tmp_path / "nowhere", "index.html", "new")


def test_the_estimate_is_no_less_than_what_the_slots_take(
    tmp_path: Path, uninterrupted: xarray.Dataset
) -> None:
    store = tmp_path / "uninterrupted" / "run.zarr"
    taken = sum(
        path.stat().st_size for name in FIELDS for path in (store / name / "c").rglob("*") if path.is_file()
    )
    estimate = run.estimate_bytes(FIELDS, SLOTS, CELLS)
    assert estimate == SLOTS * CELLS * (1 + 4 + 4)
    assert 0.5 * estimate < taken <= 1.01 * estimate  # random numbers hardly compress
    assert run.free_bytes(tmp_path / "not" / "yet" / "there") > 0


def test_a_run_without_cells_is_a_run(tmp_path: Path) -> None:
    store = begin(tmp_path / "run", cells=0)
    store.append(0, slot(0, 0))
    assert dict(run.open_dataset(tmp_path / "run").sizes) == {"slot": 1, "cell": 0}
