"""Union: several segments seen as one, so that matching need not know how the index is cut.

Documents, token positions, bytes and statements are numbered through, segment after segment; removed documents keep their numbers and
are passed over. Whatever is counted (occurrences, documents, families, statements) is counted over all segments, less what was removed:
a query gets what it would get of one segment with the documents that are left.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simfilter import _core
from simfilter.index.families import REMOVED
from simfilter.index.segment import STRUCTURES, Segment
from simfilter.index.structure import KGRAM_SEED, Seeds, StatementIndex, Structure, documents_of, names_of, occurrences, stretches
from simfilter.types import Provenance, Span
from simfilter.views import read
from simfilter.views.code import CodeTokens, identifier_symbols
from simfilter.views.tokens import PUBLIC_KEY

MOST_LOOKED_AT = 1 << 12
"""Places of a run that are looked at to count the documents that hold it: what stands more often is common whatever the count."""

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Removed:
    """What the removed documents of all segments hold, to be taken from the counts: tokens of each structure with their suffix array,
    forms of statements and of two neighbours and names, ascending, and how many stretches of code there were."""

    symbols: Mapping[str, NDArray[np.uint32]]
    suffixes: Mapping[str, Array]
    statements: NDArray[np.uint32]
    pairs: NDArray[np.uint32]
    names: NDArray[np.uint32]
    stretches: int


class Segments:
    """All segments of an index as one. Immutable, shared by all threads."""

    def __init__(self, parts: Sequence[Segment], families: NDArray[np.uint32], removed: Removed | None = None) -> None:
        """``families`` numbers those of all documents, `REMOVED` for removed ones; what these hold is ``removed``."""
        self.parts = parts
        self.families = families
        self.bases = bases_of(len(part) for part in parts)
        """The first document of each segment, and their number."""
        self._bytes = bases_of(part.size for part in parts)
        self.normalize = parts[0].normalize
        self.structures: dict[str, UnionStructure] = {}
        for name in STRUCTURES:
            gone = (removed.symbols[name], removed.suffixes[name]) if removed is not None else None
            self.structures[name] = UnionStructure([part.structures[name] for part in parts], families, self._bytes, gone)
        self._removed = removed
        self.stretches = sum(part.stretches for part in parts) - (removed.stretches if removed is not None else 0)
        """How many stretches of code there are, over which names are counted."""
        self.statements = UnionStatements([part.statements for part in parts], self.structures["code"], removed)

    def __len__(self) -> int:
        return int(np.count_nonzero(self.families != REMOVED))

    @property
    def size(self) -> int:
        """Bytes of the protected text."""
        if all(part.removed is None for part in self.parts):
            return self._bytes[-1]
        return sum(end - start for start, end in map(self._bounds, self.numbers))

    @property
    def numbers(self) -> list[int]:
        """The numbers of the documents that are protected, ascending."""
        return np.flatnonzero(self.families != REMOVED).tolist()

    def boilerplate(self, name: str) -> list[NDArray[np.uint8]]:
        """The n-gram filters of what anybody may repeat, in one structure."""
        return [part.boilerplate[name] for part in self.parts]

    def provenance(self, document: int) -> Provenance:
        """Where a document comes from."""
        part, base = self._of(document)
        return part.provenance(document - base)

    def provenances(self) -> Iterator[Provenance]:
        """Of all protected documents, in order."""
        return map(self.provenance, self.numbers)

    def versions(self, document: int) -> int:
        """How many documents are near-equal to this one, itself counted."""
        return int(self._versions[self.families[document]])

    def names(self, symbols: NDArray[np.uint32]) -> NDArray[np.int64]:
        """In how many stretches of code each name or string stands."""
        found = sum((part.names(symbols) for part in self.parts), np.zeros(len(symbols), np.int64))
        return found if self._removed is None else found - _times(self._removed.names, symbols)

    def characters(self, document: int, start: int, end: int) -> Span:
        """The characters of the document between two absolute bytes."""
        at = bisect_right(self.bases, document) - 1
        base = self._bytes[at]
        return self.parts[at].characters(document - self.bases[at], start - base, end - base)

    def read(self, start: int, end: int) -> bytes:
        """The stored bytes between two absolute positions of one document."""
        at = min(bisect_right(self._bytes, start), len(self.parts)) - 1
        return self.parts[at].read(start - self._bytes[at], end - self._bytes[at])

    def document(self, identifier: str) -> int:
        """The number of the document with this id. Raises KeyError."""
        return self._numbers[identifier]

    def text(self, document: int) -> str:
        """A document's text as stored."""
        part, base = self._of(document)
        return part.text(document - base)

    def sizes(self) -> dict[str, int]:
        """Bytes of each section, of all segments together."""
        total: dict[str, int] = {}
        for part in self.parts:
            for name, size in part.sizes().items():
                total[name] = total.get(name, 0) + size
        return total

    def close(self) -> None:
        """Let go of the files."""
        self.structures.clear()
        del self.statements
        for part in self.parts:
            part.close()

    def _of(self, document: int) -> tuple[Segment, int]:
        at = bisect_right(self.bases, document) - 1
        return self.parts[at], self.bases[at]

    def _bounds(self, document: int) -> tuple[int, int]:
        part, base = self._of(document)
        return part.bounds(document - base)

    @cached_property
    def _versions(self) -> NDArray[np.int64]:
        return np.bincount(self.families[self.families != REMOVED], minlength=len(self.families))

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {self.provenance(number).document: number for number in self.numbers}


class UnionStructure:
    """The structures of one view of all segments. Token positions and bytes count through."""

    def __init__(self, parts: Sequence[Structure], families: NDArray[np.uint32], byte_bases: Sequence[int],
                 removed: tuple[NDArray[np.uint32], Array] | None) -> None:
        self.parts = parts
        self.k = parts[0].k
        self.bases = bases_of(len(part.symbols) for part in parts)
        self._starts = np.array(self.bases[:-1], np.uint64)
        self._families, self._bytes = families, byte_bases
        self._document_bases = bases_of(len(part.document_starts) - 1 for part in parts)
        self.document_starts = joined_bounds([part.document_starts for part in parts], self.bases)
        self._suffixes = [part.suffix for part in parts]
        self._filters = [part.filter for part in parts]
        self._removed_symbols = removed[0] if removed is not None else np.empty(0, np.uint32)
        self._removed = _core.Suffix(*removed) if removed is not None and len(removed[0]) else None

    def __len__(self) -> int:
        """Tokens of the documents that are left, separators counted."""
        return self.bases[-1] - len(self._removed_symbols)

    @property
    def token_count(self) -> int:
        """Tokens of the documents that are left, separators not counted."""
        return sum(part.token_count for part in self.parts) - int(np.count_nonzero(self._removed_symbols))

    def growing(self, key: bytes) -> _core.GrowingWords:
        """A text to grow word by word, which tells what of it the corpus may hold."""
        return _core.GrowingWords(key, self.k, KGRAM_SEED, self._filters)

    def seeds(self, symbols: NDArray[np.uint32], occurrences: int, hits: NDArray[np.uint8] | None = None) -> Seeds:
        """All maximal exact matches of at least k tokens, at most ``occurrences`` of each, with documents that are left.

        ``hits`` is what the n-gram filters say of each run of k symbols, where that is known already.
        """
        capacity = 4096 if len(symbols) > 64 else 512
        while True:
            query, length = np.empty((2, capacity), np.uint32)
            source = np.empty(capacity, np.uint64)
            count, truncated = _core.suffix_mems(self._suffixes, self._starts, symbols, self.k, occurrences, query, source, length,
                                                 self._filters if hits is None else None, KGRAM_SEED, hits)
            if not truncated or capacity >= 1 << 20:
                return Seeds(query[:count], source[:count], length[:count])
            capacity *= 8

    def may_reach(self, tokens: CodeTokens, seeds: Seeds, least: int, key: bytes) -> NDArray[np.bool_]:
        """Which runs of equal renamed tokens may be part of ``least`` consistently renamed ones, as far as shows without the text."""
        may = np.zeros(len(seeds.length), np.bool_)
        for part, (low, high) in zip(self.parts, pairwise(self.bases), strict=True):
            own = (seeds.source >= low) & (seeds.source < high)
            here = Seeds(seeds.query[own], seeds.source[own] - np.uint64(low), seeds.length[own])
            may[own] = reaching(tokens, part.symbols, here, least, key)
        return may

    def document_of(self, positions: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The document that holds each token position."""
        return documents_of(self.document_starts, positions)

    def document_bounds(self, document: int) -> tuple[int, int]:
        """First and last (half-open) token position of a document, without its separator."""
        first, behind = self.document_starts[document : document + 2].tolist()
        return first, max(first, behind - 1)

    def symbols(self, first: int, last: int) -> NDArray[np.uint32]:
        """The tokens ``first..last`` of one document."""
        part, base, _ = self._of(first)
        return part.symbols[first - base : last - base]

    def positions(self, first: int, last: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Absolute byte starts and ends of the tokens ``first..last`` of one document."""
        part, base, shift = self._of(first)
        starts, ends = part.positions(first - base, last - base)
        return (starts + shift, ends + shift) if shift else (starts, ends)

    def occurrences(self, ngrams: NDArray[np.uint32]) -> NDArray[np.int64]:
        """How often each of m rows ``ngrams[m, n]`` stands in the corpus."""
        found = occurrences(self._suffixes[0], ngrams)
        for suffix in self._suffixes[1:]:
            found += occurrences(suffix, ngrams)
        if self._removed is not None:
            found -= occurrences(self._removed, ngrams)
        return found

    def document_count(self, symbols: NDArray[np.uint32]) -> int:
        """Distinct families of documents that hold this run of symbols."""
        held = self._intervals(symbols)
        if len(held) == 1 and self.parts[number := held[0][0]].removed is None:
            families = self._families[self._document_bases[number] : self._document_bases[number + 1]]
            return int(self._suffixes[number].documents(*held[0][1:], self.parts[number].document_starts, families, MOST_LOOKED_AT))
        return len(self.families_of(symbols))

    def families_of(self, symbols: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """These families, ascending."""
        found = [self._families[self.parts[number].documents(low, min(high, low + MOST_LOOKED_AT)) + self._document_bases[number]]
                 for number, low, high in self._intervals(symbols)]
        families: NDArray[np.uint32] = np.setdiff1d(np.concatenate([np.empty(0, np.uint32), *found]), np.array([REMOVED], np.uint32))
        return families

    def _intervals(self, symbols: NDArray[np.uint32]) -> list[tuple[int, int, int]]:
        """The segments that hold this run of symbols, and the ranks of the suffixes that begin with it."""
        intervals = [(number, *suffix.find(symbols)) for number, suffix in enumerate(self._suffixes)]
        return [(number, low, high) for number, low, high in intervals if low < high]

    def _of(self, position: int) -> tuple[Structure, int, int]:
        at = min(bisect_right(self.bases, position), len(self.parts)) - 1
        return self.parts[at], self.bases[at], self._bytes[at]


class UnionStatements:
    """The statements of all segments."""

    def __init__(self, parts: Sequence[StatementIndex], structure: UnionStructure, removed: Removed | None) -> None:
        self.parts = parts
        self._bases = bases_of(map(len, parts))
        self._tokens = structure.bases
        self._removed = removed
        self.document_firsts = joined_bounds([part.document_firsts for part in parts], self._bases)
        """The first statement of each document, and their number."""

    def __len__(self) -> int:
        """Statements of the documents that are left."""
        return self._bases[-1] - (len(self._removed.statements) if self._removed is not None else 0)

    def counts(self, hashes: NDArray[np.uint32]) -> NDArray[np.int64]:
        """How many statements have each form; 1 also where none has."""
        return np.maximum(self.found(hashes), 1)

    def found(self, hashes: NDArray[np.uint32]) -> NDArray[np.int64]:
        """How many statements have each form."""
        found = sum((part.counts(hashes) for part in self.parts), np.zeros(len(hashes), np.int64))
        return found if self._removed is None else found - _times(self._removed.statements, hashes)

    def pairs(self, hashes: NDArray[np.uint32]) -> NDArray[np.int64]:
        """How many two neighbours have each form."""
        found = sum((part.pairs(hashes) for part in self.parts), np.zeros(len(hashes), np.int64))
        return found if self._removed is None else found - _times(self._removed.pairs, hashes)

    def holding(self, hashes: NDArray[np.uint32], most: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """(i, statement): the first statement of each two neighbours of form ``hashes[i]``, the first ``most[i]`` of them, by i."""
        if len(self.parts) == 1:
            return self.parts[0].holding(hashes, most)
        numbers, found = [], []
        for part, base in zip(self.parts, self._bases, strict=False):
            number, statements = part.holding(hashes, most)
            most = most - np.bincount(number, minlength=len(hashes))
            numbers.append(number)
            found.append(statements + np.uint64(base))
        number = np.concatenate(numbers)
        order = np.argsort(number, kind="stable")
        return number[order], np.concatenate(found)[order]

    def rows(self, low: int, high: int) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.uint32]]:
        """First token, tokens and form of the statements ``low..high`` of one document."""
        at = min(bisect_right(self._bases, low), len(self.parts)) - 1
        part, base = self.parts[at], self._bases[at]
        starts, lengths, hashes = part.rows(low - base, high - base)
        return starts + self._tokens[at], lengths, hashes


def reaching(tokens: CodeTokens, symbols: NDArray[np.uint32], seeds: Seeds, least: int, key: bytes) -> NDArray[np.bool_]:
    """Which of these runs, whose sources are places in ``symbols``, may be part of ``least`` consistently renamed tokens."""
    may = np.empty(len(seeds.length), np.uint8)
    _core.rename_may_reach(tokens.renamed, tokens.classes, symbols, identifier_symbols(key), seeds.query, seeds.source, seeds.length,
                           least, may)
    return may.view(np.bool_)


def bases_of(counts: Any) -> list[int]:
    """Where each part begins, and where the last ends."""
    return list(accumulate(counts, initial=0))


def joined_bounds(bounds: Sequence[NDArray[np.uint64]], bases: Sequence[int]) -> NDArray[np.uint64]:
    """Where the documents of each part begin, and its last ends, counted through all parts, which begin at ``bases``."""
    if len(bounds) == 1:
        return bounds[0]
    return np.concatenate([each[:-1] + np.uint64(base) for each, base in zip(bounds, bases, strict=False)]
                          + [np.array(bases[-1:], np.uint64)])


def _times(ascending: NDArray[np.uint32], wanted: NDArray[np.uint32]) -> NDArray[np.int64]:
    counts: NDArray[np.int64] = np.searchsorted(ascending, wanted, "right") - np.searchsorted(ascending, wanted, "left")
    return counts


def removed_of(parts: Sequence[Segment]) -> Removed:
    """What the removed documents of these segments hold."""
    symbols, suffixes = {}, {}
    gone = [(part, number) for part in parts if part.removed is not None for number in np.flatnonzero(part.removed).tolist()]
    nothing = np.empty(0, np.uint32)
    for name in STRUCTURES:
        pieces = [part.structures[name].symbols[slice(*part.structures[name].document_starts[number : number + 2].tolist())]
                  for part, number in gone]
        symbols[name] = np.concatenate([nothing, *pieces])
        suffixes[name] = np.empty(len(symbols[name]), np.int64 if len(symbols[name]) >= 1 << 31 else np.int32)
        _core.suffix_build(symbols[name], suffixes[name])
    forms, pairs = zip((nothing, nothing), *(part.statements.removed() for part in parts if part.removed is not None), strict=True)
    code = [piece.tokens for part, number in gone
            for piece in read(part.text(number), language=part.provenance(number).language, key=PUBLIC_KEY).code]
    return Removed(symbols, suffixes, np.sort(np.concatenate(forms)), np.sort(np.concatenate(pairs)),
                   np.sort(np.concatenate([nothing, *map(names_of, code)])), sum(map(stretches, code)))
