"""Clone: copies of code whose statements were set apart, moved about or renamed, found and verified statement by statement.

Seeds are two statements that are neighbours in the source and stand within REACH of each other in the query, in either order: their
form taken together says which names they share, and is rare. Where seeds gather in one document the statements of both sides are
aligned under one renaming (sf_clone). What a match weighs is in bits: rarity of the forms, and names that keep answering to each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from functools import lru_cache
from itertools import compress, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simfilter import _core
from simfilter.background import Background
from simfilter.index.union import Segments
from simfilter.match.score import rows_in, said_again
from simfilter.match.seed import Run
from simfilter.match.source import SourceTokens, as_they_stand, source_tokens
from simfilter.match.verify import Copy, spelled
from simfilter.types import Kind, View
from simfilter.views.code import FIXED, IDENTIFIER, STRING, CodeTokens
from simfilter.views.statements import operand_order, pair_hashes

REACH = 3
"""Statements the second of two neighbours may have been carried away: two put in between are passed over."""

OCCURRENCES, MOST_SEEDS, SEEDS_A_STATEMENT, SEEDS_IN_ALL = 128, 8192, 32, 1 << 20
"""Places of one pair that are looked at; and of all pairs, the rarest first: so many, or so many for each statement of a long query, and in
all so many, which take 150 MB."""

WINDOW = 64
"""Seeds are gathered in windows of twice so many statements of query and source, each half over the next."""

MARGIN = 16
"""Statements on either side of the seeds that are aligned too."""

LEAST_SEEDED, LEAST_SHARE = 20.0, 0.4
"""Bits of seeds in a window that is looked at, and their share of the best window's over the same stretch of the query."""

MOST_WINDOWS, MOST_VERIFIED = 8, 4
"""Windows over one stretch of the query whose forms are aligned, and those whose text is read, the heaviest first: of 400 copies with dead
statements, swaps and new names the right window had the most seeds in 386."""

LEAST_FORMS, LEAST_BITS = 30.0, 30.0
"""Bits of aligned forms for a text to be read, and of a copy to be told of."""

MOST_FORM = 16.0
"""Bits of one statement's form: beyond that the corpus is too small to tell."""

LONG, LONGER, MOST_LONGER = 10, 0.5, 30
"""A form that stands once or twice may be much rarer than that: each token beyond LONG, up to MOST_LONGER of them and but for the rows of
tables, is worth LONGER bits."""

KEPT_SHARE, MOST_KEPT = 0.4, 13.0
"""Of the bits of a name or string that stands in both as it is, the share that counts, since names keep company; and its bits at most
before that. At .6 innocent functions that use the same interface come too near."""

MIRRORED = {b">": b"<", b"<": b">", b">=": b"<=", b"<=": b">="}
"""Operators that say the same when their sides change."""

COSTS = (0.7, 2.5, 1.0, 8.0, 6.0, 5.0, 4, 2)
"""As in sf_clone_costs: inserted, omitted, swapped, moved, conflict, most_name, stretches, votes."""


class Window(NamedTuple):
    """Statements of the query and of the index, half-open, all of one document, in which seeds gather, and the bits of these."""

    document: int
    query: tuple[int, int]
    source: tuple[int, int]
    seeded: float


def clones(segments: Segments, data: bytes, tokens: CodeTokens, key: bytes, *, background: Background | None = None,
           without: Collection[int] = ()) -> list[Copy]:
    """The verified copies, one a window at most, none of a document of the families ``without``."""
    windows = _windows(segments, tokens, without)
    if not windows:
        return []
    query = as_they_stand(data, tokens.starts, tokens.ends, tokens.classes, tokens.lexemes)
    if tokens.statements.order is not None:
        query = query.ordered(tokens.statements.order, tokens.statements.lexemes)
    worth = form_bits(segments, tokens, background)
    depth = np.zeros(len(worth), np.int32)
    found: list[Copy] = []
    for bits, window in sorted(zip(_forms(segments, tokens, worth, windows), windows, strict=True), key=lambda item: -item[0]):
        stretch = slice(*window.query)
        if bits < LEAST_FORMS or depth[stretch].mean() >= MOST_VERIFIED:
            continue
        depth[stretch] += 1
        waiting = [window]
        while waiting:
            copy = _verified(segments, query, tokens, worth, window := waiting.pop(), key, background)
            if copy is not None:
                found.append(copy)
                rest = _beside(tokens, window, copy)
                waiting += [part for part, bits in zip(rest, _forms(segments, tokens, worth, rest), strict=True) if bits >= LEAST_FORMS]
    return found


def _beside(tokens: CodeTokens, window: Window, copy: Copy) -> list[Window]:
    """What is left of a window's query before and behind a copy: the same source may be copied there once more."""
    first, last = np.searchsorted(tokens.statements.first, copy.query).tolist()
    return [window._replace(query=part) for part in ((window.query[0], first), (last, window.query[1])) if part[1] - part[0] > 1]


def form_bits(segments: Segments, tokens: CodeTokens, background: Background | None = None) -> NDArray[np.float32]:
    """Bits the form of each statement is worth: minus log2 of its share of corpus or background; less if it stood in this text before."""
    hashes = tokens.statements.hashes
    total = max(len(segments.statements), 1000)
    counts = segments.statements.counts(hashes)
    if background is not None:
        counts = np.maximum(counts, background.shares("statement", hashes) * total)
    bits = np.minimum(np.log2(total) - np.log2(counts), MOST_FORM)
    length = tokens.statements.length - rows_in(tokens.renamed, tokens.statements.first, tokens.statements.length)
    bits += np.where(counts <= 2, np.clip(length - LONG, 0, MOST_LONGER) * LONGER, 0)
    worth: NDArray[np.float32] = said_again(bits, hashes).astype(np.float32)
    return worth


@lru_cache(maxsize=32)
def _pairs(count: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """All ordered pairs of statements at most REACH apart."""
    number = np.arange(count, dtype=np.uint32)
    earlier = np.concatenate([number[:-step] for step in range(1, REACH + 1)])
    later = np.concatenate([number[step:] for step in range(1, REACH + 1)])
    return np.concatenate([earlier, later]), np.concatenate([later, earlier])


def _seeds(segments: Segments, tokens: CodeTokens) -> tuple[NDArray[np.uint32], NDArray[np.uint64], NDArray[np.float64]]:
    """(statement of the query, statement of the index, bits) of each seed, the rarest first."""
    first, second = _pairs(len(tokens.statements))
    index = segments.statements
    hashes = pair_hashes(tokens.statements, first, second)
    count = index.pairs(hashes)
    known = np.flatnonzero(count)
    known = known[np.argsort(count[known], kind="stable")]
    taken = np.minimum(count[known], OCCURRENCES)
    taken = taken[np.cumsum(taken) <= min(SEEDS_IN_ALL, max(MOST_SEEDS, SEEDS_A_STATEMENT * len(tokens.statements)))]
    known = known[: len(taken)]
    number, holding = index.holding(hashes[known], taken)
    return (np.minimum(first, second)[known][number], holding,
            (np.log2(max(len(index), 1000)) - np.log2(count[known]))[number])


def _windows(segments: Segments, tokens: CodeTokens, without: Collection[int]) -> list[Window]:
    """Where seeds gather, most bits first; of windows that overlap the best."""
    count = len(tokens.statements)
    if count < 2 or not len(segments.statements):
        return []
    query, source, bits = _seeds(segments, tokens)
    firsts = segments.statements.document_firsts
    if without:
        kept = ~np.isin(segments.families[np.searchsorted(firsts, source, side="right") - 1], list(without))
        query, source, bits = query[kept], source[kept], bits[kept]
    return [Window(*window) for window in _core.gather(query, source, bits, count, firsts, WINDOW, MARGIN, MOST_WINDOWS, LEAST_SEEDED,
                                                       LEAST_SHARE)]


def _forms(segments: Segments, tokens: CodeTokens, worth: NDArray[np.float32], windows: list[Window]) -> list[float]:
    """Bits of the statements in each window aligned by their forms alone, for which no text is read."""
    theirs = [segments.statements.rows(*window.source)[2] for window in windows]
    bits = np.empty(len(windows))
    stretches = np.array([window.query for window in windows], np.uint32).reshape(-1, 2)
    _core.clone_forms(tokens.statements.hashes, worth, theirs, (*COSTS[:-1], 0), stretches, bits)
    return bits.tolist()


def _verified(segments: Segments, query: SourceTokens, tokens: CodeTokens, worth: NDArray[np.float32], window: Window, key: bytes,
              background: Background | None) -> Copy | None:
    """The copy in a window; None when it weighs less than LEAST_BITS or its tokens are not the same after all."""
    low, high = window.source
    starts, lengths, hashes = segments.statements.rows(low, high)
    begin = int(starts[0])
    source = source_tokens(segments, begin, int(starts[-1]) + int(lengths[-1]), key)
    start, stop = window.query
    mine, firsts = tokens.statements, (starts - begin).astype(np.uint32)
    if mine.order is not None:
        source = source.ordered(*operand_order(source.text, source.starts, source.ends, source.classes, source.lexemes, firsts, lengths,
                                               key))
    row = _core.StatementRow(query.lexemes, query.classes, mine.first[start:stop], mine.length[start:stop], mine.hashes[start:stop])
    theirs = _core.StatementRow(source.lexemes, source.classes, firsts, lengths, hashes)
    mate, bits = np.empty(stop - start, np.uint32), np.empty(stop - start, np.float32)
    total = _core.clone_align(row, theirs, worth[start:stop], COSTS, mate, bits)
    paired = np.flatnonzero((mate != _core.CLONE_NONE) & (bits > 0))
    here, there = start + paired, mate[paired].astype(np.int64)
    if total < LEAST_BITS or len(paired) < 2 or (mine.length[here] != lengths[there]).any():
        return None
    versions = segments.versions(window.document)
    total -= float(_foreseen(segments, tokens, worth, here, there, versions).sum())
    runs = [Run(*run) for run in zip(mine.first[here].tolist(), starts[there].tolist(), mine.length[here].tolist(), strict=True)]
    kept = _kept(segments, query, source, runs, begin, versions, background)
    if total < 0 or total + kept.sum() < LEAST_BITS:
        return None
    worths = np.repeat(bits[paired] / mine.length[here], mine.length[here]) * (total / float(bits[paired].sum())) + kept
    return _copy(window.document, query, source, begin, runs, worths)


def _kept(segments: Segments, tokens: SourceTokens, source: SourceTokens, runs: list[Run], begin: int, versions: int,
          background: Background | None) -> NDArray[np.float64]:
    """Bits of the tokens of all runs that are names or strings as they stand in the source, where each stands first.

    A name is worth minus log2 of the share of stretches of code it stands in, the source and its near-equal ``versions`` counted once.
    """
    mine, theirs = _tokens(runs, begin)
    bits = np.zeros(len(mine))
    same = np.flatnonzero((tokens.lexemes[mine] == source.lexemes[theirs]) & np.isin(tokens.classes[mine], (IDENTIFIER, STRING)))
    names, first = np.unique(tokens.lexemes[mine[same]], return_index=True)
    shares = np.maximum(segments.names(names) - versions + 1, 1) / max(segments.stretches, 1000)
    if background is not None:
        shares = np.maximum(shares, background.shares("name", names))
    bits[same[first]] = KEPT_SHARE * np.clip(-np.log2(shares), 0, MOST_KEPT)
    return bits


def _tokens(runs: list[Run], begin: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of the tokens of all runs, in the query and in a source that is read from token ``begin`` on."""
    return (np.concatenate([np.arange(run.query, run.query_end) for run in runs]),
            np.concatenate([np.arange(run.source, run.source_end) for run in runs]) - begin)


def _foreseen(segments: Segments, tokens: CodeTokens, worth: NDArray[np.float32], mine: NDArray[np.int64],
              theirs: NDArray[np.int64], versions: int) -> NDArray[np.float64]:
    """Bits by which the form of each aligned statement was to be expected after its neighbour's: what follows `x, err := f()` is no news.

    The chance is that of the two together among all statements of the first form, the source and its near-equal ``versions`` aside.
    """
    index = segments.statements
    follows = np.flatnonzero((np.diff(mine) > 0) & (np.diff(theirs) == 1))
    first, second = mine[follows], mine[follows + 1]
    together = pair_hashes(tokens.statements, first.astype(np.uint32), second.astype(np.uint32))
    count = index.pairs(together)
    chance = np.exp2(-worth[second].astype(np.float64))
    begun = np.maximum(index.counts(tokens.statements.hashes[first]) - versions, 0)
    expected = (np.maximum(count - versions, 0) + chance) / (begun + 1)
    foreseen: NDArray[np.float64] = np.maximum(worth[second] + np.log2(np.minimum(expected, 1)), 0)
    return foreseen


def _copy(document: int, tokens: SourceTokens, source: SourceTokens, begin: int, runs: list[Run],
          bits: NDArray[np.float64]) -> Copy | None:
    """The copy that these equal statements make, in query order, with their tokens spelled out."""
    mine, theirs = _tokens(runs, begin)
    pairs = list(zip(spelled(tokens.text, tokens.starts[mine], tokens.ends[mine]),
                     spelled(source.text, source.starts[theirs], source.ends[theirs]), strict=True))
    classes = tokens.classes[mine]
    fixed, names = (classes == FIXED).tolist(), (classes == IDENTIFIER).tolist()
    equal = [a == b or MIRRORED.get(a) == b for a, b in pairs]
    if (classes != source.classes[theirs]).any() or not all(compress(equal, fixed)):
        return None
    said = Counter(pair for pair, name in zip(pairs, names, strict=True) if name)
    bound: dict[bytes, bytes] = {}
    for (name, other), _ in said.most_common():
        if name not in bound.values():
            bound.setdefault(other, name)
    renaming = tuple((other.decode("utf-8", "replace"), name.decode("utf-8", "replace"))
                     for other, name in dict.fromkeys((b, a) for a, b in said) if bound.get(other) == name and other != name)
    same = all(equal)
    joined = _joined(tokens, source, begin, runs)
    longest = max(run.length for run in joined)
    unbroken = len(joined) == 1 and (tokens.moved[mine] == source.moved[theirs]).all()
    if same and unbroken:
        return Copy(Kind.VERBATIM, View.LEXEME, document, tuple(joined), longest)
    return Copy(Kind.RENAMED if unbroken else Kind.EDITED, View.LEXEME if same else View.RENAMED, document, tuple(joined), longest,
                renaming, bits=_spread(mine + tokens.moved[mine], joined, bits))


def _joined(tokens: SourceTokens, source: SourceTokens, begin: int, runs: list[Run]) -> list[Run]:
    """Runs with nothing but the same braces and semicolons between them made one."""
    result = runs[:1]
    for before, run in pairwise(runs):
        mine, theirs = slice(before.query_end, run.query), slice(before.source_end - begin, run.source - begin)
        if run.query - before.query_end == run.source - before.source_end \
                and (tokens.classes[mine] == FIXED).all() and (tokens.lexemes[mine] == source.lexemes[theirs]).all():
            last = result[-1]
            result[-1] = Run(last.query, last.source, run.query_end - last.query)
        else:
            result.append(run)
    return result


def _spread(mine: NDArray[np.int64], joined: list[Run], bits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bits of the tokens ``mine`` of the query put at their places in the joined runs; what joins them weighs nothing."""
    places = np.concatenate([np.arange(run.query, run.query_end) for run in joined])
    result = np.zeros(len(places))
    result[np.searchsorted(places, mine)] = bits
    return result
