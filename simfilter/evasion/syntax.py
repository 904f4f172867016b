"""Syntax: the blocks and statements of a text, and edits of its bytes after which it still parses. All evasions of code stand on this."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simfilter.types import Span
from simfilter.views.code import CodeTokens, code_tokens
from simfilter.views.languages import parser
from simfilter.views.tokens import PUBLIC_KEY, Characters, encode

if TYPE_CHECKING:
    from simfilter.views.languages import Node

Edit = tuple[int, int, bytes]
"""Bytes ``start..end`` replaced; nothing is replaced where they are equal."""

_JAVASCRIPT = frozenset(("program", "statement_block", "switch_case", "switch_default"))
_C = frozenset(("compound_statement", "case_statement"))
BLOCKS: dict[str, frozenset[str]] = {
    "python": frozenset(("module", "block")),
    "javascript": _JAVASCRIPT, "typescript": _JAVASCRIPT, "tsx": _JAVASCRIPT,
    "java": frozenset(("block", "constructor_body", "switch_block_statement_group")),
    "c": _C, "cpp": _C,
    "csharp": frozenset(("block", "switch_section")),
    "go": frozenset(("statement_list",)),
    "rust": frozenset(("block",)),
    "ruby": frozenset(("program", "body_statement", "then", "else", "do")),
    "php": frozenset(("compound_statement",)),
    "kotlin": frozenset(("block", "statements")),
    "swift": frozenset(("statements",)),
    "scala": frozenset(("block", "indented_block")),
    "bash": frozenset(("program", "compound_statement", "do_group")),
    "sql": frozenset(("program",)),
}
"""Node kinds whose children are statements."""

FUNCTIONS = frozenset(("function_definition", "function_declaration", "generator_function_declaration", "method_definition",
                       "method_declaration", "constructor_declaration", "function_item", "local_function_statement", "method",
                       "singleton_method"))
"""Node kinds of functions, of all languages."""

_NO_STATEMENTS = frozenset(("switch_label", "attribute_item", "inner_attribute_item", "hash_bang_line", "empty_statement",
                            "explicit_constructor_invocation", "lambda_parameters", "block_parameters", "php_tag", "ERROR"))
LINES_MATTER = frozenset(("python",))
"""Languages whose statements may only be moved where they stand alone on their lines."""


@dataclass(frozen=True, slots=True, order=True)
class Statement:
    """Bytes ``start..end``; ``compound`` when it holds a block of its own, ``alone`` when nothing else stands on its lines."""

    start: int
    end: int
    kind: str
    compound: bool
    alone: bool


@dataclass(frozen=True, slots=True)
class Block:
    """The statements of one block, ``depth`` blocks deep, and the space its first line begins with; ``root``: the whole text is it."""

    statements: tuple[Statement, ...]
    depth: int
    root: bool
    indent: bytes


def tokens(source: bytes, language: str) -> CodeTokens:
    """The tokens of ``source``, comments apart."""
    return code_tokens(source, language, key=PUBLIC_KEY, normalize=())


def tree(source: bytes, language: str) -> Node:
    """The root of the syntax tree."""
    return parser(language).parse(source).root_node


def walk(node: Node) -> Iterator[Node]:
    """``node`` and all below it, parents first, in the order of the text."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(node.children)


def blocks(source: bytes, language: str) -> list[Block]:
    """All blocks that have statements, inner ones before those that hold them."""
    kinds = BLOCKS[language]
    found: list[Block] = []
    ends: list[int] = []
    for node in walk(tree(source, language)):
        while ends and node.start_byte >= ends[-1]:
            ends.pop()
        if node.type in kinds:
            statements = tuple(_statement(source, child, kinds) for child in _statements(node, language))
            if statements:
                found.append(Block(statements, len(ends), node.parent is None, indent(source, statements[0].start)))
            ends.append(node.end_byte)
    return found[::-1]


def _statements(block: Node, language: str) -> Iterator[Node]:
    for at, child in enumerate(block.children):
        kind = child.type
        if (child.is_named and "comment" not in kind and kind not in _NO_STATEMENTS and not kind.startswith("preproc")
                and block.field_name_for_child(at) not in ("value", "label") and child.end_byte > child.start_byte
                and (language != "rust" or kind.endswith(("_statement", "_declaration", "_item")))):  # else it is the block's value
            yield child


def _statement(source: bytes, node: Node, kinds: frozenset[str]) -> Statement:
    start, end = node.start_byte, node.end_byte
    start += len(source[start:end]) - len(source[start:end].lstrip())
    end = start + len(source[start:end].rstrip())
    before = source[source.rfind(b"\n", 0, start) + 1 : start]
    behind = source[end : line_end(source, end)].strip()
    return Statement(start, end, node.type, any(below.type in kinds for below in walk(node)),
                     not before.strip() and (not behind or behind.startswith(b"#")))


def indent(source: bytes, at: int) -> bytes:
    """The white space the line of byte ``at`` begins with."""
    line = source[source.rfind(b"\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip())]


def line_end(source: bytes, at: int) -> int:
    """Where the line of byte ``at`` ends, before its line break."""
    end = source.find(b"\n", at)
    return len(source) if end < 0 else end


def functions(text: str, language: str, *, lines: tuple[int, int]) -> list[Span]:
    """The characters of each function and method of at least and at most so many lines, those within others too."""
    source = encode(text)
    characters = Characters(text, source)
    found = []
    for node in walk(tree(source, language)):
        if node.type in FUNCTIONS and node.child_by_field_name("body") is not None:
            if node.parent is not None and node.parent.type in ("decorated_definition", "template_declaration", "export_statement"):
                node = node.parent
            if lines[0] <= source.count(b"\n", node.start_byte, node.end_byte) + 1 <= lines[1]:
                found.append(characters.span(node.start_byte, node.end_byte))
    return found


def parses(source: bytes, language: str) -> bool:
    """Whether the grammar reads ``source`` without errors."""
    return not tree(source, language).has_error


def edited(source: bytes, groups: Sequence[Sequence[Edit]], language: str) -> bytes:
    """``source`` after all edits, which must not overlap. Of a source that parses, a group of edits after which it no longer would is left
    undone."""
    result = _made(source, groups)
    if parses(result, language) or not parses(source, language):
        return result
    kept: list[int] = []

    def keep(first: int, last: int) -> None:
        trial = sorted([*kept, *range(first, last)])
        if parses(_made(source, [groups[at] for at in trial]), language):
            kept[:] = trial
        elif last - first > 1:
            keep(first, (first + last) // 2)
            keep((first + last) // 2, last)

    keep(0, len(groups))
    return _made(source, [groups[at] for at in kept])


def _made(source: bytes, groups: Sequence[Sequence[Edit]]) -> bytes:
    parts: list[bytes] = []
    done = 0
    for start, end, replacement in sorted((edit for group in groups for edit in group), key=lambda edit: edit[:2]):
        parts += [source[done:start], replacement]
        done = end
    return b"".join([*parts, source[done:]])


def to_text(source: bytes) -> str:
    """The way back from `encode`."""
    return source.decode("utf-8", "surrogatepass")
