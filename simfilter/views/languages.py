"""Programming languages: their names, files and grammars. The only place that knows tree-sitter.

A grammar is loaded on first use, a parser a thread. What will not load is reported by name, never passed over.
"""

from __future__ import annotations

import re
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np

from simfilter.errors import CapacityError, GrammarError, ParameterError

if TYPE_CHECKING:
    import tree_sitter
    from tree_sitter import Node as Node


@dataclass(frozen=True, slots=True)
class Grammar:
    """A language's canonical ``name``, what it is also called, its file endings, and where its grammar stands."""

    name: str
    module: str
    function: str = "language"
    aliases: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    interpreters: tuple[str, ...] = ()


GRAMMARS = {grammar.name: grammar for grammar in (
    Grammar("python", "tree_sitter_python", aliases=("py", "python3", "py3", "pycon", "ipython", "python2"),
            extensions=(".py", ".pyi", ".pyw"), interpreters=("python", "python3", "python2", "pypy3")),
    Grammar("javascript", "tree_sitter_javascript", aliases=("js", "jsx", "node", "nodejs", "mjs", "cjs", "ecmascript", "es6"),
            extensions=(".js", ".mjs", ".cjs", ".jsx"), interpreters=("node",)),
    Grammar("typescript", "tree_sitter_typescript", "language_typescript", ("ts",), (".ts", ".mts", ".cts"), ("ts-node", "deno")),
    Grammar("tsx", "tree_sitter_typescript", "language_tsx", extensions=(".tsx",)),
    Grammar("java", "tree_sitter_java", extensions=(".java",)),
    Grammar("c", "tree_sitter_c", aliases=("h",), extensions=(".c", ".h")),
    Grammar("cpp", "tree_sitter_cpp", aliases=("c++", "cc", "cxx", "hpp", "cplusplus", "cuda", "arduino"),
            extensions=(".cpp", ".cc", ".cxx", ".hpp", ".hh", ".hxx", ".ipp", ".cu", ".ino")),
    Grammar("csharp", "tree_sitter_c_sharp", aliases=("c#", "cs", "c-sharp", "c_sharp"), extensions=(".cs", ".csx")),
    Grammar("go", "tree_sitter_go", aliases=("golang",), extensions=(".go",)),
    Grammar("rust", "tree_sitter_rust", aliases=("rs",), extensions=(".rs",)),
    Grammar("ruby", "tree_sitter_ruby", aliases=("rb", "irb"), extensions=(".rb", ".rake", ".gemspec"), interpreters=("ruby",)),
    Grammar("php", "tree_sitter_php", "language_php", ("php5", "php7", "php8"), (".php", ".phtml"), ("php",)),
    Grammar("kotlin", "tree_sitter_kotlin", aliases=("kt", "kts"), extensions=(".kt", ".kts")),
    Grammar("swift", "tree_sitter_swift", extensions=(".swift",), interpreters=("swift",)),
    Grammar("scala", "tree_sitter_scala", aliases=("sc",), extensions=(".scala", ".sc"), interpreters=("scala",)),
    Grammar("bash", "tree_sitter_bash", aliases=("sh", "shell", "zsh", "ksh", "shell-script", "shellscript"),
            extensions=(".sh", ".bash", ".zsh", ".ksh"), interpreters=("sh", "bash", "zsh", "ksh", "dash")),
    Grammar("sql", "tree_sitter_sql", aliases=("mysql", "postgresql", "postgres", "psql", "plpgsql", "sqlite", "tsql", "plsql"),
            extensions=(".sql", ".ddl")),
)}

_ALIASES = {alias: grammar.name for grammar in GRAMMARS.values() for alias in (grammar.name, *grammar.aliases)}
_EXTENSIONS = {extension: grammar.name for grammar in GRAMMARS.values() for extension in grammar.extensions}
_INTERPRETERS = {name: grammar.name for grammar in GRAMMARS.values() for name in grammar.interpreters}
_SHEBANG = re.compile(r"#!\s*(?:\S*/env\s+(?:-\S+\s+)*)?(?:\S*/)?([\w.+-]+)")
_threads = threading.local()


def language_of_path(path: str) -> str | None:
    """The language a file's name tells, or None.

    >>> language_of_path("src/Main.kt")
    'kotlin'
    """
    return _EXTENSIONS.get(PurePath(path).suffix.lower())


def language_of_name(info: str) -> str | None:
    """The language an info string of a code fence (or a user's option) means, or None.

    >>> language_of_name("c++ {.numberLines}"), language_of_name("mermaid")
    ('cpp', None)
    """
    words = re.split(r"[\s,{(:]", info.strip().lstrip("{. ").lower(), maxsplit=1)
    return _ALIASES.get(words[0].rstrip("}"))


def language_of_shebang(text: str) -> str | None:
    """The language the first line names as interpreter, or None."""
    found = _SHEBANG.match(text[:200])
    return _INTERPRETERS.get(re.sub(r"[\d.]+$", "", found[1])) or _INTERPRETERS.get(found[1]) if found else None


@cache
def load(name: str) -> tree_sitter.Language:
    """The grammar of the language ``name``. Raises GrammarError with its name and the reason, ParameterError for no language."""
    if name not in GRAMMARS:
        raise ParameterError(f"unknown language {name!r}; known: {', '.join(GRAMMARS)}")
    grammar = GRAMMARS[name]
    try:
        import tree_sitter

        module = import_module(grammar.module)
        return tree_sitter.Language(getattr(module, grammar.function)())
    except Exception as error:  # whatever a foreign binary wheel raises, the user must hear which grammar it was
        raise GrammarError(f"the {name} grammar ({grammar.module}) will not load: {error}") from error


def parser(name: str) -> tree_sitter.Parser:
    """This thread's parser for the language ``name``."""
    parsers: dict[str, tree_sitter.Parser] = _threads.__dict__.setdefault("parsers", {})
    if name not in parsers:
        import tree_sitter

        parsers[name] = tree_sitter.Parser(load(name))
    return parsers[name]


_CHUNK = 1 << 12
"""Bytes the parser is given at a time."""

_MOST_READS, _MOST_STEPS = (8000, 32), (200, 500)
"""What a parse may take, and more for each chunk: chunks read, again and again where a scanner looks far ahead, and steps of the parser.
Code takes 1 to 3 reads and 20 steps a chunk, the worst that is still linear 310 steps. 8,000 bytes of `>- ` take 70,000 steps and 6
seconds, 10,000 lines of one backslash 8,000 reads a chunk."""


_MOST_SECONDS = 0.25, 3e-6
"""Processor time a parse may take, and more for each byte, thirty times what code takes: 16,000 bytes of `a<` in Java take few steps, and a
gigabyte. The other limits hold first where they can, for they do not depend on the machine."""


_ANGLED = {"c", "cpp", "csharp", "java", "javascript", "php", "rust", "tsx", "typescript"}
_MOST_ANGLES = 500
"""Open angle brackets within one statement: at the end of the text the recovery from n of them takes n squared, and cannot be stopped."""


def _angles(source: bytes) -> int:
    """The most angle brackets that are open at once, between semicolons and braces."""
    data = np.frombuffer(source, np.uint8)
    depth = np.cumsum((data == ord("<")).astype(np.int32) - (data == ord(">")))
    ends = (data == ord(";")) | (data == ord("{")) | (data == ord("}"))
    before = np.maximum.accumulate(np.where(ends, np.arange(len(data)), 0))
    return int((depth - depth[before]).max())


def parse(source: bytes, name: str) -> tree_sitter.Tree:
    """The tree of UTF-8 ``source``, in time linear in its size.

    Raises CapacityError for a text on which the parser works out of all proportion, GrammarError, ParameterError.
    """
    if name in _ANGLED and source.count(b"<") > _MOST_ANGLES and _angles(source) > _MOST_ANGLES:
        raise CapacityError(f"{name} code with more than {_MOST_ANGLES} open angle brackets is too much for its parser")
    chunks = len(source) / _CHUNK
    deadline = time.thread_time() + _MOST_SECONDS[0] + _MOST_SECONDS[1] * len(source)
    reads, steps = (int(least + share * chunks) for least, share in (_MOST_READS, _MOST_STEPS))

    def read(offset: int, _: object) -> bytes:
        nonlocal reads
        reads -= 1
        return source[offset : offset + _CHUNK] if reads >= 0 else b""  # an exception would be lost in the binding

    def stop(*_: object) -> bool:
        nonlocal steps
        steps -= 1
        return steps < 0 or time.thread_time() > deadline

    tree = None
    with suppress(ValueError):  # so the binding says that it was stopped
        tree = parser(name).parse(read, progress_callback=stop)
    if tree is None or reads < 0:
        parser(name).reset()
        raise CapacityError(f"{name} code of {len(source)} bytes is too much for its parser")
    return tree


@cache
def keywords(name: str) -> frozenset[str]:
    """The words the grammar of a language has a meaning for."""
    grammar = load(name)
    words = (grammar.node_kind_for_id(kind) for kind in range(grammar.node_kind_count) if not grammar.node_kind_is_named(kind))
    return frozenset(word for word in words if word and word.isidentifier())


def unavailable() -> dict[str, str]:
    """The languages whose grammar will not load, each with the reason."""
    reasons = {}
    for name in GRAMMARS:
        try:
            load(name)
        except GrammarError as error:
            reasons[name] = str(error)
    return reasons
