"""What is built over one token stream: n-gram filter, suffix array, document bounds, token positions.

A segment holds two: `text` over words and `code` over renamed code tokens. Exact code needs no third: tokens equal as lexemes
are equal as renamed tokens, so verbatim copies are found there too and told apart on verification.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simfilter import _core
from simfilter.errors import IndexDamagedError
from simfilter.index.layout import STRIDE, ascends, pack_positions, unpack_positions
from simfilter.views.tokens import SEPARATOR

KGRAM_SEED = 0
KGRAM_LENGTH = {"text": 4, "code": 16}
"""Tokens in a k-gram, a seed's shortest length: a copy with every fifth word changed keeps runs of four words, and 16 renamed tokens are
about one statement and a half."""

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Seeds:
    """Maximal exact matches: ``query[i]``, ``source[i]`` token positions, ``length[i]`` tokens."""

    query: NDArray[np.uint32]
    source: NDArray[np.uint64]
    length: NDArray[np.uint32]


def kgram_hashes(symbols: NDArray[np.uint32], k: int) -> NDArray[np.uint64]:
    """Hashes of all windows of ``k`` symbols; 0 where a window holds a separator."""
    hashes = np.empty(max(0, len(symbols) - k + 1), np.uint64)
    _core.kgram_hash(symbols, k, KGRAM_SEED, hashes)
    return hashes


def build_filter(hashes: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """The n-gram filter over these k-gram hashes."""
    ordered = np.sort(hashes)  # faster here than np.unique, which hashes them once more
    distinct = ordered[np.append(ordered[1:] != ordered[:-1], True) & (ordered != 0)] if len(ordered) else ordered
    packed = np.empty(_core.filter_size(len(distinct)), np.uint8)
    _core.filter_build(distinct, packed)
    return packed


def build_structure(symbols: NDArray[np.uint32], starts: NDArray[np.int64], ends: NDArray[np.int64],
                    document_starts: NDArray[np.uint64], k: int) -> dict[str, Array]:
    """All arrays of a structure over the concatenated streams ``symbols[n]`` at absolute bytes ``starts``, ``ends``."""
    suffixes = np.empty(len(symbols), np.int32 if len(symbols) < 2**31 else np.int64)
    _core.suffix_build(symbols, suffixes)
    return {"symbols": symbols, "suffixes": suffixes, "documents": document_starts,
            "filter": build_filter(kgram_hashes(symbols, k)), **pack_positions(starts, ends)}


class Structure:
    """Read-only queries over the arrays `build_structure` made."""

    def __init__(self, arrays: Mapping[str, Array], k: int, families: NDArray[np.uint32], size: int) -> None:
        """``size`` is that of the source text in bytes. Raises IndexDamagedError when the arrays do not belong together."""
        count = len(arrays["symbols"])
        exceptions = arrays["exceptions"]
        if not (len(arrays["suffixes"]) == len(arrays["gaps"]) == len(arrays["lengths"]) == count and ascends(arrays["documents"], count)
                and len(arrays["documents"]) == len(families) + 1 and len(arrays["checkpoints"]) == -(-count // STRIDE)
                and len(exceptions) % 3 == 0 and (exceptions[::3][1:] > exceptions[::3][:-1]).all()):
            raise IndexDamagedError("the columns of a structure do not fit each other")
        self.k = k
        self.symbols = arrays["symbols"]
        self.document_starts = arrays["documents"]
        self._families = families
        self._size = size
        self._suffix = _core.Suffix(self.symbols, arrays["suffixes"])
        self._filter = _core.NgramFilter(arrays["filter"])
        self._gaps, self._lengths = arrays["gaps"], arrays["lengths"]
        self._checkpoints, self._exceptions = arrays["checkpoints"], arrays["exceptions"]

    @property
    def token_count(self) -> int:
        """Tokens of all documents, separators not counted."""
        return int(np.count_nonzero(self.symbols))

    def growing(self, key: bytes) -> _core.GrowingWords:
        """A text to grow word by word, which tells what of it the corpus may hold."""
        return _core.GrowingWords(key, self.k, KGRAM_SEED, self._filter)

    def hits(self, symbols: NDArray[np.uint32]) -> NDArray[np.uint8] | None:
        """For each k-gram whether the corpus may hold it; None when it holds none."""
        if len(symbols) < self.k or not len(self.symbols):
            return None
        hashes = kgram_hashes(symbols, self.k)
        found = np.empty(len(hashes), np.uint8)
        return found if self._filter.contains(hashes, found) else None

    def seeds(self, symbols: NDArray[np.uint32], occurrences: int) -> Seeds:
        """All maximal exact matches of at least k tokens, at most ``occurrences`` of each."""
        capacity = 4096
        while True:
            query, length = np.empty((2, capacity), np.uint32)
            source = np.empty(capacity, np.uint64)
            count, truncated = self._suffix.mems(symbols, self.k, occurrences, query, source, length)
            if not truncated or capacity >= 1 << 20:
                return Seeds(query[:count], source[:count], length[:count])
            capacity *= 8

    def document_of(self, positions: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The document that holds each token position."""
        return np.searchsorted(self.document_starts, positions, side="right") - 1

    def document_bounds(self, document: int) -> tuple[int, int]:
        """First and last (half-open) token position of a document, without its separator."""
        first, behind = self.document_starts[document : document + 2].tolist()
        return first, max(first, behind - 1)

    def positions(self, first: int, last: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Absolute byte starts and ends of the tokens ``first..last``."""
        starts, ends = unpack_positions(self._gaps, self._lengths, self._checkpoints, self._exceptions, first, last)
        if len(starts) and not 0 <= starts[0] <= ends[-1] <= self._size:
            raise IndexDamagedError("tokens stand outside the source text")
        return starts, ends

    def occurrences(self, symbols: NDArray[np.uint32]) -> NDArray[np.uint64]:
        """How often each symbol stands in the corpus."""
        spaced = np.full(2 * len(symbols), SEPARATOR, np.uint32)
        spaced[::2] = symbols
        lengths = np.empty(len(spaced), np.uint32)
        low, high = np.empty((2, len(spaced)), np.uint64)
        self._suffix.statistics(spaced, lengths, low, high)
        found: NDArray[np.uint64] = np.where(lengths > 0, high - low, 0)[::2]
        return found

    def document_count(self, symbols: NDArray[np.uint32]) -> int:
        """Distinct families of documents that hold this run of symbols."""
        low, high = self._suffix.find(symbols)
        return int(self._suffix.documents(low, high, self.document_starts, self._families, 1 << 16))


class Statements:
    """The statements of all code, by hash: statement i begins at token ``starts[i]`` of the structure and has ``hashes[i]``."""

    def __init__(self, starts: NDArray[np.uint32], hashes: NDArray[np.uint32], order: NDArray[np.uint32], tokens: int) -> None:
        """``order`` sorts ``hashes``. Raises IndexDamagedError when the arrays do not belong together."""
        if not (len(starts) == len(hashes) == len(order) and (starts[1:] > starts[:-1]).all() and (starts[-1:] < tokens).all()
                and (order < len(order)).all()):
            raise IndexDamagedError("the columns of the statements do not fit each other")
        self.starts, self.hashes, self._order, self._tokens = starts, hashes, order, tokens
        self._sorted = hashes[order]
        if not (self._sorted[1:] >= self._sorted[:-1]).all():
            raise IndexDamagedError("statements are not sorted by hash")

    def __len__(self) -> int:
        return len(self.starts)

    def range_of(self, hashes: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """For each hash the half-open range of `holding` that stands for it."""
        return np.searchsorted(self._sorted, hashes, "left"), np.searchsorted(self._sorted, hashes, "right")

    def holding(self, low: int, high: int) -> NDArray[np.uint32]:
        """The statements in a range of `range_of`."""
        return self._order[low:high]

    def bounds(self, first: int, last: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Token starts and ends of the statements ``first..last``; an end takes in a separator that follows."""
        starts = self.starts[first : last + 1].astype(np.int64)
        if last == len(self):
            starts = np.append(starts, self._tokens)
        return starts[:-1], starts[1:]
