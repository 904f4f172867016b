"""The scan command: a repository of 5,000 files (SIMFILTER_FILES), and a diff of one file, against 50 MB of protected text and code.

Process start is included.

Checked first: every planted copy is told, with exit code 1, and the files without one are not. Beside it the bare tree-sitter parse of the
same files in one process, and the start of a Python that imports numpy. Processor time is that of the process and its children.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from check_latency import HELD_OUT, code_corpus
from corpora import novels, prose, table

from simfilter import build
from simfilter.views.languages import parser
from tests.quality.data import package_files

PROTECTED, PLANTED, DIFFS = 50_000_000, 50, 15
FILES = int(os.environ.get("SIMFILTER_FILES", 5_000))
LARGEST = int(os.environ.get("SIMFILTER_LARGEST", 16_384))
"""Bytes of the largest file of the packages that is taken: the mean is then near 6 KB, as in repositories; without a limit it is 17."""


INSTALLED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""The environment of a user: modules are compiled once, as pip leaves them."""


def run(*arguments: str, cwd: Path, code: int) -> tuple[str, float, float]:
    """Standard output, wall and processor seconds of a command that must exit with ``code``."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(arguments, cwd=cwd, capture_output=True, text=True, check=False, env=INSTALLED)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == code, (arguments, done.returncode, done.stdout[:2000], done.stderr[:2000])
    return done.stdout, wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def found(report: str) -> set[str]:
    return {file["path"] for file in json.loads(report)["files"] if file["matches"]}


def repository(folder: Path, protected: Sequence[str]) -> tuple[int, set[str]]:
    """The files: those of packages that are not protected, prose of hosts, and copies; bytes, and the files with copies."""
    sources = [path.read_text("utf-8") for path in package_files(*sorted(HELD_OUT)) if path.stat().st_size <= LARGEST]
    hosts = "\n".join(document.text for document in novels("host"))
    size, copied = 0, set()
    for number in range(FILES):
        if number % 10 == 9:
            name, text = f"docs/{number}.md", hosts[(at := 6000 * number % max(1, len(hosts) - 6000)) : at + 6000]
        else:
            name, text = f"src/{number % 97}/{number}.py", sources[number % len(sources)]
        if number % (FILES // PLANTED) == 0:
            text += "\n\n\n" + protected[number % len(protected)]
            copied.add(name)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        size += len(text.encode())
    return size, copied


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        code = code_corpus(PROTECTED // 2)
        documents = [*code, *prose(PROTECTED - sum(len(document.text.encode()) for document in code))]
        info = build(documents, work / "index")
        plants = [document.text[at : at + 3000] for document in code if len(document.text) > 9000 for at in [3000]][:PLANTED]
        size, copied = repository(work / "repository", plants)
        command = (sys.executable, "-m", "simfilter", "--no-config", "scan", "-i", "../index", "-f", "json", "-q", "--fail-open")
        report, *_ = run(*command, ".", cwd=work / "repository", code=1)  # also warms the disk
        told = found(report)
        assert copied <= told, sorted(copied - told)
        assert len(told - copied) <= 0.02 * FILES, sorted(told - copied)[:20]
        missed = sum(not file["scanned"] for file in json.loads(report)["files"])
        _, wall, processor = run(*command, ".", cwd=work / "repository", code=1)

        def git(*arguments: str) -> None:
            subprocess.run(["git", "-c", "user.name=b", "-c", "user.email=b@example.org", "-c", "commit.gpgsign=false", *arguments],
                           cwd=work / "repository", check=True, capture_output=True)

        git("init", "-q")
        git("add", ".")
        git("commit", "-qm", "all")
        target = next(path for path in sorted((work / "repository" / "src").rglob("*.py")) if path.stat().st_size < 20_000)
        target.write_text(target.read_text("utf-8") + "\n\n\n" + plants[0], "utf-8")
        diffs = []
        for _ in range(DIFFS):
            report, *taken = run(*command, "--diff", "HEAD", cwd=work / "repository", code=1)
            assert found(report) == {str(target.relative_to(work / "repository"))}
            diffs.append(taken)
        diffs.sort()
        starts = sorted(run(sys.executable, "-c", "import numpy", cwd=work, code=0)[1:] for _ in range(DIFFS))
        started = time.process_time()
        for path in (work / "repository" / "src").rglob("*.py"):
            parser("python").parse(path.read_bytes())
        parsed = time.process_time() - started
        shutil.rmtree(work / "repository")
    middle = DIFFS // 2
    table(f"simfilter scan, {info['text_bytes'] / 1e6:.0f} MB protected", ["what", "by", "wall s", "processor s"], [
        [f"{FILES} files, {size / 1e6:.0f} MB, {missed} of them not compared whole", "simfilter scan", wall, processor],
        ["the same, its code parsed only", "tree-sitter, one process", "", parsed],
        ["a diff of one file, median", "simfilter scan --diff HEAD", *diffs[middle]],
        ["start", "python -c 'import numpy'", *starts[middle]]])


if __name__ == "__main__":
    main()
