"""``simfilter background``: count public texts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from simfilter.cli.console import count, progress, warn

background_app = typer.Typer(help="Count the tokens of public texts, so that what is common there weighs little.", no_args_is_help=True)


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
    with progress(count(sources), quiet) as show:
        info = build(reader, output, progress=show)
    for skipped in reader.skipped:
        warn(f"not counted: {skipped.path}: {skipped.reason}")
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


def _background_line(info: dict[str, Any]) -> str:
    tokens = ", ".join(f"{count} tokens of {name} ({info['distinct'][name]} distinct)" for name, count in info["tokens"].items())
    return f"{info['documents']} documents, {tokens}; {info['bytes']} bytes"
