"""``simfilter scan`` and ``simfilter explain``: judge files."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from simfilter.cli.console import err, reason
from simfilter.cli.options import AgainstOption, BackgroundOption, IndexOption, LanguageOption, PolicyOption, checked_language, open_filter
from simfilter.errors import InputError, ParameterError

if TYPE_CHECKING:
    from simfilter.filter import Filter
    from simfilter.report.findings import FileReport

STDIN = "-"


class Format(StrEnum):
    """How findings are told."""

    HUMAN = "human"
    JSON = "json"
    SARIF = "sarif"
    HTML = "html"


def scan(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files and directories to judge; - is standard input.",
                                               default_factory=lambda: ["."], show_default=".")],
    index: IndexOption = None,
    against: AgainstOption = None,
    policy: PolicyOption = None,
    background: BackgroundOption = None,
    format_: Annotated[Format, typer.Option("--format", "-f", help="How findings are told.")] = Format.HUMAN,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the report to this file.")] = None,
    language: LanguageOption = None,
    change: Annotated[str | None, typer.Option("--diff", metavar="FILE|RANGE",
                                               help="Only lines that a patch file or a git range (main..HEAD) adds.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="Leave out what this gitignore pattern names; may be repeated.")] = None,
    fail_open: Annotated[bool, typer.Option("--fail-open", help="Exit 0 or 1 even when something could not be scanned.")] = False,
    with_text: Annotated[bool | None, typer.Option("--with-text/--without-text", help="Show protected text in the report (by default only "
                                                                                      "human and html do).")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no closing line.")] = False,
) -> None:
    """Find copies of protected documents in files. Exits with 0: clean, 1: findings, 2: an error, or something not scanned."""
    from simfilter.report.findings import exit_code

    started = time.perf_counter()
    language = checked_language(language)
    show_text = with_text if with_text is not None else format_ in (Format.HUMAN, Format.HTML)
    with tempfile.TemporaryDirectory(prefix="simfilter-") as folder:
        filter_ = open_filter(index, against, policy, background, Path(folder), quiet)
        inputs = list(_inputs(paths, change, exclude or []))
        reports = [_report(filter_, path, language, show_text, added) for path, added in _track(inputs, quiet)]
        filter_.index.close()
    seconds = time.perf_counter() - started
    _write(reports, format_, output, show_text, seconds, quiet)
    raise typer.Exit(exit_code(reports, fail_open=fail_open))


def explain(
    path: Annotated[str, typer.Argument(help="The file that was judged; - is standard input.")],
    index: IndexOption = None,
    against: AgainstOption = None,
    policy: PolicyOption = None,
    background: BackgroundOption = None,
    language: LanguageOption = None,
    match: Annotated[int, typer.Option(min=1, help="Which match, from 1, as scan lists them.")] = 1,
) -> None:
    """Show one match in depth: why it counts, all of its text, its renaming; and what was set aside."""
    from simfilter.report import human
    from simfilter.report.findings import exit_code

    out = Console()
    with tempfile.TemporaryDirectory(prefix="simfilter-") as folder:
        filter_ = open_filter(index, against, policy, background, Path(folder), quiet=True)
        report = _report(filter_, path, checked_language(language), with_text=True)
        filter_.index.close()
    if report.verdict is None:
        raise InputError(f"{path}: not scanned: {report.error}")
    if report.findings:
        if match > len(report.findings):
            raise ParameterError(f"--match {match}: there are {len(report.findings)}")
        out.print(human.render_explanation(report, report.findings[match - 1]))
    if report.verdict.set_aside:
        out.print(human.render_set_aside(report.verdict.set_aside))
    out.print(human.summary([report]))
    raise typer.Exit(exit_code([report]))


def _inputs(paths: list[str], change: str | None, exclude: list[str]) -> Iterator[tuple[str, set[int] | None]]:
    """What to scan, and of a change its added lines."""
    from simfilter.corpus import Skipped, excluded, walk

    left_out = excluded(exclude)
    if change is not None:
        from simfilter.diff import added_lines

        roots = [Path(path).resolve() for path in paths]
        for name, lines in added_lines(change).items():
            if any(Path(name).resolve().is_relative_to(root) for root in roots) and not left_out(name):
                yield name, lines
        return
    for path in paths:
        if path == STDIN:
            yield path, None
            continue
        skipped: list[Skipped] = []
        for found in walk([path], skipped=skipped):
            if not left_out(str(found)):
                yield str(found), None
        for item in skipped:
            yield item.path, None  # reading it tells why


def _report(filter_: Filter, path: str, language: str | None, with_text: bool, added: set[int] | None = None) -> FileReport:
    """The verdict over one input, or why it was not scanned."""
    from simfilter.corpus import read_text
    from simfilter.diff import restrict
    from simfilter.report.findings import FileReport
    from simfilter.views.languages import language_of_path

    try:
        text = _stdin() if path == STDIN else read_text(Path(path))
    except (InputError, OSError) as error:
        return FileReport(path, error=reason(error))
    verdict = filter_.check(text, language=language or language_of_path(path))
    if added is not None:
        verdict = restrict(verdict, text, added)
    sources = {match: filter_.source_text(match) for match in verdict.matches} if with_text else {}
    return FileReport(path, text if verdict.matches or verdict.set_aside else "", verdict, sources=sources)


def _write(reports: list[FileReport], format_: Format, output: Path | None, with_text: bool, seconds: float, quiet: bool) -> None:
    if format_ is Format.HUMAN:
        from simfilter.report.human import render_report

        if output is None:
            Console().print(render_report(reports, seconds=None if quiet else seconds))
        else:
            with output.open("w", encoding="utf-8") as file:
                Console(file=file, width=160).print(render_report(reports, seconds=seconds))
        return
    from simfilter.report import html, json, sarif

    page = {Format.JSON: json, Format.SARIF: sarif, Format.HTML: html}[format_].render(reports, with_text=with_text)
    if output is None:
        sys.stdout.buffer.write(page.encode())
    else:
        output.write_text(page, "utf-8")
    if not quiet:
        from simfilter.report.human import summary

        err().print(summary(reports, seconds))


def _track(inputs: list[tuple[str, set[int] | None]], quiet: bool) -> Iterable[tuple[str, set[int] | None]]:
    from rich.progress import track

    return track(inputs, "scan", console=err(), transient=True, disable=quiet or len(inputs) < 2)


def _stdin() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"standard input is not UTF-8: byte {error.start}") from None
