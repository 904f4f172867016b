"""`lexeme` and `renamed` in all languages: what is a token, what a rename leaves equal, where comments go, what broken code gives."""

import numpy as np
import pytest

from simfilter.views.code import FIXED, IDENTIFIER, NUMBER, STRING, CodeTokens, code_tokens
from simfilter.views.languages import GRAMMARS
from simfilter.views.tokens import PUBLIC_KEY
from tests.unit.views.snippets import SNIPPETS

LANGUAGES = sorted(SNIPPETS)


def tokens_of(source: str, language: str) -> CodeTokens:
    return code_tokens(source.encode(), language, key=PUBLIC_KEY)


def spelled(source: str, tokens: CodeTokens, kind: int | None = None) -> list[str]:
    data = source.encode()
    return [data[a:b].decode() for a, b, c in zip(tokens.starts, tokens.ends, tokens.classes, strict=True) if kind in (None, c)]


def edited(source: str, tokens: CodeTokens, kind: int, change) -> str:
    """``source`` with the tokens of one class changed."""
    data = source.encode()
    out, at = b"", 0
    for start, end, c in zip(tokens.starts.tolist(), tokens.ends.tolist(), tokens.classes.tolist(), strict=True):
        if c == kind:
            out, at = out + data[at:start] + change(data[start:end].decode()).encode(), end
    return (out + data[at:]).decode()


def test_every_language_has_a_snippet() -> None:
    assert set(SNIPPETS) == set(GRAMMARS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_tokens_are_the_source_without_comments_and_space(language: str) -> None:
    source = SNIPPETS[language]
    tokens = tokens_of(source, language)
    assert not tokens.errors
    assert (tokens.starts < tokens.ends).all() and (tokens.ends[:-1] <= tokens.starts[1:]).all()
    covered = np.zeros(len(source.encode()), bool)
    for start, end in [*zip(tokens.starts, tokens.ends, strict=True), *tokens.comments]:
        assert not covered[start:end].any()
        covered[start:end] = True
    left = bytes(np.frombuffer(source.encode(), np.uint8)[~covered])
    assert left.decode().strip() == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_classes(language: str) -> None:
    source = SNIPPETS[language]
    tokens = tokens_of(source, language)
    assert any("total" in word for word in spelled(source, tokens, IDENTIFIER))
    assert any("tide" in word or word == "'north'" for word in spelled(source, tokens, STRING))
    assert any("12" in word for word in spelled(source, tokens, NUMBER))
    assert not any("total" in word for word in spelled(source, tokens, FIXED))


@pytest.mark.parametrize("language", LANGUAGES)
def test_comments_are_text_and_no_tokens(language: str) -> None:
    source = SNIPPETS[language]
    tokens = tokens_of(source, language)
    comments = [source.encode()[a:b].decode() for a, b in tokens.comments.tolist()]
    if any(mark in source for mark in ("the sum", "every hour", "adds up", "what stands")):
        assert any(phrase in comment for comment in comments for phrase in ("the sum", "every hour", "adds up", "what stands"))
    assert not any("the sum" in word for word in spelled(source, tokens))


def test_docstrings_are_comments_but_other_strings_are_not() -> None:
    source = SNIPPETS["python"]
    tokens = tokens_of(source, "python")
    assert [source.encode()[a:b].decode() for a, b in tokens.comments.tolist()] == ['"""Docstring of the tide."""', "# every hour"]
    assert tokens_of("x = 1  # one\n\n# two\ny = 2 # three ", "python").comments.tolist() == [[7, 19], [26, 33]]
    table = 'words = {\n    "a":\n        "b",\n}\n'
    assert spelled(table, tokens_of(table, "python"), STRING) == ['"a"', '"b"']


@pytest.mark.parametrize("language", LANGUAGES)
def test_consistent_renames_leave_the_renamed_view_equal(language: str) -> None:
    source = SNIPPETS[language]
    before = tokens_of(source, language)
    names: dict[str, str] = {}
    fresh = {"ruby": lambda n: f"@q{n}" if n.startswith("@") else n}.get(language)

    def change(name: str) -> str:
        if name.startswith("$"):
            return names.setdefault(name, f"$qx{len(names)}")
        if not name.isidentifier() or name[0].isupper():  # constants, tags and types keep what their first letter says
            return name
        return names.setdefault(name, f"qx{len(names)}")

    if fresh:
        source = source.replace("@last", "@mast")
    other = edited(source, before, IDENTIFIER, change)
    after = tokens_of(other, language)
    assert other != SNIPPETS[language]
    assert len(after) == len(before)
    same = before.renamed == after.renamed
    assert same.mean() >= 0.97, spelled(other, after)
    assert (before.lexemes != after.lexemes).any()


@pytest.mark.parametrize("language", ["python", "java", "c", "go", "rust", "javascript"])
def test_an_inconsistent_rename_is_seen(language: str) -> None:
    source = SNIPPETS[language]
    other = source[::-1].replace("latot", "muser", 1)[::-1]  # the last `total` alone
    before, after = tokens_of(source, language), tokens_of(other, language)
    assert len(before) == len(after) and (before.renamed != after.renamed).any()


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_and_strings_are_abstracted(language: str) -> None:
    source = SNIPPETS[language]
    before = tokens_of(source, language)
    after = tokens_of(edited(source, before, NUMBER, lambda number: number.replace("12", "77")), language)
    assert (before.renamed == after.renamed).all() and (before.lexemes != after.lexemes).any()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("share", [0.3, 0.55, 0.8])
def test_partial_code_still_yields_tokens(language: str, share: float) -> None:
    source = SNIPPETS[language]
    whole = tokens_of(source, language)
    part = source[: int(len(source) * share)]
    tokens = tokens_of(part, language)
    assert len(tokens) >= 0.5 * (whole.ends < len(part.encode())).sum()


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_input_does_not_break_it(language: str) -> None:
    for source in ("", "\n", "\0\0", "{" * 5000, "é漢\U0001f600 = 'x'", "\ufffd\u202e"):
        tokens = tokens_of(source, language)
        assert (tokens.ends <= len(source.encode())).all()
