"""The pages' code runs, top to bottom, in one folder a page (`workspace`), Python and shell by turns; commands exist; links lead somewhere.

`<!-- not run: why -->` before a block says why it is not. A command of ours may exit with 1, which is "found"; 2 is an error.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from markdown_it import MarkdownIt
from typer.testing import CliRunner

from simfilter.cli import app
from tests.docs.workspace import make

ROOT = Path(__file__).parents[2]
MADE = {"reference/cli.md", "reference/http.md", "changelog.md", "performance.md"}  # by docs/generate.py
PAGES = [ROOT / "README.md", *sorted(path for path in (ROOT / "docs").rglob("*.md") if str(path.relative_to(ROOT / "docs")) not in MADE)]
READERS = {"toml": tomllib.loads, "json": json.loads, "yaml": lambda text: list(yaml.safe_load_all(text))}
PROLOGUE = 'set -eu\nsimfilter() { command simfilter "$@" || [ $? -eq 1 ]; }\n'


@dataclass(frozen=True)
class Block:
    """A block of a page: what it is written in, where, and why it is not run ("" when it is)."""

    language: str
    line: int
    source: str
    not_run: str = ""


def blocks(page: Path) -> Iterator[Block]:
    told = ""
    for token in MarkdownIt("commonmark").parse(page.read_text("utf-8")):
        if token.type == "html_block" and token.map:
            told = found[1].strip() if (found := re.match(r"<!-- not run: (.+?) -->", token.content, re.DOTALL)) else ""
        elif token.type == "fence" and token.map:
            yield Block(token.info, token.map[0] + 2, token.content, told)
            told = ""
        else:
            told = ""


def shell(block: Block, page: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(["bash", "-c", PROLOGUE + block.source], env={**os.environ, "PATH": path, "NO_COLOR": "1"}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=120)
    assert done.returncode == 0, f"{page.name}, line {block.line}: exit code {done.returncode}\n{block.source}\n{done.stdout[-3000:]}"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workspace")
    make(folder / "here")
    return folder


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_blocks_run(page: Path, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(workspace, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path / "here")
    names: dict[str, object] = {}
    for block in blocks(page):
        if block.not_run:
            continue
        if block.language == "python":
            exec(compile("\n" * (block.line - 1) + block.source, str(page), "exec"), names)
        elif block.language == "sh":
            shell(block, page)
        elif block.language in READERS:
            READERS[block.language](block.source)
        else:
            assert block.language in ("", "text", "diff") or block.language.startswith("{"), \
                f"{page.name}, line {block.line}: {block.language} is not run by tests; say why in a comment before it"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_options_exist(page: Path) -> None:
    shown = [block for block in blocks(page) if block.language == "sh"]
    commands = [line for block in shown for line in block.source.splitlines() if line.startswith("simfilter ")]
    groups = {group.name for group in app.registered_groups}
    for line in commands:
        words = re.sub(r"\s+#.*|[<|].*", "", line).split()[1:]
        names = words[: 2 if words[0] in groups else 1]
        shown = CliRunner().invoke(app, [*names, "--help"], env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"})
        assert shown.exit_code == 0, line
        for option in (word.split("=")[0] for word in words if word.startswith("--")):
            assert option in shown.output, f"{option} of: {line}"


@pytest.mark.parametrize("page", [*PAGES, *ROOT.glob("*.md")], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target
