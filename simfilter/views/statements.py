"""Statements: code tokens cut where something may be put in, left out or moved, each known by its form.

The form of a statement is its tokens with names numbered within it and literals made alike, so it is the same whatever stands around it
and whatever its names are. Braces, semicolons, line breaks and modifiers (`const`, `static`, `public`) are no part of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simfilter import _core

_JOINING = {"javascript", "typescript", "tsx", "go", "ruby", "kotlin", "swift", "scala"}
"""Languages in which a line ends a statement, unless an operator stands at its end."""

_LINES = {"python", "bash", *_JOINING}

_BRACES_ARE_BRACKETS = {"python", "ruby", "sql"}
"""Languages whose braces hold no blocks of statements."""


@dataclass(frozen=True, slots=True, eq=False)
class Statements:
    """m statements: token ``first[m]`` and ``length[m]`` tokens of each, ascending, and ``hashes[m]`` of their forms."""

    first: NDArray[np.uint32]
    length: NDArray[np.uint8]
    hashes: NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.first)


def cut_statements(source: bytes, language: str, starts: NDArray[np.uint32], ends: NDArray[np.uint32], classes: NDArray[np.uint8],
                   lexemes: NDArray[np.uint32]) -> Statements:
    """The statements of n code tokens of ``source`` at bytes ``starts[n]`` to ``ends[n]``."""
    flags = (_core.STATEMENT_MODIFIERS | (_core.STATEMENT_LINES if language in _LINES else 0)
             | (_core.STATEMENT_JOINS if language in _JOINING else 0) | (_core.STATEMENT_COLONS if language == "python" else 0)
             | (0 if language in _BRACES_ARE_BRACKETS else _core.STATEMENT_BRACES))
    count = len(starts)
    first, length, scratch = np.empty(count, np.uint32), np.empty(count, np.uint8), np.empty(count, np.uint8)
    count = _core.statement_cut(source, starts, ends, classes, flags, scratch, first, length)
    first, length = first[:count].copy(), length[:count].copy()
    hashes = np.empty(count, np.uint32)
    _core.statement_hash(lexemes, classes, first, length, hashes)
    return Statements(first, length, hashes)


def pair_hashes(lexemes: NDArray[np.uint32], classes: NDArray[np.uint8], statements: Statements, a: NDArray[np.uint32],
                b: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The form of each statement ``a[i]`` and ``b[i]`` taken together: which names they share shows."""
    hashes = np.empty(len(a), np.uint32)
    _core.statement_pair(lexemes, classes, statements.first, statements.length, a, b, hashes)
    return hashes
