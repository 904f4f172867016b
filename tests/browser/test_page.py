"""The page of `simfilter serve` in a real browser, against the real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from simfilter import Document, build
from simfilter.serve.app import Settings, create_app
from tests.browser.test_report import RENAMED, renamed
from tests.samples import FUNCTION, STORY
from tests.serve.conftest import serving


@pytest.fixture(scope="module")
def indices(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("page")
    build([Document(id="ledger.txt", text=STORY, source="Harbour Books", licence="CC-BY-4.0")], folder / "books.index")
    function = Document(id="intervals.py", text=FUNCTION, source="acme/scheduler", licence="GPL-3.0-only", language="python")
    build([function], folder / "code.index")
    return folder / "books.index", folder / "code.index"


@pytest.fixture(scope="module")
def url(indices: tuple[Path, Path]) -> Iterator[str]:
    yield from serving(create_app(Settings(indices[0], others=(indices[1],), with_text=True)))


@pytest.fixture(scope="module")
def guarded(indices: tuple[Path, Path]) -> Iterator[str]:
    yield from serving(create_app(Settings(indices[0], keys=("secret-key",))))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_paste_pick_and_see(open_page: Any, url: str, scheme: str) -> None:
    watched = open_page(color_scheme=scheme)
    page = watched.page
    page.goto(url)
    page.locator("#index option").nth(1).wait_for(state="attached")
    watched.accessible()
    assert page.locator("#index option").all_inner_texts() == ["books (1 document)", "code (1 document)"]
    page.get_by_label("Text", exact=True).fill(f"```python\n{renamed(FUNCTION)}```\n<b>{STORY.upper()}</b>")
    page.get_by_role("button", name="Check").click()
    page.get_by_text("1 match").wait_for()
    assert "verbatim copy of ledger.txt of Harbour Books (CC-BY-4.0)" in page.locator("article h2").inner_text()
    assert page.locator(".theirs mark.same").all_inner_texts() == [STORY.rstrip(".")]
    page.get_by_label("Index").select_option("code")
    page.get_by_label("Text", exact=True).press("Control+Enter")
    page.get_by_text("copy of intervals.py").wait_for()
    ours, theirs = (page.locator(f".{side} mark.renamed").all_inner_texts() for side in ("ours", "theirs"))
    assert set(zip(theirs, ours, strict=True)) == set(RENAMED.items())
    watched.accessible()
    assert {request.removeprefix(url) for request in watched.requests} <= {"/", "/page.css", "/page.js", "/v1/indices", "/v1/explain",
                                                                           "/favicon.ico"}


def test_innocent_prompted_and_short(open_page: Any, url: str) -> None:
    page = open_page().page
    page.goto(url)
    page.get_by_label("Text", exact=True).fill("Two of us walked to the market.")
    page.get_by_role("button", name="Check").click()
    page.get_by_text("Nothing protected found.").wait_for()
    page.get_by_label("Text", exact=True).fill(" ".join(STORY.split()[:15]))
    page.get_by_role("button", name="Check").click()
    page.get_by_text("short: 15 of 18 tokens").wait_for()
    page.get_by_label("Text", exact=True).fill(STORY)
    page.get_by_text("What the user supplied").click()
    page.get_by_label("Prompt").fill(STORY)
    page.get_by_role("button", name="Check").click()
    page.get_by_text("Nothing protected found.").wait_for()


def test_a_key_is_asked_for_and_kept_nowhere(open_page: Any, guarded: str) -> None:
    watched = open_page()
    page = watched.page
    page.goto(guarded)
    page.get_by_text("a valid API key is needed").wait_for()
    page.get_by_label("Key").fill("secret-key")
    page.get_by_label("Text", exact=True).fill(STORY)
    page.get_by_role("button", name="Check").click()
    page.get_by_text("1 match").wait_for()
    assert page.locator(".theirs pre").inner_text() == "The source text is not shown."  # not without with_text
    assert page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length") == 0
    watched.complaints = [complaint for complaint in watched.complaints if "401" not in complaint]


def test_its_policy_holds(open_page: Any, url: str) -> None:
    """Inline script, foreign addresses and markup from strings are refused by the browser, not by our good behaviour."""
    headers = httpx.get(url).headers
    assert "default-src 'none'" in headers["content-security-policy"] and "unsafe" not in headers["content-security-policy"]
    watched = open_page()
    page = watched.page
    page.goto(url)
    page.locator("#index option").first.wait_for(state="attached")
    assert page.evaluate("fetch('https://example.org/').then(() => 'asked', () => 'refused')") == "refused"
    assert page.evaluate("try { document.body.innerHTML = '<i>'; 'made' } catch { 'refused' }") == "refused"
    page.evaluate("document.head.append(Object.assign(document.createElement('style'), {textContent: 'body { color: red }'}))")
    assert page.evaluate("getComputedStyle(document.body).color") != "rgb(255, 0, 0)"
    assert not [request for request in watched.requests if not request.startswith(url) and "example.org" not in request]
    assert watched.complaints
    watched.complaints = []
