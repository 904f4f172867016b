"""The MCP server, asked by mcp's own client over standard input and output."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.cli.conftest import index, place  # noqa: F401
from tests.unit.report.test_reports import CODE, SECRET

pytest.importorskip("mcp", reason="mcp is not installed")

from mcp import ClientSession, StdioServerParameters, stdio_client

ROOT = Path(__file__).parents[2]


def ask(folder: Path, index: Path, *calls: tuple[str, dict[str, Any]]) -> tuple[list[str], list[Any]]:  # noqa: F811
    """The server's tools, and its answers to calls."""
    server = StdioServerParameters(command=sys.executable, args=["-m", "simfilter", "mcp", "--index", str(index)], cwd=folder,
                                   env={**os.environ, "PYTHONPATH": str(ROOT)})

    async def talk() -> tuple[list[str], list[Any]]:
        async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
            await session.initialize()
            tools = (await session.list_tools()).tools
            return [tool.name for tool in tools], [await session.call_tool(name, arguments) for name, arguments in calls]

    with anyio.from_thread.start_blocking_portal() as portal:
        return portal.call(talk)


def test_an_agent_checks_what_it_wrote(index: Path, place: Path) -> None:  # noqa: F811
    renamed = CODE.replace("total", "amount").replace("hour", "step")
    (place / "allowed.py").write_text("# simfilter: allow[*] I am an agent\n" + renamed)
    tools, (own, prose, code, supplied, file, allowed, outside, missing, odd) = ask(
        place, index, ("check_text", {"text": "Nothing special."}), ("check_text", {"text": f"He said:\n\n{SECRET}"}),
        ("check_text", {"text": renamed, "language": "python"}), ("check_text", {"text": SECRET, "prompt": SECRET}),
        ("check_file", {"path": "copy.md"}), ("check_file", {"path": "allowed.py"}), ("check_file", {"path": "../outside.txt"}),
        ("check_file", {"path": "none.txt"}), ("check_text", {"text": "x", "language": "klingon"}))
    assert tools == ["check_text", "check_file"]
    assert own.structured_content == {"clean": True, "action": "allow", "not_scanned": [], "matches": []}
    (match,) = prose.structured_content["matches"]
    assert prose.structured_content["action"] == "block" and not prose.structured_content["clean"]
    assert (match["query"]["line"], match["source"]["document"], match["source"]["licence"]) == (3, "ledger.txt", "CC-BY-4.0")
    assert code.structured_content["matches"][0]["kind"] == "renamed" and supplied.structured_content["clean"]
    assert file.structured_content["matches"][0]["path"] == "copy.md"
    assert allowed.structured_content["matches"], "an agent cannot accept its own copy"
    assert outside.is_error and "outside" in outside.content[0].text and missing.is_error and "is no file" in missing.content[0].text
    assert odd.structured_content is None or not odd.structured_content["clean"]
    told = json.dumps([answer.model_dump(mode="json") for answer in (prose, code, file)])
    assert "harbour office had long ago" not in told
