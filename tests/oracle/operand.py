"""Slow and evident, after docs/FORMATS.md: the tokens of a statement with the operands of its operators in order."""

from __future__ import annotations

from typing import NamedTuple

from tests.oracle.kgram import mix
from tests.oracle.statement import FIXED

BASE, MASK = 0x9E3779B97F4A7C15, (1 << 64) - 1
LEVELS = [b"return if elif while for in else case when throw raise assert yield not lambda let var const as match switch with until unless "
          b"do then", b"|| or", b"&& and", b"== != === !== is < <= > >=", b"|", b"^", b"&", b"+ - << >> >>>", b"* / % //"]
PARTS = b". -> :: ?. ! ~ ++ -- @".split()
COMPARED, ADDED, TIMES = 3, 7, 8
MIRROR = {b">": b"<", b">=": b"<="}


class Token(NamedTuple):
    """``place`` in the statement; ``symbol`` of the lexeme."""

    place: int
    text: bytes
    kind: int
    symbol: int


Piece = list[Token]


def level_of(token: Token) -> int | None:
    """The level of the operator a token is, 0 for what stands between expressions; None for a part of an operand."""
    if token.kind != FIXED or not token.text or opens(token) or token.text in PARTS:
        return None
    for level, words in enumerate(LEVELS):
        if token.text in words.split():
            return level
    return None if token.text[:1].isalpha() else 0


def opens(token: Token) -> bool:
    return token.kind == FIXED and token.text.endswith((b"(", b"[", b"{"))


def closes(token: Token) -> bool:
    return token.kind == FIXED and token.text.startswith((b")", b"]", b"}")) and token.text.endswith((b")", b"]", b"}"))


def key(tokens: list[Token]) -> int:
    total = len(tokens)
    for token in tokens:
        total = (total * BASE + mix(token.kind << 32 | (token.symbol if token.kind == FIXED else 0))) & MASK
    return mix(total)


def ordered(tokens: list[Token], symbols: dict[bytes, int]) -> list[Token]:
    """``symbols`` are those of `<` and `<=`."""
    pieces: list[Piece] = []
    rest = list(tokens)
    while rest:
        depth, size = 0, 0
        while True:
            depth += opens(rest[size])
            depth -= closes(rest[size]) and depth > 0
            size += 1
            if depth == 0 or size == len(rest):
                break
        piece, rest = rest[:size], rest[size:]
        pieces.append([piece[0], *ordered(piece[1:], symbols)] if opens(piece[0]) else piece)
    return [token for piece in by_level(pieces, 0, symbols) for token in piece]


def by_level(pieces: list[Piece], level: int, symbols: dict[bytes, int]) -> list[Piece]:
    if level == len(LEVELS):
        return pieces
    operands: list[list[Piece]] = [[]]
    operators: list[Token] = []
    for piece in pieces:
        if level_of(piece[0]) == level:
            operators.append(piece[0])
            operands.append([])
        else:
            operands[-1].append(piece)
    operands = [by_level(operand, level + 1, symbols) for operand in operands]
    texts = [operator.text for operator in operators]
    commute = level not in (0, ADDED) and all(operands) and (level != TIMES or set(texts) == {b"*"})
    if operators and commute and not (level == COMPARED and (len(operators) > 1 or texts[0] in (b"<", b"<="))):
        if texts[0] in MIRROR and level == COMPARED:
            operands.reverse()
            operators = [operators[0]._replace(symbol=symbols[MIRROR[texts[0]]])]
        else:
            operands.sort(key=lambda operand: key([token for piece in operand for token in piece]))
    result = list(operands[0])
    for operator, operand in zip(operators, operands[1:], strict=True):
        result += [[operator], *operand]
    return result
