"""The command line: a thin shell over the library. Results go to standard output, all else to standard error.

Exit codes: 0 clean, 1 findings, 2 an error, or something that could not be scanned.
"""

from __future__ import annotations

import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console

from simfilter import __version__
from simfilter.dedup.command import dedup
from simfilter.errors import InputError, ParameterError, SimfilterError
from simfilter.index import command as commands

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from simfilter.corpus import Reader
    from simfilter.filter import Filter
    from simfilter.report.findings import FileReport

STDIN = "-"
SMALL_PART = 0.01
"""Share of an index below which a part gets no row of its own."""

app = typer.Typer(help="Catch copies of protected text and code before anyone sees them.", no_args_is_help=True, add_completion=False,
                  pretty_exceptions_enable=False, rich_markup_mode="rich")
index_app = typer.Typer(help="Build, change and inspect an index of protected documents.", no_args_is_help=True)
app.add_typer(index_app, name="index")
app.command()(dedup)
background_app = typer.Typer(help="Count the tokens of public texts, so that what is common there weighs little.", no_args_is_help=True)
app.add_typer(background_app, name="background")


class Format(StrEnum):
    """How findings are told."""

    HUMAN = "human"
    JSON = "json"
    SARIF = "sarif"
    HTML = "html"


IndexOption = Annotated[Path | None, typer.Option("--index", "-i", help="An index made by [bold]simfilter index build[/].")]
AgainstOption = Annotated[list[Path] | None, typer.Option("--against", help="Protected files or directories, indexed for this run only.")]
BackgroundOption = Annotated[Path | None, typer.Option("--background", "-b", help="Token frequencies of public texts, made by "
                                                                                  "[bold]simfilter background build[/].")]
PolicyOption = Annotated[Path | None, typer.Option("--policy", "-p", help="A policy in TOML.")]
LanguageOption = Annotated[str | None, typer.Option(help="The language of all inputs; by default told by their names. "
                                                         "Unnamed text is read as a chat answer.")]


def main() -> NoReturn:
    """Run the command line; what goes wrong is told in one line and exits with 2, never with what reads as clean or as a finding."""
    try:
        app()
    except (SimfilterError, OSError) as error:
        _complain(_reason(error))
    except Exception:  # a defect of ours must not read as "findings"
        traceback.print_exc()
        _complain("this is a defect of simfilter; nothing was decided")
    raise SystemExit(2)


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False) -> None:
    if version:
        print(f"simfilter {__version__}")
        raise typer.Exit


@index_app.command("build")
def index_build(
    sources: Annotated[list[Path], typer.Argument(metavar="SRC...", help="Files, directories, .jsonl(.gz), .parquet.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the index goes; an index there is replaced.")],
    licence: Annotated[str | None, typer.Option("--licence", "--license", help="Licence of all documents that state none.")] = None,
    source: Annotated[str | None, typer.Option(help="Name of their source; by default the name of the file or directory given.")] = None,
    text_column: Annotated[str, typer.Option(help="Column of records that holds the text.")] = "text",
    tag: Annotated[list[str] | None, typer.Option(help="A tag for all documents; may be repeated.")] = None,
    shards: Annotated[int, typer.Option(help="Parts that are opened as one; the loss of one is told in each verdict.")] = 1,
    without: Annotated[list[str] | None, typer.Option(
        "--no-normalize", metavar="NAME", help="What code is not normalised by: layout, literals, modifiers; may be repeated.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing unless it goes wrong.")] = False,
) -> None:
    """Protect documents: index them at a directory."""
    from simfilter.corpus import Reader
    from simfilter.errors import ParameterError
    from simfilter.views.languages import language_of_path
    from simfilter.views.statements import NORMALIZATIONS

    reader = Reader(sources, licence=licence, source=source, text_column=text_column, tags=tuple(tag or ()),
                    language_of_path=language_of_path)
    for name in without or ():
        if name not in NORMALIZATIONS:
            raise ParameterError(f"normalizations are {', '.join(NORMALIZATIONS)}; got {name!r}")
    info = _build(reader, output, quiet=quiet, shards=shards, normalize=[name for name in NORMALIZATIONS if name not in (without or ())])
    for skipped in reader.skipped:
        _warn(f"not protected: {skipped.path}: {skipped.reason}")
    for note, count in info["notes"].items():
        _warn(f"{note} ({count} documents are protected as text only)")
    if not quiet:
        out = Console()
        out.print(_counts(info), _info_table(info))
        out.print(f"{info['text_bytes'] / 1e6:.1f} MB in {info['seconds']:.1f} s, {info['bytes_per_second'] / 1e6:.1f} MB/s")


@index_app.command("info")
def index_info(path: Path, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Tell what an index holds and what each part of it costs."""
    from simfilter.index import Index

    with Index.open(path, verify=False) as index:
        info = index.info()
    if as_json:
        import json

        print(json.dumps(info, indent=2))
    else:
        Console().print(_counts(info), _info_table(info))


for command in (commands.add, commands.remove, commands.compact, commands.snapshot, commands.verify, commands.repair):
    index_app.command()(command)


@background_app.command("build")
def background_build(
    sources: Annotated[list[Path], typer.Argument(metavar="IN...", help="Public texts: files, directories, .jsonl(.gz), .parquet.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write; one there is replaced.")],
    text_column: Annotated[str, typer.Option(help="Column of records that holds the text.")] = "text",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing unless it goes wrong.")] = False,
) -> None:
    """Count the tokens of public texts: what is common there is no evidence of a copy."""
    from simfilter.background import build
    from simfilter.corpus import Reader
    from simfilter.views.languages import language_of_path

    reader = Reader(sources, text_column=text_column, language_of_path=language_of_path)
    with _progress(_count(sources), quiet) as show:
        info = build(reader, output, progress=show)
    for skipped in reader.skipped:
        _warn(f"not counted: {skipped.path}: {skipped.reason}")
    if not quiet:
        Console().print(_background_line(info))


@background_app.command("info")
def background_info(path: Path, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Tell what a background counts."""
    from simfilter.background import Background

    with Background.open(path) as background:
        info = background.info()
    if as_json:
        import json

        print(json.dumps(info, indent=2))
    else:
        Console().print(_background_line(info))


@app.command()
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
    language = _language(language)
    show_text = with_text if with_text is not None else format_ in (Format.HUMAN, Format.HTML)
    with tempfile.TemporaryDirectory(prefix="simfilter-") as folder:
        filter_ = _open(index, against, policy, background, Path(folder), quiet)
        inputs = list(_inputs(paths, change, exclude or []))
        reports = [_report(filter_, path, language, show_text, added) for path, added in _track(inputs, quiet)]
        filter_.index.close()
    seconds = time.perf_counter() - started
    _write(reports, format_, output, show_text, seconds, quiet)
    raise typer.Exit(exit_code(reports, fail_open=fail_open))


@app.command()
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
        filter_ = _open(index, against, policy, background, Path(folder), quiet=True)
        report = _report(filter_, path, _language(language), with_text=True)
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


@app.command()
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
            _warn(f"not read: {skipped.path}: {skipped.reason}")
        if not innocent:
            raise InputError(f"none of the negatives can be read: {', '.join(map(str, negatives))}")
    filter_ = Filter.open(index, policy=policy, background=background)
    with _progress(None, quiet) as show:
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
        _warn(note)
    Console().print(calibration.render_terminal(figures))


@app.command()
def demo() -> None:
    """Protect the Python standard library found here and two stories, then try to get copies past the filter."""
    from simfilter.demo import run

    raise typer.Exit(0 if run(Console()) else 1)


@app.command()
def serve(
    index: Annotated[list[Path], typer.Option("--index", "-i", help="An index made by [bold]simfilter index build[/]; may be repeated. "
                                                                    "The first is in force where a request names none.")],
    policy: PolicyOption = None,
    upstream: Annotated[str | None, typer.Option(help="An OpenAI-compatible server to filter, with its /v1.")] = None,
    upstream_key: Annotated[str | None, typer.Option(envvar="SIMFILTER_UPSTREAM_KEY", help="What the upstream is asked with.")] = None,
    keys: Annotated[str, typer.Option(envvar="SIMFILTER_KEYS", help="Who may ask, separated by commas.")] = "",
    host: Annotated[str, typer.Option(help="Loopback unless there are keys.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8377,
    concurrency: Annotated[int, typer.Option(min=1, help="Requests at a time.")] = 256,
    with_text: Annotated[bool, typer.Option("--with-text", help="Let the page and /v1/explain show protected text.")] = False,
) -> None:
    """Serve checks over HTTP, a page to paste a text into, and filter an upstream. SIGHUP loads index and policy anew."""
    from simfilter.serve.run import need_extra, serve

    need_extra()
    from simfilter.serve.app import Settings

    settings = Settings(index[0], policy, upstream, upstream_key, tuple(filter(None, keys.split(","))), concurrency=concurrency,
                        others=tuple(index[1:]), with_text=with_text)
    serve(settings, host=host, port=port)


def _open(index: Path | None, against: list[Path] | None, policy: Path | None, background: Path | None, folder: Path,
          quiet: bool) -> Filter:
    """The filter over an index, or over a temporary one of ``against``."""
    from simfilter.corpus import Reader
    from simfilter.filter import Filter
    from simfilter.views.languages import language_of_path

    if (index is None) == (not against):
        raise ParameterError("give either --index or --against")
    if against:
        reader = Reader(against, language_of_path=language_of_path)
        index = folder / "index"
        _build(reader, index, quiet=quiet)
        for skipped in reader.skipped:
            _warn(f"not protected: {skipped.path}: {skipped.reason}")
    assert index is not None
    return Filter.open(index, policy=policy, background=background)


def _language(name: str | None) -> str | None:
    from simfilter.views.languages import GRAMMARS, language_of_name

    if name is None or (found := language_of_name(name)) is not None:
        return found if name else None
    raise ParameterError(f"unknown language {name!r}; known: {', '.join(GRAMMARS)}")


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
        return FileReport(path, error=_reason(error))
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

        _err().print(summary(reports, seconds))


def _build(reader: Reader, output: Path, *, quiet: bool, normalize: Sequence[str] | None = None, shards: int = 1) -> dict[str, Any]:
    """Build an index with a progress bar on standard error."""
    from simfilter.index import build
    from simfilter.views.statements import NORMALIZATIONS

    with _progress(_count(reader.sources), quiet) as show:
        return build(reader, output, progress=show, normalize=NORMALIZATIONS if normalize is None else normalize, shards=shards)


@contextmanager
def _progress(total: int | None, quiet: bool) -> Iterator[Callable[[str, int, int | None], None]]:
    """A bar on standard error; what is yielded moves it."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=_err(),
                  transient=True, disable=quiet) as bar:
        task = bar.add_task("read", total=total)

        def show(stage: str, done: int, total: int | None) -> None:
            if stage == "read":
                bar.update(task, completed=done)
            else:
                bar.update(task, description=stage, completed=done, total=total)

        yield show


def _count(sources: Iterable[str | Path]) -> int | None:
    """Documents to be read, or None when record files do not tell."""
    from simfilter.corpus import is_record_file, walk

    paths = list(walk(sources))
    return None if any(is_record_file(path) for path in paths) else len(paths)


def _track(inputs: list[tuple[str, set[int] | None]], quiet: bool) -> Iterable[tuple[str, set[int] | None]]:
    from rich.progress import track

    return track(inputs, "scan", console=_err(), transient=True, disable=quiet or len(inputs) < 2)


def _counts(info: dict[str, Any]) -> str:
    tokens = ", ".join(f"{count} tokens of {name}" for name, count in info["tokens"].items())
    return f"{info['documents']} documents, {info['text_bytes']} bytes, {tokens}"


def _background_line(info: dict[str, Any]) -> str:
    tokens = ", ".join(f"{count} tokens of {name} ({info['distinct'][name]} distinct)" for name, count in info["tokens"].items())
    return f"{info['documents']} documents, {tokens}; {info['bytes']} bytes"


def _info_table(info: dict[str, Any]) -> Table:
    """What an index holds, and the bytes of each part."""
    from rich import box
    from rich.table import Table

    table = Table("part", "bytes", "per byte of text", box=box.SIMPLE_HEAD, title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    shown = {name: size for name, size in info["parts"].items() if size >= SMALL_PART * info["index_bytes"]}
    for name, size in sorted(shown.items(), key=lambda part: -part[1]):
        table.add_row(name, f"{size}", f"{size / max(1, info['text_bytes']):.3f}")
    small = info["index_bytes"] - sum(shown.values())
    table.add_row("the rest", f"{small}", f"{small / max(1, info['text_bytes']):.3f}")
    table.add_section()
    table.add_row("all", f"{info['index_bytes']}", f"{info['bytes_per_input_byte']:.3f}")
    return table


def _stdin() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"standard input is not UTF-8: byte {error.start}") from None


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _err() -> Console:
    return Console(stderr=True)


def _warn(message: str) -> None:
    _err().print("[yellow]warning[/]:", _plain(message))


def _complain(message: str) -> None:
    _err().print("[bold red]error[/]:", _plain(message))


def _plain(message: str) -> Text:
    from rich.text import Text

    from simfilter.report.findings import visible

    return Text(visible(message))
