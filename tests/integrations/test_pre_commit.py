"""pre-commit itself runs the hooks in a repository of its own, without network: a commit with a copy is blocked."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import index, place  # noqa: F401
from tests.integrations.test_ci import environment

ROOT = Path(__file__).parents[2]
pytest.importorskip("pre_commit", reason="pre-commit is not installed")


def run(folder: Path, *command: str, code: int | None = 0) -> str:
    settings = environment(folder.parent, PRE_COMMIT_HOME=str(folder.parent / "cache"), GIT_CONFIG_NOSYSTEM="1", http_proxy="http://127.0.0.1:9",
                           https_proxy="http://127.0.0.1:9", GIT_AUTHOR_NAME="t", GIT_AUTHOR_EMAIL="t@example.org", GIT_COMMITTER_NAME="t",
                           GIT_COMMITTER_EMAIL="t@example.org")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=settings)
    assert code is None or done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


PRE_COMMIT = (sys.executable, "-m", "pre_commit")


@pytest.fixture
def repository(index: Path, place: Path) -> Path:  # noqa: F811
    """A repository that uses the hooks of another one on disk."""
    hooks = place / "hooks"
    hooks.mkdir()
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", hooks)
    run(hooks, "git", "init", "-q")
    run(hooks, "git", "add", ".")
    run(hooks, "git", "commit", "-qm", "hooks")
    revision = run(hooks, "git", "rev-parse", "HEAD").strip()
    folder = place / "repository"
    folder.mkdir()
    (folder / "simfilter.toml").write_text(f'index = "{os.path.relpath(index, folder)}"\n')
    (folder / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {hooks}\n  rev: {revision}\n  hooks:\n  - id: simfilter-installed\n  - id: simfilter-diff-installed\n")
    run(folder, "git", "init", "-q")
    (folder / "old.md").write_text((place / "copy.md").read_text())
    run(folder, "git", "add", ".")
    run(folder, "git", "commit", "-qm", "before there were hooks")
    run(folder, *PRE_COMMIT, "install")
    return folder


def test_the_manifest_is_valid() -> None:
    assert subprocess.run([*PRE_COMMIT, "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")], capture_output=True).returncode == 0


def test_a_commit_with_a_copy_is_blocked(repository: Path, place: Path) -> None:  # noqa: F811
    (repository / "new.py").write_text((place / "renamed.py").read_text())
    run(repository, "git", "add", "new.py")
    told = run(repository, "git", "commit", "-m", "copied", code=1)
    assert "renamed copy of tide.py of Tides" in told and "simfilter" in told
    assert run(repository, "git", "log", "--oneline").count("\n") == 1
    (repository / "new.py").write_text("print('our own')\n")
    run(repository, "git", "add", "new.py")
    run(repository, "git", "commit", "-m", "our own")


def test_a_hook_for_added_lines_leaves_old_copies(repository: Path) -> None:
    (repository / "old.md").write_text((repository / "old.md").read_text() + "\nOne more line of our own.\n")
    run(repository, "git", "add", "old.md")
    assert "verbatim copy of ledger.txt" in run(repository, *PRE_COMMIT, "run", "simfilter-installed", code=1)
    run(repository, *PRE_COMMIT, "run", "simfilter-diff-installed")


def test_the_local_hook_of_the_docs_judges_what_is_staged(repository: Path, place: Path) -> None:  # noqa: F811
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    (settings,) = (found for found in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "repo: local" in found)
    (repository / ".pre-commit-config.yaml").write_text(settings)
    (repository / "new.py").write_text((place / "renamed.py").read_text())
    run(repository, "git", "add", ".")
    (repository / "new.py").write_text("print('our own, but not staged')\n")
    assert "renamed copy of tide.py of Tides" in run(repository, "git", "commit", "-m", "copied", code=1)
    run(repository, "git", "add", "new.py")
    run(repository, "git", "commit", "-m", "our own")


@pytest.mark.skipif("SIMFILTER_NETWORK" not in os.environ, reason="builds simfilter from source in pre-commit's own environment: "
                                                                  "set SIMFILTER_NETWORK where packages can be fetched")
def test_the_hook_that_installs_itself(repository: Path) -> None:
    command = [*PRE_COMMIT, "try-repo", str(ROOT), "simfilter", "--files", "old.md"]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True,
                          env={**os.environ, "PRE_COMMIT_HOME": str(repository.parent / "own")})
    assert done.returncode == 1 and "verbatim copy of ledger.txt" in done.stdout, done.stdout + done.stderr
