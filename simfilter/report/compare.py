"""Compare: a copy and its source token by token, for eyes; what a match weighs was told before, by `simfilter.match`.

Prose is compared by the words of the text view, code by names, numbers and single signs, names under the match's renaming. Equal runs
in order are found first (the longest, then left and right of it: `difflib`), then runs that stand elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher
from enum import StrEnum

from simfilter.types import Match, View
from simfilter.views.text import tokenize
from simfilter.views.tokens import Characters, encode

_LEXEME = re.compile(r"\w+|[^\w\s]")
MOVED = 4
"""Tokens of the shortest run that is told as moved."""

MOVES = 64
"""Moved runs told of one match."""


class Mark(StrEnum):
    """How a piece of one side stands in the other."""

    NONE = ""
    SAME = "same"
    RENAMED = "renamed"
    MOVED = "moved"


Pieces = list[tuple[Mark, str]]
Tokens = list[tuple[int, int, Hashable]]


def compare(match: Match, copy: str, source: str) -> tuple[Pieces, Pieces]:
    """``copy`` and ``source`` cut into marked pieces, which joined are the texts as they were.

    >>> from simfilter.types import Kind, Provenance, Span
    >>> match = Match(Kind.RENAMED, View.RENAMED, Span(0, 9), Span(0, 9), Provenance("a", "b"), 5, 5, 1, 1, 1, 9, 1, (("b", "x"),))
    >>> [(str(mark), text) for mark, text in compare(match, "a = x + 1", "a = b + 1")[0]]
    [('same', 'a = '), ('renamed', 'x'), ('same', ' + 1')]
    """
    read = _words if match.view is View.TEXT else _lexemes
    ours, theirs = read(copy), read(source)
    names = dict(reversed(match.renaming)) if match.view is not View.TEXT else {}
    query = [symbol for _, _, symbol in ours]
    origin = [names.get(str(symbol), symbol) if names else symbol for _, _, symbol in theirs]
    marks = [Mark.NONE] * len(query), [Mark.NONE] * len(origin)
    runs = _runs(query, origin)
    for moved, (at, there, length) in [*((False, run) for run in runs), *((True, run) for run in _moved(query, origin, runs))]:
        for step in range(length):
            renamed = theirs[there + step][2] != query[at + step]
            marks[0][at + step] = marks[1][there + step] = Mark.RENAMED if renamed else Mark.MOVED if moved else Mark.SAME
    return _pieces(copy, ours, marks[0]), _pieces(source, theirs, marks[1])


def _words(text: str) -> Tokens:
    data = encode(text)
    at, words = Characters(text, data).at, tokenize(data)
    return [(at(start), at(end), symbol) for start, end, symbol in
            zip(words.starts.tolist(), words.ends.tolist(), words.symbols.tolist(), strict=True)]


def _lexemes(text: str) -> Tokens:
    return [(found.start(), found.end(), found[0]) for found in _LEXEME.finditer(text)]


def _sign(symbol: Hashable) -> bool:
    """Whether a token is too common to tell by itself where one stands."""
    return isinstance(symbol, str) and not (symbol[0].isalnum() or symbol[0] == "_")


def _runs(query: Sequence[Hashable], source: Sequence[Hashable]) -> list[tuple[int, int, int]]:
    """Equal runs in order: (query, source, length)."""
    head = 0
    while head < min(len(query), len(source)) and query[head] == source[head]:
        head += 1
    if head == len(query) == len(source):
        return [(0, 0, head)]
    blocks = SequenceMatcher(_sign, source[head:], query[head:], autojunk=False).get_matching_blocks()
    return [(0, 0, head), *((head + block.b, head + block.a, block.size) for block in blocks)]


def _moved(query: Sequence[Hashable], source: Sequence[Hashable], runs: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Equal runs out of order, the longest first, among what ``runs`` left."""
    ours, theirs = list(query), list(source)

    def take(at: int, there: int, length: int) -> None:
        ours[at : at + length] = [("query", at + step) for step in range(length)]  # equals nothing on the other side
        theirs[there : there + length] = [("source", there + step) for step in range(length)]

    for run in runs:
        take(*run)
    found: list[tuple[int, int, int]] = []
    while len(found) < MOVES:
        block = SequenceMatcher(_sign, theirs, ours, autojunk=False).find_longest_match()
        if block.size < MOVED:
            break
        found.append((block.b, block.a, block.size))
        take(*found[-1])
    return found


def _pieces(text: str, tokens: Tokens, marks: Sequence[Mark]) -> Pieces:
    """``text`` cut where the mark changes; what stands between two tokens of one mark is theirs."""
    pieces: Pieces = []
    at, last = 0, Mark.NONE
    for (start, end, _), mark in zip(tokens, marks, strict=True):
        if mark is last and pieces:
            pieces[-1] = (mark, pieces[-1][1] + text[at:end])
        else:
            if between := text[at:start]:
                _add(pieces, Mark.SAME if pieces and {last, mark} == {Mark.SAME, Mark.RENAMED} else Mark.NONE, between)
            _add(pieces, mark, text[start:end])
        at, last = end, mark
    if text[at:]:
        _add(pieces, Mark.NONE, text[at:])
    return pieces


def _add(pieces: Pieces, mark: Mark, text: str) -> None:
    if pieces and pieces[-1][0] is mark:
        pieces[-1] = (mark, pieces[-1][1] + text)
    else:
        pieces.append((mark, text))
