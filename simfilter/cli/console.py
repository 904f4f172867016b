"""What a person sees beside the results: warnings, errors and progress, all on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from rich.text import Text


@contextmanager
def progress(total: int | None, quiet: bool) -> Iterator[Callable[[str, int, int | None], None]]:
    """A bar on standard error; what is yielded moves it."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=err(),
                  transient=True, disable=quiet) as bar:
        task = bar.add_task("read", total=total)

        def show(stage: str, done: int, total: int | None) -> None:
            if stage == "read":
                bar.update(task, completed=done)
            else:
                bar.update(task, description=stage, completed=done, total=total)

        yield show


def count(sources: Iterable[str | Path]) -> int | None:
    """Documents to be read, or None when record files do not tell."""
    from simfilter.corpus import is_record_file, walk

    paths = list(walk(sources))
    return None if any(is_record_file(path) for path in paths) else len(paths)


def reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def err() -> Console:
    return Console(stderr=True)


def warn(message: str) -> None:
    err().print("[yellow]warning[/]:", plain(message))


def complain(message: str) -> None:
    err().print("[bold red]error[/]:", plain(message))


def plain(message: str) -> Text:
    from rich.text import Text

    from simfilter.report.findings import visible

    return Text(visible(message))
