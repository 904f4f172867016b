"""Options that several commands share, and what they make: a scanner over an index, the files to judge."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simfilter.cli.console import count, progress, track, warn
from simfilter.errors import ParameterError

if TYPE_CHECKING:
    from simfilter.accept import Baseline
    from simfilter.corpus import Reader
    from simfilter.diff import Change
    from simfilter.report.findings import FileReport
    from simfilter.scan import Job, Scanner

STDIN = "-"
SCANNED, COMPARED, TOLD = "What is judged", "What it is compared with", "What is told"

PathsArgument = Annotated[list[str], typer.Argument(
    metavar="PATH...", help="Files, folders, patterns like 'src/**/*.py'; - is standard input. Zip and tar archives, notebooks and chat "
    "transcripts (JSON lines of messages) are opened.", default_factory=lambda: ["."], show_default=".")]
IndexOption = Annotated[Path | None, typer.Option("--index", "-i", envvar="SIMFILTER_INDEX", rich_help_panel=COMPARED,
                                                  help="An index made by [bold]simfilter index build[/].")]
AgainstOption = Annotated[list[Path] | None, typer.Option("--against", rich_help_panel=COMPARED,
                                                          help="Protected files or directories, indexed for this run only.")]
BackgroundOption = Annotated[Path | None, typer.Option("--background", "-b", rich_help_panel=COMPARED,
                                                       help="Token frequencies of public texts, made by "
                                                            "[bold]simfilter background build[/].")]
PolicyOption = Annotated[Path | None, typer.Option("--policy", "-p", envvar="SIMFILTER_POLICY", rich_help_panel=COMPARED,
                                                   help="A policy in TOML.")]
KeyOption = Annotated[Path | None, typer.Option("--key-file", rich_help_panel=COMPARED, help="The key of a text-free index.")]
VerifyOption = Annotated[bool, typer.Option("--verify/--no-verify", rich_help_panel=COMPARED, help="Whether every checksum of the index is "
                                            "tried first, which reads the whole of it: not needed where [bold]simfilter index verify[/] "
                                            "has run.")]
LanguageOption = Annotated[str | None, typer.Option(rich_help_panel=SCANNED, help="The language of all inputs; by default told by their "
                                                                                  "names. Unnamed text is read as a chat answer.")]
BaselineOption = Annotated[Path | None, typer.Option("--baseline", rich_help_panel=COMPARED, help="Findings that are accepted, with reason "
                                                     "and expiry; made by [bold]simfilter baseline[/] or [bold]allow add[/].")]
InlineOption = Annotated[bool, typer.Option("--inline/--no-inline", rich_help_panel=COMPARED, help="Whether comments in the files, "
                                            "[cyan]simfilter: allow\\[ID] reason[/], accept findings; never in chat transcripts.")]
ExcludeOption = Annotated[list[str] | None, typer.Option(rich_help_panel=SCANNED, help="Leave out what this gitignore pattern names; may "
                                                                                       "be repeated.")]
DiffOption = Annotated[str | None, typer.Option("--diff", metavar="FILE|RANGE", rich_help_panel=SCANNED,
                                                help="Only lines that a patch file (- is standard input) or a git range "
                                                     "(main..HEAD) adds.")]
SinceOption = Annotated[str | None, typer.Option("--since", metavar="REV", rich_help_panel=SCANNED, help="Only lines added since the "
                                                 "branch left this revision, what is not committed yet and new files included.")]
StagedOption = Annotated[bool, typer.Option("--staged", rich_help_panel=SCANNED, help="Only lines that the next commit adds, as they are "
                                                                                     "staged.")]
JobsOption = Annotated[int | None, typer.Option("--jobs", "-j", min=1, rich_help_panel=SCANNED, help="Processes; by default one a core.",
                                                show_default=False)]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", rich_help_panel=TOLD, help="No progress, no closing line, no warnings.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", rich_help_panel=TOLD, help="Tell what was set aside and why, which "
                                                                                           "settings are in force, where time went.")]


@contextmanager
def open_scanner(context: typer.Context, *, index: Path | None, against: list[Path] | None, policy: Path | None, background: Path | None,
                 key_file: Path | None = None, verify: bool = True, quiet: bool = True, language: str | None = None,
                 with_text: bool = False, inline: bool = True, baseline: Baseline | None = None,
                 exclude: Sequence[str] = ()) -> Iterator[Scanner]:
    """The scanner over an index, or over a temporary one of ``against``. What the command line says beats the other from elsewhere."""
    from simfilter.corpus import Reader
    from simfilter.scan import Scanner, Settings
    from simfilter.views.languages import language_of_path

    language = checked_language(language)
    if index is not None and against:
        said = {name for name in ("index", "against") if str(context.get_parameter_source(name)).endswith("COMMANDLINE")}
        index, against = (index if said == {"index"} else None), (against if said == {"against"} else None)
    if (index is None) == (not against):
        raise ParameterError("give either --index or --against; simfilter.toml can name the index")
    with tempfile.TemporaryDirectory(prefix="simfilter-") as folder:
        if against:
            reader = Reader(against, language_of_path=language_of_path)
            index = Path(folder) / "index"
            build_index(reader, index, quiet=quiet)
            for skipped in reader.skipped:
                warn(f"not protected: {skipped.path}: {skipped.reason}")
        assert index is not None
        settings = Settings(index, policy, background, language, with_text, inline, baseline, tuple(exclude), key_file)
        scanner = Scanner(settings, verify=verify and not against)
        try:
            yield scanner
        finally:
            scanner.close()


def build_index(reader: Reader, output: Path, *, quiet: bool, normalize: Sequence[str] | None = None,
                shards: int = 1) -> dict[str, Any]:
    """Build an index with a progress bar on standard error."""
    from simfilter.index import build
    from simfilter.views.statements import NORMALIZATIONS

    with progress(count(reader.sources), quiet) as show:
        return build(reader, output, progress=show, normalize=NORMALIZATIONS if normalize is None else normalize, shards=shards)


def jobs_of(paths: Sequence[str], *, change: Change | None = None, exclude: Sequence[str] = ()) -> list[Job]:
    """The files to judge, of a change its added lines."""
    from simfilter.corpus import Skipped, excluded, is_pattern, matching, walk
    from simfilter.scan import Job

    left_out = excluded(exclude)
    if change is not None:
        return _changed(paths, change, left_out)
    jobs = []
    for path in dict.fromkeys(paths):
        if path == STDIN:
            jobs.append(Job(STDIN, data=_stdin()))
            continue
        skipped: list[Skipped] = []
        if is_pattern(path) and not Path(path).exists():
            found = list(matching(path, skipped=skipped))
            if not found:
                raise ParameterError(f"no file is named by {path!r}")
        else:
            found = list(walk([path], skipped=skipped))
        jobs += [Job(str(file)) for file in found if not left_out(str(file))]
        jobs += [Job(item.path) for item in skipped]  # reading it tells why
    return list({job.path: job for job in jobs}.values())


def change_of(*, diff: str | None, since: str | None, staged: bool) -> Change | None:
    """The change that is to be judged, None for whole files."""
    if diff is None and since is None and not staged:
        return None
    from simfilter import diff as changes

    if (diff is not None) + (since is not None) + staged > 1:
        raise ParameterError("give one of --diff, --since, --staged")
    if diff == STDIN:
        return changes.Change(changes.parse(_stdin().decode("utf-8", "surrogateescape")))
    return changes.staged() if staged else changes.changed(diff) if diff is not None else changes.since(str(since))


def _changed(paths: Sequence[str], change: Change, left_out: Callable[[str], bool]) -> list[Job]:
    from simfilter.scan import Job

    roots = [Path(path).resolve() for path in paths]
    named = {name: lines for name, lines in change.lines.items()
             if any(Path(name).resolve().is_relative_to(root) for root in roots) and not left_out(name)}
    data = change.contents(list(named))
    return [Job(name, data.get(name), frozenset(lines) if lines is not None else None) for name, lines in named.items()]


def scan_all(jobs: Sequence[Job], scanner: Scanner, *, processes: int | None, quiet: bool) -> list[FileReport]:
    """All reports, with a progress bar on standard error."""
    from simfilter.scan import scan

    return [report for reports in track(scan(jobs, scanner, processes=processes), len(jobs), quiet) for report in reports]


def load_baseline(path: Path | None, *, quiet: bool = False) -> Baseline | None:
    """The baseline in a file; what of it has expired is told."""
    from simfilter.accept import Baseline

    if path is None:
        return None
    baseline = Baseline.load(path)
    for entry in baseline.expired():
        if not quiet:
            warn(f"{path}: expired on {entry.expires}, counts again: {entry.condition}")
    return baseline


def checked_language(name: str | None) -> str | None:
    """The language called ``name``. Raises ParameterError."""
    from simfilter.views.languages import GRAMMARS, language_of_name

    if name is None or (found := language_of_name(name)) is not None:
        return found if name else None
    raise ParameterError(f"unknown language {name!r}; known: {', '.join(GRAMMARS)}")


def _stdin() -> bytes:
    import sys

    return sys.stdin.buffer.read()
