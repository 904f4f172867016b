"""One corpus measured: every detector fitted on the same documents, judging the same texts.

Before anything is measured a detector is checked on a known answer: a verbatim copy must fire, a text that has nothing to do with the
corpus must score less. Thresholds come from the innocent texts of the corpus.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.quality.corpora import Copy, Corpus, Size, Text, bible, functions_of, pairs, prose
from benchmarks.quality.detectors import Detector, Judgement, detectors
from benchmarks.quality.measures import Passage, auc, plagdet, reached, threshold
from simfilter import Span

CORPORA: dict[str, Callable[[Size], Corpus]] = {"prose": prose, "bible": bible, "pairs": pairs}
"""Those that are not a language."""
SHARES = (0.01, 0.001)
"""Innocent texts that may fire."""


def measured(name: str, size: Size, *, only: str = "", commit: str = "") -> dict[str, Any]:
    """What every detector, or those whose name holds ``only``, reaches on the corpus or language ``name``, as stored in the record."""
    corpus = CORPORA[name](size) if name in CORPORA else functions_of(name, size)
    result: dict[str, Any] = {
        "name": corpus.name, "kind": corpus.kind, "about": corpus.about, "documents": len(corpus.documents),
        "bytes": sum(len(document.text.encode()) for document in corpus.documents), "projects": corpus.projects,
        "innocent": {name: len(texts) for name, texts in corpus.innocent.items()},
        "copies": {section: {row: len(copies) for row, copies in table.items()} for section, table in corpus.copies.items()}, "scores": {}}
    for detector in detectors(corpus):
        if only in " ".join(detector.names):
            result["scores"] |= {name: {"commit": commit, **score} for name, score in _measure(detector, corpus).items()}
    return result


def _measure(detector: Detector, corpus: Corpus) -> dict[str, Any]:
    print(f"{time.strftime('%H:%M:%S')} {corpus.name}: {', '.join(detector.names)}", file=sys.stderr, flush=True)
    started = time.perf_counter()
    detector.fit(corpus.documents)
    fitted = time.perf_counter()
    _check(detector, corpus)
    innocent = {name: [detector.judge(text) for text in texts] for name, texts in corpus.innocent.items()}
    judged = time.perf_counter()
    copies = {section: {row: [detector.judge(copy.text) for copy in every] for row, every in table.items()}
              for section, table in corpus.copies.items()}
    count = sum(map(len, innocent.values()))
    speed = {"fit_seconds": round(fitted - started, 2), "judge_ms": round((judged - fitted) / count * 1000, 3)}
    return {name: {**speed, **_of_score(detector, at, innocent, copies, corpus)} for at, name in enumerate(detector.names)}


def _of_score(detector: Detector, at: int, innocent: dict[str, list[Judgement]], copies: dict[str, dict[str, list[Judgement]]],
              corpus: Corpus) -> dict[str, Any]:
    below = [judgement.scores[at] for judgements in innocent.values() for judgement in judgements]
    fixed = detector.fixed.get(detector.names[at])
    limits = [fixed] if fixed is not None else [threshold(below, share) for share in SHARES]
    rows = {section: {row: _row(judgements, at, limits, below, corpus.copies[section][row]) for row, judgements in table.items()}
            for section, table in copies.items()}
    return {
        "limits": limits, "fixed": fixed is not None,
        "false_positives": {name: [reached([judgement.scores[at] for judgement in judgements], limit) for limit in limits]
                            for name, judgements in innocent.items()} | {"all": [reached(below, limit) for limit in limits]},
        "rows": rows}


def _row(judgements: Sequence[Judgement], at: int, limits: Sequence[float], below: Sequence[float],
         copies: Sequence[Copy]) -> dict[str, Any]:
    """The figures of one row. Spans are those of the texts that fire, and belong to the first score of a detector."""
    scores = [judgement.scores[at] for judgement in judgements]
    result: dict[str, Any] = {"recall": [reached(scores, limit) for limit in limits], "auc": auc(scores, below)}
    if at or any(judgement.spans is None for judgement in judgements):
        return result
    blamed = [Passage(number, span, source) for number, judgement in enumerate(judgements) if scores[number] >= limits[0]
              for span, source in judgement.spans or ()]
    if all(one.source is not None for one in blamed):
        named = {(one.text, one.source) for one in blamed}
        result["named"] = sum(all((number, source) in named for _, source in copy.planted)
                              for number, copy in enumerate(copies)) / len(copies)
    planted = [Passage(number, span, source) for number, copy in enumerate(copies) for span, source in copy.planted if span is not None]
    if planted:
        value = plagdet(planted, blamed)
        result["spans"] = {"precision": value.precision, "recall": value.recall, "granularity": value.granularity, "plagdet": value.score}
    return result


def _check(detector: Detector, corpus: Corpus) -> None:
    """A verbatim copy fires, with its place where there are spans; a strange text does not. Else the run ends."""
    document = max(corpus.documents[:200], key=lambda document: min(len(document.text), 4000))
    body = document.text if corpus.kind == "code" else " ".join(document.text.split()[2000:2200] or document.text.split())
    known = detector.judge(Text.of_code(body, corpus.language) if corpus.language else Text(body, body))
    nothing = "\n".join(f"zq{number} vx{number * 7} = kj{number * 13}" for number in range(40))
    strange = detector.judge(Text.of_code(nothing, corpus.language) if corpus.language else Text(nothing, nothing))
    if min(known.scores) <= 0 or not np.all(np.array(strange.scores) < np.array(known.scores)):
        raise SystemExit(f"{detector.names}: a verbatim copy of {document.id} scores {known.scores}, a strange text {strange.scores}")
    if known.spans is not None and corpus.kind == "prose":
        found = plagdet([Passage(0, Span(0, len(body)), document.id)], [Passage(0, span, source) for span, source in known.spans])
        if found.recall < 0.9:
            raise SystemExit(f"{detector.names}: a verbatim copy of {document.id} is covered to {found.recall:.0%}")
