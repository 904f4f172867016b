"""The measures of the evaluation against cases worked out by hand."""

import pytest

from benchmarks.quality.measures import Passage, auc, plagdet, reached, threshold
from simfilter import Span


def passage(text: int, start: int, end: int, source: str | None = "a") -> Passage:
    return Passage(text, Span(start, end), source)


@pytest.mark.parametrize("share", [0.5, 0.1, 0.01, 0.001])
@pytest.mark.parametrize("innocent", [list(range(1000)), [0] * 1000, [7] * 1000, [0] * 990 + [5] * 10])
def test_no_more_innocent_texts_reach_the_threshold_than_allowed(innocent: list[float], share: float) -> None:
    limit = threshold(innocent, share)
    assert limit > 0
    assert reached(innocent, limit) <= share


def test_the_threshold_lets_as_many_through_as_it_may() -> None:
    assert reached(range(1000), threshold(range(1000), 0.01)) == 0.01


@pytest.mark.parametrize(("copies", "innocent", "area"), [
    ([2, 3], [0, 1], 1.0), ([0, 1], [2, 3], 0.0), ([1, 1], [1, 1], 0.5), ([3, 1], [0, 1], 0.875), ([2], [1, 3, 2, 0], 0.625)])
def test_area_under_the_curve(copies: list[float], innocent: list[float], area: float) -> None:
    assert auc(copies, innocent) == area


def test_exact_detections_score_one() -> None:
    measured = plagdet([passage(0, 10, 20), passage(1, 5, 9)], [passage(1, 5, 9), passage(0, 10, 20)])
    assert (measured.precision, measured.recall, measured.granularity, measured.score) == (1, 1, 1, 1)


def test_one_copy_in_two_pieces_costs_granularity() -> None:
    measured = plagdet([passage(0, 0, 100)], [passage(0, 0, 40), passage(0, 60, 100)])
    assert (measured.precision, measured.recall, measured.granularity) == (1, 0.8, 2)
    assert measured.score == pytest.approx(2 * 0.8 / 1.8 / 1.5849625)


def test_overlapping_pieces_are_counted_once() -> None:
    measured = plagdet([passage(0, 0, 100)], [passage(0, 0, 60), passage(0, 40, 80)])
    assert measured.recall == 0.8


def test_what_lies_outside_the_copy_costs_precision() -> None:
    # The first detection is half right, the second wholly wrong; half of the only copy is covered.
    measured = plagdet([passage(0, 50, 150)], [passage(0, 0, 100), passage(3, 0, 10)])
    assert (measured.precision, measured.recall, measured.granularity) == (0.25, 0.5, 1)
    assert measured.score == pytest.approx(1 / 3)


def test_a_detection_must_name_the_source_or_none() -> None:
    copies = [passage(0, 0, 10, "a")]
    assert plagdet(copies, [passage(0, 0, 10, "b")]).score == 0
    assert plagdet(copies, [passage(0, 0, 10, None)]).score == 1


def test_nothing_detected() -> None:
    measured = plagdet([passage(0, 0, 10)], [])
    assert (measured.precision, measured.recall, measured.granularity, measured.score) == (0, 0, 1, 0)


def test_one_detection_over_two_copies() -> None:
    # 20 of its 30 characters are copies; both copies are covered and have one detection each.
    measured = plagdet([passage(0, 0, 10), passage(0, 20, 30)], [passage(0, 0, 30)])
    assert measured.precision == pytest.approx(2 / 3)
    assert (measured.recall, measured.granularity) == (1, 1)
