"""The `lexeme` and `renamed` views: the leaves of tree-sitter's tree, with names as they are and with names abstracted.

Leaves are told apart by the name of their node kind alone, so that one loop over a tree cursor serves every language: 0.26 µs a leaf, 44 %
of the time the parse takes (measured on CPython's argparse; captures of a query took 0.43 µs, `node.children` over 1 µs).
A string literal is one token whatever quotes it has; one with interpolation is cut where an expression stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from simfilter import _core
from simfilter.views.languages import load, parse
from simfilter.views.statements import NORMALIZATIONS, Statements, cut_statements

FIXED, IDENTIFIER, NUMBER, STRING = range(4)
"""Token classes, as in csrc/include/simfilter/sf_rename.h."""

_COMMENT, _SPACE, _LITERAL = 4, 5, 6

RENAME_WINDOW = 32
"""Tokens a name is looked back for. A copy set into other code agrees with its source after that many tokens at the latest; verification
then reaches back over the rest. Half of all re-uses of a name lie within 20 tokens."""

_NUMBERS = re.compile(r"(.*_)?(integer|int|float|floating_point|number|real|imaginary|rational|complex|decimal|long|unsigned|bin|hex|oct)"
                      r"(_literal|_lit)?")
_STRINGS = re.compile(r"(.*_)?(string|str|char|character|rune|heredoc|nowdoc|escape_sequence|text_block|quoted)(_.*)?")
_SURROGATE = re.compile(b"\xed[\xa0-\xbf][\x80-\xbf]")
"""A lone surrogate in the bytes `encode` makes; no grammar reads it, and tokens must not begin in its midst."""
_QUOTES = re.compile(r"[A-Za-z@$&#]*[\"'`]+#*")
_NAMES = re.compile(r"(.*_)?identifier(_pattern)?")
_OTHER_NAMES = frozenset(("constant", "name", "variable_name", "word", "instance_variable", "class_variable", "global_variable",
                          "hash_key_symbol", "simple_symbol", "metavariable"))
_COMMENTS = {"rust": {"//", "/*", "*/", "outer_doc_comment_marker", "inner_doc_comment_marker"}, "scala": {"//", "/*", "*/"},
             "sql": {"marginalia"}, "javascript": {"hash_bang_line"}, "typescript": {"hash_bang_line"}, "tsx": {"hash_bang_line"}}
_CLOSING = np.frombuffer(b")]}", np.uint8)

@dataclass(frozen=True, slots=True, eq=False)
class CodeTokens:
    """n code tokens: byte offsets ``starts[n]``, ``ends[n]``, ``classes[n]``, symbols ``lexemes[n]`` and ``renamed[n]``.

    ``comments[c, 2]`` are the byte spans of comments and docstrings, which are text. ``errors`` tells that the parser met something
    it could not read; tokens are there all the same.
    """

    starts: NDArray[np.uint32]
    ends: NDArray[np.uint32]
    classes: NDArray[np.uint8]
    lexemes: NDArray[np.uint32]
    renamed: NDArray[np.uint32]
    statements: Statements
    comments: NDArray[np.uint32]
    errors: bool

    def __len__(self) -> int:
        return len(self.lexemes)


def code_tokens(source: bytes, language: str, *, key: bytes, normalize: Collection[str] = tuple(NORMALIZATIONS)) -> CodeTokens:
    """The tokens of UTF-8 ``source`` and its statements, by the NORMALIZATIONS named; of these `commas` alone changes the tokens.

    Raises GrammarError when the grammar will not load, ParameterError for an unknown language, CapacityError for what no parser can read
    in linear time.

    >>> len(code_tokens(b"def f(x):\\n    return x + 1  # one more", "python", key=b"simfilter/public"))
    10
    """
    leaves, errors = _leaves(source, language)
    starts, ends = leaves[:, 0].astype(np.uint32), leaves[:, 1].astype(np.uint32)
    table = _class_of_kind(language)
    classes = table[np.minimum(leaves[:, 2], len(table) - 1)]
    classes[starts == ends] = _SPACE
    for literal in np.flatnonzero(classes == _LITERAL).tolist():
        classes[literal] = NUMBER if source[starts[literal] : starts[literal] + 1].isdigit() else STRING
    starts, ends, classes = _joined(starts, ends, classes)
    if language == "python":
        classes = _without_docstrings(source, starts, ends, classes)
    comments = _comments(source, starts, classes)
    kept = classes < _COMMENT
    starts, ends, classes = starts[kept], ends[kept], classes[kept]
    if "commas" in normalize:
        kept = ~_trailing_commas(source, starts, ends, classes)
        starts, ends, classes = starts[kept], ends[kept], classes[kept]
    lexemes, renamed = np.empty((2, len(starts)), np.uint32)
    _core.symbol_hash_spans(source, starts, ends, key, lexemes)
    _core.rename(lexemes, classes, RENAME_WINDOW, key, renamed)
    statements = cut_statements(source, language, starts, ends, classes, lexemes, key, normalize)
    return CodeTokens(starts, ends, classes, lexemes, renamed, statements, comments, errors)


@cache
def literal_symbols(key: bytes) -> tuple[int, int]:
    """The symbols all numbers and all strings have in `renamed`."""
    return _core.rename_literals(key)


@cache
def identifier_symbols(key: bytes) -> NDArray[np.uint32]:
    """The symbols identifiers have in `renamed`, sorted: one for each distance to the previous occurrence."""
    symbols = [np.empty(0, np.uint32)]
    for distance in range(1, RENAME_WINDOW + 1):
        lexemes = np.arange(1, distance + 2, dtype=np.uint32)
        lexemes[-1] = 1
        found = np.empty(len(lexemes), np.uint32)
        _core.rename(lexemes, np.full(len(lexemes), IDENTIFIER, np.uint8), RENAME_WINDOW, key, found)
        symbols.append(found)
    return np.unique(np.concatenate(symbols))


def renaming(query: Sequence[bytes], source: Sequence[bytes]) -> tuple[tuple[str, str], ...]:
    """(source name, query name) of each name that differs, in the order they first stand, of two aligned rows of names.

    >>> renaming([b"x", b"y", b"x"], [b"total", b"y", b"total"])
    (('total', 'x'),)
    """
    pairs = dict.fromkeys((theirs, mine) for mine, theirs in zip(query, source, strict=True) if mine != theirs)
    return tuple((theirs.decode("utf-8", "replace"), mine.decode("utf-8", "replace")) for theirs, mine in pairs)


def _leaves(source: bytes, language: str) -> tuple[NDArray[np.int64], bool]:
    """(start, end, kind) of every leaf, in order."""
    tree = parse(_SURROGATE.sub(b"\xef\xbf\xbd", source) if b"\xed" in source else source, language)
    cursor = tree.walk()
    down, across, up = cursor.goto_first_child, cursor.goto_next_sibling, cursor.goto_parent
    found: list[int] = []
    append = found.append
    done = False
    while not done:
        while down():
            pass
        node = cursor.node
        append(node.start_byte)  # type: ignore[union-attr]
        append(node.end_byte)  # type: ignore[union-attr]
        append(node.kind_id)  # type: ignore[union-attr]
        while not across():
            if not up():
                done = True
                break
    return np.array(found, np.int64).reshape(-1, 3), tree.root_node.has_error


@cache
def _class_of_kind(language: str) -> NDArray[np.uint8]:
    """Class of each node kind; the last entry stands for kinds beyond the table (errors)."""
    grammar = load(language)
    comments = _COMMENTS.get(language, set())
    classes = np.zeros(grammar.node_kind_count + 1, np.uint8)
    for kind in range(grammar.node_kind_count):
        name = grammar.node_kind_for_id(kind) or ""
        named = grammar.node_kind_is_named(kind)
        if "comment" in name or name in comments:
            classes[kind] = _COMMENT
        elif not name.strip() or name == "line_continuation":
            classes[kind] = _SPACE
        elif not named:
            classes[kind] = STRING if _QUOTES.fullmatch(name) else FIXED
        elif name.startswith("keyword_") or name == "operator_identifier":
            classes[kind] = FIXED
        elif _NAMES.fullmatch(name) or name in _OTHER_NAMES:
            classes[kind] = IDENTIFIER
        elif name == "literal":
            classes[kind] = _LITERAL
        elif _NUMBERS.fullmatch(name):
            classes[kind] = NUMBER
        elif _STRINGS.fullmatch(name):
            classes[kind] = STRING
    return classes


def _joined(starts: NDArray[np.uint32], ends: NDArray[np.uint32], classes: NDArray[np.uint8],
            ) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint8]]:
    """Leaves without white space, the touching parts of one string made one."""
    kept = classes != _SPACE
    starts, ends, classes = starts[kept], ends[kept], classes[kept]
    joins = np.zeros(len(starts), bool)
    joins[1:] = (classes[1:] == STRING) & (classes[:-1] == STRING) & (starts[1:] == ends[:-1])
    heads = np.flatnonzero(~joins)
    tails = np.append(heads[1:], len(starts)) - 1 if len(heads) else heads
    return starts[heads], ends[tails], classes[heads]


def _comments(source: bytes, starts: NDArray[np.uint32], classes: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Spans of comments. Neighbours are one text, and it goes on to the next token: some grammars have a leaf for its marks alone."""
    is_comment = np.concatenate(([False], classes == _COMMENT, [False]))
    edges = np.flatnonzero(is_comment[1:] != is_comment[:-1])
    bounds = np.append(starts, np.uint32(len(source)))[edges].reshape(-1, 2)
    for span in bounds:
        span[1] = span[0] + len(source[span[0] : span[1]].rstrip())
    return bounds.astype(np.uint32)


def _trailing_commas(source: bytes, starts: NDArray[np.uint32], ends: NDArray[np.uint32],
                     classes: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which tokens are commas in front of a closing bracket."""
    marks = np.where((classes == FIXED) & (ends - starts == 1), np.frombuffer(source, np.uint8)[starts], 0)
    trailing = np.zeros(len(marks), np.bool_)
    trailing[:-1] = (marks[:-1] == ord(",")) & np.isin(marks[1:], _CLOSING)
    return trailing


def _without_docstrings(source: bytes, starts: NDArray[np.uint32], ends: NDArray[np.uint32],
                        classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Classes with the strings that are the first statement of a block, or of the file, made comments."""
    classes = classes.copy()
    code = np.flatnonzero(classes != _COMMENT)
    strings = np.flatnonzero(classes[code] == STRING).tolist()
    for at in strings:
        token = int(code[at])
        before = int(code[at - 1]) if at else None
        if before is not None and source[starts[before] : ends[before]] != b":":
            continue
        line = source.rfind(b"\n", 0, int(starts[token])) + 1
        after = int(starts[code[at + 1]]) if at + 1 < len(code) else len(source)
        alone = not source[line : starts[token]].strip() and (
            after == len(source) or b"\n" in source[int(ends[token]) : after])
        if alone:
            classes[token] = _COMMENT
    return classes
