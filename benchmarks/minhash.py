"""MinHash: documents/s from text to signature, beside datasketch and rensa, 128 values, shingles of 5 words.

Checked first: each estimates the Jaccard index of 200 pairs of known overlap; the mean error stands in the table.
"""

from __future__ import annotations

import time

import numpy as np
import xxhash
from corpora import prose, table
from datasketch import MinHash
from rensa import RMinHash

from simfilter import _core
from simfilter.index.structure import kgram_hashes
from simfilter.views.text import tokenize

VALUES, WORDS = 128, 5


def simfilter_sign(texts: list[str]) -> np.ndarray:
    hashes = [kgram_hashes(tokenize(text.encode()).symbols, WORDS) for text in texts]
    offsets = np.concatenate(([0], np.cumsum([len(found) for found in hashes]))).astype(np.uint64)
    signatures = np.empty((len(texts), VALUES), np.uint32)
    _core.minhash_sign(np.concatenate(hashes), offsets, 0, signatures)
    return signatures


def shingles(text: str) -> list[str]:
    words = text.lower().split()
    return [" ".join(words[at : at + WORDS]) for at in range(len(words) - WORDS + 1)]


def datasketch_sign(texts: list[str]) -> np.ndarray:
    result = []
    for text in texts:
        sketch = MinHash(VALUES, hashfunc=xxhash.xxh32_intdigest)
        sketch.update_batch([shingle.encode() for shingle in shingles(text)])
        result.append(sketch.hashvalues)
    return np.array(result)


def rensa_sign(texts: list[str]) -> np.ndarray:
    result = []
    for text in texts:
        sketch = RMinHash(num_perm=VALUES, seed=0)
        sketch.update(shingles(text))
        result.append(sketch.digest())
    return np.array(result)


def main() -> None:
    words = " ".join(document.text for document in prose(8_000_000)).split()
    texts = [" ".join(words[at : at + 700]) for at in range(0, len(words) - 700, 700)]
    split = [text.split() for text in texts[:400]]
    pairs = [(texts[at], " ".join(split[at][: 700 - 3 * at] + split[at + 200][: 3 * at])) for at in range(200)]
    truth = []
    for left, right in pairs:
        a, b = set(shingles(left)), set(shingles(right))
        truth.append(len(a & b) / len(a | b))
    lines: list[list[object]] = []
    for name, sign in (("simfilter", simfilter_sign), ("datasketch", datasketch_sign), ("rensa", rensa_sign)):
        estimate = (sign([left for left, _ in pairs]) == sign([right for _, right in pairs])).mean(axis=1)
        error = float(np.abs(estimate - truth).mean())
        assert error < 0.06, f"{name}: mean error {error}"
        best = min(_timed(sign, texts) for _ in range(3))
        lines.append([name, len(texts) / best, sum(map(len, texts)) / 1e6 / best, error])
    table(f"MinHash, {len(texts)} documents of 700 words", ["library", "documents/s", "MB/s", "mean error of the estimate"], lines)


def _timed(sign: object, texts: list[str]) -> float:
    started = time.perf_counter()
    sign(texts)  # type: ignore[operator]
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
