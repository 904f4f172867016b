"""Measures: what a detector's scores and spans are worth. Pure; numbers in, numbers out.

Thresholds come from the innocent texts alone. Spans are measured as in Potthast et al. 2010 ("An Evaluation Framework for Plagiarism
Detection"), macro-averaged, on the characters of the judged text: a detection counts for a copy when the two overlap and the detection
names the copy's source; one that names no source is taken to name every source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simfilter import Span


def threshold(innocent: Sequence[float], share: float) -> float:
    """The least score that at most ``share`` of the innocent texts reach; never 0.

    >>> threshold([0, 1, 2, 3], 0.25) > 2, threshold([0, 0, 0, 0], 0.25) > 0
    (True, True)
    """
    ordered = np.sort(np.asarray(innocent, float))[::-1]
    return float(np.nextafter(max(ordered[int(share * len(ordered))], 0.0), np.inf))


def reached(scores: Sequence[float], limit: float) -> float:
    """The share of scores at or above ``limit``: recall if they are of copies, the false-positive rate if of innocent texts."""
    return float(np.mean(np.asarray(scores, float) >= limit))


def auc(copies: Sequence[float], innocent: Sequence[float]) -> float:
    """The chance that a copy scores above an innocent text, ties counted half (area under the ROC curve).

    >>> auc([3, 1], [0, 1])
    0.875
    """
    ordered = np.sort(np.asarray(innocent, float))
    below, upto = (np.searchsorted(ordered, np.asarray(copies, float), side=side) for side in ("left", "right"))
    return float(np.mean(below + upto) / (2 * len(ordered)))


@dataclass(frozen=True, slots=True)
class Passage:
    """Characters of the ``text``-th judged text: a planted copy of the document ``source``, or a detection, which may name none."""

    text: int
    span: Span
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Plagdet:
    """Precision and recall by characters, granularity (detections per detected copy, 1 at best), and the score of all three."""

    precision: float
    recall: float
    granularity: float

    @property
    def score(self) -> float:
        """Their harmonic mean over log2(1 + granularity)."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both / float(np.log2(1 + self.granularity)) if both else 0.0


def plagdet(copies: Sequence[Passage], detections: Sequence[Passage]) -> Plagdet:
    """How well ``detections`` match ``copies``. Precision is 0 where nothing was detected."""
    found: list[list[Passage]] = [[] for _ in copies]  # the detections of each copy
    known: list[list[Passage]] = [[] for _ in detections]  # the copies of each detection
    of_text: dict[int, list[int]] = {}
    for at, copy in enumerate(copies):
        of_text.setdefault(copy.text, []).append(at)
    for number, detection in enumerate(detections):
        for at in of_text.get(detection.text, ()):
            copy = copies[at]
            if detection.span.overlap(copy.span) and detection.source in (None, copy.source):
                found[at].append(detection)
                known[number].append(copy)
    hit = [detected for detected in found if detected]
    return Plagdet(
        precision=_mean([_covered(detection, real) for detection, real in zip(detections, known, strict=True)]),
        recall=_mean([_covered(copy, detected) for copy, detected in zip(copies, found, strict=True)]),
        granularity=sum(map(len, hit)) / len(hit) if hit else 1.0)


def _covered(passage: Passage, others: Sequence[Passage]) -> float:
    """The share of the characters of ``passage`` that ``others`` cover together."""
    covered = end = 0
    for span in sorted(other.span for other in others):
        start, stop = max(span.start, passage.span.start, end), min(span.end, passage.span.end)
        covered += max(0, stop - start)
        end = max(end, stop)
    return covered / max(1, len(passage.span))


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0
