"""An index at scale: build rate, peak memory, bytes on disk, open time, cold and warm latency, memory under load, threads.

    python benchmarks/scale.py [--sizes 10,100,1000] [--code 10,100] [--record docs/scale.json] [--infini-gram 10]

Sizes are MB of prose and of Python, grown as benchmarks/corpora.py says. Each is built and measured in processes of its own. Checked
first: copies of every corpus are found in it, and innocent answers are let pass. `--infini-gram MB` measures infini-gram (PyPI) on the
same prose, as bytes: its own tokenisers are downloaded. The record is what docs/scale.md is written from.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from check_latency import latency
from corpora import ROOT, grown, novels, prose

from simfilter import Action, Document, Filter, build

ANSWER = 2000
MB = 1_000_000


def documents(kind: str, size: int) -> Iterator[Document]:
    return prose(size) if kind == "prose" else grown("python", size)


def memory() -> float:
    """Resident memory of this process now, in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / MB


def built(kind: str, size: int, path: str) -> dict[str, Any]:
    started = memory()
    info = build(documents(kind, size), path)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MB
    return {"text_mb": info["text_bytes"] / MB, "tokens": info["tokens"], "seconds": info["seconds"], "peak_mb": peak - started,
            "peak_bytes_a_byte": (peak - started) * MB / info["text_bytes"], "bytes_a_byte": info["bytes_per_input_byte"]}


def checked(kind: str, size: int, path: str) -> dict[str, Any]:
    started = time.perf_counter()
    filter_ = Filter.open(path, verify=False)
    opened = 1e3 * (time.perf_counter() - started)
    before = memory()
    if kind == "prose":
        hosts = "\n".join(document.text for document in novels("host"))
        answers = [hosts[at : at + ANSWER] for at in range(0, len(hosts) - ANSWER, ANSWER)][:500]
    else:
        answers = [f"```python\n{document.text[:ANSWER]}\n```\n" for document in grown("python", 100 * 10_000, seed=7)]
    first = next(iter(documents(kind, 3 * ANSWER))).text[:ANSWER]
    started = time.perf_counter()
    copy = filter_.check(first, language="python" if kind == "code" else None)
    cold = 1e3 * (time.perf_counter() - started)
    assert copy.matches or copy.set_aside, "a copy was not found"
    assert kind == "code" or copy.action is Action.BLOCK
    if kind == "prose":
        assert sum(filter_.check(answer).action is Action.BLOCK for answer in answers) <= len(answers) // 100
    p50, p99 = latency(filter_.check, answers)
    rates = []
    for threads in (1, 2):
        with ThreadPoolExecutor(threads) as pool:
            started = time.perf_counter()
            for verdict in pool.map(filter_.check, answers):
                assert verdict.scanned
            rates.append(len(answers) / (time.perf_counter() - started))
    return {"open_ms": opened, "cold_ms": cold, "p50_ms": p50, "p99_ms": p99, "resident_mb": memory() - before, "checks_a_second": rates}


def infini_gram(size: int, folder: Path) -> dict[str, Any]:
    """Build and query infini-gram over the same prose, a byte a token."""
    source, made = folder / "source", folder / "infini"
    source.mkdir()
    texts = []
    with (source / "prose.jsonl").open("w") as file:
        for document in prose(size):
            texts.append(document.text)
            file.write(json.dumps({"text": document.text}) + "\n")
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "infini_gram.indexing", "--data_dir", str(source), "--save_dir", str(made), "--temp_dir",
                    str(folder), "--token_dtype", "u8", "--cpus", "1", "--mem", "4", "--shards", "1", "--workers", "1", "--ulimit", "1024"],
                   check=True, capture_output=True)
    seconds = time.perf_counter() - started
    from infini_gram.engine import InfiniGramEngine

    engine = InfiniGramEngine(index_dir=str(made), eos_token_id=255, token_dtype="u8", version=4)
    sample = texts[0][60_000:60_060].encode()
    assert engine.count(input_ids=list(sample))["count"] >= 1, "a copy was not found"
    hosts = "\n".join(document.text for document in novels("host"))
    answers = [hosts[at : at + ANSWER] for at in range(0, len(hosts) - ANSWER, ANSWER)][:200]

    def check(answer: str) -> bool:
        data = answer.encode()
        return any(engine.count(input_ids=list(data[at : at + 60]))["count"] for at in range(0, len(data) - 60, 30))

    p50, p99 = latency(check, answers)
    stored = sum(file.stat().st_size for file in made.iterdir())
    return {"text_mb": size / MB, "seconds": seconds, "bytes_a_byte": stored / sum(len(text.encode()) for text in texts), "p50_ms": p50,
            "p99_ms": p99, "version": version("infini-gram")}


def alone(*arguments: object) -> dict[str, Any]:
    """What a step measures in a process of its own."""
    done = subprocess.run([sys.executable, __file__, "--step", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def page(record: dict[str, Any]) -> str:
    """docs/scale.md."""
    def row(*cells: object) -> str:
        return "| " + " | ".join(f"{cell:.3g}" if isinstance(cell, float) else str(cell) for cell in cells) + " |"

    lines = ["# Performance at scale", "",
             f"Written by `{record['command']}` on {record['date']}: {record['machine']}; load of the machine when it began "
             f"{record['load']:.1f}. One thread, but for the last column. Where that load is above the cores, others used the machine "
             "too, and rates and latencies are worse than they need be.", "",
             row("corpus", "MB", "build MB/s", "peak bytes a byte", "index bytes a byte", "open ms", "first check ms", "p50 ms", "p99 ms",
                 "resident MB after", "checks a second, 1 / 2 threads"), row("---", *["---:"] * 10)]
    for run in record["runs"]:
        lines.append(row(run["kind"], round(run["text_mb"]), run["text_mb"] / run["seconds"], run["peak_bytes_a_byte"], run["bytes_a_byte"],
                         run["open_ms"], run["cold_ms"], run["p50_ms"], run["p99_ms"], run["resident_mb"],
                         " / ".join(f"{rate:.0f}" for rate in run["checks_a_second"])))
    lines += ["", "An answer is 2 KB: of prose a piece of another novel, of code functions like the corpus with other names. Resident "
              "memory is what a process takes more after the checks than after opening.", ""]
    for kind in ("prose", "code"):
        runs = [run for run in record["runs"] if run["kind"] == kind]
        if len(runs) > 1:
            lines.append(f"- {kind}: p99 at {runs[-1]['text_mb']:.0f} MB is {runs[-1]['p99_ms'] / runs[0]['p99_ms']:.1f} times that at "
                         f"{runs[0]['text_mb']:.0f} MB.")
    if peer := record.get("infini_gram"):
        lines += ["", f"infini-gram {peer['version']} on {peer['text_mb']:.0f} MB of the same prose, one token a byte, 60 bytes looked "
                  f"for every 30: built at {peer['text_mb'] / peer['seconds']:.2g} MB/s, {peer['bytes_a_byte']:.2g} bytes a byte, "
                  f"{peer['p50_ms']:.2g} / {peer['p99_ms']:.2g} ms p50 / p99 an answer. It counts exact runs of bytes, and knows "
                  "neither case nor edits."]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="10,100")
    parser.add_argument("--code", default="10")
    parser.add_argument("--infini-gram", type=int, default=0)
    parser.add_argument("--record", type=Path, default=ROOT / "docs" / "scale.json")
    parser.add_argument("--step", nargs=4)
    given = parser.parse_args()
    if given.step:
        step, kind, size, path = given.step
        print(json.dumps((built if step == "built" else checked)(kind, int(size), path)))
        return
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "")
    record: dict[str, Any] = {
        "command": " ".join(["python benchmarks/scale.py", *sys.argv[1:]]), "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "load": os.getloadavg()[0], "machine": f"{cpu or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"numpy {np.__version__}, simfilter {version('simfilter')}", "runs": []}
    with tempfile.TemporaryDirectory() as folder:
        for kind, sizes in (("prose", given.sizes), ("code", given.code)):
            for size in filter(None, sizes.split(",")):
                path = f"{folder}/{kind}{size}"
                run = {"kind": kind, **alone("built", kind, int(size) * MB, path), **alone("checked", kind, int(size) * MB, path)}
                record["runs"].append(run)
                print(json.dumps(run), flush=True)
                save(record, given.record)
        if given.infini_gram:
            record["infini_gram"] = infini_gram(given.infini_gram * MB, Path(folder))
    save(record, given.record)


def save(record: dict[str, Any], path: Path) -> None:
    path.write_text(json.dumps(record, indent=1) + "\n")
    path.with_suffix(".md").write_text(page(record))


if __name__ == "__main__":
    main()
