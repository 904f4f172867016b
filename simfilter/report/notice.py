"""What was quoted from where, under which licence: a NOTICE in Markdown, or the same as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simfilter.report.findings import FileReport, Lines, visible
from simfilter.types import Action, Match, Provenance

UNKNOWN = "no licence stated"


@dataclass(frozen=True, slots=True)
class Quotation:
    """A stretch of a file that was quoted from a document; ``accepted`` tells why somebody answers for it."""

    match: Match
    path: str
    lines: str
    accepted: str = ""

    @property
    def order(self) -> tuple[str, str, str, str, int]:
        """By licence, source, document, file."""
        origin = self.match.provenance
        return origin.licence or "\uffff", origin.source, origin.document, self.path, self.match.query.start


def quotations(reports: Iterable[FileReport]) -> list[Quotation]:
    """All that was quoted in the files of ``reports``, whatever the policy does about it, what was accepted too."""
    found = []
    for report in reports:
        if report.verdict is None:
            continue
        lines = Lines.of(report)
        for match, accepted in [*((match, "") for match in report.verdict.matches),
                                *((aside.match, aside.reason) for aside in report.accepted)]:
            place = lines.place(match.query)
            where = f"line {place.line}" if place.line == place.end_line else f"lines {place.line}-{place.end_line}"
            found.append(Quotation(match, report.path, where + (f" ({place.part})" if place.part else ""), accepted))
    return sorted(found, key=lambda quotation: quotation.order)


def render(quoted: Sequence[Quotation], *, copyrights: Mapping[str, Sequence[str]], title: str = "Notice") -> str:
    """The NOTICE; ``copyrights`` are the copyright lines of a document, by its id."""
    if not quoted:
        return f"# {title}\n\nNothing protected is quoted.\n"
    parts = [f"# {title}\n\nThis work quotes the following material.\n"]
    licence = source = document = None
    for quotation in quoted:
        origin = quotation.match.provenance
        if (origin.licence or UNKNOWN) != licence:
            licence, source = origin.licence or UNKNOWN, None
            parts.append(f"\n## {_plain(licence)}\n")
        if origin.source != source:
            source, document = origin.source, None
            parts.append(f"\n### {_plain(origin.source)}\n\n")
        if origin.document != document:
            document = origin.document
            parts.append(f"- {_plain(origin.document)}" + (f", <{visible(origin.url)}>" if origin.url else "") + "\n")
            parts += [f"  - {_plain(line)}\n" for line in copyrights.get(origin.document, ())]
        said = f"; {quotation.accepted}" if quotation.accepted else "" if quotation.match.action > Action.ALLOW else "; allowed by policy"
        parts.append(f"  - in {_plain(quotation.path)}, {quotation.lines}: {quotation.match.kind.value}, "
                     f"{quotation.match.tokens} tokens{_plain(said)}\n")
    return "".join(parts)


def render_json(quoted: Sequence[Quotation], *, copyrights: Mapping[str, Sequence[str]]) -> str:
    """The same as JSON."""
    return json.dumps({"quotations": [_fields(quotation, copyrights) for quotation in quoted]}, indent=2) + "\n"


def _fields(quotation: Quotation, copyrights: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    match, origin = quotation.match, quotation.match.provenance
    return {"path": quotation.path, "lines": quotation.lines, "start": match.query.start, "end": match.query.end, "kind": match.kind.value,
            "tokens": match.tokens, "action": match.action.name.lower(), "accepted": quotation.accepted or None, **_origin(origin),
            "copyright": list(copyrights.get(origin.document, ()))}


def _origin(origin: Provenance) -> dict[str, str | None]:
    return {"document": origin.document, "source": origin.source, "licence": origin.licence, "url": origin.url}


def _plain(text: str) -> str:
    """Text whose signs Markdown does not obey."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>#|" else sign for sign in visible(text).replace("\n", " "))
