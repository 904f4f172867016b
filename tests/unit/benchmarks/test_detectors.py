"""The peers written here, and what all detectors stand on, on cases worked out by hand."""

import numpy as np
import pytest

from benchmarks.quality.corpora import Text
from benchmarks.quality.detectors import CodeRuns, MemFree, Postings, Quip, joined
from simfilter import Document, Span

SENTENCE = "Call me Ishmael. Some years ago, never mind how long precisely, having little or no money in my purse"
PYTHON = "def total(prices):\n    result = 0\n    for price in prices:\n        result += price\n    return result\n"


def document(text: str, language: str | None = None) -> list[Document]:
    return [Document(id="a", text=text, source="test", language=language)]


def test_memfree_counts_ten_word_grams_and_tells_where_they_stand() -> None:
    detector = MemFree()
    detector.fit(document(SENTENCE))
    words = len(SENTENCE.split())
    before = "He wrote: "
    judgement = detector.judge(Text(before + SENTENCE.upper(), before + SENTENCE.upper()))
    assert judgement.scores == (words - 9,)
    assert judgement.spans == ((Span(len(before), len(before) + len(SENTENCE)), None),)
    assert detector.judge(Text("too short to say", "too short to say")).scores == (0,)


@pytest.mark.parametrize(("before", "change"), [("", " "), ("\n  He wrote:\n\n", "\n   ")])
def test_quip_counts_character_grams_whatever_the_white_space(before: str, change: str) -> None:
    detector = Quip()
    detector.fit(document(SENTENCE))
    text = before + SENTENCE.replace(" ", change) + "\n"
    judgement = detector.judge(Text(text, text))
    assert judgement.scores == (len(SENTENCE) - 24,)
    assert judgement.spans == ((Span(len(before), len(text) - 1), None),)


@pytest.mark.parametrize(("blind", "found"), [(False, False), (True, True)])
def test_blind_runs_see_through_names(blind: bool, found: bool) -> None:
    detector = CodeRuns("runs", 12, blind=blind)
    detector.fit(document(PYTHON, "python"))
    renamed = PYTHON.replace("price", "x").replace("result", "y").replace("total", "f")
    assert (detector.judge(Text.of_code(renamed, "python")).scores[0] > 12) is found
    assert detector.judge(Text.of_code(PYTHON, "python")).scores[0] > 12


def test_spans_that_touch_are_one() -> None:
    assert list(joined(np.array([[0, 3], [2, 5], [5, 6], [8, 9]]))) == [Span(0, 6), Span(8, 9)]
    assert list(joined(np.empty((0, 2), int))) == []


def test_postings_count_shared_hashes() -> None:
    postings = Postings([np.array([1, 2, 3]), np.array([3, 4]), np.array([9])])
    assert postings.shared(np.array([2, 3, 4, 7])).tolist() == [2, 2, 0]
    assert postings.most(np.array([3, 4]), 5) == [1, 0]
    assert postings.shared(np.array([7])).tolist() == [0, 0, 0]
