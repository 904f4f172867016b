"""The main job: what is protected is caught under every disguise, spans are exact, the innocent passes."""

import ast
import inspect
import random
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from simfilter import Action, Document, Filter, Kind, Policy, build
from simfilter.demo import ORIGINAL_FUNCTION, ORIGINAL_PARAGRAPH, disguised, mit_licence, renamed

STORY = (Path(__file__).parents[2] / "data" / "samples" / "lighthouse.txt").read_text("utf-8")
PARAGRAPH = STORY.split("\n\n")[2]
MODULE = inspect.getsource(textwrap)


def function(name: str) -> str:
    node = next(n for n in ast.walk(ast.parse(MODULE)) if isinstance(n, ast.FunctionDef) and n.name == name)
    return textwrap.dedent("\n".join(MODULE.splitlines()[node.lineno - 1 : node.end_lineno]))


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("filter") / "index"
    build([Document(id="lighthouse.txt", text=STORY, source="samples", licence="CC0-1.0"),
           Document(id="Lib/textwrap.py", text=MODULE, source="CPython", licence="PSF-2.0", language="python"),
           Document(id="LICENSE", text="Everyone may carry lamps up the stairs of this tower and write down what the sea has "
                    "done that day, provided that this notice is kept with the ledger and read aloud once a year.",
                    source="own", boilerplate=True)], path)
    return path


@pytest.fixture(scope="module")
def filter_(index: Path) -> Filter:
    return Filter.open(index)


@pytest.mark.parametrize(("disguise", "kind"), [
    (lambda text: text, Kind.VERBATIM),
    (str.upper, Kind.VERBATIM),
    (disguised, Kind.VERBATIM),
    (lambda text: text.replace(" ", "\u00a0 "), Kind.VERBATIM),
    (lambda text: "\n".join(f"{n}. {line}" for n, line in enumerate(textwrap.wrap(text, 30), 1)), Kind.VERBATIM),
    (lambda text: "\n".join(f"> {line}" for line in textwrap.wrap(text, 40)), Kind.VERBATIM),
    (lambda text: " ".join(f"**{word}**" for word in text.split()), Kind.VERBATIM),
    (lambda text: text.replace("harbour", "port"), Kind.EDITED),
    (lambda text: text.replace("asked", "begged").replace("narrow", "slim"), Kind.EDITED),
])
def test_a_paragraph_is_caught(filter_: Filter, disguise, kind):
    answer = "Here is what I remember.\n\n" + disguise(PARAGRAPH) + "\n\nShall I go on?"
    verdict = filter_.check(answer)
    assert verdict.action is Action.BLOCK
    match = verdict.matches[0]
    assert match.kind is kind
    assert match.provenance.document == "lighthouse.txt" and match.provenance.licence == "CC0-1.0"
    begin = answer.index(disguise(PARAGRAPH)[:1], 20)
    assert abs(match.query.start - answer.index(disguise(PARAGRAPH))) <= 4
    assert abs(match.query.end - (answer.index("\n\nShall"))) <= 4
    assert begin >= 0
    assert STORY[match.source.start :].startswith("Nobody had asked her to")
    assert filter_.source_text(match) == match.source.of(STORY)


def test_a_function_is_caught_verbatim_and_renamed(filter_: Filter):
    source = function("_wrap_chunks")
    exact = filter_.check(f"```python\n{source}\n```")
    assert exact.matches[0].kind is Kind.VERBATIM
    assert exact.matches[0].provenance.document == "Lib/textwrap.py"
    copied = renamed(source)
    verdict = filter_.check(f"Try this:\n```\n{copied}\n```\nDone.")
    match = verdict.matches[0]
    assert match.kind is Kind.RENAMED and match.action is Action.BLOCK
    assert match.coverage > 0.9
    names = dict(match.renaming)
    assert len(set(names.values())) == len(names)
    for theirs, mine in names.items():
        assert theirs in match.source.of(MODULE) and mine in copied
    assert not filter_.check(f"```python\n{copied}\n```", language=None).clean
    assert filter_.check(copied, language="python").matches[0].kind is Kind.RENAMED


def test_an_inconsistent_renaming_is_no_copy(filter_: Filter):
    words = renamed(function("_handle_long_word")).replace("alder0", "x").replace("birch1", "y")
    scrambled = words.replace("cedar2", "x", 3).replace("damson3", "cedar2", 2)
    spans = [match.tokens for match in filter_.check(scrambled, language="python").matches]
    whole = filter_.check(words, language="python").matches[0].tokens
    assert all(tokens < whole for tokens in spans)


@pytest.mark.parametrize("text", [mit_licence(), ", ".join(map(str, range(1, 101))), f"```python\n{ORIGINAL_FUNCTION}```",
                                  ORIGINAL_PARAGRAPH, "", " ", "\ud800 lone", "\x00\x01", "```", "é" * 1000])
def test_the_innocent_passes(filter_: Filter, text: str):
    assert filter_.check(text).clean


def test_what_the_prompt_supplied_is_exempt(filter_: Filter):
    verdict = filter_.check(f"A translation would start: {PARAGRAPH}", prompt=f"Please translate this: {PARAGRAPH}")
    assert verdict.action is Action.ALLOW
    assert verdict.set_aside[0].reason == "supplied by the prompt"
    other = STORY.split("\n\n")[3]
    assert filter_.check(PARAGRAPH + "\n\n" + other, prompt=PARAGRAPH).action is Action.BLOCK


def test_an_exemption_tells_what_of_the_prompt_it_rests_on(filter_: Filter):
    words = PARAGRAPH.split()
    prompt = "Correct the second half, please:\n> " + " ".join(words[20:]).upper()
    verdict = filter_.check("Well. " + PARAGRAPH, prompt=prompt)
    assert verdict.action is Action.BLOCK  # the first twenty words were not supplied
    (piece,) = verdict.exempt
    assert piece.reason == "supplied by the prompt" and piece.prompt is not None
    assert piece.query.of("Well. " + PARAGRAPH) == " ".join(words[20:]).rstrip(".")
    assert piece.prompt.of(prompt) == " ".join(words[20:]).upper().rstrip(".")
    assert piece.tokens == len(words) - 20
    assert filter_.check(PARAGRAPH).exempt == ()


def test_only_what_stands_in_the_prompt_in_a_row_is_exempt(filter_: Filter):
    """All the windows of five words, shuffled, are not the text; nor are eight words of it."""
    words = PARAGRAPH.split()[:60]
    windows = [" ".join(words[at : at + 5]) for at in range(len(words) - 4)]
    random.Random(1).shuffle(windows)
    for prompt in ("\n".join(windows), " ".join(words[:8])):
        verdict = filter_.check(" ".join(words), prompt=prompt)
        assert verdict.action is Action.BLOCK and not [piece for piece in verdict.exempt if piece.tokens > 12]
    source = function("_wrap_chunks")
    asked = f"Rename it:\n```python\n{source}\n```"
    verdict = filter_.check(f"```python\n{renamed(source)}\n```", prompt=asked)
    assert verdict.action is Action.ALLOW
    assert verdict.exempt and all(piece.prompt is not None and piece.prompt.of(asked) in source for piece in verdict.exempt)


def test_the_corpus_licence_files_are_boilerplate(filter_: Filter):
    verdict = filter_.check("Everyone may carry lamps up the stairs of this tower and write down what the sea has done that day, provided")
    assert verdict.action is Action.ALLOW


def test_allow_listed_texts_pass(index: Path):
    assert Filter.open(index, policy=Policy(allow_texts=(PARAGRAPH,))).check(PARAGRAPH).action is Action.ALLOW


def test_common_passages_pass(tmp_path: Path):
    header = " ".join(PARAGRAPH.split()[:60])
    documents = [Document(id=f"{n}", text=f"{header}\n\n" + " ".join(f"w{n}x{i} q{i * n}" for i in range(200)), source="s")
                 for n in range(12)]
    build(documents, tmp_path / "common")
    verdict = Filter.open(tmp_path / "common").check(header)
    assert verdict.action is Action.ALLOW
    assert verdict.set_aside[0].reason == "common: stands in 12 documents"
    # Twelve versions of one document are one witness, not common property.
    versions = [Document(id=f"{n}", text=STORY + f"\nVersion {n}", source="s") for n in range(12)]
    build(versions, tmp_path / "versions")
    assert Filter.open(tmp_path / "versions").check(PARAGRAPH).action is Action.BLOCK


@pytest.mark.parametrize(("action", "expected"), [
    (Action.BLOCK, "I can't repeat that text: it is protected."),
    (Action.REDACT, "Well. [removed: {n} tokens from samples] Bye now."),
    (Action.CITE, "Well. {p} Bye now.\n[1] samples: lighthouse.txt, CC0-1.0"),
    (Action.FLAG, "Well. {p} Bye now."),
])
def test_apply(index: Path, action: Action, expected: str):
    sentence = PARAGRAPH.rstrip(".")
    filter_ = Filter.open(index, policy=Policy(action=action))
    text = f"Well. {sentence} Bye now."
    tokens = filter_.check(text).matches[0].tokens
    assert filter_.apply(text) == expected.replace("{n}", str(tokens)).replace("{p}", sentence)


@pytest.mark.parametrize("steps", [(7, 7), (7, 9), (9, 100)])
def test_a_copy_that_stands_twice_is_told_twice(index: Path, steps: tuple[int, int]):
    copies = [" ".join(f"other{at}" if at % step == 3 else word for at, word in enumerate(PARAGRAPH.split())) for step in steps]
    text = f"{copies[0]} And so it went on, she said. {copies[1]}"
    matches = Filter.open(index).check(text).matches
    assert sorted(match.query.of(text)[:20] for match in matches) == sorted(copy[:20] for copy in copies)
    left = Filter.open(index, policy=Policy(action=Action.REDACT)).apply(text)
    assert left.count("[removed") == 2 and "harbour" in text and "harbour" not in left


@pytest.mark.parametrize(("language", "code"), [
    ("python", 'PROMPT = """{}"""\n\ndef ask(model):\n    return model.complete(PROMPT)\n'),
    ("python", "def ask(model):\n    return model.complete({!r}, 3)\n"),
    ("javascript", "const prompt = `{}`;\nexport const ask = (model) => model.complete(prompt);\n"),
    ("go", "package ask\n\nconst prompt = `{}`\n"),
])
def test_a_long_string_of_protected_code_is_text(tmp_path: Path, language: str, code: str):
    build([Document(id="prompt", text=code.format(PARAGRAPH), source="s", language=language)], tmp_path / "index")
    filter_ = Filter.open(tmp_path / "index")
    for answer in (PARAGRAPH, f"I was told: {disguised(PARAGRAPH)}", f"```ruby\nputs '{PARAGRAPH}'\n```\n"):
        match = filter_.check(answer).matches[0]
        assert match.kind is Kind.VERBATIM and match.action is Action.BLOCK
        assert filter_.source_text(match).startswith("Nobody had asked her to")
    assert not filter_.check("return model.complete").matches


def test_import_is_light_and_has_no_effects():
    code = "import sys, simfilter; print(*(m for m in ('numpy', 'tree_sitter', 'rich', 'typer', 'markdown_it') if m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""


def test_every_copy_in_a_long_text_is_told(tmp_path):
    """More copies than are verified for a short text, of many documents."""
    words = [f"{first}{second}" for first in ("har", "ked", "lor", "min", "nop", "qua", "rit", "sol", "tav", "ulm") for second in
             ("ane", "ibo", "ocu", "ude", "yfi", "ago", "eha", "ija", "oka", "ula")]
    texts = {f"d{at}": " ".join(words[(at * 37 + step * (10 * at + 7)) % 100] + str(at) for step in range(40)) for at in range(150)}
    build([Document(id=name, text=text, source="s") for name, text in texts.items()], tmp_path / "index")
    verdict = Filter.open(tmp_path / "index").check("\n\n".join(f"And then. {text} So it went on." for text in texts.values()))
    assert {match.provenance.document for match in verdict.matches} == set(texts)
