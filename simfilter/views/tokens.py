"""Token streams: what every view turns characters into, and the way back.

Knows arrays and offsets; how a view decides what a token is stands in the view's own file. Offsets inside are bytes of the UTF-8
form, because the core reads bytes; `Characters` turns them into characters of the caller's string.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simfilter.types import Span

PUBLIC_KEY = b"simfilter/public"
"""The 16-byte key of indices that are not secret."""

SEPARATOR = 0
"""The symbol that stands between documents; no token ever has it."""

Symbols = NDArray[np.uint32]
Offsets = NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """n tokens: ``symbols[n]``, and byte offsets ``starts[n]``, ``ends[n]`` of each, half-open, ascending."""

    symbols: Symbols
    starts: Offsets
    ends: Offsets

    def __len__(self) -> int:
        return len(self.symbols)


class Characters:
    """Byte offsets of a text's UTF-8 form -> characters of the text.

    >>> Characters("aé b", "aé b".encode()).span(3, 5)
    Span(start=2, end=4)
    """

    def __init__(self, text: str, data: bytes) -> None:
        self._data = data
        self._identity = len(data) == len(text)

    @cached_property
    def _before(self) -> NDArray[np.int64]:
        """Characters before each byte; counted when first asked for, since most texts hold no match."""
        leads = (np.frombuffer(self._data, np.uint8) & 0xC0) != 0x80
        return np.concatenate(([0], np.cumsum(leads, dtype=np.int64)))

    def at(self, byte: int) -> int:
        """The character that starts at, or holds, this byte offset."""
        return int(byte) if self._identity else int(self._before[byte])

    def all_at(self, offsets: Offsets) -> NDArray[np.int64]:
        """The same for many offsets."""
        found: NDArray[np.int64] = offsets.astype(np.int64) if self._identity else self._before[offsets]
        return found

    def bytes_before(self, characters: Sequence[int]) -> NDArray[np.int64]:
        """The byte offset each of these characters starts at."""
        wanted = np.array(characters, np.int64)
        return wanted if self._identity else np.searchsorted(self._before, wanted, side="right") - 1

    def span(self, start: int, end: int) -> Span:
        """The characters between two byte offsets that lie on character boundaries."""
        return Span(self.at(start), self.at(end))


def encode(text: str) -> bytes:
    """UTF-8 of ``text``; lone surrogates keep their three bytes, so that every character has an offset."""
    return text.encode("utf-8", "surrogatepass")
