"""The command line: a thin shell over the library. Results go to standard output, all else to standard error.

One file a command. Exit codes: 0 clean, 1 findings, 2 an error, or something that could not be scanned.
"""

from __future__ import annotations

import traceback
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from simfilter import __version__
from simfilter.cli.background import background_app
from simfilter.cli.calibrate import calibrate
from simfilter.cli.console import complain, reason
from simfilter.cli.index import index_app
from simfilter.cli.scan import explain, scan
from simfilter.cli.serve import serve
from simfilter.dedup.command import dedup
from simfilter.errors import SimfilterError

app = typer.Typer(help="Catch copies of protected text and code before anyone sees them.", no_args_is_help=True, add_completion=False,
                  pretty_exceptions_enable=False, rich_markup_mode="rich")
app.add_typer(index_app, name="index")
app.add_typer(background_app, name="background")
for command in (scan, explain, calibrate, dedup, serve):
    app.command()(command)


def main() -> NoReturn:
    """Run the command line; what goes wrong is told in one line and exits with 2, never with what reads as clean or as a finding."""
    try:
        app()
    except (SimfilterError, OSError) as error:
        complain(reason(error))
    except Exception:  # a defect of ours must not read as "findings"
        traceback.print_exc()
        complain("this is a defect of simfilter; nothing was decided")
    raise SystemExit(2)


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False) -> None:
    if version:
        print(f"simfilter {__version__}")
        raise typer.Exit


@app.command()
def demo() -> None:
    """Protect the Python standard library found here and two stories, then try to get copies past the filter."""
    from simfilter.demo import run

    raise typer.Exit(0 if run(Console()) else 1)
