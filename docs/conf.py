"""The site: Sphinx over these pages, furo's look, nothing from the network. `make docs` builds it."""

import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import generate  # noqa: E402

from simfilter import __version__  # noqa: E402

project, author, release = "simfilter", "The simfilter developers", __version__
html_title = f"simfilter {release}"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
html_theme = "furo"
html_show_sphinx = False
html_copy_source = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1f6a75", "color-brand-content": "#1f6a75", "color-background-primary": "#fbfaf8"},
    "dark_css_variables": {"color-brand-primary": "#7fd0dc", "color-brand-content": "#7fd0dc", "color-background-primary": "#171614"},
}
suppress_warnings = ["docutils"]  # docstrings are prose first; links, pages and directives still fail the build
default_role = "code"
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True}


def outside(app, name, source):
    """Links that leave docs/ in the repository lead to the page of the site that holds the same."""
    for target, page in generate.OUTSIDE.items():
        source[0] = re.sub(rf"\({re.escape(target)}(?:#[^)]*)?\)", f"({page})", source[0])
    if name == "index":  # a page nobody listed is a how-to
        pages = {path.stem for path in HERE.glob("*.md")} - {"index"}
        unlisted = sorted(page for page in pages if f"\n{page}\n" not in source[0])
        source[0] = source[0].replace("\nreport\n", "\n".join(["\nreport", *unlisted, ""]))


def setup(app):
    generate.write(HERE)
    app.connect("source-read", outside)
