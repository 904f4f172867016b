"""The command line: a thin shell over the library. Results go to standard output, all else to standard error.

One file a command. Exit codes: 0 clean, 1 findings, 2 an error, or something that could not be scanned; 130 interrupted.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from simfilter import __version__
from simfilter.cli import config as project
from simfilter.cli.accept import allow_app, baseline
from simfilter.cli.background import background_app
from simfilter.cli.calibrate import calibrate
from simfilter.cli.console import complain
from simfilter.cli.index import index_app
from simfilter.cli.mcp import mcp
from simfilter.cli.notice import notice
from simfilter.cli.scan import SCAN_EXAMPLES, explain, scan
from simfilter.cli.serve import serve
from simfilter.dedup.command import dedup
from simfilter.errors import SimfilterError, reason

START = """[bold]Start[/]

simfilter demo

simfilter index build manuscripts/ src/ -o protected.index

simfilter scan answers/ -i protected.index

[bold]Settings[/]

simfilter.toml, or \\[tool.simfilter] in pyproject.toml, of this folder or the first above that has one. The command line beats the \
environment (SIMFILTER_INDEX, SIMFILTER_POLICY), that simfilter.toml, that pyproject.toml."""
FILES, MODELS, CORPORA = "Scan files", "Judge a model's output", "Prepare"

app = typer.Typer(help="Catch copies of protected text and code before anyone sees them.", no_args_is_help=True, epilog=START,
                  pretty_exceptions_enable=False, rich_markup_mode="rich")
app.command(rich_help_panel=FILES, epilog=SCAN_EXAMPLES)(scan)
COMMANDS: tuple[tuple[str, tuple[Callable[..., None], ...]], ...] = (
    (FILES, (explain, baseline, notice)), (CORPORA, (calibrate, dedup)), (MODELS, (serve, mcp)))
for panel, commands in COMMANDS:
    for command in commands:
        app.command(rich_help_panel=panel)(command)
app.add_typer(allow_app, name="allow", rich_help_panel=FILES)
app.add_typer(index_app, name="index", rich_help_panel=CORPORA)
app.add_typer(background_app, name="background", rich_help_panel=CORPORA)


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
def _settings(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
    config: Annotated[Path | None, typer.Option(help="Settings in this file instead of those of the folder.", show_default=False)] = None,
    no_config: Annotated[bool, typer.Option("--no-config", help="No settings of the folder.")] = False,
) -> None:
    if version:
        print(f"simfilter {__version__}")
        raise typer.Exit
    file = config or (None if no_config else project.find(Path.cwd()))
    if file is not None:
        context.default_map = _as_given(context, project.defaults(project.load(file)))
        context.obj = {"config": str(file)}


def _as_given(context: typer.Context, defaults: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The defaults, a list where a command takes an option several times."""
    commands = getattr(context.command, "commands", {})
    several = {name: {parameter.name for parameter in commands[name].params if getattr(parameter, "multiple", False)} for name in defaults}
    return {command: {name: [value] if name in several[command] and not isinstance(value, list) else value
                      for name, value in values.items()} for command, values in defaults.items()}


@app.command(rich_help_panel=CORPORA)
def demo() -> None:
    """Protect the Python standard library found here and two stories, then try to get copies past the filter."""
    from simfilter.demo import run

    raise typer.Exit(0 if run(Console()) else 1)
