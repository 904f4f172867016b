"""Matching: a reading against the segments of an index, seed -> chain -> verify -> maximal -> score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from simfilter.background import Background
from simfilter.index.structure import Seeds
from simfilter.index.union import Segments
from simfilter.match.chain import chains
from simfilter.match.clone import clones
from simfilter.match.found import Found, Stream, figures, outermost, streams
from simfilter.match.maximal import Shelf, explains, maximal, shelved
from simfilter.match.score import EDIT_BITS, RENAMED_SHARE, Frequencies, foreseen, periodic, rows_in, token_bits, word_weights
from simfilter.match.seed import OCCURRENCES, runs_by_document, seed
from simfilter.match.verify import Copy, Spelling, Stretch, spelled, verify_code, verify_words
from simfilter.types import Kind, Match, View
from simfilter.views import Reading
from simfilter.views.code import CodeTokens
from simfilter.views.tokens import Tokens

LEAST_TOKENS = {"text": 8, "code": 20}
"""Shorter matches are chance and not even set aside: 1 in 500 windows of 200 words of a novel shares eight words, changed ones passed over,
with 0.4 M others."""

RIVALS, SIBLINGS = 4, 2
"""Copies of the same stretch of the query that are verified, and those of one family of near-equal documents among them."""

MOST_COPIES, TOKENS_A_COPY = 48, 16
"""Copies verified for one text, the heaviest first: so many, or more in a long text, one for so many of its tokens."""

WORK, WORK_A_TOKEN = {"text": 30_000, "code": 100_000}, 8
"""Tokens that are aligned or read for one text, and more for each of its own: twice what RIVALS ask for. A text that repeats itself wants
more, and is not scanned beyond that."""

WORK_A_RUN = 100
"""Tokens' worth of work that an attempt to verify one run of code is, however short."""

MANY_RUNS, TABULAR = 64, 0.9
"""Of so many runs or more those are left out of which that share is rows of a table: they weigh nothing, and a table has thousands."""

REPETITIVE = "too repetitive: not every stretch of it was compared"

LEAST_RUN = 36
"""Tokens of an unbroken copy of code; what is shorter must be part of a clone."""


def find(segments: Segments, reading: Reading, key: bytes, *, background: Background | None = None,
         without: Collection[int] = (), notes: list[str] | None = None, least: Mapping[str, int] = LEAST_TOKENS) -> list[Found]:
    """All maximal verified matches of at least ``least`` tokens in each structure, the weightiest first; ``without`` names families of
    documents that are passed over.

    ``notes`` is added to when the text was too repetitive to be compared whole.
    """
    limited: list[str] = []
    found: list[Found] = []
    for stream in streams(reading):
        copies = _copies(segments, reading, stream, key, background, without, limited, least[stream.structure])
        if without:
            copies = [copy for copy in copies if int(segments.families[copy.document]) not in without]
        shelf = shelved(copies)
        frequencies = Frequencies(segments.structures[stream.structure], stream.symbols)
        found += [_weigh(segments, reading, stream, copy, _holders(segments, copy, shelf), frequencies, background)
                  for copy in maximal(copies)]
    found = outermost(found)
    if notes is not None:
        notes += dict.fromkeys(limited)
    return sorted(found, key=lambda item: (-item.match.bits, item.match.query, item.match.provenance.document))


def _copies(segments: Segments, reading: Reading, stream: Stream, key: bytes, background: Background | None,
            without: Collection[int], notes: list[str], least: int) -> list[Copy]:
    """All verified copies of at least ``least`` equal tokens."""
    structure = segments.structures[stream.structure]
    seeds = seed(structure, stream.symbols, OCCURRENCES[stream.structure])
    copies: list[Copy] = []
    if isinstance(stream.tokens, CodeTokens):
        copies += clones(segments, reading.data, stream.tokens, key, background=background, without=without)
        if seeds is not None:
            copies = _with_runs(copies, _runs_of_code(segments, reading.data, stream.tokens, seeds, key, notes))
    elif seeds is not None:
        copies += _copies_of_words(segments, reading.data, stream.tokens, seeds, notes, least)
    return [copy for copy in copies if copy.tokens >= least]


def _copies_of_words(segments: Segments, data: bytes, words: Tokens, seeds: Seeds, notes: list[str], least: int) -> list[Copy]:
    """Copies the chains propose, the heaviest first. A stretch that RIVALS copies hold already is passed over: of a thousand near-equal
    documents a few will do."""
    weights = word_weights(words.starts, words.ends)
    proposed = chains(segments.structures["text"], seeds, weights)
    if not proposed:
        return []
    covered = np.zeros(len(words), np.int32)
    copies: list[Copy] = []
    left, work = max(MOST_COPIES, len(words) // TOKENS_A_COPY), WORK["text"] + WORK_A_TOKEN * len(words)
    text, verified = Spelling(data, words), Counter[int]()
    for parts in proposed:
        hulls = [chain.query for chain in parts]
        first, last = min(hulls)[0], max(hull[1] for hull in hulls)
        family = int(segments.families[parts[0].document])
        most = RIVALS if verified[family] < SIBLINGS else SIBLINGS
        if covered[first:last].sum() >= most * (last - first):
            continue
        if work < 0:
            notes.append(REPETITIVE)
            break
        if not left:
            break
        left -= 1
        copy = verify_words(segments, text, weights, parts, least)
        if copy is not None:
            copies.append(copy)
            verified[family] += 1
            first, last = min(first, copy.query[0]), max(last, copy.query[1])
        work -= last - first
        for start, end in hulls if copy is None else copy.stretches:
            covered[start:end] += 1
    return copies


def _runs_of_code(segments: Segments, data: bytes, tokens: CodeTokens, seeds: Seeds, key: bytes, notes: list[str]) -> list[Copy]:
    """Unbroken copies around the seeds, the longest first; a seed within one found already is passed over."""
    copies: list[Copy] = []
    mine = spelled(data, tokens.starts, tokens.ends)
    structure = segments.structures["code"]
    work = WORK["code"] + WORK_A_TOKEN * len(tokens)
    if len(seeds.length) >= MANY_RUNS:
        dull = rows_in(tokens.renamed, seeds.query, seeds.length) >= TABULAR * seeds.length
        seeds = Seeds(seeds.query[~dull], seeds.source[~dull], seeds.length[~dull])
    for document, runs in runs_by_document(structure, tokens, seeds, LEAST_RUN, key).items():
        stretch = Stretch(segments, document, tokens, runs, key)
        explained: dict[int, int] = {}  # diagonal -> where in the source the tokens end that are explained
        for run in sorted(stretch.runs, key=lambda run: (-run.length, run)):
            diagonal = run.source - run.query
            if explained.get(diagonal, 0) > run.source:
                continue
            if work < 0:
                notes.append(REPETITIVE)
                return copies
            found = verify_code(stretch, mine, run, structure.k)
            work -= WORK_A_RUN
            for copy in found:
                work -= copy.tokens
                explained[diagonal] = max(explained.get(diagonal, 0), copy.source[1])
            copies += found
    return copies


def _with_runs(clones: list[Copy], runs: list[Copy]) -> list[Copy]:
    """Clones and unbroken runs. A renamed run that tells no more than a clone of the same document is dropped; one that tells as much
    takes its place and its bits, since nothing was edited."""
    by_document: dict[int, Shelf[int]] = {}
    for number, clone in enumerate(clones):
        if clone.bits is not None:
            by_document.setdefault(clone.document, Shelf()).add(*clone.query, number)
    standing: list[Copy] = list(clones)
    rest: list[Copy] = []
    for run in runs:
        if run.kind is Kind.VERBATIM:
            continue
        rivals = list(by_document[run.document].near(*run.query)) if run.document in by_document else []
        for number in rivals:
            clone = clones[number]
            if standing[number] is clone and clone.bits is not None and explains(run, clone):
                standing[number] = replace(run, bits=np.full(run.tokens, clone.bits.sum() / run.tokens))
                break
        else:
            if not any(explains(clones[number], run, 0.75) for number in rivals):
                rest.append(run)
    return [*standing, *(run for run in runs if run.kind is Kind.VERBATIM), *rest]


def _holders(segments: Segments, copy: Copy, copies: Shelf[Copy]) -> int:
    """How many distinct documents were found to hold the same stretch of the query, near-equal ones counted once."""
    return len({int(segments.families[other.document]) for other in copies.near(*copy.query) if explains(other, copy)})


def _weigh(segments: Segments, reading: Reading, stream: Stream, copy: Copy, holders: int, frequencies: Frequencies,
           background: Background | None) -> Found:
    structure = segments.structures[stream.structure]
    positions = np.concatenate([np.arange(run.query, run.query_end) for run in copy.runs])
    bits = copy.bits
    if bits is None:
        bits = token_bits(frequencies, stream.structure, positions, figures(reading.data, stream, positions), background)
        if copy.view is not View.LEXEME:
            bits = foreseen(frequencies, positions, bits, segments.versions(copy.document))
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
        density=copy.density, renaming=copy.renaming,
    )
    return Found(match, stream, positions, bits, reading.characters)
