"""Model Context Protocol: a coding agent asks whether what it wrote is a copy, before it hands it over.

    simfilter mcp --index protected.index

Two tools, `check_text` and `check_file`; they tell which lines are copies of what, under which licence, and never the protected text.
Comments in the judged text accept nothing here: the agent may have written them. Tried with mcp 2.3.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simfilter import __version__
from simfilter.errors import MissingExtraError, SimfilterError, reason
from simfilter.report.findings import FileReport, Lines
from simfilter.report.json import match_fields
from simfilter.scan import Job, Scanner, Settings
from simfilter.types import Verdict

INSTRUCTIONS = ("Check code and prose you wrote with check_text, files you wrote or changed with check_file, before you hand them over. "
                "'clean' is true only when all was looked at and nothing was found. For each match, rewrite the lines named in your own "
                "way, or keep them as a quotation with the source and its licence where the action is 'cite' or 'flag'; then check again.")


def create_server(index: Path, *, policy: Path | None = None, background: Path | None = None, root: Path = Path(".")) -> Any:
    """The server; only files below ``root`` are read. Raises MissingExtraError, and what `Filter.open` raises."""
    try:
        from mcp.server import MCPServer
        from mcp.server.mcpserver.exceptions import ToolError
    except ImportError:
        raise MissingExtraError("the MCP server needs mcp: pip install 'simfilter[mcp]'") from None
    scanner = Scanner(Settings(index, policy, background, inline=False))
    top = root.resolve()
    server = MCPServer("simfilter", version=__version__, instructions=INSTRUCTIONS)

    @server.tool(structured_output=True)
    def check_text(text: str, language: str | None = None, prompt: str | None = None) -> dict[str, Any]:
        """Whether a text is a copy of a protected one. ``language`` for a whole file of code (python, java, ...), else it is read as a
        chat answer in Markdown; ``prompt`` is what the user supplied: it does not count."""
        return _told(_checked(scanner, "text", text, language, prompt))

    @server.tool(structured_output=True)
    def check_file(path: str) -> dict[str, Any]:
        """Whether a file of the project, also a notebook or an archive, holds copies of protected texts."""
        file = (top / path).resolve()
        if not file.is_relative_to(top):
            raise ToolError(f"{path} is outside {root}")
        if not file.is_file():
            raise ToolError(f"{path} is no file")
        return _told(scanner.reports(Job(str(file))), shown=str(file), name=path)

    return server


def serve(index: Path, *, policy: Path | None = None, background: Path | None = None, root: Path = Path(".")) -> None:
    """Serve on standard input and output until they are closed."""
    create_server(index, policy=policy, background=background, root=root).run("stdio")


def _checked(scanner: Scanner, name: str, text: str, language: str | None, prompt: str | None) -> list[FileReport]:
    try:
        verdict: Verdict | None = scanner.filter.check(text, language=language, prompt=prompt)
        return [FileReport(name, text, verdict)]
    except SimfilterError as error:
        return [FileReport(name, error=reason(error))]


def _told(reports: list[FileReport], *, shown: str = "", name: str = "") -> dict[str, Any]:
    """What an agent is told of reports; ``name`` stands for the path ``shown``."""
    matches = [{"path": report.path.replace(shown, name, 1) if shown else report.path,
                **match_fields(match, Lines.of(report), report, with_text=False)}
               for report in reports if report.verdict is not None for match in report.findings]
    verdicts = [report.verdict for report in reports if report.verdict is not None]
    action = max((verdict.action for verdict in verdicts), default=None)
    return {"clean": len(verdicts) == len(reports) and all(verdict.clean for verdict in verdicts),
            "action": action.name.lower() if action is not None else None,
            "not_scanned": [why for report in reports for why in report.reasons], "matches": matches}
