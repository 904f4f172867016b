"""Texts of 380 languages: offsets go out and back, copies in any script are found."""

from pathlib import Path

import pytest

from simfilter import Document, Filter, build
from simfilter.views import read
from simfilter.views.text import normalize
from simfilter.views.tokens import encode
from tests.quality.data import rows

PREFIX = "😀é漢 \u200b—\n"
SUFFIX = "\n\nzqxj 😀"


@pytest.fixture(scope="module")
def texts(shared_data: Path) -> dict[str, str]:
    folder = shared_data / "multilang"
    found = rows(folder / "udhr.jsonl.gz") + rows(folder / "texts.jsonl.gz")
    return {str(row["id"]): row["text"] for row in found}


def test_every_token_is_its_characters(texts: dict[str, str]) -> None:
    assert len(texts) >= 390
    for text in texts.values():
        text = text[:3000]
        reading = read(text)
        whole = normalize(reading.data)[0]
        assert len(whole) == len(reading.words)
        end = 0
        for position, (a, b) in enumerate(zip(reading.words.starts.tolist(), reading.words.ends.tolist(), strict=True)):
            span = reading.characters.span(a, b)
            assert end <= span.start < span.end
            assert encode(span.of(text)) == reading.data[a:b]
            # A token read alone may be cut further (the core looks at its neighbours) but spells the same.
            assert b"".join(normalize(encode(span.of(text)))[0]) == whole[position] or position == 0 or len(span) > 1
            end = span.end


def test_a_copy_in_any_language_is_found_where_it_stands(texts: dict[str, str], tmp_path: Path) -> None:
    build((Document(id=name, text=PREFIX + text, source="multilang") for name, text in texts.items()), tmp_path / "index")
    filter_ = Filter.open(tmp_path / "index")
    missed = []
    for name, text in texts.items():
        text = text[:8000]
        reading = read(text)
        words, characters = reading.words, reading.characters
        if len(words) < 400:
            continue
        start, end = characters.at(int(words.starts[200])), characters.at(int(words.ends[299]))
        answer = PREFIX * 3 + text[start:end] + SUFFIX
        verdict = filter_.check(answer)
        found = [*verdict.matches, *(aside.match for aside in verdict.set_aside)]
        for match in found:
            stored = PREFIX + texts[match.provenance.document]
            assert filter_.source_text(match) == match.source.of(stored)
        exact = [match for match in found if abs(match.query.start - 3 * len(PREFIX)) <= 3
                 and abs(match.query.end - (3 * len(PREFIX) + end - start)) <= 3 and match.longest_run >= 95]
        if not any(normalize(encode(match.query.of(answer)))[0] == normalize(encode(filter_.source_text(match)))[0] for match in exact):
            missed.append((name, len(found)))
    assert missed == []
