"""``simfilter index``: build and inspect an index."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from simfilter.cli.console import count, progress, warn
from simfilter.cli.options import build_index
from simfilter.index import command as commands

if TYPE_CHECKING:
    from rich.table import Table

    from simfilter.corpus import Reader

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
    text_free: Annotated[bool, typer.Option("--text-free", help="Write one file of keyed k-grams that holds no text.")] = False,
    key_file: Annotated[Path | None, typer.Option("--key-file", help="The key for --text-free: 32 random bytes or more.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing unless it goes wrong.")] = False,
) -> None:
    """Protect documents: index them at a directory, or text-free in a file."""
    from simfilter.corpus import Reader
    from simfilter.errors import ParameterError
    from simfilter.views.languages import language_of_path
    from simfilter.views.statements import NORMALIZATIONS

    reader = Reader(sources, licence=licence, source=source, text_column=text_column, tags=tuple(tag or ()),
                    language_of_path=language_of_path)
    for name in without or ():
        if name not in NORMALIZATIONS:
            raise ParameterError(f"normalizations are {', '.join(NORMALIZATIONS)}; got {name!r}")
    if text_free != (key_file is not None):
        raise ParameterError("--text-free and --key-file go together")
    if key_file is not None:
        _build_keyed(reader, output, key_file, quiet)
        return
    normalize = [name for name in NORMALIZATIONS if name not in (without or ())]
    info = build_index(reader, output, quiet=quiet, shards=shards, normalize=normalize)
    for skipped in reader.skipped:
        warn(f"not protected: {skipped.path}: {skipped.reason}")
    for note, number in info["notes"].items():
        warn(f"{note} ({number} documents are protected as text only)")
    if not quiet:
        out = Console()
        out.print(_counts(info), _info_table(info))
        out.print(f"{info['text_bytes'] / 1e6:.1f} MB in {info['seconds']:.1f} s, {info['bytes_per_second'] / 1e6:.1f} MB/s")


@index_app.command("info")
def index_info(path: Path, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Tell what an index holds and what each part of it costs."""
    from simfilter.index import Index
    from simfilter.index.keyed import KeyedIndex

    with KeyedIndex.open(path, verify=False) if path.is_file() else Index.open(path, verify=False) as index:
        info = index.info()
    if as_json:
        import json

        print(json.dumps(info, indent=2))
    elif "text_free" in info:
        Console().print(_keyed_line(info))
    else:
        Console().print(_counts(info), _info_table(info))


for command in (commands.add, commands.remove, commands.compact, commands.snapshot, commands.verify, commands.repair):
    index_app.command()(command)


def _build_keyed(reader: Reader, output: Path, key_file: Path, quiet: bool) -> None:
    """Build a text-free index."""
    from simfilter.index.keyed import build_keyed, read_key

    key = read_key(key_file)
    with progress(count(reader.sources), quiet) as show:
        info = build_keyed(reader, output, key=key, progress=show)
    for skipped in reader.skipped:
        warn(f"not protected: {skipped.path}: {skipped.reason}")
    for note, number in info["notes"].items():
        warn(f"{note} ({number} documents are protected as text only)")
    if not quiet:
        Console().print(_keyed_line(info))


def _keyed_line(info: dict[str, Any]) -> str:
    kgrams = ", ".join(f"{number} k-grams of {name}" for name, number in info["kgrams"].items())
    return f"{info['documents']} documents, text-free: {kgrams}; {info['index_bytes']} bytes, {info['bits_per_kgram']:.0f} bits a k-gram"


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
