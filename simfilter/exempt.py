"""Exemption: query tokens that anybody may repeat, because the user supplied them or they are boilerplate.

Two kinds. `Prompt` is exact: a stretch is exempt when the prompt holds the same tokens in a row, and it is told where. `Boilerplate` is a
set of k-grams: those of allow-listed texts, of the corpus's licence files, and of the licence texts known to the package. What is left of
a match must carry it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simfilter import _core
from simfilter.index.structure import KGRAM_LENGTH, any_hit, build_filter, kgram_hashes
from simfilter.match.found import Found, Stream, streams
from simfilter.types import Exempt, Span
from simfilter.views import read
from simfilter.views.tokens import PUBLIC_KEY, SEPARATOR

RUN = 6
"""k-grams in a row that must be known before their tokens are exempt: fewer are shared by chance, or are an error of the filter."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Exempt tokens ``start..end`` of a query's stream; ``source`` is the token of the prompt's stream that equals the first of them."""

    start: int
    end: int
    source: int = 0


class Exemption(Protocol):
    """Something that makes tokens exempt; ``reason`` says why."""

    @property
    def reason(self) -> str: ...

    def stretches(self, stream: Stream) -> list[Stretch]:
        """The exempt tokens of a stream, by start."""
        ...

    def place(self, stream: Stream, source: int, length: int) -> Span | None:
        """The characters of the prompt that hold ``length`` tokens from ``source`` on."""
        ...


class Prompt:
    """What the user supplied. Spans are characters of ``text``.

    >>> from simfilter.filter import Filter  # Filter.check(..., prompt=Prompt(text)): made once for many checks
    >>> Prompt("Please translate this.").reason
    'supplied by the prompt'
    """

    reason = "supplied by the prompt"

    def __init__(self, text: str) -> None:
        reading = read(text, key=PUBLIC_KEY)
        self._characters = reading.characters
        self._columns: dict[str, tuple[_core.Suffix, NDArray[np.uint32], NDArray[np.uint32]]] = {}
        found: dict[str, list[tuple[NDArray[np.uint32], ...]]] = {}
        for stream in streams(reading):
            found.setdefault(stream.structure, []).append((stream.symbols, stream.starts, stream.ends))
        divider = np.full(1, SEPARATOR, np.uint32)
        for name, pieces in found.items():
            symbols, starts, ends = (np.concatenate([part for piece in column for part in (piece, divider)])
                                     for column in zip(*pieces, strict=True))
            order = np.empty(len(symbols), np.int32)
            _core.suffix_build(symbols, order)
            self._columns[name] = _core.Suffix(symbols, order), starts, ends

    def stretches(self, stream: Stream) -> list[Stretch]:
        if stream.structure not in self._columns or not len(stream.symbols):
            return []
        query, length = np.empty((2, len(stream.symbols)), np.uint32)
        source = np.empty(len(stream.symbols), np.uint64)
        least = KGRAM_LENGTH[stream.structure] + RUN - 1
        suffixes = [self._columns[stream.structure][0]]
        count, _ = _core.suffix_mems(suffixes, np.zeros(1, np.uint64), stream.symbols, least, 1, query, source, length)
        return [Stretch(at, at + size, where) for at, size, where in
                zip(query[:count].tolist(), length[:count].tolist(), source[:count].tolist(), strict=True)]

    def place(self, stream: Stream, source: int, length: int) -> Span:
        _, starts, ends = self._columns[stream.structure]
        return self._characters.span(int(starts[source]), int(ends[source + length - 1]))


@dataclass(frozen=True, slots=True, eq=False)
class Boilerplate:
    """k-grams, in filters for each structure, that do not count."""

    reason: str
    filters: dict[str, list[_core.NgramFilter]]

    @classmethod
    def of_texts(cls, texts: Iterable[str], reason: str) -> Boilerplate:
        """Exempt what stands in ``texts``."""
        hashes: dict[str, list[NDArray[np.uint64]]] = {name: [] for name in KGRAM_LENGTH}
        for text in texts:
            for stream in streams(read(text, key=PUBLIC_KEY)):
                hashes[stream.structure].append(kgram_hashes(stream.symbols, KGRAM_LENGTH[stream.structure]))
        return cls(reason, {name: [_core.NgramFilter(build_filter(np.concatenate(found)))]
                            for name, found in hashes.items() if found})

    def stretches(self, stream: Stream) -> list[Stretch]:
        k = KGRAM_LENGTH[stream.structure]
        known = self.filters.get(stream.structure)
        if known is None or len(stream.symbols) < k:
            return []
        hits = any_hit(known, kgram_hashes(stream.symbols, k))
        if hits is None:
            return []
        edges = np.flatnonzero(np.diff(np.concatenate(([0], hits, [0])).astype(np.int8)))
        # A filter errs on one k-gram in a hundred, hardly ever on RUN in a row.
        return [Stretch(start, end + k - 1) for start, end in edges.reshape(-1, 2).tolist() if end - start >= RUN]

    def place(self, stream: Stream, source: int, length: int) -> None:
        return None


def supplied(prompt: str | Prompt | None) -> Prompt | None:
    """The prompt ready to be compared with; None when there is none."""
    return Prompt(prompt) if isinstance(prompt, str) and prompt else prompt or None


def exempted(found: Found, exemption: Exemption, stretches: list[Stretch]) -> tuple[NDArray[np.bool_], list[Exempt]]:
    """Which of a match's positions an exemption covers, and what to tell of it: no more than the equal tokens of the match."""
    positions, stream = found.positions, found.stream
    mask = np.zeros(len(positions), bool)
    told = []
    low, high = int(positions.min()), int(positions.max()) + 1
    for stretch in stretches:
        if stretch.end <= low or high <= stretch.start:
            continue
        inside = (positions >= stretch.start) & (positions < stretch.end)
        if not inside.any():
            continue
        mask |= inside
        first, last = int(positions[inside].min()), int(positions[inside].max())
        query = found.characters.span(int(stream.starts[first]), int(stream.ends[last]))
        prompt = exemption.place(stream, stretch.source + first - stretch.start, last + 1 - first)
        told.append(Exempt(query, int(inside.sum()), exemption.reason, prompt))
    return mask, told


@cache
def common_sequences() -> Boilerplate:
    """Counting, the alphabet, days and months: long, and nobody's."""
    text = files("simfilter").joinpath("data/sequences.txt").read_text("utf-8")
    return Boilerplate.of_texts(text.split("\n\n"), "boilerplate: a common sequence")


@cache
def known_licences() -> Boilerplate | None:
    """The k-grams of published licence texts, as made when the package was built; None when it was built without them."""
    path = files("simfilter").joinpath("data/licences.filter")
    if not path.is_file():
        return None
    packed = np.frombuffer(path.read_bytes(), np.uint8)
    return Boilerplate("boilerplate: a published licence", {"text": [_core.NgramFilter(packed)]})
