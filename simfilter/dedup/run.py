"""One deduplication from beginning to end: stages, checkpoints, and what comes out.

    sources -> sign (blocks) -> candidates (pairs) -> verify (edges) -> decide (rows) -> repeats (spans) -> write

Every stage leaves its result in the working directory under a name, whole or not at all. A run that was killed is resumed by running the
stages again: what is there is not made twice. All stages are functions of the blocks, so the result does not depend on when it was killed.
"""

from __future__ import annotations

import errno
import json
import os
import tempfile
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simfilter import __version__
from simfilter.dedup import candidates
from simfilter.dedup.clusters import Decisions, decide
from simfilter.dedup.engine import engine_of
from simfilter.dedup.parameters import Action, Level, Metric, Parameters
from simfilter.dedup.repeats import Spans, find_repeats, lengths
from simfilter.dedup.sign import Progress, sign
from simfilter.dedup.source import Files, Source, Texts, open_sources
from simfilter.dedup.store import Blocks, Store
from simfilter.dedup.tokens import checked_language, language_of
from simfilter.dedup.verify import Edges, SetFile, verify
from simfilter.errors import ParameterError

MEMORY = 2 << 30
WORK = ".simfilter-work"
MANIFEST, MALFORMED, SUMMARY = "manifest.jsonl", "malformed.jsonl", "summary.json"
_OWN = {WORK, MANIFEST, MALFORMED, SUMMARY, "report.html"}


def _silent(stage: str, done: int, total: int) -> None:
    pass


@dataclass(eq=False)
class Result:
    """What a deduplication decided. Rows are numbered from 0 over all sources, in order; malformed rows have no number."""

    parameters: Parameters
    rows: int
    references: int
    decisions: Decisions
    spans: Spans
    malformed: int
    pairs: int
    """Candidates that were verified."""
    edges: Edges
    text_bytes: int
    removed_bytes: dict[str, int]
    seconds: float
    labels: Labels
    language_of: Callable[[int], str | None]
    """The grammar by which a row was read, None for words."""
    dropped_by_spans: NDArray[np.uint32] = field(default_factory=lambda: np.empty(0, np.uint32))

    @cached_property
    def keep(self) -> NDArray[np.bool_]:
        """[rows] whether a row stays, if repetitions are dropped."""
        keep = np.ones(self.rows, bool)
        keep[self.decisions.rows] = False
        keep[self.dropped_by_spans] = False
        return keep

    @property
    def kept_rows(self) -> NDArray[np.int64]:
        """The numbers of the rows that stay, test set excluded."""
        found = np.flatnonzero(self.keep)
        return found[found >= self.references] - self.references

    def manifest(self) -> Iterator[dict[str, Any]]:
        """One record for each removed row: what is kept in its place, at what similarity, in which cluster; and for each repeated span."""
        label, decided = self.labels, self.decisions
        for at in range(len(decided)):
            yield {"row": label(decided.rows[at]), "level": Decisions.LEVELS[decided.level[at]].value, "kept": label(decided.kept[at]),
                   "similarity": round(float(decided.similarity[at]), 6), "cluster": label(decided.cluster[at])}
        dropped, unit = set(self.dropped_by_spans.tolist()), self.parameters.unit.value
        for row, start, end, origin, place in zip(self.spans.row.tolist(), self.spans.start.tolist(), self.spans.end.tolist(),
                                                  self.spans.origin.tolist(), self.spans.origin_start.tolist(), strict=True):
            yield {"row": label(row), "level": Level.SUBSTRING.value, "removed": row in dropped, unit: [start, end],
                   "kept": label(origin), f"kept_{unit}": [place, place + end - start]}

    def summary(self) -> dict[str, Any]:
        """Counts, as JSON can hold them."""
        lsh = self.parameters.lsh
        near = Level.NEAR in self.parameters.levels
        _, sizes = np.unique(self.decisions.cluster, return_counts=True)
        return {
            "rows": self.rows - self.references, "test_rows": self.references, "kept": len(self.kept_rows), "malformed": self.malformed,
            "removed": {level.value: int(np.count_nonzero(self.decisions.level == code)) for code, level in enumerate(Decisions.LEVELS[:2])}
            | {Level.SUBSTRING.value: len(self.dropped_by_spans)},
            "repeated_spans": len(self.spans), "clusters": len(sizes), "largest_cluster": int(sizes.max(initial=0)) + bool(len(sizes)),
            "candidate_pairs": self.pairs, "verified_pairs": len(self.edges), "text_bytes": self.text_bytes,
            "bytes_saved": self.removed_bytes, "seconds": round(self.seconds, 3), "version": __version__,
            "lsh": {"bands": lsh.bands, "rows": lsh.rows, "recall_at_threshold": round(lsh.recall(self.parameters.threshold), 6),
                    "expected_recall": round(lsh.expected_recall(self.parameters.threshold), 6)} if near else None,
            "parameters": asdict(self.parameters),
        }


class Labels:
    """The name of a row: file and line, or the path of a file."""

    def __init__(self, sources: Sequence[Source], lines: NDArray[np.int64], firsts: NDArray[np.int64]) -> None:
        self._sources, self._lines, self._firsts = sources, lines, firsts.tolist()
        self._paths: dict[int, list[str]] = {}

    def __call__(self, row: Any) -> str:
        number = bisect_right(self._firsts, row) - 1
        source, line = self._sources[number], int(self._lines[row])
        if isinstance(source, Files):
            if number not in self._paths:
                self._paths[number] = source.labels()
            return f"{source.name}/{self._paths[number][line - 1]}"
        return f"{source.name}:{line}"


def deduplicate(sources: Any, *, output: str | Path | None = None, against: Any = (), parameters: Parameters | None = None,
                memory: int = MEMORY, threads: int | None = None, engine: str = "local", resume: bool = False,
                work: str | Path | None = None, report: bool = False, progress: Progress = _silent, **options: Any) -> Result:
    """Find repetitions in ``sources`` and, with ``output``, write what stays.

    ``sources``: paths of JSON lines, Parquet and directories, a `datasets.Dataset`, or `Texts`. ``output`` is a directory that gets the
    same files without what was removed, ``manifest.jsonl``, ``malformed.jsonl``, ``summary.json``. ``against`` are sources of a test set:
    then rows are only compared with those, and overlapping ones go. ``options`` are those of `Parameters`. ``memory`` bounds the arrays of
    the stages in bytes; what does not fit is sorted in pieces on disk, in ``work`` (by default in the output, deleted at the end).
    ``engine`` is "local" or "ray", the Ray cluster this process is connected to.
    With ``report`` there is also ``report.html``. After a kill, ``resume`` goes on there with the same result.

    Raises ParameterError, InputError for what cannot be read or changed since, FileNotFoundError, OSError when the disk is full.

    >>> from simfilter.dedup import Texts
    >>> tide = "the quiet harbour kept its lamps alight for every boat that winter had not found"
    >>> deduplicate(Texts([tide, "another text", tide.upper()])).kept_rows.tolist()
    [0, 1]
    """
    if parameters is None:
        parameters = Parameters(**options)
    elif options:
        raise ParameterError(f"give parameters or options, not both: {', '.join(options)}")
    if memory < 16 << 20:
        raise ParameterError(f"need at least 16 MB of memory, got {memory} bytes")
    tests = open_sources(against) if against else []
    opened = open_sources(sources)
    target = Path(output) if output is not None else None
    if target is None:
        with tempfile.TemporaryDirectory(prefix="simfilter-dedup-") as folder:
            run = Run(tests, opened, parameters, Path(work or folder) / WORK, memory, threads, progress, engine)
            return run.run(None, resume=resume)
    _check_target(target, [*tests, *opened], parameters.action)
    target.mkdir(parents=True, exist_ok=True)
    run = Run(tests, opened, parameters, Path(work) / WORK if work else target / WORK, memory, threads, progress, engine)
    try:
        return run.run(target, resume=resume, report=report)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise OSError(error.errno, "no space left on the disk; nothing of the input was changed: make room and run again with --resume",
                          str(target)) from error
        raise


def _check_target(target: Path, sources: Sequence[Source], action: Action) -> None:
    for source in sources:
        if isinstance(source, Texts) and action is not Action.REPORT:
            raise ParameterError("texts in memory are not written: leave out output and take those at result.kept_rows")
        path = getattr(source, "path", None) or getattr(source, "root", None)
        if path is not None and (target / source.name).resolve() == Path(path).resolve():
            raise ParameterError(f"{path} would be overwritten: choose another output")
        if source.name in _OWN:
            raise ParameterError(f"an input may not be called {source.name!r}: the output has a file of that name")


class Run:
    """One run: its sources, its working directory, and the stages in order."""

    def __init__(self, tests: Sequence[Source], sources: Sequence[Source], parameters: Parameters, work: Path, memory: int,
                 threads: int | None, progress: Progress, engine: str = "local") -> None:
        self.sources = [*tests, *sources]
        self.tests, self.parameters, self.work, self.memory, self.progress = len(tests), parameters, work, memory, progress
        self.threads = threads if threads is not None else len(os.sched_getaffinity(0))
        self.engine = engine_of(engine, self.threads)

    def run(self, target: Path | None, *, resume: bool, report: bool = False) -> Result:
        """All stages. Without ``target`` nothing is written."""
        started = time.perf_counter()
        identity = {"version": __version__, "parameters": self.parameters.digest, "tests": self.tests,
                    "sources": [source.identity for source in self.sources]}
        store = Store.open(self.work, identity, resume=resume)
        blocks = Blocks(store)
        sign(self.sources, self.parameters, blocks, self.engine.map, self.progress)
        if blocks.rows >= 1 << 32:
            raise ParameterError(f"{blocks.rows} rows: one run takes fewer than 2^32; split the input")
        found = self._decide(store, blocks)
        found.seconds = time.perf_counter() - started
        if target is not None:
            self._write(target, store, blocks, found)
            found.seconds = time.perf_counter() - started
            if report:
                self._report(target, blocks, found)
            (target / SUMMARY).write_text(json.dumps(found.summary(), indent=2) + "\n")
        store.remove()
        return found

    # ---- deciding ----

    def _decide(self, store: Store, blocks: Blocks) -> Result:
        parameters, firsts = self.parameters, self._firsts(blocks)
        references = int(firsts[self.tests])
        exact = same = np.arange(blocks.rows, dtype=np.uint32)
        everything = np.ones(blocks.rows, bool)
        if Level.EXACT in parameters.levels and len(blocks):
            exact = candidates.heads(blocks, "exact", everything, self.memory)
            self.progress("exact", 1, 1)
        edges = Edges(np.empty(0, np.uint32), np.empty(0, np.uint32), np.empty(0, np.float64))
        sets, pairs = None, 0
        if Level.NEAR in parameters.levels and len(blocks):
            alive = (exact == np.arange(blocks.rows)) & self._has_tokens(blocks)
            same = candidates.heads(blocks, "same", alive, self.memory)
            alive &= same == np.arange(blocks.rows)
            edges, sets, pairs = self._edges(store, blocks, alive, references)
        sizes = blocks.whole("sizes") if len(blocks) else np.empty(0, np.int64)
        decisions = decide(parameters, exact, same, edges, sets, sizes, lambda rows, name: self._columns(blocks, rows, name), references)
        saved = {level.value: int(sizes[decisions.rows[decisions.level == code]].sum()) for code, level in enumerate(Decisions.LEVELS[:2])}
        keep = np.ones(blocks.rows, bool)
        keep[decisions.rows] = False
        spans, dropped = self._spans(blocks, keep if parameters.action in (Action.DROP, Action.CUT) else everything, references)
        saved[Level.SUBSTRING.value] = int(sizes[dropped].sum())
        lines = blocks.whole("lines") if len(blocks) else np.empty(0, np.int64)
        malformed = sum(len(note["malformed"]) for note in blocks.notes)
        return Result(parameters, blocks.rows, references, decisions, spans, malformed, pairs, edges,
                      int(sizes[references:].sum()), saved, 0.0, Labels(self.sources, lines, firsts), self._languages(blocks), dropped)

    def _edges(self, store: Store, blocks: Blocks, alive: NDArray[np.bool_], references: int) -> tuple[Edges, SetFile, int]:
        parameters = self.parameters
        contained = parameters.metric is Metric.CONTAINMENT
        runs = candidates.PairRuns(store, self.memory)
        self.engine.propose(blocks, alive, parameters.lsh.bands, references, runs, self.memory, self.progress)
        if contained:
            candidates.containment_candidates(blocks, alive, parameters.shingle, parameters.threshold, references, runs, self.memory,
                                              self.progress)
        named = np.zeros(blocks.rows, bool)
        total = 0
        for pairs in runs.merged():
            named[(pairs >> np.uint64(32)).astype(np.int64)] = True
            named[(pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)] = True
            total += len(pairs)
        sets = SetFile.make(store.folder / "sets", blocks, np.flatnonzero(named), parameters.shingle, self.engine.map, self.progress)
        edges = verify(runs.merged(), lambda pairs: self.engine.compare(pairs, sets, containment=contained), parameters.threshold,
                       chunk=self.engine.pairs_in_chunk, total=total, progress=self.progress)
        return edges, sets, total

    def _spans(self, blocks: Blocks, keep: NDArray[np.bool_], references: int) -> tuple[Spans, NDArray[np.uint32]]:
        parameters = self.parameters
        if Level.SUBSTRING not in parameters.levels or not len(blocks):
            return Spans.of([]), np.empty(0, np.uint32)
        spans = find_repeats(blocks, keep, parameters.run, parameters.times, references, self.memory, self.progress, parameters.unit)
        if parameters.action is not Action.DROP:
            return spans, np.empty(0, np.uint32)
        covered = np.bincount(spans.row, spans.end - spans.start, blocks.rows)
        return spans, np.flatnonzero((covered >= parameters.covered * lengths(blocks, parameters.unit)) & (covered > 0)).astype(np.uint32)

    def _has_tokens(self, blocks: Blocks) -> NDArray[np.bool_]:
        return np.concatenate([np.diff(offsets.astype(np.int64)) > 0 for _, offsets in blocks.pieces("offsets")])

    def _firsts(self, blocks: Blocks) -> NDArray[np.int64]:
        """The first row of each source, and behind them how many rows there are."""
        counts = np.zeros(len(self.sources) + 1, np.int64)
        for note in blocks.notes:
            counts[note["source"] + 1] += note["rows"]
        return np.cumsum(counts)

    def _columns(self, blocks: Blocks, rows: NDArray[np.uint32], name: str) -> list[Any]:
        """A column of some rows."""
        starts = blocks.starts()
        block = np.searchsorted(starts, rows, side="right") - 1
        return [blocks.notes[at]["columns"][name][row - starts[at]] for at, row in zip(block.tolist(), rows.tolist(), strict=True)]

    def _languages(self, blocks: Blocks) -> Callable[[int], str | None]:
        wanted, starts = self.parameters.language, blocks.starts().tolist()

        def language(row: int) -> str | None:
            if wanted is None:
                return None
            at = bisect_right(starts, row) - 1
            name, columns = wanted.removeprefix("column:"), blocks.notes[at]["columns"]
            if name == wanted != "extension":
                return checked_language(wanted)
            return language_of(columns[name][row - starts[at]]) if name in columns else None

        return language

    # ---- writing ----

    def _write(self, target: Path, store: Store, blocks: Blocks, found: Result) -> None:
        from simfilter.dedup.write import Writer

        if self.parameters.action is not Action.REPORT:
            writer = Writer(self.parameters, found)
            firsts = self._firsts(blocks)
            for number in range(self.tests, len(self.sources)):
                source = self.sources[number]
                if not store.has(f"written-{number}"):
                    mine = [block for block, note in enumerate(blocks.notes) if note["source"] == number]
                    cut = writer.write(source, target, int(firsts[number]), int(firsts[number + 1]),
                                       *(np.concatenate([blocks.get(block, kind) for block in mine]) if mine else np.empty(0, np.int64)
                                         for kind in ("lines", "starts", "ends")))
                    store.put_note(f"written-{number}", cut)
                found.removed_bytes[Level.SUBSTRING.value] += store.note(f"written-{number}")
                self.progress("write", number + 1 - self.tests, len(self.sources) - self.tests)
        _write_lines(target / MANIFEST, found.manifest())
        _write_lines(target / MALFORMED, ({"file": file, "line": line, "reason": reason, "row": row} for note in blocks.notes
                                          for file, line, reason, row in note["malformed"]))

    def _report(self, target: Path, blocks: Blocks, found: Result) -> None:
        from simfilter.dedup.report import render, wanted

        samples, spans = wanted(found)
        rows = {int(row) for at in samples for row in (found.decisions.rows[at], found.decisions.kept[at])}
        rows |= {int(found.spans.row[at]) for at in spans}
        texts: dict[int, str] = {}
        starts = blocks.starts()
        for block in sorted({int(np.searchsorted(starts, row, side="right")) - 1 for row in rows}):
            number = blocks.notes[block]["source"]
            first = next(at for at, note in enumerate(blocks.notes) if note["source"] == number)
            batch = next(iter(self.sources[number].batches(self.parameters.text, (), block - first)))
            for row in rows:
                if starts[block] <= row < starts[block + 1]:
                    a, b = batch.offsets[row - starts[block] : row - starts[block] + 2].tolist()
                    texts[row] = batch.data[a:b].decode("utf-8", "replace")
        (target / "report.html").write_text(render(found, texts), "utf-8")


def _write_lines(path: Path, records: Iterator[dict[str, Any]]) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("w", encoding="utf-8", errors="backslashreplace") as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    os.replace(temporary, path)

