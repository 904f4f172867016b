"""Trials: what the filter finds in a piece, before any threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simfilter.calibrate.sample import Copy, Piece
from simfilter.filter import Filter
from simfilter.policy import Threshold, side
from simfilter.types import Kind, Match, View
from simfilter.views import Reading
from simfilter.views.tokens import encode


@dataclass(frozen=True, slots=True)
class Sighting:
    """A match as thresholds see it: ``tokens`` and ``bits`` without what is exempt or common, the bits over the share asked of it.

    ``side`` tells which bits of a threshold are asked of it. ``run`` is the longest run of tokens that are equal as they stand,
    0 when names were changed. ``errors`` of a copy: tokens between each end of the match and that of what was planted.
    """

    view: str
    kind: Kind
    tokens: int
    bits: float
    identity: float
    side: str
    run: int
    errors: tuple[int, int] = (0, 0)


Sightings = tuple[Sighting, ...]


def sightings(filter_: Filter, piece: Piece) -> Sightings:
    """What is found in ``piece``; in a `Copy` only matches of what was copied, where it was planted."""
    reading = filter_.read(piece.text)
    segments = filter_.index.segments
    found: list[Sighting] = []
    for item in filter_.evidence(reading, without=piece.without):
        match = item.match
        documents = match.documents
        if isinstance(piece, Copy):
            family = int(segments.families[segments.document(match.provenance.document)])
            if family != piece.family or not match.query.overlap(piece.planted):
                continue
        elif piece.without:
            documents = max(1, documents - 1)  # its own document is no witness that the passage is common
        share = filter_.policy.share(documents)
        if share > 0:
            threshold = filter_.policy.threshold(match)
            bits = item.bits * share / (threshold.ease(match) if threshold else 1)
            run = match.longest_run if match.view is not View.RENAMED else 0
            errors = _errors(reading, match, piece) if isinstance(piece, Copy) else (0, 0)
            found.append(Sighting("text" if match.view is View.TEXT else "code", match.kind, item.tokens, bits, match.identity,
                                  side(match), run, errors))
    return tuple(found)


def passes(seen: Sighting, threshold: Threshold) -> bool:
    """Whether a match counts under ``threshold``."""
    return seen.tokens >= threshold.tokens and seen.bits >= threshold.bits_on(seen.side) and seen.identity >= threshold.identity


def _errors(reading: Reading, match: Match, copy: Copy) -> tuple[int, int]:
    """Tokens of the match's view between its ends and those of what was planted."""
    starts: Sequence[int]
    if match.view is View.TEXT:
        starts = reading.words.starts.tolist()
    else:
        starts = [start for piece in reading.code for start in piece.tokens.starts.tolist()]
    ends = [(match.query.start, copy.planted.start), (match.query.end, copy.planted.end)]
    text = reading.data.decode("utf-8", "surrogatepass")
    sides = []
    for a, b in ends:
        low, high = len(encode(text[: min(a, b)])), len(encode(text[: max(a, b)]))
        sides.append(sum(low <= start < high for start in starts))
    return sides[0], sides[1]
