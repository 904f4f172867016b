"""The working directory of a run: arrays by stage and block, each committed by a rename, so that a kill at any moment loses one block.

Nothing here outlives the run: the formats may change from version to version, and `Store.open` refuses a directory of another run.
"""

from __future__ import annotations

import json
import math
import mmap
import os
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simfilter.errors import InputError

_RUN = "run.json"
_DIMENSIONS = 2
_HEADER = struct.Struct(f"<16sQ{_DIMENSIONS}Q8x")  # type, dimensions, shape; numpy's own takes 30 µs to read, as Python source


Place = tuple[str, tuple[int, ...], int]
"""Type, shape, and bytes behind the head of a block's file."""


class Store:
    """Arrays and notes under names, each there whole or not at all.

    Surviving a kill of the process needs no fsync; after a crash of the machine start anew.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def open(cls, folder: Path, identity: Any, *, resume: bool) -> Store:
        """An empty store, or with ``resume`` the one that is there. InputError if that belongs to other parameters or changed inputs."""
        store = cls(folder)
        stamp = json.loads(json.dumps(identity))
        if resume and (folder / _RUN).is_file():
            if store.note("run") != stamp:
                raise InputError(f"{folder} belongs to a run with other options or inputs: leave out --resume, or restore them")
            return store
        store.remove()
        folder.mkdir(parents=True, exist_ok=True)
        store.put_note("run", stamp)
        return store

    def remove(self) -> None:
        """Delete the working directory; what says that there is a run goes first, so that a kill amid this leaves none to resume."""
        (self.folder / _RUN).unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def put(self, name: str, array: NDArray[Any]) -> None:
        """Keep an array under a name, in place of what was there."""
        temporary = self.folder / f".{name}.tmp"
        shape = (*array.shape, *(0 for _ in range(_DIMENSIONS - array.ndim)))
        with temporary.open("wb") as file:
            file.write(_HEADER.pack(array.dtype.str.encode(), array.ndim, *shape))
            file.write(np.ascontiguousarray(array).data)
        os.replace(temporary, self.folder / f"{name}.array")

    def get(self, name: str, *, mapped: bool = False) -> NDArray[Any]:
        """The array under a name, read or memory-mapped."""
        with (self.folder / f"{name}.array").open("rb") as file:
            if mapped:
                data: Any = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            else:
                data = bytearray(os.fstat(file.fileno()).st_size)
                file.readinto(data)
        kind, dimensions, *shape = _HEADER.unpack_from(data)
        flat: NDArray[Any] = np.frombuffer(data, np.dtype(kind.rstrip(b"\0").decode()), offset=_HEADER.size)
        return flat.reshape(shape[:dimensions])

    def has(self, name: str) -> bool:
        return (self.folder / f"{name}.array").exists() or (self.folder / f"{name}.json").exists()

    def put_note(self, name: str, note: Any) -> None:
        """Keep what JSON can hold under a name."""
        temporary = self.folder / f".{name}.tmp"
        temporary.write_text(json.dumps(note))
        os.replace(temporary, self.folder / f"{name}.json")

    def note(self, name: str) -> Any:
        return json.loads((self.folder / f"{name}.json").read_text())

    def drop(self, prefix: str) -> None:
        """Delete all arrays whose names begin so."""
        for path in self.folder.glob(f"{prefix}*.array"):
            path.unlink()


class Blocks:
    """What a run keeps of each batch: a note and named arrays, in one file, there whole or not at all."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.notes: list[dict[str, Any]] = []
        self._places: list[dict[str, Place]] = []
        while (path := self._path(len(self.notes))).exists():
            with path.open("rb") as file:
                self._know(json.loads(file.read(int.from_bytes(file.read(8), "little"))))

    def __len__(self) -> int:
        return len(self.notes)

    def _path(self, block: int) -> Path:
        return self.store.folder / f"b{block:06d}.block"

    def _know(self, head: dict[str, Any]) -> None:
        self.notes.append(head["note"])
        self._places.append({kind: (dtype, tuple(shape), offset) for kind, (dtype, shape, offset) in head["arrays"].items()})

    def append(self, note: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        """Commit the next block."""
        places, end = {}, 0
        for kind, array in arrays.items():
            places[kind] = (array.dtype.str, array.shape, end)
            end += -(-array.nbytes // 8) * 8
        head = {"note": note, "arrays": places}
        packed = json.dumps(head).encode()
        packed += b" " * (-len(packed) % 8)
        temporary = self.store.folder / ".block.tmp"
        with temporary.open("wb") as file:
            file.write(len(packed).to_bytes(8, "little") + packed)
            for array in arrays.values():
                file.write(np.ascontiguousarray(array).data)
                file.write(bytes(-array.nbytes % 8))
        os.replace(temporary, self._path(len(self)))
        self._know(head)

    def get(self, block: int, kind: str, *, mapped: bool = False) -> NDArray[Any]:
        """An array of a block, read or memory-mapped."""
        dtype, shape, offset = self._places[block][kind]
        count = math.prod(shape)
        with self._path(block).open("rb") as file:
            start = 8 + int.from_bytes(file.read(8), "little") + offset
            if mapped and count:
                data: Any = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            else:
                file.seek(start)
                data, start = bytearray(count * np.dtype(dtype).itemsize), 0
                file.readinto(data)
        found: NDArray[Any] = np.frombuffer(data, dtype, count, start).reshape(shape)
        return found

    def starts(self) -> NDArray[np.int64]:
        """The first row of each block, and behind them how many rows there are."""
        return np.concatenate(([0], np.cumsum([note["rows"] for note in self.notes], dtype=np.int64)))

    @property
    def rows(self) -> int:
        return sum(note["rows"] for note in self.notes)

    def whole(self, kind: str) -> NDArray[Any]:
        """That array of all blocks, one after the other."""
        return np.concatenate([self.get(block, kind) for block in range(len(self))])

    def pieces(self, kind: str) -> Iterator[tuple[int, NDArray[Any]]]:
        """(first row, mapped array) of each block."""
        first = 0
        for block, note in enumerate(self.notes):
            yield first, self.get(block, kind, mapped=True)
            first += note["rows"]
