"""Options that several commands share, and the filter they make."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simfilter.cli.console import count, progress, warn
from simfilter.errors import ParameterError

if TYPE_CHECKING:
    from simfilter.corpus import Reader
    from simfilter.filter import Filter

IndexOption = Annotated[Path | None, typer.Option("--index", "-i", help="An index made by [bold]simfilter index build[/].")]
AgainstOption = Annotated[list[Path] | None, typer.Option("--against", help="Protected files or directories, indexed for this run only.")]
BackgroundOption = Annotated[Path | None, typer.Option("--background", "-b", help="Token frequencies of public texts, made by "
                                                                                  "[bold]simfilter background build[/].")]
PolicyOption = Annotated[Path | None, typer.Option("--policy", "-p", help="A policy in TOML.")]
LanguageOption = Annotated[str | None, typer.Option(help="The language of all inputs; by default told by their names. "
                                                         "Unnamed text is read as a chat answer.")]


def open_filter(index: Path | None, against: list[Path] | None, policy: Path | None, background: Path | None, folder: Path,
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
        build_index(reader, index, quiet=quiet)
        for skipped in reader.skipped:
            warn(f"not protected: {skipped.path}: {skipped.reason}")
    assert index is not None
    return Filter.open(index, policy=policy, background=background)


def build_index(reader: Reader, output: Path, *, quiet: bool, normalize: Sequence[str] | None = None) -> dict[str, Any]:
    """Build an index with a progress bar on standard error."""
    from simfilter.index import build
    from simfilter.views.statements import NORMALIZATIONS

    with progress(count(reader.sources), quiet) as show:
        return build(reader, output, progress=show, normalize=NORMALIZATIONS if normalize is None else normalize)


def checked_language(name: str | None) -> str | None:
    """The language called ``name``. Raises ParameterError."""
    from simfilter.views.languages import GRAMMARS, language_of_name

    if name is None or (found := language_of_name(name)) is not None:
        return found if name else None
    raise ParameterError(f"unknown language {name!r}; known: {', '.join(GRAMMARS)}")
