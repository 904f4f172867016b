"""Evasions change what they say they change, and the same seed gives the same text."""

import random

import pytest
from hypothesis import given, settings
from hypothesis.strategies import integers, sampled_from

from simfilter.errors import ParameterError
from simfilter.evasion import PROSE, code, partial
from simfilter.evasion.syntax import blocks, functions, parses
from simfilter.views.code import code_tokens
from simfilter.views.text import normalize
from simfilter.views.tokens import PUBLIC_KEY, encode
from tests.quality.data import functions as python_functions
from tests.quality.data import library_files
from tests.unit.views.snippets import SNIPPETS

TEXT = ("The keeper wrote down every ship that passed, although nobody had asked her to; and when the office burned, her ledgers were "
        "the only record that any of those voyages had taken place.")


def words(text: str) -> list[bytes]:
    return normalize(text.encode())[0]


@pytest.mark.parametrize("name", PROSE)
def test_the_same_seed_gives_the_same_text(name: str) -> None:
    apply = PROSE[name].apply
    assert apply(TEXT, random.Random(3)) == apply(TEXT, random.Random(3))
    assert (apply(TEXT, random.Random(3)) == TEXT) == (name == "verbatim")
    assert apply("", random.Random(0)).strip() == ""


@pytest.mark.parametrize("name", ["capitals", "zero-width characters", "homoglyphs", "numbered list", "quoted lines"])
def test_disguises_leave_the_words_as_they_are(name: str) -> None:
    assert words(PROSE[name].apply(TEXT, random.Random(0))) == words(TEXT)


def test_edits_come_as_often_as_they_say() -> None:
    count = len(TEXT.split())
    changed = PROSE["1 word in 5 changed"].apply(TEXT, random.Random(0)).split()
    assert [at for at, (a, b) in enumerate(zip(changed, TEXT.split(), strict=True)) if a != b] == list(range(4, count, 5))
    assert len(PROSE["1 word in 9 deleted"].apply(TEXT, random.Random(0)).split()) == count - count // 9
    assert len(PROSE["1 word in 6 inserted"].apply(TEXT, random.Random(0)).split()) == count + count // 6
    assert sorted(PROSE["clauses shuffled"].apply(TEXT, random.Random(0)).split()) == sorted(TEXT.split())


CODE = list(code("python"))
FULLY = ("python", "javascript", "typescript", "java", "c", "cpp", "go", "rust")
LIBRARY = [source for _, source in python_functions(library_files()[:80], 60, lines=(5, 40))]

PYTHON = '''def merge_intervals(intervals, gap=0):
    """Join intervals that touch."""
    merged = []
    for start, end in sorted(intervals):  # left to right
        if merged and start - merged[-1].end <= gap:
            merged[-1] = extend(merged[-1], end=max(end, merged[-1].end))
        else:
            merged.append((start, end))
    return merged
'''


def spelled(text: str, language: str = "python") -> list[str]:
    tokens = code_tokens(encode(text), language, key=PUBLIC_KEY)
    return [encode(text)[a:b].decode() for a, b in zip(tokens.starts.tolist(), tokens.ends.tolist(), strict=True)]


def statement_count(text: str, language: str) -> int:
    return sum(len(block.statements) for block in blocks(encode(text), language))


@pytest.mark.parametrize("name", CODE)
@pytest.mark.parametrize("language", SNIPPETS)
def test_code_evasions_are_deterministic_and_parse(language: str, name: str) -> None:
    text, apply = SNIPPETS[language], code(language)[name].apply
    assert parses(encode(text), language)
    for seed in range(3):
        copy = apply(text, random.Random(seed))
        assert copy == apply(text, random.Random(seed))
        assert parses(encode(copy), language), copy
    assert apply("", random.Random(0)).strip() == ""
    if language in FULLY and name not in ("verbatim", "statements deleted"):
        assert apply(text, random.Random(1)) != text


@given(source=sampled_from(LIBRARY), name=sampled_from(CODE), seed=integers(0, 1000))
@settings(deadline=None, max_examples=150)
def test_functions_of_the_library_parse_after_every_evasion(source: str, name: str, seed: int) -> None:
    assert parses(encode(code("python")[name].apply(source, random.Random(seed))), "python")


@given(source=sampled_from(LIBRARY), host=sampled_from(LIBRARY), seed=integers(0, 1000))
@settings(deadline=None, max_examples=60)
def test_a_partial_copy_stands_within_its_host(source: str, host: str, seed: int) -> None:
    try:
        whole = partial(source, random.Random(seed), "python", host)
    except ParameterError as error:
        assert "statement" in str(error)
        return
    assert parses(encode(whole), "python")
    rest = iter(spelled(whole))
    assert all(token in rest for token in spelled(host))
    assert 0 < len(spelled(whole)) - len(spelled(host)) < len(spelled(source)) + 1


def test_renaming_leaves_what_the_code_does_not_bind() -> None:
    copy = code("python")["renamed"].apply(PYTHON, random.Random(0))
    before, after = spelled(PYTHON), spelled(copy)
    names: dict[str, set[str]] = {}
    for old, new in zip(before, after, strict=True):
        names.setdefault(old, set()).add(new)
    assert all(len(new) == 1 for old, new in names.items() if old != "end")
    for name in ("merge_intervals", "intervals", "gap", "merged", "start"):
        assert names[name] != {name}
    for name in ("sorted", "extend", "max", "append", "for", "0", "-"):
        assert names[name] == {name}
    assert "end" in names["end"] and len(names["end"]) == 2  # the local is renamed; the member and the keyword are not
    assert "#" not in copy and '"""' not in copy


@pytest.mark.parametrize("language", FULLY)
def test_names_are_changed_consistently_in_every_language(language: str) -> None:
    stripped = code(language)["comments stripped"].apply(SNIPPETS[language], random.Random(0))
    for name in ("renamed", "renamed, all names"):
        copy = code(language)[name].apply(SNIPPETS[language], random.Random(0))
        pairs = set(zip(spelled(stripped, language), spelled(copy, language), strict=True))
        changed = {old for old, new in pairs if old != new}
        assert {"total", "tide"} <= changed
        if name == "renamed, all names":
            assert len({old for old, _ in pairs}) == len({new for _, new in pairs}) == len(pairs)
        else:
            assert not changed & {"println", "printf", "Println", "log", "valueOf", "to_string", "console", "System", "range"}


@pytest.mark.parametrize("language", FULLY)
def test_dead_code_swaps_and_deletions_do_what_they_say(language: str) -> None:
    text, evasions = SNIPPETS[language], code(language)
    count = statement_count(evasions["comments stripped"].apply(text, random.Random(0)), language)
    every = statement_count(evasions["dead code after every statement, renamed all"].apply(text, random.Random(0)), language)
    second = statement_count(evasions["dead code after every 2nd, renamed all"].apply(text, random.Random(0)), language)
    assert every >= 2 * count > second > count
    swapped = evasions["adjacent swapped, renamed"].apply(text, random.Random(0))
    assert statement_count(swapped, language) == count
    assert len(spelled(swapped, language)) == len(spelled(evasions["renamed"].apply(text, random.Random(0)), language))
    literals = evasions["literals changed"].apply(text, random.Random(0))
    assert [a for a, b in zip(spelled(text, language), spelled(literals, language), strict=True) if a != b]


def test_one_simple_statement_in_eight_is_deleted() -> None:
    text = "def f(x):\n" + "".join(f"    x = g(x, {number})\n" for number in range(32))
    assert code("python")["statements deleted"].apply(text, random.Random(0)).count("\n") == text.count("\n") - 4
    assert code("python")["statements deleted"].apply("if a:\n    b()\nc()\nd()\ne()\n", random.Random(1)).count("\n") >= 4


@pytest.mark.parametrize(("language", "before", "after"), [
    ("python", "for i in x:\n    y += i\n", "while ("), ("python", "if a < b:\n    c()\nelse:\n    d()\n", "if not (b > a):\n    d()"),
    ("python", "def f(a: int = 3) -> str:\n    return a\n", "def f(a = 3) :"),
    ("c", "void f(void) { for (i = 0; i < n; i++) { g(i); } }", "while (n > i)"),
    ("java", "void f() { if (a) { b(); } else { c(); } }", "if (!(a)) { c(); } else { b(); }"),
    ("rust", "fn f() { for i in x { g(i); } }", "while let Some(i) ="), ("go", "func f() { x += y }", "x = x + y"),
    ("typescript", "function f(a: number): string { return a; }", "function f(a) {"),
])
def test_refactorings(language: str, before: str, after: str) -> None:
    assert after in code(language)["refactored"].apply(before, random.Random(0))


def test_an_edit_that_would_not_parse_is_not_made() -> None:
    source = "x = {'a':\n     'b'\n}\ny = 1  # one\n"  # the value looks like a docstring
    assert code("python")["comments stripped"].apply(source, random.Random(0)) == source.replace("  # one", "")


def test_functions_are_found_with_their_decorators() -> None:
    text = "import x\n\n@x.y\ndef f(a):\n    def g():\n        return a\n    return g\n"
    assert [span.of(text).splitlines()[0] for span in functions(text, "python", lines=(2, 10))] == ["@x.y", "def g():"]
    assert functions(text, "python", lines=(6, 10)) == []
