"""An index of signatures that finds those that share a band: in memory while it grows, memory-mapped once saved.

A saved index is a container (docs/FORMATS.md) with, for each band, the keys in order and whose they are. What is added after opening lies
beside it in dictionaries, what is removed is a set; saving writes all into one again. Names are strings.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from simfilter import _core
from simfilter.dedup.parameters import Bands
from simfilter.errors import IndexDamagedError, ParameterError
from simfilter.index.container import Container, write_container

MAGIC = b"SIMFLSH\0"
VERSION = 1


class LSHIndex:
    """Signatures under names, found by likeness.

    ``bands`` cut them: `choose_bands(threshold)` gives those that find 99.5 % of the pairs at a threshold.

    >>> from simfilter.dedup import MinHasher, choose_bands
    >>> hasher, index = MinHasher(), LSHIndex(choose_bands(0.8))
    >>> index.add(["harbour"], hasher.sign(["the quiet harbour kept its lamps alight"]))
    >>> index.query(hasher.sign(["The quiet harbour kept its lamps ALIGHT"])[0])
    ['harbour']
    """

    def __init__(self, bands: Bands, values: int = 128) -> None:
        if bands.values > values:
            raise ParameterError(f"{bands.bands} bands of {bands.rows} rows need {bands.values} values, signatures have {values}")
        self.bands, self.values = bands, values
        self._saved: Container | None = None
        self._saved_count = 0
        self._keys: NDArray[np.uint64] = np.empty((bands.bands, 0), np.uint64)
        self._order: NDArray[np.uint32] = np.empty((bands.bands, 0), np.uint32)
        self._signatures: NDArray[np.uint32] = np.empty((0, values), np.uint32)
        self._name_bytes: NDArray[np.uint8] = np.empty(0, np.uint8)
        self._name_ends: NDArray[np.uint64] = np.empty(0, np.uint64)
        self._name_hashes: NDArray[np.uint64] = np.empty(0, np.uint64)
        self._name_order: NDArray[np.uint32] = np.empty(0, np.uint32)
        self._new_names: dict[str, int] = {}
        self._names_in_order: list[str] = []
        self._new_signatures: list[NDArray[np.uint32]] = []
        self._buckets: list[dict[int, list[int]]] = [{} for _ in range(bands.bands)]
        self._removed: set[int] = set()

    def __len__(self) -> int:
        return self._saved_count + len(self._names_in_order) - len(self._removed)

    def __contains__(self, name: str) -> bool:
        return self._number(name) is not None

    def add(self, names: Sequence[str], signatures: NDArray[np.uint32]) -> None:
        """Add signatures [n, values] under n names. Raises ParameterError for a name that is there, and then adds none."""
        signatures = np.ascontiguousarray(signatures, np.uint32)
        if signatures.shape != (len(names), self.values):
            raise ParameterError(f"need signatures of shape ({len(names)}, {self.values}), got {signatures.shape}")
        twice = next((name for at, name in enumerate(names) if name in self), None)
        if twice is not None or len(set(names)) < len(names):
            raise ParameterError(f"there is a signature named {twice!r}" if twice is not None else "two of the names are equal")
        keys = self._keys_of(signatures)
        first = self._saved_count + len(self._names_in_order)
        for band, bucket in enumerate(self._buckets):
            for number, key in enumerate(keys[:, band].tolist(), first):
                bucket.setdefault(key, []).append(number)
        self._new_names.update(zip(names, range(first, first + len(names)), strict=True))
        self._names_in_order += names
        self._new_signatures += list(signatures.copy())

    def query(self, signature: NDArray[np.uint32]) -> list[str]:
        """The names of all signatures that share a band with this one, in the order they were added."""
        keys = self._keys_of(np.ascontiguousarray(signature, np.uint32).reshape(1, -1))[0]
        found: set[int] = set()
        for band, key in enumerate(keys):
            low, high = np.searchsorted(self._keys[band], [key, key], "left")[0], np.searchsorted(self._keys[band], key, "right")
            found.update(self._order[band][low:high].tolist())
            found.update(self._buckets[band].get(int(key), ()))
        return [self._name(number) for number in sorted(found - self._removed)]

    def signature(self, name: str) -> NDArray[np.uint32]:
        """The signature under a name. Raises KeyError."""
        number = self._number(name)
        if number is None:
            raise KeyError(name)
        return self._signature(number)

    def remove(self, name: str) -> None:
        """Take a signature out; its name may be used again. Raises KeyError."""
        number = self._number(name)
        if number is None:
            raise KeyError(name)
        self._removed.add(number)
        self._new_names.pop(name, None)

    def save(self, path: str | Path) -> None:
        """Write the index to a file, replacing what was there. It stays usable as it is."""
        alive = [number for number in range(self._saved_count + len(self._names_in_order)) if number not in self._removed]
        signatures = np.array([self._signature(number) for number in alive], np.uint32).reshape(-1, self.values)
        keys = self._keys_of(signatures).T
        order = np.argsort(keys, axis=1, kind="stable").astype(np.uint32)
        encoded = [self._name(number).encode("utf-8", "surrogatepass") for number in alive]
        hashes = np.array([xxhash.xxh3_64_intdigest(name) for name in encoded], np.uint64)
        name_order = np.argsort(hashes, kind="stable").astype(np.uint32)
        write_container(path, {
            "keys": np.take_along_axis(keys, order.astype(np.int64), axis=1), "order": order, "signatures": signatures,
            "names": np.frombuffer(b"".join(encoded), np.uint8), "name_ends": np.cumsum([len(name) for name in encoded], dtype=np.uint64),
            "name_hashes": hashes[name_order], "name_order": name_order,
        }, parameters={"bands": self.bands.bands, "rows": self.bands.rows, "values": self.values}, magic=MAGIC, version=VERSION)

    @classmethod
    def open(cls, path: str | Path, *, verify: bool = True) -> LSHIndex:
        """Map a saved index; with ``verify`` every checksum is tried first. Raises IndexNotFoundError, IndexFormatError."""
        container = Container.open(path, verify=verify, magic=MAGIC, version=VERSION)
        stored = container.parameters
        try:
            index = cls(Bands(int(stored["bands"]), int(stored["rows"])), int(stored["values"]))
        except (KeyError, TypeError, ValueError) as error:
            raise IndexDamagedError(f"{path}: parameters that no LSH index has: {error}") from None
        count, bands = len(container.array("name_ends", np.uint64)), index.bands.bands
        shapes: dict[str, tuple[Any, tuple[int, ...]]] = {
            "keys": (np.uint64, (bands, count)), "order": (np.uint32, (bands, count)), "signatures": (np.uint32, (count, index.values)),
            "name_ends": (np.uint64, (count,)), "name_hashes": (np.uint64, (count,)), "name_order": (np.uint32, (count,))}
        arrays: dict[str, Any] = {"names": container.array("names", np.uint8)}
        for name, (kind, shape) in shapes.items():
            flat = container.array(name, kind)
            if flat.size != int(np.prod(shape)):
                raise IndexDamagedError(f"{path}: section {name!r} has {flat.size} entries, need {shape}")
            arrays[name] = flat.reshape(shape)
        ends = arrays["name_ends"].astype(np.int64)
        if count and ((np.diff(ends) < 0).any() or ends[-1] != len(arrays["names"]) or arrays["order"].max() >= count
                      or arrays["name_order"].max() >= count):
            raise IndexDamagedError(f"{path}: the sections of the index do not fit each other")
        index._saved, index._saved_count = container, count
        index._keys, index._order, index._signatures = arrays["keys"], arrays["order"], arrays["signatures"]
        index._name_bytes, index._name_ends = arrays["names"], arrays["name_ends"]
        index._name_hashes, index._name_order = arrays["name_hashes"], arrays["name_order"]
        return index

    def _keys_of(self, signatures: NDArray[np.uint32]) -> NDArray[np.uint64]:
        keys = np.empty((len(signatures), self.bands.bands), np.uint64)
        if len(signatures):
            if signatures.shape[1] != self.values:
                raise ParameterError(f"need signatures of {self.values} values, got {signatures.shape[1]}")
            _core.lsh_bands(signatures, self.bands.bands, self.bands.rows, keys)
        return keys

    def _name(self, number: int) -> str:
        if number >= self._saved_count:
            return self._names_in_order[number - self._saved_count]
        start = int(self._name_ends[number - 1]) if number else 0
        return self._name_bytes[start : int(self._name_ends[number])].tobytes().decode("utf-8", "surrogatepass")

    def _signature(self, number: int) -> NDArray[np.uint32]:
        return self._signatures[number] if number < self._saved_count else self._new_signatures[number - self._saved_count]

    def _number(self, name: str) -> int | None:
        if name in self._new_names:
            return self._new_names[name]
        key = np.uint64(xxhash.xxh3_64_intdigest(name.encode("utf-8", "surrogatepass")))
        at = int(np.searchsorted(self._name_hashes, key))
        while at < self._saved_count and self._name_hashes[at] == key:
            number = int(self._name_order[at])
            if number not in self._removed and self._name(number) == name:
                return number
            at += 1
        return None
