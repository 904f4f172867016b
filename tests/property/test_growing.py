"""A text that grows has the words of the whole, however it comes, and says truly which of them changed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simfilter import _core
from simfilter.errors import ParameterError
from simfilter.index.structure import build_filter, kgram_hashes
from simfilter.views.text import tokenize

KEY = bytes(range(16))
FILTER = _core.NgramFilter(build_filter(kgram_hashes(tokenize(b"one two three four five six one two", key=KEY).symbols, 4)))
LETTERS = "abcilnorvwABINR0123 '’-.,;_>\n\t*()№ßéﬁＡαΝνжНнк\u0301\u0e48\u0e01漢が한각ﷺ\u0645\u064b\u093c\u094d\u0915—\u00ad\u200b\r"
texts = st.text(st.sampled_from(LETTERS), max_size=60) | st.text(max_size=30) | st.lists(
    st.sampled_from(["one ", "two ", "three ", "four ", "1. ", "-\n", "\n", "a ", "i ", "ΝΥΝ ", "α"]), max_size=30).map("".join)


def columns(words: _core.GrowingWords) -> np.ndarray:
    found = np.empty((3, words.count), np.uint32)
    words.read(0, *found)
    return found


def is_whole(words: _core.GrowingWords, text: str) -> None:
    whole = tokenize(text.encode("utf-8", "surrogatepass"), key=KEY)
    assert np.array_equal(columns(words), np.stack([whole.symbols, whole.starts, whole.ends]))
    assert words.data(0, words.size) == text.encode("utf-8", "surrogatepass")


@given(st.lists(texts, max_size=6), st.data())
def test_any_pieces_any_cuts(pieces, data):
    words, text = _core.GrowingWords(KEY, 4, 0, [FILTER]), ""
    for piece in pieces:
        before = columns(words)[0]
        text += piece
        changed, hits = words.append(piece.encode("utf-8", "surrogatepass"))
        after = columns(words)[0]
        assert np.array_equal(before[:changed], after[:changed])
        assert hits == sum(words.hit(at) for at in range(max(0, changed - 3), words.windows))
        is_whole(words, text)
        if data.draw(st.booleans()):
            other, text = words.copy(), text[: data.draw(st.integers(0, len(text)))]
            words.append(b" something else, which the copy never sees")
            other.cut(len(text.encode("utf-8", "surrogatepass")))
            words = other
            is_whole(words, text)


@given(texts, texts)
def test_what_is_fixed_stays(first, second):
    data = first.encode("utf-8", "surrogatepass")
    symbols, starts, ends = np.empty((3, len(data) + 1), np.uint32)
    count, fixed = _core.text_tokenize_growing(data, KEY, symbols, starts, ends)
    assert np.array_equal(symbols[:count], tokenize(data, key=KEY).symbols)
    whole = tokenize((first + second).encode("utf-8", "surrogatepass"), key=KEY)
    assert np.array_equal(whole.symbols[:fixed], symbols[:fixed])
    if fixed:
        rest = tokenize((first + second).encode("utf-8", "surrogatepass")[starts[fixed] :], key=KEY)
        assert np.array_equal(whole.symbols[fixed:], rest.symbols) and np.array_equal(whole.ends[fixed:], rest.ends + starts[fixed])


def test_what_is_out_of_range_is_refused():
    words = _core.GrowingWords(KEY, 4, 0, [FILTER])
    words.append(b"one two three four five")
    with pytest.raises(ParameterError):
        _core.GrowingWords(b"short", 4, 0, [FILTER])
    with pytest.raises(ParameterError):
        _core.GrowingWords(KEY, 0, 0, [FILTER])
    for refused in (lambda: words.start(5), lambda: words.hit(2), lambda: words.cut(99), lambda: words.data(3, 99),
                    lambda: words.data(4, 3), lambda: words.read(6, *np.empty((3, 9), np.uint32))):
        with pytest.raises(ParameterError):
            refused()
    with pytest.raises(_core.CapacityError):
        words.read(0, *np.empty((3, 4), np.uint32))
    assert (words.size, words.count, words.windows) == (23, 5, 2) and words.copy().count == 5
