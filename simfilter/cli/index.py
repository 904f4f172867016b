"""``simfilter index``: build and inspect an index."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from simfilter.cli.console import warn
from simfilter.cli.options import build_index
from simfilter.index import command as commands

if TYPE_CHECKING:
    from rich.table import Table

SMALL_PART = 0.01
"""Share of an index below which a part gets no row of its own."""

index_app = typer.Typer(help="Build, change and inspect an index of protected documents.", no_args_is_help=True)


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
    normalize = [name for name in NORMALIZATIONS if name not in (without or ())]
    info = build_index(reader, output, quiet=quiet, shards=shards, normalize=normalize)
    for skipped in reader.skipped:
        warn(f"not protected: {skipped.path}: {skipped.reason}")
    for note, count in info["notes"].items():
        warn(f"{note} ({count} documents are protected as text only)")
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


def _counts(info: dict[str, Any]) -> str:
    tokens = ", ".join(f"{count} tokens of {name}" for name, count in info["tokens"].items())
    return f"{info['documents']} documents, {info['text_bytes']} bytes, {tokens}"


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
