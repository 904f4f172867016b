"""Stage 3: the exact similarity of every candidate pair, on the shingle sets themselves. What passes is an edge; nothing else merges rows.

Sets of the documents named by a pair are made once, from their tokens, and lie in one file; pairs are compared in the order of their
left side, and pages of the file that were looked at are given back.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simfilter.dedup.candidates import Pairs
from simfilter.dedup.sign import Progress, ordered
from simfilter.dedup.store import Blocks
from simfilter.dedup.tokens import ShingleSets, TokenStreams

RELEASE = 4 << 20
"""Bytes of sets that are looked at before their pages are given back: they stay in the cache of the system, not in the process. Each fault
maps 64 KB around what was asked for, ten times a set of usual size."""

STEP = 1 << 9
"""Pairs looked at before that is counted."""

CHUNK = 1 << 14
"""Pairs compared by one call."""


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
    def make(cls, path: Path, blocks: Blocks, rows: NDArray[np.int64], shingle: int, threads: int, progress: Progress) -> SetFile:
        """Write the sets of ``rows``, ascending, to ``path``."""
        starts = blocks.starts()
        cuts = np.searchsorted(rows, starts)
        wanted = [block for block in range(len(blocks)) if cuts[block] < cuts[block + 1]]

        def of_block(block: int) -> ShingleSets:
            chosen = rows[cuts[block] : cuts[block + 1]] - starts[block]
            offsets = blocks.get(block, "offsets").astype(np.int64)
            symbols = blocks.get(block, "tokens", mapped=True)
            lengths = (offsets[1:] - offsets[:-1])[chosen]
            parts = [symbols[offsets[row] : offsets[row + 1]] for row in chosen.tolist()]
            streams = TokenStreams(np.concatenate(parts), np.concatenate(([0], np.cumsum(lengths))).astype(np.uint64))
            return streams.sets(shingle)

        sizes = [np.zeros(1, np.int64)]
        with path.open("wb") as file:
            for done, found in enumerate(ordered(of_block, wanted, threads), 1):
                file.write(found.hashes.data)
                sizes.append(found.sizes)
                progress("sets", done, len(wanted))
        return cls(path, rows, np.cumsum(np.concatenate(sizes)).astype(np.uint64))

    def _release(self) -> None:
        """Give the pages back that were read so far."""
        self._touched = 0
        if self._map is not None:
            self._map.madvise(mmap.MADV_DONTNEED)

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

    def size_of(self, rows: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Shingles of rows."""
        return self._sizes[np.searchsorted(self.rows, rows)]


def verify(pieces: Iterable[Pairs], sets: SetFile, threshold: float, *, containment: bool, threads: int, total: int,
           progress: Progress) -> Edges:
    """The pairs whose similarity is at least ``threshold``."""

    def compare(pairs: Pairs) -> Edges:
        left, right = (pairs >> np.uint64(32)).astype(np.uint32), pairs.astype(np.uint32)
        found = sets.similarity(left, right, containment=containment)
        fine = found >= threshold
        return Edges(left[fine], right[fine], found[fine])

    chunks = (piece[at : at + CHUNK] for piece in pieces for at in range(0, len(piece), CHUNK))
    edges: list[Edges] = []
    done = 0
    for found in ordered(compare, chunks, threads):
        edges.append(found)
        done += CHUNK
        progress("verify", min(done, total), total)
    if not edges:
        return Edges(np.empty(0, np.uint32), np.empty(0, np.uint32), np.empty(0, np.float64))
    return Edges(np.concatenate([part.left for part in edges]), np.concatenate([part.right for part in edges]),
                 np.concatenate([part.similarity for part in edges]))
