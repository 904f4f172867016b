"""pytest: ``assert_original(text)`` fails a test whose text is a copy of a protected one.

    def test_the_summary_is_our_own(assert_original):
        assert_original(summarise(report), prompt=report)

The index is named by ``--simfilter-index``, by ``simfilter_index`` in pytest's configuration (relative to it), or by SIMFILTER_INDEX; a
policy likewise. Without an index the test errors: not checked is not original. Loaded by pytest itself; nothing of simfilter is imported
before the fixture is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from simfilter.filter import Filter

NAMES = {"index": "an index to compare with", "policy": "a policy in TOML"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options and settings."""
    group = parser.getgroup("simfilter", "copies of protected texts")
    for name, told in NAMES.items():
        group.addoption(f"--simfilter-{name}", metavar="PATH", help=f"assert_original: {told}.")
        parser.addini(f"simfilter_{name}", f"assert_original: {told}.", default=None)


@pytest.fixture(scope="session")
def simfilter_filter(pytestconfig: pytest.Config) -> Filter:
    """The filter that `assert_original` asks."""
    from simfilter.errors import SimfilterError
    from simfilter.filter import Filter

    index = _path(pytestconfig, "index")
    if index is None:
        pytest.fail("assert_original needs an index: --simfilter-index, simfilter_index or SIMFILTER_INDEX", pytrace=False)
    try:
        return Filter.open(index, policy=_path(pytestconfig, "policy"))
    except SimfilterError as error:
        pytest.fail(f"assert_original: {error}", pytrace=False)


@pytest.fixture
def assert_original(simfilter_filter: Filter) -> Callable[..., None]:
    """A call that fails the test when ``text`` is not original: ``assert_original(text, prompt=None, language=None)``."""
    from simfilter.report.findings import Lines, heading, weight

    def assert_original(text: str, *, prompt: str | None = None, language: str | None = None) -> None:
        __tracebackhide__ = True
        verdict = simfilter_filter.check(text, prompt=prompt, language=language)
        if verdict.clean:
            return
        lines = Lines(text)
        told = [f"line {lines.place(match.query).line}: {match.action.name}, {heading(match)}; {weight(match)}"
                for match in verdict.matches if match.action]
        told += [f"not scanned: {note}" for note in verdict.notes]
        pytest.fail("the text is not original:\n  " + "\n  ".join(told), pytrace=False)

    return assert_original


def _path(config: pytest.Config, name: str) -> Path | None:
    """A path from the command line, the configuration (relative to its file) or the environment."""
    if (given := config.getoption(f"--simfilter-{name}")) is not None:
        return Path(given)
    if (given := config.getini(f"simfilter_{name}")) is not None:
        return Path(config.inipath.parent if config.inipath is not None else config.rootpath, given)
    given = os.environ.get(f"SIMFILTER_{name.upper()}")
    return Path(given) if given else None
