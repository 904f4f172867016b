"""Reading the evaluation data, and functions of the Python code this machine has."""

from __future__ import annotations

import ast
import gzip
import json
import random
import sysconfig
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simfilter import Document

STDLIB = Path(sysconfig.get_paths()["stdlib"])
SITE = Path(sysconfig.get_paths()["purelib"])
NOT_THE_LIBRARY = {"site-packages", "dist-packages", "test", "tests", "idle_test", "lib2to3", "ensurepip"}


def rows(path: Path) -> list[dict[str, Any]]:
    """The records of a JSONL.gz file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def library_files() -> list[Path]:
    """The modules of the standard library, without its tests."""
    return sorted(path for path in STDLIB.rglob("*.py") if NOT_THE_LIBRARY.isdisjoint(path.relative_to(STDLIB).parts))


def library() -> Iterator[Document]:
    """The standard library as documents."""
    for path in library_files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        yield Document(id=path.relative_to(STDLIB).as_posix(), text=text, source="CPython", licence="PSF-2.0", language="python")


def package_files(*packages: str) -> list[Path]:
    """The modules of installed packages, without their tests."""
    return sorted(path for package in packages for path in (SITE / package).rglob("*.py")
                  if not {"test", "tests", "testing", "_vendor"} & set(path.parts))


def functions(files: list[Path], count: int, *, lines: tuple[int, int] = (20, 60), seed: int = 0) -> list[tuple[str, str]]:
    """(where, source) of ``count`` functions of so many lines, drawn at random."""
    found = []
    for path in files:
        try:
            source = path.read_text("utf-8")
            tree = ast.parse(source)
        except (UnicodeDecodeError, SyntaxError):
            continue
        rows = source.splitlines()
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and lines[0] <= (node.end_lineno or 0) - node.lineno + 1 <= lines[1]:
                text = textwrap.dedent("\n".join(rows[node.lineno - 1 : node.end_lineno]))
                found.append((f"{path.name}:{node.name}", text))
    return random.Random(seed).sample(found, count)
