"""``simfilter mcp``: checks for coding agents."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simfilter.cli.options import BackgroundOption, PolicyOption


def mcp(
    index: Annotated[Path, typer.Option("--index", "-i", envvar="SIMFILTER_INDEX", help="An index made by "
                                                                                        "[bold]simfilter index build[/].")],
    policy: PolicyOption = None,
    background: BackgroundOption = None,
    root: Annotated[Path, typer.Option(help="The folder whose files may be checked.")] = Path("."),
) -> None:
    """Serve the Model Context Protocol on standard input and output: agents check what they wrote before they hand it over."""
    from simfilter.hooks.mcp import serve

    serve(index, policy=policy, background=background, root=root)
