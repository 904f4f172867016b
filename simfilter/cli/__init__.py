"""The command line: a thin shell over the library. Results go to standard output, all else to standard error.

One file a command. Exit codes: 0 clean, 1 findings, 2 an error, or something that could not be scanned; 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Container
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from simfilter import __version__
from simfilter.cli import config as project
from simfilter.cli.console import complain
from simfilter.errors import SimfilterError, reason

START = """[bold]Start[/]

simfilter demo

simfilter index build manuscripts/ src/ -o protected.index

simfilter scan answers/ -i protected.index

[bold]Settings[/]

simfilter.toml, or \\[tool.simfilter] in pyproject.toml, of this folder or the first above that has one. The command line beats the \
environment (SIMFILTER_INDEX, SIMFILTER_POLICY), that simfilter.toml, that pyproject.toml."""
FILES, MODELS, CORPORA = "Scan files", "Judge a model's output", "Prepare"
COMMANDS = {  # by name: where it is told, the module that holds it or its group
    "scan": (FILES, "cli.scan"), "explain": (FILES, "cli.scan"), "baseline": (FILES, "cli.accept"), "notice": (FILES, "cli.notice"),
    "allow": (FILES, "cli.accept"), "demo": (CORPORA, "cli.demo"), "index": (CORPORA, "cli.index"),
    "background": (CORPORA, "cli.background"), "calibrate": (CORPORA, "cli.calibrate"), "dedup": (CORPORA, "dedup.command"),
    "serve": (MODELS, "cli.serve"), "mcp": (MODELS, "cli.mcp"),
}
GROUPS = ("allow", "index", "background")


def application(asked: Container[str] = COMMANDS) -> typer.Typer:
    """The command line with the commands ``asked`` for: one of them is imported and built much sooner than all."""
    app = typer.Typer(help="Catch copies of protected text and code before anyone sees them.", no_args_is_help=True, epilog=START,
                      pretty_exceptions_enable=False, rich_markup_mode="rich")
    app.callback(invoke_without_command=True)(_settings)
    for name, (panel, home) in COMMANDS.items():
        if name in asked:
            module = import_module(f"simfilter.{home}")
            if name in GROUPS:
                app.add_typer(getattr(module, f"{name}_app"), name=name, rich_help_panel=panel)
            else:
                app.command(name, rich_help_panel=panel, epilog=getattr(module, "EPILOGS", {}).get(name))(getattr(module, name))
    return app


def __getattr__(name: str) -> Any:
    if name != "app":
        raise AttributeError(f"module 'simfilter.cli' has no attribute {name!r}")
    return globals().setdefault("app", application())


def __dir__() -> list[str]:
    return sorted([*globals(), "app"])


def main() -> NoReturn:
    """Run the command line; what goes wrong is told in one line and exits with 2, never with what reads as clean or as a finding."""
    try:
        asked = [word for word in sys.argv[1:] if word in COMMANDS]  # more than the command may be, never less
        application(asked or COMMANDS)()
    except (SimfilterError, OSError) as error:
        complain(reason(error))
    except Exception:  # a defect of ours must not read as "findings"
        import traceback

        traceback.print_exc()
        complain("this is a defect of simfilter; nothing was decided")
    raise SystemExit(2)


def _settings(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
    config: Annotated[Path | None, typer.Option(help="Settings in this file instead of those of the folder.", show_default=False)] = None,
    no_config: Annotated[bool, typer.Option("--no-config", help="No settings of the folder.")] = False,
) -> None:
    if version:
        print(f"simfilter {__version__}")
        raise typer.Exit
    if no_config and config is None:
        return
    file = config or project.find(Path.cwd())
    settings = project.load(file) if file is not None else {}
    if "baseline" not in settings and (baseline := project.baseline(file)) is not None:
        settings["baseline"] = baseline
    context.default_map = _as_given(context, project.defaults(settings))
    context.obj = {"config": str(file) if file is not None else None}


def _as_given(context: typer.Context, defaults: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The defaults, a list where a command takes an option several times."""
    commands = getattr(context.command, "commands", {})
    defaults = {name: values for name, values in defaults.items() if name in commands}
    several = {name: {parameter.name for parameter in commands[name].params if getattr(parameter, "multiple", False)} for name in defaults}
    return {command: {name: [value] if name in several[command] and not isinstance(value, list) else value
                      for name, value in values.items()} for command, values in defaults.items()}
