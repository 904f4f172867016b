"""A real browser: Debian's chromium, driven by playwright. Where either is absent these tests skip and say so."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")  # playwright keeps an event loop running, which other modules' asyncio.run would not bear
def browser() -> Iterator[Any]:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no chromium: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Watched:
    """A page, what it asked for, and what it complained of."""

    def __init__(self, browser: Any, **options: Any) -> None:
        self.page = browser.new_page(**options)
        self.page.set_default_timeout(15_000)
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text) if message.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))

    def accessible(self) -> None:
        """No violation of axe-core's rules (WCAG 2.2 A and AA, best practices)."""
        from axe_playwright_python.sync_playwright import Axe

        violations = Axe().run(self.page).response["violations"]
        assert not violations, [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in violations]


@pytest.fixture
def open_page(browser: Any) -> Iterator[Any]:
    """Opens pages, closes them afterwards, and fails when one complained in the console."""
    opened: list[Watched] = []

    def open_(**options: Any) -> Watched:
        opened.append(Watched(browser, **options))
        return opened[-1]

    yield open_
    for watched in opened:
        watched.page.close()
    assert not [complaint for watched in opened for complaint in watched.complaints]
