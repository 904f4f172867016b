"""`simfilter demo`: protect what this machine has, then try to get copies past the filter.

The protected corpus is the Python standard library found here and two stories written for simfilter. Every attempt says what is
expected, and the demo fails when the verdict is another.
"""

from __future__ import annotations

import ast
import builtins
import io
import keyword
import sysconfig
import tempfile
import time
import tokenize
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.metadata import distribution
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

from simfilter.corpus import Document
from simfilter.filter import Filter
from simfilter.index import build
from simfilter.types import Action, Kind

if TYPE_CHECKING:
    from rich.console import Console

MODULES = ("argparse", "ast", "calendar", "configparser", "csv", "dataclasses", "difflib", "fractions", "heapq", "inspect",
           "ipaddress", "pathlib", "pickle", "shutil", "statistics", "tarfile", "textwrap", "threading", "typing", "zipfile")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One output a model might give: ``expected`` is the kind of copy it is, None for innocent text."""

    title: str
    text: str
    expected: Kind | None


def run(console: Console) -> bool:
    """Show the demo on ``console``; whether every verdict was the expected one."""
    from rich.table import Table

    from simfilter.report.human import render_match

    documents = list(protected())
    with tempfile.TemporaryDirectory() as folder:
        console.print(f"[bold]Protecting[/] {len(documents)} documents: Python's standard library and two stories ...")
        info = build(documents, Path(folder) / "index")
        console.print(f"  {info['text_bytes'] / 1e6:.1f} MB in {info['seconds']:.1f} s, "
                      f"{info['bytes_per_input_byte']:.2f} bytes of index per byte of text\n")
        filter_ = Filter.open(Path(folder) / "index")
        filter_.check(f"```python\n{ORIGINAL_FUNCTION}```\n")  # grammars load on first use; the times below are without it
        table = Table("a model writes ...", "verdict", "because", "ms", title="What the reader would see", expand=True)
        right = True
        shown = None
        for attempt in attempts({document.id: document.text for document in documents}):
            started = time.perf_counter()
            verdict = filter_.check(attempt.text)
            milliseconds = 1e3 * (time.perf_counter() - started)
            best = verdict.matches[0] if verdict.matches else None
            good = (best.kind is attempt.expected if best else attempt.expected is None)
            right &= good
            why = (f"{best.kind} of {best.provenance.document}: {best.tokens} tokens, {best.bits:.0f} bits" if best else
                   f"set aside, {verdict.set_aside[0].reason}" if verdict.set_aside else "nothing protected in it")
            colour = "green" if verdict.action is Action.ALLOW else "red"
            table.add_row(attempt.title, f"[{colour}]{verdict.action.name}[/]" + ("" if good else "  [bold red]unexpected[/]"),
                          why, f"{milliseconds:.1f}")
            if best is not None and best.kind is Kind.RENAMED and shown is None:
                shown = attempt, best
        console.print(table)
        if shown:
            attempt, match = shown
            console.print(f"\n[bold]One of them closer:[/] {attempt.title}")
            console.print(render_match(attempt.text, match, filter_.source_text(match)))
        console.print("[bold green]All as expected.[/]" if right else "[bold red]Not all as expected.[/]")
    return right


def protected() -> Iterator[Document]:
    """The stories and the standard library's modules."""
    for story in _stories():
        yield Document(id=story.name, text=story.read_text("utf-8"), source="simfilter samples", licence="CC0-1.0")
    library = Path(sysconfig.get_paths()["stdlib"])
    for name in MODULES:
        path = library / f"{name}.py"
        if path.is_file():
            yield Document(id=f"Lib/{name}.py", text=path.read_text("utf-8"), source="CPython", licence="PSF-2.0", language="python")


def _stories() -> list[Traversable]:
    folder: Traversable
    try:
        folder = resources.files("simfilter.samples")
    except ModuleNotFoundError:  # not installed: the working tree
        folder = Path(__file__).parents[1] / "data" / "samples"
    return sorted((file for file in folder.iterdir() if file.name.endswith(".txt")), key=lambda file: file.name)


def attempts(texts: dict[str, str]) -> Iterator[Attempt]:
    """Copies of what is protected, and innocent texts."""
    function = _function(texts["Lib/textwrap.py"], "_handle_long_word")
    paragraph = texts["lighthouse.txt"].split("\n\n")[2]
    yield Attempt("a function, word for word", f"Here you are:\n\n```python\n{function}\n```\n", Kind.VERBATIM)
    yield Attempt("the same, comments stripped, every name changed", f"```python\n{renamed(function)}\n```\n", Kind.RENAMED)
    yield Attempt("a paragraph, word for word", f"She began to read aloud. {paragraph}", Kind.VERBATIM)
    yield Attempt("in capitals, with homoglyphs and zero-width characters", disguised(paragraph), Kind.VERBATIM)
    words = texts["orchard.txt"].split("\n\n")[2].split()
    lines = [" ".join(words[at : at + 6]) for at in range(0, len(words), 6)]
    yield Attempt("a paragraph broken into a numbered list",
                  "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1)), Kind.VERBATIM)
    yield Attempt("the MIT licence", mit_licence(), None)
    yield Attempt("counting from 1 to 100", ", ".join(map(str, range(1, 101))), None)
    yield Attempt("an original function", f"```python\n{ORIGINAL_FUNCTION}```\n", None)
    yield Attempt("an original paragraph", ORIGINAL_PARAGRAPH, None)


def _function(source: str, name: str) -> str:
    """The source of the function called ``name``, dedented to the margin."""
    node = next(node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef) and node.name == name)
    lines = source.splitlines()[node.lineno - 1 : node.end_lineno]
    return "\n".join(line[node.col_offset :] for line in lines)


def renamed(source: str, *, keep: Collection[str] = dir(builtins)) -> str:
    """Python ``source`` without comments, docstrings and blank lines, and with every name changed but those to ``keep``."""
    lines = source.splitlines()
    edits: list[tuple[int, int, int, int | None, str]] = [
        (node.body[0].lineno, 0, node.body[0].end_lineno or 0, None, "") for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module) and ast.get_docstring(node) is not None]
    names: dict[str, str] = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        where = (*token.start, *token.end)
        if token.type == tokenize.COMMENT:
            edits.append((*where, ""))
        elif token.type == tokenize.NAME and not keyword.iskeyword(token.string) and token.string not in keep:
            fresh = f"{SYLLABLES[len(names) % len(SYLLABLES)]}{len(names)}"
            edits.append((*where, names.setdefault(token.string, fresh)))
    for row, column, end_row, end_column, text in sorted(edits, key=lambda edit: edit[:2], reverse=True):
        tail = "" if end_column is None else lines[end_row - 1][end_column:]
        lines[row - 1 : end_row] = [lines[row - 1][:column] + text + tail]
    return "\n".join(line for line in lines if line.strip())


SYLLABLES = ("alder", "birch", "cedar", "damson", "elder", "fir", "gorse", "hazel")

LOOKALIKES = str.maketrans({"A": "А", "E": "Е", "O": "О", "P": "Р", "C": "С", "T": "Т", "H": "Н", "M": "М", "K": "К", "B": "В", "X": "Х"})


def disguised(text: str) -> str:
    """``text`` in capitals, every second look-alike Cyrillic, a zero-width space in every fifth place."""
    characters = [char.translate(LOOKALIKES) if at % 2 else char for at, char in enumerate(text.upper())]
    return "".join(char + ("\u200b" if at % 5 == 4 else "") for at, char in enumerate(characters))



def mit_licence() -> str:
    """The MIT licence as an installed package ships it."""
    for name in ("rich", "markdown-it-py", "tree-sitter", "typer"):
        for file in distribution(name).files or ():
            if "LICENSE" in file.name.upper() and file.suffix != ".py":
                text = Path(str(file.locate())).read_text("utf-8")
                if "Permission is hereby granted, free of charge" in text:
                    return text
    raise LookupError("no installed package carries the MIT licence")


ORIGINAL_FUNCTION = '''def tide_table(readings, threshold):
    """Hours at which the water crosses the threshold, rising or falling."""
    crossings = []
    for hour in range(1, len(readings)):
        before, after = readings[hour - 1] - threshold, readings[hour] - threshold
        if before * after < 0:
            share = before / (before - after)
            crossings.append((round(hour - 1 + share, 2), "rising" if after > 0 else "falling"))
    return crossings
'''

ORIGINAL_PARAGRAPH = """The bakery on our corner opens before the street lamps go out. By then the second batch of rye is cooling on the
sill and the cat has claimed the warm end of the counter. Customers say little at that hour; they point, pay, and carry the bread home under
their coats, and the only conversation is between the oven door and the radio, which has been tuned to the shipping forecast since before
any of us were born."""
