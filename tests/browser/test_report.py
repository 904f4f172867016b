"""The HTML report in a real browser: what it shows, 10,000 matches, keys, screen readers, light and dark, and that it asks nobody."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simfilter import Document, Filter, build
from simfilter.report import html
from simfilter.report.findings import FileReport
from simfilter.types import Action, Kind, Match, Provenance, Span, Verdict, View
from tests.samples import FUNCTION, STORY

RENAMED = {"merge_intervals": "combine", "intervals": "spans", "merged": "out", "start": "low", "end": "high", "gap": "slack"}
NASTY = "</script><img src=x onerror=alert(1)>\u2028<!--"


def renamed(code: str) -> str:
    for theirs, ours in RENAMED.items():
        code = re.sub(rf"\b{theirs}\b", ours, code)
    return code


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> list[FileReport]:
    """A verbatim, an edited and a renamed copy, of two licences, and a file that was not scanned."""
    path = tmp_path_factory.mktemp("browser") / "index"
    build([Document(id="ledger.txt", text=STORY, source="Harbour <b>Books</b>", licence="CC-BY-4.0", url="https://example.org/ledger"),
           Document(id="intervals.py", text=FUNCTION, source="acme/scheduler", licence="GPL-3.0-only", language="python")], path)
    filter = Filter.open(path)
    answers = {"1.md": f"{NASTY} It says: {STORY.upper()}\n\nThat is all.",
               "2.md": STORY.replace("ship", "vessel").replace("wrote", "slowly wrote"),
               "3.md": f"So:\n\n```python\n{renamed(FUNCTION)}```\n"}
    found = []
    for name, text in answers.items():
        verdict = filter.check(text)
        found.append(FileReport(name, text, verdict, sources={match: filter.source_text(match) for match in verdict.matches}))
    return [*found, FileReport("image.png", error=f"binary file {NASTY}")]


@pytest.fixture(scope="module")
def report(reports: list[FileReport], tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(html.render(reports), "utf-8")
    return path.as_uri()


def many(count: int) -> list[FileReport]:
    """Reports of ``count`` matches, from two sources in turn."""
    whole = Span(0, len(STORY))
    match = Match(Kind.VERBATIM, View.TEXT, whole, whole, Provenance("a.txt", "A", "MIT"), 36, 36, 1, 1, 1, 300, 1,
                  action=Action.BLOCK, rule="default")
    other = replace(match, provenance=Provenance("b.txt", "B", None), action=Action.CITE)
    return [FileReport(f"answers/{number}.md", STORY, Verdict(each.action, (each,)), sources={each: STORY})
            for number, each in ((number, (match, other)[number % 2]) for number in range(count))]


def test_it_asks_nobody_and_shows_all(open_page: Any, report: str) -> None:
    watched = open_page()
    page = watched.page
    page.goto(report)
    assert page.locator("#told").inner_text() == "3 matches" and page.locator("[role=option]").count() == 3
    head = page.locator("header").inner_text()
    assert "1 not scanned" in head and "image.png: binary file </script><img" in head
    assert page.locator("article h2").inner_text() == "BLOCK verbatim copy of ledger.txt of Harbour <b>Books</b> (CC-BY-4.0)"
    assert NASTY.replace("\u2028", "<U+2028>") in page.locator(".ours pre").inner_text()
    assert page.locator("article a").get_attribute("href") == "https://example.org/ledger"
    assert page.evaluate("fetch('https://example.org/').then(() => 'asked', () => 'refused')") == "refused"
    watched.complaints = [complaint for complaint in watched.complaints if "example.org" not in complaint]  # the refusal itself
    assert [url.split("#")[0] for url in watched.requests if "example.org" not in url] == [report]


def test_equal_and_renamed_tokens_are_marked(open_page: Any, report: str) -> None:
    page = open_page().page
    page.goto(f"{report}#2")
    assert page.locator(".ours mark.same").all_inner_texts() == [
        "The keeper of the northern light", "wrote down every", STORY[STORY.index("that passed") :].rstrip(".")]
    assert page.locator(".theirs pre").inner_text() == STORY.rstrip(".")
    page.locator("[role=option]").nth(2).click()
    ours, theirs = (page.locator(f".{side} mark.renamed").all_inner_texts() for side in ("ours", "theirs"))
    assert set(zip(theirs, ours, strict=True)) == set(RENAMED.items())
    assert page.locator("table tbody tr").all_inner_texts()[0].split() == ["merge_intervals", "combine"]
    assert page.locator(".theirs pre").inner_text() == FUNCTION.rstrip()
    assert page.url.endswith("#3")


def test_ten_thousand_matches(open_page: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(html.render(many(10_000)), "utf-8")
    page = open_page(viewport={"width": 1280, "height": 800}).page
    page.goto(path.as_uri())
    assert page.locator("#told").inner_text() == "10000 matches"
    listing = page.locator("#list")
    listing.press("End")
    chosen = page.locator("[role=option][aria-selected=true]")
    assert (chosen.get_attribute("aria-posinset"), chosen.get_attribute("aria-setsize")) == ("10000", "10000")
    assert "answers/9999.md" in chosen.inner_text() and chosen.is_visible()
    assert "answers/9999.md" in page.locator("article").inner_text()
    listing.evaluate("list => { list.scrollTop = 64 * 5000 }")
    page.get_by_text("answers/5003.md, line 1").wait_for()
    assert page.locator("[role=option]").count() < 40  # what is out of sight is no element
    page.get_by_label("Licence").select_option("MIT")
    assert page.locator("#told").inner_text() == "5000 of 10000 matches"


def test_filters(open_page: Any, report: str) -> None:
    page = open_page().page
    page.goto(report)

    def told() -> str:
        return str(page.locator("#told").inner_text())

    for label, value, count in (("Kind", "renamed", 1), ("Licence", "CC-BY-4.0", 2), ("Source", "acme/scheduler", 1),
                                ("Action", "block", 3)):
        page.get_by_label(label, exact=True).select_option(value)
        assert told() == (f"{count} of 3 matches" if count < 3 else "3 matches") and page.locator("[role=option]").count() == count
        page.get_by_text("Show all").click()
    page.get_by_label("Search").fill("slack intervals")
    assert told() == "1 of 3 matches"
    page.get_by_label("Search").fill("no such thing")
    assert told() == "0 of 3 matches" and "No match" in page.locator("#match").inner_text()
    page.get_by_text("Show all").click()
    assert told() == "3 matches"


def test_keys_alone_are_enough(open_page: Any, report: str) -> None:
    page = open_page().page
    page.goto(report)

    def focused(what: str) -> Any:
        return page.evaluate(f"document.activeElement.{what}")

    for _ in range(12):
        page.keyboard.press("Tab")
        if focused("id") == "list":
            break
    assert focused("id") == "list"
    page.keyboard.press("ArrowDown")
    assert focused("getAttribute('aria-activedescendant')") == "row-1" and page.locator("#row-1").get_attribute("aria-selected") == "true"
    page.keyboard.press("Enter")
    assert focused("tagName") == "H2" and "edited copy" in focused("innerText")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert focused("getAttribute('aria-label')") == "output"
    page.keyboard.press("Escape")
    assert focused("id") == "list"
    page.keyboard.press("/")
    assert focused("type") == "search"
    page.keyboard.type("acme")
    assert page.locator("#told").inner_text() == "1 of 3 matches"


@pytest.mark.parametrize(("scheme", "size"), [("light", (1280, 800)), ("dark", (1280, 800)), ("light", (400, 800))])
def test_screen_readers_and_contrast(open_page: Any, report: str, scheme: str, size: tuple[int, int]) -> None:
    watched = open_page(color_scheme=scheme, viewport={"width": size[0], "height": size[1]})
    for number in (2, 3):
        watched.page.goto(f"{report}#{number}")
        watched.page.reload()
        watched.accessible()
    light = watched.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (light == "rgb(251, 250, 248)") is (scheme == "light")
    assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_nothing_found(open_page: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(html.render([FileReport("a.md", "", Verdict(Action.ALLOW))]), "utf-8")
    watched = open_page()
    watched.page.goto(path.as_uri())
    assert "Nothing protected found." in watched.page.inner_text("main")
    watched.accessible()
