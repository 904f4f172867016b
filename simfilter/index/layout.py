"""Compact stores of a segment: token positions and compressed source text.

Positions cost two bytes a token: the gap to the previous token and the token's length, with an absolute checkpoint every
`STRIDE` tokens and a list of exceptions for what does not fit a byte. The text is kept in zlib blocks cut at character
boundaries. Both are read through plain arrays, so that they work from a memory map. All positions are absolute: bytes (or
characters) of all documents' texts written one after the other.
"""

from __future__ import annotations

import mmap
import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simfilter._core import POSITION_STRIDE
from simfilter.errors import IndexDamagedError

STRIDE = POSITION_STRIDE
ESCAPE = 255
LEVEL = 4
"""Of zlib: 89 MB/s for .27 of the size on CPython's library, where 6 makes 47 MB/s and .26."""

BLOCK = 1 << 14
"""Bytes of text in a block: each one a match touches is unpacked, in 54 µs; 64 KiB would save 2 % of the text and take 200 µs."""

Bytes = NDArray[np.uint8]
Positions = NDArray[np.uint64]


CHUNK = 1 << 21


class Column:
    """Numbers of one type that come piece by piece, in chunks of CHUNK bytes mapped each by itself: what is let go of is the system's again
    at once, which memory of the heap is not."""

    def __init__(self, kind: type[np.generic]) -> None:
        self._kind = np.dtype(kind)
        self._chunks: list[NDArray[Any]] = []
        self._room = 0
        """Numbers that still fit the last chunk."""

    def __len__(self) -> int:
        return sum(map(len, self._chunks)) - self._room

    def add(self, values: NDArray[Any]) -> None:
        """Append ``values[n]``."""
        while len(values):
            if not self._room:
                memory = mmap.mmap(-1, CHUNK, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
                self._chunks.append(np.frombuffer(memory, self._kind))
                self._room = len(self._chunks[-1])
            chunk, size = self._chunks[-1], min(self._room, len(values))
            chunk[len(chunk) - self._room :][:size] = values[:size]
            values, self._room = values[size:], self._room - size

    def taken(self) -> Iterator[NDArray[Any]]:
        """The numbers chunk by chunk, each let go of before the next is asked for; none is left."""
        chunks, room = self._chunks[::-1], self._room
        self._chunks, self._room = [], 0
        while chunks:
            chunk = chunks.pop()
            yield chunk if chunks else chunk[: len(chunk) - room]

    def joined(self) -> NDArray[Any]:
        """All numbers as one array; none is left here."""
        whole, at = np.empty(len(self), self._kind), 0
        for chunk in self.taken():
            whole[at : at + len(chunk)] = chunk
            at += len(chunk)
        return whole


class PositionWriter:
    """Packs the positions of tokens as they come, so that three bytes a token stand in memory."""

    def __init__(self) -> None:
        self.columns = {"gaps": Column(np.uint8), "lengths": Column(np.uint8), "checkpoints": Column(np.uint64),
                        "exceptions": Column(np.uint64)}
        self._count = self._end = 0

    def add(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> None:
        """Append tokens at absolute bytes ``starts[n]``, ``ends[n]``."""
        if not len(starts):
            return
        gaps = starts - np.concatenate(([self._end], ends[:-1]))
        first = -self._count % STRIDE
        gaps[first::STRIDE] = 0
        lengths = ends - starts
        odd = np.flatnonzero((gaps < 0) | (gaps >= ESCAPE) | (lengths >= ESCAPE))
        exceptions = np.stack([odd + self._count, starts[odd], ends[odd]], axis=1).astype(np.uint64)
        gaps[odd] = lengths[odd] = ESCAPE
        checkpoints = starts[first::STRIDE].astype(np.uint64)
        for column, values in zip(self.columns.values(), (gaps, lengths, checkpoints, exceptions.reshape(-1)), strict=True):
            column.add(values)
        self._count, self._end = self._count + len(starts), int(ends[-1])


class TextWriter:
    """Collects documents' texts into compressed blocks."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._bytes = self._characters = self._stored = 0
        self.byte_starts: list[int] = []
        self.character_starts: list[int] = []
        self.offsets: list[int] = [0]
        self.blocks = Column(np.uint8)

    def add(self, data: bytes) -> None:
        """Append one document's UTF-8."""
        self._pending += data
        while len(self._pending) >= 2 * BLOCK:
            self._flush(BLOCK)

    def finish(self) -> None:
        """Write out what is pending."""
        while self._pending:
            self._flush(min(BLOCK, len(self._pending)))

    def _flush(self, size: int) -> None:
        while size < len(self._pending) and self._pending[size] & 0xC0 == 0x80:
            size += 1
        piece = bytes(self._pending[:size])
        del self._pending[:size]
        packed = zlib.compress(piece, LEVEL)
        self.byte_starts.append(self._bytes)
        self.character_starts.append(self._characters)
        self._bytes += size
        self._characters += character_count(piece)
        self._stored += len(packed)
        self.offsets.append(self._stored)
        self.blocks.add(np.frombuffer(packed, np.uint8))


class TextReader:
    """Random access to the texts a `TextWriter` wrote."""

    def __init__(self, blocks: memoryview, offsets: Positions, byte_starts: Positions, character_starts: Positions) -> None:
        sound = ascends(offsets, len(blocks)) and len(offsets) - 1 == len(byte_starts) == len(character_starts)
        if not sound or not all(len(starts) == 0 or ascends(starts) for starts in (byte_starts, character_starts)):
            raise IndexDamagedError("the blocks of the source text do not follow each other")
        self._blocks, self._offsets = blocks, offsets
        self._byte_starts, self._character_starts = byte_starts, character_starts
        self._block = lru_cache(maxsize=64)(self._unpack)

    def read(self, start: int, end: int) -> bytes:
        """The bytes ``start..end``, absolute."""
        return b"".join(piece for _, piece in self._pieces(start, end))

    def characters_before(self, position: int) -> int:
        """Characters that begin before the absolute byte ``position``."""
        if not len(self._byte_starts):
            return 0
        block = self._holding(position)
        inside = position - int(self._byte_starts[block])
        return int(self._character_starts[block]) + character_count(self._block(block)[:inside])

    def _pieces(self, start: int, end: int) -> Iterator[tuple[int, bytes]]:
        if start >= end:
            return
        block = self._holding(start)
        while block < len(self._byte_starts) and int(self._byte_starts[block]) < end:
            base = int(self._byte_starts[block])
            yield block, self._block(block)[max(0, start - base) : end - base]
            block += 1

    def _holding(self, position: int) -> int:  # a number of another type would have them all converted
        return max(0, int(self._byte_starts.searchsorted(np.uint64(position), side="right")) - 1)

    def _unpack(self, block: int) -> bytes:
        unpacker = zlib.decompressobj()
        try:
            data = unpacker.decompress(self._blocks[int(self._offsets[block]) : int(self._offsets[block + 1])], 2 * BLOCK)
        except zlib.error as error:
            raise IndexDamagedError(f"source text block {block} does not unpack: {error}") from None
        stated = self._byte_starts[block + 1] - self._byte_starts[block] if block + 1 < len(self._byte_starts) else len(data)
        if not unpacker.eof or len(data) != stated:
            raise IndexDamagedError(f"source text block {block} has not the size stated")
        return data


def ascends(values: NDArray[np.uint64], last: int | None = None) -> bool:
    """Whether these are bounds of consecutive pieces: from 0 upwards, to ``last`` if given."""
    return bool(len(values) and values[0] == 0 and (values[1:] >= values[:-1]).all() and (last is None or values[-1] == last))


def character_count(data: bytes) -> int:
    """Characters in UTF-8 ``data`` that starts on a character boundary."""
    return int(np.count_nonzero((np.frombuffer(data, np.uint8) & 0xC0) != 0x80))
