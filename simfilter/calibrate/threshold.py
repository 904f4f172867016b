"""Thresholds: chosen so that at most a wished share of innocent texts fires and the most copies are caught.

Every kind of match has its own threshold, and a text fires when any of its matches passes, so that the kinds share one budget of false
positives. A threshold keeps its default unless another catches more or the budget demands it; where the data leave room, it is set in the
middle between what the innocent reach and what the copies need, for neither sample holds the extremes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from simfilter.calibrate.trial import Sightings, passes
from simfilter.policy import SIDES, Threshold
from simfilter.types import Kind

LEAST_BITS = 20
"""No threshold is set lower: so much any dozen words weigh."""

TOKENS = (0.6, 0.8, 1.0, 1.25, 1.6, 2.0, 3.0)
"""Least tokens tried, as shares of the default."""

STEP = 4
"""Of the false positives a threshold may be lowered by at once, so many are passed over between two that are tried."""

EQUAL = 1e-9
"""Weights that differ by less are equal."""

Thresholds = dict[Kind, Threshold]


def fires(seen: Sightings, thresholds: Mapping[Kind, Threshold]) -> bool:
    """Whether any match of a piece counts."""
    return any(sighting.kind in thresholds and passes(sighting, thresholds[sighting.kind]) for sighting in seen)


def caught(copies: Sequence[Sightings], weights: Sequence[float], thresholds: Mapping[Kind, Threshold]) -> float:
    """Weight of the copies of which a match counts."""
    return math.fsum(weight for seen, weight in zip(copies, weights, strict=True) if fires(seen, thresholds))


def choose(copies: Sequence[Sightings], weights: Sequence[float], innocent: Sequence[Sightings], defaults: Mapping[Kind, Threshold],
           budget: int, *, raise_only: bool = False) -> Thresholds:
    """Thresholds under which at most ``budget`` innocent pieces fire; with ``raise_only`` none is below its default."""
    floors = dict(defaults) if raise_only else {kind: replace(default, tokens=1, **dict.fromkeys(SIDES, LEAST_BITS))
                                                for kind, default in defaults.items()}
    chosen = {kind: _closed(copies, weights, innocent, kind, default, floors[kind]) for kind, default in defaults.items()}
    chosen = _opened(copies, weights, innocent, chosen, floors, budget)
    for kind in defaults:
        chosen[kind] = _settled(copies, weights, innocent, chosen, kind, defaults[kind], budget)
    return chosen


def _scores(pieces: Sequence[Sightings], kind: Kind, threshold: Threshold, side: str) -> list[float]:
    """Of each piece the most bits a match of the kind has that is long and alike enough and on this side; 0 for none."""
    own = _sides(threshold)
    sides = {seen for seen in SIDES if next((each for each in SIDES[SIDES.index(seen) :] if each in own), None) == side}
    return [max((seen.bits for seen in piece if seen.kind is kind and seen.tokens >= threshold.tokens
                 and seen.identity >= threshold.identity and seen.side in sides), default=0.0) for piece in pieces]


def _sides(threshold: Threshold) -> tuple[str, ...]:
    """The bits a kind has of its own, the least first: text has one for all."""
    return tuple(side for side in SIDES if math.isfinite(getattr(threshold, side)))


def _with_bits(threshold: Threshold, side: str, bits: float) -> Threshold:
    """``bits`` on one side, but no less than on those before it; those behind ask no less."""
    sides = _sides(threshold)
    at = sides.index(side)
    bits = max([bits, *(getattr(threshold, before) for before in sides[:at])])
    changed: dict[str, Any] = {side: bits} | {behind: max(bits, getattr(threshold, behind)) for behind in sides[at + 1 :]}
    return replace(threshold, **changed)


def _above(score: float, least: float) -> float:
    return float(max(least, math.floor(score) + 1))


def _closed(copies: Sequence[Sightings], weights: Sequence[float], innocent: Sequence[Sightings], kind: Kind,
            default: Threshold, floor: Threshold) -> Threshold:
    """The threshold no innocent piece passes that catches most; of equals the one whose tokens are nearest to the default's."""
    best, most = default, -1.0
    for factor in sorted(TOKENS, key=lambda factor: abs(math.log(factor))):
        trial = replace(default, tokens=max(floor.tokens, round(factor * default.tokens)))
        for side in _sides(default):
            trial = _with_bits(trial, side, _above(max(_scores(innocent, kind, trial, side), default=0.0), getattr(floor, side)))
        worth = caught(copies, weights, {kind: trial})
        if worth > most + EQUAL:
            best, most = trial, worth
    return best


def _opened(copies: Sequence[Sightings], weights: Sequence[float], innocent: Sequence[Sightings], chosen: Thresholds,
            floors: Thresholds, budget: int) -> Thresholds:
    """The thresholds lowered step by step where a false positive buys the most copies, until the budget is spent."""
    spent, worth = sum(fires(seen, chosen) for seen in innocent), caught(copies, weights, chosen)
    while spent < budget:
        steps: list[tuple[float, int, float, Thresholds]] = []
        for kind, threshold in chosen.items():
            for side in _sides(threshold):
                now, least = getattr(threshold, side), getattr(floors[kind], side)
                scores = _scores(innocent, kind, threshold, side)
                lower = sorted({bits for score in scores if (bits := _above(score, least)) < now}, reverse=True)
                for bits in dict.fromkeys([*lower[:1], *lower[1:budget:STEP], least]):
                    trial = {**chosen, kind: _with_bits(threshold, side, bits)}
                    cost = sum(fires(seen, trial) for seen in innocent)
                    if getattr(trial[kind], side) < now and cost <= budget:
                        gain = caught(copies, weights, trial) - worth
                        steps.append((gain / max(cost - spent, 0.5), -cost, gain, trial))
        best = max(steps, key=lambda step: step[:2], default=None)
        if best is None or best[2] <= EQUAL:
            break
        spent, chosen = -best[1], best[3]
        worth += best[2]
    return chosen


def _settled(copies: Sequence[Sightings], weights: Sequence[float], innocent: Sequence[Sightings], chosen: Thresholds, kind: Kind,
             default: Threshold, budget: int) -> Threshold:
    """The default where it does as well, else bits in the middle between what innocents reach and what copies need."""
    worth = caught(copies, weights, chosen)
    usual = {**chosen, kind: default}
    if caught(copies, weights, usual) >= worth - EQUAL and sum(fires(seen, usual) for seen in innocent) <= budget:
        return default
    settled = chosen[kind]
    others = {other: threshold for other, threshold in chosen.items() if other is not kind}
    alone = [seen for seen in copies if not fires(seen, others)]
    for side in _sides(default):
        loosest = getattr(settled, side)
        needed = min((score for score in _scores(alone, kind, settled, side) if score >= loosest), default=loosest)
        settled = _with_bits(settled, side, max(loosest, float(math.floor(math.sqrt(loosest * needed)))))
    return settled


