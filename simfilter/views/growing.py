"""The words of a text that grows: each read once, and a few at the end again.

The core tells how many of the words so far stay whatever follows (sf_text_tokenize_growing); only what lies behind them is read again
when more text comes, so that n words in any number of pieces cost O(n).
"""

from __future__ import annotations

from copy import copy
from typing import Self

import numpy as np

from simfilter import _core
from simfilter.views.tokens import PUBLIC_KEY, Tokens

STRIDE = 32
"""Words between two places kept to return to."""


class GrowingWords:
    """A text and its word tokens; whatever the pieces it came in, the tokens are those of `text.tokenize` over the whole.

    >>> words = GrowingWords()
    >>> words.append("It is a tru".encode()), words.append(b"th, UNIVERSALLY acknowledged"), words.count
    (0, 0, 6)
    """

    def __init__(self, key: bytes = PUBLIC_KEY) -> None:
        self.data = bytearray()
        self.count = 0
        self._key = key
        self._columns = np.empty((3, 256), np.uint32)
        self._places = [(0, 0)]
        """(token, byte) from which the text can be read again by itself, ascending; the last is where reading goes on."""

    def append(self, piece: bytes) -> int:
        """Take whole characters in UTF-8; the first token that may differ from what it was."""
        self.data += piece
        first, begin = self._places[-1]
        tail = self.data[begin:]
        last = first + len(tail) + 1
        if last > self._columns.shape[1]:
            wider = np.empty((3, 2 * last), np.uint32)
            wider[:, : self.count] = self._columns[:, : self.count]
            self._columns = wider
        rows = self._columns[:, first:last]
        found, fixed = _core.text_tokenize_growing(tail, self._key, rows[0], rows[1], rows[2])
        if begin:
            rows[1:, :found] += np.uint32(begin)
        self.count = first + found
        if fixed:
            if len(self._places) > 1 and first - self._places[-2][0] < STRIDE:
                self._places.pop()
            self._places.append((first + fixed, int(rows[1, fixed])))
        return first

    def cut(self, size: int) -> int:
        """Keep the first ``size`` bytes, which end with a whole character; the first token that may differ from what it was."""
        while len(self._places) > 1 and not (self._places[-1][0] + 3 < self.count and self._columns[1, self._places[-1][0] + 3] < size):
            self._places.pop()
        del self.data[size:]
        return self.append(b"")

    @property
    def symbols(self) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
        return self._columns[0, : self.count]

    @property
    def starts(self) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
        return self._columns[1, : self.count]

    @property
    def ends(self) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
        return self._columns[2, : self.count]

    def tail(self, first: int) -> tuple[bytes, Tokens]:
        """The text from token ``first`` on (all of it for 0), and its tokens, with offsets in that piece."""
        begin = int(self.starts[first]) if 0 < first < self.count else 0
        first = first if begin else 0
        return bytes(self.data[begin:]), Tokens(self.symbols[first:].copy(), self.starts[first:] - np.uint32(begin),
                                                self.ends[first:] - np.uint32(begin))

    def copy(self) -> Self:
        """An independent copy."""
        other = copy(self)
        other.data = bytearray(self.data)
        other._columns = self._columns[:, : self.count + 256].copy()
        other._places = list(self._places)
        return other
