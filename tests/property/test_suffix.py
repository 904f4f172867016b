"""Questions to a suffix array against answers by looking at every suffix; what the array holds must not matter to memory."""

from contextlib import suppress

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simfilter import _core
from simfilter.errors import IndexDamagedError
from tests.oracle import suffix as oracle
from tests.oracle.matching import maximal_matches, suffix_array

U32, U64 = np.uint32, np.uint64
RANDOM = st.one_of(*(st.lists(st.integers(0, most), max_size=40) for most in (1, 3, 2**32 - 1)))
REPETITIVE = st.tuples(st.lists(st.integers(0, 3), max_size=6), st.integers(0, 8), st.lists(st.integers(0, 3), max_size=3)).map(
    lambda parts: parts[0] * parts[1] + parts[2])
SYMBOLS = RANDOM | REPETITIVE
ORDERS = st.sampled_from([np.int32, np.int64])
Place = tuple[int, int, int]


def suffixes(text: list[int], kind: type) -> "_core.Suffix":
    symbols, order = np.array(text, U32), np.empty(len(text), kind)
    _core.suffix_build(symbols, order)
    assert order.tolist() == suffix_array(text)
    return _core.Suffix(symbols, order)


def mems(index: "_core.Suffix", query: list[int], least: int, cap: int, capacity: int = 2000) -> tuple[list[Place], bool]:
    at, places, lengths = np.zeros(capacity, U32), np.zeros(capacity, U64), np.zeros(capacity, U32)
    count, truncated = _core.suffix_mems([index], np.zeros(1, U64), np.array(query, U32), least, cap, at, places, lengths)
    return list(zip(at[:count].tolist(), places[:count].tolist(), lengths[:count].tolist(), strict=True)), truncated


@given(SYMBOLS, st.data(), ORDERS)
def test_find(text: list[int], data: st.DataObject, kind: type) -> None:
    start = data.draw(st.integers(0, len(text)))
    pattern = data.draw(st.just(text[start : start + data.draw(st.integers(0, 5))]) | st.lists(st.integers(0, 3), max_size=4))
    found = suffixes(text, kind).find(np.array(pattern, U32))
    assert found == ((0, 0) if 0 in pattern else oracle.interval(suffix_array(text), text, pattern))


@given(SYMBOLS, st.lists(st.integers(0, 3), max_size=30), st.integers(1, 4), ORDERS)
def test_counts(text: list[int], symbols: list[int], n: int, kind: type) -> None:
    rows = [symbols[at : at + n] for at in range(len(symbols) - n + 1)]
    counts = np.full(len(rows), -1, np.int64)
    suffixes(text, kind).counts(np.array(rows, U32).reshape(-1, n), counts)
    assert counts.tolist() == [0 if 0 in row else sum(text[at : at + n] == row for at in range(len(text) - n + 1)) for row in rows]


@given(SYMBOLS, SYMBOLS, ORDERS)
def test_statistics(text: list[int], query: list[int], kind: type) -> None:
    lengths, low, high = np.zeros(len(query), U32), np.zeros(len(query), U64), np.zeros(len(query), U64)
    suffixes(text, kind).statistics(np.array(query, U32), lengths, low, high)
    assert list(zip(lengths.tolist(), low.tolist(), high.tolist(), strict=True)) == oracle.statistics(text, query)


@given(SYMBOLS, SYMBOLS, st.integers(1, 8), st.integers(1, 6), ORDERS)
def test_maximal_matches_with_few_occurrences_each(text: list[int], query: list[int], least: int, cap: int, kind: type) -> None:
    index = suffixes(text, kind)
    assert mems(index, query, least, cap) == (oracle.capped_matches(query, text, least, cap), False)
    assert mems(index, query, least, 2**32 - 1) == (maximal_matches(query, text, least), False)


@given(SYMBOLS, SYMBOLS, st.integers(1, 3), st.integers(1, 20))
def test_without_room_there_is_a_beginning(text: list[int], query: list[int], least: int, capacity: int) -> None:
    index = suffixes(text, np.int32)
    (every, _), (found, truncated) = mems(index, query, least, 9), mems(index, query, least, 9, capacity)
    assert truncated == (len(every) > capacity)
    assert len(found) == min(len(every), capacity)
    assert set(found) <= set(every) and found == sorted(found)
    assert not found or [place for place in every if place[0] < found[-1][0]] == [place for place in found if place[0] < found[-1][0]]


@given(st.lists(st.lists(st.integers(1, 2), max_size=8), min_size=1, max_size=8), st.data(), ORDERS)
def test_distinct_documents(texts: list[list[int]], data: st.DataObject, kind: type) -> None:
    text = [symbol for piece in texts for symbol in (*piece, 0)]
    starts = np.cumsum([0, *(len(piece) + 1 for piece in texts)])
    families = data.draw(st.lists(st.integers(0, 2), min_size=len(texts), max_size=len(texts)))
    low = data.draw(st.integers(0, len(text)))
    high, cap = data.draw(st.integers(low, len(text))), data.draw(st.integers(0, 20) | st.just(2**60))
    order = suffix_array(text)[low:high][:cap]
    index, bounds = suffixes(text, kind), starts.astype(U64)
    assert index.documents(low, high, bounds, None, cap) == oracle.documents(order, starts.tolist(), range(len(texts)))
    assert index.documents(low, high, bounds, np.array(families, U32), cap) == oracle.documents(order, starts.tolist(), families)


def test_more_documents_than_fit_the_stack() -> None:
    text = [1, 0] * 700
    index, bounds = suffixes(text, np.int64), np.arange(0, 1402, 2, dtype=U64)
    low, high = index.find(np.ones(1, U32))
    assert high - low == 700
    assert index.documents(low, high, bounds, None, 10**6) == 700
    assert index.documents(low, high, bounds, np.arange(700, dtype=U32) % 7, 10**6) == 7
    assert index.documents(low, high, bounds, None, 600) == 600


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30), st.lists(st.integers(0, 3), max_size=30), st.data(), ORDERS)
def test_any_array_is_safe_to_ask(text: list[int], query: list[int], data: st.DataObject, kind: type) -> None:
    info = np.iinfo(kind)
    place = st.integers(0, len(text) - 1)
    if data.draw(st.booleans()):
        place |= st.sampled_from([-1, len(text), info.min, info.max])
    order = np.array(data.draw(st.lists(place, min_size=len(text), max_size=len(text))), kind)
    bounds = np.array(data.draw(st.lists(st.integers(0, 40) | st.just(2**64 - 1), min_size=2, max_size=5)), U64)
    index, asked = _core.Suffix(np.array(text, U32), order), np.array(query, U32)
    for question in (lambda: index.find(asked), lambda: mems(index, query, 1, 3), lambda: mems(index, query, 3, 3, 2),
                     lambda: index.statistics(asked, asked.copy(), asked.astype(U64), asked.astype(U64)),
                     lambda: index.counts(asked.reshape(-1, 1), asked.astype(np.int64)),
                     lambda: index.documents(0, len(text), bounds, None, 40)):
        with suppress(IndexDamagedError):
            question()


def test_a_phrase_repeated_on_both_sides_costs_no_square() -> None:
    """Matches are followed to their ends as long as that costs little, then cut and taken up again: together they cover what they would."""
    least, phrases = 4, np.tile(np.array([1, 2, 3], np.uint32), 20_000)
    text = np.concatenate([phrases, phrases[:3000]])
    array = np.empty(len(text), np.int32)
    _core.suffix_build(text, array)
    judged = np.concatenate([phrases, [9], phrases, [9], phrases[5000:]]).astype(np.uint32)
    query, length = np.empty((2, 1 << 20), np.uint32)
    source = np.empty(1 << 20, np.uint64)
    count, truncated = _core.suffix_mems([_core.Suffix(text, array)], np.zeros(1, np.uint64), judged, least, 16, query, source, length)
    assert not truncated and length[0] == len(phrases) and 516 in length[:count]
    covered = np.zeros(len(judged) + 1, np.int64)
    for at, place, size in zip(query[:count].tolist(), source[:count].tolist(), length[:count].tolist(), strict=True):
        covered[at] += 1
        covered[at + size] -= 1
        assert (judged[at : at + size] == text[place : place + size]).all()
    assert (np.cumsum(covered)[:-1] == 0).sum() < 2 + 3 * least
    assert length[:count].sum() < 16 * 2 * (64 * len(judged) + (1 << 16))
