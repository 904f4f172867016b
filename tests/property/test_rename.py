"""Renamed code of all classes against its definition."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simfilter import _core
from tests.oracle import rename as oracle

KEY = bytes(range(16))
TOKENS = st.lists(st.tuples(st.integers(0, 4), st.sampled_from([0, 1, 1, 1, 2, 3, 4, 255])), max_size=40)
CODE = st.lists(st.tuples(st.integers(1, 4), st.sampled_from([0, 1, 1, 2, 3])), max_size=30)


def columns(tokens: list[oracle.Token]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([lexeme for lexeme, _ in tokens], np.uint32), np.array([kind for _, kind in tokens], np.uint8)


def test_literals_are_those_of_the_format() -> None:
    assert list(_core.rename_literals(KEY)) == oracle.renamed([(7, oracle.NUMBER), (8, oracle.STRING)], 0, KEY)


@given(TOKENS.map(lambda tokens: [(lexeme * kind if kind == 1 else lexeme, kind) for lexeme, kind in tokens]), st.integers(0, 45))
def test_core_agrees_with_the_obvious_version(tokens: list[oracle.Token], window: int) -> None:
    symbols = np.empty(len(tokens), np.uint32)
    _core.rename(*columns(tokens), window, KEY, symbols)
    assert symbols.tolist() == oracle.renamed(tokens, window, KEY)


@given(CODE, st.permutations(range(1, 5)))
def test_consistent_renaming_does_not_show(tokens: list[oracle.Token], names: list[int]) -> None:
    symbols = np.empty((2, len(tokens)), np.uint32)
    other = [(names[lexeme - 1] if kind == oracle.IDENTIFIER else lexeme, kind) for lexeme, kind in tokens]
    _core.rename(*columns(tokens), 32, KEY, symbols[0])
    _core.rename(*columns(other), 32, KEY, symbols[1])
    assert (symbols[0] == symbols[1]).all()
    if tokens:
        assert _core.rename_extend(*columns(tokens), *columns(other), 0, 0, len(tokens))[:2] == (0, len(tokens))


@given(TOKENS, TOKENS, st.data())
def test_the_extended_match_is_the_obvious_one(mine: list[oracle.Token], theirs: list[oracle.Token], data: st.DataObject) -> None:
    shared = data.draw(CODE)
    a, b = mine + shared, theirs + shared
    if a and b:
        at, there = data.draw(st.integers(0, len(a))), data.draw(st.integers(0, len(b)))
        length = data.draw(st.integers(0, min(len(a) - at, len(b) - there)))
        assert _core.rename_extend(*columns(a), *columns(b), at, there, length) == oracle.extent(a, b, at, there)
