"""What GitHub and GitLab show beside the code, JSON lines, and notices."""

import json
from dataclasses import replace

from simfilter.report import annotations, notice
from simfilter.report import json as json_report
from simfilter.report.findings import ACCEPTED, FileReport, Origin, finding_id
from simfilter.types import SetAside
from tests.unit.report.test_reports import filter_, reports  # noqa: F401


def test_github_commands(reports: list[FileReport]) -> None:  # noqa: F811
    lines = annotations.render_github(reports).splitlines()
    assert len(lines) == 3
    first, second, missed = lines
    assert first.startswith("::error file=answer é.md,line=2,endLine=2,col=11,endColumn=") and ",title=verbatim copy::BLOCK: " in first
    assert "100%25 of the output" in second and second.startswith("::error file=code.py,line=1,endLine=8,title=renamed copy::")
    assert missed == "::error file=image.png,title=not scanned::image.png: not scanned: binary file"


def test_github_properties_are_escaped(reports: list[FileReport]) -> None:  # noqa: F811
    nasty = replace(reports[0], path="a,b:c%\n::error::x.md")
    (line,) = annotations.render_github([nasty]).splitlines()
    assert line.startswith("::error file=a%2Cb%3Ac%25%0A%3A%3Aerror%3A%3Ax.md,line=2")


def test_gitlab_issues(reports: list[FileReport]) -> None:  # noqa: F811
    issues = json.loads(annotations.render_gitlab(reports))
    assert [issue["check_name"] for issue in issues] == ["simfilter-verbatim", "simfilter-renamed", "simfilter-not-scanned"]
    assert issues[0]["location"] == {"path": "answer é.md", "lines": {"begin": 2, "end": 2}} and issues[0]["severity"] == "critical"
    assert len({issue["fingerprint"] for issue in issues}) == 3
    for issue in issues:
        assert set(issue) == {"description", "check_name", "severity", "fingerprint", "location"}
    assert "harbour office had long ago" not in json.dumps(issues)


def test_json_lines_hold_what_json_holds(reports: list[FileReport]) -> None:  # noqa: F811
    lines = [json.loads(line) for line in json_report.render_lines(reports).splitlines()]
    assert lines == json.loads(json_report.render(reports))["files"]
    assert lines[0]["matches"][0]["id"] == finding_id(reports[0].findings[0])


def test_pieces_are_told_by_the_file_that_holds_them(reports: list[FileReport]) -> None:  # noqa: F811
    from simfilter.report import sarif

    code = reports[1]
    origins = tuple(Origin(20 + line, "cell 3", line) for line in range(1, code.text.count("\n") + 2))
    cell = replace(code, path="n.ipynb", origins=origins)
    member = replace(code, path="a.zip!/src/code.py", archive="a.zip")
    assert "file=n.ipynb,line=21,endLine=28,title" in annotations.render_github([cell])
    assert "In cell 3 line 1." in annotations.render_github([cell])
    shown = annotations.render_github([member])
    assert "file=a.zip,line=1" in shown and "In a.zip!/src/code.py line 1." in shown
    results = json.loads(sarif.render([cell, member]))["runs"][0]["results"]
    places = [result["locations"][0]["physicalLocation"] for result in results]
    assert places[0]["region"] == {"startLine": 21, "endLine": 28} and places[0]["artifactLocation"]["uri"] == "n.ipynb"
    assert "region" not in places[1] and places[1]["artifactLocation"]["uri"] == "a.zip"
    assert "a.zip!/src/code.py line 1" in results[1]["message"]["text"]
    query = json.loads(json_report.render([cell]))["files"][0]["matches"][0]["query"]
    assert (query["line"], query["end_line"], query["part"]) == (21, 28, "cell 3 line 1")


def test_a_notice_lists_what_was_quoted(reports: list[FileReport]) -> None:  # noqa: F811
    code = reports[1]
    accepted = replace(code.verdict, matches=(), set_aside=(SetAside(code.findings[0], f"{ACCEPTED}asked *them*"),
                                                            SetAside(code.findings[0], "short: 3 of 40 tokens")))
    quoted = notice.quotations([reports[0], replace(code, verdict=accepted), *reports[2:]])
    page = notice.render(quoted, copyrights={"ledger.txt": ["© 2024 Keeper"]})
    assert page.index("## CC-BY-4.0") < page.index("### Harbour \\<b\\>Books\\</b\\>") < page.index("- ledger.txt, <https://example.org/ledger>")
    tokens = reports[0].findings[0].tokens
    assert f"  - © 2024 Keeper\n  - in answer é.md, line 2: verbatim, {tokens} tokens\n" in page
    assert "## no licence stated" in page and "in code.py, lines 1-8: renamed," in page and "accepted: asked \\*them\\*" in page
    assert page.count("in code.py") == 1 and "harbour office" not in page
    rows = json.loads(notice.render_json(quoted, copyrights={}))["quotations"]
    assert [(row["document"], row["licence"], row["accepted"]) for row in rows] == [
        ("ledger.txt", "CC-BY-4.0", None), ("tide.py", None, "accepted: asked *them*")]
    assert notice.render([], copyrights={}) == "# Notice\n\nNothing protected is quoted.\n"
