"""Imports point down, as drawn in the design; a framework is imported by one file, when first needed."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "simfilter"
LAYERS = [  # from the bottom; a module may import from lower layers and from its own
    ["errors", "types"],
    ["_core"],
    ["tables", "licence", "cluster"],
    ["views", "corpus", "policy", "replace", "report", "accept", "diff", "inputs", "evasion"],
    ["index"],
    ["background"],
    ["match"],
    ["dedup"],
    ["exempt", "watch"],
    ["filter", "stream"],
    ["session"],
    ["scan"],
    ["wire"],
    ["hooks", "serve", "calibrate", "demo"],
    ["cli"],
    ["__main__"],
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
ONE_FILE = {"tree_sitter": "views/languages.py", "markdown_it": "views/markdown.py", "pyarrow": "tables.py", "ray": "cluster.py",
            "pathspec": "corpus.py", "jinja2": "report/html.py", "matplotlib": "report/chart.py", "unidiff": "diff.py", "typer": "cli/",
            "openai": "hooks/openai.py", "vllm": "hooks/vllm.py", "litellm": "hooks/litellm.py", "langchain": "hooks/langchain.py",
            "guardrails": "hooks/guardrails_ai.py", "licenseclassifier": "licence.py", "tomlkit": "accept.py", "mcp": "hooks/mcp.py",
            "pytest": "hooks/pytest.py", "aiohttp": "serve/", "starlette": "serve/", "prometheus_client": "serve/",
            "opentelemetry": "serve/trace.py", "nemoguardrails": "hooks/nemo.py"}
COMMANDS = {"dedup/command.py"}  # a command that stands beside what it runs
FILES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


def imports(path: Path) -> list[str]:
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(node.module or "")
            if node.module == "simfilter":
                found += [f"simfilter.{alias.name}" for alias in node.names]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    layer = path.relative_to(ROOT).parts[0].removesuffix(".py")
    assert layer in LEVEL, f"{layer} has no place in the drawing"
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "simfilter" and len(parts) > 1 and parts[1] in LEVEL:
            assert LEVEL[parts[1]] <= LEVEL[layer], f"{path.relative_to(ROOT)} imports upwards: {name}"


def test_hooks_and_server_are_strangers() -> None:
    for path in FILES:
        layer = path.relative_to(ROOT).parts[0]
        if layer in ("hooks", "serve"):
            other = {"hooks": "simfilter.serve", "serve": "simfilter.hooks"}[layer]
            assert not [name for name in imports(path) if name.startswith(other)], path


@pytest.mark.parametrize("package", ONE_FILE)
def test_a_framework_has_one_door(package: str) -> None:
    users = {str(path.relative_to(ROOT)) for path in FILES
             if any(name.split(".")[0] == package for name in imports(path))}
    users -= COMMANDS if package == "typer" else set()
    assert all(user == ONE_FILE[package] or (ONE_FILE[package].endswith("/") and user.startswith(ONE_FILE[package])) for user in users)


def test_the_core_is_entered_through_its_door() -> None:
    for path in FILES:
        if path.relative_to(ROOT).parts[0] != "_core":
            assert not [name for name in imports(path) if name.startswith("simfilter._core.")], path
