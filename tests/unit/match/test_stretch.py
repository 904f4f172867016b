"""Runs of code: whether a document is read at once or run by run changes nothing."""

from pathlib import Path

import numpy as np
import pytest

from simfilter import Document, Filter, build
from simfilter.match import verify
from simfilter.match.score import tabular
from tests.unit.match.harbour import BERTHS, TIDES


@pytest.fixture(scope="module")
def filter_(tmp_path_factory: pytest.TempPathFactory) -> Filter:
    path: Path = tmp_path_factory.mktemp("stretch") / "index"
    code = BERTHS["python"], TIDES["python"]
    padding = "\n".join(f"def unrelated_{number}(value):\n    return value * {number} + {number % 7}\n" for number in range(300))
    build([Document(id="a.py", text=f"{code[0]}\n{padding}\n{code[1]}\n{code[0]}", source="s", language="python"),
           Document(id="b.py", text=f"{code[1]}\n{code[0]}", source="s", language="python")], path)
    return Filter.open(path)


@pytest.mark.parametrize("text", [
    BERTHS["python"], TIDES["python"].replace("tide", "flow"),
    f"import os\n\n{BERTHS['python'].replace('boat', 'ship')}\n{TIDES['python']}",
    BERTHS["python"][:400], "\n".join(BERTHS["python"].splitlines()[4:14]),
])
def test_reading_at_once_or_run_by_run(filter_: Filter, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for whole in (0, 1 << 20):
        monkeypatch.setattr(verify, "WHOLE", whole)
        found.append(filter_.check(text, language="python"))
    assert found[0] == found[1] and (found[0].matches or found[0].set_aside)


def test_rows_of_tables_are_told() -> None:
    row, other = [1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]
    found = tabular(np.array([*row, *row, *row, *other], np.uint32))
    assert found.tolist() == [False] * 8 + [True] * 7 + [False] * 6  # the first row, and three tokens more, are new
    assert not tabular(np.array(row, np.uint32)).any() and not tabular(np.array([*range(40), *range(40)], np.uint32)).any()


def test_a_long_table_is_scanned_and_weighs_nothing(tmp_path: Path) -> None:
    def table(word: str) -> str:
        return "NAMES = (\n" + "".join(f"    '{word}_{number}', '{word}_{number * 7}',\n" for number in range(3000)) + ")\n"

    build([Document(id="table.py", text=table("harbour") + BERTHS["python"], source="s", language="python")], tmp_path / "index")
    filter_ = Filter.open(tmp_path / "index")
    verdict = filter_.check(table("mountain"), language="python")
    assert verdict.scanned and not verdict.matches
    assert filter_.check(table("mountain") + BERTHS["python"], language="python").matches
