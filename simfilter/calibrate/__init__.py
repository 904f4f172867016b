"""Calibrate: thresholds from the operator's own data.

Copies of what an index protects are disguised by every evasion of the catalogue, in several lengths, and planted in innocent text; innocent
texts are the operator's or, leaving each document's own family out, the index's. Thresholds are chosen on one half of the documents so that
at most a wished share of the innocent fires, and measured on the other half.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles

from simfilter.calibrate.calibration import Calibration, Innocence, Point, Recall
from simfilter.calibrate.rate import Rate
from simfilter.calibrate.sample import MOST_INNOCENT, Copy, Piece, Text, copies, foreign, innocents, protected, split_by_piece
from simfilter.calibrate.threshold import choose, fires
from simfilter.calibrate.trial import Sightings, sightings
from simfilter.corpus import Document
from simfilter.errors import ParameterError
from simfilter.filter import Filter
from simfilter.policy import SIDES, Threshold
from simfilter.types import Kind

__all__ = ["Calibration", "Innocence", "Point", "Rate", "Recall", "calibrate"]

VIEWS = ("text", "code")
LENGTHS = (25, 50, 100, 200)
"""Words of a copy of prose."""
LINES = ((5, 10), (11, 20), (21, 60))
"""Lines of a copied function, at least and at most."""
FACTORS = (0.25, 0.35, 0.5, 0.7, 0.85, 1.0, 1.2, 1.4, 2.0, 2.8, 4.0)
LEAVE_ONE_OUT = "pieces of the index, each judged without its own document"
COPIED = {"text": 25, "code": 60}
"""Tokens two documents share as they stand only if one copies the other: windows of two novels never share 12 words by chance, functions
of two projects 20 exact tokens once in 500."""

NAMED = 3
"""Documents named in a note."""

Progress = Callable[[str, int, int | None], None]
Rules = Mapping[str, Mapping[Kind, Threshold]]


@dataclass(frozen=True, slots=True)
class _Trial:
    """A piece and what was found in it."""

    piece: Piece
    seen: Sightings

    def of(self, view: str) -> Sightings:
        return tuple(sighting for sighting in self.seen if sighting.view == view)

    @property
    def is_copy(self) -> bool:
        """Whether more stands in another document than chance would have it."""
        return any(seen.run >= COPIED[seen.view] for seen in self.seen)

    def fires(self, rules: Rules) -> bool:
        return any(fires(self.of(view), rules[view]) for view in VIEWS)


def calibrate(index: str | Path | Filter, *, negatives: Iterable[Document] | None = None, false_positives: float = 0.001, seed: int = 0,
              count: int = 40, lengths: Sequence[int] = LENGTHS, lines: Sequence[tuple[int, int]] = LINES, innocent: int = MOST_INNOCENT,
              trusted: bool = False, progress: Progress | None = None) -> Calibration:
    """The policy under which at most ``false_positives`` of innocent texts fire and the most copies are caught, and what it does.

    ``index`` is the path of one, or a filter (whose background and exemptions then hold). Of each evasion and length (words of prose,
    ``lines`` of functions) ``count`` copies are made, of ``negatives`` at most ``innocent`` pieces of each view taken; those that hold
    more than `COPIED` of a protected document are taken for copies unless they are ``trusted``. The same arguments give the same result.
    Raises ParameterError when nothing is long enough to copy or no innocent text is there.
    """
    if not 0 < false_positives < 1:
        raise ParameterError(f"false_positives must be above 0 and below 1, got {false_positives:g}")
    if count < 2 or innocent < 2 or any(length < 1 for length in lengths):
        raise ParameterError(f"need 2 copies and 2 innocent texts or more, and lengths above 0; got {count}, {innocent}, {list(lengths)}")
    filter_ = index if isinstance(index, Filter) else Filter.open(index)
    own = protected(filter_.index.segments, seed)
    given = None if negatives is None else foreign(list(negatives), seed)
    hosts = own if given is None else given
    made = list(copies(own, hosts, count=count, lengths=lengths, lines=lines, seed=seed))
    if not made:
        raise ParameterError(f"nothing to copy: no document of the index has {min(lengths, default=0)} words of prose, or a function of "
                             f"{min((least for least, _ in lines), default=0)} lines or more")
    views = [view for view in VIEWS if any(copy.view == view for copy in made)]
    clean = [piece for view in views for piece in innocents(hosts, view, seed=seed, most=innocent)]
    if not clean or (given is None and len({text.family for text in own}) < 2):
        raise ParameterError("no innocent text: " + ("the index holds one document, or near-equal ones; give negatives"
                                                     if given is None else f"the negatives hold none of {' or '.join(views)}"))
    trials = _tried(filter_, [*made, *clean], progress)
    tried = trials[: len(made)]
    copied = [trial.piece.document for trial in trials[len(made) :] if trial.is_copy]
    untouched = [trial for trial in trials[len(made) :] if trusted or not trial.is_copy]
    rules: dict[str, Mapping[Kind, Threshold]] = {"text": filter_.policy.text, "code": filter_.policy.code}
    defaults = dict(rules)
    for view in views:
        rules[view] = _chosen(view, tried, untouched, defaults, false_positives)
    innocence = tuple(Innocence(view, *(_rate(_reported(untouched, view), some) for some in (rules, defaults))) for view in views)
    return Calibration(
        policy=replace(filter_.policy, text=rules["text"], code=rules["code"]), seed=seed, wished=false_positives,
        documents=len(filter_.index), negatives=LEAVE_ONE_OUT if given is None else f"{len(given)} documents given",
        recall=_recall(tried, rules, defaults),
        innocence=innocence,
        curve=tuple(_curve(tried, untouched, rules, views)),
        notes=(*_caveats(given is None, copied, trusted), *_shortcomings(own, hosts, untouched, views, false_positives),
               *(f"innocent {row.view} of the other half fires more often than wished: {row.chosen}" for row in innocence
                 if row.chosen.interval[0] > false_positives)))


def _tried(filter_: Filter, pieces: Sequence[Piece], progress: Progress | None) -> list[_Trial]:
    trials = []
    for at, piece in enumerate(pieces):
        trials.append(_Trial(piece, sightings(filter_, piece)))
        if progress is not None:
            progress("judge copies and innocent texts", at + 1, len(pieces))
    return trials


def _chosen(view: str, made: Sequence[_Trial], clean: Sequence[_Trial], rules: Rules, rate: float) -> dict[Kind, Threshold]:
    """The thresholds of a view; its defaults where there is nothing to choose by. Comments of code are left to the thresholds of text."""
    learned = [trial for trial in made if trial.piece.view == view and trial.piece.half == 0]
    innocent = [trial.of(view) for trial in clean if trial.piece.view == view and trial.piece.half == 0]
    if not learned or not innocent:
        return dict(rules[view])
    cells = Counter(_cell(trial.piece) for trial in learned)
    return choose([trial.of(view) for trial in learned], [1 / (len(cells) * cells[_cell(trial.piece)]) for trial in learned], innocent,
                  rules[view], math.floor(rate * len(innocent)), raise_only=_fewest(clean, view) < Rate.needed(rate))


def _cell(piece: Piece) -> tuple[str, str, str]:
    assert isinstance(piece, Copy)
    return piece.view, piece.evasion, piece.length


def _reported(trials: Sequence[_Trial], view: str) -> list[_Trial]:
    return [trial for trial in trials if trial.piece.view == view and trial.piece.half == 1]


def _fewest(trials: Sequence[_Trial], view: str) -> int:
    """Pieces of a view in the half that has fewer."""
    return min(sum(trial.piece.view == view and trial.piece.half == half for trial in trials) for half in (0, 1))


def _rate(trials: Sequence[_Trial], rules: Rules) -> Rate:
    return Rate(sum(trial.fires(rules) for trial in trials), len(trials))


def _recall(made: Sequence[_Trial], rules: Rules, defaults: Rules) -> tuple[Recall, ...]:
    cells: dict[tuple[str, str, str], list[_Trial]] = {}
    for trial in made:
        cells.setdefault(_cell(trial.piece), [])
        if trial.piece.half == 1:
            cells[_cell(trial.piece)].append(trial)
    return tuple(Recall(*cell, _rate(trials, rules), _rate(trials, defaults), _error(trials, rules)) for cell, trials in cells.items())


def _error(trials: Sequence[_Trial], rules: Rules) -> tuple[float, float]:
    """Median and 90th percentile, over both ends of the best match of each copy caught; 0 of none."""
    errors: list[float] = []
    for trial in trials:
        counting = [seen for seen in trial.seen if seen.kind in rules[seen.view] and fires((seen,), rules[seen.view])]
        if counting:
            errors += min((seen.errors for seen in counting), key=sum)
    if len(errors) < 2:
        return 0.0, 0.0
    return float(median(errors)), round(quantiles(errors, n=10, method="inclusive")[-1], 1)


def _curve(made: Sequence[_Trial], clean: Sequence[_Trial], rules: Rules, views: Sequence[str]) -> Iterator[Point]:
    for view in views:
        for factor in FACTORS:
            scaled = {name: {kind: replace(threshold, **{side: factor * getattr(threshold, side) for side in SIDES})
                             for kind, threshold in kinds.items()} for name, kinds in rules.items()}
            yield Point(view, factor, _rate(_reported(made, view), scaled), _rate(_reported(clean, view), scaled))


def _caveats(nothing_given: bool, copied: Sequence[str], trusted: bool) -> Iterator[str]:
    """What is to be said of the innocent texts; ``copied`` are the documents of those that are copies."""
    if nothing_given:
        yield ("no negatives were given: pieces of the index stand for innocent text, each judged without the documents of its source (of "
               "its family where there are few sources)")
    if copied:
        names = ", ".join(list(dict.fromkeys(copied))[:NAMED]) + (", ..." if len(set(copied)) > NAMED else "")
        told = "they were counted as you wished" if trusted else "they were taken for copies, not counted"
        yield (f"{len(copied)} innocent pieces share {COPIED['text']} words or {COPIED['code']} tokens of code as they stand with a "
               f"protected document ({names}): {told}")


def _shortcomings(own: Sequence[Text], hosts: Sequence[Text], clean: Sequence[_Trial], views: Sequence[str], rate: float) -> Iterator[str]:
    for view in VIEWS:
        count = _fewest(clean, view)
        if view not in views:
            yield f"nothing of the index is long enough to copy as {view}: its thresholds are the defaults"
            continue
        if not count:
            yield f"no innocent {view} is there: its thresholds are the defaults"
        elif count < Rate.needed(rate):
            yield (f"{count} innocent pieces of {view} in a half are too few to show a rate of {rate:g}, which takes {Rate.needed(rate)} "
                   "that do not fire (rule of three): no threshold of it was set below the default")
        if split_by_piece(own, view) or (count and split_by_piece(hosts, view)):
            yield f"too few documents of {view} to cut in halves: their pieces were cut instead"
