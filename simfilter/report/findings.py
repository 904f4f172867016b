"""What all reports share: one file's verdict, and lines and columns of spans."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

from simfilter.types import Action, Match, Span, Verdict

_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Place:
    """First and last line of a span and its columns there, all from 1; the end column is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Lines:
    """Lines of a text. Columns count UTF-16 code units with ``utf16``, else characters."""

    def __init__(self, text: str, *, utf16: bool = False) -> None:
        self._text = text
        self._utf16 = utf16
        self._starts = [0, *(found.end() for found in _LINE_END.finditer(text))]

    def place(self, span: Span) -> Place:
        """Where a span stands.

        >>> Lines("one\\r\\ntwo").place(Span(5, 8))
        Place(line=2, column=1, end_line=2, end_column=4)
        """
        return Place(*self._at(span.start), *self._at(span.end))

    def _at(self, position: int) -> tuple[int, int]:
        line = bisect_right(self._starts, position)
        before = self._text[self._starts[line - 1] : position]
        width = len(before.encode("utf-16-le", "surrogatepass")) // 2 if self._utf16 else len(before)
        return line, width + 1


@dataclass(frozen=True, slots=True)
class FileReport:
    """What was found in one input: a verdict, or the reason it was not scanned."""

    path: str
    text: str = ""
    verdict: Verdict | None = None
    error: str | None = None
    sources: dict[Match, str] = field(default_factory=dict)

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


def exit_code(reports: Iterable[FileReport], *, fail_open: bool = False) -> int:
    """2 when something was not scanned (unless ``fail_open``), 1 when something was found, else 0."""
    reports = list(reports)
    if not fail_open and not all(report.scanned for report in reports):
        return 2
    return int(any(report.findings for report in reports))


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
