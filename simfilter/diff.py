"""Which lines a change adds: from a patch file, a git range, all since a revision, or what is staged."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simfilter.accept import withdraw
from simfilter.errors import InputError, ParameterError
from simfilter.report.findings import FileReport, Lines
from simfilter.types import Match, Verdict

ESCAPES = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}


@dataclass(frozen=True, slots=True)
class Change:
    """Added line numbers, from 1, by path; None for a file that is all new to git. ``revision`` holds the files, None: the working tree,
    "": what is staged.

    Paths are relative to the folder one works in (or to where the patch puts them).
    """

    lines: dict[str, set[int] | None]
    revision: str | None = None

    def contents(self, paths: Sequence[str]) -> dict[str, bytes]:
        """The files as they stand in the revision; those it does not have are left out, all of them for the working tree."""
        return _git_files(self.revision, paths) if self.revision is not None else {}


def changed(change: str) -> Change:
    """What a patch file adds, or a git range such as ``main..HEAD`` (files as in HEAD) or ``HEAD`` (files as in the working tree).

    Raises InputError when it is no patch, ParameterError when git does not know the range.
    """
    if Path(change).is_file():
        try:
            return Change(parse(Path(change).read_text("utf-8", "surrogateescape")))
        except OSError as error:
            raise InputError(f"{change}: {error.strerror}") from None
    words = change.split()
    if not words or change.startswith("-"):
        raise ParameterError(f"not a git range or a patch file: {change!r}")
    revision = words[1] if len(words) == 2 else words[0].rpartition("..")[2] or "HEAD" if ".." in words[0] else None
    return Change(parse(_git_diff(*words)), revision)


def since(revision: str) -> Change:
    """What the working tree adds to where it left ``revision``: commits, what is staged, what is not, and new files git does not ignore.

    Raises ParameterError when git does not know the revision.
    """
    if not revision or revision.startswith("-"):
        raise ParameterError(f"not a git revision: {revision!r}")
    new = _git("ls-files", "--others", "--exclude-standard", "-z").split("\0")
    return Change({**parse(_git_diff("--merge-base", revision)), **dict.fromkeys(filter(None, new))})


def staged() -> Change:
    """What the next commit adds: files as they are staged, whatever became of them in the working tree.

    Raises ParameterError where git is not, or no repository.
    """
    return Change(parse(_git_diff("--cached")), "")


def parse(patch: str) -> dict[str, set[int] | None]:
    """Added line numbers by path of a unified diff; a file that is only binary has none, one that adds nothing is left out."""
    from unidiff.errors import UnidiffParseError
    from unidiff.patch import PatchSet

    try:
        patches = PatchSet(patch)
    except UnidiffParseError as error:
        raise InputError(f"not a unified diff: {error}") from None
    if patch.strip() and not patches:
        raise InputError("not a unified diff: no file in it")
    result: dict[str, set[int] | None] = {}
    for file in patches:
        added = {line.target_line_no for hunk in file for line in hunk if line.is_added and line.target_line_no}
        if added or (file.is_binary_file and not file.is_removed_file):
            result[_unquoted(file.path)] = added
    return result


def _unquoted(path: str) -> str:
    """A path as git quotes those with unusual characters: C's escapes, and bytes in octal."""
    if not (path.startswith('"') and path.endswith('"') and len(path) > 1):
        return path
    raw = re.sub(rb'\\([0-3][0-7]{2}|[abtnvfr"\\])', _escaped, path[1:-1].encode("utf-8", "surrogateescape"))
    return raw.decode("utf-8", "surrogateescape")


def _escaped(escape: re.Match[bytes]) -> bytes:
    letter = escape[1]
    return bytes([int(letter, 8)]) if len(letter) == 3 else ESCAPES.get(letter, letter)


def restrict(report: FileReport, verdict: Verdict, added: set[int]) -> Verdict:
    """The verdict of a report with the matches set aside that stand on no added line of its file."""
    lines = Lines.of(report)

    def why(match: Match) -> str | None:
        place = lines.place(match.query)
        return "on unchanged lines" if added.isdisjoint(range(place.line, place.end_line + 1)) else None

    return withdraw(verdict, why)


def _git_diff(*revisions: str) -> str:
    options = [word for word in revisions if word.startswith("-")]
    return _git("diff", "--no-color", "--no-ext-diff", "--ignore-submodules", "--unified=0", "--relative", "--src-prefix=a/",
                "--dst-prefix=b/", *options, "--end-of-options", *(word for word in revisions if word not in options), "--")


def _git_files(revision: str, paths: Sequence[str]) -> dict[str, bytes]:
    asked = [path for path in paths if "\n" not in path]
    names = "".join(f"{revision}:./{path}\n" for path in asked).encode("utf-8", "surrogateescape")
    told = _run(["cat-file", "--batch"], names)
    found, at = {}, 0
    for path in asked:
        end = told.index(b"\n", at)
        *_, kind, size = told[at:end].split(b" ") if not told[at:end].endswith(b" missing") else (b"", b"missing", b"0")
        at = end + 1
        if kind != b"missing":
            if kind == b"blob":
                found[path] = told[at : at + int(size)]
            at += int(size) + 1
    return found


def _git(*arguments: str) -> str:
    return _run(arguments).decode("utf-8", "surrogateescape")


def _run(arguments: Sequence[str], given: bytes = b"") -> bytes:
    try:
        done = subprocess.run(["git", *arguments], input=given, capture_output=True, check=False)
    except FileNotFoundError:
        raise ParameterError("git is not installed; give a patch file instead") from None
    if done.returncode != 0:
        asked = " ".join(word for word in arguments if not word.startswith("-"))
        raise ParameterError(f"git {asked}: {''.join(done.stderr.decode('utf-8', 'replace').strip().splitlines()[:1])}")
    return done.stdout
