"""Functions of 20 to 60 lines, cut out of source files by tree-sitter, each with the project it comes from.

What must pass is innocent only when it really is written by others: of two functions that are equal but for names and literals one is kept,
and an innocent one that equals a protected one is dropped. Near-copies that remain (authors do copy) count against every detector alike.
"""

from __future__ import annotations

import random
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from simfilter.views.code import FIXED, code_tokens
from simfilter.views.languages import parser
from simfilter.views.tokens import PUBLIC_KEY

LEAST, MOST = 20, 60
"""Lines of a function."""
LONGEST_LINE = 400
"""Characters; a file with a longer line is generated or minified."""
LARGEST_FILE = 12 << 20
"""Bytes."""

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
    if len(data) > LARGEST_FILE or max(map(len, source.splitlines()), default=0) > LONGEST_LINE:
        return
    waiting = [parser(language).parse(data).root_node]
    while waiting:
        node = waiting.pop()
        lines = node.end_point[0] - node.start_point[0] + 1
        if lines < LEAST:
            continue
        if node.type in NODES[language] and lines <= MOST:
            text = textwrap.dedent(" " * node.start_point[1] + data[node.start_byte : node.end_byte].decode("utf-8", "replace")).lstrip()
            if node.type == "method_definition":  # by itself it would be a call and a block
                text = "function " + text
            tokens = code_tokens(text.encode(), language, key=PUBLIC_KEY)
            if len(text) <= MOST * 100 and (not tokens.errors or language in ("java", "c")):
                yield Function(project, path, text, np.where(tokens.classes == FIXED, tokens.lexemes, tokens.classes).tobytes())
        else:
            waiting.extend(reversed(node.children))


def distinct(found: Iterable[Function], *, besides: Iterable[Function] = ()) -> list[Function]:
    """One of each form, none that ``besides`` has."""
    seen = {function.form for function in besides}
    return [function for function in found if not (function.form in seen or seen.add(function.form))]  # type: ignore[func-returns-value]


def drawn(found: list[Function], count: int, seed: int) -> list[Function]:
    """``count`` of them at random, or all."""
    return random.Random(seed).sample(found, count) if len(found) > count else list(found)
