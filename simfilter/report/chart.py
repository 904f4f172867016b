"""Charts: lines over an axis, as values; drawn as SVG in a page, or as PNG by matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from simfilter.errors import MissingExtraError

WIDTH, HEIGHT = 560, 260
"""Of a chart as SVG, in its own units."""
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 40
COLOURS = ("#4269d0", "#d4720f", "#2f8f5b", "#a463f2", "#b3261e", "#1f8a9b", "#8a6d3b", "#d6589b", "#5c6b73", "#6cae2f", "#3b3f8c",
           "#c99700", "#7a4b94", "#00796b", "#e0584f", "#444444")


@dataclass(frozen=True, slots=True)
class Line:
    """Shares from 0 to 1, one for each mark of the axis; None where there is none."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over an axis with these ``marks``."""

    title: str
    axis: str
    marks: tuple[str, ...]
    lines: tuple[Line, ...]

    def x(self, at: int) -> float:
        """Where a mark stands in the SVG."""
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (at + 0.5) / len(self.marks), 1)

    def y(self, value: float) -> float:
        """Where a share stands in the SVG."""
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - value), 1)

    def path(self, line: Line) -> str:
        """The points of a line, as SVG's polyline takes them."""
        return " ".join(f"{self.x(at)},{self.y(value)}" for at, value in enumerate(line.values) if value is not None)


def need_matplotlib() -> None:
    """Raises MissingExtraError without matplotlib."""
    if find_spec("matplotlib") is None:
        raise MissingExtraError("a PNG needs matplotlib: pip install 'simfilter[report]'")


def png(charts: Sequence[Chart], path: str | Path) -> None:
    """Draw all charts, one below the other, in a PNG file. Raises MissingExtraError without matplotlib."""
    need_matplotlib()
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4 * len(charts)), layout="constrained")
    for axes, chart in zip(figure.subplots(len(charts), squeeze=False)[:, 0], charts, strict=True):
        for colour, line in zip(COLOURS * (len(chart.lines) // len(COLOURS) + 1), chart.lines, strict=False):
            axes.plot(range(len(chart.marks)), line.values, marker="o", markersize=3, color=colour, label=line.name)
        axes.set(title=chart.title, xlabel=chart.axis, ylim=(-0.02, 1.02))
        axes.set_xticks(range(len(chart.marks)), chart.marks)
        axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))
    figure.savefig(path, format="png", dpi=120)
