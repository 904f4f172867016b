"""Offsets are sacred: a planted copy is found at its place in the caller's string and in the source, whatever surrounds it."""

import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simfilter import Document, Filter, build
from simfilter.views.text import normalize
from simfilter.views.tokens import encode

ROOT = Path(__file__).parents[2]
STORIES = {path.name: path.read_text("utf-8") for path in sorted((ROOT / "data" / "samples").glob("*.txt"))}
NOISE = st.text(st.sampled_from(list(string.digits + " \n\t.,;-_()é😀漢字ทดสอบ\u200b\u0301\ud800ß")), max_size=60)


@pytest.fixture(scope="module")
def filter_(tmp_path_factory):
    path = tmp_path_factory.mktemp("spans") / "index"
    # A prefix of many-byte characters: byte and character offsets differ everywhere.
    build([Document(id=name, text="😀漢é\u200b" * 9 + "\n" + text, source="samples") for name, text in STORIES.items()], path)
    return Filter.open(path)


def words(text: str) -> list[bytes]:
    return normalize(encode(text))[0]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(name=st.sampled_from(sorted(STORIES)), start=st.integers(0, 200), length=st.integers(25, 60), before=NOISE, after=NOISE,
       invisible=st.lists(st.integers(0, 400), max_size=10))
def test_a_planted_copy_is_found_where_it_stands(filter_, name, start, length, before, after, invisible):
    tokens = STORIES[name].split()
    start = min(start, len(tokens) - length)
    copy = " ".join(tokens[start : start + length])
    for at in sorted(invisible, reverse=True):
        copy = copy[:at] + "\u200b" + copy[at:] if at < len(copy) else copy
    text = f"{before}.\n\n— {copy} —\n\n{after}"
    verdict = filter_.check(text)
    match = verdict.matches[0]
    document = "😀漢é\u200b" * 9 + "\n" + STORIES[name]
    assert match.provenance.document == name
    assert abs(match.query.start - (len(before) + 5)) <= 12
    assert abs(match.query.end - (len(before) + 5 + len(copy))) <= 12
    # The two spans spell the same words, and what the filter shows as source is what was stored.
    assert words(match.query.of(text)) == words(match.source.of(document))
    assert filter_.source_text(match) == match.source.of(document)
