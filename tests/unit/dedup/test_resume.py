"""A run that is killed, at any moment, and resumed ends like one that was not; a full disk is told; the memory is kept."""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from simfilter.dedup import deduplicate
from simfilter.dedup import source as sources
from simfilter.dedup.store import Store
from simfilter.errors import InputError

ROOT = Path(__file__).parents[3]
KILLS = 10


def corpus(path: Path, documents: int, seed: int = 0) -> Path:
    """Random documents of random words, a third of them copies with edits, some malformed lines."""
    rng = random.Random(seed)
    words = ["".join(rng.choices("abcdefghijklmnop", k=rng.randint(2, 8))) for _ in range(3000)]
    made: list[list[str]] = []
    with path.open("w") as file:
        for number in range(documents):
            text = list(rng.choice(made)) if made and rng.random() < 0.33 else rng.choices(words, k=rng.randint(20, 200))
            for at in range(len(text)):
                if rng.random() < 0.02:
                    text[at] = rng.choice(words)
            made.append(text)
            file.write(json.dumps({"id": number, "text": " ".join(text)}) + "\n")
            if number % 997 == 0:
                file.write("{broken\n")
    return path


def contents(folder: Path) -> dict[str, str]:
    """Digests of all that was written, but for the summary, which tells the time."""
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name != "summary.json"}


def command(data: Path, out: Path, *more: str) -> list[str]:
    start = "from simfilter.dedup import source; source.BATCH_SIZE = 100_000; from simfilter.cli import main; main()"
    return [sys.executable, "-c", start, "dedup", str(data), "-o", str(out), "--level", "exact,near,substring", "--run", "30",
            "--metric", "containment", "-q", *more]


def test_killed_at_random_moments_and_resumed(tmp_path: Path) -> None:
    data = corpus(tmp_path / "in.jsonl", 4000)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    started = time.perf_counter()
    subprocess.run(command(data, tmp_path / "whole"), check=True, env=environment, capture_output=True)
    seconds = time.perf_counter() - started
    rng = random.Random(5)
    whole, kills, left = contents(tmp_path / "whole"), 0, KILLS
    while True:
        with (tmp_path / "said").open("wb") as said:
            process = subprocess.Popen(command(data, tmp_path / "killed", "--resume"), env=environment, stdout=said, stderr=said)
        try:
            process.wait(rng.uniform(0.1, 0.9) * seconds if kills < KILLS else None)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
            continue
        assert process.returncode == 0, (tmp_path / "said").read_text("utf-8")
        assert contents(tmp_path / "killed") == whole
        left -= 1
        if kills == KILLS or left == 0:
            break
        shutil.rmtree(tmp_path / "killed")  # it ended before the tenth kill: again
    assert kills == KILLS


def test_killed_after_every_file_it_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = corpus(tmp_path / "in.jsonl", 300)
    monkeypatch.setattr(sources, "BATCH_SIZE", 20_000)
    options = {"levels": ("exact", "near", "substring"), "run": 30, "threads": 1}
    deduplicate(data, output=tmp_path / "whole", **options)
    real, left, allowed, done = os.replace, 0, 0, False

    def replace(*names: object) -> None:
        nonlocal left
        if left == 0:
            raise KeyboardInterrupt
        left -= 1
        real(*names)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "replace", replace)
    while not done:
        left, allowed = allowed, allowed + 1
        try:
            deduplicate(data, output=tmp_path / "killed", resume=True, **options)
            done = True
        except KeyboardInterrupt:
            assert allowed < 500
    assert allowed > 5 and contents(tmp_path / "killed") == contents(tmp_path / "whole")


def test_resume_refuses_other_options_and_changed_inputs(tmp_path: Path) -> None:
    data = corpus(tmp_path / "in.jsonl", 50)
    (tmp_path / "out" / ".simfilter-work").mkdir(parents=True)
    (tmp_path / "out" / ".simfilter-work" / "run.json").write_text('{"other": 1}')
    with pytest.raises(InputError, match="other options or inputs"):
        deduplicate(data, output=tmp_path / "out", resume=True)
    deduplicate(data, output=tmp_path / "out")  # without it, it starts anew


@pytest.mark.skipif(os.geteuid() != 0 or not Path("/proc/mounts").exists(), reason="a small disk needs root to mount")
def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "BATCH_SIZE", 100_000)
    options = {"levels": ("exact", "near", "substring"), "run": 30, "metric": "containment", "report": True}
    data = corpus(tmp_path / "in.jsonl", 3000)
    before = data.read_bytes()
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a small disk is not allowed here")
    try:
        done = subprocess.run(command(data, disk / "out"), env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
        assert done.returncode == 2
        assert "no space left on the disk" in " ".join(done.stderr.split()) and "--resume" in done.stderr
        assert data.read_bytes() == before
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        deduplicate(data, output=disk / "out", resume=True, **options)
        deduplicate(data, output=tmp_path / "whole", **options)
        assert contents(disk / "out") == contents(tmp_path / "whole")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


MEASURED = """
import sys
from simfilter.dedup import deduplicate

levels = ("exact", "near", "substring")
deduplicate(sys.argv[1], output=sys.argv[2], memory=int(sys.argv[3]), levels=levels, metric="containment", threads=1)
with open("/proc/self/status") as file:
    print(dict(line.split(":", 1) for line in file)["VmHWM"].split()[0])
"""


def test_little_memory_is_kept_and_gives_the_same_result(tmp_path: Path) -> None:
    """3.6 million tokens in 16 MB and what Python, numpy and a batch take; with ample memory the same run takes far more."""
    rng = np.random.default_rng(0)
    words = np.array(["".join(rng.choice(list("abcdefghijklmnop"), rng.integers(1, 4))) for _ in range(5000)])
    drawn: list[str] = []
    for number in range(6000):
        drawn.append(drawn[number // 2] + " at the end" if number % 9 == 8 else " ".join(words[rng.integers(0, 5000, 600)]))
    (tmp_path / "in.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in drawn))
    peaks = {}
    for name, memory in (("tight", 16 << 20), ("ample", 2 << 30)):
        done = subprocess.run([sys.executable, "-c", MEASURED, str(tmp_path / "in.jsonl"), str(tmp_path / name), str(memory)], check=True,
                              env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
        peaks[name] = int(done.stdout) << 10
    assert contents(tmp_path / "tight") == contents(tmp_path / "ample")
    assert peaks["tight"] < (16 + 56) << 20 < peaks["ample"], peaks


def test_a_kill_amid_tidying_up_leaves_no_run_to_resume(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store.open(tmp_path / "work", "run", resume=True)
    store.put("rows", np.arange(3))
    with monkeypatch.context() as killed:
        killed.setattr(shutil, "rmtree", lambda *_, **__: None)
        store.remove()
    assert not Store.open(tmp_path / "work", "run", resume=True).has("rows")
