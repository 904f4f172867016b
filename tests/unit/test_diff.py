"""Only what a change adds is judged."""

import subprocess
from pathlib import Path

import pytest

from simfilter.diff import changed, parse, staged
from simfilter.errors import InputError, ParameterError

PATCH = """diff --git a/x.py b/x.py
index 1..2 100644
--- a/x.py
+++ b/x.py
@@ -1,3 +1,4 @@
 one
-two
+deux
+trois
 four
diff --git a/gone.py b/gone.py
deleted file mode 100644
--- a/gone.py
+++ /dev/null
@@ -1 +0,0 @@
-bye
diff --git a/p.png b/p.png
new file mode 100644
Binary files /dev/null and b/p.png differ
"""


def test_added_lines_of_a_patch() -> None:
    assert parse(PATCH) == {"x.py": {2, 3}, "p.png": set()}
    assert parse("") == {}


@pytest.mark.parametrize("quote", ["true", "false"])  # whether git writes what is not ASCII as octal bytes
def test_paths_that_git_quotes(quote: str, repository: Path) -> None:
    names = ['say "é".txt', "tab\tand 日本語.txt", "back\\slash é\x7f.txt", "bell\a\u202e.txt"]
    for name in names:
        (repository / name).write_text("new\n")
    for arguments in (["config", "core.quotePath", quote], ["add", "."]):
        subprocess.run(["git", *arguments], cwd=repository, check=True)
    assert staged().lines == {name: {1} for name in names}


def test_a_file_that_is_no_patch_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("hello\n")
    with pytest.raises(InputError, match="not a unified diff"):
        changed(str(tmp_path / "words.txt"))


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def git(*arguments: str) -> None:
        subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false", *arguments],
                       cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    (tmp_path / "a.txt").write_text("one\ntwo\n")
    git("add", "."), git("commit", "-qm", "first")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "é b.txt").write_text("new\n")
    (tmp_path / "a.txt").write_text("zero\none\ntwo\nthree\n")
    git("add", "."), git("commit", "-qm", "second")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_git_range(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert changed("HEAD~1..HEAD").lines == {"a.txt": {1, 4}, "sub/é b.txt": {1}}
    monkeypatch.chdir(repository / "sub")
    assert changed("HEAD~1..HEAD").lines == {"é b.txt": {1}}


@pytest.mark.parametrize("change", ["", "--output=x", "no-such-branch..HEAD"])
def test_a_range_git_does_not_know(repository: Path, change: str) -> None:
    with pytest.raises(ParameterError):
        changed(change)
