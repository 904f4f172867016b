"""Pages that code and records tell: the command line, the HTTP interface, performance, changelog."""

import json
import re
import subprocess
import sys
from pathlib import Path

OUTSIDE = {"../CHANGELOG.md": "changelog.md", "../README.md": "index.md"}
"""Files of the repository that pages link to, and the page of the site that holds the same."""


def write(docs: Path) -> None:
    """Write all of them below ``docs``."""
    reference = docs / "reference"
    reference.mkdir(exist_ok=True)
    for path, text in ((reference / "cli.md", command_line()), (reference / "http.md", http()),
                       (docs / "changelog.md", changelog(docs.parent)),
                       (docs / "performance.md", performance(json.loads((docs / "performance.json").read_text("utf-8"))))):
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def command_line() -> str:
    """Every command and option, from the application itself."""
    command = [sys.executable, "-m", "typer", "simfilter.cli", "utils", "docs", "--name", "simfilter", "--title", "Command line"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return re.sub(r"\[/?(?:bold|dim|/)?\]", "", text).replace("```console", "```text")


HTTP = """# HTTP

`simfilter serve` answers these. A key, where keys are set, travels as `Authorization: Bearer KEY`; `/`, its style and script, `/healthz`,
`/readyz`, `/metrics` and `/openapi.json` need none. An error is `{"error": {"message", "type", "code"}}` with 400 (no JSON), 401 (no key),
404 (no upstream, no such index), 413 (too long), 422 (a field is wrong), 502 (the upstream),
503 (too many at a time; `Retry-After`), 504 (not judged in
time).

| route | what it does | fields |
|---|---|---|
"""
PERFORMANCE = """# Performance

Written from `performance.json`, which `make bench` records: each benchmark checks its answers before the clock starts and runs beside a
named peer in the same run. Compare figures within one table; between tables machine and load may differ, and those of scale keep the
lines of earlier runs. What they come to is told in the README, how well copies are found in [quality](quality.md), deduplication
beside its peers in [dedup](dedup.md#measured).
"""


def http() -> str:
    """Every route, from the OpenAPI document the server gives."""
    from simfilter.serve.document import openapi

    rows = []
    for path, methods in openapi(secured=True)["paths"].items():
        for method, told in methods.items():
            body = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            needed = body.get("required", ())
            fields = ", ".join(f"`{name}`" + ("" if name in needed else " (optional)") for name in body.get("properties", {}))
            rows.append(f"| `{method.upper()} {path}` | {told['summary']} | {fields} |\n")
    return HTTP + "".join(rows)


def changelog(root: Path) -> str:
    """The changelog, its links as seen from docs/."""
    return (root / "CHANGELOG.md").read_text("utf-8").replace("(docs/", "(")


def performance(records: list[dict]) -> str:
    """Every recorded benchmark, with where and when it ran."""
    parts = [PERFORMANCE]
    for record in records:
        ran, columns = record["ran"], record["columns"]
        rows = [columns, ["---", *["---:"] * (len(columns) - 1)], *([_cell(value) for value in line] for line in record["lines"])]
        parts.append(f"## {record['title'][0].upper()}{record['title'][1:]}\n\n`{ran['command']}`, {ran['date']}, commit {ran['commit']}, "
                     f"{ran['machine']}, Python {ran['python']}; {ran['load']:.1f} processes wanted a processor when it began.\n\n"
                     + "".join(f"| {' | '.join(row)} |\n" for row in rows))
    return "\n".join(parts)


def _cell(value: object) -> str:
    return value if isinstance(value, str) else f"{value:,.3g}" if isinstance(value, float) and value < 1000 else f"{value:,.0f}"
