"""``simfilter dedup`` as a user calls it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from simfilter.dedup.command import parse_size
from simfilter.errors import ParameterError
from tests.unit.dedup.test_files import OTHER, ROWS, TIDE, lines, write_rows

ROOT = Path(__file__).parents[3]


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "simfilter", "dedup", *arguments], cwd=cwd, capture_output=True, text=True,
                          env={"PYTHONPATH": str(ROOT), "COLUMNS": "160", "PATH": "/usr/bin:/bin", "HOME": str(cwd)})


def test_it_tells_what_was_removed_and_how_well_it_looked(tmp_path: Path) -> None:
    write_rows(tmp_path / "in.jsonl", ROWS)
    (tmp_path / "in.jsonl").write_text((tmp_path / "in.jsonl").read_text() + "{broken\n")
    done = run("in.jsonl", "-o", "out", "--level", "exact,near,substring", "--threshold", "0.8", "--run", "20", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "repeated: exact" in done.stdout and "21 bands of 6 rows" in done.stdout and "0.998 at 0.80" in done.stdout
    assert "1 malformed rows" in done.stderr and "malformed.jsonl" in done.stderr
    assert lines(tmp_path / "out" / "in.jsonl") == ROWS[:2]
    page = (tmp_path / "out" / "report.html").read_text()
    assert "<h2>By level</h2>" in page and TIDE in page and "http" not in page.replace("http-equiv", "")
    assert run("in.jsonl", "-o", "out2", "-q", "--no-report", "--action", "report", cwd=tmp_path).stdout == ""
    assert sorted(path.name for path in (tmp_path / "out2").iterdir()) == ["malformed.jsonl", "manifest.jsonl", "summary.json"]


def test_a_test_set(tmp_path: Path) -> None:
    write_rows(tmp_path / "in.jsonl", ROWS)
    write_rows(tmp_path / "exam.jsonl", [{"text": OTHER}])
    done = run("in.jsonl", "-o", "out", "--against", "exam.jsonl", "--metric", "containment", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [row["id"] for row in lines(tmp_path / "out" / "in.jsonl")] == ["a", "c", "d"]


@pytest.mark.parametrize(("arguments", "message"), [
    (["nowhere.jsonl", "-o", "out"], "no such file or directory: nowhere.jsonl"),
    (["in.jsonl", "-o", "out", "--level", "nearly"], "need exact, near, substring"),
    (["in.jsonl", "-o", "out", "--memory", "lots"], "like 4GB"),
    (["in.jsonl", "-o", "out", "--threshold", "2"], "need 0 < threshold <= 1"),
    (["in.jsonl", "-o", "."], "overwritten"),
    (["in.jsonl", "-o", "out", "--language", "klingon"], "unknown language"),
])
def test_mistakes_are_told_in_a_line(tmp_path: Path, arguments: list[str], message: str) -> None:
    write_rows(tmp_path / "in.jsonl", ROWS)
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2 and message in " ".join(done.stderr.split()), done.stderr


def test_sizes() -> None:
    assert [parse_size(text) for text in ("4GB", "512 MiB", "1.5k", "1e9")] == [4 << 30, 512 << 20, 1536, 10**9]
    for text in ("", "many", "4XB", "GB", "1.2.3"):
        with pytest.raises(ParameterError):
            parse_size(text)


def test_the_summary_is_complete(tmp_path: Path) -> None:
    write_rows(tmp_path / "in.jsonl", ROWS)
    run("in.jsonl", "-o", "out", cwd=tmp_path)
    told = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert told["rows"] == 4 and told["kept"] == 2 and told["bytes_saved"]["exact"] == len(str(ROWS[2]["text"]))
    assert told["lsh"] == {"bands": 21, "rows": 6, "recall_at_threshold": 0.998312, "expected_recall": told["lsh"]["expected_recall"]}
