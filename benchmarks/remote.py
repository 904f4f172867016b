"""What it costs that shards are held by actors of a Ray cluster: one check in ms, beside the same index in this process.

    python benchmarks/remote.py [megabytes] [shards]

Checked first: both give the same verdict on every text, copies are blocked, the others are not. Needs `simfilter[ray]`; the cluster is of
this machine, or the one RAY_ADDRESS names.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from check_latency import ANSWER, latency
from corpora import novels, prose, table

from simfilter import Action, Filter, build
from simfilter.demo import renamed
from simfilter.index.remote import RemoteIndex
from tests.quality.data import functions, library, library_files

ANSWERS = 100


def main() -> None:
    size, shards = int(float(sys.argv[1]) * 1e6) if len(sys.argv) > 1 else 10_000_000, int(sys.argv[2]) if len(sys.argv) > 2 else 4
    documents = [*prose(size), *library()]
    copied, hosts = documents[0].text, "\n".join(document.text for document in novels("host"))
    asked = {
        "innocent prose": [hosts[at : at + ANSWER] for at in range(0, len(hosts) - ANSWER, ANSWER)][:ANSWERS],
        "copies of prose": [copied[at : at + ANSWER] for at in range(0, len(copied) - ANSWER, ANSWER)][:ANSWERS],
        "renamed functions": [f"```python\n{renamed(source)}\n```\n" for _, source in functions(library_files(), ANSWERS)],
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "parts.index"
        build(documents, path, shards=shards)
        here, index = Filter.open(path), RemoteIndex.connect(path)
        there = Filter(index)
        lines: list[list[object]] = []
        for kind, texts in asked.items():
            verdicts = [here.check(text) for text in texts]
            assert verdicts == [there.check(text) for text in texts], kind
            fired = sum(verdict.action is Action.BLOCK for verdict in verdicts) / len(texts)
            assert fired > 0.9 if kind != "innocent prose" else fired < 0.02, (kind, fired)
            lines.append([kind, *latency(here.check, texts), *latency(there.check, texts)])
        table(f"a check of {size / 1e6:g} MB of prose and the standard library, ms", [
            "texts", "one process, p50", "p99", f"{shards} actors, p50", "p99"], lines)
        index.close()


if __name__ == "__main__":
    main()
