"""The run folder: a Zarr dataset written slot by slot, a summary, and what people are shown of it.

    run.zarr/        arrays (slot, cell), one chunk a slot, and arrays that do not change
    progress.json    how many slots are whole
    figures.json     what each slot came to
    recipe.json      what the run is made from
    .state-*.npz     what the slot after each builds on, so that any slot can be planned again
    summary.json, index.html, *.png

A slot counts from the moment at which `progress.json` says so, and that file is replaced in one step. What
stops a run (Ctrl-C, a kill, a full disk) leaves whole slots; a torn one is written anew when the run goes on.
"""

import io
import json
import os
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from openleo.errors import InputError, OpenLEOError

if TYPE_CHECKING:
    import xarray
    import zarr

RECIPE: Final = "recipe.json"
"""What a run is made from (`formats.recipe`)."""

_STORE: Final = "run.zarr"
_STORE_PART: Final = ".run.zarr.part"
_PROGRESS: Final = "progress.json"
_FORMAT: Final = "openleo-run-1"
_TIME: Final = {
    "standard_name": "time",
    "long_name": "start of the slot (UTC)",
    "units": "microseconds since 1970-01-01 00:00:00",
    "calendar": "proleptic_gregorian",
}


@dataclass(frozen=True)
class SlotArray:
    """An array (slot, cell) that a run fills slot by slot; `fill` stands where nothing was written yet."""

    dtype: str
    attributes: Mapping[str, Any]
    fill: float | int | None = None


@dataclass(frozen=True)
class StaticArray:
    """An array that is the same in every slot."""

    dims: tuple[str, ...]
    values: NDArray[Any]
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class RunStore:
    """A run folder open for writing; what is done is read from the disk each time it is asked for."""

    folder: Path
    slots: int
    arrays: "Mapping[str, zarr.Array[Any]]"

    def slots_done(self) -> int:
        """How many slots are whole."""
        return int(_progress(self.folder)["slots_done"])

    def append(
        self, slot: int, values: Mapping[str, ArrayLike], state: Mapping[str, ArrayLike] | None = None
    ) -> None:
        """Write the next slot: `values` holds an array (C,) for each field, `state` what the next builds on.

        Raises InputError for a slot that is not the next, a field too many or too few, another shape, or a
        number that the field's type cannot hold; OpenLEOError where the disk refuses (earlier slots stay).
        """
        done = self.slots_done()
        if slot != done or slot >= self.slots:
            raise InputError(f"{self.folder}: slot {slot} given; next of {self.slots} is slot {done}")
        if values.keys() != self.arrays.keys():
            wrong = ", ".join(sorted(values.keys() ^ self.arrays.keys()))
            raise InputError(f"{self.folder}: slot {slot}: fields too many or too few: {wrong}")
        checked = {name: _checked(name, values[name], array) for name, array in self.arrays.items()}
        if state is not None:  # before the slot counts as done, so that a stop at any moment finds both
            stream = io.BytesIO()
            np.savez_compressed(stream, **state)  # type: ignore[arg-type]
            save(self.folder, f".state-{slot}.npz", stream.getvalue())
        try:
            for name, row in checked.items():
                self.arrays[name][slot] = row
        except OSError as error:
            raise OpenLEOError(
                f"{self.folder}: slot {slot} could not be written: {error.strerror or error}; "
                f"the {done} slots before it are whole, and the run can go on from there"
            ) from error
        _write_progress(self.folder, self.slots, done + 1)

    def finish(self, summary: Mapping[str, Any]) -> None:
        """Write `summary.json`; NumPy's numbers may stand in it, NaN and infinity may not (ValueError)."""
        text = json.dumps(
            summary, indent=2, ensure_ascii=False, allow_nan=False, default=lambda number: number.item()
        )
        save(self.folder, "summary.json", text + "\n")


@dataclass(frozen=True)
class Run:
    """A run folder open for reading, array by array; `open_dataset` has all of it as a dataset.

    attributes: of the whole dataset. times: (slots,) beginnings, UTC, of all that are planned. static: arrays
    that do not change. stamp: of the store, another one for another run.
    """

    folder: Path
    attributes: Mapping[str, Any]
    times: NDArray[np.datetime64]
    static: Mapping[str, NDArray[Any]]
    arrays: "Mapping[str, zarr.Array[Any]]"
    described: Mapping[str, Mapping[str, Any]]
    stamp: tuple[int, int]

    @classmethod
    def open(cls, path: str | Path) -> "Run":
        """Open a run. Raises InputError where `path` is none, or one that cannot be read."""
        folder = Path(path)
        _progress(folder)
        if not (folder / _STORE).exists():
            raise InputError(f"{folder}: this run was stopped before its first slot")
        import zarr

        try:
            stamp = _stamp(folder)
            group = zarr.open_group(folder / _STORE, mode="r", zarr_format=3)
            found = {name: _array(group, name) for name in sorted(group.array_keys())}
            slots = found["time"].shape[0]
            fields = {n: a for n, a in found.items() if a.ndim == 2 and a.shape[0] == slots}
            static = {name: np.asarray(found[name][...]) for name in found.keys() - fields.keys()}
            times = static.pop("time").astype("datetime64[us]")
            described = {name: dict(array.attrs) for name, array in found.items()}
            missing = {"cell", "lat", "lon"} - static.keys()
            if missing:
                raise KeyError(", ".join(sorted(missing)))
        except (OSError, ValueError, KeyError, TypeError, AssertionError) as error:
            raise InputError(f"{folder / _STORE}: cannot be read: {error}") from error
        return cls(folder, dict(group.attrs), times, static, fields, described, stamp)

    @property
    def names(self) -> tuple[str, ...]:
        """The arrays that each slot has."""
        return tuple(self.arrays)

    @property
    def there(self) -> bool:
        """Whether the folder still holds this run."""
        try:
            return _is_run(self.folder) and _stamp(self.folder) == self.stamp
        except OSError:
            return False

    def slots_done(self) -> int:
        """How many slots are whole by now. Raises InputError where the run is no longer there."""
        return int(_progress(self.folder)["slots_done"])

    def row(self, name: str, slot: int) -> NDArray[Any]:
        """An array (C,) of a slot; integers have -1 for none, floats NaN.

        Raises OpenLEOError where it cannot be read.
        """
        try:
            return np.asarray(self.arrays[name][slot])
        except (OSError, ValueError, RuntimeError) as error:
            raise OpenLEOError(f"{name} of slot {slot} cannot be read: {error}") from error

    def words(self, name: str) -> tuple[str, ...]:
        """The words of an enumeration, by code, as CF has them: without blanks."""
        return tuple(str(self.described.get(name, {}).get("flag_meanings", "")).split())


def create(
    path: str | Path,
    *,
    fields: Mapping[str, SlotArray],
    static: Mapping[str, StaticArray],
    attributes: Mapping[str, Any],
    times: NDArray[np.datetime64],
    resume: bool = False,
    overwrite: bool = False,
) -> RunStore:
    """Begin a run in the folder `path`, or go on with the one that stands there.

    fields: what each slot brings. static: the rest; one of them is (cell,). attributes: of the whole dataset.
    times: (slots,) the start of every slot, UTC.
    resume: go on if a run is there that agrees in all of the above (the attribute `history` may differ).
    overwrite: delete the run that is there (the files named above) and begin anew.
    Raises InputError where the folder holds something else than a run (whatever the flags), holds a run and
    neither flag is given, or holds one that differs (naming each difference).
    """
    folder = Path(path)
    times_us = np.ascontiguousarray(times).astype("datetime64[us]").astype(np.int64)
    head = _Head(dict(fields), {**static, "time": StaticArray(("slot",), times_us, _TIME)}, dict(attributes))
    if folder.exists() and not _is_run(folder) and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            f"{folder}: holds something else than a run, and is left alone; name a new or empty folder"
        )
    if _is_run(folder) and (folder / _STORE).exists():
        done = int(_progress(folder)["slots_done"])
        if resume:
            return _resumed(folder, head, done)
        if not overwrite:
            slots = _progress(folder)["slots"]
            raise InputError(
                f"{folder}: holds a run ({done} of {slots} slots); resume it, overwrite it, or name another"
            )
        _delete(folder)
    return _begun(folder, head)


def open_dataset(path: str | Path) -> "xarray.Dataset":
    """Open the whole slots of a run as an `xarray.Dataset` with dimensions slot and cell, read lazily.

    Integers stay integers, -1 being none (their `_FillValue` stands in `encoding`); floats are NaN where
    there is no value. Raises InputError where `path` is no run, or one stopped before its first slot.
    """
    folder = Path(path)
    progress = _progress(folder)
    if not (folder / _STORE).exists():
        raise InputError(f"{folder}: this run was stopped before its first slot")
    import xarray

    store: xarray.Dataset = xarray.open_zarr(
        folder / _STORE, consolidated=False, chunks=None, mask_and_scale=False
    )
    dataset = store.isel(slot=slice(0, int(progress["slots_done"])))
    for variable in dataset.variables.values():
        if "_FillValue" in variable.attrs:
            variable.encoding["_FillValue"] = variable.attrs.pop("_FillValue")
    return dataset


def progress(path: str | Path) -> tuple[int, int] | None:
    """Slots that are whole, and slots planned, of the run in a folder; None where no run is there."""
    folder = Path(path)
    if not (_is_run(folder) and (folder / _STORE).exists()):
        return None
    found = _progress(folder)
    return int(found["slots_done"]), int(found["slots"])


def read_state(path: str | Path, slot: int) -> dict[str, NDArray[Any]]:
    """What the slot after a slot builds on, as `RunStore.append` took it.

    Raises InputError where it is not there or cannot be read.
    """
    file = Path(path) / f".state-{slot}.npz"
    try:
        with np.load(file, allow_pickle=False) as state:
            return {name: state[name] for name in state.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"{file}: cannot be read: {error}") from error


def save(folder: str | Path, name: str, content: str | bytes) -> None:
    """Write the file `name` of a run folder in one step: readers see the old or the new one, never a part.

    Raises OpenLEOError where the disk refuses.
    """
    path = Path(folder) / name
    part = path.with_name(f".{name}.part")
    try:
        with part.open("wb") as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        raise OpenLEOError(f"{path}: could not be written: {error.strerror or error}") from error


def estimate_bytes(fields: Mapping[str, SlotArray], slots: int, cells: int) -> int:
    """The most that a run of so many slots and cells takes on disk, in bytes.

    It is the size before compression, which takes off some two fifths of it.
    """
    return slots * cells * sum(np.dtype(field.dtype).itemsize for field in fields.values())


def free_bytes(path: str | Path) -> int:
    """Bytes free on the disk on which `path` is or would be."""
    there = Path(path).absolute()
    while not there.exists():
        there = there.parent
    return shutil.disk_usage(there).free


@dataclass(frozen=True)
class _Head:
    """Everything about a run that is known before its first slot."""

    fields: dict[str, SlotArray]
    static: dict[str, StaticArray]
    attributes: dict[str, Any]

    @property
    def slots(self) -> int:
        return len(self.static["time"].values)

    @property
    def cells(self) -> int:
        return next(len(array.values) for array in self.static.values() if array.dims == ("cell",))


def _begun(folder: Path, head: _Head) -> RunStore:
    """A new run. The store gets its name when it is complete, so that a stop in between leaves none."""
    import zarr

    part = folder / _STORE_PART
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_progress(folder, head.slots, 0)
        shutil.rmtree(part, ignore_errors=True)
        group = zarr.create_group(part, zarr_format=3, attributes=_plain(head.attributes))
        for name, static in head.static.items():
            group.create_array(
                name, data=static.values, chunks=_chunk(*static.values.shape), dimension_names=static.dims,
                attributes=_plain(static.attributes),
            )  # fmt: skip
        for name, field in head.fields.items():
            group.create_array(
                name, shape=(head.slots, head.cells), chunks=_chunk(1, head.cells), dtype=field.dtype,
                fill_value=field.fill, dimension_names=("slot", "cell"), attributes=_plain(field.attributes),
            )  # fmt: skip
        part.replace(folder / _STORE)
    except OSError as error:
        raise OpenLEOError(f"{folder}: no run can be begun here: {error.strerror or error}") from error
    return _opened(folder, head)


def _chunk(*shape: int) -> tuple[int, ...]:
    """One chunk for all; where there is nothing, Zarr still wants one of size 1."""
    return tuple(max(length, 1) for length in shape)


def _opened(folder: Path, head: _Head) -> RunStore:
    import zarr

    group = zarr.open_group(folder / _STORE, mode="r+", zarr_format=3)
    return RunStore(folder, head.slots, {name: _array(group, name) for name in head.fields})


def _array(group: "zarr.Group", name: str) -> "zarr.Array[Any]":
    import zarr

    found = group[name]
    assert isinstance(found, zarr.Array)
    return found


def _resumed(folder: Path, head: _Head, done: int) -> RunStore:
    differences = list(_differences(folder, head))
    if differences:
        raise InputError(f"{folder}: the run that stands there is another: " + "; ".join(differences))
    for name in head.fields:  # what the stop left of a torn slot
        shutil.rmtree(folder / _STORE / name / "c" / str(done), ignore_errors=True)
    return _opened(folder, head)


def _differences(folder: Path, head: _Head) -> Iterator[str]:
    """In which points the run in the folder and the head are not the same."""
    import zarr

    group = zarr.open_group(folder / _STORE, mode="r", zarr_format=3)
    there, asked = dict(group.attrs), _plain(head.attributes)
    for key in sorted(there.keys() | asked.keys()):
        if key != "history" and there.get(key) != asked.get(key):
            yield f"{key} is {there.get(key)!r} there, {asked.get(key)!r} here"
    names = set(group.array_keys())
    wanted = head.fields.keys() | head.static.keys()
    if names != wanted:
        yield f"fields in only one of the two: {', '.join(sorted(names ^ wanted))}"
    for name in sorted(names & head.static.keys()):
        old, new = np.asarray(_array(group, name)[...]), head.static[name].values
        if old.shape != new.shape:
            yield f"{name} has shape {old.shape} there, {new.shape} here"
        elif not np.array_equal(old, new, equal_nan=old.dtype.kind == "f"):
            first = int(np.flatnonzero(old != new)[0])
            yield f"{name} differs from entry {first} on: {old.flat[first]} there, {new.flat[first]} here"
    for name in sorted(names & head.fields.keys()):
        array, field = _array(group, name), head.fields[name]
        if array.dtype != np.dtype(field.dtype) or dict(array.attrs) != _plain(field.attributes):
            yield f"{name} has another type or other attributes"


def _delete(folder: Path) -> None:
    """Delete what a run leaves; anything else that people have put beside it stays."""
    shutil.rmtree(folder / _STORE_PART, ignore_errors=True)
    (folder / _STORE).replace(folder / _STORE_PART)  # in one step, lest half a run be taken for a whole one
    shutil.rmtree(folder / _STORE_PART)
    for name in ("summary.json", "figures.json", "index.html", RECIPE):
        (folder / name).unlink(missing_ok=True)
    for made in (*folder.glob("*.png"), *folder.glob(".state-*.npz")):
        made.unlink()


def _checked(name: str, values: ArrayLike, array: "zarr.Array[Any]") -> NDArray[Any]:
    given = np.asarray(values)
    if given.shape != array.shape[1:]:
        raise InputError(f"{name}: shape {given.shape} given; {array.shape[1:]} is what it takes")
    row = given.astype(array.dtype, copy=False)
    if row.dtype.kind in "iu" and not np.array_equal(row, given):
        first = int(np.flatnonzero(row != given)[0])
        raise InputError(f"{name}: {given[first]} in cell {first} does not fit into {row.dtype}")
    return row


def _stamp(folder: Path) -> tuple[int, int]:
    """What tells one store from another that replaced it."""
    found = (folder / _STORE / "zarr.json").stat()
    return found.st_ino, found.st_mtime_ns


def _is_run(folder: Path) -> bool:
    return (folder / _PROGRESS).is_file()


def _progress(folder: Path) -> dict[str, Any]:
    path = folder / _PROGRESS
    try:
        progress = json.loads(path.read_text())
    except FileNotFoundError:
        raise InputError(f"{folder}: no run is here ({_PROGRESS} is missing)") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    if not isinstance(progress, dict) or progress.get("format") != _FORMAT:
        raise InputError(f"{path}: is not the progress of a run in the format {_FORMAT}")
    return progress


def _write_progress(folder: Path, slots: int, done: int) -> None:
    save(folder, _PROGRESS, json.dumps({"format": _FORMAT, "slots": slots, "slots_done": done}) + "\n")


def _plain(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes as JSON gives them back: lists for tuples, Python's numbers for NumPy's."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(attributes), default=lambda number: number.item()))
    return plain
