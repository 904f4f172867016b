"""The text view: what holds for every text, and agreement with the obvious version on simple texts."""

import unicodedata
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simfilter._core.shingle import shingle_tokenize
from simfilter._core.symbol import symbol_fold, symbol_hash
from simfilter._core.text import TEXT_GROWTH, text_normalize, text_tokenize
from tests.oracle import text as oracle

KEY = bytes(range(16))
ZERO_WIDTH = "\u00ad\u200b\u200c\u200d\u2060\ufeff\ufe0f\U000e0041"

prose = st.text(
    st.sampled_from(
        "abcilnorvwABINR0123 '’-.,;_>\n\t*()№ßéﬁＡαΝνжНнк\u0301\u0e48\u0e01漢が한각ﷺ"
        "\u0645\u064b\u093c\u094d\u0915—"
    ),
    max_size=80,
)
anything = prose | st.text(max_size=40)


def tokens(data: bytes) -> tuple[list[int], list[tuple[int, int]]]:
    symbols, starts, ends = (np.empty(len(data), np.uint32) for _ in range(3))
    count = text_tokenize(data, KEY, symbols, starts, ends)
    return symbols[:count].tolist(), list(zip(starts[:count].tolist(), ends[:count].tolist(), strict=True))


def normalized(data: bytes) -> tuple[list[bytes], list[tuple[int, int]]]:
    out = np.empty(TEXT_GROWTH * len(data), np.uint8)
    out_ends, starts, ends = (np.empty(len(data), np.uint32) for _ in range(3))
    count, size = text_normalize(data, out, out_ends, starts, ends)
    edges = [0, *out_ends[:count].tolist()]
    assert edges[-1] == size
    words = [out[a:b].tobytes() for a, b in pairwise(edges)]
    return words, list(zip(starts[:count].tolist(), ends[:count].tolist(), strict=True))


def symbols_of(text: str) -> list[int]:
    return tokens(text.encode("utf-8", "surrogatepass"))[0]


def words_of(text: str) -> list[str]:
    return [word.decode() for word in normalized(text.encode("utf-8", "surrogatepass"))[0]]


def check_everything(data: bytes) -> None:
    symbols, spans = tokens(data)
    words, same_spans = normalized(data)
    assert spans == same_spans
    assert symbols == [symbol_fold(symbol_hash(word, KEY)) for word in words]
    assert symbols == [oracle.symbol(word, KEY) for word in words]
    assert 0 not in symbols
    last = 0
    for start, end in spans:
        assert last <= start < end <= len(data)
        last = end
    for word in words:
        assert word.decode()


@given(anything)
def test_spans_and_symbols_are_sound(text):
    check_everything(text.encode("utf-8", "surrogatepass"))


@given(st.binary(max_size=200))
def test_any_bytes_will_do(data):
    check_everything(data)


@given(
    st.lists(
        st.sampled_from(
            [b"a", b"'", b"-", b"\n", b"\xc2", b"\xad", b"\xe0\xb8", b"\x81", b"\xf0\x9d\x90", b"\x80", b" "]
        )
    )
)
def test_cut_sequences_will_do(pieces):
    check_everything(b"".join(pieces))


@given(anything)
def test_composed_and_decomposed_are_one(text):
    assert words_of(unicodedata.normalize("NFC", text)) == words_of(unicodedata.normalize("NFD", text))


@given(st.text(st.characters(max_codepoint=127), max_size=80))
def test_case_does_not_show(text):
    assert symbols_of(text.upper()) == symbols_of(text.lower()) == symbols_of(text)


@given(st.text(st.sampled_from("abcilnorvw AB.,'-\n>10жßé漢ก"), max_size=60), st.data())
def test_invisible_characters_do_not_show(text, data):
    gaps = data.draw(
        st.lists(
            st.text(st.sampled_from(ZERO_WIDTH[1:]), max_size=2),
            min_size=len(text) + 1,
            max_size=len(text) + 1,
        )
    )
    hidden = gaps[0] + "".join(char + gap for char, gap in zip(text, gaps[1:], strict=True))
    assert words_of(hidden) == words_of(text)


@given(st.text(st.sampled_from("abcilnorvwyABCINRVX0129éßüÅ ’'-,!?\u200b\u00ad"), max_size=60))
def test_agrees_with_the_obvious_version(text):
    text = "start " + " ".join(word for word in text.split(" ") if len(oracle.fold(word)) > 1)
    assert words_of(text) == oracle.words(text)


@given(st.lists(st.lists(st.sampled_from([
    "the", "The", "corner", "CLICK", "a", "I", "l1", "vv", "fifteenletters1", "sixteen0letters1", "seventeen0letters", "don", "naïve",
    "ΑΒΝ", "λόγος", "漢字", " ", " ", " ", "  ", ", ", ". ", ";",
    "\n", "\n1. ", "-", "'", "’s", "\u00ad", "\u00a0", "\u0301", "\r\n> ",
]), max_size=30).map("".join), max_size=6))
def test_words_met_before_make_the_same_tokens(texts):
    data = [text.encode() for text in [*texts, *texts[::-1]]]
    symbols, ends = np.empty(sum(map(len, data)), np.uint32), np.empty(len(data) + 1, np.uint64)
    shingle_tokenize(b"".join(data), np.cumsum([0, *map(len, data)]).astype(np.uint64), KEY, symbols, ends)
    assert [symbols[a:b].tolist() for a, b in pairwise(ends.tolist())] == [tokens(each)[0] for each in data]


@given(prose, prose)
def test_a_paragraph_break_after_a_word_keeps_the_rest_apart(first, second):
    """What follows a long word is read as if it came alone: no hyphen and no spaced run is open there."""
    assert words_of("decided\n\n\n\nzebra " + second)[2:] == words_of("zebra " + second)[1:]
    assert words_of(first + "\n\n\n\nzebra")[-1:] == ["zebra"]
