"""Slow and evident, after docs/FORMATS.md: renamed symbols, and the consistently renamed match around a place."""

from __future__ import annotations

from collections.abc import Sequence

from tests.oracle.matching import renames_consistently
from tests.oracle.text import symbol

FIXED, IDENTIFIER, NUMBER, STRING, COUNT = range(5)
Token = tuple[int, int]
"""Lexeme and class."""


def renamed(tokens: Sequence[Token], window: int, key: bytes) -> list[int]:
    def coded(kind: int, number: int) -> int:
        return symbol(bytes([0xFF, kind]) + number.to_bytes(4, "little"), key)

    def abstract(at: int) -> int:
        lexeme, kind = tokens[at]
        if kind in (NUMBER, STRING):
            return coded(kind, 0)
        if kind != IDENTIFIER or lexeme == 0:
            return lexeme
        return coded(IDENTIFIER, next((back for back in range(1, min(window, at) + 1) if tokens[at - back] == tokens[at]), 0))

    return [abstract(at) for at in range(len(tokens))]


def is_renamed(a: Sequence[Token], b: Sequence[Token]) -> bool:
    """Whether two stretches agree token by token, their names under one bijection."""
    pairs = list(zip(a, b, strict=True))
    return (all(left and right and kind == other < COUNT and (kind != FIXED or left == right) for (left, kind), (right, other) in pairs)
            and renames_consistently([left for (left, kind), _ in pairs if kind == IDENTIFIER],
                                     [right for _, (right, kind) in pairs if kind == IDENTIFIER]))


def extent(a: Sequence[Token], b: Sequence[Token], at: int, there: int) -> tuple[int, int, int]:
    """(left, right, equal): as far right as tokens agree, then as far left."""
    left = right = 0
    while max(at - len(a), there - len(b)) + right < 0 and is_renamed(a[at : at + right + 1], b[there : there + right + 1]):
        right += 1
    while left < min(at, there) and is_renamed(a[at - left - 1 : at + right], b[there - left - 1 : there + right]):
        left += 1
    inside = zip(a[at - left : at + right], b[there - left : there + right], strict=True)
    return left, right, sum(mine[0] == theirs[0] for mine, theirs in inside)
