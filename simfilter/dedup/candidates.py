"""Stage 2: pairs that may be similar, proposed by equal keys and sorted out in ranges of keys that fit the memory.

Bands propose pairs by resemblance. Containment needs more, as a page and the book that holds it share no band: a small sample of each
document's shingles, the least by hash, is kept as a query, and all documents' shingles are looked up in the queries of all others. A query
shingle that more than `COMMON` documents sample is boilerplate and dropped; the rest is rare.

Pairs are numbers ``left << 32 | right`` with left < right, in ascending order, without duplicates.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from simfilter import _core
from simfilter.dedup.sign import NONE, QUERY_SAMPLE, Progress
from simfilter.dedup.store import Blocks, Store
from simfilter.dedup.tokens import TokenStreams

NEIGHBOURS = 64
"""Of a bucket each row is paired with the so many that follow, and all with the first: the cost stays linear when a bucket is huge."""

COMMON = 256
"""Documents that may sample a shingle before it counts as boilerplate."""

CONTAINMENT_SLACK = 4.0
"""Standard deviations below the threshold at which a sampled share still makes a candidate: 3 in 100,000 contained pairs fall lower."""

WORK = 40
"""Bytes of working memory for each key that is sorted: keys, rows, their order, and the selections between."""

Pairs = NDArray[np.uint64]
Row = NDArray[np.uint32]


def sorted_ranges(blocks: Blocks, kind: str, part: int, alive: NDArray[np.bool_], memory: int) -> Iterator[tuple[NDArray[np.uint64], Row]]:
    """(keys, rows) in order of key, then row, of the rows that are alive; each yield a range of keys of about ``memory`` bytes.

    ``kind`` names arrays [parts, rows] (or [rows, 2] of digests, whose first half is the key when ``part`` is -1).
    """
    count = int(np.count_nonzero(alive))
    ranges = max(1, -(-count * WORK // max(1, memory)))
    width = (1 << 64) // ranges + 1
    for number in range(ranges):
        low, high = np.uint64(number * width), min(2**64, (number + 1) * width)
        keys, rows = [], []
        for first, stored in blocks.pieces(kind):
            values = np.asarray(stored[:, 0] if part < 0 else stored[part])
            chosen = alive[first : first + len(values)]
            if ranges > 1:
                chosen = chosen & (values >= low) & (values <= np.uint64(high - 1))
            keys.append(values[chosen])
            rows.append((np.flatnonzero(chosen) + first).astype(np.uint32))
        if not keys:
            return
        key, row = np.concatenate(keys), np.concatenate(rows)
        order = np.argsort(key, kind="stable")
        yield key[order], row[order]


def heads(blocks: Blocks, kind: str, alive: NDArray[np.bool_], memory: int) -> Row:
    """For each row the first row with the same digest; rows that are not alive stay by themselves."""
    head = np.arange(blocks.rows, dtype=np.uint32)
    starts = blocks.starts()
    for key, row in sorted_ranges(blocks, kind, -1, alive, memory):
        same = np.flatnonzero(key[1:] == key[:-1])
        if not len(same):
            continue
        involved = np.unique(np.concatenate((same, same + 1)))
        rows = row[involved]
        whole = gather(blocks, kind, starts, rows)
        order = np.lexsort((rows, whole[:, 1], whole[:, 0]))
        rows, whole = rows[order], whole[order]
        fresh = np.concatenate(([True], (whole[1:] != whole[:-1]).any(axis=1)))
        head[rows] = rows[np.maximum.accumulate(np.where(fresh, np.arange(len(rows)), 0))]
    return head


def gather(blocks: Blocks, kind: str, starts: NDArray[np.int64], rows: Row) -> NDArray[np.uint64]:
    """The entries of an array [rows, ...] for those rows."""
    found: list[NDArray[np.uint64]] = []
    order = np.argsort(rows, kind="stable")
    ascending = rows[order]
    cuts = np.searchsorted(ascending, starts)
    for block in range(len(starts) - 1):
        low, high = int(cuts[block]), int(cuts[block + 1])
        if low < high:
            found.append(blocks.get(block, kind, mapped=True)[ascending[low:high] - starts[block]])
    result = np.concatenate(found)
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return result[back]


def bucket_pairs(keys: NDArray[np.uint64], rows: Row, references: int) -> Pairs:
    """Pairs of rows with equal keys, given in order of key, then row. With references only pairs of one and a row that is none."""
    found: list[Pairs] = []
    fresh = np.concatenate(([True], keys[1:] != keys[:-1])) if len(keys) else np.empty(0, bool)
    first = np.maximum.accumulate(np.where(fresh, np.arange(len(keys)), 0))
    places = np.arange(len(keys))
    for distance in range(1, NEIGHBOURS + 1):
        if references:  # the distance-th row of a bucket, which references open
            left = first + distance - 1
            fine = left < places
            left, right = left[fine], places[fine]
        else:
            left, right = places[:-distance] if distance < len(places) else places[:0], places[distance:]
        fine = first[left] == first[right]
        left, right = rows[left[fine]], rows[right[fine]]
        if not len(left):
            break
        if references:
            fine = (left < references) & (right >= references)
            left, right = left[fine], right[fine]
        found.append(left.astype(np.uint64) << np.uint64(32) | right)
    if not references and len(keys):
        far = places - first > NEIGHBOURS
        found.append(rows[first[far]].astype(np.uint64) << np.uint64(32) | rows[far])
    return np.unique(np.concatenate(found)) if found else np.empty(0, np.uint64)


class PairRuns:
    """Sorted runs of pairs on disk, merged in ranges that fit the memory."""

    def __init__(self, store: Store, memory: int) -> None:
        self._store, self._memory, self._count = store, memory, 0
        self._held: list[Pairs] = []
        self._held_bytes = 0
        store.drop("run-")

    def add(self, pairs: Pairs) -> None:
        self._held.append(pairs)
        self._held_bytes += pairs.nbytes
        if self._held_bytes > self._memory // 4:
            self._flush()

    def _flush(self) -> None:
        if self._held:
            self._store.put(f"run-{self._count:05d}", np.unique(np.concatenate(self._held)))
            self._held, self._held_bytes = [], 0
            self._count += 1

    def merged(self) -> Iterator[Pairs]:
        """All pairs, ascending and without duplicates, in pieces."""
        if self._count == 0:
            if self._held:
                yield np.unique(np.concatenate(self._held))
            return
        self._flush()
        runs = [self._store.get(f"run-{number:05d}", mapped=True) for number in range(self._count)]
        pieces = max(1, -(-sum(run.nbytes for run in runs) * 4 // max(1, self._memory)))
        bounds = [np.uint64(number * ((1 << 64) // pieces)) for number in range(1, pieces)]
        if pieces > 1:  # cut where the longest run says that pieces are of one size
            longest = max(runs, key=len)
            bounds = [longest[number * len(longest) // pieces] for number in range(1, pieces)]
        cuts = [np.concatenate(([0], np.searchsorted(run, bounds), [len(run)])).astype(int) for run in runs]
        for piece in range(pieces):
            found = [run[cut[piece] : cut[piece + 1]] for run, cut in zip(runs, cuts, strict=True)]
            yield np.unique(np.concatenate(found))


def band_candidates(blocks: Blocks, alive: NDArray[np.bool_], bands: int, references: int, runs: PairRuns, memory: int,
                    progress: Progress) -> None:
    """Add the pairs that share a band."""
    held = None
    if blocks.rows * bands * 8 <= memory // 4:  # else each band is read by itself
        held = np.empty((bands, blocks.rows), np.uint64)
        for first, stored in blocks.pieces("keys"):
            held[:, first : first + stored.shape[1]] = stored
    for band in range(bands):
        if held is None:
            ranges = sorted_ranges(blocks, "keys", band, alive, memory)
        else:
            rows = np.flatnonzero(alive).astype(np.uint32)
            order = np.argsort(held[band, rows], kind="stable")
            ranges = iter([(held[band, rows[order]], rows[order])])
        for keys, rows in ranges:
            twice = np.flatnonzero(keys[1:] == keys[:-1])
            if len(twice):
                involved = np.zeros(len(keys), bool)
                involved[twice] = involved[twice + 1] = True
                runs.add(bucket_pairs(keys[involved], rows[involved], references))
        progress("candidates", band + 1, bands)


def containment_candidates(blocks: Blocks, alive: NDArray[np.bool_], shingle: int, threshold: float, references: int, runs: PairRuns,
                           memory: int, progress: Progress) -> None:
    """Add the pairs of which one holds enough of the sampled shingles of the other."""
    starts = blocks.starts()
    per_pass = max(1, memory // (QUERY_SAMPLE * WORK * 2))
    queries = np.flatnonzero(alive)
    passes = max(1, -(-len(queries) // per_pass))
    for number, chosen in enumerate(np.array_split(queries, passes)):
        sample = gather(blocks, "sample", starts, chosen.astype(np.uint32)) if len(chosen) else np.empty((0, QUERY_SAMPLE), np.uint64)
        flat = sample.reshape(-1)
        order = np.argsort(flat, kind="stable")
        order = order[flat[order] != NONE]
        keys = flat[order]
        fresh = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))) if len(keys) else np.empty(0, np.int64)
        lengths = np.diff(np.append(fresh, len(keys)))
        rare = lengths <= COMMON
        distinct, begins, lengths = keys[fresh[rare]], fresh[rare], lengths[rare]
        owner = (order // QUERY_SAMPLE).astype(np.int64)
        asked = np.bincount(owner[np.repeat(begins, lengths) + _within(lengths)], minlength=len(chosen)) if len(begins) else np.zeros(
            len(chosen), np.int64)
        needed = np.maximum(1, np.ceil(asked * threshold - CONTAINMENT_SLACK * np.sqrt(asked * threshold * (1 - threshold) + 1e-9)))
        packed = np.empty(_core.filter_size(len(distinct)), np.uint8)
        _core.filter_build(distinct, packed)
        member = _core.NgramFilter(packed)
        for block in range(len(blocks)):
            streams = TokenStreams(blocks.get(block, "tokens"), blocks.get(block, "offsets"))
            sets = streams.sets(shingle)
            hits = np.empty(len(sets.hashes), np.uint8)
            if len(distinct) and member.contains(sets.hashes, hits):
                runs.add(_held(sets.hashes, sets.offsets, hits, int(starts[block]), alive, chosen, distinct, begins, lengths, owner, needed,
                               references))
            progress("containment", number * len(blocks) + block + 1, passes * len(blocks))


def _within(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """0 .. n - 1 for each length n, one after the other."""
    ends = np.cumsum(lengths)
    found: NDArray[np.int64] = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - lengths, lengths)
    return found


def _held(hashes: NDArray[np.uint64], offsets: NDArray[np.uint64], hits: NDArray[np.uint8], first: int, alive: NDArray[np.bool_],
          chosen: NDArray[np.int64], distinct: NDArray[np.uint64], begins: NDArray[np.int64], lengths: NDArray[np.int64],
          owner: NDArray[np.int64], needed: NDArray[np.float64], references: int) -> Pairs:
    """Pairs of a query and a document of this block that holds enough of it."""
    where = np.flatnonzero(hits)
    at = np.searchsorted(distinct, hashes[where])
    at[at == len(distinct)] = 0
    fine = distinct[at] == hashes[where]
    where, at = where[fine], at[fine]
    holder = np.searchsorted(offsets, where, side="right").astype(np.int64) - 1 + first
    fine = alive[holder]
    at, holder = at[fine], holder[fine]
    counts = lengths[at]
    query = owner_of(begins[at], counts, owner)
    holder = np.repeat(holder, counts)
    fine = chosen[query] != holder
    keys, found = np.unique(query[fine].astype(np.uint64) << np.uint64(32) | holder[fine].astype(np.uint64), return_counts=True)
    query = (keys >> np.uint64(32)).astype(np.int64)
    enough = found >= needed[query]
    left, right = chosen[query[enough]].astype(np.uint64), keys[enough] & np.uint64(0xFFFFFFFF)
    left, right = np.minimum(left, right), np.maximum(left, right)
    if references:
        fine = (left < references) & (right >= references)
        left, right = left[fine], right[fine]
    return np.unique(left << np.uint64(32) | right)


def owner_of(begins: NDArray[np.int64], counts: NDArray[np.int64], owner: NDArray[np.int64]) -> NDArray[np.int64]:
    """The documents that sampled the shingles whose entries start at ``begins`` and are so many."""
    found: NDArray[np.int64] = owner[np.repeat(begins, counts) + _within(counts)]
    return found
