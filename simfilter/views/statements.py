"""Statements: code tokens cut where something may be put in, left out or moved, each known by its form.

The form of a statement is its tokens with names numbered within it and literals made alike, so it is the same whatever stands around it
and whatever its names are. Braces, semicolons, line breaks and modifiers (`const`, `static`, `public`) are no part of it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simfilter import _core

NORMALIZATIONS = {
    "layout": "`if x: y` is two statements as when it stands on two lines; a line that ends in an operator goes on",
    "literals": "numbers are one another's like, and strings",
    "modifiers": "`public`, `static`, `final`, `const`, `let` and their like in front of a statement are no part of it",
}
"""What a form passes over, each to be switched off when an index is built. What each gains and costs: docs/matching.md."""

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

    ``classes[n]`` are those the n tokens have in a form: a literal may stand for itself.
    """

    first: NDArray[np.uint32]
    length: NDArray[np.uint8]
    hashes: NDArray[np.uint32]
    classes: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.first)


def cut_statements(source: bytes, language: str, starts: NDArray[np.uint32], ends: NDArray[np.uint32], classes: NDArray[np.uint8],
                   lexemes: NDArray[np.uint32], normalize: Collection[str] = tuple(NORMALIZATIONS)) -> Statements:
    """The statements of n code tokens of ``source`` at bytes ``starts[n]`` to ``ends[n]``, by the NORMALIZATIONS named."""
    flags = (_core.STATEMENT_LINES if language in _LINES else 0) | (0 if language in _BRACES_ARE_BRACKETS else _core.STATEMENT_BRACES)
    if "modifiers" in normalize:
        flags |= _core.STATEMENT_MODIFIERS
    if "layout" in normalize:
        flags |= (_core.STATEMENT_JOINS if language in _JOINING else 0) | (_core.STATEMENT_COLONS if language == "python" else 0)
    if "literals" not in normalize:
        classes = np.where((classes == _NUMBER) | (classes == _STRING), np.uint8(_FIXED), classes)
    count = len(starts)
    first, length, scratch = np.empty(count, np.uint32), np.empty(count, np.uint8), np.empty(count, np.uint8)
    count = _core.statement_cut(source, starts, ends, classes, flags, scratch, first, length)
    first, length = first[:count].copy(), length[:count].copy()
    hashes = np.empty(count, np.uint32)
    _core.statement_hash(lexemes, classes, first, length, hashes)
    return Statements(first, length, hashes, classes)


def pair_hashes(lexemes: NDArray[np.uint32], statements: Statements, a: NDArray[np.uint32],
                b: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The form of each statement ``a[i]`` and ``b[i]`` taken together: which names they share shows."""
    hashes = np.empty(len(a), np.uint32)
    _core.statement_pair(lexemes, statements.classes, statements.first, statements.length, a, b, hashes)
    return hashes
