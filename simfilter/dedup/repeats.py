"""Stage 5: runs of tokens or bytes that stood before, in the rows that are left.

All tokens go into one suffix array when it fits the memory. When it does not, windows are sorted by two hashes, 128 bits together, in
ranges of the first that fit, and what is repeated lies on disk until it is joined block by block. Both name the same windows and the same
origins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from simfilter import _core
from simfilter.dedup.parameters import Unit
from simfilter.dedup.sign import Progress
from simfilter.dedup.store import Blocks
from simfilter.dedup.tokens import KGRAM_SEED

PER_TOKEN = 48
"""Bytes of memory a token takes at the peak: symbols, suffix array, what building it allocates (sf_suffix.h), and repeats in order."""

SORTED = 80
"""Bytes of memory for each window that is sorted: two hashes, its place, their order, and the selections between."""

CHUNK = 1 << 18
"""Windows hashed at a time."""

Places = NDArray[np.int64]
"""Tokens counted over all rows of all blocks, kept or not."""


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Repeated spans by row, then place: tokens ``start[i]`` to ``end[i]`` of a row stand before, from ``origin_start`` of ``origin``."""

    row: NDArray[np.uint32]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    origin: NDArray[np.uint32]
    origin_start: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.row)

    @classmethod
    def of(cls, parts: list[Spans]) -> Spans:
        """All parts, one after the other."""
        none = np.empty(0, np.int64)
        parts = [cls(none.astype(np.uint32), none, none, none.astype(np.uint32), none), *parts]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__))


def lengths(blocks: Blocks, unit: Unit) -> NDArray[np.int64]:
    """Tokens or bytes of each row."""
    if unit is Unit.BYTES:
        return blocks.whole("sizes") if len(blocks) else np.empty(0, np.int64)
    return np.concatenate([np.empty(0, np.int64), *(np.diff(offsets.astype(np.int64)) for _, offsets in blocks.pieces("offsets"))])


def find_repeats(blocks: Blocks, kept: NDArray[np.bool_], run: int, times: int, references: int, memory: int, progress: Progress,
                 unit: Unit = Unit.TOKENS) -> Spans:
    """Repeated spans of at least ``run`` tokens in the rows that are kept; with references only what stands in those."""
    starts = np.concatenate(([0], np.cumsum(lengths(blocks, unit))))
    stream = Streams(blocks, kept, starts, unit)
    total = int(starts[-1]) + blocks.rows
    fits = total * PER_TOKEN <= memory and total < 1 << 31
    found = (_by_suffix_array if fits else _by_sorting)(stream, run, times, memory, progress)
    return Spans.of([_spans(at, origin, run, starts, references) for at, origin in found if len(at)])


class Streams:
    """The tokens of the rows that are kept, block by block."""

    def __init__(self, blocks: Blocks, kept: NDArray[np.bool_], starts: Places, unit: Unit) -> None:
        self.blocks, self.starts = blocks, starts
        self._kept, self._unit = kept, unit
        self._firsts = blocks.starts()

    def __len__(self) -> int:
        return len(self.blocks)

    @property
    def bounds(self) -> Places:
        """Where each block begins, and the last one ends."""
        found: Places = self.starts[self._firsts]
        return found

    def separated(self, block: int) -> tuple[NDArray[np.uint32], Places, Places]:
        """The rows of a block with a separator behind each; for each row where it begins in this stream, and as a place."""
        rows = np.flatnonzero(self._kept[self._firsts[block] : self._firsts[block + 1]]) + self._firsts[block]
        size = self.starts[rows + 1] - self.starts[rows]
        begins = np.cumsum(size + 1) - (size + 1)
        stream = np.zeros(int(size.sum()) + len(rows), np.uint32)
        if len(rows):
            inside = np.ones(len(stream), bool)
            inside[begins + size] = False
            stream[inside] = self._symbols(block, rows)
        return stream, begins, self.starts[rows]

    def _symbols(self, block: int, rows: NDArray[np.int64]) -> NDArray[np.uint32]:
        stored = self.blocks.get(block, self._unit.value, mapped=True)
        base = self.starts[self._firsts[block]]
        if len(rows) < self._firsts[block + 1] - self._firsts[block]:
            stored = np.concatenate([stored[a - base : b - base] for a, b in zip(self.starts[rows].tolist(), self.starts[rows + 1].tolist(),
                                                                                 strict=True)])
        return stored.astype(np.uint32) + np.uint32(1) if self._unit is Unit.BYTES else stored  # 0 separates


Windows = Iterator[tuple[Places, Places]]
"""Repeats and their origins, by place of the repeat; no row is cut in two."""


def _by_suffix_array(stream: Streams, run: int, times: int, memory: int, progress: Progress) -> Windows:
    parts, begins, places = [np.empty(0, np.uint32)], [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    edges = [0]
    for block in range(len(stream)):
        symbols, begin, place = stream.separated(block)
        parts.append(symbols)
        begins.append(begin + edges[-1])
        places.append(place)
        edges.append(edges[-1] + len(symbols))
        progress("tokens", block + 1, len(stream))
    symbols, begin, place = np.concatenate(parts), np.concatenate(begins), np.concatenate(places)
    del parts
    progress("suffix array", 0, 1)
    order = np.empty(len(symbols), np.int32)
    _core.suffix_build(symbols, order)
    count = 1 << 12
    while True:
        at, origin = np.empty((2, count), np.uint32)
        needed = _core.repeat_windows(symbols, order, run, times, at, origin)
        if needed <= count:
            break
        count = needed
    del order, symbols
    progress("suffix array", 1, 1)
    at, origin = at[:needed], origin[:needed]
    ascending = np.argsort(at)
    at, origin = at[ascending], origin[ascending]
    del ascending

    def to_places(positions: NDArray[np.uint32]) -> Places:
        piece = np.searchsorted(begin, positions, side="right") - 1
        found: Places = place[piece] + (positions - begin[piece])
        return found

    for low, high in pairwise(np.searchsorted(at, edges).tolist()):
        yield to_places(at[low:high]), to_places(origin[low:high])


def _by_sorting(stream: Streams, run: int, times: int, memory: int, progress: Progress) -> Windows:
    store = stream.blocks.store
    store.drop("repeats-")
    ranges = max(1, -(-int(stream.starts[-1]) * SORTED // max(1, memory)))
    width = (1 << 64) // ranges + 1
    for number in range(ranges):
        low, high = np.uint64(number * width), np.uint64(min(1 << 64, (number + 1) * width) - 1)
        parts = [part for block in range(len(stream)) for part in _windows(stream, block, run, low, high)]
        windows = np.concatenate([np.empty((3, 0), np.uint64), *parts], axis=1)
        del parts
        store.put(f"repeats-{number:05d}", _repeated(windows, times))
        del windows
        progress("windows", number + 1, ranges)
    runs = [store.get(f"repeats-{number:05d}", mapped=True) for number in range(ranges)]
    cuts = [np.searchsorted(found[0], stream.bounds) for found in runs]
    for block in range(len(stream)):
        found = np.concatenate([part[:, cut[block] : cut[block + 1]] for part, cut in zip(runs, cuts, strict=True)], axis=1)
        at, origin = found[:, np.argsort(found[0], kind="stable")]
        yield at, origin


def _windows(stream: Streams, block: int, run: int, low: np.uint64, high: np.uint64) -> Iterator[NDArray[np.uint64]]:
    """Hash, second hash and place [3, m] of the windows of a block whose hash lies between ``low`` and ``high``."""
    symbols, begins, places = stream.separated(block)
    for at in range(0, len(symbols) - run + 1, CHUNK):
        part = symbols[at : at + CHUNK + run - 1]
        hashes = np.empty((2, len(part) - run + 1), np.uint64)
        for number in range(2):
            _core.kgram_hash(part, run, KGRAM_SEED + number, hashes[number])
        chosen = np.flatnonzero((hashes[0] >= low) & (hashes[0] <= high) & (hashes[0] != 0))
        row = np.searchsorted(begins, chosen + at, side="right") - 1
        yield np.concatenate((hashes[:, chosen], (places[row] + chosen + at - begins[row]).astype(np.uint64)[None]))


def _repeated(windows: NDArray[np.uint64], times: int) -> NDArray[np.int64]:
    """Places of repeats and of their origins [2, m], ascending, among windows [3, n]."""
    order = np.argsort(windows[0], kind="stable")
    same = np.flatnonzero(windows[0, order[1:]] == windows[0, order[:-1]])
    order = order[np.unique(np.concatenate((same, same + 1)))]
    windows = windows[:, order]
    first, second, place = windows[:, np.lexsort(windows[::-1])]
    fresh = np.flatnonzero(np.concatenate(([True], (first[1:] != first[:-1]) | (second[1:] != second[:-1]))))[: len(first)]
    sizes = np.diff(np.append(fresh, len(first)))
    origin = np.repeat(place[fresh], sizes)
    repeats = (np.repeat(sizes, sizes) > times) & (place != origin)
    found = np.stack((place[repeats], origin[repeats])).astype(np.int64)
    ordered: NDArray[np.int64] = found[:, np.argsort(found[0])]
    return ordered


def _spans(at: Places, origin: Places, run: int, starts: Places, references: int) -> Spans:
    """Repeated windows joined where one follows the other in the same row."""
    row, source = np.searchsorted(starts, at, side="right") - 1, np.searchsorted(starts, origin, side="right") - 1
    if references:
        fine = (row >= references) & (source < references)
        at, origin, row, source = at[fine], origin[fine], row[fine], source[fine]
    fresh = np.flatnonzero(np.concatenate(([True], (row[1:] != row[:-1]) | (at[1:] > at[:-1] + run))))[: len(at)]
    last = np.append(fresh[1:], len(at))[: len(fresh)] - 1
    start = starts[row[fresh]]
    return Spans(row[fresh].astype(np.uint32), at[fresh] - start, at[last] + run - start, source[fresh].astype(np.uint32),
                 origin[fresh] - starts[source[fresh]])
