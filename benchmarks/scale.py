"""An index at scale: build rate, peak memory, bytes on disk, open time, warm and cold latency, memory in use, threads; beside infini-gram.

    SIMFILTER_RECORD=docs/performance.json python benchmarks/scale.py [MB ...] [--kinds prose,code] [--peer MB]

Sizes are MB of prose and of Python, 10 and 100 if none is given: novels, the standard library and installed packages, and what
benchmarks/corpora.py grows from them. A size is made by one process, built by another and checked by a third; each that is done is recorded
beside those of earlier runs, so `scale.py 10 1000` may follow `scale.py 100`. 1000 takes 7 GB on disk and a quarter of an hour.
Checked first: copies are blocked, other novels and functions of other packages are not, and hardly two files are near-equal. infini-gram
indexes the words simfilter found, and is asked whether any run of ten of an answer stands there: one question a word, each of which starts
threads of its own. It keeps neither the text nor where in it the words stand.
"""

from __future__ import annotations

import argparse
import ast
import gc
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from check_latency import HELD_OUT, code_corpus, latency, prose_answers
from corpora import mutated, novels, prose, table

from simfilter import Action, Document, Filter, Index, build
from simfilter.demo import renamed
from simfilter.views.text import tokenize
from simfilter.views.tokens import PUBLIC_KEY
from tests.quality.data import functions, library_files, package_files

MB = 1_000_000
REAL = 50 * MB
"""Of code: what is more is grown."""
COLD, RUN = 30, 10
BUILT = ["corpus", "MB/s", "MB a second of processor time", "peak memory, bytes a byte", "index, bytes a byte", "load when it began"]
CHECKED = ["corpus and answers", "open ms", "open and verify ms", "p50 ms", "p99 ms", "p99, times that of the first", "cold p50 ms",
           "cold p99 ms", "resident MB", "checks a second", "by 2 threads", "of 20 KB, a second", "by 2 threads"]
BESIDE = ["corpus", "MB/s", "peak memory, bytes a byte", "bytes a word", "p50 ms", "p99 ms"]


def documents(kind: str, size: int) -> Iterator[Document]:
    if kind == "prose":
        yield from prose(size)
        return
    real = code_corpus(min(size, REAL))
    yield from real
    left = size - sum(len(document.text.encode()) for document in real)
    for number, text in enumerate(mutated([document.text for document in real], left) if left > 0 else ()):
        yield Document(id=f"mutated/{number}.py", text=text, source="mutated", language="python")


def write(kind: str, size: int) -> None:
    """The corpus to standard output."""
    for document in documents(kind, size):
        print(json.dumps([document.id, document.text, document.source, document.language]))


def memory(row: str) -> float:
    """Bytes of a row of /proc/self/status: VmRSS now, VmHWM at most."""
    return next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(row)) * 1024


def built(path: str) -> dict[str, float]:
    """Build from standard input; what waits for that, or parses it, is not counted."""
    waited = np.zeros(2)

    def now() -> np.ndarray:
        return np.array([time.perf_counter(), time.process_time()])

    def given() -> Iterator[Document]:
        started = now()
        for line in sys.stdin:
            name, text, source, language = json.loads(line)
            document = Document(id=name, text=text, source=source, language=language)
            waited[:] += now() - started
            yield document
            started = now()
        waited[:] += now() - started

    load, before, started = os.getloadavg()[0], memory("VmRSS"), now()
    info = build(given(), path)
    wall, processor = now() - started - waited
    with Index.open(path) as index:
        grown = index.segments.families[[origin.source in ("mixed", "mutated") for origin in index.documents]]
    alone = len(np.unique(grown)) / max(1, len(grown))
    assert alone > 0.9 or not len(grown), f"{alone:.2f} of the documents that were grown are like no other"
    size = info["text_bytes"]
    return {"size": size, "wall": size / MB / wall, "processor": size / MB / processor, "peak": (memory("VmHWM") - before) / size,
            "disk": info["bytes_per_input_byte"], "load": load, "words": info["tokens"]["text"], "bytes": info["index_bytes"]}


def parses(source: str) -> bool:
    try:
        return bool(ast.parse(source))
    except SyntaxError:
        return False


def answers(kind: str) -> tuple[list[str], list[str]]:
    if kind == "prose":
        return prose_answers()
    own = [copy for _, source in functions(library_files(), 200) if parses(source) and (copy := renamed(source)).count("\n") > 8][:100]
    return ([f"```python\n{source}\n```\n" for _, source in functions(package_files(*sorted(HELD_OUT)), 300)],
            [f"```python\n{copy}\n```\n" for copy in own])


def rate(filter_: Filter, answers: list[str], threads: int) -> float:
    """Answers judged a second, each thread its share of them; the best of five times."""
    def judged(part: list[str]) -> bool:
        return all(filter_.check(answer).scanned for answer in part)

    best = 0.0
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(5):
            started = time.perf_counter()
            assert all(pool.map(judged, [answers[number::threads] for number in range(threads)]))
            best = max(best, len(answers) / (time.perf_counter() - started))
    return best


def checked(kind: str, path: str) -> dict[str, Any]:
    innocent, copies = answers(kind)
    opened, before = [], memory("VmRSS")
    for verify in (True, False):
        started = time.perf_counter()
        filter_ = Filter.open(path, verify=verify)
        opened.append(1e3 * (time.perf_counter() - started))
    if kind == "code" or novels("host")[0].source != "samples":
        assert sum(filter_.check(answer).action is Action.BLOCK for answer in innocent) <= 0.02 * len(innocent)
    assert sum(filter_.check(answer).action is Action.BLOCK for answer in copies) >= 0.97 * len(copies)
    p50, p99 = latency(filter_.check, innocent)
    resident = memory("VmRSS") - before
    long = ["\n\n".join(innocent[at : at + 10]) for at in range(0, len(innocent) - 9, 10)]
    rates = [rate(filter_, answers, threads) for answers in (innocent, long) for threads in (1, 2)]
    del filter_
    cold = []
    for answer in innocent[-COLD:]:
        gc.collect()
        evict(path)
        filter_ = Filter.open(path, verify=False)
        started = time.perf_counter()
        filter_.check(answer)
        cold.append(1e3 * (time.perf_counter() - started))
        filter_.index.close()
        del filter_
    return {"verified": opened[0], "opened": opened[1], "p50": p50, "p99": p99, "cold50": float(np.quantile(cold, 0.5)),
            "cold99": float(np.quantile(cold, 0.99)), "resident": resident / MB, "rates": rates}


def evict(path: str) -> None:
    """Let the system forget what it holds of these files, which are synced and mapped nowhere."""
    for entry in Path(path).iterdir():
        file = os.open(entry, os.O_RDONLY)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)


OTHERS = (1 << 16) - 3
"""The token of words that are not among as many most frequent ones."""


def numbers(symbols: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The places of symbols among ``known``, ascending."""
    found = np.minimum(np.searchsorted(known, symbols), len(known) - 1)
    return np.where(known[found] == symbols, found, OTHERS)


def beside(path: str, folder: str) -> dict[str, float]:
    """infini-gram over the words of the index at ``path``. Its own tokenisers are downloaded, so the file of tokens is written here."""
    from infini_gram.engine import InfiniGramEngine

    made = Path(folder) / "infini-gram"
    made.mkdir()
    with Index.open(path, verify=False) as index:
        words = index.segments.structures["text"]
        known, counts = np.unique(words.symbols(0, words.bases[-1]), return_counts=True)
        known = np.sort(known[np.argsort(-counts, kind="stable")[:OTHERS]])  # tokens of 32 bits would take 34 GB of buckets
        starts = [0]
        with (made / "tokenized.0").open("wb") as file:
            for document in index.segments.numbers:
                symbols = words.symbols(*words.document_bounds(document))
                file.write(b"\xff\xff" + numbers(symbols, known).astype(np.uint16).tobytes())
                starts.append(file.tell())
        np.array(starts[:-1], np.uint64).tofile(made / "offset.0")
        count, size = words.token_count, index.segments.size
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "infini_gram.indexing", "--data_dir", folder, "--save_dir", str(made), "--temp_dir", folder,
                    "--token_dtype", "u16", "--cpus", "1", "--mem", "8", "--ulimit", "1024"], check=True, capture_output=True)
    wall = time.perf_counter() - started
    engine = InfiniGramEngine(index_dir=str(made), eos_token_id=OTHERS + 1, vocab_size=OTHERS + 2, token_dtype="u16", version=4)

    def check(answer: str) -> bool:
        ids = numbers(tokenize(answer.encode(), key=PUBLIC_KEY).symbols, known).tolist()
        return any(engine.count(input_ids=ids[at : at + RUN])["count"] for at in range(len(ids) - RUN + 1))

    innocent, copies = (answers[:100] for answers in prose_answers())
    assert all(check(answer) for answer in copies) and sum(map(check, innocent)) <= 0.02 * len(innocent)
    p50, p99 = latency(check, innocent)
    return {"wall": size / MB / wall, "peak": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / size,
            "word": sum(file.stat().st_size for file in made.iterdir()) / count, "p50": p50, "p99": p99}


def step(name: str, *arguments: object, source: Any = None) -> dict[str, Any]:
    """What a step measures in a process of its own."""
    done = subprocess.run([sys.executable, __file__, "--step", name, *map(str, arguments)], stdin=source, stdout=subprocess.PIPE,
                          check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(kind: str, size: int, folder: str, first: dict[str, float], peer: bool) -> None:
    """Build and check one size, and print and record what came out; ``first`` keeps the p99 that others are compared with."""
    name, path = f"{kind}, {size} MB", f"{folder}/index"
    with subprocess.Popen([sys.executable, __file__, "--step", "write", kind, str(size * MB)], stdout=subprocess.PIPE) as maker:
        made = step("built", path, source=maker.stdout)
    table("scale: building", BUILT, [[name, *(made[key] for key in ("wall", "processor", "peak", "disk", "load"))]], keep=True)
    found = step("checked", kind, path)
    told = "other novels" if kind == "prose" else "other functions"
    ratio = found["p99"] / first.setdefault(kind, found["p99"])
    table("scale: checking", CHECKED, [[f"{name}: {told}", found["opened"], found["verified"], found["p50"], found["p99"], ratio,
                                        *(found[key] for key in ("cold50", "cold99", "resident")), *found["rates"]]], keep=True)
    if peer and kind == "prose":
        other = step("beside", path, folder)
        table("scale: beside infini-gram, words as tokens", BESIDE, [
            [f"{name}: simfilter", made["wall"], made["peak"], made["bytes"] / made["words"], found["p50"], found["p99"]],
            [f"{name}: infini-gram", *(other[key] for key in ("wall", "peak", "word", "p50", "p99"))]], keep=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", type=int, default=[10, 100])
    parser.add_argument("--kinds", default="prose,code")
    parser.add_argument("--peer", type=int, default=100, help="the largest MB of prose infini-gram is given too")
    parser.add_argument("--step", nargs="+")
    given = parser.parse_args()
    if given.step:
        name, *arguments = given.step
        if name == "write":
            return write(arguments[0], int(arguments[1]))
        steps: dict[str, Callable[..., dict[str, Any]]] = {"built": built, "checked": checked, "beside": beside}
        return print(json.dumps(steps[name](*arguments)))
    first: dict[str, float] = {}
    for kind in given.kinds.split(","):
        for size in given.sizes:
            folder = tempfile.mkdtemp(prefix="simfilter-scale-")
            try:
                measure(kind, size, folder, first, size <= given.peer)
            finally:
                shutil.rmtree(folder)


if __name__ == "__main__":
    main()
