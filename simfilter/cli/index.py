"""``simfilter index``: build, change and inspect an index."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from simfilter.cli.console import count, progress, warn
from simfilter.cli.options import build_index
from simfilter.errors import IndexDamagedError, ParameterError

if TYPE_CHECKING:
    from rich.table import Table

    from simfilter.corpus import Reader

SMALL_PART = 0.01
"""Share of an index below which a part gets no row of its own."""

index_app = typer.Typer(help="Build, change and inspect an index of protected documents.", no_args_is_help=True)
IndexArgument = Annotated[Path, typer.Argument(metavar="INDEX", help="An index made by [bold]simfilter index build[/].")]
SourcesArgument = Annotated[list[Path], typer.Argument(metavar="SRC...", help="Files, directories, .jsonl(.gz), .parquet.")]
LicenceOption = Annotated[str | None, typer.Option("--licence", "--license", help="Licence of all documents that state none.")]
SourceOption = Annotated[str | None, typer.Option(help="Name of their source; by default the name of the file or directory given.")]
TextColumnOption = Annotated[str, typer.Option(help="Column of records that holds the text.")]
TagOption = Annotated[list[str] | None, typer.Option(help="A tag for all documents; may be repeated.")]
WaitOption = Annotated[bool, typer.Option("--wait", help="Wait while another process writes, instead of failing.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing unless it goes wrong.")]


@index_app.command("build")
def index_build(
    sources: SourcesArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the index goes; an index there is replaced.")],
    licence: LicenceOption = None,
    source: SourceOption = None,
    text_column: TextColumnOption = "text",
    tag: TagOption = None,
    shards: Annotated[int, typer.Option(help="Parts that are opened as one; the loss of one is told in each verdict.")] = 1,
    without: Annotated[list[str] | None, typer.Option(
        "--no-normalize", metavar="NAME",
        help="What code is not normalised by: layout, literals, modifiers, operands, commas; may be repeated.")] = None,
    text_free: Annotated[bool, typer.Option("--text-free", help="Write one file of keyed k-grams that holds no text.")] = False,
    key_file: Annotated[Path | None, typer.Option("--key-file", help="The key for --text-free: 32 random bytes or more.")] = None,
    quiet: QuietOption = False,
) -> None:
    """Protect documents: index them at a directory, or text-free in a file."""
    from simfilter.views.statements import NORMALIZATIONS

    reader = _reader(sources, licence, source, text_column, tag)
    for name in without or ():
        if name not in NORMALIZATIONS:
            raise ParameterError(f"normalizations are {', '.join(NORMALIZATIONS)}; got {name!r}")
    if text_free != (key_file is not None):
        raise ParameterError("--text-free and --key-file go together")
    if key_file is not None:
        info = _build_keyed(reader, output, key_file, quiet)
    else:
        normalize = [name for name in NORMALIZATIONS if name not in (without or ())]
        info = build_index(reader, output, quiet=quiet, shards=shards, normalize=normalize)
    _warn(reader, info)
    if quiet:
        return
    if key_file is not None:
        _tell(_keyed_line(info))
    else:
        _tell(f"{_counts(info)}; {info['seconds']:.1f} s, {info['bytes_per_second'] / 1e6:.1f} MB/s")


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


@index_app.command("add")
def index_add(
    path: IndexArgument,
    sources: SourcesArgument,
    licence: LicenceOption = None,
    source: SourceOption = None,
    text_column: TextColumnOption = "text",
    tag: TagOption = None,
    replace: Annotated[bool, typer.Option("--replace", help="A document takes the place of one of the same id.")] = False,
    wait: WaitOption = False,
    quiet: QuietOption = False,
) -> None:
    """Protect more documents; readers see them when they open or reload the index."""
    from simfilter.index import add as run

    reader = _reader(sources, licence, source, text_column, tag)
    info = run(reader, path, replace=replace, wait=wait)
    _warn(reader, info)
    if not quiet:
        _tell(f"{info['documents']} documents in {info['segments']} segments, generation {info['generation']}")


@index_app.command("remove")
def index_remove(
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


@index_app.command("compact")
def index_compact(path: IndexArgument, wait: WaitOption = False, quiet: QuietOption = False) -> None:
    """Make one segment of all and erase what was removed: no byte of it and no hash is left."""
    from simfilter.index import compact as run

    info = run(path, wait=wait)
    if not quiet:
        _tell(f"{info['documents']} documents, {info['index_bytes']} bytes, generation {info['generation']}")


@index_app.command("snapshot")
def index_snapshot(
    path: IndexArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="A directory that is not there yet.")],
) -> None:
    """Keep the index as it is now, at another place of the same disk without copying."""
    from simfilter.index import snapshot as run

    run(path, output)


@index_app.command("verify")
def index_verify(path: IndexArgument) -> None:
    """Try every checksum of an index."""
    from simfilter.index import Index
    from simfilter.index.keyed import KeyedIndex

    with KeyedIndex.open(path) if path.is_file() else Index.open(path, verify=True) as index:
        if isinstance(index, Index) and index.lost:
            raise IndexDamagedError("; ".join(index.lost))
        _tell(f"sound: {len(index)} documents, every checksum agrees")


@index_app.command("repair")
def index_repair(
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


def _reader(sources: list[Path], licence: str | None, source: str | None, text_column: str, tags: list[str] | None) -> Reader:
    from simfilter.corpus import Reader
    from simfilter.views.languages import language_of_path

    return Reader(sources, licence=licence, source=source, text_column=text_column, tags=tuple(tags or ()),
                  language_of_path=language_of_path)


def _warn(reader: Reader, info: dict[str, Any]) -> None:
    """Tell what of the sources is not protected, or not in full."""
    for skipped in reader.skipped:
        warn(f"not protected: {skipped.path}: {skipped.reason}")
    for note, number in info["notes"].items():
        warn(f"{note} ({number} documents are protected as text only)")


def _build_keyed(reader: Reader, output: Path, key_file: Path, quiet: bool) -> dict[str, Any]:
    """Build a text-free index."""
    from simfilter.index.keyed import build_keyed, read_key

    key = read_key(key_file)
    with progress(count(reader.sources), quiet) as moved:
        return build_keyed(reader, output, key=key, progress=moved)


def _keyed_line(info: dict[str, Any]) -> str:
    kgrams = ", ".join(f"{number} k-grams of {name}" for name, number in info["kgrams"].items())
    return f"{info['documents']} documents, text-free: {kgrams}; {info['index_bytes']} bytes, {info['bits_per_kgram']:.0f} bits a k-gram"


def _counts(info: dict[str, Any]) -> str:
    tokens = ", ".join(f"{count} tokens of {name}" for name, count in info["tokens"].items())
    return f"{info['documents']} {'document' if info['documents'] == 1 else 'documents'}, {info['text_bytes']} bytes, {tokens}"


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


def _tell(line: str) -> None:
    Console(markup=False, highlight=False, soft_wrap=True).print(line)
