"""What all reports share: one file's verdict, and lines and columns of spans."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import xxhash

from simfilter.types import Action, Match, SetAside, Span, Verdict

_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Place:
    """First and last line of a span and its columns there, all from 1; the end column is exclusive.

    ``part`` names the piece of the file it begins in, as ``cell 3 line 2``: the lines are then those of the file, the columns those of
    the piece.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    part: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a line of a judged text comes from: line of the file, name of the piece, line of the piece; lines from 1."""

    line: int
    part: str
    part_line: int


class Lines:
    """Lines of a text. Columns count UTF-16 code units with ``utf16``, else characters.

    ``origins`` tells for each line where it stands in the file, when the text is only a piece of it.
    """

    def __init__(self, text: str, *, utf16: bool = False, origins: Sequence[Origin] = ()) -> None:
        self._text = text
        self._utf16 = utf16
        self._origins = origins
        self.starts = [0, *(found.end() for found in _LINE_END.finditer(text))]
        """Where each line begins."""

    @classmethod
    def of(cls, report: FileReport, *, utf16: bool = False) -> Lines:
        """The lines of what a report judged, told as lines of its file."""
        return cls(report.text, utf16=utf16, origins=report.origins)

    def place(self, span: Span) -> Place:
        """Where a span stands.

        >>> Lines("one\\r\\ntwo").place(Span(5, 8))
        Place(line=2, column=1, end_line=2, end_column=4)
        """
        line, column = self._at(span.start)
        end_line, end_column = self._at(span.end)
        if not self._origins:
            return Place(line, column, end_line, end_column)
        first, last = self._origins[line - 1], self._origins[end_line - 1]
        return Place(first.line, column, last.line, end_column, f"{first.part} line {first.part_line}")

    def _at(self, position: int) -> tuple[int, int]:
        line = bisect_right(self.starts, position)
        before = self._text[self.starts[line - 1] : position]
        width = len(before.encode("utf-16-le", "surrogatepass")) // 2 if self._utf16 else len(before)
        return line, width + 1


@dataclass(frozen=True, slots=True)
class FileReport:
    """What was found in one input: a verdict, or the reason it was not scanned.

    ``archive`` is the file that holds it when ``path`` names a member. ``warnings`` are for the reader; they do not make it unscanned.
    """

    path: str
    text: str = ""
    verdict: Verdict | None = None
    error: str | None = None
    sources: dict[Match, str] = field(default_factory=dict)
    origins: tuple[Origin, ...] = ()
    archive: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def scanned(self) -> bool:
        """Whether all of it was looked at."""
        return self.verdict is not None and self.verdict.scanned

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it, or a part of it, was not scanned."""
        return (self.error,) if self.error is not None else self.verdict.notes if self.verdict is not None else ()

    @property
    def findings(self) -> tuple[Match, ...]:
        """The matches that call for something."""
        return tuple(match for match in self.verdict.matches if match.action > Action.ALLOW) if self.verdict else ()

    @property
    def accepted(self) -> tuple[SetAside, ...]:
        """The matches somebody answers for."""
        return tuple(aside for aside in self.verdict.set_aside if aside.reason.startswith(ACCEPTED)) if self.verdict else ()


def exit_code(reports: Iterable[FileReport], *, fail_open: bool = False) -> int:
    """2 when something was not scanned (unless ``fail_open``), 1 when something was found, else 0."""
    reports = list(reports)
    if not fail_open and not all(report.scanned for report in reports):
        return 2
    return int(any(report.findings for report in reports))


ACCEPTED = "accepted: "
"""How the reason begins of a finding that somebody answers for."""


def finding_id(match: Match) -> str:
    """What a finding is called: equal for the same stretch of the same protected document, wherever the copy stands."""
    origin = match.provenance
    identity = f"{match.kind}|{origin.source}|{origin.document}|{match.source.start}|{match.source.end}"
    return xxhash.xxh3_64_hexdigest(identity.encode("utf-8", "surrogatepass"))[:12]


def heading(match: Match) -> str:
    """One line for a match: what it is a copy of."""
    origin = match.provenance
    name = origin.document if origin.source in ("", origin.document) else f"{origin.document} of {origin.source}"
    return f"{match.kind.value} copy of {name}" + (f" ({origin.licence})" if origin.licence else "")


def weight(match: Match) -> str:
    """One line for what a match weighs."""
    parts = [f"{match.tokens} tokens", f"{match.characters} characters", f"{match.bits:.0f} bits",
             f"{match.coverage:.0%} of the output", f"{match.containment:.1%} of the source"]
    if match.identity < 1:
        parts.append(f"{match.identity:.0%} identical")
    if match.documents > 1:
        parts.append(f"in {match.documents} documents")
    if not match.verified:
        parts.append("unverified")
    return ", ".join(parts)


def visible(text: str) -> str:
    """``text`` with what a terminal would obey or hide shown as an escape.

    >>> visible("a\\u202eb\\x1b[31m\\u200b")
    'a<U+202E>b<U+001B>[31m<U+200B>'
    """
    return _HIDDEN.sub(lambda found: f"<U+{ord(found[0]):04X}>", text.replace("\r\n", "\n"))


_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
                     "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]")
