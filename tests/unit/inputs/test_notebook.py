"""Notebooks: cells are judged together, and each line is told as a line of the file and of its cell."""

import json
from pathlib import Path

import pytest

from simfilter.inputs import pieces
from simfilter.report.findings import FileReport, Lines
from simfilter.types import Span


def notebook(*cells: dict, **metadata: object) -> str:
    return json.dumps({"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def code(*source: str, outputs: list | None = None) -> dict:
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": outputs or [], "source": list(source)}


TEXT = notebook(
    {"cell_type": "markdown", "metadata": {}, "source": ["# Tides\n", "\n", "Some \"prose\"."]},
    code("def f(x):\n", "    return x\n"),
    code("y = f(1)", outputs=[{"output_type": "stream", "name": "stdout", "text": ["printed\n", "twice\n"]},
                              {"output_type": "display_data", "data": {"text/plain": ["shown"], "image/png": "iVBOR"}, "metadata": {}}]),
    {"cell_type": "raw", "metadata": {}, "source": "one string\nof two lines"},
)


def test_pieces_of_a_notebook() -> None:
    first, second, third = pieces("n.ipynb", data=TEXT.encode())
    assert (first.text, first.language) == ("def f(x):\n    return x\n\n\ny = f(1)", "python")
    assert (second.text, second.language) == ('# Tides\n\nSome "prose".\n\none string\nof two lines', None)
    assert third.text == "printed\ntwice\n\n\nshown"


@pytest.mark.parametrize(("wanted", "cell", "line"), [
    ("def f", "cell 2", 1), ("return x", "cell 2", 2), ("y = f(1)", "cell 3", 1), ("# Tides", "cell 1", 1), ('Some "prose"', "cell 1", 3),
    ("one string", "cell 4", 1), ("of two lines", "cell 4", 2), ("printed", "output of cell 3", 1), ("twice", "output of cell 3", 2),
    ("shown", "output of cell 3", 1),
])
def test_every_line_is_where_the_file_has_it(wanted: str, cell: str, line: int) -> None:
    for piece in pieces("n.ipynb", data=TEXT.encode()):
        if (at := piece.text.find(wanted)) >= 0:
            assert len(piece.origins) == piece.text.count("\n") + 1
            place = Lines.of(FileReport("n.ipynb", piece.text, origins=piece.origins)).place(Span(at, at + len(wanted)))
            assert json.dumps(wanted)[1:-1] in TEXT.splitlines()[place.line - 1]
            assert place.part == f"{cell} line {line}"
            return
    pytest.fail("not in any piece")


def test_language_and_older_formats() -> None:
    (piece,) = pieces("n.ipynb", data=notebook(code("x <- 1;"), kernelspec={"language": "java"}).encode())
    assert piece.language == "java"
    old = {"nbformat": 3, "metadata": {}, "worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1"], "outputs": []}]}]}
    (piece,) = pieces("n.ipynb", data=json.dumps(old).encode())
    assert piece.text == "x = 1" and piece.origins[0].part == "cell 1"
    assert list(pieces("empty.ipynb", data=notebook().encode())) == []


@pytest.mark.parametrize("text", ["", "{}", "[1]", "{\"cells\": 3}", "{\"cells\": [3]}", "[" * 100_000, "not json"])
def test_what_is_no_notebook_is_not_scanned(text: str, tmp_path: Path) -> None:
    (piece,) = pieces("n.ipynb", data=text.encode())
    assert piece.error is not None and piece.error.startswith("not a notebook")
