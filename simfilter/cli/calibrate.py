"""``simfilter calibrate``: thresholds from the operator's own data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from simfilter.cli.console import progress, warn
from simfilter.cli.options import BackgroundOption, PolicyOption
from simfilter.errors import InputError, ParameterError


def calibrate(
    index: Annotated[Path, typer.Option("--index", "-i", help="An index made by [bold]simfilter index build[/].")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The policy file to write.")],
    negatives: Annotated[list[Path] | None, typer.Option(help="Innocent texts: files, directories, .jsonl(.gz), .parquet; may be repeated. "
                                                              "By default pieces of the index, each without its own document.")] = None,
    trusted: Annotated[bool, typer.Option("--trusted", help="Count negatives as innocent even where they hold long passages of what is "
                                                            "protected.")] = False,
    false_positives: Annotated[float, typer.Option(help="Share of innocent texts that may fire.")] = 0.001,
    seed: Annotated[int, typer.Option(help="The same seed gives the same policy.")] = 0,
    copies: Annotated[int, typer.Option(min=2, help="Copies made of each evasion and length.")] = 40,
    length: Annotated[list[int] | None, typer.Option(min=1, help="Words of a copy of prose; may be repeated. By default 25, 50, 100 "
                                                                 "and 200.")] = None,
    background: BackgroundOption = None,
    policy: PolicyOption = None,
    report: Annotated[Path | None, typer.Option(help="Write figures and curves to this HTML file.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the curves in this PNG file (needs simfilter\\[report]).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Tell the figures as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Choose thresholds from your own data: copies of what the index protects, disguised, against innocent texts."""
    from simfilter.calibrate import LENGTHS
    from simfilter.calibrate import calibrate as run
    from simfilter.corpus import Reader
    from simfilter.filter import Filter
    from simfilter.report import calibration, chart
    from simfilter.views.languages import language_of_path

    for path in (output, report, plot):
        if path is not None and not path.absolute().parent.is_dir():
            raise ParameterError(f"no directory to write {path} to")
    if plot is not None:
        chart.need_matplotlib()
    innocent = None
    if negatives:
        reader = Reader(negatives, language_of_path=language_of_path)
        innocent = list(reader)
        for skipped in reader.skipped:
            warn(f"not read: {skipped.path}: {skipped.reason}")
        if not innocent:
            raise InputError(f"none of the negatives can be read: {', '.join(map(str, negatives))}")
    filter_ = Filter.open(index, policy=policy, background=background)
    with progress(None, quiet) as show:
        result = run(filter_, negatives=innocent, false_positives=false_positives, seed=seed, count=copies, lengths=length or LENGTHS,
                     trusted=trusted, progress=show)
    figures = result.as_dict()
    output.write_text(result.to_toml(), "utf-8")
    if report is not None:
        report.write_text(calibration.render(figures), "utf-8")
    if plot is not None:
        calibration.plot(figures, plot)
    if as_json:
        import json

        print(json.dumps(figures, indent=2))
        return
    for note in result.notes:
        warn(note)
    Console().print(calibration.render_terminal(figures))
