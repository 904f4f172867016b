"""Matching: a reading against the segments of an index, seed -> chain -> verify -> maximal -> score."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simfilter.background import Background
from simfilter.index.structure import Seeds
from simfilter.index.union import Segments
from simfilter.match.chain import chains
from simfilter.match.clone import clones
from simfilter.match.score import EDIT_BITS, RENAMED_SHARE, foreseen, periodic, token_bits, word_weights
from simfilter.match.seed import OCCURRENCES, Run, runs_by_document, seed
from simfilter.match.verify import Copy, verify_code, verify_words
from simfilter.types import Kind, Match, View
from simfilter.views import Reading
from simfilter.views.code import NUMBER, CodeTokens
from simfilter.views.tokens import Tokens

LEAST_TOKENS = {"text": 10, "code": 20}
"""Shorter matches are chance and not even set aside: 1 in 500 windows of 200 words of a novel shares 10 words with 0.4 M others."""

RIVALS = 4
"""Copies of the same stretch of the query that are verified."""

MOST_COPIES, TOKENS_A_COPY = 48, 16
"""Copies verified for one text, the heaviest first: so many, or more in a long text, one for so many of its tokens."""

LEAST_RUN = 36
"""Tokens of an unbroken copy of code; what is shorter must be part of a clone."""

SOURCES = 8
"""Sources named for one stretch of the query when several hold it equally well."""


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
    """A match with what exemption needs: the stream, the positions of its equal tokens there, and the bits of each."""

    match: Match
    stream: Stream
    positions: NDArray[np.int64]
    bits: NDArray[np.float64]


def streams(reading: Reading) -> list[Stream]:
    """All token streams of a reading that are compared with the index."""
    words = reading.words
    return [Stream("text", words.symbols, words.starts, words.ends, words)] + [
        Stream("code", piece.tokens.renamed, piece.tokens.starts, piece.tokens.ends, piece.tokens) for piece in reading.code]


def find(segments: Segments, reading: Reading, key: bytes, *, background: Background | None = None,
         without: Collection[int] = ()) -> list[Found]:
    """All maximal verified matches, the weightiest first; ``without`` names families of documents that are passed over."""
    found: list[Found] = []
    for stream in streams(reading):
        copies = _copies(segments, reading, stream, key, background, without)
        if without:
            copies = [copy for copy in copies if int(segments.families[copy.document]) not in without]
        found += [_weigh(segments, reading, stream, copy, _holders(segments, copy, copies), background) for copy in _maximal(copies)]
    found = _outermost(found)
    return sorted(found, key=lambda item: (-item.match.bits, item.match.query, item.match.provenance.document))


def _copies(segments: Segments, reading: Reading, stream: Stream, key: bytes, background: Background | None,
            without: Collection[int]) -> list[Copy]:
    """All verified copies of at least LEAST_TOKENS equal tokens."""
    structure = segments.structures[stream.structure]
    seeds = seed(structure, stream.symbols, OCCURRENCES[stream.structure])
    copies: list[Copy] = []
    if isinstance(stream.tokens, CodeTokens):
        copies += clones(segments, reading.data, stream.tokens, key, background=background, without=without)
        if seeds is not None:
            copies = _with_runs(copies, _runs_of_code(segments, reading.data, stream.tokens, seeds, key))
    elif seeds is not None:
        copies += _copies_of_words(segments, reading.data, stream.tokens, seeds)
    return [copy for copy in copies if copy.tokens >= LEAST_TOKENS[stream.structure]]


def _copies_of_words(segments: Segments, data: bytes, words: Tokens, seeds: Seeds) -> list[Copy]:
    """Copies the chains propose, the heaviest first. A stretch that RIVALS copies hold already is passed over: of a thousand near-equal
    documents a few will do."""
    weights = word_weights(words.ends - words.starts)
    covered = np.zeros(len(words), np.int32)
    copies: list[Copy] = []
    left = max(MOST_COPIES, len(words) // TOKENS_A_COPY)
    for parts in chains(segments.structures["text"], seeds, weights):
        hulls = [chain.hull for chain in parts]
        if covered[min(hull[0] for hull in hulls) : max(hull[1] for hull in hulls)].mean() >= RIVALS:
            continue
        if not left:
            break
        left -= 1
        copy = verify_words(segments, data, words, weights, parts)
        if copy is not None:
            copies.append(copy)
        for start, end in [hull[:2] for hull in hulls] if copy is None else copy.stretches:
            covered[start:end] += 1
    return copies


def _runs_of_code(segments: Segments, data: bytes, tokens: CodeTokens, seeds: Seeds, key: bytes) -> list[Copy]:
    """Unbroken copies around the seeds, the longest first; a seed within one found already is passed over."""
    copies: list[Copy] = []
    for document, runs in runs_by_document(segments.structures["code"], seeds).items():
        covered: set[tuple[int, int]] = set()  # (diagonal, source position) of tokens already explained
        for run in sorted(runs, key=lambda run: (-run.length, run)):
            diagonal = run.source - run.query
            if any(d == diagonal and copy_end > run.source for d, copy_end in covered):
                continue
            for copy in verify_code(segments, document, data, tokens, run, key, LEAST_RUN):
                covered.add((diagonal, copy.source[1]))
                copies.append(copy)
    return copies


def _with_runs(clones: list[Copy], runs: list[Copy]) -> list[Copy]:
    """Clones and unbroken runs. A renamed run that tells no more than a clone of the same document is dropped; one that tells as much
    takes its place and its bits, since nothing was edited."""
    found = [*clones, *(run for run in runs if run.kind is Kind.VERBATIM)]
    for run in runs:
        rivals = [clone for clone in clones if run.kind is Kind.RENAMED and clone.document == run.document and clone.bits is not None]
        if clone := next((clone for clone in rivals if clone in found and _explains(run, clone)), None):
            assert clone.bits is not None
            found[found.index(clone)] = replace(run, bits=np.full(run.tokens, clone.bits.sum() / run.tokens))
        elif run.kind is Kind.RENAMED and not any(_explains(clone, run, 0.75) for clone in rivals):
            found.append(run)
    return found


def _maximal(copies: list[Copy]) -> list[Copy]:
    """Without the copies whose stretch of the query a heavier one of the same kind explains; ties name up to SOURCES documents.

    What joins the statements of a clone does not count as equal, so of code less is asked.
    """
    kept: list[Copy] = []
    for copy in sorted(copies, key=lambda copy: (-copy.tokens, -copy.longest, copy.document, copy.query)):
        rivals = [other for other in kept if _explains(other, copy, 0.9 if copy.view is View.TEXT else 0.8)]
        ties = [other for other in rivals if other.tokens == copy.tokens and other.document != copy.document]
        if len(ties) == len(rivals) < SOURCES:
            kept.append(copy)
    return kept


def _explains(other: Copy, copy: Copy, share: float = 0.9) -> bool:
    """Whether a copy of the same kind has at least this ``share`` of this one's tokens of the query."""
    if other.view is not copy.view or other.query[0] >= copy.query[1] or copy.query[0] >= other.query[1]:
        return False
    return _shared(copy.runs, other.runs) >= share * copy.tokens


def _shared(mine: tuple[Run, ...], theirs: tuple[Run, ...]) -> int:
    """Query tokens that runs of both sides hold; runs are in query order."""
    total = at = 0
    for run in mine:
        while at < len(theirs) and theirs[at].query_end <= run.query:
            at += 1
        for other in theirs[at:]:
            if other.query >= run.query_end:
                break
            total += min(run.query_end, other.query_end) - max(run.query, other.query)
    return total


def _holders(segments: Segments, copy: Copy, copies: list[Copy]) -> int:
    """How many distinct documents were found to hold the same stretch of the query, near-equal ones counted once."""
    return len({int(segments.families[other.document]) for other in copies if _explains(other, copy)})


def _outermost(found: list[Found]) -> list[Found]:
    """Without text matches that say again what a match of the same document over the same characters says."""
    kept: list[Found] = []
    for item in sorted(found, key=lambda item: -item.bits.sum()):
        match = item.match
        if not any(other.match.provenance.document == match.provenance.document and other.match.view is match.view
                   and other.match.query.overlap(match.query) >= 0.9 * len(match.query) for other in kept):
            kept.append(item)
    return kept


def _weigh(segments: Segments, reading: Reading, stream: Stream, copy: Copy, holders: int, background: Background | None) -> Found:
    structure = segments.structures[stream.structure]
    positions = np.concatenate([np.arange(run.query, run.query_end) for run in copy.runs])
    bits = copy.bits
    if bits is None:
        bits = token_bits(structure, stream.structure, stream.symbols[positions], _figures(reading.data, stream, positions), background)
        if copy.view is not View.LEXEME:
            bits = foreseen(structure, stream.symbols, positions, bits, segments.versions(copy.document))
        if copy.view is View.TEXT:
            bits *= max(0.0, 1 - EDIT_BITS * copy.edited / max(1.0, float(bits.sum())))
        elif copy.kind is Kind.RENAMED:
            bits *= RENAMED_SHARE * ~periodic(stream.symbols[positions])
    longest = max(copy.runs, key=lambda run: run.length)
    first, last = copy.query
    source_starts, source_ends = structure.positions(*copy.source)
    low, high = structure.document_bounds(copy.document)
    match = Match(
        kind=copy.kind, view=copy.view,
        query=reading.characters.span(int(stream.starts[first]), int(stream.ends[last - 1])),
        source=segments.characters(copy.document, int(source_starts[0]), int(source_ends[-1])),
        provenance=segments.provenance(copy.document), tokens=copy.tokens, longest_run=copy.longest,
        identity=copy.identity, coverage=copy.tokens / len(stream.symbols), containment=min(1.0, copy.tokens / (high - low)),
        bits=float(bits.sum()),
        # Beyond what was looked at, the index counts; but one statement of a clone alone is common enough.
        documents=holders if copy.bits is not None else max(
            holders, structure.document_count(structure.symbols(longest.source, longest.source_end))),
        renaming=copy.renaming,
    )
    return Found(match, stream, positions, bits)


def _figures(data: bytes, stream: Stream, positions: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which tokens are figures: numbers in prose, number literals in code."""
    if isinstance(stream.tokens, CodeTokens):
        return np.isin(stream.tokens.classes[positions], (NUMBER,))
    starts, ends = stream.starts[positions].tolist(), stream.ends[positions].tolist()
    return np.fromiter((data[a:b].isdigit() for a, b in zip(starts, ends, strict=True)), bool, len(positions))

