"""Findings somebody answers for, in a baseline file or in comments of the judged file. They are set aside with the reason.

A baseline is TOML. Each ``[[accept]]`` states a ``reason``, any of ``id``, ``path``, ``document`` and ``source`` (shell wildcards; all
given must fit) and perhaps the day it ``expires``: from that day on the finding counts again.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fnmatch import fnmatchcase
from functools import reduce
from pathlib import Path, PurePath
from typing import Any, Self

from simfilter.errors import InputError, ParameterError
from simfilter.report.findings import ACCEPTED, Lines, finding_id
from simfilter.types import Action, Match, SetAside, Verdict

INLINE = re.compile(r"simfilter:\s*allow\[([^\]\n]*)\][ \t]*([^\r\n]*)")
_COMMENT_END = re.compile(r"\s*(\*/|-->|\*\)|#\}|\"\"\"|''')?\s*$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One acceptance. Raises ParameterError without a reason or a condition.

    >>> Entry(reason="our own", document="lib/*").condition
    'document lib/*'
    """

    reason: str
    id: str = ""
    path: str = ""
    document: str = ""
    source: str = ""
    expires: date | None = None

    CONDITIONS = ("id", "path", "document", "source")

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ParameterError("an acceptance needs a reason")
        if not any(getattr(self, name) for name in self.CONDITIONS):
            raise ParameterError(f"an acceptance needs one of {', '.join(self.CONDITIONS)}")

    @property
    def condition(self) -> str:
        """What it accepts, in one line."""
        return ", ".join(f"{name} {getattr(self, name)}" for name in self.CONDITIONS if getattr(self, name))

    def fits(self, match: Match, path: str) -> bool:
        """Whether every condition given holds."""
        origin = match.provenance
        have = {"id": finding_id(match), "path": PurePath(path).as_posix(), "document": origin.document, "source": origin.source}
        return all(not getattr(self, name) or fnmatchcase(value, getattr(self, name)) for name, value in have.items())


@dataclass(slots=True)
class Baseline:
    """The entries of a file; those whose day has come by ``today`` do not count."""

    entries: tuple[Entry, ...] = ()
    today: date = field(default_factory=date.today)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The baseline in a file. Raises InputError for what is none, FileNotFoundError."""
        try:
            table = tomllib.loads(Path(path).read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError(f"{path} is not TOML: {error}") from None
        accepts = table.pop("accept", [])
        if table or not isinstance(accepts, list):
            raise InputError(f"{path}: a baseline holds [[accept]] tables only, got {next(iter(table), 'accept')!r}")
        return cls(tuple(_entry(entry, f"{path}, entry {number}") for number, entry in enumerate(accepts, 1)))

    def expired(self) -> list[Entry]:
        """The entries whose day has come."""
        return [entry for entry in self.entries if entry.expires is not None and entry.expires <= self.today]

    def reason(self, match: Match, path: str) -> str | None:
        """Why a match in the file ``path`` is accepted, or None."""
        for entry in self.entries:
            if (entry.expires is None or entry.expires > self.today) and entry.fits(match, path):
                return entry.reason + (f" (until {entry.expires})" if entry.expires else "")
        return None


def _entry(table: Any, where: str) -> Entry:
    if not isinstance(table, dict):
        raise InputError(f"{where}: not a table")
    for name, value in table.items():
        if name not in Entry.__dataclass_fields__:
            raise InputError(f"{where}: unknown key {name!r}; known: {', '.join(Entry.__dataclass_fields__)}")
        if type(value) is not (date if name == "expires" else str):
            raise InputError(f"{where}: {name} must be a {'date, as 2027-01-31' if name == 'expires' else 'string'}, got {value!r}")
    try:
        return Entry(**{"reason": "", **table})
    except ParameterError as error:
        raise InputError(f"{where}: {error}") from None


def append(path: Path, entries: Iterable[Entry]) -> None:
    """Add entries at the end of a baseline file, made if there is none; the rest stays as it is. Raises InputError for no baseline."""
    import tomlkit

    if path.exists():
        Baseline.load(path)
        document = tomlkit.parse(path.read_text("utf-8"))
    else:
        document = tomlkit.document()
        document.add(tomlkit.comment("Findings that are accepted, with the reason; made by simfilter baseline and simfilter allow add."))
    listed = document.setdefault("accept", tomlkit.aot())
    for entry in entries:
        table = tomlkit.table()
        for name in (*Entry.CONDITIONS, "reason", "expires"):
            if value := getattr(entry, name):
                table.add(name, value)
        listed.append(table)
    path.write_text(tomlkit.dumps(document), "utf-8")


@dataclass(frozen=True, slots=True)
class Comment:
    """``simfilter: allow[id, ...] reason`` on a line, from 1."""

    line: int
    names: tuple[str, ...]
    reason: str

    def fits(self, match: Match, line: int, end_line: int) -> bool:
        """Whether it stands in the match or on the line before, and names its id or its document."""
        return line - 1 <= self.line <= end_line and any(fnmatchcase(value, name) for name in self.names
                                                         for value in (finding_id(match), match.provenance.document))


def comments(text: str) -> list[Comment]:
    """All such comments of a text.

    >>> comments("x = 1  # simfilter: allow[3f2a90c1d04e] licensed to us\\n")
    [Comment(line=1, names=('3f2a90c1d04e',), reason='licensed to us')]
    """
    return [Comment(text.count("\n", 0, found.start()) + 1, tuple(name.strip() for name in found[1].split(",") if name.strip()),
                    _COMMENT_END.sub("", found[2])) for found in INLINE.finditer(text)]


def by_comments(text: str) -> tuple[Callable[[Match], str | None], tuple[str, ...]]:
    """Why a match in ``text`` is accepted by a comment; and what is wrong with comments that do not count."""
    found = comments(text) if "simfilter:" in text else []
    lines = Lines(text.replace("\r\n", "\n ").replace("\r", " ")) if found else None

    def reason(match: Match) -> str | None:
        if lines is None:
            return None
        place = lines.place(match.query)
        return next((f"{comment.reason} (line {comment.line})" for comment in found
                     if comment.reason and comment.fits(match, place.line, place.end_line)), None)

    return reason, tuple(f"line {comment.line}: an allowance without a reason does not count" for comment in found if not comment.reason)


def accept(verdict: Verdict, reasons: Sequence[Callable[[Match], str | None]]) -> Verdict:
    """The verdict with the matches set aside that one of ``reasons`` answers for."""
    def why(match: Match) -> str | None:
        return next((f"{ACCEPTED}{said}" for reason in reasons if (said := reason(match)) is not None), None)

    return withdraw(verdict, why) if verdict.matches else verdict


def withdraw(verdict: Verdict, why: Callable[[Match], str | None]) -> Verdict:
    """The verdict with the matches set aside for which ``why`` gives a reason."""
    told = [(match, why(match)) for match in verdict.matches]
    kept = tuple(match for match, reason in told if reason is None)
    aside = tuple(SetAside(match, reason) for match, reason in told if reason is not None)
    action = reduce(max, (match.action for match in kept), Action.ALLOW) if verdict.scanned else verdict.action
    return replace(verdict, action=action, matches=kept, set_aside=verdict.set_aside + aside)
