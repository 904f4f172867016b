"""Near-deduplication end to end, each tool in a process of its own on the same file; answers checked before any figure is printed.

    python benchmarks/dedup/end_to_end.py [megabytes] [tool ...]

Truth is the exact Jaccard index of every planted pair over word 5-grams (lower case, white space). Recall counts pairs of J >= .8 of which
one was removed (text-dedup may keep the copy), precision removed rows of such pairs. SIMFILTER_PEERS names a Python that has the peers, if
they live elsewhere.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import peers  # noqa: E402
from corpora import table  # noqa: E402
from corpus import make  # noqa: E402


def truth(path: Path, plants: list[tuple[int, int, float]]) -> dict[int, float]:
    """The Jaccard index of each planted row and its original."""
    wanted = {row for copy, origin, _ in plants for row in (copy, origin)}
    sets = {}
    for number, _, text in peers.rows(str(path)):
        if number in wanted:
            sets[number] = {hash(shingle) for shingle in peers.shingles(text)}  # within this process a set is a set
    return {copy: len(sets[copy] & sets[origin]) / len(sets[copy] | sets[origin]) for copy, origin, _ in plants}


def main() -> None:
    size = int(float(sys.argv[1]) * 1e6) if len(sys.argv) > 1 else 114_000_000
    chosen = sys.argv[2:] or list(peers.TOOLS)
    python = os.environ.get("SIMFILTER_PEERS", sys.executable)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(os.environ.get("SIMFILTER_BENCH", folder)) / f"{size // 1_000_000}.jsonl"
        plants = make(size, path)
        jaccard = truth(path, plants)
        similar = [(copy, origin) for copy, origin, _ in plants if jaccard[copy] >= peers.THRESHOLD]
        alike = {row for pair in similar for row in pair}
        lines: list[list[object]] = []
        for name in chosen:
            ours = name.startswith("simfilter")
            run = [sys.executable if ours else python, str(HERE / "peers.py"), name, str(path), str(Path(folder) / "out.jsonl")]
            done = subprocess.run(run, capture_output=True, text=True)
            if done.returncode:
                lines.append([f"{name}: {done.stderr.strip().splitlines()[-1][:60]}", *["-"] * 5])
                continue
            told = json.loads(done.stdout.splitlines()[-1])
            removed = set(told["removed"])
            recall = sum(not removed.isdisjoint(pair) for pair in similar) / max(1, len(similar))
            precision = len(alike & removed) / max(1, len(removed))
            assert not ours or (recall >= 0.99 and precision >= 0.995), (name, recall, precision)
            lines.append([name, told["seconds"], told["processor"], told["memory"] / 1e6, recall, precision])
        table(f"{size / 1e6:.0f} MB of JSON lines, {len(similar)} planted copies of J >= .8",
              ["tool", "seconds", "processor s", "peak MB", "recall", "precision"], lines)


if __name__ == "__main__":
    main()
