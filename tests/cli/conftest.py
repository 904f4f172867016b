"""An index, files to judge, and the command line in this process."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from simfilter import Document, build
from simfilter.cli import app
from tests.unit.report.test_reports import CODE, SECRET

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("index") / "index"
    build([Document(id="ledger.txt", text=f"Copyright 2024 The Harbour Office\n\n{SECRET}", source="Harbour", licence="CC-BY-4.0"),
           Document(id="tide.py", text=CODE, source="Tides", language="python")], path)
    return path


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working folder: a copy of prose, a renamed copy of code, a clean file."""
    (tmp_path / "copy.md").write_text(f"He said:\n\n{SECRET}\n")
    (tmp_path / "renamed.py").write_text(CODE.replace("total", "amount").replace("hour", "step"))
    (tmp_path / "clean.txt").write_text("An innocent line.\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SIMFILTER_INDEX", raising=False)
    yield tmp_path


@pytest.fixture
def run(index: Path) -> Run:
    def run(*arguments: str, code: int | None = None, env: dict[str, str] | None = None, **options: object) -> Result:
        done = CliRunner().invoke(app, arguments, env={"COLUMNS": "200", **(env or {})}, **options)
        if code is not None:
            assert done.exit_code == code, (done.exit_code, done.output, done.exception)
        return done

    return run
