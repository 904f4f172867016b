"""Statements against their definition."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simfilter import _core
from tests.oracle import statement as oracle

WORDS = [*oracle.GUARDS, *oracle.ALONE, *oracle.HEADERS, *oracle.WORDS_IN_FRONT[:4]]
MARKS = [b"(", b")", b"[", b"]", b"{", b"}", b";", b":", b"(", b")", b"{", b"}", b";", b":", b"=", b"+", b"++", b"--", b"=>", b"->", b">",
         b"-", b".", b"?", b"?.", b"&&", b"||", b"??", b"|>", b",", b"~", b"%", b"^", b"!", b"\\", b"${", b"$((", b"\\(", b"))", b"]]",
         b"()", b"[["]
TEXTS = st.one_of(st.sampled_from(MARKS), st.sampled_from(WORDS), st.sampled_from([b"", b"a", b"b", b"1", b"'s'", b"\xc3\xa9", b"\0"]))
KINDS = st.sampled_from([0, 0, 0, 0, 1, 2, 3, 200])
GAPS = st.sampled_from([b"", b" ", b" ", b"\n", b"\n\n", b" \\\n", b"\\\n", b"\\ \n", b"# said\n", b"\r\n", b"\n\\\n"])
PIECES = st.lists(st.tuples(TEXTS, KINDS, GAPS), max_size=60)
TOKENS = st.lists(st.tuples(st.integers(0, 5) | st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 1, 2, 3, 255])), max_size=80)


def spelled(pieces: list[tuple[bytes, int, bytes]]) -> tuple[bytes, list[tuple[int, int, int]]]:
    """The source of these pieces, a gap behind each, and its tokens."""
    source, tokens = b"", []
    for text, kind, gap in pieces:
        tokens.append((len(source), len(source + text), kind))
        source += text + gap
    return source, tokens


def cut(source: bytes, tokens: list[tuple[int, int, int]], flags: int) -> list[tuple[int, int]]:
    starts, ends, kinds = np.array(tokens, np.uint32).reshape(-1, 3).T.copy()
    first, length, scratch = np.empty(len(tokens), np.uint32), np.empty(len(tokens), np.uint8), np.empty(len(tokens), np.uint8)
    count = _core.statement_cut(source, starts, ends, kinds.astype(np.uint8), flags, scratch, first, length)
    return list(zip(first[:count].tolist(), length[:count].tolist(), strict=True))


def columns(tokens: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([lexeme for lexeme, _ in tokens], np.uint32), np.array([kind for _, kind in tokens], np.uint8)


def test_the_longest_statement_and_the_flags_are_those_of_the_format() -> None:
    assert _core.STATEMENT_MOST == oracle.MOST
    assert [_core.STATEMENT_LINES, _core.STATEMENT_BRACES, _core.STATEMENT_JOINS, _core.STATEMENT_COLONS, _core.STATEMENT_MODIFIERS] \
        == [oracle.LINES, oracle.BRACES, oracle.JOINS, oracle.COLONS, oracle.MODIFIERS]


@given(PIECES, st.integers(0, 31))
def test_the_cut_is_the_obvious_one(pieces: list[tuple[bytes, int, bytes]], flags: int) -> None:
    source, tokens = spelled(pieces)
    assert cut(source, tokens, flags) == oracle.cut(source, tokens, flags)


@given(st.sampled_from([b"if", b"public", b"x", b"["]), st.integers(55, 200), TEXTS, PIECES, st.integers(0, 31))
def test_long_statements_are_cut_at_the_obvious_places(head: bytes, count: int, last: bytes, pieces: list[tuple[bytes, int, bytes]],
                                                       flags: int) -> None:
    source, tokens = spelled([(head, 0, b" "), *[(b"x", 1, b" ")] * count, (last, 0, b" "), *pieces])
    found = cut(source, tokens, flags)
    assert found == oracle.cut(source, tokens, flags)
    assert all(0 < length <= oracle.MOST for _, length in found)


@given(PIECES, st.integers(0, 31))
def test_statements_ascend_and_only_marks_and_modifiers_are_left_out(pieces: list[tuple[bytes, int, bytes]], flags: int) -> None:
    source, tokens = spelled(pieces)
    found = cut(source, tokens, flags)
    inside = [number for first, length in found for number in range(first, first + length)]
    assert inside == sorted(set(inside))
    left = {pieces[number][0] for number in set(range(len(tokens))) - set(inside)}
    assert left <= {b";", b"{", b"}", *oracle.WORDS_IN_FRONT}


@given(TOKENS, st.lists(st.integers(0, 80), max_size=8))
def test_hashes_are_the_obvious_ones(tokens: list[tuple[int, int]], cuts: list[int]) -> None:
    edges = sorted({0, len(tokens), *(at for at in cuts if at < len(tokens))})
    statements = [(a, b - a) for a, b in pairwise(edges) if b - a <= oracle.MOST]
    first, length = np.array([a for a, _ in statements], np.uint32), np.array([n for _, n in statements], np.uint8)
    hashes = np.empty(len(statements), np.uint32)
    _core.statement_hash(*columns(tokens), first, length, hashes)
    parts = [tokens[a : a + n] for a, n in statements]
    assert hashes.tolist() == [oracle.form(part) for part in parts]
    a, b = np.indices((len(parts), len(parts)), np.uint32).reshape(2, -1)
    both = np.empty(len(a), np.uint32)
    _core.statement_pair(*columns(tokens), first, length, a, b, both)
    assert both.tolist() == [oracle.form(one + other) for one in parts for other in parts]


@given(TOKENS.map(lambda tokens: tokens[:64]))
def test_names_and_literals_do_not_show(tokens: list[tuple[int, int]]) -> None:
    fresh: dict[int, int] = {}
    other = [(fresh.setdefault(lexeme, len(fresh) + 7) if kind == 1 else lexeme ^ 1 if kind in (2, 3) else lexeme, kind)
             for lexeme, kind in tokens]
    zero, length = np.zeros(1, np.uint32), np.array([len(tokens)], np.uint8)
    hashes = np.empty((2, 1), np.uint32)
    _core.statement_hash(*columns(tokens), zero, length, hashes[0])
    _core.statement_hash(*columns(other), zero, length, hashes[1])
    assert hashes[0, 0] == hashes[1, 0] > 0
