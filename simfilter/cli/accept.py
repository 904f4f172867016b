"""``simfilter baseline`` and ``simfilter allow``: findings somebody answers for."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simfilter.cli.config import BASELINE
from simfilter.cli.console import note, show, warn
from simfilter.cli.options import (
    AgainstOption,
    BackgroundOption,
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
from simfilter.errors import InputError, ParameterError

if TYPE_CHECKING:
    from simfilter.accept import Entry

DEFAULT = Path(BASELINE)

allow_app = typer.Typer(help="Accept findings: write them into a baseline file, with the reason.", no_args_is_help=True)
FileOption = Annotated[Path, typer.Option("--baseline", help="The baseline file; made if there is none.")]
ReasonOption = Annotated[str, typer.Option("--reason", "-r", help="Why it is accepted; whoever reads the report sees it.")]
ExpiresOption = Annotated[str | None, typer.Option(metavar="DATE|DAYSd", help="The day from which on it counts again: 2027-01-31, or 90d "
                                                                              "from today. By default it never does.")]


def baseline(
    context: typer.Context,
    paths: PathsArgument,
    reason: ReasonOption,
    baseline: FileOption = DEFAULT,
    expires: ExpiresOption = None,
    index: IndexOption = None,
    against: AgainstOption = None,
    policy: PolicyOption = None,
    background: BackgroundOption = None,
    key_file: KeyOption = None,
    inline: InlineOption = True,
    exclude: ExcludeOption = None,
    language: LanguageOption = None,
    jobs: JobsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Accept all that scan finds today, so that from tomorrow on only what is new counts.

    Each finding not accepted yet is added to the baseline with its id, file and document. Exits with 0, or with 2 when something could
    not be scanned: that is not accepted.
    """
    from simfilter.accept import Entry, append
    from simfilter.report.findings import finding_id

    day = _day(expires)
    known = load_baseline(baseline, quiet=quiet) if baseline.exists() else None
    with open_scanner(context, index=index, against=against, policy=policy, background=background, key_file=key_file, quiet=quiet,
                      language=language,
                      inline=inline, baseline=known, exclude=exclude or []) as scanner:
        reports = scan_all(jobs_of(paths, exclude=exclude or []), scanner, processes=jobs, quiet=quiet)
    entries = {Entry(reason, id=finding_id(match), path=Path(report.path).as_posix(), document=match.provenance.document, expires=day): None
               for report in reports for match in report.findings}
    append(baseline, [_literal(entry) for entry in entries])
    missed = [report for report in reports if not report.scanned]
    for report in missed:
        warn(f"not scanned: {report.path}: {', '.join(report.reasons)}")
    if not quiet:
        note(f"{len(entries)} findings accepted in {baseline}")
    raise typer.Exit(2 if missed else 0)


@allow_app.command("add")
def allow_add(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Findings, by the id that scan tells.")] = None,
    reason: ReasonOption = "",
    path: Annotated[str, typer.Option(help="Only in files of this path (shell wildcards).")] = "",
    document: Annotated[str, typer.Option(help="Only copies of this protected document (shell wildcards).")] = "",
    source: Annotated[str, typer.Option(help="Only copies from this source (shell wildcards).")] = "",
    expires: ExpiresOption = None,
    baseline: FileOption = DEFAULT,
) -> None:
    """Accept findings by id, or all of a file, a document or a source.

    In the file itself a comment does the same: [cyan]simfilter: allow\\[ID] reason[/], on a line of the copy or the line before.
    """
    from simfilter.accept import Entry, append

    for identifier in ids or ():
        if not re.fullmatch(r"[0-9a-f]{12}", identifier):
            raise ParameterError(f"not the id of a finding: {identifier!r}; scan tells it in brackets, 12 hexadecimal digits")
    day = _day(expires)
    entries = [Entry(reason, id=identifier, path=path, document=document, source=source, expires=day) for identifier in ids or [""]]
    append(baseline, entries)
    for entry in entries:
        note(f"accepted in {baseline}: {entry.condition}")


@allow_app.command("list")
def allow_list(baseline: FileOption = DEFAULT) -> None:
    """Show what is accepted, why and until when."""
    from rich import box
    from rich.table import Table

    from simfilter.accept import Baseline
    from simfilter.cli.console import plain

    if not baseline.exists():
        raise InputError(f"no baseline {baseline}")
    loaded = Baseline.load(baseline)
    gone = set(map(id, loaded.expired()))
    table = Table("what", "reason", "expires", box=box.SIMPLE_HEAD)
    for entry in loaded.entries:
        until = str(entry.expires or "never") + (", expired" if id(entry) in gone else "")
        table.add_row(plain(entry.condition), plain(entry.reason), until)
    show(table)


def _literal(entry: Entry) -> Entry:
    """An entry whose path and document stand for themselves, whatever signs they hold."""
    from dataclasses import replace

    def escaped(text: str) -> str:
        return re.sub(r"([*?[])", r"[\1]", text)

    return replace(entry, path=escaped(entry.path), document=escaped(entry.document))


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        day = date.today() + timedelta(int(text[:-1])) if re.fullmatch(r"\d+d", text) else date.fromisoformat(text)
    except (ValueError, OverflowError):
        raise ParameterError(f"--expires {text}: need a date like 2027-01-31 or days like 90d") from None
    if day <= date.today():
        raise ParameterError(f"--expires {text}: not in the future")
    return day
