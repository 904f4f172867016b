"""Detectors: simfilter and its peers, each a score (or several) a text gets against a fitted corpus, and the spans it blames.

The peers are the real packages where there is one (copydetect, SCANOSS's winnowing, datasketch) and the plain method where there is a
paper: MemFree's Bloom filter of word 10-grams (Ippolito et al. 2023), QUIP's 25-character grams (Weller et al. 2024), runs of exact tokens
as in Copilot's filter, runs of blind tokens as in Dolos and JPlag before their matching. A peer that compares pairs is given every source
through an inverted index over its own fingerprints, and the best source counts (copydetect: of the three that share most). Peers get code
without the fence around it, simfilter gets the answer as a model would write it.
"""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
import xxhash

from benchmarks.quality.corpora import Corpus, Text
from simfilter import Action, Document, Filter, Span, Verdict, build
from simfilter.views.code import FIXED, code_tokens
from simfilter.views.tokens import PUBLIC_KEY, Characters, encode

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One score for each of the detector's ``names``, the higher the more a text looks like a copy; 0: nothing found.

    ``spans`` are the characters blamed and the document they come from (None: the method cannot tell); None where it has no spans.
    """

    scores: tuple[float, ...]
    spans: tuple[tuple[Span, str | None], ...] | None = None


class Detector(Protocol):
    """``names`` of its scores; ``fixed`` are the operating points of its own (score name: least score), all others get thresholds."""

    names: tuple[str, ...]
    fixed: dict[str, float]

    def fit(self, documents: Sequence[Document]) -> None: ...

    def judge(self, text: Text) -> Judgement: ...


class Simfilter:
    """At its default policy (1 when it blocks), and by the strength of its strongest match, set aside or not."""

    names = ("simfilter, default", "simfilter, strength")
    fixed: ClassVar[dict[str, float]] = {"simfilter, default": 1.0}

    def fit(self, documents: Sequence[Document]) -> None:
        self._folder = tempfile.TemporaryDirectory()
        build(documents, Path(self._folder.name) / "index")
        self.filter = Filter.open(Path(self._folder.name) / "index")

    def judge(self, text: Text) -> Judgement:
        verdict: Verdict = self.filter.check(text.answer)
        every = [*verdict.matches, *(aside.match for aside in verdict.set_aside)]
        strength = max(map(self.filter.policy.strength, every), default=0.0)
        return Judgement((float(verdict.action is Action.BLOCK), strength),
                         tuple((match.query, match.provenance.document) for match in verdict.matches if match.action is Action.BLOCK))


class Grams:
    """Membership of grams in a set of 64-bit hashes: what a Bloom filter answers, without its errors. The score counts known grams."""

    names: tuple[str, ...]
    fixed: ClassVar[dict[str, float]] = {}

    def fit(self, documents: Sequence[Document]) -> None:
        self.known = np.unique(np.concatenate([self._hashes(document.text, document.language)[0] for document in documents]))

    def hits(self, text: Text) -> tuple[Array, Array]:
        """Which grams are known, and the character spans [n, 2] of all."""
        hashes, spans = self._hashes(text.body, text.language)
        return known(hashes, self.known), spans

    def judge(self, text: Text) -> Judgement:
        hit, spans = self.hits(text)
        return Judgement((float(hit.sum()),), tuple((span, None) for span in joined(spans[hit])))

    def _hashes(self, text: str, language: str | None) -> tuple[Array, Array]:
        grams, starts, ends = self.grams(text, language)
        hashes = np.fromiter(map(hash, grams), np.int64)
        return hashes, np.stack([starts[: len(hashes)], ends[len(ends) - len(hashes) :]], 1)

    def grams(self, text: str, language: str | None) -> tuple[Iterable[object], Array, Array]:
        """The grams in order, and where each of their units starts and ends."""
        raise NotImplementedError


class MemFree(Grams):
    """Word 10-grams, lower case."""

    names = ("MemFree, 10 words",)

    def grams(self, text: str, language: str | None) -> tuple[Iterable[object], Array, Array]:
        found = list(re.finditer(r"\w+", text))
        words = [word[0].lower() for word in found]
        return ((" ".join(words[at : at + 10]) for at in range(len(words) - 9)),
                np.array([word.start() for word in found], np.int64), np.array([word.end() for word in found], np.int64))


class Quip(Grams):
    """Grams of 25 characters, white space made one."""

    names = ("QUIP, 25 characters",)

    def grams(self, text: str, language: str | None) -> tuple[Iterable[object], Array, Array]:
        kept = np.array([found.start() for found in re.finditer(r"\S|(?<=\S)\s", text)], np.int64)
        flat = " ".join(text.split()) + " " * text[-1:].isspace()
        flat = flat if len(flat) == len(kept) else " " + flat
        return (flat[at : at + 25] for at in range(len(flat) - 24)), kept, kept + 1


class CodeRuns(Grams):
    """The longest run of known code tokens, told by grams of ``k``: exact, or with every name and literal one placeholder."""

    def __init__(self, name: str, k: int, *, blind: bool) -> None:
        self.names, self._k, self._blind = (name,), k, blind

    def grams(self, text: str, language: str | None) -> tuple[Iterable[object], Array, Array]:
        symbols, starts, ends = code_symbols(text, language or "python", blind=self._blind)
        data = symbols.astype(np.uint32).tobytes()
        return (data[4 * at : 4 * (at + self._k)] for at in range(len(symbols) - self._k + 1)), starts, ends

    def judge(self, text: Text) -> Judgement:
        hit, spans = self.hits(text)
        longest = run = 0
        for found in hit.tolist():
            run = run + 1 if found else 0
            longest = max(longest, run)
        return Judgement((float(longest + self._k - 1 if longest else 0),), tuple((span, None) for span in joined(spans[hit])))


class Copydetect:
    """copydetect at its default thresholds: its similarity (share of the text's tokens), and the overlap's length in characters it keeps.

    Code is filtered by Pygments as copydetect does; prose is left unfiltered. Its spans stand for the source with the highest similarity.
    """

    names = ("copydetect, share", "copydetect, length")
    fixed: ClassVar[dict[str, float]] = {}
    CANDIDATES = 3

    def fit(self, documents: Sequence[Document]) -> None:
        self._names = [document.id for document in documents]
        self._sets = []
        for document in documents:
            found = self._fingerprint(document.text, document.language)
            self._sets.append(np.sort(np.fromiter(found.hashes, np.int64, len(found.hashes))))
        self._postings = Postings(self._sets)

    def judge(self, text: Text) -> Judgement:
        from copydetect.utils import find_fingerprint_overlap, get_copied_slices

        mine = self._fingerprint(text.body, text.language)
        hashes = np.fromiter(mine.hashes, np.int64, len(mine.hashes))
        best, length, spans = 0.0, 0.0, ()
        for source in self._postings.most(hashes, self.CANDIDATES):
            shared = set(hashes[known(hashes, self._sets[source])].tolist())
            places, _ = find_fingerprint_overlap(mine.hashes, shared, mine.hash_idx, mine.hash_idx)
            slices = get_copied_slices(places, mine.k)
            overlap = float(np.sum(slices[1] - slices[0]))
            length = max(length, overlap)
            if overlap / mine.token_coverage > best:
                best = overlap / mine.token_coverage
                spans = tuple((Span(int(a), int(b)), self._names[source]) for a, b in slices.T) if text.language is None else ()
        return Judgement((best, length), spans if text.language is None else None)

    def _fingerprint(self, text: str, language: str | None) -> Any:
        from copydetect import CodeFingerprint, defaults

        k, guarantee = defaults.NOISE_THRESHOLD, defaults.GUARANTEE_THRESHOLD
        return CodeFingerprint("", k, guarantee - k + 1, filter=language is not None, language=language, fp=io.StringIO(text))


class Scanoss:
    """Fingerprints of SCANOSS's winnowing (the compiled one, same values) that the text shares with its best source."""

    names = ("SCANOSS",)
    fixed: ClassVar[dict[str, float]] = {}

    def fit(self, documents: Sequence[Document]) -> None:
        self._postings = Postings([self._prints(document.text) for document in documents])

    def judge(self, text: Text) -> Judgement:
        counts = self._postings.shared(self._prints(text.body))
        return Judgement((float(counts.max(initial=0)),))

    def _prints(self, text: str) -> Array:
        from scanoss_winnowing.winnowing import Winnowing

        wfp = Winnowing(all_extensions=True, quiet=True).wfp_for_contents("text", False, text.encode())
        return np.unique(np.array([int(value, 16) for line in wfp.splitlines() if line.partition("=")[0].isdigit()
                                   for value in line.partition("=")[2].split(",")], np.int64))


class MinHash:
    """datasketch's signatures of 128 values over shingles of 5; the score is the highest estimated Jaccard index.

    Prose is indexed, and judged, in passages of 100 words, one every 50, so that both sides are of one size; code by whole functions, token
    by token, exact or blind. Every signature is compared with every other: an LSH index could at best find as many.
    """

    fixed: ClassVar[dict[str, float]] = {}
    SHINGLE, WORDS, VALUES = 5, 100, 128

    def __init__(self, name: str = "MinHash, words", *, blind: bool = False) -> None:
        self.names, self._blind = (name,), blind

    def fit(self, documents: Sequence[Document]) -> None:
        found = [(document.id, passage) for document in documents for passage in self._passages(document.text, document.language)]
        self._names = [name for name, _ in found]
        self._signatures = np.array([self._sign(passage) for _, passage in found])

    def judge(self, text: Text) -> Judgement:
        return Judgement((max(float((self._signatures == self._sign(passage)).sum(1).max()) / self.VALUES
                              for passage in self._passages(text.body, text.language)),))

    def _passages(self, text: str, language: str | None) -> Iterator[list[bytes]]:
        if language is not None:
            symbols, _, _ = code_symbols(text, language, blind=self._blind)
            yield [symbol.tobytes() for symbol in symbols]
            return
        words = [word.encode() for word in re.findall(r"\w+", text.lower())]
        for at in range(0, max(1, len(words) - self.WORDS // 2), self.WORDS // 2):
            yield words[at : at + self.WORDS]

    def _sign(self, tokens: list[bytes]) -> Array:
        from datasketch import MinHash as Sketch

        sketch = Sketch(self.VALUES, hashfunc=xxhash.xxh32_intdigest)
        sketch.update_batch({b" ".join(tokens[at : at + self.SHINGLE]) for at in range(max(1, len(tokens) - self.SHINGLE + 1))})
        return sketch.hashvalues


def known(values: Array, among: Array) -> Array:
    """Which of ``values`` stand in the sorted ``among``."""
    return among[np.minimum(np.searchsorted(among, values), len(among) - 1)] == values


class Postings:
    """Which documents hold a hash: ``hashes`` of each document, without repetition."""

    def __init__(self, hashes: Sequence[Array]) -> None:
        every = np.concatenate(hashes)
        owners = np.repeat(np.arange(len(hashes), dtype=np.int32), [len(found) for found in hashes])
        order = np.argsort(every, kind="stable")
        self._hashes, self._owners, self._count = every[order], owners[order], len(hashes)

    def shared(self, hashes: Array) -> Array:
        """How many of ``hashes`` each document holds."""
        first, last = np.searchsorted(self._hashes, hashes, "left"), np.searchsorted(self._hashes, hashes, "right")
        owners = [self._owners[a:b] for a, b in zip(first.tolist(), last.tolist(), strict=True) if b > a]
        return np.bincount(np.concatenate(owners), minlength=self._count) if owners else np.zeros(self._count, np.int64)

    def most(self, hashes: Array, count: int) -> list[int]:
        """The ``count`` documents that hold most of ``hashes``, those that hold any."""
        counts = self.shared(hashes)
        best = np.argsort(-counts, kind="stable")[:count]
        return [int(document) for document in best if counts[document]]


def code_symbols(text: str, language: str, *, blind: bool) -> tuple[Array, Array, Array]:
    """(symbol, start, end) of each code token; ``blind`` gives every name and literal its class alone. Starts and ends in characters."""
    data = encode(text)
    tokens = code_tokens(data, language, key=PUBLIC_KEY, normalize=())
    symbols = np.where(tokens.classes == FIXED, tokens.lexemes, tokens.classes) if blind else tokens.lexemes
    at = Characters(text, data).at
    return symbols, np.array([at(int(byte)) for byte in tokens.starts]), np.array([at(int(byte)) for byte in tokens.ends])


def joined(spans: Array) -> Iterator[Span]:
    """Spans [n, 2] in order, those that overlap or touch made one."""
    start = end = -1
    for a, b in spans.tolist():
        if a > end:
            if end >= 0:
                yield Span(start, end)
            start, end = a, b
        end = max(end, b)
    if end >= 0:
        yield Span(start, end)


PROSE = (Simfilter, MemFree, Quip, Copydetect, Scanoss, MinHash)
CODE = (Simfilter, Copydetect, Scanoss, MemFree, Quip, partial(MinHash, "MinHash, tokens"), partial(MinHash, "MinHash, blind", blind=True),
        partial(CodeRuns, "65 exact tokens", 65, blind=False), partial(CodeRuns, "30 blind tokens", 30, blind=True))


def detectors(corpus: Corpus) -> Iterator[Detector]:
    """The detectors that are measured on ``corpus``, not fitted."""
    return (kind() for kind in (PROSE if corpus.kind == "prose" else CODE))
