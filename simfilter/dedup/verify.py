"""Stage 3: the exact similarity of every candidate pair, on the shingle sets themselves. What passes is an edge; nothing else merges rows.

Sets of the documents named by a pair are made once, from their tokens, and lie in one file; pairs are compared in the order of their
left side, and pages of the file that were looked at are given back.
"""

from __future__ import annotations

import mmap
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simfilter.dedup.candidates import Pairs
from simfilter.dedup.sign import Progress
from simfilter.dedup.store import Blocks
from simfilter.dedup.tokens import ShingleSets, TokenStreams

RELEASE = 1 << 18
"""Bytes of sets that are looked at before their pages are given back: they stay in the cache of the system, not in the process. Each fault
maps 64 KB around what was asked for, ten times a set of usual size."""

STEP = 1 << 5
"""Pairs looked at before that is counted: they map 4 MB at most."""

Spread = Callable[[Callable[[TokenStreams], ShingleSets], Iterable[TokenStreams]], Iterator[ShingleSets]]


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """m pairs of rows, left < right, and their exact similarity."""

    left: NDArray[np.uint32]
    right: NDArray[np.uint32]
    similarity: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.left)


class SetFile:
    """The shingle sets of some rows, in a file that is mapped."""

    def __init__(self, path: Path, rows: NDArray[np.int64], offsets: NDArray[np.uint64]) -> None:
        self.rows, self._map = rows, None
        if int(offsets[-1]):
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        hashes = np.frombuffer(self._map, np.uint64) if self._map is not None else np.empty(0, np.uint64)
        self.sets = ShingleSets(hashes, offsets)
        self._sizes, self._touched = self.sets.sizes, 0

    @classmethod
    def make(cls, path: Path, blocks: Blocks, rows: NDArray[np.int64], shingle: int, spread: Spread, progress: Progress) -> SetFile:
        """Write the sets of ``rows``, ascending, to ``path``; ``spread`` maps over the tokens of blocks (`Engine.map`)."""
        starts = blocks.starts()
        cuts = np.searchsorted(rows, starts)
        wanted = [block for block in range(len(blocks)) if cuts[block] < cuts[block + 1]]

        def of_block(block: int) -> TokenStreams:
            chosen = rows[cuts[block] : cuts[block + 1]] - starts[block]
            offsets = blocks.get(block, "offsets").astype(np.int64)
            symbols = blocks.get(block, "tokens", mapped=True)
            lengths = (offsets[1:] - offsets[:-1])[chosen]
            parts = [symbols[offsets[row] : offsets[row + 1]] for row in chosen.tolist()]
            return TokenStreams(np.concatenate(parts), np.concatenate(([0], np.cumsum(lengths))).astype(np.uint64))

        sizes = [np.zeros(1, np.int64)]
        with path.open("wb") as file:
            for done, found in enumerate(spread(partial(TokenStreams.sets, shingle=shingle), map(of_block, wanted)), 1):
                file.write(found.hashes.data)
                sizes.append(found.sizes)
                progress("sets", done, len(wanted))
        return cls(path, rows, np.cumsum(np.concatenate(sizes)).astype(np.uint64))

    def _release(self) -> None:
        """Give the pages back that were read so far."""
        self._touched = 0
        if self._map is not None:
            self._map.madvise(mmap.MADV_DONTNEED)

    def similarity_of(self, pairs: Pairs, *, containment: bool) -> NDArray[np.float64]:
        """Exact similarity of pairs as numbers."""
        return self.similarity(*_sides(pairs), containment=containment)

    def similarity(self, left: NDArray[np.uint32], right: NDArray[np.uint32], *, containment: bool) -> NDArray[np.float64]:
        """Exact similarity of pairs of rows."""
        found = np.empty(len(left), np.float64)
        for at in range(0, len(left), STEP):
            a = np.searchsorted(self.rows, left[at : at + STEP]).astype(np.uint32)
            b = np.searchsorted(self.rows, right[at : at + STEP]).astype(np.uint32)
            found[at : at + STEP] = self.sets.similarity(a, b, containment=containment)
            self._touched += 8 * int(self._sizes[a].sum() + self._sizes[b].sum())
            if self._touched > RELEASE:
                self._release()
        return found

    def part(self, pairs: Pairs) -> tuple[ShingleSets, NDArray[np.uint32], NDArray[np.uint32]]:
        """A copy of the sets that pairs name, and where in it their left and right sides are."""
        named, place = np.unique(np.concatenate(_sides(pairs)), return_inverse=True)
        at = np.searchsorted(self.rows, named)
        offsets = self.sets.offsets
        parts = [self.sets.hashes[offsets[row] : offsets[row + 1]] for row in at.tolist()]
        sets = ShingleSets(np.concatenate(parts), np.concatenate(([0], np.cumsum(self._sizes[at]))).astype(np.uint64))
        self._release()
        left, right = np.split(place.astype(np.uint32), 2)
        return sets, left, right

    def size_of(self, rows: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Shingles of rows."""
        return self._sizes[np.searchsorted(self.rows, rows)]


def _sides(pairs: Pairs) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    return (pairs >> np.uint64(32)).astype(np.uint32), pairs.astype(np.uint32)


def verify(pieces: Iterable[Pairs], similarity: Callable[[Iterable[Pairs]], Iterator[NDArray[np.float64]]], threshold: float, *, chunk: int,
           total: int, progress: Progress) -> Edges:
    """The pairs whose similarity is at least ``threshold``; ``similarity`` gives that of each ``chunk`` of pairs, in order."""
    waiting: deque[Pairs] = deque()

    def chunks() -> Iterator[Pairs]:
        for piece in pieces:
            for at in range(0, len(piece), chunk):
                waiting.append(piece[at : at + chunk])
                yield waiting[-1]

    edges = [Edges(np.empty(0, np.uint32), np.empty(0, np.uint32), np.empty(0, np.float64))]
    done = 0
    for found in similarity(chunks()):
        left, right = _sides(waiting.popleft())
        fine = found >= threshold
        edges.append(Edges(left[fine], right[fine], found[fine]))
        done += len(found)
        progress("verify", done, total)
    return Edges(*(np.concatenate([getattr(part, name) for part in edges]) for name in Edges.__slots__))
