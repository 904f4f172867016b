"""The site builds without a warning and asks nobody; what it generates is what code and records say; the release is of one version."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from simfilter import __version__
from simfilter.cli import app
from simfilter.serve.document import openapi

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site; a dead link, a page outside the tree or an unknown directive fails it."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-E", "-d", str(folder / "trees"), "-b", "html", "docs",
               str(folder / "html")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-4000:]
    return folder / "html"


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 15
    for page in pages:
        text = page.read_text("utf-8")
        assert not re.findall(r'<(?:script|img|iframe)[^>]+src="(?:https?:)?//[^"]+"|<link[^>]+href="(?:https?:)?//[^"]+"', text), page.name
        for target in re.findall(r'<img[^>]+src="([^"]+)"', text):
            assert (page.parent / target).is_file(), f"{page.name}: {target}"
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(?:https?:)?//", style.read_text("utf-8")), style.name


def test_every_command_every_route_and_every_record_is_told(site: Path) -> None:
    told = (site / "reference" / "cli.html").read_text("utf-8")
    for command in app.registered_commands:
        assert command.callback is not None
        assert f"simfilter {command.name or command.callback.__name__}" in told
    assert "--diff" in told and "simfilter index build" in told
    routes = (site / "reference" / "http.html").read_text("utf-8")
    assert all(path in routes for path in openapi(secured=True)["paths"])
    performance = html.unescape((site / "performance.html").read_text("utf-8"))
    records = json.loads((ROOT / "docs/performance.json").read_text("utf-8"))
    assert records and all(record["title"][1:] in performance and record["ran"]["commit"] in performance for record in records)
    assert "simfilter.Filter" in (site / "reference" / "api.html").read_text("utf-8")


def test_quality_says_what_its_record_says() -> None:
    from benchmarks.quality.report import written

    record = json.loads((ROOT / "docs/quality.json").read_text("utf-8"))
    page = (ROOT / "docs/quality.md").read_text("utf-8")
    number = re.compile(r"\d*\.\d+")
    made = written(page, record)
    assert number.sub("", made) == number.sub("", page)
    for ours, theirs in zip(number.findall(made), number.findall(page), strict=True):  # the record has four digits, the page had all
        assert float(ours) == pytest.approx(float(theirs), abs=0.0101)


def test_figures_show_what_simfilter_does(tmp_path: Path) -> None:
    """Drawn anew: what they assert of spans, seeds and streams holds, and each has a title and a description."""
    before = {path.name for path in (ROOT / "docs/figures").glob("*.svg")}
    program = f"import sys; sys.path.insert(0, {str(ROOT / 'docs')!r}); import figures, pathlib, shutil; here = figures.HERE; " \
              f"figures.HERE = pathlib.Path({str(tmp_path)!r}); shutil.copy(here / 'quality.json', figures.HERE); figures.main()"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
    drawn = {path.name: path.read_text("utf-8") for path in (tmp_path / "figures").glob("*.svg")}
    assert set(drawn) == before and all("<title" in text and "<desc" in text for text in drawn.values())


def test_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert project["project"]["version"] == citation["version"] == __version__
    assert citation["license"] == project["project"]["license"]


def test_release_workflow() -> None:
    """Wheels are tried before they are kept, and nothing is published but from a tag."""
    workflow = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text("utf-8"))
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["cibuildwheel"]
    assert settings["test-command"] == "simfilter demo"
    wheels = workflow["jobs"]["wheels"]["strategy"]["matrix"]["include"]
    assert {entry["runner"].split("-")[0] for entry in wheels} == {"ubuntu", "macos", "windows"}
    publish = workflow["jobs"]["publish"]
    assert publish["needs"] == ["sdist", "wheels"] and publish["if"] == "github.ref_type == 'tag'"
    assert not any("password" in json.dumps(step) for step in publish["steps"])
