"""Comments: all that is text in code, taken away."""

from __future__ import annotations

import random

from simfilter.evasion.syntax import Edit, edited, line_end, to_text, tokens, tree, walk
from simfilter.views.tokens import encode


def strip(text: str, rng: random.Random, language: str) -> str:
    """Code without comments and docstrings, and without the lines and spaces they leave behind."""
    source = encode(text)
    if language == "python":
        source = _sole_docstrings_passed(source)
    return to_text(edited(source, [(_removed(source, start, end),) for start, end in tokens(source, language).comments.tolist()], language))


def _removed(source: bytes, start: int, end: int) -> Edit:
    """The edit that takes a comment away: with its line when it has one of its own."""
    line = source.rfind(b"\n", 0, start) + 1
    first = start
    while first > line and source[first - 1 : first] in (b" ", b"\t"):
        first -= 1
    stop = line_end(source, end)
    if not source[end:stop].strip():  # the last thing on its line
        if first > line:
            return first, stop, b""
        return (line, stop + 1, b"") if stop < len(source) else (max(0, line - 1), stop, b"")
    if first == line:
        return start, end, b""
    return start, end, b"\n" if b"\n" in source[start:end] else b"" if first < start or source[end : end + 1].isspace() else b" "


def _sole_docstrings_passed(source: bytes) -> bytes:
    """Docstrings that are all a block has replaced by `pass`."""
    found = [node.named_children[0] for node in walk(tree(source, "python")) if node.type == "block"
             and [child.type for child in node.named_children if child.type != "comment"] == ["expression_statement"]
             and node.named_children[0].type == "expression_statement" and node.named_children[0].named_children[0].type == "string"]
    return edited(source, [((node.start_byte, node.end_byte, b"pass"),) for node in found], "python")
