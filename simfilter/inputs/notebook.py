"""Jupyter notebooks: code cells as one text, text cells as another, what cells printed as a third; each line knows its place in the file.

Cells are judged together, an empty line between them, because a function may be spread over several.
"""

from __future__ import annotations

import json
import json.decoder
import json.scanner
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from simfilter.errors import InputError
from simfilter.inputs.piece import Piece
from simfilter.report.findings import Lines, Origin
from simfilter.types import Span
from simfilter.views.languages import language_of_name

PRINTED = ("text/plain", "text/markdown", "text/html", "text/latex")


def is_notebook(name: str) -> bool:
    """Whether a file's name says that it is a notebook."""
    return name.lower().endswith(".ipynb")


def read_notebook(path: str, text: str) -> Iterator[Piece]:
    """The pieces of a notebook of format 3 or 4. Raises InputError when it is none."""
    try:
        notebook = _PlacedDecoder().decode(text)
        cells = notebook["cells"] if "cells" in notebook else [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]
        metadata = notebook.get("metadata", {})
        name = metadata.get("language_info", {}).get("name") or metadata.get("kernelspec", {}).get("language") or "python"
        lines = Lines(text)
        code, prose, printed = _Joined(lines), _Joined(lines), _Joined(lines)
        for number, cell in enumerate(cells, 1):
            source = cell.get("source", cell.get("input", ""))
            (code if cell["cell_type"] == "code" else prose).add(f"cell {number}", source)
            for output in cell.get("outputs", ()):
                shown = output.get("data", output)
                for value in (output.get("text"), *(shown.get(kind) for kind in PRINTED)):
                    if value is not None:
                        printed.add(f"output of cell {number}", value)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"not a notebook: {type(error).__name__}") from None
    for joined, language in ((code, language_of_name(str(name))), (prose, None), (printed, None)):
        if joined.origins:
            yield Piece(path, "".join(joined.parts), language=language, origins=tuple(joined.origins))


class _Joined:
    """Texts of cells joined by empty lines, with the origin of each line."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self.parts: list[str] = []
        self.origins: list[Origin] = []

    def add(self, name: str, source: str | list[str]) -> None:
        if self.parts:
            self.parts.append("\n\n\n" if self.parts[-1].endswith("\r") else "\n\n")
            self.origins.append(Origin(self.origins[-1].line, name, 1))  # the empty line
        strings = [source] if isinstance(source, str) else source
        begins = list(accumulate(map(len, strings), initial=0))
        text = "".join(strings)
        for number, start in enumerate(Lines(text).starts, 1):
            at = getattr(strings[min(bisect_right(begins, start), len(strings)) - 1], "at", 0) if strings else 0
            self.origins.append(Origin(self._lines.place(Span(at, at)).line, name, number))
        self.parts.append(text)


class _Placed(str):
    """A string that knows where it stands in the JSON text."""

    at: int


class _PlacedDecoder(json.JSONDecoder):
    """A decoder whose strings are `_Placed`."""

    def __init__(self) -> None:
        super().__init__()
        plain: Any = json.decoder.scanstring  # type: ignore[attr-defined]

        def placed(text: str, end: int, *rest: Any) -> tuple[str, int]:
            value, after = plain(text, end, *rest)
            string = _Placed(value)
            string.at = end
            return string, after

        self.parse_string = placed
        self.scan_once = json.scanner.py_make_scanner(self)  # type: ignore[attr-defined]
