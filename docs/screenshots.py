"""The screenshots of these pages, taken with the chromium of this machine: `python docs/screenshots.py`."""

import re
import shutil
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

import uvicorn
from playwright.sync_api import Page, sync_playwright

from simfilter import Document, Filter, build
from simfilter.report import html
from simfilter.report.findings import FileReport
from simfilter.serve.app import Settings, create_app

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.samples import FUNCTION, STORY

FIGURES = Path(__file__).parent / "figures"
NAMES = {"merge_intervals": "combine", "intervals": "spans", "merged": "out", "start": "low", "end": "high", "stretch": "s", "gap": "slack"}
EDITED = STORY.replace("light", "lamp").replace("every ship", "every single ship").replace("had asked", "asked").replace("ledgers", "books")


def renamed() -> str:
    """The function with other names, and a line put in."""
    lines = [line for line in FUNCTION.splitlines() if '"""' not in line]
    text = "\n".join([*lines[:2], "    seen = 0", *lines[2:3], "        seen += 1", *lines[3:]])
    for theirs, ours in NAMES.items():
        text = re.sub(rf"\b{theirs}\b", ours, text)
    return text


def shoot(page: Page, name: str) -> None:
    page.wait_for_timeout(300)
    page.screenshot(path=FIGURES / f"{name}.png")


def main() -> None:
    """Report in light and dark, and the page of the server."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        index = Path(folder) / "protected.index"
        build([Document(id="ledgers.txt", text=STORY, source="Harbour Stories", licence="All rights reserved"),
               Document(id="intervals.py", text=FUNCTION, source="acme/scheduler", licence="GPL-3.0-only", language="python")], index)
        filter = Filter.open(index)
        answers = {"answers/4.md": f"Sure, this joins them:\n\n```python\n{renamed()}\n```\n", "answers/7.md": f"It begins:\n\n{EDITED}\n",
                   "answers/9.md": STORY.upper(), "answers/12.md": f"A recitation. {STORY}"}
        reports = []
        for name, text in answers.items():
            verdict = filter.check(text)
            reports.append(FileReport(name, text, verdict, sources={each: filter.source_text(each) for each in verdict.matches}))
        report = Path(folder) / "report.html"
        report.write_text(html.render(reports), "utf-8")
        path = shutil.which("chromium")
        assert path, "no chromium"
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(report.as_uri())
        shoot(page, "report-light")
        page = browser.new_page(viewport={"width": 1280, "height": 620}, color_scheme="dark")
        page.goto(f"{report.as_uri()}#2")
        shoot(page, "report-dark")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(create_app(Settings(index, with_text=True)), port=port, log_level="critical"))
        threading.Thread(target=server.run, daemon=True).start()
        while not server.started:
            time.sleep(0.01)
        page = browser.new_page(viewport={"width": 1100, "height": 1060})
        page.goto(f"http://127.0.0.1:{port}/")
        page.get_by_label("Text", exact=True).fill(f"It begins:\n\n{EDITED.upper()}\n\nAnd then there was tea.")
        page.get_by_role("button", name="Check").click()
        page.get_by_text("1 match").wait_for()
        shoot(page, "page-light")
        server.should_exit = True
        browser.close()


if __name__ == "__main__":
    main()
