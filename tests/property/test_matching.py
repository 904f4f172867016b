"""The core against its naive definitions, on small alphabets, where everything repeats."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simfilter import _core
from simfilter.index.structure import build_filter, kgram_hashes
from simfilter.views.code import IDENTIFIER
from simfilter.views.tokens import PUBLIC_KEY
from tests.oracle.matching import common, distances, maximal_matches, renames_consistently, suffix_array

SYMBOLS = st.one_of(*(st.lists(st.integers(0, most), max_size=60) for most in (1, 3, 2**32 - 1)))
U32, U64 = np.uint32, np.uint64


def built(text: list[int], wide: bool) -> tuple[np.ndarray, "_core.Suffix"]:
    symbols = np.array(text, U32)
    order = np.empty(len(text), np.int64 if wide else np.int32)
    _core.suffix_build(symbols, order)
    return order, _core.Suffix(symbols, order)


@given(SYMBOLS, st.booleans())
def test_suffix_array_is_the_sorted_suffixes(text: list[int], wide: bool) -> None:
    assert built(text, wide)[0].tolist() == suffix_array(text)


@given(SYMBOLS, SYMBOLS, st.booleans())
def test_matching_statistics(text: list[int], query: list[int], wide: bool) -> None:
    _, index = built(text, wide)
    lengths = np.zeros(len(query), U32)
    low, high = np.zeros((2, len(query)), U64)
    index.statistics(np.array(query, U32), lengths, low, high)
    for at, length in enumerate(lengths.tolist()):
        reached = [common(query[at:], text[place:]) for place in range(len(text))]
        assert length == max(reached, default=0)
        assert high[at] - low[at] == (reached.count(length) if length else 0)


@given(SYMBOLS, SYMBOLS, st.integers(1, 4))
def test_maximal_exact_matches(text: list[int], query: list[int], least: int) -> None:
    _, index = built(text, False)
    room, source, lengths = np.zeros(4000, U32), np.zeros(4000, U64), np.zeros(4000, U32)
    count, truncated = _core.suffix_mems([index], np.zeros(1, U64), np.array(query, U32), least, 2**32 - 1, room, source, lengths)
    assert not truncated
    assert list(zip(room[:count], source[:count], lengths[:count], strict=True)) == maximal_matches(query, text, least)


@given(SYMBOLS, SYMBOLS, st.integers(1, 4))
def test_what_filters_let_pass_holds_every_match(text: list[int], query: list[int], least: int) -> None:
    _, index = built(text, False)
    room, source, lengths = np.zeros(4000, U32), np.zeros(4000, U64), np.zeros(4000, U32)
    filters = [_core.NgramFilter(build_filter(kgram_hashes(np.array(part, U32), least))) for part in ([], text)]
    asked = np.array(query, U32)
    for known, expected in ((filters, maximal_matches(query, text, least)), (filters[:1], [])):
        count, truncated = _core.suffix_mems([index], np.zeros(1, U64), asked, least, 2**32 - 1, room, source, lengths, known)
        assert not truncated
        assert list(zip(room[:count], source[:count], lengths[:count], strict=True)) == expected


@given(st.lists(st.integers(1, 4), max_size=50), st.integers(0, 40))
def test_renamed_symbols_are_equal_when_the_distances_are(names: list[int], window: int) -> None:
    renamed = np.empty(len(names), U32)
    _core.rename(np.array(names, U32), np.full(len(names), IDENTIFIER, np.uint8), window, PUBLIC_KEY, renamed)
    codes: dict[int, int] = {}
    for symbol, distance in zip(renamed.tolist(), distances(names, window), strict=True):
        assert codes.setdefault(distance, symbol) == symbol
    assert len(set(codes.values())) == len(codes)


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=40), st.data())
def test_the_extended_match_is_consistently_renamed_and_maximal(pairs: list[tuple[int, int]], data: st.DataObject) -> None:
    mine, theirs = (list(side) for side in zip(*pairs, strict=True))
    at = data.draw(st.integers(0, len(mine)))
    classes = np.full(len(mine), IDENTIFIER, np.uint8)
    left, right, equal = _core.rename_extend(np.array(mine, U32), classes, np.array(theirs, U32), classes, at, at, 0)
    inside = slice(at - left, at + right)
    assert renames_consistently(mine[inside], theirs[inside])
    assert equal == sum(a == b for a, b in pairs[inside])
    assert at + right == len(mine) or not renames_consistently(mine[at : at + right + 1], theirs[at : at + right + 1])
    assert at == left or not renames_consistently(mine[at - left - 1 : at + right], theirs[at - left - 1 : at + right])


@given(st.lists(st.integers(0, 3), max_size=60), st.integers(1, 6))
def test_kgrams_are_equal_when_the_symbols_are(symbols: list[int], k: int) -> None:
    hashes = kgram_hashes(np.array(symbols, U32), k).tolist()
    windows = [tuple(symbols[at : at + k]) for at in range(len(symbols) - k + 1)]
    known: dict[tuple[int, ...], int] = {}
    for window, hashed in zip(windows, hashes, strict=True):
        assert (hashed == 0) == (0 in window)
        if hashed:
            assert known.setdefault(window, hashed) == hashed
    assert len(set(known.values())) == len(known)


@given(st.lists(st.integers(0, 2**64 - 1), max_size=200))
def test_the_filter_forgets_no_key(keys: list[int]) -> None:
    hashes = np.array(keys, U64)
    packed = np.empty(_core.filter_size(len(hashes)), np.uint8)
    _core.filter_build(hashes, packed)
    hits = np.zeros(len(hashes), np.uint8)
    _core.NgramFilter(packed).contains(hashes, hits)
    assert (hits == (hashes != 0)).all()
