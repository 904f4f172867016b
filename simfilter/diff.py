"""Which lines a change adds: from a patch file or a git range."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from simfilter.errors import InputError, ParameterError
from simfilter.report.findings import Lines
from simfilter.types import Match

if TYPE_CHECKING:
    from unidiff import PatchSet


def added_lines(change: str) -> dict[str, set[int]]:
    """Added line numbers, from 1, by path, of a patch file, or of a git range such as ``main..HEAD``, ``HEAD`` or ``--cached``'s worth ``:``.

    Paths are relative to where git's top level (or the patch) puts them. Raises InputError when it is no patch, ParameterError when git
    does not know the range.
    """
    if Path(change).is_file():
        try:
            return parse(Path(change).read_text("utf-8", "surrogateescape"))
        except OSError as error:
            raise InputError(f"{change}: {error.strerror}") from None
    return parse(_git_diff(change))


def parse(patch: str) -> dict[str, set[int]]:
    """Added line numbers by path of a unified diff."""
    from unidiff import PatchSet
    from unidiff.errors import UnidiffParseError

    try:
        patches: PatchSet = PatchSet(patch)
    except UnidiffParseError as error:
        raise InputError(f"not a unified diff: {error}") from None
    if patch.strip() and not patches:
        raise InputError("not a unified diff: no file in it")
    return {file.path: {line.target_line_no for hunk in file for line in hunk if line.is_added} for file in patches
            if not file.is_removed_file}


def touches(match: Match, lines: Lines, added: set[int]) -> bool:
    """Whether a match stands, at least in part, on an added line."""
    place = lines.place(match.query)
    return not added.isdisjoint(range(place.line, place.end_line + 1))


def _git_diff(revisions: str) -> str:
    if not revisions or revisions.startswith("-"):
        raise ParameterError(f"not a git range or a patch file: {revisions!r}")
    command = ["git", "diff", "--no-color", "--no-ext-diff", "--unified=0", "--relative", "--end-of-options", *revisions.split(), "--"]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        raise ParameterError("git is not installed; give a patch file instead") from None
    if done.returncode != 0:
        raise ParameterError(f"git diff {revisions}: {done.stderr.decode('utf-8', 'replace').strip().splitlines()[:1]}")
    return done.stdout.decode("utf-8", "surrogateescape")
