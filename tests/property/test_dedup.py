"""Deduplication against its definition, whatever the batches, ranges and levels."""

import tempfile
from pathlib import Path
from unittest.mock import patch

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simfilter.dedup import Cluster, Level, Metric, Parameters, Texts, Unit, repeats, source
from simfilter.dedup.run import Result, Run
from tests.oracle import dedup as oracle

WORDS = ["tide", "lamp", "boat", "harbour", "winter", "quiet"]
TEXT = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)
CORPUS = st.lists(TEXT, max_size=14).flatmap(lambda texts: st.permutations(texts + texts[:3]))
EVERYTHING = {"bands": 128, "rows": 1}  # proposes nearly whatever shares a shingle


def run(texts: list[str], memory: int = 1 << 30, rows_in_batch: int = 4096, threads: int = 1, references: int = 0,
        **options: object) -> Result:
    """A run without the public floor on memory."""
    with tempfile.TemporaryDirectory() as folder, patch.object(source, "BATCH_ROWS", rows_in_batch):
        parts = [Texts(texts[:references], "tests")] if references else []
        return Run(parts, [Texts(texts[references:])], Parameters(**options), Path(folder) / "work", memory, threads,
                   lambda *_: None).run(None, resume=False)


@given(CORPUS, st.sampled_from([0.3, 0.5, 0.8, 1.0]), st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_edges_are_the_similar_pairs_with_their_exact_similarity(texts: list[str], threshold: float, k: int) -> None:
    found = run(texts, levels=(Level.NEAR,), threshold=threshold, shingle=k, **EVERYTHING)
    truth = oracle.similar_pairs(texts, k, threshold)
    edges = dict(zip(zip(found.edges.left.tolist(), found.edges.right.tolist(), strict=True), found.edges.similarity.tolist(), strict=True))
    assert edges.items() <= truth.items()
    expected = oracle.components(len(texts), truth)
    if not any(value < 0.5 for value in truth.values()):  # a pair as likely as that is proposed by 1 - 2^-128
        assert set(np.flatnonzero(found.keep).tolist()) == set(expected)
        for row, cluster in zip(found.decisions.rows.tolist(), found.decisions.cluster.tolist(), strict=True):
            assert expected[row] == cluster


@given(CORPUS, st.sampled_from([0.4, 0.6]), st.sampled_from(list(Metric)))
@settings(max_examples=60, deadline=None)
def test_direct_clusters_remove_only_what_resembles_the_kept_row(texts: list[str], threshold: float, metric: Metric) -> None:
    found = run(texts, levels=("exact", "near"), threshold=threshold, shingle=2, cluster=Cluster.DIRECT, metric=metric, **EVERYTHING)
    measure = oracle.containment if metric is Metric.CONTAINMENT else oracle.jaccard
    removed = set(found.decisions.rows.tolist())
    for row, kept, similarity in zip(found.decisions.rows.tolist(), found.decisions.kept.tolist(), found.decisions.similarity.tolist(),
                                     strict=True):
        assert kept not in removed and similarity >= threshold
        if texts[row].split() != texts[kept].split():
            assert measure(oracle.shingles(texts[row], 2), oracle.shingles(texts[kept], 2)) == similarity


@given(CORPUS, st.integers(1, 3), st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_batches_ranges_and_threads_change_nothing(texts: list[str], threads: int, rows_in_batch: int) -> None:
    options = {"levels": tuple(Level), "threshold": 0.5, "shingle": 2, "run": 3, "metric": "containment", "action": "report"}
    whole = run(texts, **options)
    pieces = run(texts, 200, rows_in_batch, threads, **options)
    assert list(pieces.manifest()) == list(whole.manifest())
    assert pieces.edges.similarity.tolist() == whole.edges.similarity.tolist()


@given(CORPUS, st.integers(2, 5), st.integers(1, 3), st.booleans(), st.sampled_from(list(Unit)))
@settings(max_examples=80, deadline=None)
def test_repeated_spans_cover_exactly_the_repeated_windows(texts: list[str], k: int, times: int, tight: bool, unit: Unit) -> None:
    limit = 1000 if tight else 1 << 30
    with patch.object(repeats, "CHUNK", 7):
        found = run(texts, limit, levels=("substring",), run=k, times=times, unit=unit, action="report")
    spans = found.spans
    covered = {(row, at) for row, start, end in zip(spans.row.tolist(), spans.start.tolist(), spans.end.tolist(), strict=True)
               for at in range(start, end)}
    assert covered == oracle.repeated_tokens([" ".join(text.replace(" ", "_")) if unit is Unit.BYTES else text for text in texts], k, times)


@given(CORPUS, st.integers(0, 6))
@settings(max_examples=40, deadline=None)
def test_a_test_set_takes_out_what_overlaps_it_and_nothing_else(texts: list[str], references: int) -> None:
    references = min(references, len(texts))
    if references == 0:
        return
    found = run(texts, references=references, levels=("exact", "near"), threshold=0.5, shingle=2, **EVERYTHING)
    truth = oracle.similar_pairs(texts, 2, 0.5)
    expected = {b for a, b in truth if a < references <= b}
    empty = {at for at, text in enumerate(texts) if not text and at >= references and "" in texts[:references]}  # equal as texts
    assert set(found.decisions.rows.tolist()) == expected | empty
