"""Statements: moved, removed, and taken out to be set into other code."""

from __future__ import annotations

import random
import re

from simfilter.errors import ParameterError
from simfilter.evasion import comments, names
from simfilter.evasion.syntax import LINES_MATTER, Block, Edit, Statement, blocks, edited, indent, line_end, to_text
from simfilter.types import Span
from simfilter.views.tokens import encode

DELETED = 8
"""One simple statement in so many is removed."""

PART = 1 / 3
"""Share of a function's code a partial copy takes."""


def swap(text: str, rng: random.Random, language: str) -> str:
    """The first statement of every block changed about with the second, the third with the fourth, and so on."""
    source = encode(text)
    depth = 0
    while level := [block for block in blocks(source, language) if block.depth == depth]:
        groups: list[list[Edit]] = []
        for block in level:
            for one, other in zip(block.statements[::2], block.statements[1::2], strict=False):
                if language not in LINES_MATTER or (one.alone and other.alone):
                    groups.append([(one.start, one.end, source[other.start : other.end]),
                                   (other.start, other.end, source[one.start : one.end])])
        source = edited(source, groups, language)
        depth += 1
    return to_text(source)


def delete(text: str, rng: random.Random, language: str) -> str:
    """One simple statement in `DELETED` removed, drawn from each so many that follow each other; of fewer than half as many none."""
    source = encode(text)
    found = sorted((statement.start, len(block.statements), statement) for block in blocks(source, language)
                   for statement in block.statements if not statement.compound and (statement.alone or language not in LINES_MATTER))
    groups: list[tuple[Edit]] = []
    for first in range(0, len(found), DELETED):
        some = found[first : first + DELETED]
        if len(some) >= DELETED // 2:
            _, siblings, statement = rng.choice(some)
            groups.append((_removed(source, statement, b"pass" if language == "python" and siblings == 1 else b""),))
    return to_text(edited(source, groups, language))


def _removed(source: bytes, statement: Statement, instead: bytes) -> Edit:
    start, stop = source.rfind(b"\n", 0, statement.start) + 1, line_end(source, statement.end)
    if instead or source[start : statement.start].strip() or source[statement.end : stop].strip():
        return statement.start, statement.end, instead
    return start, min(stop + 1, len(source)), b""


def piece(text: str, rng: random.Random, language: str) -> str:
    """About a third of the code in consecutive statements of one block, at the margin. Raises ParameterError when there are none."""
    source = encode(text)
    runs = [(block, first, last) for block in blocks(source, language) for first in range(len(block.statements))
            for last in range(first, len(block.statements)) if not (block.root and last - first == len(block.statements) - 1)]
    if not runs:
        raise ParameterError("no statements to take a part of")
    sizes = [_size(block, first, last) for block, first, last in runs]
    away = [abs(size - PART * len(source)) for size in sizes]
    near = min(away) + 0.05 * len(source)
    block, first, last = rng.choice([run for run, far in zip(runs, away, strict=True) if far <= near])
    start, end = block.statements[first].start, block.statements[last].end
    return to_text(_at_margin(source[start:end], indent(source, start)))


def _size(block: Block, first: int, last: int) -> int:
    return block.statements[last].end - block.statements[first].start


def planted(copy: str, rng: random.Random, language: str, host: str) -> tuple[str, Span]:
    """``host`` with the statements of ``copy`` behind one of its own, and where they stand in it.

    Raises ParameterError when the host has no statement anything could stand behind.
    """
    source = encode(host)
    places = [(block, statement) for block in blocks(source, language) for statement in block.statements
              if (len(block.statements) > 1 or not block.root) and (statement.alone or language not in LINES_MATTER)]
    if not places:
        raise ParameterError("the host has no statement anything could be put behind")
    depth = min(block.depth for block, _ in places)
    statement = rng.choice([statement for block, statement in places if block.depth == depth])
    at = line_end(source, statement.end) if language in LINES_MATTER else statement.end
    shift = indent(source, statement.start)
    body = re.sub(rb"\n(?=[^\n])", b"\n" + shift, encode(copy))
    head = source[:at] + b"\n" + shift
    start = len(to_text(head))
    return to_text(head + body + b"\n" + source[at:].removeprefix(b"\n")), Span(start, start + len(to_text(body)))


def partial(text: str, rng: random.Random, language: str, host: str) -> str:
    """A third of the code, comments stripped and the names it binds changed, within ``host``."""
    copy = piece(names.bound(comments.strip(text, rng, language), rng, language), rng, language)
    return planted(copy, rng, language, host)[0]


def _at_margin(source: bytes, indent: bytes) -> bytes:
    """Lines without the space the first of them had."""
    return source.replace(b"\n" + indent, b"\n") if indent else source


