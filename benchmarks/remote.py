"""What it costs that shards are held by actors of a Ray cluster: one check in ms, beside the same index in this process.

    python benchmarks/remote.py [megabytes] [shards]

Two thirds of the texts are copies, of novels and of functions with other names; the others are nobody's. Checked first: both give the same
verdict on each, and copies are blocked. Needs `simfilter[ray]`; the cluster is of this machine.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from corpora import prose, table

from simfilter import Action, Filter, build
from simfilter.demo import renamed
from simfilter.index.remote import RemoteIndex
from tests.quality.data import functions, library_files

ANSWER, ANSWERS = 2000, 60


def texts(documents: list[str], code: list[str]) -> dict[str, list[str]]:
    """Copies of prose and code, and prose of nobody: words of novels drawn anew."""
    rng = np.random.default_rng(0)
    words = " ".join(documents[0].split()[:20_000]).split()
    pieces = [document[len(document) // 2 :][:ANSWER] for document in documents[:ANSWERS]]
    return {"copies of prose": pieces, "renamed functions": [f"```python\n{renamed(piece)}\n```" for piece in code[:ANSWERS]],
            "novel prose": [" ".join(rng.choice(words, 350)) for _ in range(ANSWERS)]}


def times(filter: Filter, asked: list[str]) -> list[float]:
    found = []
    for text in asked:
        started = time.perf_counter()
        filter.check(text)
        found.append(1e3 * (time.perf_counter() - started))
    return found


def main() -> None:
    size, shards = int(float(sys.argv[1]) * 1e6) if len(sys.argv) > 1 else 10_000_000, int(sys.argv[2]) if len(sys.argv) > 2 else 4
    novels = list(prose(size))
    code = library_files()
    asked = texts([document.text for document in novels], functions(code))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "parts.index"
        build([*novels, *code], path, shards=shards)
        here, index = Filter.open(path), RemoteIndex.connect(path)
        there = Filter(index)
        rows = []
        for kind, pieces in asked.items():
            verdicts = [here.check(text) for text in pieces]
            assert verdicts == [there.check(text) for text in pieces], kind
            fired = sum(verdict.action is Action.BLOCK for verdict in verdicts) / len(pieces)
            assert fired > 0.9 if kind != "novel prose" else fired < 0.1, (kind, fired)
            rows.append([kind, *(f"{np.quantile(times(filter, pieces), q):.1f}" for filter in (here, there) for q in (0.5, 0.99))])
        print(table(["ms a check", "one process, p50", "p99", f"{shards} actors, p50", "p99"], rows))
        index.close()


if __name__ == "__main__":
    main()
