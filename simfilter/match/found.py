"""Found: a match with what is needed to exempt parts of it, and the token streams matches stand in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simfilter.match.maximal import Shelf
from simfilter.types import Match, Span, View
from simfilter.views import Reading
from simfilter.views.code import NUMBER, CodeTokens
from simfilter.views.tokens import Characters, Tokens


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """One token stream of the query: ``symbols`` as compared in ``structure``, byte positions, and which tokens are figures."""

    structure: str
    symbols: NDArray[np.uint32]
    starts: NDArray[np.uint32]
    ends: NDArray[np.uint32]
    tokens: Tokens | CodeTokens


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A match with what exemption needs: the stream, the positions of its equal tokens there, the bits of each, the way to characters."""

    match: Match
    stream: Stream
    positions: NDArray[np.int64]
    bits: NDArray[np.float64]
    characters: Characters


def streams(reading: Reading) -> list[Stream]:
    """All token streams of a reading that are compared with the index."""
    words = reading.words
    return [Stream("text", words.symbols, words.starts, words.ends, words)] + [
        Stream("code", piece.tokens.renamed, piece.tokens.starts, piece.tokens.ends, piece.tokens) for piece in reading.code]


def figures(data: bytes, stream: Stream, positions: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which tokens are figures: numbers in prose, number literals in code."""
    if isinstance(stream.tokens, CodeTokens):
        return np.isin(stream.tokens.classes[positions], (NUMBER,))
    starts, ends = stream.starts[positions].tolist(), stream.ends[positions].tolist()
    return np.fromiter((data[a:b].isdigit() for a, b in zip(starts, ends, strict=True)), bool, len(positions))


def outermost(found: list[Found]) -> list[Found]:
    """Without text matches that say again what a match of the same document over the same characters says."""
    kept: list[Found] = []
    shelves: dict[tuple[str, View], Shelf[Span]] = {}
    for item in sorted(found, key=lambda item: -item.bits.sum()):
        match, query = item.match, item.match.query
        shelf = shelves.setdefault((match.provenance.document, match.view), Shelf())
        if not any(other.overlap(query) >= 0.9 * len(query) for other in shelf.near(query.start, query.end)):
            kept.append(item)
            shelf.add(query.start, query.end, query)
    return kept
