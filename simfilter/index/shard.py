"""Shard: what the holder of one shard answers, so that `remote` may ask several as if all of the index lay on one machine.

Where the answer of a union is a sum (counts, lengths), a shard gives its own; where it is cut off (the first so many places), a shard gives
as many as might be among them, with what is needed to cut them off as the union does. All numbers are those within a segment, or within the
shard where it says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simfilter.errors import IndexDamagedError
from simfilter.index.manifest import Manifest
from simfilter.index.reader import Index
from simfilter.index.structure import Seeds, Structure, any_hit, kgram_hashes
from simfilter.index.union import Segments
from simfilter.types import Provenance, Span

TokenStretch = tuple[NDArray[np.uint32], int, NDArray[np.uint32], NDArray[np.uint32]]
"""As `ShardHolder.tokens` gives."""


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """One segment: bytes of its text, families of its d documents, and for each structure the ``starts[d + 1]`` of their tokens;
    ``firsts[d + 1]`` of their statements."""

    size: int
    families: NDArray[np.uint32]
    starts: dict[str, NDArray[np.uint64]]
    firsts: NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """One shard: its segments, and what is counted over all of them, less what was removed."""

    outlines: list[Outline]
    normalize: list[str]
    boilerplate: dict[str, list[NDArray[np.uint8]]]
    sizes: dict[str, int]
    documents: int
    size: int
    lengths: dict[str, int]
    token_counts: dict[str, int]
    stretches: int
    statements: int


@dataclass(frozen=True, slots=True, eq=False)
class Longest:
    """In one segment, for each of c query positions, the longest match: its tokens ``lengths[c]`` (0: none of k), in how many places
    ``places[c]`` it stands, at most as many as were asked for, and these places in suffix order, position after position; ``maximal`` says
    which cannot be extended to the left."""

    lengths: NDArray[np.int64]
    places: NDArray[np.int64]
    sources: NDArray[np.int64]
    maximal: NDArray[np.bool_]


class ShardHolder:
    """One shard, opened when `contents` is first asked for."""

    def __init__(self, path: str | Path, number: int, verify: bool = True) -> None:
        self._path, self._number, self._verify = path, number, verify
        self._index: Index | None = None

    def contents(self, manifest: Manifest) -> Contents:
        """What there is. Raises what `Index.open` does; IndexDamagedError when what stands there is not what the ``manifest`` states."""
        index = self._index = self._index or Index.open(self._path, verify=self._verify, shard=self._number)
        if index.manifest != manifest:
            raise IndexDamagedError(f"{self._path}: generation {index.generation}, not {manifest['generation']}, stands there")
        segments = index.segments
        names = list(segments.structures)
        outlines = [
            Outline(part.size, segments.families[first : first + len(part)],
                    {name: np.array(part.structures[name].document_starts) for name in names}, part.statements.document_firsts)
            for part, first in zip(segments.parts, segments.bases, strict=False)]
        return Contents(outlines, segments.normalize, {name: list(map(np.array, segments.boilerplate(name))) for name in names},
                        segments.sizes(), len(segments), segments.size,
                        {name: len(structure) for name, structure in segments.structures.items()},
                        {name: structure.token_count for name, structure in segments.structures.items()},
                        segments.stretches, len(segments.statements))

    def filters(self, name: str) -> list[NDArray[np.uint8]]:
        """The bytes of the n-gram filters."""
        return [np.array(part.structures[name].packed) for part in self._segments.parts]

    # ---- seeds ----

    def places(self, name: str, symbols: NDArray[np.uint32]) -> NDArray[np.int64]:
        """In how many places each k-gram of ``symbols`` stands."""
        structure = self._segments.structures[name]
        hits = any_hit([part.filter for part in structure.parts], kgram_hashes(symbols, structure.k))
        found = np.zeros(max(0, len(symbols) - structure.k + 1), np.int64)
        if hits is not None:
            at = np.flatnonzero(hits)
            found[at] = structure.occurrences(symbols[at[:, None] + np.arange(structure.k)])
        return found

    def seeds(self, name: str, symbols: NDArray[np.uint32], common: NDArray[np.bool_], most: int) -> tuple[Seeds, list[Longest]]:
        """Maximal matches, places counted through the shard, that do not begin at a ``common`` position; and of each segment what
        stands at these."""
        structure = self._segments.structures[name]
        found = structure.seeds(symbols, most)
        kept = ~common[found.query]
        at = np.flatnonzero(common)
        return (Seeds(found.query[kept], found.source[kept], found.length[kept]),
                [longest_at(part, symbols, at, most) for part in structure.parts] if len(at) else [])

    # ---- counts ----

    def occurrences(self, name: str, ngrams: NDArray[np.uint32]) -> NDArray[np.int64]:
        """As `UnionStructure.occurrences`."""
        return self._segments.structures[name].occurrences(ngrams)

    def families(self, name: str, symbols: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """As `UnionStructure.families_of`."""
        return self._segments.structures[name].families_of(symbols)

    def names(self, symbols: NDArray[np.uint32]) -> NDArray[np.int64]:
        """As `Segments.names`."""
        return self._segments.names(symbols)

    def counts(self, hashes: NDArray[np.uint32]) -> NDArray[np.int64]:
        """As `UnionStatements.found`."""
        return self._segments.statements.found(hashes)

    def pairs(self, hashes: NDArray[np.uint32]) -> NDArray[np.int64]:
        """As `UnionStatements.pairs`."""
        return self._segments.statements.pairs(hashes)

    def holding(self, hashes: NDArray[np.uint32], most: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """As `UnionStatements.holding`, statements counted through the shard."""
        return self._segments.statements.holding(hashes, most)

    # ---- what stands in one segment ----

    def tokens(self, segment: int, name: str, first: int, last: int) -> TokenStretch:
        """The tokens ``first..last``: symbols, the byte where the first starts, and from there the starts and ends of all."""
        structure = self._segments.parts[segment].structures[name]
        starts, ends = structure.positions(first, last)
        base = int(starts[0]) if len(starts) else 0
        return np.array(structure.symbols[first:last]), base, (starts - base).astype(np.uint32), (ends - base).astype(np.uint32)

    def rows(self, segment: int, low: int, high: int) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.uint32]]:
        """First token, tokens and form of the statements ``low..high``."""
        starts, lengths, hashes = self._segments.parts[segment].statements.rows(low, high)
        return starts, np.array(lengths), np.array(hashes)

    def read(self, segment: int, start: int, end: int) -> bytes:
        """As `Segment.read`."""
        return bytes(self._segments.parts[segment].read(start, end))

    def characters(self, segment: int, document: int, start: int, end: int) -> Span:
        """As `Segment.characters`."""
        return self._segments.parts[segment].characters(document, start, end)

    def provenance(self, segment: int, document: int) -> Provenance:
        """As `Segment.provenance`."""
        return self._segments.parts[segment].provenance(document)

    def text(self, segment: int, document: int) -> str:
        """As `Segment.text`."""
        return self._segments.parts[segment].text(document)

    def document(self, identifier: str) -> int | None:
        """The number within the shard of the document with this id; None when there is none."""
        try:
            return self._segments.document(identifier)
        except KeyError:
            return None

    @property
    def _segments(self) -> Segments:
        assert self._index is not None, "its contents were not asked for"
        return self._index.segments


def longest_at(part: Structure, symbols: NDArray[np.uint32], at: NDArray[np.int64], most: int) -> Longest:
    """What a segment holds of the longest matches from the positions ``at`` on, at most ``most`` places of each."""
    lengths = np.empty(len(symbols), np.uint32)
    low, high = np.empty((2, len(symbols)), np.uint64)
    part.suffix.statistics(symbols, lengths, low, high)
    found: list[tuple[int, NDArray[np.int64]]] = []
    for position in at.tolist():
        length, sources = _counting(part, symbols, position, int(lengths[position]), int(low[position]), int(high[position]), most)
        found.append((length, sources) if length >= part.k else (0, np.empty(0, np.int64)))
    places = np.array([len(sources) for _, sources in found], np.int64)
    sources = np.concatenate([np.empty(0, np.int64), *(sources for _, sources in found)])
    before = np.repeat(at, places) - 1
    maximal = (before < 0) | (sources == 0) | (symbols[before] == 0) | (symbols[before] != part.symbols[sources - 1])
    return Longest(np.array([length for length, _ in found], np.int64), places, sources, maximal)


def _counting(part: Structure, symbols: NDArray[np.uint32], at: int, length: int, low: int, high: int,
              most: int) -> tuple[int, NDArray[np.int64]]:
    """Tokens of the longest match from ``at`` on in documents that count, and its first places in suffix order; the ranks ``low..high`` are
    those of the longest match, removed ones included."""
    if part.removed is None:
        return length, part.sources(low, min(high, low + most))
    sources = part.sources(low, high)
    sources = sources[part.counting(sources)]
    if not len(sources):  # a suffix shares most with the pattern where it stands next to it
        while low > 0 and not part.counting(part.sources(low - 1, low))[0]:
            low -= 1
        while high < len(part.symbols) and not part.counting(part.sources(high, high + 1))[0]:
            high += 1
        neighbours = np.concatenate([part.sources(max(0, low - 1), low), part.sources(high, high + 1)]).tolist()
        length = max((_shared(symbols[at : at + length], part.symbols[source : source + length]) for source in neighbours), default=0)
        if length < part.k:
            return 0, sources
        sources = part.sources(*part.suffix.find(symbols[at : at + length]))
        sources = sources[part.counting(sources)]
    return length, sources[:most]


def _shared(mine: NDArray[np.uint32], theirs: NDArray[np.uint32]) -> int:
    """How many tokens are equal from the start on."""
    size = min(len(mine), len(theirs))
    different = np.flatnonzero(mine[:size] != theirs[:size])
    return int(different[0]) if len(different) else size

