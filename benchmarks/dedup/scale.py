"""Cost by size: the same kind of corpus ten times as large takes ten times as long, and hardly more memory.

    python benchmarks/dedup/scale.py [megabytes ...]
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

from corpora import table  # noqa: E402
from corpus import make  # noqa: E402


def main() -> None:
    lines: list[list[object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for megabytes in map(int, sys.argv[1:] or ("100", "1000")):
            path = Path(os.environ.get("SIMFILTER_BENCH", folder)) / f"{megabytes}.jsonl"
            plants = make(megabytes * 1_000_000, path)
            done = subprocess.run([sys.executable, str(HERE / "peers.py"), "simfilter, 2 threads", str(path), str(Path(folder) / "out")],
                                  capture_output=True, text=True, check=True)
            told = json.loads(done.stdout)
            easy = {copy for copy, _, share in plants if share <= 0.01}
            assert len(easy & set(told["removed"])) >= 0.99 * len(easy)
            lines.append([f"{megabytes} MB", told["seconds"], told["processor"], told["processor"] / megabytes * 1000,
                          told["memory"] / 1e6])
            table("near level, 2 threads", ["corpus", "seconds", "processor s", "processor s per GB", "peak MB"], lines)


if __name__ == "__main__":
    main()
