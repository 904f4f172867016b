"""Operands in order against their definition."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simfilter import _core
from tests.oracle import operand as oracle
from tests.oracle.statement import MOST

LESS = {b"<": 901, b"<=": 902}
OPERATORS = [word for words in oracle.LEVELS[1:] for word in words.split()]
TEXTS = st.sampled_from([*OPERATORS, *oracle.PARTS, b"(", b")", b"[", b"]", b"{", b"}", b"${", b"))", b"()", b"return", b"not", b"null",
                         b"this", b"notify", b",", b";", b"=", b"?", b"", b"\xc3\xa9"])
NAMES = st.tuples(st.sampled_from([b"a", b"b", b"1", b"'s'"]), st.sampled_from([1, 1, 2, 3]))
TOKENS = st.lists(NAMES | st.tuples(TEXTS, st.sampled_from([0, 0, 0, 0, 0, 255])), max_size=MOST)


def ordered(statements: list[list[tuple[bytes, int]]]) -> tuple[list[int], list[int], list[list[oracle.Token]]]:
    """What the core makes of statements, and what it is given of each."""
    pieces = [piece for statement in statements for piece in statement]
    source = b" ".join(text for text, _ in pieces)
    ends = np.cumsum([len(text) + 1 for text, _ in pieces]).astype(np.uint32) - np.uint32(1) if pieces else np.empty(0, np.uint32)
    starts = (ends - np.array([len(text) for text, _ in pieces], np.uint32)).astype(np.uint32)
    classes = np.array([kind for _, kind in pieces], np.uint8)
    known = {text: number for number, text in enumerate(sorted({text for text, _ in pieces}), 1)} | LESS
    lexemes = np.array([known[text] for text, _ in pieces], np.uint32)
    length = np.array([len(statement) for statement in statements], np.uint8)
    first = (np.cumsum(length, dtype=np.uint32) - length).astype(np.uint32)
    order, symbols = np.empty((2, len(pieces)), np.uint32)
    _core.operand_order(source, starts, ends, classes, lexemes, first, length, *LESS.values(), order, symbols)
    given_ = [[oracle.Token(at, text, kind, known[text]) for at, (text, kind) in enumerate(statement)] for statement in statements]
    return order.tolist(), symbols.tolist(), given_


@given(st.lists(TOKENS, max_size=3))
def test_the_order_is_the_obvious_one(statements: list[list[tuple[bytes, int]]]) -> None:
    order, symbols, given_ = ordered(statements)
    expected = []
    for tokens in given_:
        base = len(expected)
        expected += [(base + token.place, token.symbol) for token in oracle.ordered(tokens, LESS)]
    assert list(zip(order, symbols, strict=True)) == expected


LEAVES = st.sampled_from("abc123").map(lambda word: [(word.encode(), 2 if word.isdigit() else 1)])
EXPRESSIONS = st.recursive(LEAVES, lambda inner: st.one_of(
    st.tuples(inner, st.sampled_from([b"==", b"!=", b"&&", b"||", b"*", b"&", b"|", b"^", b"<", b">=", b"-", b"/"]), inner),
    st.tuples(inner, st.sampled_from([b".", b"->"]), inner)), max_leaves=8)


def written(tree: object, swaps: list[bool]) -> list[tuple[bytes, int]]:
    """An expression, each operation in parentheses, sides changed where ``swaps`` says so and it means nothing."""
    if isinstance(tree, list):
        return tree
    left, operator, right = tree
    sides = [written(left, swaps), written(right, swaps)]
    if swaps.pop() and operator not in (b".", b"->", b"-", b"/"):
        sides.reverse()
        operator = {b"<": b">", b">=": b"<="}.get(operator, operator)
    return [(b"(", 0), *sides[0], (operator, 0), *sides[1], (b")", 0)]


def blind(statement: list[tuple[bytes, int]]) -> list[tuple[int, bytes]]:
    order, symbols, _ = ordered([statement])
    return [(kind, b"<" if symbol == 901 else b"<=" if symbol == 902 else text) if kind == 0 else (kind, b"")
            for (text, kind), symbol in ((statement[at], symbol) for at, symbol in zip(order, symbols, strict=True))]


@given(EXPRESSIONS, st.lists(st.booleans(), min_size=16, max_size=16))
def test_what_says_the_same_has_one_order(tree: object, swaps: list[bool]) -> None:
    plain, swapped = written(tree, [False] * 16), written(tree, list(swaps))
    if len(plain) <= MOST:
        assert blind(plain) == blind(swapped)
