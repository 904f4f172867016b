"""The commands `simfilter index add|remove|compact|snapshot|verify|repair`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from simfilter.errors import IndexDamagedError, ParameterError

IndexArgument = Annotated[Path, typer.Argument(metavar="INDEX", help="An index made by [bold]simfilter index build[/].")]
WaitOption = Annotated[bool, typer.Option("--wait", help="Wait while another process writes, instead of failing.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing unless it goes wrong.")]


def add(
    path: IndexArgument,
    sources: Annotated[list[Path], typer.Argument(metavar="SRC...", help="Files, directories, .jsonl(.gz), .parquet.")],
    licence: Annotated[str | None, typer.Option("--licence", "--license", help="Licence of all documents that state none.")] = None,
    source: Annotated[str | None, typer.Option(help="Name of their source; by default the name of the file or directory given.")] = None,
    text_column: Annotated[str, typer.Option(help="Column of records that holds the text.")] = "text",
    tag: Annotated[list[str] | None, typer.Option(help="A tag for all documents; may be repeated.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="A document takes the place of one of the same id.")] = False,
    wait: WaitOption = False,
    quiet: QuietOption = False,
) -> None:
    """Protect more documents; readers see them when they open or reload the index."""
    from simfilter.corpus import Reader
    from simfilter.index import add as run
    from simfilter.views.languages import language_of_path

    reader = Reader(sources, licence=licence, source=source, text_column=text_column, tags=tuple(tag or ()),
                    language_of_path=language_of_path)
    info = run(reader, path, replace=replace, wait=wait)
    err = Console(stderr=True, markup=False)
    for skipped in reader.skipped:
        err.print(f"warning: not protected: {skipped.path}: {skipped.reason}")
    for note, count in info["notes"].items():
        err.print(f"warning: {note} ({count} documents are protected as text only)")
    if not quiet:
        _tell(f"{info['documents']} documents in {info['segments']} segments, generation {info['generation']}")


def remove(
    path: IndexArgument,
    ids: Annotated[list[str] | None, typer.Option("--id", help="Documents with this id; may be repeated.")] = None,
    sources: Annotated[list[str] | None, typer.Option("--source", help="All documents of this source; may be repeated.")] = None,
    where: Annotated[list[str] | None, typer.Option(metavar="NAME=PATTERN", help="Documents whose id, source, licence, url, language or "
                                                    "tag fits a shell wildcard; of several conditions all must hold.")] = None,
    erase: Annotated[bool, typer.Option("--compact", help="Erase them from the disk too, at once.")] = False,
    wait: WaitOption = False,
    quiet: QuietOption = False,
) -> None:
    """Protect documents no more. Their bytes stay on disk until [bold]index compact[/]."""
    from simfilter.index import compact as run_compact
    from simfilter.index import remove as run

    conditions: dict[str, str] = {}
    for condition in where or ():
        name, equals, pattern = condition.partition("=")
        if not equals or name in conditions:
            raise ParameterError(f"--where takes NAME=PATTERN, each name once; got {condition!r}")
        conditions[name] = pattern
    gone = run(path, ids=ids or (), sources=sources or (), where=conditions, wait=wait)
    if erase:
        run_compact(path, wait=wait)
    if not quiet:
        for origin in gone:
            _tell(f"removed {origin.document} of {origin.source}")


def compact(path: IndexArgument, wait: WaitOption = False, quiet: QuietOption = False) -> None:
    """Make one segment of all and erase what was removed: no byte of it and no hash is left."""
    from simfilter.index import compact as run

    info = run(path, wait=wait)
    if not quiet:
        _tell(f"{info['documents']} documents, {info['index_bytes']} bytes, generation {info['generation']}")


def snapshot(
    path: IndexArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="A directory that is not there yet.")],
) -> None:
    """Keep the index as it is now, at another place of the same disk without copying."""
    from simfilter.index import snapshot as run

    run(path, output)


def verify(path: IndexArgument) -> None:
    """Try every checksum of an index."""
    from simfilter.index import Index
    from simfilter.index.keyed import KeyedIndex

    with KeyedIndex.open(path) if path.is_file() else Index.open(path, verify=True) as index:
        if isinstance(index, Index) and index.lost:
            raise IndexDamagedError("; ".join(index.lost))
        _tell(f"sound: {len(index)} documents, every checksum agrees")


def repair(
    path: IndexArgument,
    forget_removals: Annotated[bool, typer.Option("--forget-removals", help="Go on when it is lost which documents were removed: they are "
                                                                            "protected again.")] = False,
    wait: WaitOption = False,
) -> None:
    """Save the segments that are sound. What was lost is told, and exits with 1."""
    from simfilter.index import repair as run

    told = run(path, forget_removals=forget_removals, wait=wait)
    for name in told["kept"]:
        _tell(f"kept {name}")
    for name in told["lost"]:
        _tell(f"lost {name}")
    raise typer.Exit(1 if told["lost"] else 0)


def _tell(line: str) -> None:
    Console(markup=False, highlight=False, soft_wrap=True).print(line)
