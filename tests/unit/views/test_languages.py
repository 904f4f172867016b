"""Names, files and grammars of languages."""

import types

import pytest

from simfilter import Document, Filter, build
from simfilter.errors import GrammarError, ParameterError
from simfilter.views import languages, read
from simfilter.views.languages import GRAMMARS, language_of_name, language_of_path, language_of_shebang, load, unavailable
from tests.unit.views.snippets import SNIPPETS


def test_all_seventeen_grammars_load() -> None:
    assert unavailable() == {}
    assert len(GRAMMARS) == 17


@pytest.mark.parametrize(("path", "language"), [("a/b.py", "python"), ("X.TSX", "tsx"), ("x.h", "c"), ("y.hpp", "cpp"), ("q.sql", "sql"),
                                                ("README", None), ("notes.md", None), ("archive.tar.gz", None)])
def test_language_of_path(path: str, language: str | None) -> None:
    assert language_of_path(path) == language


@pytest.mark.parametrize(("info", "language"), [("python", "python"), ("C#", "csharp"), ("js {.line}", "javascript"), ("c++", "cpp"),
                                                ("", None), ("Rust,ignore", "rust"), ("text", None), ("{.ruby}", "ruby"), ("sh", "bash")])
def test_language_of_name(info: str, language: str | None) -> None:
    assert language_of_name(info) == language


@pytest.mark.parametrize(("line", "language"), [("#!/bin/sh\n", "bash"), ("#!/usr/bin/env python3.11\n", "python"),
                                                ("#! /usr/bin/node", "javascript"),
                                                ("#!/usr/bin/awk -f", None), ("#include", None)])
def test_language_of_shebang(line: str, language: str | None) -> None:
    assert language_of_shebang(line) == language


def test_an_unknown_language_is_an_error() -> None:
    with pytest.raises(ParameterError, match="unknown language 'klingon'; known: python"):
        load("klingon")


def test_a_grammar_that_will_not_load_is_named_and_the_answer_is_not_clean(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    build([Document(id="a", text=SNIPPETS["go"], source="s", language="go")], tmp_path / "index")
    filter_ = Filter.open(tmp_path / "index")

    def broken(name: str) -> types.ModuleType:
        raise ImportError("Incompatible Language version 99")

    monkeypatch.setattr(languages, "import_module", broken)
    load.cache_clear()
    languages._threads.__dict__.clear()
    try:
        with pytest.raises(GrammarError, match=r"the kotlin grammar \(tree_sitter_kotlin\) will not load: Incompatible"):
            load("kotlin")
        assert set(unavailable()) == set(GRAMMARS)
        assert read("```go\nx := 1\n```").notes == ("the go grammar (tree_sitter_go) will not load: Incompatible Language version 99",)
        verdict = filter_.check("```go\nx := 1\n```")
        assert not verdict.scanned and not verdict.clean and verdict.action.name == "BLOCK"
    finally:
        load.cache_clear()
        languages._threads.__dict__.clear()
