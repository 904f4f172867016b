"""One deduplication by one tool, in a process of its own: JSON lines in, JSON lines out, 128 values, shingles of 5 words, threshold .8.

    python benchmarks/dedup/peers.py rensa in.jsonl out.jsonl

Prints what it removed, wall and processor seconds, and the peak of memory. Peers get the fastest calls they document, orjson for reading,
and the bands nearest to ours; none of them verifies its candidates unless it says so.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

WORDS, VALUES, BANDS, ROWS, THRESHOLD = 5, 128, 21, 6, 0.8
BATCH = 1000


def rows(path: str) -> Iterator[tuple[int, bytes, str]]:
    import orjson

    with open(path, "rb") as file:
        for number, line in enumerate(file):
            yield number, line, orjson.loads(line)["text"]


def shingles(text: str) -> list[str]:
    words = text.lower().split()
    return [" ".join(words[at : at + WORDS]) for at in range(len(words) - WORDS + 1)]


def batches(path: str) -> Iterator[list[tuple[int, bytes, str]]]:
    stream = rows(path)
    while batch := list(islice(stream, BATCH)):
        yield batch


def write(path: str, out: str, removed: set[int]) -> None:
    with open(path, "rb") as file, open(out, "wb") as target:
        target.writelines(line for number, line in enumerate(file) if number not in removed)


def rensa_inline(path: str, out: str) -> set[int]:
    from rensa import RMinHash, RMinHashDeduplicator

    known = RMinHashDeduplicator(THRESHOLD, VALUES, True, 16, 42)
    removed = set()
    for number, _, text in rows(path):
        sketch = RMinHash(num_perm=VALUES, seed=42)
        sketch.update(shingles(text))
        if not known.add(str(number), sketch):
            removed.add(number)
    write(path, out, removed)
    return removed


def rensa_matrix(path: str, out: str) -> set[int]:
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(THRESHOLD, VALUES, 16)
    removed = set()
    first = 0
    for batch in batches(path):
        matrix = RMinHash.digest_matrix_from_token_sets([shingles(text) for _, _, text in batch], VALUES, 42)
        flags = index.insert_matrix_and_query_duplicate_flags(matrix, first)
        removed.update(first + at for at, flag in enumerate(flags) if flag)
        first += len(batch)
    write(path, out, removed)
    return removed


def datasketch_bulk(path: str, out: str) -> set[int]:
    import xxhash
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(num_perm=VALUES, params=(BANDS, ROWS))
    removed = set()
    for batch in batches(path):
        sketches = MinHash.bulk([[shingle.encode() for shingle in shingles(text)] for _, _, text in batch], num_perm=VALUES,
                                hashfunc=xxhash.xxh32_intdigest)
        for (number, _, _), sketch in zip(batch, sketches, strict=True):
            if any(sketch.jaccard(index_sketches[other]) >= THRESHOLD for other in index.query(sketch)):
                removed.add(number)
            else:
                index.insert(number, sketch)
                index_sketches[number] = sketch
    write(path, out, removed)
    return removed


index_sketches: dict[int, object] = {}


def gaoya_index(path: str, out: str) -> set[int]:
    from gaoya.minhash import MinHashStringIndex

    index = MinHashStringIndex(hash_size=32, jaccard_threshold=THRESHOLD, num_bands=BANDS, band_size=ROWS, num_hashes=BANDS * ROWS,
                               analyzer="word", lowercase=True, ngram_range=(WORDS, WORDS))
    removed = set()
    for number, _, text in rows(path):
        if index.query(text):
            removed.add(number)
        else:
            index.insert_document(number, text)
    write(path, out, removed)
    return removed


def fastsketch(path: str, out: str) -> set[int]:
    import numpy as np
    import xxhash
    from FastSketchLSH import LSH, FastSimilaritySketch

    sketcher, index = FastSimilaritySketch(VALUES, 42), LSH(VALUES, 16, num_threads=1)
    removed = set()
    first = 0
    for batch in batches(path):
        matrix = sketcher.batch([[xxhash.xxh32_intdigest(shingle.encode()) for shingle in shingles(text)] for _, _, text in batch], 1)
        flags = np.asarray(index.insert_and_query_duplicates(matrix))
        removed.update(first + at for at, flag in enumerate(flags) if flag)
        first += len(batch)
    write(path, out, removed)
    return removed


def text_dedup(path: str, out: str) -> set[int]:
    """Bands propose and union-find joins; it writes a dataset of Hugging Face."""
    from datasets import load_from_disk
    from text_dedup.minhash import main

    with TemporaryDirectory() as cache:
        main(["--path", "json", "--data_files", path, "--split", "train", "--cache_dir", cache, "--output", f"{out}.d", "--column", "text",
              "--ngram", str(WORDS), "--min_length", "1", "--num_perm", str(BANDS * ROWS), "--b", str(BANDS), "--r", str(ROWS),
              "--hash_func", "xxh3", "--hash_bits", "32", "--num_proc", "1"], standalone_mode=False)
        return all_but(path, load_from_disk(f"{out}.d")["id"])


def datatrove(path: str, out: str) -> set[int]:
    """Its four steps, one task after the other; words by its English tokeniser."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter
    from datatrove.utils.hashing import HashConfig

    config = MinhashConfig(n_grams=WORDS, num_buckets=BANDS, hashes_per_bucket=ROWS, hash_config=HashConfig(precision=32))
    with TemporaryDirectory() as work:
        def reader() -> JsonlReader:
            return JsonlReader(str(Path(path).parent), glob_pattern=Path(path).name)

        steps = [
            ([reader(), MinhashDedupSignature(f"{work}/signatures", config, language="en")], 1),
            ([MinhashDedupBuckets(f"{work}/signatures", f"{work}/buckets", config=config)], BANDS),
            ([MinhashDedupCluster(f"{work}/buckets", f"{work}/removed", config=config)], 1),
            ([reader(), MinhashDedupFilter(f"{work}/removed"), JsonlWriter(f"{out}.d", "kept.jsonl", compression=None)], 1),
        ]
        for number, (pipeline, tasks) in enumerate(steps):
            LocalPipelineExecutor(pipeline, tasks=tasks, workers=1, logging_dir=f"{work}/logs{number}").run()
        with open(f"{out}.d/kept.jsonl") as file:
            return all_but(path, [json.loads(line)["id"] for line in file])


def all_but(path: str, kept: list[str]) -> set[int]:
    """The numbers of the rows whose id is not among those kept: documents of the corpus are called d and their number."""
    with open(path, "rb") as file:
        return set(range(sum(1 for _ in file))) - {int(name[1:]) for name in kept}


def simfilter_near(path: str, out: str, threads: int = 1, levels: tuple[str, ...] = ("near",)) -> set[int]:
    from simfilter.dedup import deduplicate

    result = deduplicate(path, output=out + ".d", levels=levels, threads=threads)
    return set(result.decisions.rows.tolist())


TOOLS: dict[str, Callable[[str, str], set[int]]] = {
    "simfilter, 1 thread": simfilter_near, "simfilter, 2 threads": lambda path, out: simfilter_near(path, out, 2),
    "rensa, inline": rensa_inline, "rensa, matrix": rensa_matrix, "fastsketchlsh": fastsketch, "gaoya": gaoya_index,
    "datasketch, bulk": datasketch_bulk, "text-dedup": text_dedup, "datatrove": datatrove,
}


def main() -> None:
    name, path, out = sys.argv[1:]
    wall, processor = time.perf_counter(), time.process_time()
    removed = TOOLS[name](path, out)
    seconds, children = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = time.process_time() - processor + children.ru_utime + children.ru_stime
    memory = peak() + children.ru_maxrss * 1024
    print(json.dumps({"removed": sorted(removed), "seconds": seconds, "processor": processor, "memory": memory}))


def peak() -> int:
    """Bytes of the process at its largest; unlike getrusage it does not begin with those of the parent."""
    with open("/proc/self/status") as file:
        status = dict(line.split(":", 1) for line in file)
    return int(status["VmHWM"].split()[0]) * 1024


if __name__ == "__main__":
    main()
