"""The report of a calibration: figures, curves, chosen thresholds; one self-contained HTML file, or the curves alone as PNG.

``figures`` is what a calibration tells as JSON (`Calibration.as_dict`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simfilter.report import chart, html
from simfilter.report.chart import COLOURS, HEIGHT, LEFT, RIGHT, WIDTH, Chart, Line

if TYPE_CHECKING:
    from rich.console import Group

GRID = (0.0, 0.25, 0.5, 0.75, 1.0)


def render(figures: Mapping[str, Any]) -> str:
    """All of it as one HTML page."""
    views = [{"name": view, "charts": _charts(figures, view), "lengths": _lengths(figures, view), "rows": _rows(figures, view),
              "thresholds": figures["thresholds"][view],
              "false_positives": [row for row in figures["false_positives"] if row["view"] == view]} for view in _views(figures)]
    return html.page("calibration.html", figures=figures, views=views, colours=COLOURS, grid=GRID, width=WIDTH, height=HEIGHT, left=LEFT,
                     right=WIDTH - RIGHT)


def plot(figures: Mapping[str, Any], path: str | Path) -> None:
    """The curves in a PNG file. Raises MissingExtraError without matplotlib."""
    chart.png([each for view in _views(figures) for each in _charts(figures, view)], path)


def render_terminal(figures: Mapping[str, Any]) -> Group:
    """For the terminal: of each view the copies caught, false positives, thresholds."""
    from rich import box
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    parts: list[Table | Text] = []
    for view in _views(figures):
        table = Table(f"copies of {view} caught", *_lengths(figures, view), box=box.SIMPLE_HEAD)
        for column in table.columns[1:]:
            column.justify, column.no_wrap = "right", True
        for row in _rows(figures, view):
            table.add_row(row["evasion"], *(_told(cell["chosen"], 2) if cell else "" for cell in row["cells"]))
        parts.append(table)
        parts += [Text(f"innocent {view} that fires: {_told(rate['chosen'], 4)} of {rate['chosen']['trials']}; at the default thresholds "
                       f"{_told(rate['default'], 4)}") for rate in figures["false_positives"] if rate["view"] == view]
        parts += [Text(f"[{view}.{kind}] " + ", ".join(f"{name} = {value:g}" for name, value in threshold.items()))
                  for kind, threshold in figures["thresholds"][view].items()]
    return Group(*parts)


def _told(rate: Mapping[str, Any], digits: int) -> str:
    """A rate and its 95 % interval."""
    low, high = rate["interval"]
    return f"{rate['value']:.{digits}f} {low:.{digits}f}-{high:.{digits}f}" if rate["trials"] else "-"


def _views(figures: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(row["view"] for row in figures["recall"]))


def _lengths(figures: Mapping[str, Any], view: str) -> list[str]:
    return list(dict.fromkeys(row["length"] for row in figures["recall"] if row["view"] == view))


def _rows(figures: Mapping[str, Any], view: str) -> list[dict[str, Any]]:
    """An evasion a row; a cell of figures a length, None where no copy was made."""
    cells = {(row["evasion"], row["length"]): row for row in figures["recall"] if row["view"] == view}
    return [{"evasion": evasion, "cells": [cells.get((evasion, length)) for length in _lengths(figures, view)]}
            for evasion in dict.fromkeys(evasion for evasion, _ in cells)]


def _charts(figures: Mapping[str, Any], view: str) -> list[Chart]:
    lengths = _lengths(figures, view)
    by_length = tuple(Line(row["evasion"], tuple(cell["chosen"]["value"] if cell and cell["chosen"]["trials"] else None
                                                 for cell in row["cells"])) for row in _rows(figures, view))
    curve = [point for point in figures["curve"] if point["view"] == view]
    shares = tuple(Line(name, tuple(point[of]["value"] if point[of]["trials"] else None for point in curve))
                   for name, of in (("copies caught", "recall"), ("innocent texts that fire", "innocence")))
    return [Chart(f"Copies of {view} caught, by length", "length of the copy", tuple(lengths), by_length),
            Chart(f"Stricter or looser thresholds of {view}", "bits, as a multiple of those chosen",
                  tuple(f"{point['factor']:g}" for point in curve), shares)]
