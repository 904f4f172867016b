"""Stage 5: runs of tokens that stood before, by suffix array over the rows that are left.

All tokens go into one suffix array when it fits the memory (12 bytes a token while it is built, after 4 for the tokens). When it does not,
k-gram hashes are sorted first, in ranges that fit, and only the stretches whose k-grams come more than once go in; as no repeat can lie
outside them, the result is the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simfilter import _core
from simfilter.dedup.sign import Progress
from simfilter.dedup.store import Blocks
from simfilter.dedup.tokens import KGRAM_SEED
from simfilter.errors import CapacityError

PER_TOKEN = 20
"""Bytes of memory a token takes at the peak: symbols, suffix array and what building it allocates (sf_suffix.h)."""

SORTED = 24
"""Bytes of memory for each hash that is sorted and counted."""


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


def find_repeats(blocks: Blocks, kept: NDArray[np.bool_], run: int, times: int, references: int, memory: int, progress: Progress) -> Spans:
    """Repeated spans of at least ``run`` tokens in the rows that are kept; with references only what stands in those.

    Raises CapacityError when even the repeated stretches do not fit ``memory``.
    """
    streams, rows, places, lengths = [], [], [], []
    total = int(sum(int(np.asarray(offsets)[-1]) for _, offsets in blocks.pieces("offsets"))) + blocks.rows
    repeated = None
    if total * PER_TOKEN > memory or total >= 1 << 31:
        repeated = _repeated_hashes(blocks, kept, run, times, memory, progress)
    size = 0
    for number, (first, symbols, offsets) in enumerate(_kept_tokens(blocks, kept)):
        part, row, place = _separated(first, symbols, offsets) if repeated is None else _stretches(first, symbols, offsets, run, repeated)
        streams.append(part)
        rows.append(row)
        places.append(place[0])
        lengths.append(place[1] + size)
        size += len(part)
        if repeated is not None:
            _need(size, memory)
        progress("tokens", number + 1, len(blocks))
    stream = np.concatenate(streams) if streams else np.empty(0, np.uint32)
    del streams
    none = np.empty(0, np.int64)
    row, start, begin = np.concatenate([none, *rows]), np.concatenate([none, *places]), np.concatenate([none, *lengths])
    progress("suffix array", 0, 1)
    order = np.empty(len(stream), np.int32)
    _core.suffix_build(stream, order)
    count = 1 << 12
    while True:
        at, origin = np.empty((2, count), np.uint32)
        needed = _core.repeat_windows(stream, order, run, times, at, origin)
        if needed <= count:
            break
        count = needed
    del order
    progress("suffix array", 1, 1)
    return _spans(at[:needed], origin[:needed], run, row, start, begin, references)


def _need(tokens: int, memory: int) -> None:
    if tokens * PER_TOKEN > memory or tokens >= 1 << 31:
        raise CapacityError(f"repeated stretches of {tokens} tokens and more need over {tokens * PER_TOKEN} bytes of memory, got {memory}")


def _kept_tokens(blocks: Blocks, kept: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.int64]]]:
    """(rows, symbols, offsets) of what is kept of each block."""
    first = 0
    for block, note in enumerate(blocks.notes):
        chosen = np.flatnonzero(kept[first : first + note["rows"]])
        offsets = blocks.get(block, "offsets").astype(np.int64)
        symbols = blocks.get(block, "tokens", mapped=True)
        if len(chosen) == note["rows"]:
            yield chosen + first, np.asarray(symbols), offsets
        elif len(chosen):
            parts = [symbols[offsets[row] : offsets[row + 1]] for row in chosen.tolist()]
            yield chosen + first, np.concatenate(parts), np.concatenate(([0], np.cumsum((offsets[1:] - offsets[:-1])[chosen])))
        first += note["rows"]


Part = tuple[NDArray[np.uint32], NDArray[np.int64], tuple[NDArray[np.int64], NDArray[np.int64]]]


def _separated(rows: NDArray[np.int64], symbols: NDArray[np.uint32], offsets: NDArray[np.int64]) -> Part:
    """The documents with a separator behind each; of each piece its row, where in the row it begins, where in the stream."""
    count = len(rows)
    stream = np.zeros(len(symbols) + count, np.uint32)
    inside = np.ones(len(stream), bool)
    inside[offsets[1:] + np.arange(count)] = False
    stream[inside] = symbols
    return stream, rows, (np.zeros(count, np.int64), offsets[:-1] + np.arange(count))


def _hashes(symbols: NDArray[np.uint32], offsets: NDArray[np.int64], run: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Hashes of the windows inside documents, and where they begin."""
    stream, _, (_, begins) = _separated(np.zeros(len(offsets) - 1, np.int64), symbols, offsets)
    hashes = np.empty(max(0, len(stream) - run + 1), np.uint64)
    _core.kgram_hash(stream, run, KGRAM_SEED, hashes)
    where = np.flatnonzero(hashes)
    document = np.searchsorted(begins, where, side="right") - 1
    return hashes[where], where - document


def _repeated_hashes(blocks: Blocks, kept: NDArray[np.bool_], run: int, times: int, memory: int, progress: Progress) -> NDArray[np.uint64]:
    """All hashes of windows that come more than ``times`` times, ascending."""
    total = sum(int(np.asarray(offsets)[-1]) for _, offsets in blocks.pieces("offsets"))
    ranges = max(1, -(-total * SORTED // max(1, memory)))
    width = (1 << 64) // ranges + 1
    found = []
    for number in range(ranges):
        low, high = np.uint64(number * width), np.uint64(min(2**64, (number + 1) * width) - 1)
        parts = []
        for _, symbols, offsets in _kept_tokens(blocks, kept):
            hashes, _ = _hashes(symbols, offsets, run)
            parts.append(hashes[(hashes >= low) & (hashes <= high)])
        values, counts = np.unique(np.concatenate(parts), return_counts=True) if parts else (np.empty(0, np.uint64), np.empty(0, np.int64))
        found.append(values[counts > times])
        progress("k-grams", number + 1, ranges)
    return np.concatenate(found)


def _stretches(rows: NDArray[np.int64], symbols: NDArray[np.uint32], offsets: NDArray[np.int64], run: int,
               repeated: NDArray[np.uint64]) -> Part:
    """Only what repeated windows cover, a separator behind each stretch."""
    hashes, begins = _hashes(symbols, offsets, run)
    at = np.searchsorted(repeated, hashes)
    at[at == len(repeated)] = 0
    hits = begins[repeated[at] == hashes] if len(repeated) else begins[:0]
    document = np.searchsorted(offsets, hits, side="right") - 1
    fresh = np.flatnonzero(np.concatenate(([True], (hits[1:] > hits[:-1] + run) | (document[1:] != document[:-1])))) if len(hits) else hits
    first = hits[fresh]
    last = hits[np.append(fresh[1:], len(hits)) - 1] + run if len(hits) else hits
    lengths = last - first
    owner = document[fresh] if len(hits) else document
    begin = np.concatenate(([0], np.cumsum(lengths + 1)))
    stream = np.zeros(int(begin[-1]), np.uint32)
    for start, length, to in zip(first.tolist(), lengths.tolist(), begin.tolist(), strict=False):
        stream[to : to + length] = symbols[start : start + length]
    return stream, rows[owner], (first - offsets[owner], begin[:-1])


def _spans(at: NDArray[np.uint32], origin: NDArray[np.uint32], run: int, row: NDArray[np.int64], place: NDArray[np.int64],
           begin: NDArray[np.int64], references: int) -> Spans:
    """Repeated windows joined where one follows the other in the same row."""
    order = np.argsort(at)
    window, source = at[order].astype(np.int64), origin[order].astype(np.int64)
    piece = np.searchsorted(begin, window, side="right") - 1
    source_piece = np.searchsorted(begin, source, side="right") - 1
    rows, start = row[piece], place[piece] + window - begin[piece]
    source_row, source_start = row[source_piece], place[source_piece] + source - begin[source_piece]
    if references:
        fine = (rows >= references) & (source_row < references)
        rows, start, source_row, source_start = rows[fine], start[fine], source_row[fine], source_start[fine]
    if not len(rows):
        none = np.empty(0, np.int64)
        return Spans(none.astype(np.uint32), none, none, none.astype(np.uint32), none)
    fresh = np.flatnonzero(np.concatenate(([True], (rows[1:] != rows[:-1]) | (start[1:] > start[:-1] + run))))
    last = np.append(fresh[1:], len(rows)) - 1
    return Spans(rows[fresh].astype(np.uint32), start[fresh], start[last] + run, source_row[fresh].astype(np.uint32), source_start[fresh])
