"""A corpus grown for deduplication: documents of words drawn by their frequency in English novels, and copies of them with edits planted.

    python benchmarks/dedup/corpus.py 114 /tmp/corpus.jsonl

writes 114 MB; /tmp/corpus.plants.json lists [row, row it copies, share of words changed].
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from corpora import novels

WORDS_IN_DOCUMENT = 780
COPIES = 0.2
EDITS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2)


def grow(path: Path, size: int, seed: int = 0) -> list[tuple[int, int, float]]:
    """About ``size`` bytes of JSON lines (id, text, source); returns the plants."""
    words = np.array(" ".join(document.text for document in novels("protected")).split(), object)
    rng, choice = np.random.default_rng(seed), random.Random(seed)
    plants: list[tuple[int, int, float]] = []
    recent: list[tuple[int, np.ndarray]] = []
    done = number = 0
    with path.open("w", encoding="utf-8") as file:
        while done < size:
            if recent and choice.random() < COPIES:
                origin, drawn = choice.choice(recent)
                share = choice.choice(EDITS)
                drawn = drawn.copy()
                changed = np.flatnonzero(rng.random(len(drawn)) < share)
                drawn[changed] = words[rng.integers(0, len(words), len(changed))]
                plants.append((number, origin, share))
            else:
                drawn = words[rng.integers(0, len(words), int(rng.integers(WORDS_IN_DOCUMENT // 2, WORDS_IN_DOCUMENT * 3 // 2)))]
                if len(recent) < 20_000:
                    recent.append((number, drawn))
                else:
                    recent[choice.randrange(20_000)] = (number, drawn)
            line = json.dumps({"id": f"d{number}", "text": " ".join(drawn), "source": "grown"}, ensure_ascii=False) + "\n"
            file.write(line)
            done += len(line)
            number += 1
    return plants


def make(size: int, path: Path) -> list[tuple[int, int, float]]:
    """The corpus at ``path``, grown unless it is there."""
    noted = path.with_suffix(".plants.json")
    if not noted.exists():
        noted.write_text(json.dumps(grow(path, size)))
    return [tuple(plant) for plant in json.loads(noted.read_text())]


if __name__ == "__main__":
    print(len(make(int(float(sys.argv[1]) * 1e6), Path(sys.argv[2]))), "copies planted")
