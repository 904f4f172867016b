"""Statements: code tokens cut where something may be put in, left out or moved, each known by its form.

The form of a statement is its tokens with names numbered within it and literals made alike, so it is the same whatever stands around it
and whatever its names are. Braces, semicolons, line breaks and modifiers (`const`, `static`, `public`) are no part of it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from simfilter import _core

NORMALIZATIONS = {
    "layout": "`if x: y` is two statements as when it stands on two lines; a line that ends in an operator goes on",
    "literals": "numbers are one another's like, and strings",
    "modifiers": "`public`, `static`, `final`, `const`, `let` and their like in front of a statement are no part of it",
    "operands": "`a.b != c` is `c != a.b`, `x > y` is `y < x`, and so with `&&`, `||`, `&`, `|`, `^` and `*`",
    "commas": "a comma in front of a closing bracket is no token at all",
}
"""What a form passes over, `commas` every view of code; each to be switched off when an index is built. What each gains and costs:
docs/matching.md."""

_JOINING = {"javascript", "typescript", "tsx", "go", "ruby", "kotlin", "swift", "scala"}
"""Languages in which a line ends a statement, unless an operator stands at its end."""

_LINES = {"python", "bash", *_JOINING}

_FIXED, _NUMBER, _STRING = 0, 2, 3
"""Token classes, as in csrc/include/simfilter/sf_rename.h."""

_BRACES_ARE_BRACKETS = {"python", "ruby", "sql"}
"""Languages whose braces hold no blocks of statements."""


@dataclass(frozen=True, slots=True, eq=False)
class Statements:
    """m statements: token ``first[m]`` and ``length[m]`` tokens of each, ascending, and ``hashes[m]`` of their forms.

    ``lexemes[n]`` and ``classes[n]`` are those the n tokens have in a form, a literal may stand for itself. When operands are put in
    ``order[n]``, these are of the token ``order[i]`` at each place i; None when all stand as they do in the text.
    """

    first: NDArray[np.uint32]
    length: NDArray[np.uint8]
    hashes: NDArray[np.uint32]
    lexemes: NDArray[np.uint32]
    classes: NDArray[np.uint8]
    order: NDArray[np.uint32] | None

    def __len__(self) -> int:
        return len(self.first)


def cut_statements(source: bytes, language: str, starts: NDArray[np.uint32], ends: NDArray[np.uint32], classes: NDArray[np.uint8],
                   lexemes: NDArray[np.uint32], key: bytes, normalize: Collection[str] = tuple(NORMALIZATIONS)) -> Statements:
    """The statements of n code tokens of ``source`` at bytes ``starts[n]`` to ``ends[n]``, by the NORMALIZATIONS named."""
    flags = (_core.STATEMENT_LINES if language in _LINES else 0) | (0 if language in _BRACES_ARE_BRACKETS else _core.STATEMENT_BRACES)
    if "modifiers" in normalize:
        flags |= _core.STATEMENT_MODIFIERS
    if "layout" in normalize:
        flags |= (_core.STATEMENT_JOINS if language in _JOINING else 0) | (_core.STATEMENT_COLONS if language == "python" else 0)
    formed = classes
    if "literals" not in normalize:
        formed = np.where((classes == _NUMBER) | (classes == _STRING), np.uint8(_FIXED), classes)
    count = len(starts)
    first, length, scratch = np.empty(count, np.uint32), np.empty(count, np.uint8), np.empty(count, np.uint8)
    count = _core.statement_cut(source, starts, ends, classes, flags, scratch, first, length)
    first, length = first[:count].copy(), length[:count].copy()
    order = None
    if "operands" in normalize:
        order, lexemes = operand_order(source, starts, ends, classes, lexemes, first, length, key)
        formed = formed[order]
    hashes = np.empty(count, np.uint32)
    _core.statement_hash(lexemes, formed, first, length, hashes)
    return Statements(first, length, hashes, lexemes, formed, order)


def operand_order(source: bytes, starts: NDArray[np.uint32], ends: NDArray[np.uint32], classes: NDArray[np.uint8],
                  lexemes: NDArray[np.uint32], first: NDArray[np.uint32], length: NDArray[np.uint8],
                  key: bytes) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """The token that stands at each of n places once the operands of each statement are in order, and its lexeme."""
    order, ordered = np.empty((2, len(starts)), np.uint32)
    _core.operand_order(source, starts, ends, classes, lexemes, first, length, *_less(key), order, ordered)
    return order, ordered


@cache
def _less(key: bytes) -> tuple[int, int]:
    """The symbols of `<` and `<=`."""
    symbols = np.empty(2, np.uint32)
    _core.symbol_hash_spans(b"<<=", np.array([0, 1], np.uint32), np.array([1, 3], np.uint32), key, symbols)
    less, at_most = symbols.tolist()
    return less, at_most


def pair_hashes(statements: Statements, a: NDArray[np.uint32], b: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The form of each statement ``a[i]`` and ``b[i]`` taken together: which names they share shows."""
    hashes = np.empty(len(a), np.uint32)
    _core.statement_pair(statements.lexemes, statements.classes, statements.first, statements.length, a, b, hashes)
    return hashes
