"""The pages' Python blocks run, and the commands they show exist."""

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from typer.testing import CliRunner

from simfilter.cli import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path, language: str) -> list[tuple[int, str]]:
    tokens = MarkdownIt("commonmark").parse(page.read_text("utf-8"))
    return [(token.map[0] + 2, token.content) for token in tokens if token.type == "fence" and token.info == language and token.map]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for line, source in blocks(page, "python"):
        exec(compile("\n" * (line - 1) + source, str(page), "exec"), names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_options_exist(page: Path) -> None:
    commands = [line for _, block in blocks(page, "sh") for line in block.splitlines() if line.startswith("simfilter ")]
    for line in commands:
        words = re.sub(r"\s+#.*|<.*", "", line).split()[1:]
        names = [word for word in words[:2]
                 if re.fullmatch(r"index|background|build|add|remove|compact|snapshot|repair|info|verify|scan|explain|calibrate|demo|serve|"
                                 r"dedup|baseline|notice|allow|list|mcp", word)]
        shown = CliRunner().invoke(app, [*names, "--help"], env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"})
        assert shown.exit_code == 0, line
        for option in (word for word in words if word.startswith("--")):
            assert option in shown.output, f"{option} of: {line}"


@pytest.mark.parametrize("page", [*PAGES, *ROOT.glob("*.md")], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target
