"""Code: renamed functions are caught, functions of other projects pass. Bars: 98 % caught, 1 % blocked."""

import pytest

from simfilter import Action, Filter, Kind
from simfilter.demo import renamed
from tests.quality.data import functions, library_files, package_files, rows


def caught(filter_: Filter, answer: str, kind: Kind) -> bool:
    return any(match.kind is kind and match.action is Action.BLOCK for match in filter_.check(answer).matches)


@pytest.fixture(scope="module")
def copies() -> list[tuple[str, str]]:
    return functions(library_files(), 200)


def test_renamed_functions_in_a_fence_are_caught(stdlib: Filter, copies: list[tuple[str, str]]) -> None:
    missed = [name for name, source in copies if not caught(stdlib, f"Sure:\n```python\n{renamed(source, keep=())}\n```\n", Kind.RENAMED)]
    assert len(missed) <= 4, missed


def test_renamed_functions_without_a_fence_are_caught(stdlib: Filter, copies: list[tuple[str, str]]) -> None:
    missed = [name for name, source in copies if not caught(stdlib, renamed(source, keep=()), Kind.RENAMED)]
    assert len(missed) <= 4, missed


def test_verbatim_functions_are_caught(stdlib: Filter, copies: list[tuple[str, str]]) -> None:
    missed = [name for name, source in copies if stdlib.check(f"```python\n{source}\n```").action is not Action.BLOCK]
    assert len(missed) <= 4, missed


def test_functions_of_other_projects_pass(stdlib: Filter) -> None:
    others = functions(package_files("hypothesis", "mypy", "rich", "numpy", "jinja2", "jsonschema", "pygments", "Cython"), 400)
    blocked = [name for name, source in others if stdlib.check(f"```python\n{source}\n```").action is not Action.ALLOW]
    assert len(blocked) <= 4, blocked


def test_common_idioms_pass(stdlib: Filter, shared_data) -> None:
    idioms = [row for row in rows(shared_data / "code_idioms" / "idioms.jsonl.gz") if row["lang"] == "python"]
    assert len(idioms) >= 50
    blocked = [row["code"] for row in idioms if stdlib.check(row["code"], language="python").action is not Action.ALLOW]
    assert blocked == []
