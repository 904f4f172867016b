"""What is built over one token stream: n-gram filter, suffix array, document bounds, token positions.

A segment holds two: `text` over words and `code` over renamed code tokens. Exact code needs no third: tokens equal as lexemes
are equal as renamed tokens, so verbatim copies are found there too and told apart on verification.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simfilter import _core
from simfilter.errors import IndexDamagedError
from simfilter.index.layout import STRIDE, ascends, unpack_positions
from simfilter.views.code import IDENTIFIER, STRING, CodeTokens
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


def any_hit(filters: Sequence[_core.NgramFilter], hashes: NDArray[np.uint64]) -> NDArray[np.bool_] | None:
    """For each k-gram whether any of the filters may have it; None when none has any."""
    found: NDArray[np.bool_] | None = None
    for known in filters:
        hits = np.empty(len(hashes), np.uint8)
        if known.contains(hashes, hits):
            found = hits.view(np.bool_) if found is None else found | hits.view(np.bool_)
    return found


def build_filter(hashes: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """The n-gram filter over these k-gram hashes, which are sorted where they stand: they may be most of the memory a build takes."""
    hashes.sort()  # faster here than np.unique, which hashes them once more
    distinct = hashes[np.append(hashes[1:] != hashes[:-1], True) & (hashes != 0)] if len(hashes) else hashes
    packed = np.empty(_core.filter_size(len(distinct)), np.uint8)
    _core.filter_build(distinct, packed)
    return packed


def build_structure(symbols: NDArray[np.uint32], document_starts: NDArray[np.uint64], k: int) -> dict[str, Array]:
    """All arrays of a structure over the concatenated streams ``symbols[n]``, but for the positions."""
    packed = build_filter(kgram_hashes(symbols, k))
    suffixes = np.empty(len(symbols), np.int32 if len(symbols) < 2**31 else np.int64)
    _core.suffix_build(symbols, suffixes)
    return {"symbols": symbols, "suffixes": suffixes, "documents": document_starts, "filter": packed}


class Structure:
    """Read-only queries over the arrays `build_structure` made."""

    def __init__(self, arrays: Mapping[str, Array], k: int, documents: int, size: int, removed: NDArray[np.uint8] | None = None) -> None:
        """Of so many ``documents`` with ``size`` bytes of text; ``removed[d]`` is 1 for those that are passed over.

        Raises IndexDamagedError when the arrays do not belong together.
        """
        count = len(arrays["symbols"])
        exceptions = arrays["exceptions"]
        if not (len(arrays["suffixes"]) == len(arrays["gaps"]) == len(arrays["lengths"]) == count and ascends(arrays["documents"], count)
                and len(arrays["documents"]) == documents + 1 and len(arrays["checkpoints"]) == -(-count // STRIDE)
                and len(exceptions) % 3 == 0 and (exceptions[::3][1:] > exceptions[::3][:-1]).all()):
            raise IndexDamagedError("the columns of a structure do not fit each other")
        self.k = k
        self.symbols = arrays["symbols"]
        self.document_starts = arrays["documents"]
        self.removed = removed
        self.suffix = _core.Suffix(self.symbols, arrays["suffixes"], self.document_starts, removed)
        self.filter = _core.NgramFilter(arrays["filter"])
        self._suffixes = arrays["suffixes"]
        self._size = size
        self._gaps, self._lengths = arrays["gaps"], arrays["lengths"]
        self._checkpoints, self._exceptions = arrays["checkpoints"], arrays["exceptions"]

    def positions(self, first: int, last: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Absolute byte starts and ends of the tokens ``first..last``."""
        starts, ends = unpack_positions(self._gaps, self._lengths, self._checkpoints, self._exceptions, first, last)
        if len(starts) and not 0 <= starts[0] <= ends[-1] <= self._size:
            raise IndexDamagedError("tokens stand outside the source text")
        return starts, ends

    def documents(self, low: int, high: int) -> NDArray[np.int64]:
        """The documents in which the suffixes of these ranks start."""
        return np.searchsorted(self.document_starts, self._suffixes[low:high].astype(np.uint64), side="right") - 1


def occurrences(suffix: _core.Suffix, ngrams: NDArray[np.uint32]) -> NDArray[np.int64]:
    """How often each of m rows ``ngrams[m, n]`` stands there."""
    count, n = ngrams.shape
    spaced = np.full((count, n + 1), SEPARATOR, np.uint32)
    spaced[:, :n] = ngrams
    lengths = np.empty(spaced.size, np.uint32)
    low, high = np.empty((2, spaced.size), np.uint64)
    suffix.statistics(spaced.reshape(-1), lengths, low, high)
    found: NDArray[np.int64] = np.where(lengths >= n, high - low, 0)[:: n + 1].astype(np.int64)
    return found


class Counts:
    """How often each symbol of a kind stands in the corpus."""

    def __init__(self, once: NDArray[np.uint32], common: NDArray[np.uint32], counts: NDArray[np.uint32]) -> None:
        """Raises IndexDamagedError when the columns do not fit each other."""
        if not (len(common) == len(counts) and (counts > 1).all() and (common[1:] > common[:-1]).all() and (once[1:] > once[:-1]).all()):
            raise IndexDamagedError("the columns of counts do not fit each other")
        self._once, self._common, self._counts = once, common, counts

    @staticmethod
    def build(symbols: NDArray[np.uint32]) -> dict[str, Array]:
        """The columns over all occurrences."""
        known, counts = np.unique(symbols, return_counts=True)
        often = counts > 1
        return {"once": known[~often], "common": known[often], "counts": counts[often].astype(np.uint32)}

    def __call__(self, symbols: NDArray[np.uint32]) -> NDArray[np.int64]:
        """The count of each symbol."""
        return _member(self._common, symbols, self._counts) + _member(self._once, symbols)


STATEMENT_COLUMNS = {"lengths": np.uint8, "hashes": np.uint32, "once": np.uint32, "common": np.uint32, "counts": np.uint32,
                     "pairs": np.uint32}
"""Besides `starts` and `firsts`, which are u32 or u64."""


def build_statements(starts: Sequence[NDArray[np.int64]], lengths: Sequence[NDArray[np.uint8]], hashes: Sequence[NDArray[np.uint32]],
                     pairs: Sequence[NDArray[np.uint32]]) -> dict[str, Array]:
    """All arrays of `StatementIndex` over stretches of code: token positions, lengths and forms of the statements of each, and the forms
    of each two neighbours, one less than there are statements."""
    bases = np.cumsum([0, *map(len, starts)])
    firsts = _flat([np.arange(len(form)) + base for form, base in zip(pairs, bases.tolist(), strict=False)], np.int64)
    begins, forms, both = _flat(starts, np.int64), _flat(hashes, np.uint32), _flat(pairs, np.uint32)
    order = np.argsort(both, kind="stable")
    return {"starts": begins.astype(_kind(begins)), "lengths": _flat(lengths, np.uint8), "hashes": forms, **Counts.build(forms),
            "pairs": both[order], "firsts": firsts[order].astype(_kind(firsts))}


def _flat(parts: Sequence[Array], kind: type[np.generic]) -> Array:
    return np.concatenate(parts) if parts else np.empty(0, kind)


def _kind(ascending: NDArray[np.int64]) -> type[np.uint32] | type[np.uint64]:
    """The type a column of these numbers is stored in."""
    return np.uint32 if not len(ascending) or ascending[-1] < 2**32 else np.uint64


class StatementIndex:
    """The statements of all code: statement j begins at token ``starts[j]`` of the structure `code`, has ``lengths[j]`` tokens and form
    ``hashes[j]``. Two neighbours are found by their form taken together."""

    def __init__(self, arrays: Mapping[str, Array], structure: Structure) -> None:
        """Raises IndexDamagedError when the arrays do not belong together."""
        starts, lengths, pairs, firsts = (arrays[name] for name in ("starts", "lengths", "pairs", "firsts"))
        if not (len(starts) == len(lengths) == len(arrays["hashes"]) and len(pairs) == len(firsts)
                and (lengths > 0).all() and (lengths <= _core.STATEMENT_MOST).all()
                and (pairs[1:] >= pairs[:-1]).all() and (firsts < max(1, len(starts) - 1)).all()
                and (starts[1:] > starts[:-1]).all() and (starts[1:] - starts[:-1] >= lengths[:-1]).all()
                and (starts[-1:] < len(structure.symbols)).all()
                and (np.uint64(len(structure.symbols)) - starts[-1:] >= lengths[-1:]).all()):  # no sum, which could wrap around
            raise IndexDamagedError("the columns of the statements do not fit each other")
        self.starts, self.lengths, self.hashes = starts, lengths, arrays["hashes"]
        self.counts = Counts(arrays["once"], arrays["common"], arrays["counts"])
        """How many statements have each form."""
        self._pairs, self._firsts = pairs, firsts
        self._removed = structure.removed
        self.document_firsts: NDArray[np.uint64] = np.searchsorted(starts, structure.document_starts).astype(np.uint64)
        """The first statement of each document, and their number."""

    def __len__(self) -> int:
        return len(self.starts)

    def pairs(self, hashes: NDArray[np.uint32]) -> NDArray[np.int64]:
        """How many two neighbours have each form."""
        low, high = self._range(hashes)
        return high - low

    def holding(self, hashes: NDArray[np.uint32], most: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """(i, statement): the first statement of each two neighbours of form ``hashes[i]``, the first ``most[i]`` of them, by i.

        Those of removed documents are passed over.
        """
        low, high = self._range(hashes)
        if self._removed is None:
            high = np.minimum(high, low + most)
        number, places = spread(low, high)
        found: NDArray[np.uint64] = self._firsts[places].astype(np.uint64)
        if self._removed is not None:
            kept = self._removed[np.searchsorted(self.document_firsts, found, side="right") - 1] == 0
            number, found = number[kept], found[kept]
            rank = np.arange(len(number)) - np.searchsorted(number, number)
            kept = rank < most[number]
            number, found = number[kept], found[kept]
        return number, found

    def _range(self, hashes: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        ranges = np.empty((2, len(hashes)), np.uint64)
        _core.gather_find(self._pairs, hashes, *ranges)
        low, high = ranges.astype(np.int64)
        return low, high

    def removed(self) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """The forms of the statements of removed documents, and of two neighbours there."""
        if self._removed is None:
            return self.hashes[:0], self._pairs[:0]
        firsts = np.searchsorted(self.document_firsts, self._firsts, side="right") - 1
        statements = np.diff(self.document_firsts).astype(np.int64)
        return self.hashes[np.repeat(self._removed, statements) == 1], self._pairs[self._removed[firsts] == 1]


NAME_STRETCH = 256
"""Tokens of the stretches of code names are counted in, a long function's: a name is as common as the stretches it stands in."""


def names_of(tokens: CodeTokens) -> NDArray[np.uint32]:
    """The lexemes of names and strings, each once for every stretch it stands in."""
    at = np.flatnonzero((tokens.classes == IDENTIFIER) | (tokens.classes == STRING))
    return np.unique((at // NAME_STRETCH).astype(np.uint64) << np.uint64(32) | tokens.lexemes[at]).astype(np.uint32)


def stretches(tokens: CodeTokens) -> int:
    """How many stretches these tokens are."""
    return -(-len(tokens) // NAME_STRETCH)


def spread(low: NDArray[np.int64], high: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(i, place): every place of each of the half-open ranges i."""
    sizes = high - low
    number = np.repeat(np.arange(len(low)), sizes)
    return number, np.arange(len(number)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(low, sizes)


def _member(ascending: NDArray[np.uint32], wanted: NDArray[np.uint32], values: NDArray[np.uint32] | None = None) -> NDArray[np.int64]:
    """Of each wanted number its value, or 1, where it stands among those ascending; else 0."""
    if not len(ascending):
        return np.zeros(len(wanted), np.int64)
    at = np.minimum(np.searchsorted(ascending, wanted), len(ascending) - 1)
    return np.where(ascending[at] == wanted, 1 if values is None else values[at], 0).astype(np.int64)
