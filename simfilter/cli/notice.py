"""``simfilter notice``: what was quoted from where, under which licence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simfilter.cli.console import emit, warn
from simfilter.cli.options import (
    AgainstOption,
    BackgroundOption,
    BaselineOption,
    ExcludeOption,
    IndexOption,
    InlineOption,
    JobsOption,
    KeyOption,
    LanguageOption,
    PathsArgument,
    PolicyOption,
    QuietOption,
    jobs_of,
    load_baseline,
    open_scanner,
    scan_all,
)


def notice(
    context: typer.Context,
    paths: PathsArgument,
    index: IndexOption = None,
    against: AgainstOption = None,
    policy: PolicyOption = None,
    background: BackgroundOption = None,
    key_file: KeyOption = None,
    baseline: BaselineOption = None,
    inline: InlineOption = True,
    exclude: ExcludeOption = None,
    language: LanguageOption = None,
    jobs: JobsOption = None,
    title: Annotated[str, typer.Option(help="The first line.")] = "Notice",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON instead of Markdown.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write it to this file.")] = None,
    quiet: QuietOption = False,
) -> None:
    """List what files quote from protected documents, by licence and source, with the copyright lines found there.

    Whatever the policy does about a quotation and whether it is accepted, it is listed. Exits with 0, or with 2 when something could not
    be scanned: the list may then lack something.
    """
    from simfilter.licence import HEAD, copyright_lines
    from simfilter.report import notice

    with open_scanner(context, index=index, against=against, policy=policy, background=background, key_file=key_file, quiet=quiet,
                      language=language,
                      inline=inline, baseline=load_baseline(baseline, quiet=quiet), exclude=exclude or []) as scanner:
        reports = scan_all(jobs_of(paths, exclude=exclude or []), scanner, processes=jobs, quiet=quiet)
        quoted = notice.quotations(reports)
        quotes = {quotation.match.provenance.document: quotation.match for quotation in quoted}
        copyrights = {document: copyright_lines(scanner.filter.source_text(match, context=match.source.start + HEAD))
                      for document, match in quotes.items()} if not scanner.filter.keyed else {}
    page = notice.render_json(quoted, copyrights=copyrights) if as_json else notice.render(quoted, copyrights=copyrights, title=title)
    if output is None:
        emit(page)
    else:
        output.write_text(page, "utf-8")
    missed = [report for report in reports if not report.scanned]
    for report in missed:
        warn(f"not scanned: {report.path}: {', '.join(report.reasons)}")
    raise typer.Exit(2 if missed else 0)
