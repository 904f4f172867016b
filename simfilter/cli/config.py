"""Settings of a project: ``simfilter.toml``, or ``[tool.simfilter]`` in ``pyproject.toml``.

The first folder that has one of them counts, from the working folder upwards; of two in one folder simfilter.toml. An option of the
command line beats the environment (SIMFILTER_INDEX, SIMFILTER_POLICY), that the file, that the default. Paths are relative to the file.
Where no baseline is named, simfilter-baseline.toml beside the settings is it.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simfilter.errors import ParameterError

OWN, SHARED = "simfilter.toml", "pyproject.toml"
BASELINE = "simfilter-baseline.toml"
PATHS = ("index", "policy", "background", "baseline", "against", "key-file")
KEYS: dict[str, type] = {"index": str, "against": list, "policy": str, "background": str, "baseline": str, "key-file": str, "exclude": list,
                         "language": str, "format": str, "jobs": int, "with-text": bool, "fail-open": bool, "inline": bool, "verify": bool}
USED = {  # by each command, in the names of its parameters
    "scan": tuple(KEYS), "explain": ("index", "against", "policy", "background", "key-file", "language"),
    "baseline": ("index", "against", "policy", "background", "key-file", "baseline", "exclude", "language", "jobs", "inline"),
    "notice": ("index", "against", "policy", "background", "key-file", "baseline", "exclude", "language", "jobs", "inline"),
    "calibrate": ("index", "background"), "serve": ("index", "policy"), "mcp": ("index", "policy", "background"),
    "allow": ("baseline",),
}
PARAMETERS = {"format": "format_"}


def find(start: Path) -> Path | None:
    """The file that counts for a folder, or None."""
    for folder in (start, *start.parents):
        if (folder / OWN).is_file():
            return folder / OWN
        if (folder / SHARED).is_file() and "simfilter" in _table(folder / SHARED).get("tool", {}):
            return folder / SHARED
    return None


def baseline(file: Path | None) -> str | None:
    """The baseline that lies beside the settings, of a folder without settings in the working folder; None when there is none."""
    path = (file.parent if file is not None else Path.cwd()) / BASELINE
    return os.path.relpath(path) if path.is_file() else None


def load(file: Path) -> dict[str, Any]:
    """The settings in a file, its paths made relative to the working folder. Raises ParameterError for an unknown key or a wrong value."""
    table = _table(file)
    if file.name == SHARED:
        table = table.get("tool", {}).get("simfilter", {})
    if not isinstance(table, dict):
        raise ParameterError(f"{file}: tool.simfilter is not a table")
    settings: dict[str, Any] = {}
    for given, stated in table.items():
        value: Any = stated
        name = given.replace("_", "-")
        kind = KEYS.get(name)
        if kind is None:
            raise ParameterError(f"{file}: unknown key {given!r}; known: {', '.join(KEYS)}")
        if type(value) is not kind or (isinstance(value, list) and not all(isinstance(item, str) for item in value)):
            wanted = "a list of strings" if kind is list else {str: "a string", int: "a whole number", bool: "true or false"}[kind]
            raise ParameterError(f"{file}: {given} must be {wanted}, got {value!r}")
        if name in PATHS:
            value = [_beside(file, str(item)) for item in value] if isinstance(value, list) else _beside(file, str(value))
        settings[name] = value
    return settings


def defaults(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as defaults of each command, by the names of its parameters."""
    told: dict[str, Any] = {command: {PARAMETERS.get(key, key.replace("-", "_")): settings[key] for key in keys if key in settings}
                            for command, keys in USED.items()}
    return {**told, "allow": dict.fromkeys(("add", "list"), told["allow"])}


def _beside(file: Path, path: str) -> str:
    return os.path.relpath(file.parent / path)


def _table(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ParameterError(f"{file} is not TOML: {error}") from None
    except OSError as error:
        raise ParameterError(f"{file}: {error.strerror}") from None
