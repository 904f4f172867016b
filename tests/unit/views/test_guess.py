"""The language of code nobody labelled."""

from pathlib import Path

import pytest

from simfilter.demo import ORIGINAL_PARAGRAPH, mit_licence, renamed
from simfilter.views.guess import guess_bare, guess_language
from tests.quality.data import library_files
from tests.unit.views.snippets import SNIPPETS

SAMPLES = Path(__file__).parents[3] / "data" / "samples"


@pytest.mark.parametrize("language", sorted(SNIPPETS))
def test_bare_code_is_recognised(language: str) -> None:
    source = SNIPPETS[language].removeprefix("#!/bin/bash\n").removeprefix("<?php\n")
    assert guess_bare(source) == language


@pytest.mark.parametrize("language", ["python", "java", "go", "rust", "c"])
def test_a_sentence_before_the_code_is_no_hindrance(language: str) -> None:
    assert guess_bare("Sure, here is what you asked for:\n\n" + SNIPPETS[language]) == language


def test_whole_modules_are_recognised_though_only_their_head_is_read() -> None:
    """The head ends where a paragraph begins at the margin: cut within a docstring, no grammar would read it."""
    modules = [text for path in library_files() if 8000 < len(text := path.read_text("utf-8")) < 60_000][:60]
    assert sum(guess_bare(text) == "python" for text in modules) >= 58


def test_renamed_python_is_still_python() -> None:
    assert guess_bare(renamed(SNIPPETS["python"], keep=())) == "python"


def test_a_shebang_decides() -> None:
    assert guess_language("#!/usr/bin/env -S python3 -u\nfoo bar baz\n") == "python"


@pytest.mark.parametrize("text", [
    "", "\n", "Hello!", ORIGINAL_PARAGRAPH, mit_licence(), *(path.read_text("utf-8") for path in sorted(SAMPLES.glob("*.txt"))),
    "1. First, preheat the oven.\n2. Then (carefully!) mix the flour; add salt.\n3. Bake for 40 minutes = done.\n",
    "| tide | hour |\n|------|------|\n| high | 6:10 |\n| low | 12:20 |\n",
    "# Heading\n\n- *one* point\n- **two** points, see [the page](https://example.org)\n",
])
def test_prose_is_not_code(text: str) -> None:
    assert guess_bare(text) is None
