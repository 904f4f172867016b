"""Statements aligned under one renaming, against the definition.

Weights and costs are quarters, which are exact in floats and doubles alike, so that ties fall the same way; where a name's worth is no
quarter only what must always hold is asked for.
"""

from dataclasses import astuple

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from simfilter import _core
from tests.oracle import clone as oracle

IDENTIFIER, FIXED = 1, 0
NONE = 0xFFFFFFFF
PLUS = 1000

Spelled = tuple[int, list[int]]
"""Form and names of a statement, in which each name is one token, and a fixed one stands behind them."""

STATEMENTS = st.tuples(st.integers(1, 3), st.lists(st.integers(1, 4), max_size=3))
ROWS = st.lists(STATEMENTS, max_size=8)
QUARTERS = st.integers(0, 16).map(lambda number: number / 4)
COSTS = st.builds(oracle.Costs, QUARTERS, QUARTERS, QUARTERS, QUARTERS, QUARTERS, st.sampled_from([0.0, 0.25, 0.5]), st.integers(0, 3),
                  st.integers(0, 3))
ANY_COSTS = st.builds(oracle.Costs, *[st.floats(0, 20, width=32)] * 6, st.integers(0, 4), st.integers(0, 4))


def row_of(statements: list[Spelled]) -> "_core.StatementRow":
    lexemes = [lexeme for _, names in statements for lexeme in (*names, PLUS)]
    length = np.array([len(names) + 1 for _, names in statements], np.uint8)
    first = (np.cumsum(length) - length).astype(np.uint32)
    classes = np.array([FIXED if lexeme == PLUS else IDENTIFIER for lexeme in lexemes], np.uint8)
    return _core.StatementRow(np.array(lexemes, np.uint32), classes, first, length, np.array([form for form, _ in statements], np.uint32))


def obvious(statements: list[Spelled]) -> list[oracle.Statement]:
    return [oracle.Statement(form, tuple(dict.fromkeys(names)), (*names, PLUS)) for form, names in statements]


def align(query: list[Spelled], source: list[Spelled], weight: list[float],
          costs: oracle.Costs) -> tuple[dict[int, int], list[float], float]:
    mate, bits = np.full(len(query), 7, np.uint32), np.full(len(query), 7, np.float32)
    total = _core.clone_align(row_of(query), row_of(source), np.array(weight, np.float32), astuple(costs), mate, bits)
    return {i: j for i, j in enumerate(mate.tolist()) if j != NONE}, bits.tolist(), total


def test_the_sentinel_is_that_of_the_header() -> None:
    assert _core.CLONE_NONE == NONE and _core.CLONE_MOST == 2048


@given(ROWS, ROWS, st.lists(QUARTERS.filter(bool), min_size=8, max_size=8), COSTS)
def test_core_agrees_with_the_obvious_version(query: list[Spelled], source: list[Spelled], weight: list[float],
                                              costs: oracle.Costs) -> None:
    mine, theirs = obvious(query), obvious(source)
    assume(all(worth * 4 == int(worth * 4) for worth in oracle.worths(theirs, costs.most_name).values()))
    mates, bits, total = align(query, source, weight[: len(query)], costs)
    expected, worth, whole = oracle.align(mine, theirs, weight, costs)
    assert mates == expected
    assert bits == worth
    assert total == whole


@given(ROWS, st.permutations(range(11, 15)), st.lists(st.floats(1, 20, width=32), min_size=8, max_size=8))
def test_a_renamed_row_is_found_whole(source: list[Spelled], names: list[int], weight: list[float]) -> None:
    """Where each form is one of its own, whatever its names became."""
    source = [(number + 1, said) for number, (_, said) in enumerate(source)]
    query = [(form, [names[name - 1] for name in said]) for form, said in source]
    costs = oracle.Costs(0.75, 2.5, 2.0, 8.0, 6.0, 5.0, 4, 2)
    mates, bits, total = align(query, source, weight[: len(query)], costs)
    assert mates == {number: number for number in range(len(query))}
    assert all(brought >= least for brought, least in zip(bits, weight, strict=False))
    assert abs(total - sum(bits)) <= 1e-3 * max(1, total)
    assert align(source, source, weight[: len(query)], costs) == (mates, bits, total)


@given(ROWS, ROWS, st.lists(st.floats(0, 20, width=32), min_size=8, max_size=8), ANY_COSTS)
def test_what_must_always_hold(query: list[Spelled], source: list[Spelled], weight: list[float], costs: oracle.Costs) -> None:
    mates, bits, total = align(query, source, weight[: len(query)], costs)
    assert len(set(mates.values())) == len(mates)
    assert all(query[i][0] == source[j][0] for i, j in mates.items())
    assert all(bits[i] == 0 for i in range(len(query)) if i not in mates)
    assert np.isfinite(bits).all() and total <= sum(bits) + 1e-3
    assert align(query, source, weight[: len(query)], costs) == (mates, bits, total)
