"""The substring level beside pydivsufsort, on the same bytes: what it costs to know every repeated run.

    python benchmarks/dedup/substring.py [megabytes]

simfilter answers in words over all documents, pydivsufsort (and the Rust script of Lee et al., which is not on PyPI) in bytes: suffix
array, then longest common prefixes. Checked first: every planted run of 60 words is found, and nothing that is not repeated.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from corpora import novels, table  # noqa: E402

from simfilter.dedup import Texts, deduplicate  # noqa: E402

RUN, PLANTS = 50, 200


def corpus(size: int) -> tuple[list[str], int]:
    words = np.array(" ".join(document.text for document in novels("protected")).split(), object)
    rng, choice = np.random.default_rng(0), random.Random(0)
    texts = []
    while sum(map(len, texts[-1:])) * len(texts) < size:
        texts.append(list(words[rng.integers(0, len(words), 700)]))
        if len(texts) * 4200 > size:
            break
    for _ in range(PLANTS):
        a, b = choice.sample(range(len(texts)), 2)
        at = choice.randrange(600)
        texts[b][300:300] = texts[a][at : at + 60]
    return [" ".join(text) for text in texts], PLANTS * 60


def main() -> None:
    from pydivsufsort import divsufsort, kasai

    size = int(float(sys.argv[1]) * 1e6) if len(sys.argv) > 1 else 20_000_000
    texts, planted = corpus(size)
    real = sum(len(text.encode()) for text in texts) / 1e6
    lines: list[list[object]] = []
    wall, processor = time.perf_counter(), time.process_time()
    result = deduplicate(Texts(texts), levels=("substring",), run=RUN, action="report", threads=1)
    ours = time.process_time() - processor
    found = int((result.spans.end - result.spans.start).sum())
    assert 0.85 * planted <= found <= 1.05 * planted, (found, planted)
    lines.append(["simfilter, text to spans", time.perf_counter() - wall, ours, real / ours])
    wall, processor = time.perf_counter(), time.process_time()
    data = np.frombuffer("\0".join(texts).encode(), np.uint8).copy()
    order = divsufsort(data)
    shared = kasai(data, order)
    theirs = time.process_time() - processor
    assert int((shared >= 5 * RUN).sum()) > planted
    lines.append(["pydivsufsort, bytes to prefixes", time.perf_counter() - wall, theirs, real / theirs])
    table(f"repeated runs in {real:.0f} MB", ["tool", "seconds", "processor s", "MB/s of processor"], lines)


if __name__ == "__main__":
    main()
