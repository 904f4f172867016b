"""Refactor: the same computation put in other syntax, where a language's grammar shows it can be done.

Each rewriting looks for the node kinds it knows and passes over all others, so that one set of rules serves all languages.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from simfilter.evasion.names import Fresh
from simfilter.evasion.syntax import BLOCKS, Edit, edited, indent, to_text, tokens, tree, walk
from simfilter.views.code import FIXED, IDENTIFIER
from simfilter.views.tokens import encode

if TYPE_CHECKING:
    from simfilter.views.languages import Node

MOST_LEVELS = 40
"""Of rewritings within rewritings."""

MIRRORED = {"==": "==", "!=": "!=", "===": "===", "!==": "!==", "*": "*", "&": "&", "|": "|", "^": "^", "<": ">", ">": "<", "<=": ">=",
            ">=": "<=", "is": "is", "and": "and", "or": "or", "&&": "&&", "||": "||"}
"""Operators that stay true when both sides change place, and what they become."""

_DROPPED = frozenset(("type_annotation", "modifiers", "modifier", "storage_class_specifier", "type_qualifier", "visibility_modifier",
                      "accessibility_modifier", "override_modifier", "decorator", "attribute_item", "attribute_list", "annotation",
                      "marker_annotation", "attribute_declaration", "virtual"))
"""Node kinds a text parses without."""

TYPES: dict[str, dict[str, str]] = {
    "python": {"int": "float", "str": "bytes", "list": "tuple", "dict": "Mapping", "bool": "int", "None": "object", "float": "complex",
               "List": "Sequence", "Dict": "Mapping", "Any": "object"},
    "javascript": {"const": "let", "let": "var", "var": "let"},
    "typescript": {"const": "let", "let": "var", "var": "let", "string": "any", "number": "any", "boolean": "unknown", "any": "unknown",
                   "void": "unknown", "public": "protected", "private": "protected", "protected": "public", "readonly": "", "export": ""},
    "java": {"int": "long", "long": "int", "double": "float", "float": "double", "char": "short", "byte": "int", "boolean": "Boolean",
             "public": "protected", "private": "protected", "protected": "public", "final": "", "static": "", "synchronized": "",
             "String": "CharSequence", "List": "Collection", "Integer": "Long"},
    "csharp": {"int": "long", "long": "int", "double": "float", "float": "double", "string": "object", "public": "internal",
               "private": "protected", "var": "dynamic", "static": "", "readonly": "", "sealed": ""},
    "c": {"int": "long", "long": "int", "char": "uint8_t", "float": "double", "double": "float", "static": "", "const": "", "inline": "",
          "size_t": "unsigned", "unsigned": "", "bool": "int", "uint32_t": "uint64_t", "uint8_t": "char"},
    "go": {"int": "int64", "int64": "int", "string": "[]byte", "uint32": "uint64", "uint64": "uint", "float64": "float32", "bool": "any",
           "error": "any", "byte": "rune"},
    "rust": {"i32": "i64", "i64": "i32", "u32": "u64", "u64": "u32", "usize": "u64", "u8": "i8", "f64": "f32", "f32": "f64", "pub": "",
             "mut": "", "String": "Str", "str": "String", "bool": "u8", "const": "static"},
}
TYPES |= {"tsx": TYPES["typescript"], "cpp": TYPES["c"] | {"auto": "int", "virtual": "", "override": "", "constexpr": "", "explicit": ""}}
"""Types and modifiers, and what they are changed to; the empty text drops them."""

ANNOTATIONS = (b"int", b"str", b"list", b"object", b"dict[str, int]", b"float | None")
"""Types for Python's parameters without one."""


def structure(text: str, rng: random.Random, language: str) -> str:
    """`for` loops made `while` loops, branches of `if` inverted, assignments with an operator spelled out, operands changed about."""
    source = encode(text)
    fresh = Fresh(rng, set(re.findall(r"\w+", text)), language)
    source = edited(source, [_spelled_out(source, node) for node in walk(tree(source, language))], language)
    source = edited(source, [_as_while(source, node, language, fresh) for node in walk(tree(source, language))], language)
    source = _by_level(source, language, _inverted)
    return to_text(_by_level(source, language, _mirrored))


def undeclare(text: str, rng: random.Random, language: str) -> str:
    """Type annotations, modifiers and decorators left out."""
    source = encode(text)
    groups: list[list[Edit]] = []
    done = -1
    for node in walk(tree(source, language)):
        if node.start_byte < done:
            continue
        span = _annotation(source, node) if language == "python" else None
        if span is None and node.type in _DROPPED:
            span = node.start_byte, node.end_byte
        if span is not None:
            start, end = span
            while source[end : end + 1].isspace():
                end += 1
            groups.append([(start, end if source[start : start + 1] not in (b":", b"-", b" ") else span[1], b"")])
            done = end
    return to_text(edited(source, groups, language))


def types(text: str, rng: random.Random, language: str) -> str:
    """Other types and modifiers in declarations; in Python, parameters without a type are given one."""
    changes = TYPES.get(language, {})
    source = encode(text)
    found = tokens(source, language)
    groups: list[list[Edit]] = []
    for start, end, kind in zip(found.starts.tolist(), found.ends.tolist(), found.classes.tolist(), strict=True):
        word = source[start:end].decode("utf-8", "replace")
        if word in changes and kind in (FIXED, IDENTIFIER):
            while not changes[word] and source[end : end + 1] == b" ":
                end += 1
            groups.append([(start, end, changes[word].encode())])
    if language == "python":
        nodes = list(walk(tree(source, language)))
        annotations = [node for node in nodes if node.type == "type"]
        groups = [group for group in groups if any(node.start_byte <= group[0][0] < node.end_byte for node in annotations)]
        groups += [[(node.end_byte, node.end_byte, b": " + rng.choice(ANNOTATIONS))] for node in nodes if node.type == "identifier"
                   and node.parent is not None and node.parent.type == "parameters" and _text(source, node) not in (b"self", b"cls")]
    return to_text(edited(source, groups, language))


def _by_level(source: bytes, language: str, rewrite: Callable[[bytes, Node], list[Edit]]) -> bytes:
    """Rewritings that may hold others, the outer ones first."""
    for level in range(MOST_LEVELS):
        groups: list[list[Edit]] = []
        ends: list[int] = []
        for node in walk(tree(source, language)):
            while ends and node.start_byte >= ends[-1]:
                ends.pop()
            group = rewrite(source, node)
            if group:
                if len(ends) == level:
                    groups.append(group)
                ends.append(node.end_byte)
        if not groups:
            break
        source = edited(source, groups, language)
    return source


def _text(source: bytes, node: Node) -> bytes:
    return source[node.start_byte : node.end_byte]


def _exchanged(source: bytes, one: Node, other: Node) -> list[Edit]:
    return [(one.start_byte, one.end_byte, _text(source, other)), (other.start_byte, other.end_byte, _text(source, one))]


def _mirrored(source: bytes, node: Node) -> list[Edit]:
    """`a < b` -> `b > a`."""
    if node.type not in ("binary_expression", "binary_operator", "comparison_operator", "boolean_operator") or len(node.children) != 3:
        return []
    left, operator, right = node.children
    sign = _text(source, operator).decode("utf-8", "replace")
    if sign == "+" and any("integer" in side.type or "number" in side.type or "int_literal" in side.type for side in (left, right)):
        return _exchanged(source, left, right)
    if sign not in MIRRORED:
        return []
    return [*_exchanged(source, left, right), (operator.start_byte, operator.end_byte, MIRRORED[sign].encode())]


def _inverted(source: bytes, node: Node) -> list[Edit]:
    """`if c: A else: B` -> `if not c: B else: A`."""
    if node.type not in ("if_statement", "if_expression"):
        return []
    condition, yes, no = (node.child_by_field_name(field) for field in ("condition", "consequence", "alternative"))
    if condition is None or yes is None or no is None or len(node.children_by_field_name("alternative")) != 1 \
            or condition.type in ("let_condition", "let_chain") or node.child_by_field_name("initializer") is not None:
        return []
    if no.type == "else_clause":
        inner = [child for child in no.named_children if "comment" not in child.type]
        if len(inner) != 1:
            return []
        no = inner[0]
    if "block" not in yes.type and yes.type != "compound_statement":
        return []
    if no.type != yes.type:
        return []
    text = _text(source, condition)
    if not _text(source, yes).startswith(b"{"):
        negated = b"not (" + text + b")"
    else:
        negated = b"(!" + text + b")" if text.startswith(b"(") else b"!(" + text + b")"
    return [(condition.start_byte, condition.end_byte, negated), *_exchanged(source, yes, no)]


def _spelled_out(source: bytes, node: Node) -> list[Edit]:
    """`x += y` -> `x = x + (y)`; `x++` as a statement -> `x = x + 1`."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is not None and right is not None and len(node.children) == 3:
        sign = _text(source, node.children[1])
        if sign in (b"+=", b"-=", b"*=", b"/=", b"%=", b"|=", b"&=", b"^=", b"<<=", b">>=", b"//=", b"**="):
            operator, wrap = node.children[1], not _text(source, right).isalnum()
            return [(operator.start_byte, operator.end_byte, b"= " + _text(source, left) + b" " + sign[:-1]),
                    (right.start_byte, right.start_byte, b"(" * wrap), (right.end_byte, right.end_byte, b")" * wrap)]
    parent = node.parent
    if node.type in ("update_expression", "inc_statement", "dec_statement", "postfix_unary_expression") and parent is not None \
            and (parent.type in ("expression_statement", "for_statement", "for_clause", "statement_list")) and len(node.children) == 2:
        sign = next((_text(source, child) for child in node.children if _text(source, child) in (b"++", b"--")), b"")
        target = next((child for child in node.children if child.is_named), None)
        if sign and target is not None:
            name = _text(source, target)
            return [(node.start_byte, node.end_byte, name + b" = " + name + b" " + sign[:1] + b" 1")]
    return []


def _as_while(source: bytes, node: Node, language: str, fresh: Fresh) -> list[Edit]:
    """A `for` loop that stands in a block, with what it does first before it and what it does each time at its end."""
    parent = node.parent
    if language == "rust" and parent is not None and parent.type == "expression_statement":
        parent = parent.parent
    body = node.child_by_field_name("body")
    if node.type not in ("for_statement", "for_expression") or parent is None or body is None or parent.type not in BLOCKS[language]:
        return []
    space = indent(source, node.start_byte)
    if language in ("python", "rust"):
        left = node.child_by_field_name("left") or node.child_by_field_name("pattern")
        over = node.child_by_field_name("right") or node.child_by_field_name("value")
        if left is None or over is None or node.child_by_field_name("alternative") is not None or node.children[0].type == "async" \
                or (language == "python" and source[source.rfind(b"\n", 0, node.start_byte) + 1 : node.start_byte].strip()):
            return []
        name, items, rest = fresh.like().encode(), _text(source, over), b"\n" + space
        if language == "python":
            item = _text(source, left) if left.type == "identifier" else fresh.like().encode()
            unpacked = b"" if left.type == "identifier" else _text(source, left) + b" = " + item + b"\n" + indent(source, body.start_byte)
            return [(node.start_byte, over.end_byte, name + b" = iter(" + items + b")" + rest + b"while (" + item + b" := next(" + name
                     + b", None)) is not None"), (body.start_byte, body.start_byte, unpacked)]
        return [(node.start_byte, over.end_byte, b"let mut " + name + b" = (" + items + b").into_iter();" + rest
                 + b"while let Some(" + _text(source, left) + b") = " + name + b".next()")]
    clause = next((child for child in node.named_children if child.type == "for_clause"), node)
    first = clause.child_by_field_name("initializer") or clause.child_by_field_name("init")
    condition = clause.child_by_field_name("condition")
    each = clause.child_by_field_name("update") or clause.child_by_field_name("increment")
    if condition is None or not _text(source, body).endswith(b"}"):
        return []
    stop = b"" if language == "go" else b";"
    before = _text(source, first).rstrip().removesuffix(b";") + stop + b"\n" + space if first is not None else b""
    test = _text(source, condition).rstrip().removesuffix(b";")
    head = b"for " + test + b" " if language == "go" else b"while (" + test + b") "
    deeper = space + (b"\t" if b"\t" in space else b"    ")
    last = b"\n" + deeper + _text(source, each) + stop + b"\n" + space if each is not None else b""
    end = body.end_byte - 1
    last_end = len(source[:end].rstrip()) if last else end
    return [(node.start_byte, body.start_byte, before + head), (last_end, end, last)]


def _annotation(source: bytes, node: Node) -> tuple[int, int] | None:
    """From the mark of a Python annotation to its end."""
    if node.type != "type" or node.parent is None:
        return None
    if node.parent.type == "assignment" and node.parent.child_by_field_name("right") is None:
        return None
    if node.parent.type == "function_definition":
        return source.rfind(b"->", 0, node.start_byte), node.end_byte
    if node.parent.type in ("typed_parameter", "typed_default_parameter", "assignment"):
        return source.rfind(b":", 0, node.start_byte), node.end_byte
    return None
