"""`python -m benchmarks.quality`: recall, false positives, AUC and spans of simfilter and its peers, from the corpora to the tables."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.quality import report
from benchmarks.quality.corpora import FULL, LANGUAGES, QUICK
from benchmarks.quality.run import CORPORA, measured

PACKAGES = ("simfilter", "copydetect", "scanoss", "scanoss-winnowing", "datasketch", "tree-sitter", "numpy")


def main() -> None:
    options = _options()
    if options.render:
        record = json.loads(Path(options.render).read_text("utf-8"))
    else:
        record = _run(options)
        if options.update:
            record = _updated(json.loads(Path(options.update).read_text("utf-8")), record)
            _store(record, Path(options.update))
    for page in map(Path, options.write):
        page.write_text(report.written(page.read_text("utf-8"), record), "utf-8")
    print(report.markdown(record))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer copies, innocent texts and functions: some minutes")
    parser.add_argument("--only", choices=("prose", "bible", "pairs", "code"), help="one kind of corpus")
    parser.add_argument("--languages", default=",".join(LANGUAGES), help="languages of the code, comma between them")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="corpora measured at the same time")
    parser.add_argument("--detectors", default="", help="only detectors whose name holds this")
    parser.add_argument("--json", metavar="OUT", help="where the record of the run goes")
    parser.add_argument("--update", metavar="RECORD", help="put what was measured into the record of an earlier run of the same size")
    parser.add_argument("--render", metavar="RECORD", help="run nothing, show the record of an earlier run")
    parser.add_argument("--write", metavar="PAGE", nargs="+", default=(), help="put the tables, or the short one, between the page's marks")
    return parser.parse_args()


def _run(options: argparse.Namespace) -> dict[str, Any]:
    started = time.perf_counter()
    record: dict[str, Any] = {**_environment(), "command": " ".join(["python -m benchmarks.quality", *sys.argv[1:]])}
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        size = QUICK if options.quick else FULL
        waiting = [pool.submit(measured, name, size, only=options.detectors, commit=record["commit"]) for name in _names(options)]
        for _ in as_completed(waiting):  # what is there is kept, whatever happens to the rest
            measured_so_far = [one.result() for one in waiting if one.done() and not one.exception()]
            record |= {"seconds": round(time.perf_counter() - started), "corpora": measured_so_far}
            if options.json:
                _store(record, Path(options.json))
        for one in waiting:
            one.result()  # the first failure, if there was one
    return record


def _store(record: dict[str, Any], path: Path) -> None:
    path.write_text(json.dumps(_rounded(record), indent=1) + "\n", "utf-8")


def _rounded(value: Any) -> Any:
    """Figures to four digits behind the point."""
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    return round(value, 4) if isinstance(value, float) else value


def _updated(earlier: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    """``earlier`` with the scores of ``record`` in place of its own; both must have judged the same texts."""
    corpora = {corpus["name"]: corpus for corpus in earlier["corpora"]}
    for corpus in record["corpora"]:
        known = corpora.setdefault(corpus["name"], corpus)
        for what in ("documents", "bytes", "innocent", "copies"):
            if known[what] != corpus[what]:
                raise SystemExit(f"{corpus['name']}: the {what} differ, {known[what]} and {corpus[what]}; run everything again")
        known["scores"] = {name: corpus["scores"].get(name, score) for name, score in (corpus["scores"] | known["scores"]).items()}
    return {**earlier, "corpora": [corpora[name] for name in (*CORPORA, *LANGUAGES) if name in corpora]}


def _names(options: argparse.Namespace) -> list[str]:
    languages = options.languages.split(",") if options.only in (None, "code") else []
    return [*(name for name in CORPORA if options.only in (None, name)), *languages]


def _environment() -> dict[str, Any]:
    commit = subprocess.run(["git", "describe", "--always", "--dirty", "--abbrev=12"], capture_output=True, text=True).stdout.strip()
    return {"date": time.strftime("%Y-%m-%d"), "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} "
            f"{platform.release()}", "python": platform.python_version(), "commit": commit,
            "versions": {name: version(name) for name in PACKAGES}}


if __name__ == "__main__":
    main()
