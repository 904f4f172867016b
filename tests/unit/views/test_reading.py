"""`read`: which stretches of an answer are code, and that their spans are the caller's characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simfilter.views import read
from tests.unit.views.snippets import SNIPPETS


def languages(text: str) -> list[str]:
    return [piece.language for piece in read(text).code]


def test_a_bare_function_with_blank_lines_is_one_piece() -> None:
    source = SNIPPETS["python"].replace("    total = 0\n", "    total = 0\n\n")
    reading = read(source)
    assert [piece.language for piece in reading.code] == ["python"]
    assert len(reading.code[0].tokens) == len(read(source, language="python").code[0].tokens)


def test_indented_code_in_prose_is_code_and_an_indented_poem_is_not() -> None:
    code = "    def f(x):\n        return [x + 1, {x: f(x)}]\n"
    assert languages(f"Here is what I would write in your place:\n\n{code}\n" + "Words. " * 90) == ["python"]
    assert languages("A poem:\n\n    The harbour sleeps, the lamps are low,\n    the tide has nowhere else to go.\n") == []


def test_a_language_given_is_taken() -> None:
    assert languages("x") == []
    assert [piece.language for piece in read("x", language="go").code] == ["go"]


def test_fences_of_several_languages() -> None:
    answer = "".join(f"Then:\n\n```{name}\n{source}```\n\n" for name, source in SNIPPETS.items())
    assert languages(answer) == list(SNIPPETS)


@pytest.mark.parametrize("prefix", ["", "> ", "  ", "é漢😀 "])
@pytest.mark.parametrize("language", ["python", "go", "java"])
def test_code_spans_are_the_callers_characters(language: str, prefix: str) -> None:
    quote = prefix if prefix.strip() == ">" else ""
    body = "".join(f"{quote}{line}\n" for line in [f"```{language}", *SNIPPETS[language].splitlines(), "```"])
    answer = f"{prefix}😀 words\n\n{body}\nend"
    reading = read(answer)
    alone = read(SNIPPETS[language], language=language)
    mine, theirs = reading.code[0].tokens, alone.code[0].tokens
    spans = [reading.characters.span(a, b).of(answer) for a, b in zip(mine.starts, mine.ends, strict=True)]
    assert spans == [alone.characters.span(a, b).of(SNIPPETS[language]) for a, b in zip(theirs.starts, theirs.ends, strict=True)]
    assert (mine.renamed == theirs.renamed).all()


@given(st.lists(st.sampled_from([*SNIPPETS.values(), "```\n", "```python\n", "> ", "    ", "words é漢😀\n", "\u200b", "\0", "\r\n",
                                 "\ud800"]), max_size=8).map("".join))
def test_spans_stay_inside_and_ascend(text: str) -> None:
    reading = read(text)
    for tokens in [reading.words, *([reading.comments()] if reading.code else []), *(piece.tokens for piece in reading.code)]:
        end = 0
        for a, b in zip(tokens.starts.tolist(), tokens.ends.tolist(), strict=True):
            span = reading.characters.span(a, b)
            assert end <= span.start < span.end <= len(text)
            end = span.end
