"""What a person sees: results on standard output, and beside them warnings, errors and progress on standard error.

Colours only on a terminal that wants them (NO_COLOR and TERM=dumb turn them off, FORCE_COLOR on), progress only on a terminal.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from rich.console import Console

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

T = TypeVar("T")


def emit(page: str) -> None:
    """Write to standard output. A reader that has seen enough and closed it changes nothing of the exit code."""
    try:
        sys.stdout.buffer.write(page.encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def show(renderable: RenderableType) -> None:
    """Print to standard output as the terminal there likes it."""
    emit(render(renderable, Console()))


def render(renderable: RenderableType, console: Console) -> str:
    """What would be printed on ``console``."""
    with console.capture() as captured:
        console.print(renderable)
    return captured.get()


@contextmanager
def progress(total: int | None, quiet: bool) -> Iterator[Callable[[str, int, int | None], None]]:
    """A bar on standard error; what is yielded moves it."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=err(),
                  transient=True, disable=quiet or not err().is_terminal) as bar:
        task = bar.add_task("read", total=total)

        def show(stage: str, done: int, total: int | None) -> None:
            if stage == "read":
                bar.update(task, completed=done)
            else:
                bar.update(task, description=stage, completed=done, total=total)

        yield show


def track(results: Iterable[T], total: int, quiet: bool) -> Iterable[T]:
    """The results as they come, with a bar on standard error."""
    if quiet or total < 2 or not err().is_terminal:
        return results
    from rich.progress import track

    return track(results, "scan", total=total, console=err(), transient=True)


def count(sources: Iterable[str | Path]) -> int | None:
    """Documents to be read, or None when record files do not tell."""
    from simfilter.corpus import is_record_file, walk

    paths = list(walk(sources))
    return None if any(is_record_file(path) for path in paths) else len(paths)


def err() -> Console:
    """The console of standard error."""
    return Console(stderr=True)


def note(message: str) -> None:
    """Tell something."""
    err().print(plain(message))


def warn(message: str) -> None:
    """Tell what may be amiss."""
    err().print("[yellow]warning[/]:", plain(message))


def complain(message: str) -> None:
    """Tell what went wrong."""
    err().print("[bold red]error[/]:", plain(message))


def plain(message: str) -> Text:
    """Text nothing of which a terminal obeys."""
    from rich.text import Text

    from simfilter.report.findings import visible

    return Text(visible(message))
