"""Source: the tokens of protected code as they stand in the stored text, or with the operands of its statements in order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simfilter import _core
from simfilter.index.union import Segments
from simfilter.views.code import FIXED, IDENTIFIER, NUMBER, STRING, literal_symbols
from simfilter.views.tokens import SEPARATOR

NOTHING = 255
"""Class of a separator, which equals nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class SourceTokens:
    """n tokens of code: bytes ``starts[n]`` to ``ends[n]`` of ``text``, ``classes[n]``, and ``lexemes[n]``."""

    text: bytes
    starts: NDArray[np.uint32]
    ends: NDArray[np.uint32]
    classes: NDArray[np.uint8]
    lexemes: NDArray[np.uint32]
    moved: NDArray[np.int64]
    """By how many places each token stands before where it does in the text."""

    def ordered(self, order: NDArray[np.uint32], lexemes: NDArray[np.uint32]) -> SourceTokens:
        """With token ``order[i]`` at place i, known by ``lexemes[i]``."""
        return SourceTokens(self.text, self.starts[order], self.ends[order], self.classes[order], lexemes,
                            order.astype(np.int64) - np.arange(len(order)))


def as_they_stand(text: bytes, starts: NDArray[np.uint32], ends: NDArray[np.uint32], classes: NDArray[np.uint8],
                  lexemes: NDArray[np.uint32]) -> SourceTokens:
    """Tokens none of which was moved."""
    return SourceTokens(text, starts, ends, classes, lexemes, np.zeros(len(starts), np.int64))


def source_tokens(segments: Segments, low: int, high: int, key: bytes) -> SourceTokens:
    """Tokens ``low`` to ``high``, at least one, of the structure `code`."""
    structure = segments.structures["code"]
    starts, ends = structure.positions(low, high)
    base = int(starts[0])
    text = segments.read(base, int(ends[-1]))
    local_starts, local_ends = (starts - base).astype(np.uint32), (ends - base).astype(np.uint32)
    symbols = structure.symbols(low, high)
    lexemes = np.empty(len(symbols), np.uint32)
    _core.symbol_hash_spans(text, local_starts, local_ends, key, lexemes)
    # Classes are told from what abstraction made of the tokens.
    number, string = literal_symbols(key)
    classes = np.full(len(symbols), IDENTIFIER, np.uint8)
    classes[symbols == lexemes] = FIXED
    classes[symbols == number] = NUMBER
    classes[symbols == string] = STRING
    classes[symbols == SEPARATOR] = NOTHING
    return as_they_stand(text, local_starts, local_ends, classes, lexemes)
