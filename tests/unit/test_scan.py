"""The scan as a call: several processes tell what one tells; transcripts are judged as conversations."""

import io
import json
import os
import signal
import zipfile
from pathlib import Path

import pytest

from simfilter import Document, build
from simfilter.errors import SimfilterError
from simfilter.report.findings import FileReport
from simfilter.scan import Job, Scanner, Settings, scan
from tests.unit.report.test_reports import CODE, SECRET

WORDS = SECRET.split()


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("scan") / "index"
    build([Document(id="ledger.txt", text=SECRET, source="Harbour"),
           Document(id="tide.py", text=CODE, source="Harbour", language="python")], path)
    return path


@pytest.fixture
def scanner(index: Path):
    scanner = Scanner(Settings(index, with_text=True))
    yield scanner
    scanner.close()


def told(scanner: Scanner, name: str, data: bytes | str) -> list[FileReport]:
    return scanner.reports(Job(name, data.encode() if isinstance(data, str) else data))


def test_several_processes_tell_the_same_in_the_same_order(scanner: Scanner, tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / f"{number:02}.md").write_text(["Nothing here.", f"So: {SECRET}", "bin\0ary"][number % 3])
    jobs = [Job(str(path)) for path in sorted(tmp_path.iterdir())]
    alone = list(scan(jobs, scanner, processes=1))
    assert list(scan(jobs, scanner, processes=3)) == alone
    assert [len(reports[0].findings) for reports in alone] == [0, 1, 0] * 4 and alone[2][0].error == "binary file"


def test_a_process_that_dies_is_an_error(scanner: Scanner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Scanner, "reports", lambda self, job: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(SimfilterError, match="not known to be clean"):
        list(scan([Job("a"), Job("b")], scanner, processes=2))


def test_a_copy_spread_over_cells_is_found_and_told_by_cell(scanner: Scanner) -> None:
    lines = CODE.replace("total", "amount").splitlines(keepends=True)
    cells = [{"cell_type": "code", "source": ["import math\n"]}, {"cell_type": "code", "source": lines}]
    (report,) = told(scanner, "n.ipynb", json.dumps({"cells": cells, "metadata": {}}, indent=1))
    assert [match.kind.value for match in report.findings] == ["renamed"]
    assert report.findings[0].query.of(report.text).startswith("def tide(level, hours)")


def test_archives_report_each_member(scanner: Scanner) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("docs/a.md", f"He said:\n\n{SECRET}")
        file.writestr("clean.txt", "Nothing.")
    first, second = told(scanner, "a.zip", out.getvalue())
    assert (first.path, first.archive, len(first.findings), second.findings) == ("a.zip!/docs/a.md", "a.zip", 1, ())


def chat(*turns: tuple[str, str]) -> str:
    return "".join(json.dumps({"role": role, "content": content}) + "\n" for role, content in turns)


def test_transcripts_are_judged_as_conversations(scanner: Scanner) -> None:
    (copy,) = told(scanner, "chat.jsonl", chat(("user", "Tell me."), ("assistant", f"It is:\n{SECRET}")))
    assert copy.findings and copy.origins[1].line == 2
    (own,) = told(scanner, "chat.jsonl", chat(("user", f"Correct this: {SECRET}"), ("assistant", SECRET)))
    assert own.verdict.clean, "what the user supplied does not count"
    halves = chat(("assistant", " ".join(WORDS[:16])), ("user", "Go on."), ("assistant", " ".join(WORDS[16:])))
    first, second = told(scanner, "chat.jsonl", halves)
    assert first.verdict.clean and second.findings and "session" in second.findings[0].rule
    separate = "".join(json.dumps({"messages": [{"role": "assistant", "content": " ".join(words)}]}) + "\n"
                       for words in (WORDS[:16], WORDS[16:30]))
    assert all(report.verdict.clean for report in told(scanner, "chat.jsonl", separate))
    (only,) = told(scanner, "chat.jsonl", chat(("user", SECRET)))
    assert only.verdict.clean and only.path == "chat.jsonl"


def test_a_model_cannot_accept_its_own_copy(scanner: Scanner) -> None:
    text = f"simfilter: allow[*] all is well\n{SECRET}"
    assert told(scanner, "chat.jsonl", chat(("assistant", text)))[0].findings
    assert not told(scanner, "a.md", text)[0].findings


def test_what_is_no_text_in_a_turn_is_not_clean(scanner: Scanner) -> None:
    (report,) = told(scanner, "chat.jsonl", json.dumps({"role": "assistant", "content": [{"type": "image"}]}))
    assert not report.scanned and "is no text" in report.reasons[0]


def test_only_added_lines_of_a_notebook(scanner: Scanner) -> None:
    text = json.dumps({"cells": [{"cell_type": "markdown", "source": [SECRET]}], "metadata": {}}, indent=1)
    line = next(number for number, line in enumerate(text.splitlines(), 1) if "lighthouse" in line)
    for added, count in (({line}, 1), ({line + 1}, 0)):
        (report,) = scanner.reports(Job("n.ipynb", text.encode(), frozenset(added)))
        assert len(report.findings) == count
