"""Suffix array: MB/s beside pydivsufsort, on bytes, which both sort, and on the 32-bit symbols simfilter indexes.

Checked first: both give the same order, and a corpus of 1,000 copies of one document takes no longer than an ordinary one of its size.
"""

from __future__ import annotations

import time

import numpy as np
import pydivsufsort
from corpora import novels, table

from simfilter import _core
from simfilter.views.text import tokenize


def ours(symbols: np.ndarray) -> tuple[float, np.ndarray]:
    order = np.empty(len(symbols), np.int32)
    started = time.perf_counter()
    _core.suffix_build(symbols, order)
    return time.perf_counter() - started, order


def theirs(symbols: np.ndarray) -> tuple[float, np.ndarray]:
    symbols = symbols.copy()  # it takes no read-only array
    started = time.perf_counter()
    order = pydivsufsort.divsufsort(symbols)
    return time.perf_counter() - started, order


def main() -> None:
    text = "".join(document.text for document in novels("protected")).encode()
    data = np.frombuffer(text, np.uint8)
    words = tokenize(text).symbols
    repeated = np.tile(words[:3000], 1000)
    lines: list[list[object]] = []
    for name, symbols, size in (("bytes of novels", data, len(text)), ("word symbols of novels", words, len(text)),
                                ("1,000 copies of one document", repeated, len(repeated))):
        mine, order = ours(symbols.astype(np.uint32))
        other, expected = theirs(symbols)
        assert (order == expected).all(), f"{name}: the orders differ"
        mine = min(mine, *(ours(symbols.astype(np.uint32))[0] for _ in range(2)))
        other = min(other, *(theirs(symbols)[0] for _ in range(2)))
        lines.append([name, len(symbols), len(symbols) / 1e6 / mine, len(symbols) / 1e6 / other, size / 1e6 / mine, other / mine])
    columns = ["input", "symbols", "simfilter M symbols/s", "pydivsufsort M symbols/s", "simfilter MB/s of text", "ratio"]
    table("suffix array", columns, lines)


if __name__ == "__main__":
    main()
