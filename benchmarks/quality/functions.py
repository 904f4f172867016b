"""Functions of 20 to 60 lines, cut out of source files by tree-sitter, each with the project it comes from.

What must pass is innocent only when it really is written by others: of two functions that are equal but for names and literals one is kept,
and an innocent one that equals a protected one is dropped, as are files that name the protected project's authors as their own. Files that
say that they were generated are left out. Near-copies that remain (authors do copy) count against every detector alike.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import tempfile
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xxhash

from benchmarks.quality.packages import GENERATED, KIN, PACKAGES, fetch, files
from simfilter.views.code import FIXED, code_tokens
from simfilter.views.languages import parser
from simfilter.views.tokens import PUBLIC_KEY

if TYPE_CHECKING:
    from tree_sitter import Node

LEAST, MOST = 20, 60
"""Lines of a function; those of a docstring do not count for the least."""
LONGEST_LINE = 300
"""Characters; a function with a longer line is generated or minified."""
LARGEST_FILE = 12 << 20
"""Bytes."""
HEAD = 2000
"""Characters of a file in which its holders of rights are named, and what generated it."""

NODES = {
    "python": {"function_definition"},
    "javascript": {"function_declaration", "generator_function_declaration", "method_definition"},
    "java": {"method_declaration", "constructor_declaration"},
    "c": {"function_definition"},
    "go": {"function_declaration", "method_declaration"},
    "rust": {"function_item"},
}
ENDINGS = {"python": (".py",), "javascript": (".js", ".mjs", ".cjs"), "java": (".java",), "c": (".c",), "go": (".go",), "rust": (".rs",)}


@dataclass(frozen=True, slots=True)
class Function:
    """``text`` begins at column 0; ``form`` is equal for functions that differ in names, literals, comments and layout alone."""

    project: str
    path: str
    text: str
    form: bytes


def functions(source: str, language: str, *, project: str, path: str) -> Iterator[Function]:
    """The functions of a file that have `LEAST` to `MOST` lines, inner ones of those left out, and parse by themselves."""
    data = source.encode()
    if len(data) > LARGEST_FILE:
        return
    waiting = [parser(language).parse(data).root_node]
    while waiting:
        node = waiting.pop()
        lines = node.end_point[0] - node.start_point[0] + 1
        if lines < LEAST:
            continue
        if node.type in NODES[language] and lines <= MOST:
            if lines - _docstring(node) < LEAST:
                continue
            text = textwrap.dedent(" " * node.start_point[1] + data[node.start_byte : node.end_byte].decode("utf-8", "replace")).lstrip()
            if node.type == "method_definition":  # by itself it would be a call and a block
                text = "function " + text
            tokens = code_tokens(text.encode(), language, key=PUBLIC_KEY, normalize=())
            if max(map(len, text.splitlines())) <= LONGEST_LINE and (not tokens.errors or language in ("java", "c")):
                yield Function(project, path, text, np.where(tokens.classes == FIXED, tokens.lexemes, tokens.classes).tobytes())
        else:
            waiting.extend(reversed(node.children))


def _docstring(function: Node) -> int:
    """Lines of a Python function's docstring."""
    body = function.child_by_field_name("body")
    first = body.named_children[0] if body is not None and body.type == "block" and body.named_children else None
    if first is None or first.type != "expression_statement" or [child.type for child in first.named_children] != ["string"]:
        return 0
    return first.end_point[0] - first.start_point[0] + 1


def distinct(found: Iterable[Function], *, besides: Iterable[Function] = ()) -> list[Function]:
    """One of each form, none that ``besides`` has."""
    seen = {function.form for function in besides}
    return [function for function in found if not (function.form in seen or seen.add(function.form))]  # type: ignore[func-returns-value]


def drawn(found: list[Function], count: int, seed: int) -> list[Function]:
    """``count`` of them at random, or all."""
    return random.Random(seed).sample(found, count) if len(found) > count else list(found)


def projects(language: str, cache: Path) -> tuple[list[Function], list[Function]]:
    """(protected, innocent) functions of the packages of ``language``, fetched once and then kept at ``cache``, one JSONL.gz a language."""
    stored = cache / f"{language}-{_digest(language)}.jsonl.gz"
    if not stored.is_file():
        _store(language, stored)
    sides: dict[str, list[Function]] = {"protected": [], "innocent": []}
    with gzip.open(stored, "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            sides[row["side"]].append(Function(row["project"], row["path"], row["text"], bytes.fromhex(row["form"])))
    protected = distinct(sides["protected"])
    return protected, distinct(sides["innocent"], besides=protected)


def _store(language: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partly = path.with_suffix(f".{os.getpid()}")  # two runs may do the same at once
    with gzip.open(partly, "wt", encoding="utf-8", compresslevel=3) as file:
        for package in PACKAGES[language]:
            with tempfile.TemporaryDirectory(dir=path.parent) as folder:
                fetch(package, Path(folder) / "unpacked")
                for inner, source in files(Path(folder) / "unpacked", ENDINGS[language]):
                    side = package.side(inner)
                    if side is None or not (text := _read(source)) or left_out(text, side, language):
                        continue
                    for found in functions(text, language, project=package.name, path=inner):
                        form = xxhash.xxh3_128_hexdigest(found.form)
                        row = {"side": side, "project": found.project, "path": inner, "text": found.text, "form": form}
                        file.write(json.dumps(row) + "\n")
    partly.rename(path)


def _read(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return None


def left_out(text: str, side: str, language: str) -> bool:
    """Whether a file says that it was generated, or an innocent one that it was copied from what is protected."""
    head = text[:HEAD]
    akin = side == "innocent" and language in KIN and KIN[language] in head
    return akin or (language in GENERATED and GENERATED[language].search(head) is not None)


def _digest(language: str) -> str:
    """Changes with the packages and with how functions are cut."""
    rule = (PACKAGES[language], sorted(NODES[language]), LEAST, MOST, LONGEST_LINE, LARGEST_FILE, "docstrings", KIN.get(language),
            GENERATED.get(language))
    return xxhash.xxh3_64_hexdigest(repr(rule).encode())
