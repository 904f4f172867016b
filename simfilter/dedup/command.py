"""``simfilter dedup``: arguments -> `deduplicate` -> a table and, on a terminal, progress with rate and time left."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from simfilter.dedup.parameters import Action, Cluster, Level, Metric, Normalise, Parameters, Unit
from simfilter.errors import ParameterError

if TYPE_CHECKING:
    from rich.table import Table

    from simfilter.dedup.run import Result

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_EXPLAINED = 5
"""Points of the S-curve that are shown."""


def parse_size(text: str) -> int:
    """Bytes of a size like 4GB, 512M or 1e9. Raises ParameterError.

    >>> parse_size("4GB") == 4 << 30
    True
    """
    found = re.fullmatch(r"\s*([\d.]+(?:e\d+)?)\s*([KMGT]?)i?B?\s*", text, re.IGNORECASE)
    try:
        return int(float(found[1]) * _UNITS[found[2].upper()]) if found else int("none")
    except ValueError:
        raise ParameterError(f"size {text!r}: need a number and K, M, G or T, like 4GB") from None


def dedup(
    inputs: Annotated[list[Path], typer.Argument(metavar="IN...", help="JSON lines (.jsonl, .gz, .zst), Parquet, directories.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A directory for what stays, manifest.jsonl, malformed.jsonl, "
                                                                "summary.json and report.html.")],
    level: Annotated[str, typer.Option(help="What to look for: exact, near, substring, joined by commas.")] = "exact,near",
    threshold: Annotated[float, typer.Option(help="Near: least similarity of duplicates.")] = 0.8,
    metric: Annotated[Metric, typer.Option(help="Near: resemblance, or share of the smaller that the larger holds.")] = Metric.JACCARD,
    action: Annotated[Action, typer.Option(help="Leave rows out, mark them in new columns, cut spans out, or only report.")] = Action.DROP,
    text: Annotated[str, typer.Option("--text-column", help="Column that holds the text.")] = "text",
    shingle: Annotated[int, typer.Option(help="Near: tokens in a shingle.")] = 5,
    bands: Annotated[int | None, typer.Option(help="Near: bands of a signature; by default the threshold tells.")] = None,
    rows: Annotated[int | None, typer.Option(help="Near: values in a band.")] = None,
    seed: Annotated[int, typer.Option(help="Near: of the signatures.")] = 0,
    normalise: Annotated[Normalise, typer.Option(help="Exact: same bytes, same but for white space, or same words.")] = Normalise.SPACE,
    cluster: Annotated[Cluster, typer.Option(help="Join whatever hangs together, or only rows similar to the kept one.")] = Cluster.CHAIN,
    keep: Annotated[str, typer.Option(help="Which row of a cluster stays: first, longest, min:COLUMN, max:COLUMN.")] = "first",
    copies: Annotated[int, typer.Option(help="Rows of a cluster that stay.")] = 1,
    by: Annotated[str | None, typer.Option(help="Count copies for each value of this column, a source say.")] = None,
    run: Annotated[int, typer.Option(help="Substring: least length of a repeated span.")] = 50,
    unit: Annotated[Unit, typer.Option(help="Substring: count that length in tokens or bytes.")] = Unit.TOKENS,
    times: Annotated[int, typer.Option(help="Substring: how often a span may stand.")] = 1,
    covered: Annotated[float, typer.Option(help="Substring: share of a row in spans for which it is dropped.")] = 0.5,
    language: Annotated[str | None, typer.Option(help="Compare renamed code: a language, column:NAME, or extension.")] = None,
    against: Annotated[list[Path] | None, typer.Option(help="A test set: leave out rows that overlap it, and nothing else; "
                                                            "may be repeated.")] = None,
    memory: Annotated[str, typer.Option(help="Bytes the stages may take; more is sorted on disk.")] = "2GB",
    threads: Annotated[int | None, typer.Option(help="By default as many as there are cores.")] = None,
    engine: Annotated[str, typer.Option(help="local, or ray: the Ray cluster that RAY_ADDRESS names.")] = "local",
    work: Annotated[Path | None, typer.Option(help="Where intermediate files go; by default into the output.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was killed.")] = False,
    report: Annotated[bool, typer.Option("--report/--no-report", help="Write report.html.")] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no closing table.")] = False,
) -> None:
    """Remove repetitions from a corpus: equal texts, near-duplicates, repeated spans."""
    from simfilter.dedup.run import deduplicate

    try:
        levels = tuple(Level(name.strip()) for name in level.split(","))
    except ValueError:
        raise ParameterError(f"level {level!r}: need exact, near, substring, joined by commas") from None
    parameters = Parameters(levels=levels, threshold=threshold, metric=metric, action=action, text=text, shingle=shingle, bands=bands,
                            rows=rows, seed=seed, normalise=normalise, cluster=cluster, keep=keep, copies=copies, by=by, run=run,
                            unit=unit, times=times, covered=covered, language=language)
    with _Bar(quiet) as bar:
        result = deduplicate(inputs, output=output, against=against or (), parameters=parameters, memory=parse_size(memory),
                             threads=threads, engine=engine, resume=resume, work=work, progress=bar.show, report=report)
    if not quiet:
        Console().print(_table(result))
        if Level.NEAR in levels:
            Console().print(_curve(parameters))
    if result.malformed:
        Console(stderr=True).print(f"[yellow]warning[/]: {result.malformed} malformed rows, kept aside in {output / 'malformed.jsonl'}")


class _Bar:
    """Progress on standard error: stage, share, rate, time left."""

    def __init__(self, quiet: bool) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn, TransferSpeedColumn

        self._bar = Progress(TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TransferSpeedColumn(),
                             TimeElapsedColumn(), TimeRemainingColumn(), console=Console(stderr=True), transient=True, disable=quiet)
        self._stage = ""
        self._task = self._bar.add_task("start", total=None)

    def __enter__(self) -> _Bar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, stage: str, done: int, total: int) -> None:
        if stage != self._stage:
            self._stage = stage
            self._bar.remove_task(self._task)
            self._task = self._bar.add_task(stage, total=total)
        self._bar.update(self._task, completed=done, total=total)


def _table(result: Result) -> Table:
    from rich import box
    from rich.table import Table

    told = result.summary()
    table = Table("", "rows", "bytes", box=box.SIMPLE_HEAD)
    for column in table.columns[1:]:
        column.justify = "right"
    table.add_row("read", f"{told['rows']:,}", f"{told['text_bytes']:,}")
    for level in result.parameters.levels:
        table.add_row(f"repeated: {level.value}", f"{told['removed'][level.value]:,}", f"{told['bytes_saved'][level.value]:,}")
    table.add_row("once", f"{told['kept']:,}", f"{told['text_bytes'] - sum(told['bytes_saved'].values()):,}")
    table.caption = (f"{told['clusters']:,} clusters, {told['candidate_pairs']:,} candidates, {told['verified_pairs']:,} verified pairs, "
                     f"{told['repeated_spans']:,} repeated spans, {told['malformed']:,} malformed rows, {told['seconds']:.1f} s")
    return table


def _curve(parameters: Parameters) -> str:
    """The bands in force and what they find."""
    lsh, least = parameters.lsh, parameters.threshold
    points = [least * (0.6 + 0.1 * step) for step in range(_EXPLAINED)] + [(1 + least) / 2]
    shown = ", ".join(f"{lsh.recall(point):.3f} at {point:.2f}" for point in points if point < 1)
    return (f"{lsh.bands} bands of {lsh.rows} rows; share of pairs proposed by resemblance: {shown}; expected recall "
            f"{lsh.expected_recall(least):.4f}")
