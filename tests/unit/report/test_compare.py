"""Side by side: the pieces are the texts, and what is marked as equal is equal."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from simfilter.report.compare import Mark, compare
from simfilter.types import Kind, Match, Provenance, Span, View

MATCH = Match(Kind.EDITED, View.TEXT, Span(0, 1), Span(0, 1), Provenance("d", "s"), 1, 1, 1, 1, 1, 1, 1)
CODE = replace(MATCH, view=View.RENAMED, renaming=(("total", "out"), ("hour", "k")))
WORDS = ["the", "sea", "Sea", "ｓｅａ", "lamp", "s\u200bea", "–", "\n", "😀", "x(y)", "a.b"]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join)


def marked(pieces: list[tuple[Mark, str]], mark: Mark) -> list[str]:
    return [text for each, text in pieces if each is mark]


@given(copy=TEXTS, source=TEXTS, match=st.sampled_from([MATCH, CODE]))
def test_pieces_are_the_texts_and_marks_are_equal(copy: str, source: str, match: Match) -> None:
    ours, theirs = compare(match, copy, source)
    assert ("".join(text for _, text in ours), "".join(text for _, text in theirs)) == (copy, source)
    assert all(text for _, text in [*ours, *theirs])

    def words(pieces: list[tuple[Mark, str]], mark: Mark) -> list[str]:
        plain = "\n".join(marked(pieces, mark)).replace("\u200b", "").replace("ｓｅａ", "sea").casefold()
        return sorted(re.findall(r"\w+", plain))

    for mark in (Mark.SAME, Mark.MOVED):
        if match is MATCH or not set("ｓ\u200bS") & set(copy + source):
            assert words(ours, mark) == words(theirs, mark)


def test_words_are_those_of_the_view() -> None:
    ours, theirs = compare(MATCH, "THE qu\u200biet, һarbour!", "the quiet harbour")
    assert ours == [(Mark.SAME, "THE qu\u200biet, һarbour"), (Mark.NONE, "!")] and theirs == [(Mark.SAME, "the quiet harbour")]


def test_names_changed_left_out_and_put_in() -> None:
    ours, theirs = compare(CODE, "out = k + 2\nlog(out)\nreturn out", "total = hour + 1\nreturn total")
    assert marked(ours, Mark.RENAMED) == ["out", "k", "out"] and marked(theirs, Mark.RENAMED) == ["total", "hour", "total"]
    assert "".join(marked(ours, Mark.NONE)).split() == ["2", "log(out)"] and "".join(marked(theirs, Mark.NONE)).strip() == "1"


def test_clauses_moved() -> None:
    first, second = "when the harbour office burned that winter", "her ledgers were the only record of those long voyages"
    ours, theirs = compare(MATCH, f"{second}, {first}", f"{first}, {second}")
    assert marked(ours, Mark.SAME) == marked(theirs, Mark.SAME) == [second]
    assert marked(ours, Mark.MOVED) == marked(theirs, Mark.MOVED) == [first]


def test_a_long_copy_takes_no_longer_than_it_should() -> None:
    text = " ".join(f"word{number % 997}" for number in range(50_000))
    ours, _ = compare(replace(MATCH, kind=Kind.VERBATIM), text, text)
    assert ours == [(Mark.SAME, text)]
