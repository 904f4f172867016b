"""Code: copies of functions are caught whatever was done to them, functions of other projects pass.

Bars: 98 % of renamed copies, 95 % of those with dead code or swaps besides (90 % with a dead statement after each); 1 % blocked.
"""

import random

import pytest

from simfilter import Action, Filter, Kind
from simfilter.demo import renamed
from simfilter.evasion import code
from tests.quality.data import functions, library_files, package_files, rows


def caught(filter_: Filter, answer: str) -> bool:
    """As renamed, or as edited too: `renamed` leaves the names in f-strings."""
    return any(match.kind in (Kind.RENAMED, Kind.EDITED) and match.renaming and match.action is Action.BLOCK
               for match in filter_.check(answer).matches)


@pytest.fixture(scope="module")
def copies() -> list[tuple[str, str]]:
    return functions(library_files(), 200)


def test_renamed_functions_in_a_fence_are_caught(stdlib: Filter, copies: list[tuple[str, str]]) -> None:
    missed = [name for name, source in copies if not caught(stdlib, f"Sure:\n```python\n{renamed(source, keep=())}\n```\n")]
    assert len(missed) <= 4, missed


def test_renamed_functions_without_a_fence_are_caught(stdlib: Filter, copies: list[tuple[str, str]]) -> None:
    missed = [name for name, source in copies if not caught(stdlib, renamed(source, keep=()))]
    assert len(missed) <= 4, missed


EVASIONS = {
    "renamed, all names": 0.97, "dead code after every 2nd, renamed all": 0.95, "dead code after every statement, renamed all": 0.9,
    "adjacent swapped, renamed all": 0.95, "all at once": 0.95, "refactored": 0.9, "statements deleted": 0.95, "literals changed": 0.97,
    "types and modifiers changed": 0.97,
}


@pytest.mark.parametrize("name", EVASIONS)
def test_evasions_are_caught(stdlib: Filter, copies: list[tuple[str, str]], name: str) -> None:
    rng = random.Random(0)
    answers = [(where, f"```python\n{code('python')[name].apply(source, rng)}\n```\n") for where, source in copies[:100]]
    missed = [where for where, answer in answers if stdlib.check(answer).action is not Action.BLOCK]
    assert 1 - len(missed) / len(answers) >= EVASIONS[name], missed


def test_copies_in_a_long_file_are_told_each(stdlib: Filter, copies: list[tuple[str, str]]) -> None:
    rng = random.Random(1)
    disguise = code("python")["dead code after every 2nd, renamed all"].apply
    others = [source for _, source in functions(package_files("hypothesis", "mypy", "rich", "jinja2"), 40)]
    parts = [part for (_, source), other in zip(copies[:40], others, strict=True) for part in (other, disguise(source, rng))]
    named = {match.provenance.document.split("/")[-1] for match in stdlib.check("\n\n\n".join(parts), language="python").matches}
    assert sum(where.split(":")[0] in named for where, _ in copies[:40]) >= 34
    assert stdlib.check("\n\n\n".join(others), language="python").action is Action.ALLOW


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


@pytest.fixture(scope="module")
def others() -> list[str]:
    files = [path for path in package_files("hypothesis", "mypy", "rich", "jinja2") if 2000 < path.stat().st_size < 20_000]
    return [path.read_text("utf-8") for path in random.Random(2).sample(files, 120)]


def test_whole_files_of_other_projects_are_left_alone(stdlib: Filter, others: list[str]) -> None:
    """But for the few that took code from the library: jinja2's visitor from ast, mypy's ipc from multiprocessing."""
    assert sum(stdlib.check(text, language="python").action is Action.BLOCK for text in others) <= 3


@pytest.mark.parametrize(("name", "least"), [("renamed, all names", 0.85), ("dead code after every 2nd, renamed all", 0.8)])
def test_a_disguised_function_in_a_whole_file_is_found(stdlib: Filter, copies: list[tuple[str, str]], others: list[str], name: str,
                                                       least: float) -> None:
    rng = random.Random(3)
    parts = [code("python")[name].apply(source, rng) for _, source in copies[:80]]
    found = [any(match.query.end > len(host) for match in stdlib.check(f"{host}\n\n{part}\n", language="python").matches)
             for host, part in zip(others, parts, strict=False)]
    assert sum(found) >= least * len(found)
