"""Files -> reports: what `simfilter scan` does, for whoever wants it as a call. Several processes share the work."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from simfilter.accept import Baseline, accept, by_comments
from simfilter.corpus import excluded
from simfilter.diff import restrict
from simfilter.errors import SimfilterError
from simfilter.filter import Filter
from simfilter.inputs import Piece, pieces
from simfilter.report.findings import FileReport
from simfilter.session import Session
from simfilter.types import Action, Match, Verdict

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

FEW = 8
"""Inputs for which further processes are not worth their start."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What all inputs are judged by.

    ``language`` is that of every text, by default told by its name. ``with_text`` keeps the protected text of matches. ``inline`` lets
    comments in the judged files accept findings, ``baseline`` accepts others. ``exclude`` are gitignore patterns of members of archives.
    ``key_file`` holds the key of a text-free index.
    """

    index: Path
    policy: Path | None = None
    background: Path | None = None
    language: str | None = None
    with_text: bool = False
    inline: bool = True
    baseline: Baseline | None = None
    exclude: tuple[str, ...] = ()
    key_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A file to judge: ``data`` when it does not stand at its path; with ``added`` only matches on those lines of it count."""

    path: str
    data: bytes | None = None
    added: frozenset[int] | None = None


class Scanner:
    """A filter with settings, ready to report on files. Raises what `Filter.open` raises."""

    def __init__(self, settings: Settings, *, verify: bool = True) -> None:
        self.settings = settings
        self.filter = Filter.open(settings.index, policy=settings.policy, background=settings.background,
                                  key_file=settings.key_file, verify=verify)
        self._with_text = settings.with_text and not self.filter.keyed
        self._left_out = excluded(settings.exclude)

    def reports(self, job: Job) -> list[FileReport]:
        """What was found in a file: one report, or one for each text in it."""
        found = []
        sessions: dict[int, Session] = {}
        for piece in pieces(job.path, data=job.data, left_out=self._left_out):
            found.append(self._report(job, piece, sessions))
        return found or [FileReport(job.path, verdict=Verdict(Action.ALLOW))]

    def close(self) -> None:
        """Let go of the index."""
        self.filter.index.close()

    def _report(self, job: Job, piece: Piece, sessions: dict[int, Session]) -> FileReport:
        report = FileReport(piece.path, piece.text, error=piece.error, origins=piece.origins, archive=piece.archive)
        if piece.error is not None:
            return report
        filter = self.filter
        if piece.conversation is not None:
            filter = sessions.setdefault(piece.conversation, Session(self.filter))
        try:
            verdict = filter.check(piece.text, prompt=piece.prompt or None, language=self.settings.language or piece.language)
            if isinstance(filter, Session):
                filter.record(piece.text, prompt=piece.prompt or None)
        except SimfilterError as error:
            return replace(report, text="", error=str(error))
        if piece.notes:
            verdict = replace(verdict, scanned=False, notes=(*verdict.notes, *piece.notes))
        if job.added is not None and not piece.archive:
            verdict = restrict(report, verdict, set(job.added))
        reasons: list[Callable[[Match], str | None]] = []
        warnings: tuple[str, ...] = ()
        if (baseline := self.settings.baseline) is not None:
            reasons.append(lambda match: baseline.reason(match, piece.path))
        if self.settings.inline and piece.conversation is None:
            by_comment, warnings = by_comments(piece.text)
            reasons.append(by_comment)
        verdict = accept(verdict, reasons)
        sources = {match: self.filter.source_text(match) for match in verdict.matches} if self._with_text else {}
        shown = piece.text if verdict.matches or verdict.set_aside else ""
        return replace(report, text=shown, origins=piece.origins if shown else (), verdict=verdict, sources=sources, warnings=warnings)


def cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def scan(jobs: Sequence[Job], scanner: Scanner, *, processes: int | None = None) -> Iterator[list[FileReport]]:
    """The reports of each job, in order. Raises SimfilterError when a process dies: nothing is then known of the rest.

    Further processes start before this returns, before a caller may start threads.
    """
    count = min(processes or cores(), len(jobs))
    if count < 2 or (processes is None and len(jobs) < FEW):
        return map(scanner.reports, jobs)
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn")
    pool = ProcessPoolExecutor(count, context, _start, (scanner.settings,))
    return _drained(pool, pool.map(_reports, jobs, chunksize=max(1, min(16, len(jobs) // (4 * count)))))


def _drained(pool: ProcessPoolExecutor, results: Iterator[list[FileReport]]) -> Iterator[list[FileReport]]:
    from concurrent.futures.process import BrokenProcessPool

    try:
        yield from results
    except BrokenProcessPool:
        raise SimfilterError("a process that scanned files died; what it had to scan is not known to be clean") from None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


_scanner: Scanner


def _start(settings: Settings) -> None:
    """Give this process a scanner of its own; the index was verified by who started it."""
    global _scanner
    _scanner = Scanner(settings, verify=False)


def _reports(job: Job) -> list[FileReport]:
    return _scanner.reports(job)
