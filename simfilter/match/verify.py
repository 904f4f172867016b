"""Verify: text against text. Symbols are hashes and only propose; here the spelled tokens themselves are compared.

Words are compared as normalised by the text view, code tokens as they stand in both texts. Renamed code must be renamed
consistently: one name of the source answers to one name of the query and back, over the whole match.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import compress, pairwise
from operator import eq

import numpy as np
from numpy.typing import NDArray

from simfilter import _core
from simfilter.index.union import Segments
from simfilter.match.chain import Chain
from simfilter.match.seed import Run
from simfilter.match.source import SourceTokens, source_tokens
from simfilter.types import Kind, View
from simfilter.views.code import FIXED, IDENTIFIER, CodeTokens, renaming
from simfilter.views.text import normalize
from simfilter.views.tokens import Tokens

WINDOW = 4096
"""Source tokens looked at on either side of a seed beyond the query's own length."""

VERBATIM_SHARE = 0.9
"""A code match is verbatim when one unbroken run of equal lexemes is at least this share of it."""

LEAST_MISSPELT, MOST_MISSPELT, MISSPELT_RATIO = 4, 40, 0.7
"""Bytes of a word that may count as misspelt, and how alike the two must be: `when` and `whcn` are, `the` and `she` are too short."""

COSTS = (1.0, 0.4, 6.0)
"""Of an alignment, in words' worth: to open an edit, each edited word, and how deep an extension may fall before it is given up."""

MOST_PASSED = 32
"""Misspelt words passed at the ends of one copy."""

INTERRUPTION = 8
"""Tokens of a gap that count as edited; what goes beyond is another text set in between, or a passage left out."""

WORD_BREAK = " \u2014 ".encode()


@dataclass(frozen=True, slots=True, eq=False)
class Copy:
    """A verified copy in tokens: ``runs`` are the stretches that are equal (in renamed code: consistently renamed)."""

    kind: Kind
    view: View
    document: int
    runs: tuple[Run, ...]
    longest: int
    renaming: tuple[tuple[str, str], ...] = ()
    shared: int = 0
    """Of an edited copy: tokens both stretches hold, in whatever order."""
    bits: NDArray[np.float64] | None = None
    """Of each equal token, where verification has weighed them already."""
    tokens: int = field(init=False)
    """Equal tokens."""
    query: tuple[int, int] = field(init=False)
    source: tuple[int, int] = field(init=False)

    def __post_init__(self) -> None:
        runs = self.runs
        for name, value in (("tokens", sum(run.length for run in runs)),
                            ("query", (min(run.query for run in runs), max(run.query_end for run in runs))),
                            ("source", (min(run.source for run in runs), max(run.source_end for run in runs)))):
            object.__setattr__(self, name, value)

    @property
    def stretches(self) -> list[tuple[int, int]]:
        """Query tokens of the copy, half-open, in order: runs with what was edited between them, long interruptions left out."""
        found: list[tuple[int, int]] = []
        for run in sorted(self.runs):
            if found and run.query - found[-1][1] <= INTERRUPTION:
                found[-1] = found[-1][0], max(found[-1][1], run.query_end)
            else:
                found.append((run.query, run.query_end))
        return found

    @property
    def identity(self) -> float:
        """Equal tokens over the longer side, long interruptions cut short; or tokens both sides hold in any order, over the longer side."""
        aligned = max(_uninterrupted(sorted((run.query, run.query_end) for run in self.runs)),
                      _uninterrupted(sorted((run.source, run.source_end) for run in self.runs)))
        whole = max(self.query[1] - self.query[0], self.source[1] - self.source[0])
        return max(self.tokens / aligned, self.shared / whole)

    @property
    def density(self) -> float:
        """Equal tokens over all of the query from the first to the last."""
        return self.tokens / (self.query[1] - self.query[0])

    @property
    def edited(self) -> float:
        """Tokens of the longer side that are not equal."""
        return self.tokens / self.identity - self.tokens


def _uninterrupted(runs: list[tuple[int, int]]) -> int:
    """Tokens from the first run to the last, of each gap at most INTERRUPTION."""
    gaps = (min(max(0, start - end), INTERRUPTION) for (_, end), (start, _) in pairwise(runs))
    return sum(end - start for start, end in runs) + sum(gaps)


class Spelling:
    """The words of a text, normalised when they are first asked for."""

    def __init__(self, data: bytes, tokens: Tokens) -> None:
        self.data, self.tokens = data, tokens
        self._words: list[bytes] = []
        self._low = 0

    def words(self, low: int, high: int) -> list[bytes]:
        """Those of the tokens ``low..high``; all from the first to the last that were ever asked for are kept."""
        if not self._words:
            self._low = low
        if low < self._low:
            self._words[:0] = self._spelled(low, self._low)
            self._low = low
        if high > (end := self._low + len(self._words)):
            self._words += self._spelled(end, high)
        return self._words[low - self._low : high - self._low]

    def _spelled(self, low: int, high: int) -> list[bytes]:
        return _spelled(self.data, self.tokens.starts[low:high], self.tokens.ends[low:high])


def verify_words(segments: Segments, text: Spelling, weights: NDArray[np.float32], parts: list[Chain], least: int) -> Copy | None:
    """The copy of at least ``least`` words these chains propose, aligned and spelled out; None when fewer are the same. ``weights`` as for
    `chains`."""
    structure = segments.structures["text"]
    found: list[Run] = []
    for chain in parts:
        found += _aligned(segments, text, weights, chain)
    runs = _disjoint(found) if len(parts) > 1 else found
    if sum(run.length for run in runs) < least:
        return None
    first, last = min(run.source for run in runs), max(run.source_end for run in runs)
    starts, ends = structure.positions(first, last)
    base = int(starts[0])
    low, high = min(run.query for run in runs), max(run.query_end for run in runs)
    mine = text.words(low, high)
    theirs = _spelled(segments.read(base, int(ends[-1])), starts - base, ends - base)
    kept = tuple(run for run in runs if mine[run.query - low : run.query_end - low] == theirs[run.source - first : run.source_end - first])
    if sum(run.length for run in kept) < least:
        return None
    kind = Kind.VERBATIM if len(kept) == 1 else Kind.EDITED
    shared = sum((Counter(mine) & Counter(theirs)).values()) if kind is Kind.EDITED else 0
    return Copy(kind, View.TEXT, parts[0].document, kept, max(run.length for run in kept), shared=shared)


def _aligned(segments: Segments, text: Spelling, weights: NDArray[np.float32], chain: Chain) -> list[Run]:
    """The chain's runs after alignment; at either end words are passed that are misspellings of each other, as runs of length 0."""
    structure, tokens = segments.structures["text"], text.tokens
    low, high = structure.document_bounds(chain.document)
    reach = len(tokens) + WINDOW
    low, high = max(low, chain.source[0] - reach), min(high, chain.source[1] + reach)
    source = structure.symbols(low, high)
    anchors = [(query, there - low, length) for query, there, length in chain.anchors.T.tolist()]
    room = np.empty((3, len(tokens) // 2 + len(anchors) + MOST_PASSED + 2), np.uint32)

    def alike(mine: int, theirs: int) -> bool:
        if not (0 <= mine < len(tokens) and 0 <= theirs < len(source)):
            return False
        start, end = int(tokens.starts[mine]), int(tokens.ends[mine])
        from_, to = (int(bound[0]) for bound in structure.positions(low + theirs, low + theirs + 1))
        if min(end - start, to - from_) < LEAST_MISSPELT:  # most short words are told so, and nothing is read
            return False
        return _misspelt(text.data[start:end], segments.read(from_, to))

    for _ in range(MOST_PASSED):
        count = _core.align(tokens.symbols, weights, source, np.array(anchors, np.uint32).T.copy(), *COSTS, room)
        runs = list(zip(*room[:, :count].tolist(), strict=True))
        if not runs:
            return []
        (query, there, _), (last_query, last_there, length) = runs[0], runs[-1]
        begin = min((query, there), anchors[0][:2])
        stop = max((last_query + length, last_there + length), (anchors[-1][0] + anchors[-1][2], anchors[-1][1] + anchors[-1][2]))
        before, behind = alike(begin[0] - 1, begin[1] - 1), alike(*stop)
        if not (before or behind):
            break
        anchors = ([(begin[0] - 1, begin[1] - 1, 0)] if before else []) + runs + ([(stop[0] + 1, stop[1] + 1, 0)] if behind else [])
    found = [Run(query, low + there, length) for query, there, length in runs]
    if begin < (found[0].query, found[0].source - low):
        found.insert(0, Run(begin[0], low + begin[1], 0))
    if stop > (found[-1].query_end, found[-1].source_end - low):
        found.append(Run(stop[0], low + stop[1], 0))
    return found


def _disjoint(runs: list[Run]) -> list[Run]:
    """Runs in query order, without those whose words a longer one has on either side, and without passed words."""
    kept: list[Run] = []
    for run in sorted((run for run in runs if run.length), key=lambda run: (-run.length, run)):
        if all((run.query_end <= other.query or other.query_end <= run.query)
               and (run.source_end <= other.source or other.source_end <= run.source) for other in kept):
            kept.append(run)
    return sorted(kept)


def _misspelt(a: bytes, b: bytes) -> bool:
    """Whether two words are alike but for some letters, as scanning and typing errors make them."""
    a, b = b"".join(normalize(a)[0]), b"".join(normalize(b)[0])
    if min(len(a), len(b)) < LEAST_MISSPELT or max(len(a), len(b)) > MOST_MISSPELT:
        return False
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return all(ratio() >= MISSPELT_RATIO for ratio in (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio))


def _spelled(data: bytes, starts: NDArray[np.generic], ends: NDArray[np.generic]) -> list[bytes]:
    """The normalised form of each token, read alone so that its neighbours have no say."""
    pieces = [data[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
    words, at = normalize(WORD_BREAK.join(pieces))
    bounds = np.cumsum([len(piece) + len(WORD_BREAK) for piece in pieces])
    owner = np.searchsorted(bounds, at, side="right")
    spelled = [b""] * len(pieces)
    for piece, word in zip(owner.tolist(), words, strict=True):
        spelled[piece] += word
    return spelled


WHOLE = 4
"""Stretches of the query's length that are read of a document at once, for all runs of it."""


class Stretch:
    """The tokens of one document around ``runs`` of it, read once."""

    def __init__(self, segments: Segments, document: int, tokens: CodeTokens, runs: list[Run], key: bytes) -> None:
        self.document, self.tokens, self.runs = document, tokens, runs
        self._segments, self._key = segments, key
        self._bounds = segments.structures["code"].document_bounds(document)
        reaches = [self._reach(run) for run in runs]
        self._low, self._high = min(low for low, _ in reaches), max(high for _, high in reaches)
        self._whole = self._high - self._low <= WHOLE * len(tokens)
        self._read: SourceTokens | None = None

    def grown(self, run: Run) -> tuple[int, SourceTokens, int, int]:
        """First token and the tokens of a part of the document, and how many tokens are equal under one renaming before the start of
        ``run`` and from there on."""
        if self._whole:
            if self._read is None:
                self._read = source_tokens(self._segments, self._low, self._high, self._key)
            return self._low, self._read, *self._extend(run, self._low, self._read, 0)
        whole, reach = self._reach(run), WINDOW
        while True:  # the source is read as far as the copy reaches, not as far as the query does
            low, high = max(whole[0], run.source - reach), min(whole[1], run.source_end + reach)
            source = source_tokens(self._segments, low, high, self._key)
            left, right = self._extend(run, low, source, run.query - (run.source - low))
            if (low == whole[0] or left < run.source - low) and (high == whole[1] or right < high - run.source):
                return low, source, left, right
            reach *= 4

    def _extend(self, run: Run, low: int, source: SourceTokens, first: int) -> tuple[int, int]:
        """``run`` grown in the source from token ``low`` on and the query from token ``first`` on."""
        mine = slice(first, first + len(source.lexemes) if first else None)
        left, right, _ = _core.rename_extend(self.tokens.lexemes[mine], self.tokens.classes[mine], source.lexemes, source.classes,
                                             run.query - first, run.source - low, run.length)
        return left, right

    def _reach(self, run: Run) -> tuple[int, int]:
        low, high = self._bounds
        return max(low, run.source - run.query), min(high, run.source_end + len(self.tokens) - run.query_end)


def spelled(text: bytes, starts: NDArray[np.uint32], ends: NDArray[np.uint32]) -> list[bytes]:
    """The text of each token."""
    return [text[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]


def verify_code(stretch: Stretch, mine: list[bytes], run: Run, k: int) -> list[Copy]:
    """The copies around one of the stretch's runs of equal renamed tokens: the consistently renamed stretch, or the verbatim one inside it.

    ``mine`` is the text of each token of the query; what is shorter than ``k`` tokens is none.
    """
    document, tokens = stretch.document, stretch.tokens
    low, source, left, right = stretch.grown(run)
    begin, stop = run.query - left, run.query + right
    there = run.source - low - left
    if stop - begin < k:
        return []
    size = stop - begin
    mine, theirs = mine[begin:stop], spelled(source.text, source.starts[there : there + size], source.ends[there : there + size])
    kinds = tokens.classes[begin:stop]
    equal = np.fromiter(map(eq, mine, theirs), bool, size)
    if not equal[kinds == FIXED].all():
        return []
    exact, length = _longest(equal)
    if length >= VERBATIM_SHARE * size:
        run = Run(begin + exact, low + there + exact, length)
        return [Copy(Kind.VERBATIM, View.LEXEME, document, (run,), length)]
    names = (kinds == IDENTIFIER).tolist()
    pairs = renaming(list(compress(mine, names)), list(compress(theirs, names)))
    copies = [Copy(Kind.RENAMED, View.RENAMED, document, (Run(begin, low + there, size),), size, pairs)]
    if length >= k:
        inner = Run(begin + exact, low + there + exact, length)
        copies.append(Copy(Kind.VERBATIM, View.LEXEME, document, (inner,), length))
    return copies


def _longest(equal: NDArray[np.bool_]) -> tuple[int, int]:
    """Start and length of the longest run of True."""
    if equal.all():
        return 0, len(equal)
    around = np.concatenate(([False], equal, [False]))
    edges = (around[1:] != around[:-1]).nonzero()[0]
    if not len(edges):
        return 0, 0
    lengths = edges[1::2] - edges[::2]
    best = int(np.argmax(lengths))
    return int(edges[2 * best]), int(lengths[best])
