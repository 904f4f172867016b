"""``simfilter demo``: what it does, shown on what this machine has."""

import typer
from rich.console import Console


def demo() -> None:
    """Protect the Python standard library found here and two stories, then try to get copies past the filter."""
    from simfilter.demo import run

    raise typer.Exit(0 if run(Console()) else 1)
