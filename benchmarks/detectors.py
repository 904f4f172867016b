"""Detectors the benchmarks compare: simfilter and simple peers, each a score a text gets against a fitted corpus.

The peers are the methods in use, written down plainly: MemFree's Bloom filter of word 10-grams (Ippolito et al. 2023), QUIP's share of
25-character grams (Weller et al. 2024), runs of exact tokens as in Copilot's filter, and runs of blind tokens (every name one placeholder)
as in Dolos and JPlag before their matching. A peer fires at the score that lets its stated share of innocent texts through.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from simfilter import Action, Document, Filter, build
from simfilter.views import read
from simfilter.views.code import FIXED, CodeTokens, code_tokens
from simfilter.views.tokens import PUBLIC_KEY


class Detector(Protocol):
    """``score`` is higher the more a text looks like a copy of what was fitted."""

    name: str

    def fit(self, documents: Sequence[Document]) -> None: ...

    def score(self, text: str) -> float: ...


class Simfilter:
    """At its default policy: 1 when it blocks, else 0."""

    name = "simfilter, defaults"

    def fit(self, documents: Sequence[Document]) -> None:
        self._folder = tempfile.TemporaryDirectory()
        build(documents, Path(self._folder.name) / "index")
        self.filter = Filter.open(Path(self._folder.name) / "index")

    def score(self, text: str) -> float:
        return float(self.filter.check(text).action is Action.BLOCK)


class Grams:
    """Membership of grams in a set of 64-bit hashes; what a Bloom filter answers, without its errors."""

    def fit(self, documents: Sequence[Document]) -> None:
        self.known = np.unique(np.array([hash(gram) for document in documents for gram in self.grams(document.text)], np.int64))

    def hits(self, text: str) -> np.ndarray:
        hashes = np.array([hash(gram) for gram in self.grams(text)], np.int64)
        return self.known[np.minimum(np.searchsorted(self.known, hashes), len(self.known) - 1)] == hashes

    def grams(self, text: str) -> Iterable[object]:
        raise NotImplementedError


class MemFree(Grams):
    """Number of word 10-grams that are known."""

    name = "MemFree: 10-grams of words"

    def grams(self, text: str) -> Iterable[object]:
        words = re.findall(r"\w+", text.lower())
        return (" ".join(words[at : at + 10]) for at in range(len(words) - 9))

    def score(self, text: str) -> float:
        return float(self.hits(text).sum())


class Quip(Grams):
    """Number of 25-character grams that are known, white space made one."""

    name = "QUIP: 25-grams of characters"

    def grams(self, text: str) -> Iterable[object]:
        text = " ".join(text.split())
        return (text[at : at + 25] for at in range(len(text) - 24))

    def score(self, text: str) -> float:
        return float(self.hits(text).sum())


class CodeRuns(Grams):
    """The longest run of known code tokens, told by k-grams of them: exact, or with every name and literal one placeholder."""

    def __init__(self, name: str, k: int, *, blind: bool) -> None:
        self.name, self._k, self._blind = name, k, blind

    def tokens(self, text: str) -> CodeTokens:
        return read(text).code[0].tokens if "```" in text else code_tokens(text.encode(), "python", key=PUBLIC_KEY)

    def grams(self, text: str) -> Iterable[object]:
        tokens = self.tokens(text)
        symbols = np.where(tokens.classes == FIXED, tokens.lexemes, tokens.classes) if self._blind else tokens.lexemes
        data = symbols.astype(np.uint32).tobytes()
        return (data[4 * at : 4 * (at + self._k)] for at in range(len(symbols) - self._k + 1))

    def score(self, text: str) -> float:
        longest = run = 0
        for hit in self.hits(text).tolist():
            run = run + 1 if hit else 0
            longest = max(longest, run)
        return float(longest + self._k - 1 if longest else 0)


def threshold(innocent: Sequence[float], share: float) -> float:
    """The least score that at most ``share`` of the innocent texts reach."""
    ordered = np.sort(np.asarray(innocent))[::-1]
    return float(np.nextafter(ordered[int(share * len(ordered))], np.inf))
