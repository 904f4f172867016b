"""Reports for people: findings side by side with their source, on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from simfilter.report.findings import FileReport, Lines, finding_id, heading, visible, weight
from simfilter.types import Action, Match, SetAside

COLOURS = {Action.ALLOW: "green", Action.FLAG: "cyan", Action.CITE: "yellow", Action.REDACT: "magenta", Action.BLOCK: "bold red"}
CONTEXT = 60
"""Characters of the output shown around a match."""

LONGEST = 600
"""Characters of a match shown on either side; `explain` shows all."""


def render_report(reports: Sequence[FileReport], *, seconds: float | None = None) -> RenderableType:
    """All findings and a closing line."""
    parts: list[RenderableType] = []
    for report in reports:
        lines = Lines.of(report)
        for match in report.findings:
            parts += [_title(report.path, lines, match), render_match(report.text, match, report.sources.get(match, "")), Text()]
        for reason in report.reasons:
            parts.append(Text.assemble((" NOT SCANNED ", "reverse yellow"), " ", (visible(report.path), "bold"), f"  {visible(reason)}"))
    if any(report.findings for report in reports):
        parts.append(Text("in depth: simfilter explain FILE; accept: simfilter allow add ID --reason WHY", "dim"))
    return Group(*parts, summary(reports, seconds))


def summary(reports: Sequence[FileReport], seconds: float | None = None) -> Text:
    """The closing line: how much was scanned and found."""
    found = sum(len(report.findings) for report in reports)
    files = sum(bool(report.findings) for report in reports)
    missed = sum(not report.scanned for report in reports)
    took = f" in {seconds:.2f} s" if seconds is not None else ""
    line = Text(f"{len(reports)} {'file' if len(reports) == 1 else 'files'}{took}: ")
    line.append(f"{found} {'match' if found == 1 else 'matches'} in {files}" if found else "nothing protected found",
                "bold red" if found else "green")
    if accepted := sum(len(report.accepted) for report in reports):
        line.append(f", {accepted} accepted")
    if missed:
        line.append(f", {missed} not scanned", "bold yellow")
    return line


def render_match(text: str, match: Match, source: str, *, longest: int = LONGEST) -> RenderableType:
    """Output and source side by side, the copied characters marked."""
    start, end = match.query.start, match.query.end
    before, after = text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]
    shown = Text.assemble((visible(before), "dim"), (_cut(match.query.of(text), longest), "red"), (visible(after), "dim"))
    table = Table(box=box.SIMPLE_HEAD, expand=True, padding=(0, 1), show_edge=False)
    table.add_column("output", ratio=1, overflow="fold")
    table.add_column(Text(visible(match.provenance.document)), ratio=1, overflow="fold")
    table.add_row(shown, Text(_cut(source, longest), "blue") if source else Text("(source text not shown)", "dim"))
    parts: list[RenderableType] = [Text(weight(match), "dim"), table]
    if match.renaming:
        names = Text("renamed: ", "dim")
        for position, (theirs, mine) in enumerate(match.renaming[:12]):
            names.append(", " if position else "").append(visible(theirs), "blue").append(" → ").append(visible(mine), "red")
        if len(match.renaming) > 12:
            names.append(f" and {len(match.renaming) - 12} more", "dim")
        parts.append(names)
    return Group(*parts)


def render_explanation(report: FileReport, match: Match) -> RenderableType:
    """One match in depth: why it counts, all of its text, its renaming."""
    facts = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    origin = match.provenance
    rows = {
        "id": finding_id(match),
        "action": f"{match.action.name} by rule: {match.rule}", "kind": f"{match.kind.value}, compared as {match.view.value}",
        "document": origin.document, "source": origin.source, "licence": origin.licence or "not stated", "url": origin.url or "",
        "language": origin.language or "", "tags": ", ".join(origin.tags),
        "length": f"{match.tokens} equal tokens, longest run {match.longest_run}, {match.characters} characters",
        "identity": f"{match.identity:.1%}", "surprise": f"{match.bits:.1f} bits",
        "coverage": f"{match.coverage:.1%} of the output's tokens", "containment": f"{match.containment:.2%} of the source's tokens",
        "density": f"{match.density:.1%} of the tokens from the first to the last of the match",
        "held by": f"{match.documents} distinct documents", "output": f"characters {match.query.start}..{match.query.end}",
        "in source": f"characters {match.source.start}..{match.source.end}",
    }
    for name, value in rows.items():
        if value:
            facts.add_row(Text(name, "dim"), Text(visible(value)))
    parts: list[RenderableType] = [_title(report.path, Lines.of(report), match), facts,
                                   render_match(report.text, match, report.sources.get(match, ""), longest=1 << 30)]
    if match.renaming:
        names = Table("in the source", "in the output", box=box.SIMPLE_HEAD, show_edge=False)
        for theirs, mine in match.renaming:
            names.add_row(Text(visible(theirs)), Text(visible(mine)))
        parts.append(Panel(names, title="renaming", expand=False))
    return Group(*parts)


def render_set_aside(aside: Sequence[SetAside]) -> RenderableType:
    """What was found but does not count, and why."""
    table = Table("reason", "kind", "document", "tokens", "bits", box=box.SIMPLE_HEAD, show_edge=False, title="set aside",
                  title_justify="left")
    for item in aside:
        match = item.match
        table.add_row(item.reason, match.kind.value, Text(visible(match.provenance.document)), str(match.tokens), f"{match.bits:.0f}")
    return table


def _title(path: str, lines: Lines, match: Match) -> Text:
    place = lines.place(match.query)
    where = f"line {place.line}" if place.line == place.end_line else f"lines {place.line}-{place.end_line}"
    where += f" ({place.part})" if place.part else ""
    return Text.assemble((f" {match.action.name} ", f"reverse {COLOURS[match.action]}"), " ", (visible(path), "bold"), f" {where}: ",
                         (visible(heading(match)), "bold"), (f"  [{finding_id(match)}]", "dim"))


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return visible(text)
    half = longest // 2
    return f"{visible(text[:half])}\n… {len(text) - 2 * half} characters …\n{visible(text[-half:])}"
