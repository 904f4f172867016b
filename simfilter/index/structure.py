"""What is built over one token stream: n-gram filter, suffix array, document bounds, token positions.

A segment holds two: `text` over words and `code` over renamed code tokens. Exact code needs no third: tokens equal as lexemes
are equal as renamed tokens, so verbatim copies are found there too and told apart on verification.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simfilter import _core
from simfilter.errors import IndexDamagedError, ParameterError
from simfilter.index.layout import STRIDE, Column, PositionWriter, ascends
from simfilter.views.code import IDENTIFIER, STRING, CodeTokens
from simfilter.views.statements import pair_hashes
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
    """The n-gram filter over these k-gram hashes, which are sorted where they stand: they are most of the memory a build takes."""
    hashes.sort()  # faster here than np.unique, which hashes them once more
    count, last, step = 0, np.zeros(1, np.uint64), 1 << 16
    for at in range(0, len(hashes), step):
        part = hashes[at : at + step].copy()
        part = part[part != np.concatenate((last, part[:-1]))]
        hashes[count : count + len(part)] = part
        count, last = count + len(part), part[-1:] if len(part) else last
    packed = np.empty(_core.filter_size(count), np.uint8)
    _core.filter_build(hashes[:count], packed)
    return packed


def suffix_array(symbols: NDArray[np.uint32]) -> Array:
    """Where the suffixes of ``symbols[n]`` start, sorted."""
    suffixes = np.empty(len(symbols), np.int32 if len(symbols) < 2**31 else np.int64)
    _core.suffix_build(symbols, suffixes)
    return suffixes


PENDING = 1 << 15
"""Tokens that wait until they are packed."""

Stream = tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32]]
"""Symbols of a run of tokens, and the bytes of its document where they start and end."""


class StructureWriter:
    """The tokens of one structure over all documents, a separator behind each stream."""

    def __init__(self) -> None:
        self.positions = PositionWriter()
        self.document_starts = [0]
        self._symbols = Column(np.uint32)
        self._pending: list[tuple[Array, Array, Array]] = []  # short documents are packed many at a time
        self._waiting = self._count = self._tokens = 0

    def add(self, streams: Sequence[Stream], base: int) -> None:
        """Take the streams of the next document, whose first byte is ``base``."""
        for symbols, starts, ends in streams:
            if len(symbols):
                self._tokens += len(symbols)
                self._take(symbols, starts.astype(np.int64) + base, ends.astype(np.int64) + base)
                self._separate(base + int(ends[-1]))
        if self._count == self.document_starts[-1]:
            self._separate(base)
        self.document_starts.append(self._count)

    def _separate(self, position: int) -> None:
        at = np.array([position], np.int64)
        self._take(np.array([SEPARATOR], np.uint32), at, at)

    def _take(self, symbols: Array, starts: Array, ends: Array) -> None:
        self._pending.append((symbols, starts, ends))
        self._count += len(symbols)
        self._waiting += len(symbols)
        if self._waiting >= PENDING:
            self._flush()

    def _flush(self) -> None:
        if self._pending:
            symbols, starts, ends = map(np.concatenate, zip(*self._pending, strict=True))
            self._pending, self._waiting = [], 0
            self._symbols.add(symbols)
            self.positions.add(starts, ends)

    def sections(self, k: int) -> dict[str, Any]:
        """The columns, each made when it is asked for, in this order."""
        self._flush()
        whole: list[NDArray[np.uint32]] = []

        def packed() -> NDArray[np.uint8]:
            whole.append(self._symbols.joined())
            return build_filter(kgram_hashes(whole[0], k))

        return {**{name: column.taken for name, column in self.positions.columns.items()},
                "documents": np.array(self.document_starts, np.uint64), "tokens": np.array([self._tokens], np.uint64),
                "filter": packed, "suffixes": lambda: suffix_array(whole[0]), "symbols": whole.pop}


def made_together(names: Sequence[str], make: Callable[[], dict[str, Any]]) -> dict[str, Callable[[], Any]]:
    """The columns ``names`` of what ``make`` returns, called for the first of them; each is let go of when it is asked for."""
    made: dict[str, Any] = {}

    def take(name: str) -> Any:
        if name not in made:
            made.update(make())
        return made.pop(name)

    return {name: partial(take, name) for name in names}


class Structure:
    """Read-only queries over the arrays `build_structure` made."""

    def __init__(self, arrays: Mapping[str, Array], k: int, documents: int, size: int, removed: NDArray[np.uint8] | None = None) -> None:
        """Of so many ``documents`` with ``size`` bytes of text; ``removed[d]`` is 1 for those that are passed over.

        Raises IndexDamagedError when the arrays do not belong together.
        """
        count = len(arrays["symbols"])
        if not (len(arrays["suffixes"]) == len(arrays["gaps"]) == len(arrays["lengths"]) == count and ascends(arrays["documents"], count)
                and len(arrays["documents"]) == documents + 1 and len(arrays["checkpoints"]) == -(-count // STRIDE)
                and len(arrays["exceptions"]) % 3 == 0 and len(arrays["tokens"]) == 1 and arrays["tokens"][0] <= count):
            raise IndexDamagedError("the columns of a structure do not fit each other")
        self.k = k
        self.symbols = arrays["symbols"]
        self.token_count = int(arrays["tokens"][0])
        """Tokens, separators not counted."""
        self.document_starts = arrays["documents"]
        self.removed = removed
        self.suffix = _core.Suffix(self.symbols, arrays["suffixes"], self.document_starts, removed)
        self.packed = arrays["filter"]
        """The bytes of the n-gram filter."""
        self.filter = _core.NgramFilter(self.packed)
        self._suffixes = arrays["suffixes"]
        self._size = size
        self._gaps, self._lengths = arrays["gaps"], arrays["lengths"]
        self._checkpoints, self._exceptions = arrays["checkpoints"], arrays["exceptions"]

    def verify(self) -> None:
        """Look at every number that must ascend. Raises IndexDamagedError."""
        tokens = self._exceptions[::3]
        if not (tokens[1:] > tokens[:-1]).all() or np.count_nonzero(self.symbols) != self.token_count:
            raise IndexDamagedError("the columns of a structure do not fit each other")

    def positions(self, first: int, last: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Absolute byte starts and ends of the tokens ``first..last``."""
        starts, ends = np.empty((2, max(0, last - first)), np.int64)
        _core.position_unpack(self._gaps, self._lengths, self._checkpoints, self._exceptions, first, last, starts, ends)
        if len(starts) and not 0 <= starts[0] <= ends[-1] <= self._size:
            raise IndexDamagedError("tokens stand outside the source text")
        return starts, ends

    def sources(self, low: int, high: int) -> NDArray[np.int64]:
        """The tokens at which the suffixes of these ranks start."""
        found: NDArray[np.int64] = self._suffixes[low:high].astype(np.int64)
        return found

    def documents(self, low: int, high: int) -> NDArray[np.int64]:
        """The documents in which the suffixes of these ranks start."""
        return self._holding(self.sources(low, high))

    def counting(self, sources: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of these tokens stand in documents that were not removed."""
        return self.removed[self._holding(sources)] == 0 if self.removed is not None else np.ones(len(sources), bool)

    def _holding(self, sources: NDArray[np.int64]) -> NDArray[np.int64]:
        return documents_of(self.document_starts, sources.astype(np.uint64))


def documents_of(starts: NDArray[np.uint64], tokens: NDArray[np.uint64]) -> NDArray[np.int64]:
    """The document each of these tokens stands in, of those that begin at the tokens ``starts``."""
    found = np.empty(len(tokens), np.int64)
    _core.position_documents(starts, tokens, found)
    return found


def occurrences(suffix: _core.Suffix, ngrams: NDArray[np.uint32]) -> NDArray[np.int64]:
    """How often each of m rows ``ngrams[m, n]`` stands there."""
    found = np.empty(len(ngrams), np.int64)
    suffix.counts(np.ascontiguousarray(ngrams), found)
    return found


class Counts:
    """How often each symbol of a kind stands in the corpus."""

    def __init__(self, once: NDArray[np.uint32], common: NDArray[np.uint32], counts: NDArray[np.uint32]) -> None:
        """Raises IndexDamagedError when the columns do not fit each other."""
        self._once, self._common, self._counts = once, common, counts
        if len(common) != len(counts):
            raise IndexDamagedError("the columns of counts do not fit each other")

    def verify(self) -> None:
        """Look at every number. Raises IndexDamagedError when they do not belong together."""
        once, common = self._once, self._common
        if not ((self._counts > 1).all() and (common[1:] > common[:-1]).all() and (once[1:] > once[:-1]).all()):
            raise IndexDamagedError("the columns of counts do not fit each other")

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
                     "pairs": np.uint32, "firsts": np.uint32, "documents": np.uint64}
"""Besides `starts`, which is u32 or u64."""

MOST_STATEMENTS = 1 << 32
"""In a segment, so that a pair and the number of its first statement are one number to sort."""


class StatementWriter:
    """The statements of all documents' code, and each two neighbours."""

    def __init__(self) -> None:
        self.document_firsts = [0]
        self._starts, self._pairs = Column(np.uint64), Column(np.uint64)
        self._lengths, self._hashes = Column(np.uint8), Column(np.uint32)

    def add(self, tokens: CodeTokens, base: int) -> None:
        """Take the statements of one stretch of code whose first token is ``base`` of the structure `code`."""
        statements, before = tokens.statements, len(self._starts)
        if before + len(statements) >= MOST_STATEMENTS:
            raise ParameterError(f"a segment holds fewer than {MOST_STATEMENTS} statements of code: make more shards")
        number = np.arange(len(statements), dtype=np.uint32)
        pairs = pair_hashes(statements, number[:-1], number[1:]).astype(np.uint64)
        self._starts.add(statements.first.astype(np.uint64) + np.uint64(base))
        self._lengths.add(statements.length)
        self._hashes.add(statements.hashes)
        self._pairs.add(pairs << np.uint64(32) | number[:-1] + np.uint64(before))

    def end_document(self) -> None:
        """The stretches to come are another document's."""
        self.document_firsts.append(len(self._starts))

    def sections(self, tokens: int) -> dict[str, Any]:
        """The columns, of code that has so many tokens in all, each made when it is asked for, in this order."""
        kind = np.uint32 if tokens <= 1 << 32 else np.uint64
        hashes = self._hashes.joined()
        return {"documents": np.array(self.document_firsts, np.uint64),
                "starts": lambda: (part.astype(kind) for part in self._starts.taken()), "lengths": self._lengths.taken,
                **made_together(("pairs", "firsts"), self._sorted_pairs),
                **made_together(("once", "common", "counts"), lambda: Counts.build(hashes)), "hashes": hashes}

    def _sorted_pairs(self) -> dict[str, NDArray[np.uint32]]:
        pairs = self._pairs.joined()
        pairs.sort()
        halves = pairs.view(np.uint32).reshape(-1, 2)  # the lower first: numbers are little-endian
        return {"pairs": halves[:, 1].copy(), "firsts": halves[:, 0].copy()}


MISFIT = "the columns of the statements do not fit each other"


class StatementIndex:
    """The statements of all code: statement j begins at token ``starts[j]`` of the structure `code`, has ``lengths[j]`` tokens and form
    ``hashes[j]``. Two neighbours are found by their form taken together."""

    def __init__(self, arrays: Mapping[str, Array], structure: Structure) -> None:
        """Raises IndexDamagedError when the arrays do not belong together."""
        self.starts, self.lengths, self.hashes = arrays["starts"], arrays["lengths"], arrays["hashes"]
        self._pairs, self._firsts = arrays["pairs"], arrays["firsts"]
        self.document_firsts: NDArray[np.uint64] = arrays["documents"]
        """The first statement of each document, and their number."""
        self.counts = Counts(arrays["once"], arrays["common"], arrays["counts"])
        """How many statements have each form."""
        self._removed, self._document_starts, self._tokens = structure.removed, structure.document_starts, len(structure.symbols)
        if not (len(self.starts) == len(self.lengths) == len(self.hashes) and len(self._pairs) == len(self._firsts)
                and len(self.document_firsts) == len(self._document_starts) and ascends(self.document_firsts, len(self.starts))):
            raise IndexDamagedError(MISFIT)

    def verify(self) -> None:
        """Look at every number. Raises IndexDamagedError when they do not belong together."""
        if not ((self._pairs[1:] >= self._pairs[:-1]).all() and (self._firsts < max(1, len(self) - 1)).all()
                and (np.searchsorted(self.starts, self._document_starts) == self.document_firsts).all()):
            raise IndexDamagedError(MISFIT)
        self.counts.verify()
        self.rows(0, len(self))

    def __len__(self) -> int:
        return len(self.starts)

    def rows(self, low: int, high: int) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.uint32]]:
        """First token, tokens and form of the statements ``low..high``. Raises IndexDamagedError when they are not in the code."""
        starts, lengths = self.starts[low:high].astype(np.int64), self.lengths[low:high]
        if len(starts) and not (0 <= starts[0] <= starts[-1] < self._tokens and starts[-1] + lengths[-1] <= self._tokens
                                and (starts[1:] >= starts[:-1] + lengths[:-1]).all()
                                and 0 < lengths.min() <= lengths.max() <= _core.STATEMENT_MOST):
            raise IndexDamagedError(MISFIT)
        return starts, lengths, self.hashes[low:high]

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
        if len(found) and found.max() + 1 >= len(self):
            raise IndexDamagedError(MISFIT)
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
        if len(self._firsts) and self._firsts.max() >= len(self):
            raise IndexDamagedError(MISFIT)
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
