"""A calibration: what was chosen and what was measured, as values, as JSON and as a policy file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any

from simfilter import __version__
from simfilter.calibrate.rate import Rate
from simfilter.policy import Policy, Threshold
from simfilter.types import Kind

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Recall:
    """Copies of one evasion and length caught: under the chosen thresholds, and under the defaults.

    ``error`` are the median and the 90th percentile of the tokens between an end of the match and that of what was planted.
    """

    view: str
    evasion: str
    length: str
    chosen: Rate
    default: Rate
    error: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Innocence:
    """Innocent pieces of a view that fire, under the chosen thresholds and under the defaults."""

    view: str
    chosen: Rate
    default: Rate


@dataclass(frozen=True, slots=True)
class Point:
    """What all bits of a view times ``factor`` would give."""

    view: str
    factor: float
    recall: Rate
    innocence: Rate


@dataclass(frozen=True, slots=True)
class Calibration:
    """The thresholds chosen on one half of the documents, and what they do on the other."""

    policy: Policy
    seed: int
    wished: float
    documents: int
    negatives: str
    recall: tuple[Recall, ...]
    innocence: tuple[Innocence, ...]
    curve: tuple[Point, ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Everything, as JSON takes it; `rates` are count, trials, value, and the 95 % interval."""
        return {
            "schema_version": SCHEMA_VERSION, "tool": {"name": "simfilter", "version": __version__}, "seed": self.seed,
            "wished_false_positives": self.wished, "documents": self.documents, "negatives": self.negatives,
            "thresholds": {view: {kind.value: _threshold(threshold) for kind, threshold in kinds.items()}
                           for view, kinds in _views(self.policy)},
            "recall": [_plain(row) for row in self.recall], "false_positives": [_plain(row) for row in self.innocence],
            "curve": [_plain(row) for row in self.curve], "notes": list(self.notes),
        }

    def to_toml(self) -> str:
        """A policy file that `Policy.load` reads; what was measured stands in its comments. The same calibration gives the same bytes."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield f"# Thresholds chosen by simfilter {__version__} calibrate, seed {self.seed}: as many copies as can be caught while at most"
        yield f"# {self.wished:g} of innocent texts fire. Index: {self.documents} documents; innocent texts: {self.negatives}."
        yield "# Chosen on one half of the documents; measured on the other, with the 95 % interval:"
        for note in self.notes:
            yield f"# Note: {note}"
        for view, kinds in _views(self.policy):
            yield ""
            for fired in self.innocence:
                if fired.view == view:
                    yield f"# {view}, false positives: {fired.chosen}; default thresholds: {fired.default}"
            rows = [row for row in self.recall if row.view == view]
            if rows:
                yield f"# {view}, copies caught (default thresholds); tokens off at an end, median and 90th percentile:"
            for row in rows:
                low, high = row.chosen.interval
                yield (f"#   {row.chosen.value:.2f} [{low:.2f}, {high:.2f}] of {row.chosen.trials} ({row.default.value:.2f}); "
                       f"{row.error[0]:g}, {row.error[1]:g}: {row.evasion}, {row.length}")
            for kind, threshold in kinds.items():
                yield ""
                yield f"[{view}.{kind.value}]"
                yield from (f"{name} = {value:g}" for name, value in _threshold(threshold).items())


def _views(policy: Policy) -> list[tuple[str, dict[Kind, Threshold]]]:
    return [("text", dict(policy.text)), ("code", dict(policy.code))]


def _threshold(threshold: Threshold) -> dict[str, float]:
    """What a policy file states of a threshold: all that is finite and not nothing."""
    values = {field.name: getattr(threshold, field.name) for field in fields(threshold)}
    return {name: value for name, value in values.items() if math.isfinite(value) and value}


def _plain(row: Any) -> dict[str, Any]:
    plain = asdict(row)
    for field in fields(row):
        value = getattr(row, field.name)
        if isinstance(value, Rate):
            plain[field.name] = {"count": value.count, "trials": value.trials, "value": value.value, "interval": list(value.interval)}
    return plain
