"""The record of a run shown, and put into a page between its marks."""

import pytest

from benchmarks.quality.report import MARKS, markdown, summary, written


def score(recall: float, false_positives: float, *, fixed: bool = False) -> dict:
    figures = {"recall": [recall, recall / 2][: 1 if fixed else 2], "auc": 0.9}
    limits = [1.0] if fixed else [2.0, 3.0]
    return {"commit": "abc", "limits": limits, "fixed": fixed, "fit_seconds": 1.0, "judge_ms": 2.5,
            "false_positives": {"texts": [false_positives] * len(limits), "all": [false_positives] * len(limits)},
            "rows": {"copies": {"renamed": figures}}}


def record(innocent: int) -> dict:
    scores = {"simfilter, default": score(0.75, 0.004, fixed=True), "simfilter, strength": score(0.8, 0.01), "one": score(0.5, 0.01),
              "other": score(0.6, 0.01)}
    corpora = [{"name": name, "kind": "code", "about": "10 functions", "documents": 10, "bytes": 2_000_000,
                "projects": {"protected": ["p 10"]},
                "innocent": {"texts": innocent}, "copies": {"copies": {"renamed": 25}}, "scores": scores} for name in ("python", "go")]
    return {"command": "run", "date": "2026-11-25", "machine": "m", "python": "3.11", "versions": {"simfilter": "0.1"}, "seconds": 90,
            "commit": "abc", "corpora": corpora}


def test_few_innocent_texts_show_one_per_cent_alone() -> None:
    assert "| renamed (25) | .75 | .80 / .40 | .50 / .25 | .60 / .30 |" in markdown(record(1000))
    assert "| renamed (25) | .75 | .80 | .50 | .60 |" in markdown(record(999))


def test_the_summary_names_the_best_peer() -> None:
    assert "| renamed | .75 | .80 | .60 other |" in summary(record(500))


def test_tables_are_put_between_the_marks_and_replace_what_was_there() -> None:
    begin, end = MARKS["results"]
    page = f"before\n{begin}\nold\n{end}\nafter\n"
    once = written(page, record(500))
    assert once.startswith(f"before\n{begin}\n") and once.endswith(f"{end}\nafter\n") and "old" not in once
    assert written(once, record(500)) == once


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="no <!-- results"):
        written("page", record(500))
