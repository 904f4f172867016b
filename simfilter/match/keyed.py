"""Matching against a text-free index: keyed k-grams chained, nothing verified, and the match says so.

Chaining stands in for verification: a copy must have runs of k-grams in one order in one document. Copies of code are unbroken runs here,
and whether they were renamed is not known; edited code needs an index that holds the text.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from simfilter.background import Background
from simfilter.index.keyed import KeyedIndex, seeds_of
from simfilter.match import LEAST_RUN, LEAST_TOKENS, MOST_COPIES, RIVALS, TOKENS_A_COPY
from simfilter.match.chain import Chain, chains
from simfilter.match.found import Found, Stream, figures, outermost, streams
from simfilter.match.maximal import Shelf, maximal, shelved
from simfilter.match.score import EDIT_BITS, RENAMED_SHARE, bits_of_counts, periodic, word_weights
from simfilter.match.seed import Run
from simfilter.match.verify import Copy
from simfilter.types import Kind, Match, Span, View
from simfilter.views import Reading


def find_keyed(index: KeyedIndex, reading: Reading, *, background: Background | None = None,
               least: Mapping[str, int] = LEAST_TOKENS) -> list[Found]:
    """All maximal matches, unverified, the weightiest first."""
    found: list[Found] = []
    for stream in streams(reading):
        table = index.structures[stream.structure].look_up(index.label, stream.symbols)
        table = table[np.lexsort((table[:, 1], table[:, 0]))]
        if not len(table):
            continue
        copies = _copies_of_words(index, stream, table) if stream.structure == "text" else _runs_of_code(index, table)
        copies = [copy for copy in copies if copy.tokens >= least[stream.structure]]
        shelf = shelved(copies)
        found += [_weigh(index, reading, stream, copy, shelf, table, background) for copy in maximal(copies)]
    return sorted(outermost(found), key=lambda item: (-item.match.bits, item.match.query, item.match.provenance.document))


def _copies_of_words(index: KeyedIndex, stream: Stream, table: NDArray[np.int64]) -> list[Copy]:
    structure = index.structures["text"]
    weights = word_weights(stream.starts, stream.ends)
    covered = np.zeros(len(weights), np.int32)
    copies: list[Copy] = []
    for parts in chains(structure, seeds_of(table, structure.k), weights):
        runs = _disjoint(parts)
        stretch = slice(runs[0].query, runs[-1].query_end)
        if covered[stretch].mean() >= RIVALS:
            continue
        if len(copies) >= max(MOST_COPIES, len(weights) // TOKENS_A_COPY):
            break
        copies.append(Copy(Kind.VERBATIM if len(runs) == 1 else Kind.EDITED, View.TEXT, parts[0].document, tuple(runs),
                           max(run.length for run in runs)))
        for run in runs:
            covered[run.query : run.query_end] += 1
    return copies


def _disjoint(parts: list[Chain]) -> list[Run]:
    """The anchors of all chains in query order; where two overlap, on either side of one chain or in the query, the later gives way."""
    runs: list[Run] = []
    for chain in parts:
        last = Run(0, 0, 0)
        for query, source, length in chain.anchors.T.tolist():
            trim = max(0, last.query_end - query, last.source_end - source) if last.length else 0
            if trim < length:
                last = Run(query + trim, source + trim, length - trim)
                runs.append(last)
    kept: list[Run] = []
    for run in sorted(runs):
        trim = max(0, kept[-1].query_end - run.query) if kept else 0
        if trim < run.length:
            kept.append(Run(run.query + trim, run.source + trim, run.length - trim))
    return kept


def _runs_of_code(index: KeyedIndex, table: NDArray[np.int64]) -> list[Copy]:
    structure = index.structures["code"]
    seeds = seeds_of(table, structure.k)
    documents = structure.document_of(seeds.source)
    rows = zip(documents.tolist(), seeds.query.tolist(), seeds.source.tolist(), seeds.length.tolist(), strict=True)
    return [Copy(Kind.RENAMED, View.RENAMED, document, (Run(query, source, length),), length)
            for document, query, source, length in rows if length >= LEAST_RUN]


def _weigh(index: KeyedIndex, reading: Reading, stream: Stream, copy: Copy, shelf: Shelf[Copy], table: NDArray[np.int64],
           background: Background | None) -> Found:
    """``table`` as `KeyedStructure.look_up` gives it, sorted."""
    structure = index.structures[stream.structure]
    positions = np.concatenate([np.arange(run.query, run.query_end) for run in copy.runs])
    symbols = stream.symbols[positions]
    distinct, inverse = np.unique(symbols, return_inverse=True)
    counts = structure.occurrences(index.label, distinct)
    bits = bits_of_counts(counts, structure.size, distinct, inverse, stream.structure, figures(reading.data, stream, positions), background)
    if copy.view is View.TEXT:
        bits *= max(0.0, 1 - EDIT_BITS * copy.edited / max(1.0, float(bits.sum())))
    else:
        bits *= RENAMED_SHARE * ~periodic(symbols)
    holders = {int(index.families[other.document]) for other in shelf.near(*copy.query)
               if other.query[0] < copy.query[1] and copy.query[0] < other.query[1] and other.tokens >= 0.9 * copy.tokens}
    longest = max(copy.runs, key=lambda run: run.length)
    middle = slice(*np.searchsorted(table[:, 0], longest.query + max(0, longest.length - structure.k) // 2 + np.arange(2)).tolist())
    at_middle = set(index.families[structure.document_of(table[middle, 1].astype(np.uint64))].tolist())
    low, high = structure.document_starts[copy.document : copy.document + 2].tolist()
    match = Match(
        kind=copy.kind, view=copy.view,
        query=reading.characters.span(int(stream.starts[copy.query[0]]), int(stream.ends[copy.query[1] - 1])),
        source=_characters(copy, table), provenance=index.provenance(copy.document), tokens=copy.tokens, longest_run=copy.longest,
        identity=copy.identity, density=copy.density,
        coverage=copy.tokens / len(stream.symbols), containment=min(1.0, copy.tokens / max(1, high - low - 1)), bits=float(bits.sum()),
        documents=max(1, len(holders), len(at_middle)), verified=False,
    )
    return Found(match, stream, positions, bits, reading.characters)


def _characters(copy: Copy, table: NDArray[np.int64]) -> Span:
    """The characters of the document that the k-grams of a copy tell of."""
    (first, last), (low, high) = copy.query, copy.source
    rows = table[slice(*np.searchsorted(table[:, 0], (first, last)).tolist())]
    mine = rows[(rows[:, 1] >= low) & (rows[:, 1] < high)]
    return Span(int(mine[:, 2].min()), int(mine[:, 3].max())) if len(mine) else Span(0, 0)
