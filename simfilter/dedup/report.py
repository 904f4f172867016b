"""What a run found, for the browser: counts, cluster sizes, similarities, samples side by side, the most repeated spans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simfilter.dedup.clusters import Decisions
from simfilter.dedup.parameters import Level
from simfilter.report import html
from simfilter.report.findings import visible

if TYPE_CHECKING:
    from simfilter.dedup.run import Result

SAMPLES, SPANS, EXCERPT = 12, 20, 1200
BINS = 20
_SIZES = ((2, 2), (3, 3), (4, 5), (6, 10), (11, 100), (101, 1000), (1001, 1 << 62))


def wanted(result: Result) -> tuple[list[int], list[int]]:
    """Samples, as places among the decisions spread over similarities; and the spans shown, those that save most."""
    decided = result.decisions
    order = np.argsort(decided.similarity, kind="stable")
    samples = order[np.unique(np.linspace(0, len(order) - 1, SAMPLES).astype(int))].tolist() if len(order) else []
    spans = result.spans
    _, first, counts = np.unique(np.stack((spans.origin.astype(np.int64), spans.origin_start), axis=1), axis=0, return_index=True,
                                 return_counts=True) if len(spans) else (None, np.empty(0, np.int64), np.empty(0, np.int64))
    weight = (spans.end[first] - spans.start[first]) * counts
    return samples, first[np.argsort(-weight, kind="stable")][:SPANS].tolist()


def render(result: Result, texts: dict[int, str]) -> str:
    """One self-contained page. ``texts`` has those rows of `wanted` that could be read."""
    told, decided, label = result.summary(), result.decisions, result.labels
    samples, spans = wanted(result)
    _, sizes = np.unique(decided.cluster, return_counts=True)
    counts = [(f"{low}" if low == high else f"{low}–{high}" if high < 1 << 60 else f"{low}+",
               int(((sizes + 1 >= low) & (sizes + 1 <= high)).sum())) for low, high in _SIZES]
    edges = np.linspace(min(0.5, result.parameters.threshold), 1, BINS + 1)
    found, _ = np.histogram(result.edges.similarity, edges)
    repeated: dict[tuple[int, int], int] = {}
    for origin, place in zip(result.spans.origin.tolist(), result.spans.origin_start.tolist(), strict=True):
        repeated[origin, place] = repeated.get((origin, place), 1) + 1
    lsh = result.parameters.lsh
    return html.page(
        "dedup.html", told=told, parameters=[(name, _plain(value)) for name, value in told["parameters"].items() if value is not None],
        levels=[(level.value, told["removed"][level.value], told["bytes_saved"][level.value]) for level in result.parameters.levels],
        sizes=_bars(counts), similarities=_bars([(f"{low:.2f}", int(count)) for low, count in zip(edges, found, strict=False)]),
        curve=[(f"{s:.2f}", f"{lsh.recall(s):.4f}") for s in np.linspace(0.1, 1, 19)] if Level.NEAR in result.parameters.levels else [],
        samples=[{"level": Decisions.LEVELS[decided.level[at]].value, "similarity": f"{decided.similarity[at]:.3f}",
                  "row": visible(label(decided.rows[at])), "kept": visible(label(decided.kept[at])),
                  "mine": _excerpt(texts, int(decided.rows[at])), "theirs": _excerpt(texts, int(decided.kept[at]))} for at in samples],
        spans=[{"length": int(result.spans.end[at] - result.spans.start[at]), "row": visible(label(result.spans.row[at])),
                "times": repeated[int(result.spans.origin[at]), int(result.spans.origin_start[at])],
                "text": _span_text(result, texts, at)} for at in spans])


def _bars(counts: list[tuple[str, int]]) -> list[tuple[str, int, float]]:
    most = max((count for _, count in counts), default=0) or 1
    return [(name, count, round(100 * count / most, 1)) for name, count in counts]


def _excerpt(texts: dict[int, str], row: int) -> str:
    text = texts.get(row)
    return "(not shown)" if text is None else visible(text[:EXCERPT]) + ("…" if len(text) > EXCERPT else "")


def _span_text(result: Result, texts: dict[int, str], at: int) -> str:
    from simfilter.dedup.tokens import places

    text = texts.get(int(result.spans.row[at]))
    if text is None:
        return "(not shown)"
    data, starts, ends = places(text, result.language_of(int(result.spans.row[at])), result.parameters.unit)
    first, last = int(result.spans.start[at]), int(result.spans.end[at])
    if last > len(ends):
        return "(not shown)"
    return visible(data[int(starts[first]) : int(ends[last - 1])].decode("utf-8", "replace")[:EXCERPT])


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
