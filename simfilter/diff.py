"""Which lines a change adds: from a patch file or a git range."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

from simfilter.errors import InputError, ParameterError
from simfilter.report.findings import Lines
from simfilter.types import Action, SetAside, Verdict


def added_lines(change: str) -> dict[str, set[int]]:
    """Added line numbers, from 1, by path, of a patch file, or of a git range such as ``main..HEAD`` or ``HEAD``.

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
    """Added line numbers by path of a unified diff; a file that is only binary has none, one that adds nothing is left out."""
    from unidiff.errors import UnidiffParseError
    from unidiff.patch import PatchSet

    try:
        patches = PatchSet(patch)
    except UnidiffParseError as error:
        raise InputError(f"not a unified diff: {error}") from None
    if patch.strip() and not patches:
        raise InputError("not a unified diff: no file in it")
    result = {}
    for file in patches:
        added = {line.target_line_no for hunk in file for line in hunk if line.is_added and line.target_line_no}
        if added or (file.is_binary_file and not file.is_removed_file):
            result[_unquoted(file.path)] = added
    return result


def _unquoted(path: str) -> str:
    """A path as git quotes those with unusual characters: bytes as octal escapes."""
    if not path.startswith('"'):
        return path
    raw = path.strip('"').encode("latin-1", "backslashreplace").decode("unicode_escape")
    return raw.encode("latin-1").decode("utf-8", "surrogateescape")


def restrict(verdict: Verdict, text: str, added: set[int]) -> Verdict:
    """The verdict over ``text`` with the matches set aside that stand on no added line."""
    lines = Lines(text)
    kept, aside = [], list(verdict.set_aside)
    for match in verdict.matches:
        place = lines.place(match.query)
        if added.isdisjoint(range(place.line, place.end_line + 1)):
            aside.append(SetAside(match, "on unchanged lines"))
        else:
            kept.append(match)
    action = max((match.action for match in kept), default=Action.ALLOW) if verdict.scanned else verdict.action
    return replace(verdict, action=action, matches=tuple(kept), set_aside=tuple(aside))


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
