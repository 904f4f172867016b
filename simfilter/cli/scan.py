"""``simfilter scan`` and ``simfilter explain``: judge files."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from simfilter.cli.console import emit, err, note, render, show, warn
from simfilter.cli.options import (
    SCANNED,
    TOLD,
    AgainstOption,
    BackgroundOption,
    BaselineOption,
    DiffOption,
    ExcludeOption,
    IndexOption,
    InlineOption,
    JobsOption,
    KeyOption,
    LanguageOption,
    PathsArgument,
    PolicyOption,
    QuietOption,
    SinceOption,
    StagedOption,
    VerboseOption,
    VerifyOption,
    change_of,
    jobs_of,
    load_baseline,
    open_scanner,
    scan_all,
)
from simfilter.errors import InputError, ParameterError

if TYPE_CHECKING:
    from simfilter.report.findings import FileReport


class Format(StrEnum):
    """How findings are told."""

    HUMAN = "human"
    JSON = "json"
    JSONL = "jsonl"
    SARIF = "sarif"
    GITHUB = "github"
    GITLAB = "gitlab"
    HTML = "html"


EPILOGS = {"scan": """[bold]Examples[/]

simfilter scan answers/ -i protected.index

simfilter scan 'src/**/*.py' --against ../their-repository

simfilter scan --since main -i protected.index

simfilter scan --staged -i protected.index

git diff main | simfilter scan --diff - -i protected.index

simfilter scan -i protected.index -f sarif -o findings.sarif

[bold]Exit codes[/]

0 clean, 1 findings, 2 an error or something that was not scanned, 130 interrupted"""}


def scan(
    context: typer.Context,
    paths: PathsArgument,
    index: IndexOption = None,
    against: AgainstOption = None,
    policy: PolicyOption = None,
    background: BackgroundOption = None,
    key_file: KeyOption = None,
    verify: VerifyOption = True,
    baseline: BaselineOption = None,
    inline: InlineOption = True,
    diff: DiffOption = None,
    since: SinceOption = None,
    staged: StagedOption = False,
    exclude: ExcludeOption = None,
    language: LanguageOption = None,
    jobs: JobsOption = None,
    format_: Annotated[Format, typer.Option("--format", "-f", rich_help_panel=TOLD, help="How findings are told.")] = Format.HUMAN,
    output: Annotated[Path | None, typer.Option("--output", "-o", rich_help_panel=TOLD, help="Write the report to this file.")] = None,
    also: Annotated[list[str] | None, typer.Option(metavar="FORMAT:FILE", rich_help_panel=TOLD, help="Write the report in this format "
                                                   "to this file too; may be repeated.")] = None,
    with_text: Annotated[bool | None, typer.Option("--with-text/--without-text", rich_help_panel=TOLD, show_default=False,
                                                   help="Show protected text in the report (by default only human and html do).")] = None,
    fail_open: Annotated[bool, typer.Option("--fail-open", rich_help_panel=SCANNED,
                                            help="Exit 0 or 1 even when something could not be scanned.")] = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Find copies of protected documents in files.

    What git ignores is left out, hidden files too. A file that cannot be read is told as not scanned, never as clean.
    """
    from simfilter.report.findings import exit_code

    started = time.perf_counter()
    pages = [(format_, output), *map(_page, also or [])]
    accepted = load_baseline(baseline, quiet=quiet)
    show_text = any(_shows_text(page, with_text) for page, _ in pages)
    with open_scanner(context, index=index, against=against, policy=policy, background=background, key_file=key_file,
                      verify=verify, quiet=quiet, language=language,
                      with_text=show_text, inline=inline, baseline=accepted, exclude=exclude or []) as scanner:
        opened = time.perf_counter()
        work = jobs_of(paths, change=change_of(diff=diff, since=since, staged=staged), exclude=exclude or [])
        if verbose:
            note(f"index {scanner.settings.index}: {len(scanner.filter.index)} documents; policy {policy or 'default'}; "
                 f"baseline {baseline or 'none'}; settings {(context.find_root().obj or {}).get('config') or 'none'}")
            note(f"{len(work)} files to judge; {opened - started:.2f} s to open, {time.perf_counter() - opened:.2f} s to list")
        reports = scan_all(work, scanner, processes=jobs, quiet=quiet)
    seconds = time.perf_counter() - started
    _tell(reports, quiet=quiet, verbose=verbose)
    for page, file in pages:
        _write(reports, page, file, _shows_text(page, with_text), seconds, quiet)
    if format_ is not Format.HUMAN and not quiet:
        from simfilter.report.human import summary

        err().print(summary(reports, seconds))
    raise typer.Exit(exit_code(reports, fail_open=fail_open))


def explain(
    context: typer.Context,
    path: Annotated[str, typer.Argument(help="The file that was judged; - is standard input.")],
    index: IndexOption = None,
    against: AgainstOption = None,
    policy: PolicyOption = None,
    background: BackgroundOption = None,
    key_file: KeyOption = None,
    language: LanguageOption = None,
    match: Annotated[int, typer.Option(min=1, help="Which match, from 1, as scan lists them.")] = 1,
) -> None:
    """Show one match in depth: why it counts, all of its text, its renaming; and what was set aside."""
    from simfilter.report import human
    from simfilter.report.findings import exit_code

    with open_scanner(context, index=index, against=against, policy=policy, background=background, key_file=key_file,
                      language=language, with_text=True, inline=False) as scanner:
        reports = scanner.reports(jobs_of([path])[0])
    for report in reports:
        if report.verdict is None:
            raise InputError(f"{report.path}: not scanned: {report.error}")
    found = [(report, item) for report in reports for item in report.findings]
    if found:
        if match > len(found):
            raise ParameterError(f"--match {match}: there are {len(found)}")
        show(human.render_explanation(*found[match - 1]))
    aside = [item for report in reports if report.verdict is not None for item in report.verdict.set_aside]
    if aside:
        show(human.render_set_aside(aside))
    show(human.summary(reports))
    raise typer.Exit(exit_code(reports))


def _tell(reports: Sequence[FileReport], *, quiet: bool, verbose: bool) -> None:
    """What the reader should know beside the findings."""
    from simfilter.report.human import render_set_aside

    for report in reports:
        if not quiet:
            for warning in report.warnings:
                warn(f"{report.path}: {warning}")
        if verbose and report.verdict is not None and report.verdict.set_aside:
            note(report.path)
            err().print(render_set_aside(report.verdict.set_aside))


def _write(reports: list[FileReport], format_: Format, output: Path | None, with_text: bool, seconds: float, quiet: bool) -> None:
    from simfilter.report.human import render_report

    if format_ is Format.HUMAN:
        told = render_report(reports, seconds=None if quiet and output is None else seconds)
        page = render(told, Console() if output is None else Console(file=StringIO(), width=160))
    else:
        page = _renderer(format_, with_text)(reports)
    if output is None:
        emit(page)
    else:
        output.write_text(page, "utf-8")


def _page(also: str) -> tuple[Format, Path]:
    """What ``--also FORMAT:FILE`` asks for."""
    name, separator, file = also.partition(":")
    try:
        format_ = Format(name)
    except ValueError:
        format_ = None
    if format_ is None or not separator or not file:
        raise ParameterError(f"--also {also}: need FORMAT:FILE, FORMAT one of {', '.join(Format)}")
    return format_, Path(file)


def _shows_text(format_: Format, asked: bool | None) -> bool:
    """Whether protected text stands in a report: as asked, else only in those for people."""
    return asked if asked is not None else format_ in (Format.HUMAN, Format.HTML)


def _renderer(format_: Format, with_text: bool) -> Callable[[Sequence[FileReport]], str]:
    from functools import partial

    from simfilter.report import annotations, html, json, sarif

    renderers: dict[Format, Callable[[Sequence[FileReport]], str]] = {
            Format.JSON: partial(json.render, with_text=with_text), Format.JSONL: partial(json.render_lines, with_text=with_text),
            Format.SARIF: partial(sarif.render, with_text=with_text), Format.HTML: partial(html.render, with_text=with_text),
            Format.GITHUB: annotations.render_github, Format.GITLAB: annotations.render_gitlab}
    return renderers[format_]
