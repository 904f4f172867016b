"""Documents as token streams and sets of shingles, many at a time: what every level works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simfilter import _core
from simfilter.dedup.parameters import Unit
from simfilter.errors import CapacityError, GrammarError, ParameterError
from simfilter.views.code import code_tokens
from simfilter.views.languages import language_of_name, language_of_path
from simfilter.views.text import tokenize
from simfilter.views.tokens import PUBLIC_KEY, encode

KGRAM_SEED = 0


@dataclass(frozen=True, slots=True, eq=False)
class TokenStreams:
    """d documents: ``symbols[offsets[i]:offsets[i + 1]]`` are the tokens of document i."""

    symbols: NDArray[np.uint32]
    offsets: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def sign(self, shingle: int, values: int, seed: int) -> NDArray[np.uint32]:
        """MinHash signatures [d, values] over shingles of so many tokens."""
        signatures = np.empty((len(self), values), np.uint32)
        _core.shingle_sign(self.symbols, self.offsets, shingle, KGRAM_SEED, seed, signatures)
        return signatures

    def sets(self, shingle: int) -> ShingleSets:
        """The sets of shingles of so many tokens."""
        hashes = np.empty(len(self.symbols), np.uint64)
        offsets = np.empty(len(self.offsets), np.uint64)
        _core.shingle_sets(self.symbols, self.offsets, shingle, KGRAM_SEED, hashes, offsets)
        return ShingleSets(hashes[: int(offsets[-1])], offsets)


@dataclass(frozen=True, slots=True, eq=False)
class ShingleSets:
    """d sets of hashes, ``hashes[offsets[i]:offsets[i + 1]]`` each, ascending."""

    hashes: NDArray[np.uint64]
    offsets: NDArray[np.uint64]

    @property
    def sizes(self) -> NDArray[np.int64]:
        offsets = self.offsets.astype(np.int64)
        return offsets[1:] - offsets[:-1]

    def common(self, left: NDArray[np.uint32], right: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """How many members the sets ``left[i]`` and ``right[i]`` share."""
        found = np.empty(len(left), np.uint32)
        _core.shingle_pairs(self.hashes, self.offsets, np.ascontiguousarray(left), np.ascontiguousarray(right), found)
        return found

    def similarity(self, left: NDArray[np.uint32], right: NDArray[np.uint32], *, containment: bool = False) -> NDArray[np.float64]:
        """Exact Jaccard index, or share of the smaller set that the larger holds; two empty sets have 0."""
        common = self.common(left, right).astype(np.float64)
        a, b = ((self.offsets[side + 1] - self.offsets[side]).astype(np.float64) for side in (left, right))
        found: NDArray[np.float64] = common / np.maximum(1, np.minimum(a, b) if containment else a + b - common)
        return found


def words(data: bytes, offsets: NDArray[np.uint64]) -> TokenStreams:
    """The words of UTF-8 texts ``data[offsets[i]:offsets[i + 1]]`` under the text view."""
    symbols = np.empty(len(data), np.uint32)
    token_offsets = np.empty(len(offsets), np.uint64)
    _core.shingle_tokenize(data, offsets, PUBLIC_KEY, symbols, token_offsets)
    return TokenStreams(symbols[: int(token_offsets[-1])], token_offsets)


def renamed(data: bytes, offsets: NDArray[np.uint64], languages: Sequence[str | None]) -> TokenStreams:
    """The tokens of code with its names abstracted; texts of no language, or that no grammar reads, as words."""
    bounds = offsets.tolist()
    streams = [_symbols(data[a:b], language) for a, b, language in zip(bounds[:-1], bounds[1:], languages, strict=True)]
    token_offsets = np.zeros(len(offsets), np.uint64)
    np.cumsum([len(stream) for stream in streams], out=token_offsets[1:])
    return TokenStreams(np.concatenate(streams) if streams else np.empty(0, np.uint32), token_offsets)


def _symbols(data: bytes, language: str | None) -> NDArray[np.uint32]:
    if language is not None:
        try:
            return code_tokens(data, language, key=PUBLIC_KEY).renamed
        except (GrammarError, CapacityError):
            pass
    return tokenize(data).symbols


def places(text: str, language: str | None, unit: Unit = Unit.TOKENS) -> tuple[bytes, NDArray[Any], NDArray[Any]]:
    """UTF-8 of a text and where each token of it begins and ends, in bytes, as `words` or `renamed` count them.

    With `Unit.BYTES` where the first character begins that is wholly at or behind each byte, and the last one ends that is wholly before
    the next: what lies between two such places is text.
    """
    data = encode(text)
    if unit is Unit.BYTES:
        begins = np.append((np.frombuffer(data, np.uint8) & 0xC0) != 0x80, True)
        edges = np.flatnonzero(begins)
        after, upto = np.searchsorted(edges, np.arange(len(data))), np.searchsorted(edges, np.arange(1, len(data) + 1), side="right") - 1
        return data, edges[after], edges[upto]
    if language is not None:
        try:
            code = code_tokens(data, language, key=PUBLIC_KEY)
            return data, code.starts, code.ends
        except (GrammarError, CapacityError):
            pass
    tokens = tokenize(data)
    return data, tokens.starts, tokens.ends


def language_of(name: object) -> str | None:
    """The grammar for a language's name or a file's extension; None when there is none."""
    if not isinstance(name, str) or not name:
        return None
    return language_of_path("file" + name) if name.startswith(".") else language_of_name(name)


def checked_language(name: str) -> str:
    """The grammar of that name. Raises ParameterError when there is none."""
    found = language_of_name(name)
    if found is None:
        raise ParameterError(f"unknown language {name!r}; column:NAME takes it from a column, extension from the file's name")
    return found
