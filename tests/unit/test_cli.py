"""The command line as a user calls it: output, exit codes, messages."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.report.test_reports import CODE, SECRET


def run(*arguments: str, cwd: Path, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, "-m", "simfilter", *arguments], cwd=cwd, input=stdin, capture_output=True,
                          env={"PYTHONPATH": str(Path(__file__).parents[2]), "COLUMNS": "160", "PATH": "/usr/bin:/bin", "HOME": str(cwd)})
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A corpus, its index, and outputs to judge."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "corpus" / "lib").mkdir(parents=True)
    (folder / "corpus" / "ledger.txt").write_text(SECRET)
    (folder / "corpus" / "lib" / "tide.py").write_text("# SPDX-License-Identifier: GPL-3.0-only\n" + CODE)
    (folder / "corpus" / ".gitignore").write_text("ignored.txt\n")
    (folder / "corpus" / "ignored.txt").write_text("not mine " * 30)
    (folder / "corpus" / "blob.bin").write_bytes(b"\0\1\2")
    (folder / "out").mkdir()
    (folder / "out" / "copy.md").write_text(f"He said:\n\n{SECRET}\n")
    (folder / "out" / "renamed.py").write_text(CODE.replace("total", "amount").replace("hour", "step").replace("tide", "flow"))
    (folder / "out" / "clean.txt").write_text("An innocent line.\n")
    done = run("index", "build", "corpus", "-o", "index", "--source", "Harbour", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "2 documents" in done.stdout
    assert "not protected: corpus/blob.bin: binary file" in done.stderr
    return folder


def test_scan_finds_copies_and_exits_with_one(place: Path) -> None:
    done = run("scan", "out", "--index", "index", cwd=place)
    assert done.returncode == 1
    assert "out/copy.md" in done.stdout and "verbatim copy of ledger.txt of Harbour" in done.stdout
    assert "renamed copy of lib/tide.py of Harbour (GPL-3.0-only)" in done.stdout
    assert "3 files" in done.stdout and "2 matches in 2" in done.stdout


def test_scan_of_clean_text_exits_with_zero(place: Path) -> None:
    done = run("scan", "out/clean.txt", "-i", "index", cwd=place)
    assert done.returncode == 0 and "nothing protected found" in done.stdout


def test_scan_of_standard_input(place: Path) -> None:
    done = run("scan", "-", "-i", "index", "-f", "json", cwd=place, stdin=SECRET.encode())
    assert done.returncode == 1
    assert json.loads(done.stdout)["files"][0]["path"] == "-"
    done = run("scan", "-", "-i", "index", "--language", "py", cwd=place, stdin=CODE.encode())
    assert done.returncode == 1 and "tide.py" in done.stdout


def test_scan_against_a_directory(place: Path) -> None:
    done = run("scan", "out/copy.md", "--against", "corpus", "-q", cwd=place)
    assert done.returncode == 1 and "ledger.txt" in done.stdout
    assert sorted(path.name for path in place.iterdir()) == ["corpus", "index", "out"]  # the temporary index is elsewhere, and gone


def test_what_cannot_be_scanned_is_not_clean(place: Path, tmp_path: Path) -> None:
    (tmp_path / "latin.txt").write_bytes("caf\u00e9".encode("latin-1"))
    (tmp_path / "image.png").write_bytes(b"\x89PNG\0\0")
    index = str(place / "index")
    done = run("scan", ".", "-i", index, cwd=tmp_path)
    assert done.returncode == 2
    assert "latin.txt  not UTF-8: byte 3" in done.stdout and "image.png  binary file" in done.stdout and "2 not scanned" in done.stdout
    assert run("scan", ".", "-i", index, "--fail-open", cwd=tmp_path).returncode == 0
    assert run("scan", ".", "-i", index, "--exclude", "*.png", "--exclude", "latin*", cwd=tmp_path).returncode == 0
    assert run("scan", "missing.txt", "-i", index, cwd=tmp_path).returncode == 2
    done = run("scan", "-", "-i", index, cwd=tmp_path, stdin=b"\xfa\xfe")
    assert done.returncode == 2 and "not UTF-8" in done.stdout


@pytest.mark.parametrize(("arguments", "message"), [
    (["scan", "out"], "give either --index or --against"),
    (["scan", "out", "-i", "index", "--against", "corpus"], "give either --index or --against"),
    (["scan", "out", "-i", "nowhere"], "nowhere"),
    (["scan", "out", "-i", "index", "--policy", "none.toml"], "no policy file none.toml"),
    (["scan", "out", "-i", "index", "--language", "klingon"], "unknown language 'klingon'"),
    (["scan", "out", "-i", "index", "--diff", "bad..range"], "git diff bad..range"),
    (["index", "build", "nowhere", "-o", "new"], "no such file or directory: nowhere"),
    (["index", "build", "corpus/blob.bin", "-o", "new"], "nothing to protect"),
    (["index", "build", "corpus", "-o", "out"], "out"),
    (["explain", "out/copy.md", "-i", "index", "--match", "7"], "--match 7: there are 1"),
    (["explain", "corpus/blob.bin", "-i", "index"], "not scanned: binary file"),
])
def test_errors_are_one_line_and_exit_with_two(place: Path, arguments: list[str], message: str) -> None:
    done = run(*arguments, cwd=place)
    assert done.returncode == 2, done
    assert message in done.stderr and "Traceback" not in done.stderr
    assert (place / "out" / "copy.md").is_file()


def test_an_unknown_option_exits_with_two(place: Path) -> None:
    assert run("scan", "--no-such-option", cwd=place).returncode == 2


def test_reports_go_to_a_file(place: Path, tmp_path: Path) -> None:
    for name in ("sarif", "html", "json", "human"):
        done = run("scan", "out", "-i", "index", "-f", name, "-o", str(tmp_path / name), cwd=place)
        assert done.returncode == 1 and done.stdout == ""
        assert "ledger.txt" in (tmp_path / name).read_text("utf-8")


def test_a_policy_file_decides(place: Path, tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text('[[rule]]\nlicence = "GPL-*"\naction = "flag"\n[[rule]]\nsource = "Harbour"\naction = "allow"\n')
    done = run("scan", "out", "-i", "index", "-p", str(tmp_path / "policy.toml"), "-f", "json", "-q", cwd=place)
    actions = {Path(file["path"]).name: file["action"] for file in json.loads(done.stdout)["files"]}
    assert actions == {"copy.md": "allow", "renamed.py": "flag", "clean.txt": "allow"}
    assert done.stderr == ""


def test_only_added_lines_with_diff(place: Path, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(f"Intro.\n\n{SECRET}\n\nNew line.\n")
    patch = "--- a/a.md\n+++ b/a.md\n@@ -3,0 +{line},1 @@\n+{text}\n"
    index = str(place / "index")
    (tmp_path / "old.patch").write_text(patch.format(line=5, text="New line."))
    done = run("scan", "--diff", "old.patch", "-i", index, "-f", "json", "-q", cwd=tmp_path)
    assert done.returncode == 0, done
    assert json.loads(done.stdout)["files"][0]["set_aside"][0]["reason"] == "on unchanged lines"
    (tmp_path / "new.patch").write_text(patch.format(line=3, text=SECRET))
    assert run("scan", "--diff", "new.patch", "-i", index, cwd=tmp_path).returncode == 1
    assert run("scan", "elsewhere", "--diff", "new.patch", "-i", index, cwd=tmp_path).returncode == 0


def test_explain_shows_one_match_and_what_was_set_aside(place: Path) -> None:
    done = run("explain", "out/renamed.py", "-i", "index", cwd=place)
    assert done.returncode == 1
    for words in ("BLOCK by rule: default", "compared as renamed", "GPL-3.0-only", "amount", "bits"):
        assert words in done.stdout
    done = run("explain", "-", "-i", "index", cwd=place, stdin=" ".join(SECRET.split()[:15]).encode())
    assert done.returncode == 0 and "short: 15 of 18 tokens" in done.stdout


def test_index_info_and_verify(place: Path) -> None:
    info = json.loads(run("index", "info", "index", "--json", cwd=place).stdout)
    assert info["documents"] == 2 and info["tokens"]["code"] > 0 and info["parts"]["source.blocks"] > 0
    assert "text.suffixes" in run("index", "info", "index", cwd=place).stdout
    assert run("index", "verify", "index", cwd=place).returncode == 0


def test_index_verify_of_damage(place: Path, tmp_path: Path) -> None:
    assert run("index", "build", str(place / "corpus"), "-o", "index", "-q", cwd=tmp_path).stdout == ""
    segment = next((tmp_path / "index").glob("*.sfx"))
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    for command in (["index", "verify", "index"], ["scan", "-", "-i", "index"]):
        done = run(*command, cwd=tmp_path)
        assert done.returncode == 2 and "error: segment-1-0.sfx" in done.stderr


def test_an_index_is_changed_from_the_shell(place: Path, tmp_path: Path) -> None:
    def told(*arguments: str, code: int = 0) -> str:
        done = run(*arguments, cwd=tmp_path)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "page[1].txt").write_text("a page that the tide had left on the stairs of the customs house, "
                                                   "folded twice and blank")
    told("index", "build", str(place / "corpus"), "-o", "index", "--shards", "2", "-q")
    assert "error: a document with the id 'ledger.txt' is in the index" in told("index", "add", "index", str(place / "corpus"), code=2)
    assert "3 documents" in told("index", "add", "index", "more", "--tag", "blank")
    assert "3 documents" in told("index", "add", "index", "more", "--replace", "--tag", "blank")
    told("index", "snapshot", "index", "-o", "friday")
    assert "removed page[1].txt of more" in told("index", "remove", "index", "--where", "tag=b*", "--where", "source=more")
    assert "nothing was removed" in told("index", "remove", "index", "--id", "nobody", code=2)
    assert "NAME=PATTERN" in told("index", "remove", "index", "--where", "tag", code=2)
    assert "removed lib/tide.py" in told("index", "remove", "index", "--id", "lib/tide.py", "--compact")
    assert json.loads(told("index", "info", "index", "--json"))["removed"] == 0
    assert "1 documents" in told("index", "compact", "index")
    assert "sound: 1 documents" in told("index", "verify", "index")
    assert json.loads(told("index", "info", "friday", "--json"))["documents"] == 3
    segments = sorted((tmp_path / "friday").glob("segment*"))
    segments[-1].write_bytes(b"")
    assert "is lost" in told("index", "verify", "friday", code=2)
    assert told("scan", "-", "-i", "friday", code=2) and told("scan", "-", "-i", "friday", "--fail-open")
    assert f"lost {segments[-1].name}" in told("index", "repair", "friday", code=1)
    told("index", "verify", "friday")


def test_records_with_columns(place: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": "x", "body": SECRET, "licence": "MIT", "source": "Own"}) + "\n")
    done = run("index", "build", "a.jsonl", "-o", "index", "--text-column", "body", "--tag", "novel", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = run("scan", "-", "-i", "index", "-f", "json", cwd=tmp_path, stdin=SECRET.encode())
    source = json.loads(done.stdout)["files"][0]["matches"][0]["source"]
    assert (source["document"], source["licence"], source["source"], source["tags"]) == ("x", "MIT", "Own", ["novel"])


def test_demo_is_as_expected(tmp_path: Path) -> None:
    done = run("demo", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("BLOCK") == 5 and done.stdout.count("ALLOW") == 4 and "All as expected." in done.stdout


def test_version_and_help(tmp_path: Path) -> None:
    assert run("--version", cwd=tmp_path).stdout == "simfilter 0.1.0\n"
    for command in ([], ["index"], ["scan"], ["explain"]):
        assert "Usage" in run(*command, "--help", cwd=tmp_path).stdout


def test_import_is_fast_and_loads_nothing_heavy() -> None:
    code = "import time; t = time.perf_counter(); import simfilter, sys; print(time.perf_counter() - t, 'numpy' in sys.modules)"
    seconds, numpy = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert float(seconds) < 0.15 and numpy == "False"
