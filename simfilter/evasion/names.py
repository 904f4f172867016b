"""Names: identifiers replaced by fresh ones, each by the same one wherever it stands.

What a function binds (parameters, locals, its own name, functions within) is told from the kinds of node names are bound in. Names of
members, keyword arguments, types and called functions are not its own: code that is to run must keep them.
"""

from __future__ import annotations

import random
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from simfilter.evasion.syntax import Edit, edited, to_text, tokens, tree, walk
from simfilter.views.code import IDENTIFIER
from simfilter.views.languages import keywords
from simfilter.views.tokens import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simfilter.views.languages import Node

WORDS = tuple("""account active amount anchor angle answer area badge balance basket batch beacon bound bridge bucket budget bundle button
cabin candidate canvas capacity card cargo carrier cell chapter chunk circle claim cluster column comment corner counter course cursor
customer daily datum deadline degree delta deposit depth device digest distance draft driver edge effort element entry envelope episode
estimate extra factor feature fence figure filter folder forest fragment frame garden gauge grade grain gravity grid group handle harbor
height history holder horizon house image impact income input invoice island item journal kernel label ladder lamp layer ledger letter
level limit lookup margin marker market matrix measure member memory menu merger message meter minute mirror moment motor number
offset option order outcome packet page panel parcel partner passage patch pattern payload pebble period phase picture piece pixel planet
player pocket point portion preview price profile project prompt quantity quarter query queue quota radius random ratio reader reason
receipt record region remark report request reserve residue resource ribbon river rotation sample scale score season sector segment
sender sequence series session shadow shape share shelf signal slice slot socket sorter source spacing span spread square stage station
step stone storage stream summary supply surface symbol table tally target temper thread ticket timer token total tower track trail
transfer trigger tunnel unit update user valley value vector vendor version vessel visitor volume voucher wallet weight window winter
worker""".split())  # noqa: SIM905
"""Long enough to be nobody's keyword, common enough to be anybody's variable."""

BINDINGS: dict[str, tuple[str, ...]] = {
    # Python
    "function_definition": ("name", "declarator"), "parameters": ("",), "lambda_parameters": ("",), "assignment": ("left",),
    "for_statement": ("left",), "for_in_clause": ("left",), "as_pattern": ("alias",), "named_expression": ("name",),
    # JavaScript, TypeScript
    "function_declaration": ("name",), "generator_function_declaration": ("name",), "function_expression": ("name",),
    "method_definition": ("name",), "formal_parameters": ("",), "variable_declarator": ("name",), "for_in_statement": ("left",),
    "catch_clause": ("parameter",), "arrow_function": ("parameter",), "required_parameter": ("pattern",),
    "optional_parameter": ("pattern",),
    # Java, C#
    "method_declaration": ("name",), "formal_parameter": ("name",), "catch_formal_parameter": ("name",), "resource": ("name",),
    "enhanced_for_statement": ("name",), "inferred_parameters": ("",), "lambda_expression": ("parameters",), "foreach_statement": ("left",),
    "local_function_statement": ("name",), "catch_declaration": ("name",), "implicit_parameter": ("",),
    # C, C++
    "declaration": ("declarator",), "parameter_declaration": ("declarator", "name"), "optional_parameter_declaration": ("declarator",),
    "for_range_loop": ("declarator",), "lambda_capture_initializer": ("left",),
    # Go
    "short_var_declaration": ("left",), "range_clause": ("left",), "var_spec": ("name",), "const_spec": ("name",),
    "variadic_parameter_declaration": ("name",), "receive_statement": ("left",), "type_switch_statement": ("alias",),
    # Rust
    "function_item": ("name",), "parameter": ("pattern", "name"), "let_declaration": ("pattern",), "for_expression": ("pattern",),
    "closure_parameters": ("",), "match_pattern": ("",), "let_condition": ("pattern",), "const_item": ("name",), "static_item": ("name",),
}
"""Node kinds that bind names, and the fields these stand in; the empty field is every child without one."""

PATTERNS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((
        "pattern_list", "tuple_pattern", "list_pattern", "list_splat_pattern", "dictionary_splat_pattern", "typed_parameter",
        "as_pattern_target", "array_pattern", "object_pattern", "rest_pattern", "parenthesized_declarator", "reference_declarator",
        "structured_binding_declarator", "attributed_declarator", "expression_list", "mut_pattern", "ref_pattern", "reference_pattern",
        "slice_pattern", "or_pattern", "captured_pattern", "tuple_struct_pattern", "struct_pattern"), ("",)),
    "default_parameter": ("name",), "typed_default_parameter": ("name",), "pair_pattern": ("value",), "assignment_pattern": ("left",),
    "object_assignment_pattern": ("left",), "variable_declarator": ("name",), "init_declarator": ("declarator",),
    "pointer_declarator": ("declarator",), "array_declarator": ("declarator",), "function_declarator": ("declarator",),
    "qualified_identifier": ("name",), "field_pattern": ("name", "pattern"),
}
"""Node kinds between a binding and its names, and the fields to look in."""

_NAMES = frozenset(("identifier", "simple_identifier", "shorthand_property_identifier_pattern", "shorthand_field_identifier"))
_OWN = frozenset(("property_identifier", "field_identifier"))
_SHORTHANDS = frozenset(("shorthand_property_identifier", "shorthand_property_identifier_pattern", "shorthand_field_identifier",
                         "shorthand_field_initializer"))
_MEMBER = frozenset((b".", b"->", b"?.", b"::", b"&."))
_TOLD = frozenset(("python", "javascript", "typescript", "tsx", "java", "csharp", "c", "cpp", "go", "rust"))
"""Languages whose bindings the tables know; elsewhere a name is taken for a variable when it is neither member nor called nor capital."""

_SPELLED = re.compile(rb"([@$]*)([^\W\d]\w*)([?!]?)")


class Fresh:
    """Gives names nobody has yet."""

    def __init__(self, rng: random.Random, taken: set[str], language: str) -> None:
        self._rng = rng
        self._taken = taken | keywords(language)
        self._camel = language not in ("python", "rust", "c", "cpp", "ruby", "php", "bash", "sql")

    def like(self, name: str = "name") -> str:
        """A fresh name in capitals, capitalised or small, as ``name`` is."""
        while True:
            words = self._rng.sample(WORDS, self._rng.choice((1, 1, 2, 2, 3)))
            if name.isupper() and len(name) > 1:
                fresh = "_".join(words).upper()
            elif name[:1].isupper():
                fresh = "".join(map(str.capitalize, words))
            elif self._camel:
                fresh = words[0] + "".join(map(str.capitalize, words[1:]))
            else:
                fresh = "_".join(words)
            if fresh not in self._taken:
                self._taken.add(fresh)
                return fresh


def every(text: str, rng: random.Random, language: str) -> str:
    """Every identifier renamed: those of called functions, members, keyword arguments and types too."""
    source = encode(text)
    found = _identifiers(source, language)
    fresh = Fresh(rng, {name for _, name in found}, language)
    names = {name: fresh.like(name) for name in dict.fromkeys(name for _, name in found)}
    groups: dict[str, list[Edit]] = {name: [] for name in names}
    for start, name in found:
        groups[name].append((start, start + len(name.encode()), names[name].encode()))
    return to_text(edited(source, list(groups.values()), language))


def bound(text: str, rng: random.Random, language: str) -> str:
    """Every name renamed that the text binds itself; what it calls, and members, keep theirs."""
    source = encode(text)
    found = _identifiers(source, language)
    own, elsewhere, shorthand = _bound(source, language) if language in _TOLD else _guessed(source, language)
    fresh = Fresh(rng, {name for _, name in found}, language)
    kinds = {start: name for start, name in found if start in own}
    names = {name: fresh.like(name) for name in dict.fromkeys(kinds.values())}
    groups: dict[str, list[Edit]] = {name: [] for name in names}
    for start, name in found:
        if name not in names or (start in elsewhere and start not in own):
            continue
        prefix = f"{name}: " if start in shorthand else ""
        groups[name].append((start, start + len(name.encode()), (prefix + names[name]).encode()))
    return to_text(edited(source, list(groups.values()), language))


def _identifiers(source: bytes, language: str) -> list[tuple[int, str]]:
    """Byte and name of each identifier, without marks such as `$` before it; `_` is none."""
    found = tokens(source, language)
    named = found.classes == IDENTIFIER
    result = []
    for start, end in zip(found.starts[named].tolist(), found.ends[named].tolist(), strict=True):
        match = _SPELLED.fullmatch(source[start:end])
        if match is not None and match[2].isascii() and match[2] != b"_":
            result.append((start + len(match[1]), match[2].decode()))
    return result


def _members(source: bytes, language: str) -> set[int]:
    """Where tokens stand behind a mark of membership."""
    found = tokens(source, language)
    starts, ends = found.starts.tolist(), found.ends.tolist()
    return {start for start, before, end in zip(starts[1:], starts, ends, strict=False) if source[before:end] in _MEMBER}


def _bound(source: bytes, language: str) -> tuple[set[int], set[int], set[int]]:
    """Bytes of the names the text binds, of names that are not variables, and of those that stand for a member too."""
    own: set[int] = set()
    elsewhere = _members(source, language)
    shorthand: set[int] = set()
    unbound: set[bytes] = set()
    for node in walk(tree(source, language)):
        kind = node.type
        if kind in BINDINGS and not _of_a_class(node):
            for name in _fields(node, BINDINGS[kind]):
                own |= {leaf.start_byte for leaf in _leaves(name) if _may_change(leaf, language)}
        if kind == "global_statement":
            unbound |= {child.text or b"" for child in node.named_children}
        elif kind == "keyword_argument" or (kind == "literal_element" and node.parent is not None
                                            and node.parent.child_by_field_name("key") == node):
            elsewhere.add(node.start_byte)
        elif kind in _SHORTHANDS:
            shorthand.add(node.start_byte)
        elif kind.endswith("identifier") and kind not in _NAMES:
            elsewhere.add(node.start_byte)
    own = {start for start in own if not any(source.startswith(name, start) and not _word(source, start + len(name)) for name in unbound)}
    return own, elsewhere, shorthand


def _word(source: bytes, at: int) -> bool:
    return bool(re.match(rb"\w", source[at : at + 1]))


def _guessed(source: bytes, language: str) -> tuple[set[int], set[int], set[int]]:
    """The same where no table tells what is bound."""
    found = tokens(source, language)
    starts, ends = found.starts.tolist(), found.ends.tolist()
    members = _members(source, language)
    called = {start for start, follows in pairwise(starts) if source[follows : follows + 1] == b"("}
    own = set()
    for start, end, kind in zip(starts, ends, found.classes.tolist(), strict=True):
        match = _SPELLED.fullmatch(source[start:end]) if kind == IDENTIFIER else None
        if match is not None and start not in members | called and not match[2][:1].isupper():
            own.add(start + len(match[1]))
    return own, members | called, set()


def _of_a_class(node: Node) -> bool:
    """Whether a binding is a member of a class rather than a variable."""
    parent = node.parent
    if parent is not None and parent.type == "expression_statement":
        parent = parent.parent
        return parent is not None and parent.parent is not None and parent.parent.type == "class_definition"
    return parent is not None and parent.type == "field_declaration"


def _fields(node: Node, names: tuple[str, ...]) -> Iterator[Node]:
    for at, child in enumerate(node.children):
        if child.is_named and (node.field_name_for_child(at) or "") in names:
            yield child


def _leaves(node: Node) -> Iterator[Node]:
    """The names a pattern binds."""
    if node.type in _NAMES or node.type in _OWN:
        yield node
    for child in _fields(node, PATTERNS.get(node.type, ())):
        yield from _leaves(child)


def _may_change(leaf: Node, language: str) -> bool:
    name = leaf.text or b""
    if name.startswith(b"__") and name.endswith(b"__"):
        return False
    return language != "rust" or not name[:1].isupper() or (leaf.parent is not None and leaf.parent.type in ("const_item", "static_item"))
